package bring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// maxFile is the largest file that is taken, in bytes.
const maxFile = 32 << 20

// Targeting makes the target of a request; its structure must be in the scope of the request.
type Targeting func(c *web.Context) (Target, error)

// Routes adds the pages of an import below a path: the file, then what it would change.
func (w *Wizard) Routes(rt *web.Router, path string, rule web.Rule, of Targeting) {
	with := func(page func(*web.Context, Target) error) func(*web.Context) error {
		return func(c *web.Context) error {
			t, err := of(c)
			if err != nil {
				return err
			}
			return page(c, t)
		}
	}
	rt.Page("GET "+path, rule, with(w.blank))
	rt.Page("POST "+path, rule, with(w.upload), web.MaxBody(maxFile+1<<20))
	rt.Page("GET "+path+"/{draft}", rule, with(w.preview))
	rt.Page("POST "+path+"/{draft}/columns", rule, with(w.tell))
	rt.Page("POST "+path+"/{draft}/accept", rule, with(w.accept))
	rt.Page("POST "+path+"/{draft}/drop", rule, with(w.drop))
}

// blank asks for the file.
func (w *Wizard) blank(c *web.Context, t Target) error { return w.ask(c, t, nil) }

func (w *Wizard) ask(c *web.Context, t Target, wrong ui.Errors) error {
	return c.Page(web.Page{Title: t.Title, Lead: t.Lead, Place: t.Place, Crumbs: t.Crumbs, Errors: wrong}, fileBody(t, wrong))
}

