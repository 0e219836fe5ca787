package reading_test

import (
	"archive/zip"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"hygie/directory/points/reasons"
	"hygie/directory/reading"
)

func TestWarning(t *testing.T) {
	_, notBase64 := base64.StdEncoding.DecodeString("ab~=")
	notJSON := json.Unmarshal([]byte("{x"), new(any))
	notXML := xml.Unmarshal([]byte("<a>\n</b>"), new(struct{}))
	deep := reading.At(reading.At(reading.Cause("row_columns", "count", 3, "announced", 12345), "line", 7), "file", "user.tsv")
	for _, tt := range []struct {
		name   string
		said   reasons.Reason
		fr, en string
	}{
		{"place and cause", reading.Warning("source_fault", deep),
			"user.tsv\u00a0: ligne 7\u00a0: 3 colonnes, la description en a 12\u202f345", "user.tsv: line 7: 3 columns, the description has 12,345"},
		{"the outer place stays", reading.Warning("source_fault", reading.At(deep, "line", 9)),
			"user.tsv\u00a0: ligne 9\u00a0: 3 colonnes, la description en a 12\u202f345", "user.tsv: line 9: 3 columns, the description has 12,345"},
		{"through other errors", reading.Warning("source_rest_missing", fmt.Errorf("open: %w", deep)),
			"user.tsv\u00a0: ligne 7\u00a0: 3 colonnes, la description en a 12\u202f345\u00a0; la suite du fichier manque",
			"user.tsv: line 7: 3 columns, the description has 12,345; the rest of the file is missing"},
		{"no cause", reading.Warning("source_nameless", nil, "file", "a.json", "count", 2),
			"a.json\u00a0: objets sans nom distinctif\u00a0: 2", "a.json: 2 objects without a distinguished name"},
		{"end of file", reading.Warning("source_fault", reading.At(io.ErrUnexpectedEOF, "byte", 12)),
			"octet 12\u00a0: le fichier s’arrête au milieu d’une valeur", "byte 12: the file ends in the middle of a value"},
		{"base64", reading.Warning("source_fault", reading.At(notBase64, "line", 4, "attribute", "objectSid")),
			"ligne 4\u00a0: valeur base64 incorrecte de objectSid, à son octet 2", "line 4: base64 value of objectSid malformed at its byte 2"},
		{"json", reading.Warning("source_fault", notJSON), "octet 2\u00a0: JSON mal formé", "byte 2: malformed JSON"},
		{"xml", reading.Warning("source_fault", notXML), "ligne 2\u00a0: XML mal formé", "line 2: malformed XML"},
		{"archive", reading.Warning("source_fault", reading.At(zip.ErrChecksum, "file", "a.zip")),
			"a.zip\u00a0: archive endommagée, ou d’un format qui n’est pas lu", "a.zip: archive damaged, or of a form that is not read"},
		{"file system", reading.Warning("source_fault", &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}), "accès refusé", "access denied"},
		{"an error without a sentence", reading.Warning("source_fault", errors.New("{disk} [gone]")), "«\u00a0{disk} [gone]\u00a0»", "{disk} [gone]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if fr, en := tt.said.Text("fr"), tt.said.Text("en"); fr != tt.fr || en != tt.en {
				t.Errorf("%q and %q, want %q and %q", fr, en, tt.fr, tt.en)
			}
			raw, err := json.Marshal(tt.said)
			if err != nil {
				t.Fatal(err)
			}
			var back reasons.Reason
			if err := json.Unmarshal(raw, &back); err != nil || back.Text("fr") != tt.fr {
				t.Errorf("%s is read back as %q, %v", raw, back.Text("fr"), err)
			}
		})
	}
}

func TestFault(t *testing.T) {
	cause := reading.Cause("file_cut")
	err := reading.At(cause, "byte", 3)
	if !errors.Is(err, cause) || err.Error() != "byte 3: the file ends in the middle of a value" {
		t.Errorf("%v", err)
	}
	if reading.At(nil, "byte", 3) != nil {
		t.Error("a place without an error is an error")
	}
	if !errors.Is(reading.At(io.EOF, "line", 1), io.EOF) {
		t.Error("what a place wraps is lost")
	}
}

// The text of a dump of an earlier version stands for itself.
func TestATextIsAReason(t *testing.T) {
	var r []reasons.Reason
	if err := json.Unmarshal([]byte(`["Policies: access denied", {"code": "source_entries_ignored", "params": {"count": "2"}}]`), &r); err != nil {
		t.Fatal(err)
	}
	if len(r) != 2 || r[0].Text("fr") != "Policies: access denied" || r[1].Text("en") != "2 entries ignored" {
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{`"\q"`, `3`, `{"code": 1}`, `{"params": []}`} {
		if err := new(reasons.Reason).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// Every key in the code has its sentence, and every sentence its use.
func TestKeysMatchSentences(t *testing.T) {
	var texts map[string]map[string]struct{ FR, EN string }
	if _, err := toml.DecodeFile("../points/reasons/reasons_sources.toml", &texts); err != nil {
		t.Fatal(err)
	}
	used := map[string]map[string]bool{"reason": {}, "cause": {"place": true}, "word": {}}
	words := make(map[string]bool) // every text of the code
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		return keysOf(path, used, words)
	})
	if err != nil {
		t.Fatal(err)
	}
	for kind, keys := range used {
		for key := range keys {
			if _, ok := texts[kind][key]; !ok {
				t.Errorf("%s %q has no sentence", kind, key)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(texts)) {
		for key, s := range texts[kind] {
			if s.FR == "" || s.EN == "" {
				t.Errorf("%s.%s: %q and %q", kind, key, s.FR, s.EN)
			}
			if !used[kind][key] && !words[key] && !strings.HasPrefix(key, "ldap_") && !words[strings.TrimPrefix(key, "source_")] {
				t.Errorf("%s.%s is not used", kind, key)
			}
		}
	}
	if len(used["cause"]) < 80 {
		t.Errorf("only %d causes were found: does this test still look at the right thing?", len(used["cause"]))
	}
}

// keysOf notes the first argument of Cause, faultAt and Warning, and every text.
func keysOf(path string, used map[string]map[string]bool, words map[string]bool) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if text, ok := textOf(n); ok {
			words[text] = true
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		kind, at := "", 0
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			if from, ok := f.X.(*ast.Ident); ok && from.Name == "reading" {
				kind = map[string]string{"Cause": "cause", "Warning": "reason"}[f.Sel.Name]
			}
		case *ast.Ident:
			if f.Name == "faultAt" {
				kind, at = "cause", 1
			}
		}
		if kind != "" && len(call.Args) > at {
			if key, ok := textOf(call.Args[at]); ok {
				used[kind][key] = true
			}
		}
		return true
	})
	return nil
}

func textOf(n ast.Node) (string, bool) {
	literal, ok := n.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}
