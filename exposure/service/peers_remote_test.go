package service

import (
	"slices"
	"testing"
)

const keygen = "ssh-keygen"

// remotePeers are ways to administer a machine.
func remotePeers() map[string]peer {
	sshd := func(lines string) peer {
		return peer{program: "sshd", expected: "ssh", before: [][]string{{keygen, "-q", "-N", "", "-t", "ed25519", "-f", "DIR/key"}, {keygen, "-q", "-N", "", "-t", "rsa", "-f", "DIR/rsa"}, {"mkdir", "-p", "/run/sshd"}},
			files: map[string]string{"conf": "ListenAddress 127.0.0.1:PORT\nHostKey DIR/key\nHostKey DIR/rsa\nPidFile DIR/pid\nStrictModes no\n" + lines}, argv: []string{"-D", "-e", "-f", "DIR/conf"}}
	}
	old := sshd("KexAlgorithms +diffie-hellman-group1-sha1\nCiphers +3des-cbc\nMACs +hmac-md5\nHostKeyAlgorithms +ssh-rsa\nPasswordAuthentication yes\n")
	old.check = func(t *testing.T, f Facts) {
		isProduct(t, f, "ssh", "OpenSSH")
		if f.SSH == nil || !slices.Contains(f.SSH.Kex, "diffie-hellman-group1-sha1") || !slices.Contains(f.SSH.Ciphers, "3des-cbc") || !slices.Contains(f.SSH.MACs, "hmac-md5") || !slices.Contains(f.SSH.HostKeys, "ssh-rsa") {
			t.Errorf("algorithms %+v", f.SSH)
		}
		want(t, "password", f.SSH.Password, Yes)
		want(t, "version 1", f.SSH.V1, No)
	}
	keys := sshd("PasswordAuthentication no\nKbdInteractiveAuthentication no\n")
	keys.noRecord = true
	keys.check = func(t *testing.T, f Facts) {
		want(t, "password", f.SSH.Password, No)
		if !slices.Equal(f.SSH.Methods, []string{"publickey"}) {
			t.Errorf("methods %v", f.SSH.Methods)
		}
	}
	vnc := func(display, types string, state State) peer {
		return peer{program: "Xtigervnc", expected: "vnc", argv: []string{":" + display, "-rfbport", "PORT", "-interface", "127.0.0.1", "-SecurityTypes", types, "-rfbauth", "DIR/passwd", "-geometry", "64x64"},
			files: map[string]string{"passwd": "12345678"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "vnc", "")
				want(t, "without a password", f.Stranger, state)
			}}
	}
	smb := func(global string) string {
		return "[global]\ninterfaces = 127.0.0.1/8\nbind interfaces only = yes\nsmb ports = PORT\nprivate dir = DIR/private\nstate directory = DIR/state\ncache directory = DIR/cache\nlock directory = DIR/lock\npid directory = DIR/lock\nncalrpc dir = DIR/rpc\nlog file = DIR/smb.log\ndisable netbios = yes\nload printers = no\n" + global
	}
	folders := []string{"mkdir", "-p", "DIR/private", "DIR/state", "DIR/cache", "DIR/lock", "DIR/rpc"}
	return map[string]peer{
		"ssh-old":      old,
		"ssh-keys":     keys,
		"vnc-none":     vnc("71", "None", Yes),
		"vnc-password": vnc("72", "VncAuth", No),
		"smb-old": {program: "smbd", expected: "smb", classes: guest, before: [][]string{folders}, files: map[string]string{"conf": smb("server min protocol = NT1\nserver signing = disabled\nmap to guest = Bad User\n")},
			argv: []string{"-F", "--no-process-group", "-s", "DIR/conf"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "smb", "Samba")
				want(t, "SMB 1", f.SMB.V1, Yes)
				want(t, "signing", f.SMB.Signing, No)
				want(t, "guest", f.Guest, Yes)
				if f.SMB.Dialect != "3.1.1" {
					t.Errorf("dialect %s", f.SMB.Dialect)
				}
			}},
		"smb-sound": {program: "smbd", expected: "smb", classes: guest, before: [][]string{folders}, files: map[string]string{"conf": smb("server min protocol = SMB3\nserver signing = mandatory\nmap to guest = never\n")},
			argv: []string{"-F", "--no-process-group", "-s", "DIR/conf"}, check: func(t *testing.T, f Facts) {
				want(t, "SMB 1", f.SMB.V1, No)
				want(t, "signing", f.SMB.Signing, Yes)
				want(t, "guest", f.Guest, No)
			}},
		"telnet": {program: "inetutils-inetd", expected: "telnet", files: map[string]string{"conf": "127.0.0.1:PORT stream tcp nowait root /usr/sbin/telnetd telnetd\n"}, argv: []string{"-d", "DIR/conf"},
			check: func(t *testing.T, f Facts) { isProduct(t, f, "telnet", "") }},
		"x11-refused": {program: "Xtigervnc", port: "6077", expected: "x11", argv: []string{":77", "-rfbport", "-1", "-listen", "tcp", "-auth", "DIR/auth", "-geometry", "64x64"},
			files: map[string]string{"auth": "\xff\xff\x00\x00\x00\x00\x00\x12MIT-MAGIC-COOKIE-1\x00\x10hygie-demo-16byt"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "x11", "")
				want(t, "without a proof", f.Stranger, No)
			}},
		"x11-open": {program: "Xtigervnc", port: "6078", expected: "x11", argv: []string{":78", "-rfbport", "-1", "-listen", "tcp", "-ac", "-geometry", "64x64"},
			check: func(t *testing.T, f Facts) { want(t, "without a proof", f.Stranger, Yes) }},
		"rdp-xrdp": {program: "xrdp", expected: "rdp", before: [][]string{{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=appliance.invalid", "-keyout", "DIR/key", "-out", "DIR/pem"}, {"mkdir", "-p", "/run/xrdp"},
			{"sh", "-c", "sed -e 's|^port=.*|port=tcp://127.0.0.1:PORT|' -e 's|^security_layer=.*|security_layer=negotiate|' -e 's|^certificate=.*|certificate=DIR/pem|' -e 's|^key_file=.*|key_file=DIR/key|' /etc/xrdp/xrdp.ini >DIR/xrdp.ini; chmod 644 DIR/key"}},
			argv: []string{"--nodaemon", "--config", "DIR/xrdp.ini"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "rdp", "xrdp")
				want(t, "plain", f.RDP.Plain, Yes)
				want(t, "TLS", f.RDP.TLS, Yes)
				want(t, "NLA", f.RDP.NLA, No) // the answer is a response, and selects no authentication
			}},
		"ldap-open": {program: "slapd", expected: "ldap", files: map[string]string{"conf": slapd("access to * by * read\n"), "init.ldif": "dn: dc=demo,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: demo\no: demo\n\ndn: ou=people,dc=demo,dc=test\nobjectClass: organizationalUnit\nou: people\n"},
			before: [][]string{{"mkdir", "DIR/db"}, {"slapadd", "-f", "DIR/conf", "-l", "DIR/init.ldif"}}, argv: []string{"-d", "0", "-f", "DIR/conf", "-h", "ldap://127.0.0.1:PORT"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "ldap", "")
				want(t, "read", f.Directory.Read, Yes)
				if !slices.Equal(f.Directory.Contexts, []string{"dc=demo,dc=test"}) {
					t.Errorf("contexts %v", f.Directory.Contexts)
				}
			}},
		"ldap-closed": {program: "slapd", expected: "ldap", files: map[string]string{"conf": slapd("require authc\naccess to * by users read by * none\n")},
			before: [][]string{{"mkdir", "DIR/db"}}, argv: []string{"-d", "0", "-f", "DIR/conf", "-h", "ldap://127.0.0.1:PORT"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "ldap", "")
				if f.Directory.Read.IsYes() {
					t.Errorf("read: %v", f.Directory.Read)
				}
			}},
	}
}

func slapd(access string) string {
	return "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile DIR/pid\ndatabase mdb\nsuffix dc=demo,dc=test\ndirectory DIR/db\n" + access
}
