package instruction

import (
	"context"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// script loads what the keyboard needs, when the program serves it.
func (m *Module) script() templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if m.keys == "" {
			return nil
		}
		_, err := fmt.Fprintf(w, `<script src="%s" defer></script>`, html.EscapeString(m.keys))
		return err
	})
}

// callTitle names a call.
func (m *Module) callTitle(ctx context.Context, id string) string {
	if k, ok := m.find(id); ok {
		return k.Title.In(lang(ctx))
	}
	return id
}

func euros(ctx context.Context, amount funding.Cents) string {
	return locale.From(ctx).Euros(int64(amount))
}

// stateTag is how a state is shown to who instructs.
func stateTag(ctx context.Context, s funding.State) ui.Tag {
	t := ui.Tag{Text: locale.T(ctx, s.MessageKey()), Tone: ui.Info}
	switch {
	case s.Correcting():
		t.Tone = ui.Warn
	case s == funding.Granted || s == funding.PartlyGranted || s == funding.Achieved:
		t.Tone = ui.Good
	case s == funding.Refused || s == funding.Missed:
		t.Tone = ui.Bad
	case s == funding.Deposited: // the applicant's own word says that it may still change
		t.Text, t.Tone, t.Open = locale.T(ctx, "instruction.state_deposited"), ui.Plain, true
	case s == funding.Endorsed || s == funding.Declared:
		t.Tone, t.Open = ui.Plain, true
	}
	return t
}

// columns of a queue.
func (m *Module) columns(ctx context.Context) []ui.Column {
	col := func(name string, sort, end bool) ui.Column {
		return ui.Column{Name: name, Text: locale.T(ctx, "instruction.col_"+name), Sort: sort, End: end}
	}
	return []ui.Column{col("name", true, false), col("state", false, false), col("points", false, false), col("due", true, false), col("age", true, false), col("amount", true, true), col("hand", false, false)}
}

// table is the list of a queue.
func (m *Module) table(ctx context.Context, v queued) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "queue", Caption: p.T("instruction.title_" + string(v.Desk.Level)), Columns: m.columns(ctx), Query: v.Query, Total: v.Total, Keep: []string{"view"}, Pager: v.Query.Pages(v.Total),
		Exports: v.Exports, Empty: ui.Empty{Title: p.T("instruction.empty"), Text: p.T("instruction.empty_text")}}
	options := func(key string, values ...string) []ui.Option {
		list := []ui.Option{{Text: p.T("instruction.any")}}
		for _, value := range values {
			list = append(list, ui.Option{Value: value, Text: p.T("instruction." + key + "_" + value)})
		}
		return list
	}
	calls := []ui.Option{{Text: p.T("instruction.any")}}
	for _, k := range m.calls.All() {
		calls = append(calls, ui.Option{Value: k.ID, Text: k.Title.In(lang(ctx))})
	}
	t.Filters = []ui.Field{
		{Name: "q", Label: p.T("instruction.search"), Kind: ui.SearchField},
		{Name: "points", Label: p.T("instruction.col_points"), Kind: ui.SelectField, Options: options("points", "clean", "open", "drawn", "late")},
		{Name: "hand", Label: p.T("instruction.col_hand"), Kind: ui.SelectField, Options: options("hand", "mine", "free")},
		{Name: "call", Label: p.T("instruction.col_call"), Kind: ui.SelectField, Options: calls},
	}
	for _, l := range v.Lines {
		t.Rows = append(t.Rows, ui.Row{ID: "d-" + l.ID, Cells: []templ.Component{m.chosen(v, l), stateTag(ctx, l.State), pointsTag(ctx, l), dueCell(ctx, v, l), ui.Text(ageText(ctx, v, l)), ui.Text(euros(ctx, l.Asked)), handCell(ctx, v, l)}})
	}
	return t
}

// pointsTag says what the checks left open.
func pointsTag(ctx context.Context, l line) ui.Tag {
	p := locale.From(ctx)
	switch {
	case !l.Checked:
		return ui.Tag{Text: p.T("instruction.unchecked"), Icon: "clock", Open: true}
	case l.Drawn:
		return ui.Tag{Text: p.T("instruction.points_drawn"), Tone: ui.Info}
	case l.Open == 0:
		return ui.Tag{Text: p.T("instruction.points_clean"), Tone: ui.Good}
	}
	return ui.Tag{Text: p.T("instruction.points_count", "count", l.Open), Tone: ui.Warn}
}

