// Package imports brings a publication of FINESS into the territory: what would change is computed and shown first, then
// applied in one transaction. Importing the same publication again changes nothing.
//
// What it does, and why:
//
//   - Structures are recognised by their FINESS number, never by their name.
//   - An entity stands below the region of its address; an establishment below its entity, even when it is in another region: the
//     legal person answers for it.
//   - FINESS+ tells the GHT. Support and party members of the GHT's region stand below it; members of another region stay
//     in their own and are tied by their membership. The stock form knows no GHT, so it moves nobody out of a group.
//   - The stock form does not name the legal entities. A new one takes the name of its main establishment until FINESS+ names
//     it; a name given by a person is never replaced.
//   - FINESS+ says what is closed, and it is closed here, if it was known. What is merely absent from a file is only
//     counted, unless asked otherwise: people import extracts.
//   - A file older than the last one applied is refused, unless asked otherwise.
package imports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Options chooses what is imported.
type Options struct {
	Regions     []string        // INSEE codes; all when empty
	Sectors     []finess.Sector // of the establishments; all when empty; entities without any establishment left are left out too
	CloseAbsent bool            // close what the file, which must be a whole publication, has no longer
	AllowOlder  bool            // accept a file older than the last one applied
	Samples     int             // how many examples of each change the plan keeps; 20 when zero

	// Applied, if not nil, is called once the changes are made, in their transaction, with the id under which the import is kept: who
	// imported can be noted so that both happen or neither does. It may be called again after a conflict.
	Applied func(ctx context.Context, tx *store.Tx, id string, plan *Plan) error
}

// Verb is what happens to a structure.
type Verb string

// The changes.
const (
	Create Verb = "create"
	Reopen Verb = "reopen"
	Change Verb = "change"
	Move   Verb = "move"
	Join   Verb = "join"  // becomes member of a group, or changes role
	Leave  Verb = "leave" // is no longer member of a group
	Close  Verb = "close"
)

// Verbs lists the changes, in the order in which a summary shows them.
func Verbs() []Verb { return []Verb{Create, Reopen, Change, Move, Join, Leave, Close} }

// Difference is one field before and after.
type Difference struct {
	Field    string
	Old, New string
}

// Sample is an example of a change.
type Sample struct {
	Verb        Verb
	Kind        territory.Kind
	Finess      string // or the number of a group, or the code of a region
	Name        string
	Region      string
	Differences []Difference
}

// Plan is what an import would do.
type Plan struct {
	Form      finess.Form
	Date      string
	Counts    map[Verb]map[territory.Kind]int
	Unchanged map[territory.Kind]int
	Known     int    // closed in the file and unknown here: nothing to do
	Filtered  int    // left out by the chosen regions and sectors
	Outside   int    // in a region that the person may not change
	Kept      int    // closed in the file but still holding open structures here, so left open
	Absent    int    // known here, open, in the departments of the file, and not in it
	OlderThan string // the date of a newer file that was applied before
	Samples   []Sample
	steps     []step
}

// Empty tells whether applying the plan would change nothing.
func (p *Plan) Empty() bool { return len(p.steps) == 0 }

// Total is how many changes of a kind the plan makes.
func (p *Plan) Total(verb Verb) int {
	n := 0
	for _, count := range p.Counts[verb] {
		n += count
	}
	return n
}

// Steps is how many changes the plan makes.
func (p *Plan) Steps() int { return len(p.steps) }

// step is one change. New structures are named before they exist, so that later steps can refer to them.
type step struct {
	verb   Verb
	id     territory.ID
	draft  territory.Draft // Create
	amend  territory.Structure
	parent territory.ID // Move
	group  territory.ID // Join, Leave
	role   territory.MemberRole
	closed time.Time // Close
}

// Preview says what importing the file would do. The scope is that of the right to import.
func Preview(ctx context.Context, tx *store.Tx, scope territory.Scope, file *finess.File, o Options, at time.Time) (*Plan, error) {
	older, err := newest(ctx, tx)
	if err != nil {
		return nil, err
	}
	known, err := load(ctx, tx)
	if err != nil {
		return nil, err
	}
	p := newPlanner(scope, file, known, o, at)
	if err := p.plan(); err != nil {
		return nil, err
	}
	if file.Date != "" && file.Date < older {
		p.out.OlderThan = older
	}
	return p.out, nil
}

