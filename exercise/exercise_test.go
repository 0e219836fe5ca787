package exercise_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/referential"
)

var paris = time.FixedZone("CET", 3600)

// start is half an hour before the clocks of Paris go forward.
var start = time.Date(2026, 3, 29, 1, 30, 0, 0, paris)

func after(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

const sample = `id: fire
version: "1.0"
setting: hospital
title: {fr: t, en: t}
summary: {fr: s, en: s}
minutes: {beginner: 30, intermediate: 60, confirmed: 90}
care: true
roles:
  - {id: head, management: true, name: {fr: n, en: n}, brief: {fr: b, en: b}}
  - {id: press, from: 2, name: {fr: n, en: n}, brief: {fr: b, en: b}}
objectives:
  - {id: aim, text: {fr: a, en: a}, observe: [{text: {fr: o, en: o}}]}
stimuli:
  - {id: call, minute: 0, channel: phone, from: {fr: f, en: f}, to: [head], subject: {fr: s, en: s}, text: {fr: t, en: t}, expect: [{text: {fr: e, en: e}}, {text: {fr: g, en: g}}], objective: aim}
  - {id: reminder, minute: 10, channel: mail, from: {fr: f, en: f}, to: [press], subject: {fr: s, en: s}, text: {fr: t, en: t}, expect: [{text: {fr: e, en: e}}], if: {stimulus: call, reacted: false}}
  - {id: late, minute: 40, level: 2, channel: press, from: {fr: f, en: f}, to: [press], subject: {fr: s, en: s}, text: {fr: t, en: t}, expect: [{text: {fr: e, en: e}}]}
briefing: [{text: {fr: b, en: b}}]
debriefing: [{text: {fr: d, en: d}}]
`

func read(t testing.TB, text string) *exercise.Scenario {
	t.Helper()
	s, err := exercise.Read("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func state(t testing.TB, s *exercise.Scenario, now time.Time, events ...exercise.Event) exercise.State {
	t.Helper()
	st, err := exercise.Replay(s, events, now)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func statuses(st exercise.State) string {
	var words []string
	for _, i := range st.Items {
		words = append(words, string(i.Status))
	}
	return strings.Join(words, " ")
}

// Where each stimulus stands, as the game goes.
func TestReplay(t *testing.T) {
	s := read(t, sample)
	begin := exercise.Event{At: start, Act: exercise.Start}
	play := exercise.Event{At: after(1), Act: exercise.Play, Stimulus: "call"}
	seen := func(minute, n int) exercise.Event {
		return exercise.Event{At: after(minute), Act: exercise.React, Stimulus: "call", Reaction: n, Seen: true}
	}
	for _, row := range []struct {
		name    string
		now     int
		events  []exercise.Event
		want    string
		elapsed int
	}{
		{"not begun", 5, nil, "planned waiting planned", 0},
		{"begun", 5, []exercise.Event{begin}, "due waiting planned", 5},
		{"played, nothing seen yet", 5, []exercise.Event{begin, play}, "played planned planned", 5},
		{"one of two reactions is not all", 12, []exercise.Event{begin, play, seen(3, 0)}, "played due planned", 12},
		{"all seen: no reminder", 12, []exercise.Event{begin, play, seen(3, 0), seen(4, 1)}, "played dropped planned", 12},
		{"skipped: no reminder", 12, []exercise.Event{begin, {At: after(1), Act: exercise.Skip, Stimulus: "call"}}, "skipped dropped planned", 12},
		{"a pause does not count", 60, []exercise.Event{begin, play, {At: after(5), Act: exercise.Pause}, {At: after(55), Act: exercise.Resume}}, "played due planned", 10},
		{"moved earlier", 25, []exercise.Event{begin, {At: after(2), Act: exercise.Shift, Stimulus: "late", Minutes: -20}}, "due waiting due", 25},
		{"over", 90, []exercise.Event{begin, play, {At: after(30), Act: exercise.End}}, "played due planned", 30},
		{"the clock was set back", 3, []exercise.Event{begin, {At: after(10), Act: exercise.Play, Stimulus: "call"}, {At: after(4), Act: exercise.Shift, Stimulus: "late", Minutes: 5}}, "played due planned", 10},
	} {
		t.Run(row.name, func(t *testing.T) {
			st := state(t, s, after(row.now), row.events...)
			if got := statuses(st); got != row.want || st.Elapsed != time.Duration(row.elapsed)*time.Minute {
				t.Errorf("%s after %v, want %s after %d minutes", got, st.Elapsed, row.want, row.elapsed)
			}
		})
	}
	late := state(t, s, after(20), begin, exercise.Event{At: after(12), Act: exercise.Play, Stimulus: "call"})
	if d := late.Items[0].Drift; d != 12*time.Minute {
		t.Errorf("drift %v", d)
	}
}

// What is not possible is refused with its name, and nothing else changes.
func TestImpossible(t *testing.T) {
	s := read(t, sample)
	begin := exercise.Event{At: start, Act: exercise.Start}
	for name, events := range map[string][]exercise.Event{
		"play before the beginning": {{At: start, Act: exercise.Play, Stimulus: "call"}},
		"begin twice":               {begin, begin},
		"resume what runs":          {begin, {At: after(1), Act: exercise.Resume}},
		"an unknown stimulus":       {begin, {At: after(1), Act: exercise.Play, Stimulus: "x"}},
		"play twice":                {begin, {At: after(1), Act: exercise.Play, Stimulus: "call"}, {At: after(2), Act: exercise.Play, Stimulus: "call"}},
		"a reaction before":         {begin, {At: after(1), Act: exercise.React, Stimulus: "call"}},
		"a reaction too many":       {begin, {At: after(1), Act: exercise.Play, Stimulus: "call"}, {At: after(2), Act: exercise.React, Stimulus: "call", Reaction: 2}},
		"play after the end":        {begin, {At: after(1), Act: exercise.End}, {At: after(2), Act: exercise.Play, Stimulus: "call"}},
		"an unknown act":            {begin, {At: after(1), Act: "dance", Stimulus: "call"}},
	} {
		if _, err := exercise.Replay(s, events, after(5)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLevels(t *testing.T) {
	s := read(t, sample)
	easy := s.At(exercise.Beginner)
	if len(easy.Roles) != 1 || len(easy.Stimuli) != 2 || easy.Stimuli[1].To[0] != "head" || easy.Minutes(exercise.Beginner) != 30 {
		t.Errorf("%+v", easy)
	}
	if len(s.Stimuli) != 3 || s.Stimuli[1].To[0] != "press" {
		t.Error("the scenario itself was changed")
	}
}

func TestFaults(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"unknown key", "care: true", "care: true\ncolour: red", "colour"},
		{"an absent role", "to: [head]", "to: [cook]", `no role "cook"`},
		{"an absent objective", "objective: aim", "objective: other", `no objective "other"`},
		{"a cause that comes later", "stimulus: call", "stimulus: late", `no stimulus "late" before`},
		{"a cause of a higher level", "id: call, minute: 0,", "id: call, minute: 0, level: 3,", "in vain"},
		{"out of order", "id: late, minute: 40", "id: late, minute: 5", "order of their time"},
		{"after the end", "id: late, minute: 40", "id: late, minute: 61", "over after 60"},
		{"twice", "id: late", "id: call", `two stimuli "call"`},
		{"an unknown way", "channel: press", "channel: fax", "fax"},
		{"no length", ", confirmed: 90", "", "confirmed"},
		{"the first seat is not always there", "{id: head, management: true,", "{id: head, from: 3, management: true,", "first role"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := exercise.Read("s.yaml", []byte(strings.Replace(sample, row.old, row.new, 1)))
			var problems referential.Problems
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Each exercise that comes with hygie is played to its end at each level, by players who react or do not: everything that can happen is given, skipped or
// dropped, nothing waits for ever, and the whole fits into the announced time.
func TestShippedArePlayed(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	settings := map[exercise.Setting]int{}
	for _, whole := range all {
		settings[whole.Setting]++
		reached := map[string]bool{}
		for _, level := range []exercise.Level{exercise.Beginner, exercise.Intermediate, exercise.Confirmed} {
			s := whole.At(level)
			for _, reacts := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%d/%v", s.ID, level, reacts), func(t *testing.T) {
					events := []exercise.Event{{At: start, Act: exercise.Start}}
					for minute := range s.Minutes(level) + 1 {
						for _, i := range state(t, s, after(minute), events...).Items {
							if i.Status != exercise.Due {
								continue
							}
							reached[i.Stimulus.ID] = true
							events = append(events, exercise.Event{At: after(minute), Act: exercise.Play, Stimulus: i.Stimulus.ID})
							for n := range i.Stimulus.Expect {
								events = append(events, exercise.Event{At: after(minute), Act: exercise.React, Stimulus: i.Stimulus.ID, Reaction: n, Seen: reacts})
							}
						}
					}
					events = append(events, exercise.Event{At: after(s.Minutes(level)), Act: exercise.End})
					end := state(t, s, after(s.Minutes(level)), events...)
					for _, i := range end.Items {
						if i.Status != exercise.Played && i.Status != exercise.Dropped {
							t.Errorf("%s is still %s at the end", i.Stimulus.ID, i.Status)
						}
					}
					if ok, why := exercise.Counted(s, end, []string{s.Roles[0].ID}); !ok {
						t.Errorf("it does not count: %v", why)
					}
				})
			}
			if len(s.Stimuli) < 5 {
				t.Errorf("%s: %d stimuli at level %d", s.ID, len(s.Stimuli), level)
			}
		}
		for _, st := range whole.Stimuli {
			if !reached[st.ID] {
				t.Errorf("%s: %s is never given", whole.ID, st.ID)
			}
		}
	}
	if settings[exercise.Hospital] < 2 || settings[exercise.NursingHome] < 1 {
		t.Errorf("%v", settings)
	}
}

// Whatever the animator does, a game can be replayed: acts that were accepted one by one are accepted together, and time never runs backwards.
func TestAnyGame(t *testing.T) {
	s := read(t, sample)
	rapid.Check(t, func(rt *rapid.T) {
		var events []exercise.Event
		now, before := start, time.Duration(0)
		for range rapid.IntRange(1, 40).Draw(rt, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "seconds")) * time.Second)
			e := exercise.Event{
				At:       now,
				Act:      rapid.SampledFrom([]exercise.Act{exercise.Start, exercise.Pause, exercise.Resume, exercise.Play, exercise.Skip, exercise.Shift, exercise.React, exercise.End}).Draw(rt, "act"),
				Stimulus: rapid.SampledFrom([]string{"call", "reminder", "late", ""}).Draw(rt, "stimulus"),
				Minutes:  rapid.IntRange(-30, 30).Draw(rt, "minutes"), Reaction: rapid.IntRange(-1, 2).Draw(rt, "reaction"), Seen: rapid.Bool().Draw(rt, "seen"),
			}
			if _, err := exercise.Replay(s, append(slices.Clone(events), e), now); err == nil {
				events = append(events, e)
			}
			st, err := exercise.Replay(s, events, now)
			if err != nil {
				rt.Fatal(err)
			}
			if st.Elapsed < before {
				rt.Fatalf("the clock went back from %v to %v", before, st.Elapsed)
			}
			before = st.Elapsed
		}
	})
}

// What makes an exercise count.
func TestCounted(t *testing.T) {
	s := read(t, sample)
	computers := *s
	computers.Care = false
	ended := state(t, s, after(30), exercise.Event{At: start, Act: exercise.Start}, exercise.Event{At: after(30), Act: exercise.End})
	for _, row := range []struct {
		name    string
		s       *exercise.Scenario
		state   exercise.State
		present []string
		want    []exercise.Reason
	}{
		{"all is there", s, ended, []string{"head"}, []exercise.Reason{exercise.Counts}},
		{"not to its end", s, exercise.State{Running: true}, []string{"head"}, []exercise.Reason{exercise.NotPlayed}},
		{"no management", s, ended, []string{"press"}, []exercise.Reason{exercise.NoManagement}},
		{"machines alone", &computers, ended, []string{"head"}, []exercise.Reason{exercise.ComputerOnly}},
		{"nothing at all", &computers, exercise.State{}, nil, []exercise.Reason{exercise.NotPlayed, exercise.NoManagement, exercise.ComputerOnly}},
	} {
		ok, why := exercise.Counted(row.s, row.state, row.present)
		if !slices.Equal(why, row.want) || ok != (why[0] == exercise.Counts) {
			t.Errorf("%s: %v %v", row.name, ok, why)
		}
	}
}

func TestAdvised(t *testing.T) {
	for _, row := range []struct {
		exercises            int
		cell, plans, onPaper bool
		want                 exercise.Level
	}{
		{0, true, true, true, exercise.Beginner}, {1, false, false, false, exercise.Beginner}, {1, true, true, false, exercise.Intermediate},
		{5, true, true, false, exercise.Intermediate}, {2, true, true, true, exercise.Confirmed},
	} {
		if got := exercise.Advised(row.exercises, row.cell, row.plans, row.onPaper); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := exercise.Read("s.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, level := range []exercise.Level{exercise.Beginner, exercise.Intermediate, exercise.Confirmed} {
			if _, err := exercise.Replay(s.At(level), []exercise.Event{{At: start, Act: exercise.Start}}, after(10)); err != nil {
				t.Errorf("what was read cannot be played: %v", err)
			}
		}
	})
}

