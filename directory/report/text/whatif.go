package text

import (
	"fmt"

	"hygie/directory/report"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
)

// whatIf writes what the tried changes would come to.
func (t *textWriter) whatIf(r *report.Report) {
	w := r.WhatIf
	t.line("\n%s", t.paint(bold, t.S("Et si\u00a0? Rien n’a été modifié\u00a0: essai sur une copie en mémoire", "What if? Nothing was changed: tried on a copy in memory")))
	for _, rank := range w.Fixes {
		if rank >= 1 && rank <= len(r.Fixes) {
			t.wrap("  ", "    ", fmt.Sprintf("%2d. %s", rank, printable(r.Fixes[rank-1].Title)))
		}
	}
	for _, p := range w.Mended {
		t.line("  %s (%s)", p.Point, printable(p.Domain))
	}
	t.line("  %s", t.paint(bold, sentence.WouldBe(t.Words, w)))
	for _, d := range w.Domains {
		t.line("  %s%s %s → %s", printable(d.DNSName), t.S("\u00a0:", ":"), wording.LevelMark(d.Before, d.BeforeAtMost), wording.LevelMark(d.Now, d.NowAtMost))
	}
	for i, p := range append(append([]report.RuleChange{}, w.Points...), w.Findings...) {
		if t.enough(i, len(w.Points)+len(w.Findings)) {
			break
		}
		t.line("  %s → %s  %s  (%d → %d)", t.Outcome(p.Before), t.Outcome(p.Now), printable(p.Title), p.CountBefore, p.CountNow)
	}
	t.line("  %s%s %d → %d", t.S("Comptes ordinaires en cause", "Ordinary accounts concerned"), t.S("\u00a0:", ":"), w.ExposedBefore, w.ExposedNow)
	t.line("  %s%s %d → %d", t.S("Chemins distincts", "Distinct paths"), t.S("\u00a0:", ":"), w.WaysBefore, w.WaysNow)
	for i, p := range w.Paths {
		if t.enough(i, len(w.Paths)) {
			break
		}
		t.line("    %s", printable(sentence.WayLine(p)))
	}
	if len(w.Untried) > 0 {
		t.wrap("  ", "  ", sentence.Untried(t.Words, w))
	}
	if len(w.Unseen) > 0 {
		t.wrap("  ", "  ", sentence.Unseen(t.Words, w))
	}
	if len(w.Holding) > 0 {
		t.line("  %s", fmt.Sprintf(t.S("Ce qui retiendrait encore le niveau %d\u00a0:", "What would still hold level %d:"), w.Level.Now))
		for i, p := range w.Holding {
			if t.enough(i, len(w.Holding)) {
				break
			}
			t.line("  - %s (%s)", printable(p.Title), p.ID)
		}
	}
}
