package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"hygie/directory/report"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
)

// control writes what the control graph shows: how many can take the directory over, what to change, by which ways.
func (t *textWriter) control(r *report.Report) {
	s := r.Statistics.Control
	if s == nil {
		return
	}
	t.line("\n%s", t.paint(bold, t.S("Chemins de contrôle", "Control paths")))
	t.wrap("  ", "", sentence.Exposure(t.Words, r))
	for i, f := range r.Fixes {
		if i == shownObjects && !t.o.All {
			t.line("  … %s", t.N(len(r.Fixes)-i, "autre changement", "autres changements", "more change", "more changes"))
			break
		}
		t.wrap("  ", "    ", fmt.Sprintf("%2d. %s. %s", f.Rank, printable(f.Title), f.How))
		if f.ACE != "" {
			t.line("      %s", printable(f.ACE))
		}
		if f.Object != "" {
			t.line("      %s", printable(f.Place().Whole()))
		}
		if f.Remaining != nil {
			t.line("      %s", t.Remaining(*f.Remaining))
		}
	}
	for i, p := range r.Paths {
		if i == shownObjects && !t.o.All {
			t.line("\n  … %s", t.N(s.Ways-i, "autre chemin", "autres chemins", "more path", "more paths"))
			break
		}
		t.line("")
		t.path(p)
		t.line("    %s", t.N(p.Accounts, "compte ordinaire peut prendre ce chemin", "comptes ordinaires peuvent prendre ce chemin",
			"ordinary account can take this path", "ordinary accounts can take this path"))
	}
	if s.Ways > len(r.Paths) && (t.o.All || len(r.Paths) <= shownObjects) {
		t.line("  … %s", t.N(s.Ways-len(r.Paths), "autre chemin", "autres chemins", "more path", "more paths"))
	}
}

// path writes the steps of a path.
func (t *textWriter) path(p report.Path) {
	t.line("  %s", t.paint(bold, printable(p.Source.Short()+" → "+p.Target.Short())))
	for i, s := range p.Steps {
		t.wrap("    ", "   ", fmt.Sprintf("%d. %s %s%s %s", i+1, printable(s.Actor().Short()), s.Means, t.S("\u00a0:", ":"), printable(s.Gain().Short())))
		detail := s.Right
		if s.ACE != "" {
			detail += " " + s.ACE
		}
		t.line("       %s", printable(detail))
		if s.Object != "" {
			t.line("       %s", printable(s.Place().Whole()))
		}
		if s.Cut != "" {
			t.wrap("       ", "", s.Cut)
		}
	}
}

// WritePaths writes paths for a terminal, in a language, with their ends in full (docs/schema/directory-path.schema.json).
func WritePaths(w io.Writer, list []report.Path, lang string, o Options) error {
	t := &textWriter{Writer: bufio.NewWriter(w), Words: wording.Words(lang), o: o}
	for i, p := range list {
		if i > 0 {
			t.line("")
		}
		t.path(p)
		if len(p.Steps) == 0 {
			t.line("    %s", t.S("C’est l’objet lui-même.", "It is the object itself."))
		}
		ends := []string{p.Source.DN, p.Target.DN}
		t.line("    %s", printable(strings.Join(ends, " → ")))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write paths: %w", err)
	}
	return nil
}
