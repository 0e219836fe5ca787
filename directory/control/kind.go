// Package control tells what rights over a directory object are worth to whoever wants to take the directory over.
//
// [Check] is the access check of Windows (MS-DTYP 2.5.3.2, MS-ADTS 5.1.3.3) for one request. [Rules.Grants] reads a whole
// security descriptor and lists the entries that hand control to their trustee, each as a [Kind] with a name, a meaning and a
// way to take it back:
//
//	rules := control.NewRules(schema)
//	for _, g := range rules.Grants(descriptor, "user", holds) {
//		// g.Trustee has g.Kind by entry g.ACE
//	}
//
// Some kinds come from elsewhere than an entry: memberships, delegations, the place of an object in the tree. They are named
// here too, so that a path has one vocabulary.
//
// The package is pure: it knows descriptors, SIDs and the schema, not the directory. Its answers are compared with those of
// Samba's own access check.
package control

import "fmt"

// Kind is a way for one object to control another (docs/decisions/013-control-graph.md). Its text form is stable.
type Kind uint8

// Kinds of control (MS-ADTS 5.1.3.2). The sources are the specification of the right, not of its abuse.
const (
	None Kind = iota

	// By an entry or the owner of a security descriptor.
	NullDACL               // no DACL: everybody may do everything (MS-DTYP 2.5.3.2)
	GenericAll             // full control (MS-ADTS 5.1.3.2)
	WriteDacl              // may rewrite the rights (RIGHT_WRITE_DAC)
	WriteOwner             // may make itself the owner (RIGHT_WRITE_OWNER)
	Owner                  // is the owner, who may rewrite the rights (MS-DTYP 2.5.3.2)
	GenericWrite           // may write every attribute (RIGHT_DS_WRITE_PROPERTY without object type)
	AllExtendedRights      // holds every extended right (RIGHT_DS_CONTROL_ACCESS without object type)
	ForceChangePassword    // may set the password without knowing it (User-Force-Change-Password)
	AddMember              // may write member (MS-ADA2)
	AddSelf                // may add itself to the group (Self-Membership, MS-ADTS 5.1.3.3.5)
	WriteKeyCredentialLink // may add a key that signs in as the account (msDS-KeyCredentialLink, MS-ADA2)
	WriteAllowedToAct      // may choose who impersonates anybody to the machine (msDS-AllowedToActOnBehalfOfOtherIdentity)
	WriteAccountControl    // may write userAccountControl, directly or by User-Account-Restrictions
	WriteSPN               // may give the account a service name, then attack its password offline (servicePrincipalName)
	WriteAltIdentity       // may map a certificate to the account (altSecurityIdentities)
	WriteLogonScript       // may choose what runs when the account signs in (scriptPath)
	WriteGMSAMembership    // may choose who reads the managed password (msDS-GroupMSAMembership)
	WriteAllowedToDelegate // may choose the services the account delegates to (msDS-AllowedToDelegateTo)
	WriteGPLink            // may link policies (gPLink, MS-GPOL 2.2.2)
	WriteGPCPath           // may point the policy to other files (gPCFileSysPath, MS-GPOL 2.2.4)
	ReadLAPSPassword       // may read the local administrator's password (ms-Mcs-AdmPwd, msLAPS-Password)
	GetChanges             // half of DCSync (DS-Replication-Get-Changes)
	GetChangesAll          // the other half (DS-Replication-Get-Changes-All)
	DCSync                 // may replicate every secret of the domain (MS-DRSR 4.1.10.2.3)
	CreateManagedAccount   // may create delegated managed accounts, which inherit from any account (msDS-DelegatedManagedServiceAccount)
	Enroll                 // may ask for certificates (Certificate-Enrollment, MS-CRTD 2.5)
	WriteTemplate          // may change a certificate template (MS-CRTD 2)
	ManageAuthority        // may change what a certification authority publishes (pKIEnrollmentService, MS-WCCE 2.2.2.11)
	ReadGMSAPassword       // may read the managed password (msDS-GroupMSAMembership)
	AllowedToAct           // may present itself to the machine as anybody (msDS-AllowedToActOnBehalfOfOtherIdentity)
	WritePrincipalName     // may write the name that certificates are matched by (userPrincipalName; dNSHostName of a computer)
	WriteRevealList        // may choose which secrets a read-only controller keeps (msDS-RevealOnDemandGroup, MS-ADA2)
	WriteSuccessor         // may declare a managed account the successor of any other (msDS-ManagedAccountPrecededByLink)
	WriteTrusted           // may choose the authorities whose certificates open sessions (cACertificate of NTAuthCertificates, MS-ADA1)
	WriteGroupLink         // may choose the group that an issuance policy stands for (msDS-OIDToGroupLink, MS-ADA2)
	ManageCertificates     // may approve requests that a certification authority holds back (MS-CSRA 3.1.1.7)

	// By the files of group policies (SYSVOL).
	WritePolicyFile  // may change the files of a policy (MS-GPOL 2.2.4)
	WriteScriptFile  // may change the program that runs when the account signs in (scriptPath, MS-ADA3)
	PolicyAdmin      // a policy makes it administrator of the machine (MS-GPSB 2.2.4, MS-GPPREF 2.2.1.11)
	PolicyMember     // a policy puts it into the group, or the group into it (MS-GPSB 2.2.4)
	PolicyPrivilege  // a policy gives it a privilege that takes the machine over (MS-GPSB 2.2.6)
	PolicyLogon      // a policy lets it open a session on the machine (MS-GPSB 2.2.6)
	PolicyDelegation // a policy lets it trust accounts for delegation (SeEnableDelegationPrivilege, MS-ADTS 3.1.1.5.3.1.1.4)

	// By the directory's structure and settings.
	MemberOf                // is a member (member, primaryGroupID)
	Contains                // rights set on a container pass to what it holds (MS-ADTS 6.1.3.2)
	AppliesTo               // a group policy applies to what it is linked to (MS-GPOL 3.2.5.1.5)
	SIDHistory              // carries the other account's SID in its token (sIDHistory)
	AllowedToDelegate       // may present its users to a service (msDS-AllowedToDelegateTo, MS-SFU 3.2.5.2)
	UnconstrainedDelegation // keeps the tickets of whoever connects, controllers included (TRUSTED_FOR_DELEGATION)
	Protects                // AdminSDHolder's rights are copied to protected accounts (MS-ADTS 3.1.1.6.1)
	ControlsDomain          // a controller, its account or krbtgt holds the domain's secrets
	HoldsKeys               // runs a certification authority that the domain trusts (NTAuthCertificates)
	IssuesCertificates      // a certificate for anybody can be had (ESC1), or the authority or template allows it
	ReadOnlyReplica         // a read-only controller holds the secrets that it may cache (MS-ADTS 3.1.1.5.1.8)
	ManagedBy               // is administrator of the read-only controller (managedBy)
	DNSService              // may load code into the DNS service of controllers (DnsAdmins)
	SameForest              // a domain of the same forest: the forest is the boundary (MS-ADTS 6.1.6)
	PublishedTemplate       // whoever changes a template that a trusted authority issues gets certificates in any name
	ControlsCA              // whoever changes the authority or the trusted certificates gets such certificates
	PrimaryTrust            // its forest vouches for the accounts of the other without a filter
	TrustDelegation         // tickets of its accounts are handed to servers of the other forest (MS-ADTS 6.1.6.7.9, TRUST_ATTRIBUTE_CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION)
	EnrollsForOthers        // an enrolment agent: asks for certificates in the name of others (ESC2, ESC3; MS-WCCE 2.2.2.7.3)
	AcceptsAnyName          // the authority takes the name that a request adds (ESC6; EDITF_ATTRIBUTESUBJECTALTNAME2, MS-WCCE 3.2.1.1.4)
	ImpersonatesByName      // a name changed for a moment is enough to take somebody's place by certificate (ESC9, ESC10; KB5014754)
	CertificateGroup        // the certificate makes its holder a member of the group (ESC13; msDS-OIDToGroupLink, MS-ADA2)
	AddsUsage               // the requester writes what the certificate is good for (ESC15; CVE-2024-49019)
	Succeeds                // a managed account that has the rights of the one it replaced (msDS-ManagedAccountPrecededByLink)
	BecomesSuccessor        // may be declared the successor of any account
	ReadOnlyKey             // signs tickets as the read-only controller (krbtgt_NNN; msDS-KrbTgtLink, MS-ADA2)
	RelaysToAuthority       // gets a certificate in the name of the machine by passing on its authentication (ESC8, ESC11)
	AppliesIfFiltered       // a group policy applies where its WMI filter holds (gPCWQLFilter, MS-GPOL 2.2.4)
	HoldsAccount            // whoever holds the secrets of a domain, or writes its root, is each account in it (MS-ADTS 3.1.1.1.5)
	LinksTo                 // whoever controls a unit links policies to it, which apply to what it holds (MS-GPOL 3.2.5.1.5)
	ChoosesSecrets          // whoever writes the read-only controller's object chooses the secrets that it keeps

	kinds // number of kinds
)

