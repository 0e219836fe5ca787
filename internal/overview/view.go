package overview

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/replay"
	"hygie/internal/territory"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// lang is the reader's language, as referentials name it.
func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }

func zone(ctx context.Context) *time.Location { return locale.From(ctx).Zone() }

// message is a cell with a text of the catalogue, set back.
func message(key string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return muted(locale.T(ctx, key)).Render(ctx, w) })
}

// within is the address of the list below a structure, of one level or of those never measured.
func within(s territory.ID, level string) string {
	values := url.Values{"kind": {string(territory.Entity)}}
	if s != "" {
		values.Set("group", string(s))
	}
	if level != "" {
		values.Set("level", level)
	}
	return "/structures?" + values.Encode()
}

// levelTone is how a level is coloured: the two lowest are a danger.
func levelTone(level int) ui.Tone {
	switch {
	case level == 0:
		return ui.Plain
	case level <= 2:
		return ui.Bad
	case level == 3:
		return ui.Warn
	}
	return ui.Good
}

// levelBars shows how many entities of a survey have each level.
func levelBars(ctx context.Context, s survey) ui.Bars {
	p := locale.From(ctx)
	b := ui.Bars{Caption: p.T("overview.levels_caption"), Name: p.T("overview.level"), Count: p.T("overview.entities")}
	for level := worstLevel; level <= bestLevel; level++ {
		b.Rows = append(b.Rows, ui.Bar{Label: p.T("overview.level_n", "level", level), Count: s.ByLevel[level], Tone: levelTone(level), Href: s.href(strconv.Itoa(level))})
	}
	b.Rows = append(b.Rows, ui.Bar{Label: p.T("overview.never"), Count: s.ByLevel[0], Href: s.href(neverMeasured)})
	return b
}

// href leads to the entities of a level; a reader who works on figures is not led to names.
func (s survey) href(level string) string {
	if !s.Names {
		return ""
	}
	return within(s.Structure.ID, level)
}

// partsTable compares the parts of a survey.
func partsTable(ctx context.Context, s survey) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "parts", Caption: p.T("overview.parts_" + string(below(s.Structure.Kind))), Total: ui.NoTotal, Dense: true, Scroll: true, Columns: []ui.Column{
		{Text: p.T("overview.name")}, {Text: p.T("overview.entities"), End: true}, {Text: p.T("overview.measured_count"), End: true},
		{Text: p.T("overview.level_1_2"), End: true}, {Text: p.T("overview.level_3_5"), End: true}, {Text: p.T("overview.never"), End: true}}}
	row := func(name templ.Component, one part) {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{name, ui.Number(int64(one.Entities)), ui.Number(int64(one.Measured())),
			ui.Number(int64(one.ByLevel[1] + one.ByLevel[2])), ui.Number(int64(one.ByLevel[3] + one.ByLevel[4] + one.ByLevel[5])), ui.Number(int64(one.ByLevel[0]))}})
	}
	for _, one := range s.Parts {
		row(ui.Link{Href: address(one.ID), Text: one.Name}, one)
	}
	if s.Alone.Entities > 0 {
		row(ui.Text(p.T("overview.alone_"+string(below(s.Structure.Kind)))), s.Alone)
	}
	return table
}

// latestTable names the entities measured last.
func latestTable(ctx context.Context, s survey) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "latest", Caption: p.T("overview.latest"), Total: ui.NoTotal, Dense: true, Scroll: true,
		Columns: []ui.Column{{Text: p.T("overview.name")}, {Text: p.T("overview.level")}}}
	for _, one := range s.Latest {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{measuredName(one), gaugeCell(one.Structure, one.Measure)}})
	}
	return table
}

func childrenTable(ctx context.Context, v situationView) templ.Component {
	p := locale.From(ctx)
	level := v.Structure.Kind != territory.Entity && v.Posture // establishments are measured with their entity
	columns := sortable(p, false)
	if level {
		columns = append(columns, ui.Column{Text: p.T("overview.level")})
	}
	for i := range columns {
		columns[i].Sort = false
	}
	table := ui.Table{ID: "below", Caption: p.T("overview.below"), Total: ui.NoTotal, Dense: true, Columns: columns}
	for _, s := range v.Children {
		table.Rows = append(table.Rows, structureRow(p, s, level, false))
	}
	return table
}

func membersTable(ctx context.Context, v situationView) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "members", Caption: p.T("overview.members"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: p.T("overview.name")}, {Text: p.T("overview.role")}, {Text: p.T("overview.city")}, {Text: p.T("overview.level")}, {Text: p.T("overview.measured")}}}
	for _, member := range v.Members {
		name := ui.Text(member.Subject.Name)
		if member.Within {
			name = ui.Link{Href: address(member.Subject.ID), Text: member.Subject.Name}
		}
		l := v.Measured[string(member.Subject.ID)]
		level := gaugeCell(member.Subject, l)
		if !member.Within {
			level = message("overview.out_of_reach")
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{name, ui.Text(p.T("overview.role_" + string(member.Role))), ui.Text(member.Subject.City), level, dayCell(p, l)}})
	}
	return table
}

