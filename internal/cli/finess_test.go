package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/internal/cli"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// finessRun imports a file and returns what was printed.
func finessRun(t *testing.T, db *store.DB, command cli.FinessImport, lang, in string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	streams := &cli.Streams{
		In: strings.NewReader(in), Out: &out, Err: &errs,
		Env: func(name string) string { return map[string]string{"HYGIE_LANG": lang}[name] },
		Now: func() time.Time { return time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC) },
	}
	if command.Format == "" {
		command.Format = "text"
	}
	err := command.Import(t.Context(), streams, db)
	if errs.Len() > 0 {
		t.Errorf("standard error, without a terminal: %s", errs.String())
	}
	return out.String(), err
}

func finessSample(name string) string { return filepath.Join("..", "finess", "testdata", name) }

func TestFinessImportCommand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		steps := []struct {
			name    string
			command cli.FinessImport
			lang    string
			want    []string
		}{
			{"preview in French", cli.FinessImport{File: finessSample("structures.json")}, "fr",
				[]string{"FINESS+ (structures), extraction du 1er juin 2026", "16 structures lues", "6 entités juridiques", "Rien n’a été changé"}},
			{"preview in English", cli.FinessImport{File: finessSample("structures.json")}, "en",
				[]string{"6 legal entities", "2 groups", "Nothing was changed. To apply: hygie finess import"}},
			{"apply", cli.FinessImport{File: finessSample("structures.json"), Apply: true}, "en", []string{"changes applied."}},
			{"apply again", cli.FinessImport{File: finessSample("structures.json"), Apply: true}, "fr", []string{"Rien à changer", "inchangé"}},
			{"an older file", cli.FinessImport{File: finessSample("stock-latin1.csv"), AllowOlder: true}, "fr", []string{"Attention", "RESIDENCE", "modification"}},
		}
		for _, step := range steps {
			out, err := finessRun(t, db, step.command, step.lang, "")
			if err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			for _, want := range step.want {
				if !strings.Contains(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(out), want) {
					t.Errorf("%s: no %q in\n%s", step.name, want, out)
				}
			}
		}
		if _, err := finessRun(t, db, cli.FinessImport{File: finessSample("stock-latin1.csv"), Apply: true}, "fr", ""); err == nil || !strings.Contains(err.Error(), "--allow-older") {
			t.Errorf("an older file must be refused with the way out: %v", err)
		}
	})
}

func TestFinessImportListsWrongRows(t *testing.T) {
	db := storetest.SQLite(t)
	content, err := os.ReadFile(finessSample("stock-utf8.csv"))
	if err != nil {
		t.Fatal(err)
	}
	in := strings.Replace(string(content), "structureet;019901016", "structureet;19901016", 1)
	out, err := finessRun(t, db, cli.FinessImport{File: "-", Format: "json"}, "fr", in)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Applied  bool
		Errors   int
		Problems []struct{ Place, Severity, Code, Value string }
		Changes  map[string]map[string]int
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Applied || report.Errors != 1 || report.Problems[0].Place != "3" || report.Problems[0].Code != "finess" || report.Changes["create"]["establishment"] != 8 {
		t.Errorf("%+v", report)
	}
	out, err = finessRun(t, db, cli.FinessImport{File: "-"}, "en", in)
	if err != nil || !strings.Contains(out, "3, left out: “19901016” is not a FINESS number") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFinessImportRefusals(t *testing.T) {
	db := storetest.SQLite(t)
	var exit cli.Exit
	if _, err := finessRun(t, db, cli.FinessImport{File: "-", Region: []string{"99"}}, "fr", ""); !errors.As(err, &exit) || exit.Code != cli.Usage {
		t.Errorf("an unknown region: %v", err)
	}
	if _, err := finessRun(t, db, cli.FinessImport{File: filepath.Join(t.TempDir(), "none")}, "fr", ""); err == nil {
		t.Error("a missing file was accepted")
	}
	if _, err := finessRun(t, db, cli.FinessImport{File: "-"}, "fr", "hello"); err == nil || !strings.Contains(err.Error(), "-: read FINESS") {
		t.Errorf("a foreign file: %v", err)
	}
}
