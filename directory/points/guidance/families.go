package guidance

import "slices"

// Family is a subject of the control points: the points a person mends
// together, with the same tools and usually on the same afternoon (ANSSI, points de contrôle Active Directory).
type Family struct {
	// Name is the stable identifier of the family, also its file name.
	Name string
	// Points lists the control points of the family, most serious level first.
	Points []string
}

// Families returns the families in reading order (ANSSI, points de contrôle Active Directory). Every one of the 76 control
// points belongs to exactly one of them. The caller owns the result.
func Families() []Family {
	return []Family{
		{"privileged", []string{
			"vuln_privileged_members",
			"vuln_dont_expire_priv",
			"vuln_password_change_priv",
			"vuln_privileged_members_password",
			"vuln_privileged_members_no_admincount",
			"vuln_protected_users",
			"vuln_silo_priv",
		}},
		{"permissions", []string{
			"vuln_permissions_naming_context",
			"vuln_permissions_adminsdholder",
			"vuln_permissions_dc",
			"vuln_permissions_gpo_priv",
			"vuln_privileged_members_perm",
			"vuln_permissions_dpapi",
			"vuln_permissions_gmsa_keys",
			"vuln_permissions_dfsr_sysvol",
			"vuln_permissions_schema",
			"vuln_permissions_gpo_container_priv",
			"vuln_owner",
		}},
		{"kerberos", []string{
			"vuln_kerberos_properties_preauth_priv",
			"vuln_spn_priv",
			"vuln_krbtgt",
			"vuln_kerberos_properties_preauth",
			"vuln_kerberos_properties_deskey",
			"vuln_kerberos_properties_encryption",
		}},
		{"delegation", []string{
			"vuln_delegation_t4d",
			"vuln_delegation_t2a4d",
			"vuln_delegation_a2d2",
			"vuln_delegation_sourcedeleg",
		}},
		{"pki", []string{
			"vuln_adcs_template_auth_enroll_with_name",
			"vuln_adcs_template_control",
			"vuln_adcs_control",
			"vuln_certificates_vuln",
		}},
		{"domaincontrollers", []string{
			"vuln_dc_obsolete",
			"vuln_dc_inconsistent_uac",
			"vuln_password_change_dc_no_change",
			"vuln_password_change_inactive_dc",
			"vuln_dc_crypto",
		}},
		{"accounts", []string{
			"vuln_user_accounts_dormant",
			"vuln_primary_group_id_1000",
			"vuln_guest",
			"vuln_sidhistory_dangerous",
			"vuln_sidhistory_present",
			"vuln_primary_group_id_nochange",
			"vuln_password_change_inactive_servers",
			"vuln_user_accounts_machineaccountquota",
		}},
		{"passwords", []string{
			"vuln_dont_expire",
			"vuln_password_change_server_no_change_90",
			"vuln_password_change_cluster_no_change_3years",
			"vuln_password_change_msa_no_change_90",
			"vuln_password_change_server_no_change_45",
			"vuln_reversible_password_priv_uac",
			"vuln_reversible_password_priv_namingcontext",
			"vuln_smartcard_expire_passwords",
		}},
		{"trusts", []string{
			"vuln_trusts_domain_notfiltered",
			"vuln_trusts_forest_sidhistory",
			"vuln_trusts_accounts",
			"vuln_trusts_tgt_deleg",
		}},
		{"dns", []string{
			"vuln_dnsadmins",
			"vuln_permissions_msdns",
			"vuln_dnszone_bad_prop",
		}},
		{"functional", []string{
			"vuln_functional_level",
			"vuln_dsheuristics_bad",
			"vuln_display_specifier",
			"vuln_adupdate_bad",
		}},
		{"groups", []string{
			"vuln_compatible_2000_anonymous",
			"vuln_compatible_2000_not_default",
			"vuln_group_loop",
		}},
		{"rodc", []string{
			"vuln_rodc_priv_revealed",
			"vuln_rodc_never_reveal",
			"vuln_rodc_reveal",
			"vuln_rodc_allowed_group",
			"vuln_rodc_denied_group",
			"vuln_rodc_orphan_krbtgt",
		}},
		{"sysvol", []string{
			"vuln_sysvol_ntfrs",
		}},
		{"quality", []string{
			"vuln_critical_objects",
			"vuln_sd_failed_sd_read_on_priv",
		}},
	}
}

// FamilyOf returns the name of the family that holds the control point, and
// whether there is one (ANSSI, points de contrôle Active Directory).
func FamilyOf(point string) (string, bool) {
	for _, f := range Families() {
		if slices.Contains(f.Points, point) {
			return f.Name, true
		}
	}
	return "", false
}

// notes returns the identifiers of the items that never lower the level: the
// warnings, then the informations, in reading order.
func notes() []string {
	return []string{
		"warning_admincount",
		"warning_admincount_0",
		"warning_dnszone_duplicated_zones",
		"warning_dont_expire",
		"warning_dump_error_rp",
		"warning_dump_error_vuln_rp",
		"warning_logonscript_priv",
		"warning_password_change",
		"warning_password_policy_pso_missing",
		"warning_password_policy_pso_weak",
		"warning_password_policy_pso_weak2",
		"warning_permissions_specific_containers",
		"warning_privileged_members",
		"warning_privileged_members_builtin_notpriv",
		"warning_privileged_members_expired_disabled",
		"warning_privileged_members_foreign",
		"warning_privileged_members_no_adminsdholder",
		"warning_privileged_members_not_empty",
		"warning_reversible_password",
		"warning_rid500",
		"warning_schema_default_sd",
		"warning_schema_posssuperiors",
		"warning_sd_adminsdholder_protec",
		"warning_sd_anonymous_control",
		"warning_sd_deny_read",
		"warning_sd_failed_sd_read",
		"warning_sd_generic_perm",
		"warning_sd_repl_perm",
		"warning_sd_unknown_sid",
		"warning_spn_priv",
		"warning_sysvol_files_acl",
		"warning_sysvol_files_sd",
		"warning_sysvol_no_repl",
		"warning_sysvol_root_sd",
		"warning_tool_version",
		"warning_trusts_tgt_deleg",
		"warning_user_accounts_dormant",
		"info_gpo",
		"info_gpo_sysvol",
		"info_keycredentiallink_dc",
		"info_keycredentiallink_priv",
		"info_keycredentiallink_silo",
		"info_laps",
		"info_laps_missing",
		"info_password_policy_pso",
		"info_privileged_members_recent_changes",
		"info_sd",
		"info_sd_missing_au_lc",
		"info_sd_protected_ou",
		"info_user_accounts_dormant",
	}
}
