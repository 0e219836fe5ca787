package instruction

import (
	"context"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// move is what an instructor can do on a page: one act of the table, or a choice between several.
type move struct {
	Name    string        // in addresses
	Acts    []funding.Act // that it leads to
	Key     string        // on the keyboard
	Choices []string      // outcomes
	Direct  bool          // done at once, without a page that asks
}

// all are the moves, in the order in which they are offered.
func all() []move {
	return []move{
		{Name: "take", Acts: []funding.Act{funding.TakeUp}, Key: "t", Direct: true},
		{Name: "visa", Acts: []funding.Act{funding.Endorse}, Key: "v", Choices: []string{funding.Favourable, funding.Reserved, funding.Unfavourable}},
		{Name: "decide", Acts: []funding.Act{funding.Grant, funding.GrantPartly, funding.Refuse}, Key: "v",
			Choices: []string{string(funding.Grant), string(funding.GrantPartly), string(funding.Refuse)}},
		{Name: "conclude", Acts: []funding.Act{funding.Validate, funding.Reject}, Key: "v", Choices: []string{string(funding.Validate), string(funding.Reject)}},
		{Name: "corrections", Acts: []funding.Act{funding.AskCorrection}, Key: "c"},
		{Name: "opinion", Acts: []funding.Act{funding.GiveOpinion}, Key: "v"},
		{Name: "ask-opinion", Acts: []funding.Act{funding.AskOpinion}, Key: "o"},
		{Name: "resume", Acts: []funding.Act{funding.Resume}, Key: "s"},
		{Name: "send-back", Acts: []funding.Act{funding.SendBack}, Key: "b"},
		{Name: "retract", Acts: []funding.Act{funding.Retract}, Key: "x"},
		{Name: "reclaim", Acts: []funding.Act{funding.Reclaim}},
		{Name: "waive", Acts: []funding.Act{funding.Waive}},
		{Name: "close", Acts: []funding.Act{funding.Close}},
	}
}

// moves are those that some transitions allow at a level, in a life.
func moves(may []funding.Transition, d desk, l funding.Life) (list []move) {
	for _, one := range all() {
		if senseless(one, l) {
			continue
		}
		if slices.ContainsFunc(may, func(t funding.Transition) bool { return t.Who.Right == d.Right && slices.Contains(one.Acts, t.Act) }) {
			list = append(list, one)
		}
	}
	return list
}

// worst is the outcome that turns the candidate down, empty when the move has none.
func (one move) worst() string {
	if len(one.Choices) == 0 {
		return ""
	}
	return one.Choices[len(one.Choices)-1]
}

// answer is what an instructor types for a move.
type answer struct {
	Version int64  `form:"version"`
	Outcome string `form:"outcome,max=20"`
	Amount  string `form:"amount,max=40"`
	Reason  string `form:"reason,max=80"`
	Note    string `form:"note,max=4000"`
}

// moveIn is the move in the path.
func moveIn(c *web.Context) (move, error) {
	for _, one := range all() {
		if one.Name == c.Path("move") && one.Name != "corrections" {
			return one, nil
		}
	}
	return move{}, fault.NotFound("instruction.no_move")
}

// ask asks before a move.
func (m *Module) ask(c *web.Context, d desk) error {
	one, err := moveIn(c)
	if err != nil {
		return err
	}
	v, err := m.load(c, d)
	if err != nil {
		return err
	}
	a := answer{Version: v.Version, Outcome: c.Query("outcome")}
	if !slices.Contains(one.Choices, a.Outcome) && len(one.Choices) > 0 {
		a.Outcome = one.Choices[0]
	}
	return m.askPage(c, v, one, a, 0, nil)
}

func (m *Module) askPage(c *web.Context, v view, one move, a answer, status int, wrong ui.Errors) error {
	if !slices.ContainsFunc(v.Moves, func(other move) bool { return other.Name == one.Name }) {
		return fault.Conflict("funding.not_now", "state", v.State)
	}
	page := m.frame(c, v)
	page.Title, page.Over, page.Errors, page.Status = c.T("instruction.ask_"+one.key()), v.Number+" – "+v.Structure.Name, wrong, status
	page.Crumbs = append(page.Crumbs, ui.Link{Href: m.href(c, v.Desk, v.ID), Text: v.Number})
	return c.Page(page, m.askBody(c, v, one, a, wrong))
}

// key is the name in messages.
func (one move) key() string { return strings.ReplaceAll(one.Name, "-", "_") }

// act does a move.
func (m *Module) act(c *web.Context, d desk) error {
	one, err := moveIn(c)
	if err != nil {
		return err
	}
	var a answer
	if err := c.Decode(&a); err != nil {
		return m.refused(c, d, one, a, err)
	}
	var after funding.Dossier
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		after, err = m.move(c, tx, d, one, c.Path("dossier"), a)
		return err
	})
	if err != nil {
		return m.refused(c, d, one, a, err)
	}
	did := one.key()
	if one.money() && after.Proposal != "" {
		did = "propose"
	}
	c.Flash(ui.Good, "instruction.did_"+did, "number", after.Number, "state", after.State)
	if one.Direct || one.Name == "opinion" || one.Name == "resume" || one.Name == "retract" {
		return c.Redirect(m.href(c, d, after.ID))
	}
	return c.Redirect(back(c, d))
}

