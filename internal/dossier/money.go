package dossier

import (
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// sums is what the page of the money shows.
type sums struct {
	Expenses []funding.Expense
	Spending call.Spending
	Ceiling  call.Result
	Eligible call.Why
	Due      []call.Due
	Invoices []proof.Reached // that can be joined to an expense
	Joined   map[string]proof.Reached
}

// expenseForm is what a person types of an expense.
type expenseForm struct {
	Kind     string    `form:"kind,max=80"`
	Label    string    `form:"label,max=120"`
	Supplier string    `form:"supplier,max=120"`
	Amount   string    `form:"amount,max=40"`
	On       time.Time `form:"on"`
	Invoice  string    `form:"invoice,max=40"`
}

// money is the page of the expenses, the ceiling and the amount asked.
func (m *Module) money(c *web.Context) error { return m.moneyPage(c, expenseForm{}, nil, nil) }

func (m *Module) moneyPage(c *web.Context, form expenseForm, file *uploadForm, wrong ui.Errors) error {
	var s sums
	var other *overtaken
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		if s, err = m.sums(c, tx, v); err != nil {
			return err
		}
		other, err = m.overtook(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, money)
	page.Errors = wrong
	var open *adding
	if v.Edit && v.Deposits && (file != nil || c.Query("add") == "invoice") {
		blank := uploadForm{From: m.now()}
		if file != nil {
			blank = *file
		}
		if open = m.adding(c, v, blank); open != nil && file != nil {
			open.Wrong = wrong
		}
	}
	if form.Invoice == "" {
		form.Invoice = invoiceChosen(c, s)
	}
	return c.Page(page, moneyBody(v, s, form, open, other, wrong))
}

func (m *Module) sums(c *web.Context, tx *store.Tx, v *view) (s sums, err error) {
	if s.Expenses, err = m.funding.Expenses(c.Ctx, tx, c.Scope, v.ID); err != nil {
		return s, err
	}
	var spent []call.Expense
	for _, x := range s.Expenses {
		y, month, d := x.On.Date()
		spent = append(spent, call.Expense{ID: x.ID, Kind: x.Kind, Label: x.Label, On: time.Date(y, month, d, 0, 0, 0, 0, time.UTC), Amount: x.Amount})
	}
	s.Spending, s.Ceiling, s.Eligible = v.Call.Spend(spent), v.Call.Ceiling(v.Facts), v.Call.Eligible(v.Facts)
	if v.Granted > 0 {
		if s.Due, err = m.due(c, tx, v); err != nil {
			return s, err
		}
	}
	s.Joined = map[string]proof.Reached{}
	if !v.Proofs {
		return s, nil
	}
	if s.Invoices, err = m.evidenceThere(c, tx, v); err != nil {
		return s, err
	}
	for _, x := range s.Expenses {
		if x.Invoice == "" {
			continue
		}
		e, err := proof.Reach(c.Ctx, tx, c.Scope, x.Invoice)
		if err != nil && !isNotFound(err) {
			return s, err
		}
		if err == nil {
			s.Joined[x.ID] = e
		}
	}
	return s, nil
}

// due tells where each instalment stands.
func (m *Module) due(c *web.Context, tx *store.Tx, v *view) ([]call.Due, error) {
	answers, err := m.judge(c, tx, v.Structure, v.Call)
	if err != nil {
		return nil, err
	}
	statuses := map[string]call.Status{}
	for _, r := range v.Call.Requirements {
		statuses[r.ID] = answers.Of(r).Status
	}
	return v.Call.Schedule(v.Granted, v.Facts.Category, statuses)
}

// spend adds an expense.
func (m *Module) spend(c *web.Context) error {
	var form expenseForm
	err := c.Decode(&form)
	if err == nil {
		err = m.addExpense(c, form)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.moneyPage(c, form, nil, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "dossier.expense_added")
	return c.Redirect(address(c.Path("structure")) + "/" + c.Path("dossier") + "/money#expenses")
}

func (m *Module) addExpense(c *web.Context, form expenseForm) error {
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	amount, ok := readEuros(form.Amount)
	if !ok {
		return fault.Invalid(fault.Field{Name: "amount", Key: "dossier.not_an_amount"})
	}
	kind := false
	for _, k := range v.Call.Kinds() {
		kind = kind || k.Code == form.Kind
	}
	if !kind {
		return fault.Invalid(fault.Field{Name: "kind", Key: "funding.expense_kind"})
	}
	return m.db.Update(c.Ctx, func(tx *store.Tx) error {
		_, err := m.funding.Spend(c.Ctx, tx, c.Actor, c.Scope, v.ID,
			funding.Expense{Kind: form.Kind, Label: form.Label, Supplier: form.Supplier, Amount: amount, On: form.On, Invoice: form.Invoice})
		return err
	})
}

// unspend takes an expense out.
func (m *Module) unspend(c *web.Context) error {
	var form struct {
		Expense string `form:"expense,max=40"`
	}
	v, err := m.write(c, &form, func(tx *store.Tx, v view) error {
		return m.funding.Unspend(c.Ctx, tx, c.Actor, c.Scope, v.ID, form.Expense)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "dossier.expense_removed")
	return c.Redirect(href(v.Dossier) + "/money#expenses")
}
