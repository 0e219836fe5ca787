// Package chronogram turns the events of an exercise into the rows of a table that people fill in with a spreadsheet, and back. The columns are those of
// the kits in use (number, time, from, to, channel, subject, text, expected reaction), with level, objective and condition besides; a table that
// [Rows] wrote gives the same events again.
//
// A cell of time says how long after the beginning ("15", "H+1:30", "J+1 H+2", "1 h 05 min") or what the clock shows ("14:05"). Hours of the clock are counted from the
// first one of the table, see [Clock].
package chronogram

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hygie/exercise"
	"hygie/referential"
	"hygie/sheet"
)

// The columns, by their keys.
const (
	Number    = "number"
	At        = "at"
	From      = "from"
	To        = "to"
	Channel   = "channel"
	Subject   = "subject"
	Text      = "text"
	Expect    = "expect"
	Level     = "level"
	Objective = "objective"
	Condition = "condition"
)

// Keys are the columns in their order.
func Keys() []string {
	return []string{Number, At, From, To, Channel, Subject, Text, Expect, Level, Objective, Condition}
}

// Names are what columns are called in the kits and tools in use, beside the words of our own export.
func Names(key string) []string {
	return map[string][]string{
		Number:    {"n°", "no", "num", "numéro", "number", "id", "identifiant", "stimulus", "inject", "ref", "référence"},
		At:        {"minute", "heure", "horaire", "temps", "time", "t", "timing", "quand", "trigger time", "story time", "h", "échéance", "heure de jeu", "minutes"},
		From:      {"de", "from", "émetteur", "expéditeur", "source", "personnage", "sender", "faction"},
		To:        {"à", "to", "destinataire", "destinataires", "cible", "joueur", "joueurs", "cellule", "rôle", "team", "recipient", "pour"},
		Channel:   {"par", "canal", "moyen", "channel", "method", "méthode", "mode", "vecteur", "moyen de transmission", "type"},
		Subject:   {"événement", "objet", "sujet", "titre", "subject", "title", "intitulé", "event"},
		Text:      {"texte", "contenu", "message", "text", "script", "description", "content", "corps", "détail"},
		Expect:    {"réactions attendues", "réaction attendue", "attendu", "attendus", "expected action", "expected actions", "expected reactions", "réponse attendue", "comportement attendu"},
		Level:     {"niveau", "level", "difficulté"},
		Objective: {"objectif", "objective", "but"},
		Condition: {"condition", "si", "if", "déclencheur", "dépend de", "trigger"},
	}[key]
}

// Rows gives the events of a scenario in one language: each a value for each key that says something, in the order of the scenario.
func Rows(s *exercise.Scenario, lang referential.Lang) []map[string]string {
	rows := make([]map[string]string, len(s.Stimuli))
	for i := range s.Stimuli {
		rows[i] = row(s, &s.Stimuli[i], lang)
	}
	return rows
}

func row(s *exercise.Scenario, st *exercise.Stimulus, lang referential.Lang) map[string]string {
	values := map[string]string{Number: st.ID, At: strconv.Itoa(st.Minute), From: words(st.From, lang), To: RoleNames(s, st.To, lang), Channel: string(st.Channel), Subject: words(st.Subject, lang),
		Text: words(st.Text, lang), Level: strconv.Itoa(int(st.Level)), Objective: st.Objective}
	var expect []string
	for _, e := range st.Expect {
		expect = append(expect, strings.ReplaceAll(words(e, lang), "\n", " "))
	}
	values[Expect] = strings.Join(expect, "\n")
	if st.If != nil {
		values[Condition] = condition(*st.If)
	}
	for key, value := range values {
		if value == "" {
			delete(values, key)
		}
	}
	return values
}

func words(t referential.Text, lang referential.Lang) string { return strings.TrimSpace(t.In(lang)) }

// RoleNames are the seats that an event reaches, as a cell names them.
func RoleNames(s *exercise.Scenario, ids []string, lang referential.Lang) string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		for _, r := range s.Roles {
			if r.ID == id {
				names = append(names, strings.ReplaceAll(words(r.Name, lang), ";", ","))
			}
		}
	}
	return strings.Join(names, "; ")
}

// List splits a cell that holds several things: one a line, or between semicolons when it has one line. Bullets and numbers before them leave.
func List(text string) (all []string) {
	split := func(r rune) bool { return r == '\n' || r == '\r' }
	if !strings.ContainsAny(strings.TrimSpace(text), "\n\r") {
		split = func(r rune) bool { return r == ';' }
	}
	for _, one := range strings.FieldsFunc(text, split) {
		if one = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(one), "-–•*·☐□ \t")); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// condition writes a trigger: "reacted:ID" or "unreacted:ID".
