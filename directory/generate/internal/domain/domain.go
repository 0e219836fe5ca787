// Package domain writes the domain partition of an invented hospital and its DNS zones: the objects that every domain has, the controllers and
// privileged accounts, then the people, computers and groups of the hospital.
package domain

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/internal/world"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// domain is the domain partition being written.
type domain struct{ *world.World }

// Write writes the domain partition and the DNS zones (MS-ADTS 6.1.1.1). The accounts that descriptors name must have been reserved.
func Write(of *world.World) {
	w := &domain{of}

	w.rootObject()
	w.containers()
	w.systemObjects()
	w.policies()
	w.passwordPolicies()
	w.controllers()
	w.readOnlyController()
	w.administrators()
	w.builtinGroups()
	w.domainGroups()
	w.serviceAccounts()
	w.hospital()
	w.trusts()
	w.zones()
}

func (w *domain) rootObject() {
	extra, level, quota := "", int64(7), int64(0)
	attributes := []model.Attribute{}
	if w.Has("vuln_functional_level") {
		level = 6
	}
	if w.Has("vuln_user_accounts_machineaccountquota") {
		quota = 10
		w.Plant("vuln_user_accounts_machineaccountquota", "Tout utilisateur peut joindre dix machines au domaine.", w.Root)
	}
	if w.Has("vuln_permissions_naming_context") {
		extra = "(OA;;CR;" + descriptor.RightGetChanges + ";;" + w.SIDText("GG-Sauvegarde") + ")(OA;;CR;" + descriptor.RightGetChangesAll + ";;" + w.SIDText("GG-Sauvegarde") + ")"
		w.Way("naming-context", "Un membre du groupe de sauvegarde peut répliquer tous les secrets du domaine.", w.PersonDN(6), w.Root, control.MemberOf, control.DCSync)
		w.Plant("vuln_permissions_naming_context", "Le groupe de sauvegarde peut répliquer tous les secrets du domaine (DCSync).", w.Root)
	}
	if w.Has("vuln_smartcard_expire_passwords", "vuln_functional_level") { // the renewal needs the level of 2016
		w.Plant("vuln_smartcard_expire_passwords", "Les mots de passe des comptes à carte ne sont jamais renouvelés.", w.Root)
	} else {
		attributes = append(attributes, entry.Bool("msDS-ExpirePasswordsOnSmartCardOnlyAccounts", true))
	}
	policies := "CN=Policies,CN=System," + w.Root
	attributes = append(attributes,
		entry.Raw("objectSid", w.SID.Bytes()),
		entry.Number("msDS-Behavior-Version", level),
		entry.Number("ms-DS-MachineAccountQuota", quota),
		entry.Number("minPwdLength", 12),
		entry.Interval("maxPwdAge", 365*world.Day),
		entry.Interval("minPwdAge", world.Day),
		entry.Number("pwdHistoryLength", 24),
		entry.Number("pwdProperties", 1),
		entry.Number("lockoutThreshold", 10),
		entry.Interval("lockoutDuration", 30*time.Minute),
		entry.Interval("lockOutObservationWindow", 30*time.Minute),
		entry.Text("gPLink", fmt.Sprintf("[LDAP://CN=%s,%s;0]", world.DefaultDomainPolicy, policies)),
		entry.Text("fSMORoleOwner", w.Settings("DC1")),
	)
	w.Put(w.Root, "domainDNS", descriptor.Context("BA", extra+w.replicators()), attributes...)
}

// anonymous tells whether the compatible access of former systems is open to everybody.
func (w *domain) anonymous() bool {
	return w.Has("vuln_compatible_2000_anonymous", "vuln_compatible_2000_not_default")
}

func (w *domain) containers() {
	for _, name := range []string{"Builtin", "Computers", "Users", "ForeignSecurityPrincipals", "Managed Service Accounts", "Program Data", "System", "Keys"} {
		class := "container"
		var extra []model.Attribute
		if name == "Builtin" {
			class = "builtinDomain"
			extra = append(extra, entry.Raw("objectSid", sid.Builtin.Bytes()))
		}
		w.Put("CN="+name+","+w.Root, class, descriptor.Container(), extra...)
	}
	w.Put("OU=Domain Controllers,"+w.Root, "organizationalUnit", descriptor.Unit(""),
		entry.Text("gPLink", fmt.Sprintf("[LDAP://CN=%s,CN=Policies,CN=System,%s;0]", world.DefaultControllersPolicy, w.Root)))
	for _, s := range []sid.SID{sid.Interactive, sid.EnterpriseDCs, sid.AuthenticatedUsers, sid.Anonymous} {
		if s != sid.Anonymous || w.anonymous() {
			w.Put("CN="+s.String()+",CN=ForeignSecurityPrincipals,"+w.Root, "foreignSecurityPrincipal", descriptor.Container(), entry.Raw("objectSid", s.Bytes()))
		}
	}
}

