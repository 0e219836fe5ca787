package overview

import (
	"hygie/internal/replay"
	"hygie/internal/territory"
	"hygie/referential"
)

// packageThen is the page of a package at the moment of another page.
func packageThen(when replay.Moment, s territory.Structure, p *referential.Package) string {
	return when.On(packageHref(s, p))
}
