package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"os"
)

func table(rows ...[]any) Table {
	return Table{Name: "Points", Header: []string{"Nom", "Valeur"}, Rows: Slice(rows, func(r []any) []any { return r })}
}

func ods(t testing.TB, tables ...Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteODS(&b, Document{Title: "Audit & co", Language: "fr"}, tables...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parts reads an archive.
func parts(t testing.TB, file []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// cells reads the texts of a sheet, row by row, as a spreadsheet shows them.
func cells(t testing.TB, contentXML string) (names []string, rows [][]string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(contentXML))
	var text strings.Builder
	paragraphs := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "table":
				names = append(names, e.Attr[0].Value)
			case "table-row":
				rows = append(rows, nil)
			case "table-cell":
				text.Reset()
				paragraphs = 0
			case "p":
				if paragraphs++; paragraphs > 1 {
					text.WriteByte('\n')
				}
			case "tab":
				text.WriteByte('\t')
			case "s":
				var n int
				fmt.Sscan(e.Attr[0].Value, &n)
				text.WriteString(strings.Repeat(" ", n))
			}
		case xml.CharData:
			if paragraphs > 0 {
				text.Write(e)
			}
		case xml.EndElement:
			if e.Name.Local == "table-cell" {
				rows[len(rows)-1] = append(rows[len(rows)-1], text.String())
			}
		}
	}
}

func TestODS(t *testing.T) {
	when := time.Date(2026, 3, 1, 8, 30, 15, 0, time.UTC)
	file := ods(t, table(
		[]any{"Adèle <b> & co", 12}, []any{"  deux  espaces ", -1.5}, []any{"ligne 1\nligne 2\tfin", true}, []any{nil, when}, []any{"\x00\x1b[31m", math.NaN()}, []any{},
	), Table{Name: "Points", Header: []string{"=A1"}, Rows: Slice[any](nil, nil)})
	p := parts(t, file)
	if p["mimetype"] != mediaType || !bytes.HasPrefix(file[30:], []byte("mimetype"+mediaType)) {
		t.Error("the media type is not the first entry, in clear")
	}
	for name, text := range p {
		if name != "mimetype" && xml.Unmarshal([]byte(text), new(struct{})) != nil {
			t.Errorf("%s is not XML", name)
		}
	}
	names, rows := cells(t, p["content.xml"])
	if fmt.Sprint(names) != "[Points Points 2]" {
		t.Errorf("tables %q", names)
	}
	want := [][]string{
		{"Nom", "Valeur"}, {"Adèle <b> & co", "12"}, {"  deux  espaces ", "-1.5"}, {"ligne 1\nligne 2\tfin", "true"}, {"", "2026-03-01 08:30"},
		{"\ufffd\ufffd[31m", ""}, {""}, {"'=A1"},
	}
	if fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", rows, want)
	}
	for _, part := range []string{`office:value="12"`, `office:date-value="2026-03-01T08:30:15"`, `office:boolean-value="true"`, `office:value="-1.5"`} {
		if !strings.Contains(p["content.xml"], part) {
			t.Errorf("no %s", part)
		}
	}
	if !bytes.Equal(file, ods(t, table(
		[]any{"Adèle <b> & co", 12}, []any{"  deux  espaces ", -1.5}, []any{"ligne 1\nligne 2\tfin", true}, []any{nil, when}, []any{"\x00\x1b[31m", math.NaN()}, []any{},
	), Table{Name: "Points", Header: []string{"=A1"}, Rows: Slice[any](nil, nil)})) {
		t.Error("the same tables give other bytes")
	}
}

func TestSafeCell(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"=1+1", "'=1+1"}, {"+33", "'+33"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"\tx", "'\tx"}, {"\rx", "'\rx"}, {"\n=x", "'\n=x"},
		{"  =x", "'  =x"}, {`"=x"`, `'"=x"`}, {"\uff1dx", "'\uff1dx"}, {"'=x", "''=x"},
		{"a=b", "a=b"}, {"", ""}, {"   ", "   "}, {"CN=x,DC=y", "CN=x,DC=y"},
	} {
		if got := SafeCell(row.in); got != row.want {
			t.Errorf("%q gives %q, want %q", row.in, got, row.want)
		}
	}
}

