package reflex

import (
	"context"

	"hygie/card"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// under are the runs that nobody has ended.
func under(all []Run) (open []Run) {
	for _, r := range all {
		if r.EndedAt.IsZero() {
			open = append(open, r)
		}
	}
	return open
}

func ended(all []Run) (done []Run) {
	for _, r := range all {
		if !r.EndedAt.IsZero() {
			done = append(done, r)
		}
	}
	return done
}

// tasks are the cards of one kind.
func tasks(ctx context.Context, structure string, shelf []Held, kind card.Kind) (all []ui.Task) {
	p := locale.From(ctx)
	for _, h := range shelf {
		if h.Kind != kind {
			continue
		}
		hint := p.T("reflex.minutes", "count", h.Minutes) + " · " + words(ctx, h.For)
		if h.Adapted() {
			hint += " · " + p.T("reflex.adapted", "number", h.Own.Number)
		}
		all = append(all, ui.Task{Text: words(ctx, h.Title), Hint: hint, Href: cardAddress(structure, h.ID)})
	}
	return all
}

// terms are what is known of a card before it is run.
func terms(ctx context.Context, h Held) []ui.Term {
	p := locale.From(ctx)
	origin := p.T("reflex.shipped")
	if h.Adapted() {
		origin = p.T("reflex.adapted", "number", h.Own.Number)
	}
	return []ui.Term{
		{Name: p.T("reflex.for"), Value: ui.Text(words(ctx, h.For))}, {Name: p.T("reflex.purpose"), Value: ui.Text(words(ctx, h.Purpose))},
		{Name: p.T("reflex.limit"), Value: ui.Text(p.T("reflex.minutes", "count", h.Minutes))},
		{Name: p.T("reflex.version"), Value: ui.Text(h.Version + " · " + origin)},
	}
}

func bookOptions(ctx context.Context, books []Book) []ui.Option {
	var all []ui.Option
	for _, b := range books {
		all = append(all, ui.Option{Value: b.ID, Text: b.Title})
	}
	return append(all, ui.Option{Text: locale.T(ctx, "reflex.no_book")})
}

// first makes the first of several acts the one that calls.
func first(i int) ui.ButtonKind {
	if i == 0 {
		return ui.Primary
	}
	return ui.Secondary
}

func changed(all []change) bool {
	for _, c := range all {
		if c.sign == "+" || c.sign == "-" {
			return true
		}
	}
	return false
}

// history is what the structure did with a card.
func history(ctx context.Context, d desk) (events []ui.Event) {
	p := locale.From(ctx)
	for i, v := range d.versions {
		e := ui.Event{At: v.At, Title: p.T("reflex.version_number", "number", v.Number), Who: d.names[v.By], Now: i == 0}
		if v.Content == "" {
			e.Title = p.T("reflex.version_restored", "number", v.Number)
		}
		if v.Note != "" {
			e.Body = ui.Text(v.Note)
		}
		events = append(events, e)
	}
	return events
}

// late says for how many minutes the time has been up.
func late(ctx context.Context, minutes int) string {
	if minutes == 0 {
		return locale.T(ctx, "reflex.up")
	}
	return locale.T(ctx, "reflex.over", "count", minutes)
}