func condition(t exercise.Trigger) string {
	if t.Reacted {
		return "reacted:" + t.Stimulus
	}
	return "unreacted:" + t.Stimulus
}

// ReadCondition reads on what an event depends: "si ID" when all that was expected there was seen, "si pas ID" ("sauf si", "unless") when it was not; the words of [Rows] are read too.
func ReadCondition(text string) (exercise.Trigger, bool) {
	if id, ok := strings.CutPrefix(text, "reacted:"); ok {
		return exercise.Trigger{Stimulus: id, Reacted: true}, id != ""
	}
	if id, ok := strings.CutPrefix(text, "unreacted:"); ok {
		return exercise.Trigger{Stimulus: id}, id != ""
	}
	folded := sheet.Fold(text)
	for _, form := range []struct {
		before  string
		reacted bool
	}{{"sauf si ", false}, {"si pas ", false}, {"si non ", false}, {"if not ", false}, {"unless ", false}, {"si ", true}, {"if ", true}, {"apres ", true}, {"after ", true}} {
		if rest, ok := strings.CutPrefix(folded, form.before); ok {
			id := exercise.Slug(rest)
			return exercise.Trigger{Stimulus: id, Reacted: form.reacted}, id != ""
		}
	}
	return exercise.Trigger{}, false
}

// ReadChannel reads the way by which an event reaches the players: the first of its words that the text begins with or holds.
func ReadChannel(text string) (exercise.Channel, bool) {
	folded := " " + sheet.Fold(text) + " "
	for _, known := range []struct {
		channel exercise.Channel
		words   []string
	}{
		{exercise.Message, []string{"message", "sms", "texto", "messagerie instantanee", "tchat", "chat", "whatsapp"}},
		{exercise.Mail, []string{"mail", "courriel", "email", "e mail", "mel"}},
		{exercise.Press, []string{"press", "presse", "media", "medias", "article", "twitter", "reseau social", "reseaux sociaux", "journaliste", "radio", "tv", "television", "social media"}},
		{exercise.Visit, []string{"visit", "visite", "oral", "sur place", "physique", "face a face", "passage", "in person"}},
		{exercise.Screen, []string{"screen", "ecran", "capture", "ordinateur", "pop up", "affichage"}},
		{exercise.Phone, []string{"phone", "telephone", "tel", "appel", "telephonique", "appel telephonique", "call", "fax", "radio portative"}},
	} {
		for _, word := range known.words {
			if strings.Contains(folded, " "+word+" ") {
				return known.channel, true
			}
		}
	}
	return "", false
}

// ReadLevel reads the lowest level at which an event is played.
func ReadLevel(text string) (exercise.Level, bool) {
	switch folded := sheet.Fold(text); {
	case folded == "1", strings.HasPrefix(folded, "debutant"), strings.HasPrefix(folded, "beginner"), folded == "tous", folded == "all":
		return exercise.Beginner, true
	case folded == "2", strings.HasPrefix(folded, "intermediaire"), strings.HasPrefix(folded, "intermediate"):
		return exercise.Intermediate, true
	case folded == "3", strings.HasPrefix(folded, "confirme"), strings.HasPrefix(folded, "confirmed"), strings.HasPrefix(folded, "expert"):
		return exercise.Confirmed, true
	}
	return 0, false
}

// Mark tells whether a row is none of the events but a mark of the play, such as DEBEX or FINEX.
func Mark(subject string) bool {
	return slices.Contains([]string{"debex", "finex", "pausex", "repex", "startex", "endex", "debut exercice", "debut de l exercice", "fin exercice", "fin de l exercice"}, sheet.Fold(subject))
}

// A Fault says why rows give no whole scenario.
type Fault struct {
	Number string // of the event
	Kind   FaultKind
	Text   string // the part that varies
}

// A FaultKind is what is wrong with an event.
type FaultKind string

// What can be wrong with events that are each well written.
const (
	NoCause     FaultKind = "no_cause"     // it depends on an event that is not there, or does not come before it
	NoObjective FaultKind = "no_objective" // there is no such objective
	TooMany     FaultKind = "too_many"     // more events than an exercise has
	Unfit       FaultKind = "unfit"        // a text that no scenario can hold
)

func (f Fault) Error() string { return fmt.Sprintf("event %q: %s %s", f.Number, f.Kind, f.Text) }

// mostEvents is how many events one scenario has.
const mostEvents = 500

