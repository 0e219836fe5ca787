package rights

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
)

// special tells whether whoever writes every attribute of an object gets more than the object: the read-only controllers and the
// delegated managed accounts. door is the node of those who do.
func (h *Reading) special(id model.ID) (door graph.Node, ok bool) {
	switch h.Family(id) {
	case control.Computer:
		return h.revealing(id)
	case control.ManagedAccount:
		return h.succeeding(id)
	}
	return 0, false
}

// door gives the node, shown as an object, that stands for writing some attributes of it.
func (h *Reading) doorOf(id model.ID, k control.Kind) (graph.Node, bool) {
	root := h.Homes[h.Home[id]].Info.Root
	if root == model.None {
		return 0, false
	}
	door, ok := h.doors[id]
	if !ok {
		door = h.Node(wiring.Extra{What: wiring.Subset, Ref: graph.Node(id)})
		h.doors[id] = door
		h.Link(door, graph.Node(root), k)
	}
	return door, true
}

// revealing gives the node of those who choose the secrets that a read-only controller keeps: writing the list lets it keep any.
func (h *Reading) revealing(id model.ID) (graph.Node, bool) {
	if !slices.ContainsFunc(h.Controllers, func(c wiring.DomainController) bool { return c.ID == id && !c.Writable }) {
		return 0, false
	}
	return h.doorOf(id, control.ChoosesSecrets)
}

// succeeding gives the node of those who may declare a delegated managed account the successor of any other.
func (h *Reading) succeeding(id model.ID) (graph.Node, bool) {
	if !strings.EqualFold(h.ClassName(id), "msDS-DelegatedManagedServiceAccount") || !h.inherits() {
		return 0, false
	}
	return h.doorOf(id, control.BecomesSuccessor)
}

// migrated is the state of a delegated managed account that has replaced another (msDS-DelegatedMSAState).
const migrated = 2

// Successors links delegated managed accounts to the accounts that they replaced, and whoever controls a container to the accounts
// that can be created there.
func (h *Reading) Successors() {
	for id := range h.Dir.OfClass("msDS-DelegatedManagedServiceAccount") {
		if state, _ := h.Dir.Int(id, "msDS-DelegatedMSAState"); state != migrated {
			continue
		}
		for old := range h.Dir.Linked(id, "msDS-ManagedAccountPrecededByLink") {
			h.Link(graph.Node(id), graph.Node(old), control.Succeeds)
		}
	}
	if !h.Rules.Knows("msDS-DelegatedManagedServiceAccount") || !h.inherits() {
		return
	}
	for id := range h.Dir.All() {
		root := h.Homes[h.Home[id]].Info.Root
		if root == model.None || !h.Dir.Below(id, root) {
			continue
		}
		switch f := h.Family(id); {
		case f == control.Unit, strings.EqualFold(h.ClassName(id), "container"):
			h.Out.Add(graph.Node(id), h.creating(h.Home[id], graph.Node(root)), graph.Label(control.CreateManagedAccount))
			h.Plain++
		}
	}
}

// creating gives the node of whoever creates delegated managed accounts in a domain.
func (h *Reading) creating(home uint16, root graph.Node) graph.Node {
	node, ok := h.creators[home]
	if !ok {
		node = h.Silent()
		h.creators[home] = node
		h.Out.Add(node, root, graph.Free)
	}
	return node
}
