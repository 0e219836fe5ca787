package envelope

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// Crowd is who a simulation counts.
type Crowd string

// Who is counted.
const (
	Applied  Crowd = ""    // those whose dossier was deposited
	Everyone Crowd = "all" // every entity and group
)

// mostCandidates bounds a simulation.
const mostCandidates = 10_000

// Candidates reads who a simulation of a call counts, in scope.
func Candidates(ctx context.Context, tx *store.Tx, scope territory.Scope, callID string, crowd Crowd) ([]candidate.Located, error) {
	var w store.Where
	w.And("s.status = 'active'")
	w.And("s.kind in (?, ?)", string(territory.Entity), string(territory.Group))
	if crowd != Everyone {
		w.And("exists (select 1 from dossier d where d.structure_id = s.id and d.call_id = ? and d.state not in (?, ?))", callID, string(funding.Draft), string(funding.Withdrawn))
	}
	scope.Within(&w, "s.id")
	return store.All(ctx, tx, func(row store.Row) (l candidate.Located, err error) {
		return l, row.Scan(&l.ID, &l.Kind, &l.GroupKind, &l.Category, &l.Name, &l.Region)
	}, `select s.id, s.kind, coalesce(s.group_kind, ''), coalesce(s.category, ''), s.name, coalesce(r.code, '') from structure s
		left join structure r on r.kind = 'region' and s.lft between r.lft and r.rgt`+w.SQL()+` order by s.id limit `+w.Arg(mostCandidates), w.Args()...)
}

// simulated is what the page of the simulator shows.
type simulated struct {
	Call          *call.Call
	Who           string
	Fields        []ui.Field
	Before, After call.Scenario
	Change        call.Difference
	Names         map[string]string // of candidates, by id
	Failed        string
}

// simulator plays the call with the hypotheses of the address, beside the call as it stands. Everything is in the address: a scenario is sent to a colleague
// as it is.
func (m *Module) simulator(c *web.Context) error {
	k, err := m.callIn(c)
	if err != nil {
		return err
	}
	v := simulated{Call: k, Who: c.Query("who"), Names: map[string]string{}}
	var facts []call.Facts
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		list, err := Candidates(c.Ctx, tx, c.Scope, k.ID, Crowd(v.Who))
		if err != nil {
			return err
		}
		for _, one := range list {
			v.Names[string(one.ID)] = one.Name
		}
		facts, err = candidate.Many(c.Ctx, tx, list, m.o.Now())
		return err
	})
	if err != nil {
		return err
	}
	h, wrong := v.hypotheses(c)
	if len(wrong) == 0 {
		v.Before, v.After, err = play(k, facts, h)
		if err != nil {
			v.Failed = err.Error()
		} else {
			v.Change = call.Compare(v.Before, v.After)
		}
	}
	page := web.Page{Title: c.T("envelope.simulator"), Over: k.Title.In(lang(c.Ctx)), Lead: c.T("envelope.simulator_lead"), Errors: wrong, Crumbs: crumbs(c, ui.Link{Href: address(k.ID), Text: k.Title.In(lang(c.Ctx))})}
	return c.Page(page, simulatorBody(v, wrong))
}

// play simulates the call as it stands, with nothing but its blank fields filled, and with the hypotheses.
func play(k *call.Call, facts []call.Facts, h call.Hypotheses) (before, after call.Scenario, err error) {
	if before, err = k.Simulate(facts, call.Hypotheses{Fields: h.Fields}); err != nil {
		return before, after, err
	}
	after, err = k.Simulate(facts, h)
	return before, after, err
}

// hypotheses reads the form and makes its fields anew.
func (v *simulated) hypotheses(c *web.Context) (h call.Hypotheses, wrong ui.Errors) {
	h = call.Hypotheses{Fields: map[string]string{}, TakeUp: map[string]call.Ratio{}, Scale: map[string]call.Ratio{}, Success: map[string]call.Ratio{}}
	ratio := func(into map[string]call.Ratio, prefix, code, label, most string) {
		name, text := prefix+"."+code, c.Query(prefix+"."+code)
		f := ui.Field{Name: name, Label: label, Short: true, Suffix: "%", Value: text, Placeholder: "100", Optional: true}
		if text != "" {
			share, err := call.ParseRatio(strings.TrimSpace(strings.TrimSuffix(strings.Replace(text, ",", ".", 1), "%")) + " %")
			if err != nil || most != "" && share.Compare(call.One()) > 0 {
				wrong = append(wrong, ui.Errors{{Name: name, Key: "envelope.not_a_share"}}...)
			} else {
				into[code] = share
			}
		}
		v.Fields = append(v.Fields, f)
	}
	for _, f := range v.Call.Blank(call.PerCall) {
		name := "field." + f.Code
		text := c.Query(name)
		v.Fields = append(v.Fields, ui.Field{Name: name, Label: c.T("envelope.blank", "what", f.Title.In(lang(c.Ctx))), Help: f.Note.In(lang(c.Ctx)), Short: true, Value: text, Optional: true})
		if text != "" {
			h.Fields[f.Code] = text
		}
	}
	for _, one := range v.Call.Categories {
		if !one.Eligible {
			continue
		}
		name := one.Title.In(lang(c.Ctx))
		ratio(h.TakeUp, "take", one.Code, c.T("envelope.take_up", "who", name), "100")
		ratio(h.Scale, "scale", one.Code, c.T("envelope.scale", "who", name), "")
	}
	for _, one := range v.Call.Instalments {
		ratio(h.Success, "success", one.Code, c.T("envelope.success", "what", one.Title.In(lang(c.Ctx))), "100")
	}
	h.Shortage = call.Overrun
	if c.Query("shortage") == string(call.ProRata) {
		h.Shortage = call.ProRata
	}
	v.Fields = append(v.Fields, ui.Field{Name: "shortage", Label: c.T("envelope.shortage"), Kind: ui.SelectField, Value: string(h.Shortage), Options: []ui.Option{{Value: string(call.Overrun), Text: c.T("envelope.shortage_overrun")}, {Value: string(call.ProRata), Text: c.T("envelope.shortage_pro_rata")}}})
	for i := range v.Fields {
		v.Fields[i].Errors = wrong
	}
	return h, wrong
}

