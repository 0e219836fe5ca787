package check

import (
	"fmt"
	"slices"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/tlsscan"
)

// tlsGuide is the guide of ANSSI on TLS, cryptoGuide that on the sizes of keys, which prevails on them.
const (
	tlsGuide    = "ANSSI SDE-NT-35 v1.2"
	cryptoGuide = "ANSSI PG-083 v3.00"
	keyGuides   = "ANSSI PG-083 v3.00, SDE-NT-35 v1.2"
)

// tlsChecks decide on TLS, on every port. What mail servers negotiate with strangers on port 25 is left to the checks of
// [mailTLSChecks]: there the other way is no encryption at all.
func tlsChecks() []Record {
	from := func(document, rule string) Source { return Source{Document: document, Rule: rule} }
	return append([]Record{
		{ID: "TLS-01", Family: "tls", Severity: Major, Source: ours, Effort: "S", Owner: "web", Decide: eachTLS(certificateDates)},
		{ID: "TLS-02", Family: "tls", Severity: Major, Source: ours, Effort: "S", Owner: "web", Decide: eachTLS(certificateTrust)},
		{ID: "TLS-03", Family: "tls", Severity: Major, Source: from(keyGuides, "R26"), Effort: "S", Owner: "web", Decide: eachTLS(certificateStrength)},
		{ID: "TLS-04", Family: "tls", Severity: Critical, Source: from(tlsGuide, "R4"), Effort: "S", Owner: "web", Decide: eachTLS(brokenVersions)},
		{ID: "TLS-05", Family: "tls", Severity: Important, Source: from(tlsGuide, "R4"), Effort: "S", Owner: "web", Decide: eachTLS(oldVersions)},
		{ID: "TLS-06", Family: "tls", Severity: Minor, Source: from(tlsGuide, "R3"), Effort: "M", Owner: "web", Decide: eachTLS(newestVersion)},
		{ID: "TLS-07", Family: "tls", Severity: Critical, Source: ours, Effort: "S", Owner: "web", Decide: eachTLS(noProtection)},
		{ID: "TLS-08", Family: "tls", Severity: Major, Source: from(cryptoGuide, ""), Effort: "S", Owner: "web", Decide: eachTLS(weakCiphers)},
		{ID: "TLS-09", Family: "tls", Severity: Major, Source: from(tlsGuide, "R7, R8"), Effort: "S", Owner: "web", Decide: eachTLS(forwardSecrecy)},
		{ID: "TLS-10", Family: "tls", Severity: Important, Source: from(tlsGuide, "R10"), Effort: "S", Owner: "web", Decide: eachTLS(blockMode)},
		{ID: "TLS-11", Family: "tls", Severity: Important, Source: ours, Effort: "S", Owner: "web", Decide: eachTLS(habits)},
		{ID: "TLS-12", Family: "tls", Severity: Critical, Source: ours, Class: perimeter.KnownFlaws, Effort: "M", Owner: "system", Decide: eachTLS(knownFlaws)},
		{ID: "TLS-13", Family: "tls", Severity: Info, Source: from(cryptoGuide, ""), Effort: "M", Owner: "web", Decide: eachTLS(postQuantum)},
	}, mailTLSChecks()...)
}

// secured is one TLS endpoint seen under one name.
type secured struct {
	endpoint observe.Endpoint
	view     observe.View
	tls      *tlsscan.Facts
	settings Settings
}

// mail tells a server that takes mail from strangers: encryption there is offered, never demanded (RFC 3207, RFC 7435).
func (s secured) mail() bool { return s.tls.Preface == "smtp" && s.endpoint.Address.Port() == 25 }

// found starts a finding about the endpoint.
func (s secured) found(severity Severity, confidence Confidence, evidence ...string) Found {
	params := map[string]string{}
	if p := s.tls.Preface; p != "" && p != "rdp" {
		params["starttls"] = "-starttls=" + p
	}
	return Found{Asset: viewAsset(s.endpoint, s.view), Endpoint: endpointName(s.endpoint), Severity: severity, Confidence: confidence,
		Evidence: evidence, Params: params}
}

