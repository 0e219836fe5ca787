package policies

import (
	"encoding/binary"
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/grouppolicy"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// applyGroupPolicy is the extended right that a policy needs to apply to somebody (MS-ADTS 5.1.3.2.1).
const applyGroupPolicy = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"

// linked is a policy linked to a container.
type linked struct {
	policy   model.ID
	enforced bool
}

// set is a policy whose files were read and whose machine part is on.
type set struct {
	id     model.ID
	files  *sysvol.Policy
	filter *secdesc.Descriptor // nil: it applies to every account
	wmi    string              // name of its WMI filter: it may or may not apply; "" for none
}

// machines are computers to which the same policies apply, and what they are worth.
type machines struct {
	controllers, members, precious []model.ID // precious: members of tier 0
}

// Settings links to machines those whom policies make administrators of them, or give privileges that amount to it. The settings
// in force on a machine are worked out as Windows does (MS-GPOL 3.2.5.1.5): site, domain, units from the top, the last link that names
// a setting wins, a unit may block what comes from above, enforced links are not blocked and the highest wins; a policy applies to
// those who hold the right to apply it.
func (b *Reading) Settings() {
	if len(b.Dir.Sysvols()) == 0 {
		return
	}
	p := policing{Reading: b, sets: make(map[model.ID]*set), chains: make(map[*area]*chain)}
	groups := make(map[string]*machines)
	order := make(map[string][]*set)
	var keys []string
	for id := range b.Kinds {
		id := model.ID(id)
		if b.Kinds[id] == wiring.NoAccount || b.Family(id) != control.Computer {
			continue
		}
		in, key := p.inForce(id)
		if len(in) == 0 {
			continue
		}
		g, ok := groups[key]
		if !ok {
			g = &machines{}
			groups[key], order[key] = g, in
			keys = append(keys, key)
		}
		switch writable, readOnly := b.Controller(id); {
		case writable:
			g.controllers = append(g.controllers, id)
		case readOnly:
		default:
			g.members = append(g.members, id)
			if b.Zone[graph.Node(id)] {
				g.precious = append(g.precious, id)
			}
		}
	}
	for _, key := range keys { // in the order of the first machine of each
		p.apply(order[key], groups[key])
	}
}

func keyOf(list []*set) string {
	var out []byte
	for _, s := range list {
		out = binary.BigEndian.AppendUint32(out, uint32(s.id))
	}
	return string(out)
}

// policing is the working out of settings.
type policing struct {
	*Reading
	sets   map[model.ID]*set // nil for a policy without files
	chains map[*area]*chain
}

// set reads what counts of a policy.
func (p *policing) set(id model.ID) *set {
	s, known := p.sets[id]
	if known {
		return s
	}
	p.sets[id] = nil
	share, ok := p.Dir.Sysvol(p.Homes[p.Home[id]].Info)
	if !ok {
		return nil
	}
	files, ok := share.Policy(p.Dir.Name(id))
	if !ok || len(files.Rights) == 0 && len(files.Groups) == 0 {
		return nil
	}
	const machineOff = 2
	if flags, _ := p.Dir.Int(id, "flags"); flags&machineOff != 0 {
		return nil
	}
	s = &set{id: id, files: files}
	if d, ok := p.Dir.Descriptor(id); ok && !d.Partial() && !p.appliesToAll(d) {
		s.filter = d
	}
	if name, ok := grouppolicy.Filter(p.Dir, id); ok {
		s.wmi = name
		p.Filtered[id] = true
	}
	p.sets[id] = s
	return s
}

// told gives a line of the policy's files as a step quotes it, with the condition under which it counts.
func (s *set) told(line string) string {
	if s.wmi == "" {
		return line
	}
	return line + " [WMI: " + s.wmi + "]"
}

func applying() control.Request {
	return control.Request{Mask: secdesc.ControlAccess, Types: []guid.GUID{guid.MustParse(applyGroupPolicy)}}
}

func (p *policing) appliesToAll(d *secdesc.Descriptor) bool {
	for a := range d.Entries() { // a denial to some takes a look at each
		if a.Kind() == secdesc.Deny && a.Effective() {
			return false
		}
	}
	who := control.Subject{Holds: func(s sid.SID) bool { return s == sid.AuthenticatedUsers || s == sid.Everyone }}
	return control.Check(d, who, applying()).Granted
}

// chain is the policies linked to what a computer lies in, the weakest first.
type chain struct {
	sets     []*set
	key      string
	filtered bool // some apply to some accounts only
}

// linkedTo gives the policies linked to an area and to those above it.
func (p *policing) linkedTo(at *area) *chain {
	if c, ok := p.chains[at]; ok {
		return c
	}
	c := &chain{}
	var usual, enforced []*set
	blocked := false
	for a := at; ; a = &p.areas[a.up-1] {
		var here, hard []*set
		for _, l := range a.links {
			s := p.set(l.policy)
			switch {
			case s == nil:
				continue
			case l.enforced:
				hard = append(hard, s)
			case !blocked:
				here = append(here, s)
			default:
				continue
			}
			c.filtered = c.filtered || s.filter != nil
		}
		usual, enforced = append(here, usual...), append(enforced, hard...)
		if blocked = blocked || a.blocks; a.up == 0 {
			break
		}
	}
	c.sets = append(usual, enforced...)
	c.key = keyOf(c.sets)
	p.chains[at] = c
	return c
}

// inForce lists the policies that apply to a computer, the weakest first, and a key that lists alike share.
func (p *policing) inForce(id model.ID) ([]*set, string) {
	at, ok := p.areaAbove(id)
	if !ok {
		return nil, ""
	}
	c := p.linkedTo(at)
	if !c.filtered {
		return c.sets, c.key
	}
	holds, own := p.Holds(p.Home[id]), p.Dir.SID(id)
	who := control.Subject{Holds: func(s sid.SID) bool { return holds(own, s) }}
	out := slices.DeleteFunc(slices.Clone(c.sets), func(s *set) bool {
		return s.filter != nil && !control.Check(s.filter, who, applying()).Granted
	})
	return out, keyOf(out)
}

// apply links those whom the settings in force name to the machines.
func (p *policing) apply(list []*set, m *machines) {
	rights, members := make(winning), make(winning)
	for _, s := range list {
		for _, r := range s.files.Rights {
			rights.name(r.Name, s)
		}
		for _, g := range s.files.Groups {
			if replaces(g) {
				members.name(g.Group, s)
			}
		}
	}
	e := effect{policing: p, machines: m}
	for _, s := range list {
		for _, r := range s.files.Rights {
			if rights.may(r.Name, s) {
				e.right(s, r)
			}
		}
		for _, g := range s.files.Groups {
			if strings.Contains(strings.ToLower(g.File), "/user/") {
				continue // set when a person signs in, for that person
			}
			if !replaces(g) || members.may(g.Group, s) {
				e.fills(s, g)
			}
		}
	}
}

// winning holds, by setting, the policies that may have the last word: the last one that names it, and before it, as long as a WMI filter
// decides whether that one applies at all, those that would then win.
type winning map[string][]*set

// name notes that a policy, stronger than those noted before, names a setting.
func (w winning) name(setting string, s *set) {
	setting = strings.ToLower(setting)
	if s.wmi == "" {
		w[setting] = nil
	}
	w[setting] = append(w[setting], s)
}

func (w winning) may(setting string, s *set) bool {
	return slices.Contains(w[strings.ToLower(setting)], s)
}

// replaces tells whether a change to a group states all its members, so that a later one takes its place: a restricted group that has
// a list of members (MS-GPSB 2.2.4).
func replaces(g sysvol.Group) bool {
	return strings.HasSuffix(strings.ToLower(g.File), ".inf") && (len(g.Adds) > 0 || len(g.Joins) == 0)
}

// effect is what settings do on some machines.
type effect struct {
	*policing
	*machines
	nodes [3]graph.Node // of controllers, members, precious members; 0 until asked for
}

// node gives the node that leads to some of the machines.
func (e *effect) node(at int) graph.Node {
	if e.nodes[at] == 0 {
		e.nodes[at] = e.Silent()
		for _, id := range [][]model.ID{e.controllers, e.members, e.precious}[at] {
			e.Out.Add(e.nodes[at], graph.Node(id), graph.Free)
			e.Plain++
		}
	}
	return e.nodes[at]
}

const (
	onControllers = iota
	onMembers
	onPrecious
)

// gives links somebody to some machines.
func (e *effect) gives(who sid.SID, at int, k control.Kind, text string, s *set) {
	if len([][]model.ID{e.controllers, e.members, e.precious}[at]) == 0 {
		return
	}
	if from, ok := e.holder(who, at, s.id); ok {
		w := e.Written(from, k, s.told(text), s.id)
		e.Out.Add(e.Record.Units[w.Unit].Node, e.node(at), w.Label)
	}
}

// holder gives the node of whoever a file names, as the machines understand it. The built-in groups of a member are its own: what they
// hold is not known, but that of users, which holds every account.
func (e *effect) holder(who sid.SID, at int, policy model.ID) (graph.Node, bool) {
	home := e.Home[policy]
	switch {
	case who == sid.LocalSystem, who == sid.LocalService, who == sid.NetworkService, who == sid.Service:
		return 0, false
	case who.IsBuiltin() && at != onControllers && who == sid.Users:
		return e.Resolve(sid.AuthenticatedUsers, home), true
	case who.IsBuiltin() && at != onControllers:
		return 0, false
	case !who.IsAccount() && !who.IsBuiltin() && who != sid.Everyone && who != sid.AuthenticatedUsers:
		return 0, false // a service, a way of signing in
	}
	return e.Resolve(who, home), true
}

// right links those to whom a policy gives a right or a privilege.
func (e *effect) right(s *set, r sysvol.Right) {
	kind, everywhere := control.None, false
	switch strings.ToLower(r.Name) {
	case "sebackupprivilege", "serestoreprivilege", "setakeownershipprivilege", "sedebugprivilege", "seloaddriverprivilege", "setcbprivilege",
		"secreatetokenprivilege", "seassignprimarytokenprivilege", "semanagevolumeprivilege", "serelabelprivilege":
		kind, everywhere = control.PolicyPrivilege, true
	case "sesyncagentprivilege":
		kind = control.PolicyPrivilege
	case "seenabledelegationprivilege":
		kind = control.PolicyDelegation
	case "seinteractivelogonright", "seremoteinteractivelogonright", "sebatchlogonright", "seservicelogonright":
		kind = control.PolicyLogon
	default:
		return
	}
	for _, name := range r.Who {
		who, ok := e.named(name, s.id)
		if !ok {
			continue
		}
		text := r.Name + " = *" + who.String()
		e.gives(who, onControllers, kind, text, s)
		switch {
		case everywhere:
			e.gives(who, onMembers, kind, text, s)
		case kind == control.PolicyLogon:
			e.gives(who, onPrecious, kind, text, s)
		}
	}
}

// fills links those whom a policy puts into a group.
func (e *effect) fills(s *set, g sysvol.Group) {
	group, known := e.named(g.Group, s.id)
	if known {
		for _, name := range g.Adds {
			if who, ok := e.named(name, s.id); ok {
				e.joins(who, group, s)
			}
		}
	}
	for _, name := range g.Joins {
		if into, ok := e.named(name, s.id); ok && known {
			e.joins(group, into, s)
		}
	}
}

// joins links a member to a group: on a controller the group of the domain, elsewhere that of the machine.
func (e *effect) joins(who, group sid.SID, s *set) {
	text := group.String() + "__Members = *" + who.String()
	if from, ok := e.holder(who, onControllers, s.id); ok && len(e.controllers) > 0 {
		if to := e.Resolve(group, e.Home[e.controllers[0]]); int(to) < e.Objects && to != from {
			w := e.Written(from, control.PolicyMember, s.told(text), s.id)
			e.Out.Add(e.Record.Units[w.Unit].Node, to, w.Label)
		}
	}
	switch group {
	case sid.Administrators:
		e.gives(who, onMembers, control.PolicyAdmin, text, s)
	case sid.BackupOperators:
		e.gives(who, onMembers, control.PolicyPrivilege, text, s)
	case sid.Builtin.Append(555), sid.Builtin.Append(562), sid.Builtin.Append(580): // remote desktop, COM, remote management
		e.gives(who, onPrecious, control.PolicyLogon, text, s)
	}
}

// named gives the SID that a text in a file of a policy stands for: a SID, the usual name of a reserved principal in French or English,
// or the name of an account of the domain, with or without the domain before it.
func (p *policing) named(text string, policy model.ID) (sid.SID, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "*")
	if s, err := sid.Parse(text); err == nil {
		return s, true
	}
	domain, name, qualified := strings.Cut(text, `\`)
	if !qualified {
		name = text
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, " (built-in)"), " (intégré)")
	if p.accountBy == nil {
		p.accountBy = make(map[string][]model.ID)
		for id := range p.Dir.All() {
			if p.Dir.SID(id).IsAccount() {
				if account, ok := p.Dir.Text(id, "sAMAccountName"); ok {
					low := strings.ToLower(account)
					p.accountBy[low] = append(p.accountBy[low], id)
				}
			}
		}
	}
	for _, id := range p.accountBy[strings.ToLower(name)] {
		h := p.Homes[p.Home[id]].Info
		if p.Home[id] == p.Home[policy] && !qualified || qualified && (strings.EqualFold(domain, h.NetBIOS) || strings.EqualFold(domain, h.DNSName)) {
			return p.Dir.SID(id), true
		}
	}
	return reserved(name)
}

// reserved gives the SID of a reserved principal by its usual name.
func reserved(name string) (sid.SID, bool) {
	list := []sid.SID{sid.Everyone, sid.AuthenticatedUsers, sid.LocalSystem, sid.LocalService, sid.NetworkService, sid.Service}
	for rid := uint32(544); rid < 584; rid++ {
		list = append(list, sid.Builtin.Append(rid))
	}
	if name == "" { // some of these have no name either
		return sid.SID{}, false
	}
	i := slices.IndexFunc(list, func(s sid.SID) bool {
		return strings.EqualFold(s.Name("fr"), name) || strings.EqualFold(s.Name("en"), name)
	})
	if i < 0 {
		return sid.SID{}, false
	}
	return list[i], true
}
