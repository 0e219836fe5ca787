package overview

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/figure"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// axisPosition is where a structure stands on one axis of the programme.
type axisPosition struct {
	Axis                 referential.Axis
	Met, NotMet, Unknown int         // demands, today; those that do not apply are left out
	Past                 []pastShare // share met at the end of each quarter, then today
	Aims                 []axisAim   // the nearest first
	Open                 []ui.Task   // demands that are not met, or not known to be
}

// pastShare is a share of demands met at a moment.
type pastShare struct {
	At       time.Time
	Met, All int
}

// axisAim is what one structure aims at on an axis.
type axisAim struct {
	By      string   // name of the structure above; empty: the structure itself
	Targets []target // in order of their days
}

// Asked is how many demands the axis makes of the structure.
func (a axisPosition) Asked() int { return a.Met + a.NotMet + a.Unknown }

// trajectory is where a structure stands on the axes of the programme, over time and against what it aims at.
type trajectory struct {
	When      replay.Moment // an earlier day may be asked for, but of a territory, whose counts are kept as they stand now
	Structure territory.Structure
	Programme *referential.Package
	Axes      []axisPosition
	Stones    []figure.Stone
	Now       time.Time
	Edit      bool
	Wide      bool // the demands are those of all structures below, each for itself
}

// quarters is how far back a trajectory looks.
const quarters = 8

// courseOf are the ends of the last quarters in a zone, oldest first, and the moment itself.
func courseOf(at time.Time, zone *time.Location, back int) []time.Time {
	local := at.In(zone)
	first := time.Date(local.Year(), (local.Month()-1)/3*3+1, 1, 0, 0, 0, 0, zone)
	var moments []time.Time
	for i := back - 1; i >= 0; i-- {
		moments = append(moments, first.AddDate(0, -3*i, 0).Add(-time.Millisecond))
	}
	return append(moments, at)
}

// programme is the national programme whose axes trajectories follow; nil when an administrator withdrew it.
func programme(set *proof.Set) *referential.Package {
	i := slices.IndexFunc(set.Packages, func(p *referential.Package) bool { return p.Kind == referential.Programme })
	if i < 0 {
		return nil
	}
	return set.Packages[i]
}

// follow judges a structure on the axes of the programme at the last quarters; back 0 looks at the moment alone.
func (m *Module) follow(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure, at time.Time, back int) (v trajectory, err error) {
	v = trajectory{Structure: s, Now: at}
	set, err := m.shelf.At(ctx, tx, at)
	if err != nil {
		return v, err
	}
	if v.Programme = programme(set); v.Programme == nil {
		return v, nil
	}
	moments := courseOf(at, zone(ctx), back)
	assessments, anything, err := proof.Course(ctx, tx, scope, v.Programme, s, moments, zone(ctx))
	if err != nil {
		return v, err
	}
	if at.Before(m.now()) { // of an earlier day, what was known by then; the course before it is told by what is known now
		if assessments[len(moments)-1], err = proof.Assess(ctx, tx, scope, v.Programme, s, at, zone(ctx)); err != nil {
			return v, err
		}
	}
	all, err := aims(ctx, tx, s, v.Programme.ID, at)
	if err != nil {
		return v, err
	}
	v.Stones = stones(ctx, set)
	for _, axis := range v.Programme.Axes {
		one := axisPosition{Axis: axis, Aims: aimsOf(all, axis.Code, s.ID)}
		for i, a := range assessments {
			now := i == len(moments)-1
			if !now && !anything[i] && len(one.Past) == 0 {
				continue // nothing was recorded yet
			}
			one.Past = append(one.Past, one.take(v, moments[i], a, now, lang(ctx)))
		}
		v.Axes = append(v.Axes, one)
	}
	return v, nil
}

// aimsOf are the aims for an axis.
func aimsOf(all []aim, axis string, own territory.ID) (on []axisAim) {
	for _, one := range all {
		if lines := one.Lines[axis]; len(lines) > 0 {
			name := one.By.Name
			if one.By.ID == own {
				name = ""
			}
			on = append(on, axisAim{name, lines})
		}
	}
	return on
}

