package instruction

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/internal/funding"
	"hygie/internal/people"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// The views of a queue.
const (
	viewWork    = ""
	viewWaiting = "waiting"
	viewComing  = "coming"
	viewDone    = "done"
)

// line is a dossier in a queue.
type line struct {
	ID, Number, Call, Structure, Name string
	State                             funding.State
	Version                           int64
	Since                             time.Time
	Asked, Granted                    funding.Cents
	Checked                           bool // what follows is of the dossier as it is
	Arrived, Due                      time.Time
	Open                              int
	Drawn                             bool
	Hand                              string // person
}

const lineColumns = `d.id, d.number, d.call_id, d.structure_id, s.name, d.state, d.version, d.since, d.asked, d.granted, coalesce(k.version, 0), coalesce(k.arrived_at, 0), coalesce(k.due_at, 0),
	coalesce(k.open, 0), coalesce(k.drawn, false), coalesce(h.person_id, '')`

func scanLine(row store.Row) (l line, err error) {
	var since, checked, arrived, due int64
	err = row.Scan(&l.ID, &l.Number, &l.Call, &l.Structure, &l.Name, &l.State, &l.Version, &since, &l.Asked, &l.Granted, &checked, &arrived, &due, &l.Open, &l.Drawn, &l.Hand)
	l.Since, l.Arrived, l.Due, l.Checked = store.Time(since), store.Time(arrived), store.Time(due), checked == l.Version
	return l, err
}

// filter chooses lines of a queue.
type filter struct {
	View  string
	Call  string
	Text  string // part of the number or of the name
	Hand  string // "mine", "free"
	State string // "clean", "open", "drawn", "late"
	Mine  []string
	Now   time.Time
}

// ready is the condition under which a deposit lies on the desk of the region: its window has closed.
const ready = `k.arrived_at > 0 and k.arrived_at <= ?`

func (f filter) where(w *store.Where, d desk) {
	now := store.Millis(f.Now)
	switch f.View {
	case viewWaiting:
		in(w, "d.state", texts(d.Waiting))
	case viewComing:
		in(w, "d.state", texts(d.Coming))
		if d.Level == funding.Region {
			w.And("not coalesce("+ready+", false)", now)
		}
	case viewDone:
		in(w, "d.state", texts(done(d)))
	default:
		in(w, "d.state", texts(d.Work))
		if d.Level == funding.Region {
			w.And("(d.state <> 'deposited' or "+ready+")", now)
		}
	}
	if f.Call != "" {
		w.And("d.call_id = ?", f.Call)
	}
	if f.Text != "" {
		part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(f.Text)) + "%"
		w.And(`(lower(s.name) like ? escape '\' or lower(d.number) like ? escape '\')`, part, part)
	}
	switch f.Hand {
	case "mine":
		in(w, "h.person_id", f.Mine)
	case "free":
		w.And("h.person_id is null")
	}
	const fresh = "k.version = d.version"
	switch f.State {
	case "clean":
		w.And(fresh + " and k.open = 0 and not k.drawn")
	case "drawn":
		w.And(fresh + " and k.drawn")
	case "open":
		w.And(fresh + " and k.open > 0")
	case "late":
		w.And("k.due_at > 0 and k.due_at < ?", now)
	}
}

// done are the states in which a level has no more to do, or not now.
func done(d desk) (list []funding.State) {
	for _, s := range funding.States() {
		if s != funding.Draft && !slices.Contains(d.Work, s) && !slices.Contains(d.Waiting, s) && !slices.Contains(d.Coming, s) {
			list = append(list, s)
		}
	}
	return list
}

func texts(states []funding.State) []string {
	list := make([]string, len(states))
	for i, s := range states {
		list[i] = string(s)
	}
	return list
}

const lineFrom = ` from dossier d join structure s on s.id = d.structure_id left join instruction_check k on k.dossier_id = d.id left join instruction_hand h on h.dossier_id = d.id and h.level = `

// orders are the ways to sort a queue. What has no deadline comes after what has one; what came first comes first.
func order(sort string, desc bool) string {
	way := ""
	if desc {
		way = " desc"
	}
	switch sort {
	case "age":
		return "coalesce(k.arrived_at, d.since)" + way + ", d.id"
	case "amount":
		return "d.asked" + way + ", d.id"
	case "name":
		return "s.name_key" + way + ", d.id"
	}
	if desc {
		return "coalesce(k.due_at, 0) desc, coalesce(k.arrived_at, d.since), d.id"
	}
	return "case when coalesce(k.due_at, 0) = 0 then 1 else 0 end, k.due_at, coalesce(k.arrived_at, d.since), d.id"
}

