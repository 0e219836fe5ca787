package control

import (
	"strings"

	"hygie/directory/guid"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
)

// Family is a sort of object, for what rights over it are worth (MS-ADTS 5.1.3.3).
type Family uint8

// Families of objects (MS-ADSC).
const (
	Other          Family = iota // rights matter only when they let somebody rewrite the descriptor
	Account                      // user, inetOrgPerson
	Computer                     // computer
	ManagedAccount               // managed service accounts of the three kinds
	Group                        // group
	Unit                         // organizational unit, site
	DomainRoot                   // root of a domain
	Policy                       // groupPolicyContainer
	Template                     // pKICertificateTemplate
	Authority                    // pKIEnrollmentService
	TrustStore                   // certificationAuthority: NTAuthCertificates and the roots
	IssuancePolicy               // msPKI-Enterprise-Oid
	families
)

// FamilyOf gives the family of a class (MS-ADSC).
func FamilyOf(class string) Family {
	switch strings.ToLower(class) {
	case "user", "inetorgperson":
		return Account
	case "computer":
		return Computer
	case "msds-managedserviceaccount", "msds-groupmanagedserviceaccount", "msds-delegatedmanagedserviceaccount":
		return ManagedAccount
	case "group":
		return Group
	case "organizationalunit", "site":
		return Unit
	case "domaindns", "domain", "samdomain":
		return DomainRoot
	case "grouppolicycontainer":
		return Policy
	case "pkicertificatetemplate":
		return Template
	case "pkienrollmentservice":
		return Authority
	case "certificationauthority":
		return TrustStore
	case "mspki-enterprise-oid":
		return IssuancePolicy
	}
	return Other
}

// Power is what a right over an object gives (docs/decisions/013-control-graph.md).
type Power uint8

// Powers over an object (docs/decisions/013-control-graph.md).
const (
	Whole          Power = iota // the object itself: acting as the account or the group, rewriting the rest
	Links                       // choosing the policies that apply below a unit
	LegacyPassword              // the local administrator's password kept by the first LAPS, where there is one
	LocalPassword               // the same kept by Windows LAPS in clear text
	Replication                 // half of the right to replicate secrets
	Issue                       // asking for certificates
	Creation                    // creating delegated managed accounts below
	Naming                      // changing the name that certificates are matched by
	Revealing                   // choosing the secrets that a read-only controller keeps
	Succession                  // declaring a delegated managed account the successor of another account
	Shape                       // changing everything of a certificate template but its rights
	ShapeName                   // who chooses the name in the certificate
	ShapeUsage                  // what the certificate is good for
	ShapeApproval               // whether somebody must approve
	powers
)

// question is a right that is worth looking for on a family of objects.
type question struct {
	kind  Kind
	power Power
	mask  secdesc.Mask // what one entry must give, all of it
	vital secdesc.Mask // the part of it whose denial matters; zero: all
	types []guid.GUID
	class bool      // an entry for the class of the object covers it too
	also  []Request // what the trustee must be allowed besides
}

// Rules are the rights worth looking for, their object types resolved from a schema (MS-ADTS 5.1.3.2.1). They do not change once made.
type Rules struct {
	questions [families][]question // the strongest first
	schema    *schema.Schema
	classes   map[string]guid.GUID // by lower-case name
	// OwnersLimited is whether being the owner of a computer no longer lets one rewrite its rights: character 29 of
	// dSHeuristics is 1 (MS-ADTS 6.1.1.2.4.1.2, BlockOwnerImplicitRights).
	OwnersLimited bool
}

