package territory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory/official"
)

// Insert adds a structure below its parent. It answers fault.Invalid for a draft that cannot be, fault.NotFound when the scope
// does not hold the parent, and fault.Conflict when the parent is closed or the FINESS number or code is taken.
func Insert(ctx context.Context, tx *store.Tx, scope Scope, draft Draft, at time.Time) (Structure, error) {
	if err := taken(ctx, tx, draft); err != nil {
		return Structure{}, err
	}
	batch := NewBatch(tx, scope, at)
	s, err := batch.Insert(ctx, draft)
	if err != nil {
		return Structure{}, err
	}
	return s, batch.Flush(ctx)
}

// taken refuses a number that another structure of the same kind has.
func taken(ctx context.Context, tx *store.Tx, draft Draft) error {
	if draft.Finess != "" {
		n, err := store.One(ctx, tx, store.Column[int], `select count(*) from structure where finess = $1 and kind = $2`, draft.Finess, draft.Kind)
		if err != nil {
			return fmt.Errorf("look for FINESS number %s: %w", draft.Finess, err)
		}
		if n > 0 {
			return fault.Conflict("territory.finess_taken", "finess", draft.Finess)
		}
	}
	if draft.Code != "" {
		n, err := store.One(ctx, tx, store.Column[int], `select count(*) from structure where code = $1 and kind = $2`, draft.Code, draft.Kind)
		if err != nil {
			return fmt.Errorf("look for code %s: %w", draft.Code, err)
		}
		if n > 0 {
			return fault.Conflict("territory.code_taken", "code", draft.Code)
		}
	}
	return nil
}

// validate returns what is wrong with a draft, field by field.
func (d Draft) validate() error {
	var fields []fault.Field
	wrong := func(name, key string, args ...any) {
		fields = append(fields, fault.Field{Name: name, Key: key, Args: args})
	}
	if !d.Kind.Valid() {
		wrong("kind", "territory.kind_unknown", "kind", string(d.Kind))
	}
	if strings.TrimSpace(d.Name) == "" {
		wrong("name", "territory.name_missing")
	}
	if d.Kind == Group != (d.GroupKind != NoGroup) || d.GroupKind != NoGroup && !d.GroupKind.Valid() {
		wrong("group_kind", "territory.group_kind_wrong")
	}
	if d.Finess != "" && !official.ValidFiness(d.Finess) {
		wrong("finess", "territory.finess_wrong", "finess", d.Finess)
	}
	if d.Siren != "" && !official.Digits(d.Siren, 9) {
		wrong("siren", "territory.siren_wrong", "siren", d.Siren)
	}
	if d.Siret != "" && !official.Digits(d.Siret, 14) {
		wrong("siret", "territory.siret_wrong", "siret", d.Siret)
	}
	if len(fields) > 0 {
		return fault.Invalid(fields...)
	}
	return nil
}

// Batch adds many structures in one transaction, several rows a statement: an import of 150,000 structures takes seconds,
// not minutes. The caller makes sure that no FINESS number or code is taken, and ends with [Batch.Flush].
type Batch struct {
	tx      *store.Tx
	scope   Scope
	at      time.Time
	layout  layout
	locked  bool
	parents map[ID]*parent
	rows    []Structure
	keys    [][2]string // name_key and search_key of each row
}

// parent is what a batch remembers of a structure that received children.
type parent struct {
	kind     Kind
	status   Status
	interval Interval
	depth    int
	last     int64 // the highest number taken by its children
}

// NewBatch prepares to add structures below what the scope holds.
func NewBatch(tx *store.Tx, scope Scope, at time.Time) *Batch {
	return &Batch{tx: tx, scope: scope, at: at, layout: standard(), parents: make(map[ID]*parent)}
}

// Insert adds one structure and returns it. Its row may wait for [Batch.Flush]; its interval may change until then, when
// the tree had to be spread. It answers like the function Insert but does not look for numbers already taken.
func (b *Batch) Insert(ctx context.Context, draft Draft) (Structure, error) {
	if err := draft.validate(); err != nil {
		return Structure{}, err
	}
	if !b.locked {
		if err := lockTree(ctx, b.tx); err != nil {
			return Structure{}, err
		}
		b.locked = true
	}
	s := Structure{
		ID: cmp.Or(draft.ID, ID(store.NewID(b.at))), Parent: draft.Parent, Kind: draft.Kind, GroupKind: draft.GroupKind, Code: draft.Code,
		Name: strings.TrimSpace(draft.Name), NameSource: cmp.Or(draft.NameSource, NameManual),
		Finess: draft.Finess, Siren: draft.Siren, Siret: draft.Siret, Category: draft.Category, CategoryLabel: draft.CategoryLabel,
		Status: Active, City: draft.City, PostalCode: draft.PostalCode, Department: draft.Department,
		Created: b.at.UTC().Truncate(time.Millisecond), Updated: b.at.UTC().Truncate(time.Millisecond),
	}
	if err := b.locate(ctx, &s); err != nil {
		return Structure{}, err
	}
	b.rows = append(b.rows, s)
	b.keys = append(b.keys, [2]string{Fold(s.Name), searchKey(s.Name, s.City)})
	b.parents[s.ID] = &parent{kind: s.Kind, status: s.Status, interval: s.Interval, depth: s.Depth, last: s.Interval.Left}
	if len(b.rows) == batchRows {
		return s, b.write(ctx)
	}
	return s, nil
}

