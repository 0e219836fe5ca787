package trend

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"hygie/directory/pingcastle"
	"hygie/internal/bring"
	"hygie/sheet"
)

// Bounds of an archive of reports.
const (
	mostReports   = 500
	largestReport = 256 << 20 // bytes, decompressed
	largestAll    = 1 << 30
)

// isReports tells whether a file is a report of PingCastle, or a zip that holds XML files and is no spreadsheet, which is a zip too.
func isReports(file []byte) bool {
	if !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return pingcastle.Is(file[:min(len(file), 4096)])
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return false
	}
	reports := false
	for _, f := range z.File {
		switch name := strings.TrimPrefix(f.Name, "/"); {
		case name == "content.xml", name == "[Content_Types].xml":
			return false
		case strings.HasSuffix(strings.ToLower(name), ".xml"):
			reports = true
		}
	}
	return reports
}

// readReports reads the scores of one report, or of all reports of a zip, as a table with a row for each.
func readReports(file []byte) (sheet.Book, error) {
	header := []string{"date", "domain", "score", "stale", "privileged", "trusts", "anomalies", "maturity"}
	if !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		s, err := pingcastle.ReadScores(bytes.NewReader(file), pingcastle.Options{Bytes: largestReport, Name: "XML"})
		if err != nil {
			return sheet.Book{}, refused(err)
		}
		return bring.Tabled("PingCastle", header, [][]string{row(s)}), nil
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return sheet.Book{}, fmt.Errorf("%w: %w", sheet.ErrNotTable, err)
	}
	var rows [][]string
	left := int64(largestAll)
	for _, f := range z.File {
		if !strings.HasSuffix(strings.ToLower(f.Name), ".xml") {
			continue
		}
		if len(rows) == mostReports {
			return sheet.Book{}, fmt.Errorf("more than %d reports: %w", mostReports, sheet.ErrTooLarge)
		}
		if left <= 0 {
			return sheet.Book{}, fmt.Errorf("%s: %w", f.Name, sheet.ErrTooLarge)
		}
		in, err := f.Open()
		if err != nil {
			return sheet.Book{}, fmt.Errorf("%w: open %s: %w", sheet.ErrNotTable, f.Name, err)
		}
		s, err := pingcastle.ReadScores(in, pingcastle.Options{Bytes: min(largestReport, left), Name: path.Base(f.Name)})
		in.Close()
		if err != nil {
			return sheet.Book{}, refused(err)
		}
		left -= int64(f.UncompressedSize64)
		rows = append(rows, row(s))
	}
	if len(rows) == 0 {
		return sheet.Book{}, fmt.Errorf("%w: no report in the archive", sheet.ErrNotTable)
	}
	return bring.Tabled("PingCastle", header, rows), nil
}

// refused tells a report that cannot be read as a table that cannot.
func refused(err error) error {
	if errors.Is(err, pingcastle.ErrEncrypted) {
		return fmt.Errorf("%w: %w", sheet.ErrEncrypted, err)
	}
	return fmt.Errorf("%w: %w", sheet.ErrNotTable, err)
}

func row(s pingcastle.Scores) []string {
	cells := []string{s.At.Format(time.RFC3339), s.Domain}
	for _, n := range []int{s.Global, s.Stale, s.Privileged, s.Trusts, s.Anomalies, s.Maturity} {
		cells = append(cells, strconv.Itoa(n))
	}
	if s.Maturity == 0 {
		cells[len(cells)-1] = ""
	}
	return cells
}
