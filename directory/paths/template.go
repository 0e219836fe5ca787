package paths

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
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
func (b *builder) readTemplate(id model.ID) (template, bool) {
	t := template{id: id}
	var ok bool
	if t.names, ok = b.dir.Int(id, "msPKI-Certificate-Name-Flag"); !ok {
		return t, false
	}
	enrolment, _ := b.dir.Int(id, "msPKI-Enrollment-Flag")
	signatures, _ := b.dir.Int(id, "msPKI-RA-Signature")
	t.version, _ = b.dir.Int(id, "msPKI-Template-Schema-Version")
	t.subject = t.names&(suppliesSubject|suppliesAltName) != 0
	t.approval, t.noSID, t.signed = enrolment&pendsRequests != 0, enrolment&noSecurityExt != 0, signatures > 0 && t.version != 1
	if t.version != 1 { // from the second version on, application policies take the place of usages (MS-CRTD 2.25)
		t.usages = b.dir.Texts(id, "msPKI-Certificate-Application-Policy")
	}
	if len(t.usages) == 0 {
		t.usages = b.dir.Texts(id, "pKIExtendedKeyUsage")
	}
	t.policies = b.dir.Texts(id, "msPKI-Certificate-Policy")
	for _, policy := range b.dir.Texts(id, "msPKI-RA-Application-Policies") {
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
	door Node // stands for holding a certificate of it: shown as the template
}

// certify links the templates that authorities issue to what their certificates give.
func (b *builder) certify(authorities []authority) {
	type key struct {
		home uint16
		name string
	}
	known := make(map[key]*template)
	for id := range b.dir.OfClass("pKICertificateTemplate") {
		name, ok := b.dir.Text(id, "cn")
		if !ok {
			name = b.dir.Name(id)
		}
		k := key{b.home[id], strings.ToLower(name)}
		if t, ok := b.readTemplate(id); ok {
			known[k] = &t
		} else {
			known[k] = &template{id: id, approval: true} // only who changes it counts
		}
	}
	var list []issued
	for i := range authorities {
		a := &authorities[i]
		names := b.dir.Texts(a.id, "certificateTemplates")
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
func (b *builder) issue(t *template, a *authority) issued {
	i := issued{template: t, by: a, door: b.node(extra{what: subset, ref: Node(t.id)})}
	var outside []enrolment
	for _, e := range b.enrolment[t.id] {
		switch {
		case b.admits(a, e.who):
			b.out.Add(b.Network.units[e.unit].node, i.door, e.label)
		case !b.zone[b.Network.units[e.unit].trustee]:
			outside = append(outside, e)
		}
	}
	for _, e := range outside {
		for _, c := range a.enrol {
			for _, node := range b.held([2]right{{e.unit, control.Enroll, Node(t.id)}, {c.unit, control.Enroll, Node(a.id)}}, false) {
				b.out.Add(node, i.door, label(control.Enroll, e.unit))
			}
		}
	}
	return i
}

// gives links the holders of certificates of a template to what these give them, and to the domain those who may change the template.
func (b *builder) gives(i *issued) {
	b.changes(i)
	if i.approval || i.signed {
		return
	}
	root := i.by.root
	switch {
	case i.subject && i.opensSession():
		b.link(i.door, root, control.IssuesCertificates)
	case i.subject && i.version == 1:
		b.link(i.door, root, control.AddsUsage)
	}
	if !i.opensSession() {
		return
	}
	if i.by.anyName && !i.subject {
		w := b.written(i.door, control.AcceptsAnyName, "EditFlags: EDITF_ATTRIBUTESUBJECTALTNAME2", i.by.id)
		b.out.Add(b.Network.units[w.unit].node, root, w.label)
	}
	for _, policy := range i.policies {
		for id := range b.dir.OfClass("msPKI-Enterprise-Oid") {
			if oid, ok := b.dir.Text(id, "msPKI-Cert-Template-OID"); !ok || oid != policy {
				continue
			}
			for group := range b.dir.Linked(id, "msDS-OIDToGroupLink") {
				w := b.written(i.door, control.CertificateGroup, "", id)
				b.out.Add(b.Network.units[w.unit].node, Node(group), w.label)
			}
		}
	}
}

// changes links those who may change a template to the domain. Rewriting its rights is enough where every account may enrol at the
// authority; else they must be allowed to. Writing attributes takes being allowed to enrol with the template besides.
func (b *builder) changes(i *issued) {
	if i.by.everybody() {
		b.link(Node(i.id), i.by.root, control.PublishedTemplate)
	} else if len(i.by.enrol) > 0 {
		met := b.both(joint{need: [2]Node{Node(i.id), b.entrance(i.by)}, at: [2]Node{Node(i.id), Node(i.by.id)}, shown: Node(i.id), by: i.door, told: true})
		b.link(met, i.by.root, control.IssuesCertificates)
	}
	changed := None
	for _, s := range b.shapes[i.id] {
		enough := false
		switch s.power {
		case control.Shape:
			enough = true
		case control.ShapeName:
			enough = i.opensSession() && !i.approval && !i.signed
		case control.ShapeUsage:
			enough = i.subject && !i.approval && !i.signed
		case control.ShapeApproval:
			enough = i.subject && i.opensSession() && !i.signed
		}
		if !enough || b.zone[b.Network.units[s.unit].trustee] {
			continue
		}
		if changed == None {
			changed = b.silent()
		}
		b.out.Add(b.Network.units[s.unit].node, changed, s.label)
	}
	if changed != None {
		met := b.both(joint{need: [2]Node{changed, i.door}, at: [2]Node{Node(i.id), Node(i.id)}, shown: Node(i.id), by: i.door, told: true})
		b.link(met, i.by.root, control.IssuesCertificates)
	}
}

// agents links enrolment agents to the domain: they must also get certificates of a template that opens a session and takes their
// signature.
func (b *builder) agents(list []issued) {
	others := None
	for _, i := range list {
		if i.forOthers() {
			if others == None {
				others = b.silent()
			}
			b.out.Add(i.door, others, graph.Free)
		}
	}
	for _, i := range list {
		if others == None || !i.agent() || i.approval || i.signed {
			continue
		}
		met := b.both(joint{need: [2]Node{i.door, others}, at: [2]Node{None, None}, shown: Node(i.id), by: i.door, told: true})
		b.link(met, i.by.root, control.EnrollsForOthers)
	}
}
