package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/findings"
)

// Finding is the outcome of a rule beside the control points: a warning or an information of the list, or a weakness that the list
// does not have. It never changes the level.
type Finding struct {
	ID       string            `json:"id"`
	Kind     findings.Kind     `json:"kind"`
	Severity findings.Severity `json:"severity"`
	Title    string            `json:"title"`
	Explain  string            `json:"explain"`
	How      []string          `json:"how"`
	Source   string            `json:"source"`         // document that describes the weakness
	Link     string            `json:"link,omitempty"` // in the official list
	Forest   bool              `json:"forest"`
	Status   findings.Status   `json:"status"`
	Missing  []string          `json:"missing"`
	Count    int               `json:"count"` // objects found, those not listed included
	Objects  []FindingObject   `json:"objects"`
}

// FindingObject is an object that a rule found, and why.
type FindingObject struct {
	DN     string            `json:"dn"` // or what is not an object: a file, a name
	SID    string            `json:"sid,omitempty"`
	GUID   string            `json:"guid,omitempty"`
	Reason string            `json:"reason"`
	Code   string            `json:"reason_code"`
	Params map[string]string `json:"reason_params"`
	Status string            `json:"status,omitempty"` // with a comparison: new, persisting, back
}

// AddFindings completes the report with the rules beside the control points.
func (r *Report) AddFindings(results []findings.Result) error {
	texts, err := findings.LoadTexts(r.Language)
	if err != nil {
		return fmt.Errorf("complete report: %w", err)
	}
	for i := range r.Domains {
		d := &r.Domains[i]
		at := slices.IndexFunc(results, func(x findings.Result) bool { return strings.EqualFold(x.Domain.DN, d.DN) })
		if at < 0 {
			continue
		}
		for _, v := range results[at].Verdicts {
			d.Findings = append(d.Findings, newFinding(v, texts[v.Rule.ID], r.Language))
		}
	}
	return nil
}

func newFinding(v findings.Verdict, text findings.Text, lang string) Finding {
	f := Finding{
		ID: v.Rule.ID, Kind: v.Rule.Kind, Severity: v.Rule.Severity, Title: text.Title, Explain: text.Explain, How: notNil(text.How),
		Source: v.Rule.Source, Link: text.Link, Forest: v.Rule.Forest, Status: v.Status, Missing: notNil(v.Missing), Count: v.Total,
		Objects: make([]FindingObject, 0, len(v.Objects)),
	}
	for _, o := range v.Objects {
		params := make(map[string]string, len(o.Reason.Params))
		for _, each := range o.Reason.Params {
			params[each.Name] = each.Value
		}
		f.Objects = append(f.Objects, FindingObject{
			DN: o.DN, SID: o.SID.String(), GUID: o.GUID, Reason: o.Reason.Text(lang), Code: o.Reason.Code, Params: params,
		})
	}
	return f
}

// findingsIn gives the findings of a domain with their sentences in a language.
func (d *Domain) findingsIn(texts findings.Texts, lang string) []Finding {
	out := slices.Clone(d.Findings)
	for i := range out {
		f := &out[i]
		if text, ok := texts[f.ID]; ok {
			f.Title, f.Explain, f.How = text.Title, text.Explain, text.How
		}
		f.Objects = slices.Clone(f.Objects)
		for k := range f.Objects {
			o := &f.Objects[k]
			o.Reason = reasonText(o.Code, o.Params, o.Reason, lang)
		}
	}
	return out
}

// severityRank orders severities, the worst first.
func severityRank(s findings.Severity) int {
	return slices.Index([]findings.Severity{findings.Critical, findings.High, findings.Medium, findings.Low, findings.Info}, s)
}

// Found lists the findings of a domain that are there, the worst first; informations are left out.
func (d *Domain) Found() []Finding {
	var out []Finding
	for _, f := range d.Findings {
		if f.Status == findings.Found && f.Kind != findings.Information {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
	return out
}

// Informations lists the informations of a domain that have something to tell.
func (d *Domain) Informations() []Finding {
	var out []Finding
	for _, f := range d.Findings {
		if f.Status == findings.Found && f.Kind == findings.Information {
			out = append(out, f)
		}
	}
	return out
}

// Unsettled lists the findings of a domain that could not be decided.
func (d *Domain) Unsettled() []Finding {
	var out []Finding
	for _, f := range d.Findings {
		if f.Status == findings.NotEvaluated {
			out = append(out, f)
		}
	}
	return out
}

// severity names a severity.
func (w words) severity(s findings.Severity) string {
	switch s {
	case findings.Critical:
		return w.s("critique", "critical")
	case findings.High:
		return w.s("élevée", "high")
	case findings.Medium:
		return w.s("moyenne", "medium")
	case findings.Low:
		return w.s("faible", "low")
	}
	return w.s("information", "information")
}

// kind names the origin of a finding.
func (w words) kind(k findings.Kind) string {
	switch k {
	case findings.Warning:
		return w.s("avertissement de l’ANSSI", "ANSSI warning")
	case findings.Information:
		return w.s("information de l’ANSSI", "ANSSI information")
	}
	return w.s("hors liste de l’ANSSI", "beyond the ANSSI list")
}

// findings writes the findings of a domain that are there, then what could not be decided.
func (t *textWriter) findings(d *Domain) {
	found := d.Found()
	if len(found) > 0 {
		t.line("\n%s", t.paint(bold, t.n(len(found), "autre constat, sans effet sur le niveau", "autres constats, sans effet sur le niveau",
			"more finding, without effect on the level", "more findings, without effect on the level")))
	}
	for _, f := range found {
		t.line("\n%s  %s", t.paint(yellow, "! "+t.severity(f.Severity)), t.paint(bold, f.Title))
		t.line("  %s (%s)", f.ID, t.kind(f.Kind))
		for i, o := range f.Objects {
			if i == shownObjects && !t.o.All {
				break
			}
			t.line("  - %s%s%s", printable(o.DN), t.s("\u00a0: ", ": "), printable(o.Reason))
		}
		if rest := f.Count - min(len(f.Objects), shownObjects); rest > 0 && !t.o.All {
			t.line("  - %s", t.n(rest, "autre", "autres", "more", "more"))
		}
	}
	if n := len(d.Unsettled()); n > 0 {
		t.line("\n%s", t.n(n, "autre vérification n’a pas pu être faite", "autres vérifications n’ont pas pu être faites", "more check could not be made", "more checks could not be made"))
	}
}
