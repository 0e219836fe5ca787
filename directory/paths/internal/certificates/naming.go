package certificates

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/pki"
)

// impersonations links to the domain whoever changes the name of an account that certificates are matched by, lets the account ask for
// a certificate under the name of somebody else, then changes it back (ESC9, ESC10, ESC16). The certificate must not carry the SID of its
// holder, or a controller must not look at it; where every controller is known to require the SID, nothing of it works.
func (b *certifier) impersonations(list []issued) {
	always, never := b.mapping()
	if never {
		return
	}
	var weak []issued
	for _, i := range list {
		named := i.Names&(pki.NamesByUPN|pki.NamesByService|pki.NamesByDNS) != 0 && !i.Subject
		if named && i.opens() && (i.NoSID || i.by.LeavesSIDOut == pki.Yes || always) {
			weak = append(weak, i)
		}
	}
	if len(weak) == 0 {
		return
	}
	holders := make(map[model.ID]bool) // containers that were linked
	for id, kind := range b.Kinds {
		if kind == wiring.NoAccount {
			continue
		}
		id := model.ID(id)
		for _, i := range weak {
			if i.named(b.Family(id)) && b.enrols(id, &i) {
				b.renames(id, &i, holders)
				break
			}
		}
	}
}

// mapping tells what the controllers' registries say of certificates without a SID: that a controller matches them by name whatever
// they carry, or that every controller is known to refuse them.
func (b *certifier) mapping() (always, never bool) {
	const byName = 0x4
	never = len(b.Controllers) > 0
	for _, c := range b.Controllers {
		methods, _ := b.Dir.Int(c.ID, entry.MappingMethods)
		strong, known := b.Dir.Int(c.ID, entry.StrongMapping)
		always = always || methods&byName != 0 || known && strong == 0
		never = never && known && strong == 2 && methods&byName == 0
	}
	return always, never
}

// named tells whether certificates of the template carry the name of an account of a family.
func (i *issued) named(f control.Family) bool {
	switch f {
	case control.Account:
		return i.Names&(pki.NamesByUPN|pki.NamesByService) != 0
	case control.Computer:
		return i.Names&pki.NamesByDNS != 0
	}
	return false
}

// enrols tells whether an account gets certificates of a template, by the groups that it is in.
func (b *certifier) enrols(id model.ID, i *issued) bool {
	own, holds := b.Dir.SID(id), b.Holds(b.Home[id])
	if own.IsZero() || !b.admits(i.by, own) {
		return false
	}
	for _, e := range b.Enrolment[i.ID] {
		if !e.Partly && holds(own, e.Who) {
			return true
		}
	}
	return false
}

// renames links who may change the name of an account, and the container that it inherits its rights from, to the domain.
func (b *certifier) renames(id model.ID, i *issued, linked map[model.ID]bool) {
	if at := b.PairOf[id]; at > 0 {
		if writers := b.Rewriters[at-1]; len(writers) > 0 {
			door := b.Node(wiring.Extra{What: wiring.Subset, Ref: graph.Node(id)})
			for _, w := range writers {
				b.Out.Add(b.Record.Units[w.Unit].Node, door, w.Label)
			}
			b.impersonates(door, i)
		}
	}
	up, ok := b.Dir.Parent(id)
	d, read := b.Dir.Descriptor(id)
	if ok && !b.Roots[id] && !linked[up] && read && !d.Protected() && !d.Partial() {
		linked[up] = true
		b.impersonates(graph.Node(up), i)
	}
}

// impersonates links to the domain, the template being where to undo it.
func (b *certifier) impersonates(from graph.Node, i *issued) {
	w := b.Written(from, control.ImpersonatesByName, "", i.ID)
	b.Out.Add(b.Record.Units[w.Unit].Node, i.by.root, w.Label|graph.Free)
}
