package figure_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/figure"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func example() figure.Timeline {
	return figure.Timeline{ID: "axis-1", Title: "Axe 1 <A&B>", Description: "Part des demandes atteintes.", Top: 100, DayHeading: "Jour",
		Ticks: []figure.Tick{{Value: 0, Label: "0 %"}, {Value: 100, Label: "100 %"}},
		Day:   func(t time.Time) string { return t.Format(time.DateOnly) },
		Series: []figure.Series{
			{Name: "Atteint", Style: figure.Actual, Points: []figure.Point{{At: day("2026-06-30"), Value: 50, Label: "50 %"}, {At: day("2026-01-01"), Value: 25, Label: "25 %"}}},
			{Name: "Cible", Style: figure.Target, Points: []figure.Point{{At: day("2026-06-30"), Value: 40}, {At: day("2026-06-30"), Value: 60}, {At: day("2026-12-31"), Value: 100}}},
		}}
}

func draw(t testing.TB, svg func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := svg(&b); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(b.String()), new(struct {
		XMLName xml.Name `xml:"svg"`
	})); err != nil {
		t.Errorf("not well formed: %v\n%s", err, b.String())
	}
	return b.String()
}

func TestTimelineDrawsWhatItsTableSays(t *testing.T) {
	text := draw(t, example().SVG)
	for _, want := range []string{`<title id="axis-1-title">Axe 1 &lt;A&amp;B&gt;</title>`, `aria-labelledby="axis-1-title axis-1-desc"`,
		`class="figure-actual" d="M52 130L`, `H624V16H624"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "<circle"); n != 4 {
		t.Errorf("%d dots, want 4: of two points at one moment the later counts", n)
	}
	header, rows := example().Table()
	if d := cmp.Diff([]string{"Jour", "Atteint", "Cible"}, header); d != "" {
		t.Error(d)
	}
	want := [][]string{{"2026-01-01", "25 %", ""}, {"2026-06-30", "50 %", "60"}, {"2026-12-31", "", "100"}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
}

func TestTimelineRefusesWhatCannotBeDrawn(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*figure.Timeline)
		want   error
	}{
		{"no title", func(c *figure.Timeline) { c.Title = "" }, figure.ErrNoTitle},
		{"no top", func(c *figure.Timeline) { c.Top = 0 }, figure.ErrNoTop},
		{"top is no number", func(c *figure.Timeline) { c.Top = math.NaN() }, figure.ErrNoTop},
		{"over the top", func(c *figure.Timeline) { c.Series[0].Points[0].Value = 100.5 }, figure.ErrValue},
		{"no number", func(c *figure.Timeline) { c.Series[0].Points[0].Value = math.NaN() }, figure.ErrValue},
		{"nothing to draw", func(c *figure.Timeline) { c.Series = nil }, nil},
		{"one moment", func(c *figure.Timeline) { c.Series = c.Series[:1]; c.Series[0].Points = c.Series[0].Points[:1] }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := example()
			row.change(&c)
			if err := c.SVG(io.Discard); !errors.Is(err, row.want) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
}

func TestStripDividesTheWhole(t *testing.T) {
	for _, row := range []struct {
		name   string
		shares []int
		want   []string
	}{
		{"halves", []int{1, 1}, []string{`x="0" width="100"`, `x="100" width="100"`}},
		{"a part that is hardly there is seen", []int{1, 9999}, []string{`x="0" width="1"`, `x="1" width="199"`}},
		{"nothing is left out", []int{0, 3, -2}, []string{`x="0" width="200"`}},
		{"nothing at all", []int{0, 0}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := figure.Strip{}
			for _, n := range row.shares {
				s.Shares = append(s.Shares, figure.Share{Class: "bar", N: n})
			}
			text := draw(t, s.SVG)
			if n := strings.Count(text, "<rect"); n != len(row.want) {
				t.Errorf("%d parts, want %d", n, len(row.want))
			}
			for _, want := range row.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s is missing in %s", want, text)
				}
			}
		})
	}
}

// Whatever the values, a chart is well formed and stays inside its box, or is refused.
func FuzzTimeline(f *testing.F) {
	f.Add("t", "<svg>", 10.0, 5.0, int64(0), int64(86400))
	f.Add("", "d", -1.0, math.Inf(1), int64(-1<<40), int64(1<<40))
	f.Fuzz(func(t *testing.T, title, label string, top, value float64, a, b int64) {
		c := figure.Timeline{ID: "x", Title: strings.ToValidUTF8(title, ""), Description: "d", Top: top, Day: func(t time.Time) string { return t.Format(time.DateOnly) },
			Series: []figure.Series{{Name: label, Style: figure.Actual, Points: []figure.Point{{At: time.Unix(a%(1<<33), 0).UTC(), Value: value}, {At: time.Unix(b%(1<<33), 0).UTC(), Value: value / 2}}}}}
		var out strings.Builder
		if err := c.SVG(&out); err != nil {
			if out.Len() > 0 {
				t.Error("refused, and written")
			}
			return
		}
		if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "Inf") {
			t.Error(out.String())
		}
	})
}

// Days that count are drawn in order, those that stand close apart in height, and stand in the table with their marks.
func TestStones(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC) }
	chart := figure.Timeline{ID: "x", Title: "t", Description: "d", Top: 100, StoneHead: "Days", DayHeading: "Day", Day: func(at time.Time) string { return at.Format(time.DateOnly) },
		Series: []figure.Series{{Name: "a", Style: figure.Actual, Points: []figure.Point{{At: day(0), Value: 1}, {At: day(100), Value: 2}}}},
		Stones: []figure.Stone{{day(200), "after"}, {day(-1), "before"}, {day(50), "end <of> a call"}, {day(51), "next"}}}
	var b strings.Builder
	if err := chart.SVG(&b); err != nil {
		t.Fatal(err)
	}
	drawn := b.String()
	if n := strings.Count(drawn, "figure-stone"); n != 3 {
		t.Errorf("%d days drawn, want 3:\n%s", n, drawn)
	}
	for _, want := range []string{`x="195" y="12">1<`, `y="182">2<`, `x="624" y="12">3<`, "2026-07-20"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the chart lacks %s:\n%s", want, drawn)
		}
	}
	header, rows := chart.Table()
	if len(header) != 3 || header[2] != "Days" || len(rows) != 5 || rows[1][2] != "1 · end <of> a call" || rows[1][1] != "" || rows[4][0] != "2026-07-20" {
		t.Errorf("table %v %v", header, rows)
	}
	chart.Stones[0].Label = ""
	if err := chart.SVG(&b); !errors.Is(err, figure.ErrStone) {
		t.Errorf("a day without a label: %v", err)
	}
	chart.Stones, chart.Series = []figure.Stone{{day(3), "alone"}}, nil
	if _, rows := chart.Table(); len(rows) != 0 {
		t.Errorf("days without any value: %v", rows)
	}
}
