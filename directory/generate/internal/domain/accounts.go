package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/internal/useraccount"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/planted"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// user writes a person or a service account; the descriptor is the protected one when it is privileged.
func (w *domain) user(dn, account string, s sid.SID, uac int64, passwordSet time.Time, sddl string, extra ...model.Attribute) {
	attributes := append([]model.Attribute{
		entry.Raw("objectSid", s.Bytes()),
		entry.Text("sAMAccountName", account),
		entry.Number("userAccountControl", uac),
		entry.Number("accountExpires", 1<<63-1),
		entry.FileTime("pwdLastSet", passwordSet),
	}, extra...)
	if !slices.ContainsFunc(extra, func(a model.Attribute) bool { return a.Name == "primaryGroupID" }) {
		attributes = append(attributes, entry.Number("primaryGroupID", sid.RIDDomainUsers))
	}
	w.Put(dn, "user", sddl, attributes...)
}

// privileged writes an account that belongs to a privileged group, and notes what the demonstration leaves undone for it.
func (w *domain) privileged(dn, account string, s sid.SID, uac int64, passwordSet time.Time, sddl string, extra ...model.Attribute) {
	if w.Has("vuln_silo_priv") {
		w.Plant("vuln_silo_priv", "Aucun silo d’authentification ne retient les comptes privilégiés.", dn)
	} else {
		extra = append(extra, entry.Text("msDS-AssignedAuthNPolicySilo", w.Silo()))
	}
	if w.Has("vuln_protected_users") && !slices.Contains(w.AdminNames()[:2], dn) {
		w.Plant("vuln_protected_users", "Des comptes privilégiés ne sont pas dans le groupe Protected Users.", dn)
	}
	extra = append(extra, entry.FileTime("lastLogonTimestamp", w.Ago(1, 25)))
	w.user(dn, account, s, uac, passwordSet, sddl, extra...)
}

// administrators writes the accounts that every domain has, and the named administrators.
func (w *domain) administrators() {
	protected, marked := descriptor.Protected(), entry.Number("adminCount", 1)
	w.privileged(w.Person500(), "Administrateur", w.SID.Append(sid.RIDAdministrator), useraccount.Normal, w.Ago(60, 150), protected, marked)

	guest := int64(useraccount.Normal | useraccount.Disabled | 0x20)
	if w.Has("vuln_guest") {
		guest &^= useraccount.Disabled
		w.Plant("vuln_guest", "Le compte Invité est actif.", "CN=Invité,CN=Users,"+w.Root)
	}
	w.user("CN=Invité,CN=Users,"+w.Root, "Invité", w.SID.Append(sid.RIDGuest), guest, w.Ago(100, 101), descriptor.User(""),
		entry.Number("primaryGroupID", sid.RIDDomainGuests))

	age := w.Ago(50, 170)
	if w.Has("vuln_krbtgt") {
		age = w.Ago(2200, 2300)
		w.Plant("vuln_krbtgt", "Le mot de passe de krbtgt n’a pas changé depuis six ans.", w.Krbtgt())
	}
	w.user(w.Krbtgt(), "krbtgt", w.SID.Append(sid.RIDKrbtgt), useraccount.Normal|useraccount.Disabled, age, protected, marked,
		entry.Text("servicePrincipalName", "kadmin/changepw"))

	w.Put("OU=Administration,"+w.Root, "organizationalUnit", descriptor.Unit(""))
	w.Put(w.TierZero(), "organizationalUnit", descriptor.Unit(""))
	for i, dn := range w.AdminNames() {
		w.privileged(dn, fmt.Sprintf("adm-t0-%02d", i+1), w.Account(""), useraccount.Normal|useraccount.NotDelegated, w.Ago(20, 160), protected, marked)
	}
}