// locate finds the interval of a new structure.
func (b *Batch) locate(ctx context.Context, s *Structure) error {
	if s.Parent == "" {
		return b.locateRoot(ctx, s)
	}
	for spread := false; ; spread = true {
		p, err := b.parent(ctx, s.Parent)
		if err != nil {
			return err
		}
		if !b.scope.Holds(p.interval) {
			return notFound()
		}
		if !p.kind.MayHold(s.Kind) {
			return fault.Conflict("territory.wrong_parent", "parent", string(p.kind), "kind", string(s.Kind))
		}
		if p.status != Active {
			return fault.Conflict("territory.parent_closed")
		}
		interval, found := b.layout.room(p.interval, p.last, s.Kind)
		if found {
			s.Interval, s.Depth, p.last = interval, p.depth+1, interval.Right
			return nil
		}
		if spread {
			return errFull
		}
		if err := b.spread(ctx, s.Parent); err != nil {
			return err
		}
	}
}

// spread makes room below a structure, after which every interval that the batch remembers is stale.
func (b *Batch) spread(ctx context.Context, grows ID) error {
	if err := b.Flush(ctx); err != nil {
		return err
	}
	return b.layout.spread(ctx, b.tx, "", grows)
}

func (b *Batch) locateRoot(ctx context.Context, s *Structure) error {
	if s.Kind != Nation {
		return fault.Invalid(fault.Field{Name: "parent", Key: "territory.parent_missing"})
	}
	if !b.scope.Holds(b.layout.root) {
		return notFound()
	}
	n, err := store.One(ctx, b.tx, store.Column[int], `select count(*) from structure where parent_id is null`)
	if err != nil {
		return fmt.Errorf("look for the root: %w", err)
	}
	if n > 0 {
		return fault.Conflict("territory.root_exists")
	}
	s.Interval = b.layout.root
	return nil
}

// parent reads a structure once a batch.
func (b *Batch) parent(ctx context.Context, id ID) (*parent, error) {
	if p := b.parents[id]; p != nil {
		return p, nil
	}
	s, err := store.One(ctx, b.tx, scan, `select `+columns+` from structure s where s.id = $1`, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read structure %s: %w", id, err)
	}
	last, err := lastChild(ctx, b.tx, id, s.Interval)
	if err != nil {
		return nil, fmt.Errorf("read the children of structure %s: %w", id, err)
	}
	p := &parent{kind: s.Kind, status: s.Status, interval: s.Interval, depth: s.Depth, last: last}
	b.parents[id] = p
	return p, nil
}

// batchRows bounds the parameters of a statement: 40 rows of 22 columns.
const batchRows = 40

// Flush writes the rows that wait and forgets what it knew of the tree, so that other functions may change it before the
// next insertion.
func (b *Batch) Flush(ctx context.Context) error {
	clear(b.parents)
	return b.write(ctx)
}

func (b *Batch) write(ctx context.Context) error {
	if len(b.rows) == 0 {
		return nil
	}
	var w store.Where // numbers the parameters
	var text strings.Builder
	text.WriteString(`insert into structure (id, parent_id, kind, group_kind, code, name, name_source, name_key, search_key, finess, siren, siret,
 category, category_label, status, city, postal_code, department, lft, rgt, depth, created_at, updated_at) values `)
	for i, s := range b.rows {
		if i > 0 {
			text.WriteString(", ")
		}
		var above *ID
		if s.Parent != "" {
			above = &s.Parent
		}
		values := []any{s.ID, above, s.Kind, s.GroupKind, s.Code, s.Name, s.NameSource, b.keys[i][0], b.keys[i][1], s.Finess, s.Siren, s.Siret,
			s.Category, s.CategoryLabel, s.Status, s.City, s.PostalCode, s.Department, s.Interval.Left, s.Interval.Right, s.Depth,
			store.Millis(s.Created), store.Millis(s.Updated)}
		for j, value := range values {
			text.WriteString([2]string{", ", "("}[boolInt(j == 0)])
			text.WriteString(w.Arg(value))
		}
		text.WriteString(")")
	}
	b.rows, b.keys = b.rows[:0], b.keys[:0]
	if _, err := b.tx.Exec(ctx, text.String(), w.Args()...); err != nil {
		return fmt.Errorf("add structures: %w", err)
	}
	return nil
}
