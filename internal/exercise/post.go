package exercise

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	drill "hygie/exercise"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
)

// Post hands mails to whatever sends them.
type Post interface {
	// Send writes a mail to be sent, in the transaction of the act it belongs to, on behalf of a person, and gives its id.
	Send(ctx context.Context, tx *store.Tx, person, to, subject, body string) (string, error)
	// State tells where a mail is.
	State(ctx context.Context, tx *store.Tx, id string) (PostState, error)
}

// PostState is where a mail is.
type PostState string

// Where mails are.
const (
	PostWaiting PostState = "waiting" // the server was not reached yet
	PostSent    PostState = "sent"    // the server took it
	PostRefused PostState = "refused" // the server will not take it
)

// Posted is a mail of an exercise.
type Posted struct {
	Seat     string
	Stimulus string // empty: the test of contacts
	State    PostState
}

// mostTests is how many times the test of contacts is mailed to one seat: an address is no target.
const mostTests = 3

// mailOf is the address of a contact that is one.
func mailOf(contact string) (string, bool) {
	a, err := mail.ParseAddress(strings.TrimSpace(contact))
	if err != nil || !strings.Contains(a.Address, "@") || len(a.Address) > 254 {
		return "", false
	}
	return a.Address, true
}

// posted reads the mails of an exercise that was read with its scope.
func (m *Module) posted(ctx context.Context, tx *store.Tx, e Exercise) ([]Posted, error) {
	if m.Post == nil {
		return nil, nil
	}
	var mails []string
	all, err := store.All(ctx, tx, func(r store.Row) (o Posted, err error) {
		var id string
		err = r.Scan(&o.Seat, &o.Stimulus, &id)
		mails = append(mails, id)
		return o, err
	}, `select seat_id, stimulus, mail_id from exercise_post where exercise_id = $1 order by at, mail_id`, e.ID)
	if err != nil {
		return nil, fmt.Errorf("list the mails of exercise %s: %w", e.ID, err)
	}
	for i, id := range mails {
		if all[i].State, err = m.Post.State(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// send writes one mail of an exercise. EXERCICE stands in its subject and around its words, whatever they are.
func (m *Module) send(c *web.Context, tx *store.Tx, e Exercise, s Seat, stimulus, subject, body string) error {
	to, ok := mailOf(s.Contact)
	if !ok {
		return nil
	}
	owner, err := territory.Get(c.Ctx, tx, c.Scope, territory.ID(e.Structure))
	if err != nil {
		return err
	}
	band := c.T("exercise.banner_text")
	text := strings.Join([]string{band, body, c.T("exercise.mail_why", "structure", owner.Name), strings.TrimSuffix(m.Address, "/") + s.path(), band}, "\n\n") + "\n"
	id, err := m.Post.Send(c.Ctx, tx, c.Actor.Person, to, c.T("exercise.banner")+" – "+oneLine(subject), text)
	if err != nil {
		return err
	}
	_, err = tx.Exec(c.Ctx, `insert into exercise_post (exercise_id, seat_id, stimulus, mail_id, at) values ($1, $2, $3, $4, $5)`, e.ID, s.ID, stimulus, id, store.Millis(m.Now()))
	if err != nil {
		return fmt.Errorf("note a mail of exercise %s: %w", e.ID, err)
	}
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// invite mails the test of contacts to a seat, or to all that did not answer it yet. The button behind its address confirms; opening the address does not, because
// filters of mail open addresses too.
func (m *Module) invite(c *web.Context, tx *store.Tx, e Exercise, seats []Seat, one string) error {
	if m.Post == nil {
		return fault.Conflict("exercise.no_mail")
	}
	sent, err := m.posted(c.Ctx, tx, e)
	if err != nil {
		return err
	}
	reached := 0
	for _, s := range seats {
		tests := 0
		for _, p := range sent {
			if p.Seat == s.ID && p.Stimulus == "" {
				tests++
			}
		}
		if _, ok := mailOf(s.Contact); !ok || !s.Tested.IsZero() || tests >= mostTests || one != "" && one != s.ID || one == "" && tests > 0 {
			continue
		}
		body := c.T("exercise.mail_test", "name", s.Name, "role", e.roleName(c.Ctx, s.Role), "day", c.Printer.DateTime(e.PlannedAt))
		if err := m.send(c, tx, e, s, "", c.T("exercise.mail_test_subject"), body); err != nil {
			return err
		}
		reached++
	}
	if reached == 0 {
		return fault.Conflict("exercise.nobody_to_mail")
	}
	return nil
}

// deliver mails an event that comes by mail to the seats it is for, those who confirmed their address alone: nobody gets the mails of an exercise unasked.
func (m *Module) deliver(c *web.Context, tx *store.Tx, e Exercise, st *drill.Stimulus) error {
	if m.Post == nil || st.Channel != drill.Mail {
		return nil
	}
	seats, err := Seats(c.Ctx, tx, e)
	if err != nil {
		return err
	}
	for _, s := range seats {
		if !slices.Contains(st.To, s.Role) || s.Tested.IsZero() {
			continue
		}
		body := c.T("exercise.mail_from", "from", words(c.Ctx, st.From)) + "\n\n" + words(c.Ctx, st.Text)
		if err := m.send(c, tx, e, s, st.ID, words(c.Ctx, st.Subject), body); err != nil {
			return err
		}
	}
	return nil
}

// mailed counts the mails of an event by where they are.
func (v view) mailed(stimulus string) (n map[PostState]int, all int) {
	n = map[PostState]int{}
	for _, p := range v.posts {
		if p.Stimulus == stimulus {
			n[p.State]++
			all++
		}
	}
	return n, all
}

// byHand are the seats that an event by mail is for and that no mail reaches: their telephone shows it, or the animator gives it on paper.
func (v view) byHand(st *drill.Stimulus) (names []string) {
	for _, s := range v.seats {
		_, ok := mailOf(s.Contact)
		if s.Role != "" && slices.Contains(st.To, s.Role) && (!ok || s.Tested.IsZero()) {
			names = append(names, s.Name)
		}
	}
	return names
}

// invited tells where the last test of contacts of a seat is; empty when none was mailed.
func (v view) invited(seat string) (state PostState) {
	for _, p := range v.posts {
		if p.Seat == seat && p.Stimulus == "" {
			state = p.State
		}
	}
	return state
}
