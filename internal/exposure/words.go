package exposure

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"hygie/exposure/knowledge"
	"hygie/exposure/perimeter"
	"hygie/exposure/report"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// staleAfter is the age from which knowledge is said to be old.
const staleAfter = knowledge.StaleAfter

// canStart tells whether an audit may be asked for: something is proven and none is under way.
func (v homeView) canStart() bool {
	for _, r := range v.Runs {
		if !r.State.Over() && r.Source != Deposited {
			return false
		}
	}
	n, _ := v.proven()
	return n > 0
}

// nextStep is the one thing to do now.
func nextStep(ctx context.Context, v homeView) templ.Component {
	t := func(key string, args ...any) string { return locale.T(ctx, key, args...) }
	button := func(key, path string) ui.Button {
		if !v.mayRun {
			return ui.Button{}
		}
		return ui.Button{Text: t(key), Kind: ui.Primary, Href: address(v.Structure) + path}
	}
	if len(v.Declarations) == 0 {
		return ui.NextAction{Line: t("exposure.next_declare"), Why: t("exposure.next_declare_why"), Act: button("exposure.declare", "/perimeter")}
	}
	proven, all := v.proven()
	switch {
	case all == 0:
		return ui.NextAction{Line: t("exposure.next_prove"), Why: t("exposure.next_prove_why"), Act: button("exposure.prove", "/proofs")}
	case proven < all:
		return ui.NextAction{Line: t("exposure.next_prove_rest", "count", all-proven), Why: t("exposure.next_prove_why"), Act: button("exposure.prove", "/proofs")}
	case v.Latest == nil:
		return ui.NextAction{Line: t("exposure.next_start"), Why: t("exposure.next_start_why")}
	case !v.LatestRun.Holds:
		return ui.NextAction{Line: t("exposure.next_mend", "count", v.LatestRun.Counts.Critical+v.LatestRun.Counts.Major), Why: t("exposure.next_mend_why"),
			Act: ui.Button{Text: t("exposure.next_mend_act"), Kind: ui.Primary, Href: runHref(v.LatestRun)}}
	case v.Calendar.Stage == Open:
		return ui.NextAction{Line: t("exposure.next_second", "until", locale.From(ctx).Date(v.Calendar.Until)), Why: t("exposure.next_second_why")}
	case v.Calendar.Stage == NotYet:
		return ui.NextAction{Line: t("exposure.next_wait", "from", locale.From(ctx).Date(v.Calendar.From)), Why: t("exposure.next_wait_why")}
	}
	return ui.NextAction{Line: t("exposure.next_keep"), Why: t("exposure.next_keep_why")}
}

// sentences say in three lines what a run showed.
func sentences(ctx context.Context, r Run, full *report.Report) []string {
	s := full.Statistics
	first := locale.T(ctx, "exposure.say_seen", "names", s.Names, "addresses", s.Alive, "endpoints", s.Endpoints)
	second := locale.T(ctx, "exposure.say_none")
	if n := r.Counts.Critical + r.Counts.Major; n > 0 {
		second = locale.T(ctx, "exposure.say_grave", "critical", r.Counts.Critical, "major", r.Counts.Major)
	}
	third := locale.T(ctx, "exposure.say_short")
	if r.Holds {
		third = locale.T(ctx, "exposure.say_holds")
	} else if r.Partial {
		third = locale.T(ctx, "exposure.say_partial")
	}
	return []string{first, second, third}
}

func calendarTone(s Stage) ui.Tone {
	switch s {
	case Achieved:
		return ui.Good
	case Missed:
		return ui.Warn
	}
	return ui.Info
}

func scheduleText(ctx context.Context, o Owner) string {
	if o.EveryDays == 0 {
		return locale.T(ctx, "exposure.schedule_none")
	}
	return locale.T(ctx, "exposure.schedule_next", "count", o.EveryDays, "date", locale.From(ctx).Date(o.NextAt))
}

// knowledgeText says how old what is known of products is.
func knowledgeText(ctx context.Context, list []Brought) string {
	if len(list) == 0 {
		return locale.T(ctx, "exposure.knowledge_missing")
	}
	return locale.T(ctx, "exposure.knowledge_dated", "date", locale.From(ctx).Date(list[0].Dated))
}

func planKind(small bool) ui.ButtonKind {
	if small {
		return ui.Secondary
	}
	return ui.Primary
}

// provenItem is one item of the perimeter with the state of its proof.
type provenItem struct {
	perimeter.Proof
	ID    string // for the page
	known bool
}

