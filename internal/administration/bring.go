package administration

import (
	"errors"
	"io"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// maxPackage is how large the file of a referential may be: what the reader accepts.
const maxPackage = referential.MaxFile

// bring takes in the file of a referential: ours, or a library of CISO Assistant. It holds nothing yet; its page shows what it would change.
func (m *Module) bring(c *web.Context) error {
	var data []byte
	var name string
	err := c.Upload(&struct{}{}, "file", maxPackage, func(given string, content io.Reader) (err error) {
		name = proof.SafeName(given)
		data, err = io.ReadAll(content)
		return err
	})
	var p *referential.Package
	if err == nil {
		p, data, err = readPackage(name, data)
	}
	var faults referential.Problems
	if errors.As(err, &faults) {
		return m.shelfPage(c, faults, ui.Errors{{Name: "file", Key: "administration.package_faulty", Args: []any{"count", len(faults)}}})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.shelfPage(c, nil, wrong)
	}
	if err != nil {
		return err
	}
	var v proof.Version
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if v, err = proof.Bring(c.Ctx, tx, p, data, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, m.shelfEntry(c, "referential.bring", v, ""))
	})
	if errors.Is(err, proof.ErrTwice) {
		return m.shelfPage(c, nil, ui.Errors{{Name: "file", Key: "administration.package_twice", Args: []any{"version", p.Version, "package", p.ID}}})
	}
	if err != nil {
		return err
	}
	return c.Redirect(versionHref(v))
}

// readPackage reads a file in one of the formats, and gives the file to keep.
func readPackage(name string, data []byte) (*referential.Package, []byte, error) {
	if referential.IsMap(data) || referential.IsCISOMap(data) {
		return nil, nil, fault.Invalid(fault.Field{Name: "file", Key: "administration.package_is_map"})
	}
	if referential.IsCISO(data) {
		p, notes, err := referential.ReadCISO(name, data)
		if err != nil {
			return nil, nil, err
		}
		data, err = referential.Write(p)
		return p, append(noted(notes), data...), err
	}
	p, err := referential.Read(name, data)
	return p, data, err
}

// remark begins the lines at the head of a file that say what was not carried over when it was made of another: the file is kept, and they with it.
const remark = "# import: "

func noted(notes []string) []byte {
	var head []byte
	for _, note := range notes {
		head = append(head, remark+strings.Join(strings.Fields(note), " ")+"\n"...)
	}
	return head
}

// notesOf reads them back.
func notesOf(file []byte) (notes []string) {
	for line := range strings.Lines(string(file)) {
		note, ok := strings.CutPrefix(strings.TrimSpace(line), remark)
		if !ok {
			break
		}
		notes = append(notes, note)
	}
	return notes
}

func (m *Module) shelfEntry(c *web.Context, action string, v proof.Version, note string) journal.Entry {
	return journal.Entry{Actor: c.Actor.Person, Action: action, Subject: "referential/" + v.Package, Text: note, Data: trail.Data(map[string]any{"version": v.Number, "sha256": v.SHA256})}
}

func versionHref(v proof.Version) string { return packageHref(v.Package) + "/versions/" + v.ID }

// edition is a version with what it would change.
type edition struct {
	proof.Version
	pkg     *referential.Package
	now     *referential.Package // what holds; nil: nothing
	holds   bool
	unfit   []referential.Unfit // what was completed and would have no place
	lost    []string            // links of other referentials to lines that it has no more
	clashes []referential.Clash // facts that it declares otherwise than others
}

// edition finds the version in the path.
func (m *Module) edition(c *web.Context) (e edition, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		if e.Version, err = proof.VersionByID(c.Ctx, tx, c.Path("version")); errors.Is(err, store.ErrNotFound) || err == nil && e.Package != c.Path("package") {
			return fault.NotFound("administration.no_version")
		}
		if err != nil {
			return err
		}
		if e.pkg, err = m.Shelf.Parse(c.Ctx, tx, e.Version); err != nil {
			return err
		}
		set, err := m.Shelf.Now(c.Ctx, tx, m.Now())
		if err != nil {
			return err
		}
		before := set.Edition(e.Package)
		e.now, e.holds = before.Plain, before.VersionID == e.ID
		var list []referential.Amendment
		for _, a := range before.Amendments {
			list = append(list, a.Amendment)
		}
		_, e.unfit = e.pkg.Amend(list...)
		e.lost, e.clashes = lostLinks(set, e.pkg), clashes(set, e.pkg)
		return nil
	})
	return e, err
}

