package journal

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// WriteText says in plain words what the file proves, in French when lang is
// "fr" and in English otherwise. The first line is the verdict.
func (r Result) WriteText(w io.Writer, lang string) error {
	t := english
	if lang == "fr" {
		t = french
	}
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, r.verdict(t))
	if r.Head.Origin != "" {
		fmt.Fprintf(out, t.journal+"\n", r.Head.Origin)
		fmt.Fprintf(out, t.head+"\n", r.Head.Size, t.time(r.Head.Time))
	}
	if r.Key != nil {
		fmt.Fprintf(out, t.key+"\n", Fingerprint(r.Key))
	}
	if r.Extended > 0 {
		fmt.Fprintf(out, t.extended+"\n", r.Extended)
	}
	if len(r.Problems) > 0 {
		fmt.Fprintln(out)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(out, "- %s\n", p.say(t))
	}
	if r.More > 0 {
		fmt.Fprintf(out, t.more+"\n", r.More)
	}
	if len(r.Problems) > 0 && r.Signed {
		if r.Exact {
			fmt.Fprintf(out, "\n%s\n", t.exact)
		} else {
			fmt.Fprintf(out, "\n%s\n", t.inexact)
		}
	}
	return out.Flush()
}

func (r Result) verdict(t texts) string {
	switch {
	case r.Proven():
		return fmt.Sprintf(t.proven, r.Lines)
	case r.Intact():
		return fmt.Sprintf(t.intact, r.Lines)
	default:
		return t.notProven
	}
}

func (p Problem) say(t texts) string {
	pair, ok := t.problems[p.Kind]
	if !ok {
		return string(p.Kind)
	}
	var s string
	switch {
	case p.To > p.Line && pair.many != "":
		s = fmt.Sprintf(pair.many, p.Line, p.To)
	case p.Line > 0 && pair.one != "":
		s = fmt.Sprintf(pair.one, p.Line)
	default:
		s = pair.none
	}
	if p.FileLine > 0 {
		s += fmt.Sprintf(t.fileLine, p.FileLine)
	}
	if p.Cause != "" {
		s += fmt.Sprintf(t.cause, p.Cause)
	}
	return s + "."
}

// phrase says a problem of one line, of a range of lines, or of no line.
type phrase struct{ none, one, many string }

// texts holds the words of one language.
type texts struct {
	proven, intact, notProven         string
	journal, head, key, extended      string
	more, exact, inexact              string
	fileLine, cause, layout, timezone string
	problems                          map[Kind]phrase
}

func (t texts) time(at time.Time) string {
	return at.UTC().Format(t.layout) + t.timezone
}

// The tables are read and never written.
var english = texts{
	proven:    "PROVEN: the %d lines are exactly those that were sealed by a key you trust.",
	intact:    "INTACT: the %d lines are exactly those sealed by the key below. You named no key to trust: compare its fingerprint with the one you were given.",
	notProven: "NOT PROVEN: this file is not as it was sealed, or not sealed by a key you trust.",
	journal:   "Journal: %s",
	head:      "Sealed: %d lines, on %s (clock of the signer)",
	key:       "Key: %s",
	extended:  "Begins with the lines of each head kept from earlier (%d checked).",
	more:      "- and %d more.",
	exact:     "The list is complete: all other lines are proven to be as they were sealed.",
	inexact:   "The list may be incomplete: the other lines are not proven.",
	fileLine:  " (line %d of the file)",
	cause:     ": %s",
	layout:    "2006-01-02 15:04:05.000",
	timezone:  " UTC",
	problems: map[Kind]phrase{
		BadHead:      {none: "The head of the file is damaged, so nothing is proven"},
		BadSignature: {none: "The signature does not fit: the head, the key or the signature was altered, so nothing is proven"},
		WrongKey:     {none: "The file is signed, but not by a key you trust"},
		Altered:      {one: "Line %d was altered"},
		Unfitting:    {many: "Lines %d and %d do not fit one another: at least one of them was altered"},
		Missing:      {one: "Line %d was taken out", many: "Lines %d to %d were taken out"},
		Truncated:    {one: "Line %d, the last, is missing", many: "Lines %d to %d, the last ones, are missing"},
		Inserted:     {none: "A line was added", one: "A line that calls itself line %d was added"},
		Reordered:    {one: "Line %d is authentic but stands in the wrong place"},
		Rewritten: {one: "Line %d holds together but is not the one that was sealed: the journal was rewritten",
			many: "Lines %d to %d hold together but are not those that were sealed: the journal was rewritten from some line to the end"},
		Older: {one: "The file is older than a head you hold: it lacks line %d",
			many: "The file is older than a head you hold: it lacks lines %d to %d"},
		Forked: {one: "Line %d is not the one covered by a head you hold: the past was changed",
			many: "Lines %d to %d are not all those covered by a head you hold: the past was changed"},
		OtherJournal: {none: "A head you hold is of another journal"},
	},
}