// proofItems lists domains, ranges and hosts with what is known of their proof.
func proofItems(v proofView) (list []provenItem) {
	add := func(kind, item string) {
		p, ok := v.of(kind, item)
		if !ok {
			p = perimeter.Proof{Kind: kind, Item: item}
		}
		list = append(list, provenItem{p, fmt.Sprint(len(list) + 1), ok})
	}
	for _, d := range v.Declaration.Perimeter.Domains {
		add("domain", d)
	}
	for _, r := range v.Declaration.Perimeter.Ranges {
		add("range", r.String())
	}
	for _, h := range v.Declaration.Perimeter.Hosts {
		add("host", h)
	}
	return list
}

// token is what to publish for an item.
func (v proofView) token(item string) (perimeter.Publication, bool) {
	for _, t := range v.Tokens {
		if t.Item == item {
			return t, true
		}
	}
	return perimeter.Publication{}, false
}

func proofTag(ctx context.Context, p provenItem) ui.Tag {
	switch {
	case !p.known:
		return ui.Tag{Text: locale.T(ctx, "exposure.proof_unknown"), Open: true, Icon: "question-circle"}
	case p.By == perimeter.Unproven:
		return ui.Tag{Text: locale.T(ctx, "exposure.proof_no"), Tone: ui.Warn}
	}
	return ui.Tag{Text: locale.T(ctx, "exposure.proof_"+string(p.By)), Tone: ui.Good}
}

func classesText(ctx context.Context, classes []string) string {
	text := locale.T(ctx, "exposure.classes_allowed")
	for _, c := range classes {
		text += " " + locale.T(ctx, "exposure.class_"+c) + "."
	}
	return text
}

func classOptions(ctx context.Context) (list []ui.Option) {
	for _, c := range (perimeter.MailRelay | perimeter.KnownFlaws | perimeter.GuestAccess).Words() {
		list = append(list, ui.Option{Value: c, Text: locale.T(ctx, "exposure.class_"+c)})
	}
	return list
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func acceptedText(ctx context.Context, a Acceptance) string {
	key := "exposure.accepted_until"
	if a.False {
		key = "exposure.false_until"
	}
	return locale.T(ctx, key, "date", locale.From(ctx).Date(a.Until))
}

func severityBars(ctx context.Context, v runView) (rows []ui.Bar) {
	for _, s := range severitiesShown {
		tag := severityTag(ctx, s)
		rows = append(rows, ui.Bar{Label: tag.Text, Count: v.Report.Statistics.BySeverity[s], Tone: tag.Tone, Href: runHref(v.Run) + "/findings?severity=" + string(s)})
	}
	return rows
}

func seenTerms(ctx context.Context, v runView) []ui.Term {
	s := v.Report.Statistics
	term := func(key string, n int) ui.Term {
		return ui.Term{Name: locale.T(ctx, key), Value: ui.Number(int64(n))}
	}
	list := []ui.Term{term("exposure.seen_domains", s.Domains), term("exposure.seen_names", s.Names), term("exposure.seen_addresses", s.Addresses), term("exposure.seen_alive", s.Alive),
		term("exposure.seen_endpoints", s.Endpoints), term("exposure.seen_checks", s.Checks), term("exposure.seen_accepted", s.Accepted)}
	known := locale.T(ctx, "exposure.knowledge_none")
	if v.Report.Known != nil {
		known = locale.From(ctx).Date(v.Report.Known.Date)
	}
	return append(list, ui.Term{Name: locale.T(ctx, "exposure.knowledge"), Value: ui.Text(known)})
}

// firstThree are the first three actions of the report, as a list of work.
func firstThree(v runView) (tasks []ui.Task) {
	for _, a := range v.Report.Plan[:min(3, len(v.Report.Plan))] {
		task := ui.Task{Text: a.Title, Href: runHref(v.Run) + "/findings?q=" + a.Checks[0], Status: ui.ToDo}
		for _, f := range v.Report.Findings {
			if len(a.Findings) > 0 && f.ID == a.Findings[0] {
				task.Hint = f.Risk
				task.Href = findingHref(v.Run, f.ID)
			}
		}
		if p, ok := v.Planned[a.Key]; ok && p.State.Closed() {
			task.Status = ui.Done
		} else if ok {
			task.Status = ui.Doing
		}
		tasks = append(tasks, task)
	}
	return tasks
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// publishKey introduces the file of a token: beside the record of the zone, or alone for an address.
func publishKey(p perimeter.Publication) string {
	if p.TXTName == "" {
		return "exposure.publish_file_only"
	}
	return "exposure.publish_file"
}

func ticked(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

// peculiar tells whether the form holds more than what everybody declares.
func (f form) peculiar() bool {
	return f.Hours+f.Zone+f.Ports+f.Services+f.Providers+f.PerSecond+f.PerAddress+f.PerNetwork+f.Total != "" || f.NoUDP
}
