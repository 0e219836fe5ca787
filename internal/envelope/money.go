package envelope

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// purse is the money of a dossier as its page shows it.
type purse struct {
	funding.Dossier
	Structure territory.Structure
	Call      *call.Call
	Terms     funding.Terms
	Due       []call.Due
	Events    []funding.Event // that moved money
	Names     map[string]string
	Acts      []funding.Act
	Form      moneyForm
	Refused   funding.Act // the act of the form that is shown again
}

// moneyForm is what somebody types of a payment.
type moneyForm struct {
	Version   int64  `form:"version"`
	Amount    string `form:"amount,max=40"`
	Reference string `form:"reference,max=80"`
	Note      string `form:"note,max=300"`
}

func (v purse) href() string { return address(v.Call.ID) + "/dossiers/" + v.ID }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// moves are the acts of the accounts.
func moves() []funding.Act { return []funding.Act{funding.Pay, funding.PayBack} }

// purseIn reads the dossier in the path.
func (m *Module) purseIn(c *web.Context) (v purse, err error) {
	if v.Call, err = m.callIn(c); err != nil {
		return v, err
	}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Dossier, err = funding.ByID(c.Ctx, tx, c.Scope, c.Path("dossier")); err != nil {
			return err
		}
		if v.Dossier.Call != v.Call.ID {
			return fault.NotFound("funding.not_found")
		}
		if v.Structure, err = territory.Get(c.Ctx, tx, c.Scope, territory.ID(v.Dossier.Structure)); err != nil {
			return err
		}
		facts, err := candidate.Many(c.Ctx, tx, []candidate.Located{{Structure: v.Structure}}, m.o.Now())
		if err != nil {
			return err
		}
		if v.Terms, err = funding.TermsOf(v.Call, facts[0].Category, funding.Pay, v.Granted, m.o.Now()); err != nil {
			return err
		}
		if v.Granted > 0 {
			if v.Due, err = v.Call.Schedule(v.Granted, facts[0].Category, nil); err != nil {
				return err
			}
		}
		events, err := funding.Events(c.Ctx, tx, c.Scope, v.ID)
		if err != nil {
			return err
		}
		v.Events = slices.DeleteFunc(events, func(e funding.Event) bool {
			return !slices.Contains([]funding.Act{funding.Grant, funding.GrantPartly, funding.Pay, funding.Reclaim, funding.PayBack, funding.Waive}, e.Act)
		})
		var who []string
		for _, e := range v.Events {
			who = append(who, e.By)
		}
		v.Names, err = people.Names(c.Ctx, tx, who...)
		return err
	})
	for _, act := range moves() {
		if _, ok := funding.Find(v.State, act); ok && v.most(act) > 0 {
			v.Acts = append(v.Acts, act)
		}
	}
	return v, err
}

// most is the greatest amount that an act may have now.
func (v purse) most(act funding.Act) funding.Cents {
	if act == funding.PayBack {
		return v.DueBack - v.PaidBack
	}
	most := v.Granted - v.Paid
	if v.State != funding.Achieved {
		most = min(most, v.Terms.Advance-v.Paid)
	}
	return most
}

// amount is what the field of an act says first.
func (v purse) amount(act funding.Act) string {
	if v.Refused == act {
		return v.Form.Amount
	}
	return strings.Replace(v.most(act).String(), ".", ",", 1)
}

// money is the page of the money of a dossier.
func (m *Module) money(c *web.Context) error { return m.moneyPage(c, "", moneyForm{}, nil) }

func (m *Module) moneyPage(c *web.Context, refused funding.Act, form moneyForm, wrong ui.Errors) error {
	v, err := m.purseIn(c)
	if err != nil {
		return err
	}
	v.Form, v.Refused = form, refused
	if refused != "" {
		v.Acts = []funding.Act{refused}
	}
	page := web.Page{Title: v.Structure.Name, Over: v.Number, Errors: wrong, Crumbs: crumbs(c, ui.Link{Href: address(v.Call.ID), Text: v.Call.Title.In(lang(c.Ctx))}, ui.Link{Href: address(v.Call.ID) + "/dossiers", Text: c.T("envelope.payments")})}
	return c.Page(page, moneyBody(v, wrong))
}

