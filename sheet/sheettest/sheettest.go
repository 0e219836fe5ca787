// Package sheettest makes spreadsheets for tests: the same table as CSV, XLSX and ODS.
package sheettest

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"iter"
	"strings"

	"hygie/sheet"
)

// Table is rows of texts, and merged ranges such as "A2:A4", which only XLSX keeps.
type Table struct {
	Name   string
	Rows   [][]string
	Merges []string
}

// CSV writes a table with semicolons.
func CSV(t Table) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = ';'
	_ = w.WriteAll(t.Rows) // a buffer never fails
	return b.Bytes()
}

// ODS writes a table as our own exports are: without a header row of its own, so that rows are counted alike in the three formats.
func ODS(t Table) ([]byte, error) {
	var b bytes.Buffer
	var rows iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
		for _, r := range t.Rows[1:] {
			cells := make([]any, len(r))
			for i, c := range r {
				cells[i] = c
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	err := sheet.WriteODS(&b, sheet.Document{Title: t.Name}, sheet.Table{Name: t.Name, Header: t.Rows[0], Rows: rows})
	return b.Bytes(), err
}

// XLSX writes a table with the texts in its cells.
func XLSX(t Table) ([]byte, error) {
	var cells strings.Builder
	for r, row := range t.Rows {
		fmt.Fprintf(&cells, `<row r="%d">`, r+1)
		for c, text := range row {
			if text == "" {
				continue
			}
			var escaped bytes.Buffer
			if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
				return nil, err
			}
			fmt.Fprintf(&cells, `<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, column(c), r+1, escaped.String())
		}
		cells.WriteString(`</row>`)
	}
	merges := ""
	for _, m := range t.Merges {
		merges += `<mergeCell ref="` + m + `"/>`
	}
	const namespace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		{"xl/workbook.xml", `<workbook ` + namespace + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="` + t.Name + `" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + namespace + `><sheetData>` + cells.String() + `</sheetData><mergeCells>` + merges + `</mergeCells></worksheet>`},
	} {
		w, err := z.Create(part[0])
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(part[1])); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// column names a column counted from 0: A, B, … Z, AA.
func column(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return column(i/26-1) + string(rune('A'+i%26))
}