// lines reads a part of a queue.
func lines(ctx context.Context, tx *store.Tx, scope territory.Scope, d desk, f filter, sort string, offset, limit int) ([]line, error) {
	var w store.Where
	from := lineFrom + w.Arg(string(d.Level))
	f.where(&w, d)
	scope.Within(&w, "d.structure_id")
	where := w.SQL()
	list, err := store.All(ctx, tx, scanLine, `select `+lineColumns+from+where+` order by `+sort+` limit `+w.Arg(limit)+` offset `+w.Arg(offset), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the queue: %w", err)
	}
	return list, nil
}

// count counts the lines of a queue.
func count(ctx context.Context, tx *store.Tx, scope territory.Scope, d desk, f filter) (int, error) {
	var w store.Where
	from := lineFrom + w.Arg(string(d.Level))
	f.where(&w, d)
	scope.Within(&w, "d.structure_id")
	n, err := store.One(ctx, tx, store.Column[int], `select count(*)`+from+w.SQL(), w.Args()...)
	if err != nil {
		return 0, fmt.Errorf("count the queue: %w", err)
	}
	return n, nil
}

// tally counts, in one pass, what lies in each view of a queue and what is late.
func tally(ctx context.Context, tx *store.Tx, scope territory.Scope, v *queued) error {
	var w store.Where
	here, late := w.Arg(store.Millis(v.Now)), w.Arg(store.Millis(v.Now))
	in(&w, "d.state", texts(slices.Concat(v.Desk.Work, v.Desk.Waiting, v.Desk.Coming)))
	scope.Within(&w, "d.structure_id")
	type heap struct {
		state            funding.State
		all, ready, late int
	}
	heaps, err := store.All(ctx, tx, func(row store.Row) (h heap, err error) { return h, row.Scan(&h.state, &h.all, &h.ready, &h.late) },
		`select d.state, count(*), count(*) filter (where k.arrived_at > 0 and k.arrived_at <= `+here+`), count(*) filter (where k.due_at > 0 and k.due_at < `+late+`)
		from dossier d left join instruction_check k on k.dossier_id = d.id`+w.SQL()+` group by d.state`, w.Args()...)
	if err != nil {
		return fmt.Errorf("count what waits: %w", err)
	}
	for _, h := range heaps {
		deposit := v.Desk.Level == funding.Region && h.state == funding.Deposited
		switch {
		case deposit:
			v.Counts[viewWork] += h.ready
			v.Counts[viewComing] += h.all - h.ready
		case slices.Contains(v.Desk.Work, h.state):
			v.Counts[viewWork] += h.all
		case slices.Contains(v.Desk.Waiting, h.state):
			v.Counts[viewWaiting] += h.all
		default:
			v.Counts[viewComing] += h.all
		}
		if slices.Contains(v.Desk.Work, h.state) {
			v.Late += h.late
		}
	}
	return nil
}

// queued is what the page of a queue shows.
type queued struct {
	Desk     desk
	Filter   filter
	Query    ui.Query
	Lines    []line
	Total    int
	Counts   map[string]int // by view
	Late     int
	Pending  []line // movements of money that wait for a second person
	Names    map[string]string
	StandIns map[string]people.Held // by who is away
	Now      time.Time
	Exports  []ui.Format
}

// readFilter reads the filter in the address.
func (m *Module) readFilter(c *web.Context, d desk) filter {
	f := filter{View: c.Query("view"), Call: c.Query("call"), Text: c.Query("q"), Hand: c.Query("hand"), State: c.Query("points"), Mine: mine(c.Actor, d), Now: m.now()}
	if len(f.Text) > 200 {
		f.Text = f.Text[:200]
	}
	f.Text = strings.ToValidUTF8(f.Text, "")
	return f
}