// identity is what is known of a structure.
func identity(ctx context.Context, s territory.Structure) []ui.Term {
	p := locale.From(ctx)
	var terms []ui.Term
	add := func(name, value string) {
		if value != "" {
			terms = append(terms, ui.Term{Name: name, Value: ui.Text(value)})
		}
	}
	add(p.T("overview.kind"), p.T(place.KindKey(s)))
	add(p.T("overview.finess"), s.Finess)
	add("SIREN", s.Siren)
	add("SIRET", s.Siret)
	add(p.T("overview.category"), s.CategoryLabel)
	add(p.T("overview.city"), s.City)
	add(p.T("overview.department"), s.Department)
	return terms
}

// requirementsShown is how many requirements of a package the page of a structure names; the page of the package has them all.
const requirementsShown = 5

// requirementTasks lists requirements of a package with their verdicts and what to do: those not met first, then the unknown ones. rest is how many
// more there are.
func requirementTasks(ctx context.Context, when replay.Moment, s territory.Structure, a assessment) (tasks []ui.Task, rest int) {
	for _, r := range a.Package.Requirements() {
		v, ok := a.Verdict(r.Code)
		if !ok || v.Status == referential.NotApplicable {
			continue
		}
		task := ui.Task{Text: r.Title.In(lang(ctx)), Href: packageThen(when, s, a.Package) + "#r-" + r.Code, Status: ui.Status(v.Status)}
		if v.NextAction != nil {
			task.Hint = v.NextAction.Text(lang(ctx), zone(ctx))
		}
		if unsure(r) {
			task.Hint = strings.TrimSpace(task.Hint + " " + locale.T(ctx, "overview.unsure"))
		}
		tasks = append(tasks, task)
	}
	order := []ui.Status{ui.NotMet, ui.Unknown, ui.Met}
	slices.SortStableFunc(tasks, func(x, y ui.Task) int { return slices.Index(order, x.Status) - slices.Index(order, y.Status) })
	if len(tasks) > requirementsShown {
		tasks, rest = tasks[:requirementsShown], len(tasks)-requirementsShown
	}
	return tasks, rest
}

func packageHref(s territory.Structure, p *referential.Package) string {
	return address(s.ID) + "/referentials/" + p.ID
}

// verdict is an answer as a chip; what does not apply says so without judging.
func verdict(ctx context.Context, s referential.Status) templ.Component {
	if s == referential.NotApplicable {
		return ui.Tag{Text: locale.T(ctx, "overview.not_applicable"), Icon: "dash-circle", Open: true}
	}
	return ui.Status(s)
}

// verdictText names an answer.
func verdictText(ctx context.Context, s referential.Status) string {
	if s == referential.NotApplicable {
		return locale.T(ctx, "overview.not_applicable")
	}
	return locale.T(ctx, ui.Status(s).MessageKey())
}

// wordClass is the shape and colour of an answer among many.
func wordClass(s referential.Status) string {
	switch s {
	case referential.Met:
		return "word word-good"
	case referential.NotMet:
		return "word word-bad"
	case referential.NotApplicable:
		return "word word-none"
	}
	return "word"
}

// levelMeaning is the message that says what a level means for the hospital. A good level that is only a maximum deserves no praise:
// what was not looked at may be the worst.
func levelMeaning(m *measure) string {
	if m.atMost && m.level > levelOfShortTerm {
		return "overview.means_at_most"
	}
	return "overview.means_" + strconv.Itoa(min(max(m.level, worstLevel), bestLevel))
}

// levelOfShortTerm is the highest level at which a takeover is near.
const levelOfShortTerm = 2

// marks are the four ways in which a line may be sure, as the legend explains them.
func marks() []referential.Mark {
	return referential.Marks()
}

// unsure tells whether a requirement, or a criterion of it, is known to exist and not known in full.
func unsure(r referential.Requirement) bool {
	return r.Source.Mark == referential.Unsure || slices.ContainsFunc(r.Criteria, func(c referential.Criterion) bool { return c.Source.Mark == referential.Unsure })
}

// marked is the title of a requirement, with a word when it is unsure.
func marked(p *locale.Printer, r referential.Requirement) string {
	title := r.Title.In(referential.Lang(p.Lang()))
	if unsure(r) {
		title += " " + p.T("overview.unsure")
	}
	return title
}

func markKey(m referential.Mark) string { return "overview.mark_" + string(m) }

// document is a kind of document that a requirement wants joined.
type document struct {
	Code, Name string
}

// documents names the documents that a requirement wants joined.
func documents(ctx context.Context, p *referential.Package, r referential.Requirement) []document {
	var list []document
	for _, code := range r.Evidence {
		for _, kind := range p.Documents {
			if kind.Code == code {
				list = append(list, document{Code: code, Name: kind.Label.In(lang(ctx))})
			}
		}
	}
	return list
}

// reviewed are the lines of a package that its version changed in a way that may make an earlier answer or proof wrong.
func reviewed(ctx context.Context, v judged) (lines []ui.Link) {
	for _, change := range v.Edition.Changes {
		if !change.Review {
			continue
		}
		link := ui.Link{Text: cmp.Or(change.Title.In(lang(ctx)), change.Code)}
		if _, ok := v.Assessment.Verdict(change.Code); ok && change.What == "requirement" {
			link.Href = "#r-" + change.Code
		}
		lines = append(lines, link)
	}
	return lines
}
