package funding

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Field is the value of one field of a dossier.
type Field struct {
	Member   string // of a group; empty: the whole
	Name     string
	Position int64 // of the value among those of its field, from 1; 0: never written
	Value    string
	At       time.Time
	By       string
}

// Sizes of what is written, in characters.
const (
	maxName  = 120
	maxValue = 10_000
)

// mostValues bounds how often one field is written.
const mostValues = 10_000

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_./-]{0,119}$`)

// Saved is what became of a value that was written.
type Saved struct {
	Field
	Overtaken *Field // what somebody else wrote after the value that the writer had seen, when it says something else; it is kept in the history
	Unchanged bool   // the field says this already
}

// Save writes a value in a field. seen is the position of the value that the writer saw. Two people who write at once lose nothing: both values are kept, the
// later counts, and its writer is told of the other. While corrections are awaited only fields that were asked for can be written.
func (s *Service) Save(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string, f Field, seen int64) (Saved, error) {
	d, err := ByID(ctx, tx, scope, dossier)
	if err != nil {
		return Saved{}, err
	}
	if err := s.editable(ctx, tx, d, f.Name, f.Member); err != nil {
		return Saved{}, err
	}
	if !fieldName.MatchString(f.Name) {
		return Saved{}, fault.NotFound("funding.no_field")
	}
	if utf8.RuneCountInString(f.Value) > maxValue {
		return Saved{}, fault.Invalid(fault.Field{Name: f.Name, Key: "web.too_long", Args: []any{"limit", maxValue}})
	}
	last, err := latest(ctx, tx, d.ID, f.Member, f.Name)
	if err != nil {
		return Saved{}, err
	}
	if last.Value == f.Value {
		return Saved{Field: last, Unchanged: true}, nil
	}
	if last.Position >= mostValues {
		return Saved{}, fault.Conflict("funding.field_full")
	}
	saved := Saved{Field: f}
	saved.Position, saved.At = last.Position+1, s.now()
	if last.Position > seen && last.By != f.By {
		saved.Overtaken = &last
	}
	_, err = tx.Exec(ctx, `insert into dossier_field (dossier_id, member_id, name, position, value, at, by_whom) values ($1, $2, $3, $4, $5, $6, $7)`,
		d.ID, f.Member, f.Name, saved.Position, f.Value, store.Millis(saved.At), f.By)
	if err != nil {
		return Saved{}, fmt.Errorf("save field %s of dossier %s: %w", f.Name, d.Number, err)
	}
	return saved, nil
}

// editable says why something in a dossier cannot be written now; target is the name of a field, "requirement/…" or "expense/…".
// Writable tells why something of a dossier cannot be written now, nil when it can: a field, "requirement/ID" or "expenses". It is asked before long work, such as
// taking in a file; whatever writes asks again.
func (s *Service) Writable(ctx context.Context, tx *store.Tx, d Dossier, target string) error {
	return s.editable(ctx, tx, d, target, "")
}

func (s *Service) editable(ctx context.Context, tx *store.Tx, d Dossier, target, member string) error {
	if !d.State.Editable() {
		return fault.Conflict("funding.not_editable", "state", d.State)
	}
	if !d.State.Correcting() {
		return nil
	}
	asked, err := store.One(ctx, tx, store.Column[bool], `select exists (select 1 from dossier_correction where dossier_id = $1 and target = $2 and (member_id = '' or member_id = $3)
		and round = (select max(round) from dossier_correction where dossier_id = $4))`, d.ID, target, member, d.ID)
	if err != nil {
		return err
	}
	if !asked {
		return fault.Conflict("funding.not_asked")
	}
	return nil
}

func scanField(row store.Row) (f Field, err error) {
	var at int64
	err = row.Scan(&f.Member, &f.Name, &f.Position, &f.Value, &at, &f.By)
	f.At = store.Time(at)
	return f, err
}

// latest is the value of a field that counts; one at position 0 when nobody wrote it.
func latest(ctx context.Context, tx *store.Tx, dossier, member, name string) (Field, error) {
	f, err := store.One(ctx, tx, scanField, `select member_id, name, position, value, at, by_whom from dossier_field where dossier_id = $1 and member_id = $2 and name = $3
		order by position desc limit 1`, dossier, member, name)
	if errors.Is(err, store.ErrNotFound) {
		return Field{Member: member, Name: name}, nil
	}
	return f, err
}

// Fields gives the values that count in a dossier in scope, by member and name.
func Fields(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Field, error) {
	var w store.Where
	w.And("f.dossier_id = ?", dossier)
	w.And("f.position = (select max(g.position) from dossier_field g where g.dossier_id = f.dossier_id and g.member_id = f.member_id and g.name = f.name)")
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, scanField, `select f.member_id, f.name, f.position, f.value, f.at, f.by_whom from dossier_field f join dossier d on d.id = f.dossier_id`+w.SQL()+
		` order by f.member_id, f.name`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the fields of a dossier: %w", err)
	}
	return list, nil
}

// FieldHistory gives every value that was written in a field of a dossier in scope, the latest first; at most 200.
func FieldHistory(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier, member, name string) ([]Field, error) {
	var w store.Where
	w.And("f.dossier_id = ?", dossier)
	w.And("f.member_id = ?", member)
	w.And("f.name = ?", name)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, scanField, `select f.member_id, f.name, f.position, f.value, f.at, f.by_whom from dossier_field f join dossier d on d.id = f.dossier_id`+w.SQL()+
		` order by f.position desc limit 200`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the history of a field: %w", err)
	}
	return list, nil
}

// SeeClosing notes that those who draft have seen when the window closes now. The caller has authorised right.EditDossier.
func SeeClosing(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string, closes time.Time) error {
	var w store.Where
	set := w.Arg(store.Millis(closes))
	w.And("id = ?", dossier)
	scope.Within(&w, "structure_id")
	if _, err := tx.Exec(ctx, `update dossier set closes_at = `+set+w.SQL(), w.Args()...); err != nil {
		return fmt.Errorf("note the end of the window: %w", err)
	}
	return nil
}
