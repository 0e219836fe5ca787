package check

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"hygie/exposure/dns"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/tlsscan"
)

const relayClass = perimeter.MailRelay

// clearAuth: a password asked for before encryption.
func clearAuth(s *mail.Session) opinion {
	if len(s.Auth) == 0 {
		return opinion{passed: len(s.Capabilities) > 0}
	}
	variant := ""
	if s.StartTLS {
		variant = "optional"
	}
	return opinion{found: []Found{{Severity: Major, Confidence: Proven, Variant: variant,
		Evidence: s.Capabilities, // the greeting often holds the time, which differs at each audit
		Params:   map[string]string{"ways": strings.Join(s.Auth, ", "), "protocol": strings.ToUpper(string(s.Protocol))}}}}
}

// openRelay: a recipient of a reserved domain elsewhere, from a sender elsewhere, is taken. No message follows, so that a server that would refuse
// it after its text is not told apart: the setting is seen, relaying is not proven.
func openRelay(s *mail.Session) opinion {
	switch {
	case s.Protocol != mail.SMTP:
		return opinion{}
	case s.Relay == nil:
		return opinion{unknown: cmp.Or(s.RelayUnknown, "no_data")}
	case !s.Relay.Accepted:
		return opinion{passed: true}
	}
	return opinion{found: []Found{{Severity: Critical, Confidence: Observed,
		Evidence: []string{fmt.Sprintf("MAIL FROM:<%s>", s.Relay.From), fmt.Sprintf("RCPT TO:<%s>", s.Relay.To), fmt.Sprintf("%d %s", s.Relay.Code, s.Relay.Text), "RSET"},
		Params:   map[string]string{"from": s.Relay.From, "to": s.Relay.To, "code": strconv.Itoa(s.Relay.Code)}}}}
}

// userNames: a server that tells which addresses exist. One that gives every name the same answer, as RFC 5321 section 3.5.3 allows, only keeps a
// useless command alive. A syntax error (501), as Exim gives to names without a domain, tells nothing of whether a name exists.
func userNames(s *mail.Session) opinion {
	switch u := s.Users; {
	case s.Protocol != mail.SMTP:
		return opinion{}
	case u == nil:
		return opinion{unknown: "no_data"}
	case u.Usual/100 == 2 && missingUser(u.Random), u.Usual == 250 && u.Random != 250, u.Expand == 250:
		return opinion{found: []Found{users(s, Minor, "")}}
	case u.Usual/100 == 2:
		return opinion{found: []Found{users(s, Info, "vague")}}
	default:
		return opinion{passed: true}
	}
}

// missingUser tells whether a code says that a name is unknown (RFC 5321 section 3.5.3).
func missingUser(code int) bool { return code == 550 || code == 551 || code == 553 }

func users(s *mail.Session, severity Severity, variant string) Found {
	u := s.Users
	return Found{Severity: severity, Confidence: Proven, Variant: variant,
		Evidence: []string{fmt.Sprintf("VRFY postmaster: %d", u.Usual), fmt.Sprintf("VRFY of a name that nobody has: %d", u.Random), fmt.Sprintf("EXPN postmaster: %d", u.Expand)}}
}

// transport: what protects mail on its way in. Missing protections are minor; those that contradict what the servers do stop mail, or protect
// nothing while they seem to.
func transport(r *observe.Run, _ Settings) Outcome {
	var o Outcome
	for _, d := range r.Domains {
		if d.Mail == nil || d.Mail.Outcome == dns.NoName {
			continue
		}
		f := d.Mail
		if f.MX.Unknown != "" || f.STS.Unknown != "" || f.Reports.Unknown != "" {
			o.keep(d.Name, opinion{unknown: cmp.Or(f.MX.Unknown, f.STS.Unknown, f.Reports.Unknown)})
			continue
		}
		if len(f.MX.Hosts) == 0 || f.MX.Null {
			continue
		}
		says := opinion{passed: true}
		says.found = append(says.found, contradictions(r, f)...)
		says.found = append(says.found, absences(f)...)
		o.keep(d.Name, says)
	}
	return o
}

