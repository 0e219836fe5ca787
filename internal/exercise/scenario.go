package exercise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	drill "hygie/exercise"
	"hygie/exercise/openbas"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// An Own is a scenario of a structure's own.
type Own struct {
	ID        string
	Structure string
	Scenario  *drill.Scenario // at all its levels
	Lost      []openbas.Loss  // what the archive it came from said and has no place here
	CreatedBy string
	Changed   time.Time
	Retired   time.Time
}

// Ready tells whether it can be played.
func (o Own) Ready() bool { return len(o.Scenario.Stimuli) > 0 }

// value names an own scenario where one is chosen; those that come with hygie are named by their identifiers, which have no slash.
func (o Own) value() string { return "own/" + o.ID }

func (o Own) address() string { return libraryAddress(o.Structure) + "/" + o.ID }

func libraryAddress(structure string) string {
	return "/structures/" + structure + "/exercise-scenarios"
}

// mostOwn is how many scenarios one structure keeps.
const mostOwn = 200

const ownColumns = `o.id, o.structure_id, o.scenario, o.lost, o.created_by, o.changed_at, o.retired_at`

func scanOwn(row store.Row) (o Own, err error) {
	var text, lost string
	var changed, retired int64
	if err := row.Scan(&o.ID, &o.Structure, &text, &lost, &o.CreatedBy, &changed, &retired); err != nil {
		return o, err
	}
	o.Changed, o.Retired, o.Scenario = store.Time(changed), store.Time(retired), &drill.Scenario{}
	if lost != "" {
		if err := json.Unmarshal([]byte(lost), &o.Lost); err != nil {
			return o, err
		}
	}
	return o, json.Unmarshal([]byte(text), o.Scenario)
}

// Keep keeps a new scenario of a structure in scope and gives its id.
func Keep(ctx context.Context, tx *store.Tx, scope territory.Scope, o Own, now time.Time) (string, error) {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(o.Structure)); err != nil {
		return "", err
	}
	all, err := Owned(ctx, tx, scope, o.Structure)
	if err != nil {
		return "", err
	}
	if len(all) >= mostOwn {
		return "", fault.Conflict("exercise.too_many_scenarios")
	}
	text, err := json.Marshal(o.Scenario)
	if err != nil {
		return "", fmt.Errorf("write scenario %s: %w", o.Scenario.ID, err)
	}
	lost, err := json.Marshal(o.Lost)
	if err != nil {
		return "", fmt.Errorf("write what scenario %s lost: %w", o.Scenario.ID, err)
	}
	id := store.NewID(now)
	_, err = tx.Exec(ctx, `insert into exercise_scenario (id, structure_id, scenario, lost, created_at, created_by, changed_at) values ($1, $2, $3, $4, $5, $6, $5)`,
		id, o.Structure, string(text), string(lost), store.Millis(now), o.CreatedBy)
	if err != nil {
		return "", fmt.Errorf("keep a scenario of %s: %w", o.Structure, err)
	}
	return id, nil
}

// Owned lists the scenarios in use of a structure in scope, by their titles.
func Owned(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Own, error) {
	var w store.Where
	w.And("o.structure_id = ?", structure)
	w.And("o.retired_at = ?", 0)
	scope.Within(&w, "o.structure_id")
	all, err := store.All(ctx, tx, scanOwn, `select `+ownColumns+` from exercise_scenario o`+w.SQL()+` order by o.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the scenarios of %s: %w", structure, err)
	}
	slices.SortStableFunc(all, func(a, b Own) int { return compareTitles(a.Scenario, b.Scenario) })
	return all, nil
}

// OwnByID finds a scenario in use of a structure in scope; a [fault.NotFound] otherwise.
func OwnByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Own, error) {
	var w store.Where
	w.And("o.id = ?", id)
	w.And("o.structure_id = ?", structure)
	w.And("o.retired_at = ?", 0)
	scope.Within(&w, "o.structure_id")
	o, err := store.One(ctx, tx, scanOwn, `select `+ownColumns+` from exercise_scenario o`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return o, fault.NotFound("exercise.no_scenario")
	}
	return o, err
}

// changeOwn keeps what an own scenario that was read with its scope has become.
func changeOwn(ctx context.Context, tx *store.Tx, o Own, now time.Time) error {
	text, err := json.Marshal(o.Scenario)
	if err == nil {
		_, err = tx.Exec(ctx, `update exercise_scenario set scenario = $1, changed_at = $2, retired_at = $3 where id = $4`, string(text), store.Millis(now), store.Millis(o.Retired), o.ID)
	}
	if err != nil {
		return fmt.Errorf("change scenario %s: %w", o.ID, err)
	}
	return nil
}
