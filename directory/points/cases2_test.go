package points

func privilegedRows() []row {
	admin := func(settings string) string {
		return `"Domain Admins" member=@Administrator member=@alice` + "\nalice " + settings
	}
	pso := func(length, age string) string {
		return `msDS-PasswordSettings pso at="@Password Settings Container" msDS-PasswordSettingsPrecedence=1 msDS-MinimumPasswordLength=` + length +
			" msDS-MaximumPasswordAge=" + age + " whenChanged=-500d msDS-PSOAppliesTo="
	}
	return []row{
		{"privileged_members", "51 members", manyAdmins(50), "failed [1 2]: hop[1 2], alice[2], adminaa[2], …"},
		{"privileged_members", "50 members", manyAdmins(49), "passed"},
		{"dont_expire_priv", "member of Domain Admins", admin("uac=0x10200"), "failed [1]: alice"},
		{"dont_expire_priv", "through nested groups", `"Backup Operators" member=@Infirmiers` + "\nalice uac=0x10200", "failed [1]: alice"},
		{"dont_expire_priv", "by primary group", "alice uac=0x10200 pgid=512", "failed [1]: alice"},
		{"dont_expire_priv", "built-in administrator outside the groups", "Administrator uac=0x10200\n" + `"Domain Admins" -member` + "\nAdministrators -member", "failed [1]: Administrator"},
		{"dont_expire_priv", "French group names", `"Domain Admins" name="Admins du domaine"` + "\n" + admin("uac=0x10200"), "failed [1]: alice"},
		{"dont_expire_priv", "ordinary account", "alice uac=0x10200", "passed"},
		{"dont_expire_priv", "flags of one administrator hidden from the reader", admin("-uac"), "not_evaluated"},
		{"dont_expire_priv", "controller", "DC1 uac=0x92000", "passed"},
		{"dont_expire_priv", "a member that was not collected", `"Domain Admins" member=CN=cachee,OU=ailleurs,DC=hop,DC=test`, "not_evaluated"},
		{"dont_expire_priv", "no Domain Admins", `drop "Domain Admins"`, "not_evaluated"},
		{"password_change_priv", "three years and a day", "Administrator pwd=-1096d", "failed [1]: Administrator"},
		{"password_change_priv", "not quite three years", "Administrator pwd=-1094d", "passed"},
		{"password_change_priv", "pending change on an old account", "Administrator pwd=0 created=-2000d", "failed [1]: Administrator"},
		{"password_change_priv", "pending change on a new account", "Administrator pwd=0 created=-10d", "passed"},
		{"password_change_priv", "ordinary account", "alice pwd=-3000d", "passed"},
		{"privileged_members_password", "short domain policy", "hop minPwdLength=7", "failed [2]: Administrator"},
		{"privileged_members_password", "eight is enough", "hop minPwdLength=8", "passed"},
		{"privileged_members_password", "never expires", "hop maxPwdAge=0", "failed [2]: Administrator"},
		{"privileged_members_password", "four years", "hop maxPwdAge=-1261440000000000", "failed [2]: Administrator"},
		{"privileged_members_password", "fine-grained policy mends the domain", "hop minPwdLength=4\n" + pso("12", "-36288000000000") + `"@Domain Admins"`, "passed"},
		{"privileged_members_password", "fine-grained policy breaks the domain", pso("4", "-36288000000000") + "@Administrator", "failed [2]: Administrator"},
		{"privileged_members_password", "direct policy before that of the group", pso("12", "-36288000000000") + "@Administrator\n" + `msDS-PasswordSettings pso0 msDS-PasswordSettingsPrecedence=0 msDS-MinimumPasswordLength=1 msDS-MaximumPasswordAge=0 msDS-PSOAppliesTo="@Domain Admins"`, "passed"},
		{"privileged_members_password", "policy that cannot be read", "Administrator msDS-PSOApplied=CN=x,CN=Password,DC=hop,DC=test", "not_evaluated"},
		{"privileged_members_password", "domain policy unread", "unread minPwdLength", "not_evaluated"},
		{"privileged_members_no_admincount", "unset", "Administrator -adminCount", "failed [2]: Administrator"},
		{"privileged_members_no_admincount", "zero on a nested group", `Administrators member=@Infirmiers member="@Domain Admins" member=@Administrator` + "\nInfirmiers adminCount=0\nalice adminCount=1", "failed [2]: Infirmiers"},
		{"privileged_members_no_admincount", "controllers have none", "DC1 -adminCount", "passed"},
		{"privileged_members_no_admincount", "unread", "unread adminCount", "not_evaluated"},
		{"protected_users", "outside", `"Protected Users" -member`, "failed [3]: Administrator"},
		{"protected_users", "through a group", `"Protected Users" member=@Infirmiers` + "\n" + `Infirmiers member=@Administrator member=@alice`, "passed"},
		{"protected_users", "no such group", `drop "Protected Users"`, "failed [3]: Administrator"},
		{"silo_priv", "no silo", "Administrator -msDS-AssignedAuthNPolicySilo", "failed [4]: Administrator"},
		{"silo_priv", "not enforced", "tier0 msDS-AuthNPolicySiloEnforced=FALSE", "failed [4]: Administrator"},
		{"silo_priv", "not a permitted member", "tier0 -msDS-AuthNPolicySiloMembers", "failed [4]: Administrator"},
		{"silo_priv", "impossible below 2012 R2", "hop level=5\nunread msDS-AssignedAuthNPolicySilo", "failed [4]: Administrator"},
		{"silo_priv", "unread", "unread msDS-AssignedAuthNPolicySilo", "not_evaluated"},
		{"silo_priv", "ordinary account", "alice -msDS-AssignedAuthNPolicySilo", "passed"},
	}
}

