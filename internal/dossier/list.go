package dossier

import (
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
	"hygie/referential/call"
)

// offer is a call as one structure sees it.
type offer struct {
	Call     *call.Call
	Window   call.Window
	State    call.WindowState
	Eligible call.Why
	Ceiling  call.Result
	Met, Of  int // requirements met, of those that concern the structure
	Mine     *funding.Dossier
}

// listed is what the page of the dossiers of a structure shows.
type listed struct {
	At     *web.Place
	Offers []offer           // open, soon open, or with a dossier under way
	Others []offer           // over, or for others
	Past   []funding.Dossier // of calls that are listed no more, and withdrawn ones
	Groups []territory.Member
	Edit   bool

	Category string // of the structure; empty: nobody has said
	Declare  bool   // the reader may say it
}

// list shows the calls for a structure, with what it would get and what is missing.
func (m *Module) list(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v := listed{At: at, Edit: c.May(right.EditDossier, at.Interval) && applicant(s.Kind), Declare: applicant(s.Kind) && c.May(right.EditStructure, at.Interval)}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error { return m.fillList(c, tx, s, &v) })
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("dossier.title"), Lead: c.T("dossier.lead"), Place: at}, listBody(v))
}

func (m *Module) fillList(c *web.Context, tx *store.Tx, s territory.Structure, v *listed) error {
	mine, _, err := funding.List(c.Ctx, tx, c.Scope, funding.Filter{Structure: string(s.ID), Limit: 200})
	if err != nil {
		return err
	}
	if s.Kind != territory.Group {
		if v.Groups, err = territory.Memberships(c.Ctx, tx, c.Scope, s.ID); err != nil {
			return err
		}
		v.Groups = slices.DeleteFunc(v.Groups, func(g territory.Member) bool { return !g.Role.Full() })
	}
	facts, err := m.candidate(c, tx, s)
	if err != nil {
		return err
	}
	v.Category = facts.Category
	verdicts, err := m.judge(c, tx, s, m.calls.All()...)
	if err != nil {
		return err
	}
	for _, k := range m.calls.All() {
		o := offer{Call: k, Eligible: k.Eligible(facts), Ceiling: k.Ceiling(facts)}
		o.Window, o.State = m.window(k, facts.Category)
		for _, r := range candidate.Concerned(k, facts.Category) {
			o.Of++
			if verdicts.Of(r).Status == referential.Met {
				o.Met++
			}
		}
		if i := slices.IndexFunc(mine, func(d funding.Dossier) bool { return d.Call == k.ID && d.State != funding.Withdrawn }); i >= 0 {
			own := mine[i]
			o.Mine, mine = &own, slices.Delete(mine, i, i+1)
		}
		if o.Mine != nil || applicant(s.Kind) && o.Eligible.Status != referential.NotMet && (o.State == call.Open || o.State == call.Upcoming) {
			v.Offers = append(v.Offers, o)
		} else {
			v.Others = append(v.Others, o)
		}
	}
	v.Past = mine
	return nil
}

// window is where the window for applications to a call stands for a category; a call without one has no dates.
func (m *Module) window(k *call.Call, category string) (call.Window, call.WindowState) {
	w, state, ok := k.Window(call.Candidature, category, m.now())
	if !ok {
		return w, call.Undated
	}
	return w, state
}

// begin begins a dossier, or leads to the one that is there.
func (m *Module) begin(c *web.Context) error {
	var form struct {
		Call string `form:"call,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	k, ok := m.find(form.Call)
	if !ok {
		return fault.NotFound("dossier.no_call")
	}
	_, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	if !applicant(s.Kind) {
		return fault.Conflict("dossier.not_an_applicant")
	}
	var d funding.Dossier
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		mine, _, err := funding.List(c.Ctx, tx, c.Scope, funding.Filter{Structure: string(s.ID), Call: k.ID, Without: []funding.State{funding.Withdrawn}})
		if err != nil {
			return err
		}
		if len(mine) > 0 {
			d = mine[0]
			return nil
		}
		facts, err := m.candidate(c, tx, s)
		if err != nil {
			return err
		}
		if k.Eligible(facts).Status == referential.NotMet {
			return fault.Conflict("dossier.not_eligible")
		}
		terms, err := funding.TermsOf(k, facts.Category, funding.Deposit, 0, m.now())
		if err != nil {
			return err
		}
		if terms.Over(m.now()) && !terms.Closes.IsZero() {
			return fault.Conflict("funding.window_closed", "since", closing(terms.Closes))
		}
		d, err = m.funding.Begin(c.Ctx, tx, c.Actor, funding.Beginning{Call: k.ID, CallVersion: k.Version, Structure: string(s.ID), Closes: terms.Closes})
		return err
	})
	if err != nil {
		return err
	}
	return c.Redirect(href(d))
}

// closing is a moment in a message that is written with its hour.
type closing time.Time

// Moment makes it one.
func (t closing) Moment() time.Time { return time.Time(t) }