// take counts the demands of the axis at a moment; today's stay in the position.
func (a *axisPosition) take(v trajectory, at time.Time, judged referential.Assessment, now bool, l referential.Lang) pastShare {
	n := pastShare{At: at}
	for _, o := range a.Axis.Objectives {
		for _, r := range o.Requirements {
			verdict, ok := judged.Verdict(r.Code)
			if !ok || verdict.Status == referential.NotApplicable {
				continue
			}
			n.All++
			if verdict.Status == referential.Met {
				n.Met++
			}
			if !now {
				continue
			}
			switch verdict.Status {
			case referential.Met:
				a.Met++
				continue
			case referential.NotMet:
				a.NotMet++
			default:
				a.Unknown++
			}
			a.Open = append(a.Open, ui.Task{Text: r.Title.In(l), Href: packageHref(v.Structure, v.Programme) + "#r-" + r.Code, Status: ui.Status(verdict.Status)})
		}
	}
	return n
}

// next is the first target that is still to come, or the last one, of the nearest structure that set any.
func (a axisPosition) next(now time.Time) (target, bool) {
	if len(a.Aims) == 0 {
		return target{}, false
	}
	targets := a.Aims[0].Targets
	for _, t := range targets {
		if t.On.After(now) {
			return t, true
		}
	}
	return targets[len(targets)-1], true
}

// said is the position in words: how many demands are met, or were on an earlier day.
func (a axisPosition) said(ctx context.Context, when replay.Moment) string {
	p := locale.From(ctx)
	if when.Replayed {
		return p.T("overview.trajectory_then", "met", a.Met, "all", a.Asked(), "date", p.Date(when.At))
	}
	return p.T("overview.trajectory_now", "met", a.Met, "all", a.Asked())
}

// chart draws the axis over time.
func (a axisPosition) chart(ctx context.Context, when replay.Moment, stones []figure.Stone) figure.Timeline {
	p := locale.From(ctx)
	actual := figure.Series{Name: p.T("overview.trajectory_met"), Style: figure.Actual}
	for _, one := range a.Past {
		if one.All > 0 {
			actual.Points = append(actual.Points, figure.Point{At: one.At, Value: 100 * float64(one.Met) / float64(one.All),
				Label: p.T("overview.trajectory_of", "met", one.Met, "all", one.All, "share", p.Percent(int64(one.Met), int64(one.All)))})
		}
	}
	t := figure.Timeline{ID: "figure-" + a.Axis.Code, Title: a.Axis.Title.In(lang(ctx)), Top: 100, Day: p.ShortDate, DayHeading: p.T("overview.trajectory_day"), Series: []figure.Series{actual}, Stones: stones, StoneHead: p.T("overview.trajectory_stones"),
		Description: a.said(ctx, when)}
	for _, share := range []int64{0, 50, 100} {
		t.Ticks = append(t.Ticks, figure.Tick{Value: float64(share), Label: p.Percent(share, 100)})
	}
	for i, aim := range a.Aims {
		aimed := figure.Series{Name: p.T("overview.trajectory_target"), Style: figure.Target}
		if aim.By != "" {
			aimed.Name = p.T("overview.trajectory_target_of", "name", aim.By)
		}
		for _, one := range aim.Targets {
			aimed.Points = append(aimed.Points, figure.Point{At: one.On, Value: float64(one.Share), Label: p.Percent(int64(one.Share), 100)})
		}
		t.Series = append(t.Series, aimed)
		if last := aim.Targets[len(aim.Targets)-1]; i == 0 {
			t.Description += " " + p.T("overview.trajectory_aim", "share", p.Percent(int64(last.Share), 100), "date", p.Date(last.On))
		}
	}
	return t
}

