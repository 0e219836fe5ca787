package assessment

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// bringForm is what stands around the file.
type bringForm struct {
	Code     int `form:"column-code"`
	Question int `form:"column-question"`
	Answer   int `form:"column-answer"`
	Note     int `form:"column-note"`
}

func (f bringForm) told() map[string]int {
	return map[string]int{codeColumn: f.Code, questionColumn: f.Question, answerColumn: f.Answer, noteColumn: f.Note}
}

// bringBlank asks for the spreadsheet.
func (m *Module) bringBlank(c *web.Context) error { return m.bringPage(c, brought{}, nil) }

func (m *Module) bringPage(c *web.Context, b brought, wrong ui.Errors) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if v.State != Open {
		return c.Redirect(href(v.Assessment))
	}
	page := web.Page{Title: c.T("assessment.bring"), Lead: c.T("assessment.bring_lead"), Place: v.At, Crumbs: v.crumbs(c, true), Errors: wrong}
	return c.Page(page, bringBody(v, b, wrong))
}

// bringFile reads the spreadsheet and shows what it would change; nothing is recorded.
func (m *Module) bringFile(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if v.State != Open {
		return fault.Conflict("assessment.already_done")
	}
	var f bringForm
	var b brought
	err = c.Upload(&f, "file", maxSheet, func(_ string, content io.Reader) error {
		file, err := io.ReadAll(io.LimitReader(content, maxSheet+1))
		if err != nil {
			return err
		}
		b, err = bring(c.Ctx, v, file, f.told())
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.bringPage(c, brought{}, wrong)
	}
	if err != nil {
		return err
	}
	if b.Names != nil {
		return m.bringPage(c, b, nil)
	}
	page := web.Page{Title: c.T("assessment.bring_preview"), Lead: c.T("assessment.bring_preview_lead"), Place: v.At, Crumbs: v.crumbs(c, true)}
	return c.Page(page, previewBody(v, b))
}

// accept answers with the changes that were ticked, unless somebody answered the question since they were shown.
func (m *Module) accept(c *web.Context) error {
	var form struct {
		Take []string `form:"take,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	taken, passed := 0, 0
	var a Assessment
	err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		taken, passed = 0, 0
		a2, p, err := m.found(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("assessment"))
		if err != nil {
			return err
		}
		a = a2
		given, err := answers(c.Ctx, tx, c.Scope, a.ID)
		if err != nil {
			return err
		}
		last := latest(given)
		for _, code := range form.Take {
			if last[code].ID != c.R.Form.Get("seen-"+code) {
				passed++
				continue
			}
			x := Answer{Question: code, Choice: c.R.Form.Get("choice-" + code), Note: c.R.Form.Get("note-" + code), Source: FromPerson}
			if err := m.reply(c.Ctx, tx, c.Actor, c.Scope, a, p, x); err != nil {
				return err
			}
			taken++
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Flash(tone(taken > 0), "assessment.taken", "count", taken)
	if passed > 0 {
		c.Flash(ui.Warn, "assessment.bring_passed", "count", passed)
	}
	return c.Redirect(href(a))
}

// columnChoice asks which column holds a field.
func columnChoice(ctx context.Context, b brought, key string, optional bool) ui.Field {
	f := ui.Field{Name: "column-" + key, Label: locale.T(ctx, "assessment.column_"+key), Kind: ui.SelectField, Optional: optional, Options: []ui.Option{{Value: "", Text: "–"}}}
	for i, name := range b.Names {
		f.Options = append(f.Options, ui.Option{Value: strconv.Itoa(i + 1), Text: locale.T(ctx, "assessment.column_n", "n", i+1, "name", shorten(name))})
	}
	if column, ok := b.Columns[key]; ok {
		f.Value = strconv.Itoa(column + 1)
	}
	return f
}

// changeTable is what the spreadsheet would change, to tick.
func changeTable(ctx context.Context, v view, b brought) templ.Component {
	t := ui.Table{ID: "changes", Caption: locale.T(ctx, "assessment.bring_changes"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: locale.T(ctx, "assessment.question")}, {Text: locale.T(ctx, "assessment.bring_now")}, {Text: locale.T(ctx, "assessment.bring_then")}, {Text: locale.T(ctx, "assessment.note")}, {Text: locale.T(ctx, "assessment.bring_row"), End: true}}}
	for _, one := range b.Changes {
		now := ui.Text("–")
		if x, ok := v.Last[one.Question.Code]; ok {
			now = ui.Text(words(ctx, one.Question.Question, x))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{changeTick(v, one, one.Question.Text.In(lang(ctx))), now,
			ui.Text(words(ctx, one.Question.Question, Answer{Choice: one.Choice})), ui.Text(one.Note), ui.Number(int64(one.Row))}})
	}
	return t
}

// line writes a remark with its row.
func (r remark) line(ctx context.Context) string {
	text := locale.T(ctx, r.Key, r.Args...)
	if r.Row == 0 {
		return text
	}
	return locale.T(ctx, "assessment.row_line", "row", r.Row, "text", text)
}
