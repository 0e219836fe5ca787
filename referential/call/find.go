package call

import "slices"

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// find gives the element with a code.
func find[T any](list []T, code string, of func(T) string) (T, bool) {
	i := slices.IndexFunc(list, func(t T) bool { return of(t) == code })
	if i < 0 {
		var none T
		return none, false
	}
	return list[i], true
}

// Phase finds a phase by its code.
func (c *Call) Phase(code string) (Phase, bool) {
	return find(c.Phases, code, func(p Phase) string { return p.Code })
}

// PhaseOf finds the first phase of a kind.
func (c *Call) PhaseOf(kind PhaseKind) (Phase, bool) {
	return find(c.Phases, string(kind), func(p Phase) string { return string(p.Kind) })
}

// Category finds a category by its code.
func (c *Call) Category(code string) (Category, bool) {
	return find(c.Categories, code, func(k Category) string { return k.Code })
}

// Field finds a field by its code.
func (c *Call) Field(code string) (Field, bool) {
	return find(c.Fields, code, func(f Field) string { return f.Code })
}

// Requirement finds a requirement by its id in the call.
func (c *Call) Requirement(id string) (Requirement, bool) {
	return find(c.Requirements, id, func(r Requirement) string { return r.ID })
}

// Instalment finds an instalment by its code.
func (c *Call) Instalment(code string) (Instalment, bool) {
	return find(c.Instalments, code, func(i Instalment) string { return i.Code })
}

// ReasonsFor gives the ready-made reasons of an act: those of the requirement first, then those for all. An empty requirement gives all of the act.
func (c *Call) ReasonsFor(act Act, requirement string) []Reason {
	var own, general []Reason
	for _, r := range c.Reasons {
		switch {
		case r.Act != act:
		case requirement != "" && contains(r.Requirements, requirement):
			own = append(own, r)
		case requirement == "" || len(r.Requirements) == 0:
			general = append(general, r)
		}
	}
	return append(own, general...)
}

// Region tells whether the call is open to a region, by its INSEE code.
func (c *Call) Region(code string) bool { return len(c.Regions) == 0 || contains(c.Regions, code) }
