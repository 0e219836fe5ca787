package report

import (
	"io"
	"iter"
	"strings"

	"hygie/directory/findings"
	"hygie/sheet"
)

// WriteODS writes the report as a spreadsheet: one table for the domains, the points, their objects, the other findings, the ways in and
// the plan, and, with a comparison, the changes.
func WriteODS(w io.Writer, r *Report) error {
	t := tables{words(r.Language), r}
	list := []sheet.Table{t.domains(), t.points(), t.objects(), t.findings(), t.paths(), t.fixes()}
	if r.WhatIf != nil {
		list = append(list, t.whatIf())
	}
	if r.Comparison != nil {
		list = append(list, t.levels(), t.moves(), t.changes(), t.pathChanges())
	}
	return sheet.WriteODS(w, sheet.Document{
		Title: t.s("Audit de l’annuaire Active Directory", "Active Directory audit"), Language: r.Language, Created: r.AsOf,
	}, list...)
}

// tables makes the tables of a report.
type tables struct {
	words
	r *Report
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
		Name: t.s("Domaines", "Domains"),
		Header: []string{t.s("Domaine", "Domain"), t.s("Niveau", "Level"), t.s("Au plus", "At most"), t.s("Points en échec", "Failed points"),
			t.s("Points non évalués", "Points not evaluated"), t.s("Utilisateurs", "Users"), t.s("Ordinateurs", "Computers"), t.s("Comptes privilégiés", "Privileged accounts"),
			t.s("État au", "As of"), t.s("Version", "Version")},
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
					level = t.s("inconnu", "unknown")
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
		return t.s("oui", "yes")
	}
	return t.s("non", "no")
}

func (t tables) points() sheet.Table {
	return sheet.Table{
		Name: t.s("Points", "Points"), Widths: []float64{4, 6, 10, 3, 3, 3, 8},
		Header: []string{t.s("Domaine", "Domain"), t.s("Identifiant", "Identifier"), t.s("Point de contrôle", "Control point"), t.s("Verdict", "Verdict"),
			t.s("Niveaux en échec", "Failed levels"), t.s("Objets", "Objects"), t.s("Ce qui manque", "What is missing")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, p := range d.Points {
					var missing []string
					for _, what := range p.Missing {
						missing = append(missing, MissingText(what, t.r.Language))
					}
					if !row(d.DNSName, p.ID, p.title(), t.status(p.Status), levelList(p.FailedLevels), p.Objects.distinct(), strings.Join(missing, ", ")) {
						return
					}
				}
			}
		}),
	}
}

func (t tables) objects() sheet.Table {
	return sheet.Table{
		Name: t.s("Objets", "Objects"), Widths: []float64{4, 6, 12, 6, 12, 2.5, 3},
		Header: []string{t.s("Domaine", "Domain"), t.s("Point", "Point"), t.s("Objet", "Object"), "SID", t.s("Raison", "Reason"), t.s("Niveaux", "Levels"), t.s("Évolution", "Change")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, p := range d.Points {
					for o := range p.Objects.All() {
						change := ""
						if o.Status != "" {
							change = t.change(o.Status)
						}
						if !row(d.DNSName, p.ID, o.DN, o.SID, o.Reason, levelList(o.Levels), change) {
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
		Name: t.s("Autres constats", "Other findings"), Widths: []float64{4, 6, 10, 3, 5, 12, 12},
		Header: []string{t.s("Domaine", "Domain"), t.s("Identifiant", "Identifier"), t.s("Constat", "Finding"), t.s("Gravité", "Severity"), t.s("Origine", "Origin"),
			t.s("Objet", "Object"), t.s("Raison", "Reason")},
		Rows: rows(func(row func(...any) bool) {
			for _, d := range t.r.Domains {
				for _, f := range d.Findings {
					if f.Status != findings.Found {
						continue
					}
					for _, o := range f.Objects {
						if !row(d.DNSName, f.ID, f.Title, t.severity(f.Severity), t.kind(f.Kind), o.DN, o.Reason) {
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
		Name: t.s("Chemins", "Paths"), Widths: []float64{2, 2, 10, 6, 10, 10, 10},
		Header: []string{t.s("Chemin", "Path"), t.s("Étape", "Step"), t.s("De", "From"), t.s("Droit", "Right"), t.s("Vers", "To"), t.s("Objet à corriger", "Object to mend"), t.s("Comment couper", "How to cut")},
		Rows: rows(func(row func(...any) bool) {
			for i, p := range t.r.Paths {
				for j, s := range p.Steps {
					if !row(i+1, j+1, s.From, s.Right, s.To, s.Object, s.Cut) {
						return
					}
				}
			}
		}),
	}
}

func (t tables) fixes() sheet.Table {
	return sheet.Table{
		Name: t.s("Corrections", "Fixes"), Widths: []float64{2, 12, 10, 6, 12, 3},
		Header: []string{t.s("Rang", "Rank"), t.s("Correction", "Fix"), t.s("Objet", "Object"), t.s("Droit", "Right"), t.s("Comment", "How"), t.s("Comptes concernés", "Accounts concerned")},
		Rows: rows(func(row func(...any) bool) {
			for _, f := range t.r.Fixes {
				if !row(f.Rank, f.Title, f.Object, f.Right, f.How, f.Accounts) {
					return
				}
			}
		}),
	}
}
