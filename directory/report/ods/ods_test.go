package ods_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hygie/directory/report/ods"
	"hygie/directory/report/reporttest"
)

func TestODSReport(t *testing.T) {
	var b bytes.Buffer
	if err := ods.Write(&b, reporttest.Compared(t, "fr")); err != nil {
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
	if err := xml.Unmarshal(content, new(struct{})); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`<table:table table:name="([^"]*)"`).FindAllStringSubmatch(string(content), -1)
	var got []string
	for _, n := range names {
		got = append(got, n[1])
	}
	if want := []string{"Domaines", "Points", "Objets", "Autres constats", "Chemins", "Corrections", "Évolution du niveau", "Points et constats", "Ce qui a changé", "Chemins ouverts et fermés"}; !slices.Equal(got, want) {
		t.Errorf("tables %q, want %q", got, want)
	}
	if !strings.Contains(string(content), "vuln_krbtgt") || strings.Contains(string(content), "<script>") {
		t.Error("points are missing, or a name is not escaped")
	}
}
