package collect

import (
	"slices"

	"hygie/directory/model"
)

// An Attribute is one attribute that a collection asks for, and why (RFC 4511 4.5.1.8). Nothing outside this table is asked for or kept.
type Attribute struct {
	Name string
	Why  string
	In   []model.Kind // kinds of partition where it is asked for
}

// Where attributes are asked for.
var (
	everywhere = []model.Kind{model.Domain, model.Configuration, model.Schema, model.DNSZones, model.Application}
	inDomain   = []model.Kind{model.Domain}
	inForest   = []model.Kind{model.Configuration}
	inBoth     = []model.Kind{model.Domain, model.Configuration}
	inSchema   = []model.Kind{model.Schema}
	inZones    = []model.Kind{model.Domain, model.DNSZones}
)

// Attributes returns the table (MS-ADTS 3.1.1.2.3). The caller owns the result.
//
// What is left out on purpose: anything that is a secret or may hold one (passwords and their history, LAPS passwords, managed
// passwords, recovery keys, trust secrets, free-text descriptions), and anything about people that no control needs (names,
// mail, telephone, address, photograph). Whether a LAPS password exists is known from its expiry date.
func Attributes() []Attribute {
	var all []Attribute
	group := func(in []model.Kind, rows ...[2]string) {
		for _, r := range rows {
			all = append(all, Attribute{Name: r[0], Why: r[1], In: in})
		}
	}
	group(everywhere,
		[2]string{"objectClass", "what an object is"},
		[2]string{"objectGUID", "identity that survives a rename"},
		[2]string{"objectSid", "identity in security descriptors"},
		[2]string{"name", "name shown to people when the DN is not"},
		[2]string{"whenCreated", "age of an object: dormant accounts, owners"},
		[2]string{"whenChanged", "age of a setting"},
		[2]string{"nTSecurityDescriptor", "owner, group and rights (never the audit list)"},
		[2]string{"adminCount", "mark of protected accounts"},
		[2]string{"isCriticalSystemObject", "objects the system depends on"},
		[2]string{"systemFlags", "objects that cannot be moved or deleted"},
		[2]string{"msDS-Behavior-Version", "functional level of a domain, of the forest, of a controller"},
	)
	group(inDomain,
		[2]string{"sAMAccountName", "name of an account"},
		[2]string{"userPrincipalName", "logon name; certificates that stand for it"},
		[2]string{"userAccountControl", "state and Kerberos options of an account"},
		[2]string{"primaryGroupID", "membership that member does not show"},
		[2]string{"pwdLastSet", "age of a password"},
		[2]string{"lastLogonTimestamp", "dormant accounts"},
		[2]string{"accountExpires", "accounts that ended"},
		[2]string{"sIDHistory", "rights carried over from another domain"},
		[2]string{"groupType", "scope and kind of a group"},
		[2]string{"member", "members of a group"},
		[2]string{"managedBy", "delegated managers, of read-only controllers above all"},
		[2]string{"servicePrincipalName", "services an account runs"},
		[2]string{"operatingSystem", "systems no longer supported"},
		[2]string{"operatingSystemVersion", "the same, precisely"},
		[2]string{"scriptPath", "logon scripts: who writes one controls the account"},
		[2]string{"altSecurityIdentities", "certificates mapped to an account by hand"},
		[2]string{"msDS-AllowedToDelegateTo", "constrained delegation"},
		[2]string{"msDS-AllowedToActOnBehalfOfOtherIdentity", "delegation decided by the target"},
		[2]string{"msDS-KeyCredentialLink", "keys that log on without a password"},
		[2]string{"msDS-PSOApplied", "password policy of an account or group"},
		[2]string{"msDS-AssignedAuthNPolicy", "authentication policy of an account"},
		[2]string{"msDS-AssignedAuthNPolicySilo", "authentication silo of an account"},
		[2]string{"ms-Mcs-AdmPwdExpirationTime", "presence of a LAPS password, without reading it"},
		[2]string{"msLAPS-PasswordExpirationTime", "the same for Windows LAPS"},
		[2]string{"msDS-GroupMSAMembership", "who may read a managed password"},
		[2]string{"msDS-ManagedPasswordInterval", "renewal of a managed password"},
		[2]string{"msDS-HostServiceAccount", "machines of a managed account"},
		[2]string{"msDS-DelegatedMSAState", "migration of a delegated managed account"},
		[2]string{"msDS-ManagedAccountPrecededByLink", "account a delegated managed account takes over from"},
		[2]string{"msDS-SupersededManagedAccountLink", "the same, seen from the old account"},
		[2]string{"msDS-RevealOnDemandGroup", "who may be cached on a read-only controller"},
		[2]string{"msDS-NeverRevealGroup", "who may never be"},
		[2]string{"msDS-RevealedUsers", "who has been"},
		[2]string{"msDS-KrbTgtLink", "Kerberos account of a read-only controller"},
		[2]string{"msDS-SecondaryKrbTgtNumber", "the same, by number"},
	)
	group(inDomain,
		[2]string{"minPwdLength", "password policy of the domain"},
		[2]string{"minPwdAge", "password policy of the domain"},
		[2]string{"maxPwdAge", "password policy of the domain"},
		[2]string{"pwdHistoryLength", "password policy of the domain"},
		[2]string{"pwdProperties", "password policy of the domain: complexity, reversible storage"},
		[2]string{"lockoutThreshold", "lock-out policy of the domain"},
		[2]string{"lockoutDuration", "lock-out policy of the domain"},
		[2]string{"lockOutObservationWindow", "lock-out policy of the domain"},
		[2]string{"ms-DS-MachineAccountQuota", "who may join machines"},
		[2]string{"msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "renewal of the secrets of smart card accounts"},
		[2]string{"msDS-PSOAppliesTo", "fine-grained password policies: to whom"},
		[2]string{"msDS-PasswordSettingsPrecedence", "fine-grained password policies: which wins"},
		[2]string{"msDS-PasswordReversibleEncryptionEnabled", "fine-grained password policies: reversible storage"},
		[2]string{"msDS-PasswordHistoryLength", "fine-grained password policies"},
		[2]string{"msDS-PasswordComplexityEnabled", "fine-grained password policies"},
		[2]string{"msDS-MinimumPasswordLength", "fine-grained password policies"},
		[2]string{"msDS-MinimumPasswordAge", "fine-grained password policies"},
		[2]string{"msDS-MaximumPasswordAge", "fine-grained password policies"},
		[2]string{"msDS-LockoutThreshold", "fine-grained password policies"},
		[2]string{"msDS-LockoutDuration", "fine-grained password policies"},
		[2]string{"msDS-LockoutObservationWindow", "fine-grained password policies"},
		[2]string{"trustPartner", "trusts: with whom"},
		[2]string{"flatName", "trusts: short name"},
		[2]string{"trustDirection", "trusts: who trusts"},
		[2]string{"trustType", "trusts: kind"},
		[2]string{"trustAttributes", "trusts: filtering and delegation"},
		[2]string{"securityIdentifier", "trusts: domain identity"},
		[2]string{"msDS-TrustForestTrustInfo", "trusts: names routed"},
		[2]string{"gPCFileSysPath", "group policies: where their files are"},
		[2]string{"gPCMachineExtensionNames", "group policies: what they set"},
		[2]string{"gPCUserExtensionNames", "group policies: what they set"},
		[2]string{"gPCWQLFilter", "group policies: to which machines"},
		[2]string{"msWMI-Name", "filters of group policies"},
		[2]string{"msWMI-Parm2", "filters of group policies: their queries"},
		[2]string{"versionNumber", "group policies: compared with their files"},
		[2]string{"fRSReplicaSetType", "replication of SYSVOL by the old service"},
		[2]string{"fRSMemberReference", "replication of SYSVOL by the old service"},
		[2]string{"fRSComputerReference", "replication of SYSVOL by the old service"},
		[2]string{"msDFSR-Flags", "progress of the move to the new service"},
		[2]string{"msDFSR-ReplicationGroupType", "replication of SYSVOL"},
		[2]string{"msDFSR-MemberReference", "replication of SYSVOL: members"},
		[2]string{"msDFSR-ComputerReference", "replication of SYSVOL: machines"},
		[2]string{"revision", "state of the domain's updates"},
	)
	group(inBoth,
		[2]string{"displayName", "name of a group policy, of a certificate template"},
		[2]string{"dNSHostName", "name of a machine"},
		[2]string{"flags", "state of a group policy, options of a certificate template"},
		[2]string{"gPLink", "group policies that apply to a domain, a unit, a site"},
		[2]string{"gPOptions", "inheritance of group policies"},
		[2]string{"fSMORoleOwner", "which controller holds a role"},
		[2]string{"wellKnownObjects", "default containers, whatever their name"},
		[2]string{"otherWellKnownObjects", "the same"},
		[2]string{"msDS-SupportedEncryptionTypes", "Kerberos encryption types"},
		[2]string{"userCertificate", "certificates: weak keys and signatures"},
		[2]string{"cACertificate", "certificates of authorities"},
		[2]string{"msDS-AuthNPolicySiloEnforced", "authentication silos"},
		[2]string{"msDS-AuthNPolicySiloMembers", "authentication silos: members"},
		[2]string{"msDS-AuthNPolicyEnforced", "authentication policies"},
		[2]string{"msDS-UserAuthNPolicy", "authentication policies of a silo"},
		[2]string{"msDS-ComputerAuthNPolicy", "authentication policies of a silo"},
		[2]string{"msDS-ServiceAuthNPolicy", "authentication policies of a silo"},
		[2]string{"msDS-ShadowPrincipalSid", "shadow principals: whom they stand for"},
	)
	group(inForest,
		[2]string{"dSHeuristics", "forest-wide options"},
		[2]string{"adminContextMenu", "commands run by administration consoles"},
		[2]string{"contextMenu", "commands run by consoles"},
		[2]string{"shellContextMenu", "commands run by the desktop"},
		[2]string{"nCName", "partitions of the forest"},
		[2]string{"dnsRoot", "DNS name of a partition"},
		[2]string{"nETBIOSName", "short name of a domain"},
		[2]string{"trustParent", "tree of domains"},
		[2]string{"rootTrust", "tree of domains"},
		[2]string{"serverReference", "computer of a controller"},
		[2]string{"options", "read-only or global catalogue controllers"},
		[2]string{"msDS-HasDomainNCs", "domains a controller holds"},
		[2]string{"msDS-hasMasterNCs", "partitions a controller holds"},
		[2]string{"siteObject", "site of a subnet"},
		[2]string{"certificateTemplates", "templates an authority publishes"},
		[2]string{"revision", "version of a certificate template"},
		[2]string{"pKIExtendedKeyUsage", "what a certificate is good for"},
		[2]string{"pKIKeyUsage", "what a certificate is good for"},
		[2]string{"pKIExpirationPeriod", "how long a certificate lasts"},
		[2]string{"pKIOverlapPeriod", "when it is renewed"},
		[2]string{"pKIDefaultKeySpec", "kind of key"},
		[2]string{"pKICriticalExtensions", "kind of certificate"},
		[2]string{"msPKI-Certificate-Name-Flag", "who chooses the name in a certificate"},
		[2]string{"msPKI-Enrollment-Flag", "approval of a request"},
		[2]string{"msPKI-Private-Key-Flag", "protection of the key"},
		[2]string{"msPKI-RA-Signature", "signatures a request needs"},
		[2]string{"msPKI-RA-Application-Policies", "signatures a request needs"},
		[2]string{"msPKI-RA-Policies", "signatures a request needs"},
		[2]string{"msPKI-Certificate-Application-Policy", "what a certificate is good for"},
		[2]string{"msPKI-Certificate-Policy", "issuance policies, which may stand for a group"},
		[2]string{"msPKI-Cert-Template-OID", "identity of a template"},
		[2]string{"msPKI-Template-Schema-Version", "version of a template"},
		[2]string{"msPKI-Template-Minor-Revision", "version of a template"},
		[2]string{"msPKI-Minimal-Key-Size", "length of keys"},
		[2]string{"msPKI-Supersede-Templates", "templates replaced"},
		[2]string{"msPKI-Enrollment-Servers", "addresses where requests are made"},
		[2]string{"msDS-OIDToGroupLink", "issuance policies that stand for a group"},
		[2]string{"rightsGuid", "extended rights and property sets"},
		[2]string{"appliesTo", "classes an extended right is for"},
		[2]string{"validAccesses", "kind of an extended right"},
	)
	group(inSchema,
		[2]string{"lDAPDisplayName", "name of a class or attribute"},
		[2]string{"schemaIDGUID", "identity of a class or attribute in rights"},
		[2]string{"attributeSecurityGUID", "property set of an attribute"},
		[2]string{"governsID", "identity of a class"},
		[2]string{"attributeID", "identity of an attribute"},
		[2]string{"attributeSyntax", "how values are written"},
		[2]string{"oMSyntax", "how values are written"},
		[2]string{"linkID", "links between objects"},
		[2]string{"searchFlags", "confidential attributes"},
		[2]string{"subClassOf", "inheritance of classes"},
		[2]string{"auxiliaryClass", "inheritance of classes"},
		[2]string{"systemAuxiliaryClass", "inheritance of classes"},
		[2]string{"possSuperiors", "where objects may be created"},
		[2]string{"systemPossSuperiors", "where objects may be created"},
		[2]string{"objectClassCategory", "kind of a class"},
		[2]string{"defaultSecurityDescriptor", "rights new objects receive"},
		[2]string{"isDefunct", "classes and attributes withdrawn"},
		[2]string{"systemOnly", "attributes only the system writes"},
		[2]string{"objectVersion", "version of the schema"},
		[2]string{"fSMORoleOwner", "which controller holds the schema"},
	)
	group(inZones,
		[2]string{"dNSProperty", "settings of a DNS zone: who may update it"},
	)
	return all
}

// attributesFor lists the names to ask for in a kind of partition, sorted.
func attributesFor(kind model.Kind) []string {
	var names []string
	for _, a := range Attributes() {
		if slices.Contains(a.In, kind) {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
