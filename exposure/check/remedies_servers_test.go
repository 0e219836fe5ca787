package check_test

// servers are the programs on which remedies are tried. %A, %N, %D and %P stand for the address, the name, the folder and the certificates of a house.
func servers() map[string]server {
	return map[string]server{
		"nginx": {program: "nginx", wrap: `daemon off;
worker_processes 1;
pid %D/pid;
error_log stderr;
events { worker_connections 256; }
http {
access_log off;
client_body_temp_path %D/body;
proxy_temp_path %D/proxy;
fastcgi_temp_path %D/fastcgi;
uwsgi_temp_path %D/uwsgi;
scgi_temp_path %D/scgi;
default_type text/html;
%S
}`, test: []string{"nginx", "-t", "-e", "stderr", "-c", "%D/setting"}, run: []string{"nginx", "-e", "stderr", "-c", "%D/setting"}},

		"apache": {program: "apache2", wrap: `ServerRoot %D
ServerName %N
PidFile %D/pid
DefaultRuntimeDir %D
Mutex file:%D default
ErrorLog %D/error
User www-data
Group www-data
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 16
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_host_module /usr/lib/apache2/modules/mod_authz_host.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule autoindex_module /usr/lib/apache2/modules/mod_autoindex.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule setenvif_module /usr/lib/apache2/modules/mod_setenvif.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
TypesConfig /etc/mime.types
SSLSessionCache none
%S`, test: []string{"apache2", "-t", "-f", "%D/setting"}, run: []string{"apache2", "-f", "%D/setting", "-DFOREGROUND"}},

		"haproxy": {program: "haproxy", wrap: `global
  maxconn 200
%S`, test: []string{"haproxy", "-c", "-f", "%D/setting"}, run: []string{"haproxy", "-db", "-f", "%D/setting"}},

		"bind": {program: "named", wrap: `options {
directory "%D";
pid-file "%D/pid";
session-keyfile "%D/session.key";
listen-on { %A; };
listen-on-v6 { none; };
dnssec-validation no;
%S`, test: []string{"named-checkconf", "-z", "%D/setting"}, run: []string{"named", "-g", "-n", "1", "-c", "%D/setting"}},

		"postfix": {program: "postfix", file: "main.cf", wrap: `compatibility_level = 3.6
queue_directory = %D/queue
data_directory = %D/data
maillog_file = %D/maillog
maillog_file_prefixes = %D
inet_interfaces = %A
inet_protocols = ipv4
myhostname = %N
mydestination =
local_recipient_maps =
local_transport = discard
default_transport = discard
%S`, prepare: `mkdir -p queue data dynamicmaps.cf.d && chown postfix data && cp /etc/postfix/postfix-files /etc/postfix/dynamicmaps.cf . && cat > master.cf <<'END'
smtp       inet n - n - - smtpd
submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
postlog   unix-dgram n - n - 1 postlogd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
discard   unix - - n - - discard
error     unix - - n - - error
anvil     unix - - n - 1 anvil
tlsmgr    unix - - n 1000? 1 tlsmgr
proxymap  unix - - n - - proxymap
END`, test: []string{"postconf", "-c", "%D", "-n"}, run: []string{"postfix", "-c", "%D", "start-fg"}, stop: []string{"postfix", "-c", "%D", "stop"}},

		"dovecot": {program: "dovecot", wrap: `base_dir = %D/run
state_dir = %D/state
log_path = %D/mail
protocols = imap
listen = %A
passdb {
  driver = static
  args = nopassword=n
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%D/home
}
%S`, test: []string{"doveconf", "-n", "-c", "%D/setting"}, run: []string{"dovecot", "-F", "-c", "%D/setting"}},

		"sshd": {program: "sshd", wrap: `ListenAddress %A:22
HostKey %D/key
PidFile %D/pid
%S`, prepare: "ssh-keygen -q -N '' -t rsa -f key && mkdir -p /run/sshd", test: []string{"/usr/sbin/sshd", "-t", "-f", "%D/setting"},
			run: []string{"/usr/sbin/sshd", "-D", "-f", "%D/setting"}},

		"vsftpd": {program: "vsftpd", wrap: "listen=YES\nlisten_address=%A\nlocal_enable=YES\nbackground=NO\nsecure_chroot_dir=%D/empty\n%S", prepare: "mkdir empty",
			run: []string{"vsftpd", "%D/setting"}},

		"mosquitto": {program: "mosquitto", wrap: "listener 1883 %A\n%S", run: []string{"mosquitto", "-c", "%D/setting"}},

		"redis": {program: "redis-server", wrap: "dir %D\nsave \"\"\n%S", run: []string{"redis-server", "%D/setting"}},

		"slapd": {program: "slapd", wrap: `include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile %D/pid
database config
access to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage
database mdb
suffix dc=rue,dc=test
directory %D/data
access to * by * read
%S`, prepare: "mkdir data tree", run: []string{"bash", "-c", `[ -e %D/tree/cn=config.ldif ] || { slaptest -f %D/setting -F %D/tree >/dev/null 2>&1; printf 'dn: dc=rue,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: rue\no: rue\n' | slapadd -F %D/tree -b dc=rue,dc=test; }
exec slapd -d 0 -F %D/tree -h 'ldap://%A ldapi://%L'`}},

		"rsync": {program: "rsync", wrap: "pid file = %D/pid\nlock file = %D/lock\nuse chroot = no\n%S", prepare: "mkdir share && echo a > share/a",
			run: []string{"rsync", "--daemon", "--no-detach", "--config=%D/setting"}},
	}
}
