// Package permissions holds the points about rights in the hands of those who are not privileged: over the objects that lead to control, group
// policies and their files, DNS, certificates and their authorities.
package permissions

import (
	"slices"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/controllers"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Permissions lists the points about permissions (ANSSI, vuln_permissions_*).
func Permissions() []rule.Record {
	const family = "permissions"
	both, first := []int{1, 2}, []int{1}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_permissions_naming_context", Family: family, Levels: both}, Decide: contextPermissions},
		{Point: rule.Point{ID: "vuln_permissions_adminsdholder", Family: family, Levels: both}, Decide: holderPermissions},
		{Point: rule.Point{ID: "vuln_permissions_dc", Family: family, Levels: both}, Decide: controllerPermissions},
		{Point: rule.Point{ID: "vuln_permissions_gpo_priv", Family: family, Levels: first}, Configuration: true, Decide: policyPermissions},
		{Point: rule.Point{ID: "vuln_privileged_members_perm", Family: family, Levels: both}, Decide: memberPermissions},
		{Point: rule.Point{ID: "vuln_permissions_dpapi", Family: family, Levels: both}, Decide: dpapiPermissions},
		{Point: rule.Point{ID: "vuln_permissions_gmsa_keys", Family: family, Levels: both, Forest: true}, Decide: rootKeyPermissions},
		{Point: rule.Point{ID: "vuln_permissions_dfsr_sysvol", Family: family, Levels: both}, Decide: dfsrPermissions},
		{Point: rule.Point{ID: "vuln_permissions_schema", Family: family, Levels: both, Forest: true}, Decide: schemaPermissions},
		{Point: rule.Point{ID: "vuln_permissions_gpo_container_priv", Family: family, Levels: []int{2}}, Configuration: true, Decide: containerPermissions},
		{Point: rule.Point{ID: "vuln_owner", Family: family, Levels: []int{3}, Limits: []rule.Limit{{Level: 3, Name: "age_days", Value: 7}}}, Decide: owners},
	}
}

// permissions fails an object for each dangerous right in the hands of somebody who is not privileged. A right that is only
// dangerous together with something else counts from level 2 on; a point without level 2 counts it at its only level.
func permissions(d *estate.Domain, o *rule.Outcome, id model.ID, target access.Target, who access.Principals) {
	grants, ok := d.Forest.Grants(id, target, who)
	if !ok {
		o.Unread(id)
		return
	}
	if own, ok := d.Forest.Dir.Descriptor(id); ok && own.Partial() {
		o.Unread(id) // what it grants is granted, what it does not show is not known
	}
	for _, g := range grants {
		if target == access.PartitionRoot && nativeReplication(d.Forest, g) {
			continue
		}
		text, name := d.Forest.Trustee(g.Trustee)
		var levels []int
		if g.Right.Danger == access.Conditional && slices.Contains(o.Point.Levels, 2) {
			levels = []int{2}
		}
		o.Fail(id, reasons.Because("right", "right", g.Right.Code, "trustee", text, "trustee_name", name, "origin", access.Origin(g)), levels...)
	}
}

// nativeReplication tells whether a right is the one that Windows gives Enterprise Read-only Domain Controllers (498): to
// replicate the partitions that every read-only controller holds and that have no secrets in them.
func nativeReplication(f *estate.Forest, g access.Grant) bool {
	rid, ok := g.Trustee.RID()
	return g.Right.Code == "replicate_secrets" && ok && rid == sid.RIDEnterpriseReadOnlyDCs && f.Ours(g.Trustee.Domain())
}

// contextPermissions looks at the roots of the domain, of the configuration, of the schema and of the DNS partitions.
func contextPermissions(d *estate.Domain, o *rule.Outcome) {
	if d.Info.Root == model.None {
		o.Missing("object:" + d.Info.DN)
	} else {
		permissions(d, o, d.Info.Root, access.DomainRoot, d.Forest)
	}
	forest := d.Forest.Info
	for _, dn := range []string{
		forest.ConfigurationDN, forest.SchemaDN, "DC=DomainDnsZones," + d.Info.DN, "DC=ForestDnsZones," + forest.RootDN,
	} {
		id, ok := d.Forest.Dir.ByDN(dn)
		switch {
		case ok && dn != "":
			permissions(d, o, id, access.PartitionRoot, d.Forest)
		case dn == "":
			o.Missing("partition:configuration")
		case partitionUnread(d.Forest, dn):
			o.Missing("partition:" + dn)
		}
	}
}