// manyAdmins draws n accounts and puts them, with alice, in Domain Admins.
func manyAdmins(n int) string {
	members, users := `"Domain Admins" member=@Administrator member=@alice`, ""
	for i := range n {
		name := "admin" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		users += "user " + name + " uac=512 pgid=513\n"
		members += " member=@" + name
	}
	return users + members
}

func kerberosRows() []row {
	strong := `msDS-PasswordSettings pso msDS-PasswordSettingsPrecedence=1 msDS-MinimumPasswordLength=33 msDS-MaximumPasswordAge=-36288000000000 whenChanged=-500d msDS-PSOAppliesTo=@Administrator` + "\nAdministrator spn=HTTP/x enc=24 pwd=-100d"
	return []row{
		{"kerberos_properties_preauth_priv", "privileged", "Administrator uac=0x400200", "failed [1]: Administrator"},
		{"kerberos_properties_preauth_priv", "ordinary", "alice uac=0x400200", "passed"},
		{"kerberos_properties_preauth", "ordinary", "alice uac=0x400200", "failed [2]: alice"},
		{"kerberos_properties_preauth", "computer", "WS1 uac=0x401000", "passed"},
		{"kerberos_properties_preauth", "unread", "unread userAccountControl", "not_evaluated"},
		{"kerberos_properties_deskey", "set", "alice uac=0x200200", "failed [2]: alice"},
		{"kerberos_properties_deskey", "smart card is another bit", "alice uac=0x40200", "passed"},
		{"spn_priv", "service name", "Administrator spn=HTTP/x", "failed [1]: Administrator"},
		{"spn_priv", "ordinary service account", "alice spn=HTTP/x", "passed"},
		{"spn_priv", "strong policy and AES", strong, "passed"},
		{"spn_priv", "strong policy, RC4 left", strong + "\nAdministrator enc=28", "failed [1]: Administrator"},
		{"spn_priv", "policy newer than the password", strong + "\npso whenChanged=-50d", "failed [1]: Administrator"},
		{"spn_priv", "policy of 32 characters", strong + "\npso msDS-MinimumPasswordLength=32", "failed [1]: Administrator"},
		{"spn_priv", "managed account", "msDS-GroupManagedServiceAccount gmsa rid=1400 uac=0x1000 spn=HTTP/x\n" + `"Domain Admins" member=@gmsa`, "passed"},
		{"krbtgt", "366 days", "krbtgt pwd=-366d", "failed [2]: krbtgt"},
		{"krbtgt", "364 days", "krbtgt pwd=-364d", "passed"},
		{"krbtgt", "root of the domain without its SID", "hop -objectSid\nkrbtgt pwd=-366d", "failed [2]: krbtgt"},
		{"krbtgt", "absent", "drop krbtgt", "not_evaluated"},
		{"krbtgt", "unread", "unread pwdLastSet", "not_evaluated"},
		{"kerberos_properties_encryption", "unset", "svc -enc", "failed [3]: svc"},
		{"kerberos_properties_encryption", "RC4 only", "svc enc=4", "failed [3]: svc"},
		{"kerberos_properties_encryption", "DES beside AES", "svc enc=25", "failed [3]: svc"},
		{"kerberos_properties_encryption", "recommended value", "svc enc=28", "passed"},
		{"kerberos_properties_encryption", "no service name", "alice -enc", "passed"},
		{"kerberos_properties_encryption", "unread", "unread msDS-SupportedEncryptionTypes", "not_evaluated"},
	}
}

