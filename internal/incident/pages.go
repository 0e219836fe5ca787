package incident

import (
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/logbook"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

func act(c *web.Context) Act { return Act{Actor: c.Actor, Scope: c.Scope, Printer: c.Printer} }

// list shows the incidents of a structure.
func (m *Module) list(c *web.Context) error {
	at, _, err := place.Of(c, m.o.DB)
	if err != nil {
		return err
	}
	var all []Incident
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		all, err = of(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("incident.title"), Lead: c.T("incident.lead"), Place: at}, listBody(at.ID, all, c.May(right.WriteIncident, at.Interval)))
}

// opening is the form of an opening.
type opening struct {
	Title   string `form:"title,max=200"`
	Noticed string `form:"noticed,max=40"`
	Care    Care   `form:"care,max=20"`
}

func (m *Module) blank(c *web.Context) error { return m.showOpening(c, opening{}, nil) }

func (m *Module) showOpening(c *web.Context, o opening, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.o.DB)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("incident.open"), Lead: c.T("incident.open_lead"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("incident.title")}}, Errors: wrong}, openBody(at.ID, o, wrong))
}

// wall reads a moment of a form; an empty one is zero.
func (m *Module) wall(c *web.Context, field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, ok := logbook.WallTime(text, m.o.Now(), c.Printer.Zone())
	if !ok || t.Year() < 1990 {
		return t, fault.Invalid(fault.Field{Name: field, Key: "incident.not_moment"})
	}
	return t, nil
}

func (m *Module) open(c *web.Context) error {
	var o opening
	err := c.Decode(&o)
	var noticed time.Time
	if err == nil {
		noticed, err = m.wall(c, "noticed", o.Noticed)
	}
	var i Incident
	if err == nil {
		i, err = m.Open(c.Ctx, act(c), c.Path("structure"), Opening{Title: o.Title, Noticed: noticed, Care: o.Care})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showOpening(c, o, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(i.at())
}

// view is what the cockpit shows.
type view struct {
	record
	At        *web.Place
	Clocks    []Clock
	Last      []logbook.Line
	Calls     calls
	Drafts    []Draft
	Now       time.Time
	Write     bool
	Lead      bool
	HelperFor string // address to write to, for a helper from outside; empty for the structure
}

// load reads the incident of the path.
func (m *Module) load(c *web.Context) (v view, k known, err error) {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return v, k, err
	}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		i, err := byID(c.Ctx, tx, c.Scope, at.ID, c.Path("incident"))
		if err != nil {
			return err
		}
		k, err = m.knownOf(c.Ctx, tx, c.Scope, i)
		return err
	})
	if err != nil {
		return v, k, err
	}
	v = view{record: k.record, At: at, Now: k.Now, Calls: m.data.callsFor(k.Families, k.Region, k.conditions(), k.Own), Drafts: m.drafts(k, c.Printer)}
	v.Clocks = m.clocks(k.record, k.Now, c.Printer.Zone())
	v.Last = k.Lines[max(0, len(k.Lines)-5):]
	v.Write = k.Closed.IsZero() && c.May(right.WriteIncident, s.Interval)
	v.Lead = k.Closed.IsZero() && c.May(right.LeadIncident, s.Interval)
	return v, k, nil
}

func (m *Module) show(c *web.Context) error {
	v, _, err := m.load(c)
	if err != nil {
		return err
	}
	return m.cockpit(c, v, nil)
}

func (m *Module) cockpit(c *web.Context, v view, wrong ui.Errors) error {
	over := ui.Link{Href: address(v.At.ID), Text: c.T("incident.title")}
	if v.HelperFor != "" { // a helper sees what is shared, not the list of the structure
		over = ui.Link{Href: "/incidents/shared", Text: c.T("incident.shared_title")}
	}
	return c.Page(web.Page{Title: v.Title, Over: c.T("incident.one"), Place: v.At, Crumbs: []ui.Link{over}, Errors: wrong}, cockpitBody(v, wrong))
}

// then ends an act of the cockpit: back to it, or the cockpit with what is wrong.
func (m *Module) then(c *web.Context, err error) error {
	if wrong := ui.ErrorsOf(err); wrong != nil {
		v, _, failed := m.load(c)
		if failed != nil {
			return failed
		}
		return m.cockpit(c, v, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(address(c.Path("structure")) + "/" + c.Path("incident"))
}

func (m *Module) qualify(c *web.Context) error {
	var f struct {
		Kind      Kind   `form:"kind,max=20"`
		Malicious string `form:"malicious,max=10"`
		Care      Care   `form:"care,max=20"`
		Occurred  string `form:"occurred,max=40"`
		Noticed   string `form:"noticed,max=40"`
		Version   int64  `form:"version"`
	}
	err := c.Decode(&f)
	var occurred, noticed time.Time
	if err == nil {
		occurred, err = m.wall(c, "occurred", f.Occurred)
	}
	if err == nil {
		noticed, err = m.wall(c, "noticed", f.Noticed)
	}
	if err == nil {
		err = m.Qualify(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), Qualification{Kind: f.Kind, Malicious: f.Malicious, Care: f.Care, Occurred: occurred, Noticed: noticed, Version: f.Version})
	}
	return m.then(c, err)
}

func (m *Module) service(c *web.Context) error {
	var f struct {
		Name  string       `form:"name,max=200"`
		State ServiceState `form:"state,max=20"`
		Note  string       `form:"note,max=200"`
	}
	err := c.Decode(&f)
	if err == nil {
		err = m.SetService(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), Service{Name: f.Name, State: f.State, Note: f.Note})
	}
	return m.then(c, err)
}

