package model

import (
	"maps"
	"testing"
)

func TestNormalizeDN(t *testing.T) {
	same := map[string][]string{
		`cn=doe\, ann,ou=a b,dc=x`: {`CN=Doe\, Ann,OU=A B,DC=x`, `cn = DOE\2C  ann , ou=a  b, DC=X`, `Cn=doe\2c ann,OU= a b ,dc=x`},
		`cn=é`:                     {`CN=É`, `CN=\C3\89`},
		`cn=a\0Acnf:1`:             {"CN=a\\0ACNF:1"},
	}
	for want, spellings := range maps.All(same) {
		for _, dn := range spellings {
			if got, err := NormalizeDN(dn); err != nil || got != want {
				t.Errorf("NormalizeDN(%q) = %q, %v; want %q", dn, got, err, want)
			}
		}
	}
	if got := RDNValue(`CN=Doe\, Ann\20,DC=x`); got != "Doe, Ann " {
		t.Errorf("RDNValue = %q", got)
	}
	if got := EscapeRDN(" #a,b\n"); got != `\ #a\,b\0A` {
		t.Errorf("EscapeRDN = %q", got)
	}
	if got := DNSNameOf("DC=z,CN=MicrosoftDNS,DC=Hop,DC=test"); got != "hop.test" {
		t.Errorf("DNSNameOf = %q", got)
	}
}

func FuzzNormalizeDN(f *testing.F) {
	for _, dn := range []string{root, `CN=a\,b,DC=x`, `CN=\C3\89,DC=x`, "CN=,", " CN=a ,DC=b", `CN=a\ ,DC=b`} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		once, err := NormalizeDN(dn)
		if err != nil {
			return
		}
		twice, err := NormalizeDN(once)
		if err != nil || once != twice {
			t.Fatalf("%q -> %q -> %q, %v", dn, once, twice, err)
		}
		b := NewBuilder()
		if b.Add(Entry{DN: dn}) != nil {
			t.Fatalf("%q is normalised but not accepted", dn)
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := d.ByDN(once); !ok {
			t.Fatalf("%q is not found as %q", dn, once)
		}
		if _, ok := d.ByDN(d.DN(0)); !ok {
			t.Fatalf("%q is not found as %q", dn, d.DN(0))
		}
	})
}