func delegationRows() []row {
	act := func(name string) string {
		return name + " msDS-AllowedToActOnBehalfOfOtherIdentity=O:BAD:(A;;GA;;;S-1-5-21-100-200-300-1103)"
	}
	return []row{
		{"delegation_t4d", "server", "SRV1 uac=0x81000", "failed [1]: SRV1"},
		{"delegation_t4d", "user", "svc uac=0x80200", "failed [1]: svc"},
		{"delegation_t4d", "controller", "DC1 uac=0x82000", "passed"},
		{"delegation_t4d", "read-only controller", "computer RO uac=0x5081000 rid=1300 pgid=521", "failed [1]: RO"},
		{"delegation_a2d2", "to a controller", "svc to=ldap/dc1.hop.test", "failed [1]: svc"},
		{"delegation_a2d2", "other class, port and case", "svc to=CIFS/DC1.hop.test:445", "failed [1]: svc"},
		{"delegation_a2d2", "short name with a domain behind", "svc to=ldap/DC1/hop.test", "failed [1]: svc"},
		{"delegation_a2d2", "krbtgt", "svc to=krbtgt/hop.test", "failed [1]: svc"},
		{"delegation_a2d2", "to a server", "svc to=cifs/srv1.hop.test", "passed"},
		{"delegation_a2d2", "host that only looks alike", "svc to=cifs/dc1.hop.test.example", "passed"},
		{"delegation_a2d2", "disabled", "svc to=ldap/dc1.hop.test uac=514", "passed"},
		{"delegation_a2d2", "with transition is another point", "svc to=ldap/dc1.hop.test uac=0x1000200", "passed"},
		{"delegation_a2d2", "unread", "unread msDS-AllowedToDelegateTo", "not_evaluated"},
		{"delegation_t2a4d", "to a controller", "SRV1 to=host/dc1.hop.test uac=0x1001000", "failed [1]: SRV1"},
		{"delegation_t2a4d", "without transition", "SRV1 to=host/dc1.hop.test", "passed"},
		{"delegation_sourcedeleg", "on a controller", act("DC1"), "failed [1]: DC1"},
		{"delegation_sourcedeleg", "on krbtgt", act("krbtgt"), "failed [1]: krbtgt"},
		{"delegation_sourcedeleg", "on an administrator", act("Administrator"), "failed [1]: Administrator"},
		{"delegation_sourcedeleg", "on a server", act("SRV1"), "passed"},
	}
}