func (v simulated) whoOptions(ctx context.Context) []ui.Option {
	p := locale.From(ctx)
	return []ui.Option{{Value: string(Applied), Text: p.T("envelope.who_applied")}, {Value: string(Everyone), Text: p.T("envelope.who_all")}}
}

// compared is the two scenarios side by side, with what changes.
func (v simulated) compared(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "outcome", Caption: p.T("envelope.outcome"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("envelope.figure")}, {Text: p.T("envelope.as_it_stands"), End: true}, {Text: p.T("envelope.with_hypotheses"), End: true}, {Text: p.T("envelope.change"), End: true}}}
	row := func(key, before, after, change string) {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(p.T(key)), ui.Text(before), ui.Text(after), ui.Text(change)}})
	}
	row("envelope.candidates", p.Int(int64(v.Before.Candidates)), p.Int(int64(v.After.Candidates)), p.Int(int64(v.Change.Candidates)))
	for _, one := range []struct {
		key                   string
		before, after, change funding.Cents
	}{
		{"envelope.ceilings", v.Before.Ceilings, v.After.Ceilings, v.After.Ceilings - v.Before.Ceilings},
		{"envelope.committed", v.Before.Committed, v.After.Committed, v.Change.Committed},
		{"envelope.paid", v.Before.Amounts.Paid, v.After.Amounts.Paid, v.Change.Amounts.Paid},
		{"envelope.unpaid", v.Before.Unpaid, v.After.Unpaid, v.Change.Unpaid},
	} {
		row(one.key, euros(ctx, one.before), euros(ctx, one.after), euros(ctx, one.change))
	}
	for _, one := range []struct {
		key                   string
		before, after, change call.Given[call.Cents]
	}{{"envelope.remainder", v.Before.Remainder, v.After.Remainder, v.Change.Remainder}, {"envelope.left_paid", v.Before.Left, v.After.Left, v.Change.Left}} {
		row(one.key, givenEuros(ctx, one.before), givenEuros(ctx, one.after), givenEuros(ctx, one.change))
	}
	return t
}

func givenEuros(ctx context.Context, g call.Given[call.Cents]) string {
	if amount, known := g.Get(); known {
		return euros(ctx, amount)
	}
	return locale.T(ctx, "envelope.not_known")
}

// cells are the sums of both scenarios by region and category.
func (v simulated) cells(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "cells", Caption: p.T("envelope.by_region_category"), Total: ui.NoTotal, Scroll: true, Empty: ui.Empty{Title: p.T("envelope.nobody"), Text: p.T("envelope.nobody_text")},
		Columns: []ui.Column{{Text: p.T("envelope.region_code")}, {Text: p.T("envelope.category")}, {Text: p.T("envelope.as_it_stands"), End: true}, {Text: p.T("envelope.with_hypotheses"), End: true}, {Text: p.T("envelope.change"), End: true}}}
	name := func(cell call.Cell) string { return cell.Region + "/" + cell.Category }
	before := map[string]call.Cents{}
	for _, s := range v.Before.By(name) {
		before[s.Name] = s.Committed
	}
	after := map[string]call.Cents{}
	for _, s := range v.After.By(name) {
		after[s.Name] = s.Committed
	}
	for _, s := range v.Before.By(name) { // hypotheses change amounts, not who is there
		region, category, _ := strings.Cut(s.Name, "/")
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(region), ui.Text(categoryOf(ctx, v.Call, category)), ui.Text(euros(ctx, before[s.Name])), ui.Text(euros(ctx, after[s.Name])), ui.Text(euros(ctx, after[s.Name]-before[s.Name]))}})
	}
	return t
}

// mostAside is how many candidates that could not be counted are named.
const mostAside = 100

func (v simulated) aside(ctx context.Context) (list []string) {
	for i, s := range v.After.SetAside {
		if i == mostAside {
			break
		}
		list = append(list, v.Names[s.Structure]+" – "+s.Why.Text(lang(ctx), locale.From(ctx).Zone()))
	}
	return list
}
