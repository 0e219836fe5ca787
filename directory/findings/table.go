package findings

import (
	"slices"

	"hygie/directory/findings/internal/accounts"
	"hygie/directory/findings/internal/certificates"
	"hygie/directory/findings/internal/managed"
	"hygie/directory/findings/internal/policies"
	"hygie/directory/findings/internal/structure"
	"hygie/directory/findings/rule"
)

// need is an attribute that a rule cannot do without, on the objects of a class.
func need(class, attribute string) rule.Need { return rule.Need{Class: class, Attribute: attribute} }

const anssi = "ANSSI, points de contrôle Active Directory"

func warning(id string, s Severity, decide func(*rule.Outcome), needs ...rule.Need) rule.Record {
	return rule.Record{Rule: Rule{ID: "warning_" + id, Kind: Warning, Severity: s, Source: anssi}, Needs: needs, Decide: decide}
}

func forestWarning(id string, s Severity, decide func(*rule.Outcome)) rule.Record {
	r := warning(id, s, decide)
	r.Forest = true
	return r
}

func warningRecords() []rule.Record {
	var (
		flags   = need("user", "userAccountControl")
		sids    = need("group", "objectSid")
		members = need("group", "member")
		rights  = need("user", "nTSecurityDescriptor")
	)
	return []rule.Record{
		warning("admincount", Low, accounts.FormerAdmins, need("user", "adminCount"), need("group", "adminCount"), sids, members),
		warning("admincount_0", Low, accounts.AdminCountZero, need("user", "adminCount"), need("group", "adminCount")),
		warning("dnszone_duplicated_zones", Low, structure.DuplicatedZones),
		warning("dont_expire", Medium, accounts.NeverExpire, flags),
		warning("dump_error_rp", Low, structure.ReadingErrors),
		warning("dump_error_vuln_rp", Medium, structure.PointsUndecided),
		warning("logonscript_priv", High, accounts.LogonScripts, need("user", "scriptPath"), sids, members),
		warning("password_change", Medium, accounts.OldPasswords, flags, need("user", "pwdLastSet"), sids, members),
		warning("password_policy_pso_missing", Low, accounts.NoFinePolicy, flags, sids, members),
		warning("password_policy_pso_weak", Medium, func(o *rule.Outcome) { accounts.WeakFinePolicies(o, true) }),
		warning("password_policy_pso_weak2", Low, func(o *rule.Outcome) { accounts.WeakFinePolicies(o, false) }),
		warning("permissions_specific_containers", High, structure.ContainerRights, need("container", "nTSecurityDescriptor")),
		warning("privileged_members", Medium, accounts.ManyPrivileged, sids, members),
		warning("privileged_members_builtin_notpriv", Medium, accounts.SecondRankMembers, sids, members),
		warning("privileged_members_expired_disabled", Medium, accounts.DisabledPrivileged, flags, sids, members),
		warning("privileged_members_foreign", High, accounts.ForeignPrivileged, sids, members),
		warning("privileged_members_no_adminsdholder", Medium, accounts.UnlikeHolder, rights, sids, members),
		warning("privileged_members_not_empty", Low, accounts.OperatorsNotEmpty, sids, members),
		warning("reversible_password", Medium, accounts.ReversiblePasswords, flags, sids, members),
		warning("rid500", Medium, accounts.BuiltinUsed, need("user", "lastLogonTimestamp")),
		forestWarning("schema_default_sd", Medium, structure.SchemaDefaults),
		forestWarning("schema_posssuperiors", High, structure.SchemaSuperiors),
		warning("sd_adminsdholder_protec", Medium, accounts.HolderInherits, rights, sids, members),
		warning("sd_anonymous_control", High, rule.Scanned(rule.BitAnonymous), rights),
		warning("sd_deny_read", Low, rule.Scanned(rule.BitDenyRead), rights),
		warning("sd_failed_sd_read", Low, rule.Scanned(rule.BitUnread), rights),
		warning("sd_generic_perm", Low, rule.Scanned(rule.BitGeneric), rights),
		warning("sd_repl_perm", High, structure.ReplicationRights, need("domain", "nTSecurityDescriptor")),
		warning("sd_unknown_sid", Low, rule.Scanned(rule.BitUnknown), rights),
		warning("spn_priv", Medium, accounts.ToleratedServices, need("user", "servicePrincipalName"), sids, members),
		warning("sysvol_files_acl", High, policies.SysvolWriters),
		warning("sysvol_files_sd", Low, policies.SysvolUnread),
		warning("sysvol_no_repl", Medium, policies.SysvolNotReplicated),
		warning("sysvol_root_sd", High, policies.SysvolRoot),
		warning("tool_version", Low, structure.OldTool),
		warning("trusts_tgt_deleg", Low, structure.OpenDelegation, need("trustedDomain", "trustAttributes"), need("trustedDomain", "trustDirection")),
		warning("user_accounts_dormant", Low, accounts.SomeDormant, flags, need("user", "pwdLastSet"), need("user", "lastLogonTimestamp"), need("user", "whenCreated")),
	}
}

