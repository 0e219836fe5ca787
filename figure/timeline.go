// Package figure draws charts as SVG that stand on their own: each has a title, a description in words, and a table with every figure it shows, so that
// who does not see it misses nothing. It knows no language and no page: every word is given by the caller, and colours come from classes that a style
// sheet names (figure-grid, figure-text, figure-stone, figure-mark, figure-actual, figure-target, figure-dot, and those given to parts of a [Strip]).
//
// [Timeline] sets what is against what is aimed at over time; [Strip] divides a whole into parts.
package figure

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Point is a value at a moment.
type Point struct {
	At    time.Time
	Value float64
	Label string // the value as people write it
}

// Style says how a series is drawn.
type Style string

// The styles.
const (
	Actual Style = "actual" // what is: a line with a dot for each point
	Target Style = "target" // what is aimed at: a dashed line that holds a value from one point to the next
)

// Series is one line of a timeline.
type Series struct {
	Name   string
	Style  Style
	Points []Point // in any order; of two at one moment the later one of the list counts
}

// Tick is a mark on an axis.
type Tick struct {
	Value float64 // on the axis of values
	Label string
}

// Stone is a day that counts for all series, such as the end of a call. Those that a chart shows are numbered in their order.
type Stone struct {
	At    time.Time
	Label string // what happens that day, for the table
}

// Timeline is values over time, of several series on one axis.
type Timeline struct {
	ID          string // of the element, unique on the page: letters, digits and hyphens
	Title       string
	Description string // what the chart shows, in a sentence or two
	Top         float64
	Ticks       []Tick
	Series      []Series
	Stones      []Stone                // those before the first point of the series are left out; those after the last make the chart longer
	StoneHead   string                 // heading of the stones in the table; needed when there are any
	Day         func(time.Time) string // writes a day
	DayHeading  string                 // heading of the days in the table
}

// Errors of charts that cannot be drawn.
var (
	ErrNoTitle = errors.New("a chart needs an id, a title and a description")
	ErrNoTop   = errors.New("the axis of a chart needs a positive top")
	ErrValue   = errors.New("a value of a chart is not between nothing and the top")
	ErrStone   = errors.New("a day that counts needs a label and a heading in the table")
)

// Geometry, in units of the view box.
const (
	width, height = 640, 208
	left, right   = 52, 624
	top, bottom   = 16, 168
)

// check tells whether the chart can be drawn.
func (t Timeline) check() error {
	switch {
	case t.ID == "" || t.Title == "" || t.Description == "":
		return ErrNoTitle
	case !(t.Top > 0) || math.IsInf(t.Top, 0):
		return ErrNoTop
	}
	for _, s := range t.Series {
		for _, p := range s.Points {
			if !(p.Value >= 0 && p.Value <= t.Top) { // so that what is no number is refused too
				return fmt.Errorf("%w: %v in %q", ErrValue, p.Value, s.Name)
			}
		}
	}
	for _, stone := range t.Stones {
		if stone.Label == "" || t.StoneHead == "" {
			return ErrStone
		}
	}
	return nil
}

// SVG writes the chart as one element. The table of [Timeline.Table] belongs beside it.
func (t Timeline) SVG(w io.Writer) error {
	if err := t.check(); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="figure" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-desc"><title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`,
		width, height, t.ID, t.ID, t.ID, html.EscapeString(t.Title), t.ID, html.EscapeString(t.Description))
	for _, tick := range t.Ticks {
		fmt.Fprintf(&b, `<line class="figure-grid" x1="%d" x2="%d" y1="%s" y2="%s"/><text class="figure-text figure-value" x="%d" y="%s">%s</text>`,
			left, right, t.y(tick.Value), t.y(tick.Value), left-8, number(t.place(tick.Value)+4), html.EscapeString(tick.Label))
	}
	first, last := t.span()
	if !first.IsZero() && t.Day != nil {
		fmt.Fprintf(&b, `<text class="figure-text figure-start" x="%d" y="%d">%s</text>`, left, bottom+28, html.EscapeString(t.Day(first)))
		if last.After(first) {
			fmt.Fprintf(&b, `<text class="figure-text figure-end" x="%d" y="%d">%s</text>`, right, bottom+28, html.EscapeString(t.Day(last)))
		}
	}
	t.stones(&b, first, last)
	for _, s := range t.Series {
		t.line(&b, s, first, last)
	}
	b.WriteString(`</svg>`)
	_, err := io.WriteString(w, b.String())
	return err
}

// nearMarks is how close two marks stand before one of them is drawn lower.
const nearMarks = 24

