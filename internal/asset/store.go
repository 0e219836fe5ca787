package asset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/sheet"
)

const columns = `a.id, a.structure_id, a.reference, a.name, a.kind, a.criticality, a.service, a.owner, a.supplier, a.product, a.address, a.end_of_support, a.note,
	a.created_at, a.created_by, a.updated_at, a.retired_at, a.version`

func scan(row store.Row) (a Asset, err error) {
	var created, updated, retired int64
	err = row.Scan(&a.ID, &a.Structure, &a.Reference, &a.Name, &a.Kind, &a.Criticality, &a.Service, &a.Owner, &a.Supplier, &a.Product, &a.Address, &a.EndOfSupport, &a.Note,
		&created, &a.CreatedBy, &updated, &retired, &a.Version)
	a.CreatedAt, a.UpdatedAt, a.RetiredAt = store.Time(created), store.Time(updated), store.Time(retired)
	return a, err
}

// Filter narrows a list of the assets in use; its zero value lists all.
type Filter struct {
	Words       string // in the name, reference, service, supplier, product or address
	Kind        Kind
	Criticality Criticality
	Unsupported time.Time // only those whose support has ended at this moment
}

func (f Filter) apply(w *store.Where) {
	w.And("a.retired_at = 0")
	if words := sheet.Fold(f.Words); words != "" {
		w.And(`a.name_key like ? escape '\'`, "%"+words+"%") // folded words have no sign of a pattern
	}
	if f.Kind != "" {
		w.And("a.kind = ?", string(f.Kind))
	}
	if f.Criticality != "" {
		w.And("a.criticality = ?", string(f.Criticality))
	}
	if !f.Unsupported.IsZero() {
		w.And("a.end_of_support <> ''")
		w.And("a.end_of_support < ?", f.Unsupported.Format(time.DateOnly))
	}
}

// byGravity lists what stops care first.
const byGravity = ` order by case a.criticality when 'vital' then 1 when 'high' then 2 when 'medium' then 3 when 'low' then 4 else 5 end, a.name_key, a.id`

// List returns assets in use of a structure in scope, the gravest first, and how many pass the filter.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, f Filter, limit, offset int) (page []Asset, total int, err error) {
	where := func() *store.Where {
		w := &store.Where{}
		w.And("a.structure_id = ?", structure)
		f.apply(w)
		scope.Within(w, "a.structure_id")
		return w
	}
	w := where()
	if total, err = store.One(ctx, tx, store.Column[int], `select count(*) from asset a`+w.SQL(), w.Args()...); err != nil {
		return nil, 0, fmt.Errorf("count assets of %s: %w", structure, err)
	}
	w = where()
	page, err = store.All(ctx, tx, scan, `select `+columns+` from asset a`+w.SQL()+byGravity+` limit `+w.Arg(limit)+` offset `+w.Arg(offset), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list assets of %s: %w", structure, err)
	}
	return page, total, nil
}

// byID finds an asset of a structure in scope.
func byID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Asset, error) {
	var w store.Where
	w.And("a.id = ?", id)
	w.And("a.structure_id = ?", structure)
	scope.Within(&w, "a.structure_id")
	a, err := store.One(ctx, tx, scan, `select `+columns+` from asset a`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return a, fault.NotFound("asset.not_found")
	}
	return a, err
}

// key is what a search looks in.
func (a Asset) key() string {
	return sheet.Fold(strings.Join([]string{a.Name, a.Reference, a.Service, a.Supplier, a.Product, a.Address, a.Owner}, " "))
}

// texts are the columns that a person writes, in the order of [written].
func (a Asset) texts() []any {
	return []any{a.identity(), a.Reference, a.Name, a.key(), string(a.Kind), string(a.Criticality), a.Service, a.Owner, a.Supplier, a.Product, a.Address, a.EndOfSupport, a.Note}
}

const written = `identity, reference, name, name_key, kind, criticality, service, owner, supplier, product, address, end_of_support, note`

// addedAtOnce is how many assets one statement adds: as many as its parameters allow on both databases.
const addedAtOnce = 200

// Add adds assets to a structure in scope. One that is there already, by its reference or its name, is a conflict.
func Add(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, assets []Asset, by string, now time.Time) error {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(structure)); err != nil {
		return err
	}
	for part := range slices.Chunk(assets, addedAtOnce) {
		var w store.Where
		rows := make([]string, 0, len(part))
		for _, a := range part {
			if err := a.check(); err != nil {
				return err
			}
			values := append([]any{store.NewID(now), structure}, a.texts()...)
			marks := ""
			for _, v := range append(values, store.Millis(now), by, store.Millis(now)) {
				marks += ", " + w.Arg(v)
			}
			rows = append(rows, "("+marks[2:]+")")
		}
		if _, err := tx.Exec(ctx, `insert into asset (id, structure_id, `+written+`, created_at, created_by, updated_at) values `+strings.Join(rows, ", "), w.Args()...); err != nil {
			if store.IsUnique(err) {
				return fault.Invalid(fault.Field{Name: "name", Key: "asset.twice"}).Because(err)
			}
			return fmt.Errorf("add assets to %s: %w", structure, err)
		}
	}
	return nil
}