// dueCell is until when the level should have done its part.
func dueCell(ctx context.Context, v queued, l line) templ.Component {
	p := locale.From(ctx)
	switch {
	case l.Due.IsZero():
		return ui.Text("–")
	case l.Due.Before(v.Now):
		return ui.Tag{Text: p.T("instruction.late_since", "date", p.ShortDate(l.Due)), Tone: ui.Warn}
	}
	return ui.Text(p.ShortDate(l.Due))
}

func ageText(ctx context.Context, v queued, l line) string {
	since := l.Arrived
	if since.IsZero() {
		since = l.Since
	}
	if since.After(v.Now) {
		return locale.T(ctx, "instruction.from", "date", locale.From(ctx).ShortDate(since))
	}
	return locale.T(ctx, "instruction.days", "count", int(v.Now.Sub(since).Hours()/24))
}

func handCell(ctx context.Context, v queued, l line) templ.Component {
	if l.Hand == "" {
		return ui.Text("–")
	}
	name := v.Names[l.Hand]
	if held, away := v.StandIns[l.Hand]; away {
		name = locale.T(ctx, "instruction.away", "name", name, "other", held.Person.Name)
	}
	return ui.Text(name)
}

// who names somebody; the platform has its own name.
func (v view) who(id string) string {
	if name := v.Names[id]; name != "" {
		return name
	}
	return "hygie"
}

// happened is an event in one line: what, by whom, for whom, and why.
func (v view) happened(ctx context.Context, e funding.Event) ui.Event {
	p := locale.From(ctx)
	title := p.T(e.MessageKey())
	if e.Act == funding.Propose {
		title += " : " + p.T(funding.Act(e.Outcome).MessageKey())
	}
	if e.Amount > 0 {
		title += " – " + euros(ctx, e.Amount)
	}
	who := v.who(e.By)
	if e.OnBehalf != "" {
		who = p.T("dossier.on_behalf", "name", who, "other", v.who(e.OnBehalf))
	}
	line := ui.Event{At: e.At, Title: title, Who: who}
	text := e.Note
	if e.Act == funding.Endorse {
		text = strings.TrimSpace(p.T("dossier.outcome_"+e.Outcome) + "\n" + text)
	}
	if text != "" {
		line.Body = linesOf(text)
	}
	return line
}

// history is what happened, the latest first.
func (v view) history(ctx context.Context) (list []ui.Event) {
	for _, e := range slices.Backward(v.Events) {
		list = append(list, v.happened(ctx, e))
	}
	if len(list) > 0 {
		list[0].Now = true
	}
	return list
}

// summary is what is known of the dossier at a glance.
func (m *Module) summary(ctx context.Context, c *web.Context, v view) []ui.Term {
	p := locale.From(ctx)
	list := []ui.Term{{Name: p.T("instruction.col_state"), Value: stateTag(ctx, v.State)}}
	add := func(key, text string) {
		if text != "" {
			list = append(list, ui.Term{Name: p.T(key), Value: ui.Text(text)})
		}
	}
	since := p.T("dossier.since", "duration", v.Now.Sub(v.Since), "date", p.DateTime(v.Since))
	if v.Delay.Count > 0 {
		since += " " + p.T("dossier.median", "duration", v.Delay.Median, "count", v.Delay.Count)
	}
	add("dossier.since_when", since)
	if !v.Check.Due.IsZero() {
		text := p.DateTime(v.Check.Due)
		if v.Check.Due.Before(v.Now) {
			text = p.T("instruction.late_since", "date", text)
		}
		add("instruction.col_due", text)
	}
	if spans := funding.Running(v.Events); len(spans) > 0 {
		elapsed := p.Duration(funding.Elapsed(v.Events, v.Now))
		if last := spans[len(spans)-1]; !last.Until.IsZero() {
			elapsed = p.T("dossier.clock_stands", "duration", elapsed)
		}
		add("dossier.clock", elapsed)
	}
	add("dossier.asked", euros(ctx, v.Asked))
	if v.Granted > 0 {
		add("dossier.granted", euros(ctx, v.Granted))
	}
	if v.Proposal != "" {
		add("instruction.proposal", p.T(v.Proposal.MessageKey())+" – "+euros(ctx, v.ProposedAmount)+" ("+v.who(v.ProposedBy)+")")
	}
	if v.Slot != v.Dossier.Structure {
		add("dossier.taken_over", p.T("dossier.taken_over_text"))
	}
	list = append(list, ui.Term{Name: p.T("instruction.col_hand"), Value: m.handForm(c, v)})
	return list
}

