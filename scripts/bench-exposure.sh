#!/usr/bin/env bash
# Measures the TLS probe beside testssl.sh, sslscan and nmap, in one session, on the servers of the exposure lab, and compares the suites
# that each finds. docs/benchmarks.md says what the lines mean.
#
#   scripts/bench-exposure.sh [suites] [compare] [scale] [rtt]      all four without an argument; about fifteen minutes
#
# Root is needed (the lab is a network namespace), and Debian's testssl.sh, sslscan, nmap, jq, and the lab's servers.
# The servers have keys of RSA 2048, as most on the internet and as the aims were set with; LAB_RSA=3072 measures the sound ones as the tests have them.
# RUNS says how often sslscan and nmap run (3), HOSTS how many servers "scale" asks (1000). MEASURES names a file to which each figure is added
# as a line of name, value and unit, for make bench; the others then look at fewer servers, so that it ends in minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
lab=lab/exposure-lab.sh
runs=${RUNS:-3} hosts=${HOSTS:-1000}
parts='suites compare scale rtt'
nmap_hosts=$hosts sslscan_hosts=200 testssl_hosts=8 testssl_targets='good-site weak-site tls1.0-only smtp imaps'
if [[ ${MEASURES:-} ]]; then
	parts='suites scale rtt'
	runs=${RUNS:-1} nmap_hosts=200 sslscan_hosts=48 testssl_hosts=2 testssl_targets='good-site weak-site smtp'
fi
export LC_ALL=C LAB_NS=${LAB_NS:-hygie-bench} CGO_ENABLED=0
work=$(mktemp -d) owned=
chmod 755 "$work" # servers of the lab go there under accounts of their own
export LAB_DIR=${LAB_DIR:-$work/lab} LAB_RSA=${LAB_RSA:-2048}
finish() {
	if [[ $owned ]]; then "$lab" down; fi
	rm -rf "$work"
}
trap finish EXIT

for tool in testssl sslscan nmap jq; do
	command -v $tool >/dev/null || { echo "bench-exposure: $tool is not installed" >&2; exit 1; }
done
go build -o "$work/probe" ./e2e/bench/exposure
if ! ip netns pids "$LAB_NS" >/dev/null 2>&1; then
	owned=1
	"$lab" up
fi

# measure NAME VALUE UNIT: keeps a figure.
measure() { [[ -z ${MEASURES:-} ]] || printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$MEASURES"; }
within() { ip netns exec "$LAB_NS" "$@"; }
opens() { within nstat -asz TcpActiveOpens 2>/dev/null | awk '/TcpActiveOpens/ { print $2 }'; }
middle() { sort -n | awk '{ a[NR] = $1 } END { print (a[int((NR + 1) / 2)] + a[int((NR + 2) / 2)]) / 2 }'; }

# timed COMMAND…: seconds, connections
timed() {
	local before after t
	before=$(opens)
	t=$({ TIMEFORMAT=%R; time within timeout 900 "$@" >"$work/out" 2>"$work/err" </dev/null; } 2>&1) || true
	after=$(opens)
	echo "$t $((after - before))"
}
repeat() { # repeat TIMES COMMAND…: middle of the seconds, connections of the last
	local n=$1 i one times=()
	shift
	for ((i = 0; i < n; i++)); do one=$(timed "$@"); times+=("${one% *}"); done
	echo "$(printf '%s\n' "${times[@]}" | middle) ${one#* }"
}

targets="good-site:127.30.0.1:443 weak-site:127.30.0.2:443 tls1.0-only:127.30.0.3:443 smtp:127.30.0.11:25 imaps:127.30.0.4:993 rdp:127.30.0.7:3389"

options() { # options NAME: sets those of each tool
	testssl_options=() sslscan_options=() our_options=()
	case $1 in
	smtp) testssl_options=(-t smtp) sslscan_options=(--starttls-smtp) our_options=(-preface smtp) ;;
	rdp) sslscan_options=(--rdp) our_options=(-preface rdp) ;;
	esac
}

