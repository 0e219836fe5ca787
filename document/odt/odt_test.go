package odt_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"hygie/document"
	"hygie/document/documenttest"
	"hygie/document/odt"
)

func written(t *testing.T, d document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := odt.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parts opens the file as office programs do: its type stands at byte 38, and each part is well-formed and listed.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	if string(data[30:38]) != "mimetype" || !bytes.HasPrefix(data[38:], []byte("application/vnd.oasis.opendocument.text")) {
		t.Fatalf("the file begins with %q", data[30:80])
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
		if !strings.HasSuffix(f.Name, ".xml") {
			continue
		}
		for d := xml.NewDecoder(bytes.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	for name := range out {
		if name != "mimetype" && name != "META-INF/manifest.xml" && !strings.Contains(out["META-INF/manifest.xml"], `full-path="`+name+`"`) {
			t.Errorf("%s is not listed", name)
		}
	}
	return out
}

func TestSample(t *testing.T) {
	data := written(t, documenttest.Sample())
	content := parts(t, data)["content.xml"]
	for _, want := range []string{`text:outline-level="1">Récépissé de dépôt</text:h>`, "<table:table-header-rows>", `<svg:desc>Un dégradé</svg:desc>`, `text:style-name="Strong"`,
		`text:style-name="Numbers"`, `text:style-name="BodyBreak"`} {
		if !strings.Contains(content, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if !bytes.Equal(data, written(t, documenttest.Sample())) {
		t.Error("two writings differ")
	}
}

func TestHostileText(t *testing.T) {
	content := parts(t, written(t, documenttest.Hostile()))["content.xml"]
	if strings.Contains(content, "javascript:") {
		t.Error("an address that runs was kept")
	}
}
