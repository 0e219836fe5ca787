package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
)

// TextOptions choose what the text shows.
type TextOptions struct {
	Colour bool // ANSI colours, for a terminal
	All    bool // every object of each point, not only the first ones
}

// shownObjects is how many objects of a point the text shows.
const shownObjects = 10

// WriteText writes the report for a terminal, in its language.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	catalog, err := guidance.Load(r.Language)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t := &textWriter{Writer: bufio.NewWriter(w), words: words(r.Language), o: o, catalog: catalog}
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
	words
	o       TextOptions
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

func (t *textWriter) header(r *Report) {
	t.line("%s", t.paint(bold, t.s("Audit de l’annuaire Active Directory", "Active Directory audit")))
	t.line(t.s("État au %s, hygie %s", "As of %s, hygie %s"), t.moment(r.AsOf), printable(r.ToolVersion))
	for _, s := range r.Sources {
		note := ""
		if s.Partial {
			note = t.s(" (incomplète)", " (incomplete)")
		}
		t.line(t.s("Source\u00a0: %s%s", "Source: %s%s"), printable(s.Name), note)
	}
	for _, w := range r.Warnings {
		t.line("%s %s", t.paint(yellow, t.s("Attention\u00a0:", "Warning:")), printable(w.Source+": "+w.Text))
	}
}

func (t *textWriter) domain(d *Domain) {
	t.line("\n%s", t.paint(bold, printable(d.DNSName)+t.s(" : ", ": ")+t.levelName(d.measure())))
	t.line("%s", t.words.level(d))
	t.line("\n  %-10s %10s %10s %14s", t.s("Niveau", "Level"), t.s("Réussis", "Passed"), t.s("Échoués", "Failed"), t.s("Non évalués", "Not evaluated"))
	for _, l := range d.Levels {
		t.line("  %-10d %10d %10d %14d", l.Level, l.Passed, l.Failed, l.NotEvaluated)
	}
	if first := d.First(t.catalog, 3); len(first) > 0 {
		t.line("\n%s", t.paint(bold, t.s("Par où commencer", "Where to begin")))
		for i, p := range first {
			text, _ := t.catalog.Point(p.ID)
			t.line("  %d. %s (%s)", i+1, p.title(), t.effort(text.Effort))
		}
	}
	for _, p := range d.Failed() {
		t.failed(p)
	}
	t.rest(d)
}

func (t *textWriter) failed(p Point) {
	text, _ := t.catalog.Point(p.ID)
	t.line("\n%s  %s", t.paint(red, shape(p.Status)+" "+t.status(p.Status)+" N"+strings.ReplaceAll(levelList(p.FailedLevels), ", ", "+")), t.paint(bold, p.title()))
	t.line("  %s", p.ID)
	if text.Explain != "" {
		t.wrap("  ", "", text.Explain)
	}
	limit := shownObjects
	if t.o.All {
		limit = math.MaxInt
	}
	groups := grouped(p.Objects, limit)
	for _, g := range groups {
		mark := ""
		if g.Status == "new" || g.Status == "back" {
			mark = " [" + t.change(g.Status) + "]"
		}
		t.line("  - %s%s", printable(g.DN), mark)
		for _, reason := range g.Reasons {
			t.line("      %s", printable(reason))
		}
	}
	if rest := p.Objects.distinct() - len(groups); rest > 0 {
		t.line("  - %s", t.n(rest, "autre objet", "autres objets", "more object", "more objects"))
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
func (t *textWriter) rest(d *Domain) {
	passed := 0
	for _, p := range d.Points {
		switch p.Status {
		case points.Passed:
			passed++
		case points.NotEvaluated:
			t.line("\n%s  %s", t.paint(yellow, shape(p.Status)+" "+t.status(p.Status)), p.title())
			t.line("  %s", p.ID)
			t.missing(p)
		}
	}
	t.line("\n%s  %s", t.paint(green, shape(points.Passed)+" "+t.status(points.Passed)), t.n(passed, "point", "points", "point", "points"))
}

func (t *textWriter) missing(p Point) {
	for i, what := range p.Missing {
		if i == shownObjects && !t.o.All {
			t.line("  … %d", len(p.Missing)-i)
			break
		}
		t.line("  %s %s", t.s("il manque\u00a0:", "missing:"), printable(MissingText(what, string(t.words))))
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
