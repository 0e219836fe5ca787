package certificates

import (
	"strings"

	"hygie/directory/findings/rule"
)

// ESC8: certificates are given over HTTP to whoever relays somebody's authentication. The directory knows the enrolment web services
// that were registered (MS-CRTD 2.30: msPKI-Enrollment-Servers), not the older pages: without a registered one, it cannot tell.
func ESC8(o *rule.Outcome) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, id := range p.authorities {
		for _, entry := range o.Dir.Texts(id, "msPKI-Enrollment-Servers") {
			// priority, authentication (2: Kerberos or NTLM), renewal only, address, each on a line
			lines := strings.Split(entry, "\n")
			if len(lines) < 4 {
				continue
			}
			if address := strings.TrimSpace(lines[3]); strings.TrimSpace(lines[1]) == "2" || strings.HasPrefix(lower(address), "http://") {
				o.Found(id, rule.Because("enrolment_service", "address", address))
			}
		}
	}
	if len(p.authorities) > 0 {
		o.Missing("web:certsrv")
	}
}

func lower(s string) string { return strings.ToLower(s) }