var french = texts{
	proven:    "PROUVÉ : les %d lignes sont exactement celles qu’a scellées une clé à laquelle vous faites confiance.",
	intact:    "INTACT : les %d lignes sont exactement celles qu’a scellées la clé ci-dessous. Vous n’avez indiqué aucune clé de confiance : comparez son empreinte avec celle qui vous a été remise.",
	notProven: "NON PROUVÉ : ce fichier n’est pas tel qu’il a été scellé, ou ne l’a pas été par une clé à laquelle vous faites confiance.",
	journal:   "Journal : %s",
	head:      "Scellé : %d lignes, le %s (horloge du signataire)",
	key:       "Clé : %s",
	extended:  "Commence bien par les lignes de chaque sceau gardé d’avant (%d vérifiés).",
	more:      "- et %d autres.",
	exact:     "La liste est complète : toutes les autres lignes sont, preuve à l’appui, telles qu’elles ont été scellées.",
	inexact:   "La liste est peut-être incomplète : les autres lignes ne sont pas prouvées.",
	fileLine:  " (ligne %d du fichier)",
	cause:     " : %s",
	layout:    "02/01/2006 à 15:04:05,000",
	timezone:  " UTC",
	problems: map[Kind]phrase{
		BadHead:      {none: "L’en-tête du fichier est abîmé : rien n’est prouvé"},
		BadSignature: {none: "La signature ne correspond pas : le sceau, la clé ou la signature a été modifié, rien n’est prouvé"},
		WrongKey:     {none: "Le fichier est signé, mais pas par une clé à laquelle vous faites confiance"},
		Altered:      {one: "La ligne %d a été modifiée"},
		Unfitting:    {many: "Les lignes %d et %d ne s’accordent pas : l’une au moins a été modifiée"},
		Missing:      {one: "La ligne %d a été retirée", many: "Les lignes %d à %d ont été retirées"},
		Truncated:    {one: "La ligne %d, la dernière, manque", many: "Les lignes %d à %d, les dernières, manquent"},
		Inserted:     {none: "Une ligne a été ajoutée", one: "Une ligne qui se dit la ligne %d a été ajoutée"},
		Reordered:    {one: "La ligne %d est authentique mais n’est pas à sa place"},
		Rewritten: {one: "La ligne %d est cohérente mais n’est pas celle qui a été scellée : le journal a été réécrit",
			many: "Les lignes %d à %d sont cohérentes entre elles mais ne sont pas celles qui ont été scellées : le journal a été réécrit à partir d’une ligne et jusqu’à la fin"},
		Older: {one: "Le fichier est plus ancien qu’un sceau que vous détenez : il lui manque la ligne %d",
			many: "Le fichier est plus ancien qu’un sceau que vous détenez : il lui manque les lignes %d à %d"},
		Forked: {one: "La ligne %d n’est pas celle que couvre un sceau que vous détenez : le passé a été changé",
			many: "Les lignes %d à %d ne sont pas toutes celles que couvre un sceau que vous détenez : le passé a été changé"},
		OtherJournal: {none: "Un sceau que vous détenez est celui d’un autre journal"},
	},
}
