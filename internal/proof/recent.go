package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// answering gathers what decides whether some verdicts are met, not met or unknown, and no more: an establishment with ten years of audits is judged by those
// that still count. Reasons from it may lack what lies further back; [Assess] gives them.
func answering(ctx context.Context, tx *store.Tx, structure territory.Structure, at time.Time, zone *time.Location, needs referential.Uses) (w referential.World, err error) {
	w.Zone = zone
	if w.Subject, err = subject(ctx, tx, structure, at); err != nil {
		return w, err
	}
	about := []string{w.Subject.Structure}
	if needs.Members {
		about = concerned(w.Subject)
	}
	timed, rest := referential.Uses{Facts: map[string]bool{}}, referential.Uses{Facts: map[string]bool{}}
	first := at
	for key, all := range needs.Facts {
		since, ok := needs.Since(key, at, zone)
		if !ok {
			rest.Facts[key] = all
			continue
		}
		timed.Facts[key] = true
		if since.Before(first) {
			first = since
		}
	}
	if len(rest.Facts) > 0 {
		if w.Facts, err = known(ctx, tx, about, at, &rest); err != nil {
			return w, err
		}
	}
	if len(timed.Facts) > 0 {
		recent, err := knownSince(ctx, tx, about, at, first, &timed)
		if err != nil {
			return w, err
		}
		w.Facts = append(w.Facts, recent...)
	}
	w.Documents, err = deposited(ctx, tx, about, at, &needs)
	return w, err
}

// knownSince is [known] without what was observed before a moment, unless it speaks of a day after it.
func knownSince(ctx context.Context, tx *store.Tx, structures []string, at, first time.Time, needs *referential.Uses) ([]referential.Fact, error) {
	names, _ := keysOf(needs)
	var all []referential.Fact
	for part := range slices.Chunk(structures, 200) {
		r, err := readerOf(ctx, tx, part, at)
		if err != nil {
			return nil, err
		}
		var w store.Where
		in(&w, "f.structure_id", part)
		w.And(r.standing(&w, "f"))
		keys(&w, "f.key", names)
		where, since := w.SQL(), store.Millis(first)
		facts, err := store.All(ctx, tx, scanKnown, `select `+knownColumns+` from fact f`+where+` and f.observed_at >= cast(`+w.Arg(since)+` as bigint)
			union all select `+knownColumns+` from fact f`+where+` and f.kind = 'date' and f.number >= cast(`+w.Arg(since)+` as bigint) and f.observed_at < cast(`+w.Arg(since)+` as bigint)`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read recent facts: %w", err)
		}
		all = append(all, facts...)
	}
	return slices.DeleteFunc(all, func(f referential.Fact) bool { return !needs.Fact(f.Key) }), nil
}
