package exercise

import (
	"slices"
	"strconv"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/web"
)

// room is where the animator holds the exercise.
func (m *Module) room(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: words(c.Ctx, v.Scenario.Title), Over: c.T("exercise.banner"), Place: at, Crumbs: m.crumbs(c, at.ID), Tabs: tabs(c, v, "room")}
	if v.state.Running && !v.state.Ended {
		page.Refresh = 20
	}
	return c.Page(page, roomBody(v))
}

// move is what the animator asks for.
type move struct {
	Act       drill.Act       `form:"act,max=20"`
	Stimulus  string          `form:"stimulus,max=100"`
	Minutes   int             `form:"minutes"`
	Reaction  int             `form:"reaction"`
	Seen      bool            `form:"seen"`
	Milestone drill.Milestone `form:"milestone,max=40"`
}

// farthest is by how many minutes a stimulus may be shifted at once.
const farthest = 24 * 60

// roomAct does what the animator asks for, and says it in the main courante.
func (m *Module) roomAct(c *web.Context) error {
	var f move
	if err := c.Decode(&f); err != nil {
		return err
	}
	if f.Minutes < -farthest || f.Minutes > farthest {
		return fault.Invalid(fault.Field{Name: "minutes", Key: "exercise.too_far"})
	}
	var e Exercise
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if e, err = ByID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("exercise")); err != nil {
			return err
		}
		now := m.Now().UTC()
		switch {
		case f.Milestone != "" && slices.Contains([]drill.Act{correctAct, unreachedAct, rereadAct}, f.Act):
			return m.correct(c, tx, e, f, now)
		case f.Milestone != "":
			return m.reach(c, tx, e, f.Milestone, now)
		}
		if f.Act == drill.Start && e.Book == "" && m.Log != nil {
			title := c.T("exercise.book_title", "scenario", words(c.Ctx, e.Scenario.Title))
			if e.Book, err = m.Log.Open(c.Ctx, tx, c.Scope, e.Structure, title, c.Actor.Person); err != nil {
				return err
			}
		}
		event := drill.Event{At: now, Act: f.Act, Stimulus: f.Stimulus, Minutes: f.Minutes, Reaction: f.Reaction, Seen: f.Seen}
		if _, err := Do(c.Ctx, tx, e, event, c.Actor.Person); err != nil {
			return err
		}
		return m.said(c, tx, e, event)
	})
	if err != nil {
		return err
	}
	m.bump(e)
	switch {
	case f.Milestone != "" && !e.Ended.IsZero():
		return c.Redirect(e.address() + "/debrief#figures")
	case f.Milestone != "" && f.Act != "":
		return c.Redirect(e.address() + "/figures")
	case f.Milestone != "":
		return c.Redirect(e.address() + "/room#figures")
	case f.Stimulus != "":
		return c.Redirect(e.address() + "/room#s-" + f.Stimulus)
	}
	return c.Redirect(e.address() + "/room")
}

func (m *Module) bump(e Exercise) {
	if m.Changed != nil {
		m.Changed(Topic(e.ID))
	}
}

// reach notes a milestone that the players reached now.
func (m *Module) reach(c *web.Context, tx *store.Tx, e Exercise, milestone drill.Milestone, now time.Time) error {
	if !slices.Contains(drill.Milestones(), milestone) || e.Started.IsZero() || !e.Ended.IsZero() {
		return fault.Conflict("exercise.not_now")
	}
	if err := addMark(c.Ctx, tx, e, milestone, c.Actor.Person, now); err != nil {
		return err
	}
	return m.note(c, tx, e, Line{Text: c.T("exercise.milestone_"+string(milestone)) + ".", At: now, Links: []string{"milestone/" + string(milestone)}})
}

// note writes a line of the main courante of an exercise that has one. EXERCICE stands before the words.
func (m *Module) note(c *web.Context, tx *store.Tx, e Exercise, l Line) error {
	if m.Log == nil || e.Book == "" {
		return nil
	}
	l.Person, l.Name, l.Text = c.Actor.Person, c.Session.Name, c.T("exercise.banner")+" – "+l.Text
	return m.Log.Note(c.Ctx, tx, c.Scope, e.Book, l)
}

// said tells the main courante what the animator did. Reactions and shifts are between observers and animator.
func (m *Module) said(c *web.Context, tx *store.Tx, e Exercise, v drill.Event) error {
	l := Line{At: v.At}
	switch v.Act {
	case drill.Start, drill.Pause, drill.Resume, drill.End:
		l.Text = c.T("exercise.said_" + string(v.Act))
	case drill.Play:
		i := slices.IndexFunc(e.Scenario.Stimuli, func(s drill.Stimulus) bool { return s.ID == v.Stimulus })
		st := &e.Scenario.Stimuli[i]
		l.Stimulus, l.Text = true, channelWord(c.Ctx, st.Channel)+" – "+words(c.Ctx, st.Subject)
		if err := m.deliver(c, tx, e, st); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := m.note(c, tx, e, l); err != nil {
		return err
	}
	if v.Act == drill.End && m.Log != nil && e.Book != "" {
		return m.Log.Close(c.Ctx, tx, c.Scope, e.Book)
	}
	if v.Act == drill.Start || v.Act == drill.End {
		return m.trailed(c, tx, e, string(v.Act), nil)
	}
	return nil
}

// wall is what hangs where everybody sees it: the clock, what is public, how long things took.
func (m *Module) wall(c *web.Context) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: words(c.Ctx, v.Scenario.Title), Over: c.T("exercise.banner"), Place: at, Crumbs: m.crumbs(c, at.ID), Refresh: 20}
	return c.Page(page, wallBody(v))
}

// public are the stimuli that everybody can know of, the latest first.
func (v view) public() (all []drill.Item) {
	for _, i := range v.state.Items {
		if i.Status == drill.Played && (i.Stimulus.Channel == drill.Press || i.Stimulus.Channel == drill.Screen) {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b drill.Item) int { return b.PlayedAt.Compare(a.PlayedAt) })
	return all
}

// received are the stimuli that reached a role, the latest first.
func (v view) received(role string) (all []drill.Item) {
	for _, i := range v.state.Items {
		if i.Status == drill.Played && slices.Contains(i.Stimulus.To, role) {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b drill.Item) int { return b.PlayedAt.Compare(a.PlayedAt) })
	return all
}

// minutes is a time of the exercise as "1 h 05".
func minutes(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	h, m := int(d/time.Hour), int(d/time.Minute)%60
	if h == 0 {
		return sign + strconv.Itoa(m) + " min"
	}
	text := strconv.Itoa(m)
	return sign + strconv.Itoa(h) + " h " + strings.Repeat("0", 2-len(text)) + text
}

// seatNames lists those who hold one of some roles.
func (v view) seatNames(roles []string) string {
	var names []string
	for _, s := range v.seats {
		if s.Role != "" && slices.Contains(roles, s.Role) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}
