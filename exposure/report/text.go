package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"hygie/exposure/check"
	"hygie/exposure/perimeter"
	"hygie/finding"
)

// TextOptions choose what the text shows.
type TextOptions struct {
	Colour bool // ANSI colours, for a terminal
	All    bool // every finding with its evidence and how to mend it
}

// shown is how many lines of a list the text shows without All.
const shown = 12

// WriteText writes the report for a terminal, in its language.
func WriteText(w io.Writer, r *Report, o TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), words: words(r.Language), o: o}
	t.header(r)
	t.situation(r)
	t.comparison(r.Comparison)
	t.findings(r)
	t.plan(r)
	t.notChecked(r)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type textWriter struct {
	*bufio.Writer
	words
	o TextOptions
}

func (t *textWriter) line(format string, args ...any) {
	fmt.Fprintf(t, format, args...)
	_ = t.WriteByte('\n') // the writer keeps its error until Flush
}

// Colours of a terminal (ECMA-48 8.3.117).
const (
	bold   = "1"
	red    = "31"
	yellow = "33"
)

func (t *textWriter) paint(code, text string) string {
	if !t.o.Colour || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// width of the text.
const width = 100

// wrap writes a paragraph: the first line behind first, the others behind as many spaces.
func (t *textWriter) wrap(first, text string) {
	line, rest := first, strings.Repeat(" ", utf8.RuneCountInString(first))
	empty := true
	for word := range strings.FieldsFuncSeq(printable(text), func(r rune) bool { return r == ' ' }) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			t.line("%s", line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	if !empty {
		t.line("%s", line)
	}
}

func (t *textWriter) title(text string) { t.line("\n%s", t.paint(bold, text)) }

func (t *textWriter) labelled(label, text string) {
	if text != "" {
		t.wrap("    ", label+t.s("\u00a0: ", ": ")+text)
	}
}

func (t *textWriter) header(r *Report) {
	t.line("%s", t.paint(bold, t.s("Audit de l’exposition sur internet", "Internet exposure audit")))
	if r.Perimeter.Name != "" {
		t.line("%s", printable(r.Perimeter.Name))
	}
	t.line(t.s("État au %s, hygie %s, règles %s", "As of %s, hygie %s, rules %s"), t.moment(r.AsOf), printable(r.ToolVersion), r.RulesVersion)
	t.line(t.s("Périmètre %s", "Perimeter %s"), r.PerimeterHash)
	t.wrap("", t.rehearsal())
	if r.Partial {
		t.line("%s", t.paint(yellow, t.s("Audit incomplet : il s’est arrêté avant la fin.", "Partial audit: it stopped before its end.")))
	}
	if r.Known != nil && !r.Known.Stale {
		t.line(t.s("Base de connaissances du %s", "Knowledge of %s"), t.date(r.Known.Date))
	}
	if r.Known != nil && r.Known.Stale {
		t.line("%s", t.paint(yellow, fmt.Sprintf(t.s("Base de connaissances du %s : plus de 30 jours.", "Knowledge of %s: more than 30 days old."), t.date(r.Known.Date))))
	}
	for _, m := range r.Perimeter.Mandates {
		for i, line := range MandateText(r.Language, m) {
			t.wrap(strings.Repeat("  ", min(i, 1)), line)
		}
	}
	unproven := 0
	for _, p := range r.Perimeter.Proofs {
		if p.By == perimeter.Unproven {
			unproven++
		}
	}
	if unproven > 0 {
		t.line("%s", t.paint(yellow, t.n(unproven, "élément du périmètre n’est pas prouvé et n’a pas été touché (hygie exposure prove).", "éléments du périmètre ne sont pas prouvés et n’ont pas été touchés (hygie exposure prove).",
			"item of the perimeter is not proven and was not touched (hygie exposure prove).", "items of the perimeter are not proven and were not touched (hygie exposure prove).")))
	}
}

// rehearsal says what the report is not.
func (w words) rehearsal() string {
	return w.s("Ce rapport est une répétition des audits officiels (cyber-surveillance du CERT Santé, SILENE) : il ne les remplace pas et ne vaut pas preuve.",
		"This report is a rehearsal of the official audits (cyber-surveillance of CERT Santé, SILENE): it neither replaces them nor is proof.")
}

func (t *textWriter) situation(r *Report) {
	t.title(t.s("Situation", "Situation"))
	grade := r.Grade
	if grade == "" {
		grade = "–"
	}
	t.line("  %s %s", t.s("Note", "Grade"), t.paint(bold, grade))
	t.wrap("  ", t.meaning(r))
	t.line("  %s", t.threshold(r))
	s := r.Statistics
	t.line("  %s, %s, %s, %s", t.n(s.Domains, "domaine", "domaines", "domain", "domains"), t.n(s.Names, "nom", "noms", "name", "names"),
		t.n(s.Alive, "adresse qui répond", "adresses qui répondent", "address that answers", "addresses that answer"),
		t.n(s.Endpoints, "port ouvert", "ports ouverts", "open port", "open ports"))
	var counts []string
	for _, severity := range check.Severities() {
		if n := s.BySeverity[severity]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s %d", t.severity(severity), n))
		}
	}
	if len(counts) > 0 {
		t.line("  %s", strings.Join(counts, ", "))
	}
}

// threshold says whether the threshold is held, and whose it is.
func (w words) threshold(r *Report) string {
	text := w.s("Seuil tenu", "Threshold held")
	if !r.Holds {
		text = w.s("Seuil non tenu", "Threshold not held")
	}
	text += w.s(" ; il demande : ", "; it asks for ") + w.limit(r.Threshold)
	if r.Threshold.Unsure {
		text += w.s(" (valeur par défaut de hygie ; la référence de l’arrêté reste à renseigner)", " (hygie's default; the reference of the order is to be filled in)")
	}
	return text
}

func (w words) limit(t check.Threshold) string {
	var parts []string
	add := func(most int, s check.Severity) {
		switch {
		case most == 0:
			parts = append(parts, w.s("aucun constat de gravité ", "no finding of severity ")+w.severity(s))
		case most > 0:
			parts = append(parts, fmt.Sprintf(w.s("au plus %d de gravité %s", "at most %d of severity %s"), most, w.severity(s)))
		}
	}
	add(t.Critical, check.Critical)
	add(t.Major, check.Major)
	add(t.Important, check.Important)
	return strings.Join(parts, ", ")
}

func (t *textWriter) comparison(c *Comparison) {
	if c == nil {
		return
	}
	t.title(fmt.Sprintf(t.s("Depuis le %s (%d jours)", "Since %s (%d days)"), t.date(c.BaselineAsOf), c.Days))
	var counts []string
	for _, s := range statuses() {
		if n := c.Counts[string(s)]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s %d", t.status(s), n))
		}
	}
	t.line("  %s", strings.Join(counts, ", "))
	if !c.SamePerimeter {
		t.line("  %s", t.paint(yellow, fmt.Sprintf(t.s("Le périmètre a changé : %s, %s. Seul ce que les deux audits ont couvert est comparé.",
			"The perimeter changed: %s, %s. Only what both audits covered is compared."), t.n(len(c.Perimeter.Added), "ajout", "ajouts", "addition", "additions"),
			t.n(len(c.Perimeter.Removed), "retrait", "retraits", "removal", "removals"))))
	}
	for i, g := range c.Gone {
		if i == shown && !t.o.All {
			t.line("  … %d", len(c.Gone)-i)
			break
		}
		t.line("  %-14s %s  %s  %s", t.status(g.Status), g.Check, printable(g.Asset), printable(g.Title))
	}
}

