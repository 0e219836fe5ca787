package dossier

import (
	"context"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

const stageOfAchievement = call.ToAchieve

// followed is what the first page of a dossier shows.
type followed struct {
	Events   []funding.Event
	Delays   map[funding.State]funding.Delay
	Messages []funding.Message
	Receipts []funding.Receipt
	From     map[string]string // names of structures from which the dossier was taken over, by id
	Awaited  int               // corrections without an answer
	Met, Of  int               // requirements
	Acts     []funding.Act
	Speak    bool
}

// show is the first page of a dossier: what to do next, where it stands, what was said.
func (m *Module) show(c *web.Context) error { return m.showPage(c, "", nil) }

func (m *Module) showPage(c *web.Context, message string, wrong ui.Errors) error {
	var f followed
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		f, err = m.follow(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, following)
	page.Errors = wrong
	return c.Page(page, m.followBody(v, f, message, wrong))
}

func (m *Module) follow(c *web.Context, tx *store.Tx, v *view) (f followed, err error) {
	f.From = map[string]string{}
	events, err := funding.Events(c.Ctx, tx, c.Scope, v.ID)
	if err != nil {
		return f, err
	}
	f.Events = funding.Told(events)
	if f.Messages, err = funding.Messages(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return f, err
	}
	if f.Receipts, err = funding.Receipts(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return f, err
	}
	if f.Delays, err = funding.Delays(c.Ctx, tx, v.Dossier.Call, m.now()); err != nil {
		return f, err
	}
	var who []string
	for _, e := range f.Events {
		who = append(who, e.By, e.OnBehalf)
		if e.Act == funding.Transfer {
			from, err := territory.Get(c.Ctx, tx, territory.Everything(), territory.ID(e.Reference)) // how a structure was called is public
			if err != nil {
				return f, err
			}
			f.From[e.Reference] = from.Name
		}
	}
	for _, one := range f.Messages {
		who = append(who, one.By)
	}
	if err := v.learn(c.Ctx, tx, who...); err != nil {
		return f, err
	}
	if v.State.Correcting() {
		list, err := funding.Corrections(c.Ctx, tx, c.Scope, v.ID)
		if err != nil {
			return f, err
		}
		for _, one := range list {
			if one.Round == list[0].Round && one.AnsweredAt.IsZero() {
				f.Awaited++
			}
		}
	}
	may, err := funding.Authorised(c.Ctx, tx, c.Actor, v.Dossier)
	if err != nil {
		return f, err
	}
	for _, t := range may {
		if slices.Contains(applicantActs(), t.Act) {
			f.Acts = append(f.Acts, t.Act)
		}
	}
	f.Speak = v.Sign || v.Edit || len(may) > 0
	if !v.Posture {
		return f, nil
	}
	answers, err := m.judge(c, tx, v.Structure, v.Call)
	if err != nil {
		return f, err
	}
	for _, r := range candidate.Concerned(v.Call, v.Facts.Category) {
		if f.Of++; answers.Of(r).Status == referential.Met {
			f.Met++
		}
	}
	return f, nil
}

// applicantActs are the acts that these pages offer beside the deposit and the corrections.
func applicantActs() []funding.Act {
	return []funding.Act{funding.Withdraw, funding.Contest, funding.Declare}
}

// timeline is the history as it is shown, the latest first.
func timeline(ctx context.Context, v view, f followed) []ui.Event {
	p := locale.From(ctx)
	list := make([]ui.Event, 0, len(f.Events))
	for i, e := range slices.Backward(f.Events) {
		title := p.T(e.MessageKey())
		if e.Amount > 0 && e.Act != funding.Deposit {
			title += " – " + euros(ctx, e.Amount)
		}
		who := v.who(e.By)
		if e.OnBehalf != "" {
			who = p.T("dossier.on_behalf", "name", who, "other", v.who(e.OnBehalf))
		}
		var body strings.Builder
		if e.Outcome != "" && e.Act == funding.Endorse {
			body.WriteString(p.T("dossier.outcome_" + e.Outcome))
		}
		if e.Note != "" {
			if body.Len() > 0 {
				body.WriteString(" – ")
			}
			body.WriteString(e.Note)
		}
		if e.Act == funding.Transfer {
			body.WriteString(p.T("dossier.transferred", "name", f.From[e.Reference]))
		}
		line := ui.Event{At: e.At, Title: title, Who: who, Tone: toneOf(e.Act), Now: i == len(f.Events)-1}
		if body.Len() > 0 {
			line.Body = ui.Text(body.String())
		}
		list = append(list, line)
	}
	return list
}

func toneOf(act funding.Act) ui.Tone {
	switch act {
	case funding.Grant, funding.GrantPartly, funding.Validate, funding.Pay:
		return ui.Good
	case funding.Refuse, funding.Reject, funding.Reclaim:
		return ui.Bad
	}
	return ui.Plain
}

// say adds a message.
func (m *Module) say(c *web.Context) error {
	var form struct {
		Message string `form:"message,max=4000"`
	}
	err := c.Decode(&form)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			d, err := m.found(c, tx)
			if err != nil {
				return err
			}
			return m.funding.Say(c.Ctx, tx, c.Actor, d.ID, form.Message)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showPage(c, form.Message, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "dossier.said")
	return c.Redirect(address(c.Path("structure")) + "/" + c.Path("dossier") + "#messages")
}

// corrections is the page of what is to be corrected.
func (m *Module) corrections(c *web.Context) error { return m.correctionsPage(c, "", "", nil) }

func (m *Module) correctionsPage(c *web.Context, refused, answer string, wrong ui.Errors) error {
	var list []funding.Correction
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		list, err = funding.Corrections(c.Ctx, tx, c.Scope, v.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, "corrections")
	page.Title, page.Over, page.Tabs = c.T("dossier.corrections_title"), v.Number, nil
	page.Crumbs = append(page.Crumbs, ui.Link{Href: href(v.Dossier), Text: v.Number})
	page.Errors = wrong
	return c.Page(page, correctionsBody(v, list, refused, answer, wrong))
}

// correct answers one correction.
func (m *Module) correct(c *web.Context) error {
	var form struct {
		Answer string `form:"answer,max=4000"`
	}
	err := c.Decode(&form)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			d, err := m.found(c, tx)
			if err != nil {
				return err
			}
			return m.funding.AnswerCorrection(c.Ctx, tx, c.Actor, d.ID, c.Path("correction"), form.Answer)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.correctionsPage(c, c.Path("correction"), form.Answer, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(address(c.Path("structure")) + "/" + c.Path("dossier") + "/corrections#c-" + c.Path("correction"))
}

// giveBack gives the dossier back once every correction has its answer.
func (m *Module) giveBack(c *web.Context) error {
	return m.do(c, funding.Answer, "", "dossier.given_back")
}

// do does an act that the reader saw at a version of the dossier.
func (m *Module) do(c *web.Context, act funding.Act, note, said string) error {
	var form struct {
		Version int64 `form:"version"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	terms, err := funding.TermsOf(v.Call, v.Facts.Category, act, v.Granted, m.now())
	if err != nil {
		return err
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		_, err := m.funding.Do(c.Ctx, tx, c.Actor, funding.Doing{Dossier: v.ID, Version: form.Version, Act: act, Note: note, Terms: terms})
		return err
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, said)
	return c.Redirect(href(v.Dossier))
}

// actIn is the act in the path, if these pages offer it.
func actIn(c *web.Context) (funding.Act, error) {
	act := funding.Act(c.Path("act"))
	if !slices.Contains(applicantActs(), act) {
		return "", fault.NotFound("dossier.no_act")
	}
	return act, nil
}

// askAct asks before an act that engages the structure.
func (m *Module) askAct(c *web.Context) error { return m.actPage(c, nil) }

func (m *Module) actPage(c *web.Context, wrong ui.Errors) error {
	act, err := actIn(c)
	if err != nil {
		return err
	}
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	if _, ok := funding.Find(v.State, act); !ok {
		return fault.Conflict("funding.not_now", "state", v.State)
	}
	page := v.page(c, "act")
	page.Title, page.Over, page.Tabs = c.T("dossier.ask_"+string(act)), v.Number, nil
	page.Crumbs = append(page.Crumbs, ui.Link{Href: href(v.Dossier), Text: v.Number})
	page.Errors = wrong
	return c.Page(page, actBody(v, act, wrong))
}

// act does it.
func (m *Module) act(c *web.Context) error {
	act, err := actIn(c)
	if err != nil {
		return err
	}
	var form struct {
		Note string `form:"note,max=4000"`
	}
	err = c.Decode(&form)
	if err == nil && act == funding.Contest && form.Note == "" {
		err = fault.Invalid(fault.Field{Name: "note", Key: "dossier.contest_reason"})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.actPage(c, wrong)
	}
	if err != nil {
		return err
	}
	return m.do(c, act, form.Note, "dossier.did_"+string(act))
}
