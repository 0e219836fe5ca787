package bring

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/sheet"
)

// reading is how a file is read: which sheet, which row names the columns, what each column is. It is kept with the draft.
type reading struct {
	Sheet   int            `json:"sheet"`
	Header  int            `json:"header"` // row as the spreadsheet counts; 0: as it is guessed
	Columns map[string]int `json:"columns"`
	Told    bool           `json:"told"` // a person said the columns
}

// table is a file as it is read.
type table struct {
	Book       sheet.Book
	Reading    reading
	Header     sheet.Header
	TwoRows    bool // two rows name the columns
	Remembered bool // read as the last table with these columns
	Missing    []string
	Remarks    []Remark
}

// sheet is the one that is read.
func (t table) sheet() sheet.Sheet { return t.Book.Sheets[t.Reading.Sheet] }

// open reads the bytes of a file in any of the formats a target takes.
func (t Target) open(file []byte) (sheet.Book, error) {
	book, err := sheet.Book{}, error(nil)
	i := slices.IndexFunc(t.Formats, func(f Format) bool { return f.Is(file) })
	if i >= 0 {
		book, err = t.Formats[i].Read(file)
	} else {
		book, err = sheet.Read(bytes.NewReader(file), int64(len(file)), sheet.Limits{})
	}
	if err != nil {
		return book, fault.Invalid(fault.Field{Name: "file", Key: readingKey(err), Args: []any{"text", shorten(err.Error(), 200)}}).Because(err)
	}
	return book, nil
}

// readingKey is the message about a file that cannot be read.
func readingKey(err error) string {
	switch {
	case errors.Is(err, sheet.ErrEncrypted):
		return "bring.file_encrypted"
	case errors.Is(err, sheet.ErrOld):
		return "bring.file_old"
	case errors.Is(err, sheet.ErrTooLarge):
		return "bring.file_large"
	}
	return "bring.file_unread"
}

// read opens a file and finds its columns: as a person told, else as the last table of the structure with the same columns was read, else by their
// names.
func (t Target) read(ctx context.Context, tx *store.Tx, scope territory.Scope, file []byte, told reading) (b table, err error) {
	if b.Book, err = t.open(file); err != nil {
		return b, err
	}
	for _, r := range b.Book.Remarks {
		b.Remarks = append(b.Remarks, Remark{r.Row, Wrong{"bring.sheet_" + string(r.Kind), []any{"text", r.Text, "sheet", r.Sheet}}})
	}
	if !b.choose(t, told) {
		return b, fault.Invalid(fault.Field{Name: "file", Key: "bring.file_empty"})
	}
	if told.Told {
		b.Header.Columns = map[string]int{}
		for key, column := range told.Columns {
			if _, known := t.column(key); known && column >= 0 && column < len(b.Header.Names) {
				b.Header.Columns[key] = column
			}
		}
	} else if columns, ok, err := remembered(ctx, tx, scope, t, b.Header.Names); err != nil {
		return b, err
	} else if ok && len(t.missing(columns)) == 0 {
		b.Header.Columns, b.Remembered = columns, true
	}
	b.Reading.Columns, b.Reading.Told = b.Header.Columns, told.Told
	b.Missing = t.missing(b.Header.Columns)
	return b, nil
}

// choose finds the sheet and the row that names its columns; it tells false when no sheet has a table.
func (b *table) choose(t Target, told reading) bool {
	fields, found := t.fields(), false
	for i, s := range b.Book.Sheets {
		if told.Told && i != told.Sheet {
			continue
		}
		header, two, ok := headerOf(s, fields, told.Header)
		if ok && (!found || len(t.missing(header.Columns)) < len(t.missing(b.Header.Columns))) {
			b.Header, b.TwoRows, found = header, two, true
			b.Reading.Sheet = i
		}
	}
	if found {
		b.Reading.Header = b.sheet().Rows[b.Header.Row].Number
	}
	return found
}

// headerOf finds the row that names the columns, or takes the one a person told.
func headerOf(s sheet.Sheet, fields []sheet.Field, told int) (h sheet.Header, two, ok bool) {
	if told > 0 {
		i := slices.IndexFunc(s.Rows, func(r sheet.Row) bool { return r.Number == told })
		if i < 0 {
			return h, false, false
		}
		one := sheet.Sheet{Name: s.Name, Rows: s.Rows[i : i+1]}
		if h, ok = sheet.FindHeader(one, fields); !ok {
			h = sheet.Header{Names: s.Rows[i].Cells, Columns: map[string]int{}}
		}
		h.Row = i
		return h, false, true
	}
	h, ok = sheet.FindHeader(s, fields)
	lacking := !ok || len(h.Missing(fields)) > 0
	if double, found := sheet.FindTwoRowHeader(s, fields); found {
		if lacking || len(double.Columns) > len(h.Columns) && s.MergedAcross(s.Rows[double.Row-1].Number) {
			return double, true, true
		}
	}
	if first, any := sheet.FindHeader(s, nil); lacking && any && first.Row < h.Row {
		// A row of the table that looks like titles is a worse guess than the first row.
		return headerOf(s, fields, s.Rows[first.Row].Number)
	}
	return h, false, ok
}

