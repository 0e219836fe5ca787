package certificates

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
)

// template is what counts of a certificate template (MS-CRTD 2).
type template struct {
	id       model.ID
	version  int64 // of its schema (MS-CRTD 2.19); 0: not known
	subject  bool  // the requester chooses the name (MS-CRTD 2.26)
	approval bool  // somebody must approve (MS-CRTD 2.27)
	signed   bool  // other signatures are asked for (MS-CRTD 2.22)
	noSID    bool  // the certificate does not carry the SID of its holder (MS-CRTD 2.27)
	names    int64 // msPKI-Certificate-Name-Flag
	usages   []string
	policies []string // issuance policies (MS-CRTD 2.25)
	byAgent  bool     // the signature asked for is that of an enrolment agent (MS-CRTD 2.23)
}

// Bits of msPKI-Certificate-Name-Flag and msPKI-Enrollment-Flag (MS-CRTD 2.26, 2.27).
const (
	suppliesSubject = 0x1
	suppliesAltName = 0x10000
	namesByService  = 0x800000  // CT_FLAG_SUBJECT_ALT_REQUIRE_SPN
	namesByUPN      = 0x2000000 // CT_FLAG_SUBJECT_ALT_REQUIRE_UPN
	namesByDNS      = 0x8000000 // CT_FLAG_SUBJECT_ALT_REQUIRE_DNS
	pendsRequests   = 0x2
	noSecurityExt   = 0x80000
	usageAny        = "2.5.29.37.0"
	usageAgent      = "1.3.6.1.4.1.311.20.2.1"
)

// readTemplate reads a template; false when who chooses the name in it was not read.
func (b *certifier) readTemplate(id model.ID) (template, bool) {
	t := template{id: id}
	var ok bool
	if t.names, ok = b.Dir.Int(id, "msPKI-Certificate-Name-Flag"); !ok {
		return t, false
	}
	enrolment, _ := b.Dir.Int(id, "msPKI-Enrollment-Flag")
	signatures, _ := b.Dir.Int(id, "msPKI-RA-Signature")
	t.version, _ = b.Dir.Int(id, "msPKI-Template-Schema-Version")
	t.subject = t.names&(suppliesSubject|suppliesAltName) != 0
	t.approval, t.noSID, t.signed = enrolment&pendsRequests != 0, enrolment&noSecurityExt != 0, signatures > 0 && t.version != 1
	if t.version != 1 { // from the second version on, application policies take the place of usages (MS-CRTD 2.25)
		t.usages = b.Dir.Texts(id, "msPKI-Certificate-Application-Policy")
	}
	if len(t.usages) == 0 {
		t.usages = b.Dir.Texts(id, "pKIExtendedKeyUsage")
	}
	t.policies = b.Dir.Texts(id, "msPKI-Certificate-Policy")
	for _, policy := range b.Dir.Texts(id, "msPKI-RA-Application-Policies") {
		// alone, or among the properties of a template of the fourth version: name`type`value`
		t.byAgent = t.byAgent || strings.Contains(policy, usageAgent) && signatures == 1
	}
	return t, true
}

func (t *template) has(usages ...string) bool {
	return slices.ContainsFunc(t.usages, func(u string) bool { return slices.Contains(usages, u) })
}

// opensSession: no usage at all, or one that stands for signing in (MS-PKCA 3.1.5.2.1.4).
func (t *template) opensSession() bool {
	return len(t.usages) == 0 || t.has(usageAny, "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.311.20.2.2", "1.3.6.1.5.2.3.4")
}

// agent tells whether a certificate makes its holder an enrolment agent: by its usage, or being good for anything.
func (t *template) agent() bool { return len(t.usages) == 0 || t.has(usageAny, usageAgent) }

// forOthers tells whether an agent may ask for a certificate of the template in somebody else's name, to sign in.
func (t *template) forOthers() bool {
	return t.opensSession() && !t.approval && (t.version == 1 || t.byAgent)
}

// issued is a template that an authority issues.
type issued struct {
	*template
	by   *authority
	door graph.Node // stands for holding a certificate of it: shown as the template
}

