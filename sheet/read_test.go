package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// zipped makes a spreadsheet of parts.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) Book {
	t.Helper()
	book, err := Read(bytes.NewReader(data), int64(len(data)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// workbook is an Office Open XML file with one sheet.
func workbook(rows string) map[string]string {
	return map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"xl/workbook.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Actions" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>Titre</t></si><si><r><t>Éché</t></r><r><t>ance</t></r><rPh><t>x</t></rPh></si></sst>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/><numFmt numFmtId="165" formatCode="0.0&quot;jours&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + rows + `</sheetData><mergeCells><mergeCell ref="A5:B5"/></mergeCells></worksheet>`,
	}
}

func TestReadXLSX(t *testing.T) {
	book := read(t, zipped(t, workbook(`
		<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>
		<row r="4"><c r="A4" t="inlineStr"><is><t>Fermer RDP</t></is></c><c r="B4" t="b"><v>1</v></c><c r="C4" s="1"><v>46347</v></c><c r="D4" s="2"><v>46347.5</v></c><c r="E4"><f>1+1</f><v>2</v></c></row>
		<row r="5"><c r="A5"><f>A1</f></c><c r="B5" s="3"><v>0.30000000000000004</v></c><c r="C5" t="e"><v>#REF!</v></c></row>
		<row><c><v>7</v></c></row>`)))
	want := []Row{{2, []string{"Titre", "", "Échéance"}}, {4, []string{"Fermer RDP", "TRUE", "2026-11-21", "2026-11-21 12:00:00", "2"}}, {5, []string{"", "0.3", "#REF!"}}, {6, []string{"7"}}}
	if diff := cmp.Diff(want, book.Sheets[0].Rows); diff != "" {
		t.Error(diff)
	}
	var kinds []RemarkKind
	for _, r := range book.Remarks {
		kinds = append(kinds, r.Kind)
	}
	if diff := cmp.Diff([]RemarkKind{Formula, Erroneous, Merged}, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestReadODS(t *testing.T) {
	content := `<?xml version="1.0"?><office:document-content><office:body><office:spreadsheet><table:table table:name="Actions">
<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>Fermer<text:s text:c="2"/>RDP</text:p><text:p>vite</text:p><office:annotation><text:p>note</text:p></office:annotation></table:table-cell>
<table:table-cell office:value-type="date" office:date-value="2026-11-21T00:00:00"><text:p>21/11/26</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="1.5" table:number-columns-repeated="2"><text:p>1,5</text:p></table:table-cell>
<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>VRAI</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>`
	book := read(t, zipped(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content}))
	want := []Sheet{{Name: "Actions", Rows: []Row{{3, []string{"Fermer  RDP\nvite", "2026-11-21", "1.5", "1.5", "TRUE"}}}}}
	if diff := cmp.Diff(want, book.Sheets); diff != "" {
		t.Error(diff)
	}
}

// What this package writes, it reads.
func TestRoundTrip(t *testing.T) {
	var file bytes.Buffer
	rows := [][]any{{"Fermer RDP", 3, 1.5, true}, {"é « à »\nligne", nil, -2, false}}
	if err := WriteODS(&file, Document{Title: "x"}, Table{Name: "Feuille", Header: []string{"Titre", "N", "D", "B"}, Rows: Slice(rows, func(r []any) []any { return r })}); err != nil {
		t.Fatal(err)
	}
	want := []Row{{1, []string{"Titre", "N", "D", "B"}}, {2, []string{"Fermer RDP", "3", "1.5", "TRUE"}}, {3, []string{"é « à »\nligne", "", "-2", "FALSE"}}}
	if diff := cmp.Diff(want, read(t, file.Bytes()).Sheets[0].Rows); diff != "" {
		t.Error(diff)
	}
}

func TestCSVWhateverItsHabits(t *testing.T) {
	want := []Row{{1, []string{"Titre", "Échéance"}}, {2, []string{"Fermer, vite", "2026-11-21"}}}
	for name, text := range map[string]string{
		"semicolons":   "Titre;Échéance\n\"Fermer, vite\";2026-11-21\n",
		"commas":       "Titre,Échéance\r\n\"Fermer, vite\",2026-11-21\r\n",
		"tabs":         "Titre\tÉchéance\nFermer, vite\t2026-11-21",
		"mark":         "\xef\xbb\xbfTitre;Échéance\n\"Fermer, vite\";2026-11-21\n",
		"windows-1252": "Titre;\xc9ch\xe9ance\n\"Fermer, vite\";2026-11-21\n",
		"utf-16":       utf16("Titre;Échéance\n\"Fermer, vite\";2026-11-21\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, read(t, []byte(text)).Sheets[0].Rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func utf16(s string) string {
	b := []byte{0xff, 0xfe}
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return string(b)
}

func TestRefused(t *testing.T) {
	wide := `<row r="1"><c r="ZZZ1"><v>1</v></c></row>`
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"old workbook":    {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), ErrOld},
		"another archive": {zipped(t, map[string]string{"a.txt": "x"}), ErrNotTable},
		"too wide":        {zipped(t, workbook(wide)), ErrTooLarge},
		"encrypted":       {zipped(t, map[string]string{"content.xml": "<a/>", "META-INF/manifest.xml": "<manifest:encryption-data/>"}), ErrEncrypted},
		"binary":          {[]byte("GIF89a\x00\x01"), ErrNotTable},
		"cut archive":     {zipped(t, workbook(""))[:200], ErrNotTable},
		"too many rows":   {[]byte(strings.Repeat("a;b\n", 200_001)), ErrTooLarge},
		"no table":        {zipped(t, map[string]string{"content.xml": "<a></a>"}), ErrNotTable},
		"repeated bomb":   {zipped(t, map[string]string{"content.xml": `<table:table table:name="x"><table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row></table:table>`}), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(bytes.NewReader(test.data), int64(len(test.data)), Limits{}); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestDatesOfBothSystems(t *testing.T) {
	for serial, want := range map[float64]string{1: "1900-01-01", 59: "1900-02-28", 61: "1900-03-01", 0.5: "12:00:00", 46347.25: "2026-11-21 06:00:00", -1: "-1"} {
		if got := (&xlsxReader{}).moment(serial); got != want {
			t.Errorf("%v: %s, want %s", serial, got, want)
		}
	}
	if got := (&xlsxReader{since1904: true}).moment(0 + 44885); got != "2026-11-21" {
		t.Errorf("1904: %s", got)
	}
}

func TestHeader(t *testing.T) {
	fields := []Field{{Key: "title", Names: []string{"titre", "intitulé", "action"}, Required: true}, {Key: "due", Names: []string{"échéance", "date prévue"}}, {Key: "owner", Names: []string{"responsable", "pilote"}, Required: true}}
	s := Sheet{Rows: []Row{{1, []string{"Plan d’actions du centre hospitalier", "imprimé le"}}, {3, []string{"N°", "Intitulé de l’action", "DATE PREVUE", "Coût"}}, {4, []string{"1", "Fermer RDP", "2026-12-01", ""}}, {6, []string{"", "", "", "12"}}}}
	h, ok := FindHeader(s, fields)
	if !ok || s.Rows[h.Row].Number != 3 || h.Columns["title"] != 1 || h.Columns["due"] != 2 {
		t.Fatalf("%+v", h)
	}
	if diff := cmp.Diff([]string{"owner"}, h.Missing(fields)); diff != "" {
		t.Error(diff)
	}
	list := Records(s, h)
	if len(list) != 1 || list[0].Row != 4 || list[0].Get("title") != "Fermer RDP" || list[0].Get("owner") != "" {
		t.Errorf("%+v", list)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(zipped(f, workbook(`<row r="1"><c r="A1"><v>1</v></c></row>`)))
	f.Add(zipped(f, map[string]string{"content.xml": `<table:table table:name="x"><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table>`}))
	f.Add([]byte("a;b\n\"c;d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		Read(bytes.NewReader(data), int64(len(data)), Limits{Rows: 1000, Bytes: 1 << 20})
	})
}

// The parts of a spreadsheet as a fuzzer can reach them: a ZIP's own checksum stops it otherwise.
func FuzzParts(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`, `<table:table table:name="x"><table:table-row><table:table-cell office:value-type="date" office:date-value="2026"/></table:table-row></table:table>`)
	f.Fuzz(func(t *testing.T, sheet, content string) {
		for _, data := range [][]byte{zipped(t, workbook(sheet)), zipped(t, map[string]string{"content.xml": content})} {
			Read(bytes.NewReader(data), int64(len(data)), Limits{Rows: 1000, Columns: 64, Bytes: 1 << 20})
		}
	})
}
