package sheet

import (
	"slices"
	"testing"
)

// Titles have no separator, rows lack their last cells, texts hold other separators.
func TestSeparatorOfRaggedTables(t *testing.T) {
	for name, one := range map[string]struct {
		text string
		want rune
	}{
		"a title above":   {"Mon plan, 2026\nCode;Réponse;Commentaire\nA;oui;vite, bien\nB;non\nC\n", ';'},
		"decimal commas":  {"Nom;X;Y\na;1,5;2,5\nb;1,5;2,5\n", ';'},
		"commas":          {"a,b,c\n1,2,3\n4,5\n", ','},
		"tabs":            {"a\tb\n1;2\t3\n", '\t'},
		"one column":      {"Nom\nAlpha\n", ','},
		"ragged at first": {"a;b;c;d\n1;2\n3;4\n5;6\n", ';'},
	} {
		if got := separator([]byte(one.text)); got != one.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestMergedCells(t *testing.T) {
	s := Sheet{Name: "S", Rows: []Row{{1, []string{"Support", "Fin", ""}}, {2, []string{"nom", "support", "contrat"}}, {3, []string{"Alpha", "Bloc"}}, {4, []string{"Beta"}}, {6, []string{"Gamma"}}, {7, []string{"Delta", "Autre"}}}}
	for _, ref := range []string{"B1:C1", "B3:B7", "$A$9:$A$12", "nonsense", "B7:B3", "A1"} {
		if m, ok := mergeOf(ref); ok {
			s.merge(m)
		}
	}
	if want := []Merge{{1, 1, 1, 2}, {3, 1, 5, 1}, {9, 0, 4, 1}}; !slices.Equal(s.Merges, want) {
		t.Fatalf("merges %v", s.Merges)
	}
	filled, remarks := FillDown(s, 3)
	var got []string
	for _, r := range filled.Rows[2:] {
		got = append(got, r.Cell(0)+"/"+r.Cell(1))
	}
	if want := []string{"Alpha/Bloc", "Beta/Bloc", "Gamma/Bloc", "Delta/Autre"}; !slices.Equal(got, want) {
		t.Errorf("filled %v", got)
	}
	if len(remarks) != 1 || remarks[0].Row != 3 || remarks[0].Text != "7" || s.Rows[3].Cell(1) != "" {
		t.Errorf("remarks %v, original %v", remarks, s.Rows[3])
	}
	fields := []Field{{Key: "end", Names: []string{"Fin support"}, Required: true}, {Key: "contract", Names: []string{"Fin contrat"}}, {Key: "name", Names: []string{"nom"}}}
	h, ok := FindTwoRowHeader(s, fields)
	if !ok || h.Row != 1 || h.Columns["end"] != 1 || h.Columns["contract"] != 2 || h.Columns["name"] != 0 {
		t.Errorf("two rows: %v %t", h, ok)
	}
	if !s.MergedAcross(1) || s.MergedAcross(3) {
		t.Error("merged across")
	}
	for range mostMerges + 5 { // a hostile sheet stays bounded
		s.merge(Merge{3, 1, 1_000_000_000, 1})
	}
	if FillDown(s, 3); len(s.Merges) != mostMerges {
		t.Errorf("%d merges kept", len(s.Merges))
	}
}
