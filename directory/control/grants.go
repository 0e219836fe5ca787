package control

import (
	"cmp"
	"slices"
	"strings"

	"hygie/directory/guid"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Grant is an entry, or the ownership, that hands a power over the object to its trustee (MS-DTYP 2.4.4).
type Grant struct {
	Trustee sid.SID
	Kind    Kind
	Power   Power
	ACE     int // place of the entry in the DACL, from 0; NoEntry for the owner, EmptyList for a missing DACL
	// Refused are trustees that an earlier entry denies the right to and that the trustee does not hold itself: those of its
	// members who do, do not have the right.
	Refused []sid.SID
}

// Grants lists what a descriptor hands to whom on an object of a class, in the order of the entries. Of the rights of one entry
// that give the same power only the strongest is listed, and weaker ones when some members are refused the stronger; a right to
// write one attribute is not listed beside one to write them all. holds tells whether whoever is the trustee has the SID other in
// its token as well: itself, the groups that it belongs to at any depth, Everyone and Authenticated Users when they apply.
//
// Entries for the object itself (PRINCIPAL_SELF) and for those to come (CREATOR OWNER) hand nothing to anybody else and are
// left out.
func (r *Rules) Grants(d *secdesc.Descriptor, class string, holds func(trustee, other sid.SID) bool) []Grant {
	if d.DACL() != secdesc.ListDACL {
		return []Grant{{Trustee: sid.Everyone, Kind: NullDACL, ACE: EmptyList}}
	}
	e := evaluation{
		d: d, entries: slices.Collect(d.Entries()), class: r.classes[strings.ToLower(class)], holds: holds,
	}
	for i, a := range e.entries {
		if a.Kind() == secdesc.Deny && a.Effective() && !a.Callback() {
			e.denials = append(e.denials, i)
		}
	}
	family := FamilyOf(class)
	out := e.owner(r.OwnersLimited && (family == Computer || family == ManagedAccount))
	for i, a := range e.entries {
		if a.Kind() != secdesc.Allow || !a.Effective() {
			continue
		}
		trustee := a.Trustee
		switch trustee {
		case sid.Self, sid.CreatorOwner, sid.CreatorGroup:
			continue
		case sid.OwnerRights:
			if trustee = d.Owner(); trustee.IsZero() {
				continue
			}
		}
		var found [powers]bool
		rewrites := false
		for _, q := range r.questions[family] {
			if found[q.power] && q.power != Replication { // both halves may come from one entry
				continue
			}
			if lesser(q.power) && (rewrites || found[Shape]) {
				continue // whoever writes every attribute writes that one
			}
			if refused, ok := e.granted(i, trustee, q); ok {
				found[q.power] = len(refused) == 0
				rewrites = rewrites || found[q.power] && q.kind.Rewrites()
				out = append(out, Grant{Trustee: trustee, Kind: q.kind, Power: q.power, ACE: i, Refused: refused})
			}
		}
	}
	return out
}

// lesser tells whether a power comes from writing some attributes of an object.
func lesser(p Power) bool {
	switch p {
	case Naming, Revealing, Succession, Shape, ShapeName, ShapeUsage, ShapeApproval:
		return true
	}
	return false
}

// evaluation is one descriptor being read.
type evaluation struct {
	d       *secdesc.Descriptor
	entries []secdesc.ACE
	denials []int // places of the entries that deny
	class   guid.GUID
	holds   func(trustee, other sid.SID) bool
}

// owner gives the implicit right of the owner, unless an entry for OWNER RIGHTS replaces it or the directory limits it.
func (e *evaluation) owner(limited bool) []Grant {
	if e.d.Owner().IsZero() || limited || limitsOwner(e.d) {
		return nil
	}
	return []Grant{{Trustee: e.d.Owner(), Kind: Owner, ACE: NoEntry}}
}

// granted tells whether entry i alone gives its trustee the right, denials before it taken into account, and whom those refuse
// it to among others.
func (e *evaluation) granted(i int, trustee sid.SID, q question) ([]sid.SID, bool) {
	a := e.entries[i]
	if a.Mask.Map()&q.mask != q.mask || !e.covers(a, q) {
		return nil, false
	}
	vital := cmp.Or(q.vital, q.mask)
	var refused []sid.SID
	for _, k := range e.denials {
		if k > i {
			break
		}
		no := e.entries[k]
		if no.Mask.Map()&vital == 0 || !e.covers(no, q) {
			continue
		}
		who := no.Trustee
		if who == sid.OwnerRights {
			who = e.d.Owner()
		}
		if e.holds(trustee, who) {
			return nil, false
		}
		if who != sid.Self { // an object that asks about itself is no step of a path
			refused = append(refused, who)
		}
	}
	for _, also := range q.also {
		if !Check(e.d, Subject{Holds: func(s sid.SID) bool { return e.holds(trustee, s) }}, also).Granted {
			return nil, false
		}
	}
	return refused, true
}

func (e *evaluation) covers(a secdesc.ACE, q question) bool {
	return covers(a, q.types) || q.class && !e.class.IsZero() && a.ObjectType == e.class
}
