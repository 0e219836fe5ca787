package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/referential"
)

// known returns the facts about some structures that had been recorded by a moment, in no order, whoever may see them: what verdicts
// are made from. Only facts that the rules ask for are read; nil reads all.
func known(ctx context.Context, tx *store.Tx, structures []string, at time.Time, needs *referential.Uses) ([]referential.Fact, error) {
	history, latest := keysOf(needs)
	var all []referential.Fact
	for part := range slices.Chunk(structures, 200) {
		r, err := readerOf(ctx, tx, part, at)
		if err != nil {
			return nil, err
		}
		for _, read := range []struct {
			keys   []string
			latest bool
		}{{history, false}, {latest, true}} {
			if needs != nil && len(read.keys) == 0 || needs == nil && read.latest {
				continue
			}
			facts, err := r.facts(ctx, tx, read.keys, read.latest)
			if err != nil {
				return nil, fmt.Errorf("read facts: %w", err)
			}
			if all == nil {
				all = facts
			} else {
				all = append(all, facts...)
			}
		}
	}
	if needs != nil {
		all = slices.DeleteFunc(all, func(f referential.Fact) bool { return !needs.Fact(f.Key) })
	}
	return all, nil
}

// keysOf are the keys of which rules need all observations, and those of which the latest is enough.
func keysOf(needs *referential.Uses) (history, latest []string) {
	if needs == nil {
		return nil, nil
	}
	for key, all := range needs.Facts {
		if all {
			history = append(history, key)
		} else {
			latest = append(latest, key)
		}
	}
	slices.Sort(history)
	slices.Sort(latest)
	return history, latest
}

// reader reads what was known of a few structures at a moment. What had been corrected by then is looked for before: it is little, and asking of each
// fact whether there is a better one costs PostgreSQL more than reading all of them.
type reader struct {
	structures []string
	at         time.Time
	corrected  []string
}

// mostCorrected is up to how many corrected facts a query names; when there are more, each fact is asked.
const mostCorrected = 500

func readerOf(ctx context.Context, tx *store.Tx, structures []string, at time.Time) (reader, error) {
	r := reader{structures: structures, at: at}
	var w store.Where
	in(&w, "better.structure_id", structures)
	w.And("better.corrects is not null")
	w.And("better.recorded_at <= ?", store.Millis(at))
	var err error
	if r.corrected, err = store.All(ctx, tx, store.Column[string], `select better.corrects from fact better`+w.SQL()+` limit `+w.Arg(mostCorrected+1), w.Args()...); err != nil {
		return r, fmt.Errorf("read what was corrected: %w", err)
	}
	return r, nil
}

// standing is the condition that a fact was known and that nothing had corrected or withdrawn it.
func (r reader) standing(w *store.Where, table string) string {
	moment := w.Arg(store.Millis(r.at))
	standing := table + ".recorded_at <= " + moment + " and " + table + ".kind <> '" + withdrawal + "'"
	switch n := len(r.corrected); {
	case n > mostCorrected:
		standing += " and " + notBettered(table, moment)
	case n > 0:
		standing += " and " + table + ".id not in " + list(w, r.corrected)
	}
	return standing
}

// facts reads observations of some keys: all of them, or those of the last moment of each key.
func (r reader) facts(ctx context.Context, tx *store.Tx, names []string, latest bool) ([]referential.Fact, error) {
	var w store.Where
	those := list(&w, r.structures)
	if !latest {
		order := ""
		if names == nil { // read by people too; rules put facts in order themselves
			order = " order by f.observed_at, f.id"
		}
		w.And("f.structure_id in " + those)
		w.And(r.standing(&w, "f"))
		keys(&w, "f.key", names)
		return store.All(ctx, tx, scanKnown, `select `+knownColumns+` from fact f`+w.SQL()+order, w.Args()...)
	}
	w.And("g.structure_id in " + those)
	w.And(r.standing(&w, "g"))
	w.And("g.observed_at <= ?", store.Millis(r.at)) // what is announced for later does not hide what is known
	keys(&w, "g.key", names)
	newest := `select g.structure_id, g.key, max(g.observed_at) as observed_at from fact g` + w.SQL() + ` group by g.structure_id, g.key`
	again := ""
	if tx.Engine() == store.PostgreSQL { // which reads them together when told what follows anyway, and one by one when not
		again = " and f.structure_id in " + those
	}
	return store.All(ctx, tx, scanKnown, `select `+knownColumns+` from (`+newest+`) n join fact f on f.structure_id = n.structure_id and f.key = n.key and f.observed_at = n.observed_at
		where `+r.standing(&w, "f")+again, w.Args()...)
}

const knownColumns = `f.structure_id, f.key, f.kind, f.number, f.text, f.observed_at, f.source, coalesce(f.evidence_id, '')`

func scanKnown(row store.Row) (f referential.Fact, err error) {
	var kind referential.ValueKind
	var number float64
	var text string
	var observed int64
	err = row.Scan(&f.Structure, &f.Key, &kind, &number, &text, &observed, &f.Source, &f.Evidence)
	f.Value, f.ObservedAt = value(kind, number, text), store.Time(observed)
	return f, err
}

// mostKeys is how many keys a query names; when more are needed facts of all keys are read.
const mostKeys = 60

// keys limits a query to some keys; what it reads too much is left out afterwards.
func keys(w *store.Where, column string, names []string) {
	if len(names) == 0 || len(names) > mostKeys {
		return
	}
	var plain []string
	var either []string
	var args []any
	for _, key := range names {
		if before, _, wild := strings.Cut(key, "*"); wild {
			either, args = append(either, column+" like ?"), append(args, before+"%")
		} else {
			plain = append(plain, key)
		}
	}
	if len(plain) > 0 {
		either = append(either, column+" in ("+strings.TrimSuffix(strings.Repeat("?, ", len(plain)), ", ")+")")
		for _, key := range plain {
			args = append(args, key)
		}
	}
	w.And("("+strings.Join(either, " or ")+")", args...)
}

// in limits a query to some values of a column.
func in(w *store.Where, column string, values []string) {
	w.And(column + " in " + list(w, values))
}

// list is some values as a query names them; it may stand in it more than once.
func list(w *store.Where, values []string) string {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = w.Arg(v)
	}
	return "(" + strings.Join(places, ", ") + ")"
}
