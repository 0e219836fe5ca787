package findings

import "slices"

// beyond makes a rule of our own.
func beyond(id string, s Severity, source string, decide func(*outcome), needs ...need) record {
	return record{Rule{ID: id, Kind: Beyond, Severity: s, Source: source}, needs, decide}
}

func forestRule(id string, s Severity, source string, decide func(*outcome)) record {
	r := beyond(id, s, source, decide)
	r.Forest = true
	return r
}

// Sources of the rules about certificates: the article that named the first eight, and those that continued it.
const (
	certifiedPreOwned = "SpecterOps, Certified Pre-Owned (2021)"
	certipy           = "Certipy, AD CS privilege escalation (ESC1 to ESC16)"
)

func beyondRecords() []record {
	return slices.Concat(certificateRecords(), []record{
		beyond("dmsa_badsuccessor", High, "Akamai, BadSuccessor (2025); MS-ADTS 3.1.1.4", badSuccessor),
		beyond("dmsa_takeover", Critical, "Akamai, BadSuccessor (2025)", dmsaTakeover),
		beyond("laps_readers", Medium, "Microsoft, Windows LAPS; MS-ADTS 3.1.1.4.4", lapsReaders, need{"computer", "nTSecurityDescriptor"}),
		beyond("gmsa_readers", High, "MS-ADTS 3.1.1.4.5.39, msDS-GroupMSAMembership", gmsaReaders,
			need{"msDS-GroupManagedServiceAccount", "msDS-GroupMSAMembership"}),
		beyond("gpp_password", Critical, "MS14-025; MS-GPPREF 2.2.1.1.4", preferencePasswords),
		beyond("gpo_autologon", High, "Microsoft, Winlogon DefaultPassword; MS-GPREG 2.2.1", autologonPasswords),
		beyond("gpo_broad_rights", Critical, "MS-GPSB 2.2.6", broadRights),
		beyond("gpo_broad_admins", Critical, "MS-GPSB 2.2.4; MS-GPPREF 2.2.1.11", broadAdmins),
		beyond("gpo_weak_settings", Medium, "ANSSI, Recommandations pour l’administration sécurisée des SI reposant sur AD (2023)", weakSettings),
		beyond("gpo_script_outside", Medium, "MS-GPSCR 2.2.2", outsideScripts),
		beyond("prewin2000_authenticated", Low, "MS-DTYP 2.4.2.4, S-1-5-32-554", preWindows2000, need{"group", "member"}),
		beyond("machine_quota", Medium, "MS-ADTS 3.1.1.5.2.1.2, ms-DS-MachineAccountQuota", machineQuota),
		beyond("krbtgt_delegation", Critical, "MS-SFU 3.2.5; MS-ADA2 2.210", krbtgtDelegation),
	})
}
