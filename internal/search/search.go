// Package search finds things by their words: structures, evidence, actions, findings, requirements, answers, facts.
//
// A module publishes what it wants found as a [Source]: how to make the documents of one of its things, and which right it takes to find them. Both
// engines keep one table of documents; SQLite crosses words by FTS5, PostgreSQL by a GIN index over tsvector. Neither needs an extension. The words are
// cut, freed of accents and put in the singular here, so that both engines find the same.
//
// # How the index stays true
//
// Triggers (package store) mark each change in the transaction that makes it. [Index.Catch] makes the documents of what is marked; it runs in the
// background, and before each search, so that whoever has just written something finds it. A mark cannot be lost: it is deleted in the transaction that
// writes the documents.
//
// # Who finds what
//
// Each kind is looked for in the part of the territory where the reader may do what its source asks ([right.Visible]); [territory.Scope.Within] writes
// the predicate, as everywhere. Documents of no structure, such as requirements, are found by everybody who may do it anywhere.
package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
)

// Document is one thing to find.
type Document struct {
	Part      string // tells the documents of one thing apart; empty when there is one
	Structure string // id; empty: of no structure
	Lang      string // "fr" or "en"; empty: for all readers
	Title     string // what a list of results shows
	Detail    string // a second line, found as well
	Path      string // page of it; "{structure}" stands for the structure the reader comes from
	Words     []string
	At        time.Time // when it was made, or last changed
}

// Source is a kind of thing that can be found.
type Source struct {
	Kind   string
	Action right.Action // takes part in: who may do it may find it
	// Documents makes the documents of one thing, none when it is not to be found any more. It reads whatever it needs: who may find them is decided by
	// Action and by the structure of each.
	Documents func(ctx context.Context, tx *store.Tx, ref string) ([]Document, error)
	// Fixed are references of what comes with the program and changes with it alone, such as pages of its guide: it is made anew at each start.
	Fixed []string
}

// Index finds documents and keeps them true. It is safe for concurrent use.
type Index struct {
	db      *store.DB
	log     *slog.Logger
	sources []Source
}

// New makes the index of some sources, in the order in which results show.
func New(db *store.DB, log *slog.Logger, sources ...Source) (*Index, error) {
	seen := map[string]bool{}
	for _, s := range sources {
		if s.Kind == "" || seen[s.Kind] || !s.Action.Valid() || s.Documents == nil || letters(s.Kind) != s.Kind {
			return nil, fmt.Errorf("search: source %q is not whole, or comes twice", s.Kind)
		}
		seen[s.Kind] = true
	}
	return &Index{db: db, log: log, sources: sources}, nil
}

// Kinds are the kinds that can be found, in the order in which results show.
func (x *Index) Kinds() []string {
	var kinds []string
	for _, s := range x.sources {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}

func (x *Index) source(kind string) (Source, bool) {
	i := slices.IndexFunc(x.sources, func(s Source) bool { return s.Kind == kind })
	if i < 0 {
		return Source{}, false
	}
	return x.sources[i], true
}

// atOnce is how many marks one transaction follows: few enough that others write in between.
const atOnce = 200

// due is a mark.
type due struct {
	number    int64
	kind, ref string
}

// Catch follows marks, at most some times [atOnce], and returns how many are done; more tells whether some are left.
func (x *Index) Catch(ctx context.Context, rounds int) (done int, more bool, err error) {
	for range rounds {
		waiting := false
		err := x.db.View(ctx, func(tx *store.Tx) (err error) {
			waiting, err = store.One(ctx, tx, store.Column[bool], `select exists (select 1 from search_due)`)
			return err
		})
		if err != nil || !waiting {
			return done, false, err
		}
		n := 0
		err = x.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = x.round(ctx, tx)
			return err
		})
		if err != nil {
			return done, true, fmt.Errorf("bring the index of words up to date: %w", err)
		}
		if done += n; n < atOnce {
			return done, false, nil
		}
	}
	return done, true, nil
}

