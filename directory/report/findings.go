package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/report/objects"
)

// Finding is the outcome of a rule beside the control points: a warning or an information of the list, or a weakness that the list
// does not have (docs/schema/directory-audit.schema.json, finding). It never changes the level.
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

// FindingObject is an object that a rule found, and why (docs/schema/directory-audit.schema.json, findingObject).
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
			o.Reason = objects.ReasonText(o.Code, o.Params, o.Reason, lang)
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
