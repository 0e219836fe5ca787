package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readODS reads content.xml of an OpenDocument spreadsheet (ISO 26300, part 3, section 9), as a stream. Repeated rows and cells are repeated
// only where they hold something: an empty tail may claim a million rows.
func readODS(a archive) (Book, error) {
	if f := a.files["META-INF/manifest.xml"]; f != nil {
		if in, err := a.open("META-INF/manifest.xml"); err == nil {
			text, _ := io.ReadAll(io.LimitReader(in, 1<<20))
			in.Close()
			if strings.Contains(string(text), "encryption-data") {
				return Book{}, ErrEncrypted
			}
		}
	}
	in, err := a.open("content.xml")
	if err != nil {
		return Book{}, err
	}
	defer in.Close()
	left := a.limits.Rows
	o := odsReader{book: Book{Format: ODS}, limits: a.limits, left: &left}
	if err := o.read(xml.NewDecoder(in)); err != nil {
		return Book{}, err
	}
	return o.book, nil
}

// odsReader is the state of reading one content.xml.
type odsReader struct {
	book   Book
	limits Limits
	left   *int

	table  *gathering
	number int // of the current row
	repeat int // of the current row
	cells  []string
	cell   odsCell
	inCell bool
	depth  int // of paragraphs inside the cell
	note   int // inside a note or an annotation, whose text is not the cell's
	merged bool
}

// odsCell is the cell being read.
type odsCell struct {
	repeat  int
	value   string
	typed   bool // value stands in an attribute; the paragraphs only show it
	formula bool
	text    strings.Builder
	lines   int
}

func (o *odsReader) read(dec *xml.Decoder) error {
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			if len(o.book.Sheets) == 0 {
				return fmt.Errorf("%w: no table in content.xml", ErrNotTable)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("content.xml, byte %d: %w", dec.InputOffset(), err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = o.start(t)
		case xml.EndElement:
			err = o.end(t)
		case xml.CharData:
			if o.inCell && o.depth > 0 && o.note == 0 {
				if o.cell.text.Len()+len(t) > o.limits.Cell {
					err = fmt.Errorf("sheet %q, row %d: a cell of more than %d bytes: %w", o.table.sheet.Name, o.number, o.limits.Cell, ErrTooLarge)
				}
				o.cell.text.Write(t)
			}
		}
		if err != nil {
			return err
		}
	}
}

// start follows prefixes as every writer uses them: the namespaces of OpenDocument are bound to fixed prefixes in practice, and raw tokens
// are several times cheaper than resolved ones.
func (o *odsReader) start(t xml.StartElement) error {
	switch t.Name.Space + ":" + t.Name.Local {
	case "table:table":
		o.table = &gathering{sheet: Sheet{Name: attribute(t, "name")}, limits: o.limits, left: o.left}
		o.number, o.merged = 0, false
	case "table:table-row":
		o.repeat = count(attribute(t, "number-rows-repeated"))
		o.number++
		o.cells = o.cells[:0]
	case "table:table-cell", "table:covered-table-cell":
		if o.table == nil {
			return nil
		}
		o.inCell, o.depth, o.note = true, 0, 0
		o.cell = odsCell{repeat: count(attribute(t, "number-columns-repeated"))}
		o.typed(t)
		o.spanned(t)
		if !o.merged && (attribute(t, "number-columns-spanned") > "1" || attribute(t, "number-rows-spanned") > "1") {
			o.merged = true
			o.remark(Merged, "")
		}
	case "office:annotation", "text:note":
		o.note++
	case "text:p", "text:h":
		if o.inCell && o.note == 0 {
			if o.cell.lines++; o.cell.lines > 1 {
				o.cell.text.WriteByte('\n')
			}
			o.depth++
		}
	case "text:s":
		if o.inCell && o.note == 0 {
			o.cell.text.WriteString(strings.Repeat(" ", min(count(attribute(t, "c")), 64)))
		}
	case "text:tab":
		if o.inCell && o.note == 0 {
			o.cell.text.WriteByte('\t')
		}
	case "text:line-break":
		if o.inCell && o.note == 0 {
			o.cell.text.WriteByte('\n')
		}
	}
	return nil
}

// spanned notes a cell that is merged over others.
func (o *odsReader) spanned(t xml.StartElement) {
	columns, rows := count(attribute(t, "number-columns-spanned")), count(attribute(t, "number-rows-spanned"))
	if columns > 1 || rows > 1 {
		o.table.sheet.merge(Merge{Row: o.number, Column: len(o.cells), Rows: rows, Columns: columns})
	}
}

// typed keeps the value of a cell whose type is not text.
func (o *odsReader) typed(t xml.StartElement) {
	o.cell.formula = attribute(t, "formula") != ""
	switch attribute(t, "value-type") {
	case "float", "currency", "percentage":
		o.cell.value, o.cell.typed = attribute(t, "value"), true
	case "date":
		o.cell.value, o.cell.typed = isoMoment(attribute(t, "date-value")), true
	case "time":
		// The shown text: 08:15:00 rather than PT08H15M00S.
	case "boolean":
		o.cell.value, o.cell.typed = strings.ToUpper(attribute(t, "boolean-value")), true
	case "":
		if o.cell.formula {
			o.remark(Formula, "")
		}
	}
}

func (o *odsReader) end(t xml.EndElement) error {
	switch t.Name.Space + ":" + t.Name.Local {
	case "office:annotation", "text:note":
		o.note--
	case "text:p", "text:h":
		if o.inCell && o.note == 0 {
			o.depth--
		}
	case "table:table-cell", "table:covered-table-cell":
		o.endCell()
	case "table:table-row":
		return o.endRow()
	case "table:table":
		if o.table != nil {
			o.book.Sheets = append(o.book.Sheets, o.table.sheet)
			o.table = nil
		}
	}
	return nil
}

func (o *odsReader) endCell() {
	if !o.inCell {
		return
	}
	o.inCell = false
	value := o.cell.text.String()
	if o.cell.typed {
		value = o.cell.value
	}
	if strings.HasPrefix(value, "#") && strings.HasSuffix(value, "!") || strings.HasPrefix(value, "Err:") {
		o.remark(Erroneous, value)
	}
	// A value repeated beyond the limit makes the row too wide, which add refuses; an empty one costs nothing more than that.
	for range min(o.cell.repeat, o.limits.Columns+1) {
		if len(o.cells) > o.limits.Columns {
			break
		}
		o.cells = append(o.cells, value)
	}
}

func (o *odsReader) endRow() error {
	if o.table == nil {
		return nil
	}
	first, rows := o.number, o.repeat
	o.number += rows - 1
	cells := o.cells
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return nil
	}
	for i := range rows {
		if err := o.table.add(first+i, cells); err != nil {
			return err
		}
	}
	return nil
}

func (o *odsReader) remark(kind RemarkKind, text string) {
	if len(o.book.Remarks) < maxRemarks {
		o.book.Remarks = append(o.book.Remarks, Remark{Kind: kind, Sheet: o.table.sheet.Name, Row: o.number, Text: text})
	}
}

// maxRemarks bounds remarks: a file of errors needs no more to be understood.
const maxRemarks = 200

func attribute(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// count reads a number of repetitions, 1 when it is missing or makes no sense.
func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// isoMoment writes a date of OpenDocument as a day, or as a day and a time when it has one.
func isoMoment(s string) string {
	day, clock, _ := strings.Cut(s, "T")
	clock, _, _ = strings.Cut(clock, ".")
	if clock == "" || clock == "00:00:00" {
		return day
	}
	return day + " " + clock
}
