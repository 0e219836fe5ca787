package app

import (
	"context"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/internal/exercise"
	"hygie/internal/logbook"
	"hygie/internal/notice"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Lines are what the main courante of an exercise says, as far as milestones are read from it.
func (l drillLog) Lines(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) ([]drill.Note, error) {
	lines, err := l.books.Lines(ctx, tx, scope, book, logbook.Filter{Oldest: true})
	corrected := logbook.Corrections(lines)
	notes := make([]drill.Note, len(lines))
	for i, line := range lines {
		notes[i] = drill.Note{Number: line.Number, At: line.At, Kind: drill.NoteKind(line.Kind), Text: line.Text, Undone: corrected[line.Number] != 0}
		for _, link := range line.Links {
			if m, ok := strings.CutPrefix(link, "milestone/"); ok {
				notes[i].Reached = append(notes[i].Reached, drill.Milestone(m))
			}
		}
	}
	return notes, err
}

// drillPost sends the mails of exercises with those of the platform.
type drillPost struct{ now func() time.Time }

func (p drillPost) Send(ctx context.Context, tx *store.Tx, person, to, subject, body string) (string, error) {
	return notice.Post(ctx, tx, person, to, subject, body, p.now())
}

func (p drillPost) State(ctx context.Context, tx *store.Tx, id string) (exercise.PostState, error) {
	state, err := notice.StateOf(ctx, tx, id)
	return exercise.PostState(state), err
}
