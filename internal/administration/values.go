package administration

import (
	"strconv"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/referential"
)

// valueText writes a value in the reader's way.
func valueText(p *locale.Printer, v referential.Value) string {
	switch v.Kind {
	case referential.NumberKind:
		return p.Float(v.Number, -1)
	case referential.DateKind:
		return p.In(time.UTC).Date(v.Date)
	case referential.BoolKind:
		if v.Bool {
			return p.T("web.yes")
		}
		return p.T("web.no")
	}
	return v.Text
}

// bounds says what numbers are accepted.
func bounds(p *locale.Printer, d referential.Parameter) string {
	switch {
	case d.Min != nil && d.Max != nil:
		return p.T("administration.between", "min", p.Float(*d.Min, -1), "max", p.Float(*d.Max, -1))
	case d.Min != nil:
		return p.T("administration.at_least", "min", p.Float(*d.Min, -1))
	case d.Max != nil:
		return p.T("administration.at_most", "max", p.Float(*d.Max, -1))
	}
	return ""
}

// fieldValue is a value as its control wants it.
func fieldValue(p *locale.Printer, v referential.Value) string {
	switch v.Kind {
	case referential.DateKind:
		return v.Date.UTC().Format(time.DateOnly)
	case referential.NumberKind:
		text := strconv.FormatFloat(v.Number, 'f', -1, 64)
		if p.Lang() == locale.French {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	return v.String()
}

// readValue reads what was typed as a value of a kind. Days are days of the calendar, wherever the administrator is.
func readValue(kind referential.ValueKind, text string) (referential.Value, error) {
	wrong := func(key string) (referential.Value, error) {
		return referential.Value{}, fault.Invalid(fault.Field{Name: "value", Key: key})
	}
	if text == "" {
		return wrong("administration.value_missing")
	}
	switch kind {
	case referential.NumberKind:
		n, err := strconv.ParseFloat(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(text), 64)
		if err != nil || n != n || n > 1e15 || n < -1e15 {
			return wrong("web.not_number")
		}
		return referential.Number(n), nil
	case referential.DateKind:
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return wrong("web.not_day")
		}
		return referential.Date(day), nil
	case referential.BoolKind:
		return referential.YesNo(text == "true"), nil
	}
	return referential.Words(text), nil
}
