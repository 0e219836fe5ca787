package generate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

func (w *world) person500() string { return "CN=Administrateur,CN=Users," + w.root }
func (w *world) krbtgt() string    { return "CN=krbtgt,CN=Users," + w.root }
func (w *world) tierZero() string  { return "OU=Comptes,OU=Administration," + w.root }
func (w *world) serviceDN(account string) string {
	return "CN=" + account + ",OU=Comptes de service," + w.root
}
func (w *world) serverDN(name string) string { return "CN=" + name + ",OU=Serveurs," + w.root }

// adminNames gives the named administrators of the domain.
func (w *world) adminNames() []string {
	var out []string
	for i := 1; i <= 3; i++ {
		out = append(out, fmt.Sprintf("CN=adm-t0-%02d,%s", i, w.tierZero()))
	}
	return out
}

// privilegedNames gives the accounts that are privileged by membership, besides the built-in administrator.
func (w *world) privilegedNames() []string {
	out := w.adminNames()
	if w.demo() {
		out = append(out, w.serviceDN("svc-sql"), w.serviceDN("svc-sauvegarde"), w.serviceDN("adm-ancien"))
	}
	return out
}

// user writes a person or a service account; the descriptor is the protected one when it is privileged.
func (w *world) user(dn, account string, s sid.SID, uac int64, passwordSet time.Time, sddl string, extra ...model.Attribute) {
	attributes := append([]model.Attribute{
		raw("objectSid", s.Bytes()),
		text("sAMAccountName", account),
		number("userAccountControl", uac),
		number("accountExpires", 1<<63-1),
		fileTime("pwdLastSet", passwordSet),
	}, extra...)
	if !slices.ContainsFunc(extra, func(a model.Attribute) bool { return a.Name == "primaryGroupID" }) {
		attributes = append(attributes, number("primaryGroupID", sid.RIDDomainUsers))
	}
	w.put(dn, "user", sddl, attributes...)
}

// privileged writes an account that belongs to a privileged group, and notes what the demonstration leaves undone for it.
func (w *world) privileged(dn, account string, s sid.SID, uac int64, passwordSet time.Time, sddl string, extra ...model.Attribute) {
	if w.has("vuln_silo_priv") {
		w.plant("vuln_silo_priv", "Aucun silo d’authentification ne retient les comptes privilégiés.", dn)
	} else {
		extra = append(extra, text("msDS-AssignedAuthNPolicySilo", w.silo()))
	}
	if w.has("vuln_protected_users") && !slices.Contains(w.adminNames()[:2], dn) {
		w.plant("vuln_protected_users", "Des comptes privilégiés ne sont pas dans le groupe Protected Users.", dn)
	}
	extra = append(extra, fileTime("lastLogonTimestamp", w.ago(1, 25)))
	w.user(dn, account, s, uac, passwordSet, sddl, extra...)
}

// administrators writes the accounts that every domain has, and the named administrators.
func (w *world) administrators() {
	protected, marked := protectedDesc(), number("adminCount", 1)
	w.privileged(w.person500(), "Administrateur", w.sid.Append(sid.RIDAdministrator), uacNormal, w.ago(60, 150), protected, marked)

	guest := int64(uacNormal | uacDisabled | 0x20)
	if w.has("vuln_guest") {
		guest &^= uacDisabled
		w.plant("vuln_guest", "Le compte Invité est actif.", "CN=Invité,CN=Users,"+w.root)
	}
	w.user("CN=Invité,CN=Users,"+w.root, "Invité", w.sid.Append(sid.RIDGuest), guest, w.ago(100, 101), userDesc(""),
		number("primaryGroupID", sid.RIDDomainGuests))

	age := w.ago(50, 170)
	if w.has("vuln_krbtgt") {
		age = w.ago(2200, 2300)
		w.plant("vuln_krbtgt", "Le mot de passe de krbtgt n’a pas changé depuis six ans.", w.krbtgt())
	}
	w.user(w.krbtgt(), "krbtgt", w.sid.Append(sid.RIDKrbtgt), uacNormal|uacDisabled, age, protected, marked,
		text("servicePrincipalName", "kadmin/changepw"))

	w.put("OU=Administration,"+w.root, "organizationalUnit", unitDesc(""))
	w.put(w.tierZero(), "organizationalUnit", unitDesc(""))
	for i, dn := range w.adminNames() {
		w.privileged(dn, fmt.Sprintf("adm-t0-%02d", i+1), w.account(""), uacNormal|uacNotDelegated, w.ago(20, 160), protected, marked)
	}
}

