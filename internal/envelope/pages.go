package envelope

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
	"hygie/referential/call"
)

// shown is an envelope as its page shows it.
type shown struct {
	Call   *call.Call
	Parts  []funding.Envelope
	Lines  []funding.Line
	Names  map[string]string // of parts, by id
	At     time.Time
	Fields []call.Field // that are filled for the call
	Manage bool
	Pay    bool
}

// all adds up the parts.
func (v shown) all() (total, committed funding.Cents) {
	for _, e := range v.Parts {
		total, committed = total+e.Total, committed+e.Committed
	}
	return total, committed
}

func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }

func euros(ctx context.Context, c funding.Cents) string { return locale.From(ctx).Euros(int64(c)) }

// readEuros reads an amount as people type it.
func readEuros(text string) (funding.Cents, bool) {
	amount, err := call.ParseCents(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", ",", ".").Replace(text))
	return amount, err == nil
}

// callIn is the call in the path.
func (m *Module) callIn(c *web.Context) (*call.Call, error) {
	k, ok := m.find(c.Path("call"))
	if !ok {
		return nil, fault.NotFound("envelope.no_call")
	}
	return k, nil
}

// list shows every envelope with how it is used.
func (m *Module) list(c *web.Context) error {
	table := ui.Table{ID: "envelopes", Caption: c.T("envelope.title"), Total: ui.NoTotal, Empty: ui.Empty{Title: c.T("envelope.none")},
		Columns: []ui.Column{{Text: c.T("envelope.call")}, {Text: c.T("envelope.total"), End: true}, {Text: c.T("envelope.committed"), End: true}, {Text: c.T("envelope.left"), End: true}, {Text: c.T("envelope.paid"), End: true}}}
	err := m.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		table.Rows = nil
		for _, k := range m.o.Calls.All() {
			f, err := funding.FiguresOf(c.Ctx, tx, k.ID)
			if err != nil {
				return err
			}
			total, left := c.T("envelope.not_set"), ""
			if f.Envelope > 0 {
				total, left = euros(c.Ctx, f.Envelope), euros(c.Ctx, f.Envelope-f.Committed)
			}
			table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: address(k.ID), Text: k.Title.In(lang(c.Ctx))}, ui.Text(total), ui.Text(euros(c.Ctx, f.Committed)), ui.Text(left), ui.Text(euros(c.Ctx, f.Paid))}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("envelope.title"), Lead: c.T("envelope.lead")}, table)
}

func (m *Module) load(c *web.Context) (v shown, err error) {
	if v.Call, err = m.callIn(c); err != nil {
		return v, err
	}
	v.At, v.Fields = m.o.Now(), m.o.Calls.Fields(v.Call.ID)
	v.Manage, v.Pay = !right.Visible(c.Actor, right.ManageEnvelope).Empty(), !right.Visible(c.Actor, right.PayDossier).Empty()
	err = m.o.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Parts, err = funding.Envelopes(c.Ctx, tx, v.Call.ID); err != nil {
			return err
		}
		v.Names = map[string]string{}
		for _, e := range v.Parts {
			if e.Part == "" {
				continue
			}
			s, err := territory.Get(c.Ctx, tx, territory.Everything(), territory.ID(e.Part)) // that a region is there is public
			if err != nil {
				return err
			}
			v.Names[e.Part] = s.Name
		}
		v.Lines, err = funding.Consumption(c.Ctx, tx, c.Scope, v.Call.ID, v.At)
		return err
	})
	return v, err
}

// show is the page of the envelope of a call.
func (m *Module) show(c *web.Context) error { return m.showPage(c, sizeForm{}, nil) }

func (m *Module) showPage(c *web.Context, form sizeForm, wrong ui.Errors) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if ok, err := c.Export(v.sheet(c.Ctx)); ok {
		return err
	}
	page := web.Page{Title: v.Call.Title.In(lang(c.Ctx)), Over: c.T("envelope.one"), Crumbs: crumbs(c), Errors: wrong, Actions: ui.Button{Text: c.T("envelope.simulator"), Href: address(v.Call.ID) + "/simulator"}}
	return c.Page(page, showBody(v, v.table(c), form, wrong))
}

func crumbs(c *web.Context, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Href: home, Text: c.T("envelope.title")}}, more...)
}

// category names a category as the call does.
func (v shown) category(ctx context.Context, code string) string {
	return categoryOf(ctx, v.Call, code)
}

func categoryOf(ctx context.Context, k *call.Call, code string) string {
	if one, ok := k.Category(code); ok {
		return one.Title.In(lang(ctx))
	}
	if code == "" {
		return locale.T(ctx, "envelope.no_category")
	}
	return code
}

func (v shown) region(ctx context.Context, l funding.Line) string {
	if l.RegionName == "" {
		return locale.T(ctx, "envelope.no_region")
	}
	return l.RegionName
}

// heads are the names of the columns of the table and of its file.
func heads(ctx context.Context) []string {
	p := locale.From(ctx)
	return []string{p.T("envelope.region"), p.T("envelope.category"), p.T("envelope.dossiers"), p.T("envelope.pending"), p.T("envelope.committed"), p.T("envelope.paid"), p.T("envelope.to_pay"), p.T("envelope.owed")}
}

