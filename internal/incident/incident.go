// Package incident is the night of the attack: an incident is opened in under a minute from a telephone, and everything that follows stands in one place.
//
// Three moments are kept apart: when it occurred, when it was noticed, when it was qualified. The legal clocks ([Clocks]) run from when it was noticed, which
// is when the structure became aware, and are data with their source. What happens is a line of the main courante (package logbook); forms that change a
// state (a care service, a decision, who is there) note it there too, so that nothing has to be said twice. Declarations ([Drafts]) are filled from all
// of that, and say in order what is missing.
//
// No patient data has a place here: services have a name and a state, nothing else.
//
// An incident belongs to its structure. Regional support sees it while the structure shares it ([right.HelpIncident]), and can write in its main courante.
// The observatory counts all incidents of a scope, without their contents.
package incident

import (
	"fmt"
	"slices"
	"time"

	"hygie/internal/blob"
	"hygie/internal/logbook"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Kind says what sort of incident it is.
type Kind string

// Kinds lists the kinds of incident, the most frequent harm first. Unqualified is "".
func Kinds() []Kind {
	return []Kind{"ransomware", "intrusion", "account", "phishing", "malware", "leak", "denial", "provider", "loss", "failure", "other"}
}

// Malicious tells what a kind says of intent: "yes", "no", or "" when it does not say.
func (k Kind) Malicious() string {
	switch k {
	case "ransomware", "intrusion", "account", "phishing", "malware", "denial":
		return "yes"
	case "failure":
		return "no"
	}
	return ""
}

// Care is what an incident does to care.
type Care string

// The effects on care; the empty one is not known yet.
const (
	CareNone     Care = "none"
	CareDegraded Care = "degraded"
	CareStopped  Care = "stopped"
)

func cares() []Care { return []Care{CareStopped, CareDegraded, CareNone} }

// ServiceState is how a care service works.
type ServiceState string

// The states of a care service.
const (
	Running  ServiceState = "running"
	Degraded ServiceState = "degraded"
	Stopped  ServiceState = "stopped"
)

func serviceStates() []ServiceState { return []ServiceState{Running, Degraded, Stopped} }

// Incident is one incident of a structure.
type Incident struct {
	ID, Structure, Book, Title string
	OpenedAt                   time.Time
	OpenedBy                   string
	Occurred                   time.Time // zero: not known
	Noticed                    time.Time
	Qualified                  time.Time // zero: not yet
	Kind                       Kind
	Malicious                  string // yes, no, or empty
	Care                       Care
	Closed                     time.Time
	Cause                      string
	Version                    int64
}

// Service is a care service in an incident.
type Service struct {
	ID, Name string
	State    ServiceState
	Since    time.Time
	Note     string
}

// Decision is something to decide, or decided.
type Decision struct {
	ID, Text string
	Asked    time.Time
	Decided  time.Time // zero: open
	Outcome  string
}

// Shift is somebody's presence.
type Shift struct {
	ID, Name, Post, Reach string
	From, Until           time.Time // Until zero: still there, or still to come when From is later
	Planned               time.Time // end that was planned; zero: none
}

// Done is what was decided about a declaration.
type Done struct {
	Clock     string
	At        time.Time
	Reference string
	NotDue    bool // it was decided that it is not to be made
	By        string
}

// Share is what a structure allows those who help it to see.
type Share struct {
	At, Revoked time.Time
	By          string
}

// Active tells whether helpers may see now.
func (s Share) Active() bool { return !s.At.IsZero() && s.Revoked.IsZero() }

// Options is what the module needs; Vault may be nil in tests without files.
type Options struct {
	DB     *store.DB
	Books  *logbook.Books
	Trail  *trail.Trail
	Vault  *blob.Vault
	Now    func() time.Time
	Script string // address of the script of main courantes
	// Delays gives other hours or months to the clocks of data/clocks.toml, by their id; nil keeps all.
	Delays map[string]Delay
}

// Delay is how long a clock runs: hours, or months of the calendar.
type Delay struct{ Hours, Months int }

// Module serves the pages.
type Module struct {
	o    Options
	data data
}

// New makes the module. An error is for data files of the program that cannot be read.
func New(o Options) (*Module, error) {
	d, err := load()
	if err != nil {
		return nil, err
	}
	for id, delay := range o.Delays {
		i := slices.IndexFunc(d.Clocks, func(c ClockRule) bool { return c.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("set the delay of %s: no such clock", id)
		}
		d.Clocks[i].Hours, d.Clocks[i].Months = delay.Hours, delay.Months
	}
	return &Module{o: o, data: d}, nil
}

const (
	home = "/structures/{structure}/incidents"
	one  = home + "/{incident}"
)

// address of the incidents of a structure.
func address(structure string) string { return "/structures/" + structure + "/incidents" }

// at is the address of an incident.
func (i Incident) at() string { return address(i.Structure) + "/" + i.ID }

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	see, write, lead, help := web.Needs(right.SeeIncident), web.Needs(right.WriteIncident), web.Needs(right.LeadIncident), web.Needs(right.HelpIncident)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+home+"/new", write, m.blank)
	rt.Page("POST "+home, write, m.open)
	rt.Page("GET "+one, see, m.show)
	rt.Page("POST "+one+"/qualify", write, m.qualify)
	rt.Page("POST "+one+"/services", write, m.service)
	rt.Page("POST "+one+"/decisions", write, m.ask)
	rt.Page("POST "+one+"/decisions/{decision}", write, m.decide)
	rt.Page("POST "+one+"/shifts", write, m.arrive)
	rt.Page("POST "+one+"/shifts/{shift}/end", write, m.leave)
	rt.Page("GET "+one+"/handover/{format}", see, m.handover)
	rt.Page("GET "+one+"/situation/{format}", see, m.situation)
	rt.Page("POST "+one+"/situation", write, m.issue)
	rt.Page("GET "+one+"/declarations/{declaration}", see, m.draft)
	rt.Page("POST "+one+"/declarations/{declaration}", write, m.answer)
	rt.Page("GET "+one+"/declarations/{declaration}/print/{format}", see, m.printDraft)
	rt.Page("POST "+one+"/clocks/{clock}", lead, m.declared)
	rt.Page("GET "+one+"/close", lead, m.askClose)
	rt.Page("POST "+one+"/close", lead, m.close)
	rt.Page("POST "+one+"/share", lead, m.share)
	rt.Page("POST "+one+"/share/revoke", lead, m.revoke)
	pages := logbook.Pages{Books: m.o.Books, Script: m.o.Script}
	pages.Routes(rt, one+"/log", see, write, m.target)
	rt.Page("GET /incidents/shared", help, m.sharedList)
	rt.Page("GET "+one+"/shared", help, m.sharedShow)
	rt.Page("POST "+one+"/shared", help, m.sharedNote)
	rt.Page("GET /observatory", web.Needs(right.SeePosture), m.observatory)
	numberRoutes(rt, m)
	rt.Nav(web.Entry{Key: "incident.nav", Path: home, Icon: "triangle", Rule: see, Order: 55},
		web.Entry{Key: "incident.shared_nav", Path: "/incidents/shared", Icon: "triangle", Rule: help, Order: 55},
		web.Entry{Key: "incident.observatory_nav", Path: "/observatory", Icon: "gauge", Rule: web.Needs(right.SeePosture), Order: 90})
}
