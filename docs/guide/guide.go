// Package guide is the user guide as values: the pages of this folder, read from the little of Markdown that they use. Programs show them and search them.
//
// A page begins with a heading of the first level; below it stand headings of the second and third, paragraphs, lists, tables and blocks of code, and in
// them bold and stressed words, code and links. What is none of that is refused, so that a page cannot lose anything unseen.
package guide

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed *.md
var files embed.FS

// Page is one page of the guide.
type Page struct {
	Slug     string // names it in addresses; empty: the first page, which leads to the others
	Title    string
	Lead     []Block
	Sections []Section

	order int
}

// Section is what stands under a heading of the second level.
type Section struct {
	ID     string // names it within the page
	Title  string
	Blocks []Block
}

// Kind says what a block is.
type Kind string

// The kinds of block.
const (
	Paragraph Kind = "paragraph"
	Heading   Kind = "heading" // of the third level
	Bullets   Kind = "bullets"
	Numbers   Kind = "numbers"
	Code      Kind = "code"
	Table     Kind = "table" // the first row is its heading
)

// Block is a part of a page, one under another.
type Block struct {
	Kind  Kind
	Spans []Span     // of a paragraph or heading
	Items [][]Block  // of a list
	Rows  [][][]Span // of a table
	Text  string     // of code
}

// Span is a run of text.
type Span struct {
	Text string
	Bold bool
	Soft bool // stressed a little
	Code bool
	Page string // slug of the page of the guide that it leads to
	Link bool   // leads to a page of the guide
}

// Pages reads the guide, the first page first, then in the order of their numbers.
func Pages() ([]Page, error) { return read(files) }

func read(from fs.FS) ([]Page, error) {
	names, err := fs.Glob(from, "*.md")
	if err != nil {
		return nil, fmt.Errorf("list the pages of the guide: %w", err)
	}
	var pages []Page
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read page %s of the guide: %w", name, err)
		}
		page, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("read page %s of the guide: %w", name, err)
		}
		page.order, page.Slug = place(name)
		pages = append(pages, page)
	}
	slices.SortFunc(pages, func(a, b Page) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Slug, b.Slug)) })
	return pages, nil
}

// place reads the order and the slug of a page from the name of its file, such as 4-prouver.md.
func place(name string) (order int, slug string) {
	name = strings.TrimSuffix(name, ".md")
	if name == "README" {
		return 0, ""
	}
	number, rest, _ := strings.Cut(name, "-")
	if n, err := strconv.Atoi(number); err == nil && rest != "" {
		return n, rest
	}
	return 1 << 20, name
}

// Words is everything that stands above the sections of a page.
func (p Page) Words() string { return words(p.Lead) }

// Words is everything that a section says.
func (s Section) Words() string { return words(s.Blocks) }

func words(blocks []Block) string {
	var all []string
	for _, b := range blocks {
		all = append(all, Text(b.Spans), b.Text)
		for _, item := range b.Items {
			all = append(all, words(item))
		}
		for _, row := range b.Rows {
			for _, cell := range row {
				all = append(all, Text(cell))
			}
		}
	}
	return strings.Join(all, " ")
}

// Text is what some spans say.
func Text(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
