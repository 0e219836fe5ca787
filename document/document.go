// Package document is one content tree for everything hygie prints: reports, receipts, registers, crisis folders. A report is a function
// from data to a [Document]; how it looks, and whether everybody can read it, is decided once, in the writers below:
//
//	document/pdf    tagged PDF, for the archive, the signature and the printer
//	document/html   one page that opens from a key with no script and no network
//	document/odt    text to go on writing in
//	document/text   for a terminal or the body of a mail
//
// Writers are deterministic: the same tree gives the same bytes. Text comes from people and from files, so nothing in it is trusted:
// writers drop what cannot be shown and break what does not fit, and never fail for it.
package document

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Document is what one file holds.
type Document struct {
	Title    string    // the first heading, and the title in the file's properties
	Subtitle string    // below it; may be empty
	Language string    // BCP 47: fr, en
	Author   string    // in the file's properties: an organisation rather than a person
	Date     time.Time // of the content; the only date in the file
	Header   string    // small, at the top of each page: whose it is
	Footer   string    // small, at the bottom of each page, before its number
	Banner   string    // large, at the top of each page: EXERCICE
	Wide     bool      // pages lie on their long side
	Blocks   []Block
}

// A Block is a part of a document: [Heading], [Paragraph], [List], [Pairs], [Table], [Note], [Image], [Code], [Form] or [PageBreak].
type Block interface{ block() }

// A Span is text of one kind inside a paragraph.
type Span struct {
	Text string
	Bold bool
	Link string // an address, where the text leads; empty for none
}

// Address returns where a span may lead: its link, if it is an address of the web or of mail and no longer than addresses are.
func (s Span) Address() string {
	const longest = 2000
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if strings.HasPrefix(s.Link, scheme) && len(s.Link) <= longest && Clean(s.Link) == s.Link {
			return s.Link
		}
	}
	return ""
}

// A Heading opens a part. Level is 2, 3 or 4: the title of the document is the only heading of level 1.
type Heading struct {
	Level int
	Text  string
}

// A Paragraph is running text. A line feed in it begins a new line.
type Paragraph struct{ Spans []Span }

// A List is one item after the other.
type List struct {
	Style ListStyle
	Items [][]Span
}

// A ListStyle says what stands before each item.
type ListStyle int

// Bullets, numbers, or empty boxes to tick with a pen.
const (
	Bullets ListStyle = iota
	Numbers
	Boxes
)

// Pairs are names and their values, one pair a line.
type Pairs struct{ Rows []Pair }

// A Pair is a name and its value.
type Pair struct{ Name, Value string }

// A Table has a heading for each column, repeated on each page.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]string // each as long as Columns; missing cells are empty
}

// A Column is one column of a table.
type Column struct {
	Name   string
	Right  bool // numbers, set to the right
	Header bool // its cells name their row
}

// A Note is set apart from the text, with a word that says why.
type Note struct {
	Label string
	Spans []Span
}

// An Image is a JPEG or PNG file. One that cannot be read is replaced by its Alt.
type Image struct {
	Data    []byte
	Alt     string // what it shows, in words
	Caption string
	Width   float64 // part of the width of the text, 0 < Width ≤ 1; 0 for the whole
}

// A Code is a QR code with, below it, what it says in letters.
type Code struct {
	Text    string
	Caption string
}

// A Form is lines to write on with a pen.
type Form struct {
	Label string
	Lines int
}

// A PageBreak begins a new page where there are pages.
type PageBreak struct{}

func (Heading) block()   {}
func (Paragraph) block() {}
func (List) block()      {}
func (Pairs) block()     {}
func (Table) block()     {}
func (Note) block()      {}
func (Image) block()     {}
func (Code) block()      {}
func (Form) block()      {}
func (PageBreak) block() {}

// Text makes one plain span.
func Text(s string) []Span { return []Span{{Text: s}} }

// P makes a plain paragraph.
func P(s string) Paragraph { return Paragraph{Spans: Text(s)} }

// Items makes the items of a plain list.
func Items(texts ...string) [][]Span {
	items := make([][]Span, len(texts))
	for i, t := range texts {
		items[i] = Text(t)
	}
	return items
}

// Clean returns s as writers may show it: valid UTF-8, no control characters but the line feed, no characters that mark the direction of
// writing (they would let a text disguise its neighbours), tabs as spaces.
func Clean(s string) string {
	ok := func(r rune) bool {
		return r == '\n' || r == '\u200d' || (!unicode.Is(unicode.C, r) && r != '\u2028' && r != '\u2029')
	}
	clean := utf8.ValidString(s)
	for _, r := range s {
		clean = clean && ok(r)
	}
	if clean {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\r', r == '\u2028', r == '\u2029':
			return '\n'
		case ok(r):
			return r
		default:
			return -1
		}
	}, s)
}

// Cell returns the cell of a row, "" where the row is too short.
func Cell(row []string, column int) string {
	if column < len(row) {
		return row[column]
	}
	return ""
}