// upload takes the file in and shows what it would change.
func (w *Wizard) upload(c *web.Context, t Target) error {
	var none struct{}
	var id string
	err := c.Upload(&none, "file", maxFile, func(name string, content io.Reader) (err error) {
		id, err = w.keep(c, t, name, content)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return w.ask(c, t, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(t.Address + "/" + id)
}

// keep keeps an uploaded file that can be read, and gives its id.
func (w *Wizard) keep(c *web.Context, t Target, name string, content io.Reader) (string, error) {
	if err := w.Tidy(c.Ctx); err != nil {
		return "", err
	}
	digest, size, err := w.files.Put(c.Ctx, content)
	switch {
	case errors.Is(err, blob.ErrFull):
		return "", fault.Conflict("bring.disk_full").Because(err)
	case err != nil:
		return "", fmt.Errorf("store the uploaded file: %w", err)
	}
	now := w.now()
	d := draft{ID: store.NewID(now), Structure: t.Structure, Kind: t.Kind, Address: t.Address, Name: proof.SafeName(name), SHA256: hex.EncodeToString(digest[:]), Size: size, At: now, By: c.Actor.Person}
	err = w.db.Update(c.Ctx, func(tx *store.Tx) error { return putDraft(c.Ctx, tx, c.Scope, d) })
	if err != nil {
		return "", err
	}
	file, err := w.bytes(c.Ctx, d)
	if err == nil {
		err = w.db.View(c.Ctx, func(tx *store.Tx) error {
			_, err := t.read(c.Ctx, tx, c.Scope, file, reading{})
			return err
		})
	}
	if err != nil { // nothing can be made of it
		return "", errors.Join(err, w.forget(c.Ctx, c.Scope, d))
	}
	return d.ID, nil
}

// looked is a draft as its page shows it.
type looked struct {
	Target
	Draft draft
	Table table
	Diff  Difference
	Seen  string // digest of the difference, so that what is accepted is what was shown
}

// look reads a draft and compares it with what is there.
func (w *Wizard) look(c *web.Context, tx *store.Tx, t Target, d draft, file []byte) (l looked, err error) {
	l.Target, l.Draft = t, d
	var told reading
	if d.Reading != "" {
		if err := json.Unmarshal([]byte(d.Reading), &told); err != nil {
			return l, fmt.Errorf("read how the draft %s is read: %w", d.ID, err)
		}
	}
	if l.Table, err = t.read(c.Ctx, tx, c.Scope, file, told); err != nil || len(l.Table.Missing) > 0 {
		return l, err
	}
	l.Diff, err = t.difference(c.Ctx, tx, &l.Table)
	l.Seen = l.Diff.digest()
	return l, err
}

// digest of what would be written.
func (d Difference) digest() string {
	h := sha256.New()
	put := func(text string) { fmt.Fprintf(h, "%d:%s", len(text), text) } //nolint:errcheck // a hash never fails
	for _, c := range d.Changes() {
		put(c.Key)
		put(c.Before.Key)
		for _, values := range []map[string]string{c.Before.Values, c.Values} {
			for _, key := range slices.Sorted(maps.Keys(values)) {
				put(key)
				put(values[key])
			}
			put("")
		}
	}
	for _, a := range d.Absent {
		put(a.Key)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// preview shows what a file would change; nothing is written.
func (w *Wizard) preview(c *web.Context, t Target) error {
	l, err := w.draft(c, t)
	if err != nil {
		return err
	}
	return w.show(c, l, nil)
}

// draft reads the draft in the path.
func (w *Wizard) draft(c *web.Context, t Target) (l looked, err error) {
	var d draft
	err = w.db.View(c.Ctx, func(tx *store.Tx) error {
		d, err = draftOf(c.Ctx, tx, c.Scope, t, c.Path("draft"))
		return err
	})
	if err != nil {
		return l, err
	}
	file, err := w.bytes(c.Ctx, d)
	if err != nil {
		return l, err
	}
	err = w.db.View(c.Ctx, func(tx *store.Tx) error {
		l, err = w.look(c, tx, t, d, file)
		return err
	})
	return l, err
}

func (w *Wizard) show(c *web.Context, l looked, wrong ui.Errors) error {
	crumbs := append(slices.Clone(l.Crumbs), ui.Link{Href: l.Address, Text: l.Title})
	page := web.Page{Title: c.T("bring.preview"), Lead: c.T("bring.preview_lead"), Place: l.Place, Crumbs: crumbs, Errors: wrong}
	if len(l.Table.Missing) > 0 {
		page.Title, page.Lead = c.T("bring.columns_title"), c.T("bring.columns_lead")
	}
	return c.Page(page, previewBody(l))
}

// tell keeps what a person said of the columns.
func (w *Wizard) tell(c *web.Context, t Target) error {
	var form struct {
		Sheet  int `form:"sheet"`
		Header int `form:"header"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	l, err := w.draft(c, t)
	if err != nil {
		return err
	}
	r := reading{Sheet: min(max(form.Sheet, 0), len(l.Table.Book.Sheets)-1), Header: max(form.Header, 0), Columns: map[string]int{}, Told: true}
	if l.Table.TwoRows && r.Header == l.Table.Reading.Header {
		r.Header = 0 // both rows go on naming the columns
	}
	if r.Sheet != l.Table.Reading.Sheet || r.Header != 0 && r.Header != l.Table.Reading.Header {
		// Another table: its columns are looked for anew.
		header, _, ok := headerOf(l.Table.Book.Sheets[r.Sheet], t.fields(), r.Header)
		if !ok {
			return w.show(c, l, ui.Errors{{Name: "header", Key: "bring.header_none"}})
		}
		r.Columns = header.Columns
	} else {
		for _, column := range t.Columns {
			if n, err := strconv.Atoi(c.R.Form.Get("column-" + column.Key)); err == nil && n > 0 {
				r.Columns[column.Key] = n - 1
			}
		}
	}
	if err := w.db.Update(c.Ctx, func(tx *store.Tx) error { return setReading(c.Ctx, tx, c.Scope, l.Draft.ID, r) }); err != nil {
		return err
	}
	return c.Redirect(t.Address + "/" + l.Draft.ID)
}

// accept writes what was shown and ticked. When what is there changed since, nothing is written and the difference is shown again.
func (w *Wizard) accept(c *web.Context, t Target) error {
	var form struct {
		Seen    string   `form:"seen,max=64"`
		Shown   []string `form:"shown,max=20"` // rows that had a box
		Take    []string `form:"take,max=20"`  // those whose box was ticked
		New     bool     `form:"rest-new"`     // those without a box
		Changed bool     `form:"rest-changed"`
		Retire  bool     `form:"retire"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	before, err := w.draft(c, t)
	if err != nil {
		return err
	}
	file, err := w.bytes(c.Ctx, before.Draft)
	if err != nil {
		return err
	}
	left := map[string]bool{}
	for _, row := range form.Shown {
		left[row] = !slices.Contains(form.Take, row)
	}
	shown := func(row int) (here, taken bool) {
		isLeft, here := left[strconv.Itoa(row)]
		return here, here && !isLeft
	}
	stale, last, written := false, false, Difference{}
	err = w.db.Update(c.Ctx, func(tx *store.Tx) error {
		l, err := w.look(c, tx, t, before.Draft, file)
		if err != nil {
			return err
		}
		if stale = l.Seen != form.Seen || len(l.Table.Missing) > 0; stale {
			return nil
		}
		written = l.Diff.taken(shown, form.New, form.Changed, form.Retire && t.Retire != "")
		if last, err = w.write(c, tx, l, written); err != nil {
			return err
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case stale:
		c.Flash(ui.Warn, "bring.stale")
		return c.Redirect(t.Address + "/" + before.Draft.ID)
	}
	if last {
		if err := w.files.Delete(c.Ctx, before.Draft.digest()); err != nil {
			return fmt.Errorf("forget the file that was brought: %w", err)
		}
	}
	if n := len(written.New) + len(written.Changed) + len(written.Absent); n == 0 {
		c.Flash(ui.Info, "bring.nothing_taken")
	} else {
		c.Flash(ui.Good, "bring.written", "new", len(written.New), "changed", len(written.Changed), "absent", len(written.Absent))
	}
	return c.Redirect(t.Back)
}

// taken keeps what a person ticked; rows without a box go with the others of their kind.
func (d Difference) taken(shown func(row int) (here, taken bool), restNew, restChanged, retire bool) Difference {
	keep := func(all []Change, rest bool) (kept []Change) {
		for _, c := range all {
			here, ticked := shown(c.Row)
			if here && ticked || !here && rest {
				kept = append(kept, c)
			}
		}
		return kept
	}
	out := Difference{New: keep(d.New, restNew), Changed: keep(d.Changed, restChanged), Same: d.Same, Refused: d.Refused}
	if retire {
		out.Absent = d.Absent
	}
	return out
}

// write writes what was accepted, remembers how the table was read, and ends the draft.
func (w *Wizard) write(c *web.Context, tx *store.Tx, l looked, accepted Difference) (last bool, err error) {
	if !accepted.Empty() || len(accepted.Absent) > 0 {
		if err := l.Write(c.Ctx, tx, accepted); err != nil {
			return false, err
		}
		data := map[string]any{"kind": l.Kind, "file": l.Draft.Name, "sha256": l.Draft.SHA256, "new": len(accepted.New), "changed": len(accepted.Changed), "retired": len(accepted.Absent), "refused": accepted.Refused}
		err := w.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "bring.accept", Structure: l.Structure, Subject: "bring/" + l.Draft.ID, Data: trail.Data(data)})
		if err != nil {
			return false, err
		}
	}
	if err := remember(c.Ctx, tx, l.Target, l.Table.Header.Names, l.Table.Header.Columns, w.now()); err != nil {
		return false, err
	}
	return endDraft(c.Ctx, tx, c.Scope, l.Draft)
}

// drop forgets the file; nothing was written.
func (w *Wizard) drop(c *web.Context, t Target) error {
	var d draft
	err := w.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		d, err = draftOf(c.Ctx, tx, c.Scope, t, c.Path("draft"))
		return err
	})
	if err != nil {
		return err
	}
	if err := w.forget(context.WithoutCancel(c.Ctx), c.Scope, d); err != nil {
		return err
	}
	c.Flash(ui.Info, "bring.dropped")
	return c.Redirect(t.Back)
}