func (m *Module) ask(c *web.Context) error {
	var f struct {
		Text string `form:"decision,max=200"`
	}
	err := c.Decode(&f)
	if err == nil {
		err = m.Ask(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), f.Text)
	}
	return m.then(c, err)
}

func (m *Module) decide(c *web.Context) error {
	var f struct {
		Outcome string `form:"outcome,max=200"`
	}
	err := c.Decode(&f)
	if err == nil {
		err = m.Decide(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), c.Path("decision"), f.Outcome)
	}
	return m.then(c, err)
}

func (m *Module) arrive(c *web.Context) error {
	var f struct {
		Name  string `form:"person,max=200"`
		Post  string `form:"post,max=200"`
		Reach string `form:"reach,max=200"`
		From  string `form:"from,max=40"`
		Until string `form:"until,max=40"`
	}
	err := c.Decode(&f)
	s := Shift{Name: f.Name, Post: f.Post, Reach: f.Reach}
	if err == nil {
		s.From, err = m.wall(c, "from", f.From)
	}
	if err == nil {
		s.Planned, err = m.wall(c, "until", f.Until)
	}
	if err == nil {
		err = m.Arrive(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), s)
	}
	return m.then(c, err)
}

func (m *Module) leave(c *web.Context) error {
	return m.then(c, m.Leave(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), c.Path("shift")))
}

func (m *Module) handover(c *web.Context) error {
	v, k, err := m.load(c)
	if err != nil {
		return err
	}
	return send(c, "releve-"+k.Title, c.Path("format"), Handover(c.Printer, k, v.Clocks))
}

func (m *Module) situation(c *web.Context) error {
	v, k, err := m.load(c)
	if err != nil {
		return err
	}
	return send(c, "point-de-situation-"+k.Title, c.Path("format"), Situation(c.Printer, k, v.Clocks, 0, ""))
}

// draftOf finds the declaration of the path, filled.
func (m *Module) draftOf(c *web.Context) (v view, k known, d Draft, err error) {
	f, ok := m.data.declaration(c.Path("declaration"))
	if !ok {
		return v, k, d, fault.NotFound("incident.no_declaration")
	}
	if v, k, err = m.load(c); err != nil {
		return v, k, d, err
	}
	return v, k, k.fill(f, c.Printer), nil
}

func (m *Module) draft(c *web.Context) error { return m.showDraft(c, nil) }

func (m *Module) showDraft(c *web.Context, wrong ui.Errors) error {
	v, _, d, err := m.draftOf(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("incident.declaration." + d.ID), Over: v.Title, Lead: c.T("incident.draft_text." + d.ID), Place: v.At, Errors: wrong,
		Crumbs: []ui.Link{{Href: address(v.At.ID), Text: c.T("incident.title")}, {Href: v.at(), Text: v.Title}}}, draftBody(v, d, wrong))
}

// answer takes answers to the questions of a declaration.
func (m *Module) answer(c *web.Context) error {
	if err := c.R.ParseForm(); err != nil {
		return fault.Invalid(fault.Field{Key: "incident.unreadable"}).Because(err)
	}
	answers := map[string]string{}
	for _, q := range m.data.questions() {
		if given, ok := c.R.Form[q]; ok && len(given) == 1 {
			answers[q] = strings.ReplaceAll(given[0], "\r\n", "\n")
		}
	}
	err := m.Answer(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), answers)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showDraft(c, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "incident.answers_kept")
	return c.Redirect(address(c.Path("structure")) + "/" + c.Path("incident") + "/declarations/" + c.Path("declaration"))
}

func (m *Module) printDraft(c *web.Context) error {
	_, k, d, err := m.draftOf(c)
	if err != nil {
		return err
	}
	return send(c, "declaration-"+d.ID+"-"+k.Title, c.Path("format"), d.Print(c.Printer, k))
}

func (m *Module) declared(c *web.Context) error {
	var f struct {
		At        string `form:"at,max=40"`
		Reference string `form:"reference,max=200"`
		NotDue    string `form:"not_due,max=5"`
	}
	err := c.Decode(&f)
	var at time.Time
	if err == nil {
		at, err = m.wall(c, "at", f.At)
	}
	if err == nil {
		err = m.Declare(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), Done{Clock: c.Path("clock"), At: at, Reference: f.Reference, NotDue: f.NotDue == "1"})
	}
	return m.then(c, err)
}