// info is what is known of a kind.
type info struct {
	name string
	// conditional kinds need something besides: an offline attack, another setting, a victim who connects.
	conditional bool
	// effort to take it back, for the minimum cut; 0: it is by design and cannot be cut.
	effort uint8
}

// table gives the facts about each kind. The functions below copy out of it; nothing writes to it.
var table = [kinds]info{
	None:                    {},
	NullDACL:                {"NullDACL", false, 2},
	GenericAll:              {"GenericAll", false, 2},
	WriteDacl:               {"WriteDacl", false, 2},
	WriteOwner:              {"WriteOwner", false, 2},
	Owner:                   {"Owner", false, 2},
	GenericWrite:            {"GenericWrite", false, 2},
	AllExtendedRights:       {"AllExtendedRights", false, 2},
	ForceChangePassword:     {"ForceChangePassword", false, 2},
	AddMember:               {"AddMember", false, 2},
	AddSelf:                 {"AddSelf", false, 2},
	WriteKeyCredentialLink:  {"WriteKeyCredentialLink", false, 2},
	WriteAllowedToAct:       {"WriteAllowedToAct", false, 2},
	WriteAccountControl:     {"WriteAccountRestrictions", true, 2},
	WriteSPN:                {"WriteSPN", true, 2},
	WriteAltIdentity:        {"WriteAltSecurityIdentities", true, 2},
	WriteLogonScript:        {"WriteLogonScript", true, 2},
	WriteGMSAMembership:     {"WriteGMSAMembership", false, 2},
	WriteAllowedToDelegate:  {"WriteAllowedToDelegate", true, 2},
	WriteGPLink:             {"WriteGPLink", false, 2},
	WriteGPCPath:            {"WriteGPCFileSysPath", false, 2},
	ReadLAPSPassword:        {"ReadLAPSPassword", false, 2},
	GetChanges:              {"GetChanges", false, 2},
	GetChangesAll:           {"GetChangesAll", false, 2},
	DCSync:                  {"DCSync", false, 2},
	CreateManagedAccount:    {"CreateManagedAccount", true, 2},
	Enroll:                  {"Enroll", false, 2},
	WriteTemplate:           {"WriteTemplate", false, 2},
	ManageAuthority:         {"ManageCA", true, 2},
	ReadGMSAPassword:        {"ReadGMSAPassword", false, 2},
	AllowedToAct:            {"AllowedToAct", false, 2},
	WritePrincipalName:      {"WritePrincipalName", true, 2},
	WriteRevealList:         {"WriteRevealList", false, 2},
	WriteSuccessor:          {"WriteSuccessor", true, 2},
	ManageCertificates:      {"ManageCertificates", true, 2},
	WriteTrusted:            {"WriteTrustedCertificates", false, 2},
	WriteGroupLink:          {"WriteOIDGroupLink", true, 2},
	RelaysToAuthority:       {"RelayToCA", true, 2},
	AppliesIfFiltered:       {"GPLinkFiltered", true, 0},
	WritePolicyFile:         {"WritePolicyFile", false, 2},
	WriteScriptFile:         {"WriteScriptFile", true, 2},
	PolicyAdmin:             {"PolicyAdmin", false, 2},
	PolicyMember:            {"PolicyMember", false, 2},
	PolicyPrivilege:         {"PolicyPrivilege", false, 2},
	PolicyLogon:             {"PolicyLogon", true, 2},
	PolicyDelegation:        {"PolicyDelegation", true, 2},
	MemberOf:                {"MemberOf", false, 3},
	Contains:                {"Contains", false, 0},
	AppliesTo:               {"GPLink", false, 0},
	SIDHistory:              {"SIDHistory", false, 1},
	AllowedToDelegate:       {"AllowedToDelegate", false, 2},
	UnconstrainedDelegation: {"UnconstrainedDelegation", true, 2},
	Protects:                {"AdminSDHolder", false, 0},
	ControlsDomain:          {"ControlsDomain", false, 0},
	HoldsKeys:               {"HostsCA", false, 0},
	IssuesCertificates:      {"IssuesCertificates", false, 2},
	ReadOnlyReplica:         {"RODCReveals", false, 2},
	ManagedBy:               {"RODCManagedBy", false, 1},
	DNSService:              {"DnsAdmins", true, 0},
	SameForest:              {"SameForest", false, 0},
	PublishedTemplate:       {"PublishedTemplate", false, 0},
	ControlsCA:              {"ControlsCA", true, 0},
	PrimaryTrust:            {"Trust", true, 3},
	TrustDelegation:         {"TrustDelegation", true, 2},
	EnrollsForOthers:        {"EnrollsForOthers", false, 2},
	AcceptsAnyName:          {"AcceptsAnyName", true, 1},
	ImpersonatesByName:      {"ImpersonatesByName", true, 2},
	CertificateGroup:        {"CertificateGroup", false, 2},
	AddsUsage:               {"AddsUsage", true, 2},
	Succeeds:                {"Succeeds", false, 1},
	BecomesSuccessor:        {"BecomesSuccessor", true, 0},
	ReadOnlyKey:             {"RODCKey", false, 0},
	HoldsAccount:            {"HoldsAccount", false, 0},
	LinksTo:                 {"LinkedPolicy", false, 0},
	ChoosesSecrets:          {"RODCChoosesSecrets", false, 0},
}

// String gives the stable name of a kind.
func (k Kind) String() string {
	if k < kinds && table[k].name != "" {
		return table[k].name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Conditional tells whether the kind gives control only with something else: an offline attack on a password, another setting,
// a victim who connects.
func (k Kind) Conditional() bool { return k < kinds && table[k].conditional }

// Rewrites tells whether the kind, a right over an object, lets its holder write every attribute of it, or give itself the right to.
func (k Kind) Rewrites() bool {
	switch k {
	case NullDACL, GenericAll, WriteDacl, WriteOwner, Owner, GenericWrite:
		return true
	}
	return false
}

// Effort is the work of taking the right back, from 1, in no unit: a plan compares sums. 0 is for what cannot be cut because the
// directory works that way.
func (k Kind) Effort() int {
	if k >= kinds {
		return 0
	}
	return int(table[k].effort)
}

// Kinds lists every kind (docs/decisions/013-control-graph.md).
func Kinds() []Kind {
	var out []Kind
	for k := range kinds {
		if table[k].name != "" {
			out = append(out, k)
		}
	}
	return out
}
