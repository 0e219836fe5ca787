package paths_test

import (
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model"
)

// short names of the principals of the drawn world, for descriptors.
var inACL = strings.NewReplacer(
	"<alice>", "S-1-5-21-100-200-300-1103", "<bruno>", "S-1-5-21-100-200-300-1104", "<svc>", "S-1-5-21-100-200-300-1105",
	"<WS1>", "S-1-5-21-100-200-300-1106", "<nurses>", "S-1-5-21-100-200-300-1108", "<G1>", "S-1-5-21-100-200-300-1201", "<G2>", "S-1-5-21-100-200-300-1202",
	"<full>", "CCDCLCSWRPWPDTLOCRSDRCWDWO", "<member>", "bf9679c0-0de6-11d0-a285-00aa003049e2", "<reset>", "00299570-246d-11d0-a768-00aa006e0529",
	"<gplink>", "f30e3bbe-9ff0-11d1-b603-0000f80367c1", "<changes>", "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "<changesall>", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2",
	"<dmsa>", "0feb936f-47b3-49f2-9386-1dedc2c23765", "<preceded>", "a0945b2b-57a2-43bd-b327-4d112a4e8bd1", "<state>", "2f5c138a-bd38-4016-88b4-0ec87cbb4919",
	"<act>", "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79", "<enroll>", "0e10c968-78fb-11d2-90d4-00c04f79dc55", "<laps>", "11111111-2222-3333-4444-555555555555",
	"<policy>", "{31B2F340-016D-11D2-945F-00C04FB984F9}",
)

// Pieces of the drawings below.
const (
	rodc       = "computer RODC1 at=@DCs rid=1401 uac=83890176 pgid=521\n"
	managed    = "msDS-GroupManagedServiceAccount gmsa rid=1301 uac=4096\nDC1 acl+=(A;;GA;;;S-1-5-21-100-200-300-1301)\n"
	heir       = "msDS-DelegatedManagedServiceAccount dmsa1 at=@Soins rid=1501 uac=4096\n"
	successors = "classSchema dmsaclass at=@schema lDAPDisplayName=msDS-DelegatedManagedServiceAccount schemaIDGUID=<dmsa>\n" +
		"attributeSchema preceded at=@schema lDAPDisplayName=msDS-ManagedAccountPrecededByLink schemaIDGUID=<preceded>\n" +
		"attributeSchema dmsastate at=@schema lDAPDisplayName=msDS-DelegatedMSAState schemaIDGUID=<state>\nDC1 os=\"Windows Server 2025 Datacenter\"\n"
	agent = "pKICertificateTemplate Agent at=@\"Certificate Templates\" msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 pKIExtendedKeyUsage=1.3.6.1.4.1.311.20.2.1\n" +
		"pKICertificateTemplate User at=@\"Certificate Templates\" msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.2 msPKI-Template-Schema-Version=1\n" +
		"CA1 certificateTemplates=Agent certificateTemplates=User\n"
	unsaid = "Poste msPKI-Certificate-Name-Flag=33554432 msPKI-Enrollment-Flag=524288 acl+=(OA;;CR;<enroll>;;<nurses>)(OA;;CR;<enroll>;;<bruno>)\n"
	policy = "container OID at=@\"Public Key Services\"\nmsPKI-Enterprise-Oid Policy1 at=@OID msPKI-Cert-Template-OID=1.2.3 msDS-OIDToGroupLink=\"@Domain Admins\"\n"
)

// drawing is a row: what is drawn, and the kinds of the path between two ends; to "" is tier 0.
type drawing struct{ name, lines, from, to, want string }

