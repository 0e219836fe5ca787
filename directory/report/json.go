package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"hygie/directory/report/jsontext"
)

// WriteJSON writes the JSON form: indented by two spaces, object keys in a fixed order, the same bytes for the same report
// (docs/schema/directory-audit.schema.json). It writes as it goes: the text of a large directory is many times the size of the report in memory.
func WriteJSON(w io.Writer, r *Report) error {
	if err := jsontext.WriteIndented(w, r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// maxReport bounds the size of a report that is read back.
const maxReport = 1 << 30

// Read reads the JSON form, to compare with or to show again (docs/schema/directory-audit.schema.json). Fields of a later minor version are ignored.
func Read(in io.Reader) (*Report, error) {
	limited := &io.LimitedReader{R: in, N: maxReport + 1}
	d := json.NewDecoder(limited)
	var r Report
	if err := d.Decode(&r); err != nil {
		if limited.N <= 0 {
			return nil, errors.New("read report: larger than 1 GiB")
		}
		return nil, fmt.Errorf("read report at byte %d: %w", d.InputOffset(), err)
	}
	if !strings.HasPrefix(r.Format, "hygie-directory-audit/") {
		return nil, errors.New("read report: not the report of a directory audit")
	}
	if r.Format != Format {
		return nil, fmt.Errorf("read report: format %q, this version reads %q", r.Format, Format)
	}
	return &r, nil
}
