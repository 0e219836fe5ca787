package instruction

import (
	"context"
	"errors"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// view is a dossier with what its instruction shows.
type view struct {
	subject
	Desk        desk
	Check       check
	Looks       map[string]look // of this level, that count
	Before      map[string]look // of the level before, for information
	Unseen      []point
	Content     funding.Content          // what was deposited last
	Gone        []funding.Fate           // deposited, and not in the dossier any more
	Homes       map[string]proof.Reached // what the reader may open, by id
	Preview     string                   // id of the evidence that is shown beside its requirement
	Corrections []funding.Correction
	Messages    []funding.Message
	Delay       funding.Delay
	Names       map[string]string
	Hand        string
	StandIn     *people.Held // who stands in for the one who has the dossier in hand
	Moves       []move
	Siret       string // under which the candidate receives money; empty: nobody can tell
	Now         time.Time

	Overtaken []funding.Event // what happened since the reader read the dossier
	Typed     string          // what the reader had typed then
}

// allows tells whether a delegated role counts at a level.
func allows(h people.Held, d desk) bool { return right.Allowed(h.Role, d.Right) }

// load reads the dossier in the path with everything its page shows.
func (m *Module) load(c *web.Context, d desk) (v view, err error) {
	v.Desk, v.Now = d, m.now()
	err = m.db.View(c.Ctx, func(tx *store.Tx) error { return m.fill(c, tx, &v) })
	return v, err
}

func (m *Module) fill(c *web.Context, tx *store.Tx, v *view) (err error) {
	if v.subject, err = m.read(c.Ctx, tx, c.Scope, c.Path("dossier")); err != nil {
		return err
	}
	if v.State == funding.Draft {
		return fault.NotFound("funding.not_found") // what is not sent is the applicant's own
	}
	if v.Check, err = m.check(c.Ctx, tx, c.Scope, v.subject); err != nil {
		return err
	}
	if err := m.fillLooks(c, tx, v); err != nil {
		return err
	}
	if err := m.fillDeposit(c, tx, v); err != nil {
		return err
	}
	if v.Corrections, err = funding.Corrections(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return err
	}
	if v.Messages, err = funding.Messages(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return err
	}
	delays, err := funding.Delays(c.Ctx, tx, v.Call.ID, v.Now)
	if err != nil {
		return err
	}
	v.Delay = delays[v.State]
	if v.Hand, err = holder(c.Ctx, tx, v.ID, v.Desk.Level); err != nil {
		return err
	}
	may, err := funding.Authorised(c.Ctx, tx, c.Actor, v.Dossier)
	if err != nil {
		return err
	}
	v.Moves = moves(may, v.Desk, v.Life)
	if v.Siret, err = funding.Siret(c.Ctx, tx, c.Scope, v.subject.Structure); err != nil {
		return err
	}
	return m.fillNames(c.Ctx, tx, v)
}

func (m *Module) fillLooks(c *web.Context, tx *store.Tx, v *view) error {
	list, err := looks(c.Ctx, tx, c.Scope, v.ID)
	if err != nil {
		return err
	}
	since := changed(v.Events)
	v.Looks = standing(list, v.Desk.Level, since)
	if v.Desk.Level == funding.Nation {
		v.Before = standing(list, funding.Region, since)
	}
	v.Unseen = unseen(v.Check, v.Looks, false)
	return nil
}

// fillDeposit reads what was deposited, what became of it, and where the evidence lies.
func (m *Module) fillDeposit(c *web.Context, tx *store.Tx, v *view) (err error) {
	v.Homes = map[string]proof.Reached{}
	seen := []string{}
	for _, f := range v.Picked {
		seen = append(seen, f.Evidence)
	}
	if len(v.Receipts) > 0 {
		if v.Content, err = v.Receipts[0].Open(); err != nil {
			return err
		}
		fates, err := funding.Fates(c.Ctx, tx, c.Scope, v.Receipts[0])
		if err != nil {
			return err
		}
		for _, f := range fates {
			if f.Unpicked {
				v.Gone, seen = append(v.Gone, f), append(seen, f.Evidence)
			}
		}
	}
	scope := right.Visible(c.Actor, right.SeeProof)
	for _, id := range seen {
		e, err := proof.Reach(c.Ctx, tx, scope, id)
		if err == nil && e.Kind.Weaknesses() {
			_, err = proof.Reach(c.Ctx, tx, right.Visible(c.Actor, right.SeeAudit), id)
		}
		if err == nil {
			v.Homes[id] = e
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

func (m *Module) fillNames(ctx context.Context, tx *store.Tx, v *view) (err error) {
	who := []string{v.Hand}
	for _, e := range v.Events {
		who = append(who, e.By, e.OnBehalf)
	}
	for _, one := range v.Messages {
		who = append(who, one.By)
	}
	for _, l := range v.Looks {
		who = append(who, l.By)
	}
	for _, l := range v.Before {
		who = append(who, l.By)
	}
	if v.Names, err = people.Names(ctx, tx, who...); err != nil {
		return err
	}
	if v.Hand == "" {
		return nil
	}
	away, err := m.standIns(ctx, tx, v.Desk, []string{v.Hand})
	if held, ok := away[v.Hand]; ok {
		v.StandIn = &held
	}
	return err
}

// field is the value of a field of the whole dossier, as it is now.
func (v view) field(name string) string {
	for _, f := range v.Fields {
		if f.Member == "" && f.Name == name {
			return f.Value
		}
	}
	return ""
}

// deposited is the value that a field had at the deposit.
func (v view) deposited(name string) string {
	for _, f := range v.Content.Fields {
		if f.Member == "" && f.Name == name {
			return f.Value
		}
	}
	return ""
}

// files is the evidence picked for a requirement.
func (v view) files(requirement string) []funding.Picked {
	return slices.DeleteFunc(slices.Clone(v.Picked), func(f funding.Picked) bool { return f.Requirement != requirement })
}

// fresh tells whether evidence was picked since the deposit.
func (v view) fresh(f funding.Picked) bool {
	return !slices.ContainsFunc(v.Content.Evidence, func(one funding.ContentFile) bool {
		return one.Evidence == f.Evidence && one.Requirement == f.Requirement && one.Member == f.Member
	})
}

// memberName names a member of a group.
func (v view) memberName(id string) string {
	for _, f := range v.Facts.Members {
		if f.Structure == id {
			return f.Name
		}
	}
	return ""
}

// looking tells whether the reader may say now what was seen.
func (v view) looking() bool {
	d, ok := deskOf(v.State)
	return ok && d.Level == v.Desk.Level && !v.State.Correcting()
}

// show is the page of a dossier.
func (m *Module) show(c *web.Context, d desk) error {
	v, err := m.load(c, d)
	if err != nil {
		return err
	}
	return m.showPage(c, v, 0, nil)
}

func (m *Module) showPage(c *web.Context, v view, status int, wrong ui.Errors) error {
	page := m.frame(c, v)
	if e, ok := v.Homes[c.Query("file")]; ok && e.Showable() {
		v.Preview = e.ID
		c.Frames()
	}
	page.Title, page.Over, page.Status, page.Errors = v.Structure.Name, v.Number+" – "+m.callTitle(c.Ctx, v.Call.ID), status, wrong
	return c.Page(page, m.showBody(c, v))
}

// frame is what the pages of a dossier have in common.
func (m *Module) frame(c *web.Context, v view) web.Page {
	return web.Page{Crumbs: []ui.Link{{Href: back(c, v.Desk), Text: c.T("instruction.title_" + string(v.Desk.Level))}}}
}

// say adds a message to the dossier.
func (m *Module) say(c *web.Context, d desk) error {
	var form struct {
		Message string `form:"message,max=4000"`
	}
	err := c.Decode(&form)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			one, err := funding.ByID(c.Ctx, tx, c.Scope, c.Path("dossier"))
			if err != nil {
				return err
			}
			if one.State == funding.Draft {
				return fault.NotFound("funding.not_found")
			}
			return m.funding.Say(c.Ctx, tx, c.Actor, one.ID, form.Message)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		v, err := m.load(c, d)
		if err != nil {
			return err
		}
		v.Typed = form.Message
		return m.showPage(c, v, 0, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "instruction.said")
	return c.Redirect(m.href(c, d, c.Path("dossier")) + "#messages")
}
