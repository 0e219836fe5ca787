package certificates

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/pki"
)

// ESC8: certificates are given over HTTP to whoever relays somebody's authentication. The directory knows the enrolment web services
// that were registered (MS-CRTD 2.30: msPKI-Enrollment-Servers), not the older pages: a collector that looked at both tells, and without
// one it cannot be said that there is none.
func ESC8(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for _, a := range p.authorities {
		if !a.open() {
			continue
		}
		for _, address := range registered(o.Dir.Texts(a.ID, "msPKI-Enrollment-Servers")) {
			o.Found(a.ID, rule.Because("enrolment_service", "address", address))
		}
		looked := len(a.Addresses) > 0
		for _, at := range a.Addresses {
			switch at.Relayable {
			case pki.Yes:
				o.Found(a.ID, rule.Because("enrolment_relayed", "address", at.URL))
			case pki.Unknown:
				looked = false
			}
		}
		if !looked {
			o.Missing("web:certsrv")
		}
	}
}

// registered gives the addresses of enrolment services that take Kerberos or NTLM, or come without TLS. An entry has four lines: priority,
// authentication (2: Kerberos or NTLM), renewal only, address.
func registered(entries []string) []string {
	var out []string
	for _, entry := range entries {
		lines := strings.Split(entry, "\n")
		if len(lines) < 4 {
			continue
		}
		if address := strings.TrimSpace(lines[3]); strings.TrimSpace(lines[1]) == "2" || strings.HasPrefix(strings.ToLower(address), "http://") {
			out = append(out, address)
		}
	}
	return out
}