func kindRows() []drawing {
	return []drawing{
		{"healthy", "", "alice", "", ""},
		{"healthy computer", "", "WS1$", "", ""},

		{"full control", "DC1 acl+=(A;;GA;;;<alice>)", "alice", "DC1$", "GenericAll"},
		{"full control through a group", "DC1 acl+=(A;;GA;;;<nurses>)", "alice", "DC1$", "MemberOf GenericAll"},
		{"of everybody", "DC1 acl+=(A;;WD;;;AU)", "alice", "DC1$", "MemberOf WriteDacl"},
		{"of the world", "DC1 acl+=(A;;WD;;;WD)", "bruno", "DC1$", "MemberOf MemberOf WriteDacl"},
		{"not a member", "DC1 acl+=(A;;GA;;;<nurses>)", "bruno", "", ""},
		{"denied first", "DC1 acl=O:DAD:(D;;GA;;;<nurses>)(A;;GA;;;<alice>)", "alice", "", ""},
		{"denied to a member of the group", "group G1 rid=1201 member=@alice member=@bruno\ngroup G2 rid=1202 member=@alice\nDC1 acl=O:DAD:(D;;GA;;;<G2>)(A;;GA;;;<G1>)", "alice", "", ""},
		{"and not to the others", "group G1 rid=1201 member=@alice member=@bruno\ngroup G2 rid=1202 member=@alice\nDC1 acl=O:DAD:(D;;GA;;;<G2>)(A;;GA;;;<G1>)", "bruno", "DC1$", "MemberOf GenericAll"},
		{"denied, but filling the group", "group G1 rid=1201 member=@alice member=@bruno acl+=(OA;;WP;<member>;;<svc>)\ngroup G2 rid=1202 member=@alice\nDC1 acl=O:DAD:(D;;GA;;;<G2>)(A;;GA;;;<G1>)", "svc", "DC1$", "AddMember GenericAll"},
		{"denied to everybody in it", "group G1 rid=1201 member=@alice\ngroup G2 rid=1202 member=@G1\nDC1 acl=O:DAD:(D;;GA;;;<G2>)(A;;GA;;;<G1>)", "alice", "", ""},
		{"null list", "DC1 acl=O:DAD:NO_ACCESS_CONTROL", "alice", "DC1$", "MemberOf MemberOf NullDACL"},
		{"empty list: nobody but its owner", "DC1 acl=O:DAD:", "alice", "", ""},
		{"owner", "DC1 acl=O:<alice>D:(A;;GA;;;DA)\n\"Directory Service\" dSHeuristics=0000000001", "alice", "DC1$", "Owner"},
		{"owner limited by the directory", "DC1 acl=O:<alice>D:(A;;GA;;;DA)\n\"Directory Service\" dSHeuristics=00000000010000000002000000011", "alice", "", ""},
		{"owner of a group limited by nothing", "\"Domain Admins\" acl=O:<alice>D:(A;;GA;;;DA)\n\"Directory Service\" dSHeuristics=00000000010000000002000000011", "alice", "Domain Admins", "Owner"},

		{"set a password", "Administrator acl+=(OA;;CR;<reset>;;<alice>)", "alice", "Administrator", "ForceChangePassword"},
		{"add members", "\"Domain Admins\" acl+=(OA;;WP;<member>;;<alice>)", "alice", "Domain Admins", "AddMember"},
		{"add oneself", "\"Domain Admins\" acl+=(OA;;SW;<member>;;<alice>)", "alice", "Domain Admins", "AddSelf"},
		{"take ownership", "Administrator acl+=(A;;WO;;;<alice>)", "alice", "Administrator", "WriteOwner"},
		{"take ownership, denied first", "Administrator acl=O:DAD:(D;;WO;;;<nurses>)(A;;WO;;;<alice>)", "alice", "", ""},
		{"every extended right", "Administrator acl+=(A;;CR;;;<alice>)", "alice", "Administrator", "AllExtendedRights"},
		{"every extended right over a group", "\"Domain Admins\" acl+=(A;;CR;;;<alice>)", "alice", "", ""},
		{"write keys", "Administrator acl+=(OA;;WP;5b47d60f-6090-40b2-9f37-2a4de88f3063;;<alice>)", "alice", "Administrator", "WriteKeyCredentialLink"},
		{"read keys", "Administrator acl+=(OA;;RP;5b47d60f-6090-40b2-9f37-2a4de88f3063;;<alice>)", "alice", "", ""},
		{"write account options", "Administrator acl+=(OA;;WP;4c164200-20c0-11d0-a768-00aa006e0529;;<alice>)", "alice", "Administrator", "WriteAccountRestrictions"},
		{"read account options", "Administrator acl+=(OA;;RP;4c164200-20c0-11d0-a768-00aa006e0529;;<alice>)", "alice", "", ""},
		{"write service names", "Administrator acl+=(OA;;WP;f3a64788-5306-11d1-a9c5-0000f80367c1;;<alice>)", "alice", "Administrator", "WriteSPN"},
		{"write service names of a machine", "DC1 acl+=(OA;;WP;f3a64788-5306-11d1-a9c5-0000f80367c1;;<alice>)", "alice", "", ""},
		{"map certificates", "Administrator acl+=(OA;;WP;00fbf30c-91fe-11d1-aebc-0000f80367c1;;<alice>)", "alice", "Administrator", "WriteAltSecurityIdentities"},
		{"map certificates to a group", "\"Domain Admins\" acl+=(OA;;WP;00fbf30c-91fe-11d1-aebc-0000f80367c1;;<alice>)", "alice", "", ""},
		{"write the logon script", "Administrator acl+=(OA;;WP;bf9679a8-0de6-11d0-a285-00aa003049e2;;<alice>)", "alice", "Administrator", "WriteLogonScript"},
		{"write the logon script of a machine", "DC1 acl+=(OA;;WP;bf9679a8-0de6-11d0-a285-00aa003049e2;;<alice>)", "alice", "", ""},
		{"write what is delegated to", "Administrator acl+=(OA;;WP;800d94d7-b7a1-42a1-b14d-7cae1423d07f;;<alice>)", "alice", "Administrator", "WriteAllowedToDelegate"},
		{"read what is delegated to", "Administrator acl+=(OA;;RP;800d94d7-b7a1-42a1-b14d-7cae1423d07f;;<alice>)", "alice", "", ""},
		{"write who reads a managed password", managed + "gmsa acl+=(OA;;WP;888eedd6-ce04-df40-b462-b8a50e41ba38;;<alice>)", "alice", "DC1$", "WriteGMSAMembership GenericAll"},
		{"read who reads a managed password", managed + "gmsa acl+=(OA;;RP;888eedd6-ce04-df40-b462-b8a50e41ba38;;<alice>)", "alice", "", ""},
		{"place of a policy's files", "<policy> acl+=(OA;;WP;f30e3bc1-9ff0-11d1-b603-0000f80367c1;;<alice>)", "alice", "DC1$", "WriteGPCFileSysPath GPLink"},
		{"place of a policy's files, read", "<policy> acl+=(OA;;RP;f30e3bc1-9ff0-11d1-b603-0000f80367c1;;<alice>)", "alice", "", ""},
		{"a controller holds its domain", "DC1 acl+=(A;;WD;;;<alice>)", "alice", "DC=hop,DC=test", "WriteDacl ControlsDomain"},
		{"a member server does not", "SRV1 -host acl+=(A;;WD;;;<alice>)", "alice", "", ""},
		{"a chain of accounts", "bruno acl+=(OA;;CR;<reset>;;<alice>)\nAdministrator acl+=(OA;;CR;<reset>;;<bruno>)", "alice", "Administrator", "ForceChangePassword ForceChangePassword"},
		{"loops of groups end", "group G1 rid=1201 member=@alice\ngroup G2 rid=1202 member=@G1\nG1 member=@alice member=@G2\nDC1 acl+=(A;;GA;;;<G2>)", "alice", "DC1$", "MemberOf MemberOf GenericAll"},

		{"replicate secrets", "hop acl+=(OA;;CR;<changes>;;<alice>)(OA;;CR;<changesall>;;<alice>)", "alice", "DC=hop,DC=test", "DCSync"},
		{"half of it", "hop acl+=(OA;;CR;<changesall>;;<alice>)", "alice", "", ""},
		{"the other half", "hop acl+=(OA;;CR;<changes>;;<alice>)", "alice", "", ""},
		{"one half through a group", "hop acl+=(OA;;CR;<changes>;;<nurses>)(OA;;CR;<changesall>;;<alice>)", "alice", "DC=hop,DC=test", "DCSync"},
		{"both halves through two groups", "group G1 rid=1201 member=@alice member=@bruno\ngroup G2 rid=1202 member=@alice\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "DC=hop,DC=test", "MemberOf DCSync"},
		{"both halves through two groups entered in turn", "group G1 rid=1201 acl+=(OA;;WP;<member>;;<alice>)\ngroup G2 rid=1202 acl+=(A;;WD;;;<alice>)\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "DC=hop,DC=test", "AddMember GetChanges WriteDacl GetChangesAll DCSync"},
		{"in one group, entering the other", "group G1 rid=1201 member=@alice\ngroup G2 rid=1202\ngroup G3 rid=1203 acl+=(OA;;SW;<member>;;<alice>)\nG2 member=@G3\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "DC=hop,DC=test", "MemberOf GetChanges AddSelf MemberOf GetChangesAll DCSync"},
		{"a half that is denied to whoever has the other", "group G1 rid=1201 acl+=(OA;;WP;<member>;;<alice>)\nhop acl=O:DAD:(OD;;CR;<changesall>;;<alice>)(A;;GA;;;DA)(OA;;CR;<changes>;;<alice>)(OA;;CR;<changesall>;;<G1>)", "alice", "", ""},
		{"entering one of two groups", "group G1 rid=1201 acl+=(OA;;WP;<member>;;<alice>)\ngroup G2 rid=1202\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "", ""},
		{"the halves in two accounts", "group G1 rid=1201 member=@alice\ngroup G2 rid=1202 member=@bruno\nbruno acl+=(OA;;CR;<reset>;;<alice>)\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "", ""},
		{"one half in another account, entering the other", "group G1 rid=1201 acl+=(OA;;WP;<member>;;<alice>)\ngroup G2 rid=1202 member=@bruno\nbruno acl+=(OA;;CR;<reset>;;<alice>)\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "alice", "DC=hop,DC=test", "ForceChangePassword MemberOf GetChangesAll AddMember GetChanges DCSync"},
		{"in one of the two groups only", "group G1 rid=1201 member=@alice member=@bruno\ngroup G2 rid=1202 member=@alice\nhop acl+=(OA;;CR;<changes>;;<G1>)(OA;;CR;<changesall>;;<G2>)", "bruno", "", ""},
		{"of DNS zones, which hold no secret", "domainzones acl+=(OA;;CR;<changes>;;<alice>)(OA;;CR;<changesall>;;<alice>)", "alice", "", ""},

		{"container", "DCs acl+=(A;;WD;;;<alice>)", "alice", "DC1$", "WriteDacl Contains"},
		{"containers make one step", "organizationalUnit Site at=@DCs\ngroup G1 at=@Site rid=1301\nDCs acl+=(A;;WD;;;<alice>)", "alice", "G1", "WriteDacl Contains"},
		{"container of a protected object", "DCs acl+=(A;;WD;;;<alice>)\nDC1 acl=O:DAD:P(A;;GA;;;DA)", "alice", "DC1$", "WriteDacl LinkedPolicy"},
		{"writing attributes of a container", "Users acl+=(A;;WP;;;<alice>)", "alice", "", ""},
		{"the root of a naming context inherits nothing", "hop acl+=(A;;WP;;;<bruno>)\nconfig acl+=(A;;WD;;;<alice>)", "alice", "DC=hop,DC=test", "WriteDacl Contains ControlsCA"},

		{"link a policy", "DCs acl+=(OA;;WP;<gplink>;;<alice>)", "alice", "DC1$", "WriteGPLink"},
		{"link a policy elsewhere", "Soins acl+=(OA;;WP;<gplink>;;<alice>)", "alice", "", ""},
		{"write a policy", "<policy> acl+=(A;;WP;;;<alice>)", "alice", "DC1$", "GenericWrite GPLink"},
		{"a policy whose link is disabled", "<policy> acl+=(A;;WP;;;<alice>)\nhop gPLink=[LDAP://CN=<policy>,CN=Policies,CN=System,DC=hop,DC=test;1]", "alice", "", ""},
		{"a policy blocked below", "<policy> acl+=(A;;WP;;;<alice>)\nDCs gPOptions=1", "alice", "DC1$", "GenericWrite GPLink MemberOf GenericAll"},
		{"an enforced policy is not blocked", "<policy> acl+=(A;;WP;;;<alice>)\nDCs gPOptions=1\nhop gPLink=[LDAP://CN=<policy>,CN=Policies,CN=System,DC=hop,DC=test;2]", "alice", "DC1$", "GenericWrite GPLink"},
		{"a policy of another unit", "<policy> acl+=(A;;WP;;;<alice>)\nhop -gPLink\nSoins gPLink=[LDAP://CN=<policy>,CN=Policies,CN=System,DC=hop,DC=test;0]", "alice", "", ""},
		{"a policy of a site", "<policy> acl+=(A;;WP;;;<alice>)\nhop -gPLink\nSite1 gPLink=[LDAP://CN=<policy>,CN=Policies,CN=System,DC=hop,DC=test;0]", "alice", "DC1$", "GenericWrite GPLink"},

		{"SID of another", "alice sIDHistory=S-1-5-21-100-200-300-512", "alice", "Domain Admins", "SIDHistory"},
		{"SID of nobody", "alice sIDHistory=S-1-5-21-9-9-9-512", "alice", "", ""},
		{"unconstrained delegation", "WS1 uac=0x81000", "WS1$", "DC=hop,DC=test", "UnconstrainedDelegation"},
		{"unconstrained delegation of a disabled account", "WS1 uac=0x81002", "WS1$", "", ""},
		{"constrained delegation", "svc to=cifs/dc1.hop.test", "svc", "DC1$", "AllowedToDelegate"},
		{"constrained delegation to another port and class", "svc to=http/dc1.hop.test:8080", "svc", "DC1$", "AllowedToDelegate"},
		{"constrained delegation elsewhere", "svc to=cifs/ws1.hop.test", "svc", "", ""},
		{"resource delegation", "DC1 msDS-AllowedToActOnBehalfOfOtherIdentity=O:BAD:(A;;GA;;;<WS1>)", "WS1$", "DC1$", "AllowedToAct"},
		{"resource delegation of another", "DC1 msDS-AllowedToActOnBehalfOfOtherIdentity=O:BAD:(A;;GA;;;<WS1>)", "alice", "", ""},
		{"resource delegation denied", "DC1 msDS-AllowedToActOnBehalfOfOtherIdentity=O:BAD:(D;;GA;;;<WS1>)(A;;GA;;;<WS1>)", "WS1$", "", ""},
		{"write the resource delegation", "DC1 acl+=(OA;;WP;<act>;;<alice>)", "alice", "DC1$", "WriteAllowedToAct"},
		{"read the resource delegation", "DC1 acl+=(OA;;RP;<act>;;<alice>)", "alice", "", ""},
		{"managed password", "msDS-GroupManagedServiceAccount gmsa rid=1301 uac=0x1000 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<alice>)\nDC1 acl+=(A;;GA;;;S-1-5-21-100-200-300-1301)", "alice", "DC1$", "ReadGMSAPassword GenericAll"},
		{"managed password of another", "msDS-GroupManagedServiceAccount gmsa rid=1301 uac=0x1000 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<bruno>)\nDC1 acl+=(A;;GA;;;S-1-5-21-100-200-300-1301)", "alice", "", ""},

		{"local administrator's password", "attributeSchema adm at=@schema lDAPDisplayName=ms-Mcs-AdmPwd schemaIDGUID=<laps>\nWS1 ms-Mcs-AdmPwdExpirationTime=1 acl+=(OA;;RPCR;<laps>;;<alice>)", "alice", "WS1$", "ReadLAPSPassword"},
		{"reading it without control access", "attributeSchema adm at=@schema lDAPDisplayName=ms-Mcs-AdmPwd schemaIDGUID=<laps>\nWS1 ms-Mcs-AdmPwdExpirationTime=1 acl+=(OA;;RP;<laps>;;<alice>)", "alice", "WS1$", ""},
		{"where there is none", "attributeSchema adm at=@schema lDAPDisplayName=ms-Mcs-AdmPwd schemaIDGUID=<laps>\nWS1 acl+=(OA;;RPCR;<laps>;;<alice>)", "alice", "WS1$", ""},

		{"the model of protected accounts", "AdminSDHolder acl+=(A;;WD;;;<alice>)", "alice", "Domain Admins", "WriteDacl AdminSDHolder"},
		{"reading the model of protected accounts", "AdminSDHolder acl+=(A;;RPRCLC;;;<alice>)", "alice", "", ""},
		{"DNS administrators", "DnsAdmins member=@alice", "alice", "DC1$", "MemberOf DnsAdmins"},
		{"a group with a name like theirs", "group DnsLecteurs rid=1203 member=@alice", "alice", "", ""},
		{"host of the authority", "SRV1 acl+=(A;;GA;;;<alice>)", "alice", "DC=hop,DC=test", "GenericAll HostsCA"},
		{"host of an authority that is not believed", "SRV1 acl+=(A;;GA;;;<alice>)\nNTAuthCertificates cACertificate=@@e3", "alice", "", ""},
		{"certificate in any name", "Poste acl+=(OA;;CR;<enroll>;;<alice>)", "alice", "DC=hop,DC=test", "Enroll IssuesCertificates"},
		{"certificate in one's own name", "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "", ""},
		{"certificate after approval", "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Enrollment-Flag=2", "alice", "", ""},
		{"certificate with a signature", "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-RA-Signature=1", "alice", "", ""},
		{"certificate that opens no session", "Poste acl+=(OA;;CR;<enroll>;;<alice>) pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1", "alice", "", ""},
		{"template that is not issued", "Poste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 certificateTemplates=Autre", "alice", "", ""},
		{"the requester also chooses another name", "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=65536", "alice", "DC=hop,DC=test", "Enroll IssuesCertificates"},
		{"automatic enrolment alone", "Poste acl+=(OA;;CR;a05b8cc2-17bc-4802-a710-e7c15ab866a2;;<alice>)", "alice", "", ""},
		{"an authority that lists others", "Poste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<bruno>)", "alice", "", ""},
		{"an authority that lists a group of the requester", "Poste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<nurses>)", "alice", "DC=hop,DC=test", "Enroll IssuesCertificates"},
		{"an authority that lists a group to be entered", "group G1 rid=1201 acl+=(OA;;WP;<member>;;<alice>)\nPoste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<G1>)", "alice", "DC=hop,DC=test", "Enroll AddMember Enroll IssuesCertificates"},
		{"a template for everybody, an authority for some", "Poste acl+=(OA;;CR;<enroll>;;AU)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<nurses>)", "alice", "DC=hop,DC=test", "MemberOf Enroll IssuesCertificates"},
		{"a template for everybody, an authority for others", "Poste acl+=(OA;;CR;<enroll>;;AU)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<nurses>)", "bruno", "", ""},
		{"in one of the two groups that enrol", "group G1 rid=1201 member=@alice\ngroup G2 rid=1202 member=@bruno\nPoste acl+=(OA;;CR;<enroll>;;<G1>)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<G2>)", "alice", "", ""},
		{"an authority's registry lists others", "Poste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 hygie-authoritySecurity=O:BAG:BAD:(A;;0x200;;;<bruno>)", "alice", "", ""},
		{"an authority's registry lists everybody", "Poste acl+=(OA;;CR;<enroll>;;<alice>)\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA) hygie-authoritySecurity=O:BAG:BAD:(A;;0x200;;;AU)", "alice", "DC=hop,DC=test", "Enroll IssuesCertificates"},
		{"managing an authority", "CA1 hygie-authoritySecurity=O:BAG:BAD:(A;;0x201;;;<alice>)", "alice", "DC=hop,DC=test", "ManageCA ControlsCA"},
		{"managing the certificates of an authority", "CA1 hygie-authoritySecurity=O:BAG:BAD:(A;;0x2;;;<alice>)", "alice", "DC=hop,DC=test", "ManageCertificates ControlsCA"},
		{"reading an authority", "CA1 hygie-authoritySecurity=O:BAG:BAD:(A;;0x100;;;<alice>)", "alice", "", ""},
		{"managing an authority, denied", "CA1 hygie-authoritySecurity=O:BAG:BAD:(D;;0x3;;;<alice>)(A;;0x3;;;<alice>)", "alice", "", ""},
		{"publishing templates", "CA1 acl+=(OA;;WP;2a39c5b1-8960-11d1-aebc-0000f80367c1;;<alice>)", "alice", "DC=hop,DC=test", "ManageCA ControlsCA"},

		{"changing a template and enrolling", "Poste acl+=(A;;WP;;;<alice>)(OA;;CR;<enroll>;;<nurses>) msPKI-Certificate-Name-Flag=0", "alice", "DC=hop,DC=test", "GenericWrite MemberOf Enroll IssuesCertificates"},
		{"changing a template without enrolling", "Poste acl+=(A;;WP;;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "", ""},
		{"rewriting the rights of a template", "Poste acl+=(A;;WD;;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "DC=hop,DC=test", "WriteDacl PublishedTemplate"},
		{"rewriting a template that is not issued", "Poste acl+=(A;;WD;;;<alice>) msPKI-Certificate-Name-Flag=0\nCA1 certificateTemplates=Autre", "alice", "", ""},
		{"rewriting a template, at an authority that lists others", "Poste acl+=(A;;WD;;;<alice>) msPKI-Certificate-Name-Flag=0\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<bruno>)", "alice", "", ""},
		{"rewriting a template, at an authority that lists one's group", "Poste acl+=(A;;WD;;;<alice>) msPKI-Certificate-Name-Flag=0\nCA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;<enroll>;;<nurses>)", "alice", "DC=hop,DC=test", "WriteDacl MemberOf Enroll IssuesCertificates"},
		{"making the name one's choice", "Poste acl+=(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;<alice>)(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "DC=hop,DC=test", "WriteTemplate Enroll IssuesCertificates"},
		{"making the name one's choice, approval left", "Poste acl+=(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;<alice>)(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=2", "alice", "", ""},
		{"taking approval away", "Poste acl+=(OA;;WP;d15ef7d8-f226-46db-ae79-b34e560bd12c;;<alice>)(OA;;CR;<enroll>;;<alice>) msPKI-Enrollment-Flag=2", "alice", "DC=hop,DC=test", "WriteTemplate Enroll IssuesCertificates"},

		{"enrolment agent", agent + "Agent acl+=(OA;;CR;<enroll>;;<alice>)\nUser acl+=(OA;;CR;<enroll>;;<nurses>)", "alice", "DC=hop,DC=test", "Enroll MemberOf Enroll EnrollsForOthers"},
		{"good for anything", agent + "Agent pKIExtendedKeyUsage=2.5.29.37.0 acl+=(OA;;CR;<enroll>;;<alice>)\nUser acl+=(OA;;CR;<enroll>;;<alice>)", "alice", "DC=hop,DC=test", "Enroll Enroll EnrollsForOthers"},
		{"enrolment agent without a template to ask for", agent + "Agent acl+=(OA;;CR;<enroll>;;<alice>)", "alice", "", ""},
		{"enrolment agent for templates that take no agent", agent + "Agent acl+=(OA;;CR;<enroll>;;<alice>)\nUser acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Template-Schema-Version=2", "alice", "", ""},
		{"enrolment agent for templates that ask for one", agent + "Agent acl+=(OA;;CR;<enroll>;;<alice>)\nUser acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Template-Schema-Version=2 msPKI-RA-Signature=1 msPKI-RA-Application-Policies=1.3.6.1.4.1.311.20.2.1", "alice", "DC=hop,DC=test", "Enroll Enroll EnrollsForOthers"},
		{"enrolment agent after approval", agent + "Agent msPKI-Enrollment-Flag=2 acl+=(OA;;CR;<enroll>;;<alice>)\nUser acl+=(OA;;CR;<enroll>;;<alice>)", "alice", "", ""},
		{"enrolment agent of another", agent + "Agent acl+=(OA;;CR;<enroll>;;<bruno>)\nUser acl+=(OA;;CR;<enroll>;;<alice>)", "alice", "", ""},

		{"an authority that takes any name", "CA1 hygie-authorityTakesNames=TRUE\nPoste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "DC=hop,DC=test", "Enroll AcceptsAnyName"},
		{"an authority that takes no name", "CA1 hygie-authorityTakesNames=FALSE\nPoste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0", "alice", "", ""},
		{"an authority that takes any name, after approval", "CA1 hygie-authorityTakesNames=TRUE\nPoste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=2", "alice", "", ""},

		{"certificate without a SID, of an account whose name one changes", unsaid + "bruno acl+=(A;;WP;;;<alice>)", "alice", "DC=hop,DC=test", "GenericWrite ImpersonatesByName"},
		{"of an account whose name alone one changes", unsaid + "bruno acl+=(OA;;WP;28630ebb-41d5-11d1-a9c1-0000f80367c1;;<alice>)", "alice", "DC=hop,DC=test", "WritePrincipalName ImpersonatesByName"},
		{"of accounts of a unit", unsaid + "Soins acl+=(A;;WD;;;<svc>)", "svc", "DC=hop,DC=test", "WriteDacl ImpersonatesByName"},
		{"of an account whose password alone one sets", unsaid + "bruno acl+=(OA;;CR;<reset>;;<alice>)", "alice", "", ""},
		{"of an account that may not enrol", "Poste msPKI-Certificate-Name-Flag=33554432 msPKI-Enrollment-Flag=524288 acl+=(OA;;CR;<enroll>;;<svc>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "", ""},
		{"of one's own account, whose name one may not change", unsaid, "alice", "", ""},
		{"certificate with a SID", "Poste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<nurses>)(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "", ""},
		{"certificate without a SID, refused by every controller", unsaid + "bruno acl+=(A;;WP;;;<alice>)\nDC1 hygie-strongMapping=2", "alice", "", ""},
		{"certificate with a SID, at controllers that do not look", "DC1 hygie-strongMapping=0\nPoste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "DC=hop,DC=test", "GenericWrite ImpersonatesByName"},
		{"certificate with a SID, at a web service that goes by name", "DC1 hygie-mappingMethods=4 hygie-strongMapping=2\nPoste msPKI-Certificate-Name-Flag=33554432 acl+=(OA;;CR;<enroll>;;<bruno>)\nbruno acl+=(A;;WP;;;<alice>)", "alice", "DC=hop,DC=test", "GenericWrite ImpersonatesByName"},
		{"a machine whose DNS name one changes", "Poste msPKI-Certificate-Name-Flag=134217728 msPKI-Enrollment-Flag=524288 acl+=(OA;;CR;<enroll>;;<WS1>)\nWS1 acl+=(OA;;WP;72e39547-7b18-11d1-adef-00c04fd8d5cd;;<alice>)", "alice", "DC=hop,DC=test", "WritePrincipalName ImpersonatesByName"},
		{"a machine in a template of people", "Poste msPKI-Certificate-Name-Flag=33554432 msPKI-Enrollment-Flag=524288 acl+=(OA;;CR;<enroll>;;<WS1>)\nWS1 acl+=(OA;;WP;72e39547-7b18-11d1-adef-00c04fd8d5cd;;<alice>)", "alice", "", ""},

		{"certificate that stands for a group", policy + "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Certificate-Policy=1.2.3", "alice", "Domain Admins", "Enroll CertificateGroup"},
		{"certificate of another policy", policy + "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Certificate-Policy=1.2.4", "alice", "", ""},
		{"certificate that stands for a group and opens no session", policy + "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Certificate-Name-Flag=0 msPKI-Certificate-Policy=1.2.3 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1", "alice", "", ""},

		{"usage by the requester", "Poste acl+=(OA;;CR;<enroll>;;<alice>) pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1 msPKI-Template-Schema-Version=1", "alice", "DC=hop,DC=test", "Enroll AddsUsage"},
		{"usage by the requester, in a later version", "Poste acl+=(OA;;CR;<enroll>;;<alice>) pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.1 msPKI-Template-Schema-Version=2", "alice", "", ""},
		{"application policies in place of usages", "Poste acl+=(OA;;CR;<enroll>;;<alice>) msPKI-Template-Schema-Version=2 msPKI-Certificate-Application-Policy=1.3.6.1.5.5.7.3.1", "alice", "", ""},
		{"changing the trusted certificates", "NTAuthCertificates acl+=(A;;WD;;;<alice>)", "alice", "DC=hop,DC=test", "WriteDacl ControlsCA"},

		{"read-only controller", "computer RODC1 at=@DCs rid=1401 uac=0x5011000 pgid=521 managedBy=@alice msDS-RevealOnDemandGroup=@Infirmiers", "RODC1", "alice", "RODCReveals"},
		{"manager of a read-only controller", "computer RODC1 at=@DCs rid=1401 uac=0x5011000 pgid=521 managedBy=@bruno msDS-RevealOnDemandGroup=@Infirmiers", "bruno", "alice", "RODCManagedBy RODCReveals"},
		{"never revealed", "computer RODC1 at=@DCs rid=1401 uac=0x5011000 pgid=521 msDS-RevealOnDemandGroup=@Infirmiers msDS-NeverRevealGroup=@Infirmiers", "RODC1", "alice", ""},
		{"key of a read-only controller", rodc + "user krbtgt_1 rid=1402 uac=514\nRODC1 msDS-KrbTgtLink=@krbtgt_1 msDS-RevealOnDemandGroup=@Infirmiers\nkrbtgt_1 acl+=(A;;WD;;;<svc>)", "svc", "alice", "WriteDacl RODCKey RODCReveals"},
		{"key of no controller", rodc + "user krbtgt_1 rid=1402 uac=514\nRODC1 msDS-RevealOnDemandGroup=@Infirmiers\nkrbtgt_1 acl+=(A;;WD;;;<svc>)", "svc", "alice", ""},
		{"choosing the secrets of a read-only controller", rodc + "RODC1 acl+=(OA;;WP;303d9f4a-1dd6-4b38-8fc5-33afe8c988ad;;<svc>)", "svc", "", "WriteRevealList RODCChoosesSecrets"},
		{"choosing the secrets of a machine that keeps none", "WS1 acl+=(OA;;WP;303d9f4a-1dd6-4b38-8fc5-33afe8c988ad;;<svc>)", "svc", "", ""},
		{"writing the object of a read-only controller", rodc + "RODC1 acl+=(A;;WP;;;<svc>)", "svc", "", "GenericWrite RODCChoosesSecrets"},
		{"a unit that holds a read-only controller", "organizationalUnit Agence at=@hop\n" + strings.Replace(rodc, "@DCs", "@Agence", 1) + "Agence acl+=(A;;WD;;;<svc>)", "svc", "", "WriteDacl Contains RODCChoosesSecrets"},
		{"setting the password of a read-only controller", rodc + "RODC1 acl+=(OA;;CR;<reset>;;<svc>)", "svc", "", ""},
		{"administering a read-only controller is not writing its object", rodc + "RODC1 managedBy=@svc", "svc", "", ""},

		{"creating successors", successors + "Soins acl+=(OA;;CC;<dmsa>;;<alice>)", "alice", "DC=hop,DC=test", "CreateManagedAccount"},
		{"creating any child", successors + "Soins acl+=(A;;CC;;;<alice>)", "alice", "DC=hop,DC=test", "CreateManagedAccount"},
		{"creating other children", successors + "Soins acl+=(OA;;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;<alice>)", "alice", "", ""},
		{"creating successors at older controllers", successors + "DC1 os=\"Windows Server 2022\"\nSoins acl+=(OA;;CC;<dmsa>;;<alice>)", "alice", "", ""},
		{"creating successors that the schema does not know", "DC1 os=\"Windows Server 2025\"\nSoins acl+=(A;;CC;;;<alice>)", "alice", "", ""},
		{"rewriting the rights of a unit", successors + "Soins acl+=(A;;WD;;;<svc>)", "svc", "DC=hop,DC=test", "WriteDacl CreateManagedAccount"},
		{"declaring an existing account the successor", successors + heir + "dmsa1 acl+=(OA;;WP;<preceded>;;<alice>)(OA;;WP;<state>;;<alice>)", "alice", "", "WriteSuccessor BecomesSuccessor"},
		{"with half of what that takes", successors + heir + "dmsa1 acl+=(OA;;WP;<preceded>;;<alice>)", "alice", "", ""},
		{"writing everything of an existing account", successors + heir + "dmsa1 acl+=(A;;WP;;;<alice>)", "alice", "", "GenericWrite BecomesSuccessor"},
		{"reading the password of an existing account only", successors + heir + "dmsa1 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<alice>)", "alice", "", ""},
		{"successor of an administrator", successors + heir + "dmsa1 msDS-ManagedAccountPrecededByLink=@Administrator msDS-DelegatedMSAState=2 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<alice>)", "alice", "", "ReadGMSAPassword Succeeds"},
		{"successor still to be", successors + heir + "dmsa1 msDS-ManagedAccountPrecededByLink=@Administrator msDS-DelegatedMSAState=1 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<alice>)", "alice", "", ""},
		{"successor of nobody that matters", successors + heir + "dmsa1 msDS-ManagedAccountPrecededByLink=@bruno msDS-DelegatedMSAState=2 msDS-GroupMSAMembership=O:BAD:(A;;GA;;;<alice>)", "alice", "", ""},

		{"never revealed, but kept already", "computer RODC1 at=@DCs rid=1401 uac=0x5011000 pgid=521 msDS-NeverRevealGroup=@Infirmiers msDS-RevealedUsers=@alice", "RODC1", "alice", "RODCReveals"},
	}
}

// Each kind of edge in a drawn world, from alice unless said otherwise: the kinds of the path to an object, or to tier 0, and near
// misses that give none.
func TestKindsOfEdges(t *testing.T) { walk(t, kindRows()) }

// walk draws each row and compares the kinds of the path.
func walk(t *testing.T, rows []drawing) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := drawn.New(t, strings.Split(inACL.Replace(row.lines), "\n")...).Freeze()
			n := network(t, d)
			from, to := n.Find(row.from), n.TierZero()
			if row.to != "" {
				to = n.Find(row.to)
			}
			if len(from) != 1 || len(to) == 0 {
				t.Fatalf("ends: %v, %v", from, to)
			}
			p, ok := n.Path(from[0], to...)
			if got := kinds(p); ok != (row.want != "") || got != row.want {
				t.Errorf("%s, want %s", show(n, p), row.want)
			}
		})
	}
}

// A path says where each right stands and how it reads.
func TestStepsSayWhere(t *testing.T) {
	d := drawn.New(t, strings.Split(inACL.Replace(
		"organizationalUnit Infra at=@hop acl+=(OA;CIIO;CR;<reset>;bf967aba-0de6-11d0-a285-00aa003049e2;<nurses>)\n"+
			"user admin at=@Infra rid=1301 uac=512 pgid=513 acl=O:DAD:AI(A;;GA;;;DA)(OA;CIID;CR;<reset>;bf967aba-0de6-11d0-a285-00aa003049e2;<nurses>)\n"+
			"\"Domain Admins\" member=@Administrator member=@admin"), "\n")...).Freeze()
	n := network(t, d)
	p, ok := n.Path(n.Find("alice")[0], n.Find("Domain Admins")...)
	if !ok || len(p.Steps) != 3 {
		t.Fatal(show(n, p))
	}
	member, reset, last := p.Steps[0], p.Steps[1], p.Steps[2]
	if d.Name(member.Object) != "Infirmiers" || member.Entry != "" {
		t.Errorf("%+v", member)
	}
	if d.Name(reset.Object) != "Infra" || !strings.HasPrefix(reset.Entry, "(OA;CIID;CR;00299570-") {
		t.Errorf("the entry is to be taken away where it is explicit: %+v", reset)
	}
	if d.Name(last.Object) != "Domain Admins" || d.DN(model.ID(last.From)) != "CN=admin,OU=Infra,DC=hop,DC=test" {
		t.Errorf("%+v", last)
	}
	plan := n.Plan(n.Ways(10))
	if len(plan.Fixes) != 1 || d.Name(plan.Fixes[0].Object) != "Infra" || !strings.HasPrefix(plan.Fixes[0].Entry, "(OA;CIIO;CR;00299570-") {
		t.Errorf("%+v", plan)
	}
}

// An entry that two objects carry, each by itself, is to be taken away at the one that the way goes through.
func TestStepsNameTheObjectOnTheWay(t *testing.T) {
	const shared = "acl=O:DAD:P(A;;GA;;;DA)(OA;;CR;<enroll>;;<alice>)"
	d := drawn.New(t, strings.Split(inACL.Replace("pKICertificateTemplate Autre at=@\"Certificate Templates\" msPKI-Certificate-Name-Flag=0 msPKI-Enrollment-Flag=0 msPKI-RA-Signature=0 pKIExtendedKeyUsage=1.3.6.1.5.5.7.3.2 "+
		shared+"\nPoste "+shared), "\n")...).Freeze()
	n := network(t, d)
	p, ok := n.Path(n.Find("alice")[0], n.Find("DC=hop,DC=test")...)
	if !ok || len(p.Steps) != 2 || d.Name(p.Steps[0].Object) != "Poste" || p.Steps[0].Objects != 2 {
		t.Errorf("%s: %+v", show(n, p), p.Steps)
	}
}

func TestFind(t *testing.T) {
	n := network(t, drawn.New(t).Freeze())
	for _, row := range []struct {
		text string
		want int
	}{
		{"alice", 1}, {" ALICE ", 1}, {"CN=alice,OU=Soins,DC=hop,DC=test", 1}, {"cn=ALICE, ou=soins,dc=hop,dc=test", 1}, {"S-1-5-21-100-200-300-1103", 1},
		{`HOP\alice`, 1}, {`hop.test\alice`, 1}, {`OTHER\alice`, 0}, {"ws1", 1}, {"WS1$", 1}, {"nobody", 0}, {"", 0}, {"S-1-5-32-544", 1}, {"S-1-5-11", 1},
		{"S-1-1-0", 1}, {"Everyone", 1}, {"S-1-5-21-9-9-9-9", 0}, {`\`, 0}, {"CN=nobody,DC=hop,DC=test", 0},
		{"dc1.hop.test", 1}, {"Poste", 1}, {"enterprise ca", 0}, {"{31B2F340-016D-11D2-945F-00C04FB984F9}", 1}, {"Domain Controllers", 1},
		{"00000000-0000-0000-0000-000000000000", 0}, {"hop.test\\dc1.hop.test", 0},
	} {
		if got := n.Find(row.text); len(got) != row.want {
			t.Errorf("%q: %v", row.text, got)
		}
	}
	if _, ok := n.Path(n.Find("alice")[0]); ok {
		t.Error("a path to nothing")
	}
	if p, ok := n.Path(n.Find("alice")[0], n.Find("alice")...); !ok || len(p.Steps) != 0 {
		t.Errorf("%+v", p)
	}
}
