package dossier

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/proof"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

func zone(ctx context.Context) *time.Location { return locale.From(ctx).Zone() }

// stateTag is how a state is shown.
func stateTag(ctx context.Context, s funding.State) ui.Tag {
	t := ui.Tag{Text: locale.T(ctx, s.MessageKey()), Tone: ui.Info}
	switch s {
	case funding.Draft, funding.Withdrawn, funding.Closed:
		t.Tone, t.Open = ui.Plain, true
	case funding.Granted, funding.PartlyGranted, funding.Achieved:
		t.Tone = ui.Good
	case funding.Refused, funding.Missed, funding.Recovery:
		t.Tone = ui.Bad
	case funding.RegionalCorrection, funding.NationalCorrection, funding.RegionalComplement, funding.NationalComplement:
		t.Tone = ui.Warn
	}
	return t
}

// windowLine says where the window of a call stands.
func windowLine(ctx context.Context, w call.Window, s call.WindowState) string {
	p := locale.From(ctx)
	opens, _ := w.Opens.Get()
	closes, ends := w.Closes.Get()
	switch {
	case s == call.Open && ends:
		return p.T("dossier.open_until", "until", p.DateTime(closes))
	case s == call.Open:
		return p.T("dossier.open_without_end")
	case s == call.Upcoming:
		return p.T("dossier.opens_on", "from", p.DateTime(opens))
	case s == call.Over:
		return p.T("dossier.over_since", "since", p.DateTime(closes))
	}
	return p.T("dossier.undated")
}

// closesIn says how long the window stays open.
func closesIn(ctx context.Context, t funding.Terms, now time.Time) string {
	if t.Closes.IsZero() || !t.Open(now) {
		return ""
	}
	return locale.T(ctx, "dossier.closes_in", "duration", t.Closes.Sub(now), "until", locale.From(ctx).DateTime(t.Closes))
}

// moved tells whether the window closes at another moment than those who draft last saw.
func (v view) moved() bool {
	return v.State == funding.Draft && !v.ClosesSeen.Equal(v.Terms.Closes)
}

// momentOr writes a moment, or that there is none.
func momentOr(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return locale.T(ctx, "dossier.no_end")
	}
	return locale.From(ctx).DateTime(t)
}

// next is the first thing to do for the dossier.
func (m *Module) next(ctx context.Context, v view, f followed) ui.NextAction {
	p := locale.From(ctx)
	to := href(v.Dossier)
	why := closesIn(ctx, v.Terms, m.now())
	switch {
	case v.State.Correcting() && f.Awaited > 0:
		return ui.NextAction{Line: p.T("dossier.next_correct", "count", f.Awaited), Why: p.T("dossier.next_correct_why"), Act: ui.Button{Text: p.T("dossier.see_corrections"), Kind: ui.Primary, Href: to + "/corrections"}}
	case v.State.Correcting():
		return ui.NextAction{Line: p.T("dossier.next_give_back"), Act: ui.Button{Text: p.T("dossier.see_corrections"), Kind: ui.Primary, Href: to + "/corrections"}}
	case v.State != funding.Draft && v.State != funding.Deposited || !v.Edit || !v.Terms.Open(m.now()):
		return ui.NextAction{}
	case v.State == funding.Deposited:
		return ui.NextAction{Line: p.T("dossier.next_sent"), Why: p.T("dossier.editable_until", "until", momentOr(ctx, v.Terms.Closes)), Act: ui.Button{Text: p.T("dossier.see_receipt"), Kind: ui.Primary, Href: receiptHref(v.Dossier, f.Receipts[0].Revision)}}
	}
	for _, name := range textFields() {
		if v.field(name).Value == "" {
			return ui.NextAction{Line: p.T("dossier.next_project"), Why: why, Act: ui.Button{Text: p.T("dossier.write_project"), Kind: ui.Primary, Href: to + "/project"}}
		}
	}
	switch {
	case v.asked() == 0:
		return ui.NextAction{Line: p.T("dossier.next_money"), Why: why, Act: ui.Button{Text: p.T("dossier.write_money"), Kind: ui.Primary, Href: to + "/money"}}
	case f.Met < f.Of:
		n := ui.NextAction{Line: p.T("dossier.next_requirements", "count", f.Of-f.Met), Why: why, Act: ui.Button{Text: p.T("dossier.see_requirements"), Kind: ui.Primary, Href: to + "/requirements"}}
		if v.Sign {
			n.Tasks = []ui.Task{{Text: p.T("dossier.deposit_anyway"), Href: to + "/deposit", Status: ui.ToDo}}
		}
		return n
	case v.Sign:
		return ui.NextAction{Line: p.T("dossier.next_deposit"), Why: why, Act: ui.Button{Text: p.T("dossier.check_deposit"), Kind: ui.Primary, Href: to + "/deposit"}}
	}
	return ui.NextAction{Line: p.T("dossier.next_signature"), Why: why}
}

