// Package asset keeps what a structure runs on: applications, servers, medical devices, network equipment, hosted services. It is a short list of what must be
// named when it fails, when it is seen from outside, or when nobody supports it any more; it replaces no inventory and takes from those that exist.
//
// Assets are brought from a table ([bring]) or written one by one. Each change of the list records facts of the structure, on which referentials may
// rest: "inventory.assets", "inventory.vital", "inventory.unsupported" and "inventory.unowned" (vital ones without anybody who answers for them), as numbers, and
// "inventory.updated", the day.
//
// What is no longer used is retired, not erased: a table that no longer names it proposes that, and nothing is retired without a person's word.
package asset

import (
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/sheet"
)

// Kind says what sort of thing an asset is.
type Kind string

// The kinds of asset.
const (
	Application Kind = "application"
	Server      Kind = "server"
	Workstation Kind = "workstation"
	Medical     Kind = "medical-device"
	Network     Kind = "network"
	Hosted      Kind = "hosted-service"
	Building    Kind = "building-system" // doors, cooling, alarms
	Other       Kind = "other"
)

func kinds() []Kind {
	return []Kind{Application, Server, Workstation, Medical, Network, Hosted, Building, Other}
}

// Criticality says what its loss does to care.
type Criticality string

// The criticalities, the gravest first.
const (
	Vital  Criticality = "vital"  // care stops or is in danger
	High   Criticality = "high"   // care goes on with difficulty
	Medium Criticality = "medium" // work is slowed down
	Low    Criticality = "low"
)

func criticalities() []Criticality { return []Criticality{Vital, High, Medium, Low} }

// Asset is one thing that a structure runs on.
type Asset struct {
	ID           string
	Structure    string
	Reference    string // number in the inventory it comes from, or empty
	Name         string
	Kind         Kind        // empty when nobody has said
	Criticality  Criticality // empty when nobody has said
	Service      string      // care service or trade that works with it
	Owner        string      // who answers for it
	Supplier     string
	Product      string
	Address      string // name or address on the network
	EndOfSupport string // a day as 2026-11-30, or empty
	Note         string
	CreatedAt    time.Time
	CreatedBy    string
	UpdatedAt    time.Time
	RetiredAt    time.Time // zero: in use
	Version      int64     // grows with each change
}

// identity is what makes two rows of a table speak of one thing: the reference, else the name.
func (a Asset) identity() string {
	if a.Reference != "" {
		return "ref:" + sheet.Fold(a.Reference)
	}
	return "name:" + sheet.Fold(a.Name)
}

// Unsupported tells whether its support has ended on a day.
func (a Asset) Unsupported(on time.Time) bool {
	return a.EndOfSupport != "" && a.EndOfSupport < on.Format(time.DateOnly)
}

// Longest texts, in characters.
const (
	maxText = 200
	maxNote = 2000
)

// check says what is wrong with an asset, field by field.
func (a Asset) check() error {
	var wrong []fault.Field
	if strings.TrimSpace(a.Name) == "" || sheet.Fold(a.Name) == "" {
		wrong = append(wrong, fault.Field{Name: "name", Key: "asset.name_missing"})
	}
	for name, text := range map[string]string{"name": a.Name, "reference": a.Reference, "service": a.Service, "owner": a.Owner, "supplier": a.Supplier, "product": a.Product, "address": a.Address} {
		if utf8.RuneCountInString(text) > maxText {
			wrong = append(wrong, fault.Field{Name: name, Key: "web.too_long", Args: []any{"limit", maxText}})
		}
	}
	if utf8.RuneCountInString(a.Note) > maxNote {
		wrong = append(wrong, fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", maxNote}})
	}
	if !known(a.Kind, kinds()) {
		wrong = append(wrong, fault.Field{Name: "kind", Key: "asset.choose"})
	}
	if !known(a.Criticality, criticalities()) {
		wrong = append(wrong, fault.Field{Name: "criticality", Key: "asset.choose"})
	}
	if _, err := time.Parse(time.DateOnly, a.EndOfSupport); a.EndOfSupport != "" && err != nil {
		wrong = append(wrong, fault.Field{Name: "end", Key: "web.not_day"})
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// known tells whether a value is empty or one of a list.
func known[T ~string](value T, all []T) bool {
	for _, one := range all {
		if value == one {
			return true
		}
	}
	return value == ""
}

// Options is what the module needs; all of it is required.
type Options struct {
	DB    *store.DB
	Trail *trail.Trail
	Bring *bring.Wizard
	Now   func() time.Time
}

// Module serves the pages.
type Module struct {
	db    *store.DB
	trail *trail.Trail
	bring *bring.Wizard
	now   func() time.Time
}

// New makes the module.
func New(o Options) *Module { return &Module{db: o.DB, trail: o.Trail, bring: o.Bring, now: o.Now} }

const home = "/structures/{structure}/assets"

// Routes declares every page of the module. Who may state facts keeps the list.
func (m *Module) Routes(rt *web.Router) {
	see, write := web.Needs(right.SeeProof), web.Needs(right.AddProof)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+home+"/new", write, m.blank)
	rt.Page("POST "+home, write, m.create)
	rt.Page("GET "+home+"/{asset}", see, m.show)
	rt.Page("POST "+home+"/{asset}", write, m.change)
	rt.Page("POST "+home+"/{asset}/retire", write, m.retire)
	m.bring.Routes(rt, home+"/import", write, m.target)
	rt.Nav(web.Entry{Key: "asset.nav", Path: home, Icon: "tree", Rule: see, Order: 52})
}

// address of the list of a structure.
func address(structure string) string { return "/structures/" + structure + "/assets" }