// statuses lists the statuses of a comparison, in the order in which they are read.
func statuses() []finding.Status {
	return []finding.Status{finding.New, finding.Back, finding.Persisting, finding.Fixed, finding.Unverified, OutOfScope}
}

func colourOf(s check.Severity) string {
	switch s {
	case check.Critical, check.Major:
		return red
	case check.Important:
		return yellow
	}
	return ""
}

// findings writes the weaknesses, the gravest first, each once with the systems that have it.
func (t *textWriter) findings(r *Report) {
	t.title(t.n(len(r.Findings), "constat", "constats", "finding", "findings"))
	written := 0
	for _, g := range newPage(r).Groups {
		for i, w := range g.Sheets {
			if written >= 3*shown && !t.o.All && g.Severity.Rank() > check.Important.Rank() {
				t.line("  … %s (--all)", t.n(len(g.Sheets)-i, "autre, "+t.severity(g.Severity), "autres, "+t.severity(g.Severity), "more, "+t.severity(g.Severity), "more, "+t.severity(g.Severity)))
				break
			}
			written++
			t.weakness(r, w)
		}
	}
}

// weakness writes one sheet.
func (t *textWriter) weakness(r *Report, w weakness) {
	t.line("%s  %s  %s", t.paint(colourOf(w.Severity), shape(w.Severity)+" "+t.severity(w.Severity)), w.Check, t.paint(bold, printable(w.Title)))
	for i, f := range w.All {
		if i == shown/2 && !t.o.All {
			t.line("      … %s", t.n(len(w.All)-i, "autre", "autres", "more", "more"))
			break
		}
		state := ""
		if r.Comparison != nil {
			state = " [" + t.status(f.Status) + "]"
		}
		t.wrap("    - ", f.Found+state)
		if t.o.All {
			for _, e := range f.Evidence {
				t.wrap("        · ", e)
			}
		}
	}
	if !t.o.All {
		return
	}
	t.labelled(t.s("Risque", "Risk"), w.Risk)
	t.labelled(t.s("Gravité", "Severity"), w.WhySeverity)
	t.remedies(w.Remediation.Remedies)
	t.labelled(t.s("Revenir en arrière", "Go back"), w.Remediation.Rollback)
	t.labelled(t.s("Vérifier", "Check"), w.Remediation.Verify)
	if w.Remediation.VerifyCommand != "" {
		t.line("      $ %s", printable(w.Remediation.VerifyCommand))
	}
	t.line("")
}