// beyond makes a rule of our own.
func beyond(id string, s Severity, source string, decide func(*rule.Outcome), needs ...rule.Need) rule.Record {
	return rule.Record{Rule: Rule{ID: id, Kind: Beyond, Severity: s, Source: source}, Needs: needs, Decide: decide}
}

func forestRule(id string, s Severity, source string, decide func(*rule.Outcome)) rule.Record {
	r := beyond(id, s, source, decide)
	r.Forest = true
	return r
}

// Sources of the rules about certificates: the article that named the first eight, and those that continued it.
const (
	certifiedPreOwned = "SpecterOps, Certified Pre-Owned (2021)"
	certipy           = "Certipy, AD CS privilege escalation (ESC1 to ESC16)"
)

func beyondRecords() []rule.Record {
	return slices.Concat(certificateRecords(), []rule.Record{
		beyond("dmsa_badsuccessor", High, "Akamai, BadSuccessor (2025); MS-ADTS 3.1.1.4", managed.BadSuccessor),
		beyond("dmsa_takeover", Critical, "Akamai, BadSuccessor (2025)", managed.DMSATakeover),
		beyond("laps_readers", Medium, "Microsoft, Windows LAPS; MS-ADTS 3.1.1.4.4", managed.LAPSReaders, need("computer", "nTSecurityDescriptor")),
		beyond("gmsa_readers", High, "MS-ADTS 3.1.1.4.5.39, msDS-GroupMSAMembership", managed.GMSAReaders,
			need("msDS-GroupManagedServiceAccount", "msDS-GroupMSAMembership")),
		beyond("gpp_password", Critical, "MS14-025; MS-GPPREF 2.2.1.1.4", policies.PreferencePasswords),
		beyond("gpo_autologon", High, "Microsoft, Winlogon DefaultPassword; MS-GPREG 2.2.1", policies.AutologonPasswords),
		beyond("gpo_broad_rights", Critical, "MS-GPSB 2.2.6", policies.BroadRights),
		beyond("gpo_broad_admins", Critical, "MS-GPSB 2.2.4; MS-GPPREF 2.2.1.11", policies.BroadAdmins),
		beyond("gpo_weak_settings", Medium, "ANSSI, Recommandations pour l’administration sécurisée des SI reposant sur AD (2023)", policies.WeakSettings),
		beyond("gpo_script_outside", Medium, "MS-GPSCR 2.2.2", policies.OutsideScripts),
		beyond("prewin2000_authenticated", Low, "MS-DTYP 2.4.2.4, S-1-5-32-554", accounts.PreWindows2000, need("group", "member")),
		beyond("machine_quota", Medium, "MS-ADTS 3.1.1.5.2.1.2, ms-DS-MachineAccountQuota", accounts.MachineQuota),
		beyond("krbtgt_delegation", Critical, "MS-SFU 3.2.5; MS-ADA2 2.210", accounts.KrbtgtDelegation),
	})
}