func (w *domain) systemObjects() {
	system := "CN=System," + w.Root
	holder := ""
	if w.Has("vuln_permissions_adminsdholder") {
		holder = "(A;;WD;;;" + w.SIDText("dpo") + ")"
		w.Way("adminsdholder", "Un compte ordinaire peut réécrire les droits du modèle des comptes protégés.", w.PersonDN(2), "CN=AdminSDHolder,"+system, control.WriteDacl)
		w.Plant("vuln_permissions_adminsdholder", "Un compte ordinaire peut réécrire les droits du modèle qui protège les comptes privilégiés.", "CN=AdminSDHolder,"+system)
	}
	w.Put("CN=AdminSDHolder,"+system, "container", descriptor.Owned("DA", "PAI", holder+descriptor.ProtectedEntries))
	w.Put("CN=DomainUpdates,"+system, "container", descriptor.Container())
	w.Put("CN=ActiveDirectoryUpdate,CN=DomainUpdates,"+system, "container", descriptor.Container(), entry.Number("revision", 16))
	w.Put("CN=MicrosoftDNS,"+system, "container", descriptor.Owned("DA", "AI", descriptor.AdminsAndSystem+"(A;;CCDCLCSWRPWPDTLORC;;;"+w.SIDText("DnsAdmins")+")(A;;"+descriptor.ReadAll+";;;ED)"+descriptor.FromAbove))

	dfsr := "CN=DFSR-GlobalSettings," + system
	w.Put(dfsr, "msDFSR-GlobalSettings", descriptor.Container(), entry.Number("msDFSR-Flags", 48))
	w.Put("CN=Domain System Volume,"+dfsr, "msDFSR-ReplicationGroup", descriptor.Container(), entry.Number("msDFSR-ReplicationGroupType", 1))
	w.Put("CN=Content,CN=Domain System Volume,"+dfsr, "msDFSR-Content", descriptor.Container())
	w.Put("CN=SYSVOL Share,CN=Content,CN=Domain System Volume,"+dfsr, "msDFSR-ContentSet", descriptor.Container())
	w.Put("CN=Topology,CN=Domain System Volume,"+dfsr, "msDFSR-Topology", descriptor.Container())
	for _, name := range []string{"BCKUPKEY_P Secret", "BCKUPKEY_PREFERRED Secret"} {
		w.Put("CN="+name+","+system, "secret", descriptor.Secret())
	}
	key := w.Identify("dpapi backup key")
	w.Put(fmt.Sprintf("CN=BCKUPKEY_%x Secret,%s", key[:16], system), "secret", descriptor.Secret())
}

func (w *domain) policies() {
	container := "CN=Policies,CN=System," + w.Root
	w.Put(container, "container", descriptor.Container())
	add := func(name, display, extra string) string {
		dn, owner := "CN="+name+","+container, "DA"
		if display == world.ServerPolicy {
			owner = w.policyOwner(dn)
		}
		w.Put(dn, "groupPolicyContainer", descriptor.Policy(owner, extra),
			entry.Text("displayName", display), entry.Number("flags", 0), entry.Number("versionNumber", 65537),
			entry.Text("gPCFileSysPath", fmt.Sprintf(`\\%s\sysvol\%s\Policies\%s`, w.Asked.DNSName, w.Asked.DNSName, name)),
			entry.When("whenChanged", w.Ago(20, 900)))
		return dn
	}
	extra := ""
	if w.Has("vuln_permissions_gpo_priv") {
		extra = "(A;CI;WDRPWP;;;" + w.SIDText("GG-Teledistribution") + ")"
	}
	weak := add(world.DefaultDomainPolicy, "Default Domain Policy", extra)
	if extra != "" {
		w.Way("policy", "Le groupe de télédistribution peut modifier une stratégie appliquée aux administrateurs.", w.PersonDN(7), w.Person500(), control.MemberOf, control.WriteDacl, control.AppliesTo)
		w.Plant("vuln_permissions_gpo_priv", "Le groupe de télédistribution peut modifier une stratégie appliquée à tout le domaine, administrateurs compris.", weak)
	}
	add(world.DefaultControllersPolicy, "Default Domain Controllers Policy", "")
	for _, name := range world.PolicyNames() {
		add(w.PolicyName(name), name, "")
	}
}