func rodcRows() []row {
	rodc := `computer RO at=@DCs rid=1300 uac=0x5001000 pgid=521 msDS-NeverRevealGroup=@Administrators msDS-NeverRevealGroup="@Server Operators" msDS-NeverRevealGroup="@Account Operators" msDS-NeverRevealGroup="@Backup Operators" msDS-NeverRevealGroup="@Denied RODC Password Replication Group" msDS-RevealOnDemandGroup="@Allowed RODC Password Replication Group" ` + "\n"
	key := "user krbtgt_7 rid=1301 uac=514 msDS-SecondaryKrbTgtNumber=7\n"
	return []row{
		{"rodc_priv_revealed", "administrator", rodc + "RO msDS-RevealedUsers=B:8:00000001:CN=Administrator,CN=Users,DC=hop,DC=test", "failed [2]: Administrator"},
		{"rodc_priv_revealed", "nurse", rodc + "RO msDS-RevealedUsers=B:8:00000001:CN=alice,OU=Soins,DC=hop,DC=test", "passed"},
		{"rodc_priv_revealed", "unread", rodc + "unread msDS-RevealedUsers", "not_evaluated"},
		{"rodc_priv_revealed", "unread and no RODC", "unread msDS-RevealedUsers", "passed"},
		{"rodc_never_reveal", "one missing", rodc + "RO msDS-NeverRevealGroup=@Administrators", "failed [3]: RO"},
		{"rodc_never_reveal", "complete", rodc, "passed"},
		{"rodc_reveal", "Domain Users", rodc + `RO msDS-RevealOnDemandGroup="@Domain Users"`, "failed [3]: RO"},
		{"rodc_reveal", "the group made for it", rodc, "passed"},
		{"rodc_reveal", "a group of the site", rodc + `RO msDS-RevealOnDemandGroup=@Infirmiers`, "passed"},
		{"rodc_allowed_group", "a member", `"Allowed RODC Password Replication Group" member=@alice`, "failed [3]: Allowed RODC Password Replication Group"},
		{"rodc_allowed_group", "empty", "", "passed"},
		{"rodc_denied_group", "krbtgt missing", `"Denied RODC Password Replication Group" member="@Domain Admins" member="@Domain Controllers" member="@Cert Publishers" member="@Group Policy Creator Owners" member="@Read-only Domain Controllers" member="@Schema Admins" member="@Enterprise Admins"`, "failed [3]: Denied RODC Password Replication Group"},
		{"rodc_denied_group", "no RODC was ever prepared", `drop "Denied RODC Password Replication Group"`, "passed"},
		{"rodc_denied_group", "members unread", "unread member", "not_evaluated"},
		{"rodc_orphan_krbtgt", "orphan", key, "failed [3]: krbtgt_7"},
		{"rodc_orphan_krbtgt", "in use", key + rodc + "RO msDS-KrbTgtLink=@krbtgt_7", "passed"},
		{"rodc_orphan_krbtgt", "only a name", "user krbtgt_vieux uac=514", "passed"},
	}
}

func controllerRows() []row {
	return []row{
		{"dc_obsolete", "2012 R2", `DC1 os="Windows Server 2012 R2 Standard" operatingSystemVersion="6.3 (9600)"`, "failed [1]: DC1"},
		{"dc_obsolete", "2008 R2 by its version", `DC1 os="Windows Server" operatingSystemVersion="6.1 (7601)"`, "failed [1]: DC1"},
		{"dc_obsolete", "2016 in 2026", `DC1 os="Windows Server 2016 Standard" operatingSystemVersion="10.0 (14393)"`, "passed"},
		{"dc_obsolete", "2022 with no-break space", "DC1 os=\"Windows\u00a0Server\u00a02022\"", "passed"},
		{"dc_obsolete", "not Windows", "DC1 os=Samba operatingSystemVersion=4.17", "not_evaluated"},
		{"dc_inconsistent_uac", "not trusted for delegation", "DC1 uac=0x2000", "failed [1]: DC1"},
		{"dc_inconsistent_uac", "workstation flag", "DC1 uac=0x1000", "failed [1]: DC1"},
		{"dc_inconsistent_uac", "other primary group", "DC1 pgid=515", "failed [1]: DC1"},
		{"dc_inconsistent_uac", "no server object", "drop DC1srv", "failed [1]: DC1"},
		{"dc_inconsistent_uac", "no settings", `drop "NTDS Settings"`, "failed [1]: DC1"},
		{"dc_inconsistent_uac", "settings without version", `"NTDS Settings" -level`, "failed [1]: DC1"},
		{"dc_inconsistent_uac", "read-only controller", `computer RO rid=1300 uac=0x5001000 pgid=521` + "\nserver ROsrv at=@Servers serverReference=@RO\nnTDSDSARO ROset at=@ROsrv level=7", "passed"},
		{"dc_inconsistent_uac", "read-only controller without transition", `computer RO rid=1300 uac=0x4001000 pgid=521` + "\nserver ROsrv at=@Servers serverReference=@RO\nnTDSDSARO ROset at=@ROsrv level=7", "failed [1]: RO"},
		{"dc_inconsistent_uac", "configuration unread", "unread configuration", "not_evaluated"},
		{"password_change_dc_no_change", "46 days", "DC1 pwd=-46d", "failed [1]: DC1"},
		{"password_change_dc_no_change", "44 days", "DC1 pwd=-44d", "passed"},
		{"password_change_inactive_dc", "46 days", "DC1 logon=-46d", "failed [1]: DC1"},
		{"password_change_inactive_dc", "44 days", "DC1 logon=-44d", "passed"},
		{"password_change_inactive_dc", "no controller in sight", "drop DC1", "not_evaluated"},
		{"dc_crypto", "DES", "DC1 enc=27", "failed [2]: DC1[2]"},
		{"dc_crypto", "RC4 only", "DC1 enc=4", "failed [3 4]: DC1[3 4]"},
		{"dc_crypto", "usual value", "DC1 enc=28", "failed [4]: DC1[4]"},
		{"dc_crypto", "AES only", "DC1 enc=24", "passed"},
	}
}

