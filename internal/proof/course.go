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

// Course judges a structure in scope against a package at several moments, by what is known now of how things were then: observations made by then, without
// those that were corrected since, and documents deposited by then that nothing had replaced. It is one reading of the database, whatever the number of
// moments. The second result tells at which of them anything at all was recorded. What was shown at a moment, errors of then included, is what [Assess] replays.
func Course(ctx context.Context, tx *store.Tx, scope territory.Scope, p *referential.Package, structure territory.Structure, moments []time.Time, zone *time.Location) (all []referential.Assessment, anything []bool, err error) {
	if len(moments) == 0 {
		return nil, nil, nil
	}
	if _, err := territory.Get(ctx, tx, scope, structure.ID); err != nil {
		return nil, nil, err
	}
	board := referential.NewBoard(p)
	needs, last := board.Needs(), slices.MaxFunc(moments, time.Time.Compare)
	whole := referential.Uses{Facts: map[string]bool{}, Documents: needs.Documents, Members: needs.Members}
	for key := range needs.Facts {
		whole.Facts[key] = true // the latest of each moment, not only of the last one
	}
	w := referential.World{Zone: zone}
	if w.Subject, err = subject(ctx, tx, structure, last); err != nil {
		return nil, nil, err
	}
	about := []string{w.Subject.Structure}
	if needs.Members {
		about = concerned(w.Subject)
	}
	if w.Facts, err = known(ctx, tx, about, last, &whole); err != nil {
		return nil, nil, err
	}
	evidence, err := evidenceOf(ctx, tx, about, last)
	if err != nil {
		return nil, nil, err
	}
	for _, at := range moments {
		w.Documents = counting(evidence, at, &needs)
		all = append(all, board.Evaluate(w, at)...)
		anything = append(anything, len(w.Documents) > 0 || slices.ContainsFunc(w.Facts, func(f referential.Fact) bool { return !f.ObservedAt.After(at) }))
	}
	return all, anything, nil
}

// evidenceOf reads what was deposited for some structures until a moment, by structure.
func evidenceOf(ctx context.Context, tx *store.Tx, structures []string, until time.Time) (map[string][]Evidence, error) {
	found := map[string][]Evidence{}
	for part := range slices.Chunk(structures, 200) {
		var w store.Where
		in(&w, "e.structure_id", part)
		w.And("e.deposited_at <= ?", store.Millis(until))
		documents, err := store.All(ctx, tx, scanEvidence, `select `+evidenceColumns+` from evidence e`+w.SQL()+` order by e.deposited_at, e.id`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read evidence: %w", err)
		}
		for _, e := range documents {
			found[e.Structure] = append(found[e.Structure], e)
		}
	}
	return found, nil
}

// counting gives the documents that counted at a moment.
func counting(evidence map[string][]Evidence, at time.Time, needs *referential.Uses) (all []referential.Document) {
	for _, documents := range evidence {
		replaced := Superseded(documents, at)
		for _, e := range documents {
			if replaced[e.ID] == "" && !e.DepositedAt.After(at) && (needs == nil || needs.Documents[string(e.Kind)]) {
				all = append(all, e.document())
			}
		}
	}
	return all
}
