package custody

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hygie/document"
)

// words of labels.
type words struct {
	banner, label, title, piece, orders, register, name, by, place, taken, holder, hash, mark, moves, when, from, to, state, none, code, seal string
	whole, lead, number, history, line, what, corrects, void, bytes, last, keep                                                               string // of the printed register
}

func wordsOf(lang string) words {
	if lang == "en" {
		return words{banner: "DO NOT SWITCH OFF OR ON OR CONNECT", label: "CYBER ATTACK", title: "Labels of the pieces", piece: "Piece %d: %s",
			orders:   "Evidence of a cyber attack. Do not switch off. Do not switch on. Do not connect to anything, neither network nor key. Give it to nobody without writing it down.",
			register: "Register", name: "Piece", by: "Taken by", place: "Found at", taken: "On", holder: "Kept by", hash: "SHA-256", mark: "Mark of the entry",
			moves: "Hand-overs", when: "Day and hour", from: "From (name, signature)", to: "To (name, signature)", state: "State, seal", seal: "Seal", none: "no file: the thing itself",
			code: "Piece %d, mark %s", whole: "Register of exhibits", lead: "Nothing in this register is ever changed: a mistake is corrected by a new line.", number: "No.",
			history: "Hand-overs and corrections", line: "Line", what: "What happened", corrects: "Corrects line %d", void: "void", bytes: "bytes", last: "Mark of the last line",
			keep: "Write this mark down elsewhere, or give it on the telephone: it proves every line up to it."}
	}
	return words{banner: "NE PAS ÉTEINDRE, ALLUMER, CONNECTER", label: "CYBERATTAQUE", title: "Étiquettes des pièces", piece: "Pièce %d : %s",
		orders:   "Trace d’une cyberattaque. Ne pas éteindre. Ne pas allumer. Ne rien connecter, ni réseau ni clé. Ne la donner à personne sans l’écrire.",
		register: "Registre", name: "Pièce", by: "Recueillie par", place: "Trouvée à", taken: "Le", holder: "Gardée par", hash: "SHA-256", mark: "Repère de l’inscription",
		moves: "Remises", when: "Jour et heure", from: "De (nom, signature)", to: "À (nom, signature)", state: "État, scellé", seal: "Scellé", none: "pas de fichier : l’objet lui-même",
		code: "Pièce %d, repère %s", whole: "Registre des pièces", lead: "Rien n’est jamais modifié dans ce registre : une erreur est corrigée par une nouvelle ligne.", number: "N°",
		history: "Remises et corrections", line: "Ligne", what: "Ce qui s’est passé", corrects: "Corrige la ligne %d", void: "annulé", bytes: "octets", last: "Repère de la dernière ligne",
		keep: "Notez ce repère ailleurs, ou donnez-le au téléphone : il prouve toutes les lignes jusque-là."}
}

// LabelCode is the text of the QR code of an item: the register, the number of the piece and the mark of its entry.
func LabelCode(origin string, i Item) string {
	return fmt.Sprintf("HYGIE:PIECE:%s:%d:%s", origin, i.Number, i.Mark)
}

// Labels gives a page for each item, to be fixed to it: what must not be done, what it is, its code, and lines for hand-overs by pen. Times
// are those of zone. The banner stands on every page. What must not be done stands in French too, whatever the language: it is said to whoever passes by a machine in a
// French establishment, and to the police who fetch it.
func Labels(r *Register, items []Item, lang string, zone *time.Location) document.Document {
	w := wordsOf(lang)
	spaced := func(s string) string { return strings.ReplaceAll(s, " :", "\u00a0:") }
	d := document.Document{Title: w.title, Subtitle: r.Title, Language: lang, Author: "hygie", Date: r.last.Noted, Header: r.Origin, Footer: r.Origin,
		Banner: w.banner} // one line of the page holds about 38 letters
	for n, i := range items {
		if n > 0 {
			d.Blocks = append(d.Blocks, document.PageBreak{})
		}
		d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: spaced(fmt.Sprintf(w.piece, i.Number, i.Name))},
			document.Note{Label: w.label, Spans: []document.Span{{Text: w.orders, Bold: true}}})
		if fr := wordsOf("fr"); fr.label != w.label {
			d.Blocks = append(d.Blocks, document.Note{Label: fr.label, Spans: []document.Span{{Text: fr.orders, Bold: true}}})
		}
		d.Blocks = append(d.Blocks, pairs(r, i, w, zone), document.Code{Text: LabelCode(r.Origin, i), Caption: fmt.Sprintf(w.code, i.Number, i.Mark)}, moves(i, w, zone))
	}
	return d
}

func pairs(r *Register, i Item, w words, zone *time.Location) document.Pairs {
	hash := spacedHash(i)
	if hash == "" {
		hash = w.none
	}
	all := []document.Pair{{Name: w.register, Value: r.Origin}, {Name: w.by, Value: i.By}, {Name: w.taken, Value: moment(i.Taken, zone)},
		{Name: w.place, Value: i.Place}, {Name: w.holder, Value: i.Keeper()}, {Name: w.seal, Value: i.SealNow()}, {Name: w.hash, Value: hash}, {Name: w.mark, Value: i.Mark.String()}}
	var out document.Pairs
	for _, p := range all {
		if p.Value != "" {
			out.Rows = append(out.Rows, p)
		}
	}
	return out
}

// spacedHash is the SHA-256 in groups of eight digits, which a person can compare.
func spacedHash(i Item) string {
	if i.Measure == nil {
		return ""
	}
	var b strings.Builder
	for n, r := range i.Measure.SHA256 {
		if n > 0 && n%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func moves(i Item, w words, zone *time.Location) document.Table {
	const lines = 4 // for the pen
	t := document.Table{Caption: w.moves, Columns: []document.Column{{Name: w.when, Header: true}, {Name: w.from}, {Name: w.to}, {Name: w.state}}}
	for _, m := range i.Moves {
		if !m.Void {
			t.Rows = append(t.Rows, []string{moment(m.At, zone), m.From, m.To, strings.TrimSpace(m.Seal + "\n" + m.Note)})
		}
	}
	printed := len(t.Rows)
	for n := range lines {
		t.Rows = append(t.Rows, []string{strconv.Itoa(printed+n+1) + ".\n ", "", "", ""})
	}
	return t
}

func moment(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 MST")
}