func holderPermissions(d *estate.Domain, o *rule.Outcome) {
	id, ok := d.Child(estate.CNAdminSDHolder)
	if !ok {
		o.Missing("object:" + estate.CNAdminSDHolder + d.Info.DN)
		return
	}
	// Its descriptor is copied onto privileged users and groups alike: the rights of both kinds count.
	permissions(d, o, id, access.Account, d.Forest)
	permissions(d, o, id, access.Group, d.Forest)
	o.Distinct()
}

// controllerPermissions looks at the accounts of the controllers. Whoever manages a read-only one by managedBy administers
// that server, which is a step, not the end of the way: level 2.
func controllerPermissions(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	for _, a := range controllers.DomainControllers(o) {
		permissions(d, o, a.ID, access.Computer, d.Forest)
		if !a.ReadOnlyDC() {
			continue
		}
		if !dir.Collected(a.ID, "managedBy") {
			o.Missing("computer:managedBy", 2)
		}
		for manager := range dir.Linked(a.ID, "managedBy") {
			if s := dir.SID(manager); !d.Forest.Trusted(s) {
				text, name := d.Forest.Trustee(s)
				o.Fail(a.ID, reasons.Because("rodc_managed", "trustee", text, "trustee_name", name), 2)
			}
		}
	}
}

// memberPermissions looks at the privileged accounts and groups that do not carry the protection of AdminSDHolder: a DACL
// closed to inheritance whose entries all stand on AdminSDHolder too, or are harmless. What is wrong with AdminSDHolder itself
// is another point. Controllers have theirs.
func memberPermissions(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	o.Lost()
	targets := append([]model.ID{}, d.PrivilegedGroups()...)
	for _, p := range d.PrivilegedMembers() {
		if p.Account == nil || !p.Account.Controller() {
			targets = append(targets, p.ID)
		}
	}
	for _, id := range controllers.SortIDs(targets) {
		home := d.Forest.DomainOf(id)
		if home == nil {
			continue
		}
		if own, ok := dir.Descriptor(id); ok && ProtectedLikeHolder(home, own) {
			continue
		}
		target := access.Account
		if dir.Is(id, "group") {
			target = access.Group
		}
		permissions(d, o, id, target, d.Forest)
	}
}

// ProtectedLikeHolder tells whether a descriptor is protected as AdminSDHolder is (MS-ADTS 3.1.1.6.1.2).
func ProtectedLikeHolder(d *estate.Domain, own *secdesc.Descriptor) bool {
	id, ok := d.Child(estate.CNAdminSDHolder)
	if !ok || !own.Protected() || own.DACL() != secdesc.ListDACL {
		return false
	}
	holder, ok := d.Forest.Dir.Descriptor(id)
	if !ok || !d.Forest.Trusted(own.Owner()) {
		return false
	}
	var model []secdesc.ACE
	for a := range holder.Entries() {
		model = append(model, a)
	}
	for a := range own.Entries() {
		if !harmless(a) && !slices.ContainsFunc(model, func(m secdesc.ACE) bool { return sameEntry(a, m) }) {
			return false
		}
	}
	return true
}

// sendTo is the extended right Send-To (MS-ADTS 5.1.3.2.1).
const sendTo = "ab721a55-1e2f-11d0-9819-00aa0040529b"

func harmless(a secdesc.ACE) bool {
	return a.Trustee == sid.Self || a.Trustee == sid.EnterpriseDCs || a.ObjectType == guid.MustParse(sendTo) || a.Kind() != secdesc.Allow
}

func sameEntry(a, b secdesc.ACE) bool {
	return a.Type == b.Type && a.Mask == b.Mask && a.Trustee == b.Trustee &&
		a.ObjectType == b.ObjectType && a.InheritedObjectType == b.InheritedObjectType
}

// dpapiPermissions looks at the backup keys of the domain (MS-BKRP 3.1.1).
func dpapiPermissions(d *estate.Domain, o *rule.Outcome) {
	if _, ok := d.Child("CN=System,"); !ok {
		o.Missing("object:CN=System," + d.Info.DN)
		return
	}
	o.Covers("secret")
	for _, id := range d.OfClass("secret") {
		if strings.HasPrefix(strings.ToUpper(d.Forest.Dir.Name(id)), "BCKUPKEY_") {
			permissions(d, o, id, access.RootKey, d.Forest)
		}
	}
}

