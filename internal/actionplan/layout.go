package actionplan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// layout is a way to look at a plan.
type layout string

// The layouts. The first is what a plan opens with.
const (
	asList     layout = ""
	asBoard    layout = "board"
	asCalendar layout = "calendar"
	asProgress layout = "progress"
)

func layouts() []layout { return []layout{asList, asBoard, asCalendar, asProgress} }

func layoutOf(q ui.Query) layout {
	for _, l := range layouts() {
		if string(l) == q.Get("show") {
			return l
		}
	}
	return asList
}

func layoutKey(l layout) string {
	if l == asList {
		return "actionplan.show_list"
	}
	return "actionplan.show_" + string(l)
}

// How many actions a column of the board, and a month, show; the list has them all.
const (
	mostInColumn = 50
	mostInMonth  = 500
)

// lane is one column of the board: the actions in one state.
type lane struct {
	State   plan.State
	Actions []plan.Action
	Total   int
	Rest    string // address of the list with them all, when there are more
}

// board reads the lanes that the filter leaves.
func (m *Module) board(c *web.Context, tx *store.Tx, l *listing, f plan.Filter) (func() templ.Component, error) {
	var lanes []lane
	for _, state := range plan.States() {
		one := f
		one.States = []plan.State{state}
		if l.View == done && state != plan.Done || l.View == dropped && state != plan.Dropped || (l.View == late || l.View == soon) && state.Closed() {
			continue
		}
		actions, total, err := plan.List(c.Ctx, tx, c.Scope, one, mostInColumn, 0)
		if err != nil {
			return nil, err
		}
		column := lane{State: state, Actions: actions, Total: total}
		if total > len(actions) {
			column.Rest = l.Query.With("show", "")
		}
		lanes = append(lanes, column)
		l.Actions = append(l.Actions, actions...)
	}
	return func() templ.Component { return m.boardBody(*l, lanes) }, nil
}

// day of a month with what is due on it.
type monthDay struct {
	At      time.Time
	Class   string
	Today   bool
	Actions []plan.Action
}

// monthView is one month of the calendar.
type monthView struct {
	First          time.Time
	Days           []monthDay
	Previous, Next string
	Undated        bool // nothing of this month
	Rest           int  // due in the month beside those shown
}

// month reads what is due in the month that the address names, the present one without.
func (m *Module) month(c *web.Context, tx *store.Tx, l *listing, f plan.Filter) (func() templ.Component, error) {
	zone := c.Printer.Zone()
	now := m.now().In(zone)
	first, err := time.ParseInLocation("2006-01", l.Query.Get("month"), zone)
	if err != nil {
		first = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
	}
	f.DueFrom, f.DueBefore = first, first.AddDate(0, 1, 0)
	actions, total, err := plan.List(c.Ctx, tx, c.Scope, f, mostInMonth, 0)
	if err != nil {
		return nil, err
	}
	l.Actions = actions
	v := monthView{First: first, Previous: l.Query.With("month", first.AddDate(0, -1, 0).Format("2006-01")), Next: l.Query.With("month", first.AddDate(0, 1, 0).Format("2006-01")), Rest: total - len(actions), Undated: total == 0}
	byDay := map[string][]plan.Action{}
	for _, a := range actions {
		key := a.DueOn.In(zone).Format(time.DateOnly)
		byDay[key] = append(byDay[key], a)
	}
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		d := monthDay{At: day, Actions: byDay[day.Format(time.DateOnly)], Today: day.Format(time.DateOnly) == now.Format(time.DateOnly)}
		classes := []string{"month-day"}
		if day.Day() == 1 {
			classes = append(classes, fmt.Sprintf("month-from-%d", (int(day.Weekday())+6)%7+1)) // weeks begin on Monday
		}
		if len(d.Actions) == 0 {
			classes = append(classes, "month-free")
		}
		d.Class = strings.Join(classes, " ")
		v.Days = append(v.Days, d)
	}
	return func() templ.Component { return m.monthBody(*l, v) }, nil
}

// weeksShown is how far back the progress looks: half a year.
const weeksShown = 26

// progress reads how many actions were open at the end of each of the last weeks. It is of the whole plan, whatever the filter.
func (m *Module) progress(c *web.Context, tx *store.Tx, l *listing) (func() templ.Component, error) {
	levels, err := plan.Burndown(c.Ctx, tx, c.Scope, l.Structure, weeksShown, m.now())
	if err != nil {
		return nil, err
	}
	return func() templ.Component { return progressBody(burndown{Levels: levels}) }, nil
}

// burndown draws how many actions were open over time.
type burndown struct{ Levels []plan.Level }

// Geometry of the figure, in units of its view box.
const (
	burnLeft   = 40
	burnRight  = 628
	burnTop    = 16
	burnBottom = 176
)

// most is the top of the scale: the least round figure (1, 2, 5, 10, 20…) that holds every level.
func (b burndown) most() int {
	highest := 1
	for _, l := range b.Levels {
		highest = max(highest, l.Open)
	}
	for unit := 1; ; unit *= 10 {
		for _, step := range []int{1, 2, 5} {
			if unit*step >= highest {
				return unit * step
			}
		}
	}
}

func (b burndown) x(i int) int { return burnLeft + (burnRight-burnLeft)*i/max(1, len(b.Levels)-1) }

func (b burndown) y(open int) int {
	return burnBottom - (burnBottom-burnTop)*open/b.most()
}

// line is the path through the levels.
func (b burndown) line() string {
	var out strings.Builder
	for i, l := range b.Levels {
		word := "L"
		if i == 0 {
			word = "M"
		}
		fmt.Fprintf(&out, "%s%d %d", word, b.x(i), b.y(l.Open))
	}
	return out.String()
}

func figures(n int) string { return strconv.Itoa(n) }
