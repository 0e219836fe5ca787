package distname

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
