package sharphound

import (
	"encoding/json"

	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// notedRight is an element of the list of rights of an object.
type notedRight struct {
	PrincipalSID, PrincipalType, RightName string
	IsInherited                            bool
	InheritanceHash                        string
}

// aces gives the rights that SharpHound notes of an object, as JSON. Objects with one descriptor share it.
func (e *export) aces(id model.ID, kind, domain string) json.RawMessage {
	n, ok := e.dir.DescriptorID(id)
	if !ok {
		return json.RawMessage("[]")
	}
	managed, hasReaders := e.dir.Value(id, "msDS-GroupMSAMembership")
	key := rightsKey{descriptor: n, kind: kind, domain: domain, laps: e.dir.Has(id, "ms-Mcs-AdmPwdExpirationTime"), readers: string(managed)}
	if known, ok := e.rights[key]; ok {
		return known
	}
	own := e.dir.DescriptorAt(n)
	list := []notedRight{}
	add := func(who sid.SID, name string, inherited bool) {
		p := e.principal(who, domain)
		list = append(list, notedRight{PrincipalSID: p.ObjectIdentifier, PrincipalType: p.ObjectType, RightName: name, IsInherited: inherited})
	}
	if !filtered(own.Owner()) {
		add(own.Owner(), "Owns", false)
	}
	for a := range own.Entries() {
		if a.Kind() == secdesc.Allow && a.Effective() && !filtered(a.Trustee) {
			for _, name := range rightNames(a, kind, key.laps) {
				add(a.Trustee, name, a.Inherited())
			}
		}
	}
	if readers, err := secdesc.Parse(managed); hasReaders && err == nil {
		for a := range readers.Entries() {
			if a.Kind() == secdesc.Allow && !filtered(a.Trustee) {
				add(a.Trustee, "ReadGMSAPassword", false)
			}
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		text = []byte("[]")
	}
	e.rights[key] = text
	return text
}

// filtered tells whether SharpHound takes no note of a principal.
func filtered(s sid.SID) bool {
	return s.IsZero() || s == sid.LocalSystem || s == sid.Self || s == sid.CreatorOwner || s == sid.CreatorGroup
}

// Object types that rightNames looks for beside those of descriptor.go.
const (
	attrSPN            = "f3a64788-5306-11d1-a9c5-0000f80367c1"
	attrAllowedToAct   = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
	attrKeyCredential  = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
	attrGPLink         = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
	attrEnrollmentFlag = "d15ef7d8-f226-46db-ae79-b34e560bd12c"
	attrNameFlag       = "ea1dddc4-60ff-416e-8cc0-17cee534bce7"
	setRestrictions    = "4c164200-20c0-11d0-a768-00aa006e0529"
	rightGetFiltered   = "89e95b76-444d-4c62-991a-0facbeda640c"
)

// rightNames gives the names under which SharpHound notes an entry on a kind of object.
func rightNames(a secdesc.ACE, kind string, laps bool) []string {
	mask := a.Mask.Map()
	of := func(text string) bool { return a.ObjectType == guid.MustParse(text) }
	everything := a.ObjectType.IsZero()
	if mask&secdesc.FullControl == secdesc.FullControl {
		if everything {
			return []string{"GenericAll"}
		}
		return nil
	}
	var out []string
	add := func(when bool, name string) {
		if when {
			out = append(out, name)
		}
	}
	add(mask&secdesc.WriteDACL != 0, "WriteDacl")
	add(mask&secdesc.WriteOwner != 0, "WriteOwner")
	writes := mask&secdesc.WriteProperty != 0
	add(mask&secdesc.SelfWrite != 0 && !writes && kind == "Group" && of(descriptor.AttrMember), "AddSelf")
	if mask&secdesc.ControlAccess != 0 {
		switch kind {
		case "Domain":
			add(of(descriptor.RightGetChanges), "GetChanges")
			add(of(descriptor.RightGetChangesAll), "GetChangesAll")
			add(of(rightGetFiltered), "GetChangesInFilteredSet")
			add(everything, "AllExtendedRights")
		case "User":
			add(of(descriptor.RightResetPassword), "ForceChangePassword")
			add(everything, "AllExtendedRights")
		case "Computer":
			add(everything && laps, "AllExtendedRights")
		case "CertTemplate":
			add(of(descriptor.RightEnroll), "Enroll")
			add(everything, "AllExtendedRights")
		case "EnterpriseCA":
			add(of(descriptor.RightEnroll), "Enroll")
		}
	}
	if !writes {
		return out
	}
	add(everything && kind != "Container", "GenericWrite")
	switch kind {
	case "User":
		add(of(attrSPN), "WriteSPN")
		add(of(attrKeyCredential), "AddKeyCredentialLink")
	case "Computer":
		add(of(attrAllowedToAct), "AddAllowedToAct")
		add(of(setRestrictions), "WriteAccountRestrictions")
		add(of(attrKeyCredential), "AddKeyCredentialLink")
	case "Group":
		add(of(descriptor.AttrMember), "AddMember")
	case "OU", "Domain":
		add(of(attrGPLink), "WriteGPLink")
	case "CertTemplate":
		add(of(attrEnrollmentFlag), "WritePKIEnrollmentFlag")
		add(of(attrNameFlag), "WritePKINameFlag")
	}
	return out
}
