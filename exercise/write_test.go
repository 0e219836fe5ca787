package exercise_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/referential"
)

// What is written is read back as the same, for each scenario that comes with hygie and for texts with anything in them.
func TestWrittenIsReadBack(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	odd := read(t, sample)
	odd.Title = referential.Text{FR: "« Guillemets \" et \\ : # { } [ ] , & * ! | > %' @ `\n deux lignes\t»", EN: "- ~ null yes 1.0 \U0001F3E5"}
	for _, s := range append(all, odd) {
		back, err := exercise.Read("back.yaml", exercise.Write(s))
		if err != nil {
			t.Fatalf("%s: %v\n%s", s.ID, err, exercise.Write(s))
		}
		if d := cmp.Diff(s, back); d != "" {
			t.Errorf("%s: %s", s.ID, d)
		}
	}
}

func TestDraft(t *testing.T) {
	s := exercise.Draft("mine", "Titre", "Résumé", exercise.NursingHome, true)
	if err := s.Check(); err == nil {
		t.Error("a scenario without a stimulus is whole")
	}
	s.Stimuli = []exercise.Stimulus{
		{ID: "b", Minute: 200, From: exercise.Same("x"), To: []string{"cellule"}, Channel: exercise.Phone, Subject: exercise.Same("s"), Text: exercise.Same("t"), Level: exercise.Intermediate, Expect: []referential.Text{exercise.Same("e")}},
		{ID: "a", Minute: 5, From: exercise.Same("x"), To: []string{"cellule"}, Channel: exercise.Phone, Subject: exercise.Same("s"), Text: exercise.Same("t"), Level: exercise.Beginner, Expect: []referential.Text{exercise.Same("e")}},
	}
	s.Settle()
	if err := s.Check(); err != nil || s.Stimuli[0].ID != "a" || s.Minutes(exercise.Beginner) != 60 || s.Minutes(exercise.Intermediate) != 215 || s.Minutes(exercise.Confirmed) != 215 {
		t.Errorf("%v, %v", err, s.Durations)
	}
}

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{"Appel du SAMU !": "appel-du-samu", "12": "n-12", "appels-malades": "appels-malades", "  É a ": "e-a", "!!": "", "日本": "", "a--b-": "a--b-"} {
		if got := exercise.Slug(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	long := exercise.Slug(strings.Repeat("Long titre ", 50))
	if len(long) > 60 || exercise.Slug(long) != long {
		t.Errorf("%q", long)
	}
	taken := map[string]bool{"appel": true, "appel-2": true}
	if got := exercise.Fresh("Appel", "x", func(id string) bool { return taken[id] }); got != "appel-3" {
		t.Errorf("%q", got)
	}
	if got := exercise.Fresh("?", "autre", func(string) bool { return false }); got != "autre" {
		t.Errorf("%q", got)
	}
}
