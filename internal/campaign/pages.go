package campaign

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/figure"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// launchForm begins a campaign.
type launchForm struct {
	Title    string   `form:"title,max=200"`
	Story    string   `form:"story,max=100"`
	Opens    string   `form:"opens,max=10"`
	Closes   string   `form:"closes,max=10"`
	Audience Audience `form:"audience,max=20"`
	Note     string   `form:"note,max=1000"`
}

// coverage shows how far a territory is, its campaigns, and how to launch another.
func (m *Module) coverage(c *web.Context) error {
	year := m.year(c)
	return m.coveragePage(c, launchForm{Opens: m.Now().In(c.Printer.Zone()).Format(time.DateOnly), Closes: time.Date(year, 12, 15, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Audience: Missing}, nil)
}

func (m *Module) year(c *web.Context) int { return m.Now().In(c.Printer.Zone()).Year() }

// ground is what the pages of an agency show of its territory.
type ground struct {
	at        *web.Place
	land      land
	covers    []Cover
	campaigns []Campaign
}

func (m *Module) ground(c *web.Context) (g ground, err error) {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return g, err
	}
	g.at = at
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		targets, err := Targets(c.Ctx, tx, c.Scope, at.ID)
		if err != nil {
			return err
		}
		if g.land, err = survey(c.Ctx, tx, c.Scope, s.Interval, m.Now()); err != nil {
			return err
		}
		g.covers = g.land.covers(m.year(c), targets)
		g.campaigns, err = List(c.Ctx, tx, c.Scope, at.ID)
		return err
	})
	return g, err
}

func (m *Module) coveragePage(c *web.Context, f launchForm, wrong ui.Errors) error {
	g, err := m.ground(c)
	if err != nil {
		return err
	}
	if ok, err := c.Export(coverSheet(c.Printer, g.covers)); ok {
		return err
	}
	var chart strings.Builder
	if err := coverChart(c.Printer, g.covers).SVG(&chart); err != nil {
		return err
	}
	page := web.Page{Title: c.T("campaign.title"), Lead: c.T("campaign.lead"), Place: g.at, Errors: wrong}
	return c.Page(page, coverageBody(c, g, templ.Raw(chart.String()), f, m.Drills.Stories(), wrong))
}

func share(p *locale.Printer, of, all int) string {
	if all == 0 {
		return p.T("campaign.nobody")
	}
	return p.T("campaign.share", "count", of, "all", all, "share", p.Percent(int64(of), int64(all)))
}

func aimed(p *locale.Printer, target int) string {
	if target == 0 {
		return p.T("campaign.no_target")
	}
	return p.Percent(int64(target), 100)
}

func coverHeader(p *locale.Printer) []string {
	return []string{p.T("campaign.year"), p.T("campaign.held"), p.T("campaign.target"), p.T("campaign.essential_held"), p.T("campaign.essential_target")}
}

func coverSheet(p *locale.Printer, covers []Cover) web.Sheet {
	header := []string{p.T("campaign.year"), p.T("campaign.held"), p.T("campaign.establishments"), p.T("campaign.target"), p.T("campaign.essential_held"), p.T("campaign.essential_of"), p.T("campaign.essential_target")}
	return web.Sheet{Name: p.T("campaign.file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, o := range covers {
			if !yield([]any{o.Year, o.Held, o.All, o.Target, o.EssentialHeld, o.EssentialOf, o.EssentialTarget}, nil) {
				return
			}
		}
	}}
}

// coverTable is the table beside the chart.
func coverTable(c *web.Context, covers []Cover) ui.Table {
	p := c.Printer
	t := ui.Table{ID: "coverage", Caption: p.T("campaign.coverage"), Total: ui.NoTotal, Dense: true, Exports: c.Exports()}
	for _, text := range coverHeader(p) {
		t.Columns = append(t.Columns, ui.Column{Text: text})
	}
	for _, o := range slices.Backward(covers) {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(strconv.Itoa(o.Year)), ui.Text(share(p, o.Held, o.All)), ui.Text(aimed(p, o.Target)), ui.Text(share(p, o.EssentialHeld, o.EssentialOf)), ui.Text(aimed(p, o.EssentialTarget))}})
	}
	return t
}

