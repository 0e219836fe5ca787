package secdesc

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"hygie/directory/guid"
	"hygie/directory/sid"
)

var (
	domain = sid.MustParse("S-1-5-21-1-2-3")
	alice  = domain.Append(1104)
	member = guid.MustParse("bf9679c0-0de6-11d0-a285-00aa003049e2")
	user   = guid.MustParse("bf967aba-0de6-11d0-a285-00aa003049e2")
)

func parse(t testing.TB, b []byte) Descriptor {
	t.Helper()
	d, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseGivesBackWhatWasBuilt(t *testing.T) {
	entries := []ACE{
		{Type: AccessDenied, Mask: WriteDACL, Trustee: sid.Everyone},
		{Type: AccessAllowed, Flags: ContainerInherit | Inherited, Mask: GenericAll, Trustee: domain.Append(512)},
		{Type: AccessAllowedObject, Flags: ContainerInherit | InheritOnly, Mask: WriteProperty, ObjectType: member, InheritedObjectType: user, Trustee: alice},
		{Type: AccessAllowedObject, Mask: ControlAccess, ObjectType: member, Trustee: alice},
		{Type: AccessDeniedObject, Mask: ControlAccess, InheritedObjectType: user, Trustee: alice},
		{Type: AccessAllowedObject, Mask: ControlAccess, Trustee: alice},
		{Type: AccessAllowedCallback, Mask: ReadProperty, Trustee: alice, Condition: []byte("artx")},
		{Type: AccessDeniedCallbackObject, Mask: ReadProperty, ObjectType: member, Trustee: alice},
	}
	d := parse(t, MustBuild(Spec{Owner: domain.Append(512), Group: sid.LocalSystem, Control: DACLProtected | DACLAutoInherited, Entries: entries}))
	if d.Owner() != domain.Append(512) || d.Group() != sid.LocalSystem || !d.Protected() || d.DACL() != ListDACL || d.Len() != len(entries) {
		t.Errorf("%s", d.SDDL())
	}
	got := slices.Collect(d.Entries())
	if !slices.EqualFunc(got, entries, func(a, b ACE) bool {
		return a.Type == b.Type && a.Flags == b.Flags && a.Mask == b.Mask && a.ObjectType == b.ObjectType &&
			a.InheritedObjectType == b.InheritedObjectType && a.Trustee == b.Trustee && bytes.Equal(a.Condition, b.Condition)
	}) {
		t.Errorf("entries %+v", got)
	}
	kinds := []Kind{Deny, Allow, Allow, Allow, Deny, Allow, Allow, Deny}
	for i, a := range got {
		if a.Kind() != kinds[i] || a.Effective() != (i != 2) || a.Inherited() != (i == 1) || a.Callback() != (i >= 6) {
			t.Errorf("entry %d: kind %d, effective %v, inherited %v, callback %v", i, a.Kind(), a.Effective(), a.Inherited(), a.Callback())
		}
	}
}

// The three DACLs that look alike mean opposite things.
func TestPresence(t *testing.T) {
	for _, row := range []struct {
		name string
		spec Spec
		want Presence
	}{
		{"no list: full control for all", Spec{}, NoDACL},
		{"null list: full control for all", Spec{DACL: NullDACL}, NullDACL},
		{"empty list: nobody", Spec{DACL: ListDACL}, ListDACL},
	} {
		d := parse(t, MustBuild(row.spec))
		if d.DACL() != row.want || d.Len() != 0 {
			t.Errorf("%s: %d, %d entries", row.name, d.DACL(), d.Len())
		}
	}
}

// A descriptor cut anywhere is an error or, in its unused tail, harmless; it never reads out of bounds.
func TestCutAnywhere(t *testing.T) {
	whole := MustBuild(Spec{Owner: alice, Group: alice, Entries: []ACE{
		{Type: AccessAllowed, Mask: 1, Trustee: alice},
		{Type: AccessAllowedObject, Mask: 1, ObjectType: member, InheritedObjectType: user, Trustee: alice},
	}})
	for n := range whole {
		if d, err := Parse(whole[:n:n]); err == nil {
			t.Errorf("cut at %d of %d: %s", n, len(whole), d.SDDL())
		}
	}
}

func TestMalformed(t *testing.T) {
	whole := MustBuild(Spec{Owner: alice, Group: alice, Entries: []ACE{
		{Type: AccessAllowedObject, Mask: 1, ObjectType: member, Trustee: alice},
	}})
	dacl := int(binary.LittleEndian.Uint32(whole[16:]))
	for _, row := range []struct {
		name string
		at   int
		with []byte
		want string
	}{
		{"revision", 0, []byte{2}, "revision 2"},
		{"absolute form", 3, []byte{0}, "not self-relative"},
		{"owner outside", 4, []byte{0xff, 0xff, 0xff, 0xff}, "owner offset"},
		{"group in the header", 8, []byte{4, 0, 0, 0}, "group offset"},
		{"owner is no SID", 20, []byte{9}, "owner at offset 20"},
		{"list outside", 16, []byte{0xf0, 0xff, 0xff, 0xff}, "DACL offset"},
		{"list revision", dacl, []byte{3}, "revision 3"},
		{"list longer than the descriptor", dacl + 2, []byte{0xff, 0xff}, "size 65535"},
		{"list shorter than its header", dacl + 2, []byte{4, 0}, "size 4"},
		{"too many entries", dacl + 4, []byte{2, 0}, "entry 1"},
		{"entry longer than the list", dacl + 10, []byte{0xff, 0}, "larger than the list"},
		{"entry of no length", dacl + 10, []byte{0, 0}, "smaller than its content"},
		{"entry cut before its trustee", dacl + 10, []byte{20, 0}, "smaller than its content"},
		{"trustee cut", dacl + 10, []byte{40, 0}, "trustee"},
		{"flags announce a second GUID", dacl + 16, []byte{3}, "trustee"},
	} {
		broken := bytes.Clone(whole)
		copy(broken[row.at:], row.with)
		_, err := Parse(broken)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v does not say %q", row.name, err, row.want)
		}
	}
	sacl := bytes.Clone(whole)
	sacl[2] |= byte(SACLPresent)
	binary.LittleEndian.PutUint32(sacl[12:], uint32(len(sacl)))
	if _, err := Parse(sacl); err == nil || !strings.Contains(err.Error(), "SACL") {
		t.Errorf("SACL outside: %v", err)
	}
}

