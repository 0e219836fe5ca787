package exercise_test

import (
	"slices"
	"testing"
	"time"

	"hygie/exercise"
)

// What lines say, and near misses: plans, orders, questions, refusals and other subjects say nothing.
func TestRecognize(t *testing.T) {
	for _, row := range []struct {
		kind exercise.NoteKind
		text string
		want []exercise.Milestone
	}{
		{"fact", "Cellule de crise réunie en salle du conseil.", []exercise.Milestone{exercise.Convened}},
		{"action", "La cellule est au complet", []exercise.Milestone{exercise.Convened}},
		{"fact", "Crisis cell convened", []exercise.Milestone{exercise.Convened}},
		{"fact", "La cellule n’est pas réunie", nil},
		{"instruction", "Cellule de crise réunie dans dix minutes", nil},
		{"decision", "La cellule doit être réunie à 15 h", nil},
		{"action", "Réseau coupé à 14 h 20", []exercise.Milestone{exercise.Isolated}},
		{"action", "Liaisons VPN fermées ; internet coupé", []exercise.Milestone{exercise.Isolated}},
		{"fact", "Le courant est coupé au bloc", nil},
		{"fact", "Faut-il le dire ? Réseau coupé", nil},
		{"call", "CERT Santé", []exercise.Milestone{exercise.FirstCall}},
		{"fact", "CERT Santé appelé, dossier ouvert", []exercise.Milestone{exercise.FirstCall}},
		{"fact", "Il faut appeler le CERT Santé", nil},
		{"call", "CERT Santé injoignable", nil},
		{"fact", "Le CERT-FR a été appelé", nil},
		{"decision", "CNIL : notification décidée", []exercise.Milestone{exercise.Privacy}},
		{"decision", "On notifie la CNIL demain matin", []exercise.Milestone{exercise.Privacy}},
		{"fact", "La CNIL est fermée le dimanche", nil},
		{"fact", "Décision de notifier l’ARS", nil},
		{"fact", "Première prescription sur papier en réanimation", []exercise.Milestone{exercise.Paper}},
		{"action", "Passage des soins au papier", []exercise.Milestone{exercise.Paper}},
		{"fact", "Plus de papier dans l’imprimante des soins", nil},
		{"fact", "Papier peint du dossier", nil},
		{"action", "Plainte préparée avec la gendarmerie", []exercise.Milestone{exercise.Complained}},
		{"fact", "Une famille se plaint", nil},
		{"fact", "Plainte à préparer", nil},
		{"stimulus", "Cellule de crise réunie", nil},
		{"fact", "Réseau coupé. CERT Santé prévenu !", []exercise.Milestone{exercise.Isolated, exercise.FirstCall}},
		{"fact", "Réseau coupé. Il faut prévenir le CERT Santé.", []exercise.Milestone{exercise.Isolated}},
		{"fact", "", nil},
	} {
		got := exercise.Note{Kind: row.kind, Text: row.text}.Recognize()
		slices.Sort(got)
		slices.Sort(row.want)
		if !slices.Equal(got, row.want) {
			t.Errorf("%s %q: %v, want %v", row.kind, row.text, got, row.want)
		}
	}
	if got := (exercise.Note{Text: "Réseau coupé", Undone: true}).Recognize(); got != nil {
		t.Errorf("a corrected line says %v", got)
	}
	if got := (exercise.Note{Text: "EXERCICE – vu", Reached: []exercise.Milestone{exercise.Paper}}).Recognize(); !slices.Equal(got, []exercise.Milestone{exercise.Paper}) {
		t.Errorf("a button says %v", got)
	}
}

// The first line counts, never one before the beginning; the animator has the last word.
func TestReadFigures(t *testing.T) {
	notes := []exercise.Note{
		{Number: 1, At: after(-20), Text: "Cellule de crise réunie"}, {Number: 4, At: after(40), Text: "Cellule de crise réunie"}, {Number: 9, At: after(12), Text: "La cellule est ouverte"},
		{Number: 5, At: after(30), Kind: exercise.CallNote, Text: "CERT Santé"}, {Number: 6, At: after(35), Text: "Réseau coupé"}, {Number: 7, At: after(36), Text: "Plainte déposée"},
	}
	corrections := []exercise.Correction{{Milestone: exercise.FirstCall, At: after(22)}, {Milestone: exercise.Isolated}, {Milestone: exercise.Complained, At: after(-1)}}
	want := map[exercise.Milestone]exercise.Reading{
		exercise.Convened:   {Figure: exercise.Figure{Milestone: exercise.Convened, After: 12 * time.Minute, OK: true}, Line: 9},
		exercise.FirstCall:  {Figure: exercise.Figure{Milestone: exercise.FirstCall, After: 22 * time.Minute, OK: true}, Corrected: true},
		exercise.Isolated:   {Figure: exercise.Figure{Milestone: exercise.Isolated}, Corrected: true},
		exercise.Complained: {Figure: exercise.Figure{Milestone: exercise.Complained, OK: true}, Corrected: true},
		exercise.Privacy:    {Figure: exercise.Figure{Milestone: exercise.Privacy}},
		exercise.Paper:      {Figure: exercise.Figure{Milestone: exercise.Paper}},
	}
	for _, r := range exercise.ReadFigures(start, notes, corrections) {
		if r != want[r.Milestone] {
			t.Errorf("%+v, want %+v", r, want[r.Milestone])
		}
	}
}
