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
			Number: i + 1, Source: end(p.Source), Target: end(p.Target),
			Accounts: p.Accounts, New: p.Status == string(finding.New) || p.Status == string(finding.Back),
		}
		w.Href = "#" + w.Row()
		if href != nil {
			w.Href = href(w.Number)
		}
		for _, s := range p.Steps {
			w.Steps = append(w.Steps, pathview.Step{
				From: end(s.Actor()), To: end(s.Gain()),
				Right: s.Right, Means: s.Means, ACE: s.ACE, Cut: s.Cut, Conditional: s.Conditional,
			})
		}
		out = append(out, w)
	}
	return out
}

func end(p report.Principal) pathview.End {
	return pathview.End{Name: p.DN, SID: p.SID, Short: p.Short()}
}
