package bring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/sheet"
)

// draft is an uploaded file that nobody decided on yet.
type draft struct {
	ID        string
	Structure string
	Kind      string
	Address   string
	Name      string
	SHA256    string
	Size      int64
	Reading   string
	At        time.Time
	By        string
}

const draftColumns = `d.id, d.structure_id, d.kind, d.address, d.name, d.sha256, d.size, d.reading, d.created_at, d.created_by`

func scanDraft(row store.Row) (d draft, err error) {
	var at int64
	err = row.Scan(&d.ID, &d.Structure, &d.Kind, &d.Address, &d.Name, &d.SHA256, &d.Size, &d.Reading, &at, &d.By)
	d.At = store.Time(at)
	return d, err
}

// put keeps a draft of a structure in scope.
func putDraft(ctx context.Context, tx *store.Tx, scope territory.Scope, d draft) error {
	var w store.Where
	marks := ""
	for _, v := range []any{d.ID, d.Kind, d.Address, d.Name, d.SHA256, d.Size, store.Millis(d.At), d.By} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", d.Structure)
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into bring_draft (structure_id, id, kind, address, name, sha256, size, created_at, created_by) select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err == nil && n != 1 {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("keep an uploaded file of %s: %w", d.Structure, err)
	}
	return nil
}

// draftOf finds a draft of a page of import in scope.
func draftOf(ctx context.Context, tx *store.Tx, scope territory.Scope, t Target, id string) (draft, error) {
	var w store.Where
	w.And("d.id = ?", id)
	w.And("d.structure_id = ?", t.Structure)
	w.And("d.address = ?", t.Address)
	scope.Within(&w, "d.structure_id")
	d, err := store.One(ctx, tx, scanDraft, `select `+draftColumns+` from bring_draft d`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return d, fault.NotFound("bring.gone")
	}
	return d, err
}

// draftsBefore lists the drafts in scope that are older than a moment.
func draftsBefore(ctx context.Context, tx *store.Tx, scope territory.Scope, before time.Time) ([]draft, error) {
	var w store.Where
	w.And("d.created_at < ?", store.Millis(before))
	scope.Within(&w, "d.structure_id")
	return store.All(ctx, tx, scanDraft, `select `+draftColumns+` from bring_draft d`+w.SQL()+` order by d.created_at limit 1000`, w.Args()...)
}

// setReading keeps how a draft in scope is read.
func setReading(ctx context.Context, tx *store.Tx, scope territory.Scope, id string, r reading) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var w store.Where
	set := `reading = ` + w.Arg(string(text))
	w.And("id = ?", id)
	scope.Within(&w, "structure_id")
	_, err = tx.Exec(ctx, `update bring_draft set `+set+w.SQL(), w.Args()...)
	return err
}

// endDraft removes a draft in scope and tells whether no other has the same bytes.
func endDraft(ctx context.Context, tx *store.Tx, scope territory.Scope, d draft) (last bool, err error) {
	var w store.Where
	w.And("id = ?", d.ID)
	scope.Within(&w, "structure_id")
	if _, err := tx.Exec(ctx, `delete from bring_draft`+w.SQL(), w.Args()...); err != nil {
		return false, fmt.Errorf("end the import of a file: %w", err)
	}
	n, err := store.One(ctx, tx, store.Column[int], `select count(*) from bring_draft where sha256 = $1`, d.SHA256)
	return n == 0, err
}

// forget removes a draft and its bytes.
func (w *Wizard) forget(ctx context.Context, scope territory.Scope, d draft) error {
	last := false
	err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
		last, err = endDraft(ctx, tx, scope, d)
		return err
	})
	if err != nil || !last {
		return err
	}
	return w.files.Delete(ctx, d.digest())
}

func (d draft) digest() (digest [32]byte) {
	_, _ = hex.Decode(digest[:], []byte(d.SHA256)) // written by ourselves
	return digest
}

// bytes reads the file of a draft.
func (w *Wizard) bytes(ctx context.Context, d draft) ([]byte, error) {
	in, err := w.files.Open(ctx, d.digest())
	if errors.Is(err, blob.ErrNotFound) {
		return nil, fault.NotFound("bring.gone").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the uploaded file %s: %w", d.ID, err)
	}
	defer in.Close()
	file, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read the uploaded file %s: %w", d.ID, err)
	}
	return file, nil
}

// signature tells tables with the same columns from others.
func signature(names []string) string {
	h := sha256.New()
	for _, n := range names {
		_, _ = io.WriteString(h, sheet.Fold(n)+"\n") // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// remembered is how a table with such columns was read the last time in a structure in scope; ok is false when none was.
func remembered(ctx context.Context, tx *store.Tx, scope territory.Scope, t Target, names []string) (columns map[string]int, ok bool, err error) {
	var w store.Where
	w.And("structure_id = ?", t.Structure)
	w.And("kind = ?", t.Kind)
	w.And("signature = ?", signature(names))
	scope.Within(&w, "structure_id")
	text, err := store.One(ctx, tx, store.Column[string], `select reading from bring_reading`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("remember how a table was read: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &columns); err != nil {
		return nil, false, fmt.Errorf("remember how a table was read: %w", err)
	}
	for key, column := range columns {
		if _, known := t.column(key); !known || column < 0 || column >= len(names) {
			delete(columns, key)
		}
	}
	return columns, true, nil
}

// remember keeps how a table was read. The caller authorised the structure.
func remember(ctx context.Context, tx *store.Tx, t Target, names []string, columns map[string]int, now time.Time) error {
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into bring_reading (structure_id, kind, signature, reading, used_at) values ($1, $2, $3, $4, $5)
		on conflict (structure_id, kind, signature) do update set reading = excluded.reading, used_at = excluded.used_at`, t.Structure, t.Kind, signature(names), string(text), store.Millis(now))
	if err != nil {
		return fmt.Errorf("remember how a table is read: %w", err)
	}
	return nil
}