// issueAll links the templates that authorities issue to what their certificates give.
func (b *certifier) issueAll(authorities []authority) {
	type key struct {
		home uint16
		name string
	}
	known := make(map[key]*template)
	for id := range b.Dir.OfClass("pKICertificateTemplate") {
		name, ok := b.Dir.Text(id, "cn")
		if !ok {
			name = b.Dir.Name(id)
		}
		k := key{b.Home[id], strings.ToLower(name)}
		if t, ok := b.readTemplate(id); ok {
			known[k] = &t
		} else {
			known[k] = &template{id: id, approval: true} // only who changes it counts
		}
	}
	var list []issued
	for i := range authorities {
		a := &authorities[i]
		names := b.Dir.Texts(a.id, "certificateTemplates")
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
}

// issue makes the node of those who get certificates of a template from an authority: they must be allowed to enrol with both.
func (b *certifier) issue(t *template, a *authority) issued {
	i := issued{template: t, by: a, door: b.Node(wiring.Extra{What: wiring.Subset, Ref: graph.Node(t.id)})}
	var outside []rights.Enrolment
	for _, e := range b.Enrolment[t.id] {
		switch {
		case b.admits(a, e.Who):
			b.Out.Add(b.Record.Units[e.Unit].Node, i.door, e.Label)
		case !b.Zone[b.Record.Units[e.Unit].Trustee]:
			outside = append(outside, e)
		}
	}
	for _, e := range outside {
		for _, c := range a.enrol {
			for _, node := range b.Held([2]wiring.Right{{Unit: e.Unit, Kind: control.Enroll, Over: graph.Node(t.id)}, {Unit: c.Unit, Kind: control.Enroll, Over: graph.Node(a.id)}}, false) {
				b.Out.Add(node, i.door, wiring.Label(control.Enroll, e.Unit))
			}
		}
	}
	return i
}

// gives links the holders of certificates of a template to what these give them, and to the domain those who may change the template.
func (b *certifier) gives(i *issued) {
	b.changes(i)
	if i.approval || i.signed {
		return
	}
	root := i.by.root
	switch {
	case i.subject && i.opensSession():
		b.Link(i.door, root, control.IssuesCertificates)
	case i.subject && i.version == 1:
		b.Link(i.door, root, control.AddsUsage)
	}
	if !i.opensSession() {
		return
	}
	if i.by.anyName && !i.subject {
		w := b.Written(i.door, control.AcceptsAnyName, "EditFlags: EDITF_ATTRIBUTESUBJECTALTNAME2", i.by.id)
		b.Out.Add(b.Record.Units[w.Unit].Node, root, w.Label)
	}
	for _, policy := range i.policies {
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
		b.Link(graph.Node(i.id), i.by.root, control.PublishedTemplate)
	} else if len(i.by.enrol) > 0 {
		met := b.Both(wiring.Joint{Need: [2]graph.Node{graph.Node(i.id), b.entrance(i.by)}, At: [2]graph.Node{graph.Node(i.id), graph.Node(i.by.id)}, Shown: graph.Node(i.id), By: i.door, Told: true})
		b.Link(met, i.by.root, control.IssuesCertificates)
	}
	changed := graph.Node(graph.None)
	for _, s := range b.Shapes[i.id] {
		enough := false
		switch s.Power {
		case control.Shape:
			enough = true
		case control.ShapeName:
			enough = i.opensSession() && !i.approval && !i.signed
		case control.ShapeUsage:
			enough = i.subject && !i.approval && !i.signed
		case control.ShapeApproval:
			enough = i.subject && i.opensSession() && !i.signed
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
		met := b.Both(wiring.Joint{Need: [2]graph.Node{changed, i.door}, At: [2]graph.Node{graph.Node(i.id), graph.Node(i.id)}, Shown: graph.Node(i.id), By: i.door, Told: true})
		b.Link(met, i.by.root, control.IssuesCertificates)
	}
}

// agents links enrolment agents to the domain: they must also get certificates of a template that opens a session and takes their
// signature.
func (b *certifier) agents(list []issued) {
	others := graph.Node(graph.None)
	for _, i := range list {
		if i.forOthers() {
			if others == graph.None {
				others = b.Silent()
			}
			b.Out.Add(i.door, others, graph.Free)
		}
	}
	for _, i := range list {
		if others == graph.None || !i.agent() || i.approval || i.signed {
			continue
		}
		met := b.Both(wiring.Joint{Need: [2]graph.Node{i.door, others}, At: [2]graph.Node{graph.None, graph.None}, Shown: graph.Node(i.id), By: i.door, Told: true})
		b.Link(met, i.by.root, control.EnrollsForOthers)
	}
}
