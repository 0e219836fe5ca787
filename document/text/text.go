// Package text writes a document in plain characters: for a terminal, the body of a mail, or a reader that takes nothing else.
package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"hygie/document"
)

// Width is the length of a line, in characters.
const Width = 100

// Write writes d to w. It fails only where w does.
func Write(w io.Writer, d document.Document) error {
	out := &writer{Writer: bufio.NewWriter(w)}
	for _, line := range []string{d.Banner, d.Header} {
		if line != "" {
			out.wrap("", "", document.Clean(line))
		}
	}
	out.title(d.Title, "=")
	if d.Subtitle != "" {
		out.wrap("", "", document.Clean(d.Subtitle))
	}
	for _, b := range d.Blocks {
		out.block(b)
	}
	if d.Footer != "" {
		out.line("")
		out.wrap("", "", document.Clean(d.Footer))
	}
	return out.Flush()
}

// A writer keeps the first error of its bufio.Writer until Flush.
type writer struct{ *bufio.Writer }

func (w *writer) line(s string) { _, _ = w.WriteString(strings.TrimRight(s, " ") + "\n") }

func (w *writer) title(s, under string) {
	s = oneLine(s)
	w.line("")
	w.line(s)
	w.line(strings.Repeat(under, min(utf8.RuneCountInString(s), Width)))
}

// wrap writes a text with first before its first line and rest before the others.
func (w *writer) wrap(first, rest, text string) {
	for _, line := range strings.Split(text, "\n") {
		used := 0
		var b strings.Builder
		b.WriteString(first)
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' }) {
			n := utf8.RuneCountInString(word)
			if used > 0 && used+1+n > Width-utf8.RuneCountInString(rest) {
				w.line(b.String())
				b.Reset()
				b.WriteString(rest)
				used = 0
			}
			if used > 0 {
				b.WriteByte(' ')
				used++
			}
			b.WriteString(word)
			used += n
		}
		w.line(b.String())
		first = rest
	}
}

func (w *writer) block(b document.Block) {
	switch b := b.(type) {
	case document.Heading:
		if b.Level <= 2 {
			w.title(b.Text, "-")
		} else {
			w.line("")
			w.line(oneLine(b.Text))
		}
	case document.Paragraph:
		w.line("")
		w.wrap("", "", plain(b.Spans))
	case document.List:
		w.line("")
		for i, item := range b.Items {
			mark := "• "
			switch b.Style {
			case document.Numbers:
				mark = fmt.Sprintf("%d. ", i+1)
			case document.Boxes:
				mark = "[ ] "
			}
			w.wrap(mark, strings.Repeat(" ", utf8.RuneCountInString(mark)), plain(item))
		}
	case document.Pairs:
		w.line("")
		for _, p := range b.Rows {
			w.wrap("", "  ", oneLine(p.Name)+": "+document.Clean(p.Value))
		}
	case document.Table:
		w.table(b)
	case document.Note:
		w.line("")
		text := plain(b.Spans)
		if b.Label != "" {
			text = oneLine(b.Label) + " — " + text
		}
		w.wrap("| ", "| ", text)
	case document.Image:
		w.line("")
		w.wrap("[", " ", oneLine(b.Alt)+"]")
	case document.Code:
		w.line("")
		w.wrap("", "", oneLine(b.Text))
	case document.Form:
		w.line("")
		w.line(oneLine(b.Label))
		for range min(max(b.Lines, 0), 200) {
			w.line("")
			w.line(strings.Repeat("_", Width))
		}
	case document.PageBreak:
		w.line("")
	}
}

// table sets columns as wide as their widest cell; where that does not fit a line, each row becomes a list of its cells.
func (w *writer) table(t document.Table) {
	if len(t.Columns) == 0 {
		return
	}
	w.line("")
	if t.Caption != "" {
		w.line(oneLine(t.Caption))
	}
	widths, total := make([]int, len(t.Columns)), 0
	for i, c := range t.Columns {
		widths[i] = utf8.RuneCountInString(oneLine(c.Name))
		for _, row := range t.Rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(oneLine(document.Cell(row, i))))
		}
		total += widths[i] + 2
	}
	if total-2 > Width {
		for _, row := range t.Rows {
			w.line("")
			for i, c := range t.Columns {
				if cell := document.Cell(row, i); cell != "" {
					w.wrap("", "  ", strings.TrimPrefix(oneLine(c.Name)+": "+oneLine(cell), ": "))
				}
			}
		}
		return
	}
	set := func(cell func(i int) string) {
		var b strings.Builder
		for i, c := range t.Columns {
			s := oneLine(cell(i))
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s))
			if c.Right {
				s = space + s
			} else {
				s += space
			}
			b.WriteString(s + "  ")
		}
		w.line(b.String())
	}
	set(func(i int) string { return t.Columns[i].Name })
	set(func(i int) string { return strings.Repeat("-", widths[i]) })
	for _, row := range t.Rows {
		set(func(i int) string { return document.Cell(row, i) })
	}
}

// plain is the text of spans, each address after its words.
func plain(spans []document.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(document.Clean(s.Text))
		if a := s.Address(); a != "" && a != s.Text {
			b.WriteString(" <" + a + ">")
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(document.Clean(s)), " ") }
