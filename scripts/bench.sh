#!/usr/bin/env bash
# Measures hot paths and the whole program, and prints one table. `make bench RECORD=1` also keeps the measures in docs/benchmarks.json;
# ONLY=process, code or exposure measures one part.
# docs/benchmarks.md explains them.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
options=()
[[ -z ${RECORD:-} ]] || options+=(-record)
[[ -z ${ONLY:-} ]] || options+=(-only "$ONLY")
exec go run ./e2e/bench "${options[@]}" "$@"
