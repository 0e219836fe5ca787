// Package vcard reads address books: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as telephones and mail programs write them.
//
// Of a card it takes the name, the title, the organisation, telephones, mail addresses and the note; pictures and all else are passed over. A file that is not
// UTF-8 is taken for Windows-1252, as old telephones write.
package vcard

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Bounds of a file.
const (
	MaxCards = 5_000
	maxLine  = 16 << 10 // bytes of one value that is taken, unfolded
)

// A Card is one entry of an address book. Texts are trimmed; lists have no empty and no repeated values.
type Card struct {
	Line         int    // of the file, from 1, where it begins
	Name         string // FN, else the parts of N in the order they are said
	Title        string // TITLE, else ROLE
	Organisation string // ORG, its parts between commas
	Phones       []string
	Mails        []string
	Note         string
}

// ErrNotCards is for a file in which no card begins.
var ErrNotCards = errors.New("no BEGIN:VCARD in the file")

// Is tells whether a file is an address book, by how it begins.
func Is(file []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) >= len(begin) && strings.EqualFold(string(head[:len(begin)]), begin)
}

const begin = "BEGIN:VCARD"

// Read reads the cards of a file in their order. A card without a name and without a telephone or mail address is left out. The error names the line.
func Read(file []byte) ([]Card, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(file) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(file)
		if err != nil {
			return nil, fmt.Errorf("read an address book: %w", err)
		}
		file = decoded
	}
	r := reader{lines: bufio.NewReader(bytes.NewReader(file))}
	for r.next() {
		if err := r.take(); err != nil {
			return nil, fmt.Errorf("line %d: %w", r.number, err)
		}
	}
	switch {
	case r.err != nil:
		return nil, fmt.Errorf("line %d: %w", r.number, r.err)
	case r.open != nil:
		return nil, fmt.Errorf("line %d: the card of line %d does not end", r.last, r.open.Line)
	case !r.began:
		return nil, ErrNotCards
	}
	return r.cards, nil
}

// reader takes a file property by property.
type reader struct {
	lines  *bufio.Reader
	ahead  string // the line after this property
	atEnd  bool
	begun  bool
	number int // of the line at which the property begins
	last   int // of the last line read
	line   string
	err    error

	open  *Card
	parts string // N of the open card
	deep  int    // cards within the open one (AGENT of vCard 2.1)
	began bool
	cards []Card
}

// physical reads one line without its end; ok is false after the last.
func (r *reader) physical() (text string, ok bool) {
	var b strings.Builder
	for {
		part, more, err := r.lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return "", false
		}
		if err != nil {
			r.err = err
			return "", false
		}
		if b.Len() <= maxLine {
			b.Write(part)
		}
		if !more {
			r.last++
			return b.String(), true
		}
	}
}

// next joins the lines of one property: those that begin with a space go on with it (RFC 6350 3.2), and quoted-printable ends on "=" when it goes on (vCard 2.1).
func (r *reader) next() bool {
	if !r.begun {
		r.begun = true
		var ok bool
		if r.ahead, ok = r.physical(); !ok {
			return false
		}
	}
	if r.atEnd || r.err != nil {
		return false
	}
	r.number = r.last
	var b strings.Builder
	b.WriteString(r.ahead)
	soft := quoted(r.ahead)
	for {
		line, ok := r.physical()
		if !ok {
			r.atEnd = true
			break
		}
		folded := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		goesOn := soft && strings.HasSuffix(b.String(), "=")
		if !folded && !goesOn {
			r.ahead = line
			break
		}
		if b.Len() > maxLine {
			continue
		}
		if goesOn {
			b.WriteString("\r\n" + line)
		} else {
			b.WriteString(line[1:])
		}
	}
	r.line = b.String()
	return r.err == nil
}

func quoted(line string) bool {
	head, _, _ := strings.Cut(line, ":")
	return strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

// take does what one property says.
func (r *reader) take() error {
	head, value, ok := strings.Cut(r.line, ":")
	if !ok {
		return nil // an empty line between cards, or a word of another program
	}
	head = strings.ToUpper(head)
	name, _, _ := strings.Cut(head, ";")
	if at := strings.LastIndexByte(name, '.'); at >= 0 { // a group, "item1.TEL"
		name = name[at+1:]
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case name == "BEGIN" && strings.EqualFold(value, "VCARD"):
		return r.beginCard()
	case r.open == nil:
		return nil
	case name == "END" && strings.EqualFold(value, "VCARD"):
		r.endCard()
		return nil
	case r.deep > 0:
		return nil
	}
	if quoted(head) {
		if raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value))); err == nil {
			value = decoded(raw)
		}
	}
	if len(value) > maxLine {
		return nil // a picture, or nothing that a person wrote
	}
	r.open.set(name, value, &r.parts)
	return nil
}

// decoded gives what quoted-printable held as UTF-8.
func decoded(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return ""
	}
	return string(text)
}

func (r *reader) beginCard() error {
	r.began = true
	if r.open != nil {
		r.deep++
		return nil
	}
	if len(r.cards) >= MaxCards {
		return fmt.Errorf("more than %d cards", MaxCards)
	}
	r.open, r.parts = &Card{Line: r.number}, ""
	return nil
}

func (r *reader) endCard() {
	if r.deep > 0 {
		r.deep--
		return
	}
	c := *r.open
	r.open = nil
	if c.Name == "" {
		c.Name = said(r.parts)
	}
	if c.Name == "" {
		c.Name = c.Organisation
	}
	if c.Name != "" || len(c.Phones)+len(c.Mails) > 0 {
		r.cards = append(r.cards, c)
	}
}

// set keeps a property; the first of those that stand once counts.
func (c *Card) set(name, value string, parts *string) {
	first := func(field *string, text string) {
		if *field == "" {
			*field = text
		}
	}
	switch name {
	case "FN":
		first(&c.Name, plain(value))
	case "N":
		first(parts, value)
	case "TITLE", "ROLE":
		first(&c.Title, plain(value))
	case "ORG":
		first(&c.Organisation, strings.Join(components(value), ", "))
	case "TEL":
		c.Phones = added(c.Phones, strings.TrimPrefix(strings.TrimPrefix(plain(value), "tel:"), "TEL:"))
	case "EMAIL":
		c.Mails = added(c.Mails, plain(value))
	case "NOTE":
		first(&c.Note, plain(value))
	}
}

func added(all []string, text string) []string {
	text = strings.TrimSpace(text)
	for _, one := range all {
		if one == text {
			return all
		}
	}
	if text == "" {
		return all
	}
	return append(all, text)
}

// said puts the parts of N as they are said: prefix, given, additional, family, suffix (RFC 6350 6.2.2).
func said(n string) string {
	parts := split(n)
	var words []string
	for _, place := range []int{3, 1, 2, 0, 4} {
		if place < len(parts) {
			if text := plain(parts[place]); text != "" {
				words = append(words, text)
			}
		}
	}
	return strings.Join(words, " ")
}

// components are the parts of a value between semicolons, without those that are empty.
func components(value string) (all []string) {
	for _, part := range split(value) {
		if text := plain(part); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// split cuts a value at its semicolons, those with a backslash before them apart.
func split(value string) (parts []string) {
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case ';':
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}

// plain takes the backslashes out of a value (RFC 6350 3.4) and gives its lines their usual end.
func plain(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		i++
		switch value[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ',', ';', ':':
			b.WriteByte(value[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(value[i])
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(b.String(), "\r\n", "\n"))
}
