package overview

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// tallies is how many structures below one stand where, by each requirement of a package.
type tallies struct {
	Structure territory.Structure
	Package   *referential.Package
	Packages  []*referential.Package
	Kind      territory.Kind // of the structures that are counted
	Counts    map[string]proof.Tally
	Wholes    map[string]proof.Tally
	Measures  []measureTally
	Parts     []proof.Part
	Line      string // the requirement by which parts are compared; empty: the whole
	Active    int    // structures of the kind that are open
	Counted   time.Time
	Waiting   int
}

// measureTally is how many structures a measure knows, and of when.
type measureTally struct {
	Key   string
	Tally proof.Tally
}

// choose reads from the address what is to be counted.
func (m *Module) choose(c *web.Context, tx *store.Tx, s territory.Structure) (v tallies, err error) {
	v = tallies{Structure: s, Kind: territory.Entity}
	if c.Query("kind") == string(territory.Group) && s.Kind != territory.Group {
		v.Kind = territory.Group
	}
	set, err := m.shelf.Now(c.Ctx, tx, m.now())
	if err != nil {
		return v, err
	}
	v.Packages = set.Counted.Packages()
	if len(v.Packages) == 0 {
		return v, fault.NotFound("overview.no_package")
	}
	v.Package = v.Packages[0]
	if id := c.Query("package"); id != "" {
		i := slices.IndexFunc(v.Packages, func(p *referential.Package) bool { return p.ID == id })
		if i < 0 {
			return v, fault.NotFound("overview.no_package")
		}
		v.Package = v.Packages[i]
	}
	if line := c.Query("line"); slices.ContainsFunc(v.Package.Requirements(), func(r referential.Requirement) bool { return r.Code == line }) {
		v.Line = line
	}
	return v, nil
}

// tallyPage is the page of a nation, region or group that says how many structures below meet what.
func (m *Module) tallyPage(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	if !wide(s.Kind) {
		return fault.NotFound("overview.no_tallies")
	}
	var v tallies
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		v, err = m.loadTallies(c, tx, s)
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(v.sheet(c)); ok {
		return err
	}
	return c.Page(web.Page{Title: c.T("overview.tallies"), Lead: c.T("overview.tallies_lead"), Over: at.Kind, Place: at, Actions: ui.PrintButton()}, talliesBody(c, v))
}

func (m *Module) loadTallies(c *web.Context, tx *store.Tx, s territory.Structure) (tallies, error) {
	v, err := m.choose(c, tx, s)
	if err != nil {
		return v, err
	}
	active, err := territory.Count(c.Ctx, tx, c.Scope, s.ID)
	if err != nil {
		return v, err
	}
	v.Active = active[v.Kind][territory.Active]
	if v.Kind == s.Kind {
		v.Active--
	}
	if v.Counts, err = proof.Tallies(c.Ctx, tx, c.Scope, v.Package.ID, v.Kind, s.Interval); err != nil {
		return v, err
	}
	measures := []string{proof.LevelKey, proof.GradeKey}
	var subjects []string
	for _, p := range v.Packages {
		subjects = append(subjects, p.ID)
	}
	for _, key := range measures {
		subjects = append(subjects, proof.FactSubject(key))
	}
	if v.Wholes, err = proof.Wholes(c.Ctx, tx, c.Scope, v.Kind, s.Interval, subjects...); err != nil {
		return v, err
	}
	for _, key := range measures {
		v.Measures = append(v.Measures, measureTally{key, v.Wholes[proof.FactSubject(key)]})
	}
	if s.Kind != territory.Group && v.Kind != below(s.Kind) {
		if v.Parts, err = proof.PartTallies(c.Ctx, tx, c.Scope, v.Package.ID, v.Line, v.Kind, below(s.Kind), s.Interval); err != nil {
			return v, err
		}
	}
	if v.Waiting, err = proof.Waiting(c.Ctx, tx, c.Scope); err != nil {
		return v, err
	}
	last, err := proof.LastCount(c.Ctx, tx)
	if errors.Is(err, store.ErrNotFound) {
		return v, nil
	}
	v.Counted = last.Begun
	return v, err
}

