package referential

import (
	"maps"
	"slices"
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
	days map[day]bool // days of the calendar that are written in rules
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
func (u *Uses) latest(key string) { u.Facts[key] = u.Facts[key] || wildKey(key) }

// beside adds a key that a rule wants of the same observation as another.
func (u *Uses) beside(key, other string) {
	if u.Beside[key] == nil {
		u.Beside[key] = map[string]bool{}
	}
	u.Beside[key][other] = true
}

func newUses() Uses {
	return Uses{Facts: map[string]bool{}, Documents: map[string]bool{}, Parameters: map[string]bool{}, Beside: map[string]map[string]bool{}, ages: map[Age]bool{}, days: map[day]bool{}}
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
