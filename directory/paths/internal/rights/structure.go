package rights

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/sid"
)

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// Structure links containers to what inherits from them, AdminSDHolder to what it protects, and those who hold the secrets of a
// domain to it.
func (h *Reading) Structure() {
	for id := range h.Dir.All() {
		up, ok := h.Dir.Parent(id)
		if !ok || h.Roots[id] {
			continue
		}
		if d, ok := h.Dir.Descriptor(id); ok && !d.Protected() && !d.Partial() {
			h.contain(graph.Node(up), graph.Node(id))
		}
	}
	for _, own := range h.Homes {
		if own.Info.Root == model.None {
			continue
		}
		root := graph.Node(own.Info.Root)
		holder, ok := h.Dir.ByDN("CN=AdminSDHolder,CN=System," + own.Info.DN)
		for node := range h.sortedZone() {
			marked, _ := h.Dir.Int(model.ID(node), "adminCount")
			if ok && marked == 1 && h.Homes[h.Home[node]].Info.Root == own.Info.Root {
				h.Link(graph.Node(holder), node, control.Protects)
			}
		}
		if id, ok := h.Dir.BySID(own.Info.SID.Append(sid.RIDKrbtgt)); ok {
			h.Link(graph.Node(id), root, control.ControlsDomain)
		}
	}
	for _, c := range h.Controllers {
		root := h.Homes[h.Home[c.ID]].Info.Root
		switch {
		case !c.Writable:
			h.readOnly(c.ID)
		case root != model.None:
			h.Link(graph.Node(c.ID), graph.Node(root), control.ControlsDomain)
		}
	}
	for id := range h.Dir.OfClass("group") {
		if name, _ := h.Dir.Text(id, "sAMAccountName"); strings.EqualFold(name, "DnsAdmins") {
			for _, t := range h.Prized {
				if t.Why == "controller" && h.Home[t.Node] == h.Home[id] {
					h.Link(graph.Node(id), t.Node, control.DNSService)
				}
			}
		}
	}
}

// contain links a container to an object, and to what whoever controls the object enters.
func (h *Reading) contain(from, to graph.Node) {
	h.Link(from, to, control.Contains)
	for _, more := range h.Joins[to] {
		h.Link(from, more, control.Contains)
	}
	if int(to) >= h.Objects {
		return
	}
	if door, ok := h.special(model.ID(to)); ok {
		h.Link(from, door, control.Contains)
	}
}

// sortedZone gives the privileged nodes in order.
func (h *Reading) sortedZone() func(yield func(graph.Node) bool) {
	return func(yield func(graph.Node) bool) {
		for node := range graph.Node(h.Objects) {
			if h.Zone[node] && !yield(node) {
				return
			}
		}
	}
}

// readOnly links a read-only controller to the accounts whose secrets it may keep, and its administrator to it.
func (h *Reading) readOnly(id model.ID) {
	for who := range h.Dir.Linked(id, "managedBy") {
		h.Link(graph.Node(who), graph.Node(id), control.ManagedBy)
	}
	for key := range h.Dir.Linked(id, "msDS-KrbTgtLink") {
		h.Link(graph.Node(key), graph.Node(id), control.ReadOnlyKey)
	}
	list := func(attribute string) map[model.ID]bool {
		out := make(map[model.ID]bool)
		for each := range h.Dir.Linked(id, attribute) {
			out[each] = true
			for _, member := range h.Dir.MembersOf(each) {
				out[member] = true
			}
		}
		return out
	}
	never := list("msDS-NeverRevealGroup")
	allowed := list("msDS-RevealOnDemandGroup")
	kept := list("msDS-RevealedUsers")
	for account := range model.ID(h.Objects) {
		if h.Kinds[account] != wiring.NoAccount && (kept[account] || allowed[account] && !never[account]) && account != id {
			h.Link(graph.Node(id), graph.Node(account), control.ReadOnlyReplica)
		}
	}
}
