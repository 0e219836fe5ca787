package paths

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// memberships links members to their groups, and accounts to the principals that stand for all of them.
func (b *builder) memberships() {
	members := 0
	for id := range b.dir.OfClass("group") {
		for range b.dir.Members(id) {
			members++
		}
	}
	b.out.Reserve(members + 3*b.objects)
	for id := range b.dir.OfClass("group") {
		for member := range b.dir.Members(id) {
			b.link(Node(member), Node(id), control.MemberOf)
		}
	}
	everyone, authenticated := b.resolve(sid.Everyone, 0), b.resolve(sid.AuthenticatedUsers, 0)
	controllers := b.resolve(sid.EnterpriseDCs, 0)
	b.link(authenticated, everyone, control.MemberOf)
	for _, c := range b.controllers {
		if c.writable {
			b.link(Node(c.id), controllers, control.MemberOf)
		}
	}
	for id, kind := range b.kinds {
		if kind == noAccount {
			continue
		}
		node := Node(id)
		switch rid, _ := b.dir.SID(model.ID(id)).RID(); rid {
		case sid.RIDGuest:
			b.link(node, everyone, control.MemberOf) // signs in without being authenticated
		default:
			b.link(node, authenticated, control.MemberOf)
		}
		for v := range b.dir.Values(model.ID(id), "sIDHistory") {
			s, err := sid.FromBytes(v)
			if err != nil {
				continue
			}
			if held, ok := b.dir.BySID(s); ok && held != model.ID(id) {
				b.link(node, Node(held), control.SIDHistory)
			}
		}
	}
}

// closure lists the accounts and the groups that belong to a principal at any depth, itself included; of a part of a group its accounts.
// The list must not be changed.
func (b *builder) closure(node Node) []model.ID {
	if int(node) >= b.objects {
		return b.parts[node]
	}
	if known, ok := b.closures[node]; ok {
		return known
	}
	out := b.dir.MembersOf(model.ID(node))
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
func (b *builder) everybody(s sid.SID) bool { return s == sid.Everyone || s == sid.AuthenticatedUsers }

// part makes the node of the accounts of a group that pass a test. Whoever controls the membership of the group, or of one in it,
// can put an account there that passes, and enters too.
func (b *builder) part(group Node, accounts []model.ID, pass func(model.ID) bool) Node {
	node := b.node(extra{what: subset, ref: group})
	for _, id := range accounts {
		switch {
		case !pass(id):
		case b.kinds[id] != noAccount:
			b.link(Node(id), node, control.MemberOf)
			b.parts[node] = append(b.parts[node], id)
		case b.dir.Is(id, "group"):
			b.joins[Node(id)] = append(b.joins[Node(id)], node)
			b.partGroups[node] = append(b.partGroups[node], id)
		}
	}
	return node
}

// withoutRefused gives the node that holds a right which some members of the trustee are denied: the trustee itself when none of
// its members is among those.
func (b *builder) withoutRefused(trustee sid.SID, refused []sid.SID, home uint16) Node {
	node := b.resolve(trustee, home)
	var inside []model.ID
	if b.everybody(trustee) {
		for id, kind := range b.kinds {
			if kind != noAccount {
				inside = append(inside, model.ID(id))
			}
		}
	} else {
		inside = b.closure(node)
	}
	out := b.allOf(refused, home)
	if !slices.ContainsFunc(inside, func(id model.ID) bool { return out[id] && id != model.ID(node) }) {
		return node
	}
	return b.part(node, inside, func(id model.ID) bool { return !out[id] })
}

// allOf gives the accounts and groups that belong to some principals.
func (b *builder) allOf(list []sid.SID, home uint16) map[model.ID]bool {
	out := make(map[model.ID]bool)
	for _, s := range list {
		for _, id := range b.closure(b.resolve(s, home)) {
			out[id] = true
		}
	}
	return out
}

// crowds gives the groups that accounts belong to by being accounts.
func (b *builder) crowds() map[Node]bool {
	out := make(map[Node]bool)
	for i, h := range b.homes {
		for _, s := range []sid.SID{sid.Everyone, sid.AuthenticatedUsers, sid.EnterpriseDCs} {
			out[b.resolve(s, uint16(i))] = true
		}
		for _, rid := range []uint32{sid.RIDDomainUsers, sid.RIDDomainGuests, sid.RIDDomainComputers} {
			if id, ok := b.dir.BySID(h.info.SID.Append(rid)); ok && !h.info.SID.IsZero() {
				out[Node(id)] = true
			}
		}
	}
	return out
}
