package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes the JSON form: indented by two spaces, keys in a fixed order, the same bytes for the same report.
func WriteJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// maxReport bounds the size of a report that is read back.
const maxReport = 256 << 20

// Read reads the JSON form, to compare with or to show again. Fields of a later minor version are ignored.
func Read(in io.Reader) (*Report, error) {
	limited := &io.LimitedReader{R: in, N: maxReport + 1}
	d := json.NewDecoder(limited)
	var r Report
	if err := d.Decode(&r); err != nil {
		if limited.N <= 0 {
			return nil, fmt.Errorf("read report: larger than %d bytes", maxReport)
		}
		return nil, fmt.Errorf("read report at byte %d: %w", d.InputOffset(), err)
	}
	if !strings.HasPrefix(r.Format, "hygie-exposure-audit/") {
		return nil, errors.New("read report: not the report of an exposure audit")
	}
	if r.Format != Format {
		return nil, fmt.Errorf("read report: format %q, this version reads %q", r.Format, Format)
	}
	return &r, nil
}
