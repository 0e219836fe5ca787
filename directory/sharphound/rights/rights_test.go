package rights

import (
	"strings"
	"testing"

	"hygie/directory/secdesc"
)

const list = `[{"PrincipalSID":"EX.TEST-S-1-5-32-544","RightName":"Owns"},{"PrincipalSID":"S-1-5-21-1-2-3-1105","RightName":"AddMember","IsInherited":true},` +
	`{"PrincipalSID":"S-1-5-11","RightName":"ReadGMSAPassword"},{"PrincipalSID":"?","RightName":"GenericAll"},{"PrincipalSID":"S-1-1-0","RightName":"FlyAway"},` +
	`{"PrincipalSID":"S-1-1-0","RightName":"ManageCA"}]`

func TestList(t *testing.T) {
	var c Cache
	l, err := c.Get([]byte(list), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.Strange != 1 || strings.Join(l.Unknown, " ") != "FlyAway" || l.Readers == nil {
		t.Errorf("strange %d, unknown %q, readers %v", l.Strange, l.Unknown, l.Readers)
	}
	d, err := secdesc.Parse(l.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for a := range d.Entries() {
		n++
		if a.Trustee.String() != "S-1-5-21-1-2-3-1105" || a.Mask != secdesc.WriteProperty || a.ObjectType.String() != attrMember || !a.Inherited() {
			t.Errorf("entry %+v", a)
		}
	}
	if n != 1 || !d.Partial() || !d.Protected() || d.Owner().String() != "S-1-5-32-544" {
		t.Errorf("%d entries, partial %v, protected %v, owner %s", n, d.Partial(), d.Protected(), d.Owner())
	}
}

// A list that was met before is recognised, with or without protection, and never for another that only begins like it.
func TestCache(t *testing.T) {
	var c Cache
	first, _ := c.Get([]byte(list), false, nil)
	if c.Known([]byte(list+`,"IsDeleted":false}`)) != first || c.Known([]byte(list[:40])) != nil {
		t.Error("not recognised, or too soon")
	}
	if again, _ := c.Get([]byte(list), false, first); again != first {
		t.Error("parsed again")
	}
	closed, _ := c.Get([]byte(list), true, first)
	if d, err := secdesc.Parse(closed.Descriptor); err != nil || !d.Protected() {
		t.Errorf("protected %v, %v", d.Protected(), err)
	}
	for _, wrong := range []string{`[1]`, `[{"PrincipalSID":"S-1-1-0"`, `{}`} {
		if l, err := c.Get([]byte(wrong), false, nil); err == nil {
			t.Errorf("%s gives %+v", wrong, l)
		}
	}
}
