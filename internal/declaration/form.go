package declaration

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/referential"
)

// draft is the form as it was typed.
type draft struct {
	Value    string `form:"value,max=400"`
	On       string `form:"on,max=10"` // the day on which it was so; of a day, that day
	Evidence string `form:"evidence,max=40"`
	Note     string `form:"note,max=2000"`
	Corrects string `form:"corrects,max=40"`

	With map[string]string // by key: what is said of the same observation
}

// Limits of what can be said.
const (
	longestWords = 200
	longestNote  = 2000
	largest      = 1e15
	firstYear    = 1990 // earlier days are mistyped
)

// otherValue is what a text fact says when none of the values that referentials name fits.
const otherValue = "other"

// withField is the name of the form field of a fact that goes with another.
func withField(key string) string { return "with-" + key }

// readValue reads the value of a fact in the form of its kind; wrong is the message about what cannot be.
func readValue(kind referential.FactKind, text string, now time.Time, zone *time.Location) (v referential.Value, wrong string) {
	if text == "" {
		return v, "declaration.value_missing"
	}
	switch kind.Kind {
	case referential.DateKind:
		day, wrong := readDay(text, now, zone)
		return referential.Date(day), wrong
	case referential.NumberKind:
		n, err := strconv.ParseFloat(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(text), 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > largest {
			return v, "web.not_number"
		}
		return referential.Number(n), ""
	case referential.BoolKind:
		if text != "true" && text != "false" {
			return v, "declaration.choose_one"
		}
		return referential.YesNo(text == "true"), ""
	}
	if values := choices(kind); len(values) > 0 && !slices.Contains(values, text) {
		return v, "declaration.choose_one"
	}
	if utf8.RuneCountInString(text) > longestWords {
		return v, "declaration.too_long"
	}
	return referential.Words(text), ""
}

// choices are the values of a text fact, when referentials name some. A scale is closed; meanings leave room for something else.
func choices(kind referential.FactKind) (values []string) {
	if kind.Kind != referential.TextKind {
		return nil
	}
	values = slices.Clone(kind.Scale)
	for _, m := range kind.Meanings {
		if !slices.Contains(values, m.Value.Text) {
			values = append(values, m.Value.Text)
		}
	}
	if len(kind.Scale) == 0 && len(values) > 0 && !slices.Contains(values, otherValue) {
		values = append(values, otherValue)
	}
	return values
}

// readDay reads a day of the calendar that is over or has begun.
func readDay(text string, now time.Time, zone *time.Location) (day time.Time, wrong string) {
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	switch {
	case text == "":
		return day, "declaration.day_missing"
	case err != nil:
		return day, "web.not_day"
	case day.After(now):
		return day, "declaration.in_future"
	case day.Year() < firstYear:
		return day, "declaration.too_old"
	}
	return day, ""
}

// said is a form that was understood.
type said struct {
	value referential.Value
	on    time.Time
	with  map[string]referential.Value
}

// read checks a form; everything wrong is told at once.
func (d draft) read(a asked, with []asked, now time.Time, zone *time.Location) (s said, err error) {
	var all []fault.Field
	wrong := func(name, key string) {
		if key != "" {
			all = append(all, fault.Field{Name: name, Key: key, Args: []any{"limit", longestWords, "year", firstYear}})
		}
	}
	var key string
	s.value, key = readValue(a.FactKind, d.Value, now, zone)
	wrong("value", key)
	if s.on = s.value.Date; a.Kind != referential.DateKind {
		s.on, key = readDay(d.On, now, zone)
		wrong("on", key)
	}
	s.with = map[string]referential.Value{}
	for _, other := range with {
		text := d.With[other.Key]
		if text == "" {
			continue
		}
		v, key := readValue(other.FactKind, text, now, zone)
		wrong(withField(other.Key), key)
		s.with[other.Key] = v
	}
	if utf8.RuneCountInString(d.Note) > longestNote {
		all = append(all, fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", longestNote}})
	}
	if len(all) > 0 {
		return s, fault.Invalid(all...)
	}
	return s, nil
}
