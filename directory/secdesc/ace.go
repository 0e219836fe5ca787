package secdesc

import (
	"encoding/binary"
	"errors"
	"fmt"

	"hygie/directory/guid"
	"hygie/directory/sid"
)

// Type is the type of an entry (MS-DTYP 2.4.4.1).
type Type uint8

// Entry types that a DACL may hold (MS-DTYP 2.4.4.1).
const (
	AccessAllowed               Type = 0x00
	AccessDenied                Type = 0x01
	AccessAllowedCompound       Type = 0x04
	AccessAllowedObject         Type = 0x05
	AccessDeniedObject          Type = 0x06
	AccessAllowedCallback       Type = 0x09
	AccessDeniedCallback        Type = 0x0A
	AccessAllowedCallbackObject Type = 0x0B
	AccessDeniedCallbackObject  Type = 0x0C
)

// Kind tells what an entry does to access (MS-DTYP 2.4.4.1).
type Kind uint8

// Kinds of entry (MS-DTYP 2.4.4.1). Other covers audit, label and reserved types, which neither grant nor deny.
const (
	Other Kind = iota
	Allow
	Deny
)

// Flags are the inheritance flags of an entry (MS-DTYP 2.4.4.1).
type Flags uint8

// Inheritance flags (MS-DTYP 2.4.4.1).
const (
	ObjectInherit    Flags = 0x01
	ContainerInherit Flags = 0x02
	NoPropagate      Flags = 0x04
	InheritOnly      Flags = 0x08 // the entry does not apply to the object that carries it
	Inherited        Flags = 0x10
)

// Mask is a set of access rights (MS-DTYP 2.4.3).
type Mask uint32

// Rights of directory objects (MS-ADTS 5.1.3.2) and generic rights (MS-DTYP 2.4.3).
const (
	CreateChild   Mask = 0x00000001
	DeleteChild   Mask = 0x00000002
	ListChildren  Mask = 0x00000004
	SelfWrite     Mask = 0x00000008 // validated write
	ReadProperty  Mask = 0x00000010
	WriteProperty Mask = 0x00000020
	DeleteTree    Mask = 0x00000040
	ListObject    Mask = 0x00000080
	ControlAccess Mask = 0x00000100 // extended right
	Delete        Mask = 0x00010000
	ReadControl   Mask = 0x00020000
	WriteDACL     Mask = 0x00040000
	WriteOwner    Mask = 0x00080000
	Synchronize   Mask = 0x00100000
	SystemSACL    Mask = 0x01000000
	GenericAll    Mask = 0x10000000
	GenericExec   Mask = 0x20000000
	GenericWrite  Mask = 0x40000000
	GenericRead   Mask = 0x80000000

	// FullControl is every specific and standard right of a directory object, what GenericAll means for it.
	FullControl Mask = 0x000F01FF
)

// Map replaces generic rights by what they mean for a directory object (MS-ADTS 5.1.3.2).
func (m Mask) Map() Mask {
	out := m &^ (GenericAll | GenericExec | GenericWrite | GenericRead)
	if m&GenericAll != 0 {
		out |= FullControl
	}
	if m&GenericExec != 0 {
		out |= ReadControl | ListChildren
	}
	if m&GenericWrite != 0 {
		out |= ReadControl | SelfWrite | WriteProperty
	}
	if m&GenericRead != 0 {
		out |= ReadControl | ListChildren | ReadProperty | ListObject
	}
	return out
}

// ACE is one access control entry, decoded (MS-DTYP 2.4.4).
type ACE struct {
	Type  Type
	Flags Flags
	Mask  Mask // as stored; see Mask.Map for generic rights

	// ObjectType limits the entry to an attribute, a property set, an extended right, a validated write or a child class;
	// zero: no limit (MS-DTYP 2.4.4.3).
	ObjectType guid.GUID
	// InheritedObjectType limits which class of object inherits the entry; zero: every class.
	InheritedObjectType guid.GUID

	Trustee sid.SID
	// Condition is the application data of a callback entry ("artx" conditional expression, MS-DTYP 2.4.4.17); nil when
	// there is none. It refers to the descriptor's bytes.
	Condition []byte
}

