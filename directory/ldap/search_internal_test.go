package ldap

import (
	"strings"
	"testing"

	"hygie/directory/ldap/message"
)

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
