package paths

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
)

// impersonations links to the domain whoever changes the name of an account that certificates are matched by, lets the account ask for
// a certificate under the name of somebody else, then changes it back (ESC9, ESC10). The certificate must not carry the SID of its
// holder, or a controller must not look at it; where every controller is known to require the SID, nothing of it works.
func (b *builder) impersonations(list []issued) {
	always, never := b.mapping()
	if never {
		return
	}
	var weak []issued
	for _, i := range list {
		named := i.names&(namesByUPN|namesByService|namesByDNS) != 0 && !i.subject
		if named && i.opensSession() && !i.approval && !i.signed && (i.noSID || always) {
			weak = append(weak, i)
		}
	}
	if len(weak) == 0 {
		return
	}
	holders := make(map[model.ID]bool) // containers that were linked
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		id := model.ID(id)
		for _, i := range weak {
			if i.named(b.family(id)) && b.enrols(id, &i) {
				b.renames(id, &i, holders)
				break
			}
		}
	}
}

// mapping tells what the controllers' registries say of certificates without a SID: that a controller matches them by name whatever
// they carry, or that every controller is known to refuse them.
func (b *builder) mapping() (always, never bool) {
	const byName = 0x4
	never = len(b.controllers) > 0
	for _, c := range b.controllers {
		methods, _ := b.dir.Int(c.id, model.MappingMethods)
		strong, known := b.dir.Int(c.id, model.StrongMapping)
		always = always || methods&byName != 0 || known && strong == 0
		never = never && known && strong == 2 && methods&byName == 0
	}
	return always, never
}

// named tells whether certificates of the template carry the name of an account of a family.
func (i *issued) named(f control.Family) bool {
	switch f {
	case control.Account:
		return i.names&(namesByUPN|namesByService) != 0
	case control.Computer:
		return i.names&namesByDNS != 0
	}
	return false
}

// enrols tells whether an account gets certificates of a template, by the groups that it is in.
func (b *builder) enrols(id model.ID, i *issued) bool {
	own, holds := b.dir.SID(id), b.holds(b.home[id])
	if own.IsZero() || !b.admits(i.by, own) {
		return false
	}
	for _, e := range b.enrolment[i.id] {
		if !e.partly && holds(own, e.who) {
			return true
		}
	}
	return false
}

// renames links who may change the name of an account, and the container that it inherits its rights from, to the domain.
func (b *builder) renames(id model.ID, i *issued, linked map[model.ID]bool) {
	if at := b.pairOf[id]; at > 0 {
		if writers := b.rewriters[at-1]; len(writers) > 0 {
			door := b.node(extra{what: subset, ref: Node(id)})
			for _, w := range writers {
				b.out.Add(b.Network.units[w.unit].node, door, w.label)
			}
			b.impersonates(door, i)
		}
	}
	up, ok := b.dir.Parent(id)
	d, read := b.dir.Descriptor(id)
	if ok && !b.roots[id] && !linked[up] && read && !d.Protected() && !d.Partial() {
		linked[up] = true
		b.impersonates(Node(up), i)
	}
}

// impersonates links to the domain, the template being where to undo it.
func (b *builder) impersonates(from Node, i *issued) {
	w := b.written(from, control.ImpersonatesByName, "", i.id)
	b.out.Add(b.Network.units[w.unit].node, i.by.root, w.label|graph.Free)
}
