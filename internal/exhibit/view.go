package exhibit

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hygie/custody"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

func (v view) pieceAddress() string { return v.exhibits() + "/" + strconv.Itoa(v.Piece.Number) }

func pieceTable(ctx context.Context, v view) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "pieces", Caption: p.T("exhibit.title"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("exhibit.piece")}, {Text: p.T("exhibit.kept_by")}, {Text: p.T("exhibit.place")}, {Text: p.T("exhibit.seal")}, {Text: "SHA-256"}}}
	for _, i := range v.Register.Items {
		hash := p.T("exhibit.no_file")
		if i.Measure != nil {
			hash = i.Measure.SHA256[:16] + "…"
		}
		var keeper templ.Component = ui.Text(i.Keeper())
		if i.Void {
			keeper = ui.Tag{Text: p.T("exhibit.is_void"), Tone: ui.Warn}
		}
		link := ui.Link{Href: v.exhibits() + "/" + strconv.Itoa(i.Number), Text: strconv.Itoa(i.Number) + ". " + i.Name}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{link, keeper, ui.Text(i.Where()), ui.Text(i.SealNow()), ui.Text(hash)}})
	}
	return t
}

// terms are what is known of a piece, as corrections leave it.
func terms(ctx context.Context, i custody.Item) (all []ui.Term) {
	p := locale.From(ctx)
	add := func(key, value string) {
		if value != "" {
			all = append(all, ui.Term{Name: p.T(key), Value: long(value)})
		}
	}
	add("exhibit.by", i.By)
	add("exhibit.taken", p.DateTime(i.Taken))
	add("exhibit.found_at", i.Place)
	add("exhibit.kept_by", i.Keeper())
	add("exhibit.kept_at", i.Where())
	add("exhibit.seal", i.SealNow())
	if i.Measure == nil {
		add("exhibit.file", p.T("exhibit.no_file"))
	} else {
		add("exhibit.sha256", i.Measure.SHA256)
		add("exhibit.size", p.Int(i.Measure.Size))
	}
	add("exhibit.note", i.Note)
	add("exhibit.entry_mark", i.Mark.String())
	return all
}

// warningWords are the words of a source that mean something to do; the others stand in the register as they are.
func warningWords(ctx context.Context, s *custody.Source) (all []string) {
	for _, w := range s.Warnings {
		all = append(all, locale.T(ctx, "exhibit.warning."+strings.ReplaceAll(w, "-", "_")))
	}
	if s.Fault != "" {
		all = append(all, s.Fault)
	}
	return all
}

// source is what a file says of itself.
func source(ctx context.Context, s *custody.Source) templ.Component {
	p := locale.From(ctx)
	facts := ui.Table{ID: "facts", Caption: p.T("exhibit.stated"), ShowCaption: true, Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: p.T("exhibit.stated_name")}, {Text: p.T("exhibit.stated_value")}}}
	row := func(t *ui.Table, cells ...string) {
		r := ui.Row{}
		for _, c := range cells {
			r.Cells = append(r.Cells, long(c))
		}
		t.Rows = append(t.Rows, r)
	}
	for _, f := range s.Facts {
		row(&facts, f.Name, f.Value)
	}
	for _, d := range s.Digests {
		row(&facts, strings.TrimSpace(d.Algorithm+" "+d.Of), d.Value)
	}
	if s.ListHash != "" {
		row(&facts, p.T("exhibit.list_hash"), s.ListHash)
	}
	files := ui.Table{ID: "files", Caption: p.T("exhibit.listed", "count", s.Listed), ShowCaption: true, Total: ui.NoTotal, Dense: true,
		Columns: []ui.Column{{Text: p.T("exhibit.file")}, {Text: p.T("exhibit.size"), End: true}, {Text: p.T("exhibit.stated_hash")}}}
	for _, f := range s.Files {
		row(&files, strings.TrimPrefix(f.In+" / "+f.Name, " / "), p.Int(f.Size), f.Hash)
	}
	return sourceBody(s, facts, files)
}

// events are what became of a piece, the first first: its entry, and what follows in the order of the register.
func events(ctx context.Context, i custody.Item) (all []ui.Event) {
	p := locale.From(ctx)
	all = append(all, ui.Event{At: i.Taken, Title: p.T("exhibit.event_added"), Who: i.By, Body: lineBody(i.Line, nil)})
	moves, corrections := i.Moves, i.Corrections
	for len(moves)+len(corrections) > 0 {
		if len(corrections) == 0 || len(moves) > 0 && moves[0].Line < corrections[0].Line {
			m := moves[0]
			moves = moves[1:]
			title := p.T("exhibit.event_handed", "from", m.From, "to", m.To)
			tone := ui.Plain
			if m.Void {
				title, tone = title+" ("+p.T("exhibit.voided")+")", ui.Bad
			}
			all = append(all, ui.Event{At: m.At, Title: title, Who: m.By, Tone: tone, Body: lineBody(m.Line, said(p, m.Place, m.Seal, m.Note))})
			continue
		}
		c := corrections[0]
		corrections = corrections[1:]
		details := []string{c.Note}
		if c.Void {
			details = append(details, p.T("exhibit.voided"))
		}
		details = append(details, changes(p, c.Amendment)...)
		all = append(all, ui.Event{At: c.Noted, Title: p.T("exhibit.event_corrected", "line", c.Of), Who: c.By, Body: lineBody(c.Line, details)})
	}
	return all
}

// said are the details of a hand-over.
func said(p *locale.Printer, where, seal, note string) (all []string) {
	if where != "" {
		all = append(all, p.T("exhibit.instead", "field", p.T("exhibit.kept_at"), "value", where))
	}
	if seal != "" {
		all = append(all, p.T("exhibit.seal_is", "seal", seal))
	}
	if note != "" {
		all = append(all, note)
	}
	return all
}

// changes are what a correction says instead.
func changes(p *locale.Printer, a custody.Amendment) (all []string) {
	for _, c := range [][2]string{{"exhibit.name", a.Name}, {"exhibit.holder", a.Holder}, {"exhibit.to", a.To}, {"exhibit.place", a.Place}, {"exhibit.seal", a.Seal}} {
		if c[1] != "" {
			all = append(all, p.T("exhibit.instead", "field", p.T(c[0]), "value", c[1]))
		}
	}
	return all
}

// lineOptions are the lines of a piece that may be corrected.
func lineOptions(ctx context.Context, i custody.Item) []ui.Option {
	p := locale.From(ctx)
	all := []ui.Option{{Value: strconv.FormatInt(i.Line, 10), Text: p.T("exhibit.line_option", "line", i.Line, "text", p.T("exhibit.event_added"))}}
	for _, m := range i.Moves {
		if !m.Void {
			all = append(all, ui.Option{Value: strconv.FormatInt(m.Line, 10), Text: p.T("exhibit.line_option", "line", m.Line, "text", p.T("exhibit.event_handed", "from", m.From, "to", m.To))})
		}
	}
	return all
}

// lastLine is the line that is corrected most often: the last one that stands.
func lastLine(i custody.Item) int64 {
	last := i.Line
	for _, m := range i.Moves {
		if !m.Void {
			last = m.Line
		}
	}
	return last
}
