package incident

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/document/pdf"
	"hygie/internal/fault"
	"hygie/internal/logbook"
	"hygie/internal/store"
	"hygie/internal/web"
)

// Issued is a situation report that was given out: a number, to whom, and the file as it left, which is behind a line of the main courante.
type Issued struct {
	Number         int64
	At             time.Time
	Recipients, By string // By is a name
	SHA256         string
}

// issued lists the situation reports of an incident, the latest first.
func issued(ctx context.Context, tx *store.Tx, incident string) ([]Issued, error) {
	return store.All(ctx, tx, func(row store.Row) (s Issued, err error) {
		var at int64
		err = row.Scan(&s.Number, &at, &s.Recipients, &s.SHA256, &s.By)
		s.At = store.Time(at)
		return s, err
	}, `select s.number, s.at, s.recipients, s.sha256, coalesce(p.name, '') from incident_situation s left join person p on p.id = s.by where s.incident_id = $1 order by s.number desc`, incident)
}

// Issue gives out the situation as it is now, under the next number, and keeps the file with the main courante.
func (m *Module) Issue(ctx context.Context, a Act, structure, id, recipients string) error {
	if err := required("recipients", recipients, maxName); err != nil {
		return err
	}
	recipients = strings.TrimSpace(recipients)
	var k known
	err := m.o.DB.View(ctx, func(tx *store.Tx) error {
		i, err := byID(ctx, tx, a.Scope, structure, id)
		if err != nil {
			return err
		}
		k, err = m.knownOf(ctx, tx, a.Scope, i)
		return err
	})
	if err != nil {
		return err
	}
	if !k.Closed.IsZero() {
		return fault.Conflict("incident.is_closed")
	}
	number := k.next()
	var paper bytes.Buffer
	if err := pdf.Write(&paper, Situation(a.Printer, k, m.clocks(k.record, k.Now, a.Printer.Zone()), number, recipients)); err != nil {
		return fmt.Errorf("write situation report %d: %w", number, err)
	}
	file, err := m.o.Books.Keep(ctx, a.Scope, k.Book, a.Actor.Person, a.Printer.T("incident.situation_file", "number", number)+".pdf", &paper)
	if err != nil {
		return err
	}
	return m.change(ctx, a, structure, id, func(tx *store.Tx, i Incident) ([]logbook.Draft, error) {
		n, err := tx.Exec(ctx, `insert into incident_situation (incident_id, number, at, by, recipients, sha256) values ($1, $2, $3, $4, $5, $6) on conflict (incident_id, number) do nothing`,
			i.ID, number, store.Millis(m.o.Now()), a.Actor.Person, recipients, file.SHA256)
		if err == nil && n != 1 {
			err = fault.Conflict("incident.changed_meanwhile") // somebody else gave out this number
		}
		return []logbook.Draft{{Kind: logbook.Act, Text: a.Printer.T("incident.issued_line", "number", number, "recipients", recipients), Files: []logbook.File{file}}}, err
	})
}

// next is the number of the situation report that would be given out now.
func (k known) next() int64 {
	if len(k.Issued) == 0 {
		return 1
	}
	return k.Issued[0].Number + 1
}

func (m *Module) issue(c *web.Context) error {
	var f struct {
		Recipients string `form:"recipients,max=200"`
	}
	err := c.Decode(&f)
	if err == nil {
		err = m.Issue(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), f.Recipients)
	}
	return m.then(c, err)
}

// presence is how long each person was there, in the order in which they first came.
type presence struct {
	Name string
	Long time.Duration
	Here bool // now
}

func (r record) presences(now time.Time) (all []presence) {
	place := map[string]int{}
	for _, s := range r.Shifts {
		end := s.Until
		if end.IsZero() {
			end = now
		}
		if end.Before(s.From) {
			continue // planned, or taken back before it began
		}
		i, ok := place[s.Name]
		if !ok {
			i = len(all)
			place[s.Name], all = i, append(all, presence{Name: s.Name})
		}
		all[i].Long += end.Sub(s.From)
		all[i].Here = all[i].Here || s.here(now)
	}
	return all
}

// here tells whether somebody is there at a moment; coming whether they are planned for later.
func (s Shift) here(now time.Time) bool   { return s.Until.IsZero() && !s.From.After(now) }
func (s Shift) coming(now time.Time) bool { return s.Until.IsZero() && s.From.After(now) }
