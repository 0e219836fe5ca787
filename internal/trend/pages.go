package trend

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"hygie/figure"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// show draws the level and the scores over time, with their table.
func (m *Module) show(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var levels []proof.Fact
	var all []measure
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if levels, err = standing(c.Ctx, tx, c.Scope, string(s.ID), levelKey); err != nil {
			return err
		}
		all, err = measures(c.Ctx, tx, c.Scope, string(s.ID), c.Printer.Zone())
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(sheetOf(c, all)); ok {
		return err
	}
	page := web.Page{Title: c.T("trend.title"), Lead: c.T("trend.lead"), Place: at, Crumbs: []ui.Link{{Href: "/structures/" + at.ID + "/directory", Text: c.T("trend.audits")}}}
	if c.May(right.RunAudit, at.Interval) {
		page.Actions = ui.Button{Text: c.T("trend.bring"), Href: address(at.ID) + "/import", Icon: "upload"}
	}
	drawings, err := drawingsOf(c, levels, all)
	if err != nil {
		return err
	}
	return c.Page(page, body(drawings, tableOf(c, levels, all)))
}

// drawing is a chart with its title.
type drawing struct {
	Title string
	SVG   templ.Component
}

// drawingsOf draws the level, then the score of each domain, each from two measures on.
func drawingsOf(c *web.Context, levels []proof.Fact, all []measure) (drawings []drawing, err error) {
	draw := func(t figure.Timeline) error {
		t.Day, t.DayHeading = c.Printer.ShortDate, c.T("trend.date")
		var b bytes.Buffer
		if err := t.SVG(&b); err != nil {
			return err
		}
		drawings = append(drawings, drawing{t.Title, templ.Raw(b.String())})
		return nil
	}
	if len(levels) > 1 {
		one := figure.Series{Name: c.T("trend.level"), Style: figure.Actual}
		for _, f := range levels {
			one.Points = append(one.Points, figure.Point{At: f.ObservedAt, Value: f.Value.Number, Label: c.Printer.Int(int64(f.Value.Number))})
		}
		t := figure.Timeline{ID: "trend-level", Title: c.T("trend.level"), Description: c.T("trend.level_text"), Top: 5, Series: []figure.Series{one}}
		for n := 1; n <= 5; n++ {
			t.Ticks = append(t.Ticks, figure.Tick{Value: float64(n), Label: strconv.Itoa(n)})
		}
		if err := draw(t); err != nil {
			return nil, err
		}
	}
	for n, domain := range domainsOf(all) {
		one := figure.Series{Name: domain, Style: figure.Actual}
		for _, x := range all {
			if f, ok := x.Facts["score"]; ok && x.Domain == domain {
				one.Points = append(one.Points, figure.Point{At: x.At, Value: f.Value.Number, Label: c.Printer.Int(int64(f.Value.Number))})
			}
		}
		if len(one.Points) < 2 {
			continue
		}
		t := figure.Timeline{ID: "trend-score-" + strconv.Itoa(n+1), Title: c.T("trend.score_of", "domain", domain), Description: c.T("trend.score_text"), Top: 100, Series: []figure.Series{one}}
		for _, n := range []int{0, 25, 50, 75, 100} {
			t.Ticks = append(t.Ticks, figure.Tick{Value: float64(n), Label: strconv.Itoa(n)})
		}
		if err := draw(t); err != nil {
			return nil, err
		}
	}
	return drawings, nil
}

// domainsOf lists the domains with scores, by name.
func domainsOf(all []measure) (domains []string) {
	for _, one := range all {
		domains = append(domains, one.Domain)
	}
	slices.Sort(domains)
	return slices.Compact(domains)
}

// line is one row of the table: a level of ours, or the scores of a domain.
type line struct {
	At     time.Time
	Level  string
	Domain string
	Scores map[string]proof.Fact
}

// tableOf holds every figure of the drawings, the latest first.
func tableOf(c *web.Context, levels []proof.Fact, all []measure) templ.Component {
	var lines []line
	for _, f := range levels {
		lines = append(lines, line{At: f.ObservedAt, Level: c.Printer.Int(int64(f.Value.Number))})
	}
	for _, one := range all {
		lines = append(lines, line{At: one.At, Domain: one.Domain, Scores: one.Facts})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return b.At.Compare(a.At) })
	t := ui.Table{ID: "scores", Caption: c.T("trend.table"), Total: len(lines), Exports: c.Exports(), Query: ui.ReadQuery(c.R.URL, nil, ""), Dense: true,
		Columns: []ui.Column{{Text: c.T("trend.date")}, {Text: c.T("trend.level"), End: true}, {Text: c.T("trend.domain")}},
		Empty:   ui.Empty{Title: c.T("trend.empty"), Text: c.T("trend.empty_text")}}
	for _, part := range parts() {
		t.Columns = append(t.Columns, ui.Column{Text: c.T("trend.part_" + part), End: true})
	}
	for _, l := range lines {
		cells := []templ.Component{ui.Text(c.Printer.ShortDate(l.At)), ui.Text(l.Level), ui.Text(l.Domain)}
		for _, part := range parts() {
			text := ""
			if f, ok := l.Scores[part]; ok {
				text = c.Printer.Int(int64(f.Value.Number))
			}
			cells = append(cells, ui.Text(text))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: cells})
	}
	return t
}

// sheetOf is the scores as a file, which can be brought back.
func sheetOf(c *web.Context, all []measure) web.Sheet {
	header := []string{c.T("trend.date"), c.T("trend.domain")}
	for _, part := range parts() {
		header = append(header, c.T("trend.part_"+part))
	}
	return web.Sheet{Name: c.T("trend.file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, one := range all {
			row := []any{one.Day, one.Domain}
			for _, part := range parts() {
				if f, ok := one.Facts[part]; ok {
					row = append(row, int64(f.Value.Number))
				} else {
					row = append(row, "")
				}
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}
