package funding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Sums are amounts of dossiers, in whole cents.
type Sums struct {
	Dossiers  int
	Decided   int   // of them
	Granted   int   // of them, all or part of what they asked
	Holding   int   // of them, those that hold money of the envelope
	Receiving int   // of them, those to which money was paid that did not come back
	Pending   Cents // asked, and not decided
	Committed Cents // held of the envelope
	Paid      Cents // less what came back
	Owed      Cents // asked back, and not there yet
}

// Plus adds.
func (s Sums) Plus(t Sums) Sums {
	return Sums{s.Dossiers + t.Dossiers, s.Decided + t.Decided, s.Granted + t.Granted, s.Holding + t.Holding, s.Receiving + t.Receiving, s.Pending + t.Pending, s.Committed + t.Committed, s.Paid + t.Paid, s.Owed + t.Owed}
}

// ToPay is what is committed and not paid.
func (s Sums) ToPay() Cents { return s.Committed - s.Paid }

// Line is the sums of one region and category.
type Line struct {
	Region     string // id; empty: above the regions
	RegionName string
	Category   string // as packages name it; empty: not known
	Sums
}

// Total adds lines up.
func Total(lines []Line) (all Sums) {
	for _, l := range lines {
		all = all.Plus(l.Sums)
	}
	return all
}

// Consumption gives what the deposited dossiers of a call that are in scope ask, hold and were paid, by region and category, as known at a moment. It reads
// the dossiers themselves: it is as true as they are while they move.
func Consumption(ctx context.Context, tx *store.Tx, scope territory.Scope, call string, at time.Time) ([]Line, error) {
	type row struct {
		structure territory.Structure
		Line
	}
	var w store.Where
	w.And("d.call_id = ?", call)
	w.And("d.state not in (?, ?)", string(Draft), string(Withdrawn))
	scope.Within(&w, "d.structure_id")
	rows, err := store.All(ctx, tx, func(r store.Row) (x row, err error) {
		s := &x.structure
		return x, r.Scan(&s.ID, &s.Kind, &s.GroupKind, &s.Category, &x.Region, &x.RegionName, &x.Dossiers, &x.Decided, &x.Granted, &x.Holding, &x.Receiving, &x.Pending, &x.Committed, &x.Paid, &x.Owed)
	}, `select d.structure_id, s.kind, coalesce(s.group_kind, ''), coalesce(s.category, ''), coalesce(r.id, ''), coalesce(r.name, ''), count(*),
		count(*) filter (where d.decided_at > 0), count(*) filter (where d.granted > 0), count(*) filter (where d.committed > 0), count(*) filter (where d.paid > d.paid_back),
		coalesce(sum(case when d.decided_at = 0 then d.asked else 0 end), 0), coalesce(sum(d.committed), 0), coalesce(sum(d.paid - d.paid_back), 0), coalesce(sum(d.due_back - d.paid_back), 0)
		from dossier d join structure s on s.id = d.structure_id left join structure r on r.kind = 'region' and s.lft between r.lft and r.rgt`+w.SQL()+`
		group by d.structure_id, s.kind, s.group_kind, s.category, r.id, r.name`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("add up the dossiers of call %s: %w", call, err)
	}
	structures := make([]territory.Structure, len(rows))
	for i, x := range rows {
		structures[i] = x.structure
	}
	categories, err := proof.Categories(ctx, tx, structures, at)
	if err != nil {
		return nil, err
	}
	sums := map[[2]string]Line{}
	for _, x := range rows {
		x.Category = categories[string(x.structure.ID)]
		key := [2]string{x.Region, x.Category}
		known, ok := sums[key]
		if !ok {
			sums[key] = x.Line
			continue
		}
		known.Sums = known.Sums.Plus(x.Sums)
		sums[key] = known
	}
	lines := make([]Line, 0, len(sums))
	for _, l := range sums {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(strings.Compare(a.RegionName, b.RegionName), strings.Compare(a.Region, b.Region), strings.Compare(a.Category, b.Category))
	})
	return lines, nil
}
