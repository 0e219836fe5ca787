// Package ods writes the report of a directory audit as a spreadsheet.
package ods

import (
	"io"
	"iter"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/report"
	"hygie/directory/report/wording"
	"hygie/sheet"
)

// Write writes the report as a spreadsheet: one table for the domains, the points, their objects, the other findings, the ways in and
// the plan, and, with a comparison, the changes (OpenDocument 1.3).
func Write(w io.Writer, r *report.Report) error {
	t := tables{wording.Words(r.Language), r}
	list := []sheet.Table{t.domains(), t.points(), t.objects(), t.findings(), t.paths(), t.fixes()}
	if r.WhatIf != nil {
		list = append(list, t.whatIf())
	}
	if r.Comparison != nil {
		list = append(list, t.levels(), t.moves(), t.changes(), t.pathChanges())
	}
	return sheet.WriteODS(w, sheet.Document{
		Title: t.S("Audit de l’annuaire Active Directory", "Active Directory audit"), Language: r.Language, Created: r.AsOf,
	}, list...)
}

// tables makes the tables of a report.
type tables struct {
	wording.Words
	r *report.Report
}

// rows makes rows from what each visits.
func rows(each func(row func(...any) bool)) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		stopped := false
		each(func(cells ...any) bool {
			stopped = stopped || !yield(cells, nil)
			return !stopped
		})
	}
}

func (t tables) domains() sheet.Table {
	return sheet.Table{
		Name: t.S("Domaines", "Domains"),
		Header: []string{t.S("Domaine", "Domain"), t.S("Niveau", "Level"), t.S("Au plus", "At most"), t.S("Points en échec", "Failed points"),
			t.S("Points non évalués", "Points not evaluated"), t.S("Utilisateurs", "Users"), t.S("Ordinateurs", "Computers"), t.S("Comptes privilégiés", "Privileged accounts"),
			t.S("État au", "As of"), t.S("Version", "Version")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				failed, undecided := 0, 0
				for _, p := range d.Points {
					switch {
					case p.Status == "failed":
						failed++
					case p.Status == "not_evaluated":
						undecided++
					}
				}
				level := any(d.Level)
				if d.LevelUnknown {
					level = t.S("inconnu", "unknown")
				}
				if !row(d.DNSName, level, t.yes(d.UpperBound), failed, undecided, d.Accounts.Users, d.Accounts.Computers, d.Accounts.Privileged, t.r.AsOf, t.r.ToolVersion) {
					return
				}
			}
		}),
	}
}

func (t tables) yes(v bool) string {
	if v {
		return t.S("oui", "yes")
	}
	return t.S("non", "no")
}

func (t tables) points() sheet.Table {
	return sheet.Table{
		Name: t.S("Points", "Points"), Widths: []float64{4, 6, 10, 3, 3, 3, 8},
		Header: []string{t.S("Domaine", "Domain"), t.S("Identifiant", "Identifier"), t.S("Point de contrôle", "Control point"), t.S("Verdict", "Verdict"),
			t.S("Niveaux en échec", "Failed levels"), t.S("Objets", "Objects"), t.S("Ce qui manque", "What is missing")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, p := range d.Points {
					var missing []string
					for _, what := range p.Missing {
						missing = append(missing, wording.Missing(what, t.r.Language))
					}
					if !row(d.DNSName, p.ID, p.Heading(), t.Status(p.Status), wording.LevelList(p.FailedLevels), p.Objects.Distinct(), strings.Join(missing, ", ")) {
						return
					}
				}
			}
		}),
	}
}

func (t tables) objects() sheet.Table {
	return sheet.Table{
		Name: t.S("Objets", "Objects"), Widths: []float64{4, 6, 12, 6, 12, 2.5, 3},
		Header: []string{t.S("Domaine", "Domain"), t.S("Point", "Point"), t.S("Objet", "Object"), "SID", t.S("Raison", "Reason"), t.S("Niveaux", "Levels"), t.S("Évolution", "Change")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, p := range d.Points {
					for o := range p.Objects.All() {
						change := ""
						if o.Status != "" {
							change = t.Change(o.Status)
						}
						if !row(d.DNSName, p.ID, o.DN, o.SID, o.Reason, wording.LevelList(o.Levels), change) {
							return
						}
					}
				}
			}
		}),
	}
}

func (t tables) findings() sheet.Table {
	return sheet.Table{
		Name: t.S("Autres constats", "Other findings"), Widths: []float64{4, 6, 10, 3, 5, 12, 12},
		Header: []string{t.S("Domaine", "Domain"), t.S("Identifiant", "Identifier"), t.S("Constat", "Finding"), t.S("Gravité", "Severity"), t.S("Origine", "Origin"),
			t.S("Objet", "Object"), t.S("Raison", "Reason")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, f := range d.Findings {
					if f.Status != findings.Found {
						continue
					}
					for _, o := range f.Objects {
						if !row(d.DNSName, f.ID, f.Title, t.Severity(f.Severity), t.Kind(f.Kind), o.DN, o.Reason) {
							return
						}
					}
				}
			}
		}),
	}
}

func (t tables) paths() sheet.Table {
	return sheet.Table{
		Name: t.S("Chemins", "Paths"), Widths: []float64{2, 2, 10, 6, 10, 10, 10},
		Header: []string{t.S("Chemin", "Path"), t.S("Étape", "Step"), t.S("De", "From"), t.S("Droit", "Right"), t.S("Vers", "To"), t.S("Objet à corriger", "Object to mend"), t.S("Comment couper", "How to cut")},
		Rows: rows(func(row func(...any) bool) {
			for i, p := range t.r.Paths {
				for j, s := range p.Steps {
					if !row(i+1, j+1, s.From, s.Right, s.To, s.Place().Whole(), s.Cut) {
						return
					}
				}
			}
		}),
	}
}

func (t tables) fixes() sheet.Table {
	return sheet.Table{
		Name: t.S("Corrections", "Fixes"), Widths: []float64{2, 12, 10, 6, 12, 3},
		Header: []string{t.S("Rang", "Rank"), t.S("Correction", "Fix"), t.S("Objet", "Object"), t.S("Droit", "Right"), t.S("Comment", "How"), t.S("Comptes concernés", "Accounts concerned")},
		Rows: rows(func(row func(...any) bool) {
			for _, f := range t.r.Fixes {
				if !row(f.Rank, f.Title, f.Place().Whole(), f.Right, f.How, f.Accounts) {
					return
				}
			}
		}),
	}
}
