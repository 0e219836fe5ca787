package store

import (
	"strings"
	"testing"

	"hygie/directory/model/entry"
)

// A value is stored as a number or a time only when that gives the same text back.
func TestValuesComeBack(t *testing.T) {
	for _, row := range []struct {
		value string
		form  Form
	}{
		{"0", FormInt}, {"-1", FormInt}, {"9223372036854775807", FormInt}, {"-9223372036854775808", FormInt}, {"9223372036854775808", FormRaw}, {"007", FormRaw}, {"-0", FormRaw},
		{"+1", FormRaw}, {"1.0", FormRaw}, {"", FormRaw}, {"-", FormRaw}, {"12345678901234567890123", FormRaw},
		{"20260301060000.0Z", FormTime}, {"16010101000000.0Z", FormTime}, {"20260431060000.0Z", FormRaw}, {"20261301060000.0Z", FormRaw}, {"20260301240000.0Z", FormRaw}, {"20260301060000Z", FormRaw},
		{"20260301060000.5Z", FormRaw}, {"texte", FormRaw}, {"\x00\x01", FormRaw},
	} {
		content, form := AppendValue(nil, []byte(row.value))
		if form != row.form {
			t.Errorf("%q: form %d, want %d", row.value, form, row.form)
		}
		var d Decoder
		d.Each(form, content, func(v []byte) bool {
			if string(v) != row.value {
				t.Errorf("%q comes back as %q", row.value, v)
			}
			return true
		})
	}
}

func TestNamesOfAttributes(t *testing.T) {
	for _, row := range []struct {
		name, base string
		ranged     bool
	}{
		{"member", "member", false}, {"member;range=0-1499", "member", true}, {"member;Range=0-*", "member", true}, {"userCertificate;binary", "userCertificate", false},
		{"member;binary;range=0-1", "member", true}, {"member;", "member", false}, {";range=0-1", "", true}, {"member;range=", "member", false},
	} {
		if base, ranged := BaseName(row.name); base != row.base || ranged != row.ranged {
			t.Errorf("%q: %q %v", row.name, base, ranged)
		}
	}
	if got := LowerName("msDS-ÉTAT"); got != "msds-État" {
		t.Errorf("%q: only ASCII letters have a case in names", got)
	}
}

func TestLinkTargets(t *testing.T) {
	for v, want := range map[string]string{"CN=a": "CN=a", "<GUID=1>;<SID=S-1-1-0>;CN=a": "CN=a", "<GUID=1>;CN=a": "CN=a", "<GUID=1": "<GUID=1", "": "", "<GUID=1>;": ""} {
		if got := string(LinkTarget([]byte(v))); got != want {
			t.Errorf("%q: %q", v, got)
		}
	}
}

func TestSIDsInBothForms(t *testing.T) {
	s, err := BinarySID([]byte("S-1-5-21-1-2-3-500"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := BinarySID(s.Bytes()); err != nil || again != s {
		t.Errorf("%s %v", again, err)
	}
	for _, bad := range []string{"", "S-1-", "\x01\x05\x00", "texte"} {
		if s, err := BinarySID([]byte(bad)); err == nil {
			t.Errorf("%q is %s", bad, s)
		}
	}
}

// A name pushed out of the cache is not found there; it is never taken for another.
func TestAttrCache(t *testing.T) {
	var c AttrCache
	names := strings.Fields("member memberof objectsid objectguid cn sn name a aa aaa")
	for i, n := range names {
		c.Put(n, uint16(i))
		if at, ok := c.Get(n); !ok || at != uint16(i) {
			t.Errorf("%s: %d %v", n, at, ok)
		}
	}
	for i, n := range names {
		if at, ok := c.Get(n); ok && at != uint16(i) {
			t.Errorf("%s is taken for number %d", n, at)
		}
	}
	c.Put("", 3)
	if _, ok := c.Get(""); ok {
		t.Error("no name has a number")
	}
}

// What a source asked for is known to be absent; what it did not is not. Names of our own are never taken for absent.
func TestCollected(t *testing.T) {
	p := NewNamingContext(entry.Partition{DN: "DC=a", Kind: entry.Domain, Attributes: []string{"cn", "Member"}}, 0)
	if p.Collected("user", "cn") {
		t.Error("something was collected where there is no object")
	}
	p.Objects = 1
	for attribute, want := range map[string]bool{"cn": true, "member": true, "sidhistory": false} {
		if p.Collected("user", attribute) != want {
			t.Errorf("%s: %v", attribute, !want)
		}
	}
	byClass := NewNamingContext(entry.Partition{DN: "DC=a", Kind: entry.Domain, Classes: map[string][]string{"user": {"cn"}, "top": {"name"}}}, 0)
	byClass.Objects = 1
	for _, row := range []struct {
		class, attribute string
		want             bool
	}{{"user", "cn", true}, {"user", "name", true}, {"group", "cn", false}, {"group", "name", true}} {
		if byClass.Collected(row.class, row.attribute) != row.want {
			t.Errorf("%s of %s: %v", row.attribute, row.class, !row.want)
		}
	}
	for _, seen := range []struct {
		names string
		want  bool
	}{{"instancetype usncreated usnchanged name objectcategory", true}, {"instancetype usncreated usnchanged name", false}} {
		names := make(map[string]bool)
		for _, n := range strings.Fields(seen.names) {
			names[n] = true
		}
		if exhaustive(names, "sidhistory") != seen.want || exhaustive(names, "ntsecuritydescriptor") || exhaustive(names, "hygie-strongmapping") {
			t.Errorf("%q", seen.names)
		}
	}
}

func TestClassLists(t *testing.T) {
	l := NewClassList([]string{"top", "Person", "user"})
	for name, want := range map[string]bool{"top": true, "person": true, "user": true, "computer": false, "": false} {
		if l.Is(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
