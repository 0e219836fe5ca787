package incident

import (
	"context"
	"fmt"
	"slices"

	"hygie/internal/finess"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

// Family is the kind of structure as far as it decides whom to call and how figures are read.
type Family string

// Families lists them; "" is not known.
func Families() []Family {
	return []Family{"hospital", "clinic", "nursing", "social", "lab", "practice", "pharmacy", "other"}
}

// MessageKey is the key of the family's name.
func (f Family) MessageKey() string { return "incident.family." + or(string(f), "unknown") }

// familyOf reads the family off the category of an establishment (nomenclature of FINESS, TRE-R66).
func familyOf(category string) Family {
	c, known := finess.CategoryOf(category)
	if !known {
		return ""
	}
	switch category {
	case "109", "128", "129", "365": // the categories of care that are private
		return "clinic"
	case "500", "501", "502":
		return "nursing"
	case "610", "611", "612":
		return "lab"
	case "620", "627", "628", "629", "641":
		return "pharmacy"
	case "124", "130", "439", "603", "604", "617", "618", "619":
		return "practice"
	}
	switch c.Sector {
	case finess.Health:
		return "hospital"
	case finess.Social:
		return "social"
	}
	return "other"
}

// families of a structure in scope: its own, or those of the establishments below it. None for a group and above, which is many things, and for what has no
// category.
func families(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure) ([]Family, error) {
	if s.Kind != territory.Entity && s.Kind != territory.Establishment {
		return nil, nil
	}
	var w store.Where
	w.And("s.lft >= ?", s.Interval.Left)
	w.And("s.rgt <= ?", s.Interval.Right)
	w.And("s.category <> ''")
	scope.Within(&w, "s.id")
	categories, err := store.All(ctx, tx, store.Column[string], `select distinct s.category from structure s`+w.SQL()+` order by s.category`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read what %s is made of: %w", s.ID, err)
	}
	var all []Family
	for _, c := range categories {
		if f := familyOf(c); f != "" && !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all, nil
}

// regionOf is the INSEE code of the region of a structure: of the region above it in the tree, else of its department; empty when neither is known.
func regionOf(ctx context.Context, tx *store.Tx, s territory.Structure) (string, error) {
	codes, err := store.All(ctx, tx, store.Column[string], `select r.code from structure r where r.kind = 'region' and r.lft <= $1 and r.rgt >= $2`, s.Interval.Left, s.Interval.Right)
	if err != nil {
		return "", fmt.Errorf("find the region of %s: %w", s.ID, err)
	}
	if len(codes) > 0 && codes[0] != "" {
		return codes[0], nil
	}
	if r, ok := official.RegionOf(s.Department); ok {
		return r.Code, nil
	}
	return "", nil
}

// calls are the contacts of a structure: whom it calls first, and who else may help.
type calls struct{ First, Also, Others []contact }

// callsFor chooses contacts by kind of structure, region, what the region wrote itself and what is known of the incident. What is not known leaves a contact in; nobody is left out for
// good: the others follow.
func (d data) callsFor(of []Family, region string, conditions map[string]string, own []Number) (c calls) {
	all, served := d.withOwn(region, own)
	for _, k := range all {
		fits := len(k.Families) == 0 || len(of) == 0 || slices.ContainsFunc(of, func(f Family) bool { return slices.Contains(k.Families, f) })
		switch {
		case len(k.Regions) > 0 && !slices.Contains(k.Regions, region), served[k.ID]:
			continue // of another region
		case !fits || k.Only != "" && conditions[k.Only] == "no":
			c.Others = append(c.Others, k)
		case slices.ContainsFunc(of, func(f Family) bool { return slices.Contains(k.First, f) }) || len(of) == 0 && len(k.First) > 0:
			c.First = append(c.First, k)
		default:
			c.Also = append(c.Also, k)
		}
	}
	return c
}