func information(id string, decide func(*rule.Outcome), needs ...rule.Need) rule.Record {
	return rule.Record{Rule: Rule{ID: "info_" + id, Kind: Information, Severity: Info, Source: anssi}, Needs: needs, Decide: decide}
}

func informationRecords() []rule.Record {
	members, keys := need("group", "member"), need("user", "msDS-KeyCredentialLink")
	rights := need("user", "nTSecurityDescriptor")
	return []rule.Record{
		information("gpo", policies.ListPolicies),
		information("gpo_sysvol", policies.PolicyFolders),
		information("keycredentiallink_dc", accounts.KeyedControllers, need("computer", "msDS-KeyCredentialLink")),
		information("keycredentiallink_priv", accounts.KeyedPrivileged, keys, members),
		information("keycredentiallink_silo", accounts.KeyedSilo, keys, need("user", "msDS-AssignedAuthNPolicySilo")),
		information("laps", managed.LAPSUse, need("computer", "ms-Mcs-AdmPwdExpirationTime"), need("computer", "msLAPS-PasswordExpirationTime")),
		information("laps_missing", managed.LAPSMissing, need("computer", "ms-Mcs-AdmPwdExpirationTime"), need("computer", "msLAPS-PasswordExpirationTime")),
		information("password_policy_pso", accounts.ListFinePolicies),
		information("privileged_members_recent_changes", accounts.RecentChanges, need("group", "msDS-ReplValueMetaData")),
		information("sd", structure.CountDescriptors, rights),
		information("sd_missing_au_lc", structure.Unlisted, rights),
		information("sd_protected_ou", structure.ProtectedUnits, need("organizationalUnit", "nTSecurityDescriptor")),
		information("user_accounts_dormant", accounts.ListDormant, need("user", "pwdLastSet"), need("user", "lastLogonTimestamp"), need("user", "whenCreated")),
	}
}

// certificateRecords lists the known ways to abuse AD CS, by their usual number. Those that depend on the registry of an authority
// or of a controller cannot be decided from the directory, and say so.
func certificateRecords() []rule.Record {
	return []rule.Record{
		forestRule("adcs_esc1", Critical, certifiedPreOwned, certificates.ESC1),
		forestRule("adcs_esc1_unbelieved", Low, certifiedPreOwned, certificates.ESC1Unbelieved),
		forestRule("adcs_esc2", Critical, certifiedPreOwned, certificates.ESC2),
		forestRule("adcs_esc3", Critical, certifiedPreOwned, certificates.ESC3),
		forestRule("adcs_esc4", Critical, certifiedPreOwned, certificates.ESC4),
		forestRule("adcs_esc5", Critical, certifiedPreOwned, certificates.ESC5),
		forestRule("adcs_esc6", Critical, certifiedPreOwned, certificates.ESC6),
		forestRule("adcs_esc7", Critical, certifiedPreOwned, certificates.ESC7),
		forestRule("adcs_esc8", Critical, certifiedPreOwned, certificates.ESC8),
		forestRule("adcs_esc9", High, certipy, certificates.ESC9),
		forestRule("adcs_esc10", High, certipy, certificates.ESC10),
		forestRule("adcs_esc11", High, certipy, certificates.ESC11),
		forestRule("adcs_esc12", High, certipy, certificates.ESC12),
		forestRule("adcs_esc13", High, certipy, certificates.ESC13),
		beyond("adcs_esc14", High, certipy, certificates.ESC14, need("user", "altSecurityIdentities")),
		forestRule("adcs_esc15", High, "CVE-2024-49019", certificates.ESC15),
		forestRule("adcs_esc16", High, certipy, certificates.ESC16),
	}
}