// closing is the form of a closing.
type closing struct {
	Cause   string `form:"cause,max=4000"`
	Lessons string `form:"lessons,max=12000"`
	Version int64  `form:"version"`
}

func (m *Module) askClose(c *web.Context) error { return m.showClose(c, closing{}, nil) }

func (m *Module) showClose(c *web.Context, f closing, wrong ui.Errors) error {
	v, _, err := m.load(c)
	if err != nil {
		return err
	}
	if !v.Closed.IsZero() {
		return fault.Conflict("incident.is_closed")
	}
	f.Version = v.Version
	return c.Page(web.Page{Title: c.T("incident.close"), Over: v.Title, Lead: c.T("incident.close_lead"), Place: v.At, Errors: wrong,
		Crumbs: []ui.Link{{Href: address(v.At.ID), Text: c.T("incident.title")}, {Href: v.at(), Text: v.Title}}}, closeBody(v, f, wrong))
}

func (m *Module) close(c *web.Context) error {
	var f closing
	err := c.Decode(&f)
	if err == nil {
		var lessons []string
		for line := range strings.Lines(f.Lessons) {
			if line = strings.TrimSpace(line); line != "" {
				lessons = append(lessons, line)
			}
		}
		err = m.Close(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), Closing{Cause: f.Cause, Lessons: lessons, Version: f.Version})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showClose(c, f, wrong)
	}
	return m.then(c, err)
}

func (m *Module) share(c *web.Context) error {
	return m.then(c, m.SetShare(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), true))
}

func (m *Module) revoke(c *web.Context) error {
	return m.then(c, m.SetShare(c.Ctx, act(c), c.Path("structure"), c.Path("incident"), false))
}

// target is the main courante of the incident of the path.
func (m *Module) target(c *web.Context) (t logbook.Target, err error) {
	at, s, err := place.Of(c, m.o.DB)
	if err != nil {
		return t, err
	}
	var i Incident
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		i, err = byID(c.Ctx, tx, c.Scope, at.ID, c.Path("incident"))
		return err
	})
	if err != nil {
		return t, err
	}
	return logbook.Target{Book: i.Book, Title: i.Title, Owner: at.Name, Place: at, Address: i.at() + "/log", Author: act(c).author(), Write: i.Closed.IsZero() && c.May(right.WriteIncident, s.Interval),
		Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("incident.title")}, {Href: i.at(), Text: i.Title}}}, nil
}

// sharedList lists what structures share with who asks.
func (m *Module) sharedList(c *web.Context) error {
	var all []Incident
	err := m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		all, err = shared(c.Ctx, tx, c.Scope)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("incident.shared_title"), Lead: c.T("incident.shared_lead")}, sharedBody(all))
}

// loadShared is load for a helper: an incident that is not shared is not there.
func (m *Module) loadShared(c *web.Context) (view, known, error) {
	v, k, err := m.load(c)
	if err == nil && !k.Share.Active() {
		err = fault.NotFound("incident.not_found")
	}
	v.Write, v.Lead = false, false
	v.HelperFor = v.at() + "/shared"
	return v, k, err
}

func (m *Module) sharedShow(c *web.Context) error {
	v, k, err := m.loadShared(c)
	if err != nil {
		return err
	}
	v.Last = k.Lines
	if err := m.looked(c, v.Incident); err != nil {
		return err
	}
	return m.cockpit(c, v, nil)
}

// lookEvery is how often a helper who stays on the page is noted to have read it.
const lookEvery = 15 * time.Minute

// looked notes in the trail that a helper read a shared incident. The page asks for itself again while it is open: that is one reading.
func (m *Module) looked(c *web.Context, i Incident) error {
	return m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		before, err := m.o.Trail.List(c.Ctx, tx, c.Scope, trail.Filter{Actor: c.Actor.Person, Subject: "incident/" + i.ID, Family: "incident", From: m.o.Now().Add(-lookEvery)})
		if err != nil || slices.ContainsFunc(before, func(l journal.Line) bool { return l.Action == "incident.look" }) {
			return err
		}
		return m.append(c.Ctx, tx, act(c), i, "incident.look", nil)
	})
}

// sharedNote is a line of a helper; it says who wrote from outside.
func (m *Module) sharedNote(c *web.Context) error {
	v, _, err := m.loadShared(c)
	if err != nil {
		return err
	}
	var f struct {
		ID   string `form:"id,max=80"`
		Text string `form:"text,max=4000"`
	}
	err = c.Decode(&f)
	if err == nil {
		var receipts []logbook.Receipt
		receipts, err = m.o.Books.Receive(c.Ctx, c.Scope, v.Book, act(c).author(), []logbook.Draft{{ID: or(f.ID, store.NewID(m.o.Now())), Kind: logbook.Fact, Text: f.Text, Cell: c.T("incident.outside"), Source: "support"}})
		if err == nil && receipts[0].Number == 0 {
			err = fault.Invalid(fault.Field{Name: "text", Key: receipts[0].Reason})
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.cockpit(c, v, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(v.HelperFor)
}
