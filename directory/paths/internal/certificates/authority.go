// Package certificates lays the edges that certificates give: who gets one that opens a session in another name, from which template and
// authority, who may change a template into such a one, and who holds the keys of the authorities that a domain believes.
package certificates

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// authority is a certification authority whose certificates open sessions.
type authority struct {
	id       model.ID
	home     uint16
	root     graph.Node
	enrol    []rights.Enrolment
	unlisted bool       // who may enrol there is not known: everybody is taken to
	anyName  bool       // it takes the name that a request adds
	door     graph.Node // stands for being allowed to enrol there; 0 until asked for
}

// Rights over an authority itself, kept in its registry (MS-CSRA 3.1.1.7).
const (
	rightManageAuthority    secdesc.Mask = 0x1
	rightManageCertificates secdesc.Mask = 0x2
	rightEnrol              secdesc.Mask = 0x200
)

// certifier links what certificates give.
type certifier struct{ *rights.Reading }

// Link links to the domain whoever gets certificates that open a session in another name (MS-CRTD, MS-WCCE, MS-PKCA), and
// whoever holds the keys that sign them.
func Link(r *rights.Reading) { (&certifier{r}).authorities() }

// authorities finds the authorities that the domains believe and what is issued there.
func (b *certifier) authorities() {
	believed := make(map[string]bool) // certificates whose subjects may sign in
	for id := range b.Dir.OfClass("certificationAuthority") {
		if !strings.EqualFold(b.Dir.Name(id), "NTAuthCertificates") {
			continue
		}
		for v := range b.certificates(id) {
			believed[string(v)] = true
		}
		if root := b.Homes[b.Home[id]].Info.Root; root != model.None {
			b.Link(graph.Node(id), graph.Node(root), control.ControlsCA)
		}
	}
	var list []authority
	machines := b.machines()
	for id := range b.Dir.OfClass("pKIEnrollmentService") {
		root, trusted := b.Homes[b.Home[id]].Info.Root, false
		for v := range b.certificates(id) {
			trusted = trusted || believed[string(v)]
		}
		if root == model.None || !trusted {
			continue
		}
		b.Link(graph.Node(id), graph.Node(root), control.ControlsCA)
		if name, ok := b.Dir.Text(id, "dNSHostName"); ok {
			if host, ok := machines[strings.ToLower(name)]; ok {
				b.holder(host, graph.Node(root))
			}
		}
		a := authority{id: id, home: b.Home[id], root: graph.Node(root)}
		b.security(&a)
		list = append(list, a)
	}
	b.issueAll(list)
}

// security reads who may do what at an authority: from its registry where a source gives that, else from its object in the directory,
// which Windows keeps in step for enrolment.
func (b *certifier) security(a *authority) {
	flag, _ := b.Dir.Text(a.id, entry.AuthorityTakesNames)
	a.anyName = strings.EqualFold(flag, "TRUE")
	_, described := b.Dir.Descriptor(a.id)
	a.enrol, a.unlisted = b.Enrolment[a.id], !described
	raw, ok := b.Dir.Value(a.id, entry.AuthoritySecurity)
	if !ok {
		return
	}
	d, err := secdesc.Parse(raw)
	if err != nil || d.DACL() != secdesc.ListDACL {
		return
	}
	a.enrol, a.unlisted = nil, false
	holds := b.Holds(a.home)
	for _, right := range []struct {
		kind control.Kind
		mask secdesc.Mask
	}{{control.Enroll, rightEnrol}, {control.ManageAuthority, rightManageAuthority}, {control.ManageCertificates, rightManageCertificates}} {
		for e := range d.Entries() {
			who := control.Subject{Holds: func(s sid.SID) bool { return holds(e.Trustee, s) }}
			if e.Kind() != secdesc.Allow || e.Mask&right.mask == 0 || !control.Check(&d, who, control.Request{Mask: right.mask}).Granted {
				continue
			}
			w := b.Written(b.Resolve(e.Trustee, a.home), right.kind, e.SDDL(), a.id)
			if right.kind == control.Enroll {
				a.enrol = append(a.enrol, rights.Enrolment{Writer: w, Who: e.Trustee})
				continue
			}
			b.Out.Add(b.Record.Units[w.Unit].Node, graph.Node(a.id), w.Label)
		}
	}
}

// everybody tells whether every account may enrol at the authority.
func (a *authority) everybody() bool {
	if a.unlisted {
		return true
	}
	for _, e := range a.enrol {
		if !e.Partly && (e.Who == sid.Everyone || e.Who == sid.AuthenticatedUsers) {
			return true
		}
	}
	return false
}

// admits tells whether the authority lets enrol whoever has a SID.
func (b *certifier) admits(a *authority, who sid.SID) bool {
	if a.everybody() {
		return true
	}
	holds := b.Holds(a.home)
	for _, e := range a.enrol {
		if !e.Partly && holds(who, e.Who) {
			return true
		}
	}
	return false
}

// entrance gives the node of whoever may enrol at the authority.
func (b *certifier) entrance(a *authority) graph.Node {
	if a.door == 0 {
		a.door = b.Silent()
		for _, e := range a.enrol {
			b.Out.Add(b.Record.Units[e.Unit].Node, a.door, e.Label)
		}
	}
	return a.door
}

// certificates gives the certificates of an object, or the digests that some sources give in their place.
func (b *certifier) certificates(id model.ID) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, attribute := range []string{"cACertificate", entry.CertificateThumbprint} {
			for v := range b.Dir.Values(id, attribute) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// holder makes the host of an authority tier 0.
func (b *certifier) holder(host model.ID, root graph.Node) {
	b.Link(graph.Node(host), root, control.HoldsKeys)
	if b.Kinds[host] == wiring.Ordinary {
		b.Kinds[host] = wiring.Trusted
	}
	if !b.Zone[graph.Node(host)] {
		b.Zone[graph.Node(host)] = true
		b.Prized = append(b.Prized, wiring.Prized{Node: graph.Node(host), Why: "authority"})
	}
}

// machines finds the computers that authorities say they run on, by their DNS names in lower case.
func (b *certifier) machines() map[string]model.ID {
	var wanted []string
	for id := range b.Dir.OfClass("pKIEnrollmentService") {
		if name, ok := b.Dir.Text(id, "dNSHostName"); ok && name != "" {
			wanted = append(wanted, name)
		}
	}
	out := make(map[string]model.ID)
	if len(wanted) == 0 {
		return out
	}
	for id := range b.Dir.OfClass("computer") {
		name, ok := b.Dir.Text(id, "dNSHostName")
		if ok && slices.ContainsFunc(wanted, func(w string) bool { return len(w) == len(name) && strings.EqualFold(w, name) }) {
			out[strings.ToLower(name)] = id
		}
	}
	return out
}
