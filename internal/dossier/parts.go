package dossier

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// rounds gives which round of corrections a line belongs to, from 1 for the first.
func rounds(list []funding.Correction, i int) int {
	n := 1
	for j := i; j < len(list)-1; j++ {
		if list[j].Round != list[j+1].Round {
			n++
		}
	}
	return n
}

// open counts the corrections of the latest round that have no answer.
func open(list []funding.Correction) (n int) {
	for _, one := range list {
		if one.Round == list[0].Round && one.AnsweredAt.IsZero() {
			n++
		}
	}
	return n
}

// answerField is the answer to one correction.
func answerField(one funding.Correction, refused, answer string, wrong ui.Errors) templ.Component {
	value, errors := one.Answer, ui.Errors(nil)
	if refused == one.ID {
		value, errors = answer, wrong
	}
	return answerArea(one, value, errors)
}

// consequences is what follows from an act.
func consequences(ctx context.Context, act funding.Act) []string {
	return []string{locale.T(ctx, "dossier.follows_"+string(act)), locale.T(ctx, "dossier.follows_journal")}
}

// callLine is a call in the list for everybody.
type callLine struct {
	ID, Title, Aim, Window string
	Tag                    ui.Tag
}

func (m *Module) callLines(ctx context.Context, list []*call.Call) []callLine {
	lines := make([]callLine, 0, len(list))
	for _, k := range list {
		w, state := m.window(k, "")
		tag := ui.Tag{Text: locale.T(ctx, "dossier.window_"+string(state)), Tone: ui.Plain, Open: true}
		if state == call.Open {
			tag.Tone, tag.Open = ui.Good, false
		}
		lines = append(lines, callLine{ID: k.ID, Title: k.Title.In(lang(ctx)), Aim: k.Aim.In(lang(ctx)), Window: windowLine(ctx, w, state), Tag: tag})
	}
	return lines
}

// windowTable lists the windows of a call with the dates that they had before.
func windowTable(ctx context.Context, v shown, now time.Time) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "windows", Caption: p.T("dossier.windows"), Total: ui.NoTotal,
		Columns: []ui.Column{{Name: "what", Text: p.T("dossier.what")}, {Name: "opens", Text: p.T("dossier.opens")}, {Name: "closes", Text: p.T("dossier.closes")}, {Name: "state", Text: p.T("dossier.state")}}}
	for _, w := range v.Call.Windows {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{windowName(w), given(ctx, w.Opens), given(ctx, w.Closes), ui.Text(p.T("dossier.window_" + string(w.State(now))))}})
	}
	return t
}

func given(ctx context.Context, g call.Given[time.Time]) templ.Component {
	if at, known := g.Get(); known {
		return ui.Text(locale.From(ctx).DateTime(at))
	}
	return ui.Text(locale.T(ctx, "dossier.not_published"))
}

func through(ctx context.Context, k *call.Call, code string) string {
	category, _ := k.Category(code)
	return category.Title.In(lang(ctx))
}

func instalmentLine(ctx context.Context, i call.Instalment) string {
	if share, known := i.Share.Get(); known {
		return locale.T(ctx, "dossier.instalment", "title", i.Title.In(lang(ctx)), "share", share.Percent())
	}
	return locale.T(ctx, "dossier.instalment_unknown", "title", i.Title.In(lang(ctx)))
}

func ceilingText(ctx context.Context, r call.Result) string {
	if !r.Known {
		return locale.T(ctx, "dossier.not_known")
	}
	return euros(ctx, r.Amount)
}

func askedText(ctx context.Context, v view) string {
	if v.asked() == 0 {
		return locale.T(ctx, "dossier.not_said")
	}
	return euros(ctx, v.asked())
}

func spendingText(ctx context.Context, s sums) string {
	if !s.Spending.Known {
		return locale.T(ctx, "dossier.not_known")
	}
	return euros(ctx, s.Spending.Amount)
}

func dueText(ctx context.Context, d call.Due) string {
	if !d.Known {
		return d.Why.Text(lang(ctx), zone(ctx))
	}
	return euros(ctx, d.Amount) + " – " + d.Why.Text(lang(ctx), zone(ctx))
}

// stages lists the stages of some requirements, in the order of a call.
func stages(needs []need) []call.Stage {
	return slices.DeleteFunc([]call.Stage{call.ToApply, call.ToAchieve, call.EachYear}, func(s call.Stage) bool {
		return !slices.ContainsFunc(needs, func(n need) bool { return n.Stage == s })
	})
}

