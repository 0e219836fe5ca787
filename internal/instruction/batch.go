package instruction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// deed is something that is done to several dossiers at once.
type deed string

// The deeds. Nobody is turned down in a batch: that takes a reason, one by one.
const (
	deedTake  deed = "take"  // begin to instruct
	deedVisa  deed = "visa"  // favourable, for clean dossiers
	deedGrant deed = "grant" // all that is asked, for clean dossiers
	deedMine  deed = "mine"  // take in hand
)

// deeds are those of a level.
func deeds(d desk) []deed {
	if d.Level == funding.Region {
		return []deed{deedTake, deedVisa, deedMine}
	}
	return []deed{deedTake, deedGrant, deedMine}
}

// batchMost bounds how many dossiers are chosen at once.
const batchMost = 200

// intent is one dossier of a batch, as it was chosen and as it would go.
type intent struct {
	line
	Read     int64 // version at which it was chosen
	Acts     []funding.Act
	Obstacle *fault.Error // why it is left out; nil: it is done
}

// batched is what the pages of a batch show.
type batched struct {
	Desk    desk
	Deed    deed
	Intents []intent
	Money   funding.Cents // that would be granted or proposed
	Done    bool          // the batch was carried out: Obstacle is then what went wrong
}

// going counts the dossiers that are not left out.
func (b batched) going() (n int) {
	for _, i := range b.Intents {
		if i.Obstacle == nil {
			n++
		}
	}
	return n
}

// choice is what a form of a batch says: the deed, and for each dossier "ID.VERSION".
type choice struct {
	Deed deed     `form:"do,max=10"`
	Sent []string `form:"dossier,max=60"`
}

// readChoice reads which dossiers are meant, in the order of the list.
func readChoice(c *web.Context, d desk) (ch choice, versions map[string]int64, ids []string, err error) {
	if err := c.Decode(&ch); err != nil {
		return ch, nil, nil, err
	}
	if !slices.Contains(deeds(d), ch.Deed) {
		return ch, nil, nil, fault.NotFound("instruction.no_move")
	}
	if len(ch.Sent) == 0 || len(ch.Sent) > batchMost {
		return ch, nil, nil, fault.Invalid(fault.Field{Key: "instruction.choose_some", Args: []any{"most", batchMost}})
	}
	versions = map[string]int64{}
	for _, text := range ch.Sent {
		id, number, ok := strings.Cut(text, ".")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			return ch, nil, nil, fault.NotFound("funding.not_found")
		}
		if _, twice := versions[id]; !twice {
			ids = append(ids, id)
		}
		versions[id] = n
	}
	return ch, versions, ids, nil
}

