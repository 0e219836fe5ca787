package incident

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
)

// Figure counts the incidents of a year, in a region, of a kind of structure and a kind of incident.
type Figure struct {
	Year      int
	Region    string // name; empty when the structure is in none
	Family    Family // kind of structure
	Kind      Kind
	Count     int64
	Malicious int64
	Accident  int64 // said not to be malicious
	Care      int64 // with an effect on care
	CareKnown int64 // of which the effect is known
}

// Observe counts the incidents noticed in scope, by year of notice in a zone, region, kind of structure and kind of incident. It reads no title and no line. A
// legal entity counts as the first of its establishments by number of category, which puts hospitals before what they run beside.
func Observe(ctx context.Context, tx *store.Tx, scope territory.Scope, zone *time.Location, now time.Time) ([]Figure, error) {
	first, err := firstYear(ctx, tx, scope, zone)
	if err != nil || first == 0 {
		return nil, err
	}
	var all []Figure
	for year := now.In(zone).Year(); year >= first; year-- {
		from, until := time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
		var w store.Where
		w.And("i.noticed_at >= ?", store.Millis(from))
		w.And("i.noticed_at < ?", store.Millis(until))
		scope.Within(&w, "i.structure_id")
		figures, err := store.All(ctx, tx, func(row store.Row) (f Figure, err error) {
			var category string
			err = row.Scan(&f.Region, &category, &f.Kind, &f.Count, &f.Malicious, &f.Accident, &f.Care, &f.CareKnown)
			f.Year, f.Family = year, familyOf(category)
			return f, err
		}, `select coalesce(r.name, ''), coalesce(nullif(s.category, ''), (select min(c.category) from structure c where c.lft > s.lft and c.rgt < s.rgt and c.category <> ''), '') as category,
				i.kind, count(*), count(*) filter (where i.malicious = 'yes'), count(*) filter (where i.malicious = 'no'),
				count(*) filter (where i.care in ('degraded', 'stopped')), count(*) filter (where i.care <> '')
			from incident i join structure s on s.id = i.structure_id left join structure r on r.kind = 'region' and r.lft <= s.lft and s.rgt <= r.rgt`+w.SQL()+`
			group by 1, 2, 3`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("count the incidents of %d: %w", year, err)
		}
		all = append(all, merge(figures)...)
	}
	return all, nil
}

// merge adds up what is of one family, whatever its categories, and puts the figures of a year in order: region, family, the most frequent first.
func merge(figures []Figure) []Figure {
	type key struct {
		region string
		family Family
		kind   Kind
	}
	sums := map[key]Figure{}
	for _, f := range figures {
		k := key{f.Region, f.Family, f.Kind}
		sum := sums[k]
		f.Count, f.Malicious, f.Accident, f.Care, f.CareKnown = f.Count+sum.Count, f.Malicious+sum.Malicious, f.Accident+sum.Accident, f.Care+sum.Care, f.CareKnown+sum.CareKnown
		sums[k] = f
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b Figure) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(slices.Index(Families(), a.Family), slices.Index(Families(), b.Family)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind))
	})
}

func firstYear(ctx context.Context, tx *store.Tx, scope territory.Scope, zone *time.Location) (int, error) {
	var w store.Where
	scope.Within(&w, "i.structure_id")
	first, err := store.One(ctx, tx, store.Column[int64], `select coalesce(min(i.noticed_at), 0) from incident i`+w.SQL(), w.Args()...)
	if err != nil || first == 0 {
		return 0, err
	}
	return store.Time(first).In(zone).Year(), nil
}

// observatory is the page of the figures, with the published series as history.
func (m *Module) observatory(c *web.Context) error {
	var figures []Figure
	err := m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		figures, err = Observe(c.Ctx, tx, c.Scope, c.Printer.Zone(), m.o.Now())
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(figureSheet(c.Printer, figures)); ok {
		return err
	}
	return c.Page(web.Page{Title: c.T("incident.observatory"), Lead: c.T("incident.observatory_lead")}, observatoryBody(c, figures, m.data.Series))
}

// figureSheet is the figures as a file.
func figureSheet(p *locale.Printer, figures []Figure) web.Sheet {
	return web.Sheet{Name: p.T("incident.observatory_file"), Header: figureHeader(p), Rows: func(yield func([]any, error) bool) {
		for _, f := range figures {
			if !yield([]any{f.Year, f.Region, p.T(f.Family.MessageKey()), p.T(f.Kind.MessageKey()), f.Count, f.Malicious, f.Accident, f.Care, f.CareKnown}, nil) {
				return
			}
		}
	}}
}

func figureHeader(p *locale.Printer) []string {
	return []string{p.T("incident.year"), p.T("incident.region"), p.T("incident.family_label"), p.T("incident.kind_label"), p.T("incident.count"), p.T("incident.count_malicious"), p.T("incident.count_accident"), p.T("incident.count_care"), p.T("incident.count_care_known")}
}
