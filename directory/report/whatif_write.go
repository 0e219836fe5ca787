package report

import (
	"fmt"
	"strings"

	"hygie/sheet"
)

// whatIf writes what the tried changes would come to.
func (t *textWriter) whatIf(r *Report) {
	w := r.WhatIf
	t.line("\n%s", t.paint(bold, t.s("Et si\u00a0? Rien n’a été modifié\u00a0: essai sur une copie en mémoire", "What if? Nothing was changed: tried on a copy in memory")))
	for _, rank := range w.Fixes {
		if rank >= 1 && rank <= len(r.Fixes) {
			t.wrap("  ", "    ", fmt.Sprintf("%2d. %s", rank, printable(r.Fixes[rank-1].Title)))
		}
	}
	for _, p := range w.Mended {
		t.line("  %s (%s)", p.Point, printable(p.Domain))
	}
	t.line("  %s", t.paint(bold, t.wouldBe(w)))
	for _, d := range w.Domains {
		t.line("  %s%s %s → %s", printable(d.DNSName), t.s("\u00a0:", ":"), levelMark(d.Before, d.BeforeAtMost), levelMark(d.Now, d.NowAtMost))
	}
	for i, p := range append(append([]RuleChange{}, w.Points...), w.Findings...) {
		if t.enough(i, len(w.Points)+len(w.Findings)) {
			break
		}
		t.line("  %s → %s  %s  (%d → %d)", t.outcome(p.Before), t.outcome(p.Now), printable(p.Title), p.CountBefore, p.CountNow)
	}
	t.line("  %s%s %d → %d", t.s("Comptes ordinaires en cause", "Ordinary accounts concerned"), t.s("\u00a0:", ":"), w.ExposedBefore, w.ExposedNow)
	t.line("  %s%s %d → %d", t.s("Chemins distincts", "Distinct paths"), t.s("\u00a0:", ":"), w.WaysBefore, w.WaysNow)
	for i, p := range w.Paths {
		if t.enough(i, len(w.Paths)) {
			break
		}
		t.line("    %s", printable(wayLine(p)))
	}
	if len(w.Untried) > 0 {
		t.wrap("  ", "  ", t.untried(w))
	}
	if len(w.Holding) > 0 {
		t.line("  %s", fmt.Sprintf(t.s("Ce qui retiendrait encore le niveau %d\u00a0:", "What would still hold level %d:"), w.Level.Now))
		for i, p := range w.Holding {
			if t.enough(i, len(w.Holding)) {
				break
			}
			t.line("  - %s (%s)", printable(p.Title), p.ID)
		}
	}
}

// wouldBe says in a sentence what the level would be.
func (w words) wouldBe(x *WhatIf) string {
	switch c := x.Level; {
	case c.Now == 0 || c.Before == 0:
		return w.s("Le niveau n’est pas connu.", "The level is not known.")
	case c.Now == c.Before:
		return fmt.Sprintf(w.s("Le niveau resterait %d.", "The level would stay %d."), c.Now)
	case c.NowAtMost:
		return fmt.Sprintf(w.s("Le niveau passerait de %d à %d au plus.", "The level would go from %d to %d at most."), c.Before, c.Now)
	default:
		return fmt.Sprintf(w.s("Le niveau passerait de %d à %d.", "The level would go from %d to %d."), c.Before, c.Now)
	}
}

// untried says which changes could not be weighed on the points.
func (w words) untried(x *WhatIf) string {
	return fmt.Sprintf(w.s("L’effet de %s sur les points de contrôle n’est pas connu\u00a0: l’annuaire ne contient pas ce qu’il faudrait changer.",
		"The effect of %s on the control points is not known: the directory does not hold what is to be changed."), levelList(x.Untried))
}

// whatIf are the changes that were tried and what they would come to.
func (t tables) whatIf() sheet.Table {
	return sheet.Table{
		Name: t.s("Et si", "What if"), Widths: []float64{5, 6, 12, 4, 4, 3, 3},
		Header: []string{t.s("Domaine", "Domain"), t.s("Identifiant", "Identifier"), t.s("Titre", "Title"), t.s("Aujourd’hui", "Today"), t.s("Ensuite", "Afterwards"),
			t.s("Objets aujourd’hui", "Objects today"), t.s("Objets ensuite", "Objects afterwards")},
		Rows: rows(func(row func(...any) bool) {
			w := t.r.WhatIf
			for _, d := range w.Domains {
				if !row(d.DNSName, "", t.s("Niveau", "Level"), levelMark(d.Before, d.BeforeAtMost), levelMark(d.Now, d.NowAtMost), "", "") {
					return
				}
			}
			if !row("", "", t.s("Comptes ordinaires en cause", "Ordinary accounts concerned"), w.ExposedBefore, w.ExposedNow, "", "") {
				return
			}
			for _, rank := range w.Fixes {
				if rank >= 1 && rank <= len(t.r.Fixes) && !row("", strings.TrimSpace(fmt.Sprint(rank)), t.r.Fixes[rank-1].Title, "", t.s("essayé", "tried"), "", "") {
					return
				}
			}
			for _, list := range [][]RuleChange{w.Points, w.Findings} {
				for _, r := range list {
					if !row(r.Domain, r.ID, r.Title, t.outcome(r.Before), t.outcome(r.Now), r.CountBefore, r.CountNow) {
						return
					}
				}
			}
		}),
	}
}