func (v shown) table(c *web.Context) ui.Table {
	t := ui.Table{ID: "lines", Caption: c.T("envelope.by_region_category"), ShowCaption: true, Total: ui.NoTotal, Scroll: true, Exports: c.Exports(), Query: ui.ReadQuery(c.R.URL, nil, ""),
		Empty: ui.Empty{Title: c.T("envelope.no_dossiers"), Text: c.T("envelope.no_dossiers_text")}}
	for i, name := range heads(c.Ctx) {
		t.Columns = append(t.Columns, ui.Column{Text: name, End: i > 1})
	}
	cells := func(first, second string, s funding.Sums) []templ.Component {
		return []templ.Component{ui.Text(first), ui.Text(second), ui.Number(int64(s.Dossiers)), ui.Text(euros(c.Ctx, s.Pending)), ui.Text(euros(c.Ctx, s.Committed)), ui.Text(euros(c.Ctx, s.Paid)),
			ui.Text(euros(c.Ctx, s.ToPay())), ui.Text(euros(c.Ctx, s.Owed))}
	}
	for _, l := range v.Lines {
		t.Rows = append(t.Rows, ui.Row{Cells: cells(v.region(c.Ctx, l), v.category(c.Ctx, l.Category), l.Sums)})
	}
	if len(v.Lines) > 1 {
		t.Foot = cells(c.T("envelope.sum"), "", funding.Total(v.Lines))
	}
	return t
}

// sheet is the table as a file; amounts are euros.
func (v shown) sheet(ctx context.Context) web.Sheet {
	return web.Sheet{Name: v.Call.ID + "-" + locale.T(ctx, "envelope.file"), Header: heads(ctx), Rows: func(yield func([]any, error) bool) {
		for _, l := range v.Lines {
			if !yield([]any{v.region(ctx, l), v.category(ctx, l.Category), l.Dossiers, number2(l.Pending), number2(l.Committed), number2(l.Paid), number2(l.ToPay()), number2(l.Owed)}, nil) {
				return
			}
		}
	}}
}

// number2 is an amount as a number of a spreadsheet.
func number2(c funding.Cents) float64 { return float64(c) / 100 }

func (v shown) stats(ctx context.Context) []ui.Stat {
	p := locale.From(ctx)
	total, committed := v.all()
	sums := funding.Total(v.Lines)
	list := []ui.Stat{{Label: p.T("envelope.total"), Value: p.T("envelope.not_set")}}
	if len(v.Parts) > 0 {
		list = []ui.Stat{{Label: p.T("envelope.committed"), Value: p.Euros(int64(committed)), Of: p.Euros(int64(total)), Note: v.Parts[0].Note},
			{Label: p.T("envelope.left"), Value: p.Euros(int64(total - committed)), Of: p.Euros(int64(total))}}
	}
	return append(list, ui.Stat{Label: p.T("envelope.pending"), Value: p.Euros(int64(sums.Pending)), Note: p.T("envelope.in_scope")},
		ui.Stat{Label: p.T("envelope.paid"), Value: p.Euros(int64(sums.Paid)), Of: p.Euros(int64(sums.Committed)), Note: p.T("envelope.in_scope")},
		ui.Stat{Label: p.T("envelope.owed"), Value: p.Euros(int64(sums.Owed)), Note: p.T("envelope.in_scope")})
}

func (v shown) partName(ctx context.Context, e funding.Envelope) string {
	if e.Part == "" {
		return locale.T(ctx, "envelope.whole")
	}
	return v.Names[e.Part]
}

func (v shown) partsTable(ctx context.Context) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "parts", Caption: p.T("envelope.parts"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("envelope.part")}, {Text: p.T("envelope.total"), End: true}, {Text: p.T("envelope.committed"), End: true}, {Text: p.T("envelope.left"), End: true}, {Text: p.T("envelope.where_from")}}}
	for _, e := range v.Parts {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(v.partName(ctx, e)), ui.Text(euros(ctx, e.Total)), ui.Text(euros(ctx, e.Committed)), ui.Text(euros(ctx, e.Left())), ui.Text(e.Note)}})
	}
	return t
}

func (v shown) partOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Value: "", Text: locale.T(ctx, "envelope.whole")}}
	for _, e := range v.Parts {
		if e.Part != "" {
			options = append(options, ui.Option{Value: e.Part, Text: v.Names[e.Part]})
		}
	}
	return options
}

// links lead to the files and the pages of the call.
func (v shown) links(ctx context.Context) []ui.Link {
	p, at := locale.From(ctx), address(v.Call.ID)
	list := []ui.Link{{Href: at + "/grants", Text: p.T("envelope.grants")}}
	if n := len(v.Fields); v.Manage && n > 0 {
		list = append(list, ui.Link{Href: at + "/fields", Text: p.T("envelope.fields_link", "count", n)})
	}
	if v.Pay {
		list = append(list, ui.Link{Href: at + "/dossiers", Text: p.T("envelope.payments")}, ui.Link{Href: at + "/accounting", Text: p.T("envelope.accounting")})
	}
	return append(list, ui.Link{Href: "/calls/" + v.Call.ID, Text: p.T("envelope.public_page")})
}

// sizeForm is what a person types of an envelope.
type sizeForm struct {
	Part  string `form:"part,max=40"`
	Total string `form:"total,max=40"`
	Note  string `form:"note,max=300"`
}

// size sets what a part of an envelope holds.
func (m *Module) size(c *web.Context) error {
	k, err := m.callIn(c)
	if err != nil {
		return err
	}
	var form sizeForm
	if err = c.Decode(&form); err == nil {
		total, ok := readEuros(form.Total)
		if !ok {
			err = fault.Invalid(fault.Field{Name: "total", Key: "envelope.not_an_amount"})
		} else {
			err = m.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
				return m.o.Funding.Size(c.Ctx, tx, c.Actor, funding.Envelope{Call: k.ID, Part: form.Part, Total: total, Note: form.Note})
			})
		}
	}
	if f := fault.As(err); f != nil && f.Key == "funding.committed_more" {
		err = fault.Invalid(fault.Field{Name: "total", Key: f.Key})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		c.Scope = right.Visible(c.Actor, right.SeeEnvelope)
		return m.showPage(c, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "envelope.sized")
	return c.Redirect(address(k.ID))
}
