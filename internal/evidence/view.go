package evidence

import (
	"context"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// terms is what is known of a piece of evidence.
func terms(ctx context.Context, home string, v view) []ui.Term {
	p, e := locale.From(ctx), v.Evidence
	list := []ui.Term{
		{Name: p.T("evidence.state"), Value: v.State.tag(ctx)},
		{Name: p.T("evidence.kind"), Value: ui.Text(v.Kind)},
		{Name: p.T("evidence.period"), Value: ui.Text(v.Period)},
		{Name: p.T("evidence.deposited_on"), Value: ui.Text(p.DateTime(e.DepositedAt))},
		{Name: p.T("evidence.depositor"), Value: ui.Text(v.Depositor)},
		{Name: p.T("evidence.size"), Value: ui.Text(p.Bytes(e.Size))},
		{Name: p.T("evidence.sha256"), Value: code(e.SHA256)},
	}
	if e.Note != "" {
		list = append(list, ui.Term{Name: p.T("evidence.note"), Value: ui.Text(e.Note)})
	}
	if v.Signer != "" {
		list = append(list, ui.Term{Name: p.T("evidence.signer"), Value: ui.Text(v.Signer)})
	}
	if v.Replaces.ID != "" {
		list = append(list, ui.Term{Name: p.T("evidence.replaces"), Value: ui.Link{Href: home + "/" + v.Replaces.ID, Text: v.Replaces.Name}})
	}
	return list
}

// factTable lists the facts that rest on the evidence.
func factTable(ctx context.Context, v view) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "facts", Caption: p.T("evidence.facts"), Total: len(v.Facts), Dense: true,
		Columns: []ui.Column{{Text: p.T("evidence.fact")}, {Text: p.T("evidence.value")}, {Text: p.T("evidence.observed")}}}
	for _, f := range v.Facts {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(f.Label), ui.Text(f.Value), ui.Text(p.Date(f.Observed))}})
	}
	return table
}
