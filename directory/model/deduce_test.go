package model

import "testing"

// The schema defines classes named Configuration and Schema… none of them is a partition, declared or deduced.
func TestClassNamedConfigurationIsNoPartition(t *testing.T) {
	const root = "DC=hopital,DC=test"
	for _, declared := range []bool{false, true} {
		b := NewBuilder()
		if declared {
			for _, dn := range []string{root, "CN=Configuration," + root, "CN=Schema,CN=Configuration," + root} {
				b.Partition(Partition{DN: dn, Attributes: []string{"objectClass"}})
			}
		}
		for dn, class := range map[string]string{
			root:                                 "domainDNS",
			"CN=Configuration," + root:           "configuration",
			"CN=Schema,CN=Configuration," + root: "dMD",
			"CN=Configuration,CN=Schema,CN=Configuration," + root:   "classSchema",
			"CN=Schema,CN=Schema,CN=Configuration," + root:          "classSchema",
			"CN=Configuration,CN=Services,CN=Configuration," + root: "container",
		} {
			if err := b.Add(Entry{DN: dn, Attributes: []Attribute{{Name: "objectClass", Values: [][]byte{[]byte(class)}}}}); err != nil {
				t.Fatal(err)
			}
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if f := d.Forest(); f.ConfigurationDN != "CN=Configuration,"+root || f.SchemaDN != "CN=Schema,CN=Configuration,"+root || len(d.Partitions()) != 3 {
			t.Errorf("declared %v: %+v, partitions %v", declared, f, d.Partitions())
		}
	}
}
