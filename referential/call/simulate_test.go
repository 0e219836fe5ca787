package call

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// crowd makes candidates of an invented call.
func crowd(r *rand.Rand, n int) []Facts {
	all := make([]Facts, n)
	for i := range all {
		f := clinic(fmt.Sprint(r.IntN(2000)), fmt.Sprintf("%d.%02d", 1000+r.IntN(20_000), r.IntN(100)))
		if i%3 == 0 {
			f = group(fmt.Sprint(r.IntN(4000)), fmt.Sprintf("%d.5", r.IntN(4000)))
			f.Region = []string{"84", "53"}[r.IntN(2)]
		}
		f.Structure = fmt.Sprintf("s%04d", i)
		all[i] = f
	}
	return all
}

// Whatever is supposed, every sum of a scenario is exact to the cent, and the order of the candidates does not matter.
func TestScenariosAddUp(t *testing.T) {
	c := invented(t)
	r := rand.New(rand.NewPCG(7, 8))
	share := func() Ratio { return NewRatio(r.Int64N(1001), 1000) }
	for range 60 {
		h := Hypotheses{TakeUp: map[string]Ratio{"group": share(), "clinic": share()}, Scale: map[string]Ratio{"clinic": NewRatio(r.Int64N(3000), 1000)},
			Success: map[string]Ratio{"start": share(), "end": share()}}
		if r.IntN(2) == 0 {
			h.Shortage = ProRata
		}
		candidates := crowd(r, 1+r.IntN(150))
		s, err := c.Simulate(candidates, h)
		if err != nil {
			t.Fatal(err)
		}
		var sum Amounts
		for _, cell := range s.Cells {
			sum = sum.plus(cell.Amounts, 1)
			if cell.Paid+cell.Unpaid != cell.Committed {
				t.Fatalf("cell %+v", cell)
			}
		}
		if sum != s.Amounts || s.Paid+s.Unpaid != s.Committed || s.Committed+s.Remainder.Value != s.Envelope.Value || s.Paid+s.Left.Value != s.Envelope.Value {
			t.Fatalf("the sums differ: %+v, %+v", sum, s)
		}
		if h.Shortage == ProRata && s.Remainder.Value < 0 {
			t.Fatalf("cut down, and still too much: %+v", s.Remainder)
		}
		for _, by := range []func(Cell) string{func(c Cell) string { return c.Region }, func(c Cell) string { return c.Category }, func(c Cell) string { return c.Instalment }} {
			var total Amounts
			for _, sub := range s.By(by) {
				total = total.plus(sub.Amounts, 1)
			}
			if total != s.Amounts {
				t.Fatalf("by name: %+v, %+v", total, s.Amounts)
			}
		}
		for _, region := range s.Regions {
			if region.Committed+region.Remainder != region.Share {
				t.Fatalf("region %+v", region)
			}
		}
		r.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
		if again, _ := c.Simulate(candidates, h); !reflect.DeepEqual(s, again) {
			t.Fatal("another order of candidates gives another scenario")
		}
	}
}

func TestScenarioByHand(t *testing.T) {
	c := invented(t)
	a, b := clinic("0", "1000"), clinic("0", "3000.01")
	a.Structure, b.Structure = "a", "b"
	lost, foreign := clinic("0", ""), clinic("0", "5000")
	lost.Structure, foreign.Structure, foreign.Region = "lost", "foreign", "11"
	first, err := c.Simulate([]Facts{a, b, lost, foreign}, Hypotheses{TakeUp: map[string]Ratio{"clinic": NewRatio(1, 2)}, Success: map[string]Ratio{"end": NewRatio(9, 10)}})
	if err != nil {
		t.Fatal(err)
	}
	// 500.00 and 1500.00 (half of 3000.01, cut off) are promised; 30 %, a third and eleven thirtieths of each.
	want := []Cell{{"84", "clinic", "end", Amounts{18_334 + 55_000, 16_500 + 49_500, 1_834 + 5_500}}, {"84", "clinic", "middle", Amounts{16_666 + 50_000, 66_666, 0}},
		{"84", "clinic", "start", Amounts{60_000, 60_000, 0}}}
	if !reflect.DeepEqual(first.Cells, want) || first.Candidates != 2 || first.Ceilings != 400_001 || len(first.SetAside) != 2 {
		t.Errorf("cells %+v; want %+v", first.Cells, want)
	}
	second, err := c.Simulate([]Facts{a, b}, Hypotheses{TakeUp: map[string]Ratio{"clinic": NewRatio(1, 2)}})
	if err != nil {
		t.Fatal(err)
	}
	d := Compare(first, second)
	if want := []Cell{{"84", "clinic", "end", Amounts{0, 7_334, -7_334}}}; !reflect.DeepEqual(d.Cells, want) || d.Left.Value != -7_334 || d.Remainder.Value != 0 {
		t.Errorf("what changes: %+v", d)
	}
	if !reflect.DeepEqual(Compare(first, first).Amounts, Amounts{}) || len(Compare(first, first).Cells) != 0 {
		t.Error("a scenario differs from itself")
	}
}

func TestHypothesesAreChecked(t *testing.T) {
	c := invented(t)
	for name, h := range map[string]Hypotheses{
		"unknown category":   {TakeUp: map[string]Ratio{"ship": One()}},
		"unknown instalment": {Success: map[string]Ratio{"tip": One()}},
		"more than all":      {TakeUp: map[string]Ratio{"clinic": NewRatio(11, 10)}},
		"less than nothing":  {Scale: map[string]Ratio{"clinic": NewRatio(-1, 10)}},
		"unknown field":      {Fields: map[string]string{"x": "1"}},
		"unknown shortage":   {Shortage: "lottery"},
	} {
		if _, err := c.Simulate(nil, h); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func BenchmarkSimulate(b *testing.B) {
	c := invented(b)
	candidates := crowd(rand.New(rand.NewPCG(1, 1)), 1200)
	for b.Loop() {
		if _, err := c.Simulate(candidates, Hypotheses{}); err != nil {
			b.Fatal(err)
		}
	}
}