// controllers writes the domain controllers.
func (w *domain) controllers() {
	for i, name := range w.ControllerNames() {
		dn := "CN=" + name + ",OU=Domain Controllers," + w.Root
		host := strings.ToLower(name) + "." + w.Asked.DNSName
		system, version := "Windows Server 2022 Standard", "10.0 (20348)"
		password, logon := w.Ago(2, 28), w.Ago(0, 9)
		sddl := descriptor.Computer("DA", "")
		extra := []model.Attribute{entry.Number("msDS-SupportedEncryptionTypes", 24)}
		switch {
		case w.Has("vuln_delegation_sourcedeleg") && i == 1:
			act := secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, Entries: []secdesc.ACE{{Mask: secdesc.FullControl, Trustee: w.SIDs["SRV-GTB$"]}}})
			extra = append(extra, entry.Raw("msDS-AllowedToActOnBehalfOfOtherIdentity", act))
			w.Way("resource-delegation", "Un serveur ordinaire peut se présenter à un contrôleur au nom de n’importe qui.", w.ServerDN("SRV-GTB"), dn, control.AllowedToAct)
			w.Plant("vuln_delegation_sourcedeleg", "Un serveur ordinaire peut se présenter à un contrôleur au nom de n’importe qui.", dn)
		case w.Demo() && i == 2:
			if w.Has("vuln_dc_obsolete") {
				system, version = "Windows Server 2012 R2 Standard", "6.3 (9600)"
				w.Plant("vuln_dc_obsolete", "Un contrôleur tourne sous un système qui n’est plus maintenu.", dn)
			}
			if w.Has("vuln_password_change_dc_no_change") {
				password = w.Ago(200, 210)
				w.Plant("vuln_password_change_dc_no_change", "Le mot de passe d’un contrôleur ne change plus.", dn)
			}
			if w.Has("vuln_password_change_inactive_dc") {
				logon = w.Ago(80, 90)
				w.Plant("vuln_password_change_inactive_dc", "Un contrôleur ne se connecte plus.", dn)
			}
			if w.Has("vuln_dc_crypto") {
				extra = nil
				w.Plant("vuln_dc_crypto", "Un contrôleur n’annonce pas AES.", dn)
			}
			if w.Has("vuln_permissions_dc") {
				sddl = descriptor.Computer("DA", "(A;;WD;;;"+w.SIDText("GG-Support-SI")+")")
				w.Way("controller", "Le groupe de support peut réécrire les droits d’un contrôleur.", w.PersonDN(0), dn, control.MemberOf, control.WriteDacl)
				w.Plant("vuln_permissions_dc", "Le groupe de support peut réécrire les droits d’un contrôleur.", dn)
			}
		}
		w.Put(dn, "computer", sddl, append(extra,
			entry.Raw("objectSid", w.SIDs[name+"$"].Bytes()), entry.Text("sAMAccountName", name+"$"), entry.Text("dNSHostName", host),
			entry.Number("userAccountControl", useraccount.Server|useraccount.Unconstrained), entry.Number("primaryGroupID", sid.RIDDomainControllers),
			entry.Number("accountExpires", 1<<63-1), entry.FileTime("pwdLastSet", password), entry.FileTime("lastLogonTimestamp", logon),
			entry.Text("operatingSystem", system), entry.Text("operatingSystemVersion", version),
			entry.Text("servicePrincipalName", "HOST/"+host, "HOST/"+name, "ldap/"+host, "GC/"+host+"/"+w.Asked.DNSName))...)
		settings := "CN=DFSR-LocalSettings," + dn
		w.Put(settings, "msDFSR-LocalSettings", descriptor.Computer("DA", "(A;;RPWP;;;"+w.SIDText(name+"$")+")"))
		w.Put("CN=Domain System Volume,"+settings, "msDFSR-Subscriber", descriptor.Computer("DA", ""))
	}
}

