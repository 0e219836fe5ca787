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

// Fact is one dated, sourced statement about one structure. Facts are only ever added: a new observation is a new fact.
type Fact struct {
	ID         string
	Structure  string
	Key        string // dotted, such as "directory.level"
	Value      referential.Value
	ObservedAt time.Time // when it was so
	Source     string    // what established it, such as "directory-audit/RUN"
	Evidence   string    // id of the evidence behind it, or empty
	RecordedAt time.Time
	RecordedBy string
	Note       string // what a colleague has to know of it
	Corrects   string // id of the fact of the same structure and key that this one says better, or empty
	Withdraws  bool   // with Corrects: that fact should never have been said, and nothing is said in its place; the value is not looked at
}

// Record adds facts about structures in scope; it fails, and adds none, when one is about another structure. A fact that another one corrects counts
// no more from the moment the correction was recorded.
func Record(ctx context.Context, tx *store.Tx, scope territory.Scope, facts ...Fact) error {
	for _, f := range facts {
		if f.Structure == "" || f.Key == "" || f.Source == "" || f.ObservedAt.IsZero() || f.RecordedAt.IsZero() {
			return fmt.Errorf("record fact %q about %q: structure, key, source and both dates are needed", f.Key, f.Structure)
		}
		if f.Withdraws {
			if f.Corrects == "" || f.Note == "" {
				return fmt.Errorf("withdraw fact %q about %q: which one and why are needed", f.Key, f.Structure)
			}
			f.Value = referential.Value{Kind: withdrawal}
		}
		var w store.Where
		values := []any{store.NewID(f.RecordedAt), f.Key, string(f.Value.Kind), number(f.Value), f.Value.Text,
			store.Millis(f.ObservedAt), f.Source, nullable(f.Evidence), store.Millis(f.RecordedAt), f.RecordedBy, f.Note, nullable(f.Corrects)}
		marks := ""
		for _, v := range values {
			marks += ", " + w.Arg(v)
		}
		w.And("s.id = ?", f.Structure)
		if f.Corrects != "" {
			w.And("exists (select 1 from fact o where o.id = ? and o.structure_id = s.id and o.key = ?)", f.Corrects, f.Key)
		}
		scope.Within(&w, "s.id")
		n, err := tx.Exec(ctx, `insert into fact (structure_id, id, key, kind, number, text, observed_at, source, evidence_id, recorded_at, recorded_by, note, corrects)
			select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return fmt.Errorf("record fact %q: %w", f.Key, err)
		}
		if n != 1 {
			return fmt.Errorf("record fact %q: structure %s: %w", f.Key, f.Structure, store.ErrNotFound)
		}
		if err := keepCurrent(ctx, tx, f); err != nil {
			return fmt.Errorf("record fact %q: %w", f.Key, err)
		}
		tx.Note(news{structure: f.Structure, fact: f.Key})
	}
	return nil
}

// withdrawal is how the row of a fact that withdraws another one is told from those that say something.
const withdrawal = "withdrawn"

const factColumns = `f.id, f.structure_id, f.key, f.kind, f.number, f.text, f.observed_at, f.source, coalesce(f.evidence_id, ''), f.recorded_at, f.recorded_by, f.note, coalesce(f.corrects, '')`

func scanFact(row store.Row) (Fact, error) {
	var f Fact
	var kind referential.ValueKind
	var number float64
	var text string
	var observed, recorded int64
	err := row.Scan(&f.ID, &f.Structure, &f.Key, &kind, &number, &text, &observed, &f.Source, &f.Evidence, &recorded, &f.RecordedBy, &f.Note, &f.Corrects)
	if f.Withdraws = kind == withdrawal; !f.Withdraws {
		f.Value = value(kind, number, text)
	}
	f.ObservedAt, f.RecordedAt = store.Time(observed), store.Time(recorded)
	return f, err
}

// number is how the value of a fact lies in its numeric column: yes as 1, a day as Unix milliseconds.
func number(v referential.Value) float64 {
	switch {
	case v.Kind == referential.DateKind:
		return float64(store.Millis(v.Date))
	case v.Kind == referential.BoolKind && v.Bool:
		return 1
	}
	return v.Number
}

// value reads what [number] and the text column hold.
func value(kind referential.ValueKind, number float64, text string) referential.Value {
	switch kind {
	case referential.DateKind:
		return referential.Date(store.Time(int64(number)))
	case referential.BoolKind:
		return referential.YesNo(number != 0)
	case referential.NumberKind:
		return referential.Number(number)
	}
	return referential.Words(text)
}

// FactsKnownAt returns every fact about a structure that had been recorded by a moment, oldest observation first: what the platform knew
// then, so that a verdict can be replayed.
func FactsKnownAt(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, at time.Time) ([]Fact, error) {
	var w store.Where
	w.And("f.structure_id = ?", structure)
	w.And("f.recorded_at <= ?", store.Millis(at))
	uncorrected(&w, "f", at)
	scope.Within(&w, "f.structure_id")
	facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.observed_at, f.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", structure, err)
	}
	return facts, nil
}

// uncorrected leaves out the facts that had been corrected or withdrawn by a moment, and what says so.
func uncorrected(w *store.Where, table string, at time.Time) {
	w.And(table + ".kind <> '" + withdrawal + "'")
	w.And(notBettered(table, "?"), store.Millis(at))
}

// notBettered is the condition that no fact known by a moment corrects one.
func notBettered(table, moment string) string {
	return "not exists (select 1 from fact better where better.corrects = " + table + ".id and better.recorded_at <= " + moment + ")"
}

// RestingOn returns the facts in scope that a piece of evidence stands behind, by key.
func RestingOn(ctx context.Context, tx *store.Tx, scope territory.Scope, evidence string) ([]Fact, error) {
	var w store.Where
	w.And("f.structure_id = (select e.structure_id from evidence e where e.id = ?)", evidence)
	w.And("f.evidence_id = ?", evidence)
	w.And("not exists (select 1 from fact better where better.corrects = f.id)")
	scope.Within(&w, "f.structure_id")
	facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.key, f.observed_at, f.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read facts that rest on evidence %s: %w", evidence, err)
	}
	return facts, nil
}

// History returns everything that was ever recorded about a structure in scope under some keys, corrected or not, in the order in which it was recorded.
func History(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, names ...string) ([]Fact, error) {
	var all []Fact
	for part := range slices.Chunk(names, mostKeys) {
		var w store.Where
		w.And("f.structure_id = ?", structure)
		in(&w, "f.key", part)
		scope.Within(&w, "f.structure_id")
		facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.recorded_at, f.id`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read the history of facts of %s: %w", structure, err)
		}
		all = append(all, facts...)
	}
	slices.SortStableFunc(all, func(a, b Fact) int { return a.RecordedAt.Compare(b.RecordedAt) })
	return all, nil
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
		uncorrected(&w, "f", at)
		in(&w, "f.structure_id", part)
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