// Change saves what a person wrote of an asset in scope. a.Version is the one that was read: when somebody saved in between, it fails with a conflict.
func Change(ctx context.Context, tx *store.Tx, scope territory.Scope, a Asset, now time.Time) error {
	if err := a.check(); err != nil {
		return err
	}
	var w store.Where
	set := ""
	values := a.texts()
	for i, name := range strings.Split(written, ", ") {
		set += name + ` = ` + w.Arg(values[i]) + `, `
	}
	return save(ctx, tx, scope, &w, set, a, now)
}

// Retire takes an asset in scope out of the list.
func Retire(ctx context.Context, tx *store.Tx, scope territory.Scope, a Asset, now time.Time) error {
	var w store.Where
	return save(ctx, tx, scope, &w, `retired_at = `+w.Arg(store.Millis(now))+`, `, a, now)
}

func save(ctx context.Context, tx *store.Tx, scope territory.Scope, w *store.Where, set string, a Asset, now time.Time) error {
	set += `updated_at = ` + w.Arg(store.Millis(now)) + `, version = version + 1`
	w.And("id = ?", a.ID)
	w.And("version = ?", a.Version)
	w.And("retired_at = 0")
	scope.Within(w, "structure_id")
	n, err := tx.Exec(ctx, `update asset set `+set+w.SQL(), w.Args()...)
	switch {
	case store.IsUnique(err):
		return fault.Invalid(fault.Field{Name: "name", Key: "asset.twice"}).Because(err)
	case err != nil:
		return fmt.Errorf("change asset %s: %w", a.ID, err)
	case n != 1:
		return fault.Conflict("asset.changed_meanwhile")
	}
	return nil
}

// Tally counts the assets in use of a structure.
type Tally struct{ All, Vital, Unsupported, Unowned int }

// Count counts the assets in use of a structure in scope on a day. Unowned are the vital ones that nobody answers for.
func Count(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, on time.Time) (Tally, error) {
	var w store.Where
	day := w.Arg(on.Format(time.DateOnly))
	w.And("a.structure_id = ?", structure)
	w.And("a.retired_at = 0")
	scope.Within(&w, "a.structure_id")
	t, err := store.One(ctx, tx, func(row store.Row) (t Tally, err error) {
		return t, row.Scan(&t.Unsupported, &t.All, &t.Vital, &t.Unowned)
	},
		`select count(*) filter (where a.end_of_support <> '' and a.end_of_support < `+day+`), count(*), count(*) filter (where a.criticality = 'vital'),
			count(*) filter (where a.criticality = 'vital' and a.owner = '') from asset a`+w.SQL(), w.Args()...)
	if err != nil {
		return t, fmt.Errorf("count assets of %s: %w", structure, err)
	}
	return t, nil
}

// source of the facts that the list gives.
const source = "inventory"

// state records what the list says of its structure in scope, in the transaction of the change.
func state(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, by string, now time.Time) error {
	t, err := Count(ctx, tx, scope, structure, now)
	if err != nil {
		return err
	}
	facts := []proof.Fact{}
	for key, v := range map[string]referential.Value{"assets": referential.Number(float64(t.All)), "vital": referential.Number(float64(t.Vital)),
		"unsupported": referential.Number(float64(t.Unsupported)), "unowned": referential.Number(float64(t.Unowned)), "updated": referential.Date(now)} {
		facts = append(facts, proof.Fact{Structure: structure, Key: "inventory." + key, Value: v, ObservedAt: now, Source: source, RecordedAt: now, RecordedBy: by})
	}
	slices.SortFunc(facts, func(a, b proof.Fact) int { return strings.Compare(a.Key, b.Key) })
	if err := proof.Record(ctx, tx, scope, facts...); err != nil {
		return fmt.Errorf("record what the assets of %s say: %w", structure, err)
	}
	return nil
}

// Enter adds assets to a structure in scope and states what the list says now.
func Enter(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, assets []Asset, by string, now time.Time) error {
	if err := Add(ctx, tx, scope, structure, assets, by, now); err != nil {
		return err
	}
	return state(ctx, tx, scope, structure, by, now)
}
