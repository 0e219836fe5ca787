package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/directory/findings"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
)

// words chooses between the two languages of a sentence.
type words string

// s gives the French or the English text.
func (w words) s(fr, en string) string {
	if w == "fr" {
		return fr
	}
	return en
}

// n writes a count with its noun, singular or plural: in French, zero is singular.
func (w words) n(count int, frOne, frMany, enOne, enMany string) string {
	if w == "fr" {
		if count < 2 {
			return strconv.Itoa(count) + "\u00a0" + frOne
		}
		return strconv.Itoa(count) + "\u00a0" + frMany
	}
	if count == 1 {
		return "1 " + enOne
	}
	return strconv.Itoa(count) + " " + enMany
}

// date writes a day.
func (w words) date(t time.Time) string { return t.UTC().Format(w.s("02/01/2006", "2006-01-02")) }

// moment writes a day and an hour.
func (w words) moment(t time.Time) string {
	return t.UTC().Format(w.s("02/01/2006 à 15:04 UTC", "2006-01-02 at 15:04 UTC"))
}

// status names a verdict.
func (w words) status(s points.Status) string {
	switch s {
	case points.Failed:
		return w.s("Échec", "Failed")
	case points.Passed:
		return w.s("Réussi", "Passed")
	}
	return w.s("Non évalué", "Not evaluated")
}

// shape is the sign that doubles the colour of a verdict.
func shape(s points.Status) string {
	switch s {
	case points.Failed:
		return "✕"
	case points.Passed:
		return "✓"
	}
	return "?"
}

// level says what the level of a domain means, in our words. A maximum from 3 on deserves no praise: what was not looked at may
// be the worst.
func (w words) level(d *Domain) string {
	switch {
	case d.LevelUnknown:
		return w.s("Rien n’a pu être évalué\u00a0: le niveau n’est pas connu. Complétez la collecte.",
			"Nothing could be evaluated: the level is not known. Complete the collection.")
	case d.UpperBound && d.Level > 2:
		return w.atMost(d)
	case d.UpperBound:
		return w.meaning(d.Level) + " " + w.atMost(d)
	}
	return w.meaning(d.Level)
}

func (w words) meaning(level int) string {
	switch level {
	case 1:
		return w.s("Des faiblesses critiques exposent l’annuaire à une prise de contrôle immédiate.",
			"Critical weaknesses expose the directory to an immediate takeover.")
	case 2:
		return w.s("Les faiblesses restantes suffisent à une prise de contrôle à court terme.",
			"The remaining weaknesses are enough for a takeover in the short term.")
	case 3:
		return w.s("L’annuaire a un niveau de base, celui d’une installation qui ne s’est pas dégradée.",
			"The directory has a basic level, that of an installation that has not decayed.")
	case 4:
		return w.s("L’annuaire est bien tenu\u00a0; il reste quelques réglages exigeants.",
			"The directory is in good order; some demanding settings remain.")
	}
	return w.s("Aucun point de contrôle n’est en échec\u00a0: c’est l’état de l’art.", "No control point fails: this is the state of the art.")
}

// atMost says what is known of a domain of which some points were not evaluated.
func (w words) atMost(d *Domain) string {
	undecided := 0
	for _, p := range d.Points {
		if slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < d.Level }) {
			undecided++
		}
	}
	return w.n(undecided, "point n’a pas pu être évalué", "points n’ont pas pu être évalués", "point could not be evaluated", "points could not be evaluated") +
		w.s("\u00a0: le vrai niveau est peut-être plus bas. Complétez la collecte pour le connaître.",
			": the true level may be lower. Complete the collection to know it.")
}

// levelName names a level as a heading does: "niveau 2 sur 5 (au plus…)".
func (w words) levelName(m Measure) string {
	if m.Level == 0 {
		return w.s("niveau inconnu", "level unknown")
	}
	name := fmt.Sprintf(w.s("niveau %d sur %d", "level %d of %d"), m.Level, points.BestLevel)
	if m.AtMost {
		name += " (" + w.bound() + ")"
	}
	return name
}

// levelMark writes a level in a table: "–" when it is not known, "≤ 3" when it is a maximum.
func levelMark(level int, atMost bool) string {
	switch {
	case level == 0:
		return "–"
	case atMost:
		return "≤\u00a0" + strconv.Itoa(level)
	}
	return strconv.Itoa(level)
}

