package ods

import (
	"fmt"
	"strings"

	"hygie/directory/report"
	"hygie/directory/report/wording"
	"hygie/sheet"
)

// whatIf are the changes that were tried and what they would come to.
func (t tables) whatIf() sheet.Table {
	return sheet.Table{
		Name: t.S("Et si", "What if"), Widths: []float64{5, 6, 12, 4, 4, 3, 3},
		Header: []string{t.S("Domaine", "Domain"), t.S("Identifiant", "Identifier"), t.S("Titre", "Title"), t.S("Aujourd’hui", "Today"), t.S("Ensuite", "Afterwards"),
			t.S("Objets aujourd’hui", "Objects today"), t.S("Objets ensuite", "Objects afterwards")},
		Rows: rows(func(row func(...any) bool) {
			w := t.r.WhatIf
			for _, d := range w.Domains {
				if !row(d.DNSName, "", t.S("Niveau", "Level"), wording.LevelMark(d.Before, d.BeforeAtMost), wording.LevelMark(d.Now, d.NowAtMost), "", "") {
					return
				}
			}
			if !row("", "", t.S("Comptes ordinaires en cause", "Ordinary accounts concerned"), w.ExposedBefore, w.ExposedNow, "", "") {
				return
			}
			for _, rank := range w.Fixes {
				if rank >= 1 && rank <= len(t.r.Fixes) && !row("", strings.TrimSpace(fmt.Sprint(rank)), t.r.Fixes[rank-1].Title, "", t.S("essayé", "tried"), "", "") {
					return
				}
			}
			for _, list := range [][]report.RuleChange{w.Points, w.Findings} {
				for _, r := range list {
					if !row(r.Domain, r.ID, r.Title, t.Outcome(r.Before), t.Outcome(r.Now), r.CountBefore, r.CountNow) {
						return
					}
				}
			}
		}),
	}
}
