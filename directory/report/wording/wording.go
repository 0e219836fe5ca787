// Package wording names, in French or in English, the values that a report of a directory audit holds: verdicts, grades, severities, changes.
package wording

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/directory/findings"
	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
)

// Words chooses between the two languages of a sentence (docs/guide/2-lire-un-passage.md).
type Words string

// S gives the French or the English text.
func (w Words) S(fr, en string) string {
	if w == "fr" {
		return fr
	}
	return en
}

// N writes a count with its noun, singular or plural: in French, zero is singular.
func (w Words) N(count int, frOne, frMany, enOne, enMany string) string {
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

// Date writes a day.
func (w Words) Date(t time.Time) string { return t.UTC().Format(w.S("02/01/2006", "2006-01-02")) }

// Moment writes a day and an hour.
func (w Words) Moment(t time.Time) string {
	return t.UTC().Format(w.S("02/01/2006 à 15:04 UTC", "2006-01-02 at 15:04 UTC"))
}

// Status names a verdict.
func (w Words) Status(s points.Status) string {
	switch s {
	case points.Failed:
		return w.S("Échec", "Failed")
	case points.Passed:
		return w.S("Réussi", "Passed")
	}
	return w.S("Non évalué", "Not evaluated")
}

// Shape is the sign that doubles the colour of a verdict (WCAG 2.2, 1.4.1).
func Shape(s points.Status) string {
	switch s {
	case points.Failed:
		return "✕"
	case points.Passed:
		return "✓"
	}
	return "?"
}

// LevelMark writes a level in a table: "–" when it is not known, "≤ 3" when it is a maximum (docs/schema/directory-audit.schema.json, domain).
func LevelMark(level int, atMost bool) string {
	switch {
	case level == 0:
		return "–"
	case atMost:
		return "≤\u00a0" + strconv.Itoa(level)
	}
	return strconv.Itoa(level)
}

// PathChange names what became of a way.
func (w Words) PathChange(status string) string {
	switch status {
	case "fixed":
		return w.S("fermé", "closed")
	case "back":
		return w.S("rouvert", "open again")
	}
	return w.Change(status)
}

// Outcome names the outcome of a point or of a finding, as reports keep it; "–" where there was none.
func (w Words) Outcome(status string) string {
	switch status {
	case "":
		return "–"
	case string(findings.Found):
		return w.S("Constaté", "Found")
	case string(findings.Clear):
		return w.S("Rien à signaler", "Clear")
	}
	return w.Status(points.Status(status))
}

// Bound says that a level is a maximum.
func (w Words) Bound() string {
	return w.S("au plus\u00a0: des points n’ont pas pu être évalués", "at most: some points could not be evaluated")
}

// Effort names the effort of a fix.
func (w Words) Effort(g guidance.Grade) string {
	switch g {
	case guidance.Low:
		return w.S("quelques heures", "a few hours")
	case guidance.Medium:
		return w.S("quelques jours", "a few days")
	}
	return w.S("un projet", "a project")
}

// Risk names the risk of a fix.
func (w Words) Risk(g guidance.Grade) string {
	switch g {
	case guidance.Low:
		return w.S("faible", "low")
	case guidance.Medium:
		return w.S("moyen", "medium")
	}
	return w.S("élevé", "high")
}

// Change names what became of a finding.
func (w Words) Change(status string) string {
	switch status {
	case "new":
		return w.S("nouveau", "new")
	case "back":
		return w.S("revenu", "back")
	case "fixed":
		return w.S("corrigé", "fixed")
	case "persisting":
		return w.S("toujours là", "persisting")
	case "unverified":
		return w.S("non vérifié", "unverified")
	}
	return status
}

// Missing says in the language, "fr" or else English, what a point lacked: an entry of Missing of a point of the report
// (docs/schema/directory-audit.schema.json, point).
func Missing(what, lang string) string {
	w := Words(lang)
	if dn, ok := strings.CutPrefix(what, "nTSecurityDescriptor of "); ok {
		return w.S("permissions de ", "permissions of ") + dn
	}
	kind, rest, found := strings.Cut(what, ":")
	if !found {
		return what
	}
	switch kind {
	case "partition":
		return w.S("partition ", "partition ") + rest
	case "partial":
		return rest + w.S(" n’a pas été lu jusqu’au bout", " was not read to its end")
	case "object":
		return w.S("objet ", "object ") + rest
	case "objects":
		if rest == entry.TrustAccounts {
			return w.S("comptes des relations d’approbation", "accounts of trusts")
		}
		return w.S("objets de la classe ", "objects of class ") + rest
	case "sysvol":
		if rest == "files" {
			return w.S("fichiers de SYSVOL", "files of SYSVOL")
		}
		return w.S("permissions des fichiers de SYSVOL", "permissions of the files of SYSVOL")
	case "registry":
		return rest + w.S(", dans le registre d’une machine", ", in the registry of a machine")
	case "web":
		return w.S("pages web de l’autorité", "web pages of the authority")
	case "tool":
		return w.S("version du programme de collecte", "version of the collecting program")
	case "support":
		return w.S("date de fin de support de ", "end of support of ") + rest
	case "algorithm":
		return w.S("algorithme inconnu ", "unknown algorithm ") + rest
	}
	return fmt.Sprintf(w.S("attribut %s des objets %s", "attribute %s of %s objects"), rest, kind)
}

// LevelList writes levels: "1, 2" (docs/schema/directory-audit.schema.json, point).
func LevelList(levels []int) string {
	var out []string
	for _, l := range levels {
		out = append(out, strconv.Itoa(l))
	}
	return strings.Join(out, ", ")
}

// Remaining says how many ordinary accounts still reach tier 0 after a change.
func (w Words) Remaining(n int) string {
	if n == 0 {
		return w.S("Après ce changement, plus aucun compte ordinaire n’y mène.", "After this change no ordinary account leads there any more.")
	}
	return fmt.Sprintf(w.S("Après ce changement, il en reste %d.", "After this change %d remain."), n)
}

// PartialPaths warns that ways were out of sight.
func (w Words) PartialPaths() string {
	return w.S("Un des deux rapports ne montre pas tous ses chemins\u00a0: un chemin dit nouveau a pu n’être qu’hors de vue.",
		"One of the two reports does not show all its paths: a path that is called new may only have been out of sight.")
}

// ShortName is the first component of a name, as people say it (RFC 4514 2).
func ShortName(dn string) string {
	if short := distname.RDNValue(dn); short != "" {
		return short
	}
	return dn
}

// Severity names a severity.
func (w Words) Severity(s findings.Severity) string {
	switch s {
	case findings.Critical:
		return w.S("critique", "critical")
	case findings.High:
		return w.S("élevée", "high")
	case findings.Medium:
		return w.S("moyenne", "medium")
	case findings.Low:
		return w.S("faible", "low")
	}
	return w.S("information", "information")
}

// Kind names the origin of a finding.
func (w Words) Kind(k findings.Kind) string {
	switch k {
	case findings.Warning:
		return w.S("avertissement de l’ANSSI", "ANSSI warning")
	case findings.Information:
		return w.S("information de l’ANSSI", "ANSSI information")
	}
	return w.S("hors liste de l’ANSSI", "beyond the ANSSI list")
}
