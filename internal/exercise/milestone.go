package exercise

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
)

// correct keeps what the animator says of a milestone, against what was read.
func (m *Module) correct(c *web.Context, tx *store.Tx, e Exercise, f move, now time.Time) error {
	if !slices.Contains(drill.Milestones(), f.Milestone) || e.Started.IsZero() || !e.Concluded.IsZero() {
		return fault.Conflict("exercise.not_now")
	}
	var at time.Time
	switch f.Act {
	case rereadAct:
		_, err := tx.Exec(c.Ctx, `delete from exercise_correction where exercise_id = $1 and milestone = $2`, e.ID, string(f.Milestone))
		return err
	case correctAct:
		var ok bool
		if at, ok = hourOf(c.R.Form.Get(hourField(f.Milestone)), e.Started, c.Printer.Zone()); !ok || at.After(now) {
			return fault.Conflict("exercise.hour_wrong")
		}
	}
	_, err := tx.Exec(c.Ctx, `insert into exercise_correction (exercise_id, milestone, at, by, noted_at) values ($1, $2, $3, $4, $5)
		on conflict (exercise_id, milestone) do update set at = excluded.at, by = excluded.by, noted_at = excluded.noted_at`, e.ID, string(f.Milestone), store.Millis(at), c.Actor.Person, store.Millis(now))
	if err != nil {
		return fmt.Errorf("correct a milestone of exercise %s: %w", e.ID, err)
	}
	return m.trailed(c, tx, e, "milestone", map[string]any{"milestone": string(f.Milestone), "reached": !at.IsZero()})
}

// hourField is the field of the hour of a milestone.
func hourField(m drill.Milestone) string { return "at-" + string(m) }

// What the animator says of a milestone that was read from the lines.
const (
	correctAct   drill.Act = "correct"   // it was reached at another time
	unreachedAct drill.Act = "unreached" // it was not reached
	rereadAct    drill.Act = "reread"    // the lines are right after all
)

// hourOf reads an hour of the clock as the first moment from the beginning of the exercise on that shows it.
func hourOf(text string, start time.Time, zone *time.Location) (time.Time, bool) {
	clock, err := time.Parse("15:04", strings.TrimSpace(strings.ReplaceAll(text, "h", ":")))
	if err != nil {
		return time.Time{}, false
	}
	local := start.In(zone)
	for days := range 8 {
		at := time.Date(local.Year(), local.Month(), local.Day()+days, clock.Hour(), clock.Minute(), 0, 0, zone)
		if !at.Before(local.Truncate(time.Minute)) {
			if at.Before(local) {
				at = local
			}
			return at, true
		}
	}
	return time.Time{}, false
}

// corrections reads what the animator said of milestones.
func corrections(ctx context.Context, tx *store.Tx, e Exercise) ([]drill.Correction, error) {
	return store.All(ctx, tx, func(row store.Row) (o drill.Correction, err error) {
		var at int64
		err = row.Scan(&o.Milestone, &at)
		o.At = store.Time(at)
		return o, err
	}, `select milestone, at from exercise_correction where exercise_id = $1 order by milestone`, e.ID)
}

// notes are the lines of the main courante of an exercise that was read with its scope.
func (m *Module) notes(ctx context.Context, tx *store.Tx, scope territory.Scope, e Exercise) ([]drill.Note, error) {
	marks, err := Marks(ctx, tx, e)
	if err != nil || m.Log == nil || e.Book == "" {
		return marks, err
	}
	lines, err := m.Log.Lines(ctx, tx, scope, e.Book)
	if err != nil {
		return nil, fmt.Errorf("read the lines of exercise %s: %w", e.ID, err)
	}
	return append(lines, marks...), nil
}

// figures are how long the milestones took.
func (v view) figures() []drill.Reading {
	return drill.ReadFigures(v.state.Started, v.notes, v.corrections)
}

// correctPage is where what was read from the lines is corrected.
func (m *Module) correctPage(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	if v.Started.IsZero() {
		return fault.Conflict("exercise.not_now")
	}
	page := web.Page{Title: c.T("exercise.correct_figures"), Over: c.T("exercise.banner"), Lead: words(c.Ctx, v.Scenario.Title), Place: at, Crumbs: m.crumbs(c, at.ID), Tabs: tabs(c, v, "room")}
	return c.Page(page, figuresBody(v))
}
