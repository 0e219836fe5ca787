package findings

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// row is one change to the healthy world and the verdict that it must bring.
type row struct {
	rule, name string
	lines      string
	want       string // see sum
}

const (
	nurses = "S-1-5-21-100-200-300-1108"
	gpo    = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	holder = `O:DAG:DAD:PAI(A;;GA;;;DA)(A;;GA;;;SY)(A;;GR;;;AU)`
)

func accountRows() []row {
	return []row{
		{"warning_admincount", "left over", "alice adminCount=1", "found: alice"},
		{"warning_admincount", "privileged", "alice adminCount=1\n\"Domain Admins\" member=@Administrator member=@alice", "clear"},
		{"warning_admincount", "group", "Infirmiers adminCount=1", "found: Infirmiers"},
		{"warning_admincount_0", "zero", "alice adminCount=0", "found: alice"},
		{"warning_admincount_0", "absent", "alice -adminCount", "clear"},
		{"warning_dont_expire", "one of many", manyUsers(30) + "alice uac=0x10200", "found: alice"},
		{"warning_dont_expire", "disabled", manyUsers(30) + "alice uac=0x10202", "clear"},
		{"warning_dont_expire", "the point failed", "alice uac=0x10200\nbruno uac=0x10200\nsvc uac=0x10200", "clear"},
		{"warning_password_change", "four years", "alice pwd=-1460d", "found: alice"},
		{"warning_password_change", "one year", "alice pwd=-365d", "clear"},
		{"warning_password_change", "disabled", "alice pwd=-1460d uac=514", "clear"},
		{"warning_password_change", "unread", "unread pwdLastSet", "not_evaluated"},
		{"warning_reversible_password", "flag", "alice uac=0x280", "found: alice"},
		{"warning_reversible_password", "privileged", "alice uac=0x280\n\"Domain Admins\" member=@Administrator member=@alice", "clear"},
		{"warning_rid500", "used", "Administrator logon=-5d", "found: Administrator"},
		{"warning_rid500", "not for long", "Administrator logon=-90d", "clear"},
		{"warning_rid500", "never", "Administrator -logon", "clear"},
		{"warning_user_accounts_dormant", "one of many", manyUsers(30) + "alice pwd=-1460d logon=-500d", "found: hop"},
		{"warning_user_accounts_dormant", "logged on", manyUsers(30) + "alice pwd=-1460d logon=-50d", "clear"},
		{"info_user_accounts_dormant", "listed", "alice pwd=-1460d logon=-500d", "found: alice"},
		{"info_user_accounts_dormant", "recent password", "alice pwd=-10d logon=-500d", "clear"},
		{"warning_logonscript_priv", "share", `Administrator scriptPath=\\nas\public\a.cmd`, "found: Administrator"},
		{"warning_logonscript_priv", "local", `Administrator scriptPath=C:\a.cmd`, "found: Administrator"},
		{"warning_logonscript_priv", "leads out", `Administrator scriptPath=..\..\a.cmd`, "found: Administrator"},
		{"warning_logonscript_priv", "netlogon", `Administrator scriptPath=\\hop.test\NETLOGON\a.cmd`, "clear"},
		{"warning_logonscript_priv", "relative", `Administrator scriptPath=a.cmd`, "clear"},
		{"warning_logonscript_priv", "ordinary account", `alice scriptPath=\\nas\public\a.cmd`, "clear"},
		{"krbtgt_delegation", "back", "krbtgt msDS-AllowedToActOnBehalfOfOtherIdentity=O:DAD:(A;;GA;;;AU)", "found: krbtgt"},
		{"krbtgt_delegation", "target", "svc to=krbtgt/hop.test", "found: svc"},
		{"krbtgt_delegation", "another target", "svc to=cifs/srv1.hop.test", "clear"},
		{"machine_quota", "ten", "hop ms-DS-MachineAccountQuota=10", "found: hop"},
		{"machine_quota", "none", "hop ms-DS-MachineAccountQuota=0", "clear"},
		{"prewin2000_authenticated", "original", "", "found: Pre-Windows 2000"},
		{"prewin2000_authenticated", "emptied", "\"Pre-Windows 2000\" -member", "clear"},
		{"adcs_esc14", "subject", "alice altSecurityIdentities=X509:<S>CN=alice", "found: alice"},
		{"adcs_esc14", "issuer and subject", "alice altSecurityIdentities=X509:<I>DC=test,CN=CA<S>CN=alice", "found: alice"},
		{"adcs_esc14", "mail", "alice altSecurityIdentities=X509:<RFC822>alice@hop.test", "found: alice"},
		{"adcs_esc14", "serial number", "alice altSecurityIdentities=X509:<I>DC=test,CN=CA<SR>12345678", "clear"},
		{"adcs_esc14", "Kerberos", "alice altSecurityIdentities=Kerberos:alice@AUTRE.TEST", "clear"},
	}
}