// figureTable is the table beside a chart.
func figureTable(t figure.Timeline) ui.Table {
	header, rows := t.Table()
	table := ui.Table{ID: "table-" + t.ID, Caption: t.Title, Total: ui.NoTotal, Dense: true, Scroll: true}
	for i, text := range header {
		table.Columns = append(table.Columns, ui.Column{Text: text, End: i > 0 && i <= len(t.Series)})
	}
	for _, cells := range rows {
		var row ui.Row
		for _, text := range cells {
			row.Cells = append(row.Cells, ui.Text(text))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// trajectoryPage shows the axes of one structure over time, and where it wants to be; of a region or the nation, where those below it are.
func (m *Module) trajectoryPage(c *web.Context) error { return m.showTrajectory(c, typedAim{}, nil) }

func (m *Module) showTrajectory(c *web.Context, typed typedAim, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	if !followed(s.Kind) {
		return fault.NotFound("overview.no_trajectory")
	}
	var v trajectory
	when, wrongDay := replay.Read(c, m.now())
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		if assessed(s.Kind) {
			v, err = m.follow(c.Ctx, tx, c.Scope, s, when.At, quarters)
			v.lookBack(when)
			return err
		}
		v, err = m.followWide(c.Ctx, tx, c.Scope, s, m.now())
		return err
	})
	if err != nil {
		return err
	}
	if v.Programme == nil {
		return fault.NotFound("overview.no_trajectory")
	}
	v.Edit = !v.When.Replayed && c.May(aimRight(s.Kind), s.Interval)
	wrong = append(wrong, wrongDay...)
	page := web.Page{Title: c.T("overview.trajectory"), Lead: v.Programme.Aim.In(lang(c.Ctx)), Place: at, Actions: ui.PrintButton(), Errors: wrong}
	return c.Page(page, trajectoryBody(v, typed, wrong))
}

// lookBack makes the page one of that moment, with the pages it leads to.
func (v *trajectory) lookBack(when replay.Moment) {
	v.When = when
	for _, a := range v.Axes {
		for i := range a.Open {
			page, line, _ := strings.Cut(a.Open[i].Href, "#")
			a.Open[i].Href = when.On(page) + "#" + line
		}
	}
}

// typedAim is the form of a target.
type typedAim struct {
	Axis   string    `form:"axis"`
	On     time.Time `form:"on"`
	Share  string    `form:"share"`
	Source string    `form:"source"`
}

// longestSource bounds where a target was decided, in characters.
const longestSource = 300

// check reads the share; -1 takes the target back.
func (a typedAim) check(p *referential.Package, now time.Time) (share int, err error) {
	var fields []fault.Field
	if !slices.ContainsFunc(p.Axes, func(x referential.Axis) bool { return x.Code == a.Axis }) {
		fields = append(fields, fault.Field{Name: "axis", Key: "overview.target_axis_wrong"})
	}
	if a.On.IsZero() || a.On.Year() < now.Year()-5 || a.On.Year() > now.Year()+15 {
		fields = append(fields, fault.Field{Name: "on", Key: "overview.target_day_wrong"})
	}
	share = -1
	if text := strings.TrimSuffix(strings.TrimSpace(a.Share), "%"); text != "" {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if share = n; err != nil || n < 0 || n > 100 {
			fields = append(fields, fault.Field{Name: "share", Key: "overview.target_share_wrong"})
		}
	}
	if source := strings.TrimSpace(a.Source); source == "" || len([]rune(source)) > longestSource {
		fields = append(fields, fault.Field{Name: "source", Key: "overview.target_source_wrong"})
	}
	if len(fields) > 0 {
		return 0, fault.Invalid(fields...)
	}
	return share, nil
}

// setTarget takes the form of a target of a structure, for itself.
func (m *Module) setTarget(c *web.Context) error { return m.takeTarget(c, true) }

// setAim takes the form of a target of a region or the nation, for those below.
func (m *Module) setAim(c *web.Context) error { return m.takeTarget(c, false) }

func (m *Module) takeTarget(c *web.Context, own bool) error {
	var typed typedAim
	err := c.Decode(&typed)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			now := m.now()
			s, err := territory.Get(c.Ctx, tx, c.Scope, territory.ID(c.Path("structure")))
			if err != nil {
				return err
			}
			set, err := m.shelf.Now(c.Ctx, tx, now)
			if err != nil {
				return err
			}
			p := programme(set)
			if p == nil || assessed(s.Kind) != own || !followed(s.Kind) {
				return fault.NotFound("overview.no_trajectory")
			}
			share, err := typed.check(p, now)
			if err != nil {
				return err
			}
			day := time.Date(typed.On.Year(), typed.On.Month(), typed.On.Day()+1, 0, 0, 0, 0, c.Printer.Zone()).Add(-time.Millisecond)
			t := target{Axis: typed.Axis, On: day, Share: share, Source: strings.TrimSpace(typed.Source)}
			if err := addTarget(c.Ctx, tx, s.ID, p.ID, t, c.Actor.Person, now); err != nil {
				return err
			}
			return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "trajectory.target", Structure: string(s.ID), Subject: "axis/" + typed.Axis, Text: t.Source})
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showTrajectory(c, typed, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "overview.target_done")
	return c.Redirect(address(territory.ID(c.Path("structure"))) + "/trajectory")
}
