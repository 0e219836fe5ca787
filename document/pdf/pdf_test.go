package pdf_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hygie/document"
	"hygie/document/documenttest"
	"hygie/document/pdf"
)

func written(t testing.TB, d document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pdf.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// objects reads a file back through its table of offsets: each must point at its object.
func objects(t *testing.T, data []byte) map[int]string {
	t.Helper()
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(data)
	if start == nil {
		t.Fatal("the file has no end")
	}
	at, _ := strconv.Atoi(string(start[1]))
	rows := strings.Split(string(data[at:]), "\n")
	var count int
	if _, err := fmt.Sscanf(rows[1], "0 %d", &count); err != nil || rows[0] != "xref" {
		t.Fatalf("no table of offsets at %d", at)
	}
	out := map[int]string{}
	for id := 1; id < count; id++ {
		if len(rows[2+id]) != 19 {
			t.Fatalf("row %d of the table is %q", id, rows[2+id])
		}
		offset, _ := strconv.Atoi(rows[2+id][:10])
		head := strconv.Itoa(id) + " 0 obj\n"
		if !bytes.HasPrefix(data[offset:], []byte(head)) {
			t.Fatalf("object %d is not at %d", id, offset)
		}
		body, _, _ := strings.Cut(string(data[offset+len(head):]), "\nendobj\n")
		out[id] = body
	}
	return out
}

// Everything that a reader of tags needs is there: each marked piece of each page has its element, and the elements are of the right kinds.
func TestStructure(t *testing.T) {
	all := objects(t, written(t, documenttest.Sample()))
	kinds := map[string]int{}
	var catalog string
	for _, body := range all {
		if m := regexp.MustCompile(`^<</Type /StructElem /S /(\w+)`).FindStringSubmatch(body); m != nil {
			kinds[m[1]]++
		}
		if strings.HasPrefix(body, "<</Type /Catalog") {
			catalog = body
		}
	}
	want := map[string]int{"Document": 1, "H1": 1, "H2": 1, "H3": 1, "L": 3, "LI": 6, "Lbl": 6, "LBody": 6, "Table": 2, "Caption": 1, "THead": 1, "TBody": 2,
		"TR": 5, "TH": 6, "TD": 4, "Figure": 2, "Link": 1}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d elements %s, want %d", kinds[kind], kind, n)
		}
	}
	for _, entry := range []string{"/Lang <FEFF00660072>", "/MarkInfo <</Marked true>>", "/DisplayDocTitle true", "/Outlines", "/Metadata"} {
		if !strings.Contains(catalog, entry) {
			t.Errorf("the catalogue lacks %s", entry)
		}
	}
	marks, listed := 0, 0
	for _, body := range all {
		if strings.Contains(body, "/FlateDecode") {
			marks += strings.Count(unpacked(t, body), "/MCID ")
		}
		if strings.HasPrefix(body, "<</Nums [") {
			for _, row := range regexp.MustCompile(`\[([^\]]*)\] `).FindAllStringSubmatch(strings.TrimPrefix(body, "<</Nums ["), -1) {
				listed += strings.Count(row[1], " 0 R")
			}
		}
	}
	if marks == 0 || marks != listed {
		t.Errorf("%d marked pieces, %d in the parent tree", marks, listed)
	}
}

func unpacked(t *testing.T, body string) string {
	t.Helper()
	_, data, _ := strings.Cut(body, "stream\n")
	z, err := zlib.NewReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestHostileText(t *testing.T) {
	data := written(t, documenttest.Hostile())
	objects(t, data)
	if len(data) > 2<<20 {
		t.Errorf("%d bytes", len(data))
	}
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(written(t, documenttest.Sample()), written(t, documenttest.Sample())) {
		t.Error("two writings differ")
	}
}

// A row that no page can hold is cut, and the heading is repeated.
func TestEveryRowIsThere(t *testing.T) {
	all := objects(t, written(t, documenttest.Long(500)))
	rows := 0
	for _, body := range all {
		if strings.HasPrefix(body, "<</Type /StructElem /S /TR ") {
			rows++
		}
	}
	if rows != 501 {
		t.Errorf("%d rows", rows)
	}
}

// Two independent programs find nothing wrong, and read the text and the tags back.
func TestOtherReaders(t *testing.T) {
	for name, d := range map[string]document.Document{"sample": documenttest.Sample(), "hostile": documenttest.Hostile(), "long": documenttest.Long(200)} {
		path := filepath.Join(t.TempDir(), name+".pdf")
		if err := os.WriteFile(path, written(t, d), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name+"/qpdf", func(t *testing.T) {
			if _, err := exec.LookPath("qpdf"); err != nil {
				t.Skip("SKIPPED, qpdf is not installed")
			}
			if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil || bytes.Contains(out, []byte("WARNING")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
		t.Run(name+"/poppler", func(t *testing.T) {
			if _, err := exec.LookPath("pdfinfo"); err != nil {
				t.Skip("SKIPPED, poppler-utils is not installed")
			}
			out, err := exec.Command("pdfinfo", "-struct-text", path).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("Error")) {
				t.Fatalf("%v\n%s", err, out)
			}
			if name != "sample" {
				return
			}
			for _, want := range []string{"H1 (block)", `"Récépissé de dépôt"`, "deux « œufs »", "débrancher le réseau", `"1 234,56 €"`} {
				if !strings.Contains(strings.ReplaceAll(string(out), "\u00a0", " "), want) {
					t.Errorf("%q was not read back from\n%s", want, out)
				}
			}
		})
	}
}

func BenchmarkRegister(b *testing.B) {
	d := documenttest.Long(500)
	size := 0
	for b.Loop() {
		size = len(written(b, d))
	}
	b.ReportMetric(float64(size), "bytes/file")
}
