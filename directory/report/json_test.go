package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"hygie/directory/report"
)

// The streamed form is byte for byte what encoding/json writes.
func TestJSONIsThatOfTheStandardLibrary(t *testing.T) {
	full := compared(t, "fr")
	for name, r := range map[string]*report.Report{"full": full, "empty": {}, "healthy": audit(t, "en")} {
		var want, got bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteJSON(&got, r); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			at := 0
			for at < min(want.Len(), got.Len()) && want.Bytes()[at] == got.Bytes()[at] {
				at++
			}
			t.Errorf("%s: differs at byte %d: %q, want %q", name, at, got.Bytes()[at:min(at+80, got.Len())], want.Bytes()[at:min(at+80, want.Len())])
		}
	}
	if err := report.WriteJSON(broken{}, full); !errors.Is(err, errBroken) {
		t.Errorf("the error of the writer is lost: %v", err)
	}
}

var errBroken = errors.New("disk full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
