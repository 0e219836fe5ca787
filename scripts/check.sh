#!/usr/bin/env bash
# What a machine can say about the code without running it. Ends with an error when anything is found.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { printf '== %s\n' "$1"; shift; "$@" || { failed=1; printf '   FAILED\n'; }; }

formatting() {
	local files
	files=$(git ls-files -co --exclude-standard '*.go' | grep -v '_templ\.go$' | xargs -r gofmt -l)
	[[ -z $files ]] || { printf 'gofmt would change:\n%s\n' "$files"; return 1; }
}
modules() { go mod download && go mod verify >/dev/null && go mod tidy -diff; }
# generated prints the generated templates without the folder that the generator was called from.
generated() { git ls-files -co --exclude-standard '*_templ.go' | xargs -r sed 's|FileName: `[^`]*/|FileName: `|'; }
templates() {
	# The generated templates are committed: generating again must change nothing.
	local before
	before=$(generated | sha256sum)
	scripts/generate.sh || return 1
	[[ $before == "$(generated | sha256sum)" ]] || { echo 'the generated templates are not those committed: run make generate'; return 1; }
}
vulnerabilities() {
	local out status
	out=$(go tool govulncheck ./... 2>&1)
	status=$?
	if grep -qiE 'fetching vulnerabilities|vuln\.go\.dev|dial tcp|no such host|forbidden|connection refused' <<<"$out" && ((status != 3)); then
		printf '   *** SKIPPED: the vulnerability database cannot be reached from here.\n'
		return 0
	fi
	((status == 0)) || { printf '%s\n' "$out"; return 1; }
}

step 'gofmt' formatting
step 'modules: download, verify, tidy' modules
step 'templates are up to date' templates
step 'go vet' go vet ./...
step 'staticcheck' go tool staticcheck ./...
step 'govulncheck' vulnerabilities
exit $failed
