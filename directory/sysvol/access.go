package sysvol

import (
	"slices"

	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Rights of files and folders (MS-SMB2 2.2.13.1).
const (
	fileWriteData  secdesc.Mask = 0x2 // on a folder: add a file
	fileAppendData secdesc.Mask = 0x4 // on a folder: add a folder

	fileAll     secdesc.Mask = 0x1f01ff
	fileWrite   secdesc.Mask = 0x120116
	fileRead    secdesc.Mask = 0x120089
	fileExecute secdesc.Mask = 0x1200a0
)

// Principals tells what the directory knows about trustees (MS-DTYP 2.4.2.4).
type Principals interface {
	// Trusted tells whether the trustee is privileged already, so that its rights are no weakness.
	Trusted(sid.SID) bool
	// Holds tells whether whoever is the trustee also has the SID other in its token.
	Holds(trustee, other sid.SID) bool
}

// Grant is a right to change a file (MS-DTYP 2.4.3).
type Grant struct {
	Trustee   sid.SID
	Right     string // full_control, write_dacl, write_owner, write_file, owner, null_dacl
	Inherited bool
}

// Writers lists who may change a file, or what a folder holds, among those who are not trusted. The check is that of Windows
// (MS-DTYP 2.5.3.2): entries in their order, a denial met before the grant wins, inherit-only entries do not count. Each
// trustee is given once, with the first of its rights in the order full control, permissions, owner, content. Deleting is not
// listed: it destroys, it does not give control.
func Writers(d *secdesc.Descriptor, who Principals) []Grant {
	if d.DACL() != secdesc.ListDACL {
		return []Grant{{Trustee: sid.Everyone, Right: "null_dacl"}}
	}
	entries := slices.Collect(d.Entries())
	var out []Grant
	if owner := d.Owner(); !owner.IsZero() && !who.Trusted(owner) && ownerCounts(entries) {
		out = append(out, Grant{Trustee: owner, Right: "owner"})
	}
	var seen []sid.SID
	for _, e := range entries {
		t := e.Trustee
		if e.Kind() != secdesc.Allow || !e.Effective() || slices.Contains(seen, t) || impersonal(t) || who.Trusted(t) {
			continue
		}
		seen = append(seen, t)
		for _, r := range []struct {
			name string
			mask secdesc.Mask
		}{
			{"full_control", fileAll}, {"write_dacl", secdesc.WriteDACL}, {"write_owner", secdesc.WriteOwner},
			{"write_file", fileWriteData}, {"write_file", fileAppendData},
		} {
			if inherited, ok := granted(entries, t, r.mask, who); ok {
				out = append(out, Grant{Trustee: t, Right: r.name, Inherited: inherited})
				break
			}
		}
	}
	return out
}

// impersonal tells whether a trustee stands for the owner, or for whoever will create something.
func impersonal(s sid.SID) bool {
	return s == sid.OwnerRights || s == sid.CreatorOwner || s == sid.CreatorGroup
}

// ownerCounts tells whether the owner may rewrite the permissions: unless an entry for OWNER RIGHTS says otherwise.
func ownerCounts(entries []secdesc.ACE) bool {
	limited := false
	for _, e := range entries {
		if e.Trustee == sid.OwnerRights && e.Effective() {
			limited = true
			if e.Kind() == secdesc.Allow && fileMask(e.Mask)&(secdesc.WriteDACL|secdesc.WriteOwner) != 0 {
				return true
			}
		}
	}
	return !limited
}

// granted runs the access check for the bits of a mask.
func granted(entries []secdesc.ACE, trustee sid.SID, missing secdesc.Mask, who Principals) (inherited, ok bool) {
	for _, e := range entries {
		bits := fileMask(e.Mask) & missing
		if bits == 0 || !e.Effective() {
			continue
		}
		switch e.Kind() {
		case secdesc.Allow:
			if e.Trustee != trustee {
				continue
			}
			if missing &^= bits; missing == 0 {
				return e.Inherited(), true
			}
		case secdesc.Deny:
			if !e.Callback() && who.Holds(trustee, e.Trustee) {
				return false, false
			}
		}
	}
	return false, false
}

// fileMask replaces generic rights by what they mean for a file (MS-SMB2 2.2.13.1).
func fileMask(m secdesc.Mask) secdesc.Mask {
	out := m &^ (secdesc.GenericAll | secdesc.GenericExec | secdesc.GenericWrite | secdesc.GenericRead)
	for _, g := range []struct{ generic, means secdesc.Mask }{
		{secdesc.GenericAll, fileAll}, {secdesc.GenericWrite, fileWrite}, {secdesc.GenericRead, fileRead}, {secdesc.GenericExec, fileExecute},
	} {
		if m&g.generic != 0 {
			out |= g.means
		}
	}
	return out
}
