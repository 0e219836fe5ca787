// Package secdesc decodes, explains and builds self-relative security descriptors (MS-DTYP 2.4.6).
//
// [Parse] checks the whole descriptor once, every entry included; reading the result afterwards cannot fail and does not
// allocate:
//
//	d, err := secdesc.Parse(value)
//	for a := range d.Entries() {
//		if a.Kind() == secdesc.Allow && a.Mask&secdesc.WriteDACL != 0 { … }
//	}
//
// An absent or null DACL gives everyone full control; an empty one gives nobody anything. The two are told apart by
// [Descriptor.DACL]. Audit entries (SACL) need administrator rights to be read and play no role in access: they are
// checked for bounds when present, then ignored.
package secdesc

import (
	"encoding/binary"
	"fmt"
	"iter"

	"hygie/directory/sid"
)

// Control is the control field of a descriptor (MS-DTYP 2.4.6).
type Control uint16

// Control bits (MS-DTYP 2.4.6).
const (
	OwnerDefaulted      Control = 0x0001
	GroupDefaulted      Control = 0x0002
	DACLPresent         Control = 0x0004
	DACLDefaulted       Control = 0x0008
	SACLPresent         Control = 0x0010
	SACLDefaulted       Control = 0x0020
	DACLAutoInheritReq  Control = 0x0100
	SACLAutoInheritReq  Control = 0x0200
	DACLAutoInherited   Control = 0x0400
	SACLAutoInherited   Control = 0x0800
	DACLProtected       Control = 0x1000
	SACLProtected       Control = 0x2000
	RMControlValid      Control = 0x4000
	SelfRelative        Control = 0x8000
	headerSize                  = 20
	aclHeaderSize               = 8
	aceHeaderSize               = 4
	objectTypePresent           = 0x1
	inheritedObjectType         = 0x2
)

// Presence tells what kind of DACL a descriptor has (MS-DTYP 2.4.6).
type Presence uint8

// The three cases of MS-DTYP 2.5.3.2: without a list access is not checked at all, an empty list refuses all access.
const (
	NoDACL   Presence = iota // SE_DACL_PRESENT unset: everyone has full control
	NullDACL                 // present but null: everyone has full control
	ListDACL                 // a list, possibly empty
)

// Descriptor is a checked self-relative security descriptor (MS-DTYP 2.4.6). The zero value has no owner, no group and no DACL.
type Descriptor struct {
	raw      []byte
	dacl     []byte // entries only, without the ACL header
	owner    sid.SID
	group    sid.SID
	control  Control
	presence Presence
	count    uint16 // entries in dacl
}

// Parse decodes b and keeps a reference to it: b must not change afterwards (MS-DTYP 2.4.6). Any offset, length or count that points
// outside b is an error that names the part and its offset.
func Parse(b []byte) (Descriptor, error) {
	if len(b) < headerSize {
		return Descriptor{}, fmt.Errorf("read security descriptor: %d bytes, header needs %d", len(b), headerSize)
	}
	if b[0] != 1 {
		return Descriptor{}, fmt.Errorf("read security descriptor: revision %d, want 1", b[0])
	}
	d := Descriptor{raw: b, control: Control(binary.LittleEndian.Uint16(b[2:]))}
	if d.control&SelfRelative == 0 {
		return Descriptor{}, fmt.Errorf("read security descriptor: not self-relative (control %#04x)", uint16(d.control))
	}
	var err error
	if d.owner, err = sidAt(b, 4, "owner"); err != nil {
		return Descriptor{}, err
	}
	if d.group, err = sidAt(b, 8, "group"); err != nil {
		return Descriptor{}, err
	}
	if at := binary.LittleEndian.Uint32(b[12:]); d.control&SACLPresent != 0 && at != 0 {
		if _, _, err = aclAt(b, at, "SACL"); err != nil {
			return Descriptor{}, err
		}
	}
	at := binary.LittleEndian.Uint32(b[16:])
	switch {
	case d.control&DACLPresent == 0:
		d.presence = NoDACL
	case at == 0:
		d.presence = NullDACL
	default:
		d.presence = ListDACL
		if d.dacl, d.count, err = aclAt(b, at, "DACL"); err != nil {
			return Descriptor{}, err
		}
	}
	return d, nil
}

