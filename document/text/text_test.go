package text_test

import (
	"strings"
	"testing"

	"hygie/document"
	"hygie/document/documenttest"
	"hygie/document/text"
)

func written(t *testing.T, d document.Document) string {
	t.Helper()
	var b strings.Builder
	if err := text.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSample(t *testing.T) {
	out := written(t, documenttest.Sample())
	for _, want := range []string{"EXERCICE\n", "Récépissé de dépôt\n==================\n", "1. d’abord\n2. ensuite\n", "[ ] ne pas éteindre\n", "Plafond: 1 234,56 €\n",
		"Nom          Taille\n-----------  ------\nrapport.pdf   12 ko\n", "| Attention — Ceci est un exemple.\n", "la notice <https://hygie.example/notice?a=(b)>"} {
		if !strings.Contains(strings.ReplaceAll(out, "\u00a0", " "), want) {
			t.Errorf("the text lacks %q:\n%s", want, out)
		}
	}
}

func TestHostileText(t *testing.T) {
	if out := written(t, documenttest.Hostile()); strings.ContainsAny(out, "\x00\x1b\u202e") {
		t.Error("a control character is left")
	}
}

// A table too wide for a line is told cell by cell: nothing is cut.
func TestWideTable(t *testing.T) {
	long := strings.Repeat("mot ", 60)
	out := written(t, document.Document{Title: "t", Blocks: []document.Block{document.Table{Columns: []document.Column{{Name: "A"}, {Name: "B"}}, Rows: [][]string{{"1", long}}}}})
	if !strings.Contains(out, "A: 1\n") || strings.Count(out, "mot") != 60 {
		t.Error(out)
	}
}
