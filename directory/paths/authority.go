package paths

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// writer is a grant by a place in a list of rights: the unit that carries it, and the label of an edge out of the unit.
type writer struct {
	unit  int
	label graph.Label
}

// enrolment is a right to ask for certificates, with a template or at an authority.
type enrolment struct {
	writer
	who    sid.SID
	partly bool // some members of the trustee are refused it
}

// shape is a right to change a template, without its rights.
type shape struct {
	writer
	power control.Power
}

// authority is a certification authority whose certificates open sessions.
type authority struct {
	id       model.ID
	home     uint16
	root     Node
	enrol    []enrolment
	unlisted bool // who may enrol there is not known: everybody is taken to
	anyName  bool // it takes the name that a request adds
	door     Node // stands for being allowed to enrol there; 0 until asked for
}

// Rights over an authority itself, kept in its registry (MS-CSRA 3.1.1.7).
const (
	rightManageAuthority    secdesc.Mask = 0x1
	rightManageCertificates secdesc.Mask = 0x2
	rightEnrol              secdesc.Mask = 0x200
)

// authorities links to the domain whoever gets certificates that open a session in another name (MS-CRTD, MS-WCCE, MS-PKCA), and
// whoever holds the keys that sign them.
func (b *builder) authorities() {
	believed := make(map[string]bool) // certificates whose subjects may sign in
	for id := range b.dir.OfClass("certificationAuthority") {
		if !strings.EqualFold(b.dir.Name(id), "NTAuthCertificates") {
			continue
		}
		for v := range b.certificates(id) {
			believed[string(v)] = true
		}
		if root := b.homes[b.home[id]].info.Root; root != model.None {
			b.link(Node(id), Node(root), control.ControlsCA)
		}
	}
	var list []authority
	machines := b.machines()
	for id := range b.dir.OfClass("pKIEnrollmentService") {
		root, trusted := b.homes[b.home[id]].info.Root, false
		for v := range b.certificates(id) {
			trusted = trusted || believed[string(v)]
		}
		if root == model.None || !trusted {
			continue
		}
		b.link(Node(id), Node(root), control.ControlsCA)
		if name, ok := b.dir.Text(id, "dNSHostName"); ok {
			if host, ok := machines[strings.ToLower(name)]; ok {
				b.holder(host, Node(root))
			}
		}
		a := authority{id: id, home: b.home[id], root: Node(root)}
		b.security(&a)
		list = append(list, a)
	}
	b.certify(list)
}

// security reads who may do what at an authority: from its registry where a source gives that, else from its object in the directory,
// which Windows keeps in step for enrolment.
func (b *builder) security(a *authority) {
	flag, _ := b.dir.Text(a.id, model.AuthorityTakesNames)
	a.anyName = strings.EqualFold(flag, "TRUE")
	_, described := b.dir.Descriptor(a.id)
	a.enrol, a.unlisted = b.enrolment[a.id], !described
	raw, ok := b.dir.Value(a.id, model.AuthoritySecurity)
	if !ok {
		return
	}
	d, err := secdesc.Parse(raw)
	if err != nil || d.DACL() != secdesc.ListDACL {
		return
	}
	a.enrol, a.unlisted = nil, false
	holds := b.holds(a.home)
	for _, right := range []struct {
		kind control.Kind
		mask secdesc.Mask
	}{{control.Enroll, rightEnrol}, {control.ManageAuthority, rightManageAuthority}, {control.ManageCertificates, rightManageCertificates}} {
		for e := range d.Entries() {
			who := control.Subject{Holds: func(s sid.SID) bool { return holds(e.Trustee, s) }}
			if e.Kind() != secdesc.Allow || e.Mask&right.mask == 0 || !control.Check(&d, who, control.Request{Mask: right.mask}).Granted {
				continue
			}
			w := b.written(b.resolve(e.Trustee, a.home), right.kind, e.SDDL(), a.id)
			if right.kind == control.Enroll {
				a.enrol = append(a.enrol, enrolment{writer: w, who: e.Trustee})
				continue
			}
			b.out.Add(b.Network.units[w.unit].node, Node(a.id), w.label)
		}
	}
}

// written makes the unit of a right that stands in a setting and not in a descriptor of the directory.
func (b *builder) written(trustee Node, k control.Kind, text string, where model.ID) writer {
	at, e, node := len(b.Network.units), b.setting(text, where), b.silent()
	b.Network.units = append(b.Network.units, unit{trustee: trustee, entry: uint32(e), origin: where, objects: 1, node: node})
	b.out.Add(trustee, node, label(k, at))
	b.plain++
	return writer{at, label(k, e) | graph.Free}
}

// everybody tells whether every account may enrol at the authority.
func (a *authority) everybody() bool {
	if a.unlisted {
		return true
	}
	for _, e := range a.enrol {
		if !e.partly && (e.who == sid.Everyone || e.who == sid.AuthenticatedUsers) {
			return true
		}
	}
	return false
}

// admits tells whether the authority lets enrol whoever has a SID.
func (b *builder) admits(a *authority, who sid.SID) bool {
	if a.everybody() {
		return true
	}
	holds := b.holds(a.home)
	for _, e := range a.enrol {
		if !e.partly && holds(who, e.who) {
			return true
		}
	}
	return false
}

// entrance gives the node of whoever may enrol at the authority.
func (b *builder) entrance(a *authority) Node {
	if a.door == 0 {
		a.door = b.silent()
		for _, e := range a.enrol {
			b.out.Add(b.Network.units[e.unit].node, a.door, e.label)
		}
	}
	return a.door
}

// certificates gives the certificates of an object, or the digests that some sources give in their place.
func (b *builder) certificates(id model.ID) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, attribute := range []string{"cACertificate", model.CertificateThumbprint} {
			for v := range b.dir.Values(id, attribute) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// holder makes the host of an authority tier 0.
func (b *builder) holder(host model.ID, root Node) {
	b.link(Node(host), root, control.HoldsKeys)
	if b.kinds[host] == ordinary {
		b.kinds[host] = trusted
	}
	if !b.zone[Node(host)] {
		b.zone[Node(host)] = true
		b.targets = append(b.targets, Target{Node(host), "authority"})
	}
}

// machines finds the computers that authorities say they run on, by their DNS names in lower case.
func (b *builder) machines() map[string]model.ID {
	var wanted []string
	for id := range b.dir.OfClass("pKIEnrollmentService") {
		if name, ok := b.dir.Text(id, "dNSHostName"); ok && name != "" {
			wanted = append(wanted, name)
		}
	}
	out := make(map[string]model.ID)
	if len(wanted) == 0 {
		return out
	}
	for id := range b.dir.OfClass("computer") {
		name, ok := b.dir.Text(id, "dNSHostName")
		if ok && slices.ContainsFunc(wanted, func(w string) bool { return len(w) == len(name) && strings.EqualFold(w, name) }) {
			out[strings.ToLower(name)] = id
		}
	}
	return out
}
