package model

import (
	"testing"

	"hygie/directory/model/distname"
)

func FuzzNormalizeDN(f *testing.F) {
	for _, dn := range []string{root, `CN=a\,b,DC=x`, `CN=\C3\89,DC=x`, "CN=,", " CN=a ,DC=b", `CN=a\ ,DC=b`} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		once, err := distname.NormalizeDN(dn)
		if err != nil {
			return
		}
		twice, err := distname.NormalizeDN(once)
		if err != nil || once != twice {
			t.Fatalf("%q -> %q -> %q, %v", dn, once, twice, err)
		}
		b := NewBuilder()
		if b.Add(Entry{DN: dn}) != nil {
			t.Fatalf("%q is normalised but not accepted", dn)
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := d.ByDN(once); !ok {
			t.Fatalf("%q is not found as %q", dn, once)
		}
		if _, ok := d.ByDN(d.DN(0)); !ok {
			t.Fatalf("%q is not found as %q", dn, d.DN(0))
		}
	})
}
