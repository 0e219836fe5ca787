package exercise

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"hygie/document"
	"hygie/document/pdf"
	drill "hygie/exercise"
	"hygie/internal/locale"
	"hygie/internal/web"
)

// kit is everything on paper for whoever animates: it works without any screen.
func (m *Module) kit(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := pdf.Write(&b, Kit(c.Ctx, v, at.Name)); err != nil {
		return fmt.Errorf("print the kit of exercise %s: %w", v.ID, err)
	}
	c.Download(c.T("exercise.kit_file")+".pdf", "application/pdf")
	_, err = c.W.Write(b.Bytes())
	return err
}

// paper begins a document about an exercise; EXERCICE stands on each of its pages.
func paper(ctx context.Context, v view, title, structure string) document.Document {
	p := locale.From(ctx)
	return document.Document{Title: title, Subtitle: words(ctx, v.Scenario.Title), Language: string(p.Lang()), Author: structure, Date: v.now, Header: structure, Banner: p.T("exercise.banner")}
}

// Kit is what the animator holds: what to get ready, briefing, seats, chronogramme, scripts; then what is handed out, each on its own page: a sheet for each role, the mails, articles and screens, the grid of
// observers; and how to lead the debrief, with its questions.
func Kit(ctx context.Context, v view, structure string) document.Document {
	p := locale.From(ctx)
	d := paper(ctx, v, p.T("exercise.kit"), structure)
	d.Blocks = append(d.Blocks, document.Note{Label: p.T("exercise.animator_only"), Spans: document.Text(words(ctx, v.Scenario.Summary))},
		document.Pairs{Rows: []document.Pair{{Name: p.T("exercise.level"), Value: levelWord(ctx, v.Level)}, {Name: p.T("exercise.day"), Value: p.DateTime(v.PlannedAt)},
			{Name: p.T("exercise.length"), Value: p.T("exercise.minutes", "count", v.Scenario.Minutes(v.Level))}}},
		document.Heading{Level: 2, Text: p.T("exercise.get_ready")}, document.List{Style: document.Boxes, Items: document.Items(steps(p.T("exercise.get_ready_steps"))...)},
		document.Heading{Level: 2, Text: p.T("exercise.lead_play")}, document.List{Items: document.Items(steps(p.T("exercise.lead_play_steps"))...)},
		document.Heading{Level: 2, Text: p.T("exercise.briefing")})
	d.Blocks = append(d.Blocks, briefing(ctx, v)...)
	seats := document.Table{Caption: p.T("exercise.seats_caption"), Columns: []document.Column{{Name: p.T("exercise.name"), Header: true}, {Name: p.T("exercise.role")}, {Name: p.T("exercise.contact")}}}
	for _, s := range v.seats {
		seats.Rows = append(seats.Rows, []string{s.Name, v.roleName(ctx, s.Role), s.Contact})
	}
	d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("exercise.seats")}, seats)
	for _, r := range v.Scenario.Roles {
		d.Blocks = append(d.Blocks, document.Heading{Level: 3, Text: words(ctx, r.Name)}, document.P(words(ctx, r.Brief)))
	}
	d.Blocks = append(d.Blocks, document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.chronogram")}, eventTable(ctx, v), document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.scripts")})
	for i := range v.Scenario.Stimuli {
		d.Blocks = append(d.Blocks, script(ctx, v, &v.Scenario.Stimuli[i])...)
	}
	for i := range v.Scenario.Roles {
		d.Blocks = append(d.Blocks, roleSheet(ctx, v, &v.Scenario.Roles[i])...)
	}
	for i := range v.Scenario.Stimuli {
		d.Blocks = append(d.Blocks, handout(ctx, v, &v.Scenario.Stimuli[i])...)
	}
	d.Blocks = append(d.Blocks, document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.grid")}, document.P(p.T("exercise.observer_brief")))
	for _, aim := range v.Scenario.Objectives {
		t := document.Table{Caption: words(ctx, aim.Text), Columns: []document.Column{{Name: p.T("exercise.to_observe"), Header: true}, {Name: p.T("exercise.seen_word")}, {Name: p.T("exercise.note")}}}
		for _, o := range aim.Observe {
			t.Rows = append(t.Rows, []string{words(ctx, o), "☐ " + p.T("exercise.value_done") + "\n☐ " + p.T("exercise.value_partly") + "\n☐ " + p.T("exercise.value_unseen"), ""})
		}
		d.Blocks = append(d.Blocks, document.Heading{Level: 3, Text: words(ctx, aim.Text)}, t)
	}
	d.Blocks = append(d.Blocks, document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.lead_debrief")}, document.List{Style: document.Numbers, Items: document.Items(steps(p.T("exercise.lead_debrief_steps"))...)},
		document.Heading{Level: 2, Text: p.T("exercise.debriefing")})
	for _, q := range v.Scenario.Debriefing {
		d.Blocks = append(d.Blocks, document.Form{Label: words(ctx, q), Lines: 3})
	}
	return d
}

