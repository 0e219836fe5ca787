package findings

import (
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// What is noted of a security descriptor. Descriptors are looked at once each, however many objects share one.
type bit uint16

const (
	bitAnonymous bit = 1 << iota // Anonymous may do more than read
	bitDenyRead                  // something is kept from being read
	bitGeneric                   // rights in their generic form
	bitUnknown                   // a SID of the forest that nobody has
	bitNoList                    // authenticated users may not list what it holds
	bitProtected                 // closed to inheritance
	bitPartial                   // rebuilt from a list of rights: what it does not show is not known
	bitUnread                    // not read
)

// note is what a scan found in one descriptor.
type note struct {
	bits bit
	who  [16]sid.SID // by the number of the bit, the trustee that shows it
}

// scan holds the notes of the descriptors of a directory, for one forest.
type scan struct {
	notes  []note // length = distinct descriptors
	unread note   // of objects without a descriptor
}

func newScan(v points.View) *scan {
	dir := v.Directory()
	s := &scan{notes: make([]note, dir.DescriptorCount()), unread: note{bits: bitUnread}}
	known := make(map[sid.SID]bool)
	for i := range s.notes {
		s.notes[i] = look(dir.DescriptorAt(model.DescriptorID(i)), func(trustee sid.SID) bool { return unknown(v, known, trustee) })
	}
	return s
}

// unknown tells whether a trustee should be in the directory and is not: its domain was collected.
func unknown(v points.View, seen map[sid.SID]bool, trustee sid.SID) bool {
	if !trustee.IsAccount() || trustee.Name("en") != "" {
		return false
	}
	answer, ok := seen[trustee]
	if !ok {
		if _, found := v.Directory().BySID(trustee); !found {
			for _, d := range v.Directory().Domains() {
				answer = answer || d.SID == trustee.Domain() && d.Root != model.None
			}
		}
		seen[trustee] = answer
	}
	return answer
}

const (
	anyRead  = secdesc.ReadProperty | secdesc.ListChildren | secdesc.ListObject | secdesc.ReadControl
	anyWrite = secdesc.CreateChild | secdesc.DeleteChild | secdesc.SelfWrite | secdesc.WriteProperty | secdesc.DeleteTree |
		secdesc.Delete | secdesc.WriteDACL | secdesc.WriteOwner
	generic = secdesc.GenericAll | secdesc.GenericExec | secdesc.GenericWrite | secdesc.GenericRead
)

// userChangePassword is a right that everybody has on every account, Anonymous included (MS-ADTS 5.1.3.2.1): it asks for the old
// password.
const userChangePassword = "ab721a53-1e2f-11d0-9819-00aa0040529b"

func look(d *secdesc.Descriptor, unknown func(sid.SID) bool) (n note) {
	set := func(b bit, who sid.SID) {
		for i := range n.who {
			if b == 1<<i && n.bits&b == 0 {
				n.who[i] = who
			}
		}
		n.bits |= b
	}
	if d.Partial() {
		set(bitPartial, sid.SID{})
	}
	if d.Protected() {
		set(bitProtected, sid.SID{})
	}
	changePassword := guid.MustParse(userChangePassword)
	lists := d.DACL() != secdesc.ListDACL
	for a := range d.Entries() {
		if a.Effective() && a.Kind() == secdesc.Allow && a.Mask.Map()&secdesc.ListChildren != 0 && a.ObjectType.IsZero() &&
			(a.Trustee == sid.AuthenticatedUsers || a.Trustee == sid.Everyone || a.Trustee == sid.PreWindows2000Access || a.Trustee == sid.Users) {
			lists = true
		}
		if a.Effective() && a.Kind() == secdesc.Allow && a.Trustee == sid.Anonymous {
			if mask := a.Mask.Map(); mask&anyWrite != 0 || mask&secdesc.ControlAccess != 0 && a.ObjectType != changePassword {
				set(bitAnonymous, a.Trustee)
			}
		}
		if a.Inherited() { // told once, where it is set
			continue
		}
		if a.Effective() && a.Mask&generic != 0 {
			set(bitGeneric, a.Trustee)
		}
		if a.Kind() == secdesc.Deny && !a.Callback() && a.Mask.Map()&anyRead != 0 {
			set(bitDenyRead, a.Trustee)
		}
		if unknown(a.Trustee) {
			set(bitUnknown, a.Trustee)
		}
	}
	if !lists {
		set(bitNoList, sid.SID{})
	}
	return n
}

// of gives the notes of an object, which must not be changed.
func (s *scan) of(dir *model.Directory, id model.ID) *note {
	n, ok := dir.DescriptorID(id)
	if !ok {
		return &s.unread
	}
	return &s.notes[n]
}

// eachObject visits the objects of the domain, in order.
func eachObject(o *outcome, visit func(model.ID, *note)) {
	root := o.Domain().Root
	if root == model.None {
		o.missing("object:" + o.Domain().DN)
		return
	}
	for id := range o.dir.Subtree(root) {
		if !o.Contains(id) {
			continue
		}
		n := o.scan.of(o.dir, id)
		if n.bits&bitPartial != 0 {
			o.missing("object:nTSecurityDescriptor")
		}
		visit(id, n)
	}
}

// scanned gives a predicate that finds the objects whose descriptor has a bit.
func scanned(b bit) func(*outcome) {
	place, code := 0, ""
	for i, name := range []string{"sd_anonymous", "sd_deny_read", "sd_generic", "sd_unknown", "", "", "", "sd_unread"} {
		if b == 1<<i {
			place, code = i, name
		}
	}
	return func(o *outcome) {
		eachObject(o, func(id model.ID, n *note) {
			if n.bits&b == 0 || b == bitUnread && !o.dir.Collected(id, "nTSecurityDescriptor") {
				return
			}
			text, name := o.Who(n.who[place])
			if n.who[place].IsZero() {
				text, name = "", ""
			}
			o.found(id, because(code, "trustee", text, "trustee_name", name))
		})
	}
}
