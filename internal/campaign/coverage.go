package campaign

import (
	"context"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// A Cover is how many establishments held an exercise that counts in a year.
type Cover struct {
	Year                       int
	Held, All                  int
	EssentialHeld, EssentialOf int
	Target, EssentialTarget    int // in hundredths; 0: none
}

// years is how many years are shown, the present one included.
const years = 4

// land is what a territory has: its establishments, by name, and when each held an exercise that counts.
type land struct {
	names     []territory.Structure
	essential map[string]bool
	held      map[string][]int // years, by structure
}

// survey reads a territory below a structure in scope. An exercise counts when continuity of care was played with the management, as the facts of one source say.
func survey(ctx context.Context, tx *store.Tx, scope territory.Scope, below territory.Interval, now time.Time) (l land, err error) {
	l.held = map[string][]int{}
	err = territory.Each(ctx, tx, scope, func(s territory.Structure) error {
		if s.Kind == territory.Entity && s.Interval.Left >= below.Left && s.Interval.Right <= below.Right && s.Status != territory.Closed {
			l.names = append(l.names, s)
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	if l.essential, err = essentials(ctx, tx, scope); err != nil {
		return l, err
	}
	facts, err := proof.Observed(ctx, tx, scope, now, "exercise.held", "exercise.kind", "exercise.management")
	if err != nil {
		return l, err
	}
	type sitting struct { // what was said at once, of one exercise
		structure, source string
		at                int64
	}
	said := map[sitting]map[string]referential.Value{}
	for _, f := range facts {
		key := sitting{f.Structure, f.Source, store.Millis(f.ObservedAt)}
		if said[key] == nil {
			said[key] = map[string]referential.Value{}
		}
		said[key][f.Key] = f.Value
	}
	for key, one := range said {
		held, ok := one["exercise.held"]
		year := held.Date.Year() // a day, at midnight UTC
		if ok && one["exercise.kind"].Text == "care-continuity" && one["exercise.management"].Bool && !slices.Contains(l.held[key.structure], year) {
			l.held[key.structure] = append(l.held[key.structure], year)
		}
	}
	return l, nil
}

// covers counts the years of a territory, the oldest first.
func (l land) covers(now int, targets []Target) []Cover {
	all := make([]Cover, years)
	for i := range all {
		c := &all[i]
		c.Year = now - years + 1 + i
		for _, s := range l.names {
			held := slices.Contains(l.held[string(s.ID)], c.Year)
			c.All++
			if held {
				c.Held++
			}
			if l.essential[string(s.ID)] {
				c.EssentialOf++
				if held {
					c.EssentialHeld++
				}
			}
		}
		for _, t := range targets {
			switch {
			case t.Year != c.Year:
			case t.Audience == Essential:
				c.EssentialTarget = t.Share
			default:
				c.Target = t.Share
			}
		}
	}
	return all
}

// audience are the establishments that a campaign invites.
func (l land) audience(a Audience, year int) (ids []string) {
	for _, s := range l.names {
		id := string(s.ID)
		switch {
		case a == Essential && !l.essential[id], a == Missing && slices.Contains(l.held[id], year):
		default:
			ids = append(ids, id)
		}
	}
	return ids
}

// fewest is how many answers there must be before their mean is shown, and fewestHosts from how many establishments: a mean of one would be its own.
const fewest, fewestHosts = 5, 2

// opinion is what the players of ended exercises say, all together; ok is false when there are too few of them, or when all are of one establishment.
func opinion(drills map[string]Drill) (sum, answers int64, ok bool) {
	hosts := 0
	for _, d := range drills {
		if d.Held && d.Answers > 0 {
			sum, answers = sum+d.Sum, answers+d.Answers
			hosts++
		}
	}
	return sum, answers, answers >= fewest && hosts >= fewestHosts
}
