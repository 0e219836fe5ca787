#!/usr/bin/env bash
# A throw-away Active Directory domain controller (Samba) for tests. Manual: lab/README.md. Root, Debian 12.
#
#   samba-dc.sh install            the Debian packages the lab needs
#   samba-dc.sh check              says what is missing to run the lab, exit 1 if anything is
#   samba-dc.sh provision          a clean domain, with the schema of LAPS and key credentials added     (8 to 17 s)
#   samba-dc.sh fixture            plants the weaknesses listed in samba-fixture.json                     (about 3 s)
#   samba-dc.sh bulk N             adds N ordinary objects: 70 % users, 20 % computers, 10 % groups       (about 1,000/s)
#   samba-dc.sh start              starts the controller and waits until Kerberos, LDAP, LDAPS and SMB answer  (2 to 5 s)
#   samba-dc.sh exec CMD [ARG…]    runs CMD where the controller is reachable (127.0.0.1, usual ports)
#   samba-dc.sh pid                a process inside the lab's namespaces, for nsenter or setns
#   samba-dc.sh stop | status | destroy
#
# Settings, by environment: LAB_DIR (one folder per domain, on a file system with xattrs), LAB_REALM, LAB_NETBIOS,
# LAB_ADMIN_PASSWORD, LAB_STORE (tdb; mdb beyond 300,000 objects, a tdb file ends at 4 GiB),
# LAB_OWNER (a process: the controller ends with it), LAB_STRONG_AUTH (yes | allow_sasl_over_tls | no: which binds the server accepts without signing).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${LAB_DIR:-${TMPDIR:-/tmp}/hygie-samba-lab}
realm=${LAB_REALM:-LAB.HYGIE.TEST}
netbios=${LAB_NETBIOS:-HYGIELAB}
password=${LAB_ADMIN_PASSWORD:-Bac-A-Sable-2026}
store=${LAB_STORE:-tdb}
strong_auth=${LAB_STRONG_AUTH:-yes}

domain=${realm,,}
base="DC=${domain//./,DC=}"
conf=$dir/etc/smb.conf
sam=$dir/private/sam.ldb
python=/usr/bin/python3 # the interpreter that Debian's Samba bindings are built for

packages=(samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind ldb-tools ldap-utils
	python3-samba python3-ldb openssl util-linux iproute2 procps)

fail() {
	printf 'samba-dc: %s\n' "$*" >&2
	exit 1
}

running() { [[ -s $dir/holder.pid ]] && kill -0 "$(<"$dir/holder.pid")" 2>/dev/null; }

must_be_stopped() { ! running || fail "stop the controller first: its database is written directly"; }

must_exist() { [[ -e $sam ]] || fail "no domain in $dir: run provision first"; }

verb_install() {
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"
}

# Each line printed is one reason why the lab cannot run here.
verb_check() {
	local missing=0 tool
	say() { printf '%s\n' "$*"; missing=1; }
	[[ $(id -u) == 0 ]] || say "root is needed (namespaces, ports below 1024, security xattrs)"
	for tool in samba samba-tool ldbadd ldbmodify ldapsearch openssl unshare nsenter ip pgrep; do
		command -v "$tool" >/dev/null || say "command $tool is missing (samba-dc.sh install)"
	done
	[[ -e /usr/share/samba/setup/ad-schema || -n $(find /usr/share/samba/setup -name '*Attributes*' 2>/dev/null | head -n 1) ]] ||
		say "the schema files are missing (package samba-ad-provision)"
	$python -c 'import samba.samdb' 2>/dev/null || say "the Python bindings are missing (package python3-samba)"
	if [[ $(id -u) == 0 ]] && ! unshare --net --mount --pid --fork true 2>/dev/null; then
		say "the kernel or the container refuses new namespaces"
	fi
	return "$missing"
}