// Apply gives a scenario whose events are those of the rows, in the order of their time. Seats that the rows name and the scenario does not have are added.
// Words of an event that did not change keep their other language. The error is a [Fault].
func Apply(s *exercise.Scenario, rows []map[string]string, lang referential.Lang) (*exercise.Scenario, error) {
	if len(rows) > mostEvents {
		return nil, Fault{Kind: TooMany, Text: strconv.Itoa(mostEvents)}
	}
	out := *s
	out.Roles, out.Stimuli = slices.Clone(s.Roles), nil
	known := map[string]exercise.Stimulus{}
	for _, st := range s.Stimuli {
		known[st.ID] = st
	}
	for _, values := range rows {
		out.Stimuli = append(out.Stimuli, stimulus(&out, known[values[Number]], values, lang))
	}
	out.Settle()
	levels := map[string]exercise.Level{}
	for _, st := range out.Stimuli {
		if st.If != nil {
			if level, ok := levels[st.If.Stimulus]; !ok || level > st.Level {
				return nil, Fault{st.ID, NoCause, st.If.Stimulus}
			}
		}
		if st.Objective != "" && !slices.ContainsFunc(s.Objectives, func(o exercise.Objective) bool { return o.ID == st.Objective }) {
			return nil, Fault{st.ID, NoObjective, st.Objective}
		}
		levels[st.ID] = st.Level
	}
	if err := out.Check(); err != nil && len(out.Stimuli) > 0 {
		return nil, Fault{"", Unfit, err.Error()}
	}
	return &out, nil
}

// stimulus makes an event of a row. Roles it names and s does not have are added to s.
func stimulus(s *exercise.Scenario, before exercise.Stimulus, values map[string]string, lang referential.Lang) exercise.Stimulus {
	minute, _ := strconv.Atoi(values[At])
	level, ok := ReadLevel(values[Level])
	if !ok {
		level = exercise.Beginner
	}
	st := exercise.Stimulus{ID: values[Number], Minute: minute, Channel: exercise.Channel(values[Channel]), Level: level, Objective: values[Objective], From: kept(before.From, values[From], lang),
		Subject: kept(before.Subject, values[Subject], lang), Text: kept(before.Text, values[Text], lang), To: seats(s, values[To])}
	if st.Channel == "" {
		st.Channel = exercise.Phone
	}
	for i, line := range List(values[Expect]) {
		var was referential.Text
		if i < len(before.Expect) {
			was = before.Expect[i]
		}
		st.Expect = append(st.Expect, kept(was, line, lang))
	}
	if len(st.Expect) == 0 {
		st.Expect = []referential.Text{{FR: "La cellule en tient compte et le note", EN: "The cell takes it into account and notes it"}}
	}
	if t, ok := ReadCondition(values[Condition]); ok {
		st.If = &t
	}
	return st
}

// kept is a text that says now in a language; the other language stays when nothing changed.
func kept(before referential.Text, now string, lang referential.Lang) referential.Text {
	if words(before, lang) == strings.TrimSpace(now) || strings.ReplaceAll(words(before, lang), "\n", " ") == now {
		return before
	}
	return exercise.Same(now)
}

// seats are the roles that a cell names, by their names in either language or their identifiers; without any, the first.
func seats(s *exercise.Scenario, cell string) (ids []string) {
	for _, name := range List(strings.ReplaceAll(cell, "\n", ";")) {
		id := seat(s, name)
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = []string{s.Roles[0].ID}
	}
	return ids
}

func seat(s *exercise.Scenario, name string) string {
	folded := sheet.Fold(name)
	for _, r := range s.Roles {
		if r.ID == name || sheet.Fold(r.Name.FR) == folded || sheet.Fold(r.Name.EN) == folded {
			return r.ID
		}
	}
	id := exercise.Fresh(name, "role", func(id string) bool {
		return slices.ContainsFunc(s.Roles, func(r exercise.Role) bool { return r.ID == id })
	})
	s.Roles = append(s.Roles, exercise.Role{ID: id, Name: exercise.Same(name), Management: Manages(name), From: exercise.Beginner,
		Brief: referential.Text{FR: "Vous tenez votre propre rôle : faites ce que vous feriez pour de vrai.", EN: "You play your own part: do what you would really do."}})
	return id
}

// Manages guesses from its name whether a seat is one of the management, whose presence makes an exercise count; people see the guess and correct it.
func Manages(name string) bool {
	folded := " " + sheet.Fold(name) + " "
	for _, word := range []string{" direction ", " directeur ", " directrice ", " management ", " director ", " dg ", " administrateur de garde "} {
		if strings.Contains(folded, word) {
			return true
		}
	}
	return false
}
