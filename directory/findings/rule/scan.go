package rule

import (
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Bit is one thing noted of a security descriptor (MS-DTYP 2.4.6). Descriptors are looked at once each, however many objects share one.
type Bit uint16

// What may be noted (ANSSI, warning_sd_*).
const (
	BitAnonymous Bit = 1 << iota // Anonymous may do more than read
	BitDenyRead                  // something is kept from being read
	BitGeneric                   // rights in their generic form
	BitUnknown                   // a SID of the forest that nobody has
	BitNoList                    // authenticated users may not list what it holds
	BitProtected                 // closed to inheritance
	BitPartial                   // rebuilt from a list of rights: what it does not show is not known
	BitUnread                    // not read
)

// Note is what a scan found in one descriptor (MS-DTYP 2.4.6).
type Note struct {
	Bits Bit
	who  [16]sid.SID // by the number of the Bit, the trustee that shows it
}

// Scan holds the notes of the descriptors of a directory, for one forest (MS-DTYP 2.4.6).
type Scan struct {
	notes  []Note // length = distinct descriptors
	unread Note   // of objects without a descriptor
}

// NewScan looks at every descriptor of the directory of a view, for its forest (MS-DTYP 2.4.6).
func NewScan(v points.View) *Scan {
	dir := v.Directory()
	s := &Scan{notes: make([]Note, dir.DescriptorCount()), unread: Note{Bits: BitUnread}}
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

func look(d *secdesc.Descriptor, unknown func(sid.SID) bool) (n Note) {
	set := func(b Bit, who sid.SID) {
		for i := range n.who {
			if b == 1<<i && n.Bits&b == 0 {
				n.who[i] = who
			}
		}
		n.Bits |= b
	}
	if d.Partial() {
		set(BitPartial, sid.SID{})
	}
	if d.Protected() {
		set(BitProtected, sid.SID{})
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
				set(BitAnonymous, a.Trustee)
			}
		}
		if a.Inherited() { // told once, where it is set
			continue
		}
		if a.Effective() && a.Mask&generic != 0 {
			set(BitGeneric, a.Trustee)
		}
		if a.Kind() == secdesc.Deny && !a.Callback() && a.Mask.Map()&anyRead != 0 {
			set(BitDenyRead, a.Trustee)
		}
		if unknown(a.Trustee) {
			set(BitUnknown, a.Trustee)
		}
	}
	if !lists {
		set(BitNoList, sid.SID{})
	}
	return n
}

// of gives the notes of an object, which must not be changed.
func (s *Scan) of(dir *model.Directory, id model.ID) *Note {
	n, ok := dir.DescriptorID(id)
	if !ok {
		return &s.unread
	}
	return &s.notes[n]
}

// EachObject visits the objects of the domain, in order (MS-ADTS 3.1.1.1.5).
func EachObject(o *Outcome, visit func(model.ID, *Note)) {
	root := o.Domain().Root
	if root == model.None {
		o.Missing("object:" + o.Domain().DN)
		return
	}
	for id := range o.Dir.Subtree(root) {
		if !o.Contains(id) {
			continue
		}
		n := o.scan.of(o.Dir, id)
		if n.Bits&BitPartial != 0 {
			o.Missing("object:nTSecurityDescriptor")
		}
		visit(id, n)
	}
}

// Scanned gives a predicate that finds the objects whose descriptor has a bit (ANSSI, warning_sd_*).
func Scanned(b Bit) func(*Outcome) {
	place, code := 0, ""
	for i, name := range []string{"sd_anonymous", "sd_deny_read", "sd_generic", "sd_unknown", "", "", "", "sd_unread"} {
		if b == 1<<i {
			place, code = i, name
		}
	}
	return func(o *Outcome) {
		EachObject(o, func(id model.ID, n *Note) {
			if n.Bits&b == 0 || b == BitUnread && !o.Dir.Collected(id, "nTSecurityDescriptor") {
				return
			}
			text, name := o.Who(n.who[place])
			if n.who[place].IsZero() {
				text, name = "", ""
			}
			o.Found(id, Because(code, "trustee", text, "trustee_name", name))
		})
	}
}
