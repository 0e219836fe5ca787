package exercise

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	drill "hygie/exercise"
	"hygie/exercise/openbas"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

func levelWord(ctx context.Context, l drill.Level) string {
	return locale.T(ctx, "exercise.level_"+fmt.Sprint(int(l)))
}

func channelWord(ctx context.Context, c drill.Channel) string {
	return locale.T(ctx, "exercise.channel_"+string(c))
}

// roleName is a role as people read it.
func (e Exercise) roleName(ctx context.Context, id string) string {
	if r := e.role(id); r != nil {
		return words(ctx, r.Name)
	}
	return locale.T(ctx, "exercise.observer")
}

func (e Exercise) roleNames(ctx context.Context, ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = e.roleName(ctx, id)
	}
	return strings.Join(names, ", ")
}

// triggerWord says on what a stimulus hangs.
func (e Exercise) triggerWord(ctx context.Context, t *drill.Trigger) string {
	subject := t.Stimulus
	for i := range e.Scenario.Stimuli {
		if e.Scenario.Stimuli[i].ID == t.Stimulus {
			subject = words(ctx, e.Scenario.Stimuli[i].Subject)
		}
	}
	if t.Reacted {
		return locale.T(ctx, "exercise.if_reacted", "subject", subject)
	}
	return locale.T(ctx, "exercise.if_not_reacted", "subject", subject)
}

func figureWord(ctx context.Context, f drill.Figure) string {
	if !f.OK {
		return locale.T(ctx, "exercise.not_reached")
	}
	return minutes(f.After)
}

// sourceWord says where a figure comes from: a line of the main courante, or the animator.
func sourceWord(ctx context.Context, r drill.Reading) string {
	switch {
	case r.Corrected:
		return locale.T(ctx, "exercise.corrected")
	case r.OK && r.Line > 0:
		return locale.T(ctx, "exercise.line", "number", r.Line)
	case r.OK:
		return locale.T(ctx, "exercise.noted")
	}
	return ""
}

// mailWord says where the mails of an event are, and who is to be given it by hand.
func mailWord(ctx context.Context, v view, st *drill.Stimulus) string {
	var parts []string
	n, _ := v.mailed(st.ID)
	for _, state := range []PostState{PostSent, PostWaiting, PostRefused} {
		if n[state] > 0 {
			parts = append(parts, locale.T(ctx, "exercise.mails_"+string(state), "count", n[state]))
		}
	}
	if names := v.byHand(st); len(names) > 0 {
		parts = append(parts, locale.T(ctx, "exercise.by_hand", "names", strings.Join(names, ", ")))
	}
	return strings.Join(parts, " · ")
}

// lostTerms are the things that the other side has no place for.
func lostTerms(ctx context.Context, all []openbas.Loss) (terms []ui.Term) {
	for _, l := range all {
		terms = append(terms, ui.Term{Name: locale.T(ctx, "exercise.lost_"+string(l.Kind), "count", l.Count), Value: ui.Text(strings.Join(l.Names, ", "))})
	}
	return terms
}

// driftWord says how far from its time a stimulus was given, when that is a minute or more.
func driftWord(ctx context.Context, i drill.Item) string {
	switch m := int(i.Drift.Minutes()); {
	case m > 0:
		return locale.T(ctx, "exercise.later", "count", m)
	case m < 0:
		return locale.T(ctx, "exercise.earlier", "count", -m)
	}
	return ""
}

func reacted(i drill.Item) (n int) {
	for _, seen := range i.Seen {
		if seen {
			n++
		}
	}
	return n
}

// observed is what observers say of one thing, and their remarks.
func (v view) observed(ctx context.Context, objective string, place int) (says string, notes []string) {
	counts := map[string]int{}
	for _, o := range v.observations {
		if o.Objective == objective && o.Place == place {
			counts[o.Value]++
			notes = appendWords(notes, o.Note)
		}
	}
	var parts []string
	for _, value := range values {
		if counts[value] > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", locale.T(ctx, "exercise.value_"+value), counts[value]))
		}
	}
	if len(parts) == 0 {
		return locale.T(ctx, "exercise.nobody_looked"), nil
	}
	return strings.Join(parts, ", "), notes
}

