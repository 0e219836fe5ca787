package cli

import (
	"runtime/debug"

	"hygie/exposure"
)

// spare keeps the memory of an audit small, as [exposure.Spare] has it. What is set by GOGC and GOMEMLIMIT stands. The limit is a soft one: an audit that
// meets more than was declared goes on beyond it, with a collector that works more.
func spare(s *Streams, c exposure.Config) {
	limit, collecting := exposure.Spare(items(c))
	if s.Env("GOGC") == "" {
		debug.SetGCPercent(collecting)
	}
	if s.Env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}

// items counts the addresses and names that an audit starts from. Ranges of IPv6 are not looked through, and count as one.
func items(c exposure.Config) int {
	n := len(c.Perimeter.Domains) + len(c.Perimeter.Hosts)
	for _, r := range c.Perimeter.Ranges {
		if r.Addr().Is4() {
			n += 1 << (32 - r.Bits())
		} else {
			n++
		}
	}
	for _, i := range c.Imports {
		n += len(i.Names)
	}
	return n
}