// move records a payment, or money that came back.
func (m *Module) move(c *web.Context) error {
	act := funding.Act(c.Path("act"))
	if !slices.Contains(moves(), act) {
		return fault.NotFound("envelope.no_act")
	}
	v, err := m.purseIn(c)
	if err != nil {
		return err
	}
	var form moneyForm
	if err = c.Decode(&form); err == nil {
		amount, ok := readEuros(form.Amount)
		switch {
		case !ok:
			err = fault.Invalid(fault.Field{Name: "amount", Key: "envelope.not_an_amount"})
		case strings.TrimSpace(form.Note) == "":
			err = fault.Invalid(fault.Field{Name: "note", Key: "envelope.order_missing"})
		default:
			err = m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
				_, err := m.o.Funding.Do(c.Ctx, tx, c.Actor, funding.Doing{Dossier: v.ID, Version: form.Version, Act: act, Amount: amount, Reference: form.Reference, Note: form.Note, Terms: v.Terms})
				return err
			})
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.moneyPage(c, act, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "envelope.did_"+string(act))
	return c.Redirect(v.href())
}

func (v purse) terms(ctx context.Context) []ui.Term {
	p := locale.From(ctx)
	list := []ui.Term{{Name: p.T("envelope.state"), Value: ui.Text(p.T(v.State.MessageKey()))}}
	for _, one := range []struct {
		key    string
		amount funding.Cents
		always bool
	}{{"envelope.granted", v.Granted, true}, {"envelope.committed", v.Held, true}, {"envelope.paid", v.Paid - v.PaidBack, true}, {"envelope.to_pay", v.Held - v.Paid + v.PaidBack, true},
		{"envelope.advance", v.Terms.Advance, v.State != funding.Achieved}, {"envelope.owed", v.DueBack - v.PaidBack, false}} {
		if one.always || one.amount != 0 {
			list = append(list, ui.Term{Name: p.T(one.key), Value: ui.Text(p.Euros(int64(one.amount)))})
		}
	}
	return list
}

// paidOf is what was paid under an instalment.
func (v purse) paidOf(code string) (sum funding.Cents) {
	for _, e := range v.Events {
		if e.Act == funding.Pay && e.Reference == code {
			sum += e.Amount
		}
	}
	return sum
}

func (v purse) dueTable(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "due", Caption: p.T("envelope.instalments"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("envelope.instalment")}, {Text: p.T("envelope.amount"), End: true}, {Text: p.T("envelope.paid"), End: true}},
		Empty: ui.Empty{Title: p.T("envelope.nothing_due")}}
	for _, d := range v.Due {
		amount := p.T("envelope.not_known")
		if d.Known {
			amount = euros(ctx, d.Amount)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(d.Title.In(lang(ctx))), ui.Text(amount), ui.Text(euros(ctx, v.paidOf(d.Code)))}})
	}
	return t
}

// instalments are the choices of a payment, what is not paid yet first.
func (v purse) instalments(ctx context.Context) (options []ui.Option) {
	for _, d := range v.Due {
		options = append(options, ui.Option{Value: d.Code, Text: d.Title.In(lang(ctx))})
	}
	slices.SortStableFunc(options, func(a, b ui.Option) int {
		done := func(o ui.Option) int {
			i := slices.IndexFunc(v.Due, func(d call.Due) bool { return d.Code == o.Value })
			if d := v.Due[i]; d.Known && v.paidOf(d.Code) >= d.Amount {
				return 1
			}
			return 0
		}
		return done(a) - done(b)
	})
	return options
}

func (v purse) movedTable(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "moved", Caption: p.T("envelope.movements"), Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("envelope.nothing_moved")},
		Columns: []ui.Column{{Text: p.T("envelope.day")}, {Text: p.T("envelope.act")}, {Text: p.T("envelope.amount"), End: true}, {Text: p.T("envelope.order")}, {Text: p.T("envelope.by")}}}
	for _, e := range v.Events {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(p.DateTime(e.At)), ui.Text(p.T(e.MessageKey())), ui.Text(euros(ctx, e.Amount)), ui.Text(e.Note), ui.Text(v.Names[e.By])}})
	}
	return t
}