func pkiRows() []row {
	enrol := func(more string) string {
		return "Poste acl+=(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;DU)\n" + more
	}
	cert := func(object, attribute, name string) string { return object + " " + attribute + "=@@" + name }
	return []row{
		{"adcs_template_auth_enroll_with_name", "enrol for everybody", enrol(""), "failed [1]: Poste"},
		{"adcs_template_auth_enroll_with_name", "no usage at all", enrol("Poste -pKIExtendedKeyUsage"), "failed [1]: Poste"},
		{"adcs_template_auth_enroll_with_name", "approval needed", enrol("Poste msPKI-Enrollment-Flag=2"), "passed"},
		{"adcs_template_auth_enroll_with_name", "signature needed", enrol("Poste msPKI-RA-Signature=1"), "passed"},
		{"adcs_template_auth_enroll_with_name", "name from the directory", enrol("Poste msPKI-Certificate-Name-Flag=33554432"), "passed"},
		{"adcs_template_auth_enroll_with_name", "server authentication only", enrol("Poste pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1"), "passed"},
		{"adcs_template_auth_enroll_with_name", "not published", enrol("CA1 certificateTemplates=Autre"), "passed"},
		{"adcs_template_auth_enroll_with_name", "authority not trusted for logon", enrol("NTAuthCertificates cACertificate=@@ca-e3"), "passed"},
		{"adcs_template_auth_enroll_with_name", "reading is not enrolling", "Poste acl+=(A;;GR;;;DU)", "passed"},
		{"adcs_template_auth_enroll_with_name", "denied before", "Poste acl=O:DAG:DAD:(OD;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;DU)(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;DU)", "passed"},
		{"adcs_template_auth_enroll_with_name", "flags unread", enrol("unread msPKI-Enrollment-Flag"), "not_evaluated"},
		{"adcs_template_control", "published", "Poste acl+=(A;;WD;;;AU)", "failed [1 2]: Poste[1 2]"},
		{"adcs_template_control", "one attribute of a template that nobody issues", "CA1 certificateTemplates=Autre\nPoste acl+=(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;DU)", "failed [2]: Poste[2]"},
		{"adcs_template_control", "enrolling", enrol(""), "passed"},
		{"adcs_control", "write on the trust list", "NTAuthCertificates acl+=(OA;;WP;bf967932-0de6-11d0-a285-00aa003049e2;;DU)", "failed [1]: NTAuthCertificates"},
		{"adcs_control", "owner", "AIA acl=O:S-1-5-21-100-200-300-1103G:DAD:(A;;GR;;;AU)", "failed [1]: AIA"},
		{"adcs_control", "host of the authority on its publications", "AIA acl+=(A;;GA;;;S-1-5-21-100-200-300-1107)", "passed"},
		{"adcs_control", "host of the authority on the trust list", "NTAuthCertificates acl+=(A;;GA;;;S-1-5-21-100-200-300-1107)", "failed [1]: NTAuthCertificates"},
		{"adcs_control", "Cert Publishers with the host only", `"Cert Publishers" member=@SRV1` + "\nAIA acl+=(A;;GA;;;CA)", "passed"},
		{"adcs_control", "Cert Publishers with a nurse", `"Cert Publishers" member=@SRV1 member=@alice` + "\nAIA acl+=(A;;GA;;;CA)", "failed [1]: AIA"},
		{"certificates_vuln", "1023 bits", cert("alice", "userCertificate", "rsa1023"), "failed [1 3]: alice[1], alice[3]"},
		{"certificates_vuln", "DSA", cert("NTAuthCertificates", "cACertificate", "dsa"), "failed [1]: NTAuthCertificates[1]"},
		{"certificates_vuln", "unreadable", cert("SRV1", "userCertificate", "garbage"), "failed [2]: SRV1[2]"},
		{"certificates_vuln", "1536 bits", cert("alice", "userCertificate", "rsa1536"), "failed [3]: alice[3]"},
		{"certificates_vuln", "SHA-1", cert("alice", "userCertificate", "sha1"), "failed [3]: alice[3]"},
		{"certificates_vuln", "exponent 3", cert("alice", "userCertificate", "e3"), "failed [3]: alice[3]"},
		{"certificates_vuln", "expired but still trusted", cert("NTAuthCertificates", "cACertificate", "expired-sha1"), "failed [3]: NTAuthCertificates[3]"},
		{"certificates_vuln", "expired on a person", cert("alice", "userCertificate", "expired-sha1"), "passed"},
		{"certificates_vuln", "faulty generator", cert("alice", "userCertificate", "roca"), "failed [1 3]: alice[1], alice[3]"},
		{"certificates_vuln", "unknown algorithm", cert("alice", "userCertificate", "strange"), "not_evaluated"},
		{"certificates_vuln", "sound", cert("alice", "userCertificate", "ca"), "passed"},
	}
}

