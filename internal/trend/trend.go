// Package trend shows how the directory of a structure fared over time: the level that our own audits gave, and beside it the scores that PingCastle gave,
// before and since.
//
// Scores are brought, never made: from PingCastle's XML reports, one or a zip of them, or from a table of scores over time. Each is a fact on the day
// of its report, with the source "pingcastle/DOMAIN": "pingcastle.score", and when the report says them "pingcastle.stale", "pingcastle.privileged",
// "pingcastle.trusts", "pingcastle.anomalies" and "pingcastle.maturity". They are measured in another way than our level, and no level follows from
// them. A score that turns out to be another is corrected by a new fact.
package trend

import (
	"context"
	"slices"
	"strings"
	"time"

	"hygie/internal/bring"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB    *store.DB
	Bring *bring.Wizard
	Now   func() time.Time
}

// Module serves the pages.
type Module struct {
	db    *store.DB
	bring *bring.Wizard
	now   func() time.Time
}

// New makes the module.
func New(o Options) *Module { return &Module{db: o.DB, bring: o.Bring, now: o.Now} }

const home = "/structures/{structure}/directory/scores"

// Routes declares every page of the module. A score tells of weaknesses as an audit does.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+home, web.Needs(right.SeeAudit), m.show)
	m.bring.Routes(rt, home+"/import", web.Needs(right.RunAudit), m.target)
}

// address of the scores of a structure.
func address(structure string) string { return "/structures/" + structure + "/directory/scores" }

// levelKey is the fact that holds the level our own audits gave.
const levelKey = "directory.level"

// parts are the keys of scores, without their prefix: the whole first.
func parts() []string {
	return []string{"score", "stale", "privileged", "trusts", "anomalies", "maturity"}
}

const (
	factPrefix   = "pingcastle."
	sourcePrefix = "pingcastle/"
)

// measure is what one report says of one domain on one day.
type measure struct {
	Domain string
	Day    string // 2026-11-30, in the zone of the reader
	At     time.Time
	Facts  map[string]proof.Fact // by part
}

// key tells measures apart.
func (m measure) key() string { return m.Domain + "@" + m.Day }

// measures reads the scores of a structure in scope, the oldest first, without those that were corrected.
func measures(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, zone *time.Location) ([]measure, error) {
	var keys []string
	for _, part := range parts() {
		keys = append(keys, factPrefix+part)
	}
	facts, err := standing(ctx, tx, scope, structure, keys...)
	if err != nil {
		return nil, err
	}
	byKey := map[string]*measure{}
	for _, f := range facts {
		one := measure{Domain: strings.TrimPrefix(f.Source, sourcePrefix), Day: f.ObservedAt.In(zone).Format(time.DateOnly), At: f.ObservedAt}
		known := byKey[one.key()]
		if known == nil {
			one.Facts = map[string]proof.Fact{}
			known = &one
			byKey[one.key()] = known
		}
		known.Facts[strings.TrimPrefix(f.Key, factPrefix)] = f
	}
	var all []measure
	for _, one := range byKey {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b measure) int {
		return strings.Compare(a.Day+"\x00"+a.Domain, b.Day+"\x00"+b.Domain)
	})
	return all, nil
}

// standing reads facts that nothing corrects, the oldest first.
func standing(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, keys ...string) ([]proof.Fact, error) {
	all, err := proof.History(ctx, tx, scope, structure, keys...)
	if err != nil {
		return nil, err
	}
	corrected := map[string]bool{}
	for _, f := range all {
		corrected[f.Corrects] = true
	}
	all = slices.DeleteFunc(all, func(f proof.Fact) bool { return corrected[f.ID] })
	slices.SortStableFunc(all, func(a, b proof.Fact) int { return a.ObservedAt.Compare(b.ObservedAt) })
	return all, nil
}
