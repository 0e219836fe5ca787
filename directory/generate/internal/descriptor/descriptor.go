// Package descriptor holds the security descriptors that the objects of a domain are given, in SDDL, after the defaults of Active Directory.
package descriptor

import "hygie/directory/sid"

// Rights in SDDL, for the default descriptors of Active Directory (MS-ADTS 5.1.3; defaultSecurityDescriptor in MS-ADSC).
const (
	FullControl = "CCDCLCSWRPWPDTLOCRSDRCWDWO"
	ReadAll     = "RPLCLORC"
)

// GUIDs in text form that the descriptors name (MS-ADTS 5.1.3.2.1).
const (
	rightChangePassword = "ab721a53-1e2f-11d0-9819-00aa0040529b"
	RightResetPassword  = "00299570-246d-11d0-a768-00aa006e0529"
	rightSendTo         = "ab721a55-1e2f-11d0-9819-00aa0040529b"
	rightApplyPolicy    = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
	RightEnroll         = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	RightGetChanges     = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
	RightGetChangesAll  = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
	setGeneral          = "59ba2f42-79a2-11d0-9020-00c04fc2d3cf"
	setPublic           = "e48d0154-bcf8-11d1-8702-00c04fb96050"
	setPersonal         = "77b5b886-944a-11d1-aebd-0000f80367c1"
	attrUserCertificate = "bf967a7f-0de6-11d0-a285-00aa003049e2"
	attrTokenGroups     = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"
	AttrMember          = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	classUser           = "bf967aba-0de6-11d0-a285-00aa003049e2"
	classComputer       = "bf967a86-0de6-11d0-a285-00aa003049e2"
	classGroup          = "bf967a9c-0de6-11d0-a285-00aa003049e2"
)

// FromAbove are the entries that every object of the domain partition inherits from its root (MS-ADTS 6.1.3).
const FromAbove = "(A;CIID;" + FullControl + ";;;EA)(A;CIID;LC;;;RU)(A;CIID;CCLCSWRPWPLOCRSDRCWDWO;;;BA)"

// AdminsAndSystem are the entries of those who administer every object (MS-DTYP 2.4.4).
const AdminsAndSystem = "(A;;" + FullControl + ";;;DA)(A;;" + FullControl + ";;;SY)"

// Owned gives a descriptor with an owner (SDDL name or SID) and entries (MS-DTYP 2.5.1).
func Owned(owner, flags, entries string) string {
	return "O:" + owner + "G:" + owner + "D:" + flags + entries
}

// Container is the descriptor of a container (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Container() string {
	return Owned("DA", "AI", AdminsAndSystem+"(A;;"+ReadAll+";;;AU)"+FromAbove)
}

// Unit is the descriptor of an organisational unit; extra holds its delegations, as explicit entries (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Unit(extra string) string {
	return Owned("DA", "AI", extra+"(A;;"+FullControl+";;;SY)(A;;"+FullControl+";;;DA)"+
		"(OA;;CCDC;"+classComputer+";;AO)(OA;;CCDC;"+classUser+";;AO)(OA;;CCDC;"+classGroup+";;AO)"+
		"(A;;"+ReadAll+";;;AU)(A;;"+ReadAll+";;;ED)"+FromAbove)
}

// User is the descriptor of a person; inherited holds the delegations of the units above (MS-ADTS 6.1.3, nTSecurityDescriptor).
func User(inherited string) string {
	return Owned("DA", "AI", AdminsAndSystem+"(A;;"+FullControl+";;;AO)(A;;RC;;;AU)(A;;"+ReadAll+";;;PS)"+
		"(OA;;RP;"+setGeneral+";;AU)(OA;;RP;"+setPublic+";;AU)(OA;;RP;"+setPersonal+";;AU)"+
		"(OA;;CR;"+rightChangePassword+";;WD)(OA;;CR;"+rightChangePassword+";;PS)"+
		"(OA;;RP;"+attrTokenGroups+";;S-1-5-32-560)(OA;;RPWP;"+attrUserCertificate+";;CA)"+inherited+FromAbove)
}

