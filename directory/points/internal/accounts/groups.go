package accounts

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// Groups lists the points about groups (ANSSI, points de contrôle Active Directory).
func Groups() []rule.Record {
	const family = "groups"
	member := []rule.Need{{Class: "group", Attribute: "member"}}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_compatible_2000_anonymous", Family: family, Levels: []int{2}}, Reads: member,
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				compatible(d, o, "compatible_anonymous", func(s sid.SID) bool { return s == sid.Anonymous })
			}},
		{Point: rule.Point{ID: "vuln_compatible_2000_not_default", Family: family, Levels: []int{3}}, Reads: member,
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				compatible(d, o, "compatible_member", func(s sid.SID) bool { return s != sid.AuthenticatedUsers })
			}},
		{Point: rule.Point{ID: "vuln_group_loop", Family: family, Levels: []int{4}}, Reads: member, Anybody: true, Decide: groupLoops},
	}
}

// compatible fails the group Pre-Windows 2000 Compatible Access for each member that bad condemns.
func compatible(d *estate.Domain, o *rule.Outcome, code string, bad func(sid.SID) bool) {
	group, ok := d.Builtin(sid.PreWindows2000Access)
	if !ok {
		o.Missing("object:" + sid.PreWindows2000Access.String())
		return
	}
	for _, m := range MembersOf(d.Forest, group) {
		if bad(m.SID) {
			text, name := m.Describe(d.Forest)
			o.Fail(group, reasons.Because(code, "trustee", text, "trustee_name", name))
		}
	}
}

// Member is a direct member of a group: an object, or only its name when it was not collected (MS-ADTS 3.1.1.1.6).
type Member struct {
	ID  model.ID // None when not collected
	dn  string
	SID sid.SID // zero when not known
}

// Describe names a member for a reason.
func (m Member) Describe(f *estate.Forest) (text, name string) {
	if !m.SID.IsZero() {
		text, name = f.Trustee(m.SID)
		if name == "" && m.ID != model.None && m.SID.Name("en") == "" {
			name = f.AccountName(m.ID)
		}
		return text, name
	}
	if m.ID != model.None {
		return f.AccountName(m.ID), ""
	}
	return m.dn, ""
}

// MembersOf lists the direct members of a group, those that were not collected included (MS-ADTS 3.1.1.1.6). The SID of a foreign principal is
// its relative name, so that it is known even when the object was not collected.
func MembersOf(f *estate.Forest, group model.ID) []Member {
	var out []Member
	for id := range f.Dir.Members(group) {
		s := f.Dir.SID(id)
		if s.IsZero() {
			s, _ = sid.Parse(f.Dir.Name(id))
		}
		out = append(out, Member{ID: id, dn: f.Dir.DN(id), SID: s})
	}
	for dn := range f.Dir.UnresolvedMembers(group) {
		s, _ := sid.Parse(distname.RDNValue(dn))
		out = append(out, Member{ID: model.None, dn: dn, SID: s})
	}
	slices.SortFunc(out, func(a, b Member) int { return strings.Compare(a.dn, b.dn) })
	return out
}

// groupLoops fails the groups that are members of themselves through others. Each loop is a strongly connected part of the
// graph of memberships, found by Tarjan's algorithm without recursion: nesting may be thousands of groups deep.
func groupLoops(d *estate.Domain, o *rule.Outcome) {
	for _, loop := range loops(d.Forest) {
		names := make([]string, 0, len(loop))
		for _, id := range loop {
			names = append(names, d.Forest.AccountName(id))
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
			if d.Forest.DomainOf(id) == d {
				o.Fail(id, reasons.Because(code, "groups", names, "more", more))
			}
		}
	}
}

// subgroups lists the groups that are direct members of a group.
func subgroups(f *estate.Forest, group model.ID) []model.ID {
	var out []model.ID
	for id := range f.Dir.Members(group) {
		if f.Dir.Is(id, "group") {
			out = append(out, id)
		}
	}
	return out
}

// loops lists the sets of groups that contain one another, each sorted, in the order of their first group.
func loops(f *estate.Forest) [][]model.ID {
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
		path = append(path, frame{id, subgroups(f, id)})
	}
	for start := range f.Dir.OfClass("group") {
		if d := f.DomainOf(start); order[start] != 0 || d == nil || d.Forest != f {
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
			if len(part) > 1 || slices.Contains(subgroups(f, done), done) {
				slices.Sort(part)
				out = append(out, part)
			}
		}
	}
	slices.SortFunc(out, func(a, b []model.ID) int { return int(a[0]) - int(b[0]) })
	return out
}
