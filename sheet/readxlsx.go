package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// readXLSX reads a workbook of Office Open XML (ISO/IEC 29500-1, section 18), each sheet as a stream.
func readXLSX(a archive) (Book, error) {
	book := Book{Format: XLSX}
	var workbook struct {
		Properties struct {
			Since1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			ID    string `xml:"id,attr"`
			State string `xml:"state,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := a.decode("xl/workbook.xml", &workbook); err != nil {
		return Book{}, err
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := a.decode("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return Book{}, err
	}
	target := map[string]string{}
	for _, r := range relations.List {
		p := r.Target
		if !strings.HasPrefix(p, "/") {
			p = "/xl/" + p
		}
		target[r.ID] = strings.TrimPrefix(path.Clean(p), "/")
	}
	x := xlsxReader{book: &book, limits: a.limits, since1904: workbook.Properties.Since1904 == "1" || workbook.Properties.Since1904 == "true"}
	var err error
	if x.strings, err = a.sharedStrings(); err != nil {
		return Book{}, err
	}
	if x.dates, err = a.dateStyles(); err != nil {
		return Book{}, err
	}
	left := a.limits.Rows
	for _, s := range workbook.Sheets {
		name := target[s.ID]
		if a.files[name] == nil {
			continue // a chart sheet, or a file that was cut by hand
		}
		x.table = &gathering{sheet: Sheet{Name: s.Name}, limits: a.limits, left: &left}
		if s.State != "" && s.State != "visible" {
			x.remark(Hidden, 0, "")
		}
		in, err := a.open(name)
		if err != nil {
			return Book{}, err
		}
		err = x.sheet(xml.NewDecoder(in))
		in.Close()
		if err != nil {
			return Book{}, fmt.Errorf("sheet %q: %w", s.Name, err)
		}
		book.Sheets = append(book.Sheets, x.table.sheet)
	}
	if len(book.Sheets) == 0 {
		return Book{}, fmt.Errorf("%w: no sheet", ErrNotTable)
	}
	return book, nil
}

// decode reads a small part whole.
func (a archive) decode(name string, into any) error {
	in, err := a.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := xml.NewDecoder(io.LimitReader(in, 16<<20)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// sharedStrings reads the texts that cells refer to by number. Phonetic guides are not part of the text.
func (a archive) sharedStrings() ([]string, error) {
	if a.files["xl/sharedStrings.xml"] == nil {
		return nil, nil
	}
	in, err := a.open("xl/sharedStrings.xml")
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var list []string
	dec := xml.NewDecoder(in)
	var text strings.Builder
	inText, phonetic := false, 0
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("xl/sharedStrings.xml, byte %d: %w", dec.InputOffset(), err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				text.Reset()
			case "rPh":
				phonetic++
			case "t":
				inText = phonetic == 0
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "si":
				list = append(list, text.String())
			case "rPh":
				phonetic--
			case "t":
				inText = false
			}
		case xml.CharData:
			if inText {
				if text.Len()+len(t) > a.limits.Cell {
					return nil, fmt.Errorf("xl/sharedStrings.xml, text %d: more than %d bytes: %w", len(list)+1, a.limits.Cell, ErrTooLarge)
				}
				text.Write(t)
			}
		}
	}
}

// dateStyles tells which cell styles show a number as a day or a time.
func (a archive) dateStyles() ([]bool, error) {
	if a.files["xl/styles.xml"] == nil {
		return nil, nil
	}
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := a.decode("xl/styles.xml", &styles); err != nil {
		return nil, err
	}
	dated := map[int]bool{}
	for _, id := range []int{14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57} { // ISO/IEC 29500-1, 18.8.30
		dated[id] = true
	}
	for _, f := range styles.Formats {
		dated[f.ID] = showsDate(f.Code)
	}
	list := make([]bool, len(styles.Cells))
	for i, c := range styles.Cells {
		list[i] = dated[c.Format]
	}
	return list, nil
}

// showsDate tells whether a number format shows a day or a time: it holds a letter of one, outside quotes, brackets and escapes.
func showsDate(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == ';':
			return false // only the first section counts, and it held no letter
		case strings.ContainsRune("dmyhsDMYHS", rune(c)):
			return true
		}
	}
	return false
}

// xlsxReader is the state of reading one workbook.
type xlsxReader struct {
	book      *Book
	limits    Limits
	strings   []string
	dates     []bool
	since1904 bool
	table     *gathering
}

func (x *xlsxReader) remark(kind RemarkKind, row int, text string) {
	if len(x.book.Remarks) < maxRemarks {
		x.book.Remarks = append(x.book.Remarks, Remark{Kind: kind, Sheet: x.table.sheet.Name, Row: row, Text: text})
	}
}

// xlsxCell is the cell being read.
type xlsxCell struct {
	column  int
	kind    string
	style   int
	formula bool
	valued  bool
	text    strings.Builder
}

// sheet reads the rows of one sheet.
func (x *xlsxReader) sheet(dec *xml.Decoder) error {
	var cells []string
	var cell xlsxCell
	row, column, inValue := 0, 0, false
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("byte %d: %w", dec.InputOffset(), err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				row++
				if n, err := strconv.Atoi(attribute(t, "r")); err == nil && n > 0 {
					row = n
				}
				cells, column = cells[:0], 0
			case "c":
				column++
				if c, ok := columnOf(attribute(t, "r")); ok {
					column = c
				}
				style, _ := strconv.Atoi(attribute(t, "s"))
				cell = xlsxCell{column: column, kind: attribute(t, "t"), style: style}
			case "f":
				cell.formula = true
			case "v", "t":
				inValue, cell.valued = true, true
			case "mergeCell":
				x.remark(Merged, 0, attribute(t, "ref"))
				if m, ok := mergeOf(attribute(t, "ref")); ok {
					x.table.sheet.merge(m)
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v", "t":
				inValue = false
			case "c":
				if cell.column > x.limits.Columns {
					return fmt.Errorf("row %d: column %d: %w", row, cell.column, ErrTooLarge)
				}
				for len(cells) < cell.column {
					cells = append(cells, "")
				}
				if cell.column > 0 {
					cells[cell.column-1] = x.value(&cell, row)
				}
			case "row":
				if err := x.table.add(row, cells); err != nil {
					return err
				}
			}
		case xml.CharData:
			if inValue {
				if cell.text.Len()+len(t) > x.limits.Cell {
					return fmt.Errorf("row %d: a cell of more than %d bytes: %w", row, x.limits.Cell, ErrTooLarge)
				}
				cell.text.Write(t)
			}
		}
	}
}

// value is what a cell shows, see [Row].
func (x *xlsxReader) value(c *xlsxCell, row int) string {
	text := c.text.String()
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n >= len(x.strings) {
			x.remark(Erroneous, row, text)
			return ""
		}
		return x.strings[n]
	case "b":
		if text == "1" {
			return "TRUE"
		}
		return "FALSE"
	case "e":
		x.remark(Erroneous, row, text)
		return text
	case "inlineStr", "str":
		return text
	case "d":
		return isoMoment(text)
	}
	if c.formula && !c.valued {
		x.remark(Formula, row, "")
	}
	if c.style >= 0 && c.style < len(x.dates) && x.dates[c.style] && text != "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return x.moment(n)
		}
	}
	return plainNumber(text)
}

// moment turns a serial day into a date (ISO/IEC 29500-1, 18.17.4). In the 1900 system day 60 never was, so that days before it are one late.
func (x *xlsxReader) moment(serial float64) string {
	if serial < 0 || serial > 2958466 || math.IsNaN(serial) {
		return strconv.FormatFloat(serial, 'f', -1, 64)
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case x.since1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case serial < 60:
		epoch = epoch.AddDate(0, 0, 1)
	}
	t := epoch.Add(time.Duration(math.Round(serial*86400)) * time.Second)
	switch {
	case serial < 1:
		return t.Format(time.TimeOnly)
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format(time.DateOnly)
	default:
		return t.Format(time.DateTime)
	}
}

// plainNumber writes a number that binary arithmetic made long, such as 0.30000000000000004, as the spreadsheet shows it: 15 digits.
func plainNumber(text string) string {
	if len(text) < 16 || strings.Trim(text, "0123456789.eE+-") != "" {
		return text
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

// columnOf reads the column of a reference such as "BC12", counted from 1.
func columnOf(ref string) (int, bool) {
	n := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n, n > 0
}
