package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"hygie/exposure/check"
	"hygie/exposure/perimeter"
	"hygie/finding"
)

//go:embed page.html
var pageSource string

// WriteHTML writes the report as one page that needs no network, no script and no other file. It reads well on a screen, light or dark, and
// prints on A4 in the order of the official reports.
func WriteHTML(w io.Writer, r *Report) error {
	t := words(r.Language)
	page, err := template.New("page").Funcs(template.FuncMap{
		"t": t.s, "n": t.n, "date": t.date, "moment": t.moment, "severity": t.severity, "shape": shape, "confidence": t.confidence,
		"effort": t.effort, "owner": t.owner, "status": t.status, "kind": t.kind, "meaning": t.meaning, "threshold": t.threshold,
		"rehearsal": t.rehearsal, "mark": func() string { return r.HandedTo }, "verdict": t.verdict, "proof": func(p perimeter.Proof) string { return t.proof(p, r.Perimeter.Mandates) }, "mandate": func(p perimeter.Paper) []string { return MandateText(r.Language, p) },
		"part": t.part, "because": t.because, "gone": goneBy, "statuses": statuses,
		"severities": check.Severities, "gravity": func(s string) check.Severity { return check.Severity(s) },
		"port":     func(at string) string { return at[strings.LastIndex(at, ":")+1:] },
		"unproven": func(p perimeter.Proof) bool { return p.By == perimeter.Unproven },
	}).Parse(pageSource)
	if err != nil {
		return fmt.Errorf("write report: read the page: %w", err)
	}
	if err := page.Execute(w, newPage(r)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	*Report
	Groups   []group
	First    []Action
	Address  []Asset
	Named    []Asset
	Outside  []Asset // names that are not proven
	Decided  []Coverage
	From     string
	Until    string
	Accepted []Finding
}

// group is the findings of one severity.
type group struct {
	Severity check.Severity
	Sheets   []weakness
}

// weakness is one sheet: the findings of one check that say the same, on several systems.
type weakness struct {
	Finding
	Anchor string
	All    []Finding
}

func newPage(r *Report) page {
	p := page{Report: r, First: r.Plan[:min(3, len(r.Plan))]}
	t := words(r.Language)
	from, until := r.SecondAudit()
	p.From, p.Until = t.date(from), t.date(until)
	for _, s := range check.Severities() {
		g := group{Severity: s}
		for _, f := range r.Findings {
			if f.Severity != s {
				continue
			}
			if f.Accepted != nil {
				p.Accepted = append(p.Accepted, f)
				continue
			}
			i := slices.IndexFunc(g.Sheets, func(w weakness) bool {
				return w.Check == f.Check && w.Variant == f.Variant && w.Title == f.Title && w.Risk == f.Risk
			})
			if i < 0 {
				i = len(g.Sheets)
				g.Sheets = append(g.Sheets, weakness{Finding: f, Anchor: fmt.Sprintf("%s-%d-%s", s, i, f.Check)})
			}
			g.Sheets[i].All = append(g.Sheets[i].All, f)
		}
		if len(g.Sheets) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	for _, a := range r.Assets {
		switch {
		case a.Kind == "address":
			p.Address = append(p.Address, a)
		case a.Kind == "name" && !a.Proven:
			p.Outside = append(p.Outside, a)
		default:
			p.Named = append(p.Named, a)
		}
	}
	return p
}

// goneBy lists the earlier findings with a status.
func goneBy(c *Comparison, s finding.Status) []Gone {
	var out []Gone
	for _, g := range c.Gone {
		if g.Status == s {
			out = append(out, g)
		}
	}
	return out
}

// proof says how an item was proven.
func (w words) proof(p perimeter.Proof, mandates []perimeter.Paper) string {
	switch p.By {
	case perimeter.ByDNS:
		return w.s("zone DNS", "DNS zone")
	case perimeter.ByFile:
		return w.s("fichier du serveur web", "file on the web server")
	case perimeter.ByMandate:
		if i := slices.IndexFunc(mandates, func(m perimeter.Paper) bool { return m.File == p.Mandate }); i >= 0 {
			return w.s("mandat de ", "mandate of ") + mandates[i].Signer
		}
		return w.s("mandat ", "mandate ") + p.Mandate
	case perimeter.ByMachine:
		return w.s("réseau local", "local network")
	}
	return w.s("non prouvé, non touché", "not proven, not touched")
}
