package ldap

import (
	"strings"
	"testing"

	"hygie/directory/ldap/message"
)

func TestParseRange(t *testing.T) {
	for _, row := range []struct {
		in          string
		name        string
		first, last int
		ok          bool
	}{
		{"member;range=0-1499", "member", 0, 1499, true},
		{"member;Range=1500-*", "member", 1500, -1, true},
		{"member;range=5-4", "", 0, 0, false},
		{"member;range=-1-4", "", 0, 0, false},
		{"member;range=a-b", "", 0, 0, false},
		{"member;range=3", "", 0, 0, false},
		{";range=0-1", "", 0, 0, false},
		{"member;range=0-99999999999999999999", "", 0, 0, false},
	} {
		name, first, last, err := parseRange(row.in)
		if (err == nil) != row.ok || name != row.name || row.ok && (first != row.first || last != row.last) {
			t.Errorf("%s: %s %d %d %v", row.in, name, first, last, err)
		}
	}
}

func TestDNSName(t *testing.T) {
	for dn, want := range map[string]string{
		"DC=lab,DC=hygie,DC=test":         "lab.hygie.test",
		"dc=a, dc=b":                      "a.b",
		"CN=Configuration,DC=lab,DC=test": "",
		"":                                "",
	} {
		if got := DNSName(dn); got != want {
			t.Errorf("%q: %q", dn, got)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[31mb":         "a [31mb",
		"\x00fin\r\n":        "fin",
		"\xff":               "�",
		"é" + "\u0085" + "à": "é à",
		"plain":              "plain",
	} {
		if got := message.Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := message.Printable(strings.Repeat("é", 1000)); len([]rune(got)) != 301 {
		t.Errorf("%d runes", len([]rune(got)))
	}
}

// A root entry holds what the server pleases.
func FuzzRoot(f *testing.F) {
	f.Add("currentTime", []byte("20260310120000.0Z"), "supportedControl", []byte(message.OIDPaging))
	f.Add("dnsHostName", []byte{0xff}, "ldapServiceName", []byte(":$@"))
	f.Add("currentTime", []byte(nil), "domainControllerFunctionality", []byte("99999999999999999999"))
	f.Fuzz(func(_ *testing.T, a string, x []byte, b string, y []byte) {
		_ = parseRoot(&message.Entry{Attributes: []message.Attribute{{Name: a, Values: [][]byte{x}}, {Name: b, Values: [][]byte{y}}}})
	})
}
