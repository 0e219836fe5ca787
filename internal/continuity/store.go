package continuity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/sheet"
)

func within(scope territory.Scope, structure string) *store.Where {
	w := &store.Where{}
	w.And("c.structure_id = ?", structure)
	scope.Within(w, "c.structure_id")
	return w
}

const contactColumns = `c.id, c.structure_id, c.place, c.name, c.role, c.phones, c.mail, c.hours, c.note, c.version`

func scanContact(row store.Row) (c Contact, err error) {
	return c, row.Scan(&c.ID, &c.Structure, &c.Place, &c.Name, &c.Role, &c.Phones, &c.Mail, &c.Hours, &c.Note, &c.Version)
}

// Contacts lists the own contacts of a structure in scope, who is called first first.
func Contacts(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Contact, error) {
	w := within(scope, structure)
	all, err := store.All(ctx, tx, scanContact, `select `+contactColumns+` from continuity_contact c`+w.SQL()+` order by c.place, c.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the contacts of %s: %w", structure, err)
	}
	return all, nil
}

func contactByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Contact, error) {
	w := within(scope, structure)
	w.And("c.id = ?", id)
	c, err := store.One(ctx, tx, scanContact, `select `+contactColumns+` from continuity_contact c`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return c, fault.NotFound("continuity.no_contact")
	}
	return c, err
}

// put writes a contact of a structure that was found in scope; a version of 0 adds it. One whose place is not 1 or more goes to the end.
func (c Contact) put(ctx context.Context, tx *store.Tx, now time.Time) error {
	if c.Place < 1 {
		last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(place), 0) from continuity_contact where structure_id = $1`, c.Structure)
		if err != nil {
			return err
		}
		c.Place = last + 1
	}
	if c.Version == 0 {
		_, err := tx.Exec(ctx, `insert into continuity_contact (id, structure_id, place, name, role, phones, mail, hours, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.NewID(now), c.Structure, c.Place, c.Name, c.Role, c.Phones, c.Mail, c.Hours, c.Note)
		return err
	}
	n, err := tx.Exec(ctx, `update continuity_contact set place = $1, name = $2, role = $3, phones = $4, mail = $5, hours = $6, note = $7, version = version + 1 where id = $8 and version = $9`,
		c.Place, c.Name, c.Role, c.Phones, c.Mail, c.Hours, c.Note, c.ID, c.Version)
	return meanwhile(n, err)
}

func remove(ctx context.Context, tx *store.Tx, c Contact) error {
	_, err := tx.Exec(ctx, `delete from continuity_contact where id = $1`, c.ID)
	return err
}

// meanwhile is the conflict of a row that somebody else changed first.
func meanwhile(n int64, err error) error {
	if err == nil && n != 1 {
		return fault.Invalid(fault.Field{Key: "continuity.changed_meanwhile"})
	}
	return err
}

const serviceColumns = `c.id, c.structure_id, c.name, c.tolerance, c.manager, c.phone, c.box, c.procedure, c.version`

func scanService(row store.Row) (s Service, err error) {
	return s, row.Scan(&s.ID, &s.Structure, &s.Name, &s.Tolerance, &s.Manager, &s.Phone, &s.Box, &s.Procedure, &s.Version)
}

// Services lists the services of a structure in scope, the most urgent first; those of which nobody said come last.
func Services(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Service, error) {
	w := within(scope, structure)
	all, err := store.All(ctx, tx, scanService, `select `+serviceColumns+` from continuity_service c`+w.SQL()+` order by case when c.tolerance = 0 then 1 else 0 end, c.tolerance, c.name_key, c.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the services of %s: %w", structure, err)
	}
	return all, nil
}

func serviceByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Service, error) {
	w := within(scope, structure)
	w.And("c.id = ?", id)
	s, err := store.One(ctx, tx, scanService, `select `+serviceColumns+` from continuity_service c`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return s, fault.NotFound("continuity.no_service")
	}
	return s, err
}

