package sharphound

import (
	"strconv"
	"time"

	"hygie/directory/model"
)

// entry is the entry being made. Its values refer to the window or to text, so that it is used before the next one.
type entry struct {
	attributes []model.Attribute
	values     [][]byte
	text       []byte
}

func (e *entry) reset() { e.attributes, e.values, e.text = e.attributes[:0], e.values[:0], e.text[:0] }

// add gives an attribute one value; nothing when the value is empty.
func (e *entry) add(name string, v []byte) {
	if len(v) == 0 {
		return
	}
	from := len(e.values)
	e.values = append(e.values, v)
	e.attributes = append(e.attributes, model.Attribute{Name: name, Values: e.values[from : from+1 : from+1]})
}

func (e *entry) addAll(name string, values [][]byte) {
	from := len(e.values)
	for _, v := range values {
		if len(v) > 0 {
			e.values = append(e.values, v)
		}
	}
	if n := len(e.values); n > from {
		e.attributes = append(e.attributes, model.Attribute{Name: name, Values: e.values[from:n:n]})
	}
}

func (e *entry) addInt(name string, n int64) {
	from := len(e.text)
	e.text = strconv.AppendInt(e.text, n, 10)
	e.add(name, e.text[from:len(e.text):len(e.text)])
}

func (e *entry) addBool(name string, v bool) {
	if v {
		e.add(name, []byte("TRUE"))
	} else {
		e.add(name, []byte("FALSE"))
	}
}

// addTime adds a date as RFC 4517 3.3.13 writes it.
func (e *entry) addTime(name string, unix int64) {
	from := len(e.text)
	t := time.Unix(unix, 0).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	for _, two := range [...]int{year / 100, year % 100, int(month), day, hour, minute, second} {
		e.text = append(e.text, byte('0'+two/10), byte('0'+two%10))
	}
	e.text = append(e.text, ".0Z"...)
	e.add(name, e.text[from:len(e.text):len(e.text)])
}

// fileTimeEpoch is 1970 in seconds since 1601 (MS-DTYP 2.3.3).
const fileTimeEpoch = 11644473600

// addFileTime adds an instant as 100 ns since 1601.
func (e *entry) addFileTime(name string, unix int64) { e.addInt(name, (unix+fileTimeEpoch)*1e7) }

// clone copies the attributes, for an entry that waits.
func (e *entry) clone() []model.Attribute {
	size, count := 0, 0
	for _, a := range e.attributes {
		count += len(a.Values)
		for _, v := range a.Values {
			size += len(v)
		}
	}
	text, values := make([]byte, 0, size), make([][]byte, 0, count)
	out := make([]model.Attribute, len(e.attributes))
	for i, a := range e.attributes {
		from := len(values)
		for _, v := range a.Values {
			at := len(text)
			text = append(text, v...)
			values = append(values, text[at:len(text):len(text)])
		}
		out[i] = model.Attribute{Name: a.Name, Values: values[from:len(values):len(values)]}
	}
	return out
}
