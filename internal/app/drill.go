package app

import (
	"context"
	"slices"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/campaign"
	"hygie/internal/exercise"
	"hygie/internal/fault"
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

// campaigns lets agencies take establishments through one exercise.
func (p *Platform) campaigns(now func() time.Time) error {
	shipped, err := scenarios.Shipped()
	if err != nil {
		return err
	}
	campaign.New(campaign.Options{DB: p.DB, Trail: p.Trail, Drills: drills{shipped, now}, Now: now}).Routes(p.Router)
	return nil
}

// drills are the exercises of establishments as campaigns see them.
type drills struct {
	shipped []*drill.Scenario
	now     func() time.Time
}

func (d drills) Stories() []campaign.Story {
	all := make([]campaign.Story, len(d.shipped))
	for i, s := range d.shipped {
		all[i] = campaign.Story{ID: s.ID, Title: s.Title}
	}
	return all
}

func (d drills) Plan(ctx context.Context, tx *store.Tx, scope territory.Scope, w campaign.Wish) (string, error) {
	i := slices.IndexFunc(d.shipped, func(s *drill.Scenario) bool { return s.ID == w.Story })
	if i < 0 {
		return "", fault.Conflict("campaign.choose_story")
	}
	level := drill.Level(w.Level)
	return exercise.Plan(ctx, tx, scope, exercise.Exercise{Structure: w.Structure, Scenario: d.shipped[i].At(level), Level: level, PlannedAt: w.Day, CreatedBy: w.Person}, d.now())
}

func (d drills) Stand(ctx context.Context, tx *store.Tx, scope territory.Scope, ids []string) (map[string]campaign.Drill, error) {
	standings, err := exercise.Standings(ctx, tx, scope, ids)
	all := make(map[string]campaign.Drill, len(standings))
	for id, s := range standings {
		all[id] = campaign.Drill{Held: s.Ended, Counted: s.Counted, Answers: s.Answers, Sum: s.Sum}
	}
	return all, err
}