// manyUsers draws ordinary accounts, so that one is a small share.
func manyUsers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("user u" + string(rune('a'+i/10)) + string(rune('0'+i%10)) + " uac=512 pgid=513 pwd=-30d logon=-1d rid=" + []string{"2", "3", "4", "5"}[i/10] + "00" + string(rune('0'+i%10)) + "\n")
	}
	return b.String()
}

func privilegedRows() []row {
	admins := func(names ...string) string {
		return `"Domain Admins" member=@Administrator ` + strings.Join(names, " ")
	}
	return []row{
		{"warning_privileged_members", "thirty", manyUsers(30) + admins(strings.Fields(memberList(30))...), "found: hop"},
		{"warning_privileged_members", "two", admins("member=@alice"), "clear"},
		{"warning_privileged_members_builtin_notpriv", "remote desktop", "group Rds at=@Builtin sid=S-1-5-32-555 member=@alice", "found: alice"},
		{"warning_privileged_members_builtin_notpriv", "administrator", "group Rds at=@Builtin sid=S-1-5-32-555 member=@Administrator", "clear"},
		{"warning_privileged_members_builtin_notpriv", "policy creators", `"Group Policy Creator Owners" member=@alice`, "found: alice"},
		{"warning_privileged_members_builtin_notpriv", "another group", "group Lecteurs at=@Builtin sid=S-1-5-32-573 member=@alice", "clear"},
		{"warning_privileged_members_expired_disabled", "disabled", "alice uac=514\n" + admins("member=@alice"), "found: alice"},
		{"warning_privileged_members_expired_disabled", "expired", "alice accountExpires=-3d\n" + admins("member=@alice"), "found: alice"},
		{"warning_privileged_members_expired_disabled", "never expires", "alice accountExpires=0\n" + admins("member=@alice"), "clear"},
		{"warning_privileged_members_expired_disabled", "built-in administrator", "Administrator uac=514", "clear"},
		{"warning_privileged_members_foreign", "other forest", "foreignSecurityPrincipal S-1-5-21-9-9-9-1234 at=@ForeignSecurityPrincipals sid=S-1-5-21-9-9-9-1234\nAdministrators member=@S-1-5-21-9-9-9-1234", "found: S-1-5-21-9-9-9-1234"},
		{"warning_privileged_members_foreign", "in an ordinary group", "foreignSecurityPrincipal S-1-5-21-9-9-9-1234 at=@ForeignSecurityPrincipals sid=S-1-5-21-9-9-9-1234\nInfirmiers member=@S-1-5-21-9-9-9-1234", "clear"},
		{"warning_privileged_members_no_adminsdholder", "unlike", `alice acl=` + holder + "(A;;WP;;;" + nurses + ")\nAdminSDHolder acl=" + holder + "\n" + protectGroups + admins("member=@alice"), "found: alice"},
		{"warning_privileged_members_no_adminsdholder", "like", `alice acl=` + holder + "\nAdminSDHolder acl=" + holder + "\n" + protectGroups + admins("member=@alice"), "clear"},
		{"warning_sd_adminsdholder_protec", "open", protectGroups, "found: AdminSDHolder"},
		{"warning_sd_adminsdholder_protec", "closed", protectGroups + "AdminSDHolder acl=" + holder, "clear"},
		{"warning_privileged_members_not_empty", "operators", `"Backup Operators" member=@alice`, "found: alice"},
		{"warning_privileged_members_not_empty", "administrators", admins("member=@alice"), "clear"},
		{"warning_spn_priv", "tolerated", "svc enc=24\n" + pso + " msDS-PSOAppliesTo=@svc\nPSO1 msDS-MinimumPasswordLength=33 whenChanged=-100d\n" + admins("member=@svc"), "found: svc"},
		{"warning_spn_priv", "not privileged", "svc enc=24", "clear"},
		{"warning_password_policy_pso_missing", "without", "", "found: Administrator"},
		{"warning_password_policy_pso_missing", "with", pso + " msDS-PSOAppliesTo=@Administrator", "clear"},
		{"warning_password_policy_pso_weak", "short", pso + "\nPSO1 msDS-MinimumPasswordLength=6", "found: PSO1"},
		{"warning_password_policy_pso_weak", "reversible", pso + " msDS-PasswordReversibleEncryptionEnabled=TRUE", "found: PSO1"},
		{"warning_password_policy_pso_weak", "simple", pso + " msDS-PasswordComplexityEnabled=FALSE", "found: PSO1"},
		{"warning_password_policy_pso_weak", "everlasting", pso + "\nPSO1 msDS-MaximumPasswordAge=-9223372036854775808", "found: PSO1"},
		{"warning_password_policy_pso_weak", "sound", pso, "clear"},
		{"warning_password_policy_pso_weak2", "ten", pso + "\nPSO1 msDS-MinimumPasswordLength=10", "found: PSO1"},
		{"warning_password_policy_pso_weak2", "weak already", pso + "\nPSO1 msDS-MinimumPasswordLength=6", "clear"},
		{"warning_password_policy_pso_weak2", "long", pso, "clear"},
		{"info_password_policy_pso", "listed", pso, "found: PSO1"},
		{"info_password_policy_pso", "hidden", "alice msDS-PSOApplied=CN=Cachee,CN=System,DC=hop,DC=test", "not_evaluated"},
		{"info_password_policy_pso", "none", "", "clear"},
		{"info_keycredentiallink_dc", "controller", "DC1 msDS-KeyCredentialLink=x", "found: DC1"},
		{"info_keycredentiallink_dc", "computer", "WS1 msDS-KeyCredentialLink=x", "clear"},
		{"info_keycredentiallink_priv", "administrator", "Administrator msDS-KeyCredentialLink=x", "found: Administrator"},
		{"info_keycredentiallink_priv", "user", "alice msDS-KeyCredentialLink=x", "clear"},
		{"info_keycredentiallink_silo", "in a silo", "Administrator msDS-KeyCredentialLink=x", "found: Administrator"},
		{"info_keycredentiallink_silo", "without silo", "alice msDS-KeyCredentialLink=x", "clear"},
		{"info_laps", "counted", "WS1 msLAPS-PasswordExpirationTime=1", "found: hop"},
		{"info_laps", "no machine", "drop WS1\ndrop SRV1", "clear"},
		{"info_laps_missing", "one", "WS1 msLAPS-PasswordExpirationTime=1", "found: SRV1"},
		{"info_laps_missing", "none", "WS1 msLAPS-PasswordExpirationTime=1\nSRV1 ms-Mcs-AdmPwdExpirationTime=1", "clear"},
		{"info_laps_missing", "unread", "unread msLAPS-PasswordExpirationTime", "not_evaluated"},
		{"info_privileged_members_recent_changes", "not collected", "unread msDS-ReplValueMetaData", "not_evaluated"},
		{"info_privileged_members_recent_changes", "not computed", "", "not_evaluated"},
		{"info_privileged_members_recent_changes", "entered", entered("member", "2026-05-20", "1601-01-01"), "found: Domain Admins"},
		{"info_privileged_members_recent_changes", "left", entered("member", "2020-05-20", "2026-05-20"), "found: Domain Admins"},
		{"info_privileged_members_recent_changes", "long ago", entered("member", "2020-05-20", "1601-01-01"), "clear"},
		{"info_privileged_members_recent_changes", "another link", entered("managedObjects", "2026-05-20", "1601-01-01"), "clear"},
		{"info_privileged_members_recent_changes", "cut short", "\"Domain Admins\" \"msDS-ReplValueMetaData=<DS_REPL_VALUE_META_DATA><pszAttr\"", "not_evaluated"},
	}
}

