package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// CSVOptions suit the reader's spreadsheet. The zero value is comma, point and UTF-8 without a mark.
type CSVOptions struct {
	Comma        rune // between cells; 0 for a comma
	DecimalComma bool // 1,5 instead of 1.5
	Mark         bool // begin with a byte order mark, without which some spreadsheets do not take the file for UTF-8
}

// WriteCSV writes a table with its header. Dates are written as 2006-01-02 15:04:05 in their own zone.
func WriteCSV(w io.Writer, o CSVOptions, t Table) error {
	if o.Mark {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return fmt.Errorf("write table %s: %w", t.Name, err)
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if o.Comma != 0 {
		out.Comma = o.Comma
	}
	record := make([]string, 0, len(t.Header))
	for _, text := range t.Header {
		record = append(record, SafeCell(text))
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write table %s: %w", t.Name, err)
	}
	number := 0
	for row, err := range t.Rows {
		number++
		record = record[:0]
		for _, cell := range row {
			record = append(record, csvCell(cell, o.DecimalComma))
		}
		if err == nil {
			err = out.Write(record)
		}
		if err != nil {
			return fmt.Errorf("write table %s: row %d: %w", t.Name, number, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write table %s: %w", t.Name, err)
	}
	return nil
}

func csvCell(cell any, decimalComma bool) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return SafeCell(v)
	case bool:
		return strconv.FormatBool(v)
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if decimalComma {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format("2006-01-02 15:04:05")
	}
	return SafeCell(fmt.Sprint(cell))
}
