#!/usr/bin/env bash
# Measures the search for open ports and the recognition of services beside nmap, in one session, on the servers of the exposure lab, and
# lists what nmap names and we do not. docs/benchmarks.md says what the lines mean.
#
#   scripts/bench-services.sh        about three minutes
#
# Root is needed (the lab is a network namespace), and Debian's nmap and the lab's servers. RUNS says how often each is run (5 for ports, 3
# for services).
set -euo pipefail
cd "$(dirname "$0")/.."
lab=lab/exposure-lab.sh
work=$(mktemp -d)
export LC_ALL=C LAB_NS=bench-services-$$ LAB_DIR=$work/lab CGO_ENABLED=0
finish() {
	"$lab" down
	rm -rf "$work"
}
trap finish EXIT
command -v nmap >/dev/null || { echo "bench-services: nmap is not installed" >&2; exit 1; }
go build -o "$work/services" ./e2e/bench/services
chmod 755 "$work" # the lab's servers run as others
"$lab" up

addresses=$(for i in $(seq 14); do echo "127.30.0.$i"; done)
seq 1000 >"$work/thousand"
# The thousand ports that nmap asks by default.
nmap -oG - -v -sT -n -Pn 127.0.0.99 2>/dev/null | sed -n 's/.*TCP([0-9]*;\([^)]*\)).*/\1/p' | tr ',' '\n' |
	awk -F- '{ for (i = $1; i <= $NF; i++) print i }' >"$work/usual"

middle() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
timed() { # timed LIST COMMAND…: seconds elapsed, seconds of processor
	local list=$1
	shift
	{ TIMEFORMAT='%R %U %S'; time ip netns exec "$LAB_NS" "$@" <"$list" >"$work/out" 2>"$work/err"; } 2>&1 | awk '{ print $1, $2 + $3 }'
}
# measure NAME VALUE UNIT: adds a figure to the file that MEASURES names, for make bench.
measure() { [[ -z ${MEASURES:-} ]] || printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$MEASURES"; }
row() { printf '%-34s %10s %10s   load %s\n' "$1" "$2" "$3" "$(cut -d' ' -f1 /proc/loadavg)"; }
compare() { # compare WHAT RUNS LIST OURS… -- NMAP…: runs both in turn, prints the middle of each
	local what=$1 n=$2 list=$3 ours=() i one
	shift 3
	while [[ $1 != -- ]]; do ours+=("$1"); shift; done
	shift
	: >"$work/a"
	: >"$work/b"
	for ((i = 0; i < n; i++)); do
		timed "$list" "${ours[@]}" >>"$work/a"
		cp "$work/out" "$work/ours"
		timed /dev/null "$@" >>"$work/b"
		cp "$work/out" "$work/theirs"
	done
	row "$what, hygie" "$(cut -d' ' -f1 "$work/a" | middle)" "$(cut -d' ' -f2 "$work/a" | middle)"
	row "$what, nmap" "$(cut -d' ' -f1 "$work/b" | middle)" "$(cut -d' ' -f2 "$work/b" | middle)"
	measure "$what, quicker than nmap" "$(awk -v a="$(cut -d' ' -f1 "$work/a" | middle)" -v b="$(cut -d' ' -f1 "$work/b" | middle)" 'BEGIN { print b / a }')" times
}

printf '%-34s %10s %10s\n' 'middle of the runs' 'elapsed s' 'cpu s'
# shellcheck disable=SC2086
compare 'ports 1 to 1000, 14 addresses' "${RUNS:-5}" "$work/thousand" "$work/services" ports $addresses -- nmap -n -Pn -sT -p 1-1000 127.30.0.1-14
# shellcheck disable=SC2086
compare '1000 usual ports, with products' "${RUNS:-3}" "$work/usual" "$work/services" identify $addresses -- nmap -n -Pn -sT -sV 127.30.0.1-14

echo
echo 'Open ports that nmap gives a product, and what we say:'
awk '/^Nmap scan report for/ { host = $NF } /^[0-9]+\/tcp +open/ { split($1, p, "/"); name = $4; if (name != "") print host ":" p[1], name }' "$work/theirs" |
	while read -r at name; do printf '%-20s nmap %-12s ours %s\n' "$at" "$name" "$(grep "^$at " "$work/ours" | cut -d' ' -f2-)"; done
