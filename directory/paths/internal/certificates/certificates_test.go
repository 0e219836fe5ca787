package certificates

import (
	"strings"
	"testing"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths/internal/policies"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/pki"
	"hygie/directory/schema"
	"hygie/directory/sid"
)

const own = "S-1-5-21-100-200-300-"

// read reads the rights of a drawn world and gives the certifier, nothing linked yet.
func read(t *testing.T, lines string) *certifier {
	t.Helper()
	d := drawn.New(t, strings.Split(lines, "\n")...).Freeze()
	s, err := schema.Collected(d)
	if err != nil {
		t.Fatal(err)
	}
	b := wiring.New(d, s)
	c := &certifier{Reading: rights.Read(b, policies.Read(b).EnforcedOn)}
	c.findMachines()
	return c
}

func (b *certifier) find(t *testing.T, name string) model.ID {
	t.Helper()
	for id := range b.Dir.All() {
		if b.Dir.Name(id) == name {
			return id
		}
	}
	t.Fatalf("no %s", name)
	return model.None
}

// Who may enrol at an authority: by its registry where that was read, else by its object; everybody where neither was.
func TestEnrolmentAtAnAuthority(t *testing.T) {
	const enroll = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	for _, row := range []struct {
		name, lines string
		everybody   bool
		admitted    string // of alice, bruno and the machine WS1
	}{
		{"everybody by its object", "", true, "alice bruno WS1"},
		{"a group by its object", "CA1 acl=O:DAG:DAD:(A;;GA;;;DA)(OA;;CR;" + enroll + ";;" + own + "1108)", false, "alice"},
		{"the registry counts", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x200;;;" + own + "1104)", false, "bruno"},
		{"the registry refuses some", "CA1 hygie-authoritySecurity=O:BAD:(D;;0x200;;;" + own + "1103)(A;;0x200;;;AU)", true, "alice bruno WS1"}, // of those who are not refused
		{"nobody", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x1;;;BA)", false, ""},
		{"machines", "CA1 hygie-authoritySecurity=O:BAD:(A;;0x200;;;" + own + "515)", false, "WS1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := read(t, row.lines)
			id := b.find(t, "CA1")
			a := authority{Authority: pki.ReadAuthority(b.Dir, id), home: b.Home[id]}
			b.security(&a)
			var got []string
			for _, name := range []string{"alice", "bruno", "WS1"} {
				if b.admits(&a, b.Dir.SID(b.find(t, name))) {
					got = append(got, name)
				}
			}
			if a.everybody() != row.everybody || strings.Join(got, " ") != row.admitted {
				t.Errorf("everybody %v, %q", a.everybody(), got)
			}
		})
	}
}

// What the registries of all controllers come to: one that goes by name is enough to be weak, all must be strict to be safe.
func TestMapping(t *testing.T) {
	const second = "computer DC2 at=@DCs rid=1001 uac=0x82000 pgid=516\n"
	for _, row := range []struct {
		name, lines   string
		always, never bool
	}{
		{"unread", "", false, false},
		{"strict", "DC1 hygie-strongMapping=2", false, true},
		{"off", "DC1 hygie-strongMapping=0", true, false},
		{"being moved", "DC1 hygie-strongMapping=1", false, false},
		{"strict, but for a web service", "DC1 hygie-strongMapping=2 hygie-mappingMethods=31", true, false},
		{"one of two unread", second + "DC1 hygie-strongMapping=2", false, false},
		{"one of two off", second + "DC1 hygie-strongMapping=2\nDC2 hygie-strongMapping=0", true, false},
	} {
		if always, never := read(t, row.lines).mapping(); always != row.always || never != row.never {
			t.Errorf("%s: %v %v", row.name, always, never)
		}
	}
}

// Whose certificates carry whose name.
func TestNamed(t *testing.T) {
	for _, row := range []struct {
		flags  int64
		family control.Family
		want   bool
	}{
		{pki.NamesByUPN, control.Account, true}, {pki.NamesByService, control.Account, true}, {pki.NamesByDNS, control.Account, false},
		{pki.NamesByDNS, control.Computer, true}, {pki.NamesByUPN, control.Computer, false}, {pki.NamesByUPN | pki.NamesByDNS, control.Group, false}, {0, control.Account, false},
	} {
		i := issued{Template: &pki.Template{Names: row.flags}}
		if i.named(row.family) != row.want {
			t.Errorf("%#x on %d: %v", row.flags, row.family, !row.want)
		}
	}
}

// In whose name an agent may ask: one privileged account among them is the whole domain.
func TestTargets(t *testing.T) {
	b := read(t, "group G1 rid=1201 member=@alice member=@bruno\ngroup G2 rid=1202 member=@G1 member=@Administrator")
	root := graph.Node(b.find(t, "hop"))
	by := &authority{root: root}
	for who, whole := range map[string]bool{"S-1-1-0": true, "S-1-5-11": true, own + "512": true, own + "500": true, own + "1202": true, own + "1201": false, own + "1103": false, "S-1-5-21-9-9-9-9": false} {
		if got := b.targets([]sid.SID{sid.MustParse(who)}, by); (got == root) != whole {
			t.Errorf("%s: node %d, the domain is %d", who, got, root)
		}
	}
}
