package ods

import (
	"hygie/directory/report"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
	"hygie/sheet"
)

// levels are the levels of the reports that were compared, then those of each domain.
func (t tables) levels() sheet.Table {
	return sheet.Table{
		Name:   t.S("Évolution du niveau", "Trend of the level"),
		Header: []string{t.S("Domaine", "Domain"), t.S("État au", "As of"), t.S("Niveau", "Level")},
		Rows: rows(func(row func(...any) bool) {
			c := t.r.Comparison
			for _, m := range c.Trend {
				if !row(t.S("tous", "all"), m.AsOf, wording.LevelMark(m.Level, m.AtMost)) {
					return
				}
			}
			for _, d := range c.Domains {
				if !row(d.DNSName, c.BaselineAsOf, wording.LevelMark(d.Before, d.BeforeAtMost)) || !row(d.DNSName, t.r.AsOf, wording.LevelMark(d.Now, d.NowAtMost)) {
					return
				}
			}
		}),
	}
}

// moves are the points and findings of which something changed.
func (t tables) moves() sheet.Table {
	return sheet.Table{
		Name: t.S("Points et constats", "Points and findings"), Widths: []float64{4, 6, 12, 3, 3, 2, 2, 2, 2, 2, 2},
		Header: []string{t.S("Domaine", "Domain"), t.S("Identifiant", "Identifier"), t.S("Titre", "Title"), t.S("Avant", "Before"), t.S("Maintenant", "Now"),
			t.S("Objets avant", "Objects before"), t.S("Objets maintenant", "Objects now"), t.S("Nouveaux", "New"), t.S("Revenus", "Back"), t.S("Corrigés", "Fixed"), t.S("Non vérifiés", "Unverified")},
		Rows: rows(func(row func(...any) bool) {
			for _, list := range [][]report.RuleChange{t.r.Comparison.Points, t.r.Comparison.Findings.Rules} {
				for _, r := range list {
					if !row(r.Domain, r.ID, r.Title, t.Outcome(r.Before), t.Outcome(r.Now), r.CountBefore, r.CountNow, r.New, r.Back, r.Fixed, r.Unverified) {
						return
					}
				}
			}
		}),
	}
}

// changes are the objects that came, went or changed.
func (t tables) changes() sheet.Table {
	return sheet.Table{
		Name: t.S("Ce qui a changé", "What changed"), Widths: []float64{3, 4, 6, 12, 12},
		Header: []string{t.S("Évolution", "Change"), t.S("Domaine", "Domain"), t.S("Point", "Point"), t.S("Objet", "Object"), t.S("Raison", "Reason")},
		Rows: rows(func(row func(...any) bool) {
			for _, ch := range t.r.Comparison.Changes {
				if !row(t.Change(string(ch.Status)), ch.Domain, ch.Point, ch.DN, ch.Reason) {
					return
				}
			}
			for _, ch := range t.r.Comparison.Findings.Changes {
				if !row(t.Change(string(ch.Status)), ch.Domain, ch.Finding, ch.DN, ch.Reason) {
					return
				}
			}
		}),
	}
}

// pathChanges are the ways that opened or closed.
func (t tables) pathChanges() sheet.Table {
	return sheet.Table{
		Name: t.S("Chemins ouverts et fermés", "Paths opened and closed"), Widths: []float64{3, 8, 20, 8, 3},
		Header: []string{t.S("Évolution", "Change"), t.S("Départ", "From"), t.S("Étapes", "Steps"), t.S("Arrivée", "To"), t.S("Comptes", "Accounts")},
		Rows: rows(func(row func(...any) bool) {
			for _, ch := range t.r.Comparison.Paths.Changes {
				if !row(t.PathChange(string(ch.Status)), ch.Path.Source.DN, sentence.WayLine(ch.Path), ch.Path.Target.DN, ch.Path.Accounts) {
					return
				}
			}
		}),
	}
}
