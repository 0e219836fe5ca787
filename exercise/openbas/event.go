package openbas

import (
	"slices"
	"strings"

	"hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/referential"
)

// Tags by which our own archives say what OpenBAS has no field for.
const (
	channelTag = "hygie:channel:"
	aimTag     = "hygie:objective:"
)

// mailMark stands before the subject of each mail that is written.
const mailMark = "EXERCICE – "

// events makes events of the injects that people play.
func (f *file) events(s *exercise.Scenario, roles map[string]string, lost *losses) {
	tags, articles := map[string]string{}, map[string]article{}
	for _, t := range f.Tags {
		tags[t.ID] = t.Name
	}
	for _, a := range f.Articles {
		articles[a.ID] = a
	}
	ids, names := map[string]string{}, map[string][]string{}
	var kept []inject
	for _, in := range f.Injects {
		if st, ok := in.event(s, roles, tags, articles, lost); ok {
			if len(kept) == mostEvents {
				lost.add(Surplus, in.Title)
				continue
			}
			st.ID = exercise.Fresh(cut(line(in.Title), 40), "n", func(id string) bool {
				return slices.ContainsFunc(s.Stimuli, func(o exercise.Stimulus) bool { return o.ID == id })
			})
			ids[in.ID], names[in.ID] = st.ID, in.expected()
			s.Stimuli = append(s.Stimuli, st)
			kept = append(kept, in)
		}
	}
	for i, in := range kept {
		s.Stimuli[i].If = in.trigger(ids, names, lost)
	}
}

// expected are the names of the expectations that the animator settles.
func (in inject) expected() (all []string) {
	if in.Content == nil {
		return nil
	}
	for _, e := range in.Content.Expectations {
		if e.Type == "" || e.Type == "MANUAL" || e.Type == "TEXT" || e.Type == "DOCUMENT" {
			all = append(all, e.Name)
		}
	}
	return all
}

// event is an inject as it is played here; ok is false when it is not.
func (in inject) event(s *exercise.Scenario, roles, tags map[string]string, articles map[string]article, lost *losses) (st exercise.Stimulus, ok bool) {
	title := cut(line(in.Title), mostTitle)
	c := in.Content
	if c == nil {
		c = &content{}
	}
	channel, text := exercise.Phone, ""
	switch in.contract() {
	case mailOne, mailMany:
		channel, text = exercise.Mail, c.Body
	case shortMessage:
		channel, text = exercise.Message, c.Message
	case publication:
		channel = exercise.Press
		for _, id := range c.Articles {
			text += "\n" + articles[id].Name + "\n" + articles[id].Content
		}
	case byHand:
		text = c.Text
	case challenge:
		lost.add(Challenge, title)
		return st, false
	default:
		lost.add(Technical, title)
		return st, false
	}
	if in.Enabled != nil && !*in.Enabled {
		lost.add(Disabled, title)
		return st, false
	}
	minute := in.Seconds / 60
	if minute < 0 || minute > longest {
		lost.add(Untimed, title)
		return st, false
	}
	from, about := sender(plain(in.Description))
	subject := cut(strings.TrimPrefix(line(c.Subject), mailMark), mostTitle)
	if subject == "" {
		subject = title
	}
	if text = plain(text); text == "" {
		text = about
	}
	if text == "" {
		text = subject
	}
	if text == "" {
		lost.add(Wordless, in.ID)
		return st, false
	}
	if strings.Contains(text, "${") || strings.Contains(subject, "${") {
		lost.add(Variable, title)
	}
	if subject == "" {
		subject = cut(line(text), 80)
	}
	if from == "" {
		from = "Animation"
	}
	st = exercise.Stimulus{Minute: int(minute), Channel: channel, From: exercise.Same(cut(from, mostTitle)), Subject: exercise.Same(subject), Text: exercise.Same(short(text, title, lost)), Level: exercise.Beginner,
		To: in.seats(s, roles), Expect: in.reactions(lost)}
	in.told(s, tags, &st)
	return st, true
}