// coverChart draws the share of all establishments by year, with what is aimed at; operators of essential services are so few that their share stands in the table alone.
func coverChart(p *locale.Printer, covers []Cover) figure.Timeline {
	all := figure.Series{Name: p.T("campaign.held"), Style: figure.Actual}
	target := figure.Series{Name: p.T("campaign.target"), Style: figure.Target}
	for _, o := range covers {
		at := time.Date(o.Year, 1, 1, 0, 0, 0, 0, time.UTC)
		if o.All > 0 {
			all.Points = append(all.Points, figure.Point{At: at, Value: 100 * float64(o.Held) / float64(o.All), Label: p.Percent(int64(o.Held), int64(o.All))})
		}
		if o.Target > 0 {
			target.Points = append(target.Points, figure.Point{At: at, Value: float64(o.Target), Label: p.Percent(int64(o.Target), 100)})
		}
	}
	t := figure.Timeline{ID: "campaign-coverage", Title: p.T("campaign.coverage"), Description: p.T("campaign.coverage_text"), Top: 100, Day: func(t time.Time) string { return strconv.Itoa(t.Year()) }, DayHeading: p.T("campaign.year")}
	for _, n := range []int64{0, 50, 100} {
		t.Ticks = append(t.Ticks, figure.Tick{Value: float64(n), Label: p.Percent(n, 100)})
	}
	for _, s := range []figure.Series{all, target} {
		if len(s.Points) > 0 {
			t.Series = append(t.Series, s)
		}
	}
	return t
}

