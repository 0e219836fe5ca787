package service

import (
	"slices"
	"testing"
)

// otherPeers are files, imaging, proxies, tunnels, monitoring.
func otherPeers() map[string]peer {
	orthanc := `{"Name":"demo","StorageDirectory":"DIR/s","IndexDirectory":"DIR/s","DicomPort":%D,"HttpPort":%H,"DicomCheckCalledAet":true,"RemoteAccessAllowed":true,"AuthenticationEnabled":%A,"RegisteredUsers":{"demo":"demo"},"Plugins":[]}`
	with := func(d, h, a string) map[string]string {
		return map[string]string{"conf.json": replace(orthanc, "%D", d, "%H", h, "%A", a)}
	}
	certificate := []string{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=demo.invalid", "-keyout", "DIR/key", "-out", "DIR/pem"}
	proxy := func(rule string, state State) peer {
		return peer{program: "squid", expected: "http", proxyTo: true, files: map[string]string{"conf": "http_port 127.0.0.1:PORT\nhttp_access " + rule + " all\npid_filename none\ncache_log DIR/cache.log\naccess_log none\ncache deny all\nshutdown_lifetime 0 seconds\ncoredump_dir DIR\nlogfile_rotate 0\npinger_enable off\n"},
			argv: []string{"-N", "-f", "DIR/conf"}, check: func(t *testing.T, f Facts) {
				if f.Proxy == nil {
					t.Fatalf("no proxy: %+v", f)
				}
				want(t, "open", f.Proxy.Open, state)
			}}
	}
	return map[string]peer{
		"ftp-anonymous": {program: "vsftpd", expected: "ftp", classes: guest, files: map[string]string{"conf": "listen=YES\nlisten_address=127.0.0.1\nlisten_port=PORT\nanonymous_enable=YES\nanon_root=/var/run\nbackground=NO\nsecure_chroot_dir=/var/run\n"},
			argv: []string{"DIR/conf"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "ftp", "vsftpd")
				want(t, "anonymous", f.Guest, Yes)
				want(t, "TLS", f.Encrypts, No)
			}},
		"ftp-tls": {program: "vsftpd", expected: "ftp", classes: guest, before: [][]string{certificate}, files: map[string]string{"conf": "listen=YES\nlisten_address=127.0.0.1\nlisten_port=PORT\nanonymous_enable=NO\nlocal_enable=YES\nbackground=NO\nsecure_chroot_dir=/var/run\nssl_enable=YES\nrsa_cert_file=DIR/pem\nrsa_private_key_file=DIR/key\n"},
			argv: []string{"DIR/conf"}, check: func(t *testing.T, f Facts) {
				want(t, "anonymous", f.Guest, No)
				want(t, "TLS", f.Encrypts, Yes)
			}},
		"dicom-storescp": {program: "storescp", expected: "dicom", argv: []string{"--ignore", "PORT"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "dicom", "DCMTK")
			want(t, "any title", f.Stranger, Yes)
		}},
		"dicom-orthanc": {program: "Orthanc", expected: "dicom", files: with("PORT", "0", "true"), argv: []string{"DIR/conf.json"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "dicom", "")
			want(t, "any title", f.Stranger, No)
		}},
		"orthanc-open": {program: "Orthanc", expected: "http", files: with("0", "PORT", "false"), argv: []string{"DIR/conf.json"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "http", "Orthanc")
			want(t, "without an account", f.Stranger, Yes)
		}},
		"orthanc-closed": {program: "Orthanc", expected: "http", files: with("0", "PORT", "true"), argv: []string{"DIR/conf.json"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "http", "Orthanc")
			want(t, "without an account", f.Stranger, No)
		}},
		"rsync": {program: "rsync", expected: "rsync", files: map[string]string{"conf": "use chroot = no\naddress = 127.0.0.1\n[sauvegardes]\npath = DIR\ncomment = demonstration\n"}, argv: []string{"--daemon", "--no-detach", "--port=PORT", "--config=DIR/conf"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "rsync", "rsync")
			if !slices.Equal(f.Shares, []string{"sauvegardes"}) {
				t.Errorf("shares %v", f.Shares)
			}
		}},
		"proxy-open":   proxy("allow", Yes),
		"proxy-closed": proxy("deny", No),
		"socks-open": {program: "danted", expected: "socks", proxyTo: true, files: map[string]string{"conf": "logoutput: DIR/log2\ninternal: 127.0.0.1 port = PORT\nexternal: 127.0.0.1\nsocksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\nclient pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n"},
			argv: []string{"-f", "DIR/conf", "-p", "DIR/pid"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "socks", "")
				want(t, "open", f.Proxy.Open, Yes)
			}},
		"printer-cups": {program: "cupsd", expected: "ipp", files: map[string]string{"conf": "Listen 127.0.0.1:PORT\nBrowsing Off\n<Location />\nOrder allow,deny\nAllow all\n</Location>\n", "files": "ServerRoot DIR\nStateDir DIR\nCacheDir DIR\nRequestRoot DIR\nTempDir DIR\nAccessLog DIR/a\nErrorLog DIR/e\nPageLog DIR/p\nPrintcap DIR/pc\n"},
			argv: []string{"-f", "-c", "DIR/conf", "-s", "DIR/files"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "ipp", "CUPS")
				if f.Kind != Printing {
					t.Errorf("kind %s", f.Kind)
				}
			}},
		"snmp-public": {program: "snmpd", transport: "udp", expected: "snmp", classes: guest, files: map[string]string{"conf": "agentAddress udp:127.0.0.1:PORT\nrocommunity public default\nsysDescr demonstration\n"}, argv: []string{"-f", "-Lo", "-C", "-c", "DIR/conf", "-p", "DIR/pid"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "snmp", "Net-SNMP")
			want(t, "public", f.Guest, Yes)
		}},
		"snmp-v3": {program: "snmpd", transport: "udp", expected: "snmp", classes: guest, files: map[string]string{"conf": "agentAddress udp:127.0.0.1:PORT\n"}, argv: []string{"-f", "-Lo", "-C", "-c", "DIR/conf", "-p", "DIR/pid"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "snmp", "Net-SNMP")
			want(t, "public", f.Guest, No)
		}},
		"tftp": {program: "in.tftpd", transport: "udp", expected: "tftp", argv: []string{"--foreground", "--listen", "--address", "127.0.0.1:PORT", "--user", "nobody", "DIR"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "tftp", "")
		}},
		"openvpn-udp": {program: "openvpn", transport: "udp", expected: "openvpn", before: [][]string{certificate}, argv: []string{"--dev", "null", "--local", "127.0.0.1", "--port", "PORT", "--proto", "udp", "--tls-server", "--ca", "DIR/pem", "--cert", "DIR/pem", "--key", "DIR/key", "--dh", "none", "--cd", "DIR"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "openvpn", "OpenVPN")
		}},
		"openvpn-tcp": {program: "openvpn", expected: "openvpn", before: [][]string{certificate}, argv: []string{"--dev", "null", "--local", "127.0.0.1", "--port", "PORT", "--proto", "tcp-server", "--tls-server", "--ca", "DIR/pem", "--cert", "DIR/pem", "--key", "DIR/key", "--dh", "none", "--cd", "DIR"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "openvpn", "OpenVPN")
		}},
	}
}
