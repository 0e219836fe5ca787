// Package sheet writes tables that spreadsheets open, OpenDocument (ISO 26300) and comma-separated values (RFC 4180), and reads those that
// people already have, Office Open XML (ISO/IEC 29500) besides.
//
//	err := sheet.WriteODS(file, sheet.Document{Title: "Audit"}, sheet.Table{
//		Name: "Points", Header: []string{"Point", "Niveau"}, Rows: rows,
//	})
//
// Both writers stream: they keep a row, not a table. The same tables give the same bytes.
//
// A cell is nil (empty), a string, a bool, a whole number, a float64 or a time.Time; anything else is written as fmt.Sprint
// does. Texts that a spreadsheet would take for a formula are made safe, see [SafeCell], in both formats: a table is often
// saved again in another.
//
// Reading is for hostile and careless files alike: bounded, never computing a formula, with rows that keep their number, a header looked for by
// the names of its columns, and remarks on what was repaired.
//
//	book, err := sheet.Read(file, size, sheet.Limits{})
//	header, ok := sheet.FindHeader(book.Sheets[0], fields)
//	for _, record := range sheet.Records(book.Sheets[0], header) { … }
package sheet

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Table is a named list of rows. Rows gives an error to stop: what was written is then no whole file.
type Table struct {
	Name   string
	Header []string
	Widths []float64 // of the columns, in centimetres; those that are missing have a usual width
	Rows   iter.Seq2[[]any, error]
}

// Slice gives the rows of a list, each made by row.
func Slice[T any](list []T, row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, each := range list {
			if !yield(row(each), nil) {
				return
			}
		}
	}
}

// SafeCell puts an apostrophe before a text that a spreadsheet would take for a formula: one that begins with = + - @, with a tab or
// with a carriage return, also behind spaces or quotes, or with the wide forms of these signs.
func SafeCell(text string) string {
	start := strings.TrimLeft(text, " \u00a0\"'")
	if first, _ := utf8.DecodeRuneInString(start); start != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + text
	}
	return text
}
