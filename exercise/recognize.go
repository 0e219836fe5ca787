package exercise

import (
	"slices"
	"strings"
	"time"

	"hygie/sheet"
)

// A Note is a line of a main courante, as far as milestones are read from it.
type Note struct {
	Number  int64
	At      time.Time // of the fact
	Kind    NoteKind
	Text    string
	Undone  bool        // a later line corrects it
	Reached []Milestone // what who wrote it says was reached, by a button
}

// A NoteKind is what a line tells.
type NoteKind string

// The kinds of line that matter here; others tell of facts.
const (
	OrderNote    NoteKind = "instruction" // what is to be done is not done yet
	CallNote     NoteKind = "call"
	DecisionNote NoteKind = "decision"
	StimulusNote NoteKind = "stimulus" // brought in by the animator
)

// Recognize tells which milestones a line says were reached. It reads the words people use in French and in English, and rather misses one than takes a plan, a
// question or a refusal for a deed: the animator sees what was read, with the number of the line, and corrects it.
func (n Note) Recognize() []Milestone {
	if n.Undone || n.Kind == StimulusNote {
		return nil
	}
	out := slices.Clone(n.Reached)
	if n.Kind == OrderNote || strings.Contains(n.Text, "?") {
		return out
	}
	for sentence := range strings.FieldsFuncSeq(n.Text, func(r rune) bool { return strings.ContainsRune(".;!\n", r) }) {
		words := " " + sheet.Fold(sentence) + " "
		if has(words, notYet...) {
			continue
		}
		for _, m := range milestones {
			if !slices.Contains(out, m) && said(m, n.Kind, words) {
				out = append(out, m)
			}
		}
	}
	return out
}

// notYet are words that make a sentence a plan, an order or a failure.
var notYet = []string{"il faut", "faut il", "faudra", "faudrait", "doit", "doivent", "devra", "devrait", "penser a", "a faire", "a appeler", "a contacter", "a prevenir", "a couper", "a isoler", "a debrancher", "pas encore", "ne pas",
	"n est pas", "ne sont pas", "n a pas", "n ont pas", "n avons pas", "non", "injoignable", "sans reponse", "ne repond pas", "va appeler", "allons", "prevu", "prevue", "prevoir", "bientot", "impossible", "should", "must", "need to", "needs to",
	"to do", "not yet", "will", "not", "cannot", "no answer", "unreachable", "planned"}

// said tells whether the words of a sentence say that a milestone was reached.
func said(m Milestone, kind NoteKind, words string) bool {
	switch m {
	case Convened:
		return has(words, "cellule de crise", "cellule", "crisis cell", "crisis team") &&
			has(words, "reunie", "ouverte", "activee", "armee", "constituee", "installee", "au complet", "se reunit", "convened", "gathered", "together", "opened", "activated")
	case Isolated:
		return has(words, "reseau", "reseaux", "internet", "liaison", "liaisons", "vpn", "network", "networks", "link", "links") &&
			has(words, "coupe", "coupee", "coupes", "coupees", "isole", "isolee", "isoles", "isolees", "debranche", "debranchee", "deconnecte", "deconnectee", "ferme", "fermes", "cut", "isolated", "unplugged", "disconnected")
	case FirstCall:
		return has(words, "cert sante") &&
			(kind == CallNote || has(words, "appele", "appelons", "appel passe", "appel au", "contacte", "joint", "prevenu", "alerte", "averti", "called", "reached", "told", "alerted", "contacted"))
	case Privacy:
		return has(words, "cnil", "data authority", "autorite de protection") &&
			(kind == DecisionNote || has(words, "decide", "decidee", "decision", "notifie", "notifiee", "notification faite", "decided", "notified"))
	case Paper:
		return has(words, "papier", "paper") &&
			has(words, "soin", "soins", "prescription", "prescriptions", "ordonnance", "ordonnances", "traitement", "traitements", "transmissions", "dossier", "dossiers", "pancarte", "passage", "patient", "patients", "resident", "residents", "care", "treatment", "treatments", "records", "record") &&
			has(words, "premier", "premiere", "premiers", "premieres", "passe", "passage", "passent", "commence", "commencent", "ecrit", "ecrite", "ecrites", "faite", "faites", "fait", "demarre", "sur papier", "first", "started", "on paper")
	case Complained:
		return has(words, "plainte", "complaint") && has(words, "preparee", "prete", "deposee", "redigee", "pre plainte", "prepared", "ready", "filed", "written")
	}
	return false
}

// has tells whether folded words between spaces hold one of some.
func has(words string, some ...string) bool {
	return slices.ContainsFunc(some, func(one string) bool { return strings.Contains(words, " "+one+" ") })
}

// A Correction is what the animator says of a milestone, against what was read.
type Correction struct {
	Milestone Milestone
	At        time.Time // zero: it was not reached
}

// A Reading is how long a milestone took and where that comes from.
type Reading struct {
	Figure
	Line      int64 // number of the line it was read from; 0 when the animator said it
	Corrected bool
}

// ReadFigures tells how long each milestone took from start: what the animator corrected, else the first line that says it was reached, none before start.
func ReadFigures(start time.Time, notes []Note, corrections []Correction) []Reading {
	out := make([]Reading, len(milestones))
	for i, m := range milestones {
		out[i].Milestone = m
		if at := slices.IndexFunc(corrections, func(c Correction) bool { return c.Milestone == m }); at >= 0 {
			c := corrections[at]
			out[i].Corrected, out[i].OK = true, !c.At.IsZero()
			if out[i].OK {
				out[i].After = max(c.At.Sub(start), 0)
			}
			continue
		}
		for _, n := range notes {
			if n.At.Before(start) || !slices.Contains(n.Recognize(), m) {
				continue
			}
			if after := n.At.Sub(start); !out[i].OK || after < out[i].After {
				out[i].After, out[i].OK, out[i].Line = after, true, n.Number
			}
		}
	}
	return out
}