// entered writes a change of Domain Admins as a controller does.
func entered(attribute, created, deleted string) string {
	return "\"Domain Admins\" \"msDS-ReplValueMetaData=<DS_REPL_VALUE_META_DATA><pszAttributeName>" + attribute + "</pszAttributeName><pszObjectDn>CN=alice,OU=Soins,DC=hop,DC=test</pszObjectDn><cbData>0</cbData><pbData></pbData>" +
		"<ftimeDeleted>" + deleted + "T08:00:00Z</ftimeDeleted><ftimeCreated>" + created + "T08:00:00Z</ftimeCreated><dwVersion>1</dwVersion></DS_REPL_VALUE_META_DATA>\""
}

const pso = `msDS-PasswordSettings PSO1 at=@"Password Settings Container" msDS-PasswordSettingsPrecedence=1 msDS-MaximumPasswordAge=-77760000000000 msDS-MinimumPasswordLength=14`

func memberList(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" member=@u" + string(rune('a'+i/10)) + string(rune('0'+i%10)))
	}
	return b.String()
}

// protectGroups gives the privileged groups the protection of AdminSDHolder.
var protectGroups = func() string {
	var b strings.Builder
	for _, g := range []string{"Account Operators", "Administrators", "Backup Operators", "Print Operators", "Server Operators", "Domain Admins", "Enterprise Admins", "Schema Admins"} {
		b.WriteString(`"` + g + `" acl=` + holder + "\n")
	}
	return b.String()
}()

