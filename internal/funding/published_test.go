package funding_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hygie/internal/funding"
)

func TestPublishedFigures(t *testing.T) {
	line := func(region string, dossiers, holding int, committed funding.Cents) funding.Line {
		return funding.Line{RegionName: region, Sums: funding.Sums{Dossiers: dossiers, Decided: holding, Holding: holding, Committed: committed}}
	}
	byRegion := func(l funding.Line) string { return l.RegionName }
	rows, total := funding.Publish([]funding.Line{line("A", 4, 0, 0), line("B", 6, 6, 600), line("C", 20, 10, 1000), line("B", 3, 0, 0)}, byRegion)
	want := map[string][2]string{"A": {"-", "-"}, "B": {"-", "-"}, "C": {"20", "1000"}} // B would give A away
	for _, r := range rows {
		if got := [2]string{text(r.Deposited), text(r.Committed)}; got != want[r.Name] {
			t.Errorf("%s: %v, want %v", r.Name, got, want[r.Name])
		}
		if r.Paid.Known || r.ToPay.Known {
			t.Errorf("%s: paid to nobody, and %+v", r.Name, r)
		}
	}
	if text(total.Deposited) != "33" || text(total.Committed) != "1600" || total.Paid.Known {
		t.Errorf("total %+v", total)
	}
	if rows, total := funding.Publish([]funding.Line{line("A", 5, 4, 10)}, byRegion); text(rows[0].Deposited) != "5" || text(rows[0].Committed) != "-" || text(total.Committed) != "-" {
		t.Errorf("%+v %+v", rows, total)
	}
	if rows, _ := funding.Publish(nil, byRegion); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

func text(p funding.Published) string {
	if !p.Known {
		return "-"
	}
	return fmt.Sprint(p.Amount)
}

// Whatever the dossiers are, no published figure has fewer than five behind it, and neither has what is left of the total.
func TestNothingSmallCanBeTold(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var lines []funding.Line
		behind := map[string]int{}
		for i := range 1 + random.IntN(8) {
			n := random.IntN(12)
			name := string(rune('A' + i))
			lines = append(lines, funding.Line{RegionName: name, Sums: funding.Sums{Dossiers: n, Holding: n, Committed: funding.Cents(n * 7)}})
			behind[name] = n
		}
		rows, total := funding.Publish(lines, func(l funding.Line) string { return l.RegionName })
		kept, hidden, all := 0, 0, 0
		for _, r := range rows {
			all += behind[r.Name]
			if r.Committed.Known != r.Deposited.Known {
				t.Fatalf("%v: %+v", behind, r)
			}
			if !r.Deposited.Known {
				kept, hidden = kept+behind[r.Name], hidden+1
			} else if behind[r.Name] < funding.LeastPublic {
				t.Fatalf("%v: %s is published", behind, r.Name)
			}
		}
		if total.Deposited.Known != (all >= funding.LeastPublic) || hidden > 0 && hidden < len(rows) && kept < funding.LeastPublic {
			t.Fatalf("%v: %d kept back in %d rows, %+v", behind, kept, hidden, rows)
		}
	}
}
