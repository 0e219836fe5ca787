package model

import (
	"iter"
	"slices"

	"hygie/directory/model/internal/store"
	"hygie/directory/sid"
)

// linkMembers builds the membership lists from the three places where membership is written: member of the group, memberOf
// of the object (its back-link, which other domains' groups may only show), and primaryGroupID.
func (d *Directory) linkMembers() {
	n := len(d.s.Node)
	d.memberStart = make([]uint32, n+1)
	var written pairs
	d.eachMembership(func(group, member ID) {
		d.memberStart[group+1]++
		written.add(group, member)
	})
	for i := range n {
		d.memberStart[i+1] += d.memberStart[i]
	}
	d.members = make([]ID, d.memberStart[n])
	next := slices.Clone(d.memberStart)
	for group, member := range written.all() {
		d.members[next[group]] = member
		next[group]++
	}
	kept := uint32(0)
	for g := range n { // sort, drop what was written twice, close the gaps
		list := d.members[d.memberStart[g]:d.memberStart[g+1]]
		slices.Sort(list)
		list = slices.Compact(list)
		d.memberStart[g] = kept
		kept += uint32(copy(d.members[kept:], list))
	}
	d.memberStart[n] = kept
	d.members = slices.Clip(d.members[:kept])
	d.invertMembers()
}

// pairs is a list of memberships in chunks, so that growth never copies.
type pairs [][][2]ID

func (p *pairs) add(group, member ID) {
	last := len(*p) - 1
	if last < 0 || len((*p)[last]) == cap((*p)[last]) {
		*p = append(*p, make([][2]ID, 0, store.ChunkSize/8))
		last++
	}
	(*p)[last] = append((*p)[last], [2]ID{group, member})
}

func (p *pairs) all() iter.Seq2[ID, ID] {
	return func(yield func(group, member ID) bool) {
		for _, chunk := range *p {
			for _, pair := range chunk {
				if !yield(pair[0], pair[1]) {
					return
				}
			}
		}
	}
}

func (d *Directory) invertMembers() {
	n := len(d.s.Node)
	d.groupStart = make([]uint32, n+1)
	for _, m := range d.members {
		d.groupStart[m+1]++
	}
	for i := range n {
		d.groupStart[i+1] += d.groupStart[i]
	}
	d.groups = make([]ID, len(d.members))
	next := slices.Clone(d.groupStart)
	for g := range n {
		for _, m := range d.members[d.memberStart[g]:d.memberStart[g+1]] {
			d.groups[next[m]] = ID(g)
			next[m]++
		}
	}
}

// eachMembership calls yield for each written membership between two collected objects; some come twice.
func (d *Directory) eachMembership(yield func(group, member ID)) {
	for i := range d.s.Node {
		id := ID(i)
		if f, content, ok := d.slot(id, "member"); ok && f == store.FormLink {
			for node, raw := range store.Links(content) {
				if m := d.s.ID[node]; raw == nil && m != 0 {
					yield(id, d.resolve(ID(m-1)))
				}
			}
		}
		if f, content, ok := d.slot(id, "memberof"); ok && f == store.FormLink {
			for node, raw := range store.Links(content) {
				if g := d.s.ID[node]; raw == nil && g != 0 {
					yield(ID(g-1), d.resolve(id))
				}
			}
		}
		if rid, ok := d.Int(id, "primarygroupid"); ok && d.sidDom[i] != 0 && rid > 0 && rid < 1<<32 {
			if g, ok := d.BySID(d.s.DomainSIDs[d.sidDom[i]-1].Append(uint32(rid))); ok {
				yield(g, id)
			}
		}
	}
}

// resolve replaces a foreignSecurityPrincipal by the real object with its SID when that one was collected too.
func (d *Directory) resolve(id ID) ID {
	if !d.Is(id, "foreignSecurityPrincipal") {
		return id
	}
	s := d.SID(id)
	if s.IsZero() { // the name of such an object is its SID
		s, _ = sid.Parse(d.Name(id))
	}
	if real, ok := d.BySID(s); ok {
		return real
	}
	return id
}

