package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/document"
	"hygie/document/html"
	"hygie/document/odt"
	"hygie/document/pdf"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/web"
	"hygie/seal"
)

// send writes a document in the format of the path.
func send(c *web.Context, name, format string, d document.Document) error {
	name = seal.SafeName(name, 80)
	switch format {
	case "pdf":
		c.Download(name+".pdf", "application/pdf")
		return pdf.Write(c.W, d)
	case "odt":
		c.Download(name+".odt", "application/vnd.oasis.opendocument.text")
		return odt.Write(c.W, d)
	case "html":
		c.Download(name+".html", "text/html; charset=utf-8")
		return html.Write(c.W, d)
	}
	return fault.NotFound("incident.no_format")
}

// clockWords say how a clock stands, for somebody tired.
func clockWords(p *locale.Printer, c Clock) string {
	switch c.State {
	case Maybe, Open:
		if c.Due.IsZero() {
			return p.T("incident.clock_if")
		}
		return p.T("incident.clock_left", "left", p.Duration(c.Left), "due", p.DateTime(c.Due))
	case Now:
		return p.T("incident.clock_now", "since", p.Duration(max(c.Left, 0)))
	case Overdue:
		return p.T("incident.clock_over", "late", p.Duration(-c.Left), "due", p.DateTime(c.Due))
	case Made:
		return p.T("incident.clock_made", "when", p.DateTime(c.Done.At))
	case MadeLate:
		return p.T("incident.clock_made_late", "when", p.DateTime(c.Done.At), "late", p.Duration(c.Done.At.Sub(c.Due)))
	case NotDue:
		return p.T("incident.clock_not_due", "when", p.DateTime(c.Done.At))
	}
	return p.T("incident.clock_off")
}

// clockTable is the clocks on paper.
func clockTable(p *locale.Printer, clocks []Clock) document.Table {
	t := document.Table{Caption: p.T("incident.clocks"), Columns: []document.Column{{Name: p.T("incident.clock_name"), Header: true}, {Name: p.T("incident.clock_state")}, {Name: p.T("incident.reference")}}}
	for _, c := range clocks {
		t.Rows = append(t.Rows, []string{p.T("incident.clock." + c.ID), clockWords(p, c), c.Done.Reference})
	}
	return t
}

func moment(p *locale.Printer, t time.Time) string {
	if t.IsZero() {
		return p.T("incident.not_known")
	}
	return p.DateTime(t)
}

// What fits on the one page of a situation report.
const (
	mostServices = 8
	mostFacts    = 3
	mostDone     = 5
	longest      = 64 // characters of a line
)

// Situation is the report for the agency and the support body: one page, dated, with the state of services and clocks, without any patient data. One that is
// given out has a number and recipients; number 0 is a draft. What does not fit is counted: the latest lines, the worst services and the clocks that run stay.
func Situation(p *locale.Printer, k known, clocks []Clock, number int64, recipients string) document.Document {
	title := p.T("incident.situation_draft")
	if number > 0 {
		title = p.T("incident.situation_number", "number", number)
	}
	d := document.Document{Title: title, Subtitle: k.Title, Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now,
		Footer: p.T("incident.situation_footer", "when", p.DateTime(k.Now), "size", len(k.Lines))}
	pairs := document.Pairs{Rows: []document.Pair{
		{Name: p.T("incident.structure"), Value: strings.TrimSpace(k.Structure.Name + " " + k.Structure.Finess)}, {Name: p.T("incident.kind_label"), Value: p.T(k.Kind.MessageKey())},
		{Name: p.T("incident.occurred"), Value: moment(p, k.Occurred)}, {Name: p.T("incident.noticed"), Value: moment(p, k.Noticed)}, {Name: p.T("incident.qualified"), Value: moment(p, k.Qualified)},
		{Name: p.T("incident.care_label"), Value: p.T(k.Care.MessageKey())}}}
	if recipients != "" {
		pairs.Rows = append(pairs.Rows, document.Pair{Name: p.T("incident.recipients"), Value: recipients})
	}
	d.Blocks = append(d.Blocks, pairs, document.P(p.T("incident.no_patient")))
	services := document.Table{Caption: p.T("incident.services"), Columns: []document.Column{{Name: p.T("incident.service"), Header: true}, {Name: p.T("incident.state")}, {Name: p.T("incident.since")}, {Name: p.T("incident.note")}}}
	for _, s := range k.Services[:min(len(k.Services), mostServices)] { // the worst come first
		services.Rows = append(services.Rows, []string{clip(s.Name, 40), p.T(s.State.MessageKey()), shortly(p, s.Since), clip(s.Note, 40)})
	}
	switch more := len(k.Services) - mostServices; {
	case len(k.Services) == 0:
		d.Blocks = append(d.Blocks, document.P(p.T("incident.services_none")))
	case more > 0:
		d.Blocks = append(d.Blocks, services, document.P(p.T("incident.and_more", "count", more)))
	default:
		d.Blocks = append(d.Blocks, services)
	}
	var told document.Pairs
	for _, part := range []struct {
		title string
		lines []string
	}{{"incident.what_happened", k.latest(p, mostFacts, logbook.Fact)}, {"incident.what_done", k.latest(p, mostDone, logbook.Act, logbook.Decision)}, {"incident.what_needed", nonEmpty(clip(k.Answers["help_wanted"], 2*longest))}} {
		told.Rows = append(told.Rows, document.Pair{Name: p.T(part.title), Value: or(strings.Join(part.lines, "\n"), p.T("incident.not_known"))})
	}
	d.Blocks = append(d.Blocks, told)
	running := slices.DeleteFunc(slices.Clone(clocks), func(c Clock) bool { return c.State == MaybeOff })
	d.Blocks = append(d.Blocks, clockTable(p, running))
	return d
}

