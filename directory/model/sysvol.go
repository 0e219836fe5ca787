package model

import (
	"slices"
	"strings"

	"hygie/directory/sysvol"
)

// Sysvols gives what was read of SYSVOL, in the order in which it was added.
func (d *Directory) Sysvols() []*sysvol.Share { return slices.Clone(d.s.Shares) }

// Sysvol gives what was read of SYSVOL for a domain. A folder that does not tell its domain is that of the only one.
func (d *Directory) Sysvol(domain DomainInfo) (*sysvol.Share, bool) {
	for _, s := range d.s.Shares {
		if s.Domain != "" && strings.EqualFold(s.Domain, domain.DNSName) {
			return s, true
		}
	}
	if len(d.domains) == 1 && len(d.s.Shares) == 1 && d.s.Shares[0].Domain == "" {
		return d.s.Shares[0], true
	}
	return nil, false
}