// An unknown type is skipped by its length and neither grants nor denies.
func TestUnknownEntryType(t *testing.T) {
	b := MustBuild(Spec{Entries: []ACE{{Type: AccessAllowed, Mask: 1, Trustee: alice}, {Type: AccessDenied, Mask: 2, Trustee: alice}}})
	b[headerSize+aclHeaderSize] = 0x7f
	d := parse(t, b)
	got := slices.Collect(d.Entries())
	if len(got) != 2 || got[0].Kind() != Other || got[0].Mask != 0 || got[1].Kind() != Deny {
		t.Errorf("%+v", got)
	}
}

func TestMap(t *testing.T) {
	for _, row := range []struct{ in, want Mask }{
		{GenericAll, FullControl},
		{GenericWrite, ReadControl | SelfWrite | WriteProperty},
		{GenericRead | WriteDACL, ReadControl | ListChildren | ReadProperty | ListObject | WriteDACL},
		{GenericExec, ReadControl | ListChildren},
		{WriteProperty, WriteProperty},
	} {
		if got := row.in.Map(); got != row.want {
			t.Errorf("%s maps to %s, want %s", row.in, got, row.want)
		}
	}
}

func TestSDDL(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"owner, group and list", "O:BAG:SYD:PAI(A;CIID;RPWP;;;S-1-5-21-1-2-3-1104)",
			"O:S-1-5-32-544G:S-1-5-18D:PAI(A;CIID;RPWP;;;S-1-5-21-1-2-3-1104)"},
		{"domain names", "O:DAD:(D;;WD;;;DU)(A;;GA;;;EA)", "O:S-1-5-21-1-2-3-512D:(D;;WD;;;S-1-5-21-1-2-3-513)(A;;GA;;;S-1-5-21-1-2-3-519)"},
		{"object entry", "D:(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;AU)",
			"D:(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-11)"},
		{"empty list", "O:SYD:P", "O:S-1-5-18D:P"},
		{"null list", "D:NO_ACCESS_CONTROL", "D:NO_ACCESS_CONTROL"},
		{"audit is left out", "O:BAS:AI(AU;SA;WD;;;WD)D:AI(A;;0x20094;;;WD)", "O:S-1-5-32-544D:AI(A;;LCRPLORC;;;S-1-1-0)"},
		{"rights without letters", "D:(A;;0x2000001;;;WD)", "D:(A;;0x2000001;;;S-1-1-0)"},
		{"file rights", "D:(A;OICI;FA;;;BA)", "D:(A;OICI;0x1f01ff;;;S-1-5-32-544)"},
		{"nothing", "", ""},
	} {
		b, err := ParseSDDL(row.text, domain)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		d := parse(t, b)
		got := d.SDDL()
		if got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		again, err := ParseSDDL(got, sid.SID{})
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s does not read back: %v", got, err)
		}
	}
}