// readOnlyController writes the controller of an annex: it keeps the secrets of nobody, and its own Kerberos account.
func (w *domain) readOnlyController() {
	key := "CN=krbtgt_21001,CN=Users," + w.Root
	w.user(key, "krbtgt_21001", w.SIDs["krbtgt_21001"], useraccount.Normal|useraccount.Disabled, w.Ago(2, 28), descriptor.Protected(), entry.Number("adminCount", 1),
		entry.Number("msDS-SecondaryKrbTgtNumber", 21001), entry.When("whenCreated", w.Created))
	never := []string{w.Group(sid.RIDDeniedRODCReplication)}
	for _, rid := range []uint32{sid.RIDBuiltinAdministrators, sid.RIDBuiltinServerOperators, sid.RIDBuiltinAccountOperators, sid.RIDBuiltinBackupOperators} {
		never = append(never, w.Builtin(rid))
	}
	host := "rodc1." + w.Asked.DNSName
	w.Put("CN=RODC1,OU=Domain Controllers,"+w.Root, "computer", descriptor.Computer("DA", ""), entry.Raw("objectSid", w.SIDs["RODC1$"].Bytes()),
		entry.Text("sAMAccountName", "RODC1$"), entry.Text("dNSHostName", host), entry.Number("msDS-SupportedEncryptionTypes", 24),
		entry.Number("userAccountControl", useraccount.Workstation|useraccount.Transition|useraccount.ReadOnly), entry.Number("primaryGroupID", sid.RIDReadOnlyDCs),
		entry.Number("accountExpires", 1<<63-1), entry.FileTime("pwdLastSet", w.Ago(2, 28)), entry.FileTime("lastLogonTimestamp", w.Ago(0, 9)),
		entry.Text("operatingSystem", "Windows Server 2022 Standard"), entry.Text("operatingSystemVersion", "10.0 (20348)"),
		entry.Text("servicePrincipalName", "HOST/"+host, "HOST/RODC1"), entry.Text("msDS-KrbTgtLink", key),
		entry.Text("msDS-RevealOnDemandGroup", w.Group(sid.RIDAllowedRODCReplication)), entry.Text("msDS-NeverRevealGroup", never...))
}

// serviceAccounts writes the accounts of applications.
func (w *domain) serviceAccounts() {
	unit := "OU=Comptes de service," + w.Root
	reset := ""
	if w.Demo() {
		reset = w.SIDText("GG-Support-SI")
	}
	inherited, explicit := "", ""
	if reset != "" {
		inherited = descriptor.ResetPassword("CIID", w.SIDs["GG-Support-SI"])
		explicit = descriptor.ResetPassword("CIIO", w.SIDs["GG-Support-SI"])
	}
	w.Put(unit, "organizationalUnit", descriptor.Unit(explicit))
	aes := entry.Number("msDS-SupportedEncryptionTypes", 24)
	plain := func(name, spn string, uac int64, extra ...model.Attribute) {
		if spn != "" {
			extra = append(extra, entry.Text("servicePrincipalName", spn+"."+w.Asked.DNSName))
		}
		extra = append(extra, entry.FileTime("lastLogonTimestamp", w.Ago(0, 12)))
		w.user(w.ServiceDN(name), name, w.SIDs[name], uac, w.Ago(30, 300), descriptor.User(inherited), extra...)
	}
	plain("svc-supervision", "", useraccount.Normal)
	if !w.Demo() {
		plain("svc-pacs", "HTTP/pacs", useraccount.Normal, aes)
		plain("svc-ris", "HTTP/ris", useraccount.Normal, aes)
		plain("svc-sql", "MSSQLSvc/srv-sql", useraccount.Normal, aes)
		plain("svc-sauvegarde", "", useraccount.Normal)
	} else {
		pacs := []model.Attribute{aes}
		if w.Has("vuln_kerberos_properties_encryption") {
			pacs = nil
			w.Plant("vuln_kerberos_properties_encryption", "Un compte de service n’annonce pas AES.", w.ServiceDN("svc-pacs"))
		}
		if w.Has("vuln_delegation_a2d2") {
			pacs = append(pacs, entry.Text("msDS-AllowedToDelegateTo", "ldap/dc2."+w.Asked.DNSName))
			w.Way("constrained-delegation", "Le compte du PACS peut se présenter à un contrôleur.", w.ServiceDN("svc-pacs"), "CN=DC2,OU=Domain Controllers,"+w.Root, control.AllowedToDelegate)
			w.Plant("vuln_delegation_a2d2", "Le compte du PACS peut se présenter à un contrôleur au nom de ses utilisateurs.", w.ServiceDN("svc-pacs"))
		}
		plain("svc-pacs", "HTTP/pacs", useraccount.Normal, pacs...)
		if w.Has("vuln_delegation_t2a4d") {
			plain("svc-ris", "HTTP/ris", useraccount.Normal|useraccount.Transition, aes, entry.Text("msDS-AllowedToDelegateTo", "cifs/dc1."+w.Asked.DNSName))
			w.Way("transition", "Le compte du RIS peut se présenter à un contrôleur au nom de n’importe qui.", w.ServiceDN("svc-ris"), "CN=DC1,OU=Domain Controllers,"+w.Root, control.AllowedToDelegate)
			w.Plant("vuln_delegation_t2a4d", "Le compte du RIS peut se présenter à un contrôleur au nom de n’importe qui.", w.ServiceDN("svc-ris"))
		} else {
			plain("svc-ris", "HTTP/ris", useraccount.Normal, aes)
		}
		w.weakAdministrators(inherited)
	}
	for i := 1; i <= 3; i++ {
		name := fmt.Sprintf("gmsa-app%02d", i)
		dn := "CN=" + name + ",CN=Managed Service Accounts," + w.Root
		age := w.Ago(1, 28)
		if w.Has("vuln_password_change_msa_no_change_90") && i == 3 {
			age = w.Ago(150, 200)
			w.Plant("vuln_password_change_msa_no_change_90", "Le mot de passe d’un compte de service géré ne change plus.", dn)
		}
		reader, own := w.SIDs["SRV-PKI$"], w.SIDs[world.ManagedAccount]
		if i == 1 && w.Leads(planted.ManagedPassword) {
			reader = w.SIDs["SRV00001$"]
		}
		if i > 1 {
			own = w.Account("")
		}
		readers := secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, Entries: []secdesc.ACE{{Mask: secdesc.FullControl, Trustee: reader}}})
		w.Put(dn, "msDS-GroupManagedServiceAccount", descriptor.Computer("DA", ""), entry.Raw("objectSid", own.Bytes()),
			entry.Text("sAMAccountName", name+"$"), entry.Number("userAccountControl", useraccount.Workstation), entry.Number("primaryGroupID", sid.RIDDomainComputers),
			entry.FileTime("pwdLastSet", age), entry.FileTime("lastLogonTimestamp", w.Ago(0, 9)), entry.Number("msDS-ManagedPasswordInterval", 30),
			entry.Raw("msDS-GroupMSAMembership", readers), entry.Text("dNSHostName", name+"."+w.Asked.DNSName))
	}
}

