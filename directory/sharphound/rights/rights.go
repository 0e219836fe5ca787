// Package rights makes security descriptors of the lists of rights that collectors of BloodHound write: {"PrincipalSID": …,
// "RightName": …, "IsInherited": …}. What such a list leaves out, the descriptor does not know either: it says that it is partial.
package rights

import (
	"bytes"
	"hash/maphash"

	"hygie/directory/guid"
	"hygie/directory/internal/jsonscan"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Object types that rights name: schemaIDGUID of attributes (MS-ADA1 to MS-ADA3, MS-ADLS) and rightsGuid of property sets and
// extended rights (MS-ADTS 5.1.3.2.1, 3.1.1.2.3.3).
const (
	attrMember            = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	attrSPN               = "f3a64788-5306-11d1-a9c5-0000f80367c1"
	attrAllowedToAct      = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
	attrKeyCredential     = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
	attrGPLink            = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
	attrAltSecurityID     = "00fbf30c-91fe-11d1-aebc-0000f80367c1"
	attrEnrollmentFlag    = "d15ef7d8-f226-46db-ae79-b34e560bd12c"
	attrNameFlag          = "ea1dddc4-60ff-416e-8cc0-17cee534bce7"
	attrLAPSPassword      = "f3531ec6-6330-4f8e-8d39-7a671fbac605"
	setRestrictions       = "4c164200-20c0-11d0-a768-00aa006e0529"
	setPublicInformation  = "e48d0154-bcf8-11d1-8702-00c04fb96050"
	rightChangePassword   = "00299570-246d-11d0-a768-00aa006e0529" // User-Force-Change-Password
	rightGetChanges       = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
	rightGetChangesAll    = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
	rightGetChangesFilter = "89e95b76-444d-4c62-991a-0facbeda640c"
	rightEnroll           = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	rightAutoEnroll       = "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
)

// right is what a name of the collector stands for in an access control entry.
type right struct {
	mask secdesc.Mask
	kind string // text of the object type, "" for every one
}

// The names that stand for no entry of the descriptor.
type special uint8

const (
	plainRight special = iota
	ownsRight          // the owner
	gmsaRight          // an entry of msDS-GroupMSAMembership
	noRight            // a right that does not come from the directory: those of a certification authority on itself
	unknownRight
)

// rightOf gives the entry that a right was noted for, at its smallest: the collector names a right when the entry gives at least
// this. GenericWrite is noted for the right to write every attribute as well, and stands for that.
func rightOf(name []byte) (right, special) {
	switch string(name) {
	case "GenericAll":
		return right{mask: secdesc.FullControl}, plainRight
	case "GenericWrite":
		return right{mask: secdesc.WriteProperty}, plainRight
	case "WriteDacl":
		return right{mask: secdesc.WriteDACL}, plainRight
	case "WriteOwner", "WriteOwnerRaw":
		return right{mask: secdesc.WriteOwner}, plainRight
	case "AllExtendedRights":
		return right{mask: secdesc.ControlAccess}, plainRight
	case "ForceChangePassword":
		return right{secdesc.ControlAccess, rightChangePassword}, plainRight
	case "GetChanges":
		return right{secdesc.ControlAccess, rightGetChanges}, plainRight
	case "GetChangesAll":
		return right{secdesc.ControlAccess, rightGetChangesAll}, plainRight
	case "GetChangesInFilteredSet":
		return right{secdesc.ControlAccess, rightGetChangesFilter}, plainRight
	case "Enroll":
		return right{secdesc.ControlAccess, rightEnroll}, plainRight
	case "AutoEnroll":
		return right{secdesc.ControlAccess, rightAutoEnroll}, plainRight
	case "AddMember":
		return right{secdesc.WriteProperty, attrMember}, plainRight
	case "AddSelf":
		return right{secdesc.SelfWrite, attrMember}, plainRight
	case "WriteSPN":
		return right{secdesc.WriteProperty, attrSPN}, plainRight
	case "AddAllowedToAct":
		return right{secdesc.WriteProperty, attrAllowedToAct}, plainRight
	case "AddKeyCredentialLink":
		return right{secdesc.WriteProperty, attrKeyCredential}, plainRight
	case "WriteAccountRestrictions":
		return right{secdesc.WriteProperty, setRestrictions}, plainRight
	case "WritePublicInformation":
		return right{secdesc.WriteProperty, setPublicInformation}, plainRight
	case "WriteAltSecurityIdentities":
		return right{secdesc.WriteProperty, attrAltSecurityID}, plainRight
	case "WriteGPLink":
		return right{secdesc.WriteProperty, attrGPLink}, plainRight
	case "WritePKIEnrollmentFlag":
		return right{secdesc.WriteProperty, attrEnrollmentFlag}, plainRight
	case "WritePKINameFlag":
		return right{secdesc.WriteProperty, attrNameFlag}, plainRight
	case "ReadLAPSPassword", "SyncLAPSPassword":
		return right{secdesc.ReadProperty | secdesc.ControlAccess, attrLAPSPassword}, plainRight
	case "Owns", "OwnsRaw":
		return right{}, ownsRight
	case "ReadGMSAPassword":
		return right{}, gmsaRight
	case "ManageCA", "ManageCertificates", "SQLAdmin":
		return right{}, noRight
	}
	return right{}, unknownRight
}

// List is a list of rights, understood (docs/formats/directory-inputs.md, SharpHound).
type List struct {
	Raw        []byte   // as it stands in the file
	Descriptor []byte   // nil when the list is empty
	Readers    []byte   // msDS-GroupMSAMembership, nil without
	Strange    int      // entries without a usable identifier
	Unknown    []string // names of rights that are not known here

	protected bool
	entries   int
}

// Cache keeps the lists of rights met last: neighbours in a file have the same (docs/formats/directory-inputs.md, SharpHound).
type Cache struct {
	recent [16]*List
	turn   int
	all    map[uint64]*List // by hash of raw
	seed   maphash.Seed
	kept   int64 // bytes of raw in all
}

// maxKept bounds the memory of the lists kept to be recognised.
const maxKept = 64 << 20

// Known gives the list at the start of b when it is one of those met last, else nil.
func (c *Cache) Known(b []byte) *List {
	for i, r := range c.recent {
		if r != nil && bytes.HasPrefix(b, r.Raw) {
			c.recent[0], c.recent[i] = r, c.recent[0] // found sooner the next time
			return r
		}
	}
	return nil
}

// Get gives the list that stands as raw, parsed when it is new. same is what Known said of it.
func (c *Cache) Get(raw []byte, protected bool, same *List) (*List, error) {
	if same != nil && same.protected == protected {
		return same, nil
	}
	for _, r := range c.recent {
		if r != nil && r.protected == protected && bytes.Equal(r.Raw, raw) {
			return r, nil
		}
	}
	if c.all == nil {
		c.all, c.seed = make(map[uint64]*List), maphash.MakeSeed()
	}
	h := maphash.Bytes(c.seed, raw)
	if protected {
		h = ^h
	}
	r := c.all[h]
	if r == nil || r.protected != protected || !bytes.Equal(r.Raw, raw) {
		var err error
		if r, err = parseRights(raw, protected); err != nil {
			return nil, err
		}
		r.Raw, r.protected = bytes.Clone(raw), protected
		if c.kept < maxKept {
			c.kept += int64(len(raw))
			c.all[h] = r
		}
	}
	c.recent[c.turn] = r
	c.turn = (c.turn + 1) % len(c.recent)
	return r, nil
}

var errRights = reading.Cause("rights_shape")

// parseRights reads a list of {"PrincipalSID": …, "RightName": …, "IsInherited": …}.
func parseRights(raw []byte, protected bool) (*List, error) {
	s := jsonscan.New(raw)
	out := &List{}
	spec := secdesc.Spec{Partial: true}
	if protected {
		spec.Control = secdesc.DACLProtected
	}
	readers := secdesc.Spec{Owner: sid.Administrators}
	s.Take('[')
	for first := true; s.Next(&first, ']'); {
		if v := s.Scalar(); v.Kind != '{' {
			return nil, errRights
		}
		s.Pass(1)
		var who, name []byte
		inherited := false
		for first := true; s.Next(&first, '}'); {
			switch string(s.Key()) {
			case "PrincipalSID":
				who = s.Plain()
			case "RightName":
				name = s.Plain()
			case "IsInherited":
				inherited, _ = s.Flag()
			default:
				s.Skip()
			}
		}
		if s.Err != nil {
			return nil, s.Err
		}
		out.entries++
		trustee, ok := SIDOf(who)
		if !ok {
			out.Strange++
			continue
		}
		r, how := rightOf(name)
		switch how {
		case plainRight:
			spec.Entries = append(spec.Entries, entryOf(r, trustee, inherited))
		case ownsRight:
			spec.Owner = trustee
		case gmsaRight:
			readers.Entries = append(readers.Entries, secdesc.ACE{Mask: secdesc.FullControl, Trustee: trustee})
		case unknownRight:
			out.Unknown = append(out.Unknown, string(name))
		}
	}
	if s.Err != nil {
		return nil, s.Err
	}
	if out.entries == 0 {
		return out, nil
	}
	spec.DACL = secdesc.ListDACL
	var err error
	if out.Descriptor, err = secdesc.Build(spec); err != nil {
		return nil, err
	}
	if len(readers.Entries) > 0 {
		if out.Readers, err = secdesc.Build(readers); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func entryOf(r right, trustee sid.SID, inherited bool) secdesc.ACE {
	a := secdesc.ACE{Type: secdesc.AccessAllowed, Mask: r.mask, Trustee: trustee}
	if r.kind != "" {
		a.Type, a.ObjectType = secdesc.AccessAllowedObject, guid.MustParse(r.kind)
	}
	if inherited {
		a.Flags = secdesc.Inherited
	}
	return a
}

// Identifier gives the SID in an identifier: that of a reserved principal has the name of the domain before it, as in
// "HOPITAL.TEST-S-1-5-32-544" (MS-DTYP 2.4.2.1).
func Identifier(id []byte) []byte {
	if i := bytes.LastIndex(id, []byte("-S-1-")); i >= 0 {
		return id[i+1:]
	}
	return id
}

// SIDOf reads the SID in an identifier (MS-DTYP 2.4.2.1).
func SIDOf(id []byte) (sid.SID, bool) {
	s, err := sid.Parse(string(Identifier(id)))
	return s, err == nil
}