func sidAt(b []byte, field int, what string) (sid.SID, error) {
	at := binary.LittleEndian.Uint32(b[field:])
	if at == 0 {
		return sid.SID{}, nil
	}
	if at < headerSize || uint64(at) >= uint64(len(b)) {
		return sid.SID{}, fmt.Errorf("read security descriptor: %s offset %d outside %d bytes", what, at, len(b))
	}
	s, _, err := sid.Decode(b[at:])
	if err != nil {
		return sid.SID{}, fmt.Errorf("read security descriptor: %s at offset %d: %w", what, at, err)
	}
	return s, nil
}

// aclAt checks the list at offset at and all its entries, and gives the bytes of the entries and their count.
func aclAt(b []byte, at uint32, what string) ([]byte, uint16, error) {
	if at < headerSize || uint64(at)+aclHeaderSize > uint64(len(b)) {
		return nil, 0, fmt.Errorf("read security descriptor: %s offset %d outside %d bytes", what, at, len(b))
	}
	acl := b[at:]
	if acl[0] != 2 && acl[0] != 4 { // ACL_REVISION, ACL_REVISION_DS
		return nil, 0, fmt.Errorf("read security descriptor: %s at offset %d: revision %d, want 2 or 4", what, at, acl[0])
	}
	size, count := binary.LittleEndian.Uint16(acl[2:]), binary.LittleEndian.Uint16(acl[4:])
	if size < aclHeaderSize || int(size) > len(acl) {
		return nil, 0, fmt.Errorf("read security descriptor: %s at offset %d: size %d, %d bytes left", what, at, size, len(acl))
	}
	entries := acl[aclHeaderSize:size]
	rest := entries
	for i := range int(count) {
		n, err := checkACE(rest)
		if err != nil {
			return nil, 0, fmt.Errorf("read security descriptor: %s entry %d at offset %d: %w", what, i, int(at)+int(size)-len(rest), err)
		}
		rest = rest[n:]
	}
	return entries[:len(entries)-len(rest)], count, nil
}

// Control gives the control bits.
func (d *Descriptor) Control() Control { return d.control }

// Protected tells whether the DACL refuses inherited entries (SE_DACL_PROTECTED).
func (d *Descriptor) Protected() bool { return d.control&DACLProtected != 0 }

// Partial tells whether the descriptor was rebuilt from a list of rights that a tool found worth noting: what it grants is
// granted unless a denial that was not noted takes it away, and what it does not grant may be granted all the same. Such
// descriptors are built with [Spec.Partial]; a directory never gives them.
func (d *Descriptor) Partial() bool {
	return d.control&RMControlValid != 0 && len(d.raw) > 1 && d.raw[1] == partialMark
}

// Owner gives the owner; the zero SID when the descriptor has none.
func (d *Descriptor) Owner() sid.SID { return d.owner }

// Group gives the primary group; the zero SID when the descriptor has none.
func (d *Descriptor) Group() sid.SID { return d.group }

// DACL tells whether there is a list at all.
func (d *Descriptor) DACL() Presence { return d.presence }

// Len gives the number of entries of the DACL.
func (d *Descriptor) Len() int { return int(d.count) }

// Bytes gives the binary form that was parsed. It must not be changed.
func (d *Descriptor) Bytes() []byte { return d.raw }

// Entries gives the entries of the DACL in their order, which decides between grant and denial (MS-DTYP 2.5.3.2).
func (d *Descriptor) Entries() iter.Seq[ACE] {
	return func(yield func(ACE) bool) {
		rest := d.dacl
		for range d.count {
			a, n := decodeACE(rest)
			if !yield(a) {
				return
			}
			rest = rest[n:]
		}
	}
}
