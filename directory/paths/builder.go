package paths

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// builder holds what is needed while a network is made.
type builder struct {
	*Network
	dir   *model.Directory
	rules *control.Rules
	out   *graph.Builder
	plain int // edges that are stored as they are

	homes    []home
	home     []uint16          // by object: place in homes
	roots    map[model.ID]bool // roots of naming contexts: rights do not pass through them
	uac      []uint32          // by object: userAccountControl, 0 for what is no account
	classes  []string          // distinct classes
	class    []uint16          // by object: place in classes
	families []control.Family  // by class

	controllers []controllerAccount

	principals map[principalKey]Node
	tokens     map[Node][]model.ID // groups at any depth of a principal
	zone       map[Node]bool       // privileged by design
	joins      map[Node][]Node     // further nodes that whoever controls a group enters
	scope      []uint32            // by object: place in scopes + 1, for units and domain roots
	areas      []area

	pairOf     []uint32 // by object: place of its pair + 1
	enrolment  map[model.ID][]enrolment
	shapes     map[model.ID][]shape
	closures   map[Node][]model.ID       // answers of closure, of large groups
	parts      map[Node][]model.ID       // accounts of the parts of groups
	partGroups map[Node][]model.ID       // groups of the parts of groups
	refused    map[int]map[model.ID]bool // by unit, of the rights that count with others: whom an entry refuses it to
	fillers    map[Node]Node             // by principal: whoever controls its membership, or that of a group in it
	rewriters  map[uint32][]writer       // by pair of accounts: who, not privileged, writes the name that certificates are matched by
	doors      map[model.ID]Node         // see special
	creators   map[uint16]Node           // by domain: whoever creates delegated managed accounts
	later      int8                      // whether a controller knows delegated managed accounts: 1 yes, -1 no, 0 not looked up
	accountBy  map[string][]model.ID     // by account name in lower case; made when a file names somebody
}

// home is a domain whose principals descriptors name without saying which domain: those of S-1-5-32.
type home struct {
	info    model.DomainInfo
	builtin map[sid.SID]model.ID
}

type principalKey struct {
	home uint16 // for built-in groups, else 0
	sid  sid.SID
}

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacDisabled     = 0x2
	uacTrustAccount = 0x800
	uacServerTrust  = 0x2000
	uacDelegates    = 0x80000
	uacReadOnly     = 0x4000000
)

func (b *builder) flags(id model.ID) uint32 { return b.uac[id] }

func readFlags(d *model.Directory, id model.ID) uint32 {
	if v, ok := d.Int(id, "userAccountControl"); ok {
		return uint32(v)
	}
	v, _ := d.Int(id, model.AccountFlags)
	return uint32(v)
}

// silent adds a node at which no step ends.
func (b *builder) silent() Node { return b.node(extra{what: silent}) }

func (b *builder) node(x extra) Node {
	b.extra = append(b.extra, x)
	return b.out.Grow(1)
}

// link adds an edge between two nodes of objects or principals.
func (b *builder) link(from, to Node, k control.Kind) {
	b.out.Add(from, to, label(k, -1))
	b.plain++
}

// setting notes the line of a file of a policy that explains an edge.
func (b *builder) setting(text string, policy model.ID) int {
	b.texts = append(b.texts, text)
	b.entries = append(b.entries, entry{desc: model.DescriptorID(len(b.texts) - 1), place: written, subject: policy})
	return len(b.entries) - 1
}

// enter adds a free edge into an object: into its node and into what whoever controls a group enters besides.
func (b *builder) enter(from, object Node) {
	b.out.Add(from, object, graph.Free)
	for _, more := range b.joins[object] {
		b.out.Add(from, more, graph.Free)
	}
}

