package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"hygie/directory/report"
	"hygie/directory/report/objects"
	"hygie/directory/report/reporttest"
)

// The streamed form is byte for byte what encoding/json writes.
func TestJSONIsThatOfTheStandardLibrary(t *testing.T) {
	full := reporttest.Compared(t, "fr")
	for name, r := range map[string]*report.Report{"full": full, "empty": {}, "healthy": reporttest.Audit(t, "en")} {
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

// Strings are written as encoding/json writes them.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "CN=Éloïse\\, \"x\",DC=a", "\x00\b\f\n\r\t\x1f\x7f<&>", "\u2027\u2028\u2029\u202a", "\xc3\x28\xff", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want, got bytes.Buffer
		r := &report.Report{Domains: []report.Domain{{Points: []report.Point{{Objects: objects.Of(objects.Object{DN: s, Params: map[string]string{s: s, "b": "", "a": s}, Levels: []int{2, 1}, Status: s})}}}}}
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
			t.Errorf("%q, want %q", got.String(), want.String())
		}
	})
}

var errBroken = errors.New("disk full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