// since says since when the dossier is where it is, and how long others stayed there.
func (m *Module) since(ctx context.Context, v view, f followed) string {
	p := locale.From(ctx)
	line := p.T("dossier.since", "duration", m.now().Sub(v.Since), "date", p.DateTime(v.Since))
	if d, ok := f.Delays[v.State]; ok {
		line += " " + p.T("dossier.median", "duration", d.Median, "count", d.Count)
	}
	return line
}

// terms is what is known of the dossier at a glance.
func (m *Module) terms(ctx context.Context, v view, f followed) []ui.Term {
	p := locale.From(ctx)
	list := []ui.Term{{Name: p.T("dossier.state"), Value: stateTag(ctx, v.State)}, {Name: p.T("dossier.since_when"), Value: ui.Text(m.since(ctx, v, f))}}
	add := func(key, text string) {
		if text != "" {
			list = append(list, ui.Term{Name: p.T(key), Value: ui.Text(text)})
		}
	}
	add("dossier.candidate", v.Structure.Name)
	if v.Slot != v.Dossier.Structure {
		add("dossier.taken_over", p.T("dossier.taken_over_text"))
	}
	if v.asked() > 0 {
		add("dossier.asked", euros(ctx, v.asked()))
	}
	if v.Granted > 0 {
		add("dossier.granted", euros(ctx, v.Granted))
	}
	if v.Paid > 0 {
		add("dossier.paid", euros(ctx, v.Paid))
	}
	if v.DueBack > v.PaidBack {
		add("dossier.owed", euros(ctx, v.DueBack-v.PaidBack))
	}
	if spans := funding.Running(f.Events); len(spans) > 0 {
		elapsed := p.Duration(funding.Elapsed(f.Events, m.now()))
		if last := spans[len(spans)-1]; !last.Until.IsZero() {
			elapsed = p.T("dossier.clock_stands", "duration", elapsed)
		}
		add("dossier.clock", elapsed)
	}
	if v.State == funding.Refused || v.State == funding.PartlyGranted {
		add("dossier.appeal", p.DateTime(funding.AppealUntil(v.DecidedAt, m.funding.Zone())))
	}
	return list
}

// sideName says on whose side a message was written.
func sideName(ctx context.Context, l funding.Level) string {
	return locale.T(ctx, "dossier.side_"+string(l))
}

// verdictStatus is how a verdict is shown.
func verdictStatus(s referential.Status) ui.Status { return ui.Status(s) }

// titleOf is the name of a requirement; its id when the referential that holds does not have it.
func (n need) titleOf(ctx context.Context) string {
	return cmp.Or(n.Title.In(lang(ctx)), n.Name.In(lang(ctx)), n.ID)
}

// saving are the attributes by which a field saves itself once it was changed.
func saving(v view, member, name string) templ.Attributes {
	id := "#" + anchorOf(member, name)
	return templ.Attributes{"hx-post": href(v.Dossier) + "/fields", "hx-trigger": "submit, change", "hx-target": id, "hx-select": id, "hx-swap": "outerHTML"}
}

