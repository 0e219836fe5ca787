package ui

import (
	"context"
	"io"

	"hygie/internal/locale"

	"github.com/a-h/templ"
)

// Column is one column of a Table.
type Column struct {
	Name string // in addresses: ?sort=name
	Text string
	Sort bool // can be sorted by the server
	End  bool // figures: set at the end of the line
}

// Row is one line. The first cell is its header.
type Row struct {
	ID    string // of the element; may be empty
	Cells []templ.Component
}

// Table is a list that the server filters, sorts and pages. Everything is in the address, so it works without a script; with
// one, only the list is replaced.
type Table struct {
	ID      string // of the element; the page's only one
	Caption string // said to screen readers, and shown with ShowCaption
	Columns []Column
	Rows    []Row
	Query   Query
	Filters []Field  // shown above; the value of each is read from the query
	Total   int      // rows that pass the filters, or one of the totals below
	Keep    []string // values of the address that the filters leave as they are, such as the view of a tab
	Pager   Pager    // from Query.Pages, or by hand for a list that goes on from a row
	Exports []Format // offered below, with the same filters and order
	Empty   Empty    // when there is nothing at all
	Foot    []templ.Component

	ShowCaption bool
	Dense       bool
	Scroll      bool // scrolls sideways on a narrow screen, instead of becoming cards: for figures to compare
}

// Totals that are no number of rows.
const (
	UnknownTotal = -1 // there may be more than is shown
	NoTotal      = -2 // so few rows that nobody needs their number
)

// Format is a kind of file that a list can be saved as: "csv", "ods".
type Format string

// Render writes the table.
func (t Table) Render(ctx context.Context, w io.Writer) error { return table(t).Render(ctx, w) }

func (t Table) class() string {
	class := "table"
	if t.Dense {
		class += " table-dense"
	}
	if !t.Scroll {
		class += " table-cards"
	}
	return class
}

// label of a column, for the cards of a narrow screen.
func (t Table) label(i int) string {
	if i < len(t.Columns) {
		return t.Columns[i].Text
	}
	return ""
}

func (t Table) cellClass(i int) string {
	if i < len(t.Columns) && t.Columns[i].End {
		return "end"
	}
	return ""
}

func (t Table) ariaSort(c Column) string {
	switch {
	case !c.Sort || t.Query.Sort != c.Name:
		return ""
	case t.Query.Desc:
		return "descending"
	}
	return "ascending"
}

func (t Table) sortIcon(c Column) string {
	switch t.ariaSort(c) {
	case "ascending":
		return "arrow-up"
	case "descending":
		return "arrow-down"
	}
	return "arrows"
}

// swap are the attributes that let a script replace the list alone.
func (t Table) swap() templ.Attributes {
	return templ.Attributes{"hx-target": "#" + t.ID, "hx-select": "#" + t.ID, "hx-swap": "outerHTML", "hx-push-url": "true"}
}

// follow are the attributes of a link inside the list.
func (t Table) follow(href string) templ.Attributes {
	a := t.swap()
	a["hx-get"] = href
	return a
}

// formAttributes are those of the filters: sent when a choice is made or the hand stops typing. The event is input alone: a
// change event comes when the field is left, which is just when the reader clicks on the list that would then be replaced.
func (t Table) formAttributes() templ.Attributes {
	a := t.swap()
	a["hx-get"] = t.Query.Path
	a["hx-trigger"] = "submit, input delay:300ms"
	return a
}

// filters are the fields with their value of the query.
func (t Table) filters() []Field {
	fields := make([]Field, len(t.Filters))
	for i, f := range t.Filters {
		f.Value = t.Query.Get(f.Name)
		f.Optional = false // a filter needs no "(optional)"
		f.Attributes = templ.Attributes{"aria-required": "false"}
		fields[i] = f
	}
	return fields
}

func (t Table) count(ctx context.Context) string {
	p := locale.From(ctx)
	switch {
	case t.Total == NoTotal:
		return ""
	case t.Total < 0:
		return p.T("ui.rows_shown", "count", len(t.Rows))
	case t.Pager.shown():
		return p.T("ui.rows_part", "from", t.Pager.From, "to", t.Pager.To, "count", t.Total)
	}
	return p.T("ui.rows", "count", t.Total)
}

// Text is a cell, or any other component, of plain text.
func Text(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}

// Number is a cell with a whole number in the reader's way.
func Number(n int64) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(locale.From(ctx).Int(n)))
		return err
	})
}
