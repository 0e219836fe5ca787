package web

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// Sheet is a list to save as a file: the rows as seen, with the filters and the order of the page, all pages of it. A cell is a
// string, a bool, a whole number, a float64, a time.Time, or what has a message key or a String method.
type Sheet struct {
	Name   string // of the file, without its ending
	Header []string
	Rows   iter.Seq2[[]any, error]
}

// Exporter writes sheets in one format. It streams: it keeps no more than a row.
type Exporter interface {
	Format() ui.Format // also the ending of the file's name
	ContentType() string
	Write(w io.Writer, p *locale.Printer, sheet Sheet) error
}

// Exports returns the formats that lists can be saved as, for Table.Exports.
func (c *Context) Exports() []ui.Format {
	formats := []ui.Format{CSV{}.Format()}
	for _, e := range c.rt.options.Exporters {
		formats = append(formats, e.Format())
	}
	return formats
}

// Export answers with the sheet in the format that the query asks for (?format=csv); ok is false when it asks for none, and the
// handler then shows its page.
func (c *Context) Export(sheet Sheet) (ok bool, err error) {
	format := ui.Format(c.Query("format"))
	if format == "" {
		return false, nil
	}
	exporters := append([]Exporter{CSV{}}, c.rt.options.Exporters...)
	at := slices.IndexFunc(exporters, func(e Exporter) bool { return e.Format() == format })
	if at < 0 {
		return true, fault.NotFound("web.no_format")
	}
	e := exporters[at]
	c.Download(sheet.Name+"."+string(format), e.ContentType())
	if err := e.Write(c.W, c.Printer, sheet); err != nil {
		// What was sent looks like a whole file; fail cuts the connection when anything was sent.
		return true, fmt.Errorf("export %s: %w", sheet.Name, err)
	}
	return true, nil
}

// CSV writes comma-separated values as the reader's spreadsheet opens them: with a byte order mark, and semicolons in French,
// where the comma is in the numbers. Cells that a spreadsheet would run as a formula are made safe with SafeCell.
type CSV struct{}

var _ Exporter = CSV{}

// Format returns "csv".
func (CSV) Format() ui.Format { return "csv" }

// ContentType returns text/csv.
func (CSV) ContentType() string { return "text/csv; charset=utf-8" }

// Write writes the sheet.
func (CSV) Write(w io.Writer, p *locale.Printer, sheet Sheet) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	if p.Lang() == locale.French {
		out.Comma = ';'
	}
	record := make([]string, len(sheet.Header))
	for i, text := range sheet.Header {
		record[i] = SafeCell(text)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for row, err := range sheet.Rows {
		if err != nil {
			return err
		}
		record = record[:0]
		for _, cell := range row {
			record = append(record, csvCell(p, cell))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvCell writes one value so that a spreadsheet in the reader's language reads it as what it is.
func csvCell(p *locale.Printer, cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return SafeCell(v)
	case bool:
		if v {
			return p.T("web.yes")
		}
		return p.T("web.no")
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if p.Lang() == locale.French {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(p.Zone()).Format("2006-01-02 15:04:05")
	case locale.Keyed:
		return SafeCell(p.T(v.MessageKey()))
	}
	return SafeCell(fmt.Sprint(cell))
}

// SafeCell puts an apostrophe before a text that a spreadsheet would take for a formula: one that begins with = + - @, with a
// tab or with a carriage return, also behind spaces or quotes.
func SafeCell(text string) string {
	start := strings.TrimLeft(text, " \u00a0\"'")
	if start != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", []rune(start)[0]) {
		return "'" + text
	}
	return text
}
