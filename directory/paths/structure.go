package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/sid"
)

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// structure links containers to what inherits from them, AdminSDHolder to what it protects, and those who hold the secrets of a
// domain to it.
func (b *builder) structure() {
	for id := range b.dir.All() {
		up, ok := b.dir.Parent(id)
		if !ok || b.roots[id] {
			continue
		}
		if d, ok := b.dir.Descriptor(id); ok && !d.Protected() && !d.Partial() {
			b.contain(Node(up), Node(id))
		}
	}
	for _, h := range b.homes {
		if h.info.Root == model.None {
			continue
		}
		root := Node(h.info.Root)
		holder, ok := b.dir.ByDN("CN=AdminSDHolder,CN=System," + h.info.DN)
		for node := range b.sortedZone() {
			marked, _ := b.dir.Int(model.ID(node), "adminCount")
			if ok && marked == 1 && b.homes[b.home[node]].info.Root == h.info.Root {
				b.link(Node(holder), node, control.Protects)
			}
		}
		if id, ok := b.dir.BySID(h.info.SID.Append(sid.RIDKrbtgt)); ok {
			b.link(Node(id), root, control.ControlsDomain)
		}
	}
	for _, c := range b.controllers {
		root := b.homes[b.home[c.id]].info.Root
		switch {
		case !c.writable:
			b.readOnly(c.id)
		case root != model.None:
			b.link(Node(c.id), Node(root), control.ControlsDomain)
		}
	}
	for id := range b.dir.OfClass("group") {
		if name, _ := b.dir.Text(id, "sAMAccountName"); strings.EqualFold(name, "DnsAdmins") {
			for _, t := range b.targets {
				if t.Why == "controller" && b.home[t.Node] == b.home[id] {
					b.link(Node(id), t.Node, control.DNSService)
				}
			}
		}
	}
}

// contain links a container to an object, and to what whoever controls the object enters.
func (b *builder) contain(from, to Node) {
	b.link(from, to, control.Contains)
	for _, more := range b.joins[to] {
		b.link(from, more, control.Contains)
	}
	if int(to) >= b.objects {
		return
	}
	if door, ok := b.special(model.ID(to)); ok {
		b.link(from, door, control.Contains)
	}
}

// sortedZone gives the privileged nodes in order.
func (b *builder) sortedZone() func(yield func(Node) bool) {
	return func(yield func(Node) bool) {
		for node := range Node(b.objects) {
			if b.zone[node] && !yield(node) {
				return
			}
		}
	}
}

// readOnly links a read-only controller to the accounts whose secrets it may keep, and its administrator to it.
func (b *builder) readOnly(id model.ID) {
	for who := range b.dir.Linked(id, "managedBy") {
		b.link(Node(who), Node(id), control.ManagedBy)
	}
	for key := range b.dir.Linked(id, "msDS-KrbTgtLink") {
		b.link(Node(key), Node(id), control.ReadOnlyKey)
	}
	list := func(attribute string) map[model.ID]bool {
		out := make(map[model.ID]bool)
		for each := range b.dir.Linked(id, attribute) {
			out[each] = true
			for _, member := range b.dir.MembersOf(each) {
				out[member] = true
			}
		}
		return out
	}
	never := list("msDS-NeverRevealGroup")
	allowed := list("msDS-RevealOnDemandGroup")
	kept := list("msDS-RevealedUsers")
	for account := range model.ID(b.objects) {
		if b.kinds[account] != noAccount && (kept[account] || allowed[account] && !never[account]) && account != id {
			b.link(Node(id), Node(account), control.ReadOnlyReplica)
		}
	}
}
