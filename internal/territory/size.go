package territory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// SizeKey names a size of a structure. Calls for funding use different ones, so each is kept by year with its source.
type SizeKey string

// The sizes in use.
const (
	CombinedActivity SizeKey = "combined_activity" // activité combinée, whole units (Hop'EN, SUN-ES, CaRE domain 2)
	Headcount        SizeKey = "headcount"         // agents, from the SAE survey (HospiConnect)
	Beds             SizeKey = "beds"
	Workstations     SizeKey = "workstations"
)

// Valid reports whether k is a known size.
func (k SizeKey) Valid() bool {
	switch k {
	case CombinedActivity, Headcount, Beds, Workstations:
		return true
	}
	return false
}

// Size is one size of a structure in one year.
type Size struct {
	Structure ID
	Key       SizeKey
	Year      int // the year that the value describes
	Value     int64
	Source    string // such as "SAE 2024" or "déclaré"
	Recorded  time.Time
}

// SetSize records a size; a second value for the same year replaces the first.
func SetSize(ctx context.Context, tx *store.Tx, scope Scope, size Size, at time.Time) error {
	if _, err := Get(ctx, tx, scope, size.Structure); err != nil {
		return err
	}
	if !size.Key.Valid() || size.Value < 0 || size.Year < 1990 || size.Year > at.Year() {
		return fault.Invalid(fault.Field{Name: "size", Key: "territory.size_wrong"})
	}
	_, err := tx.Exec(ctx, `insert into structure_size (structure_id, key, year, value, source, recorded_at) values ($1, $2, $3, $4, $5, $6)
 on conflict (structure_id, key, year) do update set value = excluded.value, source = excluded.source, recorded_at = excluded.recorded_at`,
		size.Structure, size.Key, size.Year, size.Value, size.Source, store.Millis(at))
	if err != nil {
		return fmt.Errorf("record a size of structure %s: %w", size.Structure, err)
	}
	return nil
}

// Sizes lists every size of a structure of the scope, the latest year of each key first.
func Sizes(ctx context.Context, tx *store.Tx, scope Scope, id ID) ([]Size, error) {
	if _, err := Get(ctx, tx, scope, id); err != nil {
		return nil, err
	}
	sizes, err := store.All(ctx, tx, scanSize, `select structure_id, key, year, value, source, recorded_at from structure_size
 where structure_id = $1 order by key, year desc`, id)
	if err != nil {
		return nil, fmt.Errorf("read the sizes of structure %s: %w", id, err)
	}
	return sizes, nil
}

// LatestSizes gives the latest size, not after a year, of each of some structures of the scope that has one. Weighing the members of a GHT by their
// combined activity rests on it.
func LatestSizes(ctx context.Context, tx *store.Tx, scope Scope, key SizeKey, notAfter int, structures ...ID) (map[ID]Size, error) {
	latest := make(map[ID]Size, len(structures))
	for part := range slices.Chunk(structures, 200) {
		var w store.Where
		w.And("z.key = ?", key)
		w.And("z.year <= ?", notAfter)
		var marks []string
		for _, id := range part {
			marks = append(marks, w.Arg(id))
		}
		w.And("z.structure_id in (" + strings.Join(marks, ", ") + ")")
		scope.Within(&w, "z.structure_id")
		sizes, err := store.All(ctx, tx, scanSize, `select z.structure_id, z.key, z.year, z.value, z.source, z.recorded_at from structure_size z`+w.SQL()+` order by z.structure_id, z.year`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read the sizes of %d structures: %w", len(part), err)
		}
		for _, size := range sizes {
			latest[size.Structure] = size
		}
	}
	return latest, nil
}

func scanSize(row store.Row) (Size, error) {
	var s Size
	var recorded int64
	err := row.Scan(&s.Structure, &s.Key, &s.Year, &s.Value, &s.Source, &recorded)
	s.Recorded = store.Time(recorded)
	return s, err
}
