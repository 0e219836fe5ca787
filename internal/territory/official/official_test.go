package official_test

import (
	"testing"

	"hygie/internal/territory/official"
)

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
			if got := official.ValidFiness(row.number); got != row.form {
				t.Errorf("form: %t, want %t", got, row.form)
			}
			if got := official.FinessKey(row.number); row.form && got != row.key {
				t.Errorf("key: %t, want %t", got, row.key)
			}
		})
	}
	if !official.ValidSiren("732829320") || official.ValidSiren("732829321") || official.ValidSiren("73282932") {
		t.Error("SIREN numbers are told apart wrongly")
	}
}

func TestEveryDepartmentHasOneRegion(t *testing.T) {
	seen := map[string]string{}
	for _, region := range official.Regions() {
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
		{"one digit", official.DepartmentOf("1"), "01"},
		{"FINESS code overseas", official.DepartmentOf("9A"), "971"},
		{"Wallis", official.DepartmentOf("9j"), "986"},
		{"old Corsica", official.DepartmentOf("20"), ""},
		{"none", official.DepartmentOf("99"), ""},
		{"commune", official.DepartmentOfCommune("01143"), "01"},
		{"commune of Corsica", official.DepartmentOfCommune("2A004"), "2A"},
		{"commune overseas", official.DepartmentOfCommune("97411"), "974"},
		{"FINESS number", official.DepartmentOfFiness("010000024"), "01"},
		{"FINESS number overseas", official.DepartmentOfFiness("970409645"), "974"},
		{"FINESS number of Mayotte", official.DepartmentOfFiness("980501506"), "976"},
		{"FINESS number of nowhere", official.DepartmentOfFiness("989900001"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.got != row.want {
				t.Errorf("got %q, want %q", row.got, row.want)
			}
		})
	}
}