// rows are what a table says, row by row.
type rows struct {
	Items   []Item
	Refused int
	Named   []string // keys of the things that refused rows are about: they are not absent
	Cut     bool     // more rows than are read: what is absent is not known
}

// items reads the rows below the header. Rows that cannot be read are refused with the reason; the first of two about one thing counts.
func (t Target) items(b *table) (out rows) {
	s, filled := sheet.FillDown(b.sheet(), b.Reading.Header+1)
	for _, r := range filled {
		b.Remarks = append(b.Remarks, Remark{r.Row, Wrong{"bring.sheet_" + string(r.Kind), []any{"until", r.Text}}})
	}
	if b.TwoRows {
		b.Remarks = append(b.Remarks, Remark{b.Reading.Header, Wrong{Key: "bring.two_rows"}})
	}
	first := map[string]int{}
	say := func(row int, w Wrong) { b.Remarks = append(b.Remarks, Remark{row, w}) }
	for _, r := range sheet.Records(s, b.Header) {
		if t.repeats(r, b.Header) {
			say(r.Row, Wrong{Key: "bring.row_header"})
			continue
		}
		item, wrong := t.item(r)
		switch {
		case len(wrong) > 0:
			for _, w := range wrong {
				say(r.Row, w)
			}
			out.Refused++
			out.Named = append(out.Named, item.Key)
		case item.Key == "":
			// A row that names nothing, such as a total or a note below the table.
		case first[item.Key] != 0:
			say(r.Row, Wrong{"bring.row_twice", []any{"row", first[item.Key], "title", shorten(item.Title, 80)}})
			out.Refused++
		case t.Most > 0 && len(out.Items) == t.Most:
			say(r.Row, Wrong{"bring.row_most", []any{"most", t.Most}})
			out.Refused++
			out.Cut = true
			return out
		default:
			first[item.Key] = r.Row
			out.Items = append(out.Items, item)
		}
	}
	return out
}

// repeats tells whether a row names the columns again, as tables printed on several pages do.
func (t Target) repeats(r sheet.Record, h sheet.Header) bool {
	named := 0
	for key, column := range h.Columns {
		if text := r.Get(key); text != "" {
			if sheet.Fold(text) != sheet.Fold(sheet.Row{Cells: h.Names}.Cell(column)) {
				return false
			}
			named++
		}
	}
	return named > 1
}

// item reads one row. What a wrong one is about is told when it can be.
func (t Target) item(r sheet.Record) (Item, []Wrong) {
	item := Item{Row: r.Row, Values: map[string]string{}}
	var wrong []Wrong
	for _, c := range t.Columns {
		text := r.Get(c.Key)
		if text == "" {
			continue
		}
		// A quote that a spreadsheet's export put before a formula, as ours does.
		if len(text) > 1 && text[0] == '\'' && strings.ContainsRune("=+-@", rune(text[1])) {
			text = text[1:]
		}
		if c.Read == nil {
			item.Values[c.Key] = text
			continue
		}
		value, bad := c.Read(text)
		if bad != nil {
			bad.Args = append(bad.Args, "column", c.Label, "text", shorten(text, 80))
			wrong = append(wrong, *bad)
		} else if value != "" {
			item.Values[c.Key] = value
		}
	}
	if bad := t.Identify(&item); bad != nil && len(wrong) == 0 {
		wrong = append(wrong, *bad)
	}
	return item, wrong
}

// compare tells what rows would change.
func (t Target) compare(read rows, present map[string]Item) (d Difference) {
	d.Refused = read.Refused
	for _, item := range read.Items {
		before, known := present[item.Key]
		delete(present, item.Key)
		if !known {
			d.New = append(d.New, Change{Item: item})
			continue
		}
		c := Change{Item: item, Before: before}
		for _, column := range t.Columns {
			if value, said := item.Values[column.Key]; said && value != before.Values[column.Key] {
				c.Differs = append(c.Differs, column.Key)
			}
		}
		if len(c.Differs) == 0 {
			d.Same++
		} else {
			d.Changed = append(d.Changed, c)
		}
	}
	for _, key := range read.Named {
		delete(present, key)
	}
	if read.Cut {
		return d
	}
	for _, item := range present {
		d.Absent = append(d.Absent, item)
	}
	slices.SortFunc(d.Absent, func(a, b Item) int {
		return strings.Compare(a.Title+"\x00"+a.Key, b.Title+"\x00"+b.Key)
	})
	return d
}

// difference reads the rows of a table and compares them with what is there.
func (t Target) difference(ctx context.Context, tx *store.Tx, b *table) (Difference, error) {
	read := t.items(b)
	present, err := t.Present(ctx, tx)
	if err != nil {
		return Difference{}, err
	}
	d := t.compare(read, present)
	d.Remarks = b.Remarks
	return d, nil
}

// shorten keeps a text readable in a list.
func shorten(text string, most int) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// columnName is how a column is chosen: its place and its name.
func columnName(names []string, i int) string {
	if name := shorten(sheet.Row{Cells: names}.Cell(i), 60); name != "" {
		return strconv.Itoa(i+1) + " · " + name
	}
	return strconv.Itoa(i + 1)
}
