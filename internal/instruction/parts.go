package instruction

import (
	"context"

	"github.com/a-h/templ"

	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/proof"
	"hygie/internal/web/ui"
)

// keyOf is the key on the keyboard for something, as its help shows it.
func keyOf(name string) string {
	return map[string]string{"next": "j", "previous": "k", "open": "↵", "choose": "x", "help": "?", "act": "v", "correct": "c", "refuse": "r", "take": "t", "seen": "p", "file": "e", "up": "u"}[name]
}

// kindOf is how much the button of a move calls for the hand: only the first does, and nothing that takes money back.
func kindOf(i int, one move) ui.ButtonKind {
	if i == 0 && !one.money() {
		return ui.Primary
	}
	return ui.Secondary
}

// queueHref is the address of a queue as it is seen.
func queueHref(v queued) string { return v.Query.With("format", "") }

// overtakenEvents are what happened since the reader read the dossier.
func (v view) overtakenEvents(ctx context.Context) (list []ui.Event) {
	for _, e := range v.Overtaken {
		list = append(list, v.happened(ctx, e))
	}
	return list
}

// canCorrect tells whether corrections can be asked now.
func (v view) canCorrect() bool {
	for _, one := range v.Moves {
		if one.Name == "corrections" {
			return true
		}
	}
	return false
}

// framed is the address of a document that is shown in the page. The words after the sign are for viewers of PDF: the page as wide as its frame, and no list of pages
// beside it.
func framed(e proof.Reached) string {
	to := "/structures/" + e.Home + "/evidence/" + e.ID + "/preview?framed=1"
	if e.MediaType == proof.PDF {
		to += "#pagemode=none&navpanes=0&view=FitH"
	}
	return to
}

// fileLine says what evidence covers, for whom, and what became of it.
func fileLine(ctx context.Context, v view, f funding.Picked) string {
	p := locale.From(ctx)
	text := p.T("instruction.file_size", "size", p.Bytes(f.Size))
	switch {
	case !f.From.IsZero() && !f.Until.IsZero():
		text += " " + p.T("instruction.covers", "from", p.ShortDate(f.From), "until", p.ShortDate(f.Until))
	case !f.From.IsZero():
		text += " " + p.T("instruction.covers_from", "from", p.ShortDate(f.From))
	}
	if name := v.memberName(f.Member); name != "" {
		text += " – " + name
	}
	if from := v.Homes[f.Evidence].From; from != "" {
		text += " – " + p.T("dossier.came_with", "name", from)
	}
	if v.fresh(f) {
		text += " – " + p.T("instruction.added_since")
	}
	if f.ReplacedBy != "" {
		text += " – " + p.T("instruction.replaced")
	}
	return text
}

// expenses lists what is spent and what counts of it.
func expenses(ctx context.Context, v view) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "expenses", Caption: p.T("dossier.expenses"), Total: ui.NoTotal,
		Columns: []ui.Column{{Name: "label", Text: p.T("dossier.label")}, {Name: "on", Text: p.T("dossier.on")}, {Name: "amount", Text: p.T("dossier.amount"), End: true}, {Name: "counted", Text: p.T("dossier.counted"), End: true}, {Name: "invoice", Text: p.T("dossier.invoice")}}}
	counted := v.Call.Spend(spent(v.Expenses)).Counted
	for _, x := range v.Expenses {
		amount := p.T("dossier.not_known")
		if n, ok := counted[x.ID]; ok {
			amount = euros(ctx, n)
		}
		invoice := templ.Component(ui.Text("–"))
		if x.Invoice != "" {
			invoice = ui.Link{Href: "/structures/" + v.Dossier.Structure + "/evidence/" + x.Invoice, Text: p.T("dossier.invoice")}
		}
		name := x.Label
		if x.Supplier != "" {
			name += " – " + x.Supplier
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(name), ui.Text(p.In(x.On.Location()).ShortDate(x.On)), ui.Text(euros(ctx, x.Amount)), ui.Text(amount), invoice}})
	}
	return t
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

// memberOptions are the members of a group that a correction may be about.
func (v view) memberOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: locale.T(ctx, "instruction.whole_group")}}
	for _, f := range v.Facts.Members {
		options = append(options, ui.Option{Value: f.Structure, Text: f.Name})
	}
	return options
}

// kindOptions are the kinds of correction.
func kindOptions(ctx context.Context) (options []ui.Option) {
	for _, k := range []funding.CorrectionKind{funding.Incomplete, funding.Incorrect, funding.Updated} {
		options = append(options, ui.Option{Value: string(k), Text: locale.T(ctx, "dossier.correction_"+string(k))})
	}
	return options
}

// correctOptions are the ready-made reasons for a correction.
func correctOptions(ctx context.Context, t target) []ui.Option {
	options := []ui.Option{{Text: locale.T(ctx, "instruction.no_ready_reason")}}
	for _, r := range t.Reasons {
		options = append(options, ui.Option{Value: r.Code, Text: r.Title.In(lang(ctx))})
	}
	return options
}
