package rights

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/schema"
)

const own = "S-1-5-21-100-200-300-"

// reading reads a drawn world without policies.
func reading(t *testing.T, lines string) *Reading {
	t.Helper()
	d := drawn.New(t, strings.Split(lines, "\n")...).Freeze()
	s, err := schema.Collected(d)
	if err != nil {
		t.Fatal(err)
	}
	return Read(wiring.New(d, s), func(model.ID) (graph.Node, bool) { return 0, false })
}

func (h *Reading) find(t *testing.T, name string) model.ID {
	t.Helper()
	for id := range h.Dir.All() {
		if h.Dir.Name(id) == name {
			return id
		}
	}
	t.Fatalf("no %s", name)
	return model.None
}

// A descriptor that several objects of a class share is read once, and each distinct one for each class.
func TestPairs(t *testing.T) {
	const rights = "acl=O:DAG:DAD:(A;;GA;;;DA)(A;;WP;;;" + own + "1108)"
	h := reading(t, "alice "+rights+"\nbruno "+rights+"\nWS1 "+rights)
	alice, bruno, machine := h.PairOf[h.find(t, "alice")], h.PairOf[h.find(t, "bruno")], h.PairOf[h.find(t, "WS1")]
	if alice == 0 || alice != bruno || alice == machine {
		t.Errorf("pairs %d, %d, %d", alice, bruno, machine)
	}
	if p := h.read[alice-1]; p.count != 2 || len(h.carriers(&p)) != 2 {
		t.Errorf("%d objects share the descriptor", p.count)
	}
}

// The unit of an inherited entry is the container that carries it.
func TestWhereAnEntryComesFrom(t *testing.T) {
	for _, row := range []struct {
		name, lines, origin string
	}{
		{"explicit", "alice acl+=(A;;WP;;;" + own + "1104)", "alice"},
		{"from its unit", "Soins acl+=(A;CI;WP;;;" + own + "1104)\nalice acl+=(A;CIID;WP;;;" + own + "1104)", "Soins"},
		{"from above its unit", "hop acl+=(A;CI;WP;;;" + own + "1104)\nalice acl+=(A;CIID;WP;;;" + own + "1104)", "hop"},
		{"from nowhere that was read", "alice acl+=(A;CIID;WP;;;" + own + "1104)", "alice"},
		{"its unit carries another", "Soins acl+=(A;CI;WD;;;" + own + "1104)\nalice acl+=(A;CIID;WP;;;" + own + "1104)", "Soins alice"},
	} {
		h := reading(t, row.lines)
		bruno := graph.Node(h.find(t, "bruno"))
		var found []string
		for _, u := range h.Units {
			if u.Trustee == bruno {
				found = append(found, h.Dir.Name(u.Origin))
			}
		}
		slices.Sort(found)
		if got := strings.Join(found, " "); got != row.origin {
			t.Errorf("%s: %q, want %q", row.name, got, row.origin)
		}
	}
}

// Rights to enrol and to change a template lead nowhere by themselves: they are kept for whoever links certificates.
func TestRightsKeptApart(t *testing.T) {
	h := reading(t, "Poste acl+=(OA;;CR;0e10c968-78fb-11d2-90d4-00c04f79dc55;;"+own+"1103)(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;"+own+"1104)")
	template := h.find(t, "Poste")
	enrols := func(list []Enrolment, who string) bool {
		return slices.ContainsFunc(list, func(e Enrolment) bool { return e.Who.String() == who && !e.Partly })
	}
	if got := h.Enrolment[template]; !enrols(got, own+"1103") || enrols(got, own+"1104") {
		t.Errorf("enrolment %+v", got)
	}
	shapes := h.Shapes[template]
	if len(shapes) != 1 || shapes[0].Power != control.ShapeName {
		t.Errorf("shapes %+v", shapes)
	}
	if got := h.Enrolment[h.find(t, "CA1")]; !enrols(got, "S-1-5-11") || enrols(got, own+"1103") {
		t.Errorf("enrolment at the authority %+v", got)
	}
}

// A password kept encrypted only is read by nobody who merely reads the attribute.
func TestEncryptedPasswords(t *testing.T) {
	for _, row := range []struct {
		line string
		want bool
	}{{"WS1 msLAPS-EncryptedPassword=x", true}, {"WS1 msLAPS-EncryptedPassword=x msLAPS-Password=y", false}, {"WS1 msLAPS-Password=y", false}, {"", false}} {
		b := drawn.New(t).Builder()
		e := model.Entry{DN: "CN=WS1,CN=Computers,DC=hop,DC=test"}
		for pair := range strings.FieldsSeq(strings.TrimPrefix(row.line, "WS1")) {
			name, value, _ := strings.Cut(pair, "=")
			e.Attributes = append(e.Attributes, model.Attribute{Name: name, Values: [][]byte{[]byte(value)}})
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		s, err := schema.Collected(d)
		if err != nil {
			t.Fatal(err)
		}
		h := Read(wiring.New(d, s), func(model.ID) (graph.Node, bool) { return 0, false })
		if got := h.encrypted(h.find(t, "WS1")); got != row.want {
			t.Errorf("%q: %v", row.line, got)
		}
	}
}
