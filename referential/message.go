package referential

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Text writes the reason as a sentence, without those inside it ([Reason.Children]). Days are shown in a zone; nil is UTC.
func (r Reason) Text(lang Lang, zone *time.Location) string { return say(r.Code, r.Params, lang, zone) }

// Text writes the action as one sentence.
func (a Action) Text(lang Lang, zone *time.Location) string {
	sentence := say(a.Code, a.Params, lang, zone)
	if a.For == "" {
		return sentence
	}
	first, n := utf8.DecodeRuneInString(sentence)
	colon := "\u00a0: "
	if lang == English {
		colon = ": "
	}
	return a.For + colon + string(unicode.ToLower(first)) + sentence[n:]
}

// say fills a message. In a message, {name} is a value, {name:un jour|jours} chooses by number, and [ … ] is left out when a value in it
// is absent.
func say(code string, params []Param, lang Lang, zone *time.Location) string {
	template, ok := messages[code]
	if !ok {
		return code
	}
	return Fill(template, params, lang, zone)
}

// Fill writes a message with its values; other packages keep tables of messages of their own. Days are shown in a zone; nil is UTC.
func Fill(message Text, params []Param, lang Lang, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return capital(filler{params: params, lang: lang, zone: zone}.fill(message.In(lang)))
}

type filler struct {
	params []Param
	lang   Lang
	zone   *time.Location
}

func (f filler) fill(template string) string {
	var out strings.Builder
	for template != "" {
		i := strings.IndexAny(template, "{[")
		if i < 0 {
			out.WriteString(template)
			break
		}
		out.WriteString(template[:i])
		closing := "}"
		if template[i] == '[' {
			closing = "]"
		}
		inner, rest, _ := strings.Cut(template[i+1:], closing)
		if closing == "]" {
			if f.complete(inner) {
				out.WriteString(f.fill(inner))
			}
		} else {
			out.WriteString(f.value(inner))
		}
		template = rest
	}
	return out.String()
}

// complete tells whether every value of a part is there.
func (f filler) complete(part string) bool {
	for part != "" {
		_, after, found := strings.Cut(part, "{")
		if !found {
			return true
		}
		name, rest, _ := strings.Cut(after, "}")
		name, _, _ = strings.Cut(name, ":")
		if _, ok := find(f.params, name); !ok {
			return false
		}
		part = rest
	}
	return true
}

func find(params []Param, name string) (Param, bool) {
	for _, p := range params {
		if p.Name == name {
			return p, !p.Label.IsZero() || p.Value.Kind != ""
		}
	}
	return Param{}, false
}

func (f filler) value(place string) string {
	name, forms, plural := strings.Cut(place, ":")
	p, ok := find(f.params, name)
	switch {
	case !ok:
		return "…"
	case plural:
		one, many, _ := strings.Cut(forms, "|")
		if singular(p.Value.Number, f.lang) {
			return one
		}
		return many
	case !p.Label.IsZero():
		return p.Label.In(f.lang)
	}
	return f.write(p.Value)
}

// singular follows CLDR: French counts 0 and 1 and what lies below 2 as one, English 1 alone.
func singular(n float64, lang Lang) bool {
	if lang == English {
		return n == 1
	}
	return n > -2 && n < 2
}

func (f filler) write(v Value) string {
	switch v.Kind {
	case NumberKind:
		s := v.String()
		if f.lang != English {
			s = strings.Replace(s, ".", ",", 1)
		}
		return strings.Replace(s, "-", "−", 1)
	case BoolKind:
		words := map[bool]Text{true: {"oui", "yes"}, false: {"non", "no"}}
		return words[v.Bool].In(f.lang)
	case DateKind:
		return writeDay(v.Date.In(f.zone), f.lang)
	}
	return v.Text
}

func writeDay(t time.Time, lang Lang) string {
	if lang == English {
		return t.Format("2\u00a0January 2006")
	}
	months := [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	n := t.Format("2")
	if n == "1" {
		n = "1er"
	}
	return n + "\u00a0" + months[t.Month()-1] + t.Format(" 2006")
}

// capital makes the first letter of a sentence great.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// The constructors of parameters.

func label(name string, t Text) Param { return Param{Name: name, Label: t} }
func number(name string, n float64) Param {
	return Param{Name: name, Value: Number(n)}
}
func value(name string, v Value) Param { return Param{Name: name, Value: v} }

// said is a parameter made of another message, in both languages.
func said(name, code string, params ...Param) Param {
	t := messages[code]
	write := func(lang Lang) string {
		return filler{params: params, lang: lang, zone: time.UTC}.fill(t.In(lang))
	}
	return Param{Name: name, Label: Text{FR: write(French), EN: write(English)}}
}
