package referential

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// ValueKind says which of the four forms a value has.
type ValueKind string

// The forms of a value.
const (
	NumberKind ValueKind = "number"
	TextKind   ValueKind = "text"
	BoolKind   ValueKind = "bool"
	DateKind   ValueKind = "date"
)

// Value is what a fact or a parameter says: a number, a text, yes or no, or a day. The zero Value says nothing.
type Value struct {
	Kind   ValueKind `json:"kind"`
	Number float64   `json:"number,omitempty"`
	Text   string    `json:"text,omitempty"`
	Bool   bool      `json:"bool,omitempty"`
	Date   time.Time `json:"date,omitzero"`
}

// Number makes a number.
func Number(n float64) Value { return Value{Kind: NumberKind, Number: n} }

// Words makes a text.
func Words(s string) Value { return Value{Kind: TextKind, Text: s} }

// YesNo makes a yes or no.
func YesNo(yes bool) Value { return Value{Kind: BoolKind, Bool: yes} }

// Date makes a day. The hour is kept, but rules count whole days in the zone of the [World].
func Date(t time.Time) Value { return Value{Kind: DateKind, Date: t} }

// String writes the value for a developer; readers get it through [Reason.Text].
func (v Value) String() string {
	switch v.Kind {
	case NumberKind:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case BoolKind:
		return strconv.FormatBool(v.Bool)
	case DateKind:
		return v.Date.Format(time.RFC3339)
	}
	return v.Text
}

// compare orders values, by kind first: an order without meaning, to make results the same whatever the order of the facts.
func (v Value) compare(w Value) int {
	return cmp.Or(cmp.Compare(v.Kind, w.Kind), cmp.Compare(v.Number, w.Number), strings.Compare(v.Text, w.Text),
		v.Date.Compare(w.Date), strings.Compare(strconv.FormatBool(v.Bool), strconv.FormatBool(w.Bool)))
}