func TestSDDLRefuses(t *testing.T) {
	for _, text := range []string{
		"X:", "O:", "O:ZZ", "D:Q", "D:(A;;GA;;;WD", "D:(A;;GA;;WD)", "D:(A;ZZ;GA;;;WD)", "D:(A;C;GA;;;WD)", "D:(A;;QQ;;;WD)", "D:(A;;G;;;WD)",
		"D:(OA;;CR;xx;;WD)", "D:(XA;;GA;;;WD;(@User.x))", "D:(XA;;GA;;;WD)", "D:(A;;0x1ffffffff;;;WD)", "D:(A;;GA;;;)",
		"D:(A;;CR;bf9679c0-0de6-11d0-a285-00aa003049e2;;WD)", strings.Repeat("D:", maxSDDL),
	} {
		if b, err := ParseSDDL(text, domain); err == nil {
			t.Errorf("%.60s: accepted as %x", text, b)
		}
	}
	if _, err := ParseSDDL("O:DA", sid.SID{}); err == nil || !strings.Contains(err.Error(), "domain") {
		t.Errorf("DA without a domain: %v", err)
	}
}

func TestBuildRefuses(t *testing.T) {
	many := make([]ACE, 3000)
	for i := range many {
		many[i] = ACE{Mask: 1, Trustee: alice}
	}
	for name, spec := range map[string]Spec{
		"no trustee":           {Entries: []ACE{{Mask: 1}}},
		"audit entry":          {Entries: []ACE{{Type: 2, Mask: 1, Trustee: alice}}},
		"GUID in a plain type": {Entries: []ACE{{ObjectType: member, Trustee: alice}}},
		"condition":            {Entries: []ACE{{Condition: []byte("x"), Trustee: alice}}},
		"list over 64 KiB":     {Entries: many},
	} {
		if _, err := Build(spec); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEntriesDoNotAllocate(t *testing.T) {
	d := parse(t, sample(t))
	n := testing.AllocsPerRun(100, func() {
		sum := Mask(0)
		for a := range d.Entries() {
			sum |= a.Mask
		}
		if sum == 0 {
			t.Fail()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func sample(t testing.TB) []byte {
	t.Helper()
	b, err := ParseSDDL("O:DAG:DAD:AI(D;;DTSD;;;WD)(A;;GA;;;SY)(A;CIID;GA;;;EA)(OA;CIIOID;RP;4c164200-20c0-11d0-a768-00aa006e0529;"+
		"bf967aba-0de6-11d0-a285-00aa003049e2;RU)(OA;CIID;RPWPCR;91e647de-d96f-4b70-9557-d63ff4f3ccd8;;PS)(A;;LCRPLORC;;;AU)", domain)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add(MustBuild(Spec{DACL: NullDACL}))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		n := 0
		for a := range d.Entries() {
			_ = a.SDDL()
			n++
		}
		if n != d.Len() {
			t.Fatalf("%d entries, Len says %d", n, d.Len())
		}
		_ = d.SDDL()
	})
}

func FuzzParseSDDL(f *testing.F) {
	d := parse(f, sample(f))
	f.Add(d.SDDL())
	f.Add("O:BAG:SYD:PAIS:(AU;SA;WD;;;WD)")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseSDDL(text, domain)
		if err != nil {
			return
		}
		d, err := Parse(b)
		if err != nil {
			t.Fatalf("%q builds a descriptor that cannot be read: %v", text, err)
		}
		again, err := ParseSDDL(d.SDDL(), sid.SID{})
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q: %s does not read back: %v", text, d.SDDL(), err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := sample(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		for a := range d.Entries() {
			if a.Kind() == Other {
				b.Fatal(a)
			}
		}
	}
}
