package exposure

import (
	"io"
	"slices"
	"strconv"

	"hygie/exposure/perimeter"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// versionsShown is how many versions of a declaration the page lists.
const versionsShown = 50

// perimeter is the page of the declaration, with a form for who may edit it.
func (m *Module) perimeter(c *web.Context) error {
	list, err := m.versions(c)
	if err != nil {
		return err
	}
	f := form{At: "0"}
	if len(list) > 0 {
		f = fill(locale.From(c.Ctx).Lang(), list[0])
	}
	return m.perimeterPage(c, list, f, nil)
}

func (m *Module) versions(c *web.Context) (list []Declaration, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		list, err = declarations(c.Ctx, tx, c.Scope, c.Path("structure"), versionsShown)
		return err
	})
	return list, err
}

func (m *Module) perimeterPage(c *web.Context, list []Declaration, f form, wrong ui.Errors) error {
	return m.perimeterForm(c, list, f, wrong, "")
}

func (m *Module) perimeterForm(c *web.Context, list []Declaration, f form, wrong ui.Errors, notice string) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var sources []source
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		sources, err = sourcesOf(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("exposure.perimeter_title"), Lead: c.T("exposure.perimeter_lead"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("exposure.title")}},
		Tabs: homeTabs(c, at.ID, address(at.ID)+"/perimeter"), Errors: wrong}
	return c.Page(page, perimeterBody(address(at.ID), f, list, sources, c.May(right.RunAudit, at.Interval), notice, wrong))
}

// declare keeps what was typed.
func (m *Module) declare(c *web.Context) error {
	var f form
	if err := c.Decode(&f); err != nil {
		if wrong := ui.ErrorsOf(err); wrong != nil {
			list, err := m.versions(c)
			if err != nil {
				return err
			}
			return m.perimeterPage(c, list, f, wrong)
		}
		return err
	}
	list, err := m.versions(c)
	if err != nil {
		return err
	}
	var before *perimeter.Perimeter
	if len(list) > 0 {
		before = list[0].Perimeter
	}
	p, wrong := f.perimeter(before)
	if len(wrong) > 0 {
		return m.perimeterPage(c, list, f, wrong)
	}
	from, _ := strconv.Atoi(f.At) // a version that is no number fits none
	return m.saved(c, p, from)
}

func (m *Module) saved(c *web.Context, p *perimeter.Perimeter, from int) error {
	d, kept, err := m.service.Declare(c.Ctx, c.Actor, c.Scope, c.Path("structure"), from, p)
	if err != nil {
		return err
	}
	if !kept {
		c.Flash(ui.Info, "exposure.declared_same")
	} else {
		c.Flash(ui.Good, "exposure.declared", "version", d.Version)
	}
	return c.Redirect(address(c.Path("structure")) + "/proofs")
}

// bringPerimeter reads a perimeter file into the form: the person looks at it before it is kept.
func (m *Module) bringPerimeter(c *web.Context) error {
	list, err := m.versions(c)
	if err != nil {
		return err
	}
	f := form{At: "0"}
	if len(list) > 0 {
		f = fill(locale.From(c.Ctx).Lang(), list[0])
	}
	var none struct{}
	err = c.Upload(&none, "file", maxDeclaration, func(name string, content io.Reader) error {
		p, err := Bring(name, content)
		if err != nil {
			return err
		}
		version := f.At
		f = fill(locale.From(c.Ctx).Lang(), Declaration{Perimeter: p})
		f.At = version
		return nil
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.perimeterPage(c, list, f, wrong)
	}
	if err != nil {
		return err
	}
	return m.perimeterForm(c, list, f, nil, c.T("exposure.brought_look"))
}

// zones are the time zones of the French territories, as the perimeter's hours are meant, and the one in place.
func zones(place string) []ui.Option {
	list := []ui.Option{{Value: "", Text: "Paris"}, {Value: "America/Guadeloupe", Text: "Guadeloupe"}, {Value: "America/Martinique", Text: "Martinique"}, {Value: "America/Cayenne", Text: "Guyane"},
		{Value: "Indian/Reunion", Text: "La Réunion"}, {Value: "Indian/Mayotte", Text: "Mayotte"}, {Value: "America/Miquelon", Text: "Saint-Pierre-et-Miquelon"},
		{Value: "Pacific/Noumea", Text: "Nouvelle-Calédonie"}, {Value: "Pacific/Tahiti", Text: "Tahiti"}, {Value: "Pacific/Wallis", Text: "Wallis-et-Futuna"}}
	if !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == place }) {
		list = append(list, ui.Option{Value: place, Text: place})
	}
	return list
}