// layout gives each object its domain and its class.
func (b *builder) layout() {
	d := b.dir
	domains := d.Domains()
	at := make(map[model.ID]uint16)
	suffixes := make([]string, 0, len(domains))
	for i, info := range domains {
		b.homes = append(b.homes, home{info: info, builtin: make(map[sid.SID]model.ID)})
		name, _ := model.NormalizeDN(info.DN)
		suffixes = append(suffixes, name)
		if info.Root != model.None {
			at[info.Root] = uint16(i)
		}
	}
	if len(b.homes) == 0 {
		b.homes = append(b.homes, home{builtin: make(map[sid.SID]model.ID)})
	}
	b.roots = make(map[model.ID]bool)
	for _, p := range d.Partitions() {
		if id, ok := d.ByDN(p.DN); ok {
			b.roots[id] = true
		}
	}
	b.home, b.class = make([]uint16, d.Count()), make([]uint16, d.Count())
	known := make(map[string]uint16)
	for id := range d.All() {
		if home, ok := at[id]; ok {
			b.home[id] = home
		} else if up, ok := d.Parent(id); ok {
			b.home[id] = b.home[up]
		} else {
			b.home[id] = b.nearest(suffixes, d.DN(id))
		}
		name := d.Class(id)
		class, ok := known[name]
		if !ok && len(b.classes) < 1<<16-1 {
			class = uint16(len(b.classes))
			known[name] = class
			b.classes = append(b.classes, name)
			b.families = append(b.families, control.FamilyOf(name))
		}
		b.class[id] = class
		if s := d.SID(id); s.IsBuiltin() {
			if held := b.homes[b.home[id]].builtin; held[s] == 0 {
				held[s] = id
			}
		}
	}
}

// nearest gives the domain of an object whose container was not collected: the longest domain name that ends its own.
func (b *builder) nearest(domains []string, dn string) uint16 {
	name, err := model.NormalizeDN(dn)
	best, length := 0, -1
	if err != nil {
		return 0
	}
	for i, suffix := range domains {
		if (name == suffix || strings.HasSuffix(name, ","+suffix)) && len(suffix) > length {
			best, length = i, len(suffix)
		}
	}
	return uint16(best)
}

func (b *builder) className(id model.ID) string {
	if len(b.classes) == 0 {
		return ""
	}
	return b.classes[b.class[id]]
}

// family gives the family of an object, classes derived from the known ones included.
func (b *builder) family(id model.ID) control.Family {
	f := control.Other
	if len(b.families) > 0 {
		f = b.families[b.class[id]]
	}
	switch {
	case f != control.Other:
	case b.dir.Is(id, "computer"):
		return control.Computer
	case b.dir.Is(id, "user"):
		return control.Account
	}
	return f
}

// resolve gives the node of a SID as the descriptors of a domain mean it.
func (b *builder) resolve(s sid.SID, home uint16) Node {
	if s.IsBuiltin() {
		if id, ok := b.homes[home].builtin[s]; ok {
			return Node(id)
		}
	} else {
		home = 0
		if id, ok := b.dir.BySID(s); ok {
			return Node(id)
		}
	}
	key := principalKey{home, s}
	node, ok := b.principals[key]
	if !ok {
		node = b.node(extra{what: principal, sid: s})
		b.principals[key] = node
	}
	return node
}

// groupsOf lists the groups at any depth of a principal, those of every authenticated account included.
func (b *builder) groupsOf(node Node, home uint16) []model.ID {
	out, ok := b.tokens[node]
	if ok {
		return out
	}
	var from []model.ID
	for _, each := range []Node{node, b.resolve(sid.AuthenticatedUsers, home), b.resolve(sid.Everyone, home)} {
		if int(each) < b.objects {
			from = append(from, model.ID(each))
		}
	}
	out = b.dir.AllGroupsOf(from...)
	b.tokens[node] = out
	return out
}

// holds tells whether a trustee has another SID in its token, in a domain. Of a group it tells what all its members have.
func (b *builder) holds(home uint16) func(trustee, other sid.SID) bool {
	return func(trustee, other sid.SID) bool {
		if trustee == other || other == sid.Everyone {
			return true
		}
		if other == sid.AuthenticatedUsers {
			return trustee.IsAccount() || trustee.IsBuiltin() && trustee != sid.Guests
		}
		to := b.resolve(other, home)
		if int(to) >= b.objects {
			return false
		}
		_, found := slices.BinarySearch(b.groupsOf(b.resolve(trustee, home), home), model.ID(to))
		return found
	}
}

