package logbook

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var night = time.Date(2026, 3, 29, 0, 40, 0, 0, time.UTC) // clocks in France go from 2 to 3 h twenty minutes later

// keeper is a journal as merges see it, in memory.
type keeper struct {
	lines   []Placed
	byID    map[string]Known
	latest  time.Time
	devices map[string]Device
}

func (k *keeper) take(now time.Time, drafts []Draft) []Placed {
	placed := Merge(Held{Size: int64(len(k.lines)), Lines: k.byID, Latest: k.latest, Devices: k.devices}, now, drafts)
	for _, p := range placed {
		if p.Already {
			continue
		}
		k.lines = append(k.lines, p)
		k.byID[p.ID] = Known{p.Number, p.Digest}
		if p.Written.After(k.latest) {
			k.latest = p.Written
		}
		if d := k.devices[p.Device]; p.Seq > d.Seq {
			k.devices[p.Device] = Device{p.Seq, p.Written}
		}
	}
	return placed
}

// A thousand nights: several devices write, some with a clock that goes back, are cut off, send again what was answered or not, in pieces and in any order.
func TestNoLineIsLostAndNoneIsPutOutOfOrderUnseen(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 7))
		k := &keeper{byID: map[string]Known{}, devices: map[string]Device{}}
		clock := night
		queues := make([][]Draft, 1+r.IntN(5))
		written := map[string]Draft{}
		seqs := make([]int64, len(queues))
		for range 1 + r.IntN(60) {
			clock = clock.Add(time.Duration(r.IntN(90)) * time.Second)
			n := r.IntN(len(queues))
			seqs[n]++
			d := Draft{ID: fmt.Sprintf("d%d-%d", n, seqs[n]), Kind: Kinds()[r.IntN(5)], Text: fmt.Sprint("line ", r.IntN(4)), Written: clock, Device: fmt.Sprint("d", n), Seq: seqs[n]}
			if r.IntN(10) == 0 {
				d.Written = clock.Add(-time.Duration(r.IntN(7200)) * time.Second) // a clock set back
			}
			queues[n], written[d.ID] = append(queues[n], d), d
			for r.IntN(3) == 0 { // some device has network for a moment
				n := r.IntN(len(queues))
				some := slices.Clone(queues[n])
				if r.IntN(3) == 0 {
					r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				}
				some = some[:r.IntN(len(some)+1)]
				k.take(clock, some)
				if r.IntN(2) == 0 { // the answer arrived, so the device forgets
					queues[n] = slices.DeleteFunc(queues[n], func(d Draft) bool { return slices.ContainsFunc(some, func(s Draft) bool { return s.ID == d.ID }) })
				}
			}
		}
		for _, q := range queues {
			for _, p := range k.take(clock, q) {
				if p.Number == 0 {
					t.Fatalf("seed %d: %s has no number", seed, p.ID)
				}
			}
		}
		proveWhole(t, seed, k.lines, written)
		proveTraced(t, seed, k.lines)
	}
}

func proveWhole(t *testing.T, seed uint64, lines []Placed, written map[string]Draft) {
	t.Helper()
	seen := map[string]bool{}
	for i, l := range lines {
		w, ok := written[l.ID]
		if !ok || seen[l.ID] || l.Number != int64(i)+1 || l.Text != w.Text || !l.Written.Equal(w.Written) {
			t.Fatalf("seed %d: line %d is %+v, written %+v", seed, i+1, l, w)
		}
		seen[l.ID] = true
	}
	if len(seen) != len(written) {
		t.Fatalf("seed %d: %d lines kept of %d", seed, len(seen), len(written))
	}
}

func proveTraced(t *testing.T, seed uint64, lines []Placed) {
	t.Helper()
	for i, l := range lines {
		for _, before := range lines[:i] {
			byClock := l.Written.Before(before.Written)
			byHand := l.Device == before.Device && l.Seq < before.Seq
			if (byClock || byHand) && !l.Late {
				t.Fatalf("seed %d: line %d was written before line %d and does not say so", seed, l.Number, before.Number)
			}
		}
		if l.Late && !slices.ContainsFunc(lines[:i], func(b Placed) bool { return l.Written.Before(b.Written) || l.Device == b.Device && l.Seq < b.Seq }) {
			t.Fatalf("seed %d: line %d says it is late and is not", seed, l.Number)
		}
	}
}

func TestMergeIsOncePerLine(t *testing.T) {
	a := Draft{ID: "a", Kind: Fact, Text: "le serveur ne répond plus"}
	other := Draft{ID: "a", Kind: Fact, Text: "autre chose"}
	for _, c := range []struct {
		name   string
		drafts []Draft
		want   []int64
	}{
		{"once", []Draft{a}, []int64{1}},
		{"sent twice at once", []Draft{a, a}, []int64{1, 1}},
		{"the same form later", []Draft{a, {ID: "a", Kind: Fact, Text: " le serveur ne répond plus\r\n"}}, []int64{1, 1}},
		{"an id used for other words", []Draft{a, other}, []int64{1, 2}},
		{"and again", []Draft{a, other, other, a}, []int64{1, 2, 2, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			placed := Merge(Held{}, night, c.drafts)
			for i, p := range placed {
				if p.Number != c.want[i] {
					t.Errorf("draft %d has number %d, want %d", i, p.Number, c.want[i])
				}
			}
		})
	}
}

func TestCheckDraft(t *testing.T) {
	good := Draft{ID: "a-1", Kind: Fact, Text: "texte"}
	for _, c := range []struct {
		name   string
		change func(*Draft)
		want   string
	}{
		{"good", func(*Draft) {}, ""},
		{"no id", func(d *Draft) { d.ID = "" }, "logbook.wrong_id"},
		{"an id that the merge makes", func(d *Draft) { d.ID = "a~b" }, "logbook.wrong_id"},
		{"unknown kind", func(d *Draft) { d.Kind = "rumour" }, "logbook.wrong_kind"},
		{"spaces only", func(d *Draft) { d.Text = " \n " }, "logbook.text_missing"},
		{"zero byte", func(d *Draft) { d.Text = "a\x00b" }, "logbook.too_long"},
		{"broken letters", func(d *Draft) { d.Text = "a\xff" }, "logbook.too_long"},
		{"year 9999", func(d *Draft) { d.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }, "logbook.wrong_time"},
		{"hash of another length", func(d *Draft) { d.Files = []File{{SHA256: "ab"}} }, "logbook.wrong_links"},
		{"line feed in a name", func(d *Draft) { d.Cell = "a\nb" }, "logbook.too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := good
			c.change(&d)
			if got := d.Check(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
