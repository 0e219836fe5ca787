package funding

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever happens to dossiers from week to week, no figure of any row moves by fewer than five of them, none has one to four behind it, and what two rows or
// two weeks differ by has five at least: every row is a sum of cells, and each cell holds. When dossiers only go on, fewer than five of a cell wait in the end.
func TestNoDossierCanBeToldFromFigures(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 7))
		regions, categories := []string{"a", "b", "c", ""}, []string{"x", "y", ""}
		now, known := map[string]counted{}, map[string]counted{}
		for week := range 30 {
			for range random.IntN(12) {
				id := string(rune('A'+random.IntN(26))) + string(rune('A'+random.IntN(5)))
				c, there := now[id]
				if !there {
					c = counted{region: regions[min(random.IntN(6), 3)], category: categories[random.IntN(3)]}
					c.of[publicDeposited] = 1
				}
				switch kind := random.IntN(6); {
				case kind == 0 && seed%2 == 0:
					c.of = [publicFigures]int64{} // withdrawn
				case kind == 1 && seed%2 == 0:
					c.of = [publicFigures]int64{1}
				case kind == 2:
					c.of[publicDecided] = 1
				default:
					c.of = [publicFigures]int64{1, 1, 1, 100 + int64(random.IntN(900)), int64(random.IntN(3)) * 30}
				}
				now[id] = c
			}
			next := settle(known, now, week%poolEvery == 0)
			safe(t, known, next)
			known = next
		}
		if seed%2 == 0 {
			continue
		}
		waits := map[cell][publicFigures]int{}
		for range 2 * poolEvery { // nothing moves any more
			known = settle(known, now, true)
		}
		for id, c := range known {
			n := waits[c.cell()]
			for f := range c.of {
				if c.of[f] != now[id].of[f] {
					n[f]++
				}
			}
			waits[c.cell()] = n
		}
		for at, n := range waits {
			if slices.Max(n[:]) >= LeastPublic {
				t.Errorf("seed %d: %v of %v wait although they could be counted", seed, n, at)
			}
		}
		if len(known) < len(now)-2*LeastPublic {
			t.Errorf("seed %d: %d of %d are counted", seed, len(known), len(now))
		}
	}
}

// safe looks at each cell: how many dossiers moved it, and how many stand behind it.
func safe(t *testing.T, before, after map[string]counted) {
	t.Helper()
	type place struct {
		cell
		figure int
	}
	moved, behind := map[place]int{}, map[place]int{}
	for id, c := range after {
		was, seen := before[id]
		if seen && was.cell() != c.cell() {
			t.Fatalf("%s went from %v to %v", id, was.cell(), c.cell())
		}
		for f := range c.of {
			if c.of[f] != was.of[f] {
				moved[place{c.cell(), f}]++
			}
			if c.of[f] != 0 {
				behind[place{c.cell(), f}]++
			}
		}
	}
	for at, n := range moved {
		if n < LeastPublic {
			t.Fatalf("%v moves by %d dossiers", at, n)
		}
	}
	for at, n := range behind {
		if n < LeastPublic {
			t.Fatalf("%v has %d dossiers behind it", at, n)
		}
	}
	for id := range before {
		if _, there := after[id]; !there {
			t.Fatalf("%s is forgotten", id)
		}
	}
}
