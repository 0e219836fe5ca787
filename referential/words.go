package referential

import (
	"slices"
	"strings"
)

// meaning is what a value means, or no words.
func (k FactKind) meaning(v Value) Text {
	i := slices.IndexFunc(k.Meanings, func(m Meaning) bool { return m.Value.compare(v) == 0 })
	if i < 0 {
		return Text{}
	}
	return k.Meanings[i].Text
}

// words writes a value that stands in a list or beside a comparison. A text is written between quotation marks,
// by its meaning when it has one: codes are for programs.
func (k FactKind) words(v Value) Text {
	write := func(lang Lang) string { return filler{lang: lang}.write(v) }
	t := Text{FR: write(French), EN: write(English)}
	if v.Kind != TextKind || len(k.Scale) > 0 {
		return t
	}
	if m := k.meaning(v); !m.IsZero() {
		t = m
	}
	return Text{FR: "«\u00a0" + t.FR + "\u00a0»", EN: "“" + t.EN + "”"}
}

// speaks begins the code of messages about the fact: what is measured has another sentence than what is answered.
func (k FactKind) speaks() string {
	if k.Kind == BoolKind || k.Kind == TextKind && len(k.Scale) == 0 {
		return "answer."
	}
	if k.Kind == DateKind {
		return "day."
	}
	return "value."
}

// observed gives the values of a sentence about an observation: fact, value, date and meaning.
func (f *frame) observed(kind FactKind, fact Fact) []Param {
	params := []Param{label("fact", kind.Label), f.date("date", dayOf(fact.ObservedAt, f.zone))}
	switch m := kind.meaning(fact.Value); {
	case fact.Value.Kind == DateKind:
		return append(params, Param{Name: "value", Label: f.date("", dayOf(fact.Value.Date, f.zone)).Label})
	case fact.Value.Kind == TextKind && len(kind.Scale) == 0:
		return append(params, label("value", kind.words(fact.Value)))
	case !m.IsZero():
		params = append(params, label("meaning", m))
	}
	return append(params, value("value", fact.Value))
}

// enumerate joins alternatives: "a, b ou c".
func enumerate(list []Text) Text {
	join := func(lang Lang, or string) string {
		words := make([]string, len(list))
		for i, t := range list {
			words[i] = t.In(lang)
		}
		if len(words) < 2 {
			return strings.Join(words, "")
		}
		last := len(words) - 1
		return strings.Join(words[:last], ", ") + or + words[last]
	}
	return Text{FR: join(French, " ou "), EN: join(English, " or ")}
}
