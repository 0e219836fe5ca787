package generate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacDisabled      = 0x2
	uacReversible    = 0x80
	uacNormal        = 0x200
	uacTrust         = 0x800
	uacWorkstation   = 0x1000
	uacServer        = 0x2000
	uacDontExpire    = 0x10000
	uacUnconstrained = 0x80000
	uacNotDelegated  = 0x100000
	uacNoPreauth     = 0x400000
	uacTransition    = 0x1000000
	uacReadOnly      = 0x4000000
)

// domain writes the domain partition and the DNS zones.
func (w *world) domain() {
	w.reserveAccounts()
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

// reserveAccounts gives SIDs to the accounts that descriptors name before they are written.
func (w *world) reserveAccounts() {
	for _, name := range []string{
		"DnsAdmins", "DnsUpdateProxy", "DC1$", "DC2$", "DC3$", "SRV-PKI$", "GG-Support-SI", "GG-Sauvegarde", "GG-Teledistribution",
		"support01", "support02", "dpo", "svc-supervision", "svc-pacs", "svc-sql", "svc-sauvegarde", "svc-ris", "adm-ancien", "SRV-GTB$",
	} {
		w.account(name)
	}
	for _, name := range []string{groupOperations, groupOperationsSouth, groupKeys, groupFirstHalf, groupSecondHalf, managedAccount, "SRV00001$", "RODC1$", "krbtgt_21001"} {
		w.account(name)
	}
	for _, name := range PathNames() {
		w.account("walker " + name)
	}
}

// s gives the text of the SID of a reserved account.
func (w *world) s(name string) string { return w.sids[name].String() }

func (w *world) rootObject() {
	extra, level, quota := "", int64(7), int64(0)
	attributes := []model.Attribute{}
	if w.has("vuln_functional_level") {
		level = 6
	}
	if w.has("vuln_user_accounts_machineaccountquota") {
		quota = 10
		w.plant("vuln_user_accounts_machineaccountquota", "Tout utilisateur peut joindre dix machines au domaine.", w.root)
	}
	if w.has("vuln_permissions_naming_context") {
		extra = "(OA;;CR;" + rightGetChanges + ";;" + w.s("GG-Sauvegarde") + ")(OA;;CR;" + rightGetChangesAll + ";;" + w.s("GG-Sauvegarde") + ")"
		w.way("naming-context", "Un membre du groupe de sauvegarde peut répliquer tous les secrets du domaine.", w.personDN(6), w.root, control.MemberOf, control.DCSync)
		w.plant("vuln_permissions_naming_context", "Le groupe de sauvegarde peut répliquer tous les secrets du domaine (DCSync).", w.root)
	}
	if w.has("vuln_smartcard_expire_passwords", "vuln_functional_level") { // the renewal needs the level of 2016
		w.plant("vuln_smartcard_expire_passwords", "Les mots de passe des comptes à carte ne sont jamais renouvelés.", w.root)
	} else {
		attributes = append(attributes, truthValue("msDS-ExpirePasswordsOnSmartCardOnlyAccounts", true))
	}
	policies := "CN=Policies,CN=System," + w.root
	attributes = append(attributes,
		raw("objectSid", w.sid.Bytes()),
		number("msDS-Behavior-Version", level),
		number("ms-DS-MachineAccountQuota", quota),
		number("minPwdLength", 12),
		interval("maxPwdAge", 365*day),
		interval("minPwdAge", day),
		number("pwdHistoryLength", 24),
		number("pwdProperties", 1),
		number("lockoutThreshold", 10),
		interval("lockoutDuration", 30*time.Minute),
		interval("lockOutObservationWindow", 30*time.Minute),
		text("gPLink", fmt.Sprintf("[LDAP://CN=%s,%s;0]", defaultDomainPolicy, policies)),
		text("fSMORoleOwner", w.settings("DC1")),
	)
	w.put(w.root, "domainDNS", contextDesc("BA", extra+w.replicators()), attributes...)
}

// anonymous tells whether the compatible access of former systems is open to everybody.
func (w *world) anonymous() bool {
	return w.has("vuln_compatible_2000_anonymous", "vuln_compatible_2000_not_default")
}

func (w *world) containers() {
	for _, name := range []string{"Builtin", "Computers", "Users", "ForeignSecurityPrincipals", "Managed Service Accounts", "Program Data", "System", "Keys"} {
		class := "container"
		var extra []model.Attribute
		if name == "Builtin" {
			class = "builtinDomain"
			extra = append(extra, raw("objectSid", sid.Builtin.Bytes()))
		}
		w.put("CN="+name+","+w.root, class, containerDesc(), extra...)
	}
	w.put("OU=Domain Controllers,"+w.root, "organizationalUnit", unitDesc(""),
		text("gPLink", fmt.Sprintf("[LDAP://CN=%s,CN=Policies,CN=System,%s;0]", defaultControllersPolicy, w.root)))
	for _, s := range []sid.SID{sid.Interactive, sid.EnterpriseDCs, sid.AuthenticatedUsers, sid.Anonymous} {
		if s != sid.Anonymous || w.anonymous() {
			w.put("CN="+s.String()+",CN=ForeignSecurityPrincipals,"+w.root, "foreignSecurityPrincipal", containerDesc(), raw("objectSid", s.Bytes()))
		}
	}
}

func (w *world) systemObjects() {
	system := "CN=System," + w.root
	holder := ""
	if w.has("vuln_permissions_adminsdholder") {
		holder = "(A;;WD;;;" + w.s("dpo") + ")"
		w.way("adminsdholder", "Un compte ordinaire peut réécrire les droits du modèle des comptes protégés.", w.personDN(2), "CN=AdminSDHolder,"+system, control.WriteDacl)
		w.plant("vuln_permissions_adminsdholder", "Un compte ordinaire peut réécrire les droits du modèle qui protège les comptes privilégiés.", "CN=AdminSDHolder,"+system)
	}
	w.put("CN=AdminSDHolder,"+system, "container", owned("DA", "PAI", holder+protectedEntries))
	w.put("CN=DomainUpdates,"+system, "container", containerDesc())
	w.put("CN=ActiveDirectoryUpdate,CN=DomainUpdates,"+system, "container", containerDesc(), number("revision", 16))
	w.put("CN=MicrosoftDNS,"+system, "container", owned("DA", "AI", adminsAndSystem+"(A;;CCDCLCSWRPWPDTLORC;;;"+w.s("DnsAdmins")+")(A;;"+readAll+";;;ED)"+fromAbove))

	dfsr := "CN=DFSR-GlobalSettings," + system
	w.put(dfsr, "msDFSR-GlobalSettings", containerDesc(), number("msDFSR-Flags", 48))
	w.put("CN=Domain System Volume,"+dfsr, "msDFSR-ReplicationGroup", containerDesc(), number("msDFSR-ReplicationGroupType", 1))
	w.put("CN=Content,CN=Domain System Volume,"+dfsr, "msDFSR-Content", containerDesc())
	w.put("CN=SYSVOL Share,CN=Content,CN=Domain System Volume,"+dfsr, "msDFSR-ContentSet", containerDesc())
	w.put("CN=Topology,CN=Domain System Volume,"+dfsr, "msDFSR-Topology", containerDesc())
	for _, name := range []string{"BCKUPKEY_P Secret", "BCKUPKEY_PREFERRED Secret"} {
		w.put("CN="+name+","+system, "secret", secretDesc())
	}
	key := w.identify("dpapi backup key")
	w.put(fmt.Sprintf("CN=BCKUPKEY_%x Secret,%s", key[:16], system), "secret", secretDesc())
}

// Group policies that every domain has (MS-GPOD 1.1.5).
const (
	defaultDomainPolicy      = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	defaultControllersPolicy = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
)

func (w *world) policies() {
	container := "CN=Policies,CN=System," + w.root
	w.put(container, "container", containerDesc())
	add := func(name, display, extra string) string {
		dn, owner := "CN="+name+","+container, "DA"
		if display == serverPolicy {
			owner = w.policyOwner(dn)
		}
		w.put(dn, "groupPolicyContainer", policyDesc(owner, extra),
			text("displayName", display), number("flags", 0), number("versionNumber", 65537),
			text("gPCFileSysPath", fmt.Sprintf(`\\%s\sysvol\%s\Policies\%s`, w.o.DNSName, w.o.DNSName, name)),
			when("whenChanged", w.ago(20, 900)))
		return dn
	}
	extra := ""
	if w.has("vuln_permissions_gpo_priv") {
		extra = "(A;CI;WDRPWP;;;" + w.s("GG-Teledistribution") + ")"
	}
	weak := add(defaultDomainPolicy, "Default Domain Policy", extra)
	if extra != "" {
		w.way("policy", "Le groupe de télédistribution peut modifier une stratégie appliquée aux administrateurs.", w.personDN(7), w.person500(), control.MemberOf, control.WriteDacl, control.AppliesTo)
		w.plant("vuln_permissions_gpo_priv", "Le groupe de télédistribution peut modifier une stratégie appliquée à tout le domaine, administrateurs compris.", weak)
	}
	add(defaultControllersPolicy, "Default Domain Controllers Policy", "")
	for _, name := range policyNames() {
		add(w.policyName(name), name, "")
	}
}

// serverPolicy is the policy that applies to the unit of the servers.
const serverPolicy = "Serveurs - socle"

// policyName gives the GUID in braces that names a policy.
func (w *world) policyName(display string) string {
	id := w.identify("policy " + display)
	return fmt.Sprintf("{%X-%X-%X-%X-%X}", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

func (w *world) passwordPolicies() {
	container := "CN=Password Settings Container,CN=System," + w.root
	w.put(container, "msDS-PasswordSettingsContainer", containerDesc())
	w.put("CN=PSO-Administration,"+container, "msDS-PasswordSettings", secretDesc(),
		number("msDS-PasswordSettingsPrecedence", 10), number("msDS-MinimumPasswordLength", 16),
		interval("msDS-MaximumPasswordAge", 180*day), interval("msDS-MinimumPasswordAge", day),
		number("msDS-PasswordHistoryLength", 24), truthValue("msDS-PasswordComplexityEnabled", true),
		truthValue("msDS-PasswordReversibleEncryptionEnabled", false), number("msDS-LockoutThreshold", 10),
		interval("msDS-LockoutDuration", time.Hour), interval("msDS-LockoutObservationWindow", time.Hour),
		text("msDS-PSOAppliesTo", w.group(sid.RIDDomainAdmins)), when("whenChanged", w.created.AddDate(3, 0, 0)))
}

// group gives the name of a group of the domain with a reserved identifier.
func (w *world) group(rid uint32) string {
	return "CN=" + model.EscapeRDN(frenchName(w.sid.Append(rid))) + ",CN=Users," + w.root
}

// frenchName is the name of a well-known SID as Windows writes it, with straight apostrophes.
func frenchName(s sid.SID) string { return strings.ReplaceAll(s.Name("fr"), "’", "'") }

func (w *world) builtin(rid uint32) string {
	return "CN=" + model.EscapeRDN(frenchName(sid.Builtin.Append(rid))) + ",CN=Builtin," + w.root
}

func (w *world) foreign(s sid.SID) string {
	return "CN=" + s.String() + ",CN=ForeignSecurityPrincipals," + w.root
}

func (w *world) builtinGroups() {
	members := map[uint32][]string{
		sid.RIDBuiltinAdministrators: {w.person500(), w.group(sid.RIDDomainAdmins), w.group(sid.RIDEnterpriseAdmins)},
		545:                          {w.group(sid.RIDDomainUsers), w.foreign(sid.AuthenticatedUsers), w.foreign(sid.Interactive)},
		546:                          {w.group(sid.RIDDomainGuests)},
		sid.RIDBuiltinPreWindows2000: {w.foreign(sid.AuthenticatedUsers)},
		560:                          {w.foreign(sid.EnterpriseDCs)},
	}
	if w.anonymous() {
		compatible := w.builtin(sid.RIDBuiltinPreWindows2000)
		members[sid.RIDBuiltinPreWindows2000] = append(members[sid.RIDBuiltinPreWindows2000], w.foreign(sid.Anonymous))
		w.plant("vuln_compatible_2000_anonymous", "L’accès compatible pré-Windows 2000 est ouvert aux anonymes.", compatible)
		w.plant("vuln_compatible_2000_not_default", "L’accès compatible pré-Windows 2000 a un membre de trop.", compatible)
	}
	if w.demo() {
		members[sid.RIDBuiltinBackupOperators] = []string{w.serviceDN("svc-sauvegarde")}
	}
	for rid := uint32(544); rid <= 582; rid++ {
		s := sid.Builtin.Append(rid)
		if s.Name("fr") == "" || rid == 547 { // Power Users does not exist in a domain
			continue
		}
		protected := slices.Contains([]uint32{544, 548, 549, 550, 551, 552}, rid)
		w.groupObject(w.builtin(rid), frenchName(s), s, protected, -2147483643, members[rid])
	}
}

// groupObject writes a group.
func (w *world) groupObject(dn, account string, s sid.SID, protected bool, kind int64, members []string) {
	attributes := []model.Attribute{raw("objectSid", s.Bytes()), text("sAMAccountName", account), number("groupType", kind)}
	if len(members) > 0 {
		attributes = append(attributes, text("member", members...))
	}
	sddl := groupDesc("")
	if protected {
		sddl = protectedDesc()
		attributes = append(attributes, number("adminCount", 1))
	}
	w.put(dn, "group", sddl, attributes...)
}

// Types of group (MS-ADTS 2.2.12): security, global, domain-local or universal.
const (
	globalGroup    = -2147483646
	localGroup     = -2147483644
	universalGroup = -2147483640
)

func (w *world) domainGroups() {
	admins := append([]string{w.person500()}, w.adminNames()...)
	members := map[uint32][]string{
		sid.RIDDomainAdmins:        admins,
		sid.RIDEnterpriseAdmins:    {w.person500()},
		sid.RIDSchemaAdmins:        {w.person500()},
		sid.RIDGroupPolicyCreators: {w.person500()},
		sid.RIDProtectedUsers:      admins,
		sid.RIDCertPublishers:      {w.serverDN("SRV-PKI")},
		sid.RIDDeniedRODCReplication: {
			w.krbtgt(), w.group(sid.RIDDomainAdmins), w.group(sid.RIDSchemaAdmins), w.group(sid.RIDEnterpriseAdmins), w.group(sid.RIDCertPublishers),
			w.group(sid.RIDDomainControllers), w.group(sid.RIDGroupPolicyCreators), w.group(sid.RIDReadOnlyDCs),
		},
	}
	if w.demo() {
		members[sid.RIDProtectedUsers] = append([]string{w.person500()}, w.privilegedNames()...)
		members[sid.RIDDomainAdmins] = append(admins, w.serviceDN("svc-sql"), w.serviceDN("adm-ancien"))
	}
	if w.has("vuln_protected_users") { // only the most recent administrators were put into the group
		members[sid.RIDProtectedUsers] = admins[1:3]
	}
	for rid := uint32(498); rid <= 572; rid++ {
		s := w.sid.Append(rid)
		if s.Name("fr") == "" || rid < 512 && rid != 498 {
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
		w.groupObject(w.group(rid), frenchName(s), s, protected, kind, members[rid])
	}
	var dnsAdmins []string
	if w.has("vuln_dnsadmins", "vuln_permissions_msdns") {
		dnsAdmins = []string{w.serviceDN("svc-supervision")}
		w.way("dnsadmins", "Un compte de service commande le service DNS des contrôleurs.", w.serviceDN("svc-supervision"), "CN=DC1,OU=Domain Controllers,"+w.root, control.MemberOf, control.DNSService)
		w.plant("vuln_dnsadmins", "Un compte de service est membre de DnsAdmins, qui commande le service DNS des contrôleurs.", "CN=DnsAdmins,CN=Users,"+w.root)
		w.plant("vuln_permissions_msdns", "DnsAdmins, qui a un membre ordinaire, peut écrire sur le serveur DNS.", "CN=MicrosoftDNS,CN=System,"+w.root)
	}
	w.groupObject("CN=DnsAdmins,CN=Users,"+w.root, "DnsAdmins", w.sids["DnsAdmins"], false, localGroup, dnsAdmins)
	w.groupObject("CN=DnsUpdateProxy,CN=Users,"+w.root, "DnsUpdateProxy", w.sids["DnsUpdateProxy"], false, globalGroup, nil)
}

func (w *world) zones() {
	for _, zone := range []struct {
		context, name string
		update        uint32 // DSPROPERTY_ZONE_ALLOW_UPDATE: 1 unsecure, 2 secure (MS-DNSP 2.3.2.1.1)
	}{
		{"DC=DomainDnsZones," + w.root, w.o.DNSName, 2},
		{"DC=DomainDnsZones," + w.root, "10.in-addr.arpa", 2},
		{"DC=ForestDnsZones," + w.root, "_msdcs." + w.o.DNSName, 2},
	} {
		if strings.HasPrefix(zone.name, "_msdcs") || zone.name == w.o.DNSName {
			w.put(zone.context, "domainDNS", contextDesc("BA", ""))
			w.put("CN=MicrosoftDNS,"+zone.context, "container", containerDesc())
		}
		dn := "DC=" + zone.name + ",CN=MicrosoftDNS," + zone.context
		if w.has("vuln_dnszone_bad_prop") && zone.name == "10.in-addr.arpa" {
			zone.update = 1
			w.plant("vuln_dnszone_bad_prop", "La zone inverse accepte les mises à jour non sécurisées.", dn)
		}
		w.put(dn, "dnsZone", owned("SY", "AI", adminsAndSystem+"(A;;CC;;;AU)"+fromAbove), raw("dNSProperty", zoneProperty(2, zone.update)))
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