// weakAdministrators writes the accounts of the demonstration that are privileged and should not be so.
func (w *domain) weakAdministrators(inherited string) {
	sql := w.ServiceDN("svc-sql")
	uac, password, extra := int64(useraccount.Normal), w.Ago(30, 300), []model.Attribute{entry.Number("adminCount", 1)}
	if w.Has("vuln_spn_priv") {
		extra = append(extra, entry.Text("servicePrincipalName", "MSSQLSvc/srv-sql."+w.Asked.DNSName+":1433"), entry.Number("msDS-SupportedEncryptionTypes", 24))
		w.Plant("vuln_spn_priv", "Un compte de service administrateur du domaine livre son mot de passe à l’attaque hors ligne.", sql)
	}
	if w.Has("vuln_dont_expire_priv") {
		uac |= useraccount.DontExpire
		w.Plant("vuln_dont_expire_priv", "Le mot de passe d’un administrateur n’expire jamais.", sql)
	}
	if w.Has("vuln_password_change_priv") {
		password = w.Ago(1900, 2000)
		w.Plant("vuln_password_change_priv", "Le mot de passe d’un administrateur a plus de cinq ans.", sql)
	}
	w.privileged(sql, "svc-sql", w.SIDs["svc-sql"], uac, password, descriptor.Protected(), extra...)

	w.privileged(w.ServiceDN("svc-sauvegarde"), "svc-sauvegarde", w.SIDs["svc-sauvegarde"], useraccount.Normal, w.Ago(30, 300), descriptor.Protected(), entry.Number("adminCount", 1))

	old := w.ServiceDN("adm-ancien")
	sddl := descriptor.Protected()
	uac, extra = useraccount.Normal, nil
	if w.Has("vuln_kerberos_properties_preauth_priv", "vuln_kerberos_properties_preauth") {
		uac |= useraccount.NoPreauth
		w.Plant("vuln_kerberos_properties_preauth_priv", "Un administrateur est dispensé de préauthentification.", old)
		w.Plant("vuln_kerberos_properties_preauth", "Un compte est dispensé de préauthentification.", old)
	}
	if w.Has("vuln_reversible_password_priv_uac") {
		uac |= useraccount.Reversible
		w.Plant("vuln_reversible_password_priv_uac", "Le mot de passe d’un administrateur est stocké de façon réversible.", old)
	}
	if w.Has("vuln_privileged_members_no_admincount") {
		w.Plant("vuln_privileged_members_no_admincount", "Un administrateur n’est pas marqué comme protégé.", old)
	} else {
		extra = append(extra, entry.Number("adminCount", 1))
	}
	if w.Has("vuln_privileged_members_perm") {
		sddl = descriptor.User(inherited)
		w.Way("privileged-account", "Le groupe de support peut changer le mot de passe d’un administrateur.", w.PersonDN(0), w.Group(sid.RIDDomainAdmins),
			control.MemberOf, control.ForceChangePassword, control.MemberOf)
		w.Plant("vuln_privileged_members_perm", "Le groupe de support peut changer le mot de passe d’un administrateur.", old)
	}
	w.privileged(old, "adm-ancien", w.SIDs["adm-ancien"], uac, w.Ago(300, 400), sddl, extra...)
}

