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

func TestNumbers(t *testing.T) {
	for _, row := range []struct {
		name, number string
		form, key    bool
	}{
		{"right key", "010000024", true, true},
		{"overseas", "970100400", true, true},
		{"wrong key", "010000025", true, false},
		{"Corsica is not checked", "2A0000014", true, true},
		{"too short", "10000024", false, false},
		{"a space", "01000002 ", false, true},
		{"lower case", "2a0000014", false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := ValidFiness(row.number); got != row.form {
				t.Errorf("form: %t, want %t", got, row.form)
			}
			if got := FinessKey(row.number); row.form && got != row.key {
				t.Errorf("key: %t, want %t", got, row.key)
			}
		})
	}
	if !ValidSiren("732829320") || ValidSiren("732829321") || ValidSiren("73282932") {
		t.Error("SIREN numbers are told apart wrongly")
	}
}

func TestEveryDepartmentHasOneRegion(t *testing.T) {
	seen := map[string]string{}
	for _, region := range OfficialRegions() {
		for _, department := range region.Departments {
			if other, twice := seen[department]; twice {
				t.Errorf("department %s is in %s and %s", department, other, region.Name)
			}
			seen[department] = region.Name
		}
	}
	// 96 in metropolitan France with the two of Corsica, 5 overseas, 6 collectivities.
	if len(seen) != 96+5+6 {
		t.Errorf("%d departments", len(seen))
	}
	for n := 1; n <= 95; n++ {
		code := string([]byte{byte('0' + n/10), byte('0' + n%10)})
		if _, known := seen[code]; !known && n != 20 {
			t.Errorf("department %s is missing", code)
		}
	}
}

func TestDepartments(t *testing.T) {
	for _, row := range []struct{ name, got, want string }{
		{"one digit", DepartmentOf("1"), "01"},
		{"FINESS code overseas", DepartmentOf("9A"), "971"},
		{"Wallis", DepartmentOf("9j"), "986"},
		{"old Corsica", DepartmentOf("20"), ""},
		{"none", DepartmentOf("99"), ""},
		{"commune", DepartmentOfCommune("01143"), "01"},
		{"commune of Corsica", DepartmentOfCommune("2A004"), "2A"},
		{"commune overseas", DepartmentOfCommune("97411"), "974"},
		{"FINESS number", DepartmentOfFiness("010000024"), "01"},
		{"FINESS number overseas", DepartmentOfFiness("970409645"), "974"},
		{"FINESS number of Mayotte", DepartmentOfFiness("980501506"), "976"},
		{"FINESS number of nowhere", DepartmentOfFiness("989900001"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.got != row.want {
				t.Errorf("got %q, want %q", row.got, row.want)
			}
		})
	}
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
