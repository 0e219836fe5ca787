// Package plan keeps the one action plan of each structure: what is to be mended, by whom, until when, and what it brings.
//
// Whatever asks for work (a finding, a requirement not met, a lesson of an exercise) becomes an [Action] here, once: asking again
// for the same thing finds the action that exists. Two people may edit at once; the second to save is told.
//
// Actions that turn out to be one are merged ([Merge], taken back by [Part]); what asked for each is kept ([AskedFor]), and so is what happened to it ([Events]).
// An action that an audit can check ([Origin.Checked]) is opened again when a later audit still finds the thing ([SeenAgain]). [Action.Worth] ranks
// by gain for effort.
package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// State says how far an action is.
type State string

// The states of an action. A dropped action was decided against, and can be asked for anew.
const (
	Open    State = "open"
	Doing   State = "doing"
	Done    State = "done"
	Dropped State = "dropped"
)

// States lists every state, in the order of work.
var states = []State{Open, Doing, Done, Dropped}

// States returns every state, in the order of work.
func States() []State { return slices.Clone(states) }

// Valid tells whether s is a known state.
func (s State) Valid() bool { return slices.Contains(states, s) }

// Closed tells whether nothing remains to be done.
func (s State) Closed() bool { return s == Done || s == Dropped }

// Weight is a coarse size of an effort or a gain; empty when nobody has said.
type Weight string

// The weights.
const (
	Low    Weight = "low"
	Medium Weight = "medium"
	High   Weight = "high"
)

// Valid tells whether w is empty or a known weight.
func (w Weight) Valid() bool { return w == "" || w == Low || w == Medium || w == High }

// Origin says what kind of thing asked for an action.
type Origin string

// The origins known today.
const (
	ByHand           Origin = "hand"
	DirectoryFinding Origin = "directory-finding"
	ExposureFinding  Origin = "exposure-finding"
	RequirementUnmet Origin = "requirement"
	AssessmentAnswer Origin = "assessment"
	IncidentLesson   Origin = "incident" // what an incident taught
	ExerciseLesson   Origin = "exercise" // what an exercise taught
	Brought          Origin = "import"   // a row of a table that somebody brought
)

// Action is one piece of remediation work of a structure.
type Action struct {
	ID        string
	Structure string
	Title     string
	Detail    string
	Origin    Origin
	OriginRef string // identity of the thing that asked, so that it is asked for once; empty for an action made by hand
	OriginURL string // page of the platform that explains it
	State     State
	OwnerID   string // person who answers for it, or empty
	OwnerName string // shown name: of that person when it was chosen, else of whoever has no account here
	DueOn     time.Time
	Effort    Weight
	Gain      Weight
	Cost      int64 // euros; 0 when nobody has said
	Closes    int64 // findings it closes; 0 when nobody has counted
	Level     int   // level that the directory reaches when it is done, with the others beside it; 0: none is known
	Beside    int   // how many other actions or points that level also waits for
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	ClosedAt  time.Time
	Merged    string // id of the action that took its place, or empty
	ChangedBy string // who changes it; for [Change], not kept in the action
	Version   int64  // grows with each change; [Change] refuses an older one
}

// Late tells whether the action should have been done by now; its due day itself is still in time.
func (a Action) Late(now time.Time) bool {
	return !a.State.Closed() && !a.DueOn.IsZero() && now.After(a.DueOn.AddDate(0, 0, 1))
}

// longest sizes of texts, in characters: a title is a line, a detail a page.
const (
	maxTitle  = 200
	maxDetail = 10_000
	maxCost   = 1_000_000_000 // euros
)

func (a Action) validate() error {
	var wrong []fault.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Key: key, Args: args})
	}
	if strings.TrimSpace(a.Title) == "" {
		add("title", "plan.title.required")
	} else if len([]rune(a.Title)) > maxTitle {
		add("title", "plan.title.long", "max", maxTitle)
	}
	if len([]rune(a.Detail)) > maxDetail {
		add("detail", "plan.detail.long", "max", maxDetail)
	}
	if !a.State.Valid() {
		add("state", "plan.state.unknown")
	}
	if !a.Effort.Valid() {
		add("effort", "plan.weight.unknown")
	}
	if !a.Gain.Valid() {
		add("gain", "plan.weight.unknown")
	}
	if a.Cost < 0 || a.Cost > maxCost {
		add("cost", "plan.cost.range", "max", maxCost)
	}
	if len([]rune(a.OwnerName)) > maxTitle {
		add("owner", "plan.owner.long", "max", maxTitle)
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// Add creates an action for a structure in scope and returns its id. When an action that the same thing asked for already exists
// and was not dropped, that one's id is returned and created is false. So it is when another kind of thing asks, in the same words, for what
// is already to be done: the action then serves both.
func Add(ctx context.Context, tx *store.Tx, scope territory.Scope, a Action, now time.Time) (id string, created bool, err error) {
	a.State = cmp.Or(a.State, Open)
	if err := a.validate(); err != nil {
		return "", false, err
	}
	if a.OriginRef != "" {
		if id, err := asked(ctx, tx, scope, a); err == nil || !errors.Is(err, store.ErrNotFound) {
			return id, false, err
		}
		if id, err := sameWords(ctx, tx, scope, a); err == nil {
			return id, false, join(ctx, tx, id, a, now)
		} else if !errors.Is(err, store.ErrNotFound) {
			return "", false, err
		}
	}
	id = store.NewID(now)
	var w store.Where
	marks := ""
	closed := int64(0)
	if a.State.Closed() {
		closed = store.Millis(now)
	}
	for _, v := range []any{id, strings.TrimSpace(a.Title), territory.Fold(a.Title), a.Detail, string(a.Origin), a.OriginRef, a.OriginURL, string(a.State), a.OwnerID,
		strings.TrimSpace(a.OwnerName), store.Millis(a.DueOn), string(a.Effort), string(a.Gain), a.Cost, max(0, a.Closes), a.Level, a.Beside, store.Millis(now), a.CreatedBy, store.Millis(now), closed} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", a.Structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into action (structure_id, id, title, title_key, detail, origin, origin_ref, origin_url, state, owner_id, owner_name, due_on, effort, gain, cost, closes, level, beside, created_at, created_by, updated_at, closed_at)
		select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return "", false, fmt.Errorf("add action: %w", err)
	}
	if n != 1 {
		return "", false, fmt.Errorf("add action for %s: %w", a.Structure, store.ErrNotFound)
	}
	if err := keepAsked(ctx, tx, id, a, now); err != nil {
		return "", false, err
	}
	return id, true, note(ctx, tx, Event{Action: id, At: now, By: a.CreatedBy, Kind: Asked, State: a.State}, openBy(Dropped, a.State))
}