// values are what the address of the page says beside its path.
func (v tallies) values(more ...string) url.Values {
	values := url.Values{"package": {v.Package.ID}}
	if v.Kind != territory.Entity {
		values.Set("kind", string(v.Kind))
	}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return values
}

func (v tallies) href(more ...string) string {
	return address(v.Structure.ID) + "/standings?" + v.values(more...).Encode()
}

// listHref leads to the structures behind a figure.
func (v tallies) listHref(line, answer string) string {
	return address(v.Structure.ID) + "/standings/list?" + v.values("line", line, "answer", answer).Encode()
}

// answerKeys are the answers of a page, as its address and its messages have them.
func answerKeys() []string { return []string{"met", "not_met", "unknown"} }

// answerOf is the letter of an answer; empty for all.
func answerOf(key string) string {
	return map[string]string{"met": proof.MetAnswer, "not_met": proof.NotMetAnswer, "unknown": proof.UnknownAnswer}[key]
}

// statusOf reads a letter.
func statusOf(answer string) ui.Status {
	switch answer {
	case proof.MetAnswer:
		return ui.Met
	case proof.NotMetAnswer:
		return ui.NotMet
	}
	return ui.Unknown
}

// requirementsTable is the count by requirement.
func requirementsTable(c *web.Context, v tallies) ui.Table {
	table := ui.Table{ID: "tallies", Caption: v.Package.Title.In(lang(c.Ctx)), Total: ui.NoTotal, Dense: true, Scroll: true, Exports: c.Exports(), Query: ui.ReadQuery(c.R.URL, nil, ""), Columns: []ui.Column{
		{Text: c.T("overview.requirement")}, {Text: c.T("overview.answer_met"), End: true}, {Text: c.T("overview.answer_not_met"), End: true},
		{Text: c.T("overview.answer_unknown"), End: true}, {Text: c.T("overview.concerned"), End: true}, {Text: c.T("overview.share_met"), End: true}, {Text: c.T("overview.share")}}}
	row := func(title, line string) {
		t := v.Counts[line]
		cells := []templ.Component{ui.Text(title)}
		if t.Judged() > 0 {
			cells[0] = ui.Link{Href: v.href("line", line) + "#parts-title", Text: title}
		}
		for _, key := range answerKeys() {
			cells = append(cells, figureLink(c, t.N(answerOf(key)), v.listHref(line, key)))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: append(cells, shareCells(c, t)...)})
	}
	row(c.T("overview.whole"), "")
	for _, r := range v.Package.Requirements() {
		row(marked(c.Printer, r), r.Code)
	}
	return table
}

// shareCells end a row: of how many, which share, and the same for the eye.
func shareCells(c *web.Context, t proof.Tally) []templ.Component {
	return []templ.Component{ui.Number(int64(t.Judged())), ui.Text(c.Printer.Percent(int64(t.N(proof.MetAnswer)), int64(t.Judged()))),
		strip(statusShares(t.N(proof.MetAnswer), t.N(proof.NotMetAnswer), t.N(proof.UnknownAnswer))...)}
}

// figureLink is a count that leads to what it is made of.
func figureLink(c *web.Context, n int, href string) templ.Component {
	if n == 0 {
		return ui.Number(0)
	}
	return ui.Link{Href: href, Text: c.Printer.Int(int64(n))}
}

// partsCompared compares regions or groups by one requirement.
func partsCompared(c *web.Context, v tallies) ui.Table {
	table := ui.Table{ID: "tally-parts", Caption: c.T("overview.parts_" + string(below(v.Structure.Kind))), Total: ui.NoTotal, Dense: true, Scroll: true, Columns: []ui.Column{
		{Text: c.T("overview.name")}, {Text: c.T("overview.answer_met"), End: true}, {Text: c.T("overview.answer_not_met"), End: true},
		{Text: c.T("overview.answer_unknown"), End: true}, {Text: c.T("overview.concerned"), End: true}, {Text: c.T("overview.share_met"), End: true}, {Text: c.T("overview.share")}}}
	for _, p := range v.Parts {
		t := p.Tally
		name := tallies{Structure: p.Structure, Package: v.Package, Kind: v.Kind}.href("line", v.Line)
		cells := []templ.Component{ui.Link{Href: name, Text: p.Structure.Name}}
		for _, key := range answerKeys() {
			cells = append(cells, ui.Number(int64(t.N(answerOf(key)))))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: append(cells, shareCells(c, t)...)})
	}
	return table
}

