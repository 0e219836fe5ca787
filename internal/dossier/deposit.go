package dossier

import (
	"strconv"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// ready is what the signer is shown before a deposit.
type ready struct {
	Content funding.Content
	SHA256  string
	Last    *funding.Receipt
	Unmet   []need // requirements of the application that are not met: a warning, no bar
	Empty   []string
	Above   bool // more is asked than the ceiling
	Ceiling funding.Cents
	Behalf  string // name of who delegated the right
}

// askDeposit is the page on which the legal representative confirms.
func (m *Module) askDeposit(c *web.Context) error { return m.depositPage(c, nil) }

func (m *Module) depositPage(c *web.Context, wrong ui.Errors) error {
	var r ready
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		r, err = m.ready(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, "deposit")
	page.Title, page.Over, page.Tabs = c.T("dossier.deposit_title"), v.Number, nil
	page.Crumbs = append(page.Crumbs, ui.Link{Href: href(v.Dossier), Text: v.Number})
	page.Errors = wrong
	return c.Page(page, depositBody(v, r, m.now(), wrong))
}

func (m *Module) ready(c *web.Context, tx *store.Tx, v *view) (r ready, err error) {
	if r.Content, r.SHA256, err = m.funding.Prepare(c.Ctx, tx, c.Scope, v.ID, v.asked()); err != nil {
		return r, err
	}
	last, err := funding.LatestReceipt(c.Ctx, tx, c.Scope, v.ID)
	if err != nil && !isNotFound(err) {
		return r, err
	}
	if err == nil {
		r.Last = &last
	}
	needs, err := m.needs(c, tx, v)
	if err != nil {
		return r, err
	}
	for _, n := range needs {
		if n.Stage != stageOfAchievement && n.Status != referential.Met && n.Status != referential.NotApplicable {
			r.Unmet = append(r.Unmet, n)
		}
	}
	for _, name := range textFields() {
		if v.field(name).Value == "" {
			r.Empty = append(r.Empty, c.T("dossier.field_"+name))
		}
	}
	ceiling := v.Call.Ceiling(v.Facts)
	r.Ceiling, r.Above = ceiling.Amount, ceiling.Known && v.asked() > ceiling.Amount
	behalf, _, err := funding.Signer(c.Ctx, tx, c.Actor, right.SubmitDossier, v.Dossier.Structure)
	if err != nil || behalf == "" {
		return r, err
	}
	if err := v.learn(c.Ctx, tx, behalf); err != nil {
		return r, err
	}
	r.Behalf = v.who(behalf)
	return r, nil
}

// deposit sends the dossier in the name of the structure.
func (m *Module) deposit(c *web.Context) error {
	arrived := m.now() // a transaction that waits does not make a deposit late
	var form struct {
		Seen    string `form:"seen,max=64"`
		Confirm bool   `form:"confirm"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	v, err := m.load(c, nil)
	if err != nil {
		return err
	}
	if !form.Confirm {
		return m.depositPage(c, ui.Errors{{Name: "confirm", Key: "dossier.confirm_missing"}})
	}
	var r funding.Receipt
	err = m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		r, err = m.funding.Deposit(c.Ctx, tx, c.Actor, funding.Depositing{Dossier: v.ID, Asked: v.asked(), Seen: form.Seen, At: arrived, Terms: v.Terms})
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.depositPage(c, wrong)
	}
	if f := fault.As(err); f != nil && f.Key == "funding.changed_since_shown" {
		return m.depositPage(c, ui.Errors{{Name: "confirm", Key: f.Key}})
	}
	if err != nil {
		return err
	}
	key := "dossier.deposited_flash"
	if r.Again {
		key = "dossier.deposited_again"
	}
	c.Flash(ui.Good, key)
	return c.Redirect(receiptHref(v.Dossier, r.Revision))
}

func receiptHref(d funding.Dossier, revision int64) string {
	return href(d) + "/receipt/" + strconv.FormatInt(revision, 10)
}

// receiptIn reads the receipt in the path.
func (m *Module) receiptIn(c *web.Context, tx *store.Tx, v *view) (r funding.Receipt, latest bool, err error) {
	all, err := funding.Receipts(c.Ctx, tx, c.Scope, v.ID)
	if err != nil {
		return r, false, err
	}
	for i, one := range all {
		if strconv.FormatInt(one.Revision, 10) == c.Path("revision") {
			return one, i == 0, v.learn(c.Ctx, tx, one.By, one.OnBehalf)
		}
	}
	return r, false, fault.NotFound("dossier.no_receipt")
}

// receipt is the page of a deposit: what was deposited, when, by whom, and what became of its evidence.
func (m *Module) receipt(c *web.Context) error {
	var r funding.Receipt
	var fates []funding.Fate
	var latest bool
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		if r, latest, err = m.receiptIn(c, tx, v); err != nil {
			return err
		}
		fates, err = funding.Fates(c.Ctx, tx, c.Scope, r)
		return err
	})
	if err != nil {
		return err
	}
	content, err := r.Open()
	if err != nil {
		return err
	}
	page := v.page(c, "receipt")
	page.Title, page.Over, page.Tabs, page.Actions = c.T("dossier.receipt_title"), v.Number, nil, ui.PrintButton()
	page.Crumbs = append(page.Crumbs, ui.Link{Href: href(v.Dossier), Text: v.Number})
	return c.Page(page, receiptBody(v, r, content, fates, latest, m.funding.Zone()))
}

// content is the file whose SHA-256 is on the receipt.
func (m *Module) content(c *web.Context) error {
	var r funding.Receipt
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		r, _, err = m.receiptIn(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	c.Download(v.Number+"-"+strconv.FormatInt(r.Revision, 10)+".json", "application/json")
	_, err = c.W.Write(r.Content)
	return err
}
