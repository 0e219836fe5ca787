package dossier

import (
	"cmp"
	"context"
	"io"

	"github.com/a-h/templ"

	"hygie/figure"
	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// categoryName names a category of candidates as the call does.
func categoryName(ctx context.Context, k *call.Call, code string) string {
	if code == funding.Others {
		return locale.T(ctx, "dossier.other_categories")
	}
	if one, ok := k.Category(code); ok {
		return one.Title.In(lang(ctx))
	}
	return locale.T(ctx, "dossier.no_category")
}

// regionName names the region of a line.
func regionName(ctx context.Context, l funding.Line) string {
	if l.Region == funding.Others {
		return locale.T(ctx, "dossier.other_regions")
	}
	return cmp.Or(l.RegionName, locale.T(ctx, "dossier.no_region"))
}

// counted is a count that anybody may read, or that it is not published.
func counted(ctx context.Context, p funding.Published) string {
	if !p.Known {
		return locale.T(ctx, "dossier.kept_back")
	}
	return locale.From(ctx).Int(p.Amount)
}

// summed is an amount that anybody may read, or that it is not published.
func summed(ctx context.Context, p funding.Published) string {
	if !p.Known {
		return locale.T(ctx, "dossier.kept_back")
	}
	return euros(ctx, funding.Cents(p.Amount))
}

// stats are the figures of a call at a glance.
func stats(ctx context.Context, v shown) []ui.Stat {
	p := locale.From(ctx)
	var list []ui.Stat
	if amount, known := v.Call.Envelope.National.Get(); known {
		list = append(list, ui.Stat{Label: p.T("dossier.envelope"), Value: euros(ctx, amount), Note: v.Call.Envelope.Source.Text.In(lang(ctx))})
	}
	if v.Public.Envelope > 0 {
		one := ui.Stat{Label: p.T("dossier.committed"), Value: summed(ctx, v.All.Committed), Of: euros(ctx, v.Public.Envelope)}
		if v.All.Committed.Known {
			one.Note = p.T("dossier.left", "amount", euros(ctx, v.Public.Envelope-funding.Cents(v.All.Committed.Amount)))
		}
		list = append(list, one)
	}
	return append(list, ui.Stat{Label: p.T("dossier.count_deposited"), Value: counted(ctx, v.All.Deposited)}, ui.Stat{Label: p.T("dossier.count_instructed"), Value: counted(ctx, v.All.Instructed)},
		ui.Stat{Label: p.T("dossier.count_granted"), Value: counted(ctx, v.All.Granted)}, ui.Stat{Label: p.T("dossier.paid"), Value: summed(ctx, v.All.Paid)})
}

// strip draws what is paid, committed and left of the envelope, when anybody may read it; the table beside it says the same.
func (v shown) strip() templ.Component {
	paid, held := v.All.Paid.Amount, v.All.Committed.Amount
	euro := func(cents int64) int { return int(cents / 100) }
	shares := []figure.Share{{Class: "bar-good", N: euro(paid)}, {Class: "bar-info", N: euro(held - paid)}, {Class: "bar-rest", N: euro(int64(v.Public.Envelope) - held)}}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { return figure.Strip{Shares: shares}.SVG(w) })
}

// sumsTable is the published sums of groups of dossiers, with their total.
func sumsTable(ctx context.Context, id, caption, head string, rows []funding.PublicRow, all funding.PublicRow) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: id, Caption: caption, Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("dossier.no_figures"), Text: p.T("dossier.no_figures_text")},
		Columns: []ui.Column{{Text: head}, {Text: p.T("dossier.count_deposited"), End: true}, {Text: p.T("dossier.count_instructed"), End: true}, {Text: p.T("dossier.committed"), End: true}, {Text: p.T("dossier.paid"), End: true},
			{Text: p.T("dossier.to_pay"), End: true}}}
	cells := func(r funding.PublicRow) []templ.Component {
		return []templ.Component{ui.Text(r.Name), ui.Text(counted(ctx, r.Deposited)), ui.Text(counted(ctx, r.Instructed)), ui.Text(summed(ctx, r.Committed)), ui.Text(summed(ctx, r.Paid)), ui.Text(summed(ctx, r.ToPay))}
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, ui.Row{Cells: cells(r)})
	}
	if len(rows) > 1 {
		all.Name = p.T("dossier.all_together")
		t.Foot = cells(all)
	}
	return t
}

// delaysTable is how long dossiers stayed at each step, in the order of life.
func (v shown) delaysTable(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "delays", Caption: p.T("dossier.delays"), Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("dossier.no_delays"), Text: p.T("dossier.no_delays_text")},
		Columns: []ui.Column{{Text: p.T("dossier.step")}, {Text: p.T("dossier.median_delay"), End: true}, {Text: p.T("dossier.dossiers"), End: true}}}
	for _, s := range funding.States() {
		if d, ok := v.Delays[s]; ok {
			t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(p.T(s.MessageKey())), ui.Text(p.Duration(d.Median)), ui.Number(int64(d.Count))}})
		}
	}
	return t
}
