package service

import (
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// seeds gives a fuzz target what real servers of a protocol said.
func seeds(f *testing.F, expected ...string) {
	f.Helper()
	names, _ := filepath.Glob("testdata/*.talk")
	for _, name := range names {
		talk := readTalk(f, name)
		for _, e := range expected {
			if talk.expected != e {
				continue
			}
			for _, part := range talk.parts {
				for _, turn := range part {
					if !turn.client {
						f.Add(turn.bytes)
					}
				}
			}
		}
	}
	f.Add([]byte{})
}

// printable fails on text that a report could not show as it is.
func printable(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if clean(s) != s || !utf8.ValidString(s) || len([]rune(s)) > 1000 {
			t.Errorf("%q is not clean", s)
		}
	}
}

func FuzzKexInit(f *testing.F) {
	seeds(f, "ssh")
	f.Fuzz(func(t *testing.T, b []byte) {
		lists, err := parseKexInit(b)
		for _, list := range lists {
			if err == nil {
				printable(t, list...)
			}
		}
	})
}

func FuzzRDP(f *testing.F) {
	seeds(f, "rdp")
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseRDP(b); err == nil && c.failure != 0 && c.accepts(rdpTLS).IsYes() {
			t.Errorf("a failure accepts: %+v", c)
		}
	})
}

func FuzzSMB(f *testing.F) {
	seeds(f, "smb")
	f.Fuzz(func(t *testing.T, b []byte) {
		parseSMB1(b)
		parseSMB2(b)
		if r, err := parseSetup(b); err == nil {
			parseChallenge(r.token)
		}
		if m, err := parseChallenge(b); err == nil {
			printable(t, m.name, m.domain, m.version)
			m.guestProof()
		}
	})
}

func FuzzRPC(f *testing.F) {
	seeds(f, "msrpc", "rpcbind", "nfs")
	f.Fuzz(func(t *testing.T, b []byte) {
		parseRPC(b)
		if r, err := rpcResult(b); err == nil {
			parseMappings(r)
			list, _ := parseExports(r)
			if len(list) > 500 {
				t.Errorf("%d exports", len(list))
			}
		}
		parseMappings(b)
		parseExports(b)
	})
}

func FuzzLDAP(f *testing.F) {
	seeds(f, "ldap", "cldap")
	f.Fuzz(func(t *testing.T, b []byte) {
		r, _ := parseLDAP(b)
		printable(t, r.names...)
		for name, values := range r.attributes {
			printable(t, append(values, name)...)
		}
	})
}

func FuzzKerberos(f *testing.F) {
	seeds(f, "kerberos")
	f.Fuzz(func(t *testing.T, b []byte) {
		_, realm, _ := parseKerberos(b)
		printable(t, realm)
	})
}

func FuzzSNMP(f *testing.F) {
	seeds(f, "snmp")
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseSNMP(b); err == nil {
			printable(t, s)
		}
		if engine, err := parseSNMPv3(b); err == nil {
			printable(t, snmpMaker(engine))
		}
	})
}

func FuzzDatabases(f *testing.F) {
	seeds(f, "mysql", "postgresql", "redis", "memcached")
	f.Add(mongoReply("ok", 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, _ := parseMySQL(b)
		printable(t, g.version, g.refusal)
		parsePostgres(b)
		version, _, _ := parseTDS(b)
		printable(t, version)
		_, version, _ = parseTNS(b)
		printable(t, version)
		parseMongo(b)
		parseMemcached(b)
		parseCassandra(b)
	})
}

func FuzzQueues(f *testing.F) {
	seeds(f, "mqtt")
	f.Add(amqpFrame("PLAIN"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseMQTT(b)
		s, _ := parseAMQP(b)
		printable(t, append(s.mechanisms, s.product, s.version)...)
	})
}

func FuzzDICOM(f *testing.F) {
	seeds(f, "dicom")
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := parseAssociate(b)
		printable(t, a.Class, a.Version)
		dicomProduct(a)
	})
}

func FuzzControllers(f *testing.F) {
	f.Add(unhex("6879000000140 02b0e0101000002 0004 41434d45"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (string, error){parseModbus, parseENIP, parseBACnet} {
			s, _ := parse(b)
			printable(t, s)
		}
		parseS7(b)
	})
}

func FuzzTunnels(f *testing.F) {
	seeds(f, "ike", "openvpn", "pptp")
	f.Fuzz(func(t *testing.T, b []byte) {
		r, _ := parseIKE(b)
		r.notify()
		printable(t, r.vendors()...)
		parseOpenVPN(b)
		host, vendor, _ := parsePPTP(b)
		printable(t, host, vendor)
	})
}

func FuzzDatagrams(f *testing.F) {
	seeds(f, "ntp", "tftp", "ipmi", "memcached")
	f.Fuzz(func(t *testing.T, b []byte) {
		parseDNS(b)
		version, _ := parseVersion(b)
		printable(t, version)
		_, words, _ := parseTFTP(b)
		names, _ := parseNodeStatus(b)
		printable(t, append(names, words)...)
		parseIPMI(b)
		p, v, s := ntpProduct(b)
		printable(t, p, v, s)
		status, product, _ := parseSIP(b)
		printable(t, status, product)
	})
}

func FuzzConsoles(f *testing.F) {
	seeds(f, "telnet", "x11", "rsync")
	f.Fuzz(func(t *testing.T, b []byte) {
		words, _ := parseTelnet(b)
		printable(t, words)
		_, reason, _ := parseX11(b)
		printable(t, reason)
		modules, _ := parseRsync(b)
		printable(t, modules...)
	})
}

func FuzzPage(f *testing.F) {
	seeds(f, "http", "ipp")
	f.Fuzz(func(t *testing.T, b []byte) {
		wholeHTTP(b)
		p, err := parsePage(b)
		if err != nil {
			return
		}
		printable(t, p.Server, p.Title, p.Location, p.Realm)
		var facts Facts
		recognisePage(&facts, p)
		connectAnswer(b, nil)
	})
}

// What tells protocols apart by their first bytes must stand any bytes.
func FuzzSigns(f *testing.F) {
	seeds(f, "ftp", "smtp", "vnc", "rsync", "mysql")
	known := protocols()
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range known {
			if p.signs != nil {
				p.signs(b)
			}
		}
	})
}