func rightRows() []row {
	const (
		class  = "classSchema C1 at=@schema lDAPDisplayName="
		schema = "classSchema U at=@schema lDAPDisplayName=user subClassOf=top possSuperiors=container\nclassSchema K at=@schema lDAPDisplayName=computer subClassOf=user\nclassSchema G at=@schema lDAPDisplayName=group subClassOf=top\n"
	)
	return []row{
		{"warning_permissions_specific_containers", "users", "Users acl+=(A;;CC;;;" + nurses + ")", "found: Users"},
		{"warning_permissions_specific_containers", "creators of policies", "Policies acl+=(A;;CC;;;PA)", "clear"},
		{"warning_permissions_specific_containers", "ordinary unit", "Soins acl+=(A;;CC;;;" + nurses + ")", "clear"},
		{"warning_schema_default_sd", "full control", class + "bad subClassOf=top defaultSecurityDescriptor=D:(A;;GA;;;AU)", "found: C1"},
		{"warning_schema_default_sd", "as Windows", class + "good subClassOf=top defaultSecurityDescriptor=D:(A;;GA;;;DA)(A;;GA;;;SY)(A;;RPLCLORC;;;AU)(A;;CC;;;AU)(A;;GA;;;CO)", "clear"},
		{"warning_schema_default_sd", "schema unread", "unread schema", "not_evaluated"},
		{"warning_schema_posssuperiors", "below computers, above users", schema + class + "store subClassOf=container possSuperiors=computer", "found: C1"},
		{"warning_schema_posssuperiors", "below computers, above nothing", schema + class + "leaf subClassOf=top possSuperiors=computer", "clear"},
		{"warning_schema_posssuperiors", "above users, elsewhere", schema + class + "store subClassOf=container possSuperiors=organizationalUnit", "clear"},
		{"warning_sd_anonymous_control", "write", "alice acl+=(A;;WP;;;AN)", "found: alice"},
		{"warning_sd_anonymous_control", "read", "alice acl+=(A;;RP;;;AN)", "clear"},
		{"warning_sd_anonymous_control", "change password", "alice acl+=(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;AN)", "clear"},
		{"warning_sd_deny_read", "denied", "alice acl=O:DAD:(D;;RP;;;AU)(A;;RPLCRC;;;AU)", "found: alice"},
		{"warning_sd_deny_read", "delete denied", "alice acl=O:DAD:(D;;SD;;;AU)(A;;RPLCRC;;;AU)", "clear"},
		{"warning_sd_failed_sd_read", "unreadable", "alice nTSecurityDescriptor=@@badsd", "found: alice"},
		{"warning_sd_failed_sd_read", "read", "", "clear"},
		{"warning_sd_failed_sd_read", "not asked", "unread nTSecurityDescriptor", "not_evaluated"},
		{"warning_sd_generic_perm", "generic", "", "found: …"},
		{"warning_sd_repl_perm", "changes", "hop acl+=(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;" + nurses + ")", "found: hop"},
		{"warning_sd_repl_perm", "native", "hop acl+=(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;S-1-5-21-100-200-300-498)", "clear"},
		{"warning_sd_repl_perm", "another right", "hop acl+=(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;" + nurses + ")", "clear"},
		{"warning_sd_unknown_sid", "deleted", "alice acl+=(A;;RP;;;S-1-5-21-100-200-300-9999)", "found: alice"},
		{"warning_sd_unknown_sid", "other domain", "alice acl+=(A;;RP;;;S-1-5-21-7-7-7-9999)", "clear"},
		{"warning_sd_unknown_sid", "inherited", "alice acl+=(A;ID;RP;;;S-1-5-21-100-200-300-9999)", "clear"},
		{"info_sd", "counted", "", "found: hop"},
		{"info_sd_missing_au_lc", "closed", "Soins acl=O:DAD:(A;;GA;;;DA)", "found: Soins"},
		{"info_sd_missing_au_lc", "open", "", "clear"},
		{"info_sd_protected_ou", "closed", "Soins acl=" + holder, "found: Soins"},
		{"info_sd_protected_ou", "open", "", "clear"},
		{"dmsa_badsuccessor", "create", dmsaSchema + "Soins acl+=(OA;;CC;0feb936f-47b3-49f2-9386-1dedc2c23765;;" + nurses + ")", "found: Soins"},
		{"dmsa_badsuccessor", "create anything", dmsaSchema + "Soins acl+=(A;;CC;;;" + nurses + ")", "found: Soins"},
		{"dmsa_badsuccessor", "create computers", dmsaSchema + "Soins acl+=(OA;;CC;bf967a86-0de6-11d0-a285-00aa003049e2;;" + nurses + ")", "clear"},
		{"dmsa_badsuccessor", "before 2025", "Soins acl+=(A;;CC;;;" + nurses + ")", "clear"},
		{"dmsa_badsuccessor", "schema unread", "unread schema", "not_evaluated"},
		{"dmsa_takeover", "of an administrator", "msDS-DelegatedManagedServiceAccount d at=@Soins rid=1500 msDS-ManagedAccountPrecededByLink=@Administrator", "found: d"},
		{"dmsa_takeover", "of a service", "msDS-DelegatedManagedServiceAccount d at=@Soins rid=1500 msDS-ManagedAccountPrecededByLink=@svc", "clear"},
		{"laps_readers", "granted", lapsSchema + "WS1 acl+=(OA;;CRRP;33333333-1111-2222-3333-444444444444;;" + nurses + ")", "found: WS1"},
		{"laps_readers", "all extended rights", lapsSchema + "WS1 acl+=(A;;CR;;;" + nurses + ")", "found: WS1"},
		{"laps_readers", "read only", lapsSchema + "WS1 acl+=(OA;;RP;33333333-1111-2222-3333-444444444444;;" + nurses + ")", "clear"},
		{"laps_readers", "machine without LAPS", lapsSchema + "SRV1 acl+=(A;;CR;;;" + nurses + ")", "clear"},
		{"gmsa_readers", "nurses", gmsa + "O:SYD:(A;;RP;;;" + nurses + ")", "found: svcg"},
		{"gmsa_readers", "everybody", gmsa + "O:SYD:(A;;RP;;;AU)", "found: svcg"},
		{"gmsa_readers", "machine", gmsa + "O:SYD:(A;;RP;;;S-1-5-21-100-200-300-1107)", "clear"},
		{"warning_dnszone_duplicated_zones", "twice", "dnsZone hop.test2 at=@MicrosoftDNS\ndnsZone hop.TEST2 at=@MicrosoftDNS-zones", "found: hop.TEST2, hop.test2"},
		{"warning_dnszone_duplicated_zones", "conflict", "dnsZone ..InProgress-hop at=@MicrosoftDNS", "found: ..InProgress-hop"},
		{"warning_dnszone_duplicated_zones", "once", "dnsZone autre at=@MicrosoftDNS", "clear"},
		{"warning_trusts_tgt_deleg", "open", "trustedDomain t at=@System trustDirection=1 trustAttributes=8 trustPartner=autre.test", "found: t"},
		{"warning_trusts_tgt_deleg", "closed", "trustedDomain t at=@System trustDirection=1 trustAttributes=520 trustPartner=autre.test", "clear"},
		{"warning_trusts_tgt_deleg", "within the forest", "trustedDomain t at=@System trustDirection=3 trustAttributes=32", "clear"},
		{"warning_sysvol_no_repl", "nothing", "drop \"Domain System Volume\"", "found: hop"},
		{"warning_sysvol_no_repl", "old service", "drop \"Domain System Volume\"\nnTFRSReplicaSet set at=@System fRSReplicaSetType=2", "clear"},
		{"warning_dump_error_rp", "unreadable", "alice nTSecurityDescriptor=@@badsd", "found: hop"},
		{"warning_dump_error_rp", "sound", "", "clear"},
		{"warning_dump_error_vuln_rp", "undecided", "", "found: vuln_permissions_gpo_priv"},
		{"warning_tool_version", "another tool", "", "clear"},
		{"info_gpo", "listed", "", "found: " + gpo},
		{"info_gpo", "none", "drop " + gpo, "clear"},
	}
}