// lostLinks says which links would lead nowhere, and did not before.
func lostLinks(set *proof.Set, p *referential.Package) []string {
	if set.Links == nil {
		return nil
	}
	with := []*referential.Package{p}
	for _, other := range set.Packages {
		if other.ID != p.ID {
			with = append(with, other)
		}
	}
	var lost []string
	for _, ref := range set.Links.Lost(with) {
		if ref.Package == p.ID {
			lost = append(lost, ref.Code)
		}
	}
	return lost
}

func clashes(set *proof.Set, p *referential.Package) (all []referential.Clash) {
	for _, other := range set.Packages {
		if other.ID != p.ID {
			all = append(all, p.Clashes(other)...)
		}
	}
	return all
}

// versionPage shows a version beside the one that holds.
func (m *Module) versionPage(c *web.Context) error {
	e, err := m.edition(c)
	if err != nil {
		return err
	}
	return m.showVersion(c, e, "", nil)
}

func (m *Module) showVersion(c *web.Context, e edition, note string, wrong ui.Errors) error {
	var diff []changedLine
	if e.now != nil && !e.holds {
		diff = difference(c, referential.Diff(e.now, e.pkg))
	}
	page := web.Page{Title: c.T("administration.version_title", "version", e.Number), Over: e.pkg.Title.In(lang(c)), Errors: wrong,
		Crumbs: []ui.Link{{Href: shelfPath, Text: c.T("administration.referentials")}, {Href: packageHref(e.Package), Text: e.pkg.Title.In(lang(c))}}}
	return c.Page(page, versionBody(e, versionTerms(c, e), diff, unfitLines(c, proof.Edition{Unfit: e.unfit}), note, wrong))
}

func versionTerms(c *web.Context, e edition) []ui.Term {
	unsure := waiting(todos(e.pkg))
	terms := []ui.Term{
		{Name: c.T("administration.version"), Value: ui.Text(e.Number)},
		{Name: c.T("administration.requirements"), Value: ui.Text(c.Printer.Int(int64(len(e.pkg.Requirements()))))},
		{Name: c.T("administration.questions"), Value: ui.Text(c.Printer.Int(int64(len(e.pkg.Questions()))))},
		{Name: c.T("administration.to_complete"), Value: ui.Text(c.Printer.Int(int64(unsure)))},
		{Name: c.T("administration.digest"), Value: codeCell(e.SHA256)},
	}
	if e.now != nil && !e.holds {
		terms = append(terms, ui.Term{Name: c.T("administration.holds_now"), Value: ui.Text(e.now.Version)})
	}
	return terms
}

// putInForce makes the version in the path hold. Verdicts follow at once; answers stay, and those whose question changed are shown for review.
func (m *Module) putInForce(c *web.Context) error {
	e, err := m.edition(c)
	if err != nil {
		return err
	}
	var form struct {
		Note string `form:"note,max=1000"`
	}
	if err = c.Decode(&form); err == nil && form.Note == "" {
		err = fault.Invalid(fault.Field{Name: "note", Key: "administration.why_missing"})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showVersion(c, e, form.Note, wrong)
	}
	if err != nil {
		return err
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := proof.PutInForce(c.Ctx, tx, e.Version, c.Actor.Person, form.Note, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, m.shelfEntry(c, "referential.force", e.Version, form.Note))
	})
	if errors.Is(err, proof.ErrInForce) {
		return fault.Conflict("administration.holds_already")
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.version_holds", "version", e.Number)
	return c.Redirect(packageHref(e.Package))
}

// withdraw takes the package in the path away; putting one of its versions in force brings it back.
func (m *Module) withdraw(c *web.Context) error {
	k, err := m.shelved(c)
	if err != nil {
		return err
	}
	var form struct {
		Note string `form:"note,max=1000"`
	}
	if err = c.Decode(&form); err == nil && form.Note == "" {
		err = fault.Invalid(fault.Field{Name: "note", Key: "administration.why_missing"})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showReferential(c, k, wrong)
	}
	if err != nil {
		return err
	}
	if k.pkg == nil {
		return fault.Conflict("administration.withdrawn_already")
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := proof.Withdraw(c.Ctx, tx, k.pkg.ID, c.Actor.Person, form.Note, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, m.shelfEntry(c, "referential.withdraw", proof.Version{Package: k.pkg.ID, Number: k.pkg.Version}, form.Note))
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.package_withdrawn")
	return c.Redirect(packageHref(k.pkg.ID))
}
