package paths

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
)

// special tells whether whoever writes every attribute of an object gets more than the object: the read-only controllers and the
// delegated managed accounts. door is the node of those who do.
func (b *builder) special(id model.ID) (door Node, ok bool) {
	switch b.family(id) {
	case control.Computer:
		return b.revealing(id)
	case control.ManagedAccount:
		return b.succeeding(id)
	}
	return 0, false
}

// door gives the node, shown as an object, that stands for writing some attributes of it.
func (b *builder) doorOf(id model.ID, k control.Kind) (Node, bool) {
	root := b.homes[b.home[id]].info.Root
	if root == model.None {
		return 0, false
	}
	door, ok := b.doors[id]
	if !ok {
		door = b.node(extra{what: subset, ref: Node(id)})
		b.doors[id] = door
		b.link(door, Node(root), k)
	}
	return door, true
}

// revealing gives the node of those who choose the secrets that a read-only controller keeps: writing the list lets it keep any.
func (b *builder) revealing(id model.ID) (Node, bool) {
	if !slices.ContainsFunc(b.controllers, func(c controllerAccount) bool { return c.id == id && !c.writable }) {
		return 0, false
	}
	return b.doorOf(id, control.ChoosesSecrets)
}

// succeeding gives the node of those who may declare a delegated managed account the successor of any other.
func (b *builder) succeeding(id model.ID) (Node, bool) {
	if !strings.EqualFold(b.className(id), "msDS-DelegatedManagedServiceAccount") || !b.inherits() {
		return 0, false
	}
	return b.doorOf(id, control.BecomesSuccessor)
}

// migrated is the state of a delegated managed account that has replaced another (msDS-DelegatedMSAState).
const migrated = 2

// successors links delegated managed accounts to the accounts that they replaced, and whoever controls a container to the accounts
// that can be created there.
func (b *builder) successors() {
	for id := range b.dir.OfClass("msDS-DelegatedManagedServiceAccount") {
		if state, _ := b.dir.Int(id, "msDS-DelegatedMSAState"); state != migrated {
			continue
		}
		for old := range b.dir.Linked(id, "msDS-ManagedAccountPrecededByLink") {
			b.link(Node(id), Node(old), control.Succeeds)
		}
	}
	if !b.rules.Knows("msDS-DelegatedManagedServiceAccount") || !b.inherits() {
		return
	}
	for id := range b.dir.All() {
		root := b.homes[b.home[id]].info.Root
		if root == model.None || !b.dir.Below(id, root) {
			continue
		}
		switch f := b.family(id); {
		case f == control.Unit, strings.EqualFold(b.className(id), "container"):
			b.out.Add(Node(id), b.creating(b.home[id], Node(root)), graph.Label(control.CreateManagedAccount))
			b.plain++
		}
	}
}

// creating gives the node of whoever creates delegated managed accounts in a domain.
func (b *builder) creating(home uint16, root Node) Node {
	node, ok := b.creators[home]
	if !ok {
		node = b.silent()
		b.creators[home] = node
		b.out.Add(node, root, graph.Free)
	}
	return node
}
