package ui

import (
	"context"
	"io"
	"time"

	"hygie/internal/locale"

	"github.com/a-h/templ"
)

// Empty stands where a list would be: what would be here, and how to begin.
type Empty struct {
	Title string
	Text  string
	Act   Button // left out when it has no text
}

// Render writes the empty state.
func (e Empty) Render(ctx context.Context, w io.Writer) error { return empty(e).Render(ctx, w) }

// NextAction is the panel that opens a page: one sentence, one button, then the rest of the work.
type NextAction struct {
	Line  string // "Il vous manque 2 preuves pour déposer D1"
	Why   string // "Le guichet ferme dans 12 jours."
	Act   Button
	Tasks []Task
}

// Render writes the panel.
func (n NextAction) Render(ctx context.Context, w io.Writer) error {
	return nextAction(n).Render(ctx, w)
}

// Task is one line of a list of work.
type Task struct {
	Text   string
	Hint   string
	Href   string
	Status Status
}

// Term is one line of a summary: a name, a value, and a link to change it.
type Term struct {
	Name   string
	Value  templ.Component
	Change Link // left out when it has no address
}

// Event is one line of a timeline.
type Event struct {
	At    time.Time
	Title string
	Who   string
	Body  templ.Component // may be nil
	Tone  Tone            // Good and Bad have a shape
	Now   bool            // the present step
}

func (e Event) class() string {
	switch {
	case e.Now:
		return "timeline-now"
	case e.Tone == Good || e.Tone == Bad:
		return "timeline-" + string(e.Tone)
	}
	return ""
}

func moment(ctx context.Context, t time.Time) string { return locale.From(ctx).DateTime(t) }

// Progress is how far a piece of work has come. While it runs, a script asks Href again each second (or when the topic
// changes); without one, give Page.Refresh to the frame. Href must answer with a page that holds the same Progress.
type Progress struct {
	ID      string // of the element; the page's only one
	Label   string
	Status  Status // Waiting, Running, Done, Failed, Cancelled
	Done    int64
	Total   int64 // 0 while it is not known
	Message string
	Href    string
	Topic   string // of live news; "" asks each second
	Cancel  string // address that a POST cancels at; "" when it cannot be
	Result  Link   // when done
}

// Render writes the progress.
func (p Progress) Render(ctx context.Context, w io.Writer) error { return progress(p).Render(ctx, w) }

// shown is the status in the words of work: what failed is a control point elsewhere.
func (p Progress) shown() Status {
	if p.Status == Failed {
		return Broken
	}
	return p.Status
}

func (p Progress) going() bool { return p.Status == Waiting || p.Status == Running }

func (p Progress) attributes() templ.Attributes {
	if !p.going() || p.Href == "" {
		return nil
	}
	a := templ.Attributes{"hx-get": p.Href, "hx-select": "#" + p.ID, "hx-swap": "outerHTML", "hx-trigger": "every 1s"}
	if p.Topic != "" {
		a["hx-trigger"] = "live, every 10s"
		a["data-live"] = p.Topic
	}
	return a
}

func (p Progress) meter() templ.Attributes {
	a := templ.Attributes{}
	switch {
	case p.Status == Done:
		a["value"], a["max"] = int64(1), int64(1)
	case p.Total > 0:
		a["value"], a["max"] = min(max(p.Done, 0), p.Total), p.Total
	case p.Status != Running:
		a["value"], a["max"] = int64(0), int64(1)
	}
	return a
}

func (p Progress) class() string {
	if p.shown() == Broken {
		return "progress progress-bad"
	}
	return "progress"
}

// Confirm asks before an act that cannot be taken back: what will happen, a button that says it, and a way out. It is the
// body of a page, or of a Dialog.
type Confirm struct {
	Consequences []string
	Action       string // address of the POST
	Submit       string // what the button does: "Supprimer la délégation"
	Danger       bool
	Cancel       string // address of the way out
	Hidden       map[string]string
	Fields       []Field // a reason to give, a word to type
}

// Render writes the question.
func (c Confirm) Render(ctx context.Context, w io.Writer) error { return confirm(c).Render(ctx, w) }

func (c Confirm) submit() Button {
	b := Button{Text: c.Submit, Kind: Primary}
	if c.Danger {
		b.Kind = Danger
	}
	return b
}
