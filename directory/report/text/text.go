// Package text writes the report of a directory audit for a terminal.
package text

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/report"
	"hygie/directory/report/objects"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
)

// Options choose what the text shows (docs/guide/1-premier-audit.md).
type Options struct {
	Colour bool // ANSI colours, for a terminal
	All    bool // every object of each point, not only the first ones
}

// shownObjects is how many objects of a point the text shows.
const shownObjects = 10

// Write writes the report for a terminal, in its language (docs/guide/1-premier-audit.md).
func Write(w io.Writer, r *report.Report, o Options) error {
	catalog, err := guidance.Load(r.Language)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t := &textWriter{Writer: bufio.NewWriter(w), Words: wording.Words(r.Language), o: o, catalog: catalog}
	t.header(r)
	if r.Comparison != nil {
		t.comparison(r.Comparison)
	}
	for i := range r.Domains {
		t.domain(&r.Domains[i])
		t.findings(&r.Domains[i])
	}
	t.control(r)
	if r.WhatIf != nil {
		t.whatIf(r)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type textWriter struct {
	*bufio.Writer
	wording.Words
	o       Options
	catalog guidance.Catalog
}

func (t *textWriter) line(format string, args ...any) {
	fmt.Fprintf(t, format, args...)
	t.WriteByte('\n')
}

// Colours of a terminal (ECMA-48 8.3.117).
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (t *textWriter) paint(code, text string) string {
	if !t.o.Colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (t *textWriter) header(r *report.Report) {
	t.line("%s", t.paint(bold, t.S("Audit de l’annuaire Active Directory", "Active Directory audit")))
	t.line(t.S("État au %s, hygie %s", "As of %s, hygie %s"), t.Moment(r.AsOf), printable(r.ToolVersion))
	for _, s := range r.Sources {
		note := ""
		if s.Partial {
			note = t.S(" (incomplète)", " (incomplete)")
		}
		t.line(t.S("Source\u00a0: %s%s", "Source: %s%s"), printable(s.Name), note)
	}
	for _, w := range r.Warnings {
		t.line("%s %s", t.paint(yellow, t.S("Attention\u00a0:", "Warning:")), printable(w.Source+t.S("\u00a0: ", ": ")+w.Text))
	}
}

func (t *textWriter) domain(d *report.Domain) {
	t.line("\n%s", t.paint(bold, printable(d.DNSName)+t.S(" : ", ": ")+sentence.LevelName(t.Words, d.Measure())))
	t.line("%s", sentence.Level(t.Words, d))
	t.line("\n  %-10s %10s %10s %14s", t.S("Niveau", "Level"), t.S("Réussis", "Passed"), t.S("Échoués", "Failed"), t.S("Non évalués", "Not evaluated"))
	for _, l := range d.Levels {
		t.line("  %-10d %10d %10d %14d", l.Level, l.Passed, l.Failed, l.NotEvaluated)
	}
	if first := d.First(t.catalog, 3); len(first) > 0 {
		t.line("\n%s", t.paint(bold, t.S("Par où commencer", "Where to begin")))
		for i, p := range first {
			text, _ := t.catalog.Point(p.ID)
			t.line("  %d. %s (%s)", i+1, p.Heading(), t.Effort(text.Effort))
		}
	}
	for _, p := range d.Failed() {
		t.failed(p)
	}
	t.rest(d)
}

func (t *textWriter) failed(p report.Point) {
	text, _ := t.catalog.Point(p.ID)
	t.line("\n%s  %s", t.paint(red, wording.Shape(p.Status)+" "+t.Status(p.Status)+" N"+strings.ReplaceAll(wording.LevelList(p.FailedLevels), ", ", "+")), t.paint(bold, p.Heading()))
	t.line("  %s", p.ID)
	if text.Explain != "" {
		t.wrap("  ", "", text.Explain)
	}
	limit := shownObjects
	if t.o.All {
		limit = math.MaxInt
	}
	groups := objects.Gather(p.Objects, limit)
	for _, g := range groups {
		mark := ""
		if g.Status == "new" || g.Status == "back" {
			mark = " [" + t.Change(g.Status) + "]"
		}
		t.line("  - %s%s", printable(g.DN), mark)
		for _, reason := range g.Reasons {
			t.line("      %s", printable(reason))
		}
	}
	if rest := p.Objects.Distinct() - len(groups); rest > 0 {
		t.line("  - %s", t.N(rest, "autre objet", "autres objets", "more object", "more objects"))
	}
	for i, step := range text.How {
		t.wrap("  ", "   ", fmt.Sprintf("%d. %s", i+1, step))
	}
	if len(p.Missing) > 0 {
		t.missing(p)
	}
	t.line("  %s", p.Link)
}

// rest lists the points that could not be decided, with what is missing, then counts those that pass.
func (t *textWriter) rest(d *report.Domain) {
	passed := 0
	for _, p := range d.Points {
		switch p.Status {
		case points.Passed:
			passed++
		case points.NotEvaluated:
			t.line("\n%s  %s", t.paint(yellow, wording.Shape(p.Status)+" "+t.Status(p.Status)), p.Heading())
			t.line("  %s", p.ID)
			t.missing(p)
		}
	}
	t.line("\n%s  %s", t.paint(green, wording.Shape(points.Passed)+" "+t.Status(points.Passed)), t.N(passed, "point", "points", "point", "points"))
}

func (t *textWriter) missing(p report.Point) {
	for i, what := range p.Missing {
		if i == shownObjects && !t.o.All {
			t.line("  … %d", len(p.Missing)-i)
			break
		}
		t.line("  %s %s", t.S("il manque\u00a0:", "missing:"), printable(wording.Missing(what, string(t.Words))))
	}
}

// lineWidth is where sentences are folded.
const lineWidth = 100

// wrap writes a paragraph folded between words, the lines after the first moved in by hang more.
func (t *textWriter) wrap(indent, hang, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+1+len([]rune(word)) > lineWidth && line != indent {
			t.line("%s", line)
			line = indent + hang
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	t.line("%s", line)
}

// printable replaces the control characters that a directory may hold: a name must not move the cursor of a terminal, nor
// turn the line around.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f:
			return '\uFFFD'
		}
		return r
	}, s)
}
