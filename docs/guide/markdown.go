package guide

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"
)

// reader turns what the Markdown library understood into the values of this package.
type reader struct{ source []byte }

// parse reads a page.
func parse(content string) (Page, error) {
	r := reader{[]byte(strings.ReplaceAll(content, "\r\n", "\n"))}
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(r.source))
	var page Page
	title, ok := root.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 || title.Pos() != 0 {
		return page, errors.New("line 1: no heading of the first level")
	}
	var err error
	if page.Title, err = r.title(title); err != nil {
		return page, err
	}
	blocks := &page.Lead
	for n := title.NextSibling(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			title, err := r.title(h)
			if err != nil {
				return page, err
			}
			page.Sections = append(page.Sections, Section{ID: identifier(title), Title: title})
			blocks = &page.Sections[len(page.Sections)-1].Blocks
			continue
		}
		b, err := r.block(n)
		if err != nil {
			return page, err
		}
		*blocks = append(*blocks, b)
	}
	return page, nil
}

func (r reader) title(h *ast.Heading) (string, error) {
	all, err := r.spans(h)
	return Text(all), err
}

// block reads what stands under a heading or in an item of a list.
func (r reader) block(n ast.Node) (b Block, err error) {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		if strings.HasPrefix(r.lineFrom(n.Pos()), "|") {
			return b, r.refuse(n, "a table without heading")
		}
		b.Kind = Paragraph
		b.Spans, err = r.spans(n)
	case *ast.Heading:
		if n.Level != 3 {
			return b, r.refuse(n, "a heading of another level than the third")
		}
		b.Kind = Heading
		b.Spans, err = r.spans(n)
	case *ast.FencedCodeBlock:
		if !r.closed(n) {
			return b, r.refuse(n, "code that does not end")
		}
		b = Block{Kind: Code, Text: strings.TrimSuffix(string(n.Lines().Value(r.source)), "\n")}
	case *ast.CodeBlock:
		b = Block{Kind: Code, Text: strings.TrimSpace(string(n.Lines().Value(r.source)))}
	case *ast.List:
		b.Kind = Bullets
		if n.IsOrdered() {
			b.Kind = Numbers
		}
		b.Items, err = r.items(n)
	case *tables.Table:
		b.Kind = Table
		b.Rows, err = r.rows(n)
	default:
		return b, r.refuse(n, "nothing that a page of the guide may hold")
	}
	return b, err
}

func (r reader) items(list *ast.List) (items [][]Block, err error) {
	for item := range children(list) {
		var blocks []Block
		for n := range children(item) {
			b, err := r.block(n)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, b)
		}
		items = append(items, blocks)
	}
	return items, nil
}

// rows reads a table. The library fills a short row up with cells from nowhere, and drops what a long one has too much.
func (r reader) rows(table *tables.Table) (rows [][][]Span, err error) {
	for n := range children(table) {
		var row [][]Span
		for cell := range children(n) {
			said, err := r.spans(cell)
			if err != nil {
				return nil, err
			}
			row = append(row, said)
		}
		rows = append(rows, row)
		if line := r.lineFrom(n.Pos()); cells(line) != len(rows[0]) {
			return nil, r.refuse(n, fmt.Sprintf("%d cells, where the heading has %d", cells(line), len(rows[0])))
		}
	}
	if len(rows) < 2 {
		return nil, r.refuse(table, "a table without rows")
	}
	return rows, nil
}

// cells counts the cells of a line of a table.
func cells(line string) int {
	line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "")
	return strings.Count(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|") + 1
}

// spans reads the runs of a text. A link to what is no page of the guide keeps its words.
func (r reader) spans(n ast.Node) (all []Span, err error) {
	err = r.runs(n, Span{}, func(s Span) {
		if last := len(all) - 1; last >= 0 && (Span{s.Text, all[last].Bold, all[last].Soft, all[last].Code, all[last].Page, all[last].Link}) == s {
			all[last].Text += s.Text
			return
		}
		all = append(all, s)
	})
	for i := range all {
		if !all[i].Code {
			all[i].Text = french.Replace(all[i].Text)
		}
	}
	return all, err
}

// runs adds the text below a node, each run with the marks that it inherits.
func (r reader) runs(parent ast.Node, marks Span, add func(Span)) error {
	say := func(text string) {
		marks.Text = text
		add(marks)
	}
	for n := range children(parent) {
		inner := marks
		switch n := n.(type) {
		case *ast.Text:
			if marks.Code {
				say(string(n.Value(r.source)))
				continue
			}
			say(string(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(n.Value(r.source))))))
			if n.SoftLineBreak() || n.HardLineBreak() {
				say(" ")
			}
			continue
		case *ast.Emphasis:
			inner.Bold = inner.Bold || n.Level == 2
			inner.Soft = inner.Soft || n.Level == 1
		case *ast.CodeSpan:
			inner.Code = true
		case *ast.Link:
			target, isPage := strings.CutSuffix(string(n.Destination), ".md")
			if isPage && !strings.ContainsAny(target, "/:") {
				inner.Link = true
				_, inner.Page = place(target)
			}
		default:
			return r.refuse(n, "nothing that a page of the guide may hold")
		}
		if err := r.runs(n, inner, add); err != nil {
			return err
		}
	}
	return nil
}

// closed tells whether a line that ends it follows fenced code.
func (r reader) closed(n *ast.FencedCodeBlock) bool {
	after := r.source[n.Pos():]
	if _, rest, ok := bytes.Cut(after, []byte("\n")); ok {
		after = rest
	} else {
		return false
	}
	if lines := n.Lines(); lines.Len() > 0 {
		after = r.source[lines.At(lines.Len()-1).Stop:]
	}
	first, _, _ := bytes.Cut(after, []byte("\n"))
	first = bytes.TrimSpace(first)
	return bytes.HasPrefix(first, []byte("```")) || bytes.HasPrefix(first, []byte("~~~"))
}

// lineFrom is the rest of the line at a place of the file.
func (r reader) lineFrom(at int) string {
	line, _, _ := bytes.Cut(r.source[max(at, 0):], []byte("\n"))
	return string(line)
}

// refuse says what is wrong, and on which line of the file.
func (r reader) refuse(n ast.Node, why string) error {
	for n.Pos() < 0 && n.Parent() != nil {
		n = n.Parent()
	}
	at := max(n.Pos(), 0)
	return fmt.Errorf("line %d: %.20q: %s", bytes.Count(r.source[:at], []byte("\n"))+1, r.lineFrom(at), why)
}

func children(n ast.Node) func(yield func(ast.Node) bool) {
	return func(yield func(ast.Node) bool) {
		for c := n.FirstChild(); c != nil && yield(c); c = c.NextSibling() {
		}
	}
}

// french are the spaces that must not break, which the files leave to whoever shows them.
var french = strings.NewReplacer(" :", "\u00a0:", " ;", "\u202f;", " !", "\u202f!", " ?", "\u202f?", "« ", "«\u00a0", " »", "\u00a0»")

// identifier names a section after its title: letters and digits without accents.
func identifier(title string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			if !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	return strings.Trim(b.String(), "-")
}
