package incident

import (
	"fmt"
	"strings"
	"time"

	"hygie/document"
	"hygie/document/html"
	"hygie/document/odt"
	"hygie/document/pdf"
	"hygie/internal/fault"
	"hygie/internal/locale"
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

// Situation is the report for the agency and the support body: one page, dated, with the state of services and clocks, without any patient data. One that is
// given out has a number and recipients; number 0 is a draft.
func Situation(p *locale.Printer, k known, clocks []Clock, number int64, recipients string) document.Document {
	title := p.T("incident.situation_draft")
	if number > 0 {
		title = p.T("incident.situation_number", "number", number)
	}
	d := document.Document{Title: title, Subtitle: k.Title, Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now,
		Footer: p.T("incident.situation_footer", "when", p.DateTime(k.Now), "size", len(k.Lines)), Blocks: []document.Block{document.Pairs{Rows: []document.Pair{
			{Name: p.T("incident.structure"), Value: strings.TrimSpace(k.Structure.Name + " " + k.Structure.Finess)}, {Name: p.T("incident.kind_label"), Value: p.T(k.Kind.MessageKey())},
			{Name: p.T("incident.occurred"), Value: moment(p, k.Occurred)}, {Name: p.T("incident.noticed"), Value: moment(p, k.Noticed)}, {Name: p.T("incident.qualified"), Value: moment(p, k.Qualified)},
			{Name: p.T("incident.care_label"), Value: p.T(k.Care.MessageKey())}}}}}
	if recipients != "" {
		d.Blocks = append([]document.Block{document.P(p.T("incident.situation_for", "recipients", recipients))}, d.Blocks...)
	}
	services := document.Table{Caption: p.T("incident.services"), Columns: []document.Column{{Name: p.T("incident.service"), Header: true}, {Name: p.T("incident.state")}, {Name: p.T("incident.since")}, {Name: p.T("incident.note")}}}
	for _, s := range k.Services {
		services.Rows = append(services.Rows, []string{s.Name, p.T(s.State.MessageKey()), p.DateTime(s.Since), s.Note})
	}
	d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("incident.services")})
	if len(services.Rows) == 0 {
		d.Blocks = append(d.Blocks, document.P(p.T("incident.services_none")))
	} else {
		d.Blocks = append(d.Blocks, services)
	}
	for _, part := range []struct{ title, text string }{{"incident.what_happened", k.excerpt(p, 6, "fact")}, {"incident.what_done", k.excerpt(p, 8, "action", "decision")}, {"incident.what_needed", k.Answers["help_wanted"]}} {
		d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T(part.title)}, document.P(or(part.text, p.T("incident.not_known"))))
	}
	d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("incident.clocks")}, clockTable(p, clocks), document.P(p.T("incident.no_patient")))
	return d
}

// Handover is the sheet for those who take over: open decisions, clocks, services, who is there, the last lines.
func Handover(p *locale.Printer, k known, clocks []Clock) document.Document {
	d := document.Document{Title: p.T("incident.handover_title"), Subtitle: k.Title, Language: string(p.Lang()), Author: k.Structure.Name, Header: k.Structure.Name, Date: k.Now,
		Footer: p.T("incident.situation_footer", "when", p.DateTime(k.Now), "size", len(k.Lines))}
	section := func(key string, lines []string) {
		d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T(key)})
		if len(lines) == 0 {
			d.Blocks = append(d.Blocks, document.P(p.T("incident.nothing")))
			return
		}
		d.Blocks = append(d.Blocks, document.List{Style: document.Boxes, Items: document.Items(lines...)})
	}
	var open, services, here, coming, hours, promised []string
	for _, one := range k.Decisions {
		if one.Decided.IsZero() {
			open = append(open, fmt.Sprintf("%s (%s)", one.Text, p.DateTime(one.Asked)))
		}
	}
	for _, s := range k.Services {
		if s.State != Running {
			services = append(services, strings.TrimSpace(p.T("incident.service_since", "name", s.Name, "state", p.T(s.State.MessageKey()), "since", p.DateTime(s.Since))+" "+s.Note))
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
			promised = append(promised, fmt.Sprintf("%s, %s → %s : %s", p.DateTime(l.At), or(l.From, l.Name), or(l.To, "…"), clip(l.Text, 300)))
		}
	}
	section("incident.open_decisions", open)
	d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("incident.clocks")}, clockTable(p, clocks))
	section("incident.services_down", services)
	section("incident.promises", promised)
	section("incident.here", here)
	section("incident.coming", coming)
	section("incident.hours_title", hours)
	last := k.standing()
	var lines []string
	for _, l := range last[max(0, len(last)-8):] {
		lines = append(lines, fmt.Sprintf("%d. %s — %s", l.Number, p.DateTime(l.At), clip(l.Text, 300)))
	}
	section("incident.last_lines", lines)
	d.Blocks = append(d.Blocks, document.Form{Label: p.T("incident.handover_sign"), Lines: 2})
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
