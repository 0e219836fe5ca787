package report

import "hygie/sheet"

// levels are the levels of the reports that were compared, then those of each domain.
func (t tables) levels() sheet.Table {
	return sheet.Table{
		Name:   t.s("Évolution du niveau", "Trend of the level"),
		Header: []string{t.s("Domaine", "Domain"), t.s("État au", "As of"), t.s("Niveau", "Level")},
		Rows: rows(func(row func(...any) bool) {
			c := t.r.Comparison
			for _, m := range c.Trend {
				if !row(t.s("tous", "all"), m.AsOf, levelMark(m.Level, m.AtMost)) {
					return
				}
			}
			for _, d := range c.Domains {
				if !row(d.DNSName, c.BaselineAsOf, levelMark(d.Before, d.BeforeAtMost)) || !row(d.DNSName, t.r.AsOf, levelMark(d.Now, d.NowAtMost)) {
					return
				}
			}
		}),
	}
}

// moves are the points and findings of which something changed.
func (t tables) moves() sheet.Table {
	return sheet.Table{
		Name: t.s("Points et constats", "Points and findings"), Widths: []float64{4, 6, 12, 3, 3, 2, 2, 2, 2, 2, 2},
		Header: []string{t.s("Domaine", "Domain"), t.s("Identifiant", "Identifier"), t.s("Titre", "Title"), t.s("Avant", "Before"), t.s("Maintenant", "Now"),
			t.s("Objets avant", "Objects before"), t.s("Objets maintenant", "Objects now"), t.s("Nouveaux", "New"), t.s("Revenus", "Back"), t.s("Corrigés", "Fixed"), t.s("Non vérifiés", "Unverified")},
		Rows: rows(func(row func(...any) bool) {
			for _, list := range [][]RuleChange{t.r.Comparison.Points, t.r.Comparison.Findings.Rules} {
				for _, r := range list {
					if !row(r.Domain, r.ID, r.Title, t.outcome(r.Before), t.outcome(r.Now), r.CountBefore, r.CountNow, r.New, r.Back, r.Fixed, r.Unverified) {
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
		Name: t.s("Ce qui a changé", "What changed"), Widths: []float64{3, 4, 6, 12, 12},
		Header: []string{t.s("Évolution", "Change"), t.s("Domaine", "Domain"), t.s("Point", "Point"), t.s("Objet", "Object"), t.s("Raison", "Reason")},
		Rows: rows(func(row func(...any) bool) {
			for _, ch := range t.r.Comparison.Changes {
				if !row(t.change(string(ch.Status)), ch.Domain, ch.Point, ch.DN, ch.Reason) {
					return
				}
			}
			for _, ch := range t.r.Comparison.Findings.Changes {
				if !row(t.change(string(ch.Status)), ch.Domain, ch.Finding, ch.DN, ch.Reason) {
					return
				}
			}
		}),
	}
}

// pathChanges are the ways that opened or closed.
func (t tables) pathChanges() sheet.Table {
	return sheet.Table{
		Name: t.s("Chemins ouverts et fermés", "Paths opened and closed"), Widths: []float64{3, 8, 20, 8, 3},
		Header: []string{t.s("Évolution", "Change"), t.s("Départ", "From"), t.s("Étapes", "Steps"), t.s("Arrivée", "To"), t.s("Comptes", "Accounts")},
		Rows: rows(func(row func(...any) bool) {
			for _, ch := range t.r.Comparison.Paths.Changes {
				if !row(t.pathChange(string(ch.Status)), ch.Path.Source.DN, wayLine(ch.Path), ch.Path.Target.DN, ch.Path.Accounts) {
					return
				}
			}
		}),
	}
}
