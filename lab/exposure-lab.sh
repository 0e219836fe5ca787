#!/usr/bin/env bash
# A throw-away internet for tests of the exposure audit: real servers with planted weaknesses, and their sound twins, on loopback addresses
# of one private network namespace with no way out. Manual: lab/README.md. Root, Debian 12.
#
#   exposure-lab.sh install          the Debian packages the lab needs
#   exposure-lab.sh check            says what is missing to run the lab, exit 1 if anything is
#   exposure-lab.sh up               starts everything (about 10 s); what is planted stands in exposure/fixture.json
#   exposure-lab.sh exec CMD [ARG…]  runs CMD where the servers are reachable
#   exposure-lab.sh down             stops what "up" started, by process id, and removes namespace and folder
#
# Settings, by environment: LAB_DIR (folder), LAB_NS (name of the namespace), LAB_OWNER (a process: the lab ends with it),
# LAB_RSA (size of the key of the sound servers, 3072).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/exposure
dir=${LAB_DIR:-${TMPDIR:-/tmp}/hygie-exposure-lab}
ns=${LAB_NS:-hygie-exposure}
packages=(nginx-light openssl postfix dovecot-imapd bind9 bind9-utils openssh-server xrdp samba vsftpd snmpd redis-server
	mosquitto dcmtk slapd iproute2 procps)
programs=(nginx openssl postfix dovecot named dnssec-keygen dnssec-signzone sshd xrdp smbd vsftpd snmpd redis-server mosquitto storescp dcmqrscp slapd slapadd ip)

fail() {
	printf 'exposure-lab: %s\n' "$*" >&2
	exit 1
}
inside() { ip netns exec "$ns" "$@"; }

# serve NAME CMD…: in the background, inside, its process id kept.
serve() {
	local name=$1
	shift
	ip netns exec "$ns" setsid "$@" >"$dir/log/$name" 2>&1 </dev/null &
	echo $! >"$dir/pid/$name"
}

# put FILE: a template with its addresses and folder filled in.
put() { sed -e "s|@DIR@|$dir|g" "$here/$1" >"$dir/$2"; }