suites() {
	local t name address port ours verdict a b c
	printf '\n%-12s %20s %20s %20s %20s %20s   %s\n' "seconds/conn." "testssl -p -E" sslscan "nmap suites+cert" "ours, every suite" "ours, verdict" \
		"times faster than testssl / sslscan / nmap: every suite, then verdict"
	: >"$work/ratios"
	for t in $targets; do
		IFS=: read -r name address port <<<"$t"
		options "$name"
		a="- -"
		[[ " $testssl_targets " != *" $name "* ]] || a=$(timed testssl --quiet --color 0 --warnings off -n none -p -E "${testssl_options[@]}" "$address:$port")
		b=$(repeat "$runs" sslscan --no-colour "${sslscan_options[@]}" "$address:$port")
		c=$(repeat "$runs" nmap -n -Pn -p "$port" --script ssl-enum-ciphers,ssl-cert "$address")
		ours=$(within "$work/probe" tls -runs 11 -full "${our_options[@]}" "$address:$port" | awk '{ print $1 / 1000, $3 }')
		verdict=$(within "$work/probe" tls -runs 11 "${our_options[@]}" "$address:$port" | awk '{ print $1 / 1000, $3 }')
		printf '%s\n' "$name $a $b $c $ours $verdict" | awk -v ratios="$work/ratios" '{
			for (i = 0; i < 3; i++) {
				every[i] = ($(2 + 2 * i) == "-") ? "-" : sprintf("%.1f", $(2 + 2 * i) / $8)
				verdict[i] = ($(2 + 2 * i) == "-") ? "-" : sprintf("%.1f", $(2 + 2 * i) / $10)
			}
			printf "%-12s %12s %7s %12s %7s %12s %7s %12.4f %7d %12.4f %7d   %s / %s / %s   %s / %s / %s\n", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
				every[0], every[1], every[2], verdict[0], verdict[1], verdict[2]
			print every[0], every[1], every[2], verdict[0], verdict[1], verdict[2] >> ratios }'
	done
	local tool every quick
	for i in 1 2 3; do
		tool=$(cut -d' ' -f$i <<<'testssl sslscan nmap')
		every=$(cut -d' ' -f$i "$work/ratios" | grep -v '^-$' | middle)
		quick=$(cut -d' ' -f$((i + 3)) "$work/ratios" | grep -v '^-$' | middle)
		printf 'middle of the ratios to %-8s every suite %s, verdict %s\n' "$tool" "$every" "$quick"
		measure "TLS verdict of a server, quicker than $tool" "$quick" times
		measure "TLS suites of a server, quicker than $tool" "$every" times
	done
}

# Suites by number or name, one a line, "version suite", as each tool says.
found_ours() { jq -r '.versions[] | .version as $v | (.suites // [])[] | ($v | sub("TLS "; "") | sub("SSL "; "ssl")) + " " + (split(" ")[0] | ascii_downcase | sub("0x"; ""))' "$1"; }
found_sslscan() { { grep -o '<cipher [^>]*' "$1" || true; } | sed -E 's/.*sslversion="([^"]*)".* id="0x([^"]*)".*/\1 \2/' | tr 'A-Z' 'a-z' | sed 's/^tlsv//; s/^sslv/ssl/'; }
found_testssl() {
	sed -nE 's/.*"id" *: *"cipher-(tls1[_0-9]*|ssl[23])_x([0-9a-f]*)".*/\1 \2/p' "$1" 2>/dev/null | sed 's/^tls1_/1./; s/^tls1 /1.0 /' |
		while read -r v n; do printf '%s %04x\n' "$v" "0x$n"; done
}
found_nmap() { # names; they are turned into numbers by what our own list calls them
	awk '/TLSv|SSLv/ { v = tolower($2); sub(/^tlsv/, "", v); sub(/^sslv/, "ssl", v); sub(/:$/, "", v) } /TLS_/ { print v, $2 }' "$1"
}

