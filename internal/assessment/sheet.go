package assessment

import (
	"context"
	"iter"

	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/referential"
)

// sheet is the questionnaire with its answers as a file.
func (v view) sheet(c *web.Context) web.Sheet {
	l := lang(c.Ctx)
	header := []string{c.T("assessment.code"), c.T("assessment.theme"), c.T("assessment.requirement"), c.T("assessment.question"), c.T("assessment.answer"), c.T("assessment.score"),
		c.T("assessment.answered_on"), c.T("assessment.answered_by")}
	if v.Notes {
		header = append(header, c.T("assessment.note"))
	}
	return web.Sheet{Name: c.T("assessment.file_name") + "-" + v.Package + "-" + c.Printer.ISODay(since(v.Assessment)), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, q := range v.questions("") {
			x, ok := v.Last[q.Code]
			row := []any{q.Code, q.Theme.Title.In(l), q.Requirement.Title.In(l), q.Text.In(l), "", nil, x.At, ""}
			if ok {
				row[4], row[7] = words(c.Ctx, q.Question, x), v.who(x.By)
				if choice, known := q.Choice(x.Choice); known && choice.Outcome != referential.OutcomeNotApplicable {
					row[5] = choice.Score
				}
			}
			if v.Notes {
				row = append(row, x.Note)
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}

// words is an answer as people read it.
func words(ctx context.Context, q referential.Question, x Answer) string {
	if choice, ok := q.Choice(x.Choice); ok {
		return choice.Text.In(lang(ctx))
	}
	if x.Choice == referential.DontKnow {
		return locale.T(ctx, "assessment.dont_know")
	}
	return locale.T(ctx, "assessment.answer_gone")
}

// sheetOfAll lists the self-assessments of the structure.
func (m *Module) sheetOfAll(c *web.Context, all []Assessment) web.Sheet {
	header := []string{c.T("assessment.questionnaire"), c.T("assessment.version"), c.T("assessment.state"), c.T("assessment.begun"), c.T("assessment.done_on"), c.T("assessment.score"), c.T("assessment.out_of")}
	return web.Sheet{Name: c.T("assessment.file_name"), Header: header, Rows: rowsOf(all, func(a Assessment) []any {
		row := []any{m.titleOf(c, a), a.Version, c.T(a.State.key()), a.BegunAt, a.DoneAt, nil, nil}
		if a.State == Done {
			row[5], row[6] = a.Score, a.Max
		}
		return row
	})}
}

func rowsOf(all []Assessment, write func(Assessment) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, a := range all {
			if !yield(write(a), nil) {
				return
			}
		}
	}
}

// titleOf names the questionnaire; its id when the platform has it no more.
func (m *Module) titleOf(c *web.Context, a Assessment) string {
	if p, ok := m.named(a.Package); ok {
		return titled(p.Title.In(lang(c.Ctx)), a)
	}
	return a.Package
}

func (s State) key() string { return "assessment.state_" + string(s) }