// wholesTable compares the packages.
func wholesTable(c *web.Context, v tallies) ui.Table {
	table := ui.Table{ID: "wholes", Caption: c.T("overview.packages"), Total: ui.NoTotal, Dense: true, Scroll: true, Columns: []ui.Column{
		{Text: c.T("overview.package")}, {Text: c.T("overview.whole_met"), End: true}, {Text: c.T("overview.concerned"), End: true}, {Text: c.T("overview.share_met"), End: true}, {Text: c.T("overview.share")}}}
	for _, p := range v.Packages {
		t := v.Wholes[p.ID]
		link := ui.Link{Href: tallies{Structure: v.Structure, Package: p, Kind: v.Kind}.href(), Text: p.Title.In(lang(c.Ctx))}
		table.Rows = append(table.Rows, ui.Row{Cells: append([]templ.Component{link, ui.Number(int64(t.N(proof.MetAnswer)))}, shareCells(c, t)...)})
	}
	return table
}

// sheet is the count as a file: what is counted, of how many, when, and from where.
func (v tallies) sheet(c *web.Context) web.Sheet {
	var header []string
	for _, key := range []string{"requirement", "answer_met", "answer_not_met", "answer_unknown", "concerned", "counted_on", "package"} {
		header = append(header, c.T("overview."+key))
	}
	return web.Sheet{Name: c.T("overview.tallies_file"), Header: header, Rows: func(yield func([]any, error) bool) {
		source := v.Package.Title.In(lang(c.Ctx)) + " " + v.Package.Version
		row := func(title, line string) bool {
			t := v.Counts[line]
			var on any = ""
			if !v.Counted.IsZero() {
				on = v.Counted
			}
			return yield([]any{title, t.N(proof.MetAnswer), t.N(proof.NotMetAnswer), t.N(proof.UnknownAnswer), t.Judged(), on, source}, nil)
		}
		if !row(c.T("overview.whole"), "") {
			return
		}
		for _, r := range v.Package.Requirements() {
			if !row(r.Title.In(lang(c.Ctx)), r.Code) {
				return
			}
		}
	}}
}

// stoodColumns are the columns of the list behind a figure.
func stoodColumns(c *web.Context) []ui.Column {
	return []ui.Column{{Name: "name", Text: c.T("overview.name"), Sort: true}, {Text: c.T("overview.finess")}, {Text: c.T("overview.city")}, {Text: c.T("overview.department")},
		{Name: "answer", Text: c.T("overview.verdict"), Sort: true}, {Name: "changed", Text: c.T("overview.since"), Sort: true}}
}

// stoodPage lists the structures behind a figure.
func (m *Module) stoodPage(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	if !wide(s.Kind) {
		return fault.NotFound("overview.no_tallies")
	}
	q := ui.ReadQuery(c.R.URL, stoodColumns(c), "name")
	var v tallies
	var wanted proof.StoodQuery
	var page []proof.Stood
	total := 0
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v, err = m.choose(c, tx, s); err != nil {
			return err
		}
		wanted = proof.StoodQuery{Package: v.Package, Code: v.Line, Kind: v.Kind, Inside: s.Interval, Answer: answerOf(q.Get("answer")), Text: q.Get("q"), Sort: q.Sort, Desc: q.Desc, Limit: q.Size, Offset: q.Offset()}
		page, total, err = proof.StoodAt(c.Ctx, tx, c.Scope, wanted)
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(m.stoodSheet(c, wanted)); ok {
		return err
	}
	crumbs := []ui.Link{{Href: v.href(), Text: c.T("overview.tallies")}}
	return c.Page(web.Page{Title: v.lineTitle(c), Over: v.Package.Title.In(lang(c.Ctx)), Place: at, Crumbs: crumbs}, stoodTable(c, v, q, page, total))
}