// eachTLS applies one opinion to every TLS endpoint seen, under each of its names, and joins what the names share. The bare address of an
// endpoint that was also asked by name adds nothing but the certificate of whoever asks for nobody.
func eachTLS(say func(secured) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, settings Settings) Outcome {
		var o Outcome
		for _, e := range r.Endpoints {
			var found []Found
			for _, v := range tlsViews(e) {
				if v.TLS.Offered.No() {
					continue
				}
				says := say(secured{e, v, v.TLS, settings})
				found = append(found, says.found...)
				switch {
				case len(says.found) > 0:
				case says.unknown != "":
					o.Unknown = append(o.Unknown, Undecided{viewAsset(e, v), says.unknown})
				case says.passed:
					o.Passed = append(o.Passed, viewAsset(e, v))
				}
			}
			o.Found = append(o.Found, joined(found)...)
		}
		return o
	}
}

// joined makes one finding of those that several names of an endpoint share: the gravest speaks, and where names differ in what they show,
// the evidence says which shows what.
func joined(list []Found) []Found {
	var out []Found
	groups := map[string][]Found{}
	var keys []string
	for _, f := range list {
		if groups[f.Key] == nil {
			keys = append(keys, f.Key)
		}
		groups[f.Key] = append(groups[f.Key], f)
	}
	for _, key := range keys {
		group := groups[key]
		slices.SortStableFunc(group, func(a, b Found) int { return strings.Compare(a.Asset, b.Asset) })
		one := group[0]
		alike := true
		for _, f := range group {
			one.Names = append(one.Names, f.Asset)
			alike = alike && slices.Equal(f.Evidence, group[0].Evidence)
			if f.Severity.Rank() < one.Severity.Rank() {
				one.Severity, one.Variant, one.Confidence, one.Params = f.Severity, f.Variant, f.Confidence, f.Params
			}
		}
		if !alike {
			one.Evidence = nil
			for _, f := range group {
				for _, line := range f.Evidence {
					one.Evidence = append(one.Evidence, f.Asset+": "+line)
				}
			}
		}
		one.Names = distinct(one.Names)
		out = append(out, one)
	}
	return out
}

// tlsViews are the views of an endpoint whose TLS was looked at: those by name, or the bare address where there is no other.
func tlsViews(e observe.Endpoint) []observe.View {
	views := slices.DeleteFunc(slices.Clone(e.Views), func(v observe.View) bool { return v.TLS == nil })
	named := slices.DeleteFunc(slices.Clone(views), func(v observe.View) bool { return v.Name == "" })
	if len(named) > 0 {
		return named
	}
	return views
}

// dunno gives the reason of an answer as the texts know it.
func dunno(a tlsscan.Answer) opinion {
	if a.Why == "silent" {
		return opinion{unknown: "silent"}
	}
	return opinion{unknown: "no_data"}
}

// shows is the evidence of a class: the suite the server chose, in which version.
func shows(c tlsscan.ClassFacts) string {
	return fmt.Sprintf("%s: ServerHello 0x%04x, 0x%04X %s", c.Version, uint16(c.Version), uint32(c.Example), c.Example)
}

// version is the evidence of an accepted version.
func accepts(v tlsscan.VersionFacts) string {
	out := fmt.Sprintf("%s: ServerHello 0x%04x", v.Version, uint16(v.Version))
	if len(v.Suites) > 0 {
		out += fmt.Sprintf(", 0x%04X %s", uint32(v.Suites[0]), v.Suites[0])
	}
	return out
}

// refused is the evidence of a refusal.
func refusal(v tlsscan.VersionFacts) string { return v.Version.String() + ": " + v.Accepted.Why }

// versions lists the accepted ones among some, and says whether any of them stayed unknown.
func versions(f *tlsscan.Facts, some ...tlsscan.Version) (accepted []tlsscan.VersionFacts, unknown tlsscan.Answer, open bool) {
	for _, v := range some {
		switch known := f.Version(v); {
		case known.Accepted.Yes():
			accepted = append(accepted, known)
		case known.Accepted.Unknown():
			unknown, open = known.Accepted, true
		}
	}
	return accepted, unknown, open
}

