package estate

import (
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/sid"
)

const own = "S-1-5-21-100-200-300-"

// forest draws a world of one forest.
func forest(t *testing.T, lines ...string) *Forest {
	t.Helper()
	list := NewForests(drawn.New(t, lines...).Freeze(), drawn.AsOf)
	if len(list) != 1 || len(list[0].Domains) != 1 {
		t.Fatalf("%d forests", len(list))
	}
	return list[0]
}

func TestTrusted(t *testing.T) {
	f := forest(t, "group G1 rid=1201 member=@bruno", `"Domain Admins" member=@Administrator member=@G1`)
	for who, want := range map[string]bool{
		"S-1-5-18": true, "S-1-5-9": true, "S-1-5-32-544": true, "S-1-5-32-551": true, own + "512": true, own + "500": true, own + "502": true, own + "1000": true,
		own + "1201": true, own + "1104": true, own + "1103": false, own + "513": false, "S-1-5-11": false, "S-1-1-0": false, "S-1-5-32-545": false, "S-1-5-21-9-9-9-512": false, own + "9999": false,
	} {
		if f.Trusted(sid.MustParse(who)) != want {
			t.Errorf("%s: %v", who, !want)
		}
	}
}

func TestHolds(t *testing.T) {
	f := forest(t, "group G1 rid=1201 member=@alice", "group G2 rid=1202 member=@G1", "G1 member=@alice member=@G2")
	for _, row := range []struct {
		who, has string
		want     bool
	}{
		{own + "1103", own + "1103", true}, {own + "1103", own + "1201", true}, {own + "1103", own + "1202", true}, {own + "1201", own + "1202", true},
		{own + "1104", own + "1201", false}, {own + "1103", own + "513", true}, {own + "1103", "S-1-1-0", true}, {own + "1103", "S-1-5-11", true},
		{"S-1-5-7", "S-1-1-0", false}, {"S-1-5-7", "S-1-5-11", false}, {"S-1-1-0", "S-1-5-11", false}, {own + "1201", own + "1103", false}, {"S-1-5-21-9-9-9-9", own + "513", false},
	} {
		if got := f.Holds(sid.MustParse(row.who), sid.MustParse(row.has)); got != row.want {
			t.Errorf("%s has %s: %v", row.who, row.has, got)
		}
	}
}

// The nearest group that leads to a privilege is the one told; groups that hold each other end.
func TestPrivilegedMembers(t *testing.T) {
	f := forest(t, "group G1 rid=1201", "group G2 rid=1202 member=@G1 member=@alice", "G1 member=@G2", `"Domain Admins" member=@Administrator member=@G1`, `"Backup Operators" member=@alice`)
	d := f.Domains[0]
	via := make(map[string]string)
	for _, p := range d.PrivilegedMembers() {
		via[f.Dir.Name(p.ID)] = d.Via(p)
	}
	for name, want := range map[string]string{"alice": `HOP\Backup Operators`, "G1": `HOP\Domain Admins`, "G2": `HOP\Domain Admins`, "Administrator": `HOP\Administrators`} {
		if via[name] != want {
			t.Errorf("%s by %q, want %q", name, via[name], want)
		}
	}
	if _, ok := via["bruno"]; ok {
		t.Error("bruno is privileged")
	}
}

func TestDomainsOfObjects(t *testing.T) {
	f := forest(t)
	for id := range f.Dir.All() {
		dn := f.Dir.DN(id)
		inside := f.DomainOf(id) != nil
		switch name := f.Dir.Name(id); name {
		case "alice", "DC1", "hop":
			if !inside {
				t.Errorf("%s is in no domain", dn)
			}
		case "CA1", "Person-class", "other.example":
			if inside {
				t.Errorf("%s is in a domain", dn)
			}
		}
	}
}

func TestFunctionalNames(t *testing.T) {
	for level, want := range map[int64]string{0: "2000", 6: "2012 R2", 7: "2016", 10: "2025", 8: "8", -1: "-1"} {
		if got := FunctionalName(level); got != want {
			t.Errorf("%d: %s", level, got)
		}
	}
}

func TestAges(t *testing.T) {
	f := forest(t)
	now := drawn.AsOf.Unix()
	for _, row := range []struct {
		days int64
		want bool
	}{{100, true}, {90, true}, {89, false}} {
		if got := f.Older(now-row.days*secondsPerDay-1, 90); got != row.want {
			t.Errorf("%d days: %v", row.days, got)
		}
	}
	if f.AgeDays(now-3*secondsPerDay) != 3 {
		t.Error("three days are not three")
	}
}
