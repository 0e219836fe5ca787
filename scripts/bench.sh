#!/usr/bin/env bash
# Measures hot paths and the whole program, and prints one table. `make bench RECORD=1` also keeps the measures in docs/benchmarks.json.
# docs/benchmarks.md explains them.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
record=()
[[ -z ${RECORD:-} ]] || record=(-record)
exec go run ./e2e/bench "${record[@]}" "$@"
