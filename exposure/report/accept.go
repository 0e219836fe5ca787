package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// maxAcceptances bounds a file of acceptances.
const maxAcceptances = 4 << 20

// ReadAcceptances reads a list of acceptances (JSON). Each names its finding, an author, a reason and an end: a risk is never
// accepted for ever.
func ReadAcceptances(name string, in io.Reader) ([]Acceptance, error) {
	limited := &io.LimitedReader{R: in, N: maxAcceptances + 1}
	d := json.NewDecoder(limited)
	d.DisallowUnknownFields()
	var list []Acceptance
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("read acceptances %s at byte %d: %w", name, d.InputOffset(), err)
	}
	for i, a := range list {
		if strings.TrimSpace(a.Finding) == "" || strings.TrimSpace(a.Author) == "" || strings.TrimSpace(a.Reason) == "" || a.Until.IsZero() {
			return nil, fmt.Errorf("read acceptances %s: number %d needs finding, author, reason and until", name, i+1)
		}
	}
	return list, nil
}
