package assessment

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// offer is a questionnaire in the list.
type offer struct {
	ID, Title, Aim, Size string
	Open                 string // address of the one under way
	Suits                bool   // written for such a structure
	Checklist            bool   // about something to be named; several may be under way
}

// listBody shows what was filled in, then what can be, first what was written for the category of the structure.
func (m *Module) listBody(c *web.Context, at *web.Place, category string, all []Assessment, wrong ui.Errors) templ.Component {
	var offers []offer
	for _, p := range m.shelf.Seen().Packages {
		n := len(p.Questions())
		if n == 0 {
			continue
		}
		o := offer{ID: p.ID, Title: p.Title.In(lang(c.Ctx)), Aim: p.Aim.In(lang(c.Ctx)), Size: c.T("assessment.size", "count", n, "minutes", n), Suits: suits(p, category), Checklist: p.Kind == referential.Checklist}
		if i := slices.IndexFunc(all, func(a Assessment) bool { return a.Package == p.ID && a.State == Open }); i >= 0 && !o.Checklist {
			o.Open = href(all[i])
		}
		offers = append(offers, o)
	}
	slices.SortStableFunc(offers, func(a, b offer) int {
		switch {
		case a.Suits == b.Suits:
			return 0
		case a.Suits:
			return -1
		}
		return 1
	})
	parts := []templ.Component{}
	if len(all) > 0 {
		parts = append(parts, m.historyTable(c, all))
	}
	parts = append(parts, heading(c.T("assessment.questionnaires")), questionnaires(offers, address(at.ID), mayAnswer(c, at), wrong))
	return flow(parts...)
}

func (m *Module) historyTable(c *web.Context, all []Assessment) templ.Component {
	table := ui.Table{ID: "assessments", Caption: c.T("assessment.title"), Total: len(all), Exports: c.Exports(), Query: ui.ReadQuery(c.R.URL, nil, ""), Columns: []ui.Column{
		{Text: c.T("assessment.questionnaire")}, {Text: c.T("assessment.state")}, {Text: c.T("assessment.date")}, {Text: c.T("assessment.score"), End: true}}}
	for _, a := range all {
		var name templ.Component = ui.Link{Href: href(a), Text: m.titleOf(c, a)}
		if _, known := m.named(a.Package); !known {
			name = ui.Text(a.Package)
		}
		score := "–"
		if a.State == Done {
			score = c.T("assessment.of", "score", scoreText(c.Ctx, a.Score), "max", scoreText(c.Ctx, a.Max))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "assessment-" + a.ID, Cells: []templ.Component{name, stateTag(c.Ctx, a.State), ui.Text(c.Printer.ShortDate(since(a))), ui.Text(score)}})
	}
	return table
}

func stateTag(ctx context.Context, s State) templ.Component {
	status := ui.Doing
	if s == Done {
		status = ui.Done
	}
	return status
}

// scoreText writes a score with one figure after the comma.
func scoreText(ctx context.Context, score float64) string { return locale.From(ctx).Float(score, 1) }

func progressNote(ctx context.Context, v view) string {
	if !v.Result.Counts() {
		return ""
	}
	return locale.T(ctx, "assessment.so_far", "score", scoreText(ctx, v.Result.Value), "max", scoreText(ctx, v.Result.Max))
}

// answerField is the choices of a question, with "I don't know" as one of them.
func answerField(ctx context.Context, q referential.Question, label, value string, wrong ui.Errors) ui.Field {
	f := ui.Field{Name: field(q), Label: label, Kind: ui.RadioField, Value: value, Errors: wrong}
	for _, choice := range q.Choices {
		f.Options = append(f.Options, ui.Option{Value: choice.Code, Text: choice.Text.In(lang(ctx))})
	}
	f.Options = append(f.Options, ui.Option{Value: referential.DontKnow, Text: locale.T(ctx, "assessment.dont_know")})
	return f
}

// autosave saves the question of a theme's page when a choice is made, and shows it again as it was kept.
func autosave(v view, q asked) templ.Attributes {
	id := "#" + anchorOf(q.Code)
	return templ.Attributes{"hx-post": v.questionHref(q.Code, ""), "hx-trigger": "submit, change", "hx-target": id, "hx-select": id, "hx-swap": "outerHTML", "hx-select-oob": "#progress"}
}

