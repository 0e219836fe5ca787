package service

import (
	"net"
	"strings"
	"testing"

	"hygie/lab/labtest"
)

// A real domain controller is seen for what it is, on each of its ports.
func TestDomainController(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{StrongAuth: "no"})
	dial := func(network, address string) (net.Conn, error) { return dc.Dial(t.Context(), network, address) }
	tests := map[string]struct {
		transport, port, expected string
		check                     func(*testing.T, Facts)
	}{
		"ad-msrpc":        {"tcp", "135", "msrpc", func(t *testing.T, f Facts) { isProduct(t, f, "msrpc", "") }},
		"ad-kerberos":     {"tcp", "88", "kerberos", isRealm},
		"ad-kerberos-udp": {"udp", "88", "kerberos", isRealm},
		"ad-ldap": {"tcp", "389", "ldap", func(t *testing.T, f Facts) {
			if f.Directory == nil || f.Directory.Domain != "DC=lab,DC=hygie,DC=test" {
				t.Errorf("directory %+v", f.Directory)
			}
			want(t, "read", f.Directory.Read, No)
		}},
		"ad-global": {"tcp", "3268", "ldap", func(t *testing.T, f Facts) {
			if f.Directory == nil || !f.Directory.Global {
				t.Errorf("directory %+v", f.Directory)
			}
		}},
		"ad-ldaps": {"tcp", "636", "ldap", func(t *testing.T, f Facts) {
			if !f.TLS {
				t.Errorf("%+v", f)
			}
		}},
		"ad-smb": {"tcp", "445", "smb", func(t *testing.T, f Facts) {
			want(t, "signing", f.SMB.Signing, Yes)
			want(t, "guest", f.Guest, No)
		}},
		"ad-cldap": {"udp", "389", "cldap", func(t *testing.T, f Facts) {
			if len(f.Amplifies) != 1 || f.Amplifies[0].Ratio() < 2 {
				t.Errorf("amplification %v", f.Amplifies)
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{dial: dial, file: talkFile{from: "a capture of samba (Debian 12), domain controller", transport: test.transport, expected: test.expected, guest: true}}
			target := loopback(t, r.between(t, "127.0.0.1:"+test.port), guest)
			f, err := probe(t, test.transport, target, quick(test.expected))
			if err != nil {
				t.Fatal(err)
			}
			test.check(t, f)
			if t.Failed() {
				t.Logf("%+v %+v", f, f.Directory)
			}
			if *record && !strings.HasSuffix(name, "ldaps") {
				r.finish(t, name)
			}
		})
	}
}

func isRealm(t *testing.T, f Facts) {
	if f.Protocol != "kerberos" || f.Directory == nil || f.Directory.Realm == "" {
		t.Errorf("%+v %+v", f, f.Directory)
	}
}
