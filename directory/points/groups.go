package points

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

func groupRecords() []record {
	const family = "groups"
	member := []need{{"group", "member"}}
	return []record{
		{Point: Point{ID: "vuln_compatible_2000_anonymous", Family: family, Levels: []int{2}}, reads: member,
			decide: func(d *domain, o *outcome) {
				d.compatible(o, "compatible_anonymous", func(s sid.SID) bool { return s == sid.Anonymous })
			}},
		{Point: Point{ID: "vuln_compatible_2000_not_default", Family: family, Levels: []int{3}}, reads: member,
			decide: func(d *domain, o *outcome) {
				d.compatible(o, "compatible_member", func(s sid.SID) bool { return s != sid.AuthenticatedUsers })
			}},
		{Point: Point{ID: "vuln_group_loop", Family: family, Levels: []int{4}}, reads: member, anybody: true, decide: (*domain).groupLoops},
	}
}

// compatible fails the group Pre-Windows 2000 Compatible Access for each member that bad condemns.
func (d *domain) compatible(o *outcome, code string, bad func(sid.SID) bool) {
	group, ok := d.builtin(sid.PreWindows2000Access)
	if !ok {
		o.missing("object:" + sid.PreWindows2000Access.String())
		return
	}
	for _, m := range d.forest.membersOf(group) {
		if bad(m.sid) {
			text, name := m.describe(d.forest)
			o.fail(group, because(code, "trustee", text, "trustee_name", name))
		}
	}
}

// member is a direct member of a group: an object, or only its name when it was not collected.
type member struct {
	id  model.ID // None when not collected
	dn  string
	sid sid.SID // zero when not known
}

// describe names a member for a reason.
func (m member) describe(f *forest) (text, name string) {
	if !m.sid.IsZero() {
		text, name = f.trustee(m.sid)
		if name == "" && m.id != model.None && m.sid.Name("en") == "" {
			name = f.accountName(m.id)
		}
		return text, name
	}
	if m.id != model.None {
		return f.accountName(m.id), ""
	}
	return m.dn, ""
}

// membersOf lists the direct members of a group, those that were not collected included. The SID of a foreign principal is
// its relative name, so that it is known even when the object was not collected.
func (f *forest) membersOf(group model.ID) []member {
	var out []member
	for id := range f.dir.Members(group) {
		s := f.dir.SID(id)
		if s.IsZero() {
			s, _ = sid.Parse(f.dir.Name(id))
		}
		out = append(out, member{id: id, dn: f.dir.DN(id), sid: s})
	}
	for dn := range f.dir.UnresolvedMembers(group) {
		s, _ := sid.Parse(model.RDNValue(dn))
		out = append(out, member{id: model.None, dn: dn, sid: s})
	}
	slices.SortFunc(out, func(a, b member) int { return strings.Compare(a.dn, b.dn) })
	return out
}

// groupLoops fails the groups that are members of themselves through others. Each loop is a strongly connected part of the
// graph of memberships, found by Tarjan's algorithm without recursion: nesting may be thousands of groups deep.
func (d *domain) groupLoops(o *outcome) {
	for _, loop := range d.forest.loops() {
		names := make([]string, 0, len(loop))
		for _, id := range loop {
			names = append(names, d.forest.accountName(id))
		}
		const shown = 12
		more := 0
		if len(names) > shown {
			more, names = len(names)-shown, names[:shown]
		}
		code := "group_loop"
		if more > 0 {
			code = "group_loop_more"
		}
		for _, id := range loop {
			if d.forest.domainOf(id) == d {
				o.fail(id, because(code, "groups", names, "more", more))
			}
		}
	}
}

// subgroups lists the groups that are direct members of a group.
func (f *forest) subgroups(group model.ID) []model.ID {
	var out []model.ID
	for id := range f.dir.Members(group) {
		if f.dir.Is(id, "group") {
			out = append(out, id)
		}
	}
	return out
}

// loops lists the sets of groups that contain one another, each sorted, in the order of their first group.
func (f *forest) loops() [][]model.ID {
	type frame struct {
		group model.ID
		next  []model.ID // members still to visit
	}
	var (
		order   = make(map[model.ID]int) // order of discovery, from 1
		low     = make(map[model.ID]int) // earliest group on the stack that is reachable
		onStack = make(map[model.ID]bool)
		stack   []model.ID // discovered groups whose part is not complete
		path    []frame    // the visit in progress
		out     [][]model.ID
	)
	enter := func(id model.ID) {
		order[id] = len(order) + 1
		low[id] = order[id]
		stack, onStack[id] = append(stack, id), true
		path = append(path, frame{id, f.subgroups(id)})
	}
	for start := range f.dir.OfClass("group") {
		if d := f.domainOf(start); order[start] != 0 || d == nil || d.forest != f {
			continue
		}
		enter(start)
		for len(path) > 0 {
			at := &path[len(path)-1]
			if len(at.next) > 0 {
				to := at.next[0]
				at.next = at.next[1:]
				if order[to] == 0 {
					enter(to)
				} else if onStack[to] {
					low[at.group] = min(low[at.group], order[to])
				}
				continue
			}
			done := at.group
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := path[len(path)-1].group
				low[up] = min(low[up], low[done])
			}
			if low[done] != order[done] {
				continue
			}
			cut := slices.Index(stack, done)
			part := slices.Clone(stack[cut:])
			stack = stack[:cut]
			for _, id := range part {
				onStack[id] = false
			}
			if len(part) > 1 || slices.Contains(f.subgroups(done), done) {
				slices.Sort(part)
				out = append(out, part)
			}
		}
	}
	slices.SortFunc(out, func(a, b []model.ID) int { return int(a[0]) - int(b[0]) })
	return out
}
