package wiring

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// memberships links members to their groups, and accounts to the principals that stand for all of them.
func (b *Builder) memberships() {
	members := 0
	for id := range b.Dir.OfClass("group") {
		for range b.Dir.Members(id) {
			members++
		}
	}
	b.Out.Reserve(members + 3*b.Objects)
	for id := range b.Dir.OfClass("group") {
		for member := range b.Dir.Members(id) {
			b.Link(graph.Node(member), graph.Node(id), control.MemberOf)
		}
	}
	everyone, authenticated := b.Resolve(sid.Everyone, 0), b.Resolve(sid.AuthenticatedUsers, 0)
	controllers := b.Resolve(sid.EnterpriseDCs, 0)
	b.Link(authenticated, everyone, control.MemberOf)
	for _, c := range b.Controllers {
		if c.Writable {
			b.Link(graph.Node(c.ID), controllers, control.MemberOf)
		}
	}
	for id, kind := range b.Kinds {
		if kind == NoAccount {
			continue
		}
		node := graph.Node(id)
		switch rid, _ := b.Dir.SID(model.ID(id)).RID(); rid {
		case sid.RIDGuest:
			b.Link(node, everyone, control.MemberOf) // signs in without being authenticated
		default:
			b.Link(node, authenticated, control.MemberOf)
		}
		for v := range b.Dir.Values(model.ID(id), "sIDHistory") {
			s, err := sid.FromBytes(v)
			if err != nil {
				continue
			}
			if held, ok := b.Dir.BySID(s); ok && held != model.ID(id) {
				b.Link(node, graph.Node(held), control.SIDHistory)
			}
		}
	}
}

// closure lists the accounts and the groups that belong to a principal at any depth, itself included; of a part of a group its accounts.
// The list must not be changed.
func (b *Builder) closure(node graph.Node) []model.ID {
	if int(node) >= b.Objects {
		return b.parts[node]
	}
	if known, ok := b.closures[node]; ok {
		return known
	}
	out := b.Dir.MembersOf(model.ID(node))
	if at, found := slices.BinarySearch(out, model.ID(node)); !found {
		out = slices.Insert(out, at, model.ID(node))
	}
	if len(out) >= manyMembers {
		b.closures[node] = out
	}
	return out
}

// manyMembers is from how many members on the list of a group is kept: it is asked for again with each template and authority.
const manyMembers = 1000

// everybody tells whether a principal stands for every account.
func (b *Builder) everybody(s sid.SID) bool { return s == sid.Everyone || s == sid.AuthenticatedUsers }

// part makes the node of the accounts of a group that pass a test. Whoever controls the membership of the group, or of one in it,
// can put an account there that passes, and enters too.
func (b *Builder) part(group graph.Node, accounts []model.ID, pass func(model.ID) bool) graph.Node {
	node := b.Node(Extra{What: Subset, Ref: group})
	for _, id := range accounts {
		switch {
		case !pass(id):
		case b.Kinds[id] != NoAccount:
			b.Link(graph.Node(id), node, control.MemberOf)
			b.parts[node] = append(b.parts[node], id)
		case b.Dir.Is(id, "group"):
			b.Joins[graph.Node(id)] = append(b.Joins[graph.Node(id)], node)
			b.partGroups[node] = append(b.partGroups[node], id)
		}
	}
	return node
}

// WithoutRefused gives the node that holds a right which some members of the trustee are denied: the trustee itself when none of
// its members is among those.
func (b *Builder) WithoutRefused(trustee sid.SID, refused []sid.SID, home uint16) graph.Node {
	node := b.Resolve(trustee, home)
	var inside []model.ID
	if b.everybody(trustee) {
		for id, kind := range b.Kinds {
			if kind != NoAccount {
				inside = append(inside, model.ID(id))
			}
		}
	} else {
		inside = b.closure(node)
	}
	out := b.AllOf(refused, home)
	if !slices.ContainsFunc(inside, func(id model.ID) bool { return out[id] && id != model.ID(node) }) {
		return node
	}
	return b.part(node, inside, func(id model.ID) bool { return !out[id] })
}

// AllOf gives the accounts and groups that belong to some principals.
func (b *Builder) AllOf(list []sid.SID, home uint16) map[model.ID]bool {
	out := make(map[model.ID]bool)
	for _, s := range list {
		for _, id := range b.closure(b.Resolve(s, home)) {
			out[id] = true
		}
	}
	return out
}

// Crowds gives the groups that accounts belong to by being accounts.
func (b *Builder) Crowds() map[graph.Node]bool {
	out := make(map[graph.Node]bool)
	for i, h := range b.Homes {
		for _, s := range []sid.SID{sid.Everyone, sid.AuthenticatedUsers, sid.EnterpriseDCs} {
			out[b.Resolve(s, uint16(i))] = true
		}
		for _, rid := range []uint32{sid.RIDDomainUsers, sid.RIDDomainGuests, sid.RIDDomainComputers} {
			if id, ok := b.Dir.BySID(h.Info.SID.Append(rid)); ok && !h.Info.SID.IsZero() {
				out[graph.Node(id)] = true
			}
		}
	}
	return out
}
