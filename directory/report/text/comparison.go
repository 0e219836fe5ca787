package text

import (
	"fmt"
	"strings"

	"hygie/directory/report"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
)

// comparison writes what changed since an earlier report: the level, the points and findings that moved, their objects, the ways.
func (t *textWriter) comparison(c *report.Comparison) {
	t.line("\n%s", t.paint(bold, fmt.Sprintf(t.S("Depuis le %s", "Since %s"), t.Date(c.BaselineAsOf))))
	t.line("  %s", sentence.Moved(t.Words, c.Level))
	for _, d := range c.Domains {
		t.line("  %s%s %s → %s", printable(d.DNSName), t.S("\u00a0:", ":"), wording.LevelMark(d.Before, d.BeforeAtMost), wording.LevelMark(d.Now, d.NowAtMost))
	}
	if len(c.Trend) > 2 {
		var trend []string
		for _, m := range c.Trend {
			trend = append(trend, t.Date(m.AsOf)+" "+wording.LevelMark(m.Level, m.AtMost))
		}
		t.line("  %s %s", t.S("Évolution du niveau\u00a0:", "Trend of the level:"), strings.Join(trend, ", "))
	}
	t.changes(t.S("Objets des points de contrôle", "Objects of control points"), c.Counts, c.Points)
	for i, ch := range c.Changes {
		if t.enough(i, len(c.Changes)) {
			break
		}
		t.line("  %-12s %s  %s", t.Change(string(ch.Status)), ch.Point, printable(ch.DN))
	}
	if c.Findings.Compared {
		t.changes(t.S("Objets des autres constats", "Objects of the other findings"), c.Findings.Counts, c.Findings.Rules)
		for i, ch := range c.Findings.Changes {
			if t.enough(i, len(c.Findings.Changes)) {
				break
			}
			t.line("  %-12s %s  %s", t.Change(string(ch.Status)), ch.Finding, printable(ch.DN))
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

func (t *textWriter) changes(title string, counts map[string]int, rules []report.RuleChange) {
	var parts []string
	for _, s := range report.Statuses() {
		parts = append(parts, fmt.Sprintf("%s %d", t.Change(string(s)), counts[string(s)]))
	}
	t.line("\n  %s%s %s", t.paint(bold, title), t.S("\u00a0:", ":"), strings.Join(parts, ", "))
	for i, r := range rules {
		if t.enough(i, len(rules)) {
			break
		}
		t.line("  %s → %s  %s  (%d → %d)", t.Outcome(r.Before), t.Outcome(r.Now), printable(r.Title), r.CountBefore, r.CountNow)
	}
}

func (t *textWriter) pathChanges(p report.PathComparison) {
	t.line("\n  %s%s %s", t.paint(bold, t.S("Chemins de contrôle", "Control paths")), t.S("\u00a0:", ":"),
		fmt.Sprintf(t.S("nouveau %d, rouvert %d, toujours là %d, fermé %d, non vérifié %d", "new %d, open again %d, persisting %d, closed %d, unverified %d"),
			p.Counts["new"], p.Counts["back"], p.Counts["persisting"], p.Counts["fixed"], p.Counts["unverified"]))
	t.line("  %s%s %d → %d", t.S("Comptes ordinaires en cause", "Ordinary accounts concerned"), t.S("\u00a0:", ":"), p.ExposedBefore, p.ExposedNow)
	if p.Partial {
		t.line("  %s", t.PartialPaths())
	}
	for i, ch := range p.Changes {
		if t.enough(i, len(p.Changes)) {
			break
		}
		t.line("  %-12s %s", t.PathChange(string(ch.Status)), printable(sentence.WayLine(ch.Path)))
	}
}