// controllers writes the domain controllers.
func (w *world) controllers() {
	for i, name := range w.controllerNames() {
		dn := "CN=" + name + ",OU=Domain Controllers," + w.root
		host := strings.ToLower(name) + "." + w.o.DNSName
		system, version := "Windows Server 2022 Standard", "10.0 (20348)"
		password, logon := w.ago(2, 28), w.ago(0, 9)
		sddl := computerDesc("DA", "")
		extra := []model.Attribute{number("msDS-SupportedEncryptionTypes", 24)}
		switch {
		case w.has("vuln_delegation_sourcedeleg") && i == 1:
			act := secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, Entries: []secdesc.ACE{{Mask: secdesc.FullControl, Trustee: w.sids["SRV-GTB$"]}}})
			extra = append(extra, raw("msDS-AllowedToActOnBehalfOfOtherIdentity", act))
			w.way("resource-delegation", "Un serveur ordinaire peut se présenter à un contrôleur au nom de n’importe qui.", w.serverDN("SRV-GTB"), dn, control.AllowedToAct)
			w.plant("vuln_delegation_sourcedeleg", "Un serveur ordinaire peut se présenter à un contrôleur au nom de n’importe qui.", dn)
		case w.demo() && i == 2:
			if w.has("vuln_dc_obsolete") {
				system, version = "Windows Server 2012 R2 Standard", "6.3 (9600)"
				w.plant("vuln_dc_obsolete", "Un contrôleur tourne sous un système qui n’est plus maintenu.", dn)
			}
			if w.has("vuln_password_change_dc_no_change") {
				password = w.ago(200, 210)
				w.plant("vuln_password_change_dc_no_change", "Le mot de passe d’un contrôleur ne change plus.", dn)
			}
			if w.has("vuln_password_change_inactive_dc") {
				logon = w.ago(80, 90)
				w.plant("vuln_password_change_inactive_dc", "Un contrôleur ne se connecte plus.", dn)
			}
			if w.has("vuln_dc_crypto") {
				extra = nil
				w.plant("vuln_dc_crypto", "Un contrôleur n’annonce pas AES.", dn)
			}
			if w.has("vuln_permissions_dc") {
				sddl = computerDesc("DA", "(A;;WD;;;"+w.s("GG-Support-SI")+")")
				w.way("controller", "Le groupe de support peut réécrire les droits d’un contrôleur.", w.personDN(0), dn, control.MemberOf, control.WriteDacl)
				w.plant("vuln_permissions_dc", "Le groupe de support peut réécrire les droits d’un contrôleur.", dn)
			}
		}
		w.put(dn, "computer", sddl, append(extra,
			raw("objectSid", w.sids[name+"$"].Bytes()), text("sAMAccountName", name+"$"), text("dNSHostName", host),
			number("userAccountControl", uacServer|uacUnconstrained), number("primaryGroupID", sid.RIDDomainControllers),
			number("accountExpires", 1<<63-1), fileTime("pwdLastSet", password), fileTime("lastLogonTimestamp", logon),
			text("operatingSystem", system), text("operatingSystemVersion", version),
			text("servicePrincipalName", "HOST/"+host, "HOST/"+name, "ldap/"+host, "GC/"+host+"/"+w.o.DNSName))...)
		settings := "CN=DFSR-LocalSettings," + dn
		w.put(settings, "msDFSR-LocalSettings", computerDesc("DA", "(A;;RPWP;;;"+w.s(name+"$")+")"))
		w.put("CN=Domain System Volume,"+settings, "msDFSR-Subscriber", computerDesc("DA", ""))
	}
}

