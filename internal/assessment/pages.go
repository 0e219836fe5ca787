package assessment

import (
	"net/url"
	"slices"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// list shows the questionnaires and what was answered to them.
func (m *Module) list(c *web.Context) error { return m.listPage(c, nil) }

func (m *Module) listPage(c *web.Context, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var all []Assessment
	var category string
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		if _, err := m.shelf.Now(c.Ctx, tx, m.now()); err != nil {
			return err
		}
		if category, err = categoryOf(c.Ctx, tx, s, m.now()); err != nil {
			return err
		}
		all, err = of(c.Ctx, tx, c.Scope, string(s.ID), "")
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(m.sheetOfAll(c, all)); ok {
		return err
	}
	page := web.Page{Title: c.T("assessment.title"), Lead: c.T("assessment.lead"), Place: at, Errors: wrong}
	return c.Page(page, m.listBody(c, at, category, all, wrong))
}

// begin begins a questionnaire and goes to its first question, or to what can be taken over.
func (m *Module) begin(c *web.Context) error {
	var form struct {
		Package string `form:"package,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	subject := c.R.Form.Get("subject-" + form.Package)
	a, err := m.Begin(c.Ctx, c.Actor, c.Scope, c.Path("structure"), form.Package, subject)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.listPage(c, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(href(a))
}

// show is the page of a self-assessment: how far it is, or what it says.
func (m *Module) show(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if ok, err := c.Export(v.sheet(c)); ok {
		return err
	}
	page := web.Page{Title: v.title(c.Ctx), Place: v.At, Crumbs: v.crumbs(c, false), Actions: ui.PrintButton()}
	if v.State == Open {
		page.Lead = v.Pkg.Aim.In(lang(c.Ctx))
		return c.Page(page, openBody(v))
	}
	page.Lead = c.T("assessment.done_line", "date", c.Printer.Date(v.DoneAt), "name", v.who(v.DoneBy))
	return c.Page(page, doneBody(v, c.Exports()))
}

// question is the page of one question.
func (m *Module) question(c *web.Context) error { return m.questionPage(c, "", "", nil) }

// questionPage shows a question with the answer given, or with the one that was refused.
func (m *Module) questionPage(c *web.Context, choice, note string, wrong ui.Errors) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	q, err := v.ask(c)
	if err != nil {
		return err
	}
	if v.State != Open {
		return c.Redirect(href(v.Assessment))
	}
	if wrong == nil {
		choice, note = v.Last[q.Code].Choice, v.Last[q.Code].Note
	}
	part := v.part(c)
	page := web.Page{Title: q.Text.In(lang(c.Ctx)), Over: q.Theme.Title.In(lang(c.Ctx)), Place: v.At, Crumbs: v.crumbs(c, true), Errors: wrong}
	return c.Page(page, questionBody(v, q, part, choice, note, wrong))
}

// allThemes is the theme in the address of the page of all questions; a package may have a theme of that code, which then comes first.
const allThemes = "all"

// theme is the page of all questions of a theme, each saved by itself.
func (m *Module) theme(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Pkg.Axes, func(a referential.Axis) bool { return a.Code == c.Path("theme") })
	if i < 0 && c.Path("theme") == allThemes {
		if v.State != Open {
			return c.Redirect(href(v.Assessment))
		}
		page := web.Page{Title: c.T("assessment.all_questions"), Lead: c.T("assessment.all_questions_lead"), Place: v.At, Crumbs: v.crumbs(c, true)}
		return c.Page(page, allBody(v))
	}
	if i < 0 {
		return fault.NotFound("assessment.no_theme")
	}
	if v.State != Open {
		return c.Redirect(href(v.Assessment))
	}
	axis := v.Pkg.Axes[i]
	page := web.Page{Title: axis.Title.In(lang(c.Ctx)), Lead: axis.Aim.In(lang(c.Ctx)), Place: v.At, Crumbs: v.crumbs(c, true)}
	return c.Page(page, themeBody(v, axis))
}

// answer saves the answer to one question. From the page of a theme the reader comes back to the question; else the next one follows.
func (m *Module) answer(c *web.Context) error {
	var form struct {
		Note string `form:"note,max=2000"`
		Back string `form:"back,max=80"` // code of the theme
		Seen string `form:"seen,max=40"` // id of the answer that the reader saw
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	code := c.Path("question")
	x := Answer{Question: code, Choice: c.R.Form.Get("answer-" + code), Note: form.Note, Source: FromPerson}
	if form.Back != "" { // a theme's page shows no notes: the one that is there stays
		v, err := m.load(c)
		if err != nil {
			return err
		}
		x.Note = v.Last[code].Note
	}
	err := m.Reply(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("assessment"), x)
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.questionPage(c, x.Choice, x.Note, wrong)
	}
	if err != nil {
		return err
	}
	return m.onward(c, code, form.Back, form.Seen)
}

// onward leads from a saved answer to what follows, and tells when somebody else had answered meanwhile.
func (m *Module) onward(c *web.Context, code, back, seen string) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if !c.FromScript() {
		// What came after the answer that the reader saw, and before their own.
		from := slices.IndexFunc(v.All, func(x Answer) bool { return x.ID == seen }) + 1
		if i := slices.IndexFunc(v.All[from:], func(x Answer) bool {
			return x.Question == code && x.By != c.Actor.Person && x.Choice != v.Last[code].Choice
		}); i >= 0 {
			c.Flash(ui.Warn, "assessment.both_kept", "name", v.who(v.All[from+i].By))
		}
	}
	if back == allThemes || slices.ContainsFunc(v.Pkg.Axes, func(a referential.Axis) bool { return a.Code == back }) {
		return c.Redirect(href(v.Assessment) + "/themes/" + url.PathEscape(back) + "#" + anchorOf(code))
	}
	part := v.part(c)
	next := v.next(part, code)
	if next == "" {
		return c.Redirect(href(v.Assessment))
	}
	return c.Redirect(v.questionHref(next, part))
}

// questionHref is the page of a question, kept to one respondent's when part is not empty.
func (v view) questionHref(question, part string) string {
	to := href(v.Assessment) + "/questions/" + url.PathEscape(question)
	if part != "" {
		to += "?part=" + url.QueryEscape(part)
	}
	return to
}

// anchorOf is the id of a question on the page of a theme.
func anchorOf(question string) string { return "q-" + question }

// finish closes the questionnaire.
func (m *Module) finish(c *web.Context) error {
	a, err := m.Finish(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("assessment"))
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "assessment.finished")
	return c.Redirect(href(a))
}
