package continuity

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hygie/crisisfolder"
	"hygie/document"
	"hygie/document/html"
	"hygie/document/pdf"
	"hygie/internal/blob"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// JobKind is the kind of the jobs that make folders.
const JobKind = "continuity.folder"

// blankSheets is how many sheets of the main courante a folder holds.
const blankSheets = 10

// args of a job: the folder is made so that it holds the change with this number.
type args struct {
	Structure string `json:"structure"`
	Change    int64  `json:"change"`
}

// Changed marks the folder of a structure in scope and asks for a new one, in the transaction of what changed. what names the kind of change (a message
// "continuity.change.WHAT"), subject what it is about, by who did it, or empty.
func (m *Module) Changed(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, what, subject, by string) error {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(structure)); err != nil {
		return err
	}
	now := m.o.Now()
	n, err := store.One(ctx, tx, store.Column[int64], `insert into continuity_folder (structure_id, changes) values ($1, 1)
		on conflict (structure_id) do update set changes = continuity_folder.changes + 1 returning changes`, structure)
	if err == nil {
		_, err = tx.Exec(ctx, `insert into continuity_change (structure_id, n, what, subject, at, by) values ($1, $2, $3, $4, $5, $6)`, structure, n, what, subject, store.Millis(now), by)
	}
	if err != nil {
		return fmt.Errorf("mark the crisis folder of %s: %w", structure, err)
	}
	_, err = m.o.Queue.Enqueue(ctx, tx, job.New{Kind: JobKind, Structure: structure, CreatedBy: by, Args: args{structure, n}, Unique: fmt.Sprintf("%s/%d", structure, n), MaxAttempts: 3})
	return err
}

// CardChanged marks the folder of a structure in scope that has one, because one of its reflex cards changed. One that never made a folder is left alone.
func (m *Module) CardChanged(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, title, by string) error {
	f, err := Standing(ctx, tx, scope, structure)
	if err != nil || f.Changes == 0 {
		return err
	}
	return m.Changed(ctx, tx, scope, structure, "card", title, by)
}

// Work makes the folder that a job asks for, unless a later making holds the change already.
func (m *Module) Work(ctx context.Context, j job.Job, p *job.Progress) error {
	var a args
	if err := json.Unmarshal(j.Args, &a); err != nil {
		return job.Permanent(fmt.Errorf("make a crisis folder: read the job: %w", err))
	}
	var before Folder
	var made crisisfolder.Folder
	err := m.o.DB.View(ctx, func(tx *store.Tx) (err error) {
		if before, err = Standing(ctx, tx, territory.Everything(), a.Structure); err != nil || before.Built >= a.Change {
			return err
		}
		made, err = m.gather(ctx, tx, a.Structure, before)
		return err
	})
	if err != nil || before.Built >= a.Change {
		return err
	}
	d := made.Document()
	printed, err := m.keep(ctx, d, pdf.Write)
	if err != nil {
		return err
	}
	page, err := m.keep(ctx, d, html.Write)
	if err != nil {
		return err
	}
	p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) {
		n, err := tx.Exec(ctx, `update continuity_folder set built_changes = $1, number = $2, built_at = $3, program = $4, pdf = $5, pdf_size = $6, html = $7, html_size = $8, services = $9
			where structure_id = $10 and built_changes < $11 and number = $12`,
			before.Changes, made.Number, store.Millis(made.Made), m.o.Program, printed.digest, printed.size, page.digest, page.size, len(made.Services), a.Structure, before.Changes, before.Number)
		if err != nil {
			return nil, fmt.Errorf("keep the crisis folder of %s: %w", a.Structure, err)
		}
		if n == 0 {
			return nil, m.again(ctx, tx, a, printed, page)
		}
		tx.AfterCommit(func() { m.forget(before.PDF, before.HTML) })
		return map[string]int64{"number": made.Number}, nil
	})
	return nil
}

// errQuicker makes the queue try again.
var errQuicker = errors.New("another making of the folder was quicker")

// again ends a making that another one overtook: its files go, and it fails when the other lacks the change.
func (m *Module) again(ctx context.Context, tx *store.Tx, a args, made ...file) error {
	f, err := Standing(ctx, tx, territory.Everything(), a.Structure)
	if err != nil {
		return err
	}
	for _, own := range made {
		if own.digest != f.PDF && own.digest != f.HTML {
			tx.AfterCommit(func() { m.forget(own.digest) })
		}
	}
	if f.Built < a.Change {
		return errQuicker
	}
	return nil
}

