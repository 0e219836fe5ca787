package findings

import (
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/access"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// grant makes the reason for a right.
func (o *outcome) grant(g access.Grant) reason {
	text, name := o.Who(g.Trustee)
	return because("right", "right", g.Right.Code, "trustee", text, "trustee_name", name, "origin", access.Origin(g))
}

// rights finds the dangerous rights on an object in the hands of somebody who is not privileged.
func (o *outcome) rights(id model.ID, target access.Target, who access.Principals) {
	grants, ok := o.GrantsOf(id, target, who)
	if d, read := o.dir.Descriptor(id); !ok || read && d.Partial() {
		o.missing("nTSecurityDescriptor of " + o.dir.DN(id))
	}
	for _, g := range grants {
		o.found(id, o.grant(g))
	}
}

// evaluate gives who has one of the rights on an object, without the rights that give control of the object anyway.
func (o *outcome) evaluate(id model.ID, rights []access.Right, who access.Principals) ([]access.Grant, bool) {
	d, ok := o.dir.Descriptor(id)
	if !ok {
		o.missing("nTSecurityDescriptor of " + o.dir.DN(id))
		return nil, false
	}
	if d.Partial() {
		o.missing("nTSecurityDescriptor of " + o.dir.DN(id))
	}
	return access.Evaluate(d, access.Class(o.dir.Class(id)), rights, who), true
}

// containerRights looks at the containers that every domain has, save those that a control point looks at.
func containerRights(o *outcome) {
	for _, prefix := range []string{
		"CN=Users,", "CN=Computers,", "CN=System,", "CN=Builtin,", "CN=ForeignSecurityPrincipals,", "CN=Managed Service Accounts,",
		"CN=Program Data,", "CN=Policies,CN=System,", "CN=Password Settings Container,CN=System,", "CN=WMIPolicy,CN=System,",
	} {
		id, ok := o.Child(prefix)
		if !ok {
			continue // a domain made by an old Windows lacks some
		}
		who := access.Principals(o.View)
		if prefix == "CN=Policies,CN=System," {
			// Windows lets the creators of policies create them there.
			who = trusting{o.View, o.Domain().SID.Append(sid.RIDGroupPolicyCreators)}
		}
		o.rights(id, access.OrganizationalUnit, who)
	}
}

// trusting extends the trust of the domain to one more principal.
type trusting struct {
	points.View
	also sid.SID
}

// Trusted tells whether a principal is privileged, or that one.
func (t trusting) Trusted(s sid.SID) bool { return s == t.also || t.View.Trusted(s) }

// replicationRights finds who, on the root of the domain, has one of the rights to replicate (MS-ADTS 5.1.3.2.1). Read-only
// controllers of the enterprise (498) have the first by Windows.
func replicationRights(o *outcome) {
	root := o.Domain().Root
	if root == model.None {
		o.missing("object:" + o.Domain().DN)
		return
	}
	table := []access.Right{
		{Code: "replicate_changes", Mask: secdesc.ControlAccess, Types: []guid.GUID{schema.GetChanges}},
		{Code: "replicate_secrets", Mask: secdesc.ControlAccess, Types: []guid.GUID{schema.GetChangesAll}},
		{Code: "replicate_filtered", Mask: secdesc.ControlAccess, Types: []guid.GUID{guid.MustParse("89e95b76-444d-4c62-991a-0facbeda640c")}},
	}
	grants, _ := o.evaluate(root, table, o.View)
	for _, g := range grants {
		rid, _ := g.Trustee.RID()
		native := g.Right.Code == "replicate_changes" && rid == sid.RIDEnterpriseReadOnlyDCs && o.Ours(g.Trustee.Domain())
		switch g.Right.Code {
		case "replicate_changes", "replicate_secrets", "replicate_filtered":
			if !native {
				o.found(root, o.grant(g))
			}
		}
	}
}
