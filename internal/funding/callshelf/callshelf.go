// Package callshelf holds the calls as they stand on this installation: those that come with the program, or a file of its own in their place, with the fields that the
// authority filled because nobody published them, and each year's edition of a call that comes back.
//
// A call is data. What is missing in it is typed by who manages the money ([Shelf.Fill]) and checked as if it stood in the file; from then on pages, windows,
// ceilings and simulations count with it. A yearly call has an edition of its own each year, with its own dossiers and its own envelope.
package callshelf

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential/call"
)

// Shelf is the calls. It is safe for concurrent use; what [Shelf.All] gave does not change.
type Shelf struct {
	files []*call.Call // as their files say
	held  atomic.Pointer[held]
}

type held struct {
	filled int64  // when a field was filled last, milliseconds
	day    string // editions follow the days
	calls  []*call.Call
}

// New makes a shelf of calls as their files say, in the order in which they are listed.
func New(files ...*call.Call) *Shelf {
	s := &Shelf{files: files}
	s.held.Store(&held{calls: files})
	return s
}

// All lists the calls.
func (s *Shelf) All() []*call.Call { return s.held.Load().calls }

// Find gives a call by its id.
func (s *Shelf) Find(id string) (*call.Call, bool) {
	all := s.All()
	i := slices.IndexFunc(all, func(c *call.Call) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// Settle brings the shelf up to date with what was filled and with the day, and puts the envelopes of calls in place whose amount is known. It tells whether
// anything changed, and is cheap when nothing did.
func (s *Shelf) Settle(ctx context.Context, tx *store.Tx, now time.Time) (changed bool, err error) {
	latest, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(set_at), 0) from call_field`)
	if err != nil {
		return false, fmt.Errorf("read which fields of calls are filled: %w", err)
	}
	day := now.Format(time.DateOnly)
	if before := s.held.Load(); before.filled == latest && before.day == day {
		return false, nil
	}
	next := &held{filled: latest, day: day}
	for _, file := range s.files {
		values, err := Values(ctx, tx, file.ID)
		if err != nil {
			return false, err
		}
		c := file
		if len(values) > 0 {
			if c, err = file.Fill(fitting(file, values)); err != nil {
				return false, fmt.Errorf("fill call %s: %w", file.ID, err)
			}
		}
		again, err := editions(c, now)
		if err != nil {
			return false, err
		}
		next.calls = append(next.calls, again...)
	}
	for _, c := range next.calls {
		if total, known := c.Envelope.National.Get(); known {
			if err := funding.Stock(ctx, tx, funding.Envelope{Call: c.ID, Total: total, Note: c.Envelope.Source.Text.FR}, now); err != nil {
				return false, err
			}
		}
	}
	s.held.Store(next)
	return true, nil
}

// fitting leaves out what was filled for a field that the call does not have any more: a newer file knows the value itself.
func fitting(c *call.Call, values map[string]string) map[string]string {
	fits := maps.Clone(values)
	maps.DeleteFunc(fits, func(code, _ string) bool { f, ok := c.Field(code); return !ok || f.Per != call.PerCall })
	return fits
}

// ahead is how long before it opens the next edition of a call is shown.
const ahead = 3 // months

// editions gives a call, followed by each time that it comes back until soon. An edition is a call of its own: "socle", "socle-2028".
func editions(c *call.Call, now time.Time) ([]*call.Call, error) {
	list := []*call.Call{c}
	if c.Renewal == nil || len(c.Windows) == 0 {
		return list, nil
	}
	if _, known := c.Windows[0].Opens.Get(); !known {
		return list, nil
	}
	for n := 1; n <= 100; n++ {
		again, err := c.Renew(n)
		if err != nil {
			return nil, err
		}
		opens, _ := again.Windows[0].Opens.Get()
		if opens.After(now.AddDate(0, ahead, 0)) {
			break
		}
		when := "2006"
		if c.Renewal.Months%12 != 0 {
			when = "2006-01"
		}
		edition := opens.In(c.Zone).Format(when)
		again.ID = c.ID + "-" + edition
		again.Title = call.Text{FR: c.Title.FR + " – " + edition, EN: c.Title.EN + " – " + edition}
		list = append(list, again)
	}
	return list, nil
}

// Values gives what was filled of a call, by the codes of its fields.
func Values(ctx context.Context, tx *store.Tx, id string) (map[string]string, error) {
	values := map[string]string{}
	_, err := store.All(ctx, tx, func(row store.Row) (code string, err error) {
		var value string
		err = row.Scan(&code, &value)
		values[code] = value
		return code, err
	}, `select code, value from call_field where call_id = $1 and value <> ''`, id)
	if err != nil {
		return nil, fmt.Errorf("read what is filled of call %s: %w", id, err)
	}
	return values, nil
}

// Fields gives the fields of a call that are filled once for everybody, and the file to which they belong; nothing for an edition, which follows its first.
func (s *Shelf) Fields(id string) (fields []call.Field) {
	i := slices.IndexFunc(s.files, func(c *call.Call) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return s.files[i].Blank(call.PerCall)
}

// Fill writes the fields of a call, by their codes, as files write them; an empty value takes one back. The actor manages the whole envelope of the call.
// What does not fit is fault.Invalid with the code of the field, or with none when values contradict one another.
func (s *Shelf) Fill(ctx context.Context, tx *store.Tx, log *trail.Trail, actor right.Actor, id string, values map[string]string, now time.Time) error {
	i := slices.IndexFunc(s.files, func(c *call.Call) bool { return c.ID == id })
	if i < 0 {
		return fault.NotFound("envelope.no_call")
	}
	if err := funding.MayManage(ctx, tx, actor, ""); err != nil {
		return err
	}
	before, err := Values(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := check(s.files[i], values, now); err != nil {
		return err
	}
	changes := map[string]any{"call": id}
	for _, code := range slices.Sorted(maps.Keys(values)) {
		if values[code] == before[code] {
			continue
		}
		changes[code] = cmp.Or(values[code], "–")
		_, err := tx.Exec(ctx, `insert into call_field (call_id, code, value, set_at, set_by) values ($1, $2, $3, $4, $5)
			on conflict (call_id, code) do update set value = excluded.value, set_at = excluded.set_at, set_by = excluded.set_by`, id, code, values[code], store.Millis(now), actor.Person)
		if err != nil {
			return fmt.Errorf("fill field %s of call %s: %w", code, id, err)
		}
	}
	if len(changes) == 1 {
		return nil
	}
	s.held.Store(&held{calls: s.All()}) // to be settled again, whatever becomes of this transaction
	if _, err := s.Settle(ctx, tx, now); err != nil {
		return err
	}
	return log.Append(ctx, tx, journal.Entry{At: now, Actor: actor.Person, Action: "envelope.fill", Subject: "call/" + id, Data: trail.Data(changes)})
}

// check says which values do not fit.
func check(c *call.Call, values map[string]string, now time.Time) error {
	given := map[string]string{}
	var wrong []fault.Field
	for _, code := range slices.Sorted(maps.Keys(values)) {
		value := strings.TrimSpace(values[code])
		if value == "" {
			continue
		}
		given[code] = value
		if _, err := c.Fill(map[string]string{code: value}); err != nil && alone(c, code) {
			wrong = append(wrong, fault.Field{Name: code, Key: "envelope.field_wrong"})
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	filled, err := c.Fill(given)
	if err == nil {
		_, err = editions(filled, now)
	}
	if err != nil {
		return fault.Invalid(fault.Field{Key: "envelope.fields_together"}).Because(err)
	}
	return nil
}

// alone tells whether a field can be judged without the others: shares make a whole together.
func alone(c *call.Call, code string) bool {
	f, _ := c.Field(code)
	return f.Kind != call.RatioField
}