// gather reads what the folder of a structure is made of, at one moment, after the making before.
func (m *Module) gather(ctx context.Context, tx *store.Tx, structure string, before Folder) (f crisisfolder.Folder, err error) {
	scope, printer := territory.Everything(), m.o.Printer(before.Language)
	ctx = locale.With(ctx, printer)
	s, err := territory.Get(ctx, tx, scope, territory.ID(structure))
	if err != nil {
		return f, err
	}
	f = crisisfolder.Folder{Establishment: s.Name, Language: string(printer.Lang()), Number: before.Number + 1, Made: m.o.Now(), Zone: printer.Zone(), Sheets: blankSheets}
	if f.Calls, err = m.o.Calls(ctx, tx, scope, structure); err != nil {
		return f, err
	}
	if f.Cards, err = m.o.Cards(ctx, tx, scope, structure); err != nil {
		return f, err
	}
	contacts, err := Contacts(ctx, tx, scope, structure)
	if err != nil {
		return f, err
	}
	for _, c := range contacts {
		f.Contacts = append(f.Contacts, crisisfolder.Contact{Name: c.Name, Role: c.Role, Phones: strings.Split(c.Phones, "\n"), Mail: c.Mail, Hours: c.Hours, Note: c.Note})
	}
	services, err := Services(ctx, tx, scope, structure)
	if err != nil {
		return f, err
	}
	for _, s := range services {
		f.Services = append(f.Services, crisisfolder.Service{Name: s.Name, Tolerance: int(s.Tolerance), Manager: s.Manager, Phone: s.Phone, Box: s.Box, Procedure: s.Procedure})
	}
	return f, nil
}

// file is a file of the evidence store.
type file struct {
	digest string
	size   int64
}

func (m *Module) keep(ctx context.Context, d document.Document, write func(io.Writer, document.Document) error) (f file, err error) {
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		return f, fmt.Errorf("write the crisis folder: %w", err)
	}
	digest, size, err := m.o.Vault.Put(ctx, &b)
	if err != nil {
		return f, fmt.Errorf("store the crisis folder: %w", err)
	}
	return file{hex.EncodeToString(digest[:]), size}, nil
}

// forget removes the files of the making before. One that cannot be removed costs room and nothing else.
func (m *Module) forget(digests ...string) {
	for _, text := range digests {
		d, err := digestOf(text)
		if err == nil {
			err = m.o.Vault.Delete(context.Background(), d)
		}
		if err != nil && text != "" {
			m.o.Log.Warn("an old crisis folder stays in the evidence store", "error", err)
		}
	}
}

func digestOf(text string) (d blob.Digest, err error) {
	b, err := hex.DecodeString(text)
	if err == nil && len(b) != len(d) {
		err = fmt.Errorf("%q is no SHA-256", text)
	}
	if err != nil {
		return d, err
	}
	return blob.Digest(b), nil
}

// Watch marks the folders of structures that were renamed or moved since, whose region changed its numbers, and those that another program made, until ctx ends.
func (m *Module) Watch(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := m.Sweep(ctx); err != nil && ctx.Err() == nil {
			m.o.Log.Warn("crisis folders were not looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweptAtOnce is how many folders one look marks, so that a new program does not fill the queue with a whole country.
const sweptAtOnce = 200

// Sweep looks once.
func (m *Module) Sweep(ctx context.Context) error {
	type stale struct {
		structure, name string
		renamed         bool
	}
	var all []stale
	err := m.o.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(row store.Row) (s stale, err error) {
			return s, row.Scan(&s.structure, &s.name, &s.renamed)
		}, `select f.structure_id, s.name, s.updated_at > f.built_at from continuity_folder f join structure s on s.id = f.structure_id
			where f.number > 0 and f.built_changes = f.changes and (s.updated_at > f.built_at or f.program <> $1) order by f.built_at, f.structure_id limit $2`, m.o.Program, sweptAtOnce)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for crisis folders to make again: %w", err)
	}
	for _, s := range all {
		what, subject := "program", m.o.Program
		if s.renamed {
			what, subject = "structure", s.name
		}
		if err := m.mark(ctx, s.structure, what, subject); err != nil {
			return err
		}
	}
	return m.sweepCalls(ctx)
}

func (m *Module) mark(ctx context.Context, structure, what, subject string) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		return m.Changed(ctx, tx, territory.Everything(), structure, what, subject, "")
	})
}

// writing is how long a change of numbers may take from its hour until it is written: a folder made in between lacks it, and is made once more.
const writing = time.Minute

// sweepCalls marks the folders of structures whose outside contacts changed since.
func (m *Module) sweepCalls(ctx context.Context) error {
	if m.o.Outside == nil {
		return nil
	}
	var stale []string
	err := m.o.DB.View(ctx, func(tx *store.Tx) error {
		changed, err := m.o.Outside(ctx, tx)
		for below, at := range changed {
			if err != nil {
				return err
			}
			var ids []string
			ids, err = store.All(ctx, tx, store.Column[string], `select f.structure_id from continuity_folder f join structure s on s.id = f.structure_id
				where f.number > 0 and f.built_changes = f.changes and f.built_at < $1 and s.lft >= $2 and s.rgt <= $3 order by f.built_at, f.structure_id limit $4`,
				store.Millis(at.Add(writing)), below.Left, below.Right, sweptAtOnce)
			stale = append(stale, ids...)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look for crisis folders whose numbers changed: %w", err)
	}
	slices.Sort(stale)
	for _, structure := range slices.Compact(stale) {
		if err := m.mark(ctx, structure, "calls", ""); err != nil {
			return err
		}
	}
	return nil
}
