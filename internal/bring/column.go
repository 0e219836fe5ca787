package bring

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/sheet"
)

// Text reads a text of at most so many characters.
func Text(most int) func(string) (string, *Wrong) {
	return func(text string) (string, *Wrong) {
		if utf8.RuneCountInString(text) > most {
			return "", &Wrong{"bring.value_long", []any{"most", most}}
		}
		return text, nil
	}
}

// Choice is one value of a closed list, with the words that mean it.
type Choice struct {
	Value string
	Words []string // in any language; case, accents and punctuation do not matter
}

// OneOf reads one of some values: by the value itself, by one of its words, or by a text that begins with one of them.
func OneOf(choices []Choice) func(string) (string, *Wrong) {
	return func(text string) (string, *Wrong) {
		folded := sheet.Fold(text)
		begins := ""
		for _, c := range choices {
			for _, word := range append([]string{c.Value}, c.Words...) {
				w := sheet.Fold(word)
				if w == "" {
					continue
				}
				if w == folded {
					return c.Value, nil
				}
				if strings.HasPrefix(folded, w+" ") && begins == "" {
					begins = c.Value
				}
			}
		}
		if begins != "" {
			return begins, nil
		}
		var known []string
		for _, c := range choices {
			if len(c.Words) > 0 {
				known = append(known, c.Words[0])
			}
		}
		return "", &Wrong{"bring.value_choice", []any{"known", strings.Join(known, " · ")}}
	}
}

// dayForms are the ways to write a day that are read. Figures alone are in the order of the French: the day before the month.
func dayForms() []string {
	return []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999Z07:00", "2/1/2006", "2/1/2006 15:04", "2/1/2006 15:04:05", "2-1-2006", "2.1.2006", "2/1/06", "2006/01/02"}
}

// Day reads a day and writes it as 2026-11-30.
func Day(text string) (string, *Wrong) {
	for _, form := range dayForms() {
		if t, err := time.Parse(form, text); err == nil && t.Year() >= 1980 && t.Year() <= 2199 {
			return t.Format(time.DateOnly), nil
		}
	}
	if t, err := time.Parse("1/2006", text); err == nil { // a month: its last day
		return t.AddDate(0, 1, -1).Format(time.DateOnly), nil
	}
	if t, err := time.Parse("2006", text); err == nil && t.Year() >= 1980 && t.Year() <= 2199 {
		return t.AddDate(1, 0, -1).Format(time.DateOnly), nil
	}
	return "", &Wrong{Key: "bring.value_day"}
}

// DayIn gives the moment at which a day that [Day] wrote begins in a zone, or zero.
func DayIn(value string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, value, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Whole reads a whole number from least to most, with spaces between its figures, a currency behind it and decimals that are zero.
func Whole(least, most int64) func(string) (string, *Wrong) {
	return func(text string) (string, *Wrong) {
		plain := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", "EUR", "", "%", "").Replace(text)
		plain = strings.ReplaceAll(plain, ",", ".")
		n, err := strconv.ParseFloat(plain, 64)
		if err != nil || n != float64(int64(n)) || int64(n) < least || int64(n) > most {
			return "", &Wrong{"bring.value_whole", []any{"least", least, "most", most}}
		}
		return strconv.FormatInt(int64(n), 10), nil
	}
}

// WholeOf gives the number that [Whole] wrote, 0 for nothing.
func WholeOf(value string) int64 {
	n, _ := strconv.ParseInt(value, 10, 64)
	return n
}
