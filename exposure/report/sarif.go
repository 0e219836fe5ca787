package report

import (
	"io"
	"strings"

	"hygie/exposure/check"
	"hygie/finding"
	"hygie/finding/sarif"
)

// WriteSARIF writes the findings, and what could not be decided (kind "open"), as a SARIF 2.1.0 log. With a comparison, results say what is
// new or unchanged, and what was fixed is there as absent.
func WriteSARIF(w io.Writer, r *Report) error {
	list, err := Checks(r.Language)
	if err != nil {
		return err
	}
	index := map[string]int{}
	var rules []sarif.Rule
	for _, c := range list {
		index[c.ID] = len(rules)
		help := sarif.Text{Text: steps(c.Remedies)}
		full := sarif.Text{Text: c.Risk}
		rules = append(rules, sarif.Rule{
			ID: c.ID, Short: sarif.Text{Text: c.Title}, Full: &full, Help: &help, HelpURI: c.Source.URL, Configuration: sarif.Configuration{Level: level(c.Severity)},
			Properties: map[string]any{"family": c.Family, "severity": c.Severity, "source": strings.TrimSpace(c.Source.Document + " " + c.Source.Rule)},
		})
	}
	var results []sarif.Result
	for _, f := range r.Findings {
		result := sarif.Result{
			RuleID: f.Check, RuleIndex: index[f.Check], Kind: "fail", Level: level(f.Severity), Message: sarif.Text{Text: f.Found},
			Locations: sarif.At(f.Asset, qualified(f.Asset, f.Endpoint)), Fingerprints: map[string]string{sarif.Fingerprint: f.ID},
			Properties: map[string]any{"severity": f.Severity, "confidence": f.Confidence, "evidence": f.Evidence, "accepted": f.Accepted != nil},
		}
		if r.Comparison != nil {
			result.BaselineState = map[bool]string{true: "unchanged", false: "new"}[f.Status == finding.Persisting]
		}
		results = append(results, result)
	}
	for _, n := range r.NotChecked {
		if i, ok := index[n.Part]; ok {
			results = append(results, sarif.Result{RuleID: n.Part, RuleIndex: i, Kind: "open", Level: "none", Message: sarif.Text{Text: n.Text}, Locations: sarif.At(n.Subject, n.Subject)})
		}
	}
	if r.Comparison != nil {
		for _, g := range r.Comparison.Gone {
			i, ok := index[g.Check]
			if g.Status != finding.Fixed || !ok {
				continue
			}
			results = append(results, sarif.Result{RuleID: g.Check, RuleIndex: i, Kind: "fail", Level: level(g.Severity), Message: sarif.Text{Text: g.Title},
				Locations: sarif.At(g.Asset, qualified(g.Asset, g.Endpoint)), Fingerprints: map[string]string{sarif.Fingerprint: g.ID}, BaselineState: "absent"})
		}
	}
	log := sarif.Audit(r.ToolVersion, r.Language, r.AsOf, rules, results)
	if r.HandedTo != "" {
		log.Runs[0].Properties = map[string]any{"handed_to": r.HandedTo}
	}
	return sarif.Write(w, log)
}

func qualified(asset, endpoint string) string { return strings.TrimSpace(asset + " " + endpoint) }

func level(s check.Severity) string {
	switch s {
	case check.Critical, check.Major:
		return "error"
	case check.Important:
		return "warning"
	}
	return "note"
}

func steps(list []check.Remedy) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Product+":")
		out = append(out, m.Steps...)
		out = append(out, m.Commands...)
	}
	return strings.Join(out, "\n")
}