// savedLine says when a field was saved and by whom.
func savedLine(ctx context.Context, v view, f funding.Field) string {
	if f.Position == 0 {
		return ""
	}
	p := locale.From(ctx)
	return p.T("dossier.saved_at", "at", p.DateTime(f.At), "name", v.who(f.By))
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// amountText writes an amount for a field of a form.
func amountText(ctx context.Context, value string) string {
	if amount, ok := readEuros(value); ok && value != "" {
		return strings.TrimRight(strings.NewReplacer("€", "", "\u00a0", " ", "\u202f", " ").Replace(euros(ctx, amount)), " ")
	}
	return value
}

// evidenceOptions are the pieces of evidence that can be picked.
func evidenceOptions(ctx context.Context, list []proof.Reached) []ui.Option {
	p := locale.From(ctx)
	options := []ui.Option{{Value: "", Text: p.T("dossier.choose_evidence")}}
	for _, e := range list {
		text := p.T("dossier.evidence_option", "name", e.Name, "date", p.ShortDate(e.DepositedAt))
		if e.From != "" {
			text += " – " + p.T("dossier.came_with", "name", e.From)
		}
		options = append(options, ui.Option{Value: e.ID, Text: text})
	}
	return options
}

func expenseOptions(ctx context.Context, k *call.Call) []ui.Option {
	var options []ui.Option
	for _, kind := range k.Kinds() {
		options = append(options, ui.Option{Value: kind.Code, Text: kind.Title.In(lang(ctx))})
	}
	return options
}

// expenseName names a kind of expense.
func expenseName(ctx context.Context, k *call.Call, code string) string {
	for _, kind := range k.Kinds() {
		if kind.Code == code {
			return kind.Title.In(lang(ctx))
		}
	}
	return code
}

// fieldTitle names a field of a dossier, a requirement or whatever a correction is about.
func (v view) fieldTitle(ctx context.Context, target string) string {
	switch {
	case slices.Contains(textFields(), target):
		return locale.T(ctx, "dossier.field_"+target)
	case target == askedField:
		return locale.T(ctx, "dossier.asked")
	case target == "expenses":
		return locale.T(ctx, "dossier.expenses")
	}
	if code, ok := strings.CutPrefix(target, "answer/"); ok {
		if f, ok := v.Call.Field(code); ok {
			return f.Title.In(lang(ctx))
		}
	}
	_, id, _ := strings.Cut(target, "/")
	if title := v.Titles[id].In(lang(ctx)); title != "" {
		return title
	}
	return locale.T(ctx, "dossier.about_requirement", "code", id)
}

// fieldHref is where what a correction is about is mended.
func (v view) fieldHref(target string) string {
	to := href(v.Dossier)
	switch {
	case slices.Contains(textFields(), target):
		return to + "/project#" + anchorOf("", target)
	case target == askedField || target == "expenses" || strings.HasPrefix(target, "answer/"):
		return to + "/money"
	}
	_, id, _ := strings.Cut(target, "/")
	return to + "/requirements#r-" + id
}

// memberName names a member of a group.
func (v view) memberName(id string) string {
	for _, f := range v.Facts.Members {
		if f.Structure == id {
			return f.Name
		}
	}
	return ""
}

// exact is a moment to the second, as a receipt says it.
func exact(ctx context.Context, t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return locale.T(ctx, "dossier.exact", "date", locale.From(ctx).In(zone).Date(t), "clock", t.Format("15:04:05"), "zone", t.Format("MST"))
}

// expenseTable lists the expenses.
func expenseTable(ctx context.Context, v view, s sums) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "expenses-table", Caption: p.T("dossier.expenses"), Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("dossier.no_expense"), Text: p.T("dossier.no_expense_text")},
		Columns: []ui.Column{{Name: "label", Text: p.T("dossier.label")}, {Name: "kind", Text: p.T("dossier.kind")}, {Name: "on", Text: p.T("dossier.on")}, {Name: "amount", Text: p.T("dossier.amount"), End: true},
			{Name: "counted", Text: p.T("dossier.counted"), End: true}, {Name: "invoice", Text: p.T("dossier.invoice")}}}
	if v.Edit {
		t.Columns = append(t.Columns, ui.Column{Name: "remove", Text: p.T("dossier.act")})
	}
	total := funding.Cents(0)
	for _, x := range s.Expenses {
		total += x.Amount
		counted := p.T("dossier.not_known")
		if amount, ok := s.Spending.Counted[x.ID]; ok {
			counted = euros(ctx, amount)
		}
		name := x.Label
		if x.Supplier != "" {
			name += " – " + x.Supplier
		}
		cells := []templ.Component{ui.Text(name), ui.Text(expenseName(ctx, v.Call, x.Kind)), ui.Text(p.In(x.On.Location()).ShortDate(x.On)), ui.Text(euros(ctx, x.Amount)), ui.Text(counted), invoiceCell(v, s.Joined[x.ID], x.Invoice != "")}
		if v.Edit {
			cells = append(cells, removeExpense(v, x))
		}
		t.Rows = append(t.Rows, ui.Row{ID: "x-" + x.ID, Cells: cells})
	}
	if len(t.Rows) > 0 {
		t.Foot = []templ.Component{ui.Text(p.T("dossier.total")), ui.Text(""), ui.Text(""), ui.Text(euros(ctx, total)), ui.Text(euros(ctx, s.Spending.Amount)), ui.Text("")}
		if v.Edit {
			t.Foot = append(t.Foot, ui.Text(""))
		}
	}
	return t
}