func (in inject) contract() string {
	if in.Contract == nil {
		return ""
	}
	return in.Contract.ID
}

// sender takes the line that names who speaks, as our own archives write it, off a description.
func sender(description string) (from, rest string) {
	first, rest, _ := strings.Cut(description, "\n")
	for _, begin := range []string{"De : ", "From: "} {
		if name, ok := strings.CutPrefix(first, begin); ok {
			return name, rest
		}
	}
	return "", description
}

// told reads the tags of our own archives.
func (in inject) told(s *exercise.Scenario, tags map[string]string, st *exercise.Stimulus) {
	for _, id := range in.Tags {
		if text, ok := strings.CutPrefix(tags[id], channelTag); ok {
			if channel, ok := chronogram.ReadChannel(text); ok {
				st.Channel = channel
			}
		}
		if aim, ok := strings.CutPrefix(tags[id], aimTag); ok && slices.ContainsFunc(s.Objectives, func(o exercise.Objective) bool { return o.ID == aim }) {
			st.Objective = aim
		}
	}
}

func (in inject) seats(s *exercise.Scenario, roles map[string]string) (to []string) {
	for _, id := range in.Teams {
		if role := roles[id]; role != "" && !slices.Contains(to, role) {
			to = append(to, role)
		}
	}
	if len(to) > 0 {
		return to
	}
	if !in.AllTeams {
		return []string{s.Roles[0].ID}
	}
	for _, r := range s.Roles {
		to = append(to, r.ID)
	}
	return to
}

func (in inject) reactions(lost *losses) (all []referential.Text) {
	for _, name := range in.expected() {
		if text := line(name); text != "" && len(all) < mostExpected {
			all = append(all, exercise.Same(short(text, in.Title, lost)))
		}
	}
	if len(all) == 0 {
		all = []referential.Text{{FR: "La cellule en tient compte et le note", EN: "The cell takes it into account and notes it"}}
	}
	return all
}

// execution is the condition that the other inject was sent, without more.
const execution = "Execution"

// trigger is on what an event depends. OpenBAS joins expectations by their names, all of them or one of them; here it is all or not all.
func (in inject) trigger(ids map[string]string, names map[string][]string, lost *losses) *exercise.Trigger {
	var own []dependency
	for _, d := range in.DependsOn {
		if d.Relationship.Child == in.ID {
			own = append(own, d)
		}
	}
	if len(own) == 0 {
		return nil
	}
	parent := own[0].Relationship.Parent
	c := own[0].Condition
	if c == nil || len(own) > 1 || ids[parent] == "" {
		lost.add(Branch, in.Title)
		return nil
	}
	wanted, yes := []string{}, 0
	for _, t := range c.Conditions {
		if t.Key == execution {
			continue
		}
		wanted = append(wanted, t.Key)
		if t.Value {
			yes++
		}
	}
	every := len(wanted) > 0 && len(wanted) == len(names[parent]) && !slices.ContainsFunc(names[parent], func(n string) bool { return !slices.Contains(wanted, n) })
	switch {
	case every && yes == len(wanted) && (c.Mode != "or" || len(wanted) == 1):
		return &exercise.Trigger{Stimulus: ids[parent], Reacted: true}
	case every && yes == 0 && (c.Mode == "or" || len(wanted) == 1):
		return &exercise.Trigger{Stimulus: ids[parent]}
	}
	lost.add(Branch, in.Title)
	return nil
}

// causes drops conditions on events that do not come before, once all are in their order.
func causes(s *exercise.Scenario, lost *losses) {
	before := map[string]bool{}
	for i := range s.Stimuli {
		st := &s.Stimuli[i]
		if st.If != nil && !before[st.If.Stimulus] {
			lost.add(Branch, st.Subject.FR)
			st.If = nil
		}
		before[st.ID] = true
	}
}
