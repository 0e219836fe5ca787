package call

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"hygie/referential"
)

// spoil changes, doubles, cuts out or cuts off pieces of a file.
func spoil(r *rand.Rand, data []byte) []byte {
	const odd = "\x00\xff:-{}[]'\"#\n\t &*!|>%@09./"
	out := slices.Clone(data)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(out))
		end := min(len(out), at+1+r.IntN(50))
		switch r.IntN(8) {
		case 0, 1, 2, 3:
			out[at] = odd[r.IntN(len(odd))]
		case 4, 5:
			out = slices.Delete(out, at, end)
		case 6:
			out = slices.Insert(out, at, out[at:end]...)
		case 7:
			out = out[:max(at, 1)]
		}
		if len(out) == 0 {
			return data
		}
	}
	return out
}

// Spoilt files are refused with a place, or read as a call that can be counted with.
func TestSpoiltFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 2))
	accepted := 0
	seeds := [][]byte{testdata(t, "invented.yaml"), testdata(t, "yearly.yaml"), testdata(t, "services.yaml")}
	for i := range 600 {
		c, err := Read("x.yaml", spoil(r, seeds[i%len(seeds)]))
		if err != nil {
			var faults referential.Problems
			if !errors.As(err, &faults) || len(faults) == 0 || faults[0].Message == "" {
				t.Fatalf("no faults: %v", err)
			}
			continue
		}
		accepted++
		for _, f := range []Facts{group("500", "500"), clinic("10", "1000"), {}} {
			ceiling := c.Ceiling(f)
			if !ceiling.Known && ceiling.Amount != 0 || ceiling.Amount < 0 {
				t.Fatalf("ceiling %+v", ceiling)
			}
			c.Eligible(f)
			if _, err := c.Simulate([]Facts{f}, Hypotheses{}); err != nil {
				t.Fatal(err)
			}
		}
		dues, err := c.Schedule(12_345, "group", nil)
		if err != nil {
			t.Fatal(err)
		}
		known, sum := len(dues) > 0, Cents(0)
		for _, d := range dues {
			known, sum = known && d.Known, sum+d.Amount
		}
		if known && sum != 12_345 {
			t.Fatalf("12345 cents are paid as %d", sum)
		}
	}
	if accepted == 0 {
		t.Error("everything was refused: nothing was tried")
	}
}
