package ui

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hygie/internal/locale"
)

// Bar is one line of Bars: a name, a count and its length beside it.
type Bar struct {
	Label string
	Href  string // what the count is made of; may be empty
	Count int
	Tone  Tone
	Note  string // beside the name; may be empty
}

// Bars compares counts. It is a table whose last column draws what the figures say, so that it needs no other twin.
type Bars struct {
	Caption string // said to screen readers
	Name    string // heading of the names
	Count   string // heading of the counts
	Full    int    // the count of a bar over the whole width; 0: the greatest
	Rows    []Bar
}

// Render writes the bars.
func (b Bars) Render(ctx context.Context, w io.Writer) error { return bars(b).Render(ctx, w) }

// length of a bar in hundredths of the longest.
func (b Bars) length(row Bar) string {
	most := max(1, b.Full)
	for _, r := range b.Rows {
		most = max(most, r.Count)
	}
	if row.Count > 0 {
		return strconv.Itoa(max(1, 100*row.Count/most))
	}
	return "0"
}

func (b Bar) class() string { return b.Tone.class("bar") }

// Moment is one measure of a Trend.
type Moment struct {
	At     time.Time
	Level  int // from 1 to 5
	AtMost bool
	Href   string // the page of the measure
}

// Trend draws levels over time, oldest first. The page must hold the same measures as a table; TableID names it.
type Trend struct {
	Title   string
	Moments []Moment
	TableID string
}

// Render writes the figure; less than two measures have no trend and draw nothing.
func (t Trend) Render(ctx context.Context, w io.Writer) error {
	if len(t.Moments) < 2 {
		return nil
	}
	return trend(t).Render(ctx, w)
}

// Geometry of the trend, in units of its view box.
const (
	trendLeft   = 28
	trendRight  = 612
	trendTop    = 16
	trendStep   = 30 // between two levels
	trendBottom = trendTop + trendStep*(gaugeTop-1)
	trendHeight = trendBottom + 36
	trendWidth  = 640
)

func (t Trend) x(at time.Time) int {
	first, last := t.Moments[0].At, t.Moments[len(t.Moments)-1].At
	span := last.Sub(first)
	if span <= 0 {
		return trendLeft + 12
	}
	return trendLeft + 12 + int(float64(trendRight-trendLeft-24)*float64(at.Sub(first))/float64(span))
}

func trendY(level int) int { return trendTop + trendStep*(gaugeTop-min(max(level, 1), gaugeTop)) }

// line is the path through the measures: a level holds until the next measure.
func (t Trend) line() string {
	var b strings.Builder
	for i, m := range t.Moments {
		if i == 0 {
			fmt.Fprintf(&b, "M%d %d", t.x(m.At), trendY(m.Level))
			continue
		}
		fmt.Fprintf(&b, "H%dV%d", t.x(m.At), trendY(m.Level))
	}
	return b.String()
}

func (m Moment) sentence(ctx context.Context) string {
	return locale.From(ctx).Date(m.At) + " – " + Gauge{Level: m.Level, AtMost: m.AtMost}.Sentence(ctx)
}

// description says what the drawing shows.
func (t Trend) description(ctx context.Context) string {
	parts := make([]string, len(t.Moments))
	for i, m := range t.Moments {
		parts[i] = m.sentence(ctx)
	}
	return strings.Join(parts, " ; ")
}

func (t Trend) viewBox() string { return fmt.Sprintf("0 0 %d %d", trendWidth, trendHeight) }

func figures(n int) string { return strconv.Itoa(n) }
