package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what is read of a file that someone else made. A zero field takes the value of [Usual].
type Limits struct {
	Rows    int   // in all sheets, empty ones apart
	Columns int   // of a row
	Cell    int   // bytes of a cell; longer ones are refused
	Bytes   int64 // of one part of the file once decompressed
}

// Usual are limits that any table a person made stays within.
func Usual() Limits { return Limits{Rows: 200_000, Columns: 512, Cell: 64 << 10, Bytes: 256 << 20} }

func (l Limits) complete() Limits {
	u := Usual()
	if l.Rows > 0 {
		u.Rows = l.Rows
	}
	if l.Columns > 0 {
		u.Columns = l.Columns
	}
	if l.Cell > 0 {
		u.Cell = l.Cell
	}
	if l.Bytes > 0 {
		u.Bytes = l.Bytes
	}
	return u
}

// Format is what a file turned out to be.
type Format string

// The formats that are read.
const (
	CSV  Format = "csv"
	ODS  Format = "ods"
	XLSX Format = "xlsx"
)

// Book is a file of tables as someone made it.
type Book struct {
	Format  Format
	Sheets  []Sheet
	Remarks []Remark // what was repaired or left out on the way
}

// Sheet is one table. Rows that hold nothing are left out; the others keep their number.
type Sheet struct {
	Name   string
	Rows   []Row
	Merges []Merge // cells merged over several rows or columns, at most [mostMerges]
}

// Row is one line of a sheet. Cells are the values that the spreadsheet shows, in a form that does not depend on its language: days
// as 2026-11-30, moments as 2026-11-30 08:15:00, numbers with a point, yes and no as TRUE and FALSE. A formula counts by the result the spreadsheet
// stored; it is never computed. Merged cells hold their value once, in the first.
type Row struct {
	Number int // as the spreadsheet counts, from 1
	Cells  []string
}

// Cell is the trimmed text of a column counted from 0, empty beyond the end.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[column])
}

// Remark is something a person should know about how their file was read.
type Remark struct {
	Kind  RemarkKind
	Sheet string
	Row   int    // 0 when it is about the whole sheet or file
	Text  string // the part that varies: an encoding, a formula's error
}

// RemarkKind is a closed list, for which pages have words.
type RemarkKind string

// What is worth a remark.
const (
	Recoded   RemarkKind = "recoded" // the text was not UTF-8; Text names the encoding that was taken
	Formula   RemarkKind = "formula" // a formula without a stored result; its cell is empty
	Erroneous RemarkKind = "error"   // a cell that shows an error such as #REF!
	Merged    RemarkKind = "merged"  // merged cells
	Hidden    RemarkKind = "hidden"  // a hidden sheet, which was read
	Filled    RemarkKind = "filled"  // the value of merged cells was given to each of their rows, up to the one Text names; see [FillDown]
)

// Errors of reading. They come wrapped with the place.
var (
	ErrNotTable  = errors.New("not a spreadsheet or a text table")
	ErrEncrypted = errors.New("protected by a password: save it without one")
	ErrOld       = errors.New("an old binary spreadsheet: save it as .xlsx or .ods")
	ErrTooLarge  = errors.New("larger than what is read")
)

// Read reads a spreadsheet (OpenDocument or Office Open XML) or a text table, told apart by their content.
func Read(r io.ReaderAt, size int64, limits Limits) (Book, error) {
	limits = limits.complete()
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Book{}, err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return readZIP(r, size, limits)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")): // MS-CFB: an old workbook, or an encrypted new one
		return Book{}, ErrOld
	default:
		return readCSV(io.NewSectionReader(r, 0, size), limits)
	}
}

// readZIP reads a zipped spreadsheet of either kind.
func readZIP(r io.ReaderAt, size int64, limits Limits) (Book, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Book{}, fmt.Errorf("%w: %w", ErrNotTable, err)
	}
	parts := archive{files: map[string]*zip.File{}, limits: limits}
	for _, f := range z.File {
		parts.files[strings.TrimPrefix(f.Name, "/")] = f
	}
	switch {
	case parts.files["content.xml"] != nil:
		return readODS(parts)
	case parts.files["[Content_Types].xml"] != nil && parts.files["xl/workbook.xml"] != nil:
		return readXLSX(parts)
	default:
		return Book{}, ErrNotTable
	}
}

// archive is the parts of a zipped spreadsheet.
type archive struct {
	files  map[string]*zip.File
	limits Limits
}

// open opens a part; reading more of it than the limit fails with [ErrTooLarge].
func (a archive) open(name string) (io.ReadCloser, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%w: %s is missing", ErrNotTable, name)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{in, a.limits.Bytes}, in}, nil
}

// bounded fails rather than ends: a cut table must not pass for a whole one.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// gathering keeps the rows of one sheet within the limits.
type gathering struct {
	sheet  Sheet
	limits Limits
	left   *int // rows left for the whole file
}

// add keeps a row unless it holds nothing. Empty cells at its end are dropped.
func (t *gathering) add(number int, cells []string) error {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return nil
	}
	if len(cells) > t.limits.Columns {
		return fmt.Errorf("sheet %q, row %d: %d columns: %w", t.sheet.Name, number, len(cells), ErrTooLarge)
	}
	for i, c := range cells {
		if len(c) > t.limits.Cell {
			return fmt.Errorf("sheet %q, row %d, column %d: %d bytes in one cell: %w", t.sheet.Name, number, i+1, len(c), ErrTooLarge)
		}
	}
	if *t.left--; *t.left < 0 {
		return fmt.Errorf("sheet %q, row %d: more than %d rows: %w", t.sheet.Name, number, t.limits.Rows, ErrTooLarge)
	}
	t.sheet.Rows = append(t.sheet.Rows, Row{number, append([]string(nil), cells...)})
	return nil
}