// readOnlyController writes the controller of an annex: it keeps the secrets of nobody, and its own Kerberos account.
func (w *world) readOnlyController() {
	key := "CN=krbtgt_21001,CN=Users," + w.root
	w.user(key, "krbtgt_21001", w.sids["krbtgt_21001"], uacNormal|uacDisabled, w.ago(2, 28), protectedDesc(), number("adminCount", 1),
		number("msDS-SecondaryKrbTgtNumber", 21001), when("whenCreated", w.created))
	never := []string{w.group(sid.RIDDeniedRODCReplication)}
	for _, rid := range []uint32{sid.RIDBuiltinAdministrators, sid.RIDBuiltinServerOperators, sid.RIDBuiltinAccountOperators, sid.RIDBuiltinBackupOperators} {
		never = append(never, w.builtin(rid))
	}
	host := "rodc1." + w.o.DNSName
	w.put("CN=RODC1,OU=Domain Controllers,"+w.root, "computer", computerDesc("DA", ""), raw("objectSid", w.sids["RODC1$"].Bytes()),
		text("sAMAccountName", "RODC1$"), text("dNSHostName", host), number("msDS-SupportedEncryptionTypes", 24),
		number("userAccountControl", uacWorkstation|uacTransition|uacReadOnly), number("primaryGroupID", sid.RIDReadOnlyDCs),
		number("accountExpires", 1<<63-1), fileTime("pwdLastSet", w.ago(2, 28)), fileTime("lastLogonTimestamp", w.ago(0, 9)),
		text("operatingSystem", "Windows Server 2022 Standard"), text("operatingSystemVersion", "10.0 (20348)"),
		text("servicePrincipalName", "HOST/"+host, "HOST/RODC1"), text("msDS-KrbTgtLink", key),
		text("msDS-RevealOnDemandGroup", w.group(sid.RIDAllowedRODCReplication)), text("msDS-NeverRevealGroup", never...))
}

func (w *world) controllerNames() []string {
	if w.demo() {
		return []string{"DC1", "DC2", "DC3"}
	}
	return []string{"DC1", "DC2"}
}