// Group is the descriptor of a group (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Group(extra string) string {
	return Owned("DA", "AI", extra+AdminsAndSystem+"(A;;"+FullControl+";;;AO)(A;;"+ReadAll+";;;AU)(A;;"+ReadAll+";;;PS)"+
		"(OA;;CR;"+rightSendTo+";;AU)"+FromAbove)
}

// Computer is the descriptor of a computer (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Computer(owner, inherited string) string {
	return Owned(owner, "AI", AdminsAndSystem+"(A;;"+FullControl+";;;AO)(A;;"+ReadAll+";;;AU)(A;;CCDC;;;PS)"+
		"(OA;;CR;"+rightChangePassword+";;WD)(OA;;RP;"+attrTokenGroups+";;S-1-5-32-560)"+inherited+FromAbove)
}

// ProtectedEntries are those of AdminSDHolder, which protected accounts and groups carry too (MS-ADTS 3.1.1.6.1).
const ProtectedEntries = "(A;;" + ReadAll + ";;;AU)(A;;CCLCSWRPWPLOCRSDRCWDWO;;;BA)(A;;CCLCSWRPWPLOCRRCWDWO;;;DA)" +
	"(A;;CCLCSWRPWPLOCRRCWDWO;;;EA)(A;;" + FullControl + ";;;SY)(OA;;CR;" + rightChangePassword + ";;WD)" +
	"(OA;;CR;" + rightChangePassword + ";;PS)(OA;;RP;" + attrTokenGroups + ";;S-1-5-32-560)"

// Protected is the descriptor of the accounts and groups that AdminSDHolder protects (MS-ADTS 3.1.1.6.1.2).
func Protected() string { return Owned("DA", "PAI", ProtectedEntries) }

// Policy is the descriptor of a group policy (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Policy(owner, extra string) string {
	return Owned(owner, "PAI", extra+"(A;CI;"+ReadAll+";;;AU)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;EA)"+
		"(A;CIIO;"+FullControl+";;;CO)(A;CI;"+FullControl+";;;SY)(A;CI;"+ReadAll+";;;ED)(OA;CI;CR;"+rightApplyPolicy+";;AU)")
}

// Configuration is the descriptor of an object of the configuration; extra is what the object adds (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Configuration(extra string) string {
	return Owned("EA", "AI", extra+"(A;;"+FullControl+";;;EA)(A;;"+FullControl+";;;SY)(A;;"+ReadAll+";;;AU)"+
		"(A;CIID;"+FullControl+";;;EA)(A;CIID;CCLCSWRPWPLOCRSDRCWDWO;;;DA)")
}

// Schema is the descriptor of the objects of the schema (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Schema() string {
	return Owned("SA", "AI", "(A;CIID;"+ReadAll+";;;AU)(A;CIID;CCLCSWRPWPLOCRRCWDWO;;;SA)(A;CIID;"+FullControl+";;;SY)")
}

// Context is the descriptor of the root of a naming context: replication for controllers and administrators (MS-ADTS 5.1.3.2.1).
func Context(owner, extra string) string {
	replicate := func(who string) string {
		return "(OA;;CR;" + RightGetChanges + ";;" + who + ")"
	}
	return Owned(owner, "AI", extra+replicate("ED")+replicate("BA")+
		"(OA;;CR;"+RightGetChangesAll+";;BA)(OA;;CR;"+RightGetChangesAll+";;DD)"+
		"(A;CI;"+FullControl+";;;EA)(A;;CCLCSWRPWPLOCRRCWDWO;;;DA)(A;CI;CCLCSWRPWPLOCRSDRCWDWO;;;BA)"+
		"(A;;"+ReadAll+";;;AU)(A;;RPRC;;;RU)(A;;"+ReadAll+";;;ED)(A;;"+FullControl+";;;SY)(A;CI;LC;;;RU)")
}

// Secret is for keys that nobody but the system reads (MS-ADTS 6.1.3, nTSecurityDescriptor).
func Secret() string { return Owned("DA", "P", "(A;;"+FullControl+";;;SY)(A;;RC;;;DA)") }

// ResetPassword lets a group set the password of the people below a unit, and unlock them (MS-ADTS 5.1.3.2.1).
func ResetPassword(flags string, who sid.SID) string {
	return "(OA;" + flags + ";CR;" + RightResetPassword + ";" + classUser + ";" + who.String() + ")"
}
