package secdesc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"hygie/directory/reading"
	"hygie/directory/sid"
)

// Spec describes a descriptor to build, for generated directories and tests (MS-DTYP 2.4.6).
type Spec struct {
	Owner, Group sid.SID  // zero: absent
	Control      Control  // SelfRelative and DACLPresent are set as needed
	DACL         Presence // ListDACL when there are entries
	Entries      []ACE
	Partial      bool // the entries are some of those of the real descriptor; see Descriptor.Partial
}

// partialMark stands in the byte that a resource manager may use (MS-DTYP 2.4.6, Sbz1), which Active Directory leaves at zero.
const partialMark = 0x50

// Build writes the self-relative form, owner and group after the header, then the DACL (MS-DTYP 2.4.6).
func Build(s Spec) ([]byte, error) {
	if len(s.Entries) > 0 {
		s.DACL = ListDACL
	}
	control := s.Control&^(DACLPresent|SACLPresent) | SelfRelative
	if s.DACL != NoDACL {
		control |= DACLPresent
	}
	out := make([]byte, headerSize, headerSize+64+40*len(s.Entries))
	out[0] = 1
	if s.Partial {
		out[1] = partialMark
		control |= RMControlValid
	}
	binary.LittleEndian.PutUint16(out[2:], uint16(control))
	for i, id := range []sid.SID{s.Owner, s.Group} {
		if !id.IsZero() {
			binary.LittleEndian.PutUint32(out[4+4*i:], uint32(len(out)))
			out, _ = id.AppendBinary(out)
		}
	}
	if s.DACL != ListDACL {
		return out, nil
	}
	at := len(out)
	binary.LittleEndian.PutUint32(out[16:], uint32(at))
	out = append(out, 2, 0, 0, 0, 0, 0, 0, 0)
	if len(s.Entries) > math.MaxUint16 {
		return nil, reading.Cause("descriptor_many", "count", len(s.Entries))
	}
	for i, a := range s.Entries {
		var err error
		if out, err = appendACE(out, a); err != nil {
			return nil, fmt.Errorf("build security descriptor: entry %d: %w", i, err)
		}
		if a.Type.object() {
			out[at] = 4 // ACL_REVISION_DS
		}
	}
	if len(out)-at > math.MaxUint16 {
		return nil, reading.Cause("descriptor_long", "size", len(out)-at)
	}
	binary.LittleEndian.PutUint16(out[at+2:], uint16(len(out)-at))
	binary.LittleEndian.PutUint16(out[at+4:], uint16(len(s.Entries)))
	return out, nil
}

// MustBuild is Build for tables of the source code and tests; it panics on an error (MS-DTYP 2.4.6).
func MustBuild(s Spec) []byte {
	b, err := Build(s)
	if err != nil {
		panic(err)
	}
	return b
}

func appendACE(out []byte, a ACE) ([]byte, error) {
	limited := !a.ObjectType.IsZero() || !a.InheritedObjectType.IsZero()
	switch {
	case a.Kind() == Other:
		return nil, fmt.Errorf("type %#02x neither grants nor denies", uint8(a.Type))
	case a.Trustee.IsZero():
		return nil, errors.New("no trustee")
	case limited && !a.Type.object():
		return nil, fmt.Errorf("type %#02x has no place for a GUID", uint8(a.Type))
	case len(a.Condition) > 0 && !a.Callback():
		return nil, fmt.Errorf("type %#02x has no place for a condition", uint8(a.Type))
	}
	at := len(out)
	out = append(out, byte(a.Type), byte(a.Flags), 0, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(a.Mask))
	if a.Type.object() {
		var flags uint32
		if !a.ObjectType.IsZero() {
			flags |= objectTypePresent
		}
		if !a.InheritedObjectType.IsZero() {
			flags |= inheritedObjectType
		}
		out = binary.LittleEndian.AppendUint32(out, flags)
		if flags&objectTypePresent != 0 {
			out = append(out, a.ObjectType[:]...)
		}
		if flags&inheritedObjectType != 0 {
			out = append(out, a.InheritedObjectType[:]...)
		}
	}
	out, _ = a.Trustee.AppendBinary(out)
	out = append(out, a.Condition...)
	for len(out)%4 != at%4 { // entries are a multiple of four bytes long (MS-DTYP 2.4.4.1)
		out = append(out, 0)
	}
	if len(out)-at > math.MaxUint16 {
		return nil, fmt.Errorf("%d bytes, at most 65,535", len(out)-at)
	}
	binary.LittleEndian.PutUint16(out[at+2:], uint16(len(out)-at))
	return out, nil
}
