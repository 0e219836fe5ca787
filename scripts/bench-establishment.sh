#!/usr/bin/env bash
# Measures an audit of the exposure of one invented establishment, with the courtesy limits on: 100 domains, 300 addresses of which 60 answer (nginx,
# TLS) and 240 swallow what they are sent, one mandate. Prints the time, the memory and what was seen.
#
#   scripts/bench-establishment.sh [FOLDER]     files are kept in FOLDER when it is given
#
# MEASURES names a file to which time and memory are added as lines of name, value and unit, for make bench.
# Root is needed (everything stands in a network namespace of its own), and Debian's nginx, bind9, openssl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."
keep=${1:-}
work=${keep:-$(mktemp -d)}
ns=bench-establishment-$$
mkdir -p "$work"
pids=()
finish() {
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	sleep 0.5
	ip netns del "$ns" 2>/dev/null || true
	[[ $keep ]] || rm -rf "$work"
}
trap finish EXIT
for tool in nginx named openssl jq; do
	command -v $tool >/dev/null || { echo "bench-establishment: $tool is not installed" >&2; exit 1; }
done

ip netns add "$ns"
ip -n "$ns" link set lo up
ip -n "$ns" link add hole type veth peer name sink # what goes in is never answered
ip -n "$ns" link set hole arp off up
ip -n "$ns" link set sink up
ip -n "$ns" addr add 10.255.255.1/32 dev hole
for r in 192.0.2.0/25 198.51.100.0/25 203.0.113.0/27 203.0.113.32/29 203.0.113.40/30; do ip -n "$ns" route add "$r" dev hole; done
for i in $(seq 1 60); do ip -n "$ns" addr add "192.0.2.$i/32" dev lo; done
ip -n "$ns" addr add 192.0.2.100/32 dev lo # name server

openssl req -x509 -newkey rsa:2048 -nodes -days 400 -subj "/CN=bench" -addext "subjectAltName=DNS:*.d1.bench.test" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
cat >"$work/nginx.conf" <<C
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 4096; }
http {
  access_log off; server_tokens off;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 443 ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; location / { default_type text/html; return 200 "<!doctype html><title>Accueil</title>"; } }
}
C
{
	echo "options { directory \"$work\"; pid-file none; session-keyfile none; listen-on { 192.0.2.100; }; listen-on-v6 { none; }; recursion yes; allow-recursion { any; }; dnssec-validation no; };"
	echo 'controls { };'
	echo "zone \".\" { type primary; file \"$work/root.zone\"; };"
} >"$work/named.conf"
printf '$TTL 300\n@ SOA ns.bench.test. h.bench.test. 1 3600 900 1209600 300\n@ NS ns.bench.test.\nns.bench.test. A 192.0.2.100\n' >"$work/root.zone"
sum=$(printf 'mandate' | tee "$work/mandate.txt" | sha256sum | cut -d' ' -f1)
{
	echo 'name: Invented establishment'
	echo 'domains:'
	for i in $(seq 1 100); do
		echo "  - d$i.bench.test"
		printf '$TTL 300\n@ SOA ns.bench.test. h.bench.test. 1 3600 900 1209600 300\n@ NS ns.bench.test.\n@ A 192.0.2.%d\nwww A 192.0.2.%d\n@ MX 10 mx\nmx A 192.0.2.61\n@ TXT "v=spf1 mx -all"\n_dmarc TXT "v=DMARC1; p=reject"\n' $((i % 60 + 1)) $((i % 60 + 1)) >"$work/d$i.zone"
		echo "zone \"d$i.bench.test\" { type primary; file \"$work/d$i.zone\"; };" >>"$work/named.conf"
		echo "d$i.bench.test. NS ns.bench.test." >>"$work/root.zone"
	done
	echo 'ranges: [192.0.2.0/25, 198.51.100.0/25, 203.0.113.0/27, 203.0.113.32/29, 203.0.113.40/30]'
	echo "mandates: [{file: mandate.txt, sha256: $sum, signer: nobody, from: 2020-01-01, until: 2099-12-31, covers: [bench.test, 192.0.2.0/25, 198.51.100.0/25, 203.0.113.0/24]}]"
} >"$work/perimeter.yaml"
CGO_ENABLED=0 go build -o "$work/hygie" ./cmd/hygie
ip netns exec "$ns" nginx -c "$work/nginx.conf" -e "$work/nginx.log" & pids+=($!)
ip netns exec "$ns" named -g -n 1 -c "$work/named.conf" >"$work/named.log" 2>&1 & pids+=($!)
for _ in $(seq 100); do grep -qs 'all zones loaded' "$work/named.log" && ip netns exec "$ns" bash -c 'exec 3<>/dev/tcp/192.0.2.60/443' 2>/dev/null && break; sleep 0.1; done

TIMEFORMAT=%R
{ time ip netns exec "$ns" bash -c 'ulimit -c 0; "$@" & p=$!; peak=0; while kill -0 $p 2>/dev/null; do m=$(awk "/VmHWM/{print \$2}" /proc/$p/status 2>/dev/null || true); peak=${m:-$peak}; sleep 0.2; done; wait $p; echo "$((peak / 1024))" >"$0"' "$work/peak" \
	"$work/hygie" exposure audit --perimeter "$work/perimeter.yaml" --resolver 192.0.2.100 --format json --out "$work/report.json" --facts "$work/facts.json"; } 2>"$work/time"
echo "$(tail -1 "$work/time") s, peak memory $(cat "$work/peak") MiB, load $(cut -d' ' -f1 /proc/loadavg)"
if [[ ${MEASURES:-} ]]; then
	printf 'establishment of 100 domains and 300 addresses\t%s\ts\nestablishment of 100 domains and 300 addresses, memory\t%s\tMiB\n' "$(tail -1 "$work/time")" "$(cat "$work/peak")" >>"$MEASURES"
fi
jq -c '.grade, .statistics | {domains, names, addresses, alive, endpoints}? // .' "$work/report.json"