// trust writes a relation with another domain and the account behind it.
func (w *domain) trust(partner, flat string, s sid.SID, direction, attributes int64, age time.Time) string {
	dn := "CN=" + partner + ",CN=System," + w.Root
	w.Put(dn, "trustedDomain", descriptor.Container(), entry.Text("trustPartner", partner), entry.Text("flatName", flat),
		entry.Number("trustDirection", direction), entry.Number("trustType", 2), entry.Number("trustAttributes", attributes),
		entry.Raw("securityIdentifier", s.Bytes()))
	account := "CN=" + flat + "$,CN=Users," + w.Root
	w.user(account, flat+"$", w.Account(""), useraccount.Trust|0x20, age, descriptor.User(""))
	return dn
}

// trusts writes the relations with other domains and the accounts behind them.
func (w *domain) trusts() {
	add := func(partner, flat string, direction, attributes int64, age time.Time) string {
		return w.trust(partner, flat, sid.New(5, 21, w.Rand.Uint32(), w.Rand.Uint32(), w.Rand.Uint32()), direction, attributes, age)
	}
	for _, own := range []*world.World{w.Below, w.Top} { // the domains of one forest trust each other, parent and child
		if own != nil && own != w.World {
			const withinForest = 0x20
			w.trust(own.Asked.DNSName, world.NetBIOS(own.Asked.DNSName), own.SID, 3, withinForest, w.Ago(1, 29))
		}
	}
	if w.IsChild() {
		return
	}
	const quarantined, forestTransitive, treatAsExternal, delegation = 0x4, 0x8, 0x40, 0x800
	if !w.Demo() {
		add("ght-collines.test", "COLLINES", 3, forestTransitive, w.Ago(1, 29))
		return
	}
	attributes := int64(forestTransitive)
	if w.Has("vuln_trusts_forest_sidhistory") {
		attributes |= treatAsExternal
	}
	if w.Has("vuln_trusts_tgt_deleg") {
		attributes |= delegation
	}
	dn := add("ght-collines.test", "COLLINES", 3, attributes, w.Ago(1, 29))
	if attributes&treatAsExternal != 0 {
		w.Plant("vuln_trusts_forest_sidhistory", "La relation avec la forêt partenaire laisse passer l’historique des SID.", dn)
	}
	if attributes&delegation != 0 {
		w.Plant("vuln_trusts_tgt_deleg", "Les tickets de nos comptes sont confiés aux services de la forêt partenaire.", dn)
	}
	attributes = quarantined
	age := w.Ago(1, 29)
	if w.Has("vuln_trusts_domain_notfiltered") {
		attributes = 0
	}
	if w.Has("vuln_trusts_accounts") {
		age = w.Ago(700, 900)
	}
	dn = add("labo-associe.test", "LABOASSOCIE", 3, attributes, age)
	if attributes == 0 {
		w.Plant("vuln_trusts_domain_notfiltered", "La relation avec le laboratoire associé n’est pas filtrée.", dn)
	}
	if w.Has("vuln_trusts_accounts") {
		w.Plant("vuln_trusts_accounts", "Le mot de passe d’une relation d’approbation a plus d’un an.", "CN=LABOASSOCIE$,CN=Users,"+w.Root)
	}
}
