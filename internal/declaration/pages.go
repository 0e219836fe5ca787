package declaration

import (
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// view is what the pages of a structure show.
type view struct {
	At       *web.Place
	Asked    []asked
	Known    known
	Now      time.Time
	Names    map[string]string // of people, by id
	Evidence []proof.Evidence
	Declare  bool // the reader may declare
	words    words
}

// load reads what is asked of the structure in the path and what is known.
func (m *Module) load(c *web.Context) (v view, err error) {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return v, err
	}
	v = view{At: at, Now: m.now(), Declare: c.May(right.AddProof, s.Interval), words: words{c.Printer}}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		if v.Asked, err = m.ask(c, tx, s); err != nil {
			return err
		}
		var keys, persons []string
		for _, a := range v.Asked {
			keys = append(keys, a.Key)
		}
		if v.Known, err = m.known(c.Ctx, tx, c.Scope, at.ID, keys...); err != nil {
			return err
		}
		for _, f := range v.Known.all {
			persons = append(persons, f.RecordedBy)
		}
		if v.Names, err = people.Names(c.Ctx, tx, persons...); err != nil {
			return err
		}
		v.Evidence, err = proof.Of(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	return v, err
}

// asked is the fact in the path; what belongs to an observation leads to it.
func (v view) asked(c *web.Context) (asked, error) {
	a, ok := find(v.Asked, c.Path("fact"))
	if ok && a.Of != "" {
		a, ok = find(v.Asked, a.Of)
	}
	if !ok {
		return a, fault.NotFound("declaration.not_asked")
	}
	return a, nil
}

// missing are the facts that nobody said yet, the best to declare first.
func (v view) missing() (all []asked) {
	for _, a := range v.Asked {
		if _, ok := v.Known.latest(a.Key, v.Now); !ok && a.Of == "" && len(a.Serves) > 0 {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, first)
	return all
}

// standing are the facts that are known, in the order of the packages.
func (v view) standing() (all []asked) {
	for _, a := range v.Asked {
		if _, ok := v.Known.latest(a.Key, v.Now); ok && a.Of == "" {
			all = append(all, a)
		}
	}
	return all
}

// list is the page of everything that is declared, and that could be.
func (m *Module) list(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("declaration.title"), Lead: c.T("declaration.lead"), Place: v.At}, listBody(v))
}

// show is the page of one fact: what holds, what it serves, its history.
func (m *Module) show(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	a, err := v.asked(c)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: v.words.label(a), Lead: v.words.obtain(a), Place: v.At, Crumbs: crumbs(c, v)}, factBody(v, a))
}

func crumbs(c *web.Context, v view) []ui.Link {
	return []ui.Link{{Href: address(v.At.ID), Text: c.T("declaration.title")}}
}

// blank shows the form: empty, or with what is to be corrected.
func (m *Module) blank(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	a, err := v.asked(c)
	if err != nil {
		return err
	}
	d := draft{On: c.Printer.ISODay(v.Now), Evidence: c.Query("evidence"), Corrects: c.Query("corrects"), With: map[string]string{}}
	if d.Corrects != "" {
		f, err := v.Known.correctable(a.Key, d.Corrects)
		if err != nil {
			return err
		}
		d.Value, d.On, d.Evidence, d.Note = v.words.typed(f.Value), c.Printer.ISODay(f.ObservedAt), f.Evidence, f.Note
		for _, key := range a.With {
			if o, ok := v.Known.of(f, key); ok {
				d.With[key] = v.words.typed(o.Value)
			}
		}
	}
	return m.form(c, v, a, d, nil)
}

func (m *Module) form(c *web.Context, v view, a asked, d draft, wrong ui.Errors) error {
	page := web.Page{Title: v.words.label(a), Over: c.T("declaration.declare"), Lead: v.words.obtain(a), Place: v.At, Crumbs: crumbs(c, v), Errors: wrong}
	if d.Corrects != "" {
		page.Over, page.Lead = c.T("declaration.correct"), c.T("declaration.correct_lead")
	}
	return c.Page(page, formBody(v, a, d, wrong))
}

// declare takes the form.
func (m *Module) declare(c *web.Context) error {
	var d draft
	err := c.Decode(&d)
	v, failed := m.load(c)
	if failed != nil {
		return failed
	}
	a, failed := v.asked(c)
	if failed != nil {
		return failed
	}
	d.With = map[string]string{}
	for _, key := range a.With {
		d.With[key] = c.R.Form.Get(withField(key))
	}
	if err == nil {
		err = m.Declare(c.Ctx, c.Actor, c.Scope, v.At.ID, a.Key, d, c.Printer.Zone())
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, v, a, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "declaration.done")
	if !c.May(right.SeeProof, v.At.Interval) {
		return c.Redirect("/structures/" + v.At.ID)
	}
	return c.Redirect(addressOf(v.At.ID, a.Key))
}

// usableEvidence lists what can stand behind a declaration: what nothing replaced.
func (v view) usableEvidence() []proof.Evidence {
	replaced := proof.Superseded(v.Evidence, v.Now)
	return slices.DeleteFunc(slices.Clone(v.Evidence), func(e proof.Evidence) bool { return replaced[e.ID] != "" })
}

// evidenceOf names the evidence behind a fact.
func (v view) evidenceOf(f proof.Fact) (e proof.Evidence, ok bool) {
	i := slices.IndexFunc(v.Evidence, func(e proof.Evidence) bool { return e.ID == f.Evidence })
	if f.Evidence == "" || i < 0 {
		return e, false
	}
	return v.Evidence[i], true
}

// history is what was ever said of a fact, the latest first.
func (v view) history(key string) (all []proof.Fact) {
	for _, f := range slices.Backward(v.Known.all) {
		if f.Key == key {
			all = append(all, f)
		}
	}
	return all
}

// who names the person behind a fact.
func (v view) who(f proof.Fact) string {
	if name := v.Names[f.RecordedBy]; name != "" {
		return name
	}
	return "hygie"
}

// meaning finds what a value of a fact means.
func meaning(kind referential.FactKind, value referential.Value) (referential.Text, bool) {
	i := slices.IndexFunc(kind.Meanings, func(m referential.Meaning) bool { return equal(m.Value, value) })
	if i < 0 {
		return referential.Text{}, false
	}
	return kind.Meanings[i].Text, true
}
