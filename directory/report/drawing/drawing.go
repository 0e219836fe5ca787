// Package drawing gives the paths of a report to the drawing of paths (package pathview).
package drawing

import (
	_ "embed"

	"hygie/directory/pathview"
	"hygie/directory/report"
	"hygie/finding"
)

// Ways gives paths as a drawing takes them, numbered from 1. href gives what the boxes of a way lead to; nil: its row in the table of the page
// (docs/schema/directory-audit.schema.json, path).
func Ways(list []report.Path, href func(number int) string) []pathview.Way {
	out := make([]pathview.Way, 0, len(list))
	for i, p := range list {
		w := pathview.Way{
			Number: i + 1, Source: pathview.End{Name: p.Source.DN, SID: p.Source.SID}, Target: pathview.End{Name: p.Target.DN, SID: p.Target.SID},
			Accounts: p.Accounts, New: p.Status == string(finding.New) || p.Status == string(finding.Back),
		}
		w.Href = "#" + w.Row()
		if href != nil {
			w.Href = href(w.Number)
		}
		for _, s := range p.Steps {
			w.Steps = append(w.Steps, pathview.Step{
				From: pathview.End{Name: s.From, SID: s.FromSID}, To: pathview.End{Name: s.To, SID: s.ToSID},
				Right: s.Right, Means: s.Means, ACE: s.ACE, Cut: s.Cut, Conditional: s.Conditional,
			})
		}
		out = append(out, w)
	}
	return out
}
