package structure

import (
	"hygie/directory/findings/rule"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// ContainerRights looks at the containers that every domain has, save those that a control point looks at (ANSSI,
// warning_permissions_specific_containers).
func ContainerRights(o *rule.Outcome) {
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
			who = rule.Trusting{View: o.View, Also: o.Domain().SID.Append(sid.RIDGroupPolicyCreators)}
		}
		o.FindRights(id, access.OrganizationalUnit, who)
	}
}

// ReplicationRights finds who, on the root of the domain, has one of the rights to replicate (MS-ADTS 5.1.3.2.1). Read-only
// controllers of the enterprise (498) have the first by Windows.
func ReplicationRights(o *rule.Outcome) {
	root := o.Domain().Root
	if root == model.None {
		o.Missing("object:" + o.Domain().DN)
		return
	}
	table := []access.Right{
		{Code: "replicate_changes", Mask: secdesc.ControlAccess, Types: []guid.GUID{schema.GetChanges}},
		{Code: "replicate_secrets", Mask: secdesc.ControlAccess, Types: []guid.GUID{schema.GetChangesAll}},
		{Code: "replicate_filtered", Mask: secdesc.ControlAccess, Types: []guid.GUID{guid.MustParse("89e95b76-444d-4c62-991a-0facbeda640c")}},
	}
	grants, _ := o.Holders(root, table, o.View)
	for _, g := range grants {
		rid, _ := g.Trustee.RID()
		native := g.Right.Code == "replicate_changes" && rid == sid.RIDEnterpriseReadOnlyDCs && o.Ours(g.Trustee.Domain())
		switch g.Right.Code {
		case "replicate_changes", "replicate_secrets", "replicate_filtered":
			if !native {
				o.Found(root, o.RightReason(g))
			}
		}
	}
}