func (t *textWriter) remedies(list []check.Remedy) {
	for _, m := range list {
		t.line("    %s", t.paint(bold, printable(m.Product)))
		for _, step := range m.Steps {
			t.wrap("      - ", step)
		}
		for _, command := range m.Commands {
			t.line("      $ %s", printable(command))
		}
	}
}

func (t *textWriter) plan(r *Report) {
	if len(r.Plan) == 0 {
		return
	}
	t.title(t.s("Plan, dans cet ordre", "Plan, in this order"))
	for i, a := range r.Plan {
		if i == shown && !t.o.All {
			t.line("  … %d", len(r.Plan)-i)
			break
		}
		t.line("%3d. %s", a.Rank, printable(a.Title))
		t.line("     %s, %s, %s, %s", t.severity(a.Severity), fmt.Sprintf(t.s("ferme %s sur %s", "closes %s on %s"),
			t.n(len(a.Findings), "constat", "constats", "finding", "findings"), t.n(len(a.Assets), "système", "systèmes", "system", "systems")), t.owner(a.Owner), t.effort(a.Effort))
	}
}

func (t *textWriter) notChecked(r *Report) {
	if len(r.NotChecked) == 0 {
		return
	}
	t.title(t.n(len(r.NotChecked), "chose n’a pas pu être regardée", "choses n’ont pas pu être regardées", "thing could not be looked at", "things could not be looked at"))
	for i, n := range r.NotChecked {
		if i == shown && !t.o.All {
			t.line("  … %d (--all)", len(r.NotChecked)-i)
			break
		}
		part, why := Gap(r.Language, n)
		t.line("  %s", printable(strings.TrimSpace(n.Subject+" ("+part+")"+t.s("\u00a0: ", ": ")+why)))
	}
}
