package model

import (
	"slices"
	"strings"

	"hygie/directory/model/distname"
	"hygie/directory/model/internal/store"
)

// findDomains gathers what partitions, root objects and cross-references tell about domains and the forest.
func (d *Directory) findDomains() {
	d.forest = ForestInfo{FunctionalLevel: -1}
	for _, p := range d.s.Partitions {
		switch {
		case p.Kind == Domain:
			d.domains = append(d.domains, d.domainOf(p))
		case p.Objects == 0: // declared, but nothing of it was read
		case p.Kind == Configuration:
			d.forest.ConfigurationDN = p.DN
		case p.Kind == Schema:
			d.forest.SchemaDN = p.DN
		}
	}
	slices.SortFunc(d.domains, func(a, b DomainInfo) int {
		if a.DNSName != b.DNSName {
			return strings.Compare(a.DNSName, b.DNSName)
		}
		return strings.Compare(a.DN, b.DN)
	})
	if d.forest.ConfigurationDN != "" {
		d.forest.RootDN = distname.ParentDN(d.forest.ConfigurationDN)
	} else if len(d.domains) == 1 {
		d.forest.RootDN = d.domains[0].DN
	}
	root, _ := distname.NormalizeDN(d.forest.RootDN)
	for i := range d.domains {
		own, _ := distname.NormalizeDN(d.domains[i].DN)
		d.domains[i].ForestRoot = root != "" && own == root
	}
	for id := range d.OfClass("crossRefContainer") {
		if level, ok := d.Int(id, "msDS-Behavior-Version"); ok {
			d.forest.FunctionalLevel = level
		}
	}
	d.nameDomains()
}

func (d *Directory) domainOf(p store.NamingContext) DomainInfo {
	info := DomainInfo{Root: None, DN: p.DN, DNSName: p.DNSName, FunctionalLevel: -1}
	if id, ok := d.ByDN(p.DN); ok {
		info.Root = id
		info.SID = d.SID(id)
		if level, ok := d.Int(id, "msDS-Behavior-Version"); ok {
			info.FunctionalLevel = level
		}
	}
	return info
}

// nameDomains takes NetBIOS and DNS names from cross-references (MS-ADTS 6.1.1.2.1.1).
func (d *Directory) nameDomains() {
	byName := make(map[string]int, len(d.domains))
	for i := range d.domains {
		if key, err := distname.NormalizeDN(d.domains[i].DN); err == nil {
			byName[key] = i
		}
	}
	for id := range d.OfClass("crossRef") {
		context, _ := d.Text(id, "nCName")
		key, err := distname.NormalizeDN(context)
		if err != nil {
			continue
		}
		i, ok := byName[key]
		if !ok {
			continue
		}
		if name, ok := d.Text(id, "nETBIOSName"); ok {
			d.domains[i].NetBIOS = name
		}
		if name, ok := d.Text(id, "dnsRoot"); ok {
			d.domains[i].DNSName = strings.ToLower(name)
		}
	}
}

// Domains gives the domains that were collected, sorted by DNS name.
func (d *Directory) Domains() []DomainInfo { return slices.Clone(d.domains) }

// DomainOf gives the domain an object lies in; false for the configuration, the schema and what lies in no known domain.
func (d *Directory) DomainOf(id ID) (DomainInfo, bool) {
	p, ok := d.PartitionOf(id)
	if !ok || p.Kind != Domain {
		return DomainInfo{}, false
	}
	for _, info := range d.domains {
		if info.DN == p.DN {
			return info, true
		}
	}
	return DomainInfo{}, false
}

// Forest gives what is known about the forest.
func (d *Directory) Forest() ForestInfo { return d.forest }
