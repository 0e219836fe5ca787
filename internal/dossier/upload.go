package dossier

import (
	"io"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// uploadForm is what a person says of a document that they deposit without leaving the dossier. The file comes last.
type uploadForm struct {
	Requirement string     `form:"requirement,max=120"` // empty: an invoice
	Kind        proof.Kind `form:"kind,max=80"`
	For         string     `form:"for,max=40"` // member of a group; empty: the candidate itself
	From        time.Time  `form:"from"`
	Until       time.Time  `form:"until"`
	Signer      string     `form:"signer,max=64"`
}

// invoiceKind is the kind of evidence of an invoice: no referential asks for one.
const invoiceKind proof.Kind = "other"

// adding is the form of a document as its page shows it; nil when it is not open.
type adding struct {
	uploadForm
	Kinds   []ui.Option
	Fors    []ui.Option
	Signers []ui.Option
	Limit   int64
	Back    string // where to go without depositing
	Wrong   ui.Errors
}

// addingIn opens the form that the address asks for (?add=REQUIREMENT), for who may deposit.
func (m *Module) addingIn(c *web.Context, v view, name string) *adding {
	if name == "" || !v.Edit || !v.Deposits {
		return nil
	}
	return m.adding(c, v, uploadForm{Requirement: name, From: m.now()})
}

// adding makes the form of a document for a requirement.
func (m *Module) adding(c *web.Context, v view, f uploadForm) *adding {
	a := &adding{uploadForm: f, Limit: m.maxFile, Back: href(v.Dossier) + "/requirements#r-" + f.Requirement}
	lang := lang(c.Ctx)
	for _, e := range v.Call.Evidence {
		if slices.Contains(e.Requirement, f.Requirement) && e.Document != "" && !slices.ContainsFunc(a.Kinds, func(o ui.Option) bool { return o.Value == e.Document }) {
			a.Kinds = append(a.Kinds, ui.Option{Value: e.Document, Text: e.Title.In(lang)})
		}
	}
	if _, known := v.Call.Requirement(f.Requirement); !known {
		a.Kinds, a.Back = []ui.Option{{Value: string(invoiceKind), Text: c.T("dossier.invoice")}}, href(v.Dossier)+"/money#expenses"
	}
	if len(a.Kinds) == 0 {
		return nil
	}
	for _, member := range v.Facts.Members {
		a.Fors = append(a.Fors, ui.Option{Value: member.Structure, Text: member.Name})
	}
	if len(a.Fors) > 0 {
		a.Fors = append([]ui.Option{{Text: v.Structure.Name}}, a.Fors...)
	}
	for _, r := range m.shelf.Seen().Signers() {
		a.Signers = append(a.Signers, ui.Option{Value: r.Code, Text: r.Title.In(referential.Lang(lang))})
	}
	return a
}

// upload takes a document in and picks it for its requirement. A file that is kept and can serve no more, because the dossier moved on meanwhile, stays as
// evidence of its structure, and the person is told so.
func (m *Module) upload(c *web.Context) error {
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	var f uploadForm
	var kept proof.Evidence
	err = c.Upload(&f, "file", m.maxFile, func(name string, content io.Reader) error {
		in := Incoming{Structure: v.Dossier.Structure, Kind: f.Kind, From: f.From, Until: f.Until, Signer: f.Signer}
		if f.For != "" {
			in.Structure = f.For
		}
		scope, err := m.mayUpload(c, v, f, in)
		if err != nil {
			return err
		}
		kept, err = m.receive(c.Ctx, c.Actor, scope, in, name, content)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.uploadAgain(c, f, wrong)
	}
	if err != nil {
		return err
	}
	if f.Requirement == "" {
		c.Flash(ui.Good, "dossier.invoice_kept", "name", kept.Name)
		return c.Redirect(href(v.Dossier) + "/money?invoice=" + kept.ID + "#add-expense")
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		return m.funding.Pick(c.Ctx, tx, c.Actor, c.Scope, v.ID, f.For, f.Requirement, kept.ID)
	})
	switch fault.KindOf(err) {
	case fault.KindConflict, fault.KindNotFound:
		c.Flash(ui.Warn, "dossier.kept_not_picked", "name", kept.Name)
	default:
		if err != nil {
			return err
		}
		c.Flash(ui.Good, "dossier.kept_and_picked", "name", kept.Name)
	}
	return c.Redirect(href(v.Dossier) + "/requirements#r-" + f.Requirement)
}

// mayUpload asks, before the file is taken in, whether it can serve, and for whom the person may deposit.
func (m *Module) mayUpload(c *web.Context, v view, f uploadForm, in Incoming) (scope territory.Scope, err error) {
	target := "expenses"
	if f.Requirement != "" {
		target = "requirement/" + f.Requirement
		if _, known := v.Call.Requirement(f.Requirement); !known {
			return scope, fault.NotFound("funding.no_requirement")
		}
	}
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if err := m.funding.Writable(c.Ctx, tx, v.Dossier, target); err != nil {
			return err
		}
		scope, err = right.Authorize(c.Ctx, tx, c.Actor, right.AddProof, in.Structure)
		return err
	})
	return scope, err
}

// uploadAgain shows the form with what is wrong.
func (m *Module) uploadAgain(c *web.Context, f uploadForm, wrong ui.Errors) error {
	if f.Requirement == "" {
		return m.moneyPage(c, expenseForm{}, &f, wrong)
	}
	return m.requirementsPage(c, &f, wrong)
}

// invoiceChosen is the invoice that was just deposited from the page of the money.
func invoiceChosen(c *web.Context, s sums) string {
	id := c.Query("invoice")
	if slices.ContainsFunc(s.Invoices, func(e proof.Reached) bool { return e.ID == id }) {
		return id
	}
	return ""
}