verb_provision() {
	[[ ! -e $sam ]] || fail "$dir already holds a domain: destroy it first"
	mkdir -p "$dir/run"
	# Without an empty configuration of its own, provision merges the host's smb.conf (printers, PAM…).
	echo '[global]' >"$dir/empty.conf"
	samba-tool domain provision --configfile="$dir/empty.conf" --targetdir="$dir" \
		--realm="$realm" --domain="$netbios" --server-role=dc --adminpass="$password" \
		--dns-backend=SAMBA_INTERNAL --use-rfc2307 --host-name=dc1 --host-ip=127.0.0.1 --backend-store="$store" \
		--option='interfaces=lo' --option='bind interfaces only=yes' >"$dir/provision.log" 2>&1 || {
		tail -n 5 "$dir/provision.log" >&2
		fail "provision failed, see $dir/provision.log"
	}
	write_configuration
	make_certificates
	extend_schema
	first_objects
}

# An ordinary account, to collect as one; its user principal name has another suffix than the domain, as many have. And the
# service name of LDAP, which Samba adds some time after its first start only: a client that comes before gets no ticket.
first_objects() {
	samba-tool user create a.auditeur "$password" --configfile="$conf" -H "$sam" >>"$dir/provision.log" 2>&1 ||
		fail "the ordinary account could not be made, see $dir/provision.log"
	ldbmodify -H "$sam" --configfile="$conf" >>"$dir/provision.log" 2>&1 <<-END || fail "see $dir/provision.log"
		dn: CN=a.auditeur,CN=Users,$base
		changetype: modify
		replace: userPrincipalName
		userPrincipalName: ada.auditeur@etablissement.example

		dn: CN=DC1,OU=Domain Controllers,$base
		changetype: modify
		add: servicePrincipalName
		servicePrincipalName: ldap/dc1.$domain
	END
}

# Everything stays under $dir. The one thing that must not move is winbindd's socket folder: it is compiled into
# libwbclient, so verb_start gives each lab a private /run/samba instead.
write_configuration() {
	sed -i '/dns forwarder/d' "$conf" # provision copies the host's resolver: the lab must not talk to the world
	local extra=$dir/extra.conf
	cat >"$extra" <<-END
		log file = $dir/log.samba
		pid directory = $dir/run
		ncalrpc dir = $dir/ncalrpc
		ntp signd socket directory = $dir/ntp_signd
		ldap server require strong auth = $strong_auth
		tls cafile = $dir/tls/ca.pem
		tls certfile = $dir/tls/cert.pem
		tls keyfile = $dir/tls/key.pem
		load printers = no
		printing = bsd
	END
	sed -i "/^\[global\]/r $extra" "$conf"
	cat >"$dir/krb5.conf" <<-END
		[libdefaults]
		 default_realm = $realm
		 dns_lookup_realm = false
		 dns_lookup_kdc = false
		 dns_canonicalize_hostname = false
		 rdns = false
		 udp_preference_limit = 1
		[realms]
		 $realm = {
		  kdc = 127.0.0.1
		 }
		[domain_realm]
		 .$domain = $realm
		 $domain = $realm
	END
}