const (
	dmsaSchema = "classSchema ms-DS-Delegated-MSA at=@schema lDAPDisplayName=msDS-DelegatedManagedServiceAccount schemaIDGUID=0feb936f-47b3-49f2-9386-1dedc2c23765\n"
	lapsSchema = "attributeSchema ms-Mcs-AdmPwd at=@schema lDAPDisplayName=ms-Mcs-AdmPwd schemaIDGUID=33333333-1111-2222-3333-444444444444\nWS1 ms-Mcs-AdmPwdExpirationTime=1\n"
	gmsa       = "msDS-GroupManagedServiceAccount svcg at=@Soins rid=1400 msDS-GroupMSAMembership="
)

func certificateRows() []row {
	template := func(settings string) string {
		return `pKICertificateTemplate T at=@"Certificate Templates" msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 msPKI-Template-Schema-Version=2 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.2 acl=O:DAD:(A;;GA;;;DA)(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;AU)` + "\n" +
			"CA1 certificateTemplates=T\nT " + settings
	}
	const (
		subject = "msPKI-Certificate-Name-Flag=1"
		noUsage = "-pKIExtendedKeyUsage"
		agent   = "pKIExtendedKeyUsage=1.3.6.1.4.1.311.20.2.1"
		server  = "pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1"
		linked  = "container OID at=@\"Public Key Services\"\nmsPKI-Enterprise-Oid Oid1 at=@OID msPKI-Cert-Template-OID=1.2.3 msDS-OIDToGroupLink=@Infirmiers\n"
	)
	rows := []row{
		{"adcs_esc1", "name", template(subject), "found: T"},
		{"adcs_esc1", "alternative name", template("msPKI-Certificate-Name-Flag=65536"), "found: T"},
		{"adcs_esc1", "name from the directory", template("msPKI-Certificate-Name-Flag=0"), "clear"},
		{"adcs_esc1", "approval", template(subject + " msPKI-Enrollment-Flag=2"), "clear"},
		{"adcs_esc1", "agent", template(subject + " msPKI-RA-Signature=1"), "clear"},
		{"adcs_esc1", "server usage", template(subject + " " + server), "clear"},
		{"adcs_esc1", "administrators enrol", template(subject + " acl=O:DAD:(A;;GA;;;DA)"), "clear"},
		{"adcs_esc1", "not published", template(subject) + "\nCA1 certificateTemplates=Poste", "clear"},
		{"adcs_esc1", "authority not trusted for logon", template(subject) + "\nNTAuthCertificates cACertificate=@@rsa1536", "clear"},
		{"adcs_esc1_unbelieved", "authority not trusted for logon", template(subject) + "\nNTAuthCertificates cACertificate=@@rsa1536", "found: T"},
		{"adcs_esc1_unbelieved", "authority trusted for logon", template(subject), "clear"},
		{"adcs_esc6", "takes any name", "CA1 hygie-authorityTakesNames=TRUE", "found: CA1"},
		{"adcs_esc6", "takes none", "CA1 hygie-authorityTakesNames=FALSE", "clear"},
		{"adcs_esc6", "registry unread", "", "not_evaluated"},
		{"adcs_esc7", "administered by a user", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x201;;;S-1-5-21-100-200-300-1103)", "found: CA1"},
		{"adcs_esc7", "requests approved by a user", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x2;;;S-1-5-21-100-200-300-1103)", "found: CA1"},
		{"adcs_esc7", "administered by administrators, open to all", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x203;;;BA)(A;;0x200;;;AU)", "clear"},
		{"adcs_esc7", "registry unread", "", "not_evaluated"},
		{"adcs_esc10", "does not ask for the SID", "DC1 hygie-strongMapping=0 hygie-mappingMethods=24", "found: DC1"},
		{"adcs_esc10", "goes by name", "DC1 hygie-strongMapping=2 hygie-mappingMethods=31", "found: DC1"},
		{"adcs_esc10", "asks for the SID", "DC1 hygie-strongMapping=2 hygie-mappingMethods=24", "clear"},
		{"adcs_esc10", "registry unread", "", "not_evaluated"},
		{"adcs_esc1_unbelieved", "approval", template(subject+" msPKI-Enrollment-Flag=2") + "\nNTAuthCertificates cACertificate=@@rsa1536", "clear"},
		{"adcs_esc1", "configuration unread", "unread configuration", "not_evaluated"},
		{"adcs_esc1", "flag unread", template(subject) + "\nunread msPKI-Certificate-Name-Flag", "not_evaluated"},
		{"adcs_esc2", "no usage", template(noUsage), "found: T"},
		{"adcs_esc2", "any usage", template("pKIExtendedKeyUsage=2.5.29.37.0"), "found: T"},
		{"adcs_esc2", "client", template(""), "clear"},
		{"adcs_esc3", "agent", template(agent), "found: T"},
		{"adcs_esc3", "client", template(""), "clear"},
		{"adcs_esc4", "write", template("acl+=(A;;WP;;;AU)"), "found: T"},
		{"adcs_esc4", "enrol only", template(""), "clear"},
		{"adcs_esc5", "trusted certificates", "NTAuthCertificates acl+=(A;;WD;;;" + nurses + ")", "found: NTAuthCertificates"},
		{"adcs_esc5", "server of the authority", "SRV1 acl+=(A;;GA;;;" + nurses + ")", "found: SRV1"},
		{"adcs_esc5", "container of templates", `"Certificate Templates" acl+=(A;;CC;;;` + nurses + ")", "found: Certificate Templates"},
		{"adcs_esc5", "another server", "WS1 acl+=(A;;GA;;;" + nurses + ")", "clear"},
		{"adcs_esc8", "cannot tell", "", "not_evaluated"},
		{"adcs_esc8", "no authority", "drop CA1", "clear"},
		{"adcs_esc9", "no extension", template("msPKI-Enrollment-Flag=524288"), "found: T"},
		{"adcs_esc9", "no extension, server usage", template("msPKI-Enrollment-Flag=524288 " + server), "clear"},
		{"adcs_esc13", "linked", linked + template("msPKI-Certificate-Policy=1.2.3"), "found: T"},
		{"adcs_esc13", "not linked", linked + template("msPKI-Certificate-Policy=1.2.4"), "clear"},
		{"adcs_esc15", "version 1", template(subject + " " + server + " msPKI-Template-Schema-Version=1"), "found: T"},
		{"adcs_esc15", "version 2", template(subject + " " + server), "clear"},
		{"adcs_esc15", "version 1, name from the directory", template("msPKI-Template-Schema-Version=1"), "clear"},
	}
	for _, number := range []string{"6", "7", "10", "11", "12", "16"} {
		rows = append(rows, row{"adcs_esc" + number, "an authority", "", "not_evaluated"}, row{"adcs_esc" + number, "none", "drop CA1", "clear"})
	}
	return append(rows, authorityRows(template)...)
}

