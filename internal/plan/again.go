package plan

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// seenAtOnce is how many identities one question to the database names.
const seenAtOnce = 200

// SeenAgain opens again the actions of a structure that were said to be done, when an audit found at a later moment what they were to mend.
// refs are the identities of what was found, as [Action.OriginRef] has them; observed is when the audit looked, which for a deposited file may be long
// before now: an action closed since then is left alone. A dropped action was decided against and stays. Each one opened has a line in its history saying why.
// The audit calls it in the transaction that closes its run.
func SeenAgain(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, origin Origin, refs []string, observed, now time.Time) (opened []Action, err error) {
	seen := map[string]bool{}
	for start := 0; start < len(refs); start += seenAtOnce {
		part := refs[start:min(start+seenAtOnce, len(refs))]
		actions, err := closedBy(ctx, tx, scope, structure, origin, part, observed)
		if err != nil {
			return nil, err
		}
		for _, a := range actions {
			if seen[a.ID] { // found by two of the things that asked for it
				continue
			}
			seen[a.ID] = true
			if err := save(ctx, tx, scope, a, change{where: &store.Where{}, state: Open, version: a.Version, by: string(origin), kind: FoundBack}, now); err != nil {
				return nil, fmt.Errorf("open an action again: %w", err)
			}
			a.State, a.Version, a.ClosedAt, a.UpdatedAt = Open, a.Version+1, time.Time{}, now
			opened = append(opened, a)
		}
	}
	return opened, nil
}

// closedBy lists the actions done before a moment that any of the things asked for.
func closedBy(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, origin Origin, refs []string, before time.Time) ([]Action, error) {
	f := Filter{Structure: structure, States: []State{Done}, Origin: origin, Refs: refs}
	var w store.Where
	f.apply(&w)
	w.And("a.closed_at < ?", store.Millis(before))
	scope.Within(&w, "a.structure_id")
	return store.All(ctx, tx, scan, `select `+askedColumns+f.from()+w.SQL()+` order by a.id`, w.Args()...)
}
