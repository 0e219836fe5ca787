package proof

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Assess judges a structure in scope against a package of the shelf as of a moment, with what had been recorded by then. Days begin and end in
// the zone.
//
// A verdict does not depend on who reads it: for a group the facts and documents of its full members count, and for a member those of its
// group, whether or not the reader could open them. The reasons tell of them only what the verdict rests on.
func Assess(ctx context.Context, tx *store.Tx, scope territory.Scope, p *referential.Package, structure territory.Structure, at time.Time, zone *time.Location) (referential.Assessment, error) {
	all, err := AssessAll(ctx, tx, scope, referential.NewBoard(p), structure, at, zone)
	if err != nil {
		return referential.Assessment{}, err
	}
	return all[0], nil
}

// AssessAll judges a structure in scope against every package of a board, reading what is known of it once.
func AssessAll(ctx context.Context, tx *store.Tx, scope territory.Scope, board *referential.Board, structure territory.Structure, at time.Time, zone *time.Location) ([]referential.Assessment, error) {
	needs := board.Needs()
	w, err := worldIn(ctx, tx, scope, structure, at, zone, &needs)
	if err != nil {
		return nil, err
	}
	return board.Evaluate(w, at), nil
}

// World is everything that [Assess] judges a structure in scope by.
func World(ctx context.Context, tx *store.Tx, scope territory.Scope, structure territory.Structure, at time.Time, zone *time.Location) (referential.World, error) {
	return worldIn(ctx, tx, scope, structure, at, zone, nil)
}

func worldIn(ctx context.Context, tx *store.Tx, scope territory.Scope, structure territory.Structure, at time.Time, zone *time.Location, needs *referential.Uses) (referential.World, error) {
	if _, err := territory.Get(ctx, tx, scope, structure.ID); err != nil {
		return referential.World{}, err
	}
	w, err := world(ctx, tx, structure, at, needs)
	if err != nil {
		return w, fmt.Errorf("assess %s: %w", structure.ID, err)
	}
	w.Zone = zone
	return w, nil
}

// world gathers what is known of a structure, of the members of a group and of the group of a member: all of it, or what is needed.
func world(ctx context.Context, tx *store.Tx, structure territory.Structure, at time.Time, needs *referential.Uses) (w referential.World, err error) {
	if w.Subject, err = subject(ctx, tx, structure, at); err != nil {
		return w, err
	}
	about := []string{w.Subject.Structure}
	if needs == nil || needs.Members {
		about = concerned(w.Subject)
	}
	if w.Facts, err = known(ctx, tx, about, at, needs); err != nil {
		return w, err
	}
	w.Documents, err = deposited(ctx, tx, about, at, needs)
	return w, err
}

// deposited returns the documents of some structures that count at a moment, whoever may see them: what had been deposited by then and not been
// replaced.
func deposited(ctx context.Context, tx *store.Tx, structures []string, at time.Time, needs *referential.Uses) ([]referential.Document, error) {
	if needs != nil && len(needs.Documents) == 0 {
		return nil, nil
	}
	evidence, err := evidenceOf(ctx, tx, structures, at)
	return counting(evidence, at, needs), err
}

// document is what rules see of a piece of evidence.
func (e Evidence) document() referential.Document {
	return referential.Document{Structure: e.Structure, ID: e.ID, Kind: string(e.Kind), From: e.EffectiveFrom, Until: e.EffectiveUntil, DepositedAt: e.DepositedAt, SignerRole: e.SignerRole}
}

// SetParameter completes a parameter of a package with a value and where it was read, or takes it back with the zero value.
func SetParameter(ctx context.Context, tx *store.Tx, packageID, code string, v referential.Value, source, person string, at time.Time) error {
	a := Amendment{Package: packageID, TakenBack: v == referential.Value{}, At: at, By: person}
	a.LineRef = referential.LineRef{Kind: referential.ParameterLine, Code: code}
	a.Value, a.Source.Text.FR = v, source
	return addAmendment(ctx, tx, a)
}