// moveText is what the button of a move says.
func (v view) moveText(ctx context.Context, one move) string {
	if v.State == funding.Proposed && one.Name == "decide" {
		return locale.T(ctx, "instruction.move_confirm")
	}
	if v.confirms(one) {
		return locale.T(ctx, "instruction.confirm_"+one.key())
	}
	if one.Name == "send-back" && v.pending() {
		return locale.T(ctx, "instruction.move_drop")
	}
	return locale.T(ctx, "instruction.move_"+one.key())
}

// moveHref is where a move is asked.
func (m *Module) moveHref(c *web.Context, v view, one move) string {
	to := home(v.Desk.Level) + "/" + v.ID
	if one.Name != "corrections" {
		to += "/acts"
	}
	return withBack(to+"/"+one.Name, back(c, v.Desk), v.Desk)
}

// withQuery adds a value to an address.
func withQuery(to, name, value string) string {
	if strings.Contains(to, "?") {
		return to + "&" + name + "=" + value
	}
	return to + "?" + name + "=" + value
}

// fieldsOf are the fields of the form of a move.
func (m *Module) fieldsOf(ctx context.Context, v view, one move, a answer, wrong ui.Errors) (fields []ui.Field) {
	p := locale.From(ctx)
	first := templ.Attributes{"autofocus": true}
	if len(one.Choices) > 0 && v.State != funding.Proposed {
		var options []ui.Option
		for _, o := range one.Choices {
			options = append(options, ui.Option{Value: o, Text: p.T("instruction.outcome_" + o)})
		}
		fields = append(fields, ui.Field{Name: "outcome", Label: p.T("instruction.outcome"), Kind: ui.RadioField, Options: options, Value: a.Outcome, Errors: wrong})
		first = nil
	}
	if one.Name == "reclaim" && !v.confirms(one) {
		fields = append(fields, ui.Field{Name: "amount", Label: p.T("instruction.amount_back"), Help: p.T("instruction.amount_back_help", "most", euros(ctx, v.Paid-v.DueBack)), Short: true, Suffix: "€", Value: a.Amount, Errors: wrong, Attributes: first})
		first = nil
	}
	if one.Name == "decide" && v.State != funding.Proposed {
		fields = append(fields, ui.Field{Name: "amount", Label: p.T("instruction.amount"), Help: p.T("instruction.amount_help", "asked", euros(ctx, v.Asked)), Optional: true, Short: true, Suffix: "€", Value: a.Amount, Errors: wrong})
	}
	if reasons := v.reasonOptions(ctx, one); len(reasons) > 1 {
		fields = append(fields, ui.Field{Name: "reason", Label: p.T("instruction.reason"), Help: p.T("instruction.reason_help"), Kind: ui.SelectField, Options: reasons, Optional: true, Value: a.Reason, Errors: wrong})
	}
	return append(fields, ui.Field{Name: "note", Label: p.T("instruction.note_" + one.key()), Kind: ui.AreaField, Rows: 4, MaxLength: 4000, Optional: len(one.Choices) > 0 || one.Name == "resume" || v.confirms(one), Value: a.Note, Errors: wrong, Attributes: first})
}

// reasonOptions are the reasons of the library that fit a move.
func (v view) reasonOptions(ctx context.Context, one move) []ui.Option {
	options := []ui.Option{{Text: locale.T(ctx, "instruction.no_ready_reason")}}
	var acts []call.Act
	switch {
	case v.State == funding.Proposed:
	case one.Name == "visa", one.Name == "conclude":
		acts = []call.Act{call.Refuse}
	case one.Name == "decide":
		acts = []call.Act{call.Refuse, call.Partial}
	}
	for _, act := range acts {
		for _, r := range v.Call.ReasonsFor(act, "") {
			options = append(options, ui.Option{Value: r.Code, Text: r.Title.In(lang(ctx))})
		}
	}
	return options
}

