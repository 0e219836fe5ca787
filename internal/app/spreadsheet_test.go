package app

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/internal/web"
)

func TestSpreadsheetExport(t *testing.T) {
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	list := web.Sheet{Name: "structures", Header: []string{"Nom", "Suivi", "Vu"}, Rows: func(yield func([]any, error) bool) {
		yield([]any{"=Clinique des Tilleuls", true, time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)}, nil)
	}}
	var b bytes.Buffer
	if err := (spreadsheet{}).Write(&b, catalogue.Printer(locale.French, time.UTC), list); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("content.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`table:name="structures"`, "&#39;=Clinique des Tilleuls", "<text:p>Oui</text:p>", "office:date-value=\"2026-03-01T"} {
		if !strings.Contains(string(content), want) && !strings.Contains(strings.ToLower(string(content)), strings.ToLower(want)) {
			t.Errorf("no %s", want)
		}
	}
	broken := web.Sheet{Name: "x", Rows: func(yield func([]any, error) bool) { yield(nil, errors.New("base fermée")) }}
	if err := (spreadsheet{}).Write(io.Discard, catalogue.Printer(locale.English, time.UTC), broken); err == nil {
		t.Error("a list that breaks off makes a whole file")
	}
	if !slices.Contains([]string{"ods"}, string(spreadsheet{}.Format())) {
		t.Error("format")
	}
}
