package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hygie/exposure/check"
	"hygie/sheet"
)

// WriteODS writes the report as a spreadsheet: the situation, the perimeter, the findings, what mends each weakness, the plan, the assets, what was not looked at, the checks and, with
// a comparison, what is gone.
func WriteODS(w io.Writer, r *Report) error {
	t := tables{words(r.Language), r}
	list := []sheet.Table{t.situation(), t.perimeter(), t.findings(), t.sheets(), t.plan(), t.assets(), t.notChecked(), t.checks()}
	if r.Comparison != nil {
		list = append(list, t.gone())
	}
	return sheet.WriteODS(w, sheet.Document{
		Title: t.s("Audit de l’exposition sur internet", "Internet exposure audit"), Language: r.Language, Created: r.AsOf,
	}, list...)
}

type tables struct {
	words
	r *Report
}

func (t tables) situation() sheet.Table {
	rows := [][]any{
		{t.s("Établissement", "Establishment"), t.r.Perimeter.Name}, {t.s("État au", "As of"), t.r.AsOf}, {"hygie", t.r.ToolVersion},
		{t.s("Règles", "Rules"), t.r.RulesVersion}, {t.s("Périmètre", "Perimeter"), t.r.PerimeterHash}, {t.s("Note", "Grade"), t.r.Grade},
		{t.s("Seuil", "Threshold"), t.threshold(t.r)}, {t.s("Nature", "Nature"), t.rehearsal()},
	}
	if t.r.HandedTo != "" {
		rows = append(rows, []any{t.s("Remis à", "Handed to"), t.r.HandedTo})
	}
	for _, s := range check.Severities() {
		rows = append(rows, []any{t.severity(s), t.r.Statistics.BySeverity[s]})
	}
	return sheet.Table{Name: t.s("Situation", "Situation"), Widths: []float64{5, 18}, Header: []string{t.s("Élément", "Item"), t.s("Valeur", "Value")},
		Rows: sheet.Slice(rows, func(row []any) []any { return row })}
}

func (t tables) perimeter() sheet.Table {
	var rows [][]any
	for _, p := range t.r.Perimeter.Proofs {
		rows = append(rows, []any{p.Item, t.proof(p, t.r.Perimeter.Mandates)})
	}
	for _, m := range t.r.Perimeter.Mandates {
		rows = append(rows, []any{strings.Join(m.Covers, ", "), strings.Join(MandateText(t.r.Language, m), "\n")})
	}
	return sheet.Table{Name: t.s("Périmètre", "Perimeter"), Widths: []float64{8, 18}, Header: []string{t.s("Élément", "Item"), t.s("Preuve", "Proof")},
		Rows: sheet.Slice(rows, func(row []any) []any { return row })}
}

func (t tables) findings() sheet.Table {
	return sheet.Table{
		Name: t.s("Constats", "Findings"), Widths: []float64{4, 2, 3, 6, 5, 10, 10, 4, 3, 3, 8, 3},
		Header: []string{t.s("Identifiant", "Identifier"), t.s("Contrôle", "Check"), t.s("Gravité", "Severity"), t.s("Actif", "Asset"), t.s("Point d’accès", "Endpoint"),
			t.s("Constat", "Finding"), t.s("Preuves", "Evidence"), t.s("Certitude", "Confidence"), t.s("Qui", "Who"), t.s("Effort", "Effort"), t.s("Source de la gravité", "Source of the severity"), t.s("Évolution", "Change")},
		Rows: sheet.Slice(t.r.Findings, func(f Finding) []any {
			change := ""
			if t.r.Comparison != nil {
				change = t.status(f.Status)
			}
			return []any{f.ID, f.Check, t.severity(f.Severity), f.Asset, f.Endpoint, f.Found, strings.Join(f.Evidence, "\n"), t.confidence(f.Confidence), t.owner(f.Owner),
				t.effort(f.Effort), strings.TrimSpace(f.Source.Document + " " + f.Source.Rule), change}
		}),
	}
}

// sheets says of each weakness what it risks and what mends it.
func (t tables) sheets() sheet.Table {
	var rows [][]any
	for _, g := range newPage(t.r).Groups {
		for _, w := range g.Sheets {
			var where, how []string
			for _, f := range w.All {
				where = append(where, strings.TrimSpace(f.Asset+" "+f.Endpoint))
			}
			for _, r := range w.Remediation.Remedies {
				how = append(how, strings.Join(slices.Concat([]string{r.Product}, r.Steps, r.Commands), "\n"))
			}
			check := strings.TrimSpace(w.Remediation.Verify + "\n" + w.Remediation.VerifyCommand)
			rows = append(rows, []any{w.Check, t.severity(w.Severity), w.Title, strings.Join(where, "\n"), w.Risk, strings.Join(how, "\n\n"), check, w.Remediation.Rollback})
		}
	}
	return sheet.Table{
		Name: t.s("Fiches", "Sheets"), Widths: []float64{2, 3, 6, 6, 8, 12, 8, 6},
		Header: []string{t.s("Contrôle", "Check"), t.s("Gravité", "Severity"), t.s("Faiblesse", "Weakness"), t.s("Systèmes", "Systems"), t.s("Risque", "Risk"),
			t.s("Comment corriger", "How to mend"), t.s("Vérifier", "Check it"), t.s("Revenir en arrière", "Go back")},
		Rows: sheet.Slice(rows, func(row []any) []any { return row }),
	}
}

