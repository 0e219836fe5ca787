// Package access tells which rights of a security descriptor are dangerous in the hands of an ordinary principal.
//
// Each question is asked the way the directory itself checks access (MS-ADTS 5.1.3.3, MS-DTYP 2.5.3.2): entries in their
// order, a denial met before the grant wins, inherit-only entries do not count, an entry with an object type grants only
// that attribute, property set, extended right or class. One entry is reported for the trustee that it names, so that
// the reader knows which line to remove; denials count through every group of the trustee.
//
// What a right is worth depends on the object: writing an attribute matters on a certificate template, resetting a
// password matters on an account. [Rights] gives the table of a [Target]. Each right is [Direct] when it gives control at
// once and [Conditional] when something else is needed as well (an offline attack, a certification authority, another
// object). That split is ours: the official list has two levels for permissions without saying which relation belongs to
// which.
//
// The package is pure: it knows descriptors and SIDs, not directories.
package access

import (
	"cmp"
	"slices"

	"hygie/directory/guid"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Danger tells how a right leads to control (ANSSI, vuln_permissions_*).
type Danger uint8

// The two dangers (ANSSI, vuln_permissions_*).
const (
	Direct      Danger = 1 // gives control at once
	Conditional Danger = 2 // gives control with something else
)

// Right is a right worth reporting (MS-ADTS 5.1.3.2).
type Right struct {
	Code   string       // stable name, such as "write_dacl"; reports translate it
	Danger Danger       // how it leads to control
	Mask   secdesc.Mask // one bit, or all bits that are needed together
	// Types are the object types that cover the right besides an entry without type: the attribute and its property set,
	// the extended right. Nil: only an entry without type covers it.
	Types []guid.GUID
	// AnyType accepts an entry with any object type: writing whatever attribute is already dangerous.
	AnyType bool
}

// Grant is a right that a descriptor gives to a trustee (MS-DTYP 2.4.4).
type Grant struct {
	Trustee   sid.SID
	Right     Right
	ACE       int       // place of the entry in the DACL, from 0; -1 for the owner and for a missing DACL
	Inherited bool      // the entry comes from a container
	Type      guid.GUID // object type of the entry, zero when it has none
}

// Principals tells what the directory knows about trustees (MS-DTYP 2.4.2.4).
type Principals interface {
	// Trusted tells whether the trustee is privileged already, so that its rights are no weakness.
	Trusted(sid.SID) bool
	// Holds tells whether whoever is the trustee also has the SID other in its token: itself, the groups it belongs to at
	// any depth, Everyone and Authenticated Users when they apply.
	Holds(trustee, other sid.SID) bool
}

// Codes of the rights that do not come from an entry (MS-DTYP 2.4.6).
const (
	CodeOwner       = "owner"
	CodeNullDACL    = "null_dacl"
	CodeFullControl = "full_control"
)

// Evaluate lists the rights of the table that d gives to principals that are not trusted, in the order of the entries.
// Class is the schemaIDGUID of the object's class, zero when unknown: an entry limited to that class covers the whole object
// (MS-ADTS 5.1.3.3.3). Full control is reported once, in place of the rights it includes.
func Evaluate(d *secdesc.Descriptor, class guid.GUID, rights []Right, who Principals) []Grant {
	if d.DACL() != secdesc.ListDACL {
		return []Grant{{Trustee: sid.Everyone, Right: Right{Code: CodeNullDACL, Danger: Direct}, ACE: -1}}
	}
	entries := slices.Collect(d.Entries())
	c := check{entries: entries, class: class, who: who}
	var out []Grant
	if g, ok := c.owner(d.Owner()); ok {
		out = append(out, g)
	}
	for _, trustee := range c.trustees() {
		out = append(out, c.grants(trustee, rights)...)
	}
	slices.SortStableFunc(out, func(a, b Grant) int { return cmp.Compare(a.ACE, b.ACE) })
	return out
}

// check holds what one evaluation needs.
type check struct {
	entries []secdesc.ACE
	class   guid.GUID
	who     Principals
}

// owner reports an owner that is not trusted: it may rewrite the DACL, unless an entry for OWNER RIGHTS replaces that
// implicit right (MS-DTYP 2.5.3.2).
func (c check) owner(owner sid.SID) (Grant, bool) {
	if owner.IsZero() || c.who.Trusted(owner) {
		return Grant{}, false
	}
	right := Right{Code: CodeOwner, Danger: Direct}
	limited := false
	for i, a := range c.entries {
		if a.Trustee != sid.OwnerRights || !a.Effective() {
			continue
		}
		limited = true
		if a.Kind() == secdesc.Allow && a.ObjectType.IsZero() && a.Mask.Map()&(secdesc.WriteDACL|secdesc.WriteOwner) != 0 {
			return Grant{Trustee: owner, Right: right, ACE: i, Inherited: a.Inherited()}, true
		}
	}
	return Grant{Trustee: owner, Right: right, ACE: -1}, !limited
}

// trustees lists those that are not trusted and that an effective entry grants something, in the order of the entries.
func (c check) trustees() []sid.SID {
	var out []sid.SID
	for _, a := range c.entries {
		if a.Kind() == secdesc.Allow && a.Effective() && !impersonal(a.Trustee) &&
			!slices.Contains(out, a.Trustee) && !c.who.Trusted(a.Trustee) {
			out = append(out, a.Trustee)
		}
	}
	return out
}

// impersonal tells whether a trustee stands for the object or for its owner rather than for somebody: Self is the object
// itself, OWNER RIGHTS is treated with the owner, Creator Owner is replaced when an entry is inherited and matches nobody.
func impersonal(s sid.SID) bool {
	return s == sid.Self || s == sid.OwnerRights || s == sid.CreatorOwner || s == sid.CreatorGroup
}

func (c check) grants(trustee sid.SID, rights []Right) []Grant {
	full := Right{Code: CodeFullControl, Danger: Direct, Mask: secdesc.FullControl}
	if g, ok := c.granted(trustee, full); ok {
		return []Grant{g}
	}
	var out []Grant
	for _, r := range rights {
		if g, ok := c.granted(trustee, r); ok {
			if covered(out, g) {
				continue
			}
			out = append(out, g)
		}
	}
	return out
}

// covered tells whether the same entry was already reported for a right that says as much: an entry that gives every
// attribute needs no line for each of them. Tables list the broad rights first.
func covered(out []Grant, g Grant) bool {
	return slices.ContainsFunc(out, func(o Grant) bool {
		return o.ACE == g.ACE && o.Right.Mask == g.Right.Mask && o.Right.Danger <= g.Right.Danger && o.Type == g.Type
	})
}

// granted runs the access check for one right: the bits of the mask are taken off as entries for the trustee grant them,
// and refused as soon as an entry denies one that is still missing.
func (c check) granted(trustee sid.SID, r Right) (Grant, bool) {
	if r.AnyType {
		return c.grantedAny(trustee, r)
	}
	missing := r.Mask
	for i, a := range c.entries {
		if !a.Effective() || !c.covers(a, r.Types) {
			continue
		}
		bits := a.Mask.Map() & missing
		if bits == 0 {
			continue
		}
		switch a.Kind() {
		case secdesc.Allow:
			if a.Trustee != trustee {
				continue
			}
			if missing &^= bits; missing == 0 {
				return Grant{Trustee: trustee, Right: r, ACE: i, Inherited: a.Inherited(), Type: a.ObjectType}, true
			}
		case secdesc.Deny:
			if !a.Callback() && c.who.Holds(trustee, a.Trustee) {
				return Grant{}, false
			}
		}
	}
	return Grant{}, false
}

// grantedAny looks for the first object type for which the right is granted.
func (c check) grantedAny(trustee sid.SID, r Right) (Grant, bool) {
	r.AnyType = false
	for _, a := range c.entries {
		if a.Kind() != secdesc.Allow || a.Trustee != trustee || !a.Effective() || a.Mask.Map()&r.Mask == 0 {
			continue
		}
		r.Types = nil
		if !a.ObjectType.IsZero() {
			r.Types = []guid.GUID{a.ObjectType}
		}
		if g, ok := c.granted(trustee, r); ok {
			return g, true
		}
	}
	return Grant{}, false
}

// covers tells whether an entry speaks about the object types.
func (c check) covers(a secdesc.ACE, types []guid.GUID) bool {
	return a.ObjectType.IsZero() || slices.Contains(types, a.ObjectType) || (!c.class.IsZero() && a.ObjectType == c.class)
}
