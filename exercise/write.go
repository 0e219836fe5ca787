package exercise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hygie/referential"
	"hygie/sheet"
)

// Write gives the file of a scenario (docs/formats/scenario.md), which [Read] reads back as an equal one. A scenario that came from elsewhere is checked by
// reading what this writes: its error then names the line.
func Write(s *Scenario) []byte {
	w := writer{}
	w.line(0, "id", s.ID)
	w.line(0, "version", s.Version)
	w.line(0, "setting", string(s.Setting))
	w.text(0, "title", s.Title)
	w.text(0, "summary", s.Summary)
	lengths := []string{}
	for level, key := range levelKeys() {
		if n, ok := s.Durations[level]; ok {
			lengths = append(lengths, fmt.Sprintf("%s: %d", key, n))
		}
	}
	slices.Sort(lengths)
	fmt.Fprintf(&w, "minutes: {%s}\ncare: %t\n", strings.Join(lengths, ", "), s.Care)
	w.roles(s.Roles)
	w.objectives(s.Objectives)
	w.stimuli(s.Stimuli)
	w.texts(0, "briefing", s.Briefing)
	w.texts(0, "debriefing", s.Debriefing)
	return w.Bytes()
}

// Check tells what is wrong with a scenario that was put together by a program; the error is that of [Read] for its file.
func (s *Scenario) Check() error {
	_, err := Read(s.ID+".yaml", Write(s))
	return err
}

// levelKeys are the names of the levels in a file.
func levelKeys() map[Level]string {
	return map[Level]string{Beginner: "beginner", Intermediate: "intermediate", Confirmed: "confirmed"}
}

// writer writes the few shapes that a scenario has.
type writer struct{ bytes.Buffer }

// quoted is a text between quotes: what JSON writes, YAML 1.2 reads (YAML 1.2.2, 1.3).
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text into a buffer never fails
	return strings.TrimRight(b.String(), "\n")
}

func bilingual(t referential.Text) string {
	return "{fr: " + quoted(t.FR) + ", en: " + quoted(t.EN) + "}"
}

func (w *writer) line(indent int, key, value string) {
	fmt.Fprintf(w, "%s%s: %s\n", strings.Repeat(" ", indent), key, quoted(value))
}

func (w *writer) text(indent int, key string, t referential.Text) {
	fmt.Fprintf(w, "%s%s: %s\n", strings.Repeat(" ", indent), key, bilingual(t))
}

func (w *writer) texts(indent int, key string, all []referential.Text) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "%s%s:\n", strings.Repeat(" ", indent), key)
	for _, t := range all {
		fmt.Fprintf(w, "%s- text: %s\n", strings.Repeat(" ", indent+2), bilingual(t))
	}
}

func (w *writer) roles(all []Role) {
	if len(all) > 0 {
		w.WriteString("roles:\n")
	}
	for _, r := range all {
		fmt.Fprintf(w, "  - id: %s\n    from: %d\n    management: %t\n", quoted(r.ID), r.From, r.Management)
		w.text(4, "name", r.Name)
		w.text(4, "brief", r.Brief)
	}
}

func (w *writer) objectives(all []Objective) {
	if len(all) > 0 {
		w.WriteString("objectives:\n")
	}
	for _, o := range all {
		fmt.Fprintf(w, "  - id: %s\n", quoted(o.ID))
		w.text(4, "text", o.Text)
		w.texts(4, "observe", o.Observe)
	}
}

func (w *writer) stimuli(all []Stimulus) {
	if len(all) > 0 {
		w.WriteString("stimuli:\n")
	}
	for _, st := range all {
		fmt.Fprintf(w, "  - id: %s\n    minute: %d\n    level: %d\n", quoted(st.ID), st.Minute, st.Level)
		w.line(4, "channel", string(st.Channel))
		w.text(4, "from", st.From)
		to := make([]string, len(st.To))
		for i, id := range st.To {
			to[i] = quoted(id)
		}
		fmt.Fprintf(w, "    to: [%s]\n", strings.Join(to, ", "))
		if st.Objective != "" {
			w.line(4, "objective", st.Objective)
		}
		if st.If != nil {
			fmt.Fprintf(w, "    if: {stimulus: %s, reacted: %t}\n", quoted(st.If.Stimulus), st.If.Reacted)
		}
		w.text(4, "subject", st.Subject)
		w.text(4, "text", st.Text)
		w.texts(4, "expect", st.Expect)
	}
}

