package delegation

import (
	"testing"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/schema"
)

func TestHostOfAService(t *testing.T) {
	for service, want := range map[string]string{"cifs/srv1.hop.test": "srv1.hop.test", "http/srv1:8080": "srv1", "ldap/dc1/hop.test": "dc1", "srv1": "", "": "", "cifs/": "", "cifs/:80": ""} {
		if got := hostOf(service); got != want {
			t.Errorf("%q: %q, want %q", service, got, want)
		}
	}
}

// newBuilder reads a drawn world, before anything is linked.
func newBuilder(t *testing.T, b *model.Builder) *wiring.Builder {
	t.Helper()
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Collected(d)
	if err != nil {
		t.Fatal(err)
	}
	return wiring.New(d, s)
}

// into lists the kinds of the edges into an object that begin at another, by name.
func into(b *wiring.Builder, name string) map[string]control.Kind {
	out := make(map[string]control.Kind)
	g := b.Out.Freeze()
	for id := range b.Dir.All() {
		if b.Dir.Name(id) != name {
			continue
		}
		_, edges := g.In(graph.Node(id))
		for _, e := range edges {
			if int(e.From) < b.Objects {
				out[b.Dir.Name(model.ID(e.From))] = wiring.KindOf(e.Label)
			}
		}
	}
	return out
}

// The account behind a service is found by the service itself before its host.
func TestServicesFound(t *testing.T) {
	b := newBuilder(t, drawn.New(t, "svc to=cifs/srv1.hop.test to=HTTP/web.hop.test", "alice to=http/WEB.hop.test/x", "bruno to=cifs/personne").Builder())
	h := (&linker{b}).hosts()
	for service, want := range map[string]string{"cifs/srv1.hop.test": "SRV1", "HTTP/srv1.hop.test:80": "SRV1", "http/web.hop.test": "svc", "cifs/personne": "", "cifs/ws1": ""} {
		node, ok := h.find(service)
		if ok != (want != "") || ok && b.Dir.Name(model.ID(node)) != want {
			t.Errorf("%s: %d %v", service, node, ok)
		}
	}
	Link(b)
	if got := into(b, "SRV1"); got["svc"] != control.AllowedToDelegate || got["alice"] != control.None {
		t.Errorf("%v", got)
	}
}

// Which domain takes the other over by a trust, from what its object says.
func TestTrustsLinked(t *testing.T) {
	for _, row := range []struct {
		name, direction, attributes string
		into                        string
		kind                        control.Kind
	}{
		{"within the forest", "3", "32", "hop", control.SameForest},
		{"within the forest, the other way", "1", "32", "", control.None},
		{"external and open", "2", "0", "hop", control.PrimaryTrust},
		{"external, filtered", "2", "4", "", control.None},
		{"between forests", "3", "8", "", control.None},
		{"between forests, as if external", "2", "72", "hop", control.PrimaryTrust},
		{"inbound", "1", "0", "", control.None},
		{"tickets handed over", "1", "2056", "hop", control.TrustDelegation},
		{"attributes unread", "2", "", "", control.None},
	} {
		t.Run(row.name, func(t *testing.T) {
			world := drawn.New(t).Builder()
			world.Partition(model.Partition{DN: "DC=autre,DC=test", Kind: model.Domain, DNSName: "autre.test"})
			add := func(dn, class string, pairs ...string) {
				e := model.Entry{DN: dn, Attributes: []model.Attribute{{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte(class)}}}}
				for i := 0; i < len(pairs); i += 2 {
					if pairs[i+1] != "" {
						e.Attributes = append(e.Attributes, model.Attribute{Name: pairs[i], Values: [][]byte{[]byte(pairs[i+1])}})
					}
				}
				if err := world.Add(e); err != nil {
					t.Fatal(err)
				}
			}
			add("DC=autre,DC=test", "domainDNS", "objectSid", "S-1-5-21-7-7-7")
			add("CN=autre.test,CN=System,DC=hop,DC=test", "trustedDomain", "trustPartner", "AUTRE.test", "trustDirection", row.direction, "trustAttributes", row.attributes)
			b := newBuilder(t, world)
			before := b.Plain
			LinkTrusts(b)
			if linked := b.Plain > before; linked != (row.into != "") {
				t.Fatalf("linked: %v", linked)
			}
			if row.kind == control.SameForest {
				if got := into(b, "hop"); got["autre"] != row.kind {
					t.Errorf("%v", got)
				}
			}
			for _, u := range b.Units {
				at := b.Entries[u.Entry]
				if at.Place == wiring.Written && b.Dir.Name(u.Origin) != "autre.test" {
					t.Errorf("the trust is to be undone at %s", b.Dir.DN(u.Origin))
				}
			}
		})
	}
}
