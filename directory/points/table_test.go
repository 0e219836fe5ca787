package points

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hygie/directory/points/rule"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestTable compares the records with table.csv, the list of the points as facts: identifier, levels, thresholds. A point added,
// moved or given another figure has to be written in both places.
func TestTable(t *testing.T) {
	if *update {
		writeTable(t)
	}
	f, err := os.Open("table.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"id", "levels", "limits"}; !slices.Equal(rows[0], want) {
		t.Fatalf("columns %q, want %q", rows[0], want)
	}
	want := make(map[string]string)
	for _, r := range rows[1:] {
		want[r[0]] = r[1] + " " + r[2]
	}
	pairs := 0
	for _, p := range Table() {
		pairs += len(p.Levels)
		got := strings.Join(tableRow(p)[1:], " ")
		if w, ok := want[p.ID]; !ok || w != got {
			t.Errorf("%s: record says %q, table %q", p.ID, got, w)
		}
		delete(want, p.ID)
	}
	for id := range want {
		t.Errorf("%s is in the table and has no record", id)
	}
	if n := len(Table()); n != 76 || pairs != 95 {
		t.Errorf("%d points and %d pairs of point and level, the list has 76 and 95", n, pairs)
	}
}

func tableRow(p rule.Point) []string {
	var levels, limits []string
	for _, l := range p.Levels {
		levels = append(levels, strconv.Itoa(l))
	}
	for _, l := range p.Limits {
		limits = append(limits, fmt.Sprintf("%d:%s=%d", l.Level, l.Name, l.Value))
	}
	return []string{p.ID, strings.Join(levels, "|"), strings.Join(limits, "|")}
}

func writeTable(t *testing.T) {
	t.Helper()
	f, err := os.Create("table.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	rows := [][]string{}
	for _, p := range Table() {
		rows = append(rows, tableRow(p))
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	if err := w.WriteAll(append([][]string{{"id", "levels", "limits"}}, rows...)); err != nil {
		t.Fatal(err)
	}
}
