package territory

import (
	"testing"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"C.H. de l’Étang-St-Œuvre":     "ch de l etang saint oeuvre",
		"  EHPAD   « Les Tilleuls »  ": "ehpad les tilleuls",
		"Ste-Anne/St-Malo":             "sainte anne saint malo",
		"Stéphane":                     "stephane",
		"Cæsar n°2":                    "caesar n 2",
		"":                             "",
		"—":                            "",
		"e\u0301te\u0301":              "ete",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzFoldIsStable(f *testing.F) {
	f.Add("C.H. de l’Étang-St-Œuvre")
	f.Fuzz(func(t *testing.T, text string) {
		if once := Fold(text); Fold(once) != once {
			t.Errorf("Fold(%q) = %q, folded again %q", text, once, Fold(once))
		}
	})
}

func TestScopeHoldsAndMerges(t *testing.T) {
	scope := NewScope(3, Interval{10, 20}, Interval{30, 40}, Interval{12, 15})
	for _, row := range []struct {
		name     string
		interval Interval
		want     bool
	}{
		{"itself", Interval{10, 20}, true},
		{"below", Interval{13, 14}, true},
		{"the second", Interval{31, 32}, true},
		{"above", Interval{1, 100}, false},
		{"across", Interval{15, 35}, false},
		{"beside", Interval{21, 29}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := scope.Holds(row.interval); got != row.want {
				t.Errorf("got %t", got)
			}
		})
	}
	if !(Scope{}).Empty() || scope.Empty() || !Everything().Holds(standard().root) {
		t.Error("empty and full scopes are told apart wrongly")
	}
}
