package declaration

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/proof"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// words writes facts in the reader's way.
type words struct{ p *locale.Printer }

func (w words) lang() referential.Lang { return referential.Lang(w.p.Lang()) }

func (w words) label(a asked) string {
	if a.Label.IsZero() {
		return a.Key
	}
	return sentence(a.Label.In(w.lang()))
}

// obtain is how to get the fact, when the package says it.
func (w words) obtain(a asked) string { return a.Obtain.Text.In(w.lang()) }

// value writes the value of a fact.
func (w words) value(kind referential.FactKind, v referential.Value) string {
	if text, ok := meaning(kind, v); ok {
		return text.In(w.lang())
	}
	switch v.Kind {
	case referential.NumberKind:
		return w.p.Float(v.Number, -1)
	case referential.DateKind:
		return w.p.Date(v.Date)
	case referential.BoolKind:
		if v.Bool {
			return w.p.T("web.yes")
		}
		return w.p.T("web.no")
	}
	if v.Text == otherValue {
		return w.p.T("declaration.other")
	}
	return v.Text
}

// typed writes a value as a form has it.
func (w words) typed(v referential.Value) string {
	switch v.Kind {
	case referential.NumberKind:
		return strconv.FormatFloat(v.Number, 'f', -1, 64)
	case referential.DateKind:
		return w.p.ISODay(v.Date)
	case referential.BoolKind:
		return strconv.FormatBool(v.Bool)
	}
	return v.Text
}

// field is the control for a fact, in the form of its kind.
func (v view) field(a asked, name, value string, optional bool, wrong ui.Errors) ui.Field {
	p := v.words.p
	f := ui.Field{Name: name, Label: v.words.label(a), Value: value, Optional: optional, Errors: wrong}
	switch a.Kind {
	case referential.DateKind:
		f.Kind, f.Min, f.Max = ui.DayField, strconv.Itoa(firstYear)+"-01-01", p.ISODay(v.Now)
	case referential.NumberKind:
		f.Kind, f.Step, f.Short = ui.NumberField, "any", true
	case referential.BoolKind:
		f.Kind, f.Options = ui.RadioField, []ui.Option{{Value: "true", Text: sentence(p.T("web.yes"))}, {Value: "false", Text: sentence(p.T("web.no"))}}
	default:
		f.MaxLength = longestWords
		for _, choice := range choices(a.FactKind) {
			f.Kind = ui.RadioField
			f.Options = append(f.Options, ui.Option{Value: choice, Text: sentence(v.words.value(a.FactKind, referential.Words(choice)))})
		}
	}
	return f
}

// evidenceOptions are what can be chosen as evidence.
func (v view) evidenceOptions() []ui.Option {
	options := []ui.Option{{Value: "", Text: v.words.p.T("declaration.no_evidence_yet")}}
	for _, e := range v.usableEvidence() {
		options = append(options, ui.Option{Value: e.ID, Text: v.words.p.T("declaration.evidence_line", "name", e.Name, "date", v.words.p.Date(e.DepositedAt))})
	}
	return options
}

// nextAction is the best thing to declare.
func (v view) nextAction() ui.NextAction {
	missing := v.missing()
	if !v.Declare || len(missing) == 0 {
		return ui.NextAction{}
	}
	a, p := missing[0], v.words.p
	next := ui.NextAction{Line: v.words.obtain(a), Act: ui.Button{Text: p.T("declaration.declare"), Kind: ui.Primary, Href: addressOf(v.At.ID, a.Key) + "/new"}}
	if next.Line == "" {
		next.Line = p.T("declaration.say", "fact", v.words.label(a))
	}
	if n := a.waiting(); n > 0 {
		next.Why = p.T("declaration.waiting", "count", n)
	} else {
		next.Why = p.T("declaration.serves", "count", len(a.Serves))
	}
	return next
}

// missingTasks are the facts that nobody said yet.
func (v view) missingTasks() (tasks []ui.Task) {
	for _, a := range v.missing() {
		t := ui.Task{Text: v.words.label(a), Href: addressOf(v.At.ID, a.Key), Hint: v.words.p.T("declaration.serves", "count", len(a.Serves))}
		if v.Declare {
			t.Href += "/new"
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// standingTable is what is known now.
func standingTable(ctx context.Context, v view) templ.Component {
	p := v.words.p
	table := ui.Table{ID: "standing", Caption: p.T("declaration.standing"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{
		{Text: p.T("declaration.fact")}, {Text: p.T("declaration.value")}, {Text: p.T("declaration.on")}, {Text: p.T("declaration.by")}, {Text: p.T("declaration.evidence")}, {Text: p.T("declaration.requirements"), End: true}}}
	for _, a := range v.standing() {
		f, _ := v.Known.latest(a.Key, v.Now)
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: addressOf(v.At.ID, a.Key), Text: v.words.label(a)}, ui.Text(sentence(v.words.value(a.FactKind, f.Value))),
			ui.Text(p.Date(f.ObservedAt)), ui.Text(v.by(f)), v.evidenceCell(f), ui.Number(int64(len(a.Serves)))}})
	}
	return table
}

// by says who declared a fact, or that it was not declared.
func (v view) by(f proof.Fact) string {
	if declared(f) {
		return v.who(f)
	}
	return v.words.p.T("declaration.elsewhere", "source", f.Source)
}

func (v view) evidenceCell(f proof.Fact) templ.Component {
	if e, ok := v.evidenceOf(f); ok {
		return ui.Link{Href: "/structures/" + v.At.ID + "/evidence/" + e.ID, Text: e.Name}
	}
	return ui.Text(v.words.p.T("declaration.without"))
}

// events is the history of a fact.
func (v view) events(a asked) (all []ui.Event) {
	for _, f := range v.history(a.Key) {
		title := v.words.p.T("declaration.withdrawn")
		if !f.Withdraws {
			title = v.words.p.T("declaration.said", "value", sentence(v.words.value(a.FactKind, f.Value)), "date", v.words.p.Date(f.ObservedAt))
		}
		e := ui.Event{At: f.RecordedAt, Title: title, Who: v.by(f), Body: eventBody(v, a, f)}
		if v.Known.corrected[f.ID] != "" {
			e.Tone = ui.Warn
		}
		all = append(all, e)
	}
	return all
}

// withText writes what was declared of the same observation.
func (v view) withText(a asked, f proof.Fact) (lines []string) {
	for _, other := range a.beside(v.Asked) {
		for _, o := range v.Known.all {
			if o.Key == other.Key && !o.Withdraws && o.Source == f.Source && o.ObservedAt.Equal(f.ObservedAt) {
				lines = append(lines, v.words.p.T("declaration.pair", "fact", v.words.label(other), "value", v.words.value(other.FactKind, o.Value)))
			}
		}
	}
	return lines
}
