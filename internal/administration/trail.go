package administration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// families are the first words of acts, as the filter offers them.
var families = [...]string{"audit", "evidence", "action", "people", "signin", "structure", "finess", "referential", "parameter", "job", "trail"}

// structureTrail shows who did what on a structure and below.
func (m *Module) structureTrail(c *web.Context) error {
	at, _, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	return m.trailPage(c, web.Page{Title: c.T("administration.trail"), Lead: c.T("administration.trail_lead"), Place: at}, "")
}

// wholeTrail shows who did what on the installation, with the journal to download.
func (m *Module) wholeTrail(c *web.Context) error {
	return m.trailPage(c, web.Page{Title: c.T("administration.trail"), Lead: c.T("administration.trail_whole_lead")}, journal.Fingerprint(m.Trail.Public()))
}

// passage is a part of the trail with the names that its lines need.
type passage struct {
	lines      []journal.Line
	names      map[string]string // of people, by id
	structures map[string]string // by id

	open map[string]map[string]string // by kind of subject, the structures in which the reader may open one
}

// opening is the right by which the page of a subject is opened: whoever runs the platform reads that there was an audit, and not what it found.
var opening = map[string]right.Action{"audit": right.SeeAudit, "evidence": right.SeeProof, "action": right.SeeActions}

func (m *Module) trailPage(c *web.Context, page web.Page, fingerprint string) error {
	q := ui.ReadQuery(c.R.URL, nil, "")
	filter, wrong := m.trailFilter(c, q)
	if len(wrong) > 0 {
		page.Errors = wrong
	}
	who := q.Get("who")
	if ok, err := c.Export(m.trailSheet(c, filter, who)); ok {
		return err
	}
	filter.Before, filter.Limit = number(q.After), q.Size+1
	p, err := m.passage(c, filter, who)
	if err != nil {
		return err
	}
	return c.Page(page, trailBody(m.trailTable(c, q, p), fingerprint))
}

// trailFilter reads the filters of the page; days that cannot be read are remarks.
func (m *Module) trailFilter(c *web.Context, q ui.Query) (f trail.Filter, wrong ui.Errors) {
	var form struct {
		From  time.Time `form:"from"`
		Until time.Time `form:"until"`
	}
	wrong = ui.ErrorsOf(c.Decode(&form))
	f.From = form.From
	if !form.Until.IsZero() {
		f.Until = form.Until.AddDate(0, 0, 1) // the whole day
	}
	if family := q.Get("family"); slices.Contains(families[:], family) {
		f.Family = family
	}
	return f, wrong
}

// number reads the number of a line from an address; 0 for anything else.
func number(text string) (n int64) {
	if len(text) > 18 {
		return 0
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int64(r-'0')
	}
	return n
}