// lineTitle names what is counted.
func (v tallies) lineTitle(c *web.Context) string {
	for _, r := range v.Package.Requirements() {
		if r.Code == v.Line {
			return r.Title.In(lang(c.Ctx))
		}
	}
	return c.T("overview.whole")
}

func stoodTable(c *web.Context, v tallies, q ui.Query, page []proof.Stood, total int) ui.Table {
	options := []ui.Option{{Value: "", Text: c.T("overview.answer_all")}}
	for _, key := range answerKeys() {
		options = append(options, ui.Option{Value: key, Text: c.T("overview.answer_" + key)})
	}
	table := ui.Table{ID: "stood", Caption: v.lineTitle(c), Query: q, Total: total, Pager: q.Pages(total), Exports: c.Exports(), Columns: stoodColumns(c), Dense: true, Keep: []string{"package", "line", "kind"},
		Filters: []ui.Field{{Name: "q", Label: c.T("overview.words"), Kind: ui.SearchField}, {Name: "answer", Label: c.T("overview.verdict"), Kind: ui.SelectField, Options: options}},
		Empty:   ui.Empty{Title: c.T("overview.empty"), Text: c.T("overview.empty_text")}}
	for _, one := range page {
		link := ui.Link{Href: packageHref(one.Structure, v.Package) + anchorOf(v.Line), Text: one.Structure.Name}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{link, ui.Text(one.Structure.Finess), ui.Text(one.Structure.City), ui.Text(one.Structure.Department), statusOf(one.Answer), ui.Text(c.Printer.ShortDate(one.Changed))}})
	}
	return table
}

func anchorOf(line string) string {
	if line == "" {
		return ""
	}
	return "#r-" + line
}

// stoodSheet is the list as a file, with the same filters and order.
func (m *Module) stoodSheet(c *web.Context, q proof.StoodQuery) web.Sheet {
	var header []string
	for _, key := range []string{"name", "finess", "city", "department", "verdict", "since"} {
		header = append(header, c.T("overview."+key))
	}
	return web.Sheet{Name: c.T("overview.tallies_file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for q.Limit, q.Offset = exportAtOnce, 0; ; q.Offset += exportAtOnce {
			var page []proof.Stood
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				page, _, err = proof.StoodAt(c.Ctx, tx, c.Scope, q)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, one := range page {
				if !yield([]any{one.Structure.Name, one.Structure.Finess, one.Structure.City, one.Structure.Department, c.T(statusOf(one.Answer).MessageKey()), one.Changed}, nil) {
					return
				}
			}
			if len(page) < exportAtOnce {
				return
			}
		}
	}}
}

// measureBars shows how many structures have each value of a measure.
func measureBars(c *web.Context, v tallies, m measureTally) ui.Bars {
	b := ui.Bars{Caption: c.T("overview.measure_" + measureName(m.Key)), Name: c.T("overview.measure_" + measureName(m.Key)), Count: c.T("overview.entities")}
	for _, value := range measureValues(m) {
		bar := ui.Bar{Label: value, Count: m.Tally.N(value)}
		if n, err := strconv.Atoi(value); err == nil {
			bar.Label, bar.Tone = c.T("overview.level_n", "level", n), levelTone(n)
		}
		b.Rows = append(b.Rows, bar)
	}
	b.Rows = append(b.Rows, ui.Bar{Label: c.T("overview.never"), Count: max(0, v.Active-m.Tally.All())})
	return b
}

func measureName(key string) string {
	return map[string]string{proof.LevelKey: "level", proof.GradeKey: "grade"}[key]
}

// measureValues are the values of a measure that were seen, levels always all of them.
func measureValues(m measureTally) (values []string) {
	if m.Key == proof.LevelKey {
		for level := worstLevel; level <= bestLevel; level++ {
			values = append(values, strconv.Itoa(level))
		}
		return values
	}
	for value := range m.Tally.ByAnswer {
		values = append(values, value)
	}
	slices.SortFunc(values, cmp.Compare[string])
	return values
}