// put writes a service of a structure that was found in scope; a version of 0 adds it.
func (s Service) put(ctx context.Context, tx *store.Tx, now time.Time) error {
	var n int64 = 1
	var err error
	if s.Version == 0 {
		_, err = tx.Exec(ctx, `insert into continuity_service (id, structure_id, name, name_key, tolerance, manager, phone, box, procedure) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.NewID(now), s.Structure, s.Name, sheet.Fold(s.Name), s.Tolerance, s.Manager, s.Phone, s.Box, s.Procedure)
	} else {
		n, err = tx.Exec(ctx, `update continuity_service set name = $1, name_key = $2, tolerance = $3, manager = $4, phone = $5, box = $6, procedure = $7, version = version + 1 where id = $8 and version = $9`,
			s.Name, sheet.Fold(s.Name), s.Tolerance, s.Manager, s.Phone, s.Box, s.Procedure, s.ID, s.Version)
	}
	if store.IsUnique(err) {
		return fault.Invalid(fault.Field{Name: "name", Key: "continuity.twice"}).Because(err)
	}
	return meanwhile(n, err)
}

// count is how many rows a table of the module has for a structure.
func count(ctx context.Context, tx *store.Tx, table, structure string) (int, error) {
	return store.One(ctx, tx, store.Column[int], `select count(*) from `+table+` where structure_id = $1`, structure)
}

// Standing tells how the folder of a structure in scope stands; an empty one when nothing was ever written.
func Standing(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (Folder, error) {
	w := within(scope, structure)
	f, err := store.One(ctx, tx, func(row store.Row) (f Folder, err error) {
		var built, printed int64
		err = row.Scan(&f.Changes, &f.Built, &f.Number, &built, &f.PDF, &f.PDFSize, &f.HTML, &f.HTMLSize, &f.Services, &f.Printed, &f.PrintedChanges, &printed, &f.Language)
		f.At, f.PrintedAt = store.Time(built), store.Time(printed)
		return f, err
	}, `select c.changes, c.built_changes, c.number, c.built_at, c.pdf, c.pdf_size, c.html, c.html_size, c.services, c.printed_number, c.printed_changes, c.printed_at, c.language from continuity_folder c`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return Folder{Language: locale.French}, nil
	}
	if err != nil {
		return f, fmt.Errorf("read the crisis folder of %s: %w", structure, err)
	}
	return f, nil
}

// shownChanges is how many changes a page tells.
const shownChanges = 40

// Since lists the changes that followed one, by its number, for a structure in scope, the latest first.
func Since(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, after int64) ([]Change, error) {
	w := within(scope, structure)
	w.And("c.n > ?", after)
	all, err := store.All(ctx, tx, func(row store.Row) (c Change, err error) {
		var at int64
		err = row.Scan(&c.N, &c.What, &c.Subject, &at)
		c.At = store.Time(at)
		return c, err
	}, `select c.n, c.what, c.subject, c.at from continuity_change c`+w.SQL()+` order by c.n desc limit `+w.Arg(shownChanges), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list what changed in the crisis folder of %s: %w", structure, err)
	}
	return all, nil
}

// Enter adds contacts and services to a structure in scope, in the order given, and asks for its folder.
func (m *Module) Enter(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, contacts []Contact, services []Service, by string) error {
	now := m.o.Now()
	for _, c := range contacts {
		c.Structure, c.Version = structure, 0
		if err := c.check(); err != nil {
			return err
		}
		if err := c.put(ctx, tx, now); err != nil {
			return err
		}
	}
	for _, s := range services {
		s.Structure, s.Version = structure, 0
		if err := s.check(); err != nil {
			return err
		}
		if err := s.put(ctx, tx, now); err != nil {
			return err
		}
	}
	return m.Changed(ctx, tx, scope, structure, "asked", "", by)
}
