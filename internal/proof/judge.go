package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Rejudge gives the verdicts on a structure in scope that news about it may have changed, and reads no more than these need. All other verdicts of the
// day are as before.
func Rejudge(ctx context.Context, tx *store.Tx, scope territory.Scope, board *referential.Board, structure territory.Structure, news referential.News, at time.Time, zone *time.Location) (map[referential.Ref]referential.Verdict, error) {
	touched := board.Touched(news)
	if len(touched) == 0 {
		return nil, nil
	}
	needs := board.Needs(touched...)
	w, err := worldIn(ctx, tx, scope, structure, at, zone, &needs)
	if err != nil {
		return nil, err
	}
	return board.Judge(w, at, touched...), nil
}

// Collecting is the setting of the runtime's collector, in percent as GOGC has it, that suits a program that judges: much is made, little is kept, and the
// whole is small (docs/decisions/022-memory-of-a-platform.md).
const Collecting = 200

// judgedAtOnce is how many structures are read together when all are judged.
const judgedAtOnce = 200

// JudgeAll judges every active group and legal entity against every package of a board as of a moment, and hands each over as it is judged, one call at a
// time, in no particular order. It holds no more than a few hundred structures at once. It is for the platform's own counts; a page judges one structure.
func JudgeAll(ctx context.Context, db *store.DB, board *referential.Board, at time.Time, zone *time.Location, workers int, each func(territory.Structure, []referential.Assessment) error) error {
	parts := make(chan []territory.Structure, workers)
	done := make(chan judged, workers)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		return db.View(ctx, func(tx *store.Tx) error { return split(ctx, tx, parts) })
	})
	judges, inside := errgroup.WithContext(ctx)
	for range max(workers, 1) {
		judges.Go(func() error {
			for part := range parts {
				if err := judgePart(inside, db, board, at, zone, part, done); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(done)
		return judges.Wait()
	})
	g.Go(func() error {
		for one := range done {
			if err := each(one.structure, one.all); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("judge all structures: %w", err)
	}
	return nil
}

type judged struct {
	structure territory.Structure
	all       []referential.Assessment
}

// split hands the structures that are judged out in parts.
func split(ctx context.Context, tx *store.Tx, parts chan<- []territory.Structure) error {
	var part []territory.Structure
	send := func() error {
		select {
		case parts <- part:
			part = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := territory.Each(ctx, tx, territory.Everything(), func(s territory.Structure) error {
		if s.Kind != territory.Group && s.Kind != territory.Entity || s.Status != territory.Active {
			return nil
		}
		if part = append(part, s); len(part) == judgedAtOnce {
			return send()
		}
		return nil
	})
	if err == nil && len(part) > 0 {
		err = send()
	}
	return err
}

// judgePart judges some structures, reading what is known of all of them at once.
func judgePart(ctx context.Context, db *store.DB, board *referential.Board, at time.Time, zone *time.Location, part []territory.Structure, done chan<- judged) error {
	var worlds []referential.World
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		worlds, err = worldsOf(ctx, tx, part, at, zone, board.Needs())
		return err
	})
	if err != nil {
		return err
	}
	for i, w := range worlds {
		select {
		case done <- judged{part[i], board.Evaluate(w, at)}:
		case <-ctx.Done():
			return ctx.Err()
		}
		worlds[i] = referential.World{} // what was judged need not stay
	}
	return nil
}

// worldsOf gathers what verdicts on some structures need, with a few queries for all of them.
func worldsOf(ctx context.Context, tx *store.Tx, part []territory.Structure, at time.Time, zone *time.Location, needs referential.Uses) ([]referential.World, error) {
	subjects, err := subjects(ctx, tx, part, at)
	if err != nil {
		return nil, err
	}
	worlds := make([]referential.World, len(part))
	for i := range part {
		worlds[i] = referential.World{Subject: subjects[i], Zone: zone}
	}
	return worlds, fill(ctx, tx, worlds, at, needs)
}

// fill reads the facts and documents of many worlds with two queries.
func fill(ctx context.Context, tx *store.Tx, worlds []referential.World, at time.Time, needs referential.Uses) error {
	var wanted []string
	for _, w := range worlds {
		wanted = append(wanted, concerned(w.Subject)...)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	facts, err := known(ctx, tx, wanted, at, &needs)
	if err != nil {
		return err
	}
	documents, err := deposited(ctx, tx, wanted, at, &needs)
	if err != nil {
		return err
	}
	factsOf, documentsOf := map[string][]referential.Fact{}, map[string][]referential.Document{}
	for _, f := range facts {
		factsOf[f.Structure] = append(factsOf[f.Structure], f)
	}
	for _, d := range documents {
		documentsOf[d.Structure] = append(documentsOf[d.Structure], d)
	}
	for i := range worlds {
		for _, id := range concerned(worlds[i].Subject) {
			worlds[i].Facts = append(worlds[i].Facts, factsOf[id]...)
			worlds[i].Documents = append(worlds[i].Documents, documentsOf[id]...)
		}
	}
	return nil
}

// concerned are the structures on which verdicts on a subject may rest.
func concerned(sub referential.Subject) []string {
	all := []string{sub.Structure}
	for _, m := range sub.Members {
		all = append(all, m.Structure)
	}
	if sub.Group != "" {
		all = append(all, sub.Group)
	}
	return all
}
