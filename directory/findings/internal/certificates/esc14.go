package certificates

import (
	"strings"

	"hygie/directory/findings/rule"
)

// ESC14: an account is tied to certificates by what others can obtain or forge: a name of subject, of issuer and subject, or a mail
// address (altSecurityIdentities, Microsoft, KB5014754).
func ESC14(o *rule.Outcome) {
	for a := range o.Accounts() {
		for _, mapping := range o.Dir.Texts(a.ID(), "altSecurityIdentities") {
			if weakMapping(mapping) {
				o.Found(a.ID(), rule.Because("weak_mapping", "form", mappingForm(mapping)))
				break
			}
		}
	}
}

// mappingForm gives the parts of a mapping without their content: "X509:<I><S>".
func mappingForm(mapping string) string {
	var b strings.Builder
	prefix, rest, ok := strings.Cut(mapping, ":")
	if !ok || !strings.EqualFold(prefix, "X509") {
		return ""
	}
	b.WriteString("X509:")
	for {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return b.String()
		}
		name, tail, closed := strings.Cut(after, ">")
		if !closed {
			return b.String()
		}
		b.WriteString("<" + strings.ToUpper(name) + ">")
		rest = tail
	}
}

// weakMapping tells whether a mapping is of a form that Microsoft calls weak: those by serial number, key identifier and digest of the
// key are strong.
func weakMapping(mapping string) bool {
	switch mappingForm(mapping) {
	case "X509:<I><S>", "X509:<S>", "X509:<RFC822>":
		return true
	}
	return false
}
