package points

import (
	"slices"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

func permissionRecords() []record {
	const family = "permissions"
	both, first := []int{1, 2}, []int{1}
	return []record{
		{Point: Point{ID: "vuln_permissions_naming_context", Family: family, Levels: both}, decide: (*domain).contextPermissions},
		{Point: Point{ID: "vuln_permissions_adminsdholder", Family: family, Levels: both}, decide: (*domain).holderPermissions},
		{Point: Point{ID: "vuln_permissions_dc", Family: family, Levels: both}, decide: (*domain).controllerPermissions},
		{Point: Point{ID: "vuln_permissions_gpo_priv", Family: family, Levels: first}, configuration: true, decide: (*domain).policyPermissions},
		{Point: Point{ID: "vuln_privileged_members_perm", Family: family, Levels: both}, decide: (*domain).memberPermissions},
		{Point: Point{ID: "vuln_permissions_dpapi", Family: family, Levels: both}, decide: (*domain).dpapiPermissions},
		{Point: Point{ID: "vuln_permissions_gmsa_keys", Family: family, Levels: both, Forest: true}, decide: (*domain).rootKeyPermissions},
		{Point: Point{ID: "vuln_permissions_dfsr_sysvol", Family: family, Levels: both}, decide: (*domain).dfsrPermissions},
		{Point: Point{ID: "vuln_permissions_schema", Family: family, Levels: both, Forest: true}, decide: (*domain).schemaPermissions},
		{Point: Point{ID: "vuln_permissions_gpo_container_priv", Family: family, Levels: []int{2}}, configuration: true, decide: (*domain).containerPermissions},
		{Point: Point{ID: "vuln_owner", Family: family, Levels: []int{3}, Limits: []Limit{{3, "age_days", 7}}}, decide: (*domain).owners},
	}
}

// descriptorCache keeps the dangerous grants of a descriptor on a kind of target: many objects share one descriptor.
type descriptorCache map[descriptorKey][]access.Grant

type descriptorKey struct {
	descriptor model.DescriptorID
	target     access.Target
	class      guid.GUID
	who        access.Principals
}

// grants lists the dangerous rights on an object; false when its descriptor was not read.
func (f *forest) grants(id model.ID, target access.Target, who access.Principals) ([]access.Grant, bool) {
	n, ok := f.dir.DescriptorID(id)
	if !ok {
		return nil, false
	}
	key := descriptorKey{n, target, access.Class(f.dir.Class(id)), who}
	found, done := f.verdicts[key]
	if !done {
		found = access.Evaluate(f.dir.DescriptorAt(n), key.class, access.Rights(target), who)
		f.verdicts[key] = found
	}
	return found, true
}

// permissions fails an object for each dangerous right in the hands of somebody who is not privileged. A right that is only
// dangerous together with something else counts from level 2 on; a point without level 2 counts it at its only level.
func (d *domain) permissions(o *outcome, id model.ID, target access.Target, who access.Principals) {
	grants, ok := d.forest.grants(id, target, who)
	if !ok {
		o.unread(id)
		return
	}
	if own, ok := d.forest.dir.Descriptor(id); ok && own.Partial() {
		o.unread(id) // what it grants is granted, what it does not show is not known
	}
	for _, g := range grants {
		if target == access.PartitionRoot && d.forest.nativeReplication(g) {
			continue
		}
		text, name := d.forest.trustee(g.Trustee)
		var levels []int
		if g.Right.Danger == access.Conditional && slices.Contains(o.point.Levels, 2) {
			levels = []int{2}
		}
		o.fail(id, because("right", "right", g.Right.Code, "trustee", text, "trustee_name", name, "origin", origin(g)), levels...)
	}
}

// nativeReplication tells whether a right is the one that Windows gives Enterprise Read-only Domain Controllers (498): to
// replicate the partitions that every read-only controller holds and that have no secrets in them.
func (f *forest) nativeReplication(g access.Grant) bool {
	rid, ok := g.Trustee.RID()
	return g.Right.Code == "replicate_secrets" && ok && rid == sid.RIDEnterpriseReadOnlyDCs && f.ours(g.Trustee.Domain())
}

// origin is the word that says where a right comes from.
func origin(g access.Grant) string {
	switch {
	case g.ACE < 0:
		return "implicit"
	case g.Inherited:
		return "inherited"
	}
	return "explicit"
}

// contextPermissions looks at the roots of the domain, of the configuration, of the schema and of the DNS partitions.
func (d *domain) contextPermissions(o *outcome) {
	if d.info.Root == model.None {
		o.missing("object:" + d.info.DN)
	} else {
		d.permissions(o, d.info.Root, access.DomainRoot, d.forest)
	}
	forest := d.forest.info
	for _, dn := range []string{
		forest.ConfigurationDN, forest.SchemaDN, "DC=DomainDnsZones," + d.info.DN, "DC=ForestDnsZones," + forest.RootDN,
	} {
		id, ok := d.forest.dir.ByDN(dn)
		switch {
		case ok && dn != "":
			d.permissions(o, id, access.PartitionRoot, d.forest)
		case dn == "":
			o.missing("partition:configuration")
		case d.forest.partitionUnread(dn):
			o.missing("partition:" + dn)
		}
	}
}

func (d *domain) holderPermissions(o *outcome) {
	id, ok := d.child(cnAdminSDHolder)
	if !ok {
		o.missing("object:" + cnAdminSDHolder + d.info.DN)
		return
	}
	// Its descriptor is copied onto privileged users and groups alike: the rights of both kinds count.
	d.permissions(o, id, access.Account, d.forest)
	d.permissions(o, id, access.Group, d.forest)
	o.objects.distinct()
}

// controllerPermissions looks at the accounts of the controllers. Whoever manages a read-only one by managedBy administers
// that server, which is a step, not the end of the way: level 2.
func (d *domain) controllerPermissions(o *outcome) {
	dir := d.forest.dir
	for _, a := range o.controllers() {
		d.permissions(o, a.id, access.Computer, d.forest)
		if !a.readOnlyDC() {
			continue
		}
		if !dir.Collected(a.id, "managedBy") {
			o.missing("computer:managedBy", 2)
		}
		for manager := range dir.Linked(a.id, "managedBy") {
			if s := dir.SID(manager); !d.forest.Trusted(s) {
				text, name := d.forest.trustee(s)
				o.fail(a.id, because("rodc_managed", "trustee", text, "trustee_name", name), 2)
			}
		}
	}
}

// memberPermissions looks at the privileged accounts and groups that do not carry the protection of AdminSDHolder: a DACL
// closed to inheritance whose entries all stand on AdminSDHolder too, or are harmless. What is wrong with AdminSDHolder itself
// is another point. Controllers have theirs.
func (d *domain) memberPermissions(o *outcome) {
	dir := d.forest.dir
	o.lost()
	targets := append([]model.ID{}, d.privilegedGroups()...)
	for _, p := range d.privilegedMembers() {
		if p.account == nil || !p.account.controller() {
			targets = append(targets, p.id)
		}
	}
	for _, id := range sortIDs(targets) {
		home := d.forest.domainOf(id)
		if home == nil {
			continue
		}
		if own, ok := dir.Descriptor(id); ok && home.protectedLikeHolder(own) {
			continue
		}
		target := access.Account
		if dir.Is(id, "group") {
			target = access.Group
		}
		d.permissions(o, id, target, d.forest)
	}
}

// protectedLikeHolder tells whether a descriptor is protected as AdminSDHolder is.
func (d *domain) protectedLikeHolder(own *secdesc.Descriptor) bool {
	id, ok := d.child(cnAdminSDHolder)
	if !ok || !own.Protected() || own.DACL() != secdesc.ListDACL {
		return false
	}
	holder, ok := d.forest.dir.Descriptor(id)
	if !ok || !d.forest.Trusted(own.Owner()) {
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
func (d *domain) dpapiPermissions(o *outcome) {
	if _, ok := d.child("CN=System,"); !ok {
		o.missing("object:CN=System," + d.info.DN)
		return
	}
	o.covers("secret")
	for _, id := range d.ofClass("secret") {
		if strings.HasPrefix(strings.ToUpper(d.forest.dir.Name(id)), "BCKUPKEY_") {
			d.permissions(o, id, access.RootKey, d.forest)
		}
	}
}

// rootKeyPermissions looks at the keys from which the passwords of group managed accounts are derived (MS-GKDI 3.1.4.1).
func (d *domain) rootKeyPermissions(o *outcome) {
	if !o.needConfiguration() {
		return
	}
	o.coversSettings("msKds-ProvRootKey")
	for _, id := range d.forest.ofClass("msKds-ProvRootKey") {
		d.permissions(o, id, access.RootKey, d.forest)
	}
}

// dfsrPermissions looks at the settings of the replication of SYSVOL: those of the domain, and those below each controller, which
// that controller may write itself.
func (d *domain) dfsrPermissions(o *outcome) {
	dir := d.forest.dir
	o.covers("msDFSR-GlobalSettings")
	if settings, ok := d.child(dfsrSettings); ok {
		for id := range dir.Subtree(settings) {
			d.permissions(o, id, access.Settings, d.forest)
		}
	} else if _, ok := d.child("CN=System,"); !ok {
		o.missing("object:CN=System," + d.info.DN)
	}
	for _, a := range d.controllers() {
		who := trusting{forest: d.forest, also: dir.SID(a.id)}
		for id := range dir.Subtree(a.id) {
			if strings.HasPrefix(strings.ToLower(dir.Class(id)), "msdfsr-") {
				d.permissions(o, id, access.Settings, who)
			}
		}
	}
}

// schemaPermissions looks at the root of the schema and at every definition in it.
func (d *domain) schemaPermissions(o *outcome) {
	f := d.forest
	root, ok := f.dir.ByDN(f.info.SchemaDN)
	if f.info.SchemaDN == "" || !ok {
		o.missing("partition:schema")
		return
	}
	d.permissions(o, root, access.PartitionRoot, f)
	for id := range f.dir.Subtree(root) {
		switch f.dir.Class(id) {
		case "classSchema", "attributeSchema":
			d.permissions(o, id, access.SchemaObject, f)
		}
	}
}

// trusting is the trust of the forest extended to one principal.
type trusting struct {
	*forest
	also sid.SID
}

func (t trusting) Trusted(s sid.SID) bool { return s == t.also || t.forest.Trusted(s) }

// trustingDNSAdmins gives the trust of the forest, extended to DnsAdmins when nobody but privileged principals belongs to it.
func (f *forest) trustingDNSAdmins(d *domain) access.Principals {
	group, ok := d.dnsAdminsGroup()
	if !ok {
		return f
	}
	for _, m := range f.membersOf(group) {
		if !(m.id != model.None && f.privileged[m.id]) && !f.Trusted(m.sid) {
			return f
		}
	}
	return trusting{forest: f, also: f.dir.SID(group)}
}

// owners fails the objects whose owner is not one of those that Windows gives: an owner may rewrite the permissions.
func (d *domain) owners(o *outcome) {
	dir, days := d.forest.dir, o.limit(3, "age_days")
	standard := []sid.SID{sid.Administrators, sid.LocalSystem, d.info.SID.Append(sid.RIDDomainAdmins)}
	for _, each := range d.forest.domains {
		standard = append(standard, each.info.SID.Append(sid.RIDEnterpriseAdmins))
	}
	for _, s := range d.forest.foreign {
		standard = append(standard, s.Append(sid.RIDEnterpriseAdmins))
	}
	for _, id := range d.owned() {
		descriptor, ok := dir.Descriptor(id)
		if !ok {
			o.unread(id)
			continue
		}
		owner := descriptor.Owner()
		if slices.Contains(standard, owner) {
			continue
		}
		created, ok := dir.GeneralizedTime(id, "whenCreated")
		switch {
		case owner.IsZero():
			o.unread(id)
		case !ok:
			o.missing(dir.Class(id) + ":whenCreated")
		case d.forest.older(created.Unix(), days):
			text, name := d.forest.trustee(owner)
			o.fail(id, because("owner", "trustee", text, "trustee_name", name))
		}
	}
}

// owned lists the objects of the kinds whose owner the list looks at.
func (d *domain) owned() []model.ID {
	var out []model.ID
	for i := range d.accounts {
		out = append(out, d.accounts[i].id)
	}
	for _, class := range []string{"group", "organizationalUnit", "groupPolicyContainer"} {
		out = append(out, d.ofClass(class)...)
	}
	return sortIDs(out)
}