func TestRows(t *testing.T) {
	for _, r := range slices.Concat(accountRows(), privilegedRows(), rightRows(), certificateRows()) {
		t.Run(r.rule+"/"+r.name, func(t *testing.T) {
			v, ok := evaluate(t, draw(t, r.lines), nil)[r.rule]
			if !ok {
				t.Fatal("no such rule")
			}
			got := sum(v)
			if head, cut := strings.CutSuffix(r.want, "…"); cut && strings.HasPrefix(got, head) {
				got = r.want
			}
			if got != r.want {
				t.Errorf("got  %s\nwant %s\nmissing %q", got, r.want, v.Missing)
			}
			check(t, v)
		})
	}
}

// draw makes the world; a quoted value may hold line ends.
func draw(t *testing.T, lines string) *drawn.World { return drawn.New(t, lines) }

// shareRow is what a SYSVOL shows.
type shareRow struct {
	rule, name string
	change     func(*sysvol.Share)
	want       string
}

const soundFile = "O:DAD:P(A;OICI;FA;;;DA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)(A;OICIIO;FA;;;CO)"

func share(t *testing.T, change func(*sysvol.Share)) *sysvol.Share {
	t.Helper()
	one := uint32(0)
	s := &sysvol.Share{
		Domain: "hop.test", Permissions: true, Descriptors: [][]byte{descriptor(t, soundFile)},
		Files: []sysvol.File{
			{Path: "", Folder: true, Descriptor: 1}, {Path: "Policies", Folder: true, Descriptor: 1}, {Path: "Policies/" + gpo, Folder: true, Descriptor: 1},
			{Path: "Policies/" + gpo + "/GPT.INI", Descriptor: 1}, {Path: "scripts", Folder: true, Descriptor: 1}, {Path: "scripts/a.cmd", Descriptor: 1},
		},
		Policies: []sysvol.Policy{{GUID: gpo, Path: "Policies/" + gpo, Version: &one}},
	}
	if change != nil {
		change(s)
	}
	return s
}

