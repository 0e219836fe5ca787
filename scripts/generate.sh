#!/usr/bin/env bash
# Writes the generated files again: the Go side of every page template. Each folder on its own, so that file names in the
# result do not depend on where this runs.
set -euo pipefail
cd "$(dirname "$0")/.."
for folder in $(git ls-files -co --exclude-standard '*.templ' | xargs -r -n 1 dirname | sort -u); do
	go tool templ generate -path "$folder" -log-level error
done
