package referential

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The days that are looked at are all on which the answer changes: asking every day finds the same end.
func TestHoldsUntilMissesNoDay(t *testing.T) {
	p := withRule(t, `{any: [{fresh: {fact: run, max_age: 1 month}}, {document: {kind: plan}}, {value: {fact: level, at_least: 4, max_age: 45 days}},
		{count: {fact: score.*.total, at_least: 2, max_age: 3 months}}, {all: [{not: {period: {fact: run, from: 2026-02-01, until: 2026-05-20}}}, {fresh: {fact: run, max_age: 3 months}}]}]}`)
	board := NewBoard(p)
	ref := board.All()[0]
	rapid.Check(t, func(t *rapid.T) {
		w, at := drawWorld(t), date("2026-04-30")
		last, ok := board.HoldsUntil(w, at, ref)
		w.Facts, w.Documents = dropLater(w, at)
		met := func(d day) bool {
			f := p.frameOn(&w, newIndex(&w, at), at)
			f.today = d
			return f.judge(board.requirements[ref].requirement).Status == Met
		}
		today := dayOf(at, time.UTC)
		if ok != met(today) {
			t.Fatalf("met: %v", ok)
		}
		if !ok {
			return
		}
		want := time.Time{}
		for d := today + 1; d <= today+400; d++ {
			if !met(d) {
				want = (d - 1).start(time.UTC)
				break
			}
		}
		if last.After(date("2027-05-31")) {
			last = time.Time{}
		}
		if !last.Equal(want) {
			t.Fatalf("holds until %s, but every day asked: %s", last, want)
		}
	})
}

func dropLater(w World, at time.Time) (facts []Fact, documents []Document) {
	for _, f := range w.Facts {
		if !f.ObservedAt.After(at) {
			facts = append(facts, f)
		}
	}
	for _, d := range w.Documents {
		if !d.DepositedAt.After(at) {
			documents = append(documents, d)
		}
	}
	return facts, documents
}

func TestHoldsUntil(t *testing.T) {
	for _, row := range []struct {
		name, rule string
		facts      []string
		documents  []Document
		want       string // "" for no end in sight, "no" when it is not met
	}{
		{"an observation grows old", "{fresh: {fact: run, max_age: 3 months}}", []string{"2026-06-01 run=2026-06-01"}, nil, "2026-09-01"},
		{"the newest of two counts", "{fresh: {fact: run, max_age: 45 days}}", []string{"2026-06-01 run=2026-06-01", "2026-06-10 run=2026-06-10"}, nil, "2026-07-25"},
		{"a document ends", "{document: {kind: plan}}", nil, []Document{{Structure: "h1", ID: "d", Kind: "plan", From: date("2026-01-01"), Until: date("2026-12-31"), DepositedAt: date("2026-01-01")}}, "2026-12-31"},
		{"a document without end", "{document: {kind: plan}}", nil, []Document{{Structure: "h1", ID: "d", Kind: "plan", From: date("2026-01-01"), DepositedAt: date("2026-01-01")}}, ""},
		{"one document follows another", "{document: {kind: plan}}", nil, []Document{{Structure: "h1", ID: "d", Kind: "plan", From: date("2026-01-01"), Until: date("2026-07-31"), DepositedAt: date("2026-01-01")},
			{Structure: "h1", ID: "e", Kind: "plan", From: date("2026-08-01"), Until: date("2026-08-31"), DepositedAt: date("2026-01-01")}}, "2026-08-31"},
		{"the first of both ends", "{all: [{document: {kind: plan}}, {fresh: {fact: run, max_age: 1 month}}]}", []string{"2026-06-20 run=2026-06-20"}, []Document{{Structure: "h1", ID: "d", Kind: "plan", From: date("2026-01-01"), Until: date("2026-12-31"), DepositedAt: date("2026-01-01")}}, "2026-07-20"},
		{"what was done in a period stays done", "{period: {fact: run, from: 2026-01-01, until: 2026-06-15}}", []string{"2026-06-01 run=2026-06-01"}, nil, ""},
		{"an age of the last days of months", "{fresh: {fact: run, max_age: 1 month}}", []string{"2026-06-30 run=2026-06-30"}, nil, "2026-07-31"},
		{"not met", "{fresh: {fact: run, max_age: 3 months}}", []string{"2026-01-01 run=2026-01-01"}, nil, "no"},
		{"what is announced is not counted on", "{fresh: {fact: run, max_age: 1 month}}", []string{"2026-06-20 run=2026-06-20", "2026-07-15 run=2026-07-15"}, nil, "2026-07-20"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := withRule(t, row.rule)
			w := World{Subject: Subject{Structure: "h1", Category: "public"}, Facts: facts(t, row.facts...), Documents: row.documents}
			board := NewBoard(p)
			last, ok := board.HoldsUntil(w, date("2026-06-30").Add(20*time.Hour), board.All()[0])
			got := "no"
			if ok {
				if got = ""; !last.IsZero() {
					got = last.Format(time.DateOnly)
				}
			}
			if got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
	if _, ok := NewBoard().HoldsUntil(World{}, date("2026-06-30"), Ref{"a", "b"}); ok {
		t.Error("a requirement that is not there holds")
	}
}