// brokenVersions: SSL 2.0 and 3.0. With suites made weak for export, anybody on the way reads along.
func brokenVersions(s secured) opinion {
	list := []tlsscan.Version{tlsscan.SSL2, tlsscan.SSL3}
	if s.mail() {
		list = list[:1] // SSL 2.0 endangers the key even where nobody uses it (CVE-2016-0800); SSL 3.0 on port 25 is MEL-09's
	}
	accepted, unknown, open := versions(s.tls, list...)
	if len(accepted) == 0 {
		if open {
			return dunno(unknown)
		}
		return opinion{passed: true}
	}
	severity := Major
	var names, evidence []string
	for _, v := range accepted {
		names, evidence = append(names, v.Version.String()), append(evidence, accepts(v))
		if slices.ContainsFunc(v.Suites, func(n tlsscan.Named) bool { return tlsscan.ExportGrade.In(tlsscan.Suite(n)) }) {
			severity = Critical
		}
	}
	if c := s.tls.Class(tlsscan.ExportGrade); c.Accepted.Yes() && c.Version <= tlsscan.SSL3 {
		severity, evidence = Critical, append(evidence, shows(c))
	}
	f := s.found(severity, Proven, evidence...)
	f.Params["versions"] = strings.Join(names, ", ")
	if severity == Critical {
		f.Variant = "export"
	}
	return opinion{found: []Found{f}}
}

// oldVersions: TLS 1.0 and 1.1.
func oldVersions(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	accepted, unknown, open := versions(s.tls, tlsscan.TLS10, tlsscan.TLS11)
	if len(accepted) == 0 {
		if open {
			return dunno(unknown)
		}
		return opinion{passed: true}
	}
	var names, evidence []string
	for _, v := range accepted {
		names, evidence = append(names, v.Version.String()), append(evidence, accepts(v))
	}
	f := s.found(Important, Proven, evidence...)
	f.Params["versions"] = strings.Join(names, ", ")
	if len(names) == 1 && accepted[0].Version == tlsscan.TLS11 {
		f.Params["option"] = "-tls1_1"
	} else {
		f.Params["option"] = "-tls1"
	}
	if highest, _, _ := versions(s.tls, tlsscan.TLS12, tlsscan.TLS13); len(highest) == 0 {
		f.Variant = "only"
	}
	return opinion{found: []Found{f}}
}

// newestVersion: TLS 1.3 is not there.
func newestVersion(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	switch v := s.tls.Version(tlsscan.TLS13); {
	case v.Accepted.Yes():
		return opinion{passed: true}
	case v.Accepted.Unknown():
		return dunno(v.Accepted)
	default:
		return opinion{found: []Found{s.found(Minor, Observed, refusal(v))}}
	}
}

// noProtection: suites that encrypt nothing, prove nothing, or were made to be broken.
func noProtection(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	return classes(s, Critical, tlsscan.NoEncryption, tlsscan.Anonymous, tlsscan.ExportGrade)
}

// weakCiphers: RC4, and ciphers with blocks of 64 bits.
func weakCiphers(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	return classes(s, Major, tlsscan.RC4, tlsscan.SmallBlock)
}

// classes gives one finding for the classes accepted among some.
func classes(s secured, severity Severity, some ...tlsscan.Class) opinion {
	var evidence, suites []string
	var unknown tlsscan.Answer
	open := false
	for _, class := range some {
		switch c := s.tls.Class(class); {
		case c.Accepted.Yes():
			evidence = append(evidence, shows(c))
			suites = append(suites, c.Example.String())
		case c.Accepted.Unknown():
			unknown, open = c.Accepted, true
		}
	}
	switch {
	case len(evidence) > 0:
		f := s.found(severity, Proven, distinct(evidence)...)
		f.Params["suites"] = strings.Join(distinct(suites), ", ")
		return opinion{found: []Found{f}}
	case open:
		return dunno(unknown)
	}
	return opinion{passed: true}
}

// knownFlaws: behaviour that shows a known flaw, with the mandate's leave only; and DROWN, which SSL 2.0 alone shows.
func knownFlaws(s secured) opinion {
	var list []Found
	unknown := ""
	for _, flaw := range s.tls.Flaws {
		switch {
		case flaw.Present.Yes():
			f := s.found(Critical, Proven, flaw.Name+": "+flaw.Seen)
			f.Key, f.Variant = flaw.Name, flaw.Name
			list = append(list, f)
		case flaw.Present.Unknown():
			unknown = dunno(flaw.Present).unknown
		}
	}
	return opinion{found: list, unknown: unknown, passed: len(s.tls.Flaws) > 0}
}

// postQuantum: no hybrid key exchange.
func postQuantum(s secured) opinion {
	switch {
	case s.tls.Hybrid.Yes():
		return opinion{passed: true}
	case s.tls.Hybrid.No():
		return opinion{found: []Found{s.found(Info, Observed, "X25519MLKEM768 (0x11ec): "+s.tls.Hybrid.Why)}}
	}
	return dunno(s.tls.Hybrid)
}