// accounts sorts out the accounts of the directory; which of them are privileged is settled later.
func (b *builder) accounts() {
	b.kinds, b.uac = make([]account, b.objects), make([]uint32, b.objects)
	b.zone = make(map[Node]bool)
	for id := range b.dir.All() {
		switch b.family(id) {
		case control.Account, control.Computer, control.ManagedAccount:
		default:
			continue
		}
		flags := readFlags(b.dir, id)
		b.uac[id] = flags
		switch {
		case b.dir.SID(id).IsZero() || flags&uacTrustAccount != 0:
		case flags&uacDisabled != 0:
			b.kinds[id] = asleep
		default:
			b.kinds[id] = ordinary
		}
		if writable, readOnly := b.controller(id); writable || readOnly {
			b.controllers = append(b.controllers, controllerAccount{id, writable})
		}
	}
}

// controllerAccount is the account of a domain controller, writable or read-only.
type controllerAccount struct {
	id       model.ID
	writable bool
}

// controller tells whether an account is that of a writable domain controller, or of a read-only one.
func (b *builder) controller(id model.ID) (writable, readOnly bool) {
	if b.family(id) != control.Computer {
		return false, false
	}
	flags := b.flags(id)
	group, _ := b.dir.Int(id, "primaryGroupID")
	if group == sid.RIDReadOnlyDCs || flags&uacReadOnly != 0 {
		return false, true
	}
	return group == sid.RIDDomainControllers || flags&uacServerTrust != 0, false
}

// tierZero finds the objects of tier 0 and who is privileged by design.
func (b *builder) tierZero() {
	add := func(id model.ID, ok bool, why string) {
		if ok && !b.zone[Node(id)] {
			b.targets = append(b.targets, Target{Node(id), why})
			b.zone[Node(id)] = true
		}
	}
	var groups []model.ID
	for i, h := range b.homes {
		add(h.info.Root, h.info.Root != model.None, "domain")
		group := func(id model.ID, ok bool) {
			if add(id, ok, "group"); ok {
				groups = append(groups, id)
			}
		}
		for _, s := range []sid.SID{sid.Administrators, sid.AccountOperators, sid.ServerOperators, sid.PrintOperators, sid.BackupOperators} {
			id, ok := h.builtin[s]
			group(id, ok)
		}
		bySID := func(rid uint32) (model.ID, bool) { return b.dir.BySID(h.info.SID.Append(rid)) }
		if !h.info.SID.IsZero() {
			for _, rid := range []uint32{sid.RIDDomainAdmins, sid.RIDDomainControllers, sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins,
				sid.RIDKeyAdmins, sid.RIDEnterpriseKeyAdmins} {
				group(bySID(rid))
			}
			id, ok := bySID(sid.RIDKrbtgt)
			add(id, ok, "krbtgt")
			id, ok = bySID(sid.RIDAdministrator)
			add(id, ok, "administrator")
		}
		id, ok := b.dir.ByDN("CN=AdminSDHolder,CN=System," + h.info.DN)
		add(id, ok, "adminsdholder")
		for _, s := range []sid.SID{sid.LocalSystem, sid.EnterpriseDCs} {
			b.zone[b.resolve(s, uint16(i))] = true
		}
	}
	for _, c := range b.controllers {
		add(c.id, c.writable, "controller")
	}
	for _, id := range b.dir.MembersOf(groups...) {
		b.zone[Node(id)] = true
	}
	for node := range b.zone {
		if int(node) < b.objects && b.kinds[node] != noAccount {
			b.kinds[node] = trusted
		}
	}
}

// settings reads what the directory as a whole decides.
func (b *builder) settings() {
	for id := range b.dir.OfClass("nTDSService") {
		text, _ := b.dir.Text(id, "dSHeuristics")
		if len(text) >= 29 && text[28] == '1' { // BlockOwnerImplicitRights, MS-ADTS 6.1.1.2.4.1.2
			b.rules.OwnersLimited = true
		}
	}
}
