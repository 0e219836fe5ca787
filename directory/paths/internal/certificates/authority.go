// Package certificates lays the edges that certificates give: who gets one that opens a session in another name, from which template and
// authority, who may change a template into such a one, and who holds the keys of the authorities that a domain believes.
package certificates

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/pki"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// authority is a certification authority whose certificates open sessions.
type authority struct {
	pki.Authority
	home     uint16
	root     graph.Node
	enrol    []rights.Enrolment
	unlisted bool       // who may enrol there is not known: everybody is taken to
	door     graph.Node // stands for being allowed to enrol there; 0 until asked for
}

// certifier links what certificates give.
type certifier struct {
	*rights.Reading
	machines map[string]model.ID // computers that authorities run on, by DNS name in lower case
}

// Link links to the domain whoever gets certificates that open a session in another name (MS-CRTD, MS-WCCE, MS-PKCA), and
// whoever holds the keys that sign them.
func Link(r *rights.Reading) {
	b := &certifier{Reading: r}
	b.findMachines()
	b.authorities()
}

// authorities finds the authorities that the domains believe and what is issued there.
func (b *certifier) authorities() {
	believed := make(map[string]bool) // certificates whose subjects may sign in
	for id := range b.Dir.OfClass("certificationAuthority") {
		if !strings.EqualFold(b.Dir.Name(id), "NTAuthCertificates") {
			continue
		}
		for v := range pki.Certificates(b.Dir, id) {
			believed[string(v)] = true
		}
		if root := b.Homes[b.Home[id]].Info.Root; root != model.None {
			b.Link(graph.Node(id), graph.Node(root), control.ControlsCA)
		}
	}
	var list []authority
	for id := range b.Dir.OfClass("pKIEnrollmentService") {
		root := b.Homes[b.Home[id]].Info.Root
		if root == model.None || !pki.Believed(b.Dir, id, believed) {
			continue
		}
		b.Link(graph.Node(id), graph.Node(root), control.ControlsCA)
		if host, ok := b.hostOf(id); ok {
			b.holder(host, graph.Node(root))
		}
		a := authority{Authority: pki.ReadAuthority(b.Dir, id), home: b.Home[id], root: graph.Node(root)}
		b.security(&a)
		list = append(list, a)
	}
	b.issueAll(list)
}

// security reads who may do what at an authority: from its registry where a source gives that, else from its object in the directory,
// which Windows keeps in step for enrolment.
func (b *certifier) security(a *authority) {
	_, described := b.Dir.Descriptor(a.ID)
	a.enrol, a.unlisted = b.Enrolment[a.ID], !described
	if a.Security == nil {
		return
	}
	a.enrol, a.unlisted = nil, false
	for _, right := range []struct {
		kind control.Kind
		mask secdesc.Mask
	}{{control.Enroll, pki.Enrol}, {control.ManageAuthority, pki.Administer}, {control.ManageCertificates, pki.ManageCertificates}} {
		for e := range a.Holders(right.mask, b.Holds(a.home)) {
			w := b.Written(b.Resolve(e.Trustee, a.home), right.kind, e.SDDL(), a.ID)
			if right.kind == control.Enroll {
				a.enrol = append(a.enrol, rights.Enrolment{Writer: w, Who: e.Trustee})
				continue
			}
			b.Out.Add(b.Record.Units[w.Unit].Node, graph.Node(a.ID), w.Label)
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

// hostOf gives the computer that an authority runs on.
func (b *certifier) hostOf(authority model.ID) (model.ID, bool) {
	name, _ := b.Dir.Text(authority, "dNSHostName")
	host, ok := b.machines[strings.ToLower(name)]
	return host, ok
}

// findMachines finds the computers that authorities say they run on.
func (b *certifier) findMachines() {
	var wanted []string
	for id := range b.Dir.OfClass("pKIEnrollmentService") {
		if name, ok := b.Dir.Text(id, "dNSHostName"); ok && name != "" {
			wanted = append(wanted, name)
		}
	}
	b.machines = make(map[string]model.ID)
	if len(wanted) == 0 {
		return
	}
	for id := range b.Dir.OfClass("computer") {
		name, ok := b.Dir.Text(id, "dNSHostName")
		if ok && slices.ContainsFunc(wanted, func(w string) bool { return len(w) == len(name) && strings.EqualFold(w, name) }) {
			b.machines[strings.ToLower(name)] = id
		}
	}
}