// Each exercise that comes with hygie is whole at each level: calls, mails and press to play, a seat for everything that happens and something for each seat,
// reactions to expect, something that depends on the players, an occasion for all that observers look for, and what to say before and after.
func TestShippedAreWhole(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, whole := range all {
		for _, level := range []exercise.Level{exercise.Beginner, exercise.Intermediate, exercise.Confirmed} {
			s := whole.At(level)
			t.Run(fmt.Sprintf("%s/%d", s.ID, level), func(t *testing.T) {
				ways, aims, reached, conditions, before := map[exercise.Channel]int{}, map[string]int{}, map[string]int{}, 0, 0
				for _, st := range s.Stimuli {
					ways[st.Channel]++
					aims[st.Objective]++
					for _, role := range st.To {
						reached[role]++
					}
					if st.If != nil {
						conditions++
					}
					if len(st.Expect) == 0 || len(st.Text.FR) < 60 || len(st.Text.EN) < 60 {
						t.Errorf("%s is thin", st.ID)
					}
					if st.Minute-before > 30 {
						t.Errorf("nothing happens between minute %d and %s", before, st.ID)
					}
					before = st.Minute
				}
				for _, way := range []exercise.Channel{exercise.Phone, exercise.Mail, exercise.Press} {
					if ways[way] == 0 {
						t.Errorf("no %s", way)
					}
				}
				for _, aim := range s.Objectives {
					if aims[aim.ID] == 0 || len(aim.Observe) < 2 {
						t.Errorf("objective %s: %d events, %d things to observe", aim.ID, aims[aim.ID], len(aim.Observe))
					}
				}
				for _, role := range s.Roles {
					if reached[role.ID] == 0 {
						t.Errorf("nothing reaches %s", role.ID)
					}
				}
				if conditions == 0 || len(s.Stimuli) < 9 || len(s.Briefing) < 4 || len(s.Debriefing) < 5 {
					t.Errorf("%d events, %d of them with a condition; %d paragraphs before, %d questions after", len(s.Stimuli), conditions, len(s.Briefing), len(s.Debriefing))
				}
			})
		}
	}
}