// passage reads lines of the reader's scope with the names they need; who, if not empty, is part of the name of the actor.
func (m *Module) passage(c *web.Context, f trail.Filter, who string) (p passage, err error) {
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		if who != "" {
			if f.Actors, err = actorsNamed(c.Ctx, tx, who); err != nil {
				return err
			}
		}
		if p.lines, err = m.Trail.List(c.Ctx, tx, c.Scope, f); err != nil {
			return err
		}
		var ids, places []string
		for _, line := range p.lines {
			ids = append(ids, line.Actor, line.Subject)
			places = append(places, line.Structure)
		}
		if p.names, err = people.Names(c.Ctx, tx, ids...); err != nil {
			return err
		}
		if p.structures, err = structureNames(c.Ctx, tx, c.Scope, places...); err != nil {
			return err
		}
		p.open = map[string]map[string]string{}
		for kind, action := range opening {
			if p.open[kind], err = structureNames(c.Ctx, tx, right.Visible(c.Actor, action), places...); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

// actorsMost bounds the people whose name fits what was typed.
const actorsMost = 200

// actorsNamed finds people by a part of their name or address, whatever the case and accents, and the platform by its own name. Databases fold letters
// each in their own way, and SQLite only those of English, so names are compared here.
func actorsNamed(ctx context.Context, tx *store.Tx, words string) ([]string, error) {
	type named struct{ id, name, email string }
	everybody, err := store.All(ctx, tx, func(row store.Row) (n named, err error) { return n, row.Scan(&n.id, &n.name, &n.email) },
		`select id, name, email_key from person order by id`)
	if err != nil {
		return nil, fmt.Errorf("look for people by name: %w", err)
	}
	found := []string{} // not nil: nobody, and not anybody
	folded, typed := territory.Fold(words), people.EmailKey(words)
	for _, n := range everybody {
		if len(found) < actorsMost && (folded != "" && strings.Contains(territory.Fold(n.name), folded) || strings.Contains(n.email, typed)) {
			found = append(found, n.id)
		}
	}
	if strings.Contains("hygie", strings.ToLower(words)) {
		found = append(found, "hygie", "directory-audit")
	}
	return found, nil
}

// actor is who did something, by name.
func (p passage) actor(line journal.Line) string {
	if name, ok := p.names[line.Actor]; ok {
		return name
	}
	return "hygie"
}

// subject is what was acted on: an address when there is a page about it, and a text.
func (p passage) subject(c *web.Context, line journal.Line) (href, text string) {
	if name, ok := p.names[line.Subject]; ok {
		if line.Subject == line.Actor {
			return "", "" // said already
		}
		return "", name
	}
	kind, id, _ := strings.Cut(line.Subject, "/")
	folders := map[string]string{"audit": "/directory/runs/", "evidence": "/evidence/", "action": "/actions/"}
	switch {
	case folders[kind] != "" && p.open[kind][line.Structure] != "":
		return "/structures/" + line.Structure + folders[kind] + id, c.T("administration.subject_" + kind)
	case folders[kind] != "" && p.structures[line.Structure] != "":
		return "", c.T("administration.subject_" + kind)
	case kind == "parameter": // of before lines had pages
		pkg, code, _ := strings.Cut(id, "/")
		return lineHref(pkg, referential.LineRef{Kind: referential.ParameterLine, Code: code}), id
	case kind == "referential":
		if pkg, line, ok := strings.Cut(id, "/"); ok {
			return packageHref(pkg) + "/lines/" + line, id
		}
		return packageHref(id), id
	case kind == "point":
		return "", id
	}
	return "", ""
}

// actName is how the reader calls an act.
func actName(p *locale.Printer, action string) string {
	if key := "administration.act." + action; p.Has(key) {
		return p.T(key)
	}
	return action
}

func (m *Module) trailTable(c *web.Context, q ui.Query, p passage) ui.Table {
	options := []ui.Option{{Value: "", Text: c.T("administration.all")}}
	for _, family := range families {
		options = append(options, ui.Option{Value: family, Text: c.T("administration.family_" + family)})
	}
	table := ui.Table{ID: "trail", Caption: c.T("administration.trail"), Query: q, Total: -1, Exports: c.Exports(), Dense: true,
		Columns: []ui.Column{{Text: c.T("administration.when")}, {Text: c.T("administration.who")}, {Text: c.T("administration.what")}, {Text: c.T("administration.structure")}, {Text: c.T("administration.detail")}},
		Filters: []ui.Field{
			{Name: "who", Label: c.T("administration.who"), Kind: ui.SearchField},
			{Name: "family", Label: c.T("administration.what"), Kind: ui.SelectField, Options: options},
			{Name: "from", Label: c.T("administration.from"), Kind: ui.DayField},
			{Name: "until", Label: c.T("administration.until"), Kind: ui.DayField},
		},
		Empty: ui.Empty{Title: c.T("administration.no_line"), Text: c.T("administration.no_line_text")}}
	lines := p.lines
	if len(lines) > q.Size {
		lines = lines[:q.Size]
		table.Pager = ui.Pager{Next: q.With("after", plain(lines[len(lines)-1].Number)), Total: -1}
	}
	if q.After != "" {
		table.Pager.Previous, table.Pager.Total = q.With("after", ""), -1
	}
	for _, line := range lines {
		href, text := p.subject(c, line)
		table.Rows = append(table.Rows, ui.Row{ID: "line-" + plain(line.Number), Cells: []templ.Component{
			whenCell(c.Printer.ShortDate(line.Noted) + " " + c.Printer.Clock(line.Noted)), ui.Text(p.actor(line)), whatCell(actName(c.Printer, line.Action), href, text), ui.Text(p.structures[line.Structure]), ui.Text(m.details(c.Printer, line)),
		}})
	}
	return table
}

// exportAtOnce is how many lines an export reads at a time.
const exportAtOnce = 500

// trailSheet is the list as a file, read part by part.
func (m *Module) trailSheet(c *web.Context, f trail.Filter, who string) web.Sheet {
	var header []string
	for _, key := range []string{"line", "when", "who", "what", "act_code", "structure", "subject", "detail"} {
		header = append(header, c.T("administration."+key))
	}
	return web.Sheet{Name: c.T("administration.trail_file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for f.Limit = exportAtOnce; ; {
			p, err := m.passage(c, f, who)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, line := range p.lines {
				_, subject := p.subject(c, line)
				if subject == "" {
					subject = line.Subject
				}
				f.Before = line.Number
				if !yield([]any{line.Number, line.Noted, p.actor(line), actName(c.Printer, line.Action), line.Action, p.structures[line.Structure], subject, m.details(c.Printer, line)}, nil) {
					return
				}
			}
			if len(p.lines) < exportAtOnce {
				return
			}
		}
	}}
}