// steps are the lines of a message.
func steps(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// briefing is what players are told before.
func briefing(ctx context.Context, v view) (blocks []document.Block) {
	for _, t := range v.Scenario.Briefing {
		blocks = append(blocks, document.P(words(ctx, t)))
	}
	return blocks
}

// roleSheet is the page that a player gets: who they are, what they are told, room for notes; nothing of what will happen.
func roleSheet(ctx context.Context, v view, r *drill.Role) []document.Block {
	p := locale.From(ctx)
	blocks := []document.Block{document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.role_sheet", "role", words(ctx, r.Name))}, document.Note{Label: p.T("exercise.role"), Spans: document.Text(words(ctx, r.Brief))}}
	return append(append(blocks, briefing(ctx, v)...), document.Form{Label: p.T("exercise.own_notes"), Lines: 12})
}

// handout is the page that is laid before the players when an event is something to read; what is expected of them is not on it. Nothing for what is said.
func handout(ctx context.Context, v view, s *drill.Stimulus) []document.Block {
	if s.Channel == drill.Phone || s.Channel == drill.Visit {
		return nil
	}
	p := locale.From(ctx)
	return []document.Block{document.PageBreak{}, document.Heading{Level: 2, Text: p.T("exercise.handout", "minute", s.Minute, "channel", channelWord(ctx, s.Channel))},
		document.Pairs{Rows: []document.Pair{{Name: p.T("exercise.handout_from"), Value: words(ctx, s.From)}, {Name: p.T("exercise.handout_to"), Value: v.roleNames(ctx, s.To)}, {Name: p.T("exercise.subject"), Value: words(ctx, s.Subject)}}},
		document.Note{Label: p.T("exercise.banner"), Spans: document.Text(words(ctx, s.Text))}}
}

func eventTable(ctx context.Context, v view) document.Table {
	p := locale.From(ctx)
	t := document.Table{Caption: p.T("exercise.chronogram_caption"), Columns: []document.Column{{Name: p.T("exercise.at"), Right: true}, {Name: p.T("exercise.channel")}, {Name: p.T("exercise.from_to")}, {Name: p.T("exercise.subject")}, {Name: p.T("exercise.given_at")}}}
	for i := range v.Scenario.Stimuli {
		s := &v.Scenario.Stimuli[i]
		subject := words(ctx, s.Subject)
		if s.If != nil {
			subject += "\n" + v.triggerWord(ctx, s.If)
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(s.Minute), channelWord(ctx, s.Channel), words(ctx, s.From) + " → " + v.roleNames(ctx, s.To), subject, "__ : __"})
	}
	return t
}

// script is one stimulus as it is said, written or shown.
func script(ctx context.Context, v view, s *drill.Stimulus) []document.Block {
	p := locale.From(ctx)
	blocks := []document.Block{document.Heading{Level: 3, Text: p.T("exercise.minute", "minute", s.Minute) + " – " + words(ctx, s.Subject)},
		document.P(channelWord(ctx, s.Channel) + " · " + words(ctx, s.From) + " → " + v.roleNames(ctx, s.To)), document.Note{Label: p.T("exercise.banner"), Spans: document.Text(words(ctx, s.Text))}}
	var expect []string
	for _, e := range s.Expect {
		expect = append(expect, words(ctx, e))
	}
	if len(expect) > 0 {
		blocks = append(blocks, document.List{Style: document.Boxes, Items: document.Items(expect...)})
	}
	return blocks
}

// Retex is the draft of the debrief: what was planned, who was there, how long things took, what was seen, what people say, what is to be done.
func Retex(ctx context.Context, v view, structure string, present, actions []string) document.Document {
	p := locale.From(ctx)
	d := paper(ctx, v, p.T("exercise.retex"), structure)
	counted, reasons := drill.Counted(v.Scenario, v.state, v.present(present))
	var why []string
	for _, r := range reasons {
		why = append(why, p.T("exercise.reason_"+string(r)))
	}
	label := p.T("exercise.counts_not")
	if counted {
		label = p.T("exercise.counts")
	}
	d.Blocks = append(d.Blocks, document.Note{Label: label, Spans: document.Text(strings.Join(why, " "))},
		document.Pairs{Rows: []document.Pair{{Name: p.T("exercise.level"), Value: levelWord(ctx, v.Level)}, {Name: p.T("exercise.began"), Value: p.DateTime(v.state.Started)},
			{Name: p.T("exercise.finished"), Value: p.DateTime(v.state.Finished)}, {Name: p.T("exercise.played_for"), Value: minutes(v.state.Elapsed)}}},
		document.Heading{Level: 2, Text: p.T("exercise.what_happened")}, document.P(words(ctx, v.Scenario.Summary)),
		document.Heading{Level: 2, Text: p.T("exercise.who_was_there")})
	var names []string
	for _, s := range v.seats {
		for _, id := range present {
			if s.ID == id {
				names = append(names, s.Name+", "+v.roleName(ctx, s.Role))
			}
		}
	}
	d.Blocks = append(d.Blocks, document.List{Items: document.Items(names...)}, document.Heading{Level: 2, Text: p.T("exercise.figures")}, figures(ctx, v), document.Heading{Level: 2, Text: p.T("exercise.course")}, course(ctx, v))
	d.Blocks = append(d.Blocks, seen(ctx, v)...)
	d.Blocks = append(d.Blocks, said(ctx, v)...)
	d.Blocks = append(d.Blocks, document.Heading{Level: 2, Text: p.T("exercise.actions")})
	if len(actions) == 0 {
		return withForm(d, p.T("exercise.actions_help"))
	}
	d.Blocks = append(d.Blocks, document.List{Style: document.Numbers, Items: document.Items(actions...)})
	return d
}

func withForm(d document.Document, label string) document.Document {
	d.Blocks = append(d.Blocks, document.Form{Label: label, Lines: 6})
	return d
}

func figures(ctx context.Context, v view) document.Table {
	p := locale.From(ctx)
	t := document.Table{Caption: p.T("exercise.figures"), Columns: []document.Column{{Name: p.T("exercise.milestone"), Header: true}, {Name: p.T("exercise.after"), Right: true}, {Name: p.T("exercise.read_from")}}}
	for _, f := range v.figures() {
		t.Rows = append(t.Rows, []string{p.T("exercise.milestone_" + string(f.Milestone)), figureWord(ctx, f.Figure), sourceWord(ctx, f)})
	}
	return t
}

// course is what was played, when, and how players took it.
func course(ctx context.Context, v view) document.Table {
	p := locale.From(ctx)
	t := document.Table{Caption: p.T("exercise.course"), Columns: []document.Column{{Name: p.T("exercise.at"), Right: true}, {Name: p.T("exercise.subject"), Header: true}, {Name: p.T("exercise.state")}, {Name: p.T("exercise.reactions")}}}
	for _, i := range v.state.Items {
		row := []string{minutes(i.Planned), words(ctx, i.Stimulus.Subject), p.T("exercise.status_" + string(i.Status)), ""}
		if i.Status == drill.Played {
			row[0] = p.Clock(i.PlayedAt)
			row[2] += driftWord(ctx, i)
			row[3] = p.T("exercise.reacted", "seen", reacted(i), "of", len(i.Seen))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// seen is the grid of the observers, all of them together.
func seen(ctx context.Context, v view) []document.Block {
	p := locale.From(ctx)
	blocks := []document.Block{document.Heading{Level: 2, Text: p.T("exercise.observations")}}
	for _, aim := range v.Scenario.Objectives {
		t := document.Table{Caption: words(ctx, aim.Text), Columns: []document.Column{{Name: p.T("exercise.to_observe"), Header: true}, {Name: p.T("exercise.seen_word")}, {Name: p.T("exercise.note")}}}
		for i, o := range aim.Observe {
			says, notes := v.observed(ctx, aim.ID, i)
			t.Rows = append(t.Rows, []string{words(ctx, o), says, strings.Join(notes, "\n")})
		}
		blocks = append(blocks, document.Heading{Level: 3, Text: words(ctx, aim.Text)}, t)
	}
	return blocks
}

// said is what people think, when there are enough of them to name nobody.
func said(ctx context.Context, v view) []document.Block {
	p := locale.From(ctx)
	blocks := []document.Block{document.Heading{Level: 2, Text: p.T("exercise.opinions")}}
	for _, phase := range []Phase{Hot, Cold} {
		all, held := v.shown(phase)
		blocks = append(blocks, document.Heading{Level: 3, Text: p.T("exercise.phase_" + string(phase))}, document.P(opinion(ctx, all, held)))
		var kept, improved []string
		for _, a := range all {
			kept, improved = appendWords(kept, a.Kept), appendWords(improved, a.Improved)
		}
		if len(kept) > 0 {
			blocks = append(blocks, document.P(p.T("exercise.kept")), document.List{Items: document.Items(kept...)})
		}
		if len(improved) > 0 {
			blocks = append(blocks, document.P(p.T("exercise.improved")), document.List{Items: document.Items(improved...)})
		}
	}
	return blocks
}

func appendWords(all []string, text string) []string {
	if text == "" {
		return all
	}
	return append(all, text)
}