func dnsRows() []row {
	return []row{
		{"dnsadmins", "a member", "DnsAdmins member=@alice", "failed [1]: DnsAdmins"},
		{"dnsadmins", "a privileged member", `DnsAdmins member="@Domain Admins"`, "passed"},
		{"dnsadmins", "who may add members", "DnsAdmins acl+=(OA;;WP;bf9679c0-0de6-11d0-a285-00aa003049e2;;S-1-5-21-100-200-300-1108)", "failed [1]: DnsAdmins"},
		{"dnsadmins", "permissions unread", "unread nTSecurityDescriptor", "not_evaluated"},
		{"dnsadmins", "no such group", "drop DnsAdmins", "passed"},
		{"permissions_msdns", "somebody writes", "MicrosoftDNS acl+=(A;;GW;;;S-1-5-21-100-200-300-1108)", "failed [1]: MicrosoftDNS"},
		{"permissions_msdns", "DnsAdmins, empty", "MicrosoftDNS acl+=(A;;GA;;;S-1-5-21-100-200-300-1101)", "passed"},
		{"permissions_msdns", "DnsAdmins, with a member", "DnsAdmins member=@alice\nMicrosoftDNS acl+=(A;;GA;;;S-1-5-21-100-200-300-1101)", "failed [1]: MicrosoftDNS"},
		{"dnszone_bad_prop", "zone of the domain", "hop.test dNSProperty=@@open", "failed [1 3]: hop.test[1 3]"},
		{"dnszone_bad_prop", "zone of the controllers", "_msdcs.hop.test dNSProperty=@@open", "failed [1 3]: _msdcs.hop.test[1 3]"},
		{"dnszone_bad_prop", "another zone", "other.example dNSProperty=@@open", "failed [3]: other.example[3]"},
		{"dnszone_bad_prop", "secure", "other.example dNSProperty=@@secure", "passed"},
		{"dnszone_bad_prop", "property cut short", "other.example dNSProperty=@@garbage", "passed"},
		{"dnszone_bad_prop", "partition unread", "unread domainzones", "not_evaluated"},
		{"dnszone_bad_prop", "property unread", "unread dNSProperty", "not_evaluated"},
	}
}
