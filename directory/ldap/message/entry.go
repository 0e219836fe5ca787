package message

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Scope says how far below its base a search looks (RFC 4511 4.5.1.2).
type Scope int

// Scopes of a search (RFC 4511 4.5.1.2).
const (
	// Base reads the named entry only.
	Base Scope = 0
	// Children reads the entries directly below the named one.
	Children Scope = 1
	// Subtree reads the named entry and everything below it, within its partition.
	Subtree Scope = 2
)

// An Entry is one directory object as the server sent it (RFC 4511 4.5.2). It is valid until the function that was given it returns;
// Clone keeps it longer.
type Entry struct {
	DN         string
	Attributes []Attribute

	values [][]byte
	names  map[string]string
}

// An Attribute has its name as the server writes it, without any range option, and its values in server order (RFC 4511 4.1.7).
type Attribute struct {
	Name   string
	Values [][]byte

	first, last int // place of Values in Entry.values while the entry is being decoded
}

// intern returns name as a string, the same one for each occurrence: a few hundred names serve millions of attributes.
func (e *Entry) intern(name []byte) string {
	if s, known := e.names[string(name)]; known {
		return s
	}
	s := string(name)
	if e.names == nil {
		e.names = map[string]string{}
	}
	if len(e.names) < 10_000 { // a hostile server could send endless new names
		e.names[s] = s
	}
	return s
}

// Values returns the values of an attribute, whatever the case of its name; nil when absent.
func (e *Entry) Values(name string) [][]byte {
	for i := range e.Attributes {
		if strings.EqualFold(e.Attributes[i].Name, name) {
			return e.Attributes[i].Values
		}
	}
	return nil
}

// Text returns the first value of an attribute, "" when absent.
func (e *Entry) Text(name string) string {
	if v := e.Values(name); len(v) > 0 {
		return string(v[0])
	}
	return ""
}

// Texts returns all values of an attribute.
func (e *Entry) Texts(name string) []string {
	var out []string
	for _, v := range e.Values(name) {
		out = append(out, string(v))
	}
	return out
}

// Clone returns a copy that shares nothing with the connection's buffers.
func (e *Entry) Clone() Entry {
	out := Entry{DN: e.DN, Attributes: make([]Attribute, len(e.Attributes))}
	for i, a := range e.Attributes {
		values := make([][]byte, len(a.Values))
		for j, v := range a.Values {
			values[j] = slices.Clone(v)
		}
		out.Attributes[i] = Attribute{Name: a.Name, Values: values}
	}
	return out
}

// ParseRange splits "member;range=0-1499" (MS-ADTS 3.1.1.3.1.3.3). last is -1 for the final range ("1500-*").
func ParseRange(name string) (attribute string, first, last int, err error) {
	lower := strings.ToLower(name)
	at := strings.Index(lower, ";range=")
	bounds := lower[at+len(";range="):]
	from, to, ok := strings.Cut(bounds, "-")
	if at <= 0 || !ok {
		return "", 0, 0, fmt.Errorf("range %q cannot be read", Printable(name))
	}
	if first, err = strconv.Atoi(from); err != nil || first < 0 {
		return "", 0, 0, fmt.Errorf("range %q cannot be read", Printable(name))
	}
	last = -1
	if to != "*" {
		if last, err = strconv.Atoi(to); err != nil || last < first {
			return "", 0, 0, fmt.Errorf("range %q cannot be read", Printable(name))
		}
	}
	return name[:at], first, last, nil
}