// round follows the oldest marks.
func (x *Index) round(ctx context.Context, tx *store.Tx) (int, error) {
	all, err := store.All(ctx, tx, func(row store.Row) (d due, err error) {
		return d, row.Scan(&d.number, &d.kind, &d.ref)
	}, `select number, kind, ref from search_due order by number limit $1`, atOnce)
	if err != nil {
		return 0, err
	}
	seen := map[due]bool{}
	for _, d := range all {
		if _, err := tx.Exec(ctx, `delete from search_due where number = $1`, d.number); err != nil {
			return 0, err
		}
		d.number = 0
		if seen[d] {
			continue
		}
		seen[d] = true
		if err := x.write(ctx, tx, d); err != nil {
			return 0, fmt.Errorf("%s %s: %w", d.kind, d.ref, err)
		}
	}
	return len(all), nil
}

// write makes the documents of one thing anew.
func (x *Index) write(ctx context.Context, tx *store.Tx, d due) error {
	source, known := x.source(d.kind)
	var documents []Document
	if known {
		var err error
		if documents, err = source.Documents(ctx, tx, d.ref); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `delete from search_document where kind = $1 and ref = $2`, d.kind, d.ref); err != nil {
		return err
	}
	marks := map[string][]string{} // most often of one structure
	for _, doc := range documents {
		if marks[doc.Structure] == nil {
			var err error
			if marks[doc.Structure], err = holders(ctx, tx, doc.Structure); err != nil {
				return err
			}
		}
		if err := insert(ctx, tx, d.kind, d.ref, marks[doc.Structure], doc); err != nil {
			return err
		}
	}
	return nil
}

// holders are the marks of a structure and of those above it, but for the nation, which holds everything.
func holders(ctx context.Context, tx *store.Tx, structure string) ([]string, error) {
	marks := []string{structureMark(structure)}
	if structure == "" {
		return marks, nil
	}
	above, err := store.All(ctx, tx, store.Column[string], `with recursive above (id, parent_id) as (
  select s.id, s.parent_id from structure s where s.id = $1
  union all
  select p.id, p.parent_id from above a join structure p on p.id = a.parent_id)
 select id from above where parent_id is not null and id <> $2`, structure, structure)
	if err != nil {
		return nil, fmt.Errorf("read what holds structure %s: %w", structure, err)
	}
	for _, id := range above {
		marks = append(marks, structureMark(id))
	}
	return marks, nil
}

func insert(ctx context.Context, tx *store.Tx, kind, ref string, marks []string, d Document) error {
	words := slices.Concat([]string{kindMark(kind)}, marks, kept(append([]string{d.Title, d.Detail}, d.Words...)...))
	_, err := tx.Exec(ctx, `insert into search_document (kind, ref, part, structure_id, lang, title, detail, path, words, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		kind, ref, d.Part, d.Structure, d.Lang, store.Text(d.Title), store.Text(d.Detail), d.Path, store.Text(strings.Join(words, " ")), store.Millis(d.At))
	return err
}

// Rebuild makes the whole index be written anew; what is found meanwhile is what was found before, and less and less of it is old.
func (x *Index) Rebuild(ctx context.Context, tx *store.Tx) error {
	err := tx.MarkEverything(ctx)
	if err == nil {
		err = x.markFixed(ctx, tx)
	}
	if err != nil {
		return fmt.Errorf("build the index of words anew: %w", err)
	}
	return nil
}

// markFixed marks what comes with the program, and what an earlier program came with.
func (x *Index) markFixed(ctx context.Context, tx *store.Tx) error {
	for _, source := range x.sources {
		if len(source.Fixed) == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, `insert into search_due (kind, ref) select distinct kind, ref from search_document where kind = $1`, source.Kind); err != nil {
			return err
		}
		for _, ref := range source.Fixed {
			if _, err := tx.Exec(ctx, `insert into search_due (kind, ref) values ($1, $2)`, source.Kind, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// catchEvery is how often the background looks for marks.
const catchEvery = 2 * time.Second

// Run follows marks until ctx ends, beginning with what comes with the program, which may be another than before. A failure is logged and tried again.
func (x *Index) Run(ctx context.Context) {
	if err := x.db.Update(ctx, func(tx *store.Tx) error { return x.markFixed(ctx, tx) }); err != nil && ctx.Err() == nil {
		x.log.WarnContext(ctx, "what the program comes with could not be marked for the index of words", "error", err)
	}
	ticker := time.NewTicker(catchEvery)
	defer ticker.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if _, more, err = x.Catch(ctx, 1); err != nil {
				more = false
				if ctx.Err() == nil {
					x.log.WarnContext(ctx, "the index of words could not follow a change", "error", err)
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
