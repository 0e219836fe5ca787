package collect

import (
	"errors"
	"strings"
	"testing"

	"hygie/directory/ldap"
)

func TestWordsInBothLanguages(t *testing.T) {
	for _, w := range []ldap.Warning{{Kind: ldap.CertificateUnverified, Detail: "dc1:636"}, {Kind: ldap.NameFromServer, Detail: "dc1.hopital.test"}} {
		fr, en := warningOf(w).Text("fr"), warningOf(w).Text("en")
		if fr == en || !strings.Contains(fr, w.Detail) || !strings.Contains(en, w.Detail) || strings.Contains(fr, "'") {
			t.Errorf("%s: %q, %q", w.Kind, fr, en)
		}
	}
	for _, s := range []ldap.Security{
		{Method: ldap.Kerberos, Protection: ldap.Seal, Algorithm: "aes"}, {Method: ldap.Kerberos, Protection: ldap.Sign, Algorithm: "aes"},
		{Method: ldap.LDAPS, Algorithm: "TLS 1.3", Unverified: true},
	} {
		if fr, en := SecurityText(s, "fr"), SecurityText(s, "en"); fr == en || !strings.Contains(fr, s.Algorithm) || !strings.Contains(en, s.Algorithm) {
			t.Errorf("%q, %q", fr, en)
		}
	}
	p := Partition{DN: "DC=x", Objects: 12, Err: &ldap.Fault{Reason: ldap.Denied, Server: "dc1", Doing: "search", Err: errors.New("refus")}}
	for lang, want := range map[string]string{"fr": "n’a pas été lue en entier (12 objets)", "en": "was not read to its end (12 objects)"} {
		if got := missing(p).Text(lang); !strings.Contains(got, want) || !strings.Contains(got, "refus") {
			t.Errorf("%s: %q", lang, got)
		}
	}
}