// launch begins a campaign and invites.
func (m *Module) launch(c *web.Context) error {
	var f launchForm
	err := c.Decode(&f)
	var g ground
	var id string
	if err == nil {
		if g, err = m.ground(c); err == nil {
			id, err = m.launched(c, f, g)
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.coveragePage(c, f, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(address(g.at.ID) + "/" + id)
}

func (m *Module) launched(c *web.Context, f launchForm, g ground) (id string, err error) {
	var wrong []fault.Field
	add := func(name, key string) { wrong = append(wrong, fault.Field{Name: name, Key: key}) }
	if f.Title == "" {
		add("title", "campaign.title_missing")
	}
	if !slices.ContainsFunc(m.Drills.Stories(), func(s Story) bool { return s.ID == f.Story }) {
		add("story", "campaign.choose_story")
	}
	opens, errOpens := time.ParseInLocation(time.DateOnly, f.Opens, c.Printer.Zone())
	closes, errCloses := time.ParseInLocation(time.DateOnly, f.Closes, c.Printer.Zone())
	if errOpens != nil || opens.Year() < 2000 || opens.Year() > 2200 {
		add("opens", "web.not_day")
	}
	if errCloses != nil || closes.Year() > 2200 || closes.Before(opens) {
		add("closes", "campaign.closes_wrong")
	}
	if !slices.Contains([]Audience{All, Missing, Essential}, f.Audience) {
		add("audience", "campaign.choose_audience")
	}
	if len(wrong) > 0 {
		return "", fault.Invalid(wrong...)
	}
	invited := g.land.audience(f.Audience, m.year(c))
	if len(invited) == 0 {
		return "", fault.Invalid(fault.Field{Name: "audience", Key: "campaign.nobody_to_invite"})
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		one := Campaign{Structure: g.at.ID, Title: f.Title, Story: f.Story, Note: f.Note, Opens: opens, Closes: closes, By: c.Actor.Person}
		if id, err = Launch(c.Ctx, tx, c.Scope, one, invited, m.Now()); err != nil {
			return err
		}
		return m.trailed(c, tx, g.at.ID, "campaign/"+id, "launch", map[string]any{"story": f.Story, "invited": len(invited)})
	})
	return id, err
}

// aimForm sets a target.
type aimForm struct {
	Year     int      `form:"year"`
	Audience Audience `form:"for,max=20"`
	Share    int      `form:"share"`
}

// aim sets what the territory aims at.
func (m *Module) aim(c *web.Context) error {
	var f aimForm
	err := c.Decode(&f)
	at, _, errPlace := place.Of(c, m.DB)
	if errPlace != nil {
		return errPlace
	}
	if err == nil {
		switch {
		case f.Year < 2020 || f.Year > 2100:
			err = fault.Invalid(fault.Field{Name: "year", Key: "campaign.year_wrong"})
		case f.Share < 1 || f.Share > 100:
			err = fault.Invalid(fault.Field{Name: "share", Key: "campaign.share_wrong"})
		case f.Audience != All && f.Audience != Essential:
			err = fault.Invalid(fault.Field{Name: "for", Key: "campaign.choose_audience"})
		default:
			err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
				if err := Aim(c.Ctx, tx, c.Scope, at.ID, Target(f)); err != nil {
					return err
				}
				return m.trailed(c, tx, at.ID, "structure/"+at.ID, "aim", map[string]any{"year": f.Year, "share": f.Share, "for": string(f.Audience)})
			})
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.coveragePage(c, launchForm{}, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "campaign.saved")
	return c.Redirect(address(at.ID))
}

// essential shows which establishments are operators of essential services, to note it.
func (m *Module) essential(c *web.Context) error {
	g, err := m.ground(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("campaign.essential_title"), Lead: c.T("campaign.essential_lead"), Place: g.at, Crumbs: crumbs(c, g.at.ID)}
	return c.Page(page, essentialBody(g))
}

func crumbs(c *web.Context, structure string) []ui.Link {
	return []ui.Link{{Href: address(structure), Text: c.T("campaign.title")}}
}

// note keeps which establishments are operators of essential services.
func (m *Module) note(c *web.Context) error {
	var f struct {
		Essential []string `form:"essential"`
	}
	if err := c.Decode(&f); err != nil {
		return err
	}
	g, err := m.ground(c)
	if err != nil {
		return err
	}
	among := g.land.audience(All, 0)
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := NoteEssential(c.Ctx, tx, c.Scope, among, f.Essential, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		return m.trailed(c, tx, g.at.ID, "structure/"+g.at.ID, "essential", map[string]any{"count": len(f.Essential)})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "campaign.saved")
	return c.Redirect(address(g.at.ID))
}

// followed is a campaign as its page shows it.
type followed struct {
	Campaign
	invitations []Invitation
	drills      map[string]Drill
}

// campaign shows one campaign: who answered, and where the exercises stand.
func (m *Module) campaign(c *web.Context) error {
	at, _, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var f followed
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if f.Campaign, err = ByID(c.Ctx, tx, c.Scope, at.ID, c.Path("campaign")); err != nil {
			return err
		}
		if f.invitations, err = Invitations(c.Ctx, tx, c.Scope, f.ID); err != nil {
			return err
		}
		var ids []string
		for _, i := range f.invitations {
			if i.Exercise != "" {
				ids = append(ids, i.Exercise)
			}
		}
		f.drills, err = m.Drills.Stand(c.Ctx, tx, c.Scope, ids)
		return err
	})
	if err != nil {
		return err
	}
	if ok, err := c.Export(f.sheet(c.Printer)); ok {
		return err
	}
	page := web.Page{Title: f.Title, Lead: m.storyTitle(c.Ctx, f.Story) + " · " + c.Printer.Date(f.Opens) + " – " + c.Printer.Date(f.Closes), Place: at, Crumbs: crumbs(c, at.ID)}
	return c.Page(page, campaignBody(c, f))
}

// count tells how many invitations are in a state, and how many exercises were held and count.
func (f followed) count(state State) (n int) {
	for _, i := range f.invitations {
		if i.State == state {
			n++
		}
	}
	return n
}