// shortly is a moment in figures.
func shortly(p *locale.Printer, t time.Time) string { return p.ShortDate(t) + " " + p.Clock(t) }

// latest are the last lines of some kinds, in the order of the facts, one short line each.
func (k known) latest(p *locale.Printer, most int, kinds ...logbook.Kind) (all []string) {
	lines := k.standing(kinds...)
	for _, l := range lines[max(0, len(lines)-most):] {
		text, _, _ := strings.Cut(l.Text, "\n")
		all = append(all, fmt.Sprintf("%s — %s", shortly(p, l.At), clip(text, longest)))
	}
	if len(lines) > most {
		all = append(all, p.T("incident.more_lines", "count", len(lines)-most))
	}
	return all
}

// Handover is the sheet for those who take over, on one page: open decisions and promises to tick, clocks, services, who is there and comes, the last lines.
func Handover(p *locale.Printer, k known, clocks []Clock) document.Document {
	d := document.Document{Title: p.T("incident.handover_title"), Subtitle: k.Title, Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now,
		Footer: p.T("incident.situation_footer", "when", p.DateTime(k.Now), "size", len(k.Lines))}
	var open, services, here, coming, hours, promised []string
	for _, one := range k.Decisions {
		if one.Decided.IsZero() {
			open = append(open, fmt.Sprintf("%s (%s)", clip(one.Text, longest), shortly(p, one.Asked)))
		}
	}
	for _, s := range k.Services {
		if s.State != Running {
			services = append(services, clip(strings.TrimSpace(p.T("incident.service_since", "name", s.Name, "state", p.T(s.State.MessageKey()), "since", p.DateTime(s.Since))+" "+s.Note), longest))
		}
	}
	for _, s := range k.Shifts {
		switch {
		case s.here(k.Now):
			here = append(here, strings.Join(nonEmpty(s.Name, s.Post, s.Reach, p.T("incident.since_hour", "since", p.DateTime(s.From), "long", p.Duration(k.Now.Sub(s.From))), ends(p, s)), ", "))
		case s.coming(k.Now):
			coming = append(coming, strings.Join(nonEmpty(s.Name, s.Post, s.Reach, p.T("incident.comes_at", "when", p.DateTime(s.From)), ends(p, s)), ", "))
		}
	}
	for _, one := range k.presences(k.Now) {
		hours = append(hours, p.T("incident.was_here", "name", one.Name, "long", p.Duration(one.Long)))
	}
	for _, l := range k.standing("instruction", "call") {
		if k.Now.Sub(l.At) < 24*time.Hour {
			promised = append(promised, fmt.Sprintf("%s, %s → %s : %s", shortly(p, l.At), or(l.From, l.Name), or(l.To, "…"), clip(l.Text, longest)))
		}
	}
	// No list has more than a page takes; what is left out is counted, and stands on the screen.
	some := func(lines []string, most int) []string {
		if len(lines) <= most {
			return lines
		}
		return append(slices.Clone(lines[:most]), p.T("incident.and_more", "count", len(lines)-most))
	}
	for _, part := range []struct {
		key   string
		lines []string
	}{{"incident.open_decisions", some(open, 3)}, {"incident.promises", some(promised, 3)}} {
		d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T(part.key)})
		if len(part.lines) == 0 {
			d.Blocks = append(d.Blocks, document.P(p.T("incident.nothing")))
			continue
		}
		d.Blocks = append(d.Blocks, document.List{Style: document.Boxes, Items: document.Items(part.lines...)})
	}
	d.Blocks = append(d.Blocks, clockTable(p, slices.DeleteFunc(slices.Clone(clocks), func(c Clock) bool { return c.State == MaybeOff })))
	var rest document.Pairs
	for _, part := range []struct {
		key   string
		lines []string
	}{{"incident.services_down", some(services, 4)}, {"incident.here", some(here, 4)}, {"incident.coming", some(coming, 3)}, {"incident.hours_title", nonEmpty(strings.Join(some(hours, 4), " · "))}, {"incident.last_lines", k.latest(p, 3)}} {
		rest.Rows = append(rest.Rows, document.Pair{Name: p.T(part.key), Value: or(strings.Join(part.lines, "\n"), p.T("incident.nothing"))})
	}
	d.Blocks = append(d.Blocks, rest, document.Form{Label: p.T("incident.handover_sign"), Lines: 2})
	return d
}

// ends says until when somebody is planned; empty when nobody said.
func ends(p *locale.Printer, s Shift) string {
	if s.Planned.IsZero() {
		return ""
	}
	return p.T("incident.ends_at", "when", p.DateTime(s.Planned))
}

func nonEmpty(all ...string) (kept []string) {
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