// Kind tells whether the entry grants, denies, or does neither.
func (a ACE) Kind() Kind {
	switch a.Type {
	case AccessAllowed, AccessAllowedObject, AccessAllowedCallback, AccessAllowedCallbackObject:
		return Allow
	case AccessDenied, AccessDeniedObject, AccessDeniedCallback, AccessDeniedCallbackObject:
		return Deny
	}
	return Other
}

// Callback tells whether the entry applies only under a condition.
func (a ACE) Callback() bool {
	return a.Type >= AccessAllowedCallback && a.Type <= AccessDeniedCallbackObject
}

// Inherited tells whether the entry came from a parent.
func (a ACE) Inherited() bool { return a.Flags&Inherited != 0 }

// Effective tells whether the entry applies to the object that carries it: false for inherit-only entries.
func (a ACE) Effective() bool { return a.Flags&InheritOnly == 0 }

func (t Type) object() bool {
	switch t {
	case AccessAllowedObject, AccessDeniedObject, AccessAllowedCallbackObject, AccessDeniedCallbackObject,
		0x07, 0x08, 0x0F, 0x10: // the same for audit and alarm
		return true
	}
	return false
}

// plain lists the non-object types whose body is a mask and a SID.
func (t Type) plain() bool {
	switch t {
	case AccessAllowed, AccessDenied, AccessAllowedCallback, AccessDeniedCallback,
		0x02, 0x03, 0x0D, 0x0E, 0x11, 0x12, 0x13, 0x14: // audit, alarm, label, attribute, policy, trust label
		return true
	}
	return false
}

var (
	errShort  = errors.New("cut short")
	errSize   = errors.New("size smaller than its content")
	errTooBig = errors.New("size larger than the list")
)

// checkACE checks the entry at the start of b and gives its size. Types with an unknown layout only have their size
// checked: they neither grant nor deny.
func checkACE(b []byte) (int, error) {
	if len(b) < aceHeaderSize {
		return 0, errShort
	}
	size := int(binary.LittleEndian.Uint16(b[2:]))
	if size < aceHeaderSize {
		return 0, errSize
	}
	if size > len(b) {
		return 0, errTooBig
	}
	t, body := Type(b[0]), b[aceHeaderSize:size]
	at := 4 // after the mask
	switch {
	case t.object():
		if len(body) < 8 {
			return 0, errSize
		}
		flags := binary.LittleEndian.Uint32(body[4:])
		at = 8
		if flags&objectTypePresent != 0 {
			at += 16
		}
		if flags&inheritedObjectType != 0 {
			at += 16
		}
	case !t.plain():
		return size, nil
	}
	if len(body) < at {
		return 0, errSize
	}
	if _, _, err := sid.Decode(body[at:]); err != nil {
		return 0, fmt.Errorf("trustee: %w", err)
	}
	return size, nil
}

// decodeACE reads an entry that checkACE accepted, and gives its size.
func decodeACE(b []byte) (ACE, int) {
	size := int(binary.LittleEndian.Uint16(b[2:]))
	a := ACE{Type: Type(b[0]), Flags: Flags(b[1])}
	if !a.Type.object() && !a.Type.plain() {
		return a, size
	}
	body := b[aceHeaderSize:size]
	a.Mask = Mask(binary.LittleEndian.Uint32(body))
	at := 4
	if a.Type.object() {
		flags := binary.LittleEndian.Uint32(body[4:])
		at = 8
		if flags&objectTypePresent != 0 {
			a.ObjectType = guid.GUID(body[at : at+16])
			at += 16
		}
		if flags&inheritedObjectType != 0 {
			a.InheritedObjectType = guid.GUID(body[at : at+16])
			at += 16
		}
	}
	trustee, n, _ := sid.Decode(body[at:]) // checked by Parse
	a.Trustee = trustee
	if a.Callback() && at+n < len(body) {
		a.Condition = body[at+n:]
	}
	return a, size
}