func (w *domain) passwordPolicies() {
	container := "CN=Password Settings Container,CN=System," + w.Root
	w.Put(container, "msDS-PasswordSettingsContainer", descriptor.Container())
	w.Put("CN=PSO-Administration,"+container, "msDS-PasswordSettings", descriptor.Secret(),
		entry.Number("msDS-PasswordSettingsPrecedence", 10), entry.Number("msDS-MinimumPasswordLength", 16),
		entry.Interval("msDS-MaximumPasswordAge", 180*world.Day), entry.Interval("msDS-MinimumPasswordAge", world.Day),
		entry.Number("msDS-PasswordHistoryLength", 24), entry.Bool("msDS-PasswordComplexityEnabled", true),
		entry.Bool("msDS-PasswordReversibleEncryptionEnabled", false), entry.Number("msDS-LockoutThreshold", 10),
		entry.Interval("msDS-LockoutDuration", time.Hour), entry.Interval("msDS-LockoutObservationWindow", time.Hour),
		entry.Text("msDS-PSOAppliesTo", w.Group(sid.RIDDomainAdmins)), entry.When("whenChanged", w.Created.AddDate(3, 0, 0)))
}

func (w *domain) builtinGroups() {
	members := map[uint32][]string{
		sid.RIDBuiltinAdministrators: {w.Person500(), w.Group(sid.RIDDomainAdmins), w.Group(sid.RIDEnterpriseAdmins)},
		545:                          {w.Group(sid.RIDDomainUsers), w.Foreign(sid.AuthenticatedUsers), w.Foreign(sid.Interactive)},
		546:                          {w.Group(sid.RIDDomainGuests)},
		sid.RIDBuiltinPreWindows2000: {w.Foreign(sid.AuthenticatedUsers)},
		560:                          {w.Foreign(sid.EnterpriseDCs)},
	}
	if w.anonymous() {
		compatible := w.Builtin(sid.RIDBuiltinPreWindows2000)
		members[sid.RIDBuiltinPreWindows2000] = append(members[sid.RIDBuiltinPreWindows2000], w.Foreign(sid.Anonymous))
		w.Plant("vuln_compatible_2000_anonymous", "L’accès compatible pré-Windows 2000 est ouvert aux anonymes.", compatible)
		w.Plant("vuln_compatible_2000_not_default", "L’accès compatible pré-Windows 2000 a un membre de trop.", compatible)
	}
	if w.Demo() {
		members[sid.RIDBuiltinBackupOperators] = []string{w.ServiceDN("svc-sauvegarde")}
	}
	for rid := uint32(544); rid <= 582; rid++ {
		s := sid.Builtin.Append(rid)
		if s.Name("fr") == "" || rid == 547 { // Power Users does not exist in a domain
			continue
		}
		protected := slices.Contains([]uint32{544, 548, 549, 550, 551, 552}, rid)
		w.groupObject(w.Builtin(rid), world.FrenchName(s), s, protected, -2147483643, members[rid])
	}
}

// groupObject writes a group.
func (w *domain) groupObject(dn, account string, s sid.SID, protected bool, kind int64, members []string) {
	attributes := []model.Attribute{entry.Raw("objectSid", s.Bytes()), entry.Text("sAMAccountName", account), entry.Number("groupType", kind)}
	if len(members) > 0 {
		attributes = append(attributes, entry.Text("member", members...))
	}
	sddl := descriptor.Group("")
	if protected {
		sddl = descriptor.Protected()
		attributes = append(attributes, entry.Number("adminCount", 1))
	}
	w.Put(dn, "group", sddl, attributes...)
}

// Types of group (MS-ADTS 2.2.12): security, global, domain-local or universal.
const (
	globalGroup    = -2147483646
	localGroup     = -2147483644
	universalGroup = -2147483640
)