// Change saves the title, detail, state, owner, due day, effort, gain and cost of an action in scope. a.Version must be the one that was
// read: when somebody saved in between, it fails with a conflict and changes nothing.
func Change(ctx context.Context, tx *store.Tx, scope territory.Scope, a Action, now time.Time) error {
	if err := a.validate(); err != nil {
		return err
	}
	was, err := ByID(ctx, tx, scope, a.ID)
	if err != nil {
		return err
	}
	var w store.Where
	set := `title = ` + w.Arg(strings.TrimSpace(a.Title)) + `, title_key = ` + w.Arg(territory.Fold(a.Title)) + `, detail = ` + w.Arg(a.Detail) +
		`, owner_id = ` + w.Arg(a.OwnerID) + `, owner_name = ` + w.Arg(strings.TrimSpace(a.OwnerName)) + `, due_on = ` + w.Arg(store.Millis(a.DueOn)) +
		`, effort = ` + w.Arg(string(a.Effort)) + `, gain = ` + w.Arg(string(a.Gain)) + `, cost = ` + w.Arg(a.Cost) + `, `
	return save(ctx, tx, scope, was, change{set: set, where: &w, state: a.State, version: a.Version, by: a.ChangedBy}, now)
}

// SetState moves an action in scope to another state for a person and changes nothing else. version must be the one that was read, as for [Change].
func SetState(ctx context.Context, tx *store.Tx, scope territory.Scope, id string, version int64, state State, by string, now time.Time) error {
	if !state.Valid() {
		return fault.Invalid(fault.Field{Name: "state", Key: "plan.state.unknown"})
	}
	was, err := ByID(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	return save(ctx, tx, scope, was, change{where: &store.Where{}, state: state, version: version, by: by}, now)
}

// change is what [save] writes.
type change struct {
	set     string // beside the state, ending in a comma; its parameters are in where
	where   *store.Where
	state   State
	version int64 // as it was read
	by      string
	kind    EventKind // empty: by what changes
	note    string
}

// save writes a change of one action and its line of history, or says why it cannot.
func save(ctx context.Context, tx *store.Tx, scope territory.Scope, was Action, c change, now time.Time) error {
	if was.Merged != "" && c.state != Dropped {
		return fault.Conflict("plan.merged_already")
	}
	if was.State == Dropped && c.state != Dropped {
		if err := stillFree(ctx, tx, was); err != nil {
			return err
		}
	}
	w, closed := c.where, int64(0)
	if c.state.Closed() {
		if closed = store.Millis(now); was.State.Closed() {
			closed = store.Millis(was.ClosedAt)
		}
	}
	set := c.set + `state = ` + w.Arg(string(c.state)) + `, updated_at = ` + w.Arg(store.Millis(now)) + `, closed_at = ` + w.Arg(closed) + `, version = version + 1`
	w.And("id = ?", was.ID)
	w.And("version = ?", c.version)
	scope.Within(w, "structure_id")
	n, err := tx.Exec(ctx, `update action set `+set+w.SQL(), w.Args()...)
	switch {
	case store.IsUnique(err): // it was dropped, then asked for anew
		return fault.Conflict("plan.asked_again").Because(err)
	case err != nil:
		return fmt.Errorf("change action: %w", err)
	case n != 1:
		return fault.Conflict("plan.changed_meanwhile")
	}
	kind := c.kind
	if kind == "" {
		kind = Edited
		if was.State != c.state {
			kind = Moved
		}
	}
	return note(ctx, tx, Event{Action: was.ID, At: now, By: c.by, Kind: kind, State: c.state, Note: c.note}, openBy(was.State, c.state))
}
