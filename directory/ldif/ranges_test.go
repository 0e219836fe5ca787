package ldif

import (
	"strings"
	"testing"
)

func TestRanges(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"complete", "dn: CN=a\nmember;range=0-1: CN=b\nmember;range=2-*: CN=c\n", ""},
		{"complete at once", "dn: CN=a\nmember;range=0-*: CN=b\n", ""},
		{"completed by a later record", "dn: CN=a\nmember;range=0-1: CN=b\n\ndn: cn=A\nmember;Range=2-*: CN=c\n", ""},
		{"the server's default, never followed", "dn: CN=a\nmember;range=0-1499: CN=b\n", "line 1: member of CN=a ends after 1500 values"},
		{"of another object", "dn: CN=a\nmember;range=0-1: CN=b\n\ndn: CN=z\nmember;range=2-*: CN=c\n", "line 1: member of CN=a ends after 2 values"},
		{"a hole", "dn: CN=a\nmember;range=0-1: CN=b\nmember;range=4-*: CN=c\n", "missing in the middle of member of CN=a"},
		{"the end alone", "dn: CN=a\nmember;range=1500-*: CN=c\n", "missing in the middle of member of CN=a"},
		{"not a range", "dn: CN=a\nmember;range=x-y: CN=c\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, s := read(t, row.text)
			got := strings.Join(d.Warnings(), "\n")
			if s.Partial != (row.want != "") || !strings.Contains(got, row.want) {
				t.Errorf("partial %v, warnings %q, want %q", s.Partial, got, row.want)
			}
		})
	}
}

func TestPlainName(t *testing.T) {
	for text, want := range map[string]string{
		"CN=a,DC=b": "CN=a,DC=b", "<GUID=1>;<SID=S-1-1-0>;CN=a": "CN=a", "<GUID=1>;CN=\\<x>\\;": "CN=\\<x>\\;", "<odd": "<odd", "": "",
	} {
		if got := plainName(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestDeletedObjectsAreLeftOut(t *testing.T) {
	d, _ := read(t, "dn: CN=a\ncn: a\n\ndn: CN=b,CN=Deleted Objects\nisDeleted: TRUE\n\ndn: CN=c\nisDeleted: FALSE\n")
	if _, ok := d.ByDN("CN=b,CN=Deleted Objects"); ok || d.Count() != 2 {
		t.Errorf("%d objects, want the two that live", d.Count())
	}
}