check() {
	local missing=() p
	[[ $(id -u) == 0 ]] || fail 'root is needed, for namespaces and low ports'
	for p in "${programs[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$p" >/dev/null || missing+=("$p")
	done
	((${#missing[@]} == 0)) || fail "not installed: ${missing[*]} (exposure-lab.sh install)"
}

certificates() {
	local d=$dir/pki year
	year=$(date +%Y)
	mkdir -p "$d/new"
	: >"$d/index.txt"
	echo 1000 >"$d/serial"
	put ca.cnf pki/ca.cnf
	(
		cd "$d"
		openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj '/CN=Autorité du laboratoire' -keyout ca.key -out ca.pem
		# issue NAME BITS DIGEST FROM UNTIL HOST…
		issue() {
			local name=$1 bits=$2 digest=$3 from=$4 until=$5
			shift 5
			local alt
			alt=$(printf 'DNS:%s,' "$@")
			openssl req -new -newkey "rsa:$bits" -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$1" -addext "subjectAltName=${alt%,}"
			openssl ca -batch -config ca.cnf -md "$digest" -startdate "$from" -enddate "$until" -in "$name.csr" -out "$name.pem" -notext
			cat "$name.pem" ca.pem >"$name.chain.pem"
		}
		issue sound "${LAB_RSA:-3072}" sha256 "$((year - 1))0101000000Z" "$((year + 2))0101000000Z" www.sain.laboratoire.test mail.sain.laboratoire.test
		issue many 2048 sha256 "$((year - 1))0101000000Z" "$((year + 2))0101000000Z" nombre.laboratoire.test
		issue expired 1024 sha1 20200101000000Z 20210101000000Z www.faible.laboratoire.test
		openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=equipement.local' -keyout self.key -out self.pem
		openssl dhparam -dsaparam -out dh1024.pem 1024
	) >"$dir/log/pki" 2>&1 || fail "certificates: see $dir/log/pki"
	chmod -R a+rX "$d"
}

zones() {
	local d=$dir/dns z kind
	mkdir -p "$d"
	for z in laboratoire sain faible casse; do put "dns/$z.zone" "dns/$z.zone"; done
	put dns/root.zone dns/root.zone
	put dns/named.conf dns/named.conf
	put dns/sound.conf dns/sound.conf
	(
		cd "$d"
		for z in sain casse; do
			for kind in -fKSK ''; do dnssec-keygen -q -a ECDSAP256SHA256 ${kind:+-f KSK} "$z.laboratoire.test"; done
			local dates=()
			[[ $z == sain ]] || dates=(-s 20200101000000 -e 20210101000000)
			dnssec-signzone -q -S -P -3 - -H 0 "${dates[@]}" -o "$z.laboratoire.test" -f "$z.signed" "$z.zone"
			cat "dsset-$z.laboratoire.test." >>laboratoire.zone
		done
		for kind in -fKSK ''; do dnssec-keygen -q -a ECDSAP256SHA256 ${kind:+-f KSK} laboratoire.test; done
		dnssec-signzone -q -S -3 - -H 0 -o laboratoire.test -f laboratoire.signed laboratoire.zone
		cp dsset-laboratoire.test. anchor.ds
	) >"$dir/log/zones" 2>&1 || fail "zones: see $dir/log/zones"
	chmod -R a+rX "$d"
}

postfix_instance() { # NAME: postfix wants a queue of its own
	local d=$dir/postfix-$1
	mkdir -p "$d/queue" "$d/data" "$d/dynamicmaps.cf.d"
	chown postfix "$d/data"
	cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf "$d/" 2>/dev/null || true
	sed -e "s|@DIR@|$dir|g" -e "s|@HERE@|$d|g" "$here/postfix-$1.cf" >"$d/main.cf"
	cp "$here/postfix-master.cf" "$d/master.cf"
}

directory_server() { # NAME ACCESS: an OpenLDAP with two invented entries
	mkdir "$dir/ldap/$1"
	sed -e "s|@DIR@|$dir|g" -e "s|@NAME@|$1|g" -e "s|@ACCESS@|$2|" "$here/slapd.conf" >"$dir/ldap/$1.conf"
	slapadd -q -f "$dir/ldap/$1.conf" -l "$here/slapd.ldif" >>"$dir/log/slapadd" 2>&1 || fail "directory: see $dir/log/slapadd"
}

desktop() { # NAME ADDRESS LAYER CERTIFICATE KEY CIPHERS: Debian's xrdp.ini with these
	sed -e "s|^port=.*|port=tcp://127.30.0.$2:3389|" -e "s|^security_layer=.*|security_layer=$3|" -e "s|^certificate=.*|certificate=$dir/pki/$4.pem|" \
		-e "s|^key_file=.*|key_file=$dir/pki/$5.key|" -e "s|^#*tls_ciphers=.*|tls_ciphers=$6|" /etc/xrdp/xrdp.ini >"$dir/xrdp/$1.ini"
}

up() {
	check
	[[ ! -e $dir/pid ]] || fail "already up in $dir"
	export PATH=$PATH:/usr/sbin:/sbin
	mkdir -p "$dir"/{pid,log,nginx,dovecot,dovecot-sound,ssh,snmp,ftp,mqtt,redis,xrdp,dicom,ldap} "$dir"/smb/{share,private,state,cache,lock,log} "$dir"/smb-sound/{private,state,cache,lock,log}
	chmod 755 "$dir"
	ip netns add "$ns"
	ip -n "$ns" link set lo up
	local i name
	for i in 30.0.{1..25} 31.0.10; do ip -n "$ns" addr add "127.$i/32" dev lo; done
	# A mail server believes a client that comes from its own address.
	ip -n "$ns" route replace local 127.30.0.11 dev lo proto kernel scope host src 127.0.0.1 table local
	mkdir -p "/etc/netns/$ns"
	echo 'nameserver 127.30.0.5' >"/etc/netns/$ns/resolv.conf"
	certificates
	zones
	put nginx.conf nginx/nginx.conf
	put dovecot.conf dovecot/dovecot.conf
	put dovecot-sound.conf dovecot-sound/dovecot.conf
	put snmpd.conf snmp/snmpd.conf
	put snmpd-sound.conf snmp/sound.conf
	put vsftpd.conf ftp/vsftpd.conf
	put vsftpd-sound.conf ftp/sound.conf
	put mosquitto.conf mqtt/mosquitto.conf
	put mosquitto-sound.conf mqtt/sound.conf
	put smb.conf smb/smb.conf
	put smb-sound.conf smb-sound/smb.conf
	put dcmqrscp.cfg dicom/dcmqrscp.cfg
	directory_server weak 'access to * by * read'
	directory_server sound 'require authc'
	for name in rsa ed25519; do ssh-keygen -q -N '' -t $name -f "$dir/ssh/$name"; done
	put sshd-weak.conf ssh/weak.conf
	put sshd-sound.conf ssh/sound.conf
	postfix_instance weak
	postfix_instance sound
	desktop weak 7 negotiate self self HIGH
	desktop sound 17 tls sound.chain sound ECDHE+AESGCM:ECDHE+CHACHA20
	serve nginx nginx -c "$dir/nginx/nginx.conf" -e "$dir/log/nginx-error"
	serve postfix-weak postfix -c "$dir/postfix-weak" start-fg
	serve postfix-sound postfix -c "$dir/postfix-sound" start-fg
	serve dovecot dovecot -F -c "$dir/dovecot/dovecot.conf"
	serve dovecot-sound dovecot -F -c "$dir/dovecot-sound/dovecot.conf"
	serve named named -f -n 1 -c "$dir/dns/named.conf"
	serve named-sound named -f -n 1 -c "$dir/dns/sound.conf"
	mkdir -p /run/sshd /run/xrdp
	serve sshd-weak "$(command -v sshd)" -D -f "$dir/ssh/weak.conf"
	serve sshd-sound "$(command -v sshd)" -D -f "$dir/ssh/sound.conf"
	serve xrdp xrdp --nodaemon --config "$dir/xrdp/weak.ini"
	serve xrdp-sound xrdp --nodaemon --config "$dir/xrdp/sound.ini"
	serve redis redis-server --bind 127.30.0.8 --protected-mode no --dir "$dir/redis" --save ''
	serve redis-sound redis-server --bind 127.30.0.16 --requirepass laboratoire --dir "$dir/redis" --save ''
	serve vsftpd vsftpd "$dir/ftp/vsftpd.conf"
	serve vsftpd-sound vsftpd "$dir/ftp/sound.conf"
	serve snmpd snmpd -f -Lo -C -I -smux -c "$dir/snmp/snmpd.conf" -p "$dir/snmp/pid"
	serve snmpd-sound snmpd -f -Lo -C -I -smux -c "$dir/snmp/sound.conf" -p "$dir/snmp/sound.pid"
	serve smbd smbd -F --no-process-group -s "$dir/smb/smb.conf"
	serve smbd-sound smbd -F --no-process-group -s "$dir/smb-sound/smb.conf"
	serve mosquitto mosquitto -c "$dir/mqtt/mosquitto.conf"
	serve mosquitto-sound mosquitto -c "$dir/mqtt/sound.conf"
	serve slapd slapd -d 0 -f "$dir/ldap/weak.conf" -h ldap://127.30.0.23
	serve slapd-sound slapd -d 0 -f "$dir/ldap/sound.conf" -h ldap://127.30.0.21
	serve dcmqrscp dcmqrscp -c "$dir/dicom/dcmqrscp.cfg" # knows one calling title; on every address too
	serve openssl openssl s_server -accept 127.30.0.24:443 -www -cert "$dir/pki/sound.pem" -key "$dir/pki/sound.key" -cert_chain "$dir/pki/ca.pem" \
		-no_tls1_3 -cipher 'ECDHE+AESGCM:RSA+AESGCM:AECDH:@SECLEVEL=0'
	serve openssl-sound openssl s_server -accept 127.30.0.25:443 -www -cert "$dir/pki/sound.pem" -key "$dir/pki/sound.key" -cert_chain "$dir/pki/ca.pem" \
		-no_tls1 -no_tls1_1 -cipher ECDHE+AESGCM -serverpref
	serve storescp storescp --ignore 11112 # takes any application title; listens on every address of the namespace
	if [[ -n ${LAB_OWNER:-} ]]; then
		LAB_DIR=$dir LAB_NS=$ns setsid bash -c "while kill -0 $LAB_OWNER 2>/dev/null; do sleep 2; done; exec '$0' down" >/dev/null 2>&1 </dev/null &
	fi
	local e
	for e in 1:80 1:443 2:80 2:443 4:25 4:143 5:53 6:22 7:3389 8:6379 9:21 11:25 11:22 12:445 13:53 14:1883 \
		11:143 15:21 16:6379 17:3389 18:445 20:1883 21:389 22:11113 23:389 24:443 25:443; do
		awaited "127.30.0.${e%:*}" "${e#*:}"
	done
}

awaited() { # ADDRESS PORT: until something listens
	local n
	for n in {1..600}; do # a machine under load takes its time
		inside bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null && return
		sleep 0.1
	done
	fail "nothing listens on $1:$2 (logs in $dir/log)"
}

down() {
	local f p
	for f in "$dir"/pid/*; do
		[[ -e $f ]] || continue
		p=$(<"$f")
		kill -TERM -- "-$p" 2>/dev/null || kill "$p" 2>/dev/null || true
	done
	sleep 0.5
	# What a server forked by itself still lives in the namespace we made: it ends by its own id.
	for p in $(ip netns pids "$ns" 2>/dev/null || true); do kill -KILL "$p" 2>/dev/null || true; done
	ip netns del "$ns" 2>/dev/null || true
	rm -rf "/etc/netns/$ns" "$dir"
}

command=${1:-help}
shift || true
case $command in
install)
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-install-recommends "${packages[@]}"
	;;
check) check ;;
up) up ;;
exec) inside "$@" ;;
down) down ;;
packages) echo "${packages[@]}" ;;
*) sed -n '2,13p' "$0"; [[ $command == help ]] || exit 2 ;;
esac
