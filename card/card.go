// Package card reads and runs reflex cards: what to do in the next quarter of an hour, one question or one act at a time, by somebody who is tired
// and no expert. A card is data (docs/formats/card.md); running it is a pure function of the answers given so far.
//
// "I do not know" is a full answer everywhere: a card always ends with something to do.
package card

import (
	"slices"
	"time"

	"hygie/referential"
)

// A Kind says what a card is for.
type Kind string

// What cards are for.
const (
	Qualify  Kind = "qualify"  // is it an attack, and which
	Contain  Kind = "contain"  // stop it from spreading
	Declare  Kind = "declare"  // tell those who must know
	Preserve Kind = "preserve" // keep what proves it
	Care     Kind = "care"     // go on caring without the machines
	Recover  Kind = "recover"  // before anything is switched on again
)

// A Card is one version of one reflex card.
type Card struct {
	ID       string             `json:"id"`
	Version  string             `json:"version"`
	Kind     Kind               `json:"kind"`
	Title    referential.Text   `json:"title"`
	For      referential.Text   `json:"for"`     // who runs it
	When     referential.Text   `json:"when"`    // when to take it out
	Purpose  referential.Text   `json:"purpose"` // what is known at its end
	Minutes  int                `json:"minutes"` // how long it may take, then decide with what is known
	Needs    []referential.Text `json:"needs"`   // people, keys, papers to have at hand
	Steps    []Step             `json:"steps"`
	Outcomes []Outcome          `json:"outcomes"` // the first that fits is said; the last fits always
}

// A Step is one question or one act.
type Step struct {
	ID   string           `json:"id"`
	Act  bool             `json:"act"` // to do, not to answer
	Text referential.Text `json:"text"`
	Why  referential.Text `json:"why"`          // one sentence, or empty
	If   []Condition      `json:"if,omitempty"` // asked only when all hold
}

// An Answer is what a person says of a step. For an act, Yes is done and No is not possible.
type Answer string

// The three answers, equally wide on every screen.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Answers are all that there are.
var answers = []Answer{Yes, No, Unknown}

// Valid says whether a is one of the three.
func (a Answer) Valid() bool { return slices.Contains(answers, a) }

// A Condition holds when an earlier step was answered with one of the answers.
type Condition struct {
	Step    string   `json:"step"`
	Answers []Answer `json:"answers"`
}

// An Outcome is the sentence to read aloud at the end, and the cards to take out next.
type Outcome struct {
	If   []Condition      `json:"if,omitempty"` // fits when all hold
	Say  referential.Text `json:"say"`
	Next []string         `json:"next,omitempty"` // identifiers of cards
}

// Given are the answers so far, by step.
type Given map[string]Answer

func (g Given) hold(conditions []Condition) bool {
	for _, c := range conditions {
		if !slices.Contains(c.Answers, g[c.Step]) {
			return false
		}
	}
	return true
}

// Path returns the steps that the answers so far lead through: all those answered and the next one, if there is one.
func (c *Card) Path(given Given) []*Step {
	var path []*Step
	for i := range c.Steps {
		s := &c.Steps[i]
		if !given.hold(s.If) {
			continue
		}
		path = append(path, s)
		if !given[s.ID].Valid() {
			break
		}
	}
	return path
}

// Next returns the step to ask now, or nil at the end.
func (c *Card) Next(given Given) *Step {
	path := c.Path(given)
	if len(path) == 0 || given[path[len(path)-1].ID].Valid() {
		return nil
	}
	return path[len(path)-1]
}

// Conclude returns the outcome that fits the answers, also before the end: time may be up.
func (c *Card) Conclude(given Given) Outcome {
	reached := Given{}
	for _, s := range c.Path(given) { // an answer to a step that is no longer on the way says nothing
		if a := given[s.ID]; a.Valid() {
			reached[s.ID] = a
		}
	}
	for _, o := range c.Outcomes {
		if reached.hold(o.If) {
			return o
		}
	}
	return Outcome{}
}

// Left is how long is left of a run that began at started; negative when its time is up.
func (c *Card) Left(started, now time.Time) time.Duration {
	return time.Duration(c.Minutes)*time.Minute - now.Sub(started)
}