func TestTableNames(t *testing.T) {
	c := &content{names: make(map[string]bool)}
	for _, row := range []struct{ in, want string }{
		{"Points", "Points"}, {"points", "points 2"}, {"a/b:[c]", "a b  c"}, {"", "7"}, {strings.Repeat("é", 40), strings.Repeat("é", 28)},
	} {
		if got := c.name(row.in, 6); got != row.want {
			t.Errorf("%q gives %q, want %q", row.in, got, row.want)
		}
	}
}

// A table longer than a spreadsheet can hold goes on in another.
func TestLongTable(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a million rows")
	}
	long := Table{Name: "Longue", Header: []string{"n"}, Rows: func(yield func([]any, error) bool) {
		row := []any{1}
		for range maxRows + 1 {
			if !yield(row, nil) {
				return
			}
		}
	}}
	text := parts(t, ods(t, long))["content.xml"]
	if n := strings.Count(text, "<table:table "); n != 2 {
		t.Errorf("%d tables, want 2", n)
	}
	if n := strings.Count(text, "<table:table-row>"); n != maxRows+3 {
		t.Errorf("%d rows, want %d", n, maxRows+3)
	}
}

func TestRowErrors(t *testing.T) {
	bad := Table{Name: "Points", Header: []string{"x"}, Rows: func(yield func([]any, error) bool) {
		_ = yield([]any{1}, nil) && yield(nil, errors.New("base fermée"))
	}}
	if err := WriteODS(io.Discard, Document{}, bad); err == nil || !strings.Contains(err.Error(), "row 2: base fermée") {
		t.Errorf("ods: %v", err)
	}
	if err := WriteCSV(io.Discard, CSVOptions{}, bad); err == nil || !strings.Contains(err.Error(), "row 2: base fermée") {
		t.Errorf("csv: %v", err)
	}
	if err := WriteODS(full{}, Document{}, table([]any{"x", 1})); !errors.Is(err, errFull) {
		t.Errorf("full disk: %v", err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestCSV(t *testing.T) {
	rows := table([]any{"=x;y", 1.5}, []any{"a\"b", time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)}, []any{nil, false}, []any{"-5", -5})
	for _, row := range []struct {
		name string
		o    CSVOptions
		want string
	}{
		{"plain", CSVOptions{}, "Nom,Valeur\r\n'=x;y,1.5\r\n\"a\"\"b\",2026-03-01 08:30:00\r\n,false\r\n'-5,-5\r\n"},
		{"French", CSVOptions{Comma: ';', DecimalComma: true, Mark: true}, "\ufeffNom;Valeur\r\n\"'=x;y\";1,5\r\n\"a\"\"b\";2026-03-01 08:30:00\r\n;false\r\n'-5;-5\r\n"},
	} {
		var b strings.Builder
		if err := WriteCSV(&b, row.o, rows); err != nil || b.String() != row.want {
			t.Errorf("%s: %q, %v; want %q", row.name, b.String(), err, row.want)
		}
	}
}

// Whatever the text, the file is well formed and says it back, save what XML cannot hold.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", " a  b ", "=1", "a\nb\r\nc\td", "\x00\ufffe<&>\"'", "\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, rows := cells(t, parts(t, ods(t, Table{Name: s, Header: []string{"x"}, Rows: Slice([]string{s}, func(s string) []any { return []any{s} })}))["content.xml"])
		if len(rows) != 2 || len(rows[1]) != 1 {
			t.Fatalf("%q: %q", s, rows)
		}
		if got := rows[1][0]; got != "" && strings.ContainsRune("=+-@\t", []rune(got)[0]) {
			t.Errorf("%q begins a formula", got)
		}
	})
}

// A real spreadsheet reads the file, where there is one.
func TestLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIPPED, no LibreOffice here: the files are checked by our own reader only")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ods")
	if err := os.WriteFile(path, ods(t, table([]any{"=1+1", 2})), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to", "csv", "--outdir", dir, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "a.csv"))
	if err != nil || !strings.Contains(string(got), "'=1+1,2") {
		t.Errorf("%q, %v", got, err)
	}
}
