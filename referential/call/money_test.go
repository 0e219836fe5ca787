package call

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func TestCentsAreChecked(t *testing.T) {
	const most, least = Cents(math.MaxInt64), Cents(math.MinInt64)
	for name, try := range map[string]func() (Cents, error){
		"sum above":     func() (Cents, error) { return most.Plus(1) },
		"sum below":     func() (Cents, error) { return least.Plus(-1) },
		"rest above":    func() (Cents, error) { return most.Minus(-1) },
		"rest below":    func() (Cents, error) { return least.Minus(1) },
		"least less":    func() (Cents, error) { return Cents(0).Minus(least) },
		"product":       func() (Cents, error) { return most.Times(2) },
		"least product": func() (Cents, error) { return least.Times(-1) },
		"share":         func() (Cents, error) { return NewRatio(3, 2).Of(most) },
		"sum of many":   func() (Cents, error) { return Sum(most, 1, -1) },
	} {
		if got, err := try(); !errors.Is(err, ErrOverflow) {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
	for name, c := range map[string]struct{ got, want Cents }{
		"sum":      {must(most.Plus(-1)), most - 1},
		"zero":     {must(least.Plus(0)), least},
		"rest":     {must(Cents(5).Minus(7)), -2},
		"product":  {must(Cents(-25).Times(4)), -100},
		"nothing":  {must(most.Times(0)), 0},
		"rounds":   {must(NewRatio(1, 3).Of(100)), 33},
		"rounds −": {must(NewRatio(1, 3).Of(-100)), -34},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestParseCents(t *testing.T) {
	for s, want := range map[string]Cents{"0": 0, "65000000": 6_500_000_000, "1234.5": 123_450, "1234.56": 123_456, "0.01": 1, "007": 700, "10000000000000": MostCents} {
		if got, err := ParseCents(s); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", ".", "1.", ".5", "-1", "+1", "1,5", "1 000", "1e3", "0x10", "1.234", "10000000000000.01", "99999999999999999999", "١", "1_000", "∞"} {
		if got, err := ParseCents(s); err == nil {
			t.Errorf("%q is read as %d", s, got)
		}
	}
}

// What is written can be read again, in files.
func TestCentsAndRatiosComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := Cents(r.Int64N(int64(MostCents)))
		if got, err := ParseCents(c.String()); err != nil || got != c {
			t.Fatalf("%d: %s, %v", c, c, err)
		}
		q := NewRatio(r.Int64N(1_000_000), 1+r.Int64N(1_000_000))
		if got, err := ParseRatio(q.String()); err != nil || got.Compare(q) != 0 {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestMoneyIsWrittenForReaders(t *testing.T) {
	for c, want := range map[Cents]Text{
		0: {FR: "0,00\u00a0€", EN: "€0.00"}, 1: {FR: "0,01\u00a0€", EN: "€0.01"}, 99_999: {FR: "999,99\u00a0€", EN: "€999.99"}, 100_000: {FR: "1\u202f000\u00a0€", EN: "€1,000"},
		6_500_000_000: {FR: "65\u202f000\u202f000\u00a0€", EN: "€65,000,000"}, 123_456: {FR: "1\u202f234,56\u00a0€", EN: "€1,234.56"}, -5: {FR: "−0,05\u00a0€", EN: "−€0.05"},
		math.MinInt64: {FR: "−92\u202f233\u202f720\u202f368\u202f547\u202f758,08\u00a0€", EN: "−€92,233,720,368,547,758.08"},
	} {
		if got := c.Text(); got != want {
			t.Errorf("%d: %q, want %q", c, got, want)
		}
	}
}

func TestParseRatio(t *testing.T) {
	for s, want := range map[string]Ratio{"80 %": NewRatio(4, 5), "66.67%": NewRatio(6667, 10000), "2/3": NewRatio(2, 3), "12345.5": NewRatio(24691, 2), "100\u00a0%": One(), "0": {}} {
		if got, err := ParseRatio(s); err != nil || got.Compare(want) != 0 {
			t.Errorf("%q: %v, %v; want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"", "%", "1/0", "1/2%", "-1", "1e9", "1/", "/2", "1/2/3", "0x1", "1,5", "1234567890123456", "NaN", "Inf", "1_0"} {
		if got, err := ParseRatio(s); err == nil {
			t.Errorf("%q is read as %s", s, got)
		}
	}
	if got := NewRatio(2, 3).Percent(); got != "66.66" {
		t.Errorf("two thirds are written %s %%", got)
	}
}

func TestSplitMakesTheWhole(t *testing.T) {
	got, err := Split(100, []int64{1, 1, 1})
	if err != nil || got[0] != 34 || got[1] != 33 || got[2] != 33 {
		t.Errorf("a third each: %v, %v", got, err)
	}
	if got, err := Split(5, []int64{0, 1, 3}); err != nil || got[0] != 0 || got[1] != 1 || got[2] != 4 {
		t.Errorf("the larger fraction first: %v, %v", got, err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		weights := make([]int64, 1+r.IntN(20))
		for i := range weights {
			weights[i] = r.Int64N(math.MaxInt64)
		}
		total := Cents(r.Int64N(math.MaxInt64))
		parts, err := Split(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Sum(parts...); err != nil || sum != total {
			t.Fatalf("%d split by %v makes %d (%v)", total, weights, sum, err)
		}
	}
	for name, weights := range map[string][]int64{"nobody": nil, "no weight": {0, 0}, "negative": {2, -1}} {
		if _, err := Split(100, weights); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := Split(-1, []int64{1}); err == nil {
		t.Error("a negative amount is accepted")
	}
}