// consequences is what follows from a move.
func (v view) consequences(ctx context.Context, one move) (list []string) {
	p := locale.From(ctx)
	if one.Name == "send-back" && v.pending() {
		return []string{p.T("instruction.follows_drop"), p.T("dossier.follows_journal")}
	}
	list = append(list, p.T("instruction.follows_"+one.key()))
	if one.money() {
		list = append(list, v.moneyFollows(ctx, one)...)
	}
	if one.Name == "decide" && v.Siret == "" {
		list = append(list, p.T("instruction.no_siret"))
	}
	if one.Name == "decide" {
		terms, err := funding.TermsOf(v.Call, v.Facts.Category, funding.Grant, v.Granted, v.Now)
		switch {
		case v.State == funding.Proposed:
			list = append(list, p.T("instruction.follows_confirm", "act", p.T(v.Proposal.MessageKey()), "amount", euros(ctx, v.ProposedAmount), "name", v.who(v.ProposedBy)))
		case err == nil && terms.FourEyes > 0 && v.Asked >= terms.FourEyes:
			list = append(list, p.T("instruction.follows_four_eyes", "amount", euros(ctx, terms.FourEyes)))
		}
	}
	if len(one.Choices) > 0 && len(v.Unseen) > 0 && v.State != funding.Proposed {
		list = append(list, p.T("instruction.not_looked", "count", len(v.Unseen)))
	}
	return append(list, p.T("dossier.follows_journal"))
}

// hiddenOf are the values that a form of a move sends unseen.
func hiddenOf(v view, one move, a answer) map[string]string {
	hidden := map[string]string{"version": version(a.Version)}
	if v.State == funding.Proposed && one.Name == "decide" {
		hidden["outcome"], hidden["amount"] = string(v.Proposal), v.ProposedAmount.String()
	}
	return hidden
}

// pointTitle names a point of the check.
func pointTitle(ctx context.Context, p point) string {
	if p.Code == pointEligible || p.Code == pointAmount {
		return locale.T(ctx, "instruction.point_"+p.Code)
	}
	return p.Title.In(lang(ctx))
}

// delaysTable shows observed medians.
func (m *Module) delaysTable(ctx context.Context, list []observed) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "delays", Caption: p.T("instruction.delays"), Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("instruction.no_delays"), Text: p.T("instruction.no_delays_text")},
		Columns: []ui.Column{{Name: "call", Text: p.T("instruction.col_call")}, {Name: "state", Text: p.T("instruction.col_state")}, {Name: "median", Text: p.T("instruction.median"), End: true}, {Name: "count", Text: p.T("instruction.counted"), End: true}}}
	for _, o := range list {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(m.callTitle(ctx, o.Call)), stateTag(ctx, o.State), ui.Text(p.Duration(o.Median)), ui.Number(int64(o.Count))}})
	}
	return t
}

// batchTable shows what a batch does, or did.
func (m *Module) batchTable(ctx context.Context, b batched) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "batch", Caption: p.T("instruction.batch_" + string(b.Deed)), Total: ui.NoTotal,
		Columns: []ui.Column{{Name: "name", Text: p.T("instruction.col_name")}, {Name: "amount", Text: p.T("instruction.col_amount"), End: true}, {Name: "what", Text: p.T("instruction.what_happens")}}}
	for _, i := range b.Intents {
		what := templ.Component(ui.Tag{Text: p.T("instruction.will_do"), Tone: ui.Info, Open: true})
		switch {
		case i.Obstacle != nil:
			what = obstacle(p.T(i.Obstacle.Key, i.Obstacle.Args...))
		case b.Done && b.Deed != deedMine:
			what = stateTag(ctx, i.State)
		case b.Done:
			what = ui.Tag{Text: p.T("instruction.is_done"), Tone: ui.Good}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(strings.TrimSpace(i.Number + " – " + i.Name)), ui.Text(euros(ctx, i.Asked)), what}})
	}
	return t
}