// dossiers lists the dossiers of a call; saved as a file, all of them, read by pages.
func (m *Module) dossiers(c *web.Context) error {
	k, err := m.callIn(c)
	if err != nil {
		return err
	}
	if ok, err := c.Export(m.everything(c, k)); ok {
		return err
	}
	filter := funding.Filter{Call: k.ID, Without: []funding.State{funding.Draft, funding.Withdrawn}, After: c.Query("after"), Limit: 100}
	if c.Query("open") != "all" {
		filter.States = payable()
	}
	var list []funding.Dossier
	var next string
	names := map[string]string{}
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if list, next, err = funding.List(c.Ctx, tx, c.Scope, filter); err != nil {
			return err
		}
		for _, d := range list {
			s, err := territory.Get(c.Ctx, tx, c.Scope, territory.ID(d.Structure))
			if err != nil {
				return err
			}
			names[d.Structure] = s.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	query := ui.ReadQuery(c.R.URL, nil, "")
	t := ui.Table{ID: "dossiers", Caption: c.T("envelope.payments"), Total: ui.UnknownTotal, Query: query, Exports: c.Exports(), Empty: ui.Empty{Title: c.T("envelope.no_dossiers"), Text: c.T("envelope.no_payments_text")},
		Filters: []ui.Field{{Name: "open", Label: c.T("envelope.which"), Kind: ui.SelectField, Options: []ui.Option{{Value: "", Text: c.T("envelope.which_open")}, {Value: "all", Text: c.T("envelope.which_all")}}}},
		Columns: []ui.Column{{Text: c.T("envelope.dossier")}, {Text: c.T("envelope.candidate")}, {Text: c.T("envelope.state")}, {Text: c.T("envelope.granted"), End: true}, {Text: c.T("envelope.paid"), End: true}, {Text: c.T("envelope.owed"), End: true}}}
	for _, d := range list {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: address(k.ID) + "/dossiers/" + d.ID, Text: d.Number}, ui.Text(names[d.Structure]), ui.Text(c.T(d.State.MessageKey())), ui.Text(euros(c.Ctx, d.Granted)),
			ui.Text(euros(c.Ctx, d.Paid-d.PaidBack)), ui.Text(euros(c.Ctx, d.DueBack-d.PaidBack))}})
	}
	if next != "" {
		t.Pager = ui.Pager{Next: query.With("after", next)}
	}
	page := web.Page{Title: c.T("envelope.payments"), Over: k.Title.In(lang(c.Ctx)), Crumbs: crumbs(c, ui.Link{Href: address(k.ID), Text: k.Title.In(lang(c.Ctx))})}
	return c.Page(page, t)
}

// payable are the states in which money may move.
func payable() (states []funding.State) {
	for _, s := range funding.States() {
		for _, act := range moves() {
			if _, ok := funding.Find(s, act); ok && !slices.Contains(states, s) {
				states = append(states, s)
			}
		}
	}
	return states
}

// everything is every dossier of a call as a file. It is read by pages of [mostRead] as it is written, in one view of the database.
func (m *Module) everything(c *web.Context, k *call.Call) web.Sheet {
	header := []string{c.T("envelope.dossier"), c.T("envelope.candidate"), "FINESS", c.T("envelope.state"), c.T("envelope.since"), c.T("envelope.asked"), c.T("envelope.granted"), c.T("envelope.committed"), c.T("envelope.paid"), c.T("envelope.owed"), c.T("envelope.deposited_at"), c.T("envelope.decided_at")}
	return web.Sheet{Name: k.ID + "-dossiers", Header: header, Rows: func(yield func([]any, error) bool) {
		err := m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
			return Each(c.Ctx, tx, c.Scope, k.ID, func(r Record) bool {
				return yield([]any{r.Number, r.Name, r.Finess, r.State, day(r.Since), number2(r.Asked), number2(r.Granted), number2(r.Held), number2(r.Paid - r.PaidBack), number2(r.DueBack - r.PaidBack), day(r.DepositedAt), day(r.DecidedAt)}, nil)
			})
		})
		if err != nil {
			yield(nil, err)
		}
	}}
}

// day is a moment of a file, nothing for none.
func day(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