// serviceAccounts writes the accounts of applications.
func (w *world) serviceAccounts() {
	unit := "OU=Comptes de service," + w.root
	reset := ""
	if w.demo() {
		reset = w.s("GG-Support-SI")
	}
	inherited, explicit := "", ""
	if reset != "" {
		inherited = resetPassword("CIID", w.sids["GG-Support-SI"])
		explicit = resetPassword("CIIO", w.sids["GG-Support-SI"])
	}
	w.put(unit, "organizationalUnit", unitDesc(explicit))
	aes := number("msDS-SupportedEncryptionTypes", 24)
	plain := func(name, spn string, uac int64, extra ...model.Attribute) {
		if spn != "" {
			extra = append(extra, text("servicePrincipalName", spn+"."+w.o.DNSName))
		}
		extra = append(extra, fileTime("lastLogonTimestamp", w.ago(0, 12)))
		w.user(w.serviceDN(name), name, w.sids[name], uac, w.ago(30, 300), userDesc(inherited), extra...)
	}
	plain("svc-supervision", "", uacNormal)
	if !w.demo() {
		plain("svc-pacs", "HTTP/pacs", uacNormal, aes)
		plain("svc-ris", "HTTP/ris", uacNormal, aes)
		plain("svc-sql", "MSSQLSvc/srv-sql", uacNormal, aes)
		plain("svc-sauvegarde", "", uacNormal)
	} else {
		pacs := []model.Attribute{aes}
		if w.has("vuln_kerberos_properties_encryption") {
			pacs = nil
			w.plant("vuln_kerberos_properties_encryption", "Un compte de service n’annonce pas AES.", w.serviceDN("svc-pacs"))
		}
		if w.has("vuln_delegation_a2d2") {
			pacs = append(pacs, text("msDS-AllowedToDelegateTo", "ldap/dc2."+w.o.DNSName))
			w.way("constrained-delegation", "Le compte du PACS peut se présenter à un contrôleur.", w.serviceDN("svc-pacs"), "CN=DC2,OU=Domain Controllers,"+w.root, control.AllowedToDelegate)
			w.plant("vuln_delegation_a2d2", "Le compte du PACS peut se présenter à un contrôleur au nom de ses utilisateurs.", w.serviceDN("svc-pacs"))
		}
		plain("svc-pacs", "HTTP/pacs", uacNormal, pacs...)
		if w.has("vuln_delegation_t2a4d") {
			plain("svc-ris", "HTTP/ris", uacNormal|uacTransition, aes, text("msDS-AllowedToDelegateTo", "cifs/dc1."+w.o.DNSName))
			w.way("transition", "Le compte du RIS peut se présenter à un contrôleur au nom de n’importe qui.", w.serviceDN("svc-ris"), "CN=DC1,OU=Domain Controllers,"+w.root, control.AllowedToDelegate)
			w.plant("vuln_delegation_t2a4d", "Le compte du RIS peut se présenter à un contrôleur au nom de n’importe qui.", w.serviceDN("svc-ris"))
		} else {
			plain("svc-ris", "HTTP/ris", uacNormal, aes)
		}
		w.weakAdministrators(inherited)
	}
	for i := 1; i <= 3; i++ {
		name := fmt.Sprintf("gmsa-app%02d", i)
		dn := "CN=" + name + ",CN=Managed Service Accounts," + w.root
		age := w.ago(1, 28)
		if w.has("vuln_password_change_msa_no_change_90") && i == 3 {
			age = w.ago(150, 200)
			w.plant("vuln_password_change_msa_no_change_90", "Le mot de passe d’un compte de service géré ne change plus.", dn)
		}
		reader, own := w.sids["SRV-PKI$"], w.sids[managedAccount]
		if i == 1 && w.leads(PathManaged) {
			reader = w.sids["SRV00001$"]
		}
		if i > 1 {
			own = w.account("")
		}
		readers := secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, Entries: []secdesc.ACE{{Mask: secdesc.FullControl, Trustee: reader}}})
		w.put(dn, "msDS-GroupManagedServiceAccount", computerDesc("DA", ""), raw("objectSid", own.Bytes()),
			text("sAMAccountName", name+"$"), number("userAccountControl", uacWorkstation), number("primaryGroupID", sid.RIDDomainComputers),
			fileTime("pwdLastSet", age), fileTime("lastLogonTimestamp", w.ago(0, 9)), number("msDS-ManagedPasswordInterval", 30),
			raw("msDS-GroupMSAMembership", readers), text("dNSHostName", name+"."+w.o.DNSName))
	}
}