func (w *domain) domainGroups() {
	admins := append([]string{w.Person500()}, w.AdminNames()...)
	members := map[uint32][]string{
		sid.RIDDomainAdmins:        admins,
		sid.RIDEnterpriseAdmins:    {w.Person500()},
		sid.RIDSchemaAdmins:        {w.Person500()},
		sid.RIDGroupPolicyCreators: {w.Person500()},
		sid.RIDProtectedUsers:      admins,
		sid.RIDCertPublishers:      {w.ServerDN("SRV-PKI")},
		sid.RIDDeniedRODCReplication: {
			w.Krbtgt(), w.Group(sid.RIDDomainAdmins), w.Group(sid.RIDSchemaAdmins), w.Group(sid.RIDEnterpriseAdmins), w.Group(sid.RIDCertPublishers),
			w.Group(sid.RIDDomainControllers), w.Group(sid.RIDGroupPolicyCreators), w.Group(sid.RIDReadOnlyDCs),
		},
	}
	if w.Demo() {
		members[sid.RIDProtectedUsers] = append([]string{w.Person500()}, w.PrivilegedNames()...)
		members[sid.RIDDomainAdmins] = append(admins, w.ServiceDN("svc-sql"), w.ServiceDN("adm-ancien"))
	}
	if w.Has("vuln_protected_users") { // only the most recent administrators were put into the group
		members[sid.RIDProtectedUsers] = admins[1:3]
	}
	for rid := uint32(498); rid <= 572; rid++ {
		s := w.SID.Append(rid)
		if s.Name("fr") == "" || rid < 512 && rid != 498 || w.IsChild() && world.OfForest(rid) {
			continue
		}
		kind := int64(globalGroup)
		switch rid {
		case 498, 518, 519, 527:
			kind = universalGroup
		case 517, 553, 571, 572:
			kind = localGroup
		}
		protected := slices.Contains([]uint32{512, 516, 518, 519, 521, 526, 527}, rid)
		w.groupObject(w.Group(rid), world.FrenchName(s), s, protected, kind, members[rid])
	}
	var dnsAdmins []string
	if w.Has("vuln_dnsadmins", "vuln_permissions_msdns") {
		dnsAdmins = []string{w.ServiceDN("svc-supervision")}
		w.Way("dnsadmins", "Un compte de service commande le service DNS des contrôleurs.", w.ServiceDN("svc-supervision"), "CN=DC1,OU=Domain Controllers,"+w.Root, control.MemberOf, control.DNSService)
		w.Plant("vuln_dnsadmins", "Un compte de service est membre de DnsAdmins, qui commande le service DNS des contrôleurs.", "CN=DnsAdmins,CN=Users,"+w.Root)
		w.Plant("vuln_permissions_msdns", "DnsAdmins, qui a un membre ordinaire, peut écrire sur le serveur DNS.", "CN=MicrosoftDNS,CN=System,"+w.Root)
	}
	w.groupObject("CN=DnsAdmins,CN=Users,"+w.Root, "DnsAdmins", w.SIDs["DnsAdmins"], false, localGroup, dnsAdmins)
	w.groupObject("CN=DnsUpdateProxy,CN=Users,"+w.Root, "DnsUpdateProxy", w.SIDs["DnsUpdateProxy"], false, globalGroup, nil)
}

func (w *domain) zones() {
	for _, zone := range []struct {
		context, name string
		update        uint32 // DSPROPERTY_ZONE_ALLOW_UPDATE: 1 unsecure, 2 secure (MS-DNSP 2.3.2.1.1)
	}{
		{"DC=DomainDnsZones," + w.Root, w.Asked.DNSName, 2},
		{"DC=DomainDnsZones," + w.Root, "10.in-addr.arpa", 2},
		{"DC=ForestDnsZones," + w.Root, "_msdcs." + w.Asked.DNSName, 2},
	} {
		if w.IsChild() && strings.HasPrefix(zone.context, "DC=ForestDnsZones,") {
			continue
		}
		if strings.HasPrefix(zone.name, "_msdcs") || zone.name == w.Asked.DNSName {
			w.Put(zone.context, "domainDNS", descriptor.Context("BA", ""))
			w.Put("CN=MicrosoftDNS,"+zone.context, "container", descriptor.Container())
		}
		dn := "DC=" + zone.name + ",CN=MicrosoftDNS," + zone.context
		if w.Has("vuln_dnszone_bad_prop") && zone.name == "10.in-addr.arpa" {
			zone.update = 1
			w.Plant("vuln_dnszone_bad_prop", "La zone inverse accepte les mises à jour non sécurisées.", dn)
		}
		w.Put(dn, "dnsZone", descriptor.Owned("SY", "AI", descriptor.AdminsAndSystem+"(A;;CC;;;AU)"+descriptor.FromAbove), entry.Raw("dNSProperty", zoneProperty(2, zone.update)))
	}
}

// zoneProperty encodes a property of a DNS zone (MS-DNSP 2.3.2.1): length, name length, flag, version, identifier, data, name.
func zoneProperty(id, value uint32) []byte {
	b := make([]byte, 0, 28)
	for _, n := range []uint32{4, 0, 0, 1, id, value} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return append(b, 0)
}
