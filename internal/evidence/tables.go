package evidence

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// What a preview of a spreadsheet reads and shows: enough to know the file, little enough for a page.
const (
	mostTableBytes = 32 << 20
	mostTableRows  = 200
	mostColumns    = 30
)

// tables shows a spreadsheet as tables of our own: nothing of the file runs, formulas show the result that was stored.
func (m *Module) tables(c *web.Context, e proof.Evidence, content io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(content, mostTableBytes+1))
	if err != nil {
		return err
	}
	if len(data) > mostTableBytes {
		return fault.NotFound("evidence.no_preview")
	}
	book, err := sheet.Read(bytes.NewReader(data), int64(len(data)), sheet.Limits{Bytes: 128 << 20})
	if errors.Is(err, sheet.ErrNotTable) || errors.Is(err, sheet.ErrTooLarge) || errors.Is(err, sheet.ErrEncrypted) || errors.Is(err, sheet.ErrOld) {
		return fault.NotFound("evidence.no_preview").Because(err)
	}
	if err != nil {
		return fault.NotFound("evidence.no_preview").Because(err)
	}
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	home := "/structures/" + at.ID + "/evidence"
	page := web.Page{Title: e.Name, Place: at, Crumbs: []ui.Link{{Href: home, Text: c.T("evidence.title")}, {Href: home + "/" + e.ID, Text: e.Name}}}
	if framed(c) {
		c.Framed()
		page = web.Page{Title: e.Name, Bare: true}
	}
	var shown []templ.Component
	for i, s := range book.Sheets {
		shown = append(shown, previewTable(c, i, s))
	}
	return c.Page(page, tablesBody(shown))
}

// previewTable shows the first rows of a sheet, with the numbers that the spreadsheet gives them.
func previewTable(c *web.Context, number int, s sheet.Sheet) templ.Component {
	width := 0
	rows := s.Rows[:min(len(s.Rows), mostTableRows)]
	for _, r := range rows {
		width = max(width, min(len(r.Cells), mostColumns))
	}
	table := ui.Table{ID: "sheet-" + strconv.Itoa(number), Caption: s.Name, ShowCaption: true, Dense: true, Scroll: true, Total: len(s.Rows), Query: ui.ReadQuery(c.R.URL, nil, ""),
		Columns: []ui.Column{{Text: c.T("evidence.row")}}, Empty: ui.Empty{Title: c.T("evidence.empty_sheet")}}
	for i := range width {
		table.Columns = append(table.Columns, ui.Column{Text: columnName(i)})
	}
	for _, r := range rows {
		cells := []templ.Component{ui.Number(int64(r.Number))}
		for i := range width {
			cells = append(cells, ui.Text(r.Cell(i)))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

// columnName is how a spreadsheet calls a column counted from 0: A, B, … Z, AA.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
