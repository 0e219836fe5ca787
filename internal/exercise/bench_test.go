package exercise

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"hygie/document/pdf"
	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/locale"
)

// BenchmarkRetex writes the draft of the debrief of a long exercise: every event played, 200 seats, 40 observers and their remarks, 400 answers, 2,000 lines to read delays from.
func BenchmarkRetex(b *testing.B) {
	catalogue, err := locale.Default()
	if err != nil {
		b.Fatal(err)
	}
	ctx := locale.With(b.Context(), catalogue.Printer(locale.French, time.UTC))
	all, err := scenarios.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC)
	s := all[len(all)-1].At(drill.Confirmed)
	v := view{Exercise: Exercise{ID: "e", Scenario: s, Level: drill.Confirmed, PlannedAt: start}, now: start.Add(3 * time.Hour)}
	events := []drill.Event{{At: start, Act: drill.Start}}
	for _, st := range s.Stimuli {
		events = append(events, drill.Event{At: start.Add(time.Duration(st.Minute) * time.Minute), Act: drill.Play, Stimulus: st.ID})
	}
	events = append(events, drill.Event{At: start.Add(2 * time.Hour), Act: drill.End})
	if v.state, err = drill.Replay(s, events, v.now); err != nil {
		b.Fatal(err)
	}
	var present []string
	for i := range maxSeats {
		v.seats = append(v.seats, Seat{ID: fmt.Sprint(i), Role: s.Roles[i%len(s.Roles)].ID, Name: fmt.Sprintf("Participant fictif %d", i)})
		present = append(present, fmt.Sprint(i))
	}
	for i := range 40 {
		for _, aim := range s.Objectives {
			for n := range aim.Observe {
				v.observations = append(v.observations, Observation{Seat: fmt.Sprint(i), Objective: aim.ID, Place: n, Value: "partly", Note: "Vu au bout de dix minutes, après un rappel de l’animateur."})
			}
		}
	}
	for i := range 2 * maxSeats {
		v.answers = append(v.answers, Answer{Phase: []Phase{Hot, Cold}[i%2], Satisfaction: 1 + i%5, Kept: "Le tableau blanc et la feuille des heures.", Improved: "Les numéros utiles, sur papier."})
	}
	for i := range 2000 {
		v.notes = append(v.notes, drill.Note{Number: int64(i + 1), At: start.Add(time.Duration(i) * time.Second), Text: "Point de situation : le service tient, rien de nouveau."})
	}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := pdf.Write(&out, Retex(ctx, v, "Établissement fictif", present, nil)); err != nil {
			b.Fatal(err)
		}
	}
}
