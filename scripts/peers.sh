#!/usr/bin/env bash
# Installs the real servers the tests talk to, from Debian's packages: PostgreSQL, Samba's domain controller, Chromium, what hospitals show
# to the internet, and what reads the documents and archives we write.
# Without the right to install it changes nothing, says loudly which tests will be skipped, and ends well.
# The last line printed on stdout lists the peers that are present, for HYGIE_TEST_REQUIRE.
set -uo pipefail

# What the exposure audit is tried on.
servers=(nginx openssl postfix dovecot named dnssec-keygen delv sshd xrdp smbd vsftpd snmpd redis-server mosquitto storescp slapd gnutls-serv
	Xtigervnc rsync memcached Orthanc squid cupsd danted in.tftpd inetutils-inetd telnetd mariadbd openvpn apache2 haproxy ip)

present() {
	case $1 in
	postgres) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null ;;
	samba) command -v samba >/dev/null && command -v samba-tool >/dev/null && command -v smbclient >/dev/null &&
		[[ -e /usr/share/samba/setup/provision.ldif ]] && command -v ldbadd >/dev/null && command -v unshare >/dev/null ;;
	exposure)
		local program
		for program in "${servers[@]}"; do PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || return 1; done
		;;
	readers) command -v qpdf >/dev/null && command -v pdfinfo >/dev/null && command -v unzip >/dev/null && command -v openssl >/dev/null ;;
	chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ;;
	esac
}
packages() {
	case $1 in
	postgres) echo postgresql ;;
	samba) echo samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind smbclient krb5-user \
		ldb-tools ldap-utils python3-ldb python3-samba attr acl openssl util-linux procps iproute2 ;;
	exposure) echo nginx-light openssl postfix dovecot-imapd bind9 bind9-utils bind9-dnsutils openssh-server xrdp samba vsftpd snmpd redis-server \
		mosquitto dcmtk slapd gnutls-bin tigervnc-standalone-server rsync memcached orthanc squid cups-daemon dante-server tftpd-hpa \
		inetutils-inetd inetutils-telnetd mariadb-server-core openvpn apache2-bin media-types haproxy iproute2 procps ;;
	readers) echo qpdf poppler-utils unzip openssl ;;
	chromium) echo chromium fonts-liberation ;;
	esac
}

missing=()
for peer in postgres samba chromium exposure readers; do present $peer || missing+=("$peer"); done

if ((${#missing[@]})); then
	if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		export DEBIAN_FRONTEND=noninteractive
		# policy-rc.d: the packages' own services must not start on this machine; the tests start theirs.
		if [[ ! -e /usr/sbin/policy-rc.d ]]; then
			printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
			trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		fi
		apt-get update -q >&2 || true
		# Each peer by itself: a package that one of them misses must not keep the others away.
		for peer in "${missing[@]}"; do
			read -ra wanted <<<"$(packages "$peer")"
			echo "Installing for the tests: ${wanted[*]}" >&2
			apt-get install -y -q --no-install-recommends "${wanted[@]}" >&2 ||
				echo "The installation of $peer did not succeed; what is missing is skipped below." >&2
		done
	else
		echo "No right to install packages here (root and apt-get are needed)." >&2
	fi
fi

have=()
for peer in postgres samba chromium exposure readers; do
	if present $peer; then
		have+=("$peer")
	else
		printf '\n  *** SKIPPED: %s is not installed. Its tests will not run.\n      Debian: apt-get install %s\n\n' "$peer" "$(packages $peer)" >&2
	fi
done
# The domain controller needs namespaces, which only root may make.
if [[ $(id -u) != 0 ]]; then
	have=("${have[@]/samba/}")
	have=("${have[@]/exposure/}")
	printf '\n  *** SKIPPED: the Samba domain controller and the exposure lab need root (network namespaces).\n\n' >&2
fi
echo "${have[@]:-}"
