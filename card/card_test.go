package card_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hygie/card"
	"hygie/card/cards"
	"hygie/referential"
)

const sample = `id: fire
version: "1.0"
kind: qualify
title: {fr: t, en: t}
for: {fr: f, en: f}
when: {fr: w, en: w}
purpose: {fr: p, en: p}
minutes: 10
steps:
  - {id: smoke, text: {fr: a, en: a}}
  - {id: door, act: true, text: {fr: b, en: b}, if: [{step: smoke, is: ["yes", unknown]}]}
  - {id: out, text: {fr: c, en: c}}
outcomes:
  - {if: [{step: door, is: ["yes"]}], say: {fr: closed, en: closed}}
  - {say: {fr: other, en: other}}
`

func read(t testing.TB, text string) (*card.Card, error) {
	t.Helper()
	return card.Read("card.yaml", []byte(text))
}

// A run asks what the answers lead to, and an answer that is no longer on the way says nothing.
func TestRun(t *testing.T) {
	c, err := read(t, sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		given card.Given
		next  string
		say   string
	}{
		{"at first", nil, "smoke", "other"},
		{"not known", card.Given{"smoke": card.Unknown}, "door", "other"},
		{"no smoke skips the door", card.Given{"smoke": card.No}, "out", "other"},
		{"done", card.Given{"smoke": card.Yes, "door": card.Yes, "out": card.No}, "", "closed"},
		{"an answer taken back", card.Given{"smoke": card.No, "door": card.Yes, "out": card.No}, "", "other"},
		{"nonsense is no answer", card.Given{"smoke": "maybe"}, "smoke", "other"},
	} {
		t.Run(row.name, func(t *testing.T) {
			next := ""
			if s := c.Next(row.given); s != nil {
				next = s.ID
			}
			if say := c.Conclude(row.given).Say.FR; next != row.next || say != row.say {
				t.Errorf("next %q, says %q", next, say)
			}
		})
	}
	start := time.Date(2026, 3, 29, 1, 55, 0, 0, time.FixedZone("CET", 3600))
	if left := c.Left(start, start.Add(4*time.Minute)); left != 6*time.Minute {
		t.Error(left)
	}
}

func TestFaults(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"unknown key", "minutes: 10", "minutes: 10\ncolour: red", "colour"},
		{"no limit", "minutes: 10\n", "", "minutes"},
		{"a limit too long", "minutes: 10", "minutes: 1000", "minutes"},
		{"a step twice", "id: out", "id: smoke", `two steps "smoke"`},
		{"a step that comes later", "step: smoke, is", "step: out, is", `no step "out" before`},
		{"an answer that is none", `["yes", unknown]`, `["oui"]`, `"oui" is none of`},
		{"no outcome that always fits", "  - {say: {fr: other, en: other}}\n", "", "last outcome"},
		{"nothing to do", "steps:", "steps: []\nformer:", "steps"},
		{"one language", "title: {fr: t, en: t}", "title: {fr: t}", "en"},
		{"leads to itself", "say: {fr: closed, en: closed}", "say: {fr: closed, en: closed}, next: [fire]", "itself"},
		{"not YAML", "id: fire", "id: [", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := read(t, strings.Replace(sample, row.old, row.new, 1))
			var problems referential.Problems
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLoadWantsEachNextCard(t *testing.T) {
	text := strings.Replace(sample, "say: {fr: closed, en: closed}", "say: {fr: closed, en: closed}, next: [absent]", 1)
	if _, err := card.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}}); err == nil || !strings.Contains(err.Error(), `no card "absent"`) {
		t.Error(err)
	}
	if _, err := card.Load(fstest.MapFS{"a.yaml": {Data: []byte(sample)}, "b.yaml": {Data: []byte(sample)}}); err == nil {
		t.Error("two cards of one name")
	}
}

// Whatever is answered, each card that comes with hygie ends within its own steps with something to do, and every outcome can be reached.
func TestShipped(t *testing.T) {
	all, err := cards.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 12 {
		t.Errorf("%d cards", len(all))
	}
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			said := map[string]bool{}
			given := card.Given{}
			var every func(depth int)
			every = func(depth int) {
				s := c.Next(given)
				if s == nil {
					out := c.Conclude(given)
					if out.Say.FR == "" || out.Say.EN == "" {
						t.Fatalf("nothing is said after %v", given)
					}
					said[out.Say.FR] = true
					return
				}
				if depth > len(c.Steps) {
					t.Fatal("the card does not end")
				}
				for _, a := range []card.Answer{card.Yes, card.No, card.Unknown} {
					given[s.ID] = a
					every(depth + 1)
				}
				delete(given, s.ID)
			}
			every(0)
			for s := c.Next(given); s != nil; s = c.Next(given) {
				given[s.ID] = card.Unknown
			}
			if c.Conclude(given).Say.FR == "" {
				t.Error("who knows nothing is told nothing")
			}
			for _, o := range c.Outcomes {
				if !said[o.Say.FR] {
					t.Errorf("no run ends with %q", o.Say.FR)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := read(t, text); err == nil && (c.Next(nil) == nil && len(c.Steps[0].If) == 0 || c.Conclude(nil).Say.FR == "") {
			t.Errorf("a card that asks or says nothing was taken: %q", text)
		}
	})
}
