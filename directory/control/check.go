package control

import (
	"slices"

	"hygie/directory/guid"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Request is what somebody wants to do with an object (MS-ADTS 5.1.3.3).
type Request struct {
	Mask secdesc.Mask // rights of directory objects, no generic ones; all of them are wanted
	// Types are the object types that an entry may name to cover the request, besides an entry that names none: for a
	// property its attribute, its property set and the class of the object (MS-ADTS 5.1.3.3.3); for an extended right or a
	// validated write its GUID (5.1.3.3.4, 5.1.3.3.5); for a child its class.
	Types []guid.GUID
}

// Subject is who asks (MS-DTYP 2.5.2).
type Subject struct {
	Holds func(sid.SID) bool // whether the access token has a SID, as user or as group
	Self  sid.SID            // SID of the object that is asked about, for entries that name PRINCIPAL_SELF; zero: it has none
}

// Decision is the outcome of an access check (MS-DTYP 2.5.3.2).
type Decision struct {
	Granted bool
	ACE     int // place of the entry that decided, from 0; NoEntry when none did
}

// Places that are not entries (MS-DTYP 2.5.3.2).
const (
	NoEntry   = -1 // granted to the owner by being the owner; or refused because nothing grants it
	EmptyList = -2 // no DACL, or a null one: everybody has every right
)

// Check decides a request the way Windows does (MS-DTYP 2.5.3.2): entries in their order, each taking off the rights that it
// grants, a denial of a right still wanted ending the check. Inherit-only entries do not count; the class that an entry is to
// be inherited by plays no role any more once the entry stands on the object. The owner may always read and write the DACL,
// unless an entry names OWNER RIGHTS (S-1-3-4), which then says what the owner may do. Entries under a condition (callback
// entries) grant and never deny: what the condition says of a token is unknown, and a right that may exist is the one to
// report.
func Check(d *secdesc.Descriptor, who Subject, r Request) Decision {
	if d.DACL() != secdesc.ListDACL {
		return Decision{Granted: true, ACE: EmptyList}
	}
	wanted := r.Mask
	const implicit = secdesc.ReadControl | secdesc.WriteDACL
	if wanted&implicit != 0 && !d.Owner().IsZero() && who.Holds(d.Owner()) && !limitsOwner(d) {
		if wanted &^= implicit; wanted == 0 {
			return Decision{Granted: true, ACE: NoEntry}
		}
	}
	i := -1
	for a := range d.Entries() {
		i++
		bits := a.Mask.Map() & wanted
		if bits == 0 || !a.Effective() || !covers(a, r.Types) || !who.is(a.Trustee, d.Owner()) {
			continue
		}
		switch a.Kind() {
		case secdesc.Allow:
			if wanted &^= bits; wanted == 0 {
				return Decision{Granted: true, ACE: i}
			}
		case secdesc.Deny:
			if !a.Callback() {
				return Decision{ACE: i}
			}
		}
	}
	return Decision{ACE: NoEntry}
}

// is tells whether an entry for a trustee speaks about the subject.
func (s Subject) is(trustee, owner sid.SID) bool {
	switch trustee {
	case sid.Self:
		return !s.Self.IsZero() && s.Holds(s.Self)
	case sid.OwnerRights:
		return !owner.IsZero() && s.Holds(owner)
	}
	return s.Holds(trustee)
}

// limitsOwner tells whether an entry replaces the implicit rights of the owner.
func limitsOwner(d *secdesc.Descriptor) bool {
	for a := range d.Entries() {
		if a.Trustee == sid.OwnerRights && a.Effective() && a.Kind() != secdesc.Other {
			return true
		}
	}
	return false
}

// covers tells whether an entry speaks about a request: it names no type, or one of the request's.
func covers(a secdesc.ACE, types []guid.GUID) bool {
	return a.ObjectType.IsZero() || slices.Contains(types, a.ObjectType)
}