// moved says how a level moved.
func (w words) moved(c LevelChange) string {
	switch {
	case c.Before == 0 || c.Now == 0:
		return w.s("Les deux niveaux ne se comparent pas.", "The two levels do not compare.")
	case c.Now > c.Before && c.NowAtMost:
		return w.s("Le niveau paraît meilleur, mais il n’est qu’un maximum.", "The level looks better, but it is only a maximum.")
	case c.Now > c.Before:
		return w.s("Le niveau s’est amélioré.", "The level improved.")
	case c.Now < c.Before:
		return w.s("Le niveau a baissé.", "The level fell.")
	}
	return w.s("Le niveau n’a pas changé.", "The level did not change.")
}

// pathChange names what became of a way.
func (w words) pathChange(status string) string {
	switch status {
	case "fixed":
		return w.s("fermé", "closed")
	case "back":
		return w.s("rouvert", "open again")
	}
	return w.change(status)
}

// outcome names the outcome of a point or of a finding, as reports keep it; "–" where there was none.
func (w words) outcome(status string) string {
	switch status {
	case "":
		return "–"
	case string(findings.Found):
		return w.s("Constaté", "Found")
	case string(findings.Clear):
		return w.s("Rien à signaler", "Clear")
	}
	return w.status(points.Status(status))
}

// bound says that a level is a maximum.
func (w words) bound() string {
	return w.s("au plus\u00a0: des points n’ont pas pu être évalués", "at most: some points could not be evaluated")
}

// grade names an effort or a risk.
func (w words) effort(g guidance.Grade) string {
	switch g {
	case guidance.Low:
		return w.s("quelques heures", "a few hours")
	case guidance.Medium:
		return w.s("quelques jours", "a few days")
	}
	return w.s("un projet", "a project")
}

func (w words) risk(g guidance.Grade) string {
	switch g {
	case guidance.Low:
		return w.s("faible", "low")
	case guidance.Medium:
		return w.s("moyen", "medium")
	}
	return w.s("élevé", "high")
}

// change names what became of a finding.
func (w words) change(status string) string {
	switch status {
	case "new":
		return w.s("nouveau", "new")
	case "back":
		return w.s("revenu", "back")
	case "fixed":
		return w.s("corrigé", "fixed")
	case "persisting":
		return w.s("toujours là", "persisting")
	case "unverified":
		return w.s("non vérifié", "unverified")
	}
	return status
}

// MissingText says in the language, "fr" or else English, what a point lacked: an entry of [Point.Missing].
func MissingText(what, lang string) string {
	w := words(lang)
	if dn, ok := strings.CutPrefix(what, "nTSecurityDescriptor of "); ok {
		return w.s("permissions de ", "permissions of ") + dn
	}
	kind, rest, found := strings.Cut(what, ":")
	if !found {
		return what
	}
	switch kind {
	case "partition":
		return w.s("partition ", "partition ") + rest
	case "partial":
		return rest + w.s(" n’a pas été lu jusqu’au bout", " was not read to its end")
	case "object":
		return w.s("objet ", "object ") + rest
	case "objects":
		if rest == model.TrustAccounts {
			return w.s("comptes des relations d’approbation", "accounts of trusts")
		}
		return w.s("objets de la classe ", "objects of class ") + rest
	case "sysvol":
		if rest == "files" {
			return w.s("fichiers de SYSVOL", "files of SYSVOL")
		}
		return w.s("permissions des fichiers de SYSVOL", "permissions of the files of SYSVOL")
	case "registry":
		return rest + w.s(", dans le registre d’une machine", ", in the registry of a machine")
	case "web":
		return w.s("pages web de l’autorité", "web pages of the authority")
	case "tool":
		return w.s("version du programme de collecte", "version of the collecting program")
	case "support":
		return w.s("date de fin de support de ", "end of support of ") + rest
	case "algorithm":
		return w.s("algorithme inconnu ", "unknown algorithm ") + rest
	}
	return fmt.Sprintf(w.s("attribut %s des objets %s", "attribute %s of %s objects"), rest, kind)
}

// group is an object with every reason for which it breaks a rule.
type group struct {
	DN, SID, Status string
	Reasons         []string
}

// grouped gathers the reasons of each object, of the first limit ones.
func grouped(list Objects, limit int) []group {
	var out []group
	for reasons := range list.Grouped() {
		if len(out) == limit {
			break
		}
		g := group{DN: reasons[0].DN, SID: reasons[0].SID, Status: reasons[0].Status}
		for _, o := range reasons {
			if !slices.Contains(g.Reasons, o.Reason) {
				g.Reasons = append(g.Reasons, o.Reason)
			}
		}
		out = append(out, g)
	}
	return out
}

// levelList writes levels: "1, 2".
func levelList(levels []int) string {
	var out []string
	for _, l := range levels {
		out = append(out, strconv.Itoa(l))
	}
	return strings.Join(out, ", ")
}

// title names a point even when it is one that this version has no text for.
func (p Point) title() string { return cmp.Or(p.Title, p.ID) }
