package evidence

import (
	"io"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// blank shows the form of a deposit: empty, for a kind that a referential asks for, or to replace a document.
func (m *Module) blank(c *web.Context) error {
	d := Draft{Structure: c.Path("structure"), Kind: proof.Kind(c.Query("kind")), From: c.Now(), Supersedes: c.Query("supersedes")}
	if d.Supersedes != "" {
		old, err := m.find(c, d.Supersedes)
		if err != nil {
			return err
		}
		d.Kind = old.Kind
	}
	return m.form(c, d, nil)
}

// find reads evidence of the structure in the path.
func (m *Module) find(c *web.Context, id string) (e proof.Evidence, err error) {
	s, err := m.shelf(c, replay.Moment{At: c.Now()})
	if err != nil {
		return e, err
	}
	i := slices.IndexFunc(s.all, func(e proof.Evidence) bool { return e.ID == id })
	if i < 0 {
		return e, fault.NotFound("evidence.not_found")
	}
	return s.all[i], nil
}

func (m *Module) form(c *web.Context, d Draft, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("evidence.new"), Lead: c.T("evidence.new_lead"), Place: at, Crumbs: crumbs(c, at), Errors: wrong}
	if d.Supersedes != "" {
		old, err := m.find(c, d.Supersedes)
		if err != nil {
			return err
		}
		page.Title, page.Lead = c.T("evidence.replace_title"), c.T("evidence.replace_lead", "name", old.Name)
	}
	return c.Page(page, depositForm(address(at.ID), d, m.kindOptions(c), m.signerOptions(c), m.max, wrong))
}

func crumbs(c *web.Context, at *web.Place) []ui.Link {
	return []ui.Link{{Href: address(at.ID), Text: c.T("evidence.title")}}
}

// fields is what stands around the file.
type fields struct {
	Kind       proof.Kind `form:"kind,max=80"`
	From       time.Time  `form:"from"`
	Until      time.Time  `form:"until"`
	Note       string     `form:"note,max=2000"`
	Supersedes string     `form:"supersedes,max=40"`
	Signer     string     `form:"signer,max=64"`
}

func (f fields) draft(structure string) Draft {
	return Draft{Structure: structure, Kind: f.Kind, From: f.From, Until: f.Until, Note: f.Note, Supersedes: f.Supersedes, Signer: f.Signer}
}

// deposit takes the form as it arrives: nothing of the file lies unencrypted on the disk.
func (m *Module) deposit(c *web.Context) error {
	var f fields
	var e proof.Evidence
	structure := c.Path("structure")
	err := c.Upload(&f, "file", m.max, func(name string, content io.Reader) (err error) {
		e, err = m.Deposit(c.Ctx, c.Actor, c.Scope, f.draft(structure), name, content)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, f.draft(structure), wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "evidence.deposited", "name", e.Name)
	if !right.Visible(c.Actor, right.SeeProof).Empty() {
		return c.Redirect(address(e.Structure) + "/" + e.ID)
	}
	return c.Redirect("/structures/" + e.Structure)
}