// stones draws the days that count, under the series.
func (t Timeline) stones(b *strings.Builder, first, last time.Time) {
	before, lower := -float64(nearMarks), false
	for i, stone := range t.shown() {
		x := across(stone.At, first, last)
		if lower = x-before < nearMarks && !lower; !lower {
			fmt.Fprintf(b, `<text class="figure-text figure-mark" x="%s" y="%d">%d</text>`, number(x), top-4, i+1)
		} else {
			fmt.Fprintf(b, `<text class="figure-text figure-mark" x="%s" y="%d">%d</text>`, number(x), bottom+14, i+1)
		}
		fmt.Fprintf(b, `<line class="figure-stone" x1="%s" x2="%s" y1="%d" y2="%d"/>`, number(x), number(x), top, bottom)
		before = x
	}
}

// shown are the days that count within the chart, in order.
func (t Timeline) shown() []Stone {
	var begins time.Time
	for _, s := range t.Series {
		for _, p := range s.Points {
			if begins.IsZero() || p.At.Before(begins) {
				begins = p.At
			}
		}
	}
	shown := slices.DeleteFunc(slices.Clone(t.Stones), func(s Stone) bool { return begins.IsZero() || s.At.Before(begins) })
	slices.SortStableFunc(shown, func(a, b Stone) int { return a.At.Compare(b.At) })
	return shown
}

// line draws one series.
func (t Timeline) line(b *strings.Builder, s Series, first, last time.Time) {
	points := s.ordered()
	if len(points) == 0 {
		return
	}
	var path strings.Builder
	for i, p := range points {
		x, y := number(across(p.At, first, last)), t.y(p.Value)
		switch {
		case i == 0:
			fmt.Fprintf(&path, "M%s %s", x, y)
		case s.Style == Target:
			fmt.Fprintf(&path, "H%sV%s", x, y)
		default:
			fmt.Fprintf(&path, "L%s %s", x, y)
		}
	}
	if s.Style == Target {
		fmt.Fprintf(&path, "H%d", right) // it holds until another one does
	}
	class := "figure-actual"
	if s.Style == Target {
		class = "figure-target"
	}
	fmt.Fprintf(b, `<path class="%s" d="%s"/>`, class, path.String())
	for _, p := range points {
		fmt.Fprintf(b, `<circle class="%s-dot" cx="%s" cy="%s" r="4"/>`, class, number(across(p.At, first, last)), t.y(p.Value))
	}
}

// ordered gives the points in order of time, one for each moment.
func (s Series) ordered() []Point {
	points := slices.Clone(s.Points)
	slices.SortStableFunc(points, func(a, b Point) int { return a.At.Compare(b.At) })
	var kept []Point
	for _, p := range points {
		if n := len(kept); n > 0 && kept[n-1].At.Equal(p.At) {
			kept[n-1] = p
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// span is the first and the last moment of all series and of the days that count.
func (t Timeline) span() (first, last time.Time) {
	for _, s := range t.Series {
		for _, p := range s.Points {
			if first.IsZero() || p.At.Before(first) {
				first = p.At
			}
			if p.At.After(last) {
				last = p.At
			}
		}
	}
	for _, stone := range t.shown() {
		if stone.At.After(last) {
			last = stone.At
		}
	}
	return first, last
}

// across is where a moment stands from left to right.
func across(at, first, last time.Time) float64 {
	span := last.Sub(first)
	if span <= 0 {
		return left
	}
	return left + float64(right-left)*(float64(at.Sub(first))/float64(span))
}

func (t Timeline) place(value float64) float64 {
	return bottom - float64(bottom-top)*(min(max(value, 0), t.Top)/t.Top)
}

func (t Timeline) y(value float64) string { return number(t.place(value)) }

// number writes a coordinate with one decimal at most.
func number(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// Table is all that the chart shows: one row a moment, the days first, then each series, then the days that count; a series without a value on that day has an
// empty cell.
func (t Timeline) Table() (header []string, rows [][]string) {
	header = []string{t.DayHeading}
	var moments []time.Time
	for _, s := range t.Series {
		header = append(header, s.Name)
		for _, p := range s.Points {
			moments = append(moments, p.At)
		}
	}
	stones := t.shown()
	for _, stone := range stones {
		moments = append(moments, stone.At)
	}
	if len(stones) > 0 {
		header = append(header, t.StoneHead)
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	for _, at := range moments {
		row := []string{""}
		if t.Day != nil {
			row[0] = t.Day(at)
		}
		for _, s := range t.Series {
			points := s.ordered()
			cell := ""
			if i, found := slices.BinarySearchFunc(points, at, func(p Point, at time.Time) int { return p.At.Compare(at) }); found {
				cell = cmp.Or(points[i].Label, number(points[i].Value))
			}
			row = append(row, cell)
		}
		if len(stones) > 0 {
			row = append(row, said(stones, at))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// said is what happens at a moment, with the numbers that the chart shows.
func said(stones []Stone, at time.Time) string {
	var all []string
	for i, stone := range stones {
		if stone.At.Equal(at) {
			all = append(all, strconv.Itoa(i+1)+" · "+stone.Label)
		}
	}
	return strings.Join(all, " ; ")
}