// queue lists what waits for a level.
func (m *Module) queue(c *web.Context, d desk) error {
	v := queued{Desk: d, Filter: m.readFilter(c, d), Now: m.now(), Counts: map[string]int{}, Exports: c.Exports()}
	v.Query = ui.ReadQuery(c.R.URL, m.columns(c.Ctx), "due")
	if ok, err := c.Export(m.sheet(c, v)); ok {
		return err
	}
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Lines, err = lines(c.Ctx, tx, c.Scope, d, v.Filter, order(v.Query.Sort, v.Query.Desc), v.Query.Offset(), v.Query.Size); err != nil {
			return err
		}
		v.Total = len(v.Lines)
		return m.around(c, tx, &v)
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("instruction.title_" + string(d.Level)), Lead: c.T("instruction.lead"), Actions: ui.Link{Href: home(d.Level) + "/delays", Text: c.T("instruction.delays")}}
	for _, view := range []string{viewWork, viewWaiting, viewComing, viewDone} {
		to := home(d.Level)
		if view != viewWork {
			to += "?view=" + view
		}
		key := view
		if view == viewWork {
			key = "work"
		}
		page.Tabs = append(page.Tabs, ui.Tab{Link: ui.Link{Href: to, Text: c.T("instruction.view_" + key)}, Current: v.Filter.View == view, Count: v.Counts[view]})
	}
	return c.Page(page, m.queueBody(v))
}

// around reads what stands around the list: how many wait where, who has them in hand, and who is away.
func (m *Module) around(c *web.Context, tx *store.Tx, v *queued) (err error) {
	if err := tally(c.Ctx, tx, c.Scope, v); err != nil {
		return err
	}
	if v.Pending, err = pendingMoney(c.Ctx, tx, c.Scope, v.Desk); err != nil {
		return err
	}
	if v.Query.Page > 1 || len(v.Lines) == v.Query.Size {
		if f := v.Filter; f.Call+f.Text+f.Hand+f.State == "" && f.View != viewDone {
			v.Total = v.Counts[f.View]
		} else if v.Total, err = count(c.Ctx, tx, c.Scope, v.Desk, f); err != nil {
			return err
		}
	}
	var who []string
	for _, l := range v.Lines {
		if l.Hand != "" && !slices.Contains(who, l.Hand) {
			who = append(who, l.Hand)
		}
	}
	if v.Names, err = people.Names(c.Ctx, tx, who...); err != nil {
		return err
	}
	v.StandIns, err = m.standIns(c.Ctx, tx, v.Desk, who)
	return err
}

// standIns tells who stands in for people who passed the role of a level on.
func (m *Module) standIns(ctx context.Context, tx *store.Tx, d desk, who []string) (map[string]people.Held, error) {
	away := map[string]people.Held{}
	for _, person := range who {
		list, err := m.people.DelegatedBy(ctx, tx, person)
		if err != nil {
			return nil, err
		}
		for _, held := range list {
			if allows(held, d) {
				away[person] = held
			}
		}
	}
	return away, nil
}

// sheetRows is how many lines an export reads at once.
const sheetRows = 500

// sheet is the queue as seen, all its pages.
func (m *Module) sheet(c *web.Context, v queued) web.Sheet {
	s := web.Sheet{Name: "instruction-" + string(v.Desk.Level)}
	for _, key := range []string{"number", "candidate", "call", "state", "arrived", "due", "asked_euros", "points", "hand"} {
		s.Header = append(s.Header, c.T("instruction.col_"+key))
	}
	s.Rows = m.rows(c, v)
	return s
}

func (m *Module) rows(c *web.Context, v queued) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for offset := 0; ; offset += sheetRows {
			var part []line
			var names map[string]string
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				if part, err = lines(c.Ctx, tx, c.Scope, v.Desk, v.Filter, order(v.Query.Sort, v.Query.Desc), offset, sheetRows); err != nil {
					return err
				}
				var who []string
				for _, l := range part {
					who = append(who, l.Hand)
				}
				names, err = people.Names(c.Ctx, tx, who...)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range part {
				points := any(l.Open)
				if !l.Checked {
					points = c.T("instruction.unchecked")
				}
				if !yield([]any{l.Number, l.Name, m.callTitle(c.Ctx, l.Call), l.State, l.Arrived, l.Due, float64(l.Asked) / 100, points, names[l.Hand]}, nil) {
					return
				}
			}
			if len(part) < sheetRows {
				return
			}
		}
	}
}

// back is the queue that the reader came from.
func back(c *web.Context, d desk) string {
	if to := web.LocalPath(c.Query("back")); to == home(d.Level) || strings.HasPrefix(to, home(d.Level)+"?") {
		return to
	}
	return home(d.Level)
}

// href is the page of a dossier, from which the reader comes back to the same queue.
func (m *Module) href(c *web.Context, d desk, id string) string {
	return withBack(home(d.Level)+"/"+url.PathEscape(id), back(c, d), d)
}

func withBack(to, from string, d desk) string {
	if from == home(d.Level) {
		return to
	}
	return to + "?back=" + url.QueryEscape(from)
}

func version(n int64) string { return strconv.FormatInt(n, 10) }
