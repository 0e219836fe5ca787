package check

import (
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/tlsscan"
)

// mailGuide is the guide of ANSSI on the way to the internet.
const mailGuide = "ANSSI PA-066 v3.0"

// mailTLSChecks decide on the encryption that mail servers offer to those who bring mail (port 25).
func mailTLSChecks() []Record {
	return []Record{
		{ID: "MEL-07", Family: "tls", Severity: Major, Source: Source{Document: mailGuide, Rule: "R42"}, Effort: "S", Owner: "mail", Decide: startTLS},
		{ID: "MEL-09", Family: "tls", Severity: Important, Source: ours, Effort: "S", Owner: "mail", Decide: eachTLS(mailVersions)},
		{ID: "MEL-10", Family: "tls", Severity: Major, Source: ours, Effort: "S", Owner: "mail", Decide: mailCertificate},
	}
}

// startTLS: mail arrives in clear.
func startTLS(r *observe.Run, settings Settings) Outcome {
	var o Outcome
	for _, e := range r.Endpoints {
		if e.Address.Port() != 25 || e.Transport != "tcp" {
			continue
		}
		var found []Found
		for _, v := range tlsViews(e) {
			s := secured{e, v, v.TLS, settings}
			switch {
			case v.TLS.Preface != "smtp":
			case v.TLS.Offered.No():
				found = append(found, s.found(Major, Proven, "EHLO: STARTTLS –"))
			case v.TLS.Offered.Yes():
				o.Passed = append(o.Passed, viewAsset(e, v))
			default:
				o.Unknown = append(o.Unknown, Undecided{viewAsset(e, v), dunno(v.TLS.Offered).unknown})
			}
		}
		o.Found = append(o.Found, joined(found)...)
	}
	return o
}

// mailVersions: nothing newer than TLS 1.1, or suites that encrypt nothing. Old versions beside new ones are only worth knowing: a
// sender that has nothing better would otherwise send in clear.
func mailVersions(s secured) opinion {
	if !s.mail() {
		return opinion{}
	}
	current, unknown, open := versions(s.tls, tlsscan.TLS12, tlsscan.TLS13)
	old, _, _ := versions(s.tls, tlsscan.SSL3, tlsscan.TLS10, tlsscan.TLS11)
	var names, evidence []string
	for _, v := range old {
		names, evidence = append(names, v.Version.String()), append(evidence, accepts(v))
	}
	empty := classes(s, Important, tlsscan.NoEncryption, tlsscan.ExportGrade)
	for i := range empty.found {
		empty.found[i].Key, empty.found[i].Variant = "null", "null"
	}
	list := empty.found
	switch {
	case len(current) == 0 && open:
		return opinion{found: list, unknown: dunno(unknown).unknown}
	case len(current) == 0 && len(old) > 0:
		f := s.found(Important, Proven, evidence...)
		f.Params["versions"] = join(names)
		list = append(list, f)
	case len(old) > 0:
		f := s.found(Info, Proven, evidence...)
		f.Variant, f.Params["versions"] = "beside", join(names)
		list = append(list, f)
	}
	return opinion{found: list, unknown: empty.unknown, passed: true}
}

// mailCertificate: senders that check (MTA-STS) refuse an invalid one; the others do not look.
func mailCertificate(r *observe.Run, settings Settings) Outcome {
	enforced := enforcing(r)
	return eachTLS(func(s secured) opinion {
		if !s.mail() {
			return opinion{}
		}
		return eachChain(s, func(chain tlsscan.Chain) *Found {
			variant, evidence := distrusted(chain, s.view.Name, tlsscan.Answer{})
			leaf := chain.Certificates[0]
			if leaf.NotAfter.Before(settings.AsOf) || leaf.NotBefore.After(settings.AsOf) {
				variant, evidence = "expired", "notAfter "+leaf.NotAfter.Format("2006-01-02")
			}
			if variant == "" {
				return nil
			}
			f := s.found(Info, Observed, evidence)
			f.Params["reason"] = variant
			if domain, bound := enforced(s.view.Name); bound {
				f.Severity, f.Variant, f.Params["domain"] = Major, "bound", domain
			}
			return &f
		})
	})(r, settings)
}

// enforcing finds the domain whose MTA-STS policy makes senders check the certificate of an exchanger (RFC 8461 4.1).
func enforcing(r *observe.Run) func(name string) (domain string, bound bool) {
	return func(name string) (string, bool) {
		for _, d := range r.Domains {
			if d.Mail == nil || d.Mail.STS.Policy == nil || d.Mail.STS.Policy.Mode != "enforce" || name == "" {
				continue
			}
			for _, host := range d.Mail.MX.Hosts {
				if strings.EqualFold(strings.TrimSuffix(host.Host, "."), strings.TrimSuffix(name, ".")) {
					return d.Name, true
				}
			}
		}
		return "", false
	}
}