func absences(f *mail.Facts) []Found {
	var missing []string
	dane := ""
	for _, h := range f.MX.Hosts {
		if h.DANE == "secure" || h.DANE == "unknown" {
			dane = h.DANE
		}
	}
	if f.STS.Text == "" && dane == "" {
		missing = append(missing, "MTA-STS, DANE")
	}
	if f.Reports.Text == "" {
		missing = append(missing, "TLS-RPT")
	}
	if len(missing) == 0 {
		return nil
	}
	found := observed(Minor, "", map[string]string{"missing": strings.Join(missing, ", ")}, "_mta-sts."+f.Domain+" TXT: "+cmp.Or(f.STS.Text, "none"),
		"_smtp._tls."+f.Domain+" TXT: "+cmp.Or(f.Reports.Text, "none"))
	found.Key = "absent"
	return []Found{found}
}

// contradictions: a policy that the exchangers do not fit, records that nobody may believe, or that no certificate fits.
func contradictions(r *observe.Run, f *mail.Facts) []Found {
	var list []Found
	find := func(variant string, severity Severity, params map[string]string, evidence ...string) {
		found := observed(severity, variant, params, evidence...)
		found.Key = variant + " " + params["mx"]
		list = append(list, found)
	}
	if f.STS.Fault != "" {
		find("sts_record", Minor, map[string]string{"fault": f.STS.Fault}, f.STS.Text)
	}
	if f.STS.PolicyFault != "" {
		find("sts_policy", Major, map[string]string{"fault": f.STS.PolicyFault}, "https://"+mail.PolicyHost(f.Domain)+"/.well-known/mta-sts.txt: "+f.STS.PolicyFault)
	}
	for _, h := range f.MX.Hosts {
		if p := f.STS.Policy; p != nil && p.Mode != "none" && !p.Allows(h.Host) {
			severity := Major
			if p.Mode == "testing" {
				severity = Important
			}
			find("sts_mx", severity, map[string]string{"mx": h.Host}, "mode: "+p.Mode, "mx: "+strings.Join(p.MX, ", "), "MX: "+h.Host)
		}
		switch h.DANE {
		case "insecure":
			find("dane_unsigned", Minor, map[string]string{"mx": h.Host}, "_25._tcp."+h.Host+" TLSA, without DNSSEC")
		case "secure":
			if seen, fits := certificatesOf(r, h); seen && !fits {
				find("dane_certificate", Major, map[string]string{"mx": h.Host}, tlsaLines(h)...)
			}
		}
	}
	return list
}

func tlsaLines(h mail.Exchanger) []string {
	var lines []string
	for _, t := range h.TLSA {
		lines = append(lines, fmt.Sprintf("_25._tcp.%s TLSA %d %d %d %s", h.Host, t.Usage, t.Selector, t.Matching, t.Data))
	}
	return append(lines, "no certificate of the server fits")
}

// certificatesOf looks for the certificates that an exchanger showed on port 25, and whether one fits a TLSA record (RFC 7672 section 3.1).
// At each address a certificate must fit.
func certificatesOf(r *observe.Run, h mail.Exchanger) (seen, fits bool) {
	fits = true
	for _, e := range r.Endpoints {
		for _, a := range h.Addresses {
			if e.Address != netip.AddrPortFrom(a, 25) || e.Transport != "tcp" {
				continue
			}
			for _, v := range e.Views {
				if v.TLS == nil || len(v.TLS.Chains) == 0 || v.Name != h.Host && v.Name != "" {
					continue
				}
				seen = true
				fits = fits && anyFits(h.TLSA, v.TLS.Chains)
			}
		}
	}
	return seen, fits
}

func anyFits(records []mail.TLSA, chains []tlsscan.Chain) bool {
	for _, chain := range chains {
		for i, c := range chain.Certificates {
			for _, t := range records {
				// 3 speaks of the server's own certificate, 2 of an authority above it; 0 and 1 are not for mail.
				if (t.Usage == 3 && i == 0 || t.Usage == 2) && tlsaFits(t, c.DER) {
					return true
				}
			}
		}
	}
	return false
}

// tlsaFits compares a record with one certificate (RFC 6698 section 2.1).
func tlsaFits(t mail.TLSA, der []byte) bool {
	data := der
	if t.Selector == 1 {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return false
		}
		data = c.RawSubjectPublicKeyInfo
	}
	want, err := hex.DecodeString(t.Data)
	if err != nil {
		return false
	}
	switch t.Matching {
	case 0:
		return bytes.Equal(data, want)
	case 1:
		sum := sha256.Sum256(data)
		return bytes.Equal(sum[:], want)
	case 2:
		sum := sha512.Sum512(data)
		return bytes.Equal(sum[:], want)
	default:
		return false
	}
}