// NewRules resolves the rights with a schema, collected or published (MS-ADTS 5.1.3.2.1).
func NewRules(s *schema.Schema) *Rules {
	r := &Rules{schema: s, classes: make(map[string]guid.GUID)}
	for _, c := range s.Classes() {
		r.classes[strings.ToLower(c.Name)] = c.GUID
	}
	everywhere := []question{
		{kind: GenericAll, mask: secdesc.FullControl, vital: secdesc.WriteDACL, class: true}, // a denial of deletion takes nothing away
		{kind: WriteDacl, mask: secdesc.WriteDACL, class: true},
		{kind: WriteOwner, mask: secdesc.WriteOwner, class: true},
	}
	writeAll := question{kind: GenericWrite, mask: secdesc.WriteProperty, class: true}
	extendedAll := question{kind: AllExtendedRights, mask: secdesc.ControlAccess}
	reset := extended(ForceChangePassword, schema.ForceChangePassword)
	creation := r.creation()
	own := map[Family][]question{
		Account: join(one(writeAll, extendedAll, reset), r.name("userPrincipalName"),
			r.write(WriteKeyCredentialLink, "msDS-KeyCredentialLink"), r.write(WriteAccountControl, "userAccountControl"),
			r.write(WriteSPN, "servicePrincipalName"), r.write(WriteAltIdentity, "altSecurityIdentities"),
			r.write(WriteLogonScript, "scriptPath"), r.write(WriteAllowedToDelegate, "msDS-AllowedToDelegateTo")),
		Computer: join(one(writeAll, extendedAll, reset), r.name("dNSHostName"), r.writeFor(Revealing, WriteRevealList, "msDS-RevealOnDemandGroup"),
			r.write(WriteAllowedToAct, "msDS-AllowedToActOnBehalfOfOtherIdentity"), r.write(WriteKeyCredentialLink, "msDS-KeyCredentialLink"),
			r.write(WriteAccountControl, "userAccountControl"), r.write(WriteAltIdentity, "altSecurityIdentities"),
			r.write(WriteAllowedToDelegate, "msDS-AllowedToDelegateTo"),
			r.secret(LegacyPassword, "ms-Mcs-AdmPwd"), r.secret(LocalPassword, "msLAPS-Password")),
		ManagedAccount: join(one(writeAll, reset), r.succession(),
			r.write(WriteGMSAMembership, "msDS-GroupMSAMembership"), r.write(WriteAllowedToAct, "msDS-AllowedToActOnBehalfOfOtherIdentity"),
			r.write(WriteKeyCredentialLink, "msDS-KeyCredentialLink"), r.write(WriteAllowedToDelegate, "msDS-AllowedToDelegateTo")),
		Group: join(one(writeAll), r.write(AddMember, "member"),
			one(question{kind: AddSelf, mask: secdesc.SelfWrite, types: []guid.GUID{schema.SelfMembership}})),
		Unit: join(r.links(), creation),
		DomainRoot: join(r.links(), creation, one(
			question{kind: GetChangesAll, power: Replication, mask: secdesc.ControlAccess, types: []guid.GUID{schema.GetChangesAll}},
			question{kind: GetChanges, power: Replication, mask: secdesc.ControlAccess, types: []guid.GUID{schema.GetChanges}})),
		Other:  creation,
		Policy: join(one(writeAll), r.write(WriteGPCPath, "gPCFileSysPath")),
		Template: join(one(question{kind: GenericWrite, power: Shape, mask: secdesc.WriteProperty, class: true}),
			r.writeFor(ShapeName, WriteTemplate, "msPKI-Certificate-Name-Flag"), r.writeFor(ShapeApproval, WriteTemplate, "msPKI-Enrollment-Flag"),
			r.writeFor(ShapeUsage, WriteTemplate, "pKIExtendedKeyUsage"), r.writeFor(ShapeUsage, WriteTemplate, "msPKI-Certificate-Application-Policy"),
			enrolment()),
		Authority:      join(one(writeAll), r.write(ManageAuthority, "certificateTemplates"), enrolment()),
		TrustStore:     join(one(writeAll), r.write(WriteTrusted, "cACertificate")),
		IssuancePolicy: join(one(writeAll), r.write(WriteGroupLink, "msDS-OIDToGroupLink")),
	}
	for f := range families {
		r.questions[f] = join(everywhere, own[f])
	}
	return r
}

// Knows tells whether the schema has a class.
func (r *Rules) Knows(class string) bool {
	_, ok := r.classes[strings.ToLower(class)]
	return ok
}

func one(list ...question) []question { return list }

func join(lists ...[]question) []question {
	var out []question
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func extended(k Kind, right guid.GUID) question {
	return question{kind: k, mask: secdesc.ControlAccess, types: []guid.GUID{right}}
}

// property gives the object types that cover an attribute: itself and its property set (MS-ADTS 5.1.3.3.3); false when the
// schema does not have it.
func (r *Rules) property(name string) ([]guid.GUID, bool) {
	a, ok := r.schema.Attribute(name)
	if !ok {
		return nil, false
	}
	types := []guid.GUID{a.GUID}
	if !a.PropertySet.IsZero() {
		types = append(types, a.PropertySet)
	}
	return types, true
}

// write asks for the right to write an attribute; nothing when the schema does not have it.
func (r *Rules) write(k Kind, attribute string) []question {
	types, ok := r.property(attribute)
	if !ok {
		return nil
	}
	return one(question{kind: k, mask: secdesc.WriteProperty, types: types, class: true})
}

// writeFor asks for the right to write an attribute, for another power than the object itself.
func (r *Rules) writeFor(p Power, k Kind, attribute string) []question {
	out := r.write(k, attribute)
	for i := range out {
		out[i].power = p
	}
	return out
}

// name asks for the right to write the name that certificates are matched by. Writing all attributes is a right over the whole object,
// and listed as such.
func (r *Rules) name(attribute string) []question {
	return r.writeFor(Naming, WritePrincipalName, attribute)
}

// succession asks for the right to declare a managed account the successor of another: to write both the link and the state of the
// migration.
func (r *Rules) succession() []question {
	out := r.writeFor(Succession, WriteSuccessor, "msDS-ManagedAccountPrecededByLink")
	types, ok := r.property("msDS-DelegatedMSAState")
	if !ok {
		return nil
	}
	for i := range out {
		out[i].also = []Request{{Mask: secdesc.WriteProperty, Types: types}}
	}
	return out
}

// links asks for the right to link policies.
func (r *Rules) links() []question {
	out := one(question{kind: WriteGPLink, power: Links, mask: secdesc.WriteProperty, class: true})
	for _, q := range r.write(WriteGPLink, "gPLink") {
		q.power = Links
		out = append(out, q)
	}
	return out
}

// secret asks for the right to read a confidential attribute: to read it and to have control access to it (MS-ADTS
// 3.1.1.4.4).
func (r *Rules) secret(p Power, attribute string) []question {
	types, ok := r.property(attribute)
	if !ok {
		return nil
	}
	return one(question{
		kind: ReadLAPSPassword, power: p, mask: secdesc.ControlAccess, types: types,
		also: []Request{{Mask: secdesc.ReadProperty, Types: types}},
	})
}

// creation asks for the right to create delegated managed accounts, where the schema has them (Windows Server 2025).
func (r *Rules) creation() []question {
	class, ok := r.classes["msds-delegatedmanagedserviceaccount"]
	if !ok {
		return nil
	}
	return one(question{kind: CreateManagedAccount, power: Creation, mask: secdesc.CreateChild, types: []guid.GUID{class}})
}

func enrolment() []question {
	return one(question{kind: Enroll, power: Issue, mask: secdesc.ControlAccess, types: []guid.GUID{schema.Enroll}})
}
