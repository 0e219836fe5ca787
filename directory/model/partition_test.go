package model

import (
	"slices"
	"testing"
)

// Names that links mention are not proof that a partition was read.
func TestLinksMakeNoPartition(t *testing.T) {
	b := NewBuilder()
	add(t, b, root, "objectClass=domainDNS", "objectSid="+domainSID)
	add(t, b, "CN=u,"+root, "objectClass=user", "objectCategory=CN=Person,CN=Schema,CN=Configuration,"+root,
		"manager=CN=boss,DC=other,DC=test")
	d := freeze(t, b)
	if got := d.Partitions(); len(got) != 1 || got[0].DN != root {
		t.Errorf("%+v", got)
	}
	if f := d.Forest(); f.ConfigurationDN != "" || f.SchemaDN != "" {
		t.Errorf("%+v", f)
	}
}

// A partition that was asked for and of which nothing came is not collected.
func TestDeclaredButEmptyPartition(t *testing.T) {
	b := NewBuilder()
	b.Partition(Partition{DN: root, Kind: Domain, Attributes: []string{"cn"}})
	b.Partition(Partition{DN: "CN=Configuration," + root, Kind: Configuration, Attributes: []string{"cn"}, Partial: true})
	b.Partition(Partition{DN: "not a name", Attributes: []string{"cn"}})
	add(t, b, root, "objectClass=domainDNS", "objectSid="+domainSID)
	d := freeze(t, b)
	if d.HasPartition(Configuration) || d.Forest().ConfigurationDN != "" || d.CollectedFor("CN=Configuration,"+root, "", "cn") {
		t.Error("an empty partition counts as collected")
	}
	if !d.HasPartition(Domain) || !d.CollectedFor(root, "user", "cn") || !d.Partial() {
		t.Error("the domain does not count, or the lack is not shown")
	}
	if len(d.Warnings()) != 1 {
		t.Errorf("warnings: %q", d.Warnings())
	}
}

// An export of a part of a domain still has its domain, even without the root object.
func TestDomainWithoutItsRoot(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=u,OU=a,"+root, "objectClass=user")
	d := freeze(t, b)
	domains := d.Domains()
	if len(domains) != 1 || domains[0].DN != root || domains[0].Root != None || domains[0].DNSName != "hopital.test" || !domains[0].SID.IsZero() {
		t.Errorf("%+v", domains)
	}
	if info, ok := d.DomainOf(0); !ok || info.DN != root {
		t.Errorf("DomainOf = %+v, %v", info, ok)
	}
}

// Questions about objects that do not exist have empty answers.
func TestNoSuchObject(t *testing.T) {
	d := ward(t)
	for _, id := range []ID{None, ID(d.Count())} {
		if d.DN(id) != "" || d.Name(id) != "" || d.Class(id) != "" || d.Is(id, "user") || d.Has(id, "cn") || !d.SID(id).IsZero() || d.Classes(id) != nil {
			t.Errorf("object %d exists", id)
		}
		if _, ok := d.Parent(id); ok {
			t.Errorf("object %d has a parent", id)
		}
		if _, ok := d.Descriptor(id); ok || d.Collected(id, "cn") || d.Below(id, 0) {
			t.Errorf("object %d has a descriptor", id)
		}
		if _, ok := d.PartitionOf(id); ok {
			t.Errorf("object %d has a partition", id)
		}
		if n := len(slices.Collect(d.Members(id))) + len(slices.Collect(d.GroupsOf(id))) + len(slices.Collect(d.Children(id))) +
			len(slices.Collect(d.Subtree(id))) + len(d.MembersOf(id)) + len(d.Texts(id, "cn")); n != 0 {
			t.Errorf("object %d has %d relations", id, n)
		}
	}
	empty := freeze(t, NewBuilder())
	if empty.Count() != 0 || len(empty.Domains()) != 0 || len(slices.Collect(empty.All())) != 0 {
		t.Error("an empty directory is not empty")
	}
}

// A file that says nothing of how it was made may be a search for some classes: that it holds no trust then proves nothing.
func TestCoversWhatLooksWhole(t *testing.T) {
	user := "CN=u,CN=Users," + root
	configuration := "CN=Configuration," + root
	for _, row := range []struct {
		name  string
		names []string
		dn    string
		want  bool
	}{
		{"people only", []string{user}, root, false},
		{"people and the root", []string{root, user}, root, false},
		{"without the built-in groups", []string{root, "CN=System," + root, user}, root, false},
		{"a domain", []string{root, "CN=Builtin," + root, "CN=System," + root, user}, root, true},
		{"a branch of the configuration", []string{"CN=Services," + configuration}, configuration, false},
		{"a configuration", []string{configuration, "CN=Partitions," + configuration, "CN=Services," + configuration}, configuration, true},
		{"a schema", []string{"CN=Schema," + configuration}, "CN=Schema," + configuration, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := NewBuilder()
			for _, dn := range row.names {
				class := "container"
				if dn == root {
					class = "domainDNS"
				}
				add(t, b, dn, "objectClass="+class)
			}
			if got := freeze(t, b).Covers(row.dn, "trustedDomain"); got != row.want {
				t.Errorf("covers: %v, want %v", got, row.want)
			}
		})
	}
}