// refused shows why a move was not done: what was typed wrongly, what a rule says, or what somebody else did in the meantime. What was typed stays.
func (m *Module) refused(c *web.Context, d desk, one move, a answer, cause error) error {
	kind := fault.KindOf(cause)
	if kind != fault.KindInvalid && kind != fault.KindConflict && kind != fault.KindRefused {
		return cause
	}
	v, err := m.load(c, d)
	if err != nil {
		return err
	}
	if kind == fault.KindConflict && a.Version > 0 && v.Version > a.Version {
		return m.overtaken(c, v, a.Version, a.Note)
	}
	wrong, status := ui.ErrorsOf(cause), 0
	if wrong == nil {
		known := fault.As(cause)
		wrong, status = ui.Errors{{Key: known.Key, Args: known.Args}}, 409
		if kind == fault.KindRefused {
			status = 403
		}
	}
	if one.Direct || !slices.ContainsFunc(v.Moves, func(other move) bool { return other.Name == one.Name }) {
		return m.showPage(c, v, status, wrong)
	}
	return m.askPage(c, v, one, a, status, wrong)
}

// overtaken shows the dossier with what happened to it since somebody read it at a version, and what that person had typed.
func (m *Module) overtaken(c *web.Context, v view, version int64, typed string) error {
	for _, e := range v.Events {
		if e.Position > version {
			v.Overtaken = append(v.Overtaken, e)
		}
	}
	v.Typed = typed
	return m.showPage(c, v, 409, nil)
}

// move does a move on a dossier in the transaction.
func (m *Module) move(c *web.Context, tx *store.Tx, d desk, one move, id string, a answer) (funding.Dossier, error) {
	s, err := m.read(c.Ctx, tx, c.Scope, id)
	if err != nil {
		return s.Dossier, err
	}
	if s.Version != a.Version {
		return s.Dossier, fault.Conflict("funding.moved_meanwhile")
	}
	terms, err := funding.TermsOf(s.Call, s.Facts.Category, one.Acts[0], s.Granted, m.now())
	if err != nil {
		return s.Dossier, err
	}
	do, err := doing(s, one, a, terms)
	if err != nil {
		return s.Dossier, err
	}
	if favours(one, a.Outcome) {
		if err := m.looked(c.Ctx, tx, c, d, s, a.Outcome); err != nil {
			return s.Dossier, err
		}
	}
	return m.done(c, tx, d, s, do)
}

// done does an act, takes the dossier in hand when nobody has it, and checks it anew.
func (m *Module) done(c *web.Context, tx *store.Tx, d desk, s subject, do funding.Doing) (funding.Dossier, error) {
	after, err := m.funding.Do(c.Ctx, tx, c.Actor, do)
	if err != nil {
		return s.Dossier, err
	}
	if err := m.takeIfFree(c.Ctx, tx, after, d.Level, c.Actor.Person); err != nil {
		return after, err
	}
	return after, m.recheck(c.Ctx, tx, after.ID)
}

