package generate

import "hygie/directory/sid"

// Rights in SDDL, for the default descriptors of Active Directory (MS-ADTS 5.1.3; defaultSecurityDescriptor in MS-ADSC).
const (
	fullControl = "CCDCLCSWRPWPDTLOCRSDRCWDWO"
	readAll     = "RPLCLORC"
)

// GUIDs in text form that the descriptors name.
const (
	rightChangePassword = "ab721a53-1e2f-11d0-9819-00aa0040529b"
	rightResetPassword  = "00299570-246d-11d0-a768-00aa006e0529"
	rightSendTo         = "ab721a55-1e2f-11d0-9819-00aa0040529b"
	rightApplyPolicy    = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
	rightEnroll         = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	rightGetChanges     = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
	rightGetChangesAll  = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
	setGeneral          = "59ba2f42-79a2-11d0-9020-00c04fc2d3cf"
	setPublic           = "e48d0154-bcf8-11d1-8702-00c04fb96050"
	setPersonal         = "77b5b886-944a-11d1-aebd-0000f80367c1"
	attrUserCertificate = "bf967a7f-0de6-11d0-a285-00aa003049e2"
	attrTokenGroups     = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"
	attrMember          = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	classUser           = "bf967aba-0de6-11d0-a285-00aa003049e2"
	classComputer       = "bf967a86-0de6-11d0-a285-00aa003049e2"
	classGroup          = "bf967a9c-0de6-11d0-a285-00aa003049e2"
)

// fromAbove are the entries that every object of the domain partition inherits from its root.
const fromAbove = "(A;CIID;" + fullControl + ";;;EA)(A;CIID;LC;;;RU)(A;CIID;CCLCSWRPWPLOCRSDRCWDWO;;;BA)"

const adminsAndSystem = "(A;;" + fullControl + ";;;DA)(A;;" + fullControl + ";;;SY)"

// owned gives a descriptor with an owner (SDDL name or SID) and entries.
func owned(owner, flags, entries string) string {
	return "O:" + owner + "G:" + owner + "D:" + flags + entries
}

func containerDesc() string {
	return owned("DA", "AI", adminsAndSystem+"(A;;"+readAll+";;;AU)"+fromAbove)
}

// unitDesc is the descriptor of an organisational unit; extra holds its delegations, as explicit entries.
func unitDesc(extra string) string {
	return owned("DA", "AI", extra+"(A;;"+fullControl+";;;SY)(A;;"+fullControl+";;;DA)"+
		"(OA;;CCDC;"+classComputer+";;AO)(OA;;CCDC;"+classUser+";;AO)(OA;;CCDC;"+classGroup+";;AO)"+
		"(A;;"+readAll+";;;AU)(A;;"+readAll+";;;ED)"+fromAbove)
}

// userDesc is the descriptor of a person; inherited holds the delegations of the units above.
func userDesc(inherited string) string {
	return owned("DA", "AI", adminsAndSystem+"(A;;"+fullControl+";;;AO)(A;;RC;;;AU)(A;;"+readAll+";;;PS)"+
		"(OA;;RP;"+setGeneral+";;AU)(OA;;RP;"+setPublic+";;AU)(OA;;RP;"+setPersonal+";;AU)"+
		"(OA;;CR;"+rightChangePassword+";;WD)(OA;;CR;"+rightChangePassword+";;PS)"+
		"(OA;;RP;"+attrTokenGroups+";;S-1-5-32-560)(OA;;RPWP;"+attrUserCertificate+";;CA)"+inherited+fromAbove)
}

func groupDesc(extra string) string {
	return owned("DA", "AI", extra+adminsAndSystem+"(A;;"+fullControl+";;;AO)(A;;"+readAll+";;;AU)(A;;"+readAll+";;;PS)"+
		"(OA;;CR;"+rightSendTo+";;AU)"+fromAbove)
}

func computerDesc(owner, inherited string) string {
	return owned(owner, "AI", adminsAndSystem+"(A;;"+fullControl+";;;AO)(A;;"+readAll+";;;AU)(A;;CCDC;;;PS)"+
		"(OA;;CR;"+rightChangePassword+";;WD)(OA;;RP;"+attrTokenGroups+";;S-1-5-32-560)"+inherited+fromAbove)
}

// protectedEntries are those of AdminSDHolder, which protected accounts and groups carry too (MS-ADTS 3.1.1.6.1).
const protectedEntries = "(A;;" + readAll + ";;;AU)(A;;CCLCSWRPWPLOCRSDRCWDWO;;;BA)(A;;CCLCSWRPWPLOCRRCWDWO;;;DA)" +
	"(A;;CCLCSWRPWPLOCRRCWDWO;;;EA)(A;;" + fullControl + ";;;SY)(OA;;CR;" + rightChangePassword + ";;WD)" +
	"(OA;;CR;" + rightChangePassword + ";;PS)(OA;;RP;" + attrTokenGroups + ";;S-1-5-32-560)"

func protectedDesc() string { return owned("DA", "PAI", protectedEntries) }

func policyDesc(owner, extra string) string {
	return owned(owner, "PAI", extra+"(A;CI;"+readAll+";;;AU)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;EA)"+
		"(A;CIIO;"+fullControl+";;;CO)(A;CI;"+fullControl+";;;SY)(A;CI;"+readAll+";;;ED)(OA;CI;CR;"+rightApplyPolicy+";;AU)")
}

// configDesc is the descriptor of an object of the configuration; extra is what the object adds.
func configDesc(extra string) string {
	return owned("EA", "AI", extra+"(A;;"+fullControl+";;;EA)(A;;"+fullControl+";;;SY)(A;;"+readAll+";;;AU)"+
		"(A;CIID;"+fullControl+";;;EA)(A;CIID;CCLCSWRPWPLOCRSDRCWDWO;;;DA)")
}

func schemaDesc() string {
	return owned("SA", "AI", "(A;CIID;"+readAll+";;;AU)(A;CIID;CCLCSWRPWPLOCRRCWDWO;;;SA)(A;CIID;"+fullControl+";;;SY)")
}

// contextDesc is the descriptor of the root of a naming context: replication for controllers and administrators.
func contextDesc(owner, extra string) string {
	replicate := func(who string) string {
		return "(OA;;CR;" + rightGetChanges + ";;" + who + ")"
	}
	return owned(owner, "AI", extra+replicate("ED")+replicate("BA")+
		"(OA;;CR;"+rightGetChangesAll+";;BA)(OA;;CR;"+rightGetChangesAll+";;DD)"+
		"(A;CI;"+fullControl+";;;EA)(A;;CCLCSWRPWPLOCRRCWDWO;;;DA)(A;CI;CCLCSWRPWPLOCRSDRCWDWO;;;BA)"+
		"(A;;"+readAll+";;;AU)(A;;RPRC;;;RU)(A;;"+readAll+";;;ED)(A;;"+fullControl+";;;SY)(A;CI;LC;;;RU)")
}

// secretDesc is for keys that nobody but the system reads.
func secretDesc() string { return owned("DA", "P", "(A;;"+fullControl+";;;SY)(A;;RC;;;DA)") }

// resetPassword lets a group set the password of the people below a unit, and unlock them.
func resetPassword(flags string, who sid.SID) string {
	return "(OA;" + flags + ";CR;" + rightResetPassword + ";" + classUser + ";" + who.String() + ")"
}
