package evidence

import (
	"context"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/replay"
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
	if v.From != "" {
		list = append(list, ui.Term{Name: p.T("evidence.came_with"), Value: ui.Text(v.From)})
	}
	if e.Note != "" {
		list = append(list, ui.Term{Name: p.T("evidence.note"), Value: ui.Text(e.Note)})
	}
	if v.Signer != "" {
		list = append(list, ui.Term{Name: p.T("evidence.signer"), Value: ui.Text(v.Signer)})
	}
	if v.Replaces.ID != "" {
		list = append(list, ui.Term{Name: p.T("evidence.replaces"), Value: ui.Link{Href: v.When.On(home + "/" + v.Replaces.ID), Text: v.Replaces.Name}})
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

// revisionTable lists a chain of documents.
func revisionTable(ctx context.Context, home string, when replay.Moment, all []revision) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "revisions", Caption: p.T("evidence.revisions_caption"), Total: len(all), Dense: true, Scroll: true,
		Columns: []ui.Column{{Text: p.T("evidence.name")}, {Text: p.T("evidence.period")}, {Text: p.T("evidence.state")}, {Text: p.T("evidence.deposited_on")}, {Text: p.T("evidence.depositor")}}}
	for _, one := range all {
		name := templ.Component(ui.Link{Href: when.On(home + "/" + one.ID), Text: one.Name})
		if one.Here {
			name = ui.Text(p.T("evidence.revision_here", "name", one.Name))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{name, ui.Text(one.Period), one.State.tag(ctx), ui.Text(p.Date(one.DepositedAt)), ui.Text(one.Depositor)}})
	}
	return table
}
