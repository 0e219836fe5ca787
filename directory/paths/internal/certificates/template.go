package certificates

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/pki"
)

// issued is a template that an authority issues.
type issued struct {
	*pki.Template
	by   *authority
	door graph.Node // stands for holding a certificate of it: shown as the template
}

// issueAll links the templates that authorities issue to what their certificates give.
func (b *certifier) issueAll(authorities []authority) {
	type key struct {
		home uint16
		name string
	}
	known := make(map[key]*pki.Template)
	for id := range b.Dir.OfClass("pKICertificateTemplate") {
		t, ok := pki.ReadTemplate(b.Dir, id)
		if !ok {
			t = pki.Template{ID: id, Approval: true} // only who changes it counts
		}
		known[key{b.Home[id], pki.TemplateName(b.Dir, id)}] = &t
	}
	var list []issued
	for i := range authorities {
		a := &authorities[i]
		names := b.Dir.Texts(a.ID, "certificateTemplates")
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if t := known[key{a.home, strings.ToLower(name)}]; t != nil {
				list = append(list, b.issue(t, a))
			}
		}
	}
	for i := range list {
		b.gives(&list[i])
	}
	b.agents(list)
	b.impersonations(list)
	b.groupLinks(list)
	b.relays(list)
}

// issue makes the node of those who get certificates of a template from an authority: they must be allowed to enrol with both.
func (b *certifier) issue(t *pki.Template, a *authority) issued {
	i := issued{Template: t, by: a, door: b.Node(wiring.Extra{What: wiring.Subset, Ref: graph.Node(t.ID)})}
	var outside []rights.Enrolment
	for _, e := range b.Enrolment[t.ID] {
		switch {
		case b.admits(a, e.Who):
			b.Out.Add(b.Record.Units[e.Unit].Node, i.door, e.Label)
		case !b.Zone[b.Record.Units[e.Unit].Trustee]:
			outside = append(outside, e)
		}
	}
	for _, e := range outside {
		for _, c := range a.enrol {
			for _, node := range b.Held([2]wiring.Right{{Unit: e.Unit, Kind: control.Enroll, Over: graph.Node(t.ID)}, {Unit: c.Unit, Kind: control.Enroll, Over: graph.Node(a.ID)}}, false) {
				b.Out.Add(node, i.door, wiring.Label(control.Enroll, e.Unit))
			}
		}
	}
	return i
}

// gives links the holders of certificates of a template to what these give them, and to the domain those who may change the template.
func (b *certifier) gives(i *issued) {
	b.changes(i)
	if i.Approval || i.Signed {
		return
	}
	root := i.by.root
	switch {
	case i.Subject && i.OpensSession():
		b.Link(i.door, root, control.IssuesCertificates)
	case i.Subject && i.Version == 1:
		b.Link(i.door, root, control.AddsUsage)
	}
	if !i.OpensSession() {
		return
	}
	if i.by.TakesNames == pki.Yes && !i.Subject {
		w := b.Written(i.door, control.AcceptsAnyName, "EditFlags: EDITF_ATTRIBUTESUBJECTALTNAME2", i.by.ID)
		b.Out.Add(b.Record.Units[w.Unit].Node, root, w.Label)
	}
	for _, policy := range i.Policies {
		for id := range b.Dir.OfClass("msPKI-Enterprise-Oid") {
			if oid, ok := b.Dir.Text(id, "msPKI-Cert-Template-OID"); !ok || oid != policy {
				continue
			}
			for group := range b.Dir.Linked(id, "msDS-OIDToGroupLink") {
				w := b.Written(i.door, control.CertificateGroup, "", id)
				b.Out.Add(b.Record.Units[w.Unit].Node, graph.Node(group), w.Label)
			}
		}
	}
}

// changes links those who may change a template to the domain. Rewriting its rights is enough where every account may enrol at the
// authority; else they must be allowed to. Writing attributes takes being allowed to enrol with the template besides.
func (b *certifier) changes(i *issued) {
	if i.by.everybody() {
		b.Link(graph.Node(i.ID), i.by.root, control.PublishedTemplate)
	} else if len(i.by.enrol) > 0 {
		met := b.Both(wiring.Joint{Need: [2]graph.Node{graph.Node(i.ID), b.entrance(i.by)}, At: [2]graph.Node{graph.Node(i.ID), graph.Node(i.by.ID)}, Shown: graph.Node(i.ID), By: i.door, Told: true})
		b.Link(met, i.by.root, control.IssuesCertificates)
	}
	changed := graph.Node(graph.None)
	for _, s := range b.Shapes[i.ID] {
		enough := false
		switch s.Power {
		case control.Shape:
			enough = true
		case control.ShapeName:
			enough = i.OpensSession() && !i.Approval && !i.Signed
		case control.ShapeUsage:
			enough = i.Subject && !i.Approval && !i.Signed
		case control.ShapeApproval:
			enough = i.Subject && i.OpensSession() && !i.Signed
		}
		if !enough || b.Zone[b.Record.Units[s.Unit].Trustee] {
			continue
		}
		if changed == graph.None {
			changed = b.Silent()
		}
		b.Out.Add(b.Record.Units[s.Unit].Node, changed, s.Label)
	}
	if changed != graph.None {
		met := b.Both(wiring.Joint{Need: [2]graph.Node{changed, i.door}, At: [2]graph.Node{graph.Node(i.ID), graph.Node(i.ID)}, Shown: graph.Node(i.ID), By: i.door, Told: true})
		b.Link(met, i.by.root, control.IssuesCertificates)
	}
}