// opinion sums what people think, or says why it does not.
func opinion(ctx context.Context, all []Answer, held int) string {
	p := locale.From(ctx)
	if len(all) == 0 {
		return p.T("exercise.too_few", "count", held, "fewest", fewest)
	}
	return p.T("exercise.satisfaction", "count", len(all), "mean", p.Float(float64(satisfaction(all))/float64(len(all)), 1))
}

// statusTag is where a stimulus stands.
func statusTag(ctx context.Context, s drill.Status) ui.Tag {
	tag := ui.Tag{Text: locale.T(ctx, "exercise.status_"+string(s)), Open: true, Icon: "clock"}
	switch s {
	case drill.Due:
		tag.Tone, tag.Icon, tag.Open = ui.Warn, "bolt", false
	case drill.Played:
		tag.Tone, tag.Icon, tag.Open = ui.Good, "", false
	case drill.Skipped, drill.Dropped:
		tag.Icon = "dash-circle"
	}
	return tag
}

// exerciseTag is where an exercise stands.
func exerciseTag(ctx context.Context, e Exercise) ui.Tag {
	switch {
	case !e.Concluded.IsZero() && e.Counted:
		return ui.Tag{Text: locale.T(ctx, "exercise.counts"), Tone: ui.Good}
	case !e.Concluded.IsZero():
		return ui.Tag{Text: locale.T(ctx, "exercise.counts_not"), Tone: ui.Warn}
	case !e.Ended.IsZero():
		return ui.Tag{Text: locale.T(ctx, "exercise.to_conclude"), Tone: ui.Info}
	case !e.Started.IsZero():
		return ui.Tag{Text: locale.T(ctx, "exercise.under_way"), Tone: ui.Warn, Icon: "bolt"}
	}
	return ui.Tag{Text: locale.T(ctx, "exercise.planned"), Open: true, Icon: "clock"}
}

// scenarioOptions are the scenarios to choose from, with where they happen: the structure's own that can be played, then those that come with hygie.
func scenarioOptions(ctx context.Context, shipped []*drill.Scenario, own []Own) (options []ui.Option) {
	for _, o := range own {
		if o.Ready() {
			options = append(options, scenarioOption(ctx, o.value(), o.Scenario))
		}
	}
	for _, s := range shipped {
		options = append(options, scenarioOption(ctx, s.ID, s))
	}
	return options
}

func scenarioOption(ctx context.Context, value string, s *drill.Scenario) ui.Option {
	return ui.Option{Value: value, Text: words(ctx, s.Title), Help: locale.T(ctx, "exercise.setting_"+string(s.Setting)) + " · " +
		locale.T(ctx, "exercise.lengths", "beginner", s.Minutes(drill.Beginner), "intermediate", s.Minutes(drill.Intermediate), "confirmed", s.Minutes(drill.Confirmed))}
}

func levelOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Value: "0", Text: locale.T(ctx, "exercise.as_advised")}}
	for l := drill.Beginner; l <= drill.Confirmed; l++ {
		options = append(options, ui.Option{Value: fmt.Sprint(int(l)), Text: levelWord(ctx, l)})
	}
	return options
}

// roleOptions are the seats of an exercise.
func roleOptions(ctx context.Context, e Exercise) (options []ui.Option) {
	for _, r := range e.Scenario.Roles {
		text := words(ctx, r.Name)
		if r.Management {
			text += " · " + locale.T(ctx, "exercise.management")
		}
		options = append(options, ui.Option{Value: r.ID, Text: text})
	}
	return append(options, ui.Option{Value: observer, Text: locale.T(ctx, "exercise.observer")})
}

