package service

import (
	"strings"
	"testing"
)

func TestListOfProducts(t *testing.T) {
	list, err := productList()
	if err != nil || len(list) < 50 {
		t.Fatalf("%d products, %v", len(list), err)
	}
	for text, want := range map[string]string{
		"title | x | imaging":         "line 1: 3 fields",
		"\nfoot | x | imaging | y":    "line 2",
		"title | x | something | y":   "line 1",
		"title |  | imaging | nobody": "line 1",
	} {
		if _, err := parseProducts(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestWordsStandAlone(t *testing.T) {
	for _, row := range []struct {
		s, text string
		want    bool
	}{
		{"hp ilo 5", "ilo", true}, {"silos", "ilo", false}, {"ilo", "ilo", true}, {"pilot ilo", "ilo", true}, {"ilot", "ilo", false}, {"", "ilo", false}, {"éilo", "ilo", false},
	} {
		if got := containsWord(row.s, row.text); got != row.want {
			t.Errorf("%q in %q: %v", row.text, row.s, got)
		}
	}
}

// A declaration chooses among names in order, each once.
func TestNamesAreInOrder(t *testing.T) {
	names := Names()
	for i := 1; i < len(names); i++ {
		if names[i-1] >= names[i] {
			t.Errorf("%s and %s are not in order", names[i-1], names[i])
		}
	}
}
