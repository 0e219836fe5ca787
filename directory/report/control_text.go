package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// control writes what the control graph shows: how many can take the directory over, what to change, by which ways.
func (t *textWriter) control(r *Report) {
	s := r.Statistics.Control
	if s == nil {
		return
	}
	t.line("\n%s", t.paint(bold, t.s("Chemins de contrôle", "Control paths")))
	t.wrap("  ", "", t.exposure(r))
	for i, f := range r.Fixes {
		if i == shownObjects && !t.o.All {
			t.line("  … %s", t.n(len(r.Fixes)-i, "autre changement", "autres changements", "more change", "more changes"))
			break
		}
		t.wrap("  ", "    ", fmt.Sprintf("%2d. %s. %s", f.Rank, printable(f.Title), f.How))
		if f.ACE != "" {
			t.line("      %s", printable(f.ACE))
		}
		if f.Object != "" {
			t.line("      %s", printable(f.Object))
		}
		if f.Remaining != nil {
			t.line("      %s", t.remaining(*f.Remaining))
		}
	}
	for i, p := range r.Paths {
		if i == shownObjects && !t.o.All {
			t.line("\n  … %s", t.n(s.Ways-i, "autre chemin", "autres chemins", "more path", "more paths"))
			break
		}
		t.line("")
		t.path(p)
		t.line("    %s", t.n(p.Accounts, "compte ordinaire peut prendre ce chemin", "comptes ordinaires peuvent prendre ce chemin",
			"ordinary account can take this path", "ordinary accounts can take this path"))
	}
	if s.Ways > len(r.Paths) && (t.o.All || len(r.Paths) <= shownObjects) {
		t.line("  … %s", t.n(s.Ways-len(r.Paths), "autre chemin", "autres chemins", "more path", "more paths"))
	}
}

// exposure says in a sentence or two how exposed the most privileged objects are.
func (w words) exposure(r *Report) string {
	s, unread := r.Statistics.Control, ""
	if r.ControlIncomplete() {
		unread = w.s(" Des droits n’ont pas été lus\u00a0: d’autres chemins peuvent exister.", " Some rights were not read: there may be other paths.")
	}
	switch {
	case s.ExposedTo == 0 && unread != "":
		return w.s("Aucun chemin n’apparaît dans ce qui a été lu.", "No path shows in what was read.") + unread
	case s.ExposedTo == 0:
		return w.s("Aucun compte ordinaire ne mène aux objets les plus privilégiés par les droits de l’annuaire.",
			"No ordinary account leads to the most privileged objects by the rights of the directory.")
	}
	text := fmt.Sprintf(w.s("%s sur %d peuvent prendre le contrôle de l’annuaire, par %s.", "%s of %d can take the directory over, by %s."),
		w.n(s.ExposedTo, "compte ordinaire", "comptes ordinaires", "ordinary account", "ordinary accounts"), s.OrdinaryAccounts,
		w.n(s.Ways, "chemin distinct", "chemins distincts", "distinct path", "distinct paths"))
	if s.NotSeparated == 0 {
		return text + w.s(" Les changements ci-dessous, dans cet ordre, les ferment tous.", " The changes below, in this order, close them all.") + unread
	}
	return text + w.s(" Une partie ne peut pas être fermée par un changement de droits.", " Some cannot be closed by a change of rights.") + unread
}

func (w words) remaining(n int) string {
	if n == 0 {
		return w.s("Après ce changement, plus aucun compte ordinaire n’y mène.", "After this change no ordinary account leads there any more.")
	}
	return fmt.Sprintf(w.s("Après ce changement, il en reste %d.", "After this change %d remain."), n)
}

// path writes the steps of a path.
func (t *textWriter) path(p Path) {
	t.line("  %s", t.paint(bold, printable(shortName(p.Source.DN)+" → "+shortName(p.Target.DN))))
	for i, s := range p.Steps {
		t.wrap("    ", "   ", fmt.Sprintf("%d. %s %s%s %s", i+1, printable(shortName(s.From)), s.Means, t.s("\u00a0:", ":"), printable(shortName(s.To))))
		detail := s.Right
		if s.ACE != "" {
			detail += " " + s.ACE
		}
		t.line("       %s", printable(detail))
		if s.Object != "" {
			t.line("       %s", printable(s.Object))
		}
		if s.Cut != "" {
			t.wrap("       ", "", s.Cut)
		}
	}
}

// WritePaths writes paths for a terminal, in a language, with their ends in full.
func WritePaths(w io.Writer, list []Path, lang string, o TextOptions) error {
	t := &textWriter{Writer: bufio.NewWriter(w), words: words(lang), o: o}
	for i, p := range list {
		if i > 0 {
			t.line("")
		}
		t.path(p)
		if len(p.Steps) == 0 {
			t.line("    %s", t.s("C’est l’objet lui-même.", "It is the object itself."))
		}
		ends := []string{p.Source.DN, p.Target.DN}
		t.line("    %s", printable(strings.Join(ends, " → ")))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write paths: %w", err)
	}
	return nil
}