// favours tells whether a move gives the candidate something, so that everything that is open has to have been looked at.
func favours(one move, outcome string) bool {
	return len(one.Choices) > 0 && outcome != one.worst()
}

// looked refuses a visa or a grant while points are open that nobody of this level looked at; a favourable one while a point was found wanting.
func (m *Module) looked(ctx context.Context, tx *store.Tx, c *web.Context, d desk, s subject, outcome string) error {
	if s.State == funding.Proposed {
		return nil // it was looked at before it was proposed; the second person answers for the decision
	}
	k, err := m.check(ctx, tx, c.Scope, s)
	if err != nil {
		return err
	}
	list, err := looks(ctx, tx, c.Scope, s.ID)
	if err != nil {
		return err
	}
	fineOnly := outcome == funding.Favourable || outcome == string(funding.Grant) || outcome == string(funding.Validate)
	if left := unseen(k, standing(list, d.Level, changed(s.Events)), fineOnly); len(left) > 0 {
		key := "instruction.not_looked"
		if fineOnly {
			key = "instruction.not_fine"
		}
		return fault.Conflict(key, "count", len(left))
	}
	return nil
}

// doing is the act of the table that a move means, with its reason.
func doing(s subject, one move, a answer, terms funding.Terms) (do funding.Doing, err error) {
	do = funding.Doing{Dossier: s.ID, Version: a.Version, Act: one.Acts[0], Note: a.Note, Terms: terms}
	if len(one.Choices) > 0 && !slices.Contains(one.Choices, a.Outcome) {
		return do, fault.Invalid(fault.Field{Name: "outcome", Key: "instruction.choose"})
	}
	needs := one.Name == "send-back" || one.Name == "ask-opinion" || one.Name == "opinion" || one.Name == "retract"
	switch one.Name {
	case "visa":
		do.Outcome, needs = a.Outcome, a.Outcome != funding.Favourable
	case "conclude":
		do.Act, needs = funding.Act(a.Outcome), a.Outcome == string(funding.Reject)
	case "decide":
		if do.Act, do.Amount, err = decision(s, a); err != nil {
			return do, err
		}
		needs = do.Act != funding.Grant && s.State != funding.Proposed
		if s.State == funding.NationalReview && terms.Two(s.Life, do.Act, do.Amount) {
			do.Outcome, do.Act = string(do.Act), funding.Propose
		}
	}
	if one.money() {
		if needs, err = moveMoney(s, a, &do); err != nil {
			return do, err
		}
	}
	if a.Reason != "" {
		reason, ok := reasonOf(s.Call, a.Reason, call.Refuse, call.Partial, call.Correct)
		if !ok {
			return do, fault.Invalid(fault.Field{Name: "reason", Key: "instruction.no_reason"})
		}
		do.Reference, do.Note = reason.Code, strings.TrimSpace(reason.Text.FR+"\n"+a.Note)
	}
	if needs && do.Note == "" {
		return do, fault.Invalid(fault.Field{Name: "note", Key: "instruction.say_why"})
	}
	return do, nil
}

// euros reads the amount.
func (a answer) euros() (funding.Cents, error) {
	amount, err := call.ParseCents(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", ",", ".").Replace(a.Amount))
	if err != nil {
		return 0, fault.Invalid(fault.Field{Name: "amount", Key: "instruction.not_an_amount"}).Because(err)
	}
	return amount, nil
}

// decision reads what is decided and for how much.
func decision(s subject, a answer) (funding.Act, funding.Cents, error) {
	switch act := funding.Act(a.Outcome); act {
	case funding.Grant:
		return act, s.Asked, nil
	case funding.GrantPartly:
		amount, err := a.euros()
		return act, amount, err
	default:
		return act, 0, nil
	}
}

// reasonOf finds a reason of the library of a call, for some acts.
func reasonOf(k *call.Call, code string, acts ...call.Act) (call.Reason, bool) {
	for _, r := range k.Reasons {
		if r.Code == code && slices.Contains(acts, r.Act) {
			return r, true
		}
	}
	return call.Reason{}, false
}
