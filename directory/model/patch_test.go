package model

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// patchWorld has a group of two members, one by its back-link, one by its primary group.
func patchWorld(t *testing.T) *Directory {
	t.Helper()
	b := NewBuilder()
	b.Source(Source{Tool: "test", Name: "patch"})
	domain := sid.MustParse("S-1-5-21-1-2-3")
	descriptor := secdesc.MustBuild(secdesc.Spec{Owner: domain.Append(500), Entries: []secdesc.ACE{{Type: secdesc.AccessAllowed, Mask: secdesc.FullControl, Trustee: domain.Append(1101)}}})
	add := func(dn string, class string, values map[string][]string) {
		e := Entry{DN: dn, Attributes: []Attribute{{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte(class)}}, {Name: "nTSecurityDescriptor", Values: [][]byte{descriptor}}}}
		for name, list := range values {
			a := Attribute{Name: name}
			for _, v := range list {
				a.Values = append(a.Values, []byte(v))
			}
			e.Attributes = append(e.Attributes, a)
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	add("DC=x", "domainDNS", map[string][]string{"objectSid": {domain.String()}})
	add("CN=a,DC=x", "user", map[string][]string{"objectSid": {domain.Append(1101).String()}, "primaryGroupID": {"513"}, "userAccountControl": {"512"}})
	add("CN=b,DC=x", "user", map[string][]string{"objectSid": {domain.Append(1102).String()}, "memberOf": {"CN=g,DC=x"}, "servicePrincipalName": {"http/b", "cifs/b"}})
	add("CN=c,DC=x", "user", map[string][]string{"objectSid": {domain.Append(1103).String()}, "primaryGroupID": {"1200"}})
	add("CN=g,DC=x", "group", map[string][]string{"objectSid": {domain.Append(1200).String()}, "member": {"CN=a,DC=x", "CN=elsewhere,DC=y"}})
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A copy without changes is the same in every field, whatever fields the directory will have.
func TestPatchedWithNothingIsTheSame(t *testing.T) {
	d := patchWorld(t)
	p, err := d.Patched(nil)
	if err != nil {
		t.Fatal(err)
	}
	before, after := reflect.ValueOf(d).Elem(), reflect.ValueOf(p).Elem()
	for i := range before.NumField() {
		name := before.Type().Field(i).Name
		if slices.Contains([]string{"arena", "guidOnce", "byGUID", "decoder"}, name) {
			continue // an empty chunk more, made when it is asked for, and what shares the names
		}
		if name == "bySID" {
			continue
		}
		if before.Field(i).IsZero() != after.Field(i).IsZero() {
			t.Errorf("field %s is not copied", name)
		}
	}
	if !reflect.DeepEqual(d.members, p.members) || !reflect.DeepEqual(d.s.Record, p.s.Record) || !reflect.DeepEqual(d.desc, p.desc) || !reflect.DeepEqual(d.Stats(), p.Stats()) {
		t.Error("a copy without changes differs")
	}
}

func TestPatched(t *testing.T) {
	d := patchWorld(t)
	find := func(d *Directory, dn string) ID {
		id, ok := d.ByDN(dn)
		if !ok {
			t.Fatalf("no %s", dn)
		}
		return id
	}
	a, b, c, g := find(d, "CN=a,DC=x"), find(d, "CN=b,DC=x"), find(d, "CN=c,DC=x"), find(d, "CN=g,DC=x")
	named := func(dn string) func([]byte) bool {
		return func(v []byte) bool { return strings.EqualFold(string(v), dn) }
	}
	number := int64(513)
	off := int64(514)
	empty := secdesc.MustBuild(secdesc.Spec{DACL: secdesc.ListDACL})
	for _, row := range []struct {
		name  string
		patch []Patch
		check func(*Directory) bool
	}{
		{"a member", []Patch{{ID: g, Attribute: "member", Drop: named("CN=a,DC=x")}}, func(p *Directory) bool {
			return slices.Equal(slices.Collect(p.Members(g)), []ID{b, c}) && slices.Equal(slices.Collect(p.UnresolvedMembers(g)), []string{"CN=elsewhere,DC=y"})
		}},
		{"a member by its back-link", []Patch{{ID: b, Attribute: "memberOf", Drop: named("CN=g,DC=x")}}, func(p *Directory) bool {
			return slices.Equal(slices.Collect(p.Members(g)), []ID{a, c}) && !p.Has(b, "memberOf")
		}},
		{"a member by its primary group", []Patch{{ID: c, Attribute: "primaryGroupID", Set: &number}}, func(p *Directory) bool {
			return slices.Equal(slices.Collect(p.Members(g)), []ID{a, b})
		}},
		{"a number", []Patch{{ID: a, Attribute: "userAccountControl", Set: &off}}, func(p *Directory) bool {
			v, ok := p.Int(a, "userAccountControl")
			return ok && v == 514
		}},
		{"one value of several", []Patch{{ID: b, Attribute: "serviceprincipalname", Drop: named("http/b")}}, func(p *Directory) bool {
			var got []string
			for v := range p.Values(b, "servicePrincipalName") {
				got = append(got, string(v))
			}
			return slices.Equal(got, []string{"cifs/b"})
		}},
		{"all values", []Patch{{ID: b, Attribute: "servicePrincipalName"}}, func(p *Directory) bool { return !p.Has(b, "servicePrincipalName") && p.SID(b) == d.SID(b) }},
		{"a descriptor", []Patch{{ID: a, Descriptor: empty}, {ID: b, Descriptor: slices.Clone(empty)}}, func(p *Directory) bool {
			one, _ := p.DescriptorID(a)
			two, _ := p.DescriptorID(b)
			other, _ := p.Descriptor(c)
			return one == two && p.DescriptorAt(one).Len() == 0 && other.Len() == 1
		}},
		{"what is not there", []Patch{{ID: a, Attribute: "memberOf"}, {ID: a, Attribute: "never heard of"}}, func(p *Directory) bool {
			return slices.Equal(slices.Collect(p.Members(g)), []ID{a, b, c})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := d.Patched(row.patch)
			if err != nil {
				t.Fatal(err)
			}
			if !row.check(p) {
				t.Error("the copy does not show it")
			}
			if !slices.Equal(slices.Collect(d.Members(g)), []ID{a, b, c}) || d.Has(b, "memberOf") != true {
				t.Error("the directory itself changed")
			}
		})
	}
	if _, err := d.Patched([]Patch{{ID: 99}}); err == nil {
		t.Error("an object that is not there is patched")
	}
	if _, err := d.Patched([]Patch{{ID: a, Descriptor: []byte{1}}}); err == nil {
		t.Error("a descriptor that cannot be read is taken")
	}
}
