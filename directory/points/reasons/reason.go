// Package reasons says why an object breaks a rule, as a code with its parameters, and makes sentences of them in French and English.
package reasons

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"hygie/directory/sid"
)

// Reason says why an object breaks a rule, without choosing a language: a code and its parameters (docs/schema/directory-audit.schema.json, object).
// [Reason.Text] makes a sentence of it. Codes and their sentences are in reasons.toml.
type Reason struct {
	Code   string
	Params []Param
}

// Param is a named value of a reason, in a form that does not depend on the language: an integer in decimal, a day as
// 2006-01-02, a SID in text form, or text taken from the directory (docs/schema/directory-audit.schema.json, object).
type Param struct{ Name, Value string }

// Because makes a reason from a code and pairs of name and value (docs/schema/directory-audit.schema.json, object). Codes and their sentences are in
// reasons.toml and reasons_findings.toml, those of what readers of sources say in reasons_sources.toml.
func Because(code string, pairs ...any) Reason {
	r := Reason{Code: code}
	if len(pairs) > 0 {
		r.Params = make([]Param, 0, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Params = append(r.Params, Param{paramText(pairs[i]), paramText(pairs[i+1])})
	}
	return r
}

func paramText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.DateOnly)
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// Get gives the value of a parameter, "" when there is none.
func (r Reason) Get(name string) string {
	for _, p := range r.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

//go:embed reasons.toml reasons_findings.toml reasons_sources.toml
var reasonFiles embed.FS

// sentence is the text of a reason or a word, by language.
type sentence struct {
	FR string `toml:"fr"`
	EN string `toml:"en"`
}

func (s sentence) in(lang string) string {
	if lang == "fr" {
		return s.FR
	}
	return s.EN
}

// texts is the content of the files of reasons.
type texts struct {
	Reason map[string]sentence `toml:"reason"`
	Word   map[string]sentence `toml:"word"`
	Cause  map[string]sentence `toml:"cause"`
}

// readTexts reads the compiled texts once; a malformed file is a fault of the program that every test shows.
var readTexts = sync.OnceValue(func() texts {
	all := texts{make(map[string]sentence), make(map[string]sentence), make(map[string]sentence)}
	for _, name := range []string{"reasons.toml", "reasons_findings.toml", "reasons_sources.toml"} {
		var t texts
		meta, err := toml.DecodeFS(reasonFiles, name, &t)
		if err != nil {
			panic(fmt.Sprintf("reasons: read %s: %v", name, err))
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			panic(fmt.Sprintf("reasons: read %s: unknown key %s", name, unknown[0]))
		}
		maps.Copy(all.Reason, t.Reason)
		maps.Copy(all.Word, t.Word)
		maps.Copy(all.Cause, t.Cause)
	}
	return all
})

// Known tells whether this version has a sentence for the reason.
func (r Reason) Known() bool {
	_, ok := readTexts().Reason[r.Code]
	return ok
}

// Text gives the reason as a sentence in the language, "fr" or else English. In a template, {name|form} is a parameter and a part
// between brackets is dropped when one of its parameters is empty. A code that this version does not know, met in
// a report of another version, is given as it stands with its parameters.
func (r Reason) Text(lang string) string {
	s, ok := readTexts().Reason[r.Code]
	if !ok {
		parts := []string{r.Code}
		for _, p := range r.Params {
			parts = append(parts, p.Name+"="+p.Value)
		}
		return strings.Join(parts, " ")
	}
	return r.sentence(s.in(lang), lang)
}

// sentence fills a template with its optional parts.
func (r Reason) sentence(template, lang string) string {
	var b strings.Builder
	for i, part := range strings.Split(template, "[") {
		optional, plain, closed := strings.Cut(part, "]")
		if i == 0 || !closed {
			plain, optional = part, ""
		}
		if text, full := r.fill(optional, lang); full {
			b.WriteString(text)
		}
		text, _ := r.fill(plain, lang)
		b.WriteString(text)
	}
	return b.String()
}

// fill replaces the fields of a template; full is false when one of them is empty, which drops an optional part.
func (r Reason) fill(template, lang string) (text string, full bool) {
	var b strings.Builder
	full = true
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String(), full
		}
		field, tail, _ := strings.Cut(after, "}")
		name, form, _ := strings.Cut(field, "|")
		value := r.render(name, form, lang)
		full = full && value != ""
		b.WriteString(value)
		rest = tail
	}
}

// render gives a parameter in one of the forms of the templates: plain, date, int, word (translated), who (a trustee), list
// (of words), fault (the place in a source, then the sentence of the cause that the parameter names).
func (r Reason) render(name, form, lang string) string {
	value := r.Get(name)
	switch form {
	case "date":
		if t, err := time.Parse(time.DateOnly, value); err == nil && lang == "fr" {
			return t.Format("02/01/2006")
		}
	case "int":
		return groupDigits(value, lang)
	case "word":
		return Word(value, lang)
	case "list":
		words := strings.Split(value, ", ")
		for i := range words {
			words[i] = Word(words[i], lang)
		}
		return strings.Join(words, ", ")
	case "fault":
		all := readTexts().Cause
		return r.sentence(all["place"].in(lang), lang) + r.sentence(all[value].in(lang), lang)
	case "who":
		return who(value, r.Get(name+"_name"), lang)
	}
	return value
}

// Word translates a word of the vocabulary of reasons, such as the name of a right; a word that is not known stays as it is
// (docs/schema/directory-audit.schema.json, object).
func Word(word, lang string) string {
	if s, ok := readTexts().Word[word]; ok {
		return s.in(lang)
	}
	return word
}

// groupDigits separates thousands: a narrow no-break space in French, a comma in English.
func groupDigits(value, lang string) string {
	if _, err := strconv.ParseInt(value, 10, 64); err != nil || len(value) < 5 {
		return value
	}
	separator := ","
	if lang == "fr" {
		separator = "\u202f"
	}
	digits, sign := value, ""
	if value[0] == '-' {
		digits, sign = value[1:], "-"
	}
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return sign + strings.Join(groups, separator)
}

// who names a trustee: its usual name in the language when the SID is reserved, else the name found in the directory.
func who(text, name, lang string) string {
	s, err := sid.Parse(text)
	if err != nil {
		return text
	}
	if usual := s.Name(lang); usual != "" && name == "" {
		return usual
	}
	if name != "" {
		return name
	}
	return text + " (" + Word("unknown_sid", lang) + ")"
}
