package paths

import (
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
)

// authorities links to the domain whoever gets certificates that open a session in any name (MS-CRTD, MS-WCCE, MS-PKCA), and
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
	var machines map[string]model.ID
	for id := range b.dir.OfClass("pKIEnrollmentService") {
		root, trusted := b.homes[b.home[id]].info.Root, false
		for v := range b.certificates(id) {
			trusted = trusted || believed[string(v)]
		}
		if root == model.None || !trusted {
			continue
		}
		b.link(Node(id), Node(root), control.ControlsCA)
		if machines == nil {
			machines = b.machines()
		}
		if name, ok := b.dir.Text(id, "dNSHostName"); ok {
			if host, ok := machines[strings.ToLower(name)]; ok {
				b.holder(host, Node(root))
			}
		}
		b.templates(id, Node(root))
	}
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

// machines finds computers by their DNS names.
func (b *builder) machines() map[string]model.ID {
	out := make(map[string]model.ID)
	for id := range b.dir.OfClass("computer") {
		if name, ok := b.dir.Text(id, "dNSHostName"); ok && name != "" {
			out[strings.ToLower(name)] = id
		}
	}
	return out
}

// templates links the templates that an authority issues to the domain.
func (b *builder) templates(authority model.ID, root Node) {
	issued := make(map[string]bool)
	for v := range b.dir.Values(authority, "certificateTemplates") {
		issued[strings.ToLower(string(v))] = true
	}
	for id := range b.dir.OfClass("pKICertificateTemplate") {
		name, ok := b.dir.Text(id, "cn")
		if !ok {
			name = b.dir.Name(id)
		}
		if !issued[strings.ToLower(name)] || b.home[id] != b.home[authority] {
			continue
		}
		b.link(Node(id), root, control.PublishedTemplate)
		if !b.anyName(id) || len(b.issue[id]) == 0 {
			continue
		}
		door := b.node(extra{what: subset, ref: Node(id)}) // enrolling is not controlling: a node of its own, shown as the template
		for _, node := range b.issue[id] {
			b.out.Add(node, door, graph.Free)
		}
		b.out.Add(door, root, label(control.IssuesCertificates, -1))
	}
}

// anyName tells whether a certificate of a template opens a session in a name that the requester chooses, without approval.
func (b *builder) anyName(id model.ID) bool {
	names, ok := b.dir.Int(id, "msPKI-Certificate-Name-Flag")
	enrolment, _ := b.dir.Int(id, "msPKI-Enrollment-Flag")
	signatures, _ := b.dir.Int(id, "msPKI-RA-Signature")
	if !ok || names&1 == 0 || enrolment&2 != 0 || signatures > 0 {
		return false
	}
	any := false
	for v := range b.dir.Values(id, "pKIExtendedKeyUsage") {
		any = true
		switch string(v) {
		case "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.5.2.3.4", "2.5.29.37.0":
			return true
		}
	}
	return !any
}