func descriptor(t *testing.T, sddl string) []byte {
	t.Helper()
	raw, err := secdesc.ParseSDDL(sddl, sid.MustParse("S-1-5-21-100-200-300"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func shareRows(t *testing.T) []shareRow {
	open := func(file int, sddl string) func(*sysvol.Share) {
		return func(s *sysvol.Share) {
			s.Descriptors = append(s.Descriptors, descriptor(t, sddl))
			s.Files[file].Descriptor = 2
		}
	}
	policy := func(change func(*sysvol.Policy)) func(*sysvol.Share) {
		return func(s *sysvol.Share) { change(&s.Policies[0]) }
	}
	secret := func(kind string) func(*sysvol.Share) {
		return policy(func(p *sysvol.Policy) {
			p.Secrets = []sysvol.Secret{{File: p.Path + "/Machine/Preferences/Groups/Groups.xml", Kind: kind, Account: "adm"}}
		})
	}
	value := func(key, name string, n uint64) func(*sysvol.Share) {
		return policy(func(p *sysvol.Policy) { p.Values = []sysvol.Value{{Key: key, Name: name, Number: n, Numeric: true}} })
	}
	right := func(name string, who ...string) func(*sysvol.Share) {
		return policy(func(p *sysvol.Policy) { p.Rights = []sysvol.Right{{Name: name, Who: who}} })
	}
	group := func(g sysvol.Group) func(*sysvol.Share) {
		return policy(func(p *sysvol.Policy) { p.Groups = []sysvol.Group{g} })
	}
	script := func(command string) func(*sysvol.Share) {
		return policy(func(p *sysvol.Policy) { p.Scripts = []sysvol.Script{{Event: "Logon", Command: command}} })
	}
	const lsa = `MACHINE\System\CurrentControlSet\Control\Lsa`
	return []shareRow{
		{"warning_sysvol_files_acl", "script", open(5, "O:DAD:(A;;0x1301bf;;;"+nurses+")"), `found: \\hop.test\SYSVOL\hop.test\scripts`},
		{"warning_sysvol_files_acl", "policy", open(3, "O:DAD:(A;;0x1301bf;;;"+nurses+")"), "found: " + gpo},
		{"warning_sysvol_files_acl", "read", open(5, "O:DAD:(A;;0x1200a9;;;"+nurses+")"), "clear"},
		{"warning_sysvol_files_acl", "copy", func(s *sysvol.Share) { s.Permissions = false }, "not_evaluated"},
		{"warning_sysvol_files_sd", "unread", func(s *sysvol.Share) { s.Files[5].Descriptor = 0 }, `found: \\hop.test\SYSVOL\hop.test\scripts\a.cmd`},
		{"warning_sysvol_files_sd", "read", nil, "clear"},
		{"warning_sysvol_root_sd", "root", open(0, "O:DAD:(A;;FA;;;AU)"), `found: \\hop.test\SYSVOL\hop.test`},
		{"warning_sysvol_root_sd", "creators of policies", open(1, "O:DAD:(A;;0x1301bf;;;PA)"), "clear"},
		{"warning_sysvol_root_sd", "creators of policies on the root", open(0, "O:DAD:(A;;0x1301bf;;;PA)"), `found: \\hop.test\SYSVOL\hop.test`},
		{"info_gpo_sysvol", "same", nil, "clear"},
		{"info_gpo_sysvol", "no folder", func(s *sysvol.Share) { s.Policies = nil }, "found: " + gpo},
		{"info_gpo_sysvol", "no object", func(s *sysvol.Share) {
			s.Policies = append(s.Policies, sysvol.Policy{GUID: "{FFFFFFFF-0000-0000-0000-000000000000}", Path: "Policies/{FFFFFFFF-0000-0000-0000-000000000000}"})
		}, `found: \\hop.test\SYSVOL\hop.test\Policies\{FFFFFFFF-0000-0000-0000-000000000000}`},
		{"gpp_password", "groups", secret("Groups"), "found: " + gpo},
		{"gpp_password", "registry", secret("Registry"), "clear"},
		{"gpp_password", "a file unread", policy(func(p *sysvol.Policy) { p.Faults = []sysvol.Fault{{File: "x"}} }), "not_evaluated"},
		{"gpp_password", "cut short", func(s *sysvol.Share) { s.Partial = true }, "not_evaluated"},
		{"gpo_autologon", "registry", secret("Registry"), "found: " + gpo},
		{"gpo_autologon", "groups", secret("Groups"), "clear"},
		{"gpo_broad_rights", "everyone", right("SeDebugPrivilege", "S-1-1-0"), "found: " + gpo},
		{"gpo_broad_rights", "domain users by name", right("SeRestorePrivilege", `HOP\Domain Users`), "found: " + gpo},
		{"gpo_broad_rights", "administrators", right("SeDebugPrivilege", "S-1-5-32-544"), "clear"},
		{"gpo_broad_rights", "harmless right", right("SeChangeNotifyPrivilege", "S-1-1-0"), "clear"},
		{"gpo_broad_admins", "added", group(sysvol.Group{Group: "S-1-5-32-544", Adds: []string{"S-1-5-21-100-200-300-513"}}), "found: " + gpo},
		{"gpo_broad_admins", "joined", group(sysvol.Group{Group: "S-1-5-11", Joins: []string{"S-1-5-32-544"}}), "found: " + gpo},
		{"gpo_broad_admins", "support", group(sysvol.Group{Group: "Administrateurs", Adds: []string{`HOP\Infirmiers`}}), "clear"},
		{"gpo_broad_admins", "another group", group(sysvol.Group{Group: "S-1-5-32-555", Adds: []string{"S-1-5-11"}}), "clear"},
		{"gpo_weak_settings", "NTLMv1", value(lsa, "LmCompatibilityLevel", 1), "found: " + gpo},
		{"gpo_weak_settings", "NTLMv2", value(lsa, "LmCompatibilityLevel", 5), "clear"},
		{"gpo_weak_settings", "same name elsewhere", value(`SOFTWARE\Autre`, "LmCompatibilityLevel", 1), "clear"},
		{"gpo_script_outside", "share", script(`\\nas\public\a.cmd`), "found: " + gpo},
		{"gpo_script_outside", "netlogon", script(`\\hop.test\netlogon\a.cmd`), "clear"},
		{"gpo_script_outside", "in the policy", script("a.cmd"), "clear"},
	}
}

func TestShareRows(t *testing.T) {
	for _, r := range shareRows(t) {
		t.Run(r.rule+"/"+r.name, func(t *testing.T) {
			v := evaluate(t, drawn.New(t, gpo+" versionNumber=0"), share(t, r.change))[r.rule]
			if got := sum(v); got != r.want {
				t.Errorf("got  %s\nwant %s\nmissing %q", got, r.want, v.Missing)
			}
			check(t, v)
		})
	}
}

// The entry of an enrolment service takes several lines (MS-CRTD 2.30).
func TestEnrolmentService(t *testing.T) {
	for _, row := range []struct{ name, entry, want string }{
		{"Kerberos or NTLM", "1\n2\n0\nhttps://ca.hop.test/CES", "found: CA1"},
		{"without TLS", "1\n4\n0\nhttp://ca.hop.test/CES", "found: CA1"},
		{"password under TLS", "1\n4\n0\nhttps://ca.hop.test/CES", "not_evaluated"},
		{"malformed", "1\n2", "not_evaluated"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := drawn.New(t).Builder()
			if err := b.Add(model.Entry{
				DN:         "CN=CA1,CN=Enrollment Services,CN=Public Key Services,CN=Services,CN=Configuration,DC=hop,DC=test",
				Attributes: []model.Attribute{{Name: "msPKI-Enrollment-Servers", Values: [][]byte{[]byte(row.entry)}}},
			}); err != nil {
				t.Fatal(err)
			}
			if got := sum(evaluateBuilder(t, b)["adcs_esc8"]); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// Every rule is shown found, or not evaluated when the directory cannot tell, and shown clear.
func TestEveryRuleHasBothCases(t *testing.T) {
	found, clear := make(map[string]bool), make(map[string]bool)
	note := func(rule, want string) {
		found[rule] = found[rule] || strings.HasPrefix(want, "found")
		clear[rule] = clear[rule] || want == "clear"
	}
	for _, r := range slices.Concat(accountRows(), privilegedRows(), rightRows(), certificateRows()) {
		note(r.rule, r.want)
	}
	for _, r := range shareRows(t) {
		note(r.rule, r.want)
	}
	neverFound := []string{"warning_tool_version"}
	neverClear := []string{"info_sd", "warning_sd_generic_perm", "warning_dump_error_vuln_rp"}
	for _, r := range Rules() {
		if !found[r.ID] && !slices.Contains(neverFound, r.ID) {
			t.Errorf("%s is never found", r.ID)
		}
		if !clear[r.ID] && !slices.Contains(neverClear, r.ID) {
			t.Errorf("%s is never clear", r.ID)
		}
	}
}
