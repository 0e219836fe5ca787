package logbook

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// when is a moment as short as it can be said: the hour alone on the same day.
func when(ctx context.Context, t, now time.Time) string {
	p := locale.From(ctx)
	if t.In(p.Zone()).Format(time.DateOnly) == now.In(p.Zone()).Format(time.DateOnly) {
		return p.Clock(t)
	}
	return p.ShortDate(t) + " " + p.Clock(t)
}

// scriptWords are what the script of the page needs: which book, who writes, where lines go, and what to say.
func scriptWords(ctx context.Context, v view) templ.Attributes {
	a := templ.Attributes{"data-log": v.Book, "data-person": v.Person, "data-sync": v.Address + "/sync", "data-offline": v.Address + "/offline"}
	for _, word := range []string{"waiting", "recorded", "prepared", "unprepared", "unkept", "other", "signin", "unwell", "again"} {
		a["data-"+word] = locale.T(ctx, "logbook.script_"+word)
	}
	return a
}

// live makes the lines ask for themselves again when the book changes.
func live(v view) templ.Attributes {
	if !v.Closed.IsZero() {
		return nil
	}
	return templ.Attributes{"hx-get": v.Here, "hx-select": "#log-lines", "hx-swap": "outerMorph", "hx-trigger": "live", "data-live": Topic(v.Book)}
}

// stampWords say how far the lines are stamped, and by whom.
func stampWords(ctx context.Context, v view) string {
	if v.Stamps.Size == 0 {
		return locale.T(ctx, "logbook.stamp_none", "authority", v.Stamps.Authority)
	}
	return locale.T(ctx, "logbook.stamp_upto", "count", v.Stamps.Size, "when", when(ctx, v.Stamps.At, v.Now), "authority", v.Stamps.Authority)
}

// webAddress is a link that a browser may follow; empty for anything else.
func webAddress(link string) string {
	u, err := url.Parse(link)
	if ownPage(link) {
		return u.EscapedPath()
	}
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// ownPage tells whether a link is a page of a structure here: what a line of the platform itself is about.
func ownPage(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "" && u.Host == "" && u.RawQuery == "" && u.Fragment == "" && strings.HasPrefix(u.EscapedPath(), "/structures/")
}

// linkText is what a link is called.
func linkText(ctx context.Context, link string) string {
	if ownPage(link) {
		return locale.T(ctx, "logbook.see_page")
	}
	return link
}

// tone of a kind; the word stands beside it.
func (k Kind) tone() ui.Tone {
	switch k {
	case Decision:
		return ui.Warn
	case Act, Instruction:
		return ui.Info
	}
	return ui.Plain
}

// number is a number in a field, empty for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// onSheet finds the latest line typed for a line of a sheet.
func onSheet(typed []Line, n int64) (found Line, ok bool) {
	for _, l := range typed {
		if l.Seq == n {
			found, ok = l, true
		}
	}
	return found, ok
}

// sheetTable lists the sheets: which are out, which are back, how many lines of each were typed.
func sheetTable(ctx context.Context, t Target, all []Sheet) ui.Table {
	p := locale.From(ctx)
	table := ui.Table{ID: "sheets", Caption: p.T("logbook.sheets"), Total: ui.NoTotal, Dense: true,
		Columns: []ui.Column{{Text: p.T("logbook.sheet_column")}, {Text: p.T("logbook.cell")}, {Text: p.T("logbook.sheet_when")}, {Text: p.T("logbook.sheet_state")}, {Text: p.T("logbook.sheet_typed"), End: true}, {Text: p.T("logbook.sheet_paper")}}}
	for _, s := range all {
		state := ui.Text(p.T("logbook.sheet_out"))
		if s.Photo != "" {
			state = ui.Text(p.T("logbook.sheet_back"))
		}
		address := fmt.Sprintf("%s/sheets/%d", t.Address, s.Number)
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: address, Text: strconv.FormatInt(s.Number, 10)}, ui.Text(s.Cell), ui.Text(p.DateTime(s.At)), state, ui.Number(s.Typed),
			ui.Link{Href: address + "/print", Text: "PDF"}}})
	}
	return table
}
