package referential

// GroupRule is a rule on the group to which the structure belongs; on a group, on itself. It is for what a group shows once for its members.
//
//	group: RULE
type GroupRule struct{ Rule Rule }

func (r GroupRule) uses(u *Uses) {
	u.Members = true
	r.Rule.uses(u)
}

func (r GroupRule) eval(f *frame) Reason {
	switch {
	case f.subject.IsGroup:
		return r.Rule.eval(f)
	case f.subject.Group == "":
		return Reason{Status: Unknown, Code: "group.unknown", Next: f.ask("group")}
	}
	why := r.Rule.eval(f.about(Subject{Structure: f.subject.Group, IsGroup: true}))
	return Reason{Status: why.Status, Code: "group." + string(why.Status), Children: []Reason{why}, Next: why.Next}
}
