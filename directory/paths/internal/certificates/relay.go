package certificates

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/pki"
	"hygie/directory/sid"
)

// opens tells whether the certificate opens a session and nobody else has a say in who gets it.
func (i *issued) opens() bool { return i.OpensSession() && !i.Approval && !i.Signed }

// relays links every account to the machines in whose name it can get a certificate: whoever is on the network can make a machine
// authenticate to it, and pass that on to an authority that does not check where it comes from (ESC8, ESC11). The machine must be allowed to
// enrol with a template that opens a session. A machine cannot be relayed to itself, and those of Protected Users do not use NTLM.
func (b *certifier) relays(list []issued) {
	var done []*authority
	for i := range list {
		by := list[i].by
		where, relayed := by.Relayed()
		if !relayed || slices.Contains(done, by) {
			continue
		}
		done = append(done, by)
		victims := b.victims(by, list)
		if len(victims) == 0 {
			continue
		}
		w := b.Written(b.Resolve(sid.AuthenticatedUsers, by.home), control.RelaysToAuthority, where, by.ID)
		each := b.Silent()
		b.Out.Add(b.Record.Units[w.Unit].Node, each, w.Label)
		for _, id := range victims {
			b.Out.Add(each, graph.Node(id), graph.Free)
			b.Plain++
		}
	}
}

// victims lists the machines that get a certificate of an authority that opens a session in their name.
func (b *certifier) victims(by *authority, list []issued) []model.ID {
	var templates []*issued
	for i := range list {
		if t := &list[i]; t.by == by && t.opens() && (t.Subject || t.Names&pki.NamesByDNS != 0) {
			templates = append(templates, t)
		}
	}
	if len(templates) == 0 {
		return nil
	}
	host, hosted := b.hostOf(by.ID)
	guarded := make(map[model.ID]bool)
	for _, home := range b.Homes {
		if group, ok := b.Dir.BySID(home.Info.SID.Append(sid.RIDProtectedUsers)); ok && !home.Info.SID.IsZero() {
			for _, id := range b.Dir.MembersOf(group) {
				guarded[id] = true
			}
		}
	}
	var out []model.ID
	for id, kind := range b.Kinds {
		id := model.ID(id)
		if kind != wiring.Ordinary && kind != wiring.Trusted || hosted && id == host || guarded[id] || b.Family(id) != control.Computer {
			continue
		}
		if slices.ContainsFunc(templates, func(t *issued) bool { return b.enrols(id, t) }) {
			out = append(out, id)
		}
	}
	return out
}

// universalGroup is the bit of groupType of universal groups (MS-ADTS 2.2.12).
const universalGroup = 0x8

// groupLinks links whoever may write the group of an issuance policy, and gets certificates of a template with that policy, to the groups
// that a policy may stand for: the universal ones without a member (MS-ADA2, msDS-OIDToGroupLink; ESC13).
func (b *certifier) groupLinks(list []issued) {
	policies := make(map[string][]model.ID)
	for id := range b.Dir.OfClass("msPKI-Enterprise-Oid") {
		if oid, ok := b.Dir.Text(id, "msPKI-Cert-Template-OID"); ok {
			policies[oid] = append(policies[oid], id)
		}
	}
	empty := make(map[graph.Node]graph.Node) // by root of the forest
	for i := range list {
		t := &list[i]
		if !t.opens() {
			continue
		}
		for _, policy := range t.Policies {
			for _, id := range policies[policy] {
				to, ok := empty[t.by.root]
				if !ok {
					to = b.emptyGroups(t.by.home)
					empty[t.by.root] = to
				}
				if to == graph.None {
					continue
				}
				met := b.Both(wiring.Joint{Need: [2]graph.Node{graph.Node(id), t.door}, At: [2]graph.Node{graph.Node(id), graph.Node(t.ID)}, Shown: graph.Node(id), By: t.door, Told: true})
				b.Link(met, to, control.CertificateGroup)
			}
		}
	}
}

// emptyGroups gives a node that leads to the empty universal groups of a forest; graph.None when it has none.
func (b *certifier) emptyGroups(home uint16) graph.Node {
	node := graph.Node(graph.None)
	for id := range b.Dir.OfClass("group") {
		kind, _ := b.Dir.Int(id, "groupType")
		if kind&universalGroup == 0 || !b.sameForest(b.Home[id], home) || b.hasMember(id) {
			continue
		}
		if node == graph.None {
			node = b.Silent()
		}
		b.Enter(node, graph.Node(id))
	}
	return node
}

func (b *certifier) hasMember(group model.ID) bool {
	for range b.Dir.Members(group) {
		return true
	}
	for range b.Dir.UnresolvedMembers(group) {
		return true
	}
	return false
}

// sameForest tells whether a domain is in the tree of another, which roots the forest.
func (b *certifier) sameForest(home, root uint16) bool {
	own, top := strings.ToLower(b.Homes[home].Info.DN), strings.ToLower(b.Homes[root].Info.DN)
	return own == top || strings.HasSuffix(own, ","+top)
}
