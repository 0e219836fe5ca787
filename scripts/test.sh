#!/usr/bin/env bash
# Everything, on a fresh machine: install the peers when allowed, check the code, run every test.
set -uo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0

peers=$(scripts/peers.sh | tail -n 1)
# A peer that is installed must be used: its tests may then not skip.
export HYGIE_TEST_REQUIRE="$peers"
echo "Peers for the tests: ${peers:-none}"

failed=0
scripts/check.sh || failed=1

echo '== go test ./...'
go test -count=1 -timeout 25m ./... || failed=1

if ((failed)); then echo 'FAILED'; else echo 'All checks and tests passed.'; fi
exit $failed
