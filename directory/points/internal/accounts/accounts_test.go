package accounts

import (
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/points/internal/estate"
	"hygie/directory/sid"
)

func forest(t *testing.T, lines ...string) *estate.Forest {
	t.Helper()
	return estate.NewForests(drawn.New(t, lines...).Freeze(), drawn.AsOf)[0]
}

func TestReservedSIDs(t *testing.T) {
	for s, want := range map[string]bool{
		"S-1-5-18": true, "S-1-5-32-544": true, "S-1-5-32-551": true, "S-1-5-32-545": false, "S-1-5-21-9-9-9-512": true, "S-1-5-21-9-9-9-500": true,
		"S-1-5-21-9-9-9-519": true, "S-1-5-21-9-9-9-513": false, "S-1-5-21-9-9-9-1104": false, "S-1-1-0": false,
	} {
		if reservedSID(sid.MustParse(s)) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

func TestServicesOfControllers(t *testing.T) {
	hosts := ControllerHosts(forest(t))
	for spn, want := range map[string]bool{
		"ldap/dc1.hop.test": true, "cifs/DC1": true, "HTTP/dc1.hop.test:8080": true, "ldap/dc1.hop.test/hop.test": true, "krbtgt/hop.test": true, " cifs/dc1 ": true,
		"cifs/srv1.hop.test": false, "dc1.hop.test": false, "": false, "cifs/": false, "cifs/dc1.autre.test": false,
	} {
		if hosts.privileged(spn) != want {
			t.Errorf("%q: %v", spn, !want)
		}
	}
}

// The sets of groups that hold each other, drawn as chains of members.
func TestLoops(t *testing.T) {
	for _, row := range []struct {
		name, lines, want string
	}{
		{"none", "group G1 rid=1201\ngroup G2 rid=1202 member=@G1", ""},
		{"two", "group G1 rid=1201\ngroup G2 rid=1202 member=@G1\nG1 member=@G2", "G1 G2"},
		{"three, and one that only leads there", "group G1 rid=1201\ngroup G2 rid=1202 member=@G1\ngroup G3 rid=1203 member=@G2\nG1 member=@G3\ngroup G4 rid=1204 member=@G1", "G1 G2 G3"},
		{"two apart", "group G1 rid=1201\ngroup G2 rid=1202 member=@G1\nG1 member=@G2\ngroup G3 rid=1203\ngroup G4 rid=1204 member=@G3\nG3 member=@G4", "G1 G2; G3 G4"},
		{"itself", "group G1 rid=1201\nG1 member=@G1", "G1"},
	} {
		f := forest(t, strings.Split(row.lines, "\n")...)
		var out []string
		for _, loop := range loops(f) {
			var names []string
			for _, id := range loop {
				names = append(names, f.Dir.Name(id))
			}
			out = append(out, strings.Join(names, " "))
		}
		if got := strings.Join(out, "; "); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
