package schema

import "hygie/directory/guid"

// GUIDs that rules name (MS-ADTS 5.1.3.2.1). Their values are those of the published tables, which a test compares.
var (
	GetChanges          = guid.MustParse("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2") // DS-Replication-Get-Changes
	GetChangesAll       = guid.MustParse("1131f6ad-9c07-11d1-f79f-00c04fc2dcd2") // DS-Replication-Get-Changes-All
	GetChangesFiltered  = guid.MustParse("89e95b76-444d-4c62-991a-0facbeda640c") // DS-Replication-Get-Changes-In-Filtered-Set
	ForceChangePassword = guid.MustParse("00299570-246d-11d0-a768-00aa006e0529") // User-Force-Change-Password
	ChangePassword      = guid.MustParse("ab721a53-1e2f-11d0-9819-00aa0040529b") // User-Change-Password
	Enroll              = guid.MustParse("0e10c968-78fb-11d2-90d4-00c04f79dc55") // Certificate-Enrollment
	AutoEnroll          = guid.MustParse("a05b8cc2-17bc-4802-a710-e7c15ab866a2") // Certificate-AutoEnrollment
	SelfMembership      = guid.MustParse("bf9679c0-0de6-11d0-a285-00aa003049e2") // Self-Membership, also the attribute member
	ValidatedSPN        = guid.MustParse("f3a64788-5306-11d1-a9c5-0000f80367c1") // Validated-SPN, also servicePrincipalName
	ApplyGroupPolicy    = guid.MustParse("edacfd8f-ffb3-11d1-b41d-00a0c968f939") // Apply-Group-Policy
	ReanimateTombstones = guid.MustParse("45ec5156-db7e-47bb-b53f-dbeb2d03c40f") // Reanimate-Tombstones
	SendTo              = guid.MustParse("ab721a55-1e2f-11d0-9819-00aa0040529b") // Send-To

	SetMembership          = guid.MustParse("bc0ac240-79a9-11d0-9020-00c04fc2d4cf") // Membership
	SetAccountRestrictions = guid.MustParse("4c164200-20c0-11d0-a768-00aa006e0529") // User-Account-Restrictions
	SetPublicInformation   = guid.MustParse("e48d0154-bcf8-11d1-8702-00c04fb96050") // Public-Information

	AttrMember      = guid.MustParse("bf9679c0-0de6-11d0-a285-00aa003049e2") // member
	AttrSPN         = guid.MustParse("f3a64788-5306-11d1-a9c5-0000f80367c1") // servicePrincipalName
	AttrAltIdentity = guid.MustParse("00fbf30c-91fe-11d1-aebc-0000f80367c1") // altSecurityIdentities
	AttrKeyLink     = guid.MustParse("5b47d60f-6090-40b2-9f37-2a4de88f3063") // msDS-KeyCredentialLink
	AttrActOnBehalf = guid.MustParse("3f78c3e5-f79a-46bd-a0b8-9d18116ddc79") // msDS-AllowedToActOnBehalfOfOtherIdentity
	AttrGPLink      = guid.MustParse("f30e3bbe-9ff0-11d1-b603-0000f80367c1") // gPLink
	AttrGPCPath     = guid.MustParse("f30e3bc1-9ff0-11d1-b603-0000f80367c1") // gPCFileSysPath

	ClassUser     = guid.MustParse("bf967aba-0de6-11d0-a285-00aa003049e2") // user
	ClassComputer = guid.MustParse("bf967a86-0de6-11d0-a285-00aa003049e2") // computer
	ClassGroup    = guid.MustParse("bf967a9c-0de6-11d0-a285-00aa003049e2") // group
	ClassOU       = guid.MustParse("bf967aa5-0de6-11d0-a285-00aa003049e2") // organizationalUnit
	ClassDomain   = guid.MustParse("19195a5b-6da0-11d0-afd3-00c04fd930c9") // domainDNS
	ClassTemplate = guid.MustParse("e5209ca2-3bba-11d2-90cc-00c04fd91ab1") // pKICertificateTemplate
)
