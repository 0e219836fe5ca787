package app

import (
	"io"
	"iter"
	"time"

	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// spreadsheet lets every list be saved as an OpenDocument spreadsheet.
type spreadsheet struct{}

var _ web.Exporter = spreadsheet{}

// Format returns "ods".
func (spreadsheet) Format() ui.Format { return "ods" }

// ContentType returns that of OpenDocument spreadsheets.
func (spreadsheet) ContentType() string { return "application/vnd.oasis.opendocument.spreadsheet" }

// Write writes the list as one table.
func (spreadsheet) Write(w io.Writer, p *locale.Printer, list web.Sheet) error {
	return sheet.WriteODS(w, sheet.Document{Title: list.Name, Language: string(p.Lang())}, sheet.Table{
		Name: list.Name, Header: list.Header, Rows: told(p, list.Rows),
	})
}

// told gives cells in the reader's language and zone.
func told(p *locale.Printer, rows iter.Seq2[[]any, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for row, err := range rows {
			cells := make([]any, len(row))
			for i, cell := range row {
				cells[i] = tell(p, cell)
			}
			if !yield(cells, err) {
				return
			}
		}
	}
}

// tell gives a cell as the reader says it.
func tell(p *locale.Printer, cell any) any {
	switch v := cell.(type) {
	case bool:
		if v {
			return p.T("web.yes")
		}
		return p.T("web.no")
	case time.Time:
		if !v.IsZero() {
			return v.In(p.Zone())
		}
	case locale.Keyed:
		return p.T(v.MessageKey())
	}
	return cell
}