// themeTasks are the themes with how far each is.
func themeTasks(ctx context.Context, v view) []ui.Task {
	var tasks []ui.Task
	for _, part := range v.Result.Axes {
		t := ui.Task{Text: part.Title.In(lang(ctx)), Hint: answeredOf(ctx, part.Score.Answered, part.Score.Questions), Status: statusOf(part.Score.Answered, part.Score.Questions)}
		if v.Answer {
			t.Href = v.themeHref(part.Code)
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// partTasks are the respondents with how far each is.
func partTasks(ctx context.Context, v view) []ui.Task {
	var tasks []ui.Task
	for _, r := range v.Pkg.Respondents {
		questions := v.questions(r.Code)
		n := 0
		for _, q := range questions {
			if _, ok := v.Last[q.Code]; ok {
				n++
			}
		}
		t := ui.Task{Text: sentence(r.Title.In(lang(ctx))), Hint: answeredOf(ctx, n, len(questions)), Status: statusOf(n, len(questions))}
		if next := v.next(r.Code, ""); v.Answer && len(questions) > 0 {
			if next == "" {
				next = questions[0].Code
			}
			t.Href = v.questionHref(next, r.Code)
		}
		tasks = append(tasks, t)
	}
	return tasks
}

func answeredOf(ctx context.Context, n, of int) string {
	return locale.T(ctx, "assessment.answered_of", "n", n, "count", of)
}

func statusOf(n, of int) ui.Status {
	switch n {
	case of:
		return ui.Done
	case 0:
		return ui.ToDo
	}
	return ui.Doing
}

func (v view) themeHref(theme string) string {
	return href(v.Assessment) + "/themes/" + url.PathEscape(theme)
}

// themeAfter is the theme with questions that follows one, or none.
func (v view) themeAfter(theme string) referential.Part {
	i := slices.IndexFunc(v.Result.Axes, func(p referential.Part) bool { return p.Code == theme })
	if i < 0 || i+1 == len(v.Result.Axes) {
		return referential.Part{}
	}
	return v.Result.Axes[i+1]
}

// position of a question among those of a part, from 1.
func (v view) position(question, part string) int {
	return slices.IndexFunc(v.questions(part), func(q asked) bool { return q.Code == question }) + 1
}

// after is the question that follows one in a part, or none.
func (v view) after(question, part string) string {
	all := v.questions(part)
	if at := v.position(question, part); at > 0 && at < len(all) {
		return all[at].Code
	}
	return ""
}

// reviewList are the answered questions that ask for something else now.
func (v view) reviewList() []asked {
	var all []asked
	for _, q := range v.questions("") {
		if v.changed(q.Question) {
			all = append(all, q)
		}
	}
	return all
}

// origin says where a proposal comes from.
func origin(ctx context.Context, one proposal) string {
	if one.From == FromFacts {
		return one.Why
	}
	text := locale.T(ctx, "assessment.from_previous", "date", locale.From(ctx).Date(one.At))
	if one.Changed {
		text += " " + locale.T(ctx, "assessment.changed")
	}
	return text
}

func proposalTable(ctx context.Context, v view) templ.Component {
	t := ui.Table{ID: "proposals", Caption: locale.T(ctx, "assessment.proposals"), Total: -1, Columns: []ui.Column{
		{Text: locale.T(ctx, "assessment.question")}, {Text: locale.T(ctx, "assessment.answer")}, {Text: locale.T(ctx, "assessment.where_from")}}}
	for _, one := range v.Proposals {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{tick("take", one.Question.Code, one.Question.Text.In(lang(ctx)), false),
			ui.Text(one.Choice.Text.In(lang(ctx))), ui.Text(origin(ctx, one))}})
	}
	return t
}

// gaps are what remains to be gained.
func (v view) gaps() []referential.Gap { return v.Pkg.Gaps(choices(v.Last)) }

// measuresFrom is the number of the first folded measure.
const measuresFrom = "7"

// aside tells effort and who can answer for a measure.
func aside(ctx context.Context, v view, gap referential.Gap) string {
	parts := []string{locale.T(ctx, "assessment.effort_"+strconv.Itoa(gap.Effort))}
	var who []string
	for _, code := range gap.Question.Who {
		for _, r := range v.Pkg.Respondents {
			if r.Code == code {
				who = append(who, r.Title.In(lang(ctx)))
			}
		}
	}
	if len(who) > 0 {
		parts = append(parts, locale.T(ctx, "assessment.with", "who", locale.From(ctx).List(who)))
	}
	parts = append(parts, locale.T(ctx, "assessment.gain", "percent", locale.From(ctx).Percent(int64(gap.Gain*1000+0.5), 1000)))
	if lifts := lifted(locale.From(ctx), gap); lifts != "" {
		parts = append(parts, lifts)
	}
	return strings.Join(parts, " ")
}

// lifted tells which level of the scale a measure leads to, by itself or with those before it.
func lifted(p *locale.Printer, gap referential.Gap) string {
	switch level := gap.Level.In(referential.Lang(p.Lang())); {
	case level == "":
		return ""
	case gap.Beside == 0:
		return p.T("assessment.lifts", "level", level)
	default:
		return p.T("assessment.lifts_with", "level", level, "count", gap.Beside)
	}
}

// scoreTable gives the score of each theme, now and before.
func scoreTable(ctx context.Context, v view) templ.Component {
	p := locale.From(ctx)
	b := ui.Bars{Caption: p.T("assessment.by_theme"), Name: p.T("assessment.theme"), Count: p.T("assessment.in_percent"), Full: 100}
	for i, part := range v.Result.Axes {
		row := ui.Bar{Label: p.T("assessment.numbered", "n", i+1, "theme", part.Title.In(lang(ctx))), Note: p.T("assessment.not_counted")}
		if s := part.Score; s.Counts() {
			row.Count = int(100*s.Value/s.Max + 0.5)
			row.Note = p.T("assessment.of", "score", scoreText(ctx, s.Value), "max", scoreText(ctx, s.Max))
			if before, ok := v.before(part.Code); ok {
				row.Note = p.T("assessment.of_before", "now", row.Note, "before", scoreText(ctx, before))
			}
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// before is the score of a theme in the self-assessment before.
func (v view) before(theme string) (float64, bool) {
	for _, part := range v.Before.Axes {
		if part.Code == theme && part.Score.Counts() {
			return part.Score.Value, true
		}
	}
	return 0, false
}

func earlierTable(ctx context.Context, v view) templ.Component {
	p := locale.From(ctx)
	t := ui.Table{ID: "earlier", Caption: p.T("assessment.earlier"), Total: -1, Columns: []ui.Column{{Text: p.T("assessment.date")}, {Text: p.T("assessment.version")}, {Text: p.T("assessment.score"), End: true}}}
	for _, a := range v.Earlier {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: href(a), Text: p.Date(a.DoneAt)}, ui.Text(a.Version),
			ui.Text(p.T("assessment.of", "score", scoreText(ctx, a.Score), "max", scoreText(ctx, a.Max)))}})
	}
	return t
}

func answerTable(ctx context.Context, v view, exports []ui.Format) templ.Component {
	p := locale.From(ctx)
	t := ui.Table{ID: "answers", Caption: p.T("assessment.answers"), Total: -1, Exports: exports, Query: ui.Query{Path: href(v.Assessment)}, Columns: []ui.Column{
		{Text: p.T("assessment.question")}, {Text: p.T("assessment.answer")}, {Text: p.T("assessment.answered_by")}}}
	for _, q := range v.questions("") {
		x := v.Last[q.Code]
		answer := words(ctx, q.Question, x)
		if x.Note != "" && v.Notes {
			answer += " – " + x.Note
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(q.Text.In(lang(ctx))), ui.Text(answer), ui.Text(v.who(x.By))}})
	}
	return t
}

// sentence begins a label, written to stand inside a sentence, with a capital.
func sentence(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	if size == 0 {
		return label
	}
	return string(unicode.ToUpper(first)) + label[size:]
}