compare() {
	local t name address port extra missed
	printf '\n%-12s %8s %8s %8s %8s   %s\n' "suites found" ours sslscan testssl nmap "found by a tool and not by us"
	for t in $targets; do
		IFS=: read -r name address port <<<"$t"
		options "$name"
		within "$work/probe" tls -full "${our_options[@]}" "$address:$port" >"$work/ours.json" 2>/dev/null
		within sslscan --no-colour --xml="$work/sslscan.xml" "${sslscan_options[@]}" "$address:$port" >/dev/null 2>&1 || true
		rm -f "$work/testssl.json"
		[[ $name == rdp ]] || within testssl --quiet --color 0 --warnings off -n none -p -E --jsonfile "$work/testssl.json" "${testssl_options[@]}" "$address:$port" >/dev/null 2>&1 </dev/null || true
		within nmap -n -Pn -p "$port" --script ssl-enum-ciphers -oN "$work/nmap.txt" "$address" >/dev/null 2>&1 || true
		found_ours "$work/ours.json" | sort -u >"$work/ours"
		jq -r '.versions[] | .version as $v | (.suites // [])[] | ($v | sub("TLS "; "") | sub("SSL "; "ssl")) + " " + split(" ")[1]' "$work/ours.json" | sort -u >"$work/ours.names"
		found_sslscan "$work/sslscan.xml" | sort -u >"$work/sslscan"
		{ [[ ! -e $work/testssl.json ]] || found_testssl "$work/testssl.json"; } | sort -u >"$work/testssl"
		found_nmap "$work/nmap.txt" | sed 's/TLS_AKE_WITH_/TLS_/' | sort -u >"$work/nmap"
		missed=$( { comm -13 "$work/ours" "$work/sslscan"; comm -13 "$work/ours" "$work/testssl"; comm -13 "$work/ours.names" "$work/nmap"; } | sort -u | paste -sd, -)
		printf '%-12s %8d %8d %8d %8d   %s\n' "$name" "$(wc -l <"$work/ours")" "$(wc -l <"$work/sslscan")" "$(wc -l <"$work/testssl")" "$(wc -l <"$work/nmap")" "${missed:-none}"
		# What only we found is tried by hand where OpenSSL knows the suite.
		extra=$(comm -23 "$work/ours" <(sort -u "$work/sslscan" "$work/testssl") | confirm "$name" "$address:$port")
		[[ -z $extra ]] || printf '%12s beyond sslscan and testssl: %s\n' "" "$extra"
	done
}

confirm() { # confirm NAME ADDRESS < "version number": how many openssl s_client agrees with
	local v n suite yes=0 no=0 unknown=0 start=() refused=
	[[ $1 != smtp ]] || start=(-starttls smtp)
	while read -r v n; do
		[[ $1 != rdp ]] || { unknown=$((unknown + 1)); continue; } # openssl has no RDP preface
		suite=$(openssl ciphers -V ALL:COMPLEMENTOFALL:@SECLEVEL=0 | awk -v id="0x${n:0:2},0x${n:2:2}" 'tolower($1) == id { print $3 }')
		if [[ -z $suite || $v == ssl* ]]; then unknown=$((unknown + 1)); continue; fi
		local how=(-cipher "$suite:@SECLEVEL=0" "-tls${v//./_}")
		[[ $v != 1.0 ]] || how[2]=-tls1
		[[ $v != 1.3 ]] || how=(-ciphersuites "$suite" -tls1_3)
		if within timeout 10 openssl s_client -connect "$2" "${start[@]}" "${how[@]}" </dev/null 2>/dev/null | grep -q "Cipher is $suite"; then
			yes=$((yes + 1))
		else
			no=$((no + 1)) refused+=" $v/$suite"
		fi
	done
	((yes + no + unknown == 0)) || echo "$yes confirmed by openssl, $no not${refused}, $unknown not tried"
}

list() { local i; for ((i = 0; i < $1; i++)); do echo "127.20.$((i / 250)).$((i % 250 + 1))"; done; }

