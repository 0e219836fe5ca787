package ui

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"hygie/internal/locale"
)

// Tag is a word with a shape and a colour.
type Tag struct {
	Text string
	Tone Tone
	Icon string // the tone's own shape when empty; "none" for no shape
	Open bool   // an outline instead of a ground: nothing is decided
}

// Render writes the tag.
func (t Tag) Render(ctx context.Context, w io.Writer) error { return tag(t).Render(ctx, w) }

func (t Tag) class() string {
	if t.Open {
		return t.Tone.class("chip") + " chip-open"
	}
	return t.Tone.class("chip")
}

func (t Tag) icon() string {
	if t.Icon == "" {
		return t.Tone.icon()
	}
	return t.Icon
}

// Status is a verdict, the state of a control point, of a finding or of a piece of work. Its text values are those of the
// reports, so a code from there is a Status by conversion.
type Status string

// The statuses.
const (
	Met          Status = "met"
	NotMet       Status = "not_met"
	Unknown      Status = "unknown"
	Passed       Status = "passed"
	Failed       Status = "failed"
	NotEvaluated Status = "not_evaluated"
	New          Status = "new"
	Persisting   Status = "persisting"
	Fixed        Status = "fixed"
	Back         Status = "back"
	Accepted     Status = "accepted"
	ToDo         Status = "to_do"
	Doing        Status = "doing"
	Done         Status = "done"
	Late         Status = "late"
	Waiting      Status = "waiting"
	Running      Status = "running"
	Cancelled    Status = "cancelled"
	Broken       Status = "broken" // work that could not be done; Failed is about a control point
)

// Statuses returns every status, in the order in which they are defined.
func Statuses() []Status {
	return []Status{Met, NotMet, Unknown, Passed, Failed, NotEvaluated, New, Persisting, Fixed, Back, Accepted, ToDo, Doing,
		Done, Late, Waiting, Running, Cancelled, Broken}
}

// MessageKey is the key of the status's name.
func (s Status) MessageKey() string { return "ui.status." + string(s) }

// Render writes the status as a tag. A status that is not known is shown by its code, without a judgement.
func (s Status) Render(ctx context.Context, w io.Writer) error { return s.tag(ctx).Render(ctx, w) }

func (s Status) tag(ctx context.Context) Tag {
	p := locale.From(ctx)
	t := Tag{Text: string(s), Icon: "none", Open: true}
	if p.Has(s.MessageKey()) {
		t.Text = p.T(s.MessageKey())
	}
	switch s {
	case Met, Passed, Fixed, Done:
		t.Tone, t.Icon, t.Open = Good, "check-circle", false
	case NotMet, Failed, Broken:
		t.Tone, t.Icon, t.Open = Bad, "cross-diamond", false
	case Unknown:
		t.Icon = "question-circle"
	case NotEvaluated, Cancelled:
		t.Icon = "dash-circle"
	case New, Back, Late:
		t.Tone, t.Icon, t.Open = Warn, "triangle", false
	case Persisting, Doing, Running:
		t.Tone, t.Icon, t.Open = Info, "half-circle", false
	case Accepted:
		t.Tone, t.Icon, t.Open = Info, "shield", false
	case ToDo, Waiting:
		t.Icon = "clock"
	}
	return t
}

// Gauge shows a level from 1, the worst, to 5 as a graduated scale. Level 0 is not known. AtMost says that something could
// not be evaluated, so that the true level may be lower.
type Gauge struct {
	Level  int
	AtMost bool
	Small  bool
}

// gaugeTop is the best level.
const gaugeTop = 5

// Render writes the gauge.
func (g Gauge) Render(ctx context.Context, w io.Writer) error { return gauge(g).Render(ctx, w) }

// Sentence says what the gauge shows: "Niveau 2 sur 5, au plus".
func (g Gauge) Sentence(ctx context.Context) string {
	switch {
	case g.Level < 1 || g.Level > gaugeTop:
		return locale.T(ctx, "ui.level_unknown")
	case g.AtMost:
		return locale.T(ctx, "ui.level_at_most", "level", g.Level, "top", gaugeTop)
	}
	return locale.T(ctx, "ui.level", "level", g.Level, "top", gaugeTop)
}

func (g Gauge) class() string {
	class := "gauge"
	switch {
	case g.Level == 1 || g.Level == 2:
		class += " gauge-low"
	case g.Level == 3:
		class += " gauge-mid"
	}
	if g.Small {
		class += " gauge-small"
	}
	return class
}

// Geometry of the scale, in units of its view box.
const (
	gaugeCell  = 48
	gaugeWidth = gaugeTop * gaugeCell
)

func (g Gauge) viewBox() string {
	if g.Small {
		return "-1 8 242 20"
	}
	return "0 0 240 44"
}

func (g Gauge) cellClass(level int) string {
	if level <= g.Level {
		return "gauge-cell gauge-on"
	}
	return "gauge-cell"
}

func (g Gauge) digitClass(level int) string {
	if level == g.Level {
		return "gauge-digit gauge-here"
	}
	return "gauge-digit"
}

// pointer is the triangle over the level.
func (g Gauge) pointer() string {
	x := g.Level*gaugeCell - gaugeCell/2
	return fmt.Sprintf("M%d 10l-6-9h12z", x)
}

func cellX(level int) string  { return strconv.Itoa((level - 1) * gaugeCell) }
func digitX(level int) string { return strconv.Itoa(level*gaugeCell - gaugeCell/2) }

// Stat is one figure with its denominator and where it comes from. Value and Of are written by the caller's printer.
type Stat struct {
	Label string
	Value string
	Of    string // denominator; empty when the figure has none, such as a date
	Note  string // source and date
	Href  string // what the figure is made of
}

// Render writes the figure.
func (s Stat) Render(ctx context.Context, w io.Writer) error { return stat(s).Render(ctx, w) }