// preview shows what a batch would do, and what it leaves out and why. Nothing is done yet.
func (m *Module) preview(c *web.Context, d desk) error {
	ch, versions, ids, err := readChoice(c, d)
	if err != nil {
		return err
	}
	b := batched{Desk: d, Deed: ch.Deed}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			i, err := m.intent(c, tx, d, ch.Deed, id, versions[id])
			if err != nil {
				return err
			}
			if i.Obstacle == nil && ch.Deed == deedGrant {
				b.Money += i.Asked
			}
			b.Intents = append(b.Intents, i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.batchPage(c, b)
}

func (m *Module) batchPage(c *web.Context, b batched) error {
	page := web.Page{Title: c.T("instruction.batch_" + string(b.Deed)), Crumbs: []ui.Link{{Href: back(c, b.Desk), Text: c.T("instruction.title_" + string(b.Desk.Level))}}}
	return c.Page(page, m.batchBody(c, b))
}

// intent works out what a deed means for one dossier as it is now.
func (m *Module) intent(c *web.Context, tx *store.Tx, d desk, do deed, id string, version int64) (i intent, err error) {
	s, err := m.read(c.Ctx, tx, c.Scope, id)
	if err != nil {
		return i, err
	}
	if s.State == funding.Draft {
		return i, fault.NotFound("funding.not_found") // what is not sent is the applicant's own
	}
	i = intent{Read: version, line: line{ID: s.ID, Number: s.Number, Call: s.Call.ID, Name: s.Structure.Name, State: s.State, Version: s.Version, Asked: s.Asked}}
	if s.Version != version {
		i.Obstacle = fault.Conflict("funding.moved_meanwhile")
		return i, nil
	}
	if do == deedMine {
		return i, nil
	}
	acts := steps(s.State, d, do)
	if acts == nil {
		i.Obstacle = fault.Conflict("funding.not_now", "state", s.State)
		return i, nil
	}
	i.Acts = acts
	if slices.Contains(acts, funding.TakeUp) && s.State == funding.Deposited {
		terms, err := funding.TermsOf(s.Call, s.Facts.Category, funding.TakeUp, 0, m.now())
		if err != nil {
			return i, err
		}
		if !terms.Over(m.now()) {
			i.Obstacle = fault.Conflict("instruction.not_closed")
			return i, nil
		}
	}
	if do == deedTake {
		return i, nil
	}
	i.Obstacle, err = m.unclean(c.Ctx, tx, c, d, s)
	return i, err
}

// unclean says why a dossier cannot be decided without being opened.
func (m *Module) unclean(ctx context.Context, tx *store.Tx, c *web.Context, d desk, s subject) (*fault.Error, error) {
	k, err := m.check(ctx, tx, c.Scope, s)
	if err != nil {
		return nil, err
	}
	list, err := looks(ctx, tx, c.Scope, s.ID)
	if err != nil {
		return nil, err
	}
	left := len(unseen(k, standing(list, d.Level, changed(s.Events)), true))
	switch {
	case left == 0:
		return nil, nil
	case k.drawn():
		return fault.Conflict("instruction.is_drawn"), nil
	}
	return fault.Conflict("instruction.not_fine", "count", left), nil
}

// steps are the acts by which a deed goes from a state, nil when it does not.
func steps(s funding.State, d desk, do deed) []funding.Act {
	take := func(more ...funding.Act) []funding.Act { return append([]funding.Act{funding.TakeUp}, more...) }
	starts := s == funding.Deposited || s == funding.Declared
	if d.Level == funding.Nation {
		starts = s == funding.Endorsed
	}
	switch {
	case do == deedTake && starts:
		return take()
	case do == deedVisa && starts:
		return take(funding.Endorse)
	case do == deedVisa && (s == funding.RegionalReview || s == funding.RegionalControl):
		return []funding.Act{funding.Endorse}
	case do == deedGrant && starts:
		return take(funding.Grant)
	case do == deedGrant && s == funding.NationalReview:
		return []funding.Act{funding.Grant}
	}
	return nil
}

// batch does what the preview showed: each dossier in its own transaction, so that one that cannot be done holds up no other.
func (m *Module) batch(c *web.Context, d desk) error {
	ch, versions, ids, err := readChoice(c, d)
	if err != nil {
		return err
	}
	b := batched{Desk: d, Deed: ch.Deed, Done: true}
	for _, id := range ids {
		var i intent
		err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
			if i, err = m.intent(c, tx, d, ch.Deed, id, versions[id]); err != nil || i.Obstacle != nil {
				return err
			}
			return m.carryOut(c, tx, d, &i)
		})
		if known := (*fault.Error)(nil); errors.As(err, &known) {
			i.Obstacle = known
		} else if err != nil {
			return fmt.Errorf("carry out a batch: %w", err)
		}
		if i.ID == "" { // not to be seen any more
			i.Number = id
		}
		b.Intents = append(b.Intents, i)
	}
	return m.batchPage(c, b)
}

// carryOut does the acts of one dossier.
func (m *Module) carryOut(c *web.Context, tx *store.Tx, d desk, i *intent) error {
	s, err := m.read(c.Ctx, tx, c.Scope, i.ID)
	if err != nil {
		return err
	}
	if len(i.Acts) == 0 {
		return m.give(c.Ctx, tx, s.Dossier, d.Level, c.Actor.Person, c.Actor.Person)
	}
	for _, act := range i.Acts {
		terms, err := funding.TermsOf(s.Call, s.Facts.Category, act, s.Granted, m.now())
		if err != nil {
			return err
		}
		do := funding.Doing{Dossier: s.ID, Version: s.Version, Act: act, Terms: terms}
		switch act {
		case funding.Endorse:
			do.Outcome = funding.Favourable
		case funding.Grant:
			if do.Amount = s.Asked; terms.FourEyes > 0 && s.Asked >= terms.FourEyes {
				do.Act, do.Outcome = funding.Propose, string(funding.Grant)
			}
		}
		if s.Dossier, err = m.done(c, tx, d, s, do); err != nil {
			return err
		}
	}
	i.State = s.State
	return nil
}
