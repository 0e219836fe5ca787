package proof

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hygie/internal/store"
)

// counter names a row of the counters.
type counter struct{ subject, code, kind, holder, answer string }

func (c counter) compare(d counter) int {
	return cmp.Or(strings.Compare(c.subject, d.subject), strings.Compare(c.code, d.code), strings.Compare(c.kind, d.kind), strings.Compare(c.holder, d.holder), strings.Compare(c.answer, d.answer))
}

// change of a counter.
type change struct{ n, latest int64 }

// ledger gathers changes of counters before they are written.
type ledger struct {
	editions map[string]edition // by id
	changes  map[counter]change
}

// count adds a standing to the counters, or takes it back.
func (l *ledger) count(s standing, n int64) {
	add := func(code, answer string) {
		c := counter{s.subject, code, s.kind, s.holder, answer}
		was := l.changes[c]
		l.changes[c] = change{n: was.n + n, latest: max(was.latest, s.changed)}
	}
	if s.edition == "" {
		add("", s.answers)
		return
	}
	add("", s.answers[:1])
	for i, code := range l.editions[s.edition].codes {
		add(code, s.answers[i+1:i+2])
	}
}

// same tells whether two standings count alike.
func (s standing) same(o standing) bool {
	return s.edition == o.edition && s.kind == o.kind && s.holder == o.holder && s.answers == o.answers && (s.edition != "" || s.changed == o.changed)
}

// carry writes standings over those that were read before, and moves the counters by the difference. It returns how many changed.
func carry(ctx context.Context, tx *store.Tx, set *Set, before map[standingKey]standing, next []standing) (int, error) {
	return turnOver(ctx, tx, set, before, next, nil)
}

// turnOver is carry, and removes the standings of structures that are counted no more.
func turnOver(ctx context.Context, tx *store.Tx, set *Set, before map[standingKey]standing, next, gone []standing) (int, error) {
	l := ledger{editions: map[string]edition{}, changes: map[counter]change{}}
	for _, p := range set.Counted.Packages() {
		e := set.letters[p.ID]
		l.editions[e.id] = e
	}
	if err := l.older(ctx, tx, before); err != nil {
		return 0, err
	}
	changed := len(gone)
	fresh := map[string]string{} // editions under which something is kept for the first time by this call, with their subject
	for i, s := range next {
		was, known := before[standingKey{s.structure, s.subject}]
		if known && was.same(s) {
			next[i].changed = was.changed
			continue
		}
		changed++
		if known {
			l.count(was, -1)
		}
		if s.edition != "" && was.edition != s.edition {
			fresh[s.edition] = s.subject
		}
		l.count(s, 1)
	}
	for _, s := range gone {
		l.count(s, -1)
	}
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		if _, err := tx.Exec(ctx, `insert into standing_edition (edition, subject, codes) values ($1, $2, $3) on conflict (edition) do nothing`, id, fresh[id], strings.Join(l.editions[id].codes, "\n")); err != nil {
			return 0, fmt.Errorf("keep what letters stand for: %w", err)
		}
	}
	if err := write(ctx, tx, next); err != nil {
		return 0, err
	}
	for _, s := range gone {
		if _, err := tx.Exec(ctx, `delete from standing where structure_id = $1 and subject = $2`, s.structure, s.subject); err != nil {
			return 0, fmt.Errorf("remove a standing: %w", err)
		}
	}
	return changed, l.write(ctx, tx)
}

// older reads the editions of standings that are not those of today.
func (l *ledger) older(ctx context.Context, tx *store.Tx, before map[standingKey]standing) error {
	for _, s := range before {
		if _, known := l.editions[s.edition]; known || s.edition == "" {
			continue
		}
		codes, err := store.One(ctx, tx, store.Column[string], `select codes from standing_edition where edition = $1`, s.edition)
		if err != nil {
			return fmt.Errorf("read what letters stood for in %s: %w", s.edition, err)
		}
		l.editions[s.edition] = edition{id: s.edition, codes: strings.Split(codes, "\n")}
	}
	return nil
}

// rowsAtOnce bounds the parameters of a statement: SQLite looks for each by name among all of them.
const rowsAtOnce = 40

// write puts standings in their rows.
func write(ctx context.Context, tx *store.Tx, all []standing) error {
	for part := range slices.Chunk(all, rowsAtOnce) {
		var w store.Where
		var rows []string
		for _, s := range part {
			rows = append(rows, "("+strings.Join([]string{w.Arg(s.structure), w.Arg(s.subject), w.Arg(s.edition), w.Arg(s.kind), w.Arg(s.holder), w.Arg(s.answers),
				"cast(" + w.Arg(s.changed) + " as bigint)", "cast(" + w.Arg(s.judged) + " as bigint)"}, ", ")+")")
		}
		_, err := tx.Exec(ctx, `insert into standing (structure_id, subject, edition, kind, holder_id, answers, changed_at, judged_at) values `+strings.Join(rows, ", ")+`
			on conflict (structure_id, subject) do update set edition = excluded.edition, kind = excluded.kind, holder_id = excluded.holder_id, answers = excluded.answers,
			changed_at = excluded.changed_at, judged_at = excluded.judged_at`, w.Args()...)
		if err != nil {
			return fmt.Errorf("keep standings: %w", err)
		}
	}
	return nil
}

// write moves the counters, in one order, so that two transactions wait for each other instead of blocking each other.
func (l *ledger) write(ctx context.Context, tx *store.Tx) error {
	maps.DeleteFunc(l.changes, func(_ counter, c change) bool { return c.n == 0 && c.latest == 0 })
	for part := range slices.Chunk(slices.SortedFunc(maps.Keys(l.changes), counter.compare), rowsAtOnce) {
		var w store.Where
		var rows []string
		for _, c := range part {
			d := l.changes[c]
			rows = append(rows, "("+strings.Join([]string{w.Arg(c.subject), w.Arg(c.code), w.Arg(c.kind), w.Arg(c.holder), w.Arg(c.answer),
				"cast(" + w.Arg(d.n) + " as bigint)", "cast(" + w.Arg(d.latest) + " as bigint)"}, ", ")+")")
		}
		_, err := tx.Exec(ctx, `insert into standing_sum (subject, code, kind, holder_id, answer, n, latest) values `+strings.Join(rows, ", ")+`
			on conflict (subject, code, kind, holder_id, answer) do update set n = standing_sum.n + excluded.n,
			latest = case when excluded.latest > standing_sum.latest then excluded.latest else standing_sum.latest end`, w.Args()...)
		if err != nil {
			return fmt.Errorf("count standings: %w", err)
		}
	}
	return nil
}