// weakAdministrators writes the accounts of the demonstration that are privileged and should not be so.
func (w *world) weakAdministrators(inherited string) {
	sql := w.serviceDN("svc-sql")
	uac, password, extra := int64(uacNormal), w.ago(30, 300), []model.Attribute{number("adminCount", 1)}
	if w.has("vuln_spn_priv") {
		extra = append(extra, text("servicePrincipalName", "MSSQLSvc/srv-sql."+w.o.DNSName+":1433"), number("msDS-SupportedEncryptionTypes", 24))
		w.plant("vuln_spn_priv", "Un compte de service administrateur du domaine livre son mot de passe à l’attaque hors ligne.", sql)
	}
	if w.has("vuln_dont_expire_priv") {
		uac |= uacDontExpire
		w.plant("vuln_dont_expire_priv", "Le mot de passe d’un administrateur n’expire jamais.", sql)
	}
	if w.has("vuln_password_change_priv") {
		password = w.ago(1900, 2000)
		w.plant("vuln_password_change_priv", "Le mot de passe d’un administrateur a plus de cinq ans.", sql)
	}
	w.privileged(sql, "svc-sql", w.sids["svc-sql"], uac, password, protectedDesc(), extra...)

	w.privileged(w.serviceDN("svc-sauvegarde"), "svc-sauvegarde", w.sids["svc-sauvegarde"], uacNormal, w.ago(30, 300), protectedDesc(), number("adminCount", 1))

	old := w.serviceDN("adm-ancien")
	sddl := protectedDesc()
	uac, extra = uacNormal, nil
	if w.has("vuln_kerberos_properties_preauth_priv", "vuln_kerberos_properties_preauth") {
		uac |= uacNoPreauth
		w.plant("vuln_kerberos_properties_preauth_priv", "Un administrateur est dispensé de préauthentification.", old)
		w.plant("vuln_kerberos_properties_preauth", "Un compte est dispensé de préauthentification.", old)
	}
	if w.has("vuln_reversible_password_priv_uac") {
		uac |= uacReversible
		w.plant("vuln_reversible_password_priv_uac", "Le mot de passe d’un administrateur est stocké de façon réversible.", old)
	}
	if w.has("vuln_privileged_members_no_admincount") {
		w.plant("vuln_privileged_members_no_admincount", "Un administrateur n’est pas marqué comme protégé.", old)
	} else {
		extra = append(extra, number("adminCount", 1))
	}
	if w.has("vuln_privileged_members_perm") {
		sddl = userDesc(inherited)
		w.way("privileged-account", "Le groupe de support peut changer le mot de passe d’un administrateur.", w.personDN(0), w.group(sid.RIDDomainAdmins),
			control.MemberOf, control.ForceChangePassword, control.MemberOf)
		w.plant("vuln_privileged_members_perm", "Le groupe de support peut changer le mot de passe d’un administrateur.", old)
	}
	w.privileged(old, "adm-ancien", w.sids["adm-ancien"], uac, w.ago(300, 400), sddl, extra...)
}

// trusts writes the relations with other domains and the accounts behind them.
func (w *world) trusts() {
	add := func(partner, flat string, direction, attributes int64, age time.Time) string {
		dn := "CN=" + partner + ",CN=System," + w.root
		w.put(dn, "trustedDomain", containerDesc(), text("trustPartner", partner), text("flatName", flat),
			number("trustDirection", direction), number("trustType", 2), number("trustAttributes", attributes),
			raw("securityIdentifier", sid.New(5, 21, w.rand.Uint32(), w.rand.Uint32(), w.rand.Uint32()).Bytes()))
		account := "CN=" + flat + "$,CN=Users," + w.root
		w.user(account, flat+"$", w.account(""), uacTrust|0x20, age, userDesc(""))
		return dn
	}
	const quarantined, forestTransitive, treatAsExternal, delegation = 0x4, 0x8, 0x40, 0x800
	if !w.demo() {
		add("ght-collines.test", "COLLINES", 3, forestTransitive, w.ago(1, 29))
		return
	}
	attributes := int64(forestTransitive)
	if w.has("vuln_trusts_forest_sidhistory") {
		attributes |= treatAsExternal
	}
	if w.has("vuln_trusts_tgt_deleg") {
		attributes |= delegation
	}
	dn := add("ght-collines.test", "COLLINES", 3, attributes, w.ago(1, 29))
	if attributes&treatAsExternal != 0 {
		w.plant("vuln_trusts_forest_sidhistory", "La relation avec la forêt partenaire laisse passer l’historique des SID.", dn)
	}
	if attributes&delegation != 0 {
		w.plant("vuln_trusts_tgt_deleg", "Les tickets de nos comptes sont confiés aux services de la forêt partenaire.", dn)
	}
	attributes = quarantined
	age := w.ago(1, 29)
	if w.has("vuln_trusts_domain_notfiltered") {
		attributes = 0
	}
	if w.has("vuln_trusts_accounts") {
		age = w.ago(700, 900)
	}
	dn = add("labo-associe.test", "LABOASSOCIE", 3, attributes, age)
	if attributes == 0 {
		w.plant("vuln_trusts_domain_notfiltered", "La relation avec le laboratoire associé n’est pas filtrée.", dn)
	}
	if w.has("vuln_trusts_accounts") {
		w.plant("vuln_trusts_accounts", "Le mot de passe d’une relation d’approbation a plus d’un an.", "CN=LABOASSOCIE$,CN=Users,"+w.root)
	}
}
