package points

func permissionRows() []row {
	// Rights in SDDL: WD change permissions, WO take ownership, WP write, CR extended right, CC create, GA everything.
	const (
		nurses   = "S-1-5-21-100-200-300-1108"
		alice    = "S-1-5-21-100-200-300-1103"
		keyLink  = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
		spn      = "f3a64788-5306-11d1-a9c5-0000f80367c1"
		getAll   = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
		get      = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
		member   = "bf9679c0-0de6-11d0-a285-00aa003049e2"
		link     = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
		reset    = "00299570-246d-11d0-a768-00aa006e0529"
		change   = "ab721a53-1e2f-11d0-9819-00aa0040529b"
		rootData = "26627c27-08a2-0a40-a1b1-8dce85b42993"
	)
	allow := func(object, ace string) string { return `"` + object + `" acl+=` + ace }
	gpo := "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	return []row{
		{"permissions_naming_context", "replication of secrets", allow("hop", "(OA;;CR;"+getAll+";;"+nurses+")"), "failed [1 2]: hop[1 2]"},
		{"permissions_naming_context", "replication without secrets", allow("hop", "(OA;;CR;"+get+";;"+nurses+")"), "passed"},
		{"permissions_naming_context", "inherit-only entry", allow("hop", "(A;CIIO;GA;;;"+nurses+")"), "passed"},
		{"permissions_naming_context", "create objects", allow("hop", "(A;;CC;;;"+nurses+")"), "failed [2]: hop[2]"},
		{"permissions_naming_context", "configuration", allow("config", "(A;;WD;;;"+nurses+")"), "failed [1 2]: Configuration[1 2]"},
		{"permissions_naming_context", "native replication of the configuration", allow("config", "(OA;;CR;"+getAll+";;S-1-5-21-100-200-300-498)"), "passed"},
		{"permissions_naming_context", "the same group with more", allow("config", "(A;;WD;;;S-1-5-21-100-200-300-498)"), "failed [1 2]: Configuration[1 2]"},
		{"permissions_naming_context", "the same right on the domain", allow("hop", "(OA;;CR;"+getAll+";;S-1-5-21-100-200-300-498)"), "failed [1 2]: hop[1 2]"},
		{"permissions_naming_context", "DNS partition unread", "unread domainzones", "not_evaluated"},
		{"permissions_adminsdholder", "change permissions", allow("AdminSDHolder", "(A;;WD;;;"+alice+")"), "failed [1 2]: AdminSDHolder[1 2]"},
		{"permissions_adminsdholder", "service names", allow("AdminSDHolder", "(OA;;WP;"+spn+";;"+alice+")"), "failed [2]: AdminSDHolder[2]"},
		{"permissions_adminsdholder", "change one's password", allow("AdminSDHolder", "(OA;;CR;"+change+";;WD)"), "passed"},
		{"permissions_adminsdholder", "a privileged group", allow("AdminSDHolder", "(A;;GA;;;BO)"), "passed"},
		{"permissions_adminsdholder", "denied first", "AdminSDHolder acl=O:DAG:DAD:(D;;WD;;;" + alice + ")(A;;WD;;;" + alice + ")", "passed"},
		{"permissions_adminsdholder", "denied through a group", "AdminSDHolder acl=O:DAG:DAD:(D;;WD;;;" + nurses + ")(A;;WD;;;" + alice + ")", "passed"},
		{"permissions_adminsdholder", "denied too late", "AdminSDHolder acl=O:DAG:DAD:(A;;WD;;;" + alice + ")(D;;WD;;;" + alice + ")", "failed [1 2]: AdminSDHolder[1 2]"},
		{"permissions_adminsdholder", "denied to others", "AdminSDHolder acl=O:DAG:DAD:(D;;WD;;;S-1-5-21-100-200-300-1104)(A;;WD;;;" + alice + ")", "failed [1 2]: AdminSDHolder[1 2]"},
		{"permissions_adminsdholder", "owner", "AdminSDHolder acl=O:" + alice + "G:DAD:(A;;GR;;;AU)", "failed [1 2]: AdminSDHolder[1 2]"},
		{"permissions_adminsdholder", "owner held by owner rights", "AdminSDHolder acl=O:" + alice + "G:DAD:(A;;RC;;;S-1-3-4)(A;;GR;;;AU)", "passed"},
		{"permissions_adminsdholder", "unknown principal", allow("AdminSDHolder", "(A;;GA;;;S-1-5-21-100-200-300-9999)"), "failed [1 2]: AdminSDHolder[1 2]"},
		{"permissions_dc", "key credentials", allow("DC1", "(OA;;WP;"+keyLink+";;"+nurses+")"), "failed [1 2]: DC1[1 2]"},
		{"permissions_dc", "service names", allow("DC1", "(OA;;WP;"+spn+";;"+nurses+")"), "failed [2]: DC1[2]"},
		{"permissions_dc", "who manages a read-only one", "computer RO rid=1300 uac=0x5001000 pgid=521 managedBy=@alice", "failed [2]: RO[2]"},
		{"permissions_dc", "its own service names", allow("DC1", "(OA;;SW;"+spn+";;PS)"), "passed"},
		{"permissions_dc", "unread", "unread nTSecurityDescriptor", "not_evaluated"},
		{"permissions_dpapi", "read the key", allow("BCKUPKEY_1", "(A;;CR;;;"+nurses+")"), "failed [1 2]: BCKUPKEY_1[1 2]"},
		{"permissions_dpapi", "another secret", "secret G$autre at=@System acl=O:DAD:(A;;GA;;;" + nurses + ")", "passed"},
		{"permissions_gmsa_keys", "read the key", allow("rootkey", "(OA;;CR;"+rootData+";;"+nurses+")"), "failed [1 2]: rootkey[1 2]"},
		{"permissions_gmsa_keys", "read without control access", allow("rootkey", "(A;;GR;;;"+nurses+")"), "passed"},
		{"permissions_dfsr_sysvol", "settings", allow("Domain System Volume", "(A;;WP;;;"+nurses+")"), "failed [1 2]: Domain System Volume[1 2]"},
		{"permissions_dfsr_sysvol", "controller on its own", "msDFSR-LocalSettings DFSR-LocalSettings at=@DC1 acl=O:DAD:(A;;GA;;;S-1-5-21-100-200-300-1000)", "passed"},
		{"permissions_dfsr_sysvol", "create below", allow("DFSR-GlobalSettings", "(A;;CC;;;"+nurses+")"), "failed [2]: DFSR-GlobalSettings[2]"},
		{"permissions_schema", "default permissions", allow("Person-class", "(OA;;WP;807a6d30-1669-11d0-a064-00aa006c33ed;;"+nurses+")"), "failed [1 2]: Person-class[1 2]"},
		{"permissions_schema", "another attribute", allow("Person-class", "(OA;;WP;"+spn+";;"+nurses+")"), "failed [2]: Person-class[2]"},
		{"permissions_schema", "read", allow("Person-class", "(A;;GR;;;"+nurses+")"), "passed"},
		{"permissions_schema", "unread", "unread schema", "not_evaluated"},
		{"permissions_gpo_priv", "policy of the domain", allow(gpo, "(A;;WP;;;"+nurses+")"), "failed [1]: " + gpo},
		{"permissions_gpo_priv", "policy that applies to nobody privileged", "groupPolicyContainer {B} at=@Policies acl=O:DAD:(A;;GA;;;" + nurses + ")\nSoins gPLink=[LDAP://CN={B},CN=Policies,CN=System,DC=hop,DC=test;0]", "not_evaluated"},
		{"permissions_gpo_priv", "blocked above the controllers", "hop -gPLink\ngroupPolicyContainer {B} at=@Policies acl=O:DAD:(A;;GA;;;" + nurses + ")\nDCs gPLink=[LDAP://CN={B},CN=Policies,CN=System,DC=hop,DC=test;1]", "passed"},
		{"permissions_gpo_priv", "apply is not write", allow(gpo, "(OA;;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU)"), "not_evaluated"},
		{"privileged_members_perm", "reset the password", allow("Administrator", "(OA;;CR;"+reset+";;"+nurses+")"), "failed [1 2]: Administrator[1 2]"},
		{"privileged_members_perm", "members of a group", allow("Domain Admins", "(OA;;WP;"+member+";;"+nurses+")"), "failed [1 2]: Domain Admins[1 2]"},
		{"privileged_members_perm", "service names", allow("Administrator", "(OA;;WP;"+spn+";;"+nurses+")"), "failed [2]: Administrator[2]"},
		{"privileged_members_perm", "as AdminSDHolder", "AdminSDHolder acl=O:DAG:DAD:(A;;WD;;;" + nurses + ")\nAdministrator acl=O:DAG:DAD:PAI(A;;WD;;;" + nurses + ")", "passed"},
		{"privileged_members_perm", "as AdminSDHolder but open to inheritance", "AdminSDHolder acl=O:DAG:DAD:(A;;WD;;;" + nurses + ")\nAdministrator acl=O:DAG:DAD:(A;;WD;;;" + nurses + ")", "failed [1 2]: Administrator[1 2]"},
		{"privileged_members_perm", "an ordinary account", allow("alice", "(A;;GA;;;"+nurses+")"), "passed"},
		{"permissions_gpo_container_priv", "link a policy", allow("DCs", "(OA;;WP;"+link+";;"+nurses+")"), "failed [2]: DCs"},
		{"permissions_gpo_container_priv", "site of the controllers", allow("Site1", "(OA;;WP;"+link+";;"+nurses+")"), "failed [2]: Site1"},
		{"permissions_gpo_container_priv", "a container without privileged accounts", allow("Soins", "(A;;GA;;;"+nurses+")"), "passed"},
		{"owner", "a person", "WS1 acl=O:" + alice + "G:DAD:(A;;GR;;;AU)", "failed [3]: WS1"},
		{"owner", "a week old", "WS1 acl=O:" + alice + "G:DAD:(A;;GR;;;AU) created=-6d", "passed"},
		{"owner", "system", "WS1 acl=O:SYG:DAD:(A;;GR;;;AU)", "passed"},
		{"owner", "unread", "unread nTSecurityDescriptor", "not_evaluated"},
	}
}
