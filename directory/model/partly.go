package model

import (
	"slices"

	"hygie/directory/model/internal/store"
)

// Covers tells whether objects of a class of the naming context named dn would have been collected, so that there are none
// when none is known. A source that reads some classes only says so in [Partition.Classes]. A source that says nothing (LDIF) may
// be the answer to a search for some objects only: it covers a naming context when it holds objects that every one has and that
// few searches find, of several classes.
func (d *Directory) Covers(dn, class string) bool {
	node, ok := d.s.Tree.Find(dn)
	if !ok {
		return false
	}
	for i := range d.s.Partitions {
		if p := &d.s.Partitions[i]; p.Node == node {
			return p.Covers(class) && (p.Declared() || d.looksWhole(p))
		}
	}
	return false
}

// looksWhole tells whether the root of a naming context and its standing containers were collected (MS-ADTS 6.1.1.2, 6.1.1.4).
func (d *Directory) looksWhole(p *store.NamingContext) bool {
	names := []string{p.DN}
	switch p.Kind {
	case Domain:
		names = append(names, "CN=Builtin,"+p.DN, "CN=System,"+p.DN)
	case Configuration:
		names = append(names, "CN=Partitions,"+p.DN, "CN=Services,"+p.DN)
	}
	return !slices.ContainsFunc(names, func(dn string) bool {
		_, found := d.ByDN(dn)
		return !found
	})
}