scale() {
	local t s n
	list "$nmap_hosts" >"$work/nmap_hosts"
	list "$sslscan_hosts" >"$work/sslscan_hosts"
	list "$testssl_hosts" >"$work/testssl_hosts"
	printf '\nMany servers (8 suites in two versions, RSA 2048)\n'
	local ours each
	ours=$(within "$work/probe" scale -n "$hosts" -headers)
	each=$(awk -v hosts="$hosts" '{ print $3 / hosts }' <<<"$ours")
	printf '  ours, verdict and headers: %s\n' "$ours"
	measure "TLS of $hosts servers, each" "$(awk -v s="$each" 'BEGIN { print s * 1000 }')" ms
	measure "TLS of $hosts servers, memory" "$(sed -E 's/.*, ([0-9]+) MiB at most/\1/' <<<"$ours")" MiB
	printf '  ours, verdict alone:       %s\n' "$(within "$work/probe" scale -n "$hosts")"
	printf '  ours, every suite, headers: %s\n' "$(within "$work/probe" scale -n "$hosts" -full -headers)"
	[[ ${MEASURES:-} ]] || printf '  ours, ten times as many: %s\n' "$(within "$work/probe" scale -n $((hosts * 10)) -headers)"
	n=$(timed nmap -n -Pn -p 19443 --min-hostgroup 256 --script ssl-enum-ciphers,ssl-cert -iL "$work/nmap_hosts")
	s=$(timed bash -c "xargs -P8 -I{} sslscan --no-colour {}:19443 <'$work/sslscan_hosts'")
	t=$(timed bash -c "xargs -P4 -I{} testssl --quiet --color 0 --warnings off -n none {}:19443 <'$work/testssl_hosts'")
	measure "TLS of $hosts servers, quicker than nmap" "$(awk -v s="${n% *}" -v n="$nmap_hosts" -v e="$each" 'BEGIN { print s / n / e }')" times
	measure "TLS of $hosts servers, quicker than sslscan" "$(awk -v s="${s% *}" -v n="$sslscan_hosts" -v e="$each" 'BEGIN { print s / n / e }')" times
	measure "TLS of $hosts servers, quicker than testssl" "$(awk -v s="${t% *}" -v n="$testssl_hosts" -v e="$each" 'BEGIN { print s / n / e }')" times
	awk -v n="$n" -v s="$s" -v t="$t" -v a="$nmap_hosts" -v b="$sslscan_hosts" -v c="$testssl_hosts" 'BEGIN { split(n, x); split(s, y); split(t, z)
		printf "  nmap:    %.1f s for %d, %.4f s each, %.0f connections each\n", x[1], a, x[1] / a, x[2] / a
		printf "  sslscan: %.1f s for %d, 8 at once, %.4f s each, %.0f connections each\n", y[1], b, y[1] / b, y[2] / b
		printf "  testssl: %.1f s for %d, 4 at once, %.2f s each, %.0f connections each\n", z[1], c, z[1] / c, z[2] / c }'
}

rtt() {
	local pid s
	within "$work/probe" delay -port 9443 -to 19443 -rtt 40ms &
	pid=$!
	sleep 0.5
	printf '\nOne server, 40 ms of round trip added\n'
	local ours
	ours=$(within "$work/probe" tls -runs 5 -headers 127.20.0.1:9443)
	printf '  ours, verdict and headers: %s\n' "$ours"
	printf '  ours, verdict:     %s\n' "$(within "$work/probe" tls -runs 5 127.20.0.1:9443)"
	measure "TLS verdict with 40 ms of round trip" "${ours%% *}" ms
	printf '  ours, every suite: %s\n' "$(within "$work/probe" tls -runs 5 -full 127.20.0.1:9443)"
	for s in "sslscan --no-colour 127.20.0.1:9443" "nmap -n -Pn -p 9443 --script ssl-enum-ciphers,ssl-cert 127.20.0.1"; do
		# shellcheck disable=SC2086
		printf '  %-18s %s s\n' "${s%% *}:" "$(timed $s | cut -d' ' -f1)"
	done
	kill $pid
	wait $pid 2>/dev/null || true
}

uptime
for part in ${*:-$parts}; do "$part"; done
uptime