# Our own authority and certificate. The one Samba makes by itself has a random serial number that is negative one time
# out of two (which crypto/x509 refuses) and takes seconds. negative.pem keeps such a serial, to test that message.
make_certificates() {
	local tls=$dir/tls
	mkdir -p -m 700 "$tls"
	{
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -set_serial 1 \
			-subj "/CN=Autorite du laboratoire" -keyout "$tls/ca.key" -out "$tls/ca.pem"
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=dc1.$domain" \
			-keyout "$tls/key.pem" -out "$tls/request.pem"
		printf 'subjectAltName=DNS:dc1.%s,DNS:%s,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' "$domain" "$domain" >"$tls/ext"
		openssl x509 -req -in "$tls/request.pem" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -set_serial 2 -days 3650 \
			-extfile "$tls/ext" -out "$tls/cert.pem"
	} 2>/dev/null
	chmod 600 "$tls"/*.key "$tls/key.pem"
}

# Samba's schema ends at Windows Server 2012 R2. These attributes, with their published identifiers, are what an audit
# reads beyond it: legacy LAPS, Windows LAPS, key credentials.
extend_schema() {
	local option='--option=dsdb:schema update allowed=true'
	sed "s/@BASE@/$base/g" "$here/samba/schema-attributes.ldif" >"$dir/schema-attributes.ldif"
	sed "s/@BASE@/$base/g" "$here/samba/schema-classes.ldif" >"$dir/schema-classes.ldif"
	ldbadd -H "$sam" --configfile="$conf" "$option" "$dir/schema-attributes.ldif" >>"$dir/provision.log" 2>&1 ||
		fail "schema attributes refused, see $dir/provision.log"
	ldbmodify -H "$sam" --configfile="$conf" "$option" "$dir/schema-classes.ldif" >>"$dir/provision.log" 2>&1 ||
		fail "schema classes refused, see $dir/provision.log"
}

verb_fixture() {
	must_exist
	must_be_stopped
	$python "$here/samba/fixture.py" "$dir" "$password"
}

verb_bulk() {
	must_exist
	must_be_stopped
	$python "$here/samba/bulk.py" "$dir" "${1:?number of objects}" "$store"
}

# The holder owns the namespaces and is the parent of samba: when it dies, everything inside dies (--kill-child).
verb_start() {
	must_exist
	running && fail "already running"
	setsid unshare --net --mount --pid --fork --kill-child --mount-proc bash -c '
		ip link set lo up
		mkdir -p /run/samba && mount -t tmpfs -o mode=755 tmpfs /run/samba
		exec samba --configfile="$1" --foreground --no-process-group --model=prefork >"$2/samba.out" 2>&1' \
		holder "$conf" "$dir" </dev/null >/dev/null 2>&1 &
	echo $! >"$dir/holder.pid"
	local try
	for ((try = 0; try < 300; try++)); do
		running || {
			rm -f "$dir/holder.pid"
			tail -n 5 "$dir/samba.out" >&2
			fail "samba ended at once"
		}
		answers && {
			follow_owner
			return 0
		}
		sleep 0.1
	done
	verb_stop
	fail "no answer after 30 s, see $dir/samba.out and $dir/log.samba"
}

# A test that is killed cannot clean up: with LAB_OWNER, the controller ends within a second of that process.
follow_owner() {
	[[ -n ${LAB_OWNER:-} ]] || return 0
	(
		while running && kill -0 "$LAB_OWNER" 2>/dev/null; do sleep 1; done
		! running || verb_stop
	) </dev/null >/dev/null 2>&1 &
	disown
}

answers() {
	inside ldapsearch -x -H ldap://127.0.0.1 -b '' -s base dnsHostName >/dev/null 2>&1 &&
		LDAPTLS_REQCERT=never inside ldapsearch -x -H ldaps://127.0.0.1 -b '' -s base dnsHostName >/dev/null 2>&1 &&
		inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/88 4<>/dev/tcp/127.0.0.1/445' 2>/dev/null
}

inner_pid() {
	running || return 1
	pgrep -P "$(<"$dir/holder.pid")" | head -n 1
}

inside() {
	local pid
	pid=$(inner_pid) && [[ -n $pid ]] || return 1
	KRB5_CONFIG=$dir/krb5.conf nsenter --target "$pid" --net --mount --pid --wd="$PWD" -- "$@"
}

verb_exec() {
	running || fail "not running"
	inside "$@"
}

verb_pid() { inner_pid || fail "not running"; }

verb_stop() {
	running || return 0
	local pid try
	pid=$(inner_pid || true)
	[[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || true
	for ((try = 0; try < 80; try++)); do
		running || break
		sleep 0.1
	done
	! running || kill -KILL "$(<"$dir/holder.pid")"
	rm -f "$dir/holder.pid"
}

verb_status() { if running; then echo running; else echo stopped; fi; }

verb_destroy() {
	verb_stop
	# Only a folder that provision made is removed.
	[[ ! -e $dir/empty.conf ]] || rm -rf "$dir"
}

verb=${1:-help}
case $verb in
install | check | provision | fixture | bulk | start | exec | pid | stop | status | destroy)
	shift
	"verb_$verb" "$@"
	;;
*)
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
	exit 2
	;;
esac
