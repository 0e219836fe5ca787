package referential

import (
	"maps"
	"slices"
	"time"
)

// Rule is one expression of the closed vocabulary. Its kinds are the types of this package whose names end in Rule; in a package file it is
// a mapping with one key, the name of the kind.
type Rule interface {
	// eval answers with its reasons.
	eval(f *frame) Reason
	// uses adds what the answer depends on.
	uses(u *Uses)
}

// Uses is what an answer depends on: a fact, document or parameter that is not named cannot change it, except by the passing of time.
type Uses struct {
	Facts      map[string]bool // keys, in which a part may be "*"; true: all observations matter, false: only the latest
	Documents  map[string]bool // kinds
	Parameters map[string]bool // codes
	Members    bool            // the members of the group, or the group of the member
	Category   bool            // the category of the structure

	// Beside tells, by the key of an observation, which keys rules want of the same observation.
	Beside map[string]map[string]bool

	ages map[Age]bool // limits of age
	past map[string]past
	days map[day]bool // days of the calendar that are written in rules
}

// past is how far back the observations of a key can alter whether an answer is met, not met or unknown.
type past struct {
	whole  bool         // all of them can
	within map[Age]bool // those not older than the greatest of these can
	newest bool         // the latest can, however old
}

// back adds that the observations of a key matter to an age; to any without one.
func (u *Uses) back(key string, age Age) {
	u.Facts[key] = true
	p := u.past[key]
	if age.IsZero() {
		p.whole = true
	} else {
		p.within = maps.Clone(p.within)
		if p.within == nil {
			p.within = map[Age]bool{}
		}
		p.within[age] = true
	}
	u.past[key] = p
}

// Since gives the first moment from which observations of a key can alter whether any of the verdicts is met, not met or unknown on the day of a moment. It
// is ok when there is one; else all observations matter, or the latest one when Facts says so. An observation that speaks of a day counts as of that day.
// Earlier observations only add to reasons, such as when it was done for the last time.
func (u Uses) Since(key string, at time.Time, zone *time.Location) (first time.Time, ok bool) {
	p := u.past[key]
	if p.whole || p.newest || len(p.within) == 0 {
		return time.Time{}, false
	}
	if zone == nil {
		zone = time.UTC
	}
	today := dayOf(at, zone)
	earliest := today
	for age := range p.within {
		earliest = min(earliest, age.since(today))
	}
	return earliest.start(zone), true
}

// age adds a limit of age.
func (u *Uses) age(a Age) {
	if !a.IsZero() {
		u.ages[a] = true
	}
}

// Fact tells whether a fact with this key may change the answer.
func (u Uses) Fact(key string) bool {
	if _, known := u.Facts[key]; known {
		return true
	}
	for declared := range u.Facts {
		if Matches(declared, key) {
			return true
		}
	}
	return false
}

// latest adds a key of which only the latest observation matters.
func (u *Uses) latest(key string) {
	u.Facts[key] = u.Facts[key] || wildKey(key)
	p := u.past[key]
	p.newest = true
	u.past[key] = p
}

// beside adds a key that a rule wants of the same observation as another.
func (u *Uses) beside(key, other string) {
	if u.Beside[key] == nil {
		u.Beside[key] = map[string]bool{}
	}
	u.Beside[key][other] = true
}

func newUses() Uses {
	return Uses{Facts: map[string]bool{}, Documents: map[string]bool{}, Parameters: map[string]bool{}, Beside: map[string]map[string]bool{}, ages: map[Age]bool{}, past: map[string]past{}, days: map[day]bool{}}
}

func (u *Uses) add(v Uses) {
	for key, history := range v.Facts {
		u.Facts[key] = u.Facts[key] || history
	}
	maps.Copy(u.Documents, v.Documents)
	maps.Copy(u.Parameters, v.Parameters)
	for key, others := range v.Beside {
		for other := range others {
			u.beside(key, other)
		}
	}
	maps.Copy(u.ages, v.ages)
	for key, p := range v.past {
		merged := past{whole: p.whole || u.past[key].whole, newest: p.newest || u.past[key].newest, within: maps.Clone(u.past[key].within)}
		if merged.within == nil {
			merged.within = map[Age]bool{}
		}
		maps.Copy(merged.within, p.within)
		u.past[key] = merged
	}
	maps.Copy(u.days, v.days)
	u.Members, u.Category = u.Members || v.Members, u.Category || v.Category
}

// Uses gives what the verdict on a requirement of the package depends on.
func (p *Package) Uses(r Requirement) Uses {
	u := newUses()
	u.Category = slices.ContainsFunc(p.Categories, func(c Category) bool { return c.Ineligible })
	for _, c := range r.Criteria {
		c.Rule.uses(&u)
	}
	return u
}
