package chronogram_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/exercise/scenarios"
	"hygie/referential"
)

// Each exercise that comes with hygie goes through its table and comes back the same, whatever the language of the table.
func TestRoundTrip(t *testing.T) {
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, lang := range []referential.Lang{referential.French, referential.English} {
			back, err := chronogram.Apply(s, chronogram.Rows(s, lang), lang)
			if err != nil {
				t.Fatalf("%s: %v", s.ID, err)
			}
			if d := cmp.Diff(s, back); d != "" {
				t.Errorf("%s in %s:\n%s", s.ID, lang, d)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	for _, row := range []struct {
		text  string
		want  int
		clock bool
	}{
		{"0", 0, false}, {"15", 15, false}, {"15.0", 15, false}, {"15 min", 15, false}, {"90 minutes", 90, false}, {"12’", 12, false}, {"M+15", 15, false}, {"T+15", 15, false}, {"T+01:30", 90, false},
		{"H+2", 120, false}, {"H+1:30", 90, false}, {"h + 1h05", 65, false}, {"J+1", 1440, false}, {"J+1 H+2 M+15", 1575, false}, {"D+2", 2880, false}, {"2 heures", 120, false}, {"1 h 05 min", 65, false},
		{"14:05", 845, true}, {"14h05", 845, true}, {"9 h", 540, true}, {"08:15:00", 495, true}, {"1899-12-30 08:15:00", 495, true}, {"J+1 09:00", 1980, true}, {"J+1 à 9h30", 2010, true},
	} {
		got, ok := chronogram.ReadTime(row.text)
		if !ok || got.Minutes != row.want || got.Clock != row.clock || got.Dated {
			t.Errorf("%q: %+v, %v", row.text, got, ok)
		}
	}
	for _, text := range []string{"", "bientôt", "H+", "H-1", "-5", "25:00", "12:75", "J+1:30", "J+8", "99999", "H+1 puis", "1e3", "NaN", strings.Repeat("9", 400)} {
		if got, ok := chronogram.ReadTime(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

// Hours of the clock are counted from the first one; after midnight comes the next day.
func TestClock(t *testing.T) {
	for _, row := range []struct {
		name  string
		cells []string
		want  []int // -1: refused
	}{
		{"hours of the day", []string{"14:00", "14:12", "15:30"}, []int{0, 12, 90}},
		{"since the beginning", []string{"0:00", "0:12", "1:30"}, []int{0, 12, 90}},
		{"over midnight", []string{"23:50", "00:10", "01:00"}, []int{0, 20, 70}},
		{"over two midnights by their names", []string{"23:50", "J+1 00:10", "J+2 00:10"}, []int{0, 20, 1460}},
		{"a row that comes before the first", []string{"14:00", "13:50"}, []int{0, -1}},
		{"with the day", []string{"2026-03-29 23:50:00", "2026-03-30 00:10:00", "2026-03-29 22:00:00"}, []int{0, 20, -1}},
		{"both kinds", []string{"14:00", "15", "14:20"}, []int{0, 15, 20}},
		{"ten days later", []string{"2026-03-01 10:00:00", "2026-03-11 10:00:00"}, []int{0, -1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var c chronogram.Clock
			for i, cell := range row.cells {
				m, ok := chronogram.ReadTime(cell)
				if !ok {
					t.Fatalf("%q", cell)
				}
				got, ok := c.Since(m)
				if want := row.want[i]; ok != (want >= 0) || ok && got != want {
					t.Errorf("%q: %d, %v, want %d", cell, got, ok, want)
				}
			}
		})
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]exercise.Channel{"Appel téléphonique": exercise.Phone, "Tél.": exercise.Phone, "phone": exercise.Phone, "E-mail": exercise.Mail, "Courriel": exercise.Mail, "SMS": exercise.Message, "Réseaux sociaux": exercise.Press,
		"Article de presse": exercise.Press, "visit": exercise.Visit, "Sur place": exercise.Visit, "Capture d’écran": exercise.Screen, "pigeon": "", "": "", "télépathie": ""} {
		if got, ok := chronogram.ReadChannel(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
	for text, want := range map[string]exercise.Level{"1": 1, "Débutant": 1, "tous": 1, "intermédiaire": 2, "Expert": 3, "3": 3, "4": 0, "": 0} {
		if got, ok := chronogram.ReadLevel(text); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for text, want := range map[string]exercise.Trigger{"si appel-ars": {Stimulus: "appel-ars", Reacted: true}, "Si pas 12": {Stimulus: "n-12"}, "sauf si n-12": {Stimulus: "n-12"}, "unless press": {Stimulus: "press"}, "après A 3": {Stimulus: "a-3", Reacted: true},
		"reacted:x": {Stimulus: "x", Reacted: true}, "unreacted:x": {Stimulus: "x"}} {
		if got, ok := chronogram.ReadCondition(text); got != want || !ok {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "peut-être", "si ", "reacted:"} {
		if got, ok := chronogram.ReadCondition(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
	if !chronogram.Mark("DEBEX") || !chronogram.Mark("Fin de l’exercice") || chronogram.Mark("Appel du SAMU") {
		t.Error("marks of the play")
	}
	if got := chronogram.List("- appeler le CERT Santé\n• noter\n\n☐ couper ; isoler"); !slices.Equal(got, []string{"appeler le CERT Santé", "noter", "couper ; isoler"}) {
		t.Errorf("%q", got)
	}
	for name, want := range map[string]bool{"Directeur de garde": true, "Direction des soins": true, "Accueil": false, "Directoire": false} {
		if chronogram.Manages(name) != want {
			t.Errorf("%q", name)
		}
	}
}

func mine(rows ...string) (all []map[string]string) {
	for _, r := range rows {
		cells := strings.Split(r, "|")
		values := map[string]string{}
		for i, key := range []string{chronogram.Number, chronogram.At, chronogram.From, chronogram.To, chronogram.Subject, chronogram.Text, chronogram.Condition} {
			if i < len(cells) && cells[i] != "" {
				values[key] = cells[i]
			}
		}
		all = append(all, values)
	}
	return all
}

// Rows of an own table make a scenario that can be played: seats are added, the order is that of time, each level is long enough.
func TestApply(t *testing.T) {
	s := exercise.Draft("essai", "Essai", "Une panne.", exercise.Hospital, true)
	got, err := chronogram.Apply(s, mine("b|75|SAMU|Directrice de garde; Accueil|Appel|Texte|si a", "a|10|ARS||Premier|Texte"), referential.French)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Roles) != 3 || !got.Roles[1].Management || got.Roles[2].Management || got.Roles[2].ID != "accueil" {
		t.Errorf("seats: %+v", got.Roles)
	}
	if got.Stimuli[0].ID != "a" || !slices.Equal(got.Stimuli[0].To, []string{"cellule"}) || !slices.Equal(got.Stimuli[1].To, []string{"directrice-de-garde", "accueil"}) {
		t.Errorf("events: %+v", got.Stimuli)
	}
	if got.Minutes(exercise.Beginner) != 90 || got.Minutes(exercise.Confirmed) != 120 {
		t.Errorf("lengths: %v", got.Durations)
	}
	if len(s.Roles) != 1 || len(s.Stimuli) != 0 {
		t.Error("the scenario itself was changed")
	}
	if _, err := exercise.Replay(got.At(exercise.Beginner), nil, time.Unix(0, 0)); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	s := exercise.Draft("essai", "Essai", "Une panne.", exercise.Hospital, true)
	many := slices.Repeat(mine("a|10|ARS||S|T"), 501)
	for _, row := range []struct {
		name string
		rows []map[string]string
		want chronogram.FaultKind
	}{
		{"a cause that is not there", mine("a|10|x||S|T|si b"), chronogram.NoCause},
		{"a cause that comes after", mine("a|10|x||S|T|si b", "b|20|x||S|T"), chronogram.NoCause},
		{"it depends on itself", mine("a|10|x||S|T|si a"), chronogram.NoCause},
		{"too many", many, chronogram.TooMany},
		{"a text that is too long", mine("a|10|x||S|" + strings.Repeat("é", 4000)), chronogram.Unfit},
		{"a row without a sender", mine("a|10|||S|T"), chronogram.Unfit},
	} {
		t.Run(row.name, func(t *testing.T) {
			var f chronogram.Fault
			if _, err := chronogram.Apply(s, row.rows, referential.French); !errors.As(err, &f) || f.Kind != row.want {
				t.Errorf("%v", err)
			}
		})
	}
	wrong := mine("a|10|x||S|T")
	wrong[0][chronogram.Objective] = "autre"
	var f chronogram.Fault
	if _, err := chronogram.Apply(s, wrong, referential.French); !errors.As(err, &f) || f.Kind != chronogram.NoObjective {
		t.Errorf("%v", err)
	}
}

// Every column has names of its own, or a table could not be told.
func TestNames(t *testing.T) {
	seen := map[string]string{}
	for _, key := range chronogram.Keys() {
		names := chronogram.Names(key)
		if len(names) == 0 {
			t.Errorf("%s has no name", key)
		}
		for _, n := range names {
			if other := seen[n]; other != "" {
				t.Errorf("%q is both %s and %s", n, other, key)
			}
			seen[n] = key
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, text := range []string{"15", "H+1:30", "J+1 09:00", "2026-03-29 23:50:00", "T+"} {
		f.Add(text, "14:00")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var c chronogram.Clock
		for _, text := range []string{a, b} {
			if m, ok := chronogram.ReadTime(text); ok {
				if minutes, ok := c.Since(m); ok && (minutes < 0 || minutes > 7*24*60) {
					t.Errorf("%q gives %d", text, minutes)
				}
			}
		}
	})
}

// Whatever the rows say, what is accepted can be played and written as a table again.
func FuzzApply(f *testing.F) {
	f.Add("a", 10, "SAMU", "Accueil; Direction", "S", "T\n- deux", "si b", "2")
	f.Fuzz(func(t *testing.T, id string, minute int, from, to, subject, text, condition, level string) {
		s := exercise.Draft("essai", "Essai", "Une panne.", exercise.Hospital, true)
		rows := mine("b|0|x||S|T")
		other := map[string]string{chronogram.Number: chronogram.Key(id, subject), chronogram.At: "5", chronogram.From: from, chronogram.To: to, chronogram.Subject: subject, chronogram.Text: text, chronogram.Expect: chronogram.ReadExpect(text),
			chronogram.Condition: condition, chronogram.Level: level}
		if minute%2 == 0 {
			other[chronogram.At] = "90"
		}
		got, err := chronogram.Apply(s, append(rows, other), referential.French)
		if err != nil {
			return
		}
		again, err := chronogram.Apply(got, chronogram.Rows(got, referential.French), referential.French)
		if err != nil {
			t.Fatalf("what was accepted is refused: %v", err)
		}
		if !slices.EqualFunc(chronogram.Rows(got, referential.French), chronogram.Rows(again, referential.French), maps.Equal) {
			t.Errorf("%q\n%q", chronogram.Rows(got, referential.French), chronogram.Rows(again, referential.French))
		}
	})
}
