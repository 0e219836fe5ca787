package journal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256: of a line, of a node of the tree, or of the whole tree.
type Hash = tlog.Hash

// MaxLine is the longest canonical line, in bytes. A file belongs to the
// evidence store; its line names it by its hash.
const MaxLine = 1 << 20

// maxName bounds Actor, Action, Structure and Subject, in bytes.
const maxName = 1024

// timeLayout is RFC 3339 in UTC with exactly three digits of a second, so that
// one moment has one writing.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Entry is what a writer notes.
type Entry struct {
	Noted     time.Time // when it was noted: the clock of the keeper; kept to the millisecond, in UTC
	At        time.Time // when the fact happened, if that is another moment; Noted when zero
	Actor     string    // who: an account, a person named by the writer, or the system; required
	Action    string    // what was done, as a stable word such as "evidence.add"; required
	Structure string    // the establishment or group it concerns; empty when it concerns none
	Subject   string    // the thing acted on, such as "dossier/01J…"; may be empty
	Text      string    // what a person wrote; may be empty, may hold line breaks

	// Data is any JSON value, or nil; Append puts it in canonical form.
	Data json.RawMessage
}

// Line is an entry with its place in a journal.
type Line struct {
	Number int64 // from 1, without a gap
	Prev   Hash  // hash of the line before; zero for line 1
	Entry
}

// normal gives the entry as it will be read back: times in UTC and
// milliseconds, data canonical. It refuses what a line cannot hold.
func (e Entry) normal() (Entry, error) {
	if e.Noted.IsZero() {
		return e, errors.New("the time of noting is missing")
	}
	if e.At.IsZero() {
		e.At = e.Noted
	}
	e.Noted = e.Noted.UTC().Truncate(time.Millisecond)
	e.At = e.At.UTC().Truncate(time.Millisecond)
	for _, t := range []time.Time{e.Noted, e.At} {
		if y := t.Year(); y < 1 || y > 9999 {
			return e, fmt.Errorf("the year %d cannot be written with four digits", y)
		}
	}
	for _, f := range []struct {
		name, value string
		required    bool
	}{{"actor", e.Actor, true}, {"action", e.Action, true}, {"structure", e.Structure, false}, {"subject", e.Subject, false}} {
		if err := checkName(f.value, f.required); err != nil {
			return e, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if !utf8.ValidString(e.Text) {
		return e, errors.New("text: invalid UTF-8")
	}
	data := e.Data
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	canonical, err := Canonical(data)
	if err != nil {
		return e, fmt.Errorf("data: %w", err)
	}
	if e.Data = canonical; string(canonical) == "null" {
		e.Data = nil
	}
	return e, nil
}

// Check gives an entry in the form in which it will be read back, or says why
// no journal can hold it. An entry that passes is not refused by [Append].
func Check(e Entry) (Entry, error) {
	e, err := e.normal()
	if err != nil {
		return e, err
	}
	if n := len(Line{Number: maxSize, Entry: e}.Bytes()); n > MaxLine {
		return e, fmt.Errorf("the line would be %d bytes, more than %d", n, MaxLine)
	}
	return e, nil
}

func checkName(s string, required bool) error {
	if required && s == "" {
		return errors.New("missing")
	}
	if len(s) > maxName {
		return fmt.Errorf("longer than %d bytes", maxName)
	}
	if !utf8.ValidString(s) {
		return errors.New("invalid UTF-8")
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Errorf("holds the control character %U", r)
		}
	}
	return nil
}

// Bytes gives the canonical line, without a line feed: the bytes that are
// stored, exported and hashed. The entry must be in normal form, as it is in
// a line that comes from [Append] or [ParseLine].
func (l Line) Bytes() []byte {
	b := make([]byte, 0, 320+len(l.Text)+len(l.Data))
	b = appendString(append(b, `{"action":`...), l.Action)
	b = appendString(append(b, `,"actor":`...), l.Actor)
	b = append(b, `,"at":"`...)
	b = l.At.AppendFormat(b, timeLayout)
	b = append(b, `","data":`...)
	if l.Data == nil {
		b = append(b, "null"...)
	}
	b = append(b, l.Data...)
	b = strconv.AppendInt(append(b, `,"n":`...), l.Number, 10)
	b = append(b, `,"noted":"`...)
	b = l.Noted.AppendFormat(b, timeLayout)
	b = append(b, `","prev":"`...)
	b = hex.AppendEncode(b, l.Prev[:])
	b = appendString(append(b, `","structure":`...), l.Structure)
	b = appendString(append(b, `,"subject":`...), l.Subject)
	b = appendString(append(b, `,"text":`...), l.Text)
	return append(b, '}')
}

// Hash gives the leaf of the line in the tree: SHA-256 of a zero byte and the
// canonical bytes (RFC 6962 section 2.1).
func (l Line) Hash() Hash { return tlog.RecordHash(l.Bytes()) }

// ParseLine reads a canonical line, without its line feed. It refuses any
// other writing of the same content, so that one line has one hash.
func ParseLine(b []byte) (Line, error) {
	if len(b) > MaxLine {
		return Line{}, fmt.Errorf("parse line: longer than %d bytes", MaxLine)
	}
	v, err := parseJSON(b)
	if err != nil {
		return Line{}, fmt.Errorf("parse line: %w", err)
	}
	members, ok := v.([]member)
	if !ok {
		return Line{}, errors.New("parse line: not a JSON object")
	}
	var l Line
	for _, m := range members {
		if err := l.set(m); err != nil {
			return Line{}, fmt.Errorf("parse line: %s: %w", m.name, err)
		}
	}
	if l.Number < 1 {
		return Line{}, errors.New("parse line: n: missing, or below 1")
	}
	if l.Entry, err = l.normal(); err != nil {
		return Line{}, fmt.Errorf("parse line: %w", err)
	}
	if !bytes.Equal(l.Bytes(), b) {
		return Line{}, errors.New("parse line: not in canonical form, or with a member missing")
	}
	return l, nil
}

// set fills one field from a member of the object.
func (l *Line) set(m member) error {
	switch m.name {
	case "data":
		l.Data = appendValue(nil, m.value)
		return nil
	case "n":
		f, ok := m.value.(float64)
		if !ok || f != math.Trunc(f) || math.Abs(f) > maxExact {
			return errors.New("not an integer")
		}
		l.Number = int64(f)
		return nil
	}
	s, ok := m.value.(string)
	if !ok {
		return errors.New("not a string")
	}
	var err error
	switch m.name {
	case "action":
		l.Action = s
	case "actor":
		l.Actor = s
	case "structure":
		l.Structure = s
	case "subject":
		l.Subject = s
	case "text":
		l.Text = s
	case "at":
		l.At, err = time.Parse(timeLayout, s)
	case "noted":
		l.Noted, err = time.Parse(timeLayout, s)
	case "prev":
		l.Prev, err = parseHex(s)
	default:
		return errors.New("unknown member")
	}
	return err
}

func parseHex(s string) (h Hash, err error) {
	if len(s) != hex.EncodedLen(len(h)) {
		return h, fmt.Errorf("not %d hexadecimal digits", hex.EncodedLen(len(h)))
	}
	_, err = hex.Decode(h[:], []byte(s))
	return h, err
}
