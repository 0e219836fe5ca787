package referential

import "time"

type frame struct{}

// Evaluate judges a structure at a moment. It is pure: the same world and moment give the same assessment, whatever the order of the
// facts, and what was observed or deposited later is not looked at.
func (p *Package) Evaluate(w World, at time.Time) Assessment {
	return Assessment{Package: p.ID, Version: p.Version, Structure: w.Subject.Structure, At: at}
}