// Members gives the direct members of a group, each once, in the order of ID: member, memberOf of others and primaryGroupID
// together. A foreignSecurityPrincipal is replaced by the account it stands for when that one was collected.
func (d *Directory) Members(group ID) iter.Seq[ID] {
	if int(group) >= len(d.s.Node) {
		return slices.Values[[]ID](nil)
	}
	return slices.Values(d.members[d.memberStart[group]:d.memberStart[group+1]])
}

// GroupsOf gives the groups that have an object as a direct member, in the order of ID.
func (d *Directory) GroupsOf(member ID) iter.Seq[ID] {
	if int(member) >= len(d.s.Node) {
		return slices.Values[[]ID](nil)
	}
	return slices.Values(d.groups[d.groupStart[member]:d.groupStart[member+1]])
}

// MembersOf gives the members of groups at any depth, nested groups included, sorted. The groups asked for are in the answer
// only when a group of the answer has them as members. Loops end.
func (d *Directory) MembersOf(groups ...ID) []ID {
	return d.closure(groups, d.Members)
}

// AllGroupsOf gives the groups that hold an object at any depth, sorted. Loops end.
func (d *Directory) AllGroupsOf(members ...ID) []ID {
	return d.closure(members, d.GroupsOf)
}

func (d *Directory) closure(from []ID, next func(ID) iter.Seq[ID]) []ID {
	var seen marks
	var out []ID
	for queue := slices.Clone(from); len(queue) > 0; {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for m := range next(id) {
			if seen.mark(m, len(d.s.Node)) {
				out = append(out, m)
				queue = append(queue, m)
			}
		}
	}
	slices.Sort(out)
	return out
}

// marks is a set of objects: a map while it is small, as nearly all are, then a bit for each object of the directory.
type marks struct {
	few  map[ID]bool
	bits []uint64
}

// fewMarks is how many a map holds: beyond, the bits of a large directory cost less.
const fewMarks = 256

// mark adds an object, and tells whether it was not there. count is the number of objects of the directory.
func (s *marks) mark(id ID, count int) bool {
	if s.bits == nil && len(s.few) < fewMarks {
		if s.few == nil {
			s.few = make(map[ID]bool)
		}
		fresh := !s.few[id]
		s.few[id] = true
		return fresh
	}
	if s.bits == nil {
		s.bits = make([]uint64, count/64+1)
		for known := range s.few {
			s.bits[known/64] |= 1 << (known % 64)
		}
		s.few = nil
	}
	fresh := s.bits[id/64]&(1<<(id%64)) == 0
	s.bits[id/64] |= 1 << (id % 64)
	return fresh
}

// UnresolvedMembers gives the names in the member attribute of a group for which no object was collected.
func (d *Directory) UnresolvedMembers(group ID) iter.Seq[string] {
	return func(yield func(string) bool) {
		f, content, ok := d.find(group, "member")
		if !ok || f != store.FormLink {
			return
		}
		for node, raw := range store.Links(content) {
			name := string(raw)
			if raw == nil {
				if d.s.ID[node] != 0 {
					continue
				}
				name = string(d.s.Tree.AppendDN(nil, node))
			}
			if !yield(name) {
				return
			}
		}
	}
}

func (d *Directory) countUnresolved() int {
	n := 0
	for id := range d.All() {
		f, content, ok := d.slot(id, "member")
		if !ok || f != store.FormLink {
			continue
		}
		for node, raw := range store.Links(content) {
			if raw != nil || d.s.ID[node] == 0 {
				n++
			}
		}
	}
	return n
}

// Linked gives the objects that a name-valued attribute points to, those not collected left out.
func (d *Directory) Linked(id ID, attr string) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		f, content, ok := d.find(id, attr)
		if !ok {
			return
		}
		if f == store.FormLink {
			for node, raw := range store.Links(content) {
				if to := d.s.ID[node]; raw == nil && to != 0 && !yield(ID(to-1)) {
					return
				}
			}
			return
		}
		d.s.Decoder.Each(f, content, func(v []byte) bool {
			to, ok := d.ByDN(string(store.LinkTarget(v)))
			return !ok || yield(to)
		})
	}
}
