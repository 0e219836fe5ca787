// Package sentence says in words, in French or in English, what a report of a directory audit comes to: the forms for people share it.
package sentence

import (
	"fmt"
	"slices"

	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/wording"
)

// Level says what the level of a domain means, in our words (docs/guide/2-lire-un-passage.md). A maximum from 3 on deserves no praise: what was not
// looked at may be the worst.
func Level(w wording.Words, d *report.Domain) string {
	switch {
	case d.LevelUnknown:
		return w.S("Rien n’a pu être évalué\u00a0: le niveau n’est pas connu. Complétez la collecte.",
			"Nothing could be evaluated: the level is not known. Complete the collection.")
	case d.UpperBound && d.Level > 2:
		return atMost(w, d)
	case d.UpperBound:
		return meaning(w, d.Level) + " " + atMost(w, d)
	}
	return meaning(w, d.Level)
}

func meaning(w wording.Words, level int) string {
	switch level {
	case 1:
		return w.S("Des faiblesses critiques exposent l’annuaire à une prise de contrôle immédiate.",
			"Critical weaknesses expose the directory to an immediate takeover.")
	case 2:
		return w.S("Les faiblesses restantes suffisent à une prise de contrôle à court terme.",
			"The remaining weaknesses are enough for a takeover in the short term.")
	case 3:
		return w.S("L’annuaire a un niveau de base, celui d’une installation qui ne s’est pas dégradée.",
			"The directory has a basic level, that of an installation that has not decayed.")
	case 4:
		return w.S("L’annuaire est bien tenu\u00a0; il reste quelques réglages exigeants.",
			"The directory is in good order; some demanding settings remain.")
	}
	return w.S("Aucun point de contrôle n’est en échec\u00a0: c’est l’état de l’art.", "No control point fails: this is the state of the art.")
}

// atMost says what is known of a domain of which some points were not evaluated.
func atMost(w wording.Words, d *report.Domain) string {
	undecided := 0
	for _, p := range d.Points {
		if slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < d.Level }) {
			undecided++
		}
	}
	return w.N(undecided, "point n’a pas pu être évalué", "points n’ont pas pu être évalués", "point could not be evaluated", "points could not be evaluated") +
		w.S("\u00a0: le vrai niveau est peut-être plus bas. Complétez la collecte pour le connaître.",
			": the true level may be lower. Complete the collection to know it.")
}

// LevelName names a level as a heading does: "niveau 2 sur 5 (au plus…)" (docs/guide/2-lire-un-passage.md).
func LevelName(w wording.Words, m report.Measure) string {
	if m.Level == 0 {
		return w.S("niveau inconnu", "level unknown")
	}
	name := fmt.Sprintf(w.S("niveau %d sur %d", "level %d of %d"), m.Level, points.BestLevel)
	if m.AtMost {
		name += " (" + w.Bound() + ")"
	}
	return name
}

// Moved says how a level moved (docs/schema/directory-audit.schema.json, levelChange).
func Moved(w wording.Words, c report.LevelChange) string {
	switch {
	case c.Before == 0 || c.Now == 0:
		return w.S("Les deux niveaux ne se comparent pas.", "The two levels do not compare.")
	case c.Now > c.Before && c.NowAtMost:
		return w.S("Le niveau paraît meilleur, mais il n’est qu’un maximum.", "The level looks better, but it is only a maximum.")
	case c.Now > c.Before:
		return w.S("Le niveau s’est amélioré.", "The level improved.")
	case c.Now < c.Before:
		return w.S("Le niveau a baissé.", "The level fell.")
	}
	return w.S("Le niveau n’a pas changé.", "The level did not change.")
}

// Exposure says in a sentence or two how exposed the most privileged objects are (docs/schema/directory-audit.schema.json, control).
func Exposure(w wording.Words, r *report.Report) string {
	s, unread := r.Statistics.Control, ""
	if r.ControlIncomplete() {
		unread = w.S(" Des droits n’ont pas été lus\u00a0: d’autres chemins peuvent exister.", " Some rights were not read: there may be other paths.")
	}
	switch {
	case s.ExposedTo == 0 && unread != "":
		return w.S("Aucun chemin n’apparaît dans ce qui a été lu.", "No path shows in what was read.") + unread
	case s.ExposedTo == 0:
		return w.S("Aucun compte ordinaire ne mène aux objets les plus privilégiés par les droits de l’annuaire.",
			"No ordinary account leads to the most privileged objects by the rights of the directory.")
	}
	text := fmt.Sprintf(w.S("%s sur %d peuvent prendre le contrôle de l’annuaire, par %s.", "%s of %d can take the directory over, by %s."),
		w.N(s.ExposedTo, "compte ordinaire", "comptes ordinaires", "ordinary account", "ordinary accounts"), s.OrdinaryAccounts,
		w.N(s.Ways, "chemin distinct", "chemins distincts", "distinct path", "distinct paths"))
	if s.NotSeparated == 0 {
		return text + w.S(" Les changements ci-dessous, dans cet ordre, les ferment tous.", " The changes below, in this order, close them all.") + unread
	}
	return text + w.S(" Une partie ne peut pas être fermée par un changement de droits.", " Some cannot be closed by a change of rights.") + unread
}

// WouldBe says in a sentence what the level would be (docs/decisions/016-what-if-on-a-copy.md).
func WouldBe(w wording.Words, x *report.WhatIf) string {
	switch c := x.Level; {
	case c.Now == 0 || c.Before == 0:
		return w.S("Le niveau n’est pas connu.", "The level is not known.")
	case c.Now == c.Before:
		return fmt.Sprintf(w.S("Le niveau resterait %d.", "The level would stay %d."), c.Now)
	case c.NowAtMost:
		return fmt.Sprintf(w.S("Le niveau passerait de %d à %d au plus.", "The level would go from %d to %d at most."), c.Before, c.Now)
	default:
		return fmt.Sprintf(w.S("Le niveau passerait de %d à %d.", "The level would go from %d to %d."), c.Before, c.Now)
	}
}

// Untried says which changes could not be weighed on the points (docs/decisions/016-what-if-on-a-copy.md).
func Untried(w wording.Words, x *report.WhatIf) string {
	return fmt.Sprintf(w.S("L’effet de %s sur les points de contrôle n’est pas connu\u00a0: l’annuaire ne contient pas ce qu’il faudrait changer.",
		"The effect of %s on the control points is not known: the directory does not hold what is to be changed."), wording.LevelList(x.Untried))
}

// WayLine tells a way in one line (docs/schema/directory-audit.schema.json, path).
func WayLine(p report.Path) string {
	line := p.Source.Short()
	for _, s := range p.Steps {
		line += " –" + s.Right + "→ " + s.Gain().Short()
	}
	return line
}

// Unseen says which changes no control point looks at (docs/decisions/016-what-if-on-a-copy.md).
func Unseen(w wording.Words, x *report.WhatIf) string {
	return fmt.Sprintf(w.S("Aucun point de contrôle ne dépend de %s\u00a0: le niveau n’en change pas, les chemins et les autres constats si.",
		"No control point depends on %s: the level does not change by it, the paths and the other findings do."), wording.LevelList(x.Unseen))
}