// Same is a text that has the same words in both languages: what people write themselves is in one.
func Same(text string) referential.Text { return referential.Text{FR: text, EN: text} }

// Draft begins a scenario of one's own: one seat, that of the crisis cell, something to observe, and what is said before and asked after any exercise. It has no
// stimulus yet, and so is not whole.
func Draft(id, title, summary string, setting Setting, care bool) *Scenario {
	text := func(fr, en string) referential.Text { return referential.Text{FR: fr, EN: en} }
	return &Scenario{
		ID: id, Version: "1.0", Setting: setting, Title: Same(title), Summary: Same(summary), Care: care,
		Durations: map[Level]int{Beginner: 60, Intermediate: 90, Confirmed: 120},
		Roles: []Role{{ID: "cellule", Name: text("Cellule de crise", "Crisis cell"), Management: true, From: Beginner,
			Brief: text("Vous décidez ensemble ; l’un de vous note l’heure de chaque décision.", "You decide together; one of you notes the time of each decision.")}},
		Objectives: []Objective{{ID: "conduite", Text: text("La cellule conduit la crise", "The cell leads the crisis"), Observe: []referential.Text{
			text("Les décisions sont prises, dites et notées avec leur heure", "Decisions are taken, said and noted with their time"),
			text("L’aide extérieure est appelée sans attendre", "Outside help is called without delay"),
			text("Les services savent comment soigner sans informatique", "Departments know how to give care without computers"),
		}}},
		Briefing: []referential.Text{text("Ceci est un exercice. Rien de ce qui arrive n’est réel, et aucun patient n’est mêlé au jeu.", "This is an exercise. Nothing that happens is real, and no patient takes part."),
			text("Dites « exercice » au début de chaque appel. Si un patient a besoin de vous, le jeu s’arrête.", "Say “exercise” at the start of each call. If a patient needs you, the game stops.")},
		Debriefing: []referential.Text{text("Qu’est-ce qui a bien marché, et faut-il garder ?", "What went well, and should be kept?"),
			text("Qu’est-ce qui a manqué, et qui le prépare, pour quand ?", "What was missing, and who prepares it, by when?")},
	}
}

// Settle puts the stimuli in the order of their time and makes each level long enough for its last one.
func (s *Scenario) Settle() {
	slices.SortStableFunc(s.Stimuli, func(a, b Stimulus) int { return a.Minute - b.Minute })
	s.Durations = maps.Clone(s.Durations)
	for level := Beginner; level <= Confirmed; level++ {
		for _, st := range s.Stimuli {
			if st.Level <= level && st.Minute > s.Durations[level] {
				s.Durations[level] = min(st.Minute+wrapUp, maxMinutes)
			}
		}
	}
}

// wrapUp is how many minutes are left after the last stimulus of a scenario whose length is not said.
const wrapUp = 15

// idForm is the form of an identifier in a file.
var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// Slug makes an identifier of a text: small letters, digits and hyphens, beginning with a letter; an identifier stays as it is. It is empty when nothing of the text can stay.
func Slug(text string) string {
	if idForm.MatchString(text) {
		return text
	}
	var b strings.Builder
	hyphen := false
	for _, r := range sheet.Fold(text) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteRune(r)
		default:
			hyphen = true
		}
		if b.Len() >= 58 {
			break
		}
	}
	id := b.String()
	if id != "" && (id[0] < 'a' || id[0] > 'z') {
		id = "n-" + id
	}
	return id
}

// Fresh gives an identifier for a text that none of taken has.
func Fresh(text, otherwise string, taken func(string) bool) string {
	id := Slug(text)
	if id == "" {
		id = otherwise
	}
	for n, base := 2, id; taken(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}
