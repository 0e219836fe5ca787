package text

import "hygie/directory/report"

// findings writes the findings of a domain that are there, then what could not be decided.
func (t *textWriter) findings(d *report.Domain) {
	found := d.Found()
	if len(found) > 0 {
		t.line("\n%s", t.paint(bold, t.N(len(found), "autre constat, sans effet sur le niveau", "autres constats, sans effet sur le niveau",
			"more finding, without effect on the level", "more findings, without effect on the level")))
	}
	for _, f := range found {
		t.line("\n%s  %s", t.paint(yellow, "! "+t.Severity(f.Severity)), t.paint(bold, f.Title))
		t.line("  %s (%s)", f.ID, t.Kind(f.Kind))
		for i, o := range f.Objects {
			if i == shownObjects && !t.o.All {
				break
			}
			t.line("  - %s%s%s", printable(o.DN), t.S("\u00a0: ", ": "), printable(o.Reason))
		}
		if rest := f.Count - min(len(f.Objects), shownObjects); rest > 0 && !t.o.All {
			t.line("  - %s", t.N(rest, "autre", "autres", "more", "more"))
		}
	}
	if n := len(d.Unsettled()); n > 0 {
		t.line("\n%s", t.N(n, "autre vérification n’a pas pu être faite", "autres vérifications n’ont pas pu être faites", "more check could not be made", "more checks could not be made"))
	}
}
