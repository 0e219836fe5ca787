package report

import (
	"fmt"
	"strings"
)

// comparison writes what changed since an earlier report: the level, the points and findings that moved, their objects, the ways.
func (t *textWriter) comparison(c *Comparison) {
	t.line("\n%s", t.paint(bold, fmt.Sprintf(t.s("Depuis le %s", "Since %s"), t.date(c.BaselineAsOf))))
	t.line("  %s", t.moved(c.Level))
	for _, d := range c.Domains {
		t.line("  %s%s %s → %s", printable(d.DNSName), t.s("\u00a0:", ":"), levelMark(d.Before, d.BeforeAtMost), levelMark(d.Now, d.NowAtMost))
	}
	if len(c.Trend) > 2 {
		var trend []string
		for _, m := range c.Trend {
			trend = append(trend, t.date(m.AsOf)+" "+levelMark(m.Level, m.AtMost))
		}
		t.line("  %s %s", t.s("Évolution du niveau\u00a0:", "Trend of the level:"), strings.Join(trend, ", "))
	}
	t.changes(t.s("Objets des points de contrôle", "Objects of control points"), c.Counts, c.Points)
	for i, ch := range c.Changes {
		if t.enough(i, len(c.Changes)) {
			break
		}
		t.line("  %-12s %s  %s", t.change(string(ch.Status)), ch.Point, printable(ch.DN))
	}
	if c.Findings.Compared {
		t.changes(t.s("Objets des autres constats", "Objects of the other findings"), c.Findings.Counts, c.Findings.Rules)
		for i, ch := range c.Findings.Changes {
			if t.enough(i, len(c.Findings.Changes)) {
				break
			}
			t.line("  %-12s %s  %s", t.change(string(ch.Status)), ch.Finding, printable(ch.DN))
		}
	}
	if c.Paths.Compared {
		t.pathChanges(c.Paths)
	}
}

// enough tells that a list was shown as far as it is, and says how much remains.
func (t *textWriter) enough(i, all int) bool {
	if i < shownObjects || t.o.All {
		return false
	}
	t.line("  … %d", all-i)
	return true
}

func (t *textWriter) changes(title string, counts map[string]int, rules []RuleChange) {
	var parts []string
	for _, s := range statuses() {
		parts = append(parts, fmt.Sprintf("%s %d", t.change(string(s)), counts[string(s)]))
	}
	t.line("\n  %s%s %s", t.paint(bold, title), t.s("\u00a0:", ":"), strings.Join(parts, ", "))
	for i, r := range rules {
		if t.enough(i, len(rules)) {
			break
		}
		t.line("  %s → %s  %s  (%d → %d)", t.outcome(r.Before), t.outcome(r.Now), printable(r.Title), r.CountBefore, r.CountNow)
	}
}

func (t *textWriter) pathChanges(p PathComparison) {
	t.line("\n  %s%s %s", t.paint(bold, t.s("Chemins de contrôle", "Control paths")), t.s("\u00a0:", ":"),
		fmt.Sprintf(t.s("nouveau %d, rouvert %d, toujours là %d, fermé %d, non vérifié %d", "new %d, open again %d, persisting %d, closed %d, unverified %d"),
			p.Counts["new"], p.Counts["back"], p.Counts["persisting"], p.Counts["fixed"], p.Counts["unverified"]))
	t.line("  %s%s %d → %d", t.s("Comptes ordinaires en cause", "Ordinary accounts concerned"), t.s("\u00a0:", ":"), p.ExposedBefore, p.ExposedNow)
	if p.Partial {
		t.line("  %s", t.partialPaths())
	}
	for i, ch := range p.Changes {
		if t.enough(i, len(p.Changes)) {
			break
		}
		t.line("  %-12s %s", t.pathChange(string(ch.Status)), printable(wayLine(ch.Path)))
	}
}

// partialPaths warns that ways were out of sight.
func (w words) partialPaths() string {
	return w.s("Un des deux rapports ne montre pas tous ses chemins\u00a0: un chemin dit nouveau a pu n’être qu’hors de vue.",
		"One of the two reports does not show all its paths: a path that is called new may only have been out of sight.")
}

// wayLine tells a way in one line.
func wayLine(p Path) string {
	line := shortName(p.Source.DN)
	for _, s := range p.Steps {
		line += " –" + s.Right + "→ " + shortName(s.To)
	}
	return line
}
