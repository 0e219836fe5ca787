package paths_test

import (
	"strconv"
	"testing"

	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// twoDomains makes the domains a.test and b.test with an account each, a trust object in both, and an account of a.test who rewrites
// the root of its domain.
func twoDomains(t *testing.T, inA, inB map[string]int64) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	add := func(dn, class string, more ...model.Attribute) {
		t.Helper()
		e := model.Entry{DN: dn, Attributes: append([]model.Attribute{{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte(class)}}}, more...)}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	one := func(name, v string) model.Attribute {
		return model.Attribute{Name: name, Values: [][]byte{[]byte(v)}}
	}
	for i, name := range []string{"a", "b"} {
		dn, own := "DC="+name+",DC=test", sid.New(5, 21, 1, 1, uint32(i+1))
		raw, err := secdesc.ParseSDDL("O:BAD:(A;;GA;;;BA)(A;;WD;;;"+own.Append(1103).String()+")", own)
		if err != nil {
			t.Fatal(err)
		}
		b.Partition(model.Partition{DN: dn, Kind: model.Domain, DNSName: name + ".test"})
		add(dn, "domainDNS", one("objectSid", own.String()), model.Attribute{Name: "nTSecurityDescriptor", Values: [][]byte{raw}})
		add("CN=Users,"+dn, "container")
		add("CN="+name+"1,CN=Users,"+dn, "user", one("objectSid", own.Append(1103).String()), one("userAccountControl", "512"), one("sAMAccountName", name+"1"))
		partner, values := "b.test", inA
		if name == "b" {
			partner, values = "a.test", inB
		}
		if values == nil {
			continue
		}
		more := []model.Attribute{one("trustPartner", partner)}
		for key, v := range values {
			more = append(more, one(key, strconv.FormatInt(v, 10)))
		}
		add("CN="+partner+",CN=System,"+dn, "trustedDomain", more...)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// trustDrawing is what each domain says of the trust, nil for nothing.
type trustDrawing struct {
	name     string
	inA, inB map[string]int64
	want     string
}

func trustRows() []trustDrawing {
	const direction, attributes = "trustDirection", "trustAttributes"
	return []trustDrawing{
		{"no trust", nil, nil, ""},
		{"same forest", nil, map[string]int64{direction: 3, attributes: 0x20}, "WriteDacl SameForest"},
		{"same forest, told by the other side only", map[string]int64{direction: 3, attributes: 0x20}, nil, ""},
		{"believed without a filter", nil, map[string]int64{direction: 2, attributes: 0}, "WriteDacl Trust"},
		{"believed, filter on", nil, map[string]int64{direction: 2, attributes: 0x4}, ""},
		{"believes only", nil, map[string]int64{direction: 1, attributes: 0}, ""},
		{"forest trust", nil, map[string]int64{direction: 3, attributes: 0x8}, ""},
		{"forest trust treated as external", nil, map[string]int64{direction: 3, attributes: 0x48}, "WriteDacl Trust"},
		{"attributes not read", nil, map[string]int64{direction: 3}, ""},
		{"tickets handed over", nil, map[string]int64{direction: 1, attributes: 0x808}, "WriteDacl TrustDelegation"},
		{"tickets kept", nil, map[string]int64{direction: 1, attributes: 0x208}, ""},
		{"tickets handed over to whoever is not believed by us", nil, map[string]int64{direction: 2, attributes: 0x808}, ""},
	}
}

// From the account that controls a.test to b.test, by what the two say of their trust.
func TestTrusts(t *testing.T) {
	for _, row := range trustRows() {
		d := twoDomains(t, row.inA, row.inB)
		n := network(t, d)
		p, ok := n.Path(n.Find("a1")[0], n.Find("DC=b,DC=test")...)
		if got := kinds(p); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: %s, want %q", row.name, show(n, p), row.want)
		}
		for _, s := range p.Steps {
			if s.Kind.String() == "Trust" && d.Class(s.Object) != "trustedDomain" {
				t.Errorf("%s: to be undone at %s", row.name, d.DN(s.Object))
			}
		}
	}
}
