package bring

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// Bounds of what a page shows: the rest goes with its group.
const (
	mostShown   = 200 // rows of a group with a box
	mostRemarks = 200
	samples     = 3 // rows under the choice of columns
)

// columnFields asks what each column is.
func columnFields(ctx context.Context, l looked) []ui.Field {
	var fields []ui.Field
	for _, c := range l.Columns {
		f := ui.Field{Name: "column-" + c.Key, Label: c.Label, Help: c.Help, Kind: ui.SelectField, Optional: !c.Required, Options: []ui.Option{{Value: "", Text: locale.T(ctx, "bring.column_none")}}}
		for i := range l.Table.Header.Names {
			f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(i + 1), Text: columnName(l.Table.Header.Names, i)})
		}
		if column, ok := l.Table.Header.Columns[c.Key]; ok {
			f.Value = strconv.Itoa(column + 1)
		}
		fields = append(fields, f)
	}
	return fields
}

// sheetField asks which sheet is read, when there are several.
func sheetField(ctx context.Context, l looked) ui.Field {
	f := ui.Field{Name: "sheet", Label: locale.T(ctx, "bring.sheet"), Kind: ui.SelectField, Value: strconv.Itoa(l.Table.Reading.Sheet)}
	for i, s := range l.Table.Book.Sheets {
		f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(i), Text: columnName([]string{s.Name}, 0)})
	}
	return f
}

// sampleTable shows the first rows as they stand in the file.
func sampleTable(ctx context.Context, l looked) templ.Component {
	t := ui.Table{ID: "sample", Caption: locale.T(ctx, "bring.sample"), ShowCaption: true, Total: ui.NoTotal, Scroll: true, Dense: true, Columns: []ui.Column{{Text: locale.T(ctx, "bring.row"), End: true}}}
	for i := range l.Table.Header.Names {
		t.Columns = append(t.Columns, ui.Column{Text: columnName(l.Table.Header.Names, i)})
	}
	rows := l.Table.sheet().Rows
	start := min(l.Table.Header.Row+1, len(rows))
	for _, r := range rows[start:min(start+samples, len(rows))] {
		cells := []templ.Component{ui.Number(int64(r.Number))}
		for i := range l.Table.Header.Names {
			cells = append(cells, ui.Text(shorten(r.Cell(i), 40)))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

// changeTable lists rows with a box each.
func changeTable(ctx context.Context, l looked, id, caption string, changes []Change) templ.Component {
	t := ui.Table{ID: id, Caption: caption, Total: ui.NoTotal, Columns: []ui.Column{{Text: locale.T(ctx, "bring.what")}, {Text: locale.T(ctx, "bring.says")}, {Text: locale.T(ctx, "bring.row"), End: true}}}
	for _, c := range changes[:min(len(changes), mostShown)] {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{pick(c), saysCell(l.says(ctx, c)), ui.Number(int64(c.Row))}})
	}
	return t
}

// said is one value of a row beside the one that is there.
type said struct {
	Label, Before, After string
	New                  bool
}

// says is what a row says: everything when it is new, else what changes.
func (l looked) says(_ context.Context, c Change) (all []said) {
	for _, column := range l.Columns {
		value, ok := c.Values[column.Key]
		if !ok || c.New() && column.shown(value) == c.Title {
			continue
		}
		one := said{Label: column.Label, After: shorten(column.shown(value), 120), New: c.New()}
		if !c.New() {
			before := c.Before.Values[column.Key]
			if before == value {
				continue
			}
			one.Before = shorten(column.shown(before), 120)
		}
		all = append(all, one)
	}
	return all
}

func (c Column) shown(value string) string {
	if c.Show == nil || value == "" {
		return value
	}
	return c.Show(value)
}

// line writes a remark with its row.
func (r Remark) line(ctx context.Context) string {
	text := locale.T(ctx, r.Key, r.Args...)
	if r.Row == 0 {
		return text
	}
	return locale.T(ctx, "bring.row_line", "row", r.Row, "text", text)
}

// accepted are the kinds of file, for the upload.
func accepted(t Target) string {
	if t.Accept != "" {
		return t.Accept
	}
	return ".csv,.xlsx,.ods"
}

// names lists the columns that are understood, for those who prepare a file.
func names(ctx context.Context, t Target) (rows []ui.Term) {
	for _, c := range t.Columns {
		label := c.Label
		if c.Required {
			label = locale.T(ctx, "bring.required", "name", label)
		}
		help := c.Help
		if help == "" {
			help = locale.T(ctx, "bring.free")
		}
		rows = append(rows, ui.Term{Name: label, Value: ui.Text(help)})
	}
	return rows
}

// missingNames names the columns that are needed and were not found.
func (l looked) missingNames(ctx context.Context) string {
	var labels []string
	for _, key := range l.Table.Missing {
		if c, ok := l.column(key); ok {
			labels = append(labels, c.Label)
		}
	}
	return locale.From(ctx).List(labels)
}

// Tabled is a table whose rows a format other than spreadsheets says: a header and rows numbered from 2, as if it stood in a spreadsheet.
func Tabled(name string, header []string, rows [][]string) sheet.Book {
	s := sheet.Sheet{Name: name, Rows: []sheet.Row{{Number: 1, Cells: header}}}
	for i, r := range rows {
		s.Rows = append(s.Rows, sheet.Row{Number: i + 2, Cells: r})
	}
	return sheet.Book{Sheets: []sheet.Sheet{s}}
}
