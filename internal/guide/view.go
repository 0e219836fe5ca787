package guide

import (
	"github.com/a-h/templ"

	"hygie/docs/guide"
	"hygie/internal/web/ui"
)

// tableOf is a table of a page, as every table of the platform shows.
func tableOf(b guide.Block, title, id string) ui.Table {
	table := ui.Table{ID: id, Caption: title, Total: ui.NoTotal}
	for _, cell := range b.Rows[0] {
		table.Columns = append(table.Columns, ui.Column{Text: guide.Text(cell)})
	}
	for _, row := range b.Rows[1:] {
		var cells []templ.Component
		for _, cell := range row {
			cells = append(cells, text(cell))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}
