// Package campaign lets an agency take many establishments through one crisis exercise, and shows how far a territory is.
//
// # A campaign
//
// An agency chooses a storyline that comes with hygie, a time, and whom it invites. Each establishment sees its invitation, accepts with a day and a level, or declines with
// a reason; accepting prepares an exercise of its own, which it holds as any other. The agency sees who answered and where the exercises stand, never what is written in them.
//
// # Coverage
//
// The share of establishments that held an exercise that counts in a year is counted from facts ("exercise.held" and what stands beside it), however the exercise came about, and
// compared with targets by year, for all and for operators of essential services. Who is such an operator is noted by the agency and shown to nobody else.
//
// # Satisfaction
//
// Answers of players are anonymous. A campaign shows their mean for the whole of its ended exercises, from five answers of two establishments on, and never for one establishment.
package campaign

import (
	"context"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
	"hygie/referential"
)

// A Story is a storyline that establishments can play.
type Story struct {
	ID    string
	Title referential.Text
}

// A Wish is how an establishment wants to play.
type Wish struct {
	Structure, Story string
	Level            int // 1, 2, 3
	Day              time.Time
	Person           string
}

// A Drill is where the exercise of an establishment stands.
type Drill struct {
	Held    bool // it went to its end
	Counted bool // it counts for the programme
	Answers int64
	Sum     int64 // of what they say, 1 to 5
}

// Drills are the exercises of establishments.
type Drills interface {
	// Stories are what can be played.
	Stories() []Story
	// Plan prepares an exercise for an establishment in scope and gives its id.
	Plan(ctx context.Context, tx *store.Tx, scope territory.Scope, w Wish) (string, error)
	// Stand tells where exercises in scope stand.
	Stand(ctx context.Context, tx *store.Tx, scope territory.Scope, ids []string) (map[string]Drill, error)
}

// Options is what the module needs.
type Options struct {
	DB     *store.DB
	Trail  *trail.Trail
	Drills Drills
	Now    func() time.Time
}

// Module serves the pages.
type Module struct{ Options }

// New makes the module.
func New(o Options) *Module { return &Module{o} }

// A Campaign is one storyline for many.
type Campaign struct {
	ID, Structure, Title, Story, Note string
	Opens, Closes                     time.Time
	By                                string
}

// A State is what an establishment answered.
type State string

// What establishments answer.
const (
	Invited  State = "invited"
	Accepted State = "accepted"
	Declined State = "declined"
)

// An Invitation is that of one establishment.
type Invitation struct {
	Campaign, Structure, Name string
	State                     State
	Answered                  time.Time
	Reason, Exercise          string
}

// An Audience is whom a campaign invites, or a target is about.
type Audience string

// Whom campaigns invite.
const (
	All       Audience = "all"
	Missing   Audience = "missing"   // those without an exercise that counts this year
	Essential Audience = "essential" // operators of essential services
)

const (
	home        = "/structures/{structure}/exercise-campaigns"
	invitations = "/structures/{structure}/exercise-invitations"
)

// Routes declares the pages: those of agencies, and the invitations of establishments.
func (m *Module) Routes(rt *web.Router) {
	lead, see, act := web.Needs(right.LeadCampaign), web.Needs(right.SeeActions), web.Needs(right.EditActions)
	rt.Page("GET "+home, lead, m.coverage)
	rt.Page("POST "+home, lead, m.launch)
	rt.Page("POST "+home+"/targets", lead, m.aim)
	rt.Page("GET "+home+"/essential", lead, m.essential)
	rt.Page("POST "+home+"/essential", lead, m.note)
	rt.Page("GET "+home+"/{campaign}", lead, m.campaign)
	rt.Page("GET "+invitations, see, m.invited)
	rt.Page("POST "+invitations+"/{campaign}", act, m.answer)
	rt.Nav(web.Entry{Key: "campaign.nav", Path: home, Icon: "bolt", Rule: lead, Order: 15}, web.Entry{Key: "campaign.nav_invitations", Path: invitations, Icon: "bolt", Rule: see, Order: 15})
}

func address(structure string) string { return "/structures/" + structure + "/exercise-campaigns" }

func invitationAddress(structure string) string {
	return "/structures/" + structure + "/exercise-invitations"
}

func (m *Module) trailed(c *web.Context, tx *store.Tx, structure, subject, name string, data map[string]any) error {
	return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "campaign." + name, Structure: structure, Subject: subject, Data: trail.Data(data)})
}