// Apply imports the file in one transaction and returns what was done. Digest is the SHA-256 of the file, kept in the list of
// imports. Progress, if not nil, is told the steps done and their number. It answers fault.Conflict for a file older than the last.
func Apply(ctx context.Context, db *store.DB, scope territory.Scope, file *finess.File, digest string, o Options, now func() time.Time, progress func(done, total int)) (*Plan, error) {
	var plan *Plan
	err := db.Update(ctx, func(tx *store.Tx) (err error) {
		at := now()
		if plan, err = Preview(ctx, tx, scope, file, o, at); err != nil {
			return err
		}
		if plan.OlderThan != "" && !o.AllowOlder {
			return fault.Conflict("finess.older", "date", plan.Date, "newer", plan.OlderThan)
		}
		if plan.Empty() {
			return nil
		}
		if err := plan.run(ctx, tx, at, progress); err != nil {
			return err
		}
		id := store.NewID(at)
		_, err = tx.Exec(ctx, `insert into finess_import (id, form, file_date, digest, created, changed, closed, applied_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, plan.Form, plan.Date, digest, plan.Total(Create), len(plan.steps)-plan.Total(Create)-plan.Total(Close), plan.Total(Close), store.Millis(at))
		if err != nil {
			return fmt.Errorf("note the import: %w", err)
		}
		if o.Applied != nil {
			return o.Applied(ctx, tx, id, plan)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("import FINESS: %w", err)
	}
	return plan, nil
}

// newest is the date of the newest file applied, or an empty text.
func newest(ctx context.Context, tx *store.Tx) (string, error) {
	date, err := store.One(ctx, tx, store.Column[string], `select coalesce(max(file_date), '') from finess_import`)
	if err != nil {
		return "", fmt.Errorf("read the imports done: %w", err)
	}
	return date, nil
}

// run applies the steps. What the person may change was decided for each of them against the tree as it was read; making
// room may number the tree anew on the way, so the scope that was given no longer fits and is not asked again.
func (p *Plan) run(ctx context.Context, tx *store.Tx, at time.Time, progress func(done, total int)) error {
	batch := territory.NewBatch(tx, territory.Everything(), at)
	for i, s := range p.steps {
		if progress != nil && i%100 == 0 {
			progress(i, len(p.steps))
		}
		if s.verb != Create {
			if err := batch.Flush(ctx); err != nil {
				return err
			}
		}
		if err := s.run(ctx, tx, batch, at); err != nil {
			return fmt.Errorf("%s structure %s: %w", s.verb, cmp.Or(s.draft.Finess, s.amend.Finess, string(s.id)), err)
		}
	}
	if err := batch.Flush(ctx); err != nil {
		return err
	}
	if progress != nil {
		progress(len(p.steps), len(p.steps))
	}
	return nil
}

func (s step) run(ctx context.Context, tx *store.Tx, batch *territory.Batch, at time.Time) error {
	all := territory.Everything()
	switch s.verb {
	case Create:
		_, err := batch.Insert(ctx, s.draft)
		return err
	case Reopen:
		return territory.Reopen(ctx, tx, all, s.id, at)
	case Change:
		return territory.Amend(ctx, tx, all, s.amend, at)
	case Move:
		return territory.Move(ctx, tx, all, s.id, s.parent, at)
	case Join:
		return territory.Join(ctx, tx, all, s.group, s.id, s.role, source, time.Time{}, at)
	case Leave:
		return territory.Leave(ctx, tx, all, s.group, s.id, at)
	case Close:
		return territory.Close(ctx, tx, all, s.id, s.closed, at)
	}
	return fmt.Errorf("unknown change %q", s.verb)
}

// source marks the memberships that come from FINESS+ and that FINESS+ may therefore end.
const source = "finess+"

// wanted tells whether a value is chosen by a list that, empty, chooses everything.
func wanted[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}