func (t tables) plan() sheet.Table {
	return sheet.Table{
		Name: t.s("Plan", "Plan"), Widths: []float64{1.5, 12, 3, 5, 3, 2, 2, 8},
		Header: []string{t.s("Rang", "Rank"), t.s("Action", "Action"), t.s("Gravité", "Severity"), t.s("Qui", "Who"), t.s("Effort", "Effort"), t.s("Constats", "Findings"), t.s("Systèmes", "Systems"), t.s("Contrôles", "Checks")},
		Rows: sheet.Slice(t.r.Plan, func(a Action) []any {
			return []any{a.Rank, a.Title, t.severity(a.Severity), t.owner(a.Owner), t.effort(a.Effort), len(a.Findings), len(a.Assets), strings.Join(a.Checks, ", ")}
		}),
	}
}

func (t tables) assets() sheet.Table {
	return sheet.Table{
		Name: t.s("Actifs", "Assets"), Widths: []float64{3, 7, 3, 8, 12, 8, 3},
		Header: []string{t.s("Nature", "Kind"), t.s("Nom", "Name"), t.s("Prouvé", "Proven"), t.s("Adresses ou noms", "Addresses or names"), t.s("Ports ouverts", "Open ports"), t.s("Vu dans", "Seen in"), t.s("Gravité", "Severity")},
		Rows: sheet.Slice(t.r.Assets, func(a Asset) []any {
			var linked, open []string
			for _, x := range a.Addresses {
				linked = append(linked, x.String())
			}
			linked = append(linked, a.Names...)
			for _, e := range a.Endpoints {
				open = append(open, strings.TrimSpace(e.At+" "+e.Protocol+" "+e.Product))
			}
			worst := ""
			if a.Worst != "" {
				worst = t.severity(check.Severity(a.Worst))
			}
			return []any{t.kind(a.Kind), a.Name, t.yes(a.Proven), strings.Join(linked, ", "), strings.Join(open, "\n"), strings.Join(a.From, ", "), worst}
		}),
	}
}

func (t tables) yes(v bool) string {
	if v {
		return t.s("oui", "yes")
	}
	return t.s("non", "no")
}

func (t tables) notChecked() sheet.Table {
	return sheet.Table{
		Name: t.s("Non regardé", "Not checked"), Widths: []float64{7, 3, 12, 8},
		Header: []string{t.s("Sujet", "Subject"), t.s("Partie", "Part"), t.s("Raison", "Reason"), t.s("Détail", "Detail")},
		Rows:   sheet.Slice(t.r.NotChecked, func(n NotChecked) []any { return []any{n.Subject, t.part(n.Part), n.Text, t.because(n)} }),
	}
}

func (t tables) checks() sheet.Table {
	return sheet.Table{
		Name: t.s("Contrôles", "Checks"), Widths: []float64{2, 10, 4, 4, 2, 2, 3},
		Header: []string{t.s("Contrôle", "Check"), t.s("Intitulé", "Title"), t.s("Gravité au plus", "Gravest"), t.s("Verdict", "Verdict"), t.s("Constats", "Findings"), t.s("Tenus", "Held"), t.s("Indécis", "Undecided")},
		Rows: sheet.Slice(t.r.Checks, func(c Coverage) []any {
			return []any{c.ID, c.Title, t.severity(c.Severity), t.verdict(c.Status), c.Found, c.Passed, c.Unknown}
		}),
	}
}

// verdict names the status of a check.
func (w words) verdict(s string) string {
	switch s {
	case "failed":
		return w.s("en échec", "failed")
	case "passed":
		return w.s("tenu", "held")
	case "not_evaluated":
		return w.s("non évalué", "not evaluated")
	}
	return w.s("sans objet", "not applicable")
}

func (t tables) gone() sheet.Table {
	c := t.r.Comparison
	return sheet.Table{
		Name: fmt.Sprint(t.s("Depuis le ", "Since "), c.BaselineAsOf.Format("2006-01-02")), Widths: []float64{4, 2, 3, 6, 6, 10},
		Header: []string{t.s("Évolution", "Change"), t.s("Contrôle", "Check"), t.s("Gravité", "Severity"), t.s("Actif", "Asset"), t.s("Point d’accès", "Endpoint"), t.s("Constat", "Finding")},
		Rows: sheet.Slice(c.Gone, func(g Gone) []any {
			return []any{t.status(g.Status), g.Check, t.severity(g.Severity), g.Asset, g.Endpoint, g.Title}
		}),
	}
}