func seatOptions(ctx context.Context, v view) (options []ui.Option) {
	for _, s := range v.seats {
		options = append(options, ui.Option{Value: s.ID, Text: s.Name + " · " + v.roleName(ctx, s.Role)})
	}
	return options
}

func valueOptions(ctx context.Context) (options []ui.Option) {
	for _, value := range values {
		options = append(options, ui.Option{Value: value, Text: locale.T(ctx, "exercise.value_"+value)})
	}
	return options
}

func satisfactionOptions(ctx context.Context) (options []ui.Option) {
	for n := 5; n >= 1; n-- {
		options = append(options, ui.Option{Value: fmt.Sprint(n), Text: locale.T(ctx, "exercise.satisfaction_"+fmt.Sprint(n))})
	}
	return options
}

// mine is what an observer already said of one thing.
func (v view) mine(objective string, place int) (o Observation) {
	for _, one := range v.observations {
		if one.Objective == objective && one.Place == place {
			return one
		}
	}
	return o
}

// newButton leads to a new exercise, for who may plan one.
func newButton(ctx context.Context, structure string, edit bool) ui.Button {
	if !edit {
		return ui.Button{}
	}
	return ui.Button{Text: locale.T(ctx, "exercise.new"), Href: address(structure) + "/new", Kind: ui.Primary}
}

// yes is the value of a box that is ticked.
func yes(v bool) string {
	if v {
		return "1"
	}
	return ""
}

// stateWord says how the game stands.
func stateWord(ctx context.Context, v view) string {
	switch {
	case v.state.Ended:
		return locale.T(ctx, "exercise.state_ended")
	case v.state.Paused:
		return locale.T(ctx, "exercise.state_paused")
	case v.state.Running:
		return locale.T(ctx, "exercise.state_running")
	}
	return locale.T(ctx, "exercise.state_waiting")
}

// live makes a part of a page ask again when the game changes, and now and then because time passes.
func live(v view, href, id string) templ.Attributes {
	if v.state.Ended {
		return nil
	}
	return templ.Attributes{"hx-get": href, "hx-select": id, "hx-swap": "outerHTML", "hx-trigger": "live, every 15s", "data-live": Topic(v.ID)}
}

// poll makes the telephone of a player ask again: it has no account, and so no stream.
func poll(v view, s Seat) templ.Attributes {
	if v.state.Ended {
		return nil
	}
	return templ.Attributes{"hx-get": s.path(), "hx-select": "#received", "hx-swap": "outerHTML", "hx-trigger": "every 5s"}
}

func (v view) count(s drill.Status) (n int) {
	for _, i := range v.state.Items {
		if i.Status == s {
			n++
		}
	}
	return n
}

// here counts the seats that said they are there.
func (v view) here() (n int) {
	for _, s := range v.seats {
		if s.Present {
			n++
		}
	}
	return n
}

// reasons say why the exercise counts, or not, by who is noted as present.
func (v view) reasons() []drill.Reason {
	var present []string
	for _, s := range v.seats {
		if s.Present {
			present = append(present, s.ID)
		}
	}
	_, reasons := drill.Counted(v.Scenario, v.state, v.present(present))
	return reasons
}

func observedTerms(ctx context.Context, v view, aim drill.Objective) (terms []ui.Term) {
	for i, o := range aim.Observe {
		says, notes := v.observed(ctx, aim.ID, i)
		terms = append(terms, ui.Term{Name: words(ctx, o), Value: ui.Text(strings.Join(append([]string{says}, notes...), " · "))})
	}
	return terms
}

// gridAttributes are what the script of an observer reads: where the grid is, and its words. The grid that an animator types back has none.
func gridAttributes(ctx context.Context, s Seat, action string) templ.Attributes {
	if action != s.path()+"/observations" {
		return nil
	}
	all := templ.Attributes{"data-grid": s.path()}
	for _, word := range []string{"ready", "unsent", "waiting", "sent", "refused", "unsafe"} {
		all["data-"+word] = locale.T(ctx, "exercise.grid_"+word)
	}
	return all
}