func (f followed) held() (held, counted int) {
	for _, d := range f.drills {
		if d.Held {
			held++
		}
		if d.Counted {
			counted++
		}
	}
	return held, counted
}

// stands says where an establishment is, and never what its players think.
func (f followed) stands(p *locale.Printer, i Invitation) string {
	d := f.drills[i.Exercise]
	switch {
	case d.Counted:
		return p.T("campaign.counted")
	case d.Held:
		return p.T("campaign.drill_held")
	case i.Exercise != "":
		return p.T("campaign.prepared")
	}
	return ""
}

func (f followed) header(p *locale.Printer) []string {
	return []string{p.T("campaign.establishment"), p.T("campaign.answer"), p.T("campaign.exercise"), p.T("campaign.declined_for")}
}

func (f followed) sheet(p *locale.Printer) web.Sheet {
	return web.Sheet{Name: p.T("campaign.campaign_file"), Header: f.header(p), Rows: func(yield func([]any, error) bool) {
		for _, i := range f.invitations {
			if !yield([]any{i.Name, p.T("campaign.state_" + string(i.State)), f.stands(p, i), i.Reason}, nil) {
				return
			}
		}
	}}
}

func (f followed) table(c *web.Context) ui.Table {
	t := ui.Table{ID: "invitations", Caption: c.T("campaign.invitations"), Total: len(f.invitations), Dense: true, Exports: c.Exports()}
	for _, text := range f.header(c.Printer) {
		t.Columns = append(t.Columns, ui.Column{Text: text})
	}
	for _, i := range f.invitations {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(i.Name), stateTag(c.Ctx, i.State), ui.Text(f.stands(c.Printer, i)), ui.Text(i.Reason)}})
	}
	return t
}

// opinion says what players think, or why it is not said.
func (f followed) opinion(p *locale.Printer) string {
	sum, answers, ok := opinion(f.drills)
	if !ok {
		return p.T("campaign.too_few", "fewest", fewest)
	}
	return p.T("campaign.satisfaction", "count", answers, "mean", p.Float(float64(sum)/float64(answers), 1))
}

func stateTag(ctx context.Context, s State) ui.Tag {
	tag := ui.Tag{Text: locale.T(ctx, "campaign.state_"+string(s)), Open: true, Icon: "clock"}
	switch s {
	case Accepted:
		tag.Tone, tag.Open, tag.Icon = ui.Good, false, ""
	case Declined:
		tag.Icon = "dash-circle"
	}
	return tag
}

func (m *Module) storyTitle(ctx context.Context, id string) string {
	for _, s := range m.Drills.Stories() {
		if s.ID == id {
			return words(ctx, s.Title)
		}
	}
	return id
}

func words(ctx context.Context, t referential.Text) string {
	if locale.From(ctx).Lang() == locale.English {
		return t.In(referential.English)
	}
	return t.In(referential.French)
}

func storyOptions(ctx context.Context, all []Story) (options []ui.Option) {
	for _, s := range all {
		options = append(options, ui.Option{Value: s.ID, Text: words(ctx, s.Title)})
	}
	return options
}

func audienceOptions(ctx context.Context, all ...Audience) (options []ui.Option) {
	for _, a := range all {
		options = append(options, ui.Option{Value: string(a), Text: locale.T(ctx, "campaign.audience_"+string(a))})
	}
	return options
}

func entityOptions(all []territory.Structure) (options []ui.Option) {
	for _, s := range all {
		options = append(options, ui.Option{Value: string(s.ID), Text: s.Name})
	}
	slices.SortStableFunc(options, func(a, b ui.Option) int { return cmp.Compare(a.Text, b.Text) })
	return options
}

func (g ground) essential() (ids []string) {
	for _, s := range g.land.names {
		if g.land.essential[string(s.ID)] {
			ids = append(ids, string(s.ID))
		}
	}
	return ids
}
