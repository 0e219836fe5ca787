package wiring_test

import (
	"testing"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/schema"
	"hygie/directory/sid"
)

// newBuilder reads a drawn world.
func newBuilder(t *testing.T, lines ...string) *wiring.Builder {
	t.Helper()
	d := drawn.New(t, lines...).Freeze()
	s, err := schema.Collected(d)
	if err != nil {
		t.Fatal(err)
	}
	return wiring.New(d, s)
}

func find(t *testing.T, b *wiring.Builder, name string) model.ID {
	t.Helper()
	for id := range b.Dir.All() {
		if b.Dir.Name(id) == name {
			return id
		}
	}
	t.Fatalf("no %s", name)
	return model.None
}

// A label gives back the kind and the reference that it was made of; one that is too large for it is none.
func TestLabels(t *testing.T) {
	for _, k := range append(control.Kinds(), control.None) {
		for _, ref := range []int{-1, 0, 1, 1<<24 - 2} {
			l := wiring.Label(k, ref)
			if wiring.KindOf(l) != k || wiring.RefOf(l) != ref || wiring.KindOf(l|graph.Free) != k || wiring.RefOf(l|graph.Free) != ref {
				t.Fatalf("%s, %d: %s, %d", k, ref, wiring.KindOf(l), wiring.RefOf(l))
			}
		}
		if l := wiring.Label(k, 1<<24-1); wiring.RefOf(l) != -1 || wiring.KindOf(l) != k {
			t.Errorf("a reference beyond the bits: %s, %d", wiring.KindOf(l), wiring.RefOf(l))
		}
	}
	for _, row := range []struct {
		label graph.Label
		round int
		ok    bool
	}{{wiring.Rounded(0), 0, true}, {wiring.Rounded(9), 9, true}, {wiring.Label(control.MemberOf, 3), 3, false}, {wiring.Label(control.None, -1), 0, false}, {graph.Free, 0, false}} {
		if round, ok := wiring.RoundOf(row.label); ok != row.ok || ok && round != row.round {
			t.Errorf("%x: %d %v", row.label, round, ok)
		}
	}
}

func TestWhoIsWho(t *testing.T) {
	b := newBuilder(t, "group G1 rid=1201 member=@bruno", `"Domain Admins" member=@Administrator member=@G1`, "svc uac=514", "computer RODC1 at=@DCs rid=1401 uac=0x5011000 pgid=521")
	for name, want := range map[string]wiring.Account{"alice": wiring.Ordinary, "WS1": wiring.Ordinary, "Administrator": wiring.Trusted, "bruno": wiring.Trusted, "DC1": wiring.Trusted, "Infirmiers": wiring.NoAccount, "Soins": wiring.NoAccount} {
		if got := b.Kinds[find(t, b, name)]; got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	if k := b.Kinds[find(t, b, "svc")]; k == wiring.Ordinary || k == wiring.NoAccount || k == wiring.Trusted {
		t.Errorf("a disabled account is %d", k)
	}
	for name, want := range map[string]bool{"Domain Admins": true, "G1": true, "DC1": true, "krbtgt": true, "AdminSDHolder": true, "hop": true, "RODC1": false, "alice": false, "Domain Users": false} {
		if b.Zone[graph.Node(find(t, b, name))] != want {
			t.Errorf("%s in tier 0: %v", name, !want)
		}
	}
	if writable, readOnly := b.Controller(find(t, b, "RODC1")); writable || !readOnly {
		t.Error("a read-only controller is taken for another")
	}
	if len(b.Controllers) != 2 {
		t.Errorf("%d controllers", len(b.Controllers))
	}
}

func TestResolveAndHold(t *testing.T) {
	b := newBuilder(t, "group G1 rid=1201 member=@alice", "group G2 rid=1202 member=@G1")
	alice := graph.Node(find(t, b, "alice"))
	if b.Resolve(sid.MustParse("S-1-5-21-100-200-300-1103"), 0) != alice || b.Resolve(sid.Administrators, 0) != graph.Node(find(t, b, "Administrators")) {
		t.Error("a SID does not give its object")
	}
	foreign := sid.MustParse("S-1-5-21-9-9-9-9")
	if node := b.Resolve(foreign, 0); int(node) < b.Objects || b.Resolve(foreign, 0) != node {
		t.Error("a principal that is no object has no node of its own")
	}
	holds := b.Holds(0)
	for _, row := range []struct {
		who, has string
		want     bool
	}{
		{"S-1-5-21-100-200-300-1103", "S-1-5-21-100-200-300-1202", true}, {"S-1-5-21-100-200-300-1104", "S-1-5-21-100-200-300-1202", false},
		{"S-1-5-21-100-200-300-1201", "S-1-5-21-100-200-300-1202", true}, {"S-1-5-21-100-200-300-1103", "S-1-5-11", true}, {"S-1-5-32-546", "S-1-5-11", false}, {"S-1-5-7", "S-1-1-0", true},
		{"S-1-5-21-100-200-300-1103", "S-1-5-21-9-9-9-9", false},
	} {
		if got := holds(sid.MustParse(row.who), sid.MustParse(row.has)); got != row.want {
			t.Errorf("%s has %s: %v", row.who, row.has, got)
		}
	}
	if crowds := b.Crowds(); !crowds[graph.Node(find(t, b, "Domain Users"))] || crowds[graph.Node(find(t, b, "G1"))] {
		t.Error("the groups of everybody are not those of everybody")
	}
}
