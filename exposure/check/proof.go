package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/exposure/observe"
	"hygie/exposure/web"
)

// The second audit of objective D1.O2.B comes at least 45 and at most 60 days after the first (public questions and answers of the
// programme on D1).
const (
	SecondFrom = 45 * 24 * time.Hour
	SecondTo   = 60 * 24 * time.Hour
)

// proofChecks judge the audit as a whole.
func proofChecks() []Record {
	return []Record{
		{ID: "PRC-01", Family: "proof", Severity: Info, Source: Source{Document: "CaRE D1", Rule: "D1.O2.B"}, Effort: "S", Owner: "direction", Decide: secondAudit, last: true},
		{ID: "PRC-02", Family: "proof", Severity: Major, Source: ours, Effort: "M", Owner: "direction", Decide: unconfirmed, last: true},
		{ID: "PRC-03", Family: "proof", Severity: Info, Source: Source{Document: "RFC 9116"}, Effort: "S", Owner: "web", Decide: contactFile},
	}
}

// secondAudit: is the proof of a level that holds ready? Two audits of the same perimeter, far enough apart and not too far, both
// within the threshold. While it is not, the finding says what is missing; it is a date to keep, not a weakness.
func secondAudit(r *observe.Run, s Settings) Outcome {
	counts := Count(s.Others, nil)
	now := s.Threshold.Holds(counts)
	f := Found{Asset: perimeterName(r), Severity: Info, Confidence: Observed, Params: map[string]string{
		"critical": fmt.Sprint(counts[Critical]), "major": fmt.Sprint(counts[Major]), "today": r.AsOf.Format(time.DateOnly),
		"from": r.AsOf.Add(SecondFrom).Format(time.DateOnly), "until": r.AsOf.Add(SecondTo).Format(time.DateOnly),
	}}
	f.Evidence = []string{"perimeter " + r.Perimeter, fmt.Sprintf("critical %d, major %d", counts[Critical], counts[Major])}
	if e := s.Earlier; e != nil {
		days := int(r.AsOf.Sub(e.AsOf).Hours()) / 24
		f.Params["days"], f.Params["before"] = fmt.Sprint(days), e.AsOf.Format(time.DateOnly)
		f.Params["earlier_from"], f.Params["earlier_until"] = e.AsOf.Add(SecondFrom).Format(time.DateOnly), e.AsOf.Add(SecondTo).Format(time.DateOnly)
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s: perimeter %s, %d d", e.AsOf.Format(time.DateOnly), e.Perimeter, days))
	}
	switch e := s.Earlier; {
	case !now:
		f.Variant = "open"
	case e == nil:
		f.Variant = "first"
	case e.Perimeter != r.Perimeter:
		f.Variant = "perimeter"
	case e.Stopped || !e.Ready:
		f.Variant = "before_open"
	case r.AsOf.Sub(e.AsOf) < SecondFrom:
		f.Variant = "early"
	case r.AsOf.Sub(e.AsOf) > SecondTo:
		f.Variant = "late"
	default:
		return Outcome{Passed: []string{f.Asset}}
	}
	return Outcome{Found: []Found{f}}
}

func perimeterName(r *observe.Run) string {
	if r.Declared != nil && r.Declared.Name != "" {
		return r.Declared.Name
	}
	return r.Perimeter[:min(12, len(r.Perimeter))]
}

// unconfirmed: a weakness that was said or seen to be mended, and is there.
func unconfirmed(_ *observe.Run, s Settings) Outcome {
	var o Outcome
	for _, result := range s.Others {
		if strings.HasPrefix(result.Record.ID, "PRC-") {
			continue
		}
		for _, f := range result.Outcome.Found {
			id := f.ID(result.Record.ID)
			variant := ""
			switch {
			case slices.Contains(s.Announced, id):
				variant = "announced"
			case s.Earlier != nil && s.Earlier.Fixed[id] && !s.Earlier.Open[id]:
				variant = "back"
			default:
				continue
			}
			if f.Severity.Rank() > Important.Rank() {
				continue // a minor fault that comes and goes is no broken promise
			}
			o.Found = append(o.Found, Found{Asset: f.Asset, Endpoint: f.Endpoint, Key: id, Severity: Major, Confidence: f.Confidence, Variant: variant,
				Evidence: append([]string{result.Record.ID}, f.Evidence...), Params: map[string]string{"check": result.Record.ID}})
		}
	}
	return o
}

// contactFile: can a stranger who finds a weakness tell someone? Asked of the domains and their www, in https (RFC 9116 section 3).
func contactFile(r *observe.Run, s Settings) Outcome {
	var o Outcome
	for _, e := range r.Endpoints {
		for _, v := range e.Views {
			if v.Web == nil || !strings.HasPrefix(v.Web.URL, "https:") || !isMainSite(r, v.Name) {
				continue
			}
			f := Found{Asset: v.Name, Endpoint: endpointName(e), Severity: Info, Confidence: Observed, Params: map[string]string{"url": v.Web.URL}}
			if problem, unsure := contactProblem(v.Web.Security, s.AsOf); unsure {
				o.Unknown = append(o.Unknown, Undecided{v.Name, "silent"})
			} else if problem != "" {
				f.Variant, f.Evidence = problem, []string{"/.well-known/security.txt: " + strings.TrimSpace(v.Web.Security.State+" "+v.Web.Security.Problem)}
				if !v.Web.Security.Expires.IsZero() {
					f.Params["date"] = v.Web.Security.Expires.Format(time.DateOnly)
				}
				o.Found = append(o.Found, f)
			} else {
				o.Passed = append(o.Passed, v.Name)
			}
		}
	}
	return o
}

// contactProblem names what is wrong with the file: "absent", "invalid", "expired".
func contactProblem(s web.SecurityTxt, asOf time.Time) (problem string, unsure bool) {
	switch s.State {
	case "present":
		if !s.Expires.IsZero() && s.Expires.Before(asOf) {
			return "expired", false
		}
		return "", false
	case "absent", "invalid":
		return s.State, false
	}
	return "", true
}

func isMainSite(r *observe.Run, name string) bool {
	return slices.ContainsFunc(r.Domains, func(d observe.Domain) bool { return name == d.Name || name == "www."+d.Name })
}