// period says what a piece of evidence speaks of.
func period(ctx context.Context, p funding.Picked) string {
	l := locale.From(ctx)
	if p.Until.IsZero() {
		return l.T("dossier.period_from", "from", l.ShortDate(p.From))
	}
	return l.T("dossier.period", "from", l.ShortDate(p.From), "until", l.ShortDate(p.Until))
}

func suffix(f call.Field) string {
	if f.Kind == call.AmountField {
		return "€"
	}
	return ""
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// membersTable compares the members of a group.
func membersTable(ctx context.Context, v view, shares []share, exports []ui.Format) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "members", Caption: p.T("dossier.part_members"), Total: ui.NoTotal, Exports: exports, Query: ui.Query{Path: href(v.Dossier) + "/members"},
		Columns: []ui.Column{{Name: "member", Text: p.T("dossier.member")}, {Name: "met", Text: p.T("dossier.met"), End: true}, {Name: "of", Text: p.T("dossier.of"), End: true}}}
	for _, s := range shares {
		met, of := p.T("dossier.outside"), ""
		if s.Within {
			met, of = p.Int(int64(s.Met)), p.Int(int64(s.Of))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(s.Name), ui.Text(met), ui.Text(of)}})
	}
	return t
}

// depositTerms is what a deposit would freeze.
func depositTerms(ctx context.Context, v view, r ready) []ui.Term {
	p := locale.From(ctx)
	return []ui.Term{
		{Name: p.T("dossier.candidate"), Value: ui.Text(v.Structure.Name)},
		{Name: p.T("dossier.asked"), Value: ui.Text(askedText(ctx, v)), Change: ui.Link{Href: href(v.Dossier) + "/money", Text: p.T("dossier.change")}},
		{Name: p.T("dossier.texts"), Value: ui.Text(p.Int(int64(len(r.Content.Fields)))), Change: ui.Link{Href: href(v.Dossier) + "/project", Text: p.T("dossier.change")}},
		{Name: p.T("dossier.evidence"), Value: ui.Text(p.Int(int64(len(r.Content.Evidence)))), Change: ui.Link{Href: href(v.Dossier) + "/requirements", Text: p.T("dossier.change")}},
		{Name: p.T("dossier.expenses"), Value: ui.Text(p.Int(int64(len(r.Content.Expenses)))), Change: ui.Link{Href: href(v.Dossier) + "/money", Text: p.T("dossier.change")}},
	}
}

// signature is what the legal representative confirms.
func signature(ctx context.Context, v view, r ready) string {
	if r.Behalf != "" {
		return locale.T(ctx, "dossier.sign_for", "structure", v.Structure.Name, "name", r.Behalf)
	}
	return locale.T(ctx, "dossier.sign", "structure", v.Structure.Name)
}

func depositWord(ctx context.Context, r ready) string {
	if r.Last != nil {
		return locale.T(ctx, "dossier.deposit_anew")
	}
	return locale.T(ctx, "dossier.deposit")
}

// receiptTerms is what a receipt says.
func receiptTerms(ctx context.Context, v view, r funding.Receipt, c funding.Content, zone *time.Location) []ui.Term {
	p := locale.From(ctx)
	signed := v.who(r.By)
	if r.OnBehalf != "" {
		signed = p.T("dossier.on_behalf", "name", signed, "other", v.who(r.OnBehalf))
	}
	list := []ui.Term{
		{Name: p.T("dossier.number"), Value: ui.Text(r.Number)},
		{Name: p.T("dossier.revision"), Value: ui.Text(p.Int(r.Revision))},
		{Name: p.T("dossier.call"), Value: ui.Text(v.Call.Title.In(lang(ctx)))},
		{Name: p.T("dossier.candidate"), Value: ui.Text(c.Candidate.Name)},
		{Name: p.T("dossier.arrived"), Value: ui.Text(exact(ctx, r.At, zone))},
		{Name: p.T("dossier.signed_by"), Value: ui.Text(signed)},
		{Name: p.T("dossier.asked"), Value: ui.Text(euros(ctx, funding.Cents(c.Asked)))},
	}
	if len(c.Members) > 0 {
		var names []string
		for _, one := range c.Members {
			names = append(names, one.Name)
		}
		list = append(list, ui.Term{Name: p.T("dossier.part_members"), Value: ui.Text(p.List(names))})
	}
	return list
}

// formerLine says which dates a window had before.
func formerLine(ctx context.Context, was call.Moved) string {
	p := locale.From(ctx)
	switch {
	case was.Opens.IsZero():
		return p.T("dossier.former_closes", "date", p.DateTime(was.Closes))
	case was.Closes.IsZero():
		return p.T("dossier.former_opens", "date", p.DateTime(was.Opens))
	}
	return p.T("dossier.former", "from", p.DateTime(was.Opens), "until", p.DateTime(was.Closes))
}
