package assessment

import (
	"context"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/referential"
)

// radar draws the score of each theme on its own axis, in hundredths of what can be had, and dashed that of the self-assessment before. Axes carry the
// numbers of the table of themes, which holds every figure.
type radar struct {
	Title, Text string
	Now, Before []float64 // from 0 to 1, by theme; less than 0: does not count
}

// fewestAxes is how many themes a radar needs to have an inside.
const fewestAxes = 3

// Geometry, in units of the view box.
const (
	radarSize   = 320
	radarRadius = 124.0
)

// radarOf is the radar of a result; it has none with fewer than three themes that count.
func radarOf(ctx context.Context, v view) (r radar, ok bool) {
	p := locale.From(ctx)
	counting := 0
	for _, part := range v.Result.Axes {
		share := shareOf(part.Score)
		if share >= 0 {
			counting++
		}
		r.Now = append(r.Now, share)
		r.Before = append(r.Before, -1)
		for _, old := range v.Before.Axes {
			if old.Code == part.Code {
				r.Before[len(r.Before)-1] = shareOf(old.Score)
			}
		}
	}
	r.Title, r.Text = p.T("assessment.radar"), p.T("assessment.radar_text")
	if len(v.Before.Axes) > 0 {
		r.Text += " " + p.T("assessment.radar_before", "date", p.Date(v.Earlier[0].DoneAt))
	}
	return r, counting >= fewestAxes
}

// shareOf is a score as a part of what can be had, less than 0 when nothing counts.
func shareOf(s referential.Score) float64 {
	if !s.Counts() || s.Max <= 0 {
		return -1
	}
	return min(max(s.Value/s.Max, 0), 1)
}

// at is a point of an axis, at a part of its length.
func (r radar) at(axis int, share float64) (x, y float64) {
	angle := 2*math.Pi*float64(axis)/float64(len(r.Now)) - math.Pi/2
	return radarSize/2 + share*radarRadius*math.Cos(angle), radarSize/2 + share*radarRadius*math.Sin(angle)
}

// polygon goes through the shares of all axes; what does not count lies in the middle.
func (r radar) polygon(class string, shares []float64) string {
	var points strings.Builder
	for i, share := range shares {
		x, y := r.at(i, max(share, 0))
		fmt.Fprintf(&points, "%s,%s ", coordinate(x), coordinate(y))
	}
	return `<polygon class="` + class + `" points="` + strings.TrimSpace(points.String()) + `"/>`
}

// Render writes the drawing.
func (r radar) Render(_ context.Context, w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-labelledby="radar-title radar-text"><title id="radar-title">%s</title><desc id="radar-text">%s</desc>`,
		radarSize, radarSize, html.EscapeString(r.Title), html.EscapeString(r.Text))
	for ring := 1; ring <= 4; ring++ {
		all := make([]float64, len(r.Now))
		for i := range all {
			all[i] = float64(ring) / 4
		}
		b.WriteString(strings.Replace(r.polygon("figure-grid", all), "<polygon", `<polygon fill="none"`, 1))
	}
	for i := range r.Now {
		x, y := r.at(i, 1)
		fmt.Fprintf(&b, `<line class="figure-grid" x1="%d" y1="%d" x2="%s" y2="%s"/>`, radarSize/2, radarSize/2, coordinate(x), coordinate(y))
		x, y = r.at(i, 1.16)
		fmt.Fprintf(&b, `<text class="figure-text" text-anchor="middle" x="%s" y="%s">%d</text>`, coordinate(x), coordinate(y+5), i+1)
	}
	for _, share := range r.Before {
		if share >= 0 {
			b.WriteString(r.polygon("figure-target", r.Before))
			break
		}
	}
	b.WriteString(r.polygon("figure-actual", r.Now))
	for i, share := range r.Now {
		if share >= 0 {
			x, y := r.at(i, share)
			fmt.Fprintf(&b, `<circle class="figure-actual-dot" cx="%s" cy="%s" r="4"/>`, coordinate(x), coordinate(y))
		}
	}
	b.WriteString(`</svg>`)
	_, err := io.WriteString(w, b.String())
	return err
}

// coordinate writes a coordinate with one decimal at most.
func coordinate(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

var _ templ.Component = radar{}
