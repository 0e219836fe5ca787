package model

import (
	"slices"
	"strings"

	"hygie/directory/sysvol"
)

// Sysvols gives what was read of SYSVOL, in the order in which it was added.
func (d *Directory) Sysvols() []*sysvol.Share { return slices.Clone(d.s.Shares) }

// Sysvol gives what was read of SYSVOL for a domain. A folder that does not tell its domain is that of the domain it is named after, else that
// of the only one.
func (d *Directory) Sysvol(domain DomainInfo) (*sysvol.Share, bool) {
	i := slices.IndexFunc(d.s.Shares, func(s *sysvol.Share) bool { return s.Domain != "" && strings.EqualFold(s.Domain, domain.DNSName) })
	if i < 0 {
		i = slices.IndexFunc(d.s.Shares, func(s *sysvol.Share) bool {
			return s.Domain == "" && s.Folder != "" && strings.EqualFold(s.Folder, domain.DNSName)
		})
	}
	if i < 0 && len(d.domains) == 1 && len(d.s.Shares) == 1 && d.s.Shares[0].Domain == "" {
		i = 0
	}
	if i < 0 {
		return nil, false
	}
	return d.s.Shares[i], true
}

// StraySysvols gives the shares that are of no domain of the directory: what they say counts for nothing.
func (d *Directory) StraySysvols() []*sysvol.Share {
	return slices.DeleteFunc(slices.Clone(d.s.Shares), func(s *sysvol.Share) bool {
		return slices.ContainsFunc(d.domains, func(domain DomainInfo) bool {
			own, ok := d.Sysvol(domain)
			return ok && own == s
		})
	})
}
