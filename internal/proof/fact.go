package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// ValueKind says which of the four forms a value has.
type ValueKind string

// The forms of a value.
const (
	NumberValue ValueKind = "number"
	TextValue   ValueKind = "text"
	BoolValue   ValueKind = "bool"
	DateValue   ValueKind = "date"
)

// Value is what a fact says: a number, a text, yes or no, or a day.
type Value struct {
	Kind   ValueKind
	Number float64 // the number; 1 or 0 for yes or no; Unix milliseconds for a day
	Text   string
}

// Number makes a number.
func Number(n float64) Value { return Value{Kind: NumberValue, Number: n} }

// Text makes a text.
func Text(s string) Value { return Value{Kind: TextValue, Text: s} }

// Date makes a day or a moment.
func Date(t time.Time) Value { return Value{Kind: DateValue, Number: float64(store.Millis(t))} }

// Bool makes a yes or no.
func Bool(yes bool) Value {
	if yes {
		return Value{Kind: BoolValue, Number: 1}
	}
	return Value{Kind: BoolValue}
}

// Fact is one dated, sourced statement about one structure. Facts are only ever added: a new observation is a new fact.
type Fact struct {
	ID         string
	Structure  string
	Key        string // dotted, such as "directory.level"
	Value      Value
	ObservedAt time.Time // when it was so
	Source     string    // what established it, such as "directory-audit/RUN"
	Evidence   string    // id of the evidence behind it, or empty
	RecordedAt time.Time
	RecordedBy string
}

// Record adds facts about structures in scope; it fails, and adds none, when one is about another structure.
func Record(ctx context.Context, tx *store.Tx, scope territory.Scope, facts ...Fact) error {
	for _, f := range facts {
		if f.Structure == "" || f.Key == "" || f.Source == "" || f.ObservedAt.IsZero() || f.RecordedAt.IsZero() {
			return fmt.Errorf("record fact %q about %q: structure, key, source and both dates are needed", f.Key, f.Structure)
		}
		var w store.Where
		values := []any{store.NewID(f.RecordedAt), f.Key, string(f.Value.Kind), f.Value.Number, f.Value.Text,
			store.Millis(f.ObservedAt), f.Source, nullable(f.Evidence), store.Millis(f.RecordedAt), f.RecordedBy}
		marks := ""
		for _, v := range values {
			marks += ", " + w.Arg(v)
		}
		w.And("s.id = ?", f.Structure)
		scope.Within(&w, "s.id")
		n, err := tx.Exec(ctx, `insert into fact (structure_id, id, key, kind, number, text, observed_at, source, evidence_id, recorded_at, recorded_by)
			select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("record fact %q: %w", f.Key, err)
		}
		if n != 1 {
			return fmt.Errorf("record fact %q: structure %s: %w", f.Key, f.Structure, store.ErrNotFound)
		}
	}
	return nil
}

const factColumns = `f.id, f.structure_id, f.key, f.kind, f.number, f.text, f.observed_at, f.source, coalesce(f.evidence_id, ''), f.recorded_at, f.recorded_by`

func scanFact(row store.Row) (Fact, error) {
	var f Fact
	var observed, recorded int64
	err := row.Scan(&f.ID, &f.Structure, &f.Key, &f.Value.Kind, &f.Value.Number, &f.Value.Text, &observed, &f.Source, &f.Evidence, &recorded, &f.RecordedBy)
	f.ObservedAt, f.RecordedAt = store.Time(observed), store.Time(recorded)
	return f, err
}

// FactsKnownAt returns every fact about a structure that had been recorded by a moment, oldest observation first: what the platform knew
// then, so that a verdict can be replayed.
func FactsKnownAt(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, at time.Time) ([]Fact, error) {
	var w store.Where
	w.And("f.structure_id = ?", structure)
	w.And("f.recorded_at <= ?", store.Millis(at))
	scope.Within(&w, "f.structure_id")
	facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.observed_at, f.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", structure, err)
	}
	return facts, nil
}

// nullable stores an absent reference as null, so that the foreign key holds.
func nullable(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// Latest returns, for each of some structures in scope, the newest observation of a key that had been recorded by a moment. Structures
// without one are absent.
func Latest(ctx context.Context, tx *store.Tx, scope territory.Scope, key string, at time.Time, structures ...string) (map[string]Fact, error) {
	latest := make(map[string]Fact, len(structures))
	for part := range slices.Chunk(structures, 200) {
		var w store.Where
		w.And("f.key = ?", key)
		w.And("f.recorded_at <= ?", store.Millis(at))
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		w.And("f.structure_id in ("+strings.TrimSuffix(strings.Repeat("?, ", len(part)), ", ")+")", args...)
		scope.Within(&w, "f.structure_id")
		facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.observed_at, f.id`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read the latest %s: %w", key, err)
		}
		for _, f := range facts {
			latest[f.Structure] = f // in order of observation: the last one stays
		}
	}
	return latest, nil
}