// proofView is the page of ownership.
type proofView struct {
	Structure   string
	Declaration Declaration
	Owner       Owner
	Tokens      []perimeter.Publication
	Fresh       bool // the proofs are about this declaration
	mayRun      bool
}

// of finds the state of an item.
func (v proofView) of(kind, item string) (perimeter.Proof, bool) {
	i := slices.IndexFunc(v.Owner.Proofs, func(p perimeter.Proof) bool { return p.Kind == kind && p.Item == item })
	if i < 0 || !v.Fresh {
		return perimeter.Proof{}, false
	}
	return v.Owner.Proofs[i], true
}

func (m *Module) proofs(c *web.Context) error { return m.proofPage(c, Mandate{}, nil) }

func (m *Module) proofPage(c *web.Context, f Mandate, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v := proofView{Structure: at.ID, mayRun: c.May(right.RunAudit, at.Interval)}
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		v.Declaration, v.Owner, err = current(c.Ctx, tx, c.Scope, at.ID)
		if fault.KindOf(err) == fault.KindConflict {
			return nil // nothing declared yet: the page says so
		}
		return err
	})
	if err != nil {
		return err
	}
	if v.Declaration.Perimeter != nil {
		v.Tokens = v.Declaration.Perimeter.Publications()
		v.Fresh = v.Owner.ProofHash == v.Declaration.Hash && !v.Owner.ProofsAt.IsZero()
	}
	page := web.Page{Title: c.T("exposure.proofs_title"), Lead: c.T("exposure.proofs_lead"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("exposure.title")}},
		Tabs: homeTabs(c, at.ID, address(at.ID)+"/proofs"), Errors: wrong}
	return c.Page(page, proofsBody(v, f, wrong))
}

// prove looks for tokens and mandates now.
func (m *Module) prove(c *web.Context) error {
	proofs, err := m.service.Prove(c.Ctx, c.Actor, c.Scope, c.Path("structure"))
	if err != nil {
		return err
	}
	n := 0
	for _, p := range proofs {
		if p.By != perimeter.Unproven {
			n++
		}
	}
	tone := ui.Good
	if n < len(proofs) {
		tone = ui.Warn
	}
	c.Flash(tone, "exposure.proved", "count", n, "of", len(proofs))
	return c.Redirect(address(c.Path("structure")) + "/proofs")
}

// addMandate registers a signed paper.
func (m *Module) addMandate(c *web.Context) error {
	var f Mandate
	err := c.Upload(&f, "file", maxPaper, func(name string, content io.Reader) error {
		return m.service.Mandate(c.Ctx, c.Actor, c.Scope, c.Path("structure"), f, name, "application/octet-stream", content)
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.proofPage(c, f, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.mandate_saved")
	return c.Redirect(address(c.Path("structure")) + "/proofs")
}

func (m *Module) revokeMandate(c *web.Context) error {
	if err := m.service.Revoke(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("evidence")); err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.mandate_revoked")
	return c.Redirect(address(c.Path("structure")) + "/proofs")
}

// bringSource keeps a file that tells of names.
func (m *Module) bringSource(c *web.Context) error {
	var none struct{}
	count := 0
	err := c.Upload(&none, "source", maxSource, func(name string, content io.Reader) error {
		found, err := m.service.BringSource(c.Ctx, c.Actor, c.Scope, c.Path("structure"), name, content)
		count = len(found.Names) + len(found.Addresses)
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		list, err := m.versions(c)
		if err != nil {
			return err
		}
		f := form{At: "0"}
		if len(list) > 0 {
			f = fill(locale.From(c.Ctx).Lang(), list[0])
		}
		return m.perimeterPage(c, list, f, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.source_kept", "count", count)
	return c.Redirect(address(c.Path("structure")) + "/perimeter")
}

func (m *Module) removeSource(c *web.Context) error {
	if err := m.service.RemoveSource(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("source")); err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.source_removed")
	return c.Redirect(address(c.Path("structure")) + "/perimeter")
}
