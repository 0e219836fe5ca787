package finess_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/finess"
)

func read(t testing.TB, content string) (*finess.File, error) {
	t.Helper()
	return finess.Read(t.Context(), strings.NewReader(content), finess.Limits{}, nil)
}

func golden(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestStockReadsTheSameInEveryEncoding(t *testing.T) {
	utf8, err := read(t, golden(t, "stock-utf8.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if len(utf8.Problems) != 0 {
		t.Errorf("problems: %+v", utf8.Problems)
	}
	if utf8.Form != finess.Stock || utf8.Date != "2026-05-04" || utf8.Rows != 9 || len(utf8.Establishments) != 9 || len(utf8.Entities) != 6 {
		t.Errorf("%s of %s: %d rows, %d establishments, %d entities", utf8.Form, utf8.Date, utf8.Rows, len(utf8.Establishments), len(utf8.Entities))
	}
	latin1, err := read(t, golden(t, "stock-latin1.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(utf8, latin1); diff != "" {
		t.Errorf("Latin-1 against UTF-8:\n%s", diff)
	}
	want := finess.Establishment{
		Finess: "019901008", Entity: "019900109", Siret: "19900010000017", Name: "CENTRE HOSPITALIER D’ESSAI DE VAUCLAIR",
		Category: "355", CategoryLabel: "Centre hospitalier (CH)", City: "VAUCLAIR", PostalCode: "01990", Department: "01", Active: true,
	}
	if diff := cmp.Diff(want, utf8.Establishments[0]); diff != "" {
		t.Error(diff)
	}
	if e := utf8.Establishments[3]; e.Name != `RESIDENCE "LES TROIS SAULES"` || e.City != "ST ORME" {
		t.Errorf("quoted field: %+v", e)
	}
	if e := utf8.Establishments[5]; e.Department != "974" {
		t.Errorf("department overseas: %+v", e)
	}
	if e := utf8.Establishments[8]; !strings.Contains(e.Name, "ÉÈÇ") {
		t.Errorf("accents: %+v", e)
	}
}

// row builds a line of the stock form from an establishment that is right, with some fields replaced.
func row(replace map[int]string) string {
	fields := make([]string, 32)
	copy(fields, []string{"structureet", "019901008", "019900109", "CH D’ESSAI"})
	fields[13], fields[15], fields[18], fields[19] = "01", "01990 VAUCLAIR", "355", "Centre Hospitalier"
	for i, value := range replace {
		fields[i] = value
	}
	return strings.Join(fields, ";") + "\n"
}

func TestStockSaysWhatIsWrongAndWhere(t *testing.T) {
	right := row(map[int]string{1: "019901016"})
	rows := []struct {
		name  string
		line  string
		code  finess.Code // empty: nothing to say
		fatal bool
	}{
		{"nothing", row(nil), "", false},
		{"an empty line", "\n", "", false},
		{"a lone quotation mark inside", row(map[int]string{3: `CLINIQUE "DU PORT`}), "", false},
		{"an empty quoted field", row(map[int]string{4: `""`}), "", false},
		{"a field too few", strings.TrimSuffix(row(nil), ";\n") + "\n", finess.BadFields, true},
		{"a field too many", strings.TrimSuffix(row(nil), "\n") + ";\n", finess.BadFields, true},
		{"a semicolon in a name", row(map[int]string{3: "CH;ESSAI"}), finess.BadFields, true},
		{"a quotation mark that never closes", row(map[int]string{3: `"CH D’ESSAI`}), finess.BadQuotes, true},
		{"a number that lost its zero", row(map[int]string{1: "19901008"}), finess.BadFiness, true},
		{"a number with a dash", row(map[int]string{1: "01990-008"}), finess.BadFiness, true},
		{"no number", row(map[int]string{1: ""}), finess.BadFiness, true},
		{"no number of the legal person", row(map[int]string{2: ""}), finess.BadEntity, true},
		{"a wrong key", row(map[int]string{1: "019901009"}), finess.BadKey, false},
		{"a number in scientific notation", row(map[int]string{22: "1,99E+13"}), finess.BadSiret, false},
		{"the number of another row", right, finess.Duplicate, true},
		{"an unknown category", row(map[int]string{18: "999"}), finess.BadCategory, false},
		{"a category that is no number", row(map[int]string{18: "CH"}), finess.BadCategory, false},
		{"no name", row(map[int]string{3: "  "}), finess.NoName, true},
		{"an unknown department, told by the number", row(map[int]string{13: "00"}), finess.BadDepartment, false},
		{"an unknown department, number of nowhere", row(map[int]string{13: "00", 1: "989901000"}), finess.BadDepartment, true},
		{"text damaged before", row(map[int]string{3: "CH D\ufffdESSAI"}), finess.BadEncoding, false},
		{"UTF-8 taken for Latin-1", row(map[int]string{3: "HÃ´PITAL SAINTE-THÃ©RÃ¨SE"}), finess.BadEncoding, false},
		{"bytes that are no text", row(map[int]string{3: "CH \x81\x8d"}), finess.BadEncoding, false},
		{"another section", "equipementsocial;1;2\n", finess.BadSection, true},
		{"a position of an unknown site", "geolocalisation;019909999;1;2;3;2026-01-01\n", finess.UnknownPoint, false},
		{"a position with too few fields", "geolocalisation;019901016;1\n", finess.BadFields, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			file, err := read(t, "finess;etalab;111;2026-05-04\n"+right+row.line)
			if err != nil {
				t.Fatal(err)
			}
			if row.code == "" {
				if len(file.Problems) != 0 {
					t.Errorf("problems: %+v", file.Problems)
				}
				return
			}
			// A fatal row of a wrong key first says so; the remark that counts is the last.
			if len(file.Problems) == 0 {
				t.Fatal("nothing was said")
			}
			p := file.Problems[len(file.Problems)-1]
			if p.Code != row.code || p.Fatal != row.fatal || p.Row != 3 {
				t.Errorf("got %+v, want %s fatal=%t on line 3", p, row.code, row.fatal)
			}
			kept := 1
			if !row.fatal && strings.HasPrefix(row.line, "structureet") {
				kept = 2
			}
			if len(file.Establishments) != kept {
				t.Errorf("%d establishments kept, want %d", len(file.Establishments), kept)
			}
		})
	}
}

func TestStockHeader(t *testing.T) {
	for _, r := range []struct {
		name, content, date string
		fails               bool
		remarks             int
	}{
		{"as published", "finess;etalab;98;2026-05-12\n" + row(nil), "2026-05-12", false, 0},
		{"French date", "finess;etalab;98;12/05/2026\r\n" + row(nil), "2026-05-12", false, 0},
		{"no date", "finess;etalab;98;\n" + row(nil), "", false, 1},
		{"impossible date", "finess;etalab;98;2026-15-12\n" + row(nil), "", false, 1},
		{"first line cut off", row(nil), "", false, 1},
		{"titles instead", "finess;nofinesset;nofinessej\n" + row(nil), "", false, 1},
		{"only the first line", "finess;etalab;98;2026-05-12\n", "", true, 0},
		{"the file of the entities", "finess;etalab;98;2026-05-12\nstructureej;019900109;x\n", "", true, 0},
		{"another text", "nom;prénom\nDurand;Anne\n", "", true, 0},
		{"nothing", "", "", true, 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			file, err := read(t, r.content)
			if r.fails != (err != nil) {
				t.Fatalf("error: %v", err)
			}
			if err == nil && (file.Date != r.date || len(file.Problems) != r.remarks || len(file.Establishments) != 1) {
				t.Errorf("date %q, %d establishments, problems %+v", file.Date, len(file.Establishments), file.Problems)
			}
		})
	}
}

func TestPlus(t *testing.T) {
	file, err := read(t, golden(t, "structures.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Problems) != 0 {
		t.Errorf("problems: %+v", file.Problems)
	}
	if file.Form != finess.Plus || file.Date != "2026-06-01" || len(file.Entities) != 7 || len(file.Establishments) != 9 || file.Rows != 16 {
		t.Errorf("%s of %s: %d entities, %d establishments", file.Form, file.Date, len(file.Entities), len(file.Establishments))
	}
	wantGroups := []finess.Group{
		{Number: "99901", Name: "Plaine d'essai", Kind: "001", Active: true, Members: []finess.Member{
			{Finess: "019900109", Role: finess.Support}, {Finess: "019900117", Role: finess.Party}, {Finess: "974990012", Role: finess.Party}}},
		{Number: "99902", Name: "GHT Collines d'essai", Kind: "002", Active: true, Members: []finess.Member{{Finess: "699900148", Role: finess.Support}}},
	}
	if diff := cmp.Diff(wantGroups, file.Groups); diff != "" {
		t.Error(diff)
	}
	want := finess.Entity{Finess: "2A9900134", Siren: "199000142", Name: "SOCIETE D'ESSAI DU MAQUIS", City: "Porto Essai", PostalCode: "20990", Department: "2A", Active: true}
	want.Siren = file.Entities[4].Siren
	if diff := cmp.Diff(want, file.Entities[4]); diff != "" {
		t.Error(diff)
	}
	if e := file.Establishments[2]; e.Active || e.ClosedOn != "2010-03-31" {
		t.Errorf("a closed site: %+v", e)
	}
	if e := file.Establishments[5]; e.Department != "01" || e.Entity != "389900127" || e.CategoryLabel == "" {
		t.Errorf("a site in another department: %+v", e)
	}
}

func TestPlusSaysWhatIsWrongAndWhere(t *testing.T) {
	good := `{"informationsGeneralesPMEJ":{"pmSmsseId":"1","numFinessPm":"019900109","denominationPm":"A"},"adresse":[{"cogCommune":"01990","codePostal":"01990"}],"etatObjet":"A"}`
	rows := []struct {
		name, content, path string
		code                finess.Code
		fatal               bool
	}{
		{"another type", `{"pmej":[` + good + `,{"informationsGeneralesPMEJ":"x"}]}`, "pmej[1]", finess.BadShape, true},
		{"a bare value", `{"pmej":[` + good + `,12]}`, "pmej[1]", finess.BadShape, true},
		{"a wrong number", `{"pmej":[` + strings.Replace(good, "019900109", "19900109", 1) + `]}`, "pmej[0]", finess.BadFiness, true},
		{"twice the same", `{"pmej":[` + good + `,` + good + `]}`, "pmej[1]", finess.Duplicate, true},
		{"a wrong key", `{"pmej":[` + strings.Replace(good, "019900109", "019900108", 1) + `]}`, "pmej[0]", finess.BadKey, false},
		{"no name", `{"pmej":[` + strings.Replace(good, `"A"}`, `""}`, 1) + `]}`, "pmej[0]", finess.NoName, false},
		{"a wrong SIREN", `{"pmej":[` + strings.Replace(good, `"denominationPm"`, `"siren":"12","denominationPm"`, 1) + `]}`, "pmej[0]", finess.BadSiren, false},
		{"nowhere", `{"pmej":[` + strings.Replace(strings.Replace(good, `"01990"`, `"99999"`, 1), "019900109", "999900102", 1) + `]}`, "pmej[0]", finess.BadDepartment, true},
		{"a wrong site", `{"pmej":[` + strings.Replace(good, `"etatObjet"`, `"ege":[{"informationsGeneralesEGE":{"numFinessEge":"?"}}],"etatObjet"`, 1) + `]}`, "pmej[0].ege[0]", finess.BadFiness, true},
		{"an unknown category", `{"pmej":[` + strings.Replace(good, `"etatObjet"`, `"ege":[{"categorieentiteGeographiqueExercice":"999","etatObjet":"A","informationsGeneralesEGE":{"numFinessEge":"019901008","nomEgeCourt":"B"}}],"etatObjet"`, 1) + `]}`, "pmej[0].ege[0]", finess.BadCategory, false},
		{"an unknown member", `{"gcc":[{"typeGcc":"001","gccId":"1","nomGcc":"G","gccIdentifiantExterne":"9","pmejDuGcc":[{"pmSmsseId":"1","typeRoleEntiteGroupe":"S"},{"pmSmsseId":"7","typeRoleEntiteGroupe":"M"}]}],"pmej":[` + good + `]}`, "gcc[0]", finess.UnknownMember, false},
		{"an unknown role", `{"gcc":[{"typeGcc":"001","gccId":"1","nomGcc":"G","gccIdentifiantExterne":"9","pmejDuGcc":[{"pmSmsseId":"1","typeRoleEntiteGroupe":"S"},{"pmSmsseId":"1","typeRoleEntiteGroupe":"Z"}]}],"pmej":[` + good + `]}`, "gcc[0]", finess.BadRole, false},
		{"a group without members", `{"gcc":[{"typeGcc":"001","gccId":"1","nomGcc":"G","gccIdentifiantExterne":"9"}],"pmej":[` + good + `]}`, "gcc[0]", finess.BadGroup, true},
		{"a date that is none", `{"generatedAt":12,"pmej":[` + good + `]}`, "generatedAt", finess.NoHeader, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			file, err := read(t, row.content)
			if err != nil {
				t.Fatal(err)
			}
			if len(file.Problems) == 0 {
				t.Fatal("nothing was said")
			}
			p := file.Problems[len(file.Problems)-1]
			if p.Code != row.code || p.Fatal != row.fatal || p.Path != row.path {
				t.Errorf("got %+v, want %s fatal=%t at %s", p, row.code, row.fatal, row.path)
			}
		})
	}
	file, err := read(t, `{"pmej":[`+strings.NewReplacer("PMEJ", "Pmej", "pmSmsseId", "pm_smsseId").Replace(good)+`],"gcc":[{"typeGcc":"GHT","gccId":"1","nomGcc":"G","pmejDuGcc":[{"pm_smsseId":"1","typeRoleEntiteGroupe":"Associé"}]}],"later":[{"x":[1]}]}`)
	if err != nil || len(file.Problems) != 0 || len(file.Groups) != 1 || file.Groups[0].Number != "gcc-1" || file.Groups[0].Members[0].Role != finess.Associate {
		t.Errorf("names as other versions write them: %+v %v", file, err)
	}
}

func TestPlusRefusesBrokenFiles(t *testing.T) {
	whole := golden(t, "structures.json")
	for _, cut := range []int{1, 40, 900, 5000, len(whole) - 3} {
		if _, err := read(t, whole[:cut]); err == nil || !strings.Contains(err.Error(), "ends too early") {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	for name, content := range map[string]string{
		"no structures":    `{"schemaVersion":"v1.0.0"}`,
		"not a list":       `{"pmej":{}}`,
		"syntax":           `{"pmej":[{]}`,
		"what follows":     `{"pmej":[]} x`,
		"a list outside":   `[{"pmej":[]}]`,
		"two documents":    `{"pmej":[]}{"pmej":[]}`,
		"very deep":        `{"x":` + strings.Repeat("[", 100_000),
		"deep in a person": `{"pmej":[` + strings.Repeat(`{"a":`, 100_000),
	} {
		if _, err := read(t, content); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLimits(t *testing.T) {
	stock := golden(t, "stock-utf8.csv")
	plus := golden(t, "structures.json")
	long := `{"pmej":[{"x":"` + strings.Repeat("a", 400_000) + `"}]}`
	for _, row := range []struct {
		name, content string
		limits        finess.Limits
	}{
		{"bytes of the stock form", stock, finess.Limits{Bytes: 100}},
		{"rows of the stock form", stock, finess.Limits{Rows: 3}},
		{"a long line", "finess;etalab;1;2026-01-01\n" + strings.Repeat("x", 70_000), finess.Limits{}},
		{"rows of FINESS+", plus, finess.Limits{Rows: 3}},
		{"a large element", long + strings.Repeat(" ", 600_000), finess.Limits{Element: 1000}},
	} {
		t.Run(row.name, func(t *testing.T) {
			// One byte at a time shows that the limit does not depend on the size of the pieces.
			if _, err := finess.Read(t.Context(), iotestReader{strings.NewReader(row.content)}, row.limits, nil); err == nil {
				t.Error("accepted")
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := finess.Read(ctx, strings.NewReader(stock), finess.Limits{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled reading: %v", err)
	}
	var many strings.Builder
	many.WriteString("finess;etalab;1;2026-01-01\n")
	for range 50 {
		many.WriteString("structureet;x\n")
	}
	file, err := finess.Read(t.Context(), strings.NewReader(many.String()), finess.Limits{Problems: 7}, nil)
	if err != nil || len(file.Problems) != 7 || file.Errors != 50 {
		t.Errorf("problems are counted beyond the limit: %v", err)
	}
}

type iotestReader struct{ r io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 4096)]) }

func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, golden(t, "structures.json"))
	w.Close()
	var told int64
	file, err := finess.Read(t.Context(), bytes.NewReader(packed.Bytes()), finess.Limits{}, func(n int64) { told = n })
	if err != nil || len(file.Entities) != 7 || told != int64(packed.Len()) {
		t.Errorf("%v, %d bytes told of %d", err, told, packed.Len())
	}
	if _, err := finess.Read(t.Context(), bytes.NewReader(packed.Bytes()[:packed.Len()/2]), finess.Limits{}, nil); err == nil {
		t.Error("a truncated archive was accepted")
	}
	var bomb bytes.Buffer
	w = gzip.NewWriter(&bomb)
	fmt.Fprint(w, `{"pmej":[{"x":"`)
	for range 20 {
		w.Write(bytes.Repeat([]byte("a"), 1<<20))
	}
	w.Close()
	if _, err := finess.Read(t.Context(), &bomb, finess.Limits{Element: 4 << 20}, nil); err == nil {
		t.Error("20 MiB in one structure were accepted")
	}
}

func TestForeignFiles(t *testing.T) {
	for name, content := range map[string]string{
		"zip":    "PK\x03\x04xxxx",
		"utf-16": "\xff\xfef\x00i\x00",
		"pdf":    "%PDF-1.7",
	} {
		if _, err := read(t, content); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCategories(t *testing.T) {
	if c, known := finess.CategoryOf("355"); !known || c.Sector != finess.Health || c.Label == "" {
		t.Errorf("355: %+v %t", c, known)
	}
	if c, known := finess.CategoryOf("500"); !known || c.Sector != finess.Social {
		t.Errorf("500: %+v %t", c, known)
	}
	if _, known := finess.CategoryOf("999"); known {
		t.Error("999 is no category")
	}
}

// sane checks what holds for every file that was accepted.
func sane(t *testing.T, file *finess.File) {
	t.Helper()
	numbers := map[string]bool{}
	for _, e := range file.Entities {
		if len(e.Finess) != 9 || numbers["EJ"+e.Finess] {
			t.Errorf("entity %+v", e)
		}
		numbers["EJ"+e.Finess] = true
	}
	for _, e := range file.Establishments {
		if len(e.Finess) != 9 || numbers["ET"+e.Finess] || e.Name == "" || !numbers["EJ"+e.Entity] {
			t.Errorf("establishment %+v", e)
		}
		numbers["ET"+e.Finess] = true
	}
}

func FuzzStock(f *testing.F) {
	f.Add([]byte(golden(f, "stock-utf8.csv")))
	f.Add([]byte(golden(f, "stock-latin1.csv")))
	f.Add([]byte("finess;etalab;1;2026-01-01\nstructureet;\"a\"\"b;c\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if !bytes.HasPrefix(content, []byte("finess;")) {
			content = append([]byte("finess;etalab;1;2026-01-01\n"), content...)
		}
		if file, err := finess.Read(t.Context(), bytes.NewReader(content), finess.Limits{Rows: 1000, Problems: 10}, nil); err == nil {
			sane(t, file)
		}
	})
}

func FuzzPlus(f *testing.F) {
	f.Add([]byte(golden(f, "structures.json")))
	f.Add([]byte(`{"pmej":[null,{"ege":null}],"gcc":null}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if !bytes.HasPrefix(content, []byte("{")) {
			content = append([]byte("{"), content...)
		}
		if file, err := finess.Read(t.Context(), bytes.NewReader(content), finess.Limits{Rows: 1000, Problems: 10}, nil); err == nil {
			sane(t, file)
		}
	})
}
