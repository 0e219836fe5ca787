package model

import (
	"encoding/binary"
	"iter"
	"math"
	"strconv"
	"time"

	"hygie/directory/guid"
	"hygie/directory/model/internal/store"
	"hygie/directory/sid"
)

// Has tells whether an object has an attribute.
func (d *Directory) Has(id ID, attr string) bool {
	_, _, ok := d.find(id, attr)
	return ok
}

// Attributes gives the names of the attributes of an object, in no particular order but always the same.
func (d *Directory) Attributes(id ID) iter.Seq[string] {
	return func(yield func(string) bool) {
		if int(id) >= len(d.s.Shape) {
			return
		}
		for _, attr := range d.s.ShapeSet[d.s.Shape[id]] {
			if !yield(d.s.AttrNames[attr]) {
				return
			}
		}
	}
}

// Value gives the first value of an attribute, as LDAP returned it. It must not be changed.
func (d *Directory) Value(id ID, attr string) ([]byte, bool) {
	f, content, ok := d.find(id, attr)
	if !ok {
		return nil, false
	}
	if f == store.FormRaw {
		return content, true
	}
	var first []byte
	found := false
	d.s.Decoder.Each(f, content, func(v []byte) bool {
		first, found = v, true
		return false
	})
	return first, found
}

// Values gives every value of an attribute. They must not be changed.
func (d *Directory) Values(id ID, attr string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if f, content, ok := d.find(id, attr); ok {
			d.s.Decoder.Each(f, content, yield)
		}
	}
}

// Text gives the first value of an attribute as people read it: SIDs and GUIDs in their text form.
func (d *Directory) Text(id ID, attr string) (string, bool) {
	v, ok := d.Value(id, attr)
	if !ok {
		return "", false
	}
	return textOf(store.SyntaxOf(store.LowerName(attr)), v), true
}

// Texts gives every value of an attribute as people read it.
func (d *Directory) Texts(id ID, attr string) []string {
	var out []string
	s := store.SyntaxOf(store.LowerName(attr))
	for v := range d.Values(id, attr) {
		out = append(out, textOf(s, v))
	}
	return out
}

func textOf(s store.Syntax, v []byte) string {
	switch s {
	case store.SyntaxSID, store.SyntaxSIDs:
		if id, err := sid.FromBytes(v); err == nil {
			return id.String()
		}
	case store.SyntaxGUID:
		if g, ok := guid.FromBytes(v); ok {
			return g.String()
		}
	}
	return string(v)
}

// Int gives the first value of an attribute as a number; false when it is missing or not a number of 64 bits.
func (d *Directory) Int(id ID, attr string) (int64, bool) {
	f, content, ok := d.find(id, attr)
	if !ok {
		return 0, false
	}
	if f == store.FormInt {
		n, _ := binary.Varint(content)
		return n, true
	}
	v, ok := d.Value(id, attr)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// Bool gives the first value of an attribute as a truth value, "TRUE" or "FALSE" (RFC 4517 3.3.3).
func (d *Directory) Bool(id ID, attr string) (value, ok bool) {
	switch v, _ := d.Value(id, attr); store.LowerName(string(v)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// fileTimeEpoch is 1601-01-01 in Unix seconds (MS-DTYP 2.3.3).
const fileTimeEpoch = -11644473600

// FileTime gives the first value of an attribute as a point in time counted in 100 ns since 1601 (MS-DTYP 2.3.3): pwdLastSet,
// lastLogonTimestamp, accountExpires. The values 0 and 0x7FFFFFFFFFFFFFFF stand for "never" and give never with ok. Values
// below 0 are intervals, not times: ok is false (see Interval).
func (d *Directory) FileTime(id ID, attr string) (t time.Time, never, ok bool) {
	n, ok := d.Int(id, attr)
	switch {
	case !ok || n < 0:
		return time.Time{}, false, false
	case n == 0 || n == math.MaxInt64:
		return time.Time{}, true, true
	}
	return time.Unix(n/1e7+fileTimeEpoch, n%1e7*100).UTC(), false, true
}

// Interval gives the first value of an attribute as a length of time stored as negative 100 ns (MS-SAMR 2.2.7.1): maxPwdAge,
// msDS-MaximumPasswordAge, lockoutDuration. The value 0 and the smallest number stand for "no limit" and give never with ok.
// Lengths over 292 years are cut to what time.Duration holds.
func (d *Directory) Interval(id ID, attr string) (length time.Duration, never, ok bool) {
	n, ok := d.Int(id, attr)
	switch {
	case !ok || n > 0:
		return 0, false, false
	case n == 0 || n == math.MinInt64:
		return 0, true, true
	case n < math.MinInt64/100:
		return math.MaxInt64, false, true
	}
	return time.Duration(-n) * 100, false, true
}

// GeneralizedTime gives the first value of an attribute as a point in time written "20060102150405.0Z" or with a zone
// offset (RFC 4517 3.3.13): whenCreated, whenChanged.
func (d *Directory) GeneralizedTime(id ID, attr string) (time.Time, bool) {
	f, content, ok := d.find(id, attr)
	if !ok {
		return time.Time{}, false
	}
	if f == store.FormTime {
		n, _ := binary.Varint(content)
		return time.Unix(n, 0).UTC(), true
	}
	v, _ := d.Value(id, attr)
	for _, layout := range []string{"20060102150405.999999999Z0700", "200601021504Z0700"} {
		if t, err := time.Parse(layout, string(v)); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
