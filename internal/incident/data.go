package incident

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed data/clocks.toml
var clocksFile string

//go:embed data/contacts.toml
var contactsFile string

//go:embed data/declarations.toml
var declarationsFile string

//go:embed data/history.toml
var historyFile string

// ClockRule is a legal delay, as data/clocks.toml has it.
type ClockRule struct {
	ID     string `toml:"id"`
	From   string `toml:"from"`   // "noticed", or the id of another clock: when that one was done, else when it is due
	Hours  int    `toml:"hours"`  // 0 with no months: without delay
	Months int    `toml:"months"` // calendar months
	Only   string `toml:"only"`   // condition: personal_data, high_risk, malicious, nis2; empty: always
	Source string `toml:"source"`
	Mark   string `toml:"mark"`
}

// contact is who to call.
type contact struct {
	ID        string   `toml:"id"`
	Name      string   `toml:"name"`       // proper name; without, messages have it
	For       string   `toml:"for"`        // key of the message that says whom it serves; the id when empty
	Families  []Family `toml:"families"`   // that it serves; none: all
	First     []Family `toml:"first"`      // that call it first
	Regions   []string `toml:"regions"`    // INSEE codes; none: everywhere
	InsteadOf string   `toml:"instead_of"` // the contact whose place it takes in its regions
	Only      string   `toml:"only"`       // condition, as of a clock
	Fill      bool     `toml:"fill"`       // each region writes its own number
	Phone     string   `toml:"phone"`
	Hours     string   `toml:"hours"`
	Web       string   `toml:"web"`
	Source    string   `toml:"source"`
	Mark      string   `toml:"mark"` // sourced, unsure; own: written by the region

	Purpose string    `toml:"-"` // of a contact of the region, in its words
	At      time.Time `toml:"-"` // when the region last checked it
}

// form is what a declaration asks.
type form struct {
	ID     string   `toml:"id"`
	Clocks []string `toml:"clocks"`
	Letter bool     `toml:"letter"` // written to people, not to an authority
	Source string   `toml:"source"`
	Mark   string   `toml:"mark"`
	Fields []string `toml:"fields"`
}

// series is a published series of figures.
type series struct {
	ID     string `toml:"id"`
	Scope  string `toml:"scope"`
	Unit   string `toml:"unit"` // "%" of the declarations of the year; empty: a number
	Source string `toml:"source"`
	Mark   string `toml:"mark"`
	Points []struct {
		Year  int    `toml:"year"`
		Count int64  `toml:"count"`
		Note  string `toml:"note"`
	} `toml:"points"`
}

type data struct {
	Clocks       []ClockRule
	Contacts     []contact
	Declarations []form
	Series       []series
}

func load() (d data, err error) {
	var file struct {
		Clock       []ClockRule
		Contact     []contact
		Declaration []form
		Series      []series
	}
	for name, text := range map[string]string{"clocks": clocksFile, "contacts": contactsFile, "declarations": declarationsFile, "history": historyFile} {
		meta, err := toml.Decode(text, &file)
		if err != nil {
			return d, fmt.Errorf("read data/%s.toml: %w", name, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return d, fmt.Errorf("read data/%s.toml: unknown %s", name, unknown[0])
		}
	}
	return data{file.Clock, file.Contact, file.Declaration, file.Series}, nil
}

func (d data) declaration(id string) (form, bool) {
	i := slices.IndexFunc(d.Declarations, func(f form) bool { return f.ID == id })
	if i < 0 {
		return form{}, false
	}
	return d.Declarations[i], true
}

// Clock is a legal delay of one incident.
type Clock struct {
	ClockRule
	Start time.Time
	Due   time.Time // zero: without delay
	State ClockState
	Done  Done
	Left  time.Duration // until Due, negative afterwards; since Start for what is to be made without delay
}

// ClockState is how a clock stands.
type ClockState string

// The states of a clock.
const (
	Open     ClockState = "open"    // to be made, time is left
	Now      ClockState = "now"     // to be made without delay
	Overdue  ClockState = "overdue" // time is over
	Made     ClockState = "made"    // made in time, or no delay was set
	MadeLate ClockState = "late"    // made after the end
	NotDue   ClockState = "not_due" // decided: not to be made
	Maybe    ClockState = "maybe"   // nobody has said whether it is to be made; the time runs meanwhile
	MaybeOff ClockState = "off"     // what is known says that it is not to be made
)

// Clocks says how each legal delay stands at a moment. A delay in hours is time that passes: 72 h are 72 h through a night when clocks change. Months
// are those of the calendar, in the zone of the structure.
func Clocks(rules []ClockRule, i Incident, conditions map[string]string, done map[string]Done, now time.Time, zone *time.Location) []Clock {
	all := make([]Clock, 0, len(rules))
	byID := map[string]Clock{}
	for _, r := range rules {
		c := Clock{ClockRule: r, Start: i.Noticed, Done: done[r.ID]}
		if before, ok := byID[r.From]; ok {
			c.Start = before.Due
			if before.Done.Clock != "" && !before.Done.NotDue {
				c.Start = before.Done.At
			}
		}
		switch {
		case r.Months > 0:
			c.Due = addMonths(c.Start.In(zone), r.Months).UTC()
		case r.Hours > 0:
			c.Due = c.Start.Add(time.Duration(r.Hours) * time.Hour)
		}
		c.State = c.stateAt(conditions, now)
		c.Left = now.Sub(c.Start)
		if !c.Due.IsZero() {
			c.Left = c.Due.Sub(now)
		}
		byID[r.ID] = c
		all = append(all, c)
	}
	return all
}

func (c Clock) stateAt(conditions map[string]string, now time.Time) ClockState {
	made := c.Done.Clock != ""
	switch {
	case made && c.Done.NotDue:
		return NotDue
	case made && !c.Due.IsZero() && c.Done.At.After(c.Due):
		return MadeLate
	case made:
		return Made
	case c.Only != "" && conditions[c.Only] == "no":
		return MaybeOff
	case c.Due.IsZero() && c.Only != "" && conditions[c.Only] == "":
		return Maybe
	case c.Due.IsZero():
		return Now
	case now.After(c.Due):
		return Overdue
	case c.Only != "" && conditions[c.Only] == "":
		return Maybe
	}
	return Open
}

// addMonths adds calendar months; the day that a shorter month does not have is its last.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}