// rootKeyPermissions looks at the keys from which the passwords of group managed accounts are derived (MS-GKDI 3.1.4.1).
func rootKeyPermissions(d *estate.Domain, o *rule.Outcome) {
	if !o.NeedConfiguration() {
		return
	}
	o.CoversSettings("msKds-ProvRootKey")
	for _, id := range d.Forest.OfClass("msKds-ProvRootKey") {
		permissions(d, o, id, access.RootKey, d.Forest)
	}
}

// dfsrPermissions looks at the settings of the replication of SYSVOL: those of the domain, and those below each controller, which
// that controller may write itself.
func dfsrPermissions(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	o.Covers("msDFSR-GlobalSettings")
	if settings, ok := d.Child(controllers.DFSRSettings); ok {
		for id := range dir.Subtree(settings) {
			permissions(d, o, id, access.Settings, d.Forest)
		}
	} else if _, ok := d.Child("CN=System,"); !ok {
		o.Missing("object:CN=System," + d.Info.DN)
	}
	for _, a := range d.Controllers() {
		who := trusting{Forest: d.Forest, also: dir.SID(a.ID)}
		for id := range dir.Subtree(a.ID) {
			if strings.HasPrefix(strings.ToLower(dir.Class(id)), "msdfsr-") {
				permissions(d, o, id, access.Settings, who)
			}
		}
	}
}

// schemaPermissions looks at the root of the schema and at every definition in it.
func schemaPermissions(d *estate.Domain, o *rule.Outcome) {
	f := d.Forest
	root, ok := f.Dir.ByDN(f.Info.SchemaDN)
	if f.Info.SchemaDN == "" || !ok {
		o.Missing("partition:schema")
		return
	}
	permissions(d, o, root, access.PartitionRoot, f)
	for id := range f.Dir.Subtree(root) {
		switch f.Dir.Class(id) {
		case "classSchema", "attributeSchema":
			permissions(d, o, id, access.SchemaObject, f)
		}
	}
}

// trusting is the trust of the forest extended to one principal.
type trusting struct {
	*estate.Forest
	also sid.SID
}

func (t trusting) Trusted(s sid.SID) bool { return s == t.also || t.Forest.Trusted(s) }

// trustingDNSAdmins gives the trust of the forest, extended to DnsAdmins when nobody but privileged principals belongs to it.
func trustingDNSAdmins(f *estate.Forest, d *estate.Domain) access.Principals {
	group, ok := dnsAdminsGroup(d)
	if !ok {
		return f
	}
	for _, m := range accounts.MembersOf(f, group) {
		if !(m.ID != model.None && f.Privileged[m.ID]) && !f.Trusted(m.SID) {
			return f
		}
	}
	return trusting{Forest: f, also: f.Dir.SID(group)}
}

// owners fails the objects whose owner is not one of those that Windows gives: an owner may rewrite the permissions.
func owners(d *estate.Domain, o *rule.Outcome) {
	dir, days := d.Forest.Dir, o.Limit(3, "age_days")
	standard := []sid.SID{sid.Administrators, sid.LocalSystem, d.Info.SID.Append(sid.RIDDomainAdmins)}
	for _, each := range d.Forest.Domains {
		standard = append(standard, each.Info.SID.Append(sid.RIDEnterpriseAdmins))
	}
	for _, s := range d.Forest.Foreign {
		standard = append(standard, s.Append(sid.RIDEnterpriseAdmins))
	}
	for _, id := range owned(d) {
		descriptor, ok := dir.Descriptor(id)
		if !ok {
			o.Unread(id)
			continue
		}
		owner := descriptor.Owner()
		if slices.Contains(standard, owner) {
			continue
		}
		created, ok := dir.GeneralizedTime(id, "whenCreated")
		switch {
		case owner.IsZero():
			o.Unread(id)
		case !ok:
			o.Missing(dir.Class(id) + ":whenCreated")
		case d.Forest.Older(created.Unix(), days):
			text, name := d.Forest.Trustee(owner)
			o.Fail(id, reasons.Because("owner", "trustee", text, "trustee_name", name))
		}
	}
}

// owned lists the objects of the kinds whose owner the list looks at.
func owned(d *estate.Domain) []model.ID {
	var out []model.ID
	for i := range d.Accounts {
		out = append(out, d.Accounts[i].ID)
	}
	for _, class := range []string{"group", "organizationalUnit", "groupPolicyContainer"} {
		out = append(out, d.OfClass(class)...)
	}
	return controllers.SortIDs(out)
}
