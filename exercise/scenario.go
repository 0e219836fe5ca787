// Package exercise holds crisis exercises as data and plays them. A [Scenario] tells what happens, to whom, by which way and what is expected of the
// players; [Scenario.At] gives it at one of three levels; [Replay] tells where a game stands from what its animator did. Nothing here reads a clock,
// sends a message or keeps anything: a game can be replayed, and a whole exercise is played in a test in no time.
package exercise

import (
	"slices"

	"hygie/referential"
)

// A Level is how hard an exercise is.
type Level int

// The three levels of the national kits.
const (
	Beginner     Level = 1
	Intermediate Level = 2
	Confirmed    Level = 3
)

// A Setting is the kind of establishment that a scenario happens in.
type Setting string

// Where scenarios happen.
const (
	Hospital    Setting = "hospital"
	NursingHome Setting = "nursing_home"
)

// A Channel is the way by which a stimulus reaches the players.
type Channel string

// How players learn of things.
const (
	Phone   Channel = "phone"   // the animator calls and reads the script
	Mail    Channel = "mail"    //
	Press   Channel = "press"   // an article, a post, a question of a journalist
	Visit   Channel = "visit"   // somebody comes in and says it
	Screen  Channel = "screen"  // what a computer shows
	Message Channel = "message" // a short message on a telephone
)

// Channels are all that there are.
var channels = []Channel{Phone, Mail, Press, Visit, Screen, Message}

// A Scenario is one version of one story, at all its levels.
type Scenario struct {
	ID         string             `json:"id"`
	Version    string             `json:"version"`
	Setting    Setting            `json:"setting"`
	Title      referential.Text   `json:"title"`
	Summary    referential.Text   `json:"summary"` // what happened, for the animator alone
	Durations  map[Level]int      `json:"minutes"` // from the beginning to the end, by level
	Care       bool               `json:"care"`    // continuity of care is played, not computers alone
	Roles      []Role             `json:"roles"`
	Objectives []Objective        `json:"objectives"`
	Stimuli    []Stimulus         `json:"stimuli"`
	Briefing   []referential.Text `json:"briefing"` // to read to the players before
	Debriefing []referential.Text `json:"debriefing"`
}

// A Role is a seat of the exercise.
type Role struct {
	ID         string           `json:"id"`
	Name       referential.Text `json:"name"`
	Brief      referential.Text `json:"brief"`
	Management bool             `json:"management,omitempty"` // a seat of the management, whose presence makes the exercise count
	From       Level            `json:"from"`                 // the lowest level that has this seat
}

// An Objective is what the exercise trains, and what observers look for.
type Objective struct {
	ID      string             `json:"id"`
	Text    referential.Text   `json:"text"`
	Observe []referential.Text `json:"observe"` // each: done, partly, not seen
}

// A Stimulus is one thing that happens.
type Stimulus struct {
	ID        string             `json:"id"`
	Minute    int                `json:"minute"` // since the beginning, pauses not counted
	From      referential.Text   `json:"from"`   // who speaks: an invented person, by function
	To        []string           `json:"to"`     // roles
	Channel   Channel            `json:"channel"`
	Subject   referential.Text   `json:"subject"`
	Text      referential.Text   `json:"text"`   // the script, the mail, the article
	Expect    []referential.Text `json:"expect"` // reactions to tick
	Level     Level              `json:"level"`  // the lowest level it is played at
	Objective string             `json:"objective,omitempty"`
	If        *Trigger           `json:"if,omitempty"` // played only if
}

// A Trigger makes a stimulus depend on how the players took another.
type Trigger struct {
	Stimulus string `json:"stimulus"`
	Reacted  bool   `json:"reacted"` // they did all that was expected; or they did not
}

// At gives the scenario as it is played at a level: its stimuli, the seats it has, and a stimulus sent to a seat that is absent goes to the first seat.
func (s *Scenario) At(level Level) *Scenario {
	out := *s
	out.Roles = slices.DeleteFunc(slices.Clone(s.Roles), func(r Role) bool { return r.From > level })
	seated := map[string]bool{}
	for _, r := range out.Roles {
		seated[r.ID] = true
	}
	played := map[string]bool{}
	out.Stimuli = nil
	for _, st := range s.Stimuli {
		if st.Level > level || st.If != nil && !played[st.If.Stimulus] {
			continue
		}
		played[st.ID] = true
		to := slices.DeleteFunc(slices.Clone(st.To), func(id string) bool { return !seated[id] })
		if len(to) == 0 {
			to = []string{out.Roles[0].ID}
		}
		st.To = to
		out.Stimuli = append(out.Stimuli, st)
	}
	out.Durations = map[Level]int{level: s.Durations[level]}
	return &out
}

// Minutes is how long the scenario lasts at a level.
func (s *Scenario) Minutes(level Level) int { return s.Durations[level] }
