package paths_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hygie/directory/control"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// smallWorld is a random domain of accounts, nested groups and units, with random rights, denials, owners and protections.
type smallWorld struct {
	dir     *model.Directory
	objects []smallObject
	root    []byte // descriptor of the domain: who holds which half of replication
	rootID  model.ID
}

type smallObject struct {
	dn, class string
	id        model.ID
	groups    []int // that have it as a member
	parent    int   // unit, -1 for none
	raw       []byte
}

var (
	smallDomain = sid.MustParse("S-1-5-21-7-8-9")
	smallTypes  = []string{"", attrMemberText, "bc0ac240-79a9-11d0-9020-00c04fc2d4cf", "00299570-246d-11d0-a768-00aa006e0529",
		"5b47d60f-6090-40b2-9f37-2a4de88f3063", "bf967aba-0de6-11d0-a285-00aa003049e2", "bf967a9c-0de6-11d0-a285-00aa003049e2"}
)

const attrMemberText = "bf9679c0-0de6-11d0-a285-00aa003049e2"

func smallSID(i int) sid.SID { return smallDomain.Append(uint32(1000 + i)) }

func newSmallWorld(t *testing.T, r *rand.Rand) *smallWorld {
	t.Helper()
	w := &smallWorld{}
	add := func(class string, n int) {
		for range n {
			i := len(w.objects)
			o := smallObject{class: class, parent: -1, dn: fmt.Sprintf("CN=o%02d,DC=small,DC=test", i)}
			if i > 0 && r.IntN(2) == 0 && w.objects[0].class == "organizationalUnit" {
				o.parent = r.IntN(2)
				o.dn = fmt.Sprintf("CN=o%02d,%s", i, w.objects[o.parent].dn)
			}
			w.objects = append(w.objects, o)
		}
	}
	w.objects = []smallObject{
		{class: "organizationalUnit", parent: -1, dn: "OU=o00,DC=small,DC=test"},
		{class: "organizationalUnit", parent: 0, dn: "OU=o01,OU=o00,DC=small,DC=test"},
	}
	add("user", 5)
	add("group", 5)
	for i := range w.objects { // each is in some groups; loops happen
		if w.objects[i].class != "organizationalUnit" {
			for g := 7; g < 12; g++ {
				if r.IntN(5) == 0 && g != i {
					w.objects[i].groups = append(w.objects[i].groups, g)
				}
			}
		}
	}
	b := model.NewBuilder()
	b.Partition(model.Partition{DN: "DC=small,DC=test", Kind: model.Domain})
	value := func(name string, v ...string) model.Attribute {
		a := model.Attribute{Name: name}
		for _, each := range v {
			a.Values = append(a.Values, []byte(each))
		}
		return a
	}
	entry := func(dn, class string, more ...model.Attribute) {
		if err := b.Add(model.Entry{DN: dn, Attributes: append([]model.Attribute{value("objectClass", "top", class)}, more...)}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.root, err = secdesc.ParseSDDL(randomHalves(r), smallDomain); err != nil {
		t.Fatal(err)
	}
	entry("DC=small,DC=test", "domainDNS", value("objectSid", smallDomain.String()), model.Attribute{Name: "nTSecurityDescriptor", Values: [][]byte{w.root}})
	for i := range w.objects {
		o := &w.objects[i]
		var err error
		if o.raw, err = secdesc.ParseSDDL(w.randomSDDL(r), smallDomain); err != nil {
			t.Fatal(err)
		}
		more := []model.Attribute{{Name: "nTSecurityDescriptor", Values: [][]byte{o.raw}}}
		if o.class != "organizationalUnit" {
			more = append(more, value("objectSid", smallSID(i).String()))
		}
		if o.class == "user" {
			more = append(more, value("userAccountControl", strconv.Itoa(512)))
		}
		for _, g := range o.groups {
			more = append(more, value("memberOf", w.objects[g].dn))
		}
		entry(o.dn, o.class, more...)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	w.dir = d
	if w.rootID, _ = d.ByDN("DC=small,DC=test"); w.rootID == model.None {
		t.Fatal("no root")
	}
	for i := range w.objects {
		id, ok := d.ByDN(w.objects[i].dn)
		if !ok {
			t.Fatal(w.objects[i].dn)
		}
		w.objects[i].id = id
	}
	return w
}

const halfChanges, halfAll = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"

// randomHalves gives the halves of replication to some principals. Nobody is denied one: that entering the group of one half brings a
// denial of the other is what the network does not see.
func randomHalves(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("O:BAD:P")
	for range r.IntN(5) {
		fmt.Fprintf(&b, "(OA;;CR;%s;;%s)", []string{halfChanges, halfAll}[r.IntN(2)], smallSID(2+r.IntN(10)))
	}
	return b.String()
}

// replicates tells whether one of the accounts taken, put into some of the groups that are controlled, holds both halves.
func (w *smallWorld) replicates(t *testing.T, taken map[int]bool) bool {
	t.Helper()
	d, err := secdesc.Parse(w.root)
	if err != nil {
		t.Fatal(err)
	}
	var groups []int
	for g := 7; g < 12; g++ {
		if taken[g] {
			groups = append(groups, g)
		}
	}
	for account := range taken {
		if account < 0 || w.objects[account].class != "user" {
			continue
		}
		for choice := range 1 << len(groups) {
			token := w.token(account)
			for i, g := range groups {
				if choice&(1<<i) != 0 {
					for s := range w.token(g) {
						token[s] = true
					}
				}
			}
			who := control.Subject{Holds: func(s sid.SID) bool { return token[s] }}
			both := true
			for _, half := range []string{halfChanges, halfAll} {
				both = both && control.Check(&d, who, control.Request{Mask: secdesc.ControlAccess, Types: []guid.GUID{guid.MustParse(half)}}).Granted
			}
			if both {
				return true
			}
		}
	}
	return false
}

func (w *smallWorld) randomSDDL(r *rand.Rand) string {
	var b strings.Builder
	owner := sid.Administrators
	if r.IntN(6) == 0 {
		owner = smallSID(2 + r.IntN(10))
	}
	b.WriteString("O:" + owner.String() + "D:" + []string{"", "P"}[r.IntN(2)])
	rights := []string{"WD", "WO", "WP", "CR", "SW", "RP", "GA", "GW", "CC", "RPWP"}
	for range r.IntN(5) {
		kind, flags, object := "A", []string{"", "", "CI", "CIIO", "CIID"}[r.IntN(5)], smallTypes[r.IntN(len(smallTypes))]
		if r.IntN(3) == 0 {
			kind = "D"
		}
		if object != "" {
			kind = "O" + kind
		}
		who := smallSID(2 + r.IntN(10)).String()
		if r.IntN(12) == 0 {
			who = sid.OwnerRights.String()
		}
		fmt.Fprintf(&b, "(%s;%s;%s;%s;;%s)", kind, flags, rights[r.IntN(len(rights))], object, who)
	}
	return b.String()
}

// token gives the SIDs of an object and of the groups above it.
func (w *smallWorld) token(i int) map[sid.SID]bool {
	out := map[sid.SID]bool{smallSID(i): true}
	for queue := []int{i}; len(queue) > 0; queue = queue[1:] {
		for _, g := range w.objects[queue[0]].groups {
			if !out[smallSID(g)] {
				out[smallSID(g)] = true
				queue = append(queue, g)
			}
		}
	}
	return out
}

// requests lists what gives control of an object of a class, each a single access check.
func requests(class string) []control.Request {
	types := func(text ...string) (out []guid.GUID) {
		for _, t := range text {
			out = append(out, guid.MustParse(t))
		}
		return out
	}
	own := map[string]string{"user": smallTypes[5], "group": smallTypes[6], "organizationalUnit": "bf967aa5-0de6-11d0-a285-00aa003049e2"}[class]
	out := []control.Request{{Mask: secdesc.WriteDACL, Types: types(own)}, {Mask: secdesc.WriteOwner, Types: types(own)}}
	switch class {
	case "user":
		for _, attribute := range [][]string{
			{"5b47d60f-6090-40b2-9f37-2a4de88f3063"},                                         // msDS-KeyCredentialLink
			{"bf967a68-0de6-11d0-a285-00aa003049e2", "4c164200-20c0-11d0-a768-00aa006e0529"}, // userAccountControl
			{}, // all attributes
		} {
			out = append(out, control.Request{Mask: secdesc.WriteProperty, Types: types(append(attribute, own)...)})
		}
		out = append(out, control.Request{Mask: secdesc.ControlAccess, Types: types(smallTypes[3])}, control.Request{Mask: secdesc.ControlAccess})
	case "group":
		out = append(out, control.Request{Mask: secdesc.WriteProperty, Types: types(smallTypes[1], smallTypes[2], own)},
			control.Request{Mask: secdesc.SelfWrite, Types: types(smallTypes[1])}, control.Request{Mask: secdesc.WriteProperty, Types: types(own)})
	}
	return out
}

// reached plays the attacker: with the token of an account it takes every object that an access check gives, acts as the accounts
// taken, puts an account of its own into the groups taken, passes from units to what inherits.
func (w *smallWorld) reached(t *testing.T, from int) map[int]bool {
	t.Helper()
	taken := map[int]bool{from: true}
	tokens := []map[sid.SID]bool{w.token(from)}
	take := func(i int) bool {
		if taken[i] {
			return false
		}
		taken[i] = true
		if w.objects[i].class != "organizationalUnit" {
			token := w.token(i)
			tokens = append(tokens, token)
		}
		return true
	}
	const root = -1
	for changed := true; changed; {
		changed = false
		if !taken[root] && w.replicates(t, taken) {
			taken[root], changed = true, true
		}
		for i, o := range w.objects {
			d, err := secdesc.Parse(o.raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range tokens {
				for _, request := range requests(o.class) {
					if control.Check(&d, control.Subject{Holds: func(s sid.SID) bool { return token[s] }}, request).Granted {
						changed = take(i) || changed
					}
				}
			}
			if taken[o.parent] && !d.Protected() { // parent -1 is the root
				changed = take(i) || changed
			}
			if o.class == "user" && (taken[root] || w.policed(t, o.parent, taken, tokens)) {
				changed = take(i) || changed
			}
		}
	}
	for i := range taken { // acting as an account is being in its groups
		if i != root && w.objects[i].class != "organizationalUnit" {
			for s := range w.token(i) {
				for g := 7; g < 12; g++ {
					if s == smallSID(g) {
						taken[g] = true
					}
				}
			}
		}
	}
	return taken
}

// policed tells whether a policy of the attacker's can apply below a unit: it has the unit, or one above, or may link there.
func (w *smallWorld) policed(t *testing.T, unit int, taken map[int]bool, tokens []map[sid.SID]bool) bool {
	t.Helper()
	for ; unit >= 0; unit = w.objects[unit].parent {
		d, err := secdesc.Parse(w.objects[unit].raw)
		if err != nil {
			t.Fatal(err)
		}
		link := control.Request{Mask: secdesc.WriteProperty, Types: []guid.GUID{
			guid.MustParse("f30e3bbe-9ff0-11d1-b603-0000f80367c1"), guid.MustParse("bf967aa5-0de6-11d0-a285-00aa003049e2")}}
		for _, token := range tokens {
			if control.Check(&d, control.Subject{Holds: func(s sid.SID) bool { return token[s] }}, link).Granted {
				return true
			}
		}
		if taken[unit] {
			return true
		}
	}
	return false
}

// rounds is how many worlds are played.
func rounds() int {
	if os.Getenv("HYGIE_TEST_LONG") != "" {
		return 20_000
	}
	return 400
}

// The network and the player reach the same objects in random worlds.
func TestNetworkAgreesWithPlayedAttacks(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	pairs, joined, replicated := 0, 0, 0
	for round := range rounds() {
		w := newSmallWorld(t, r)
		n := network(t, w.dir)
		for from := 2; from < 7; from++ {
			want := w.reached(t, from)
			if p, ok := n.Path(uint32(w.objects[from].id), uint32(w.rootID)); ok != want[-1] {
				d, _ := secdesc.Parse(w.root)
				t.Errorf("round %d, %d to the root: network %v (%s), played %v\n%s", round, from, ok, show(n, p), want[-1], d.SDDL())
			} else if ok {
				replicated++
			}
			for to, o := range w.objects {
				p, ok := n.Path(uint32(w.objects[from].id), uint32(o.id))
				pairs++
				if ok {
					joined++
				}
				if ok != want[to] {
					var drawing strings.Builder
					for i, each := range w.objects {
						d, _ := secdesc.Parse(each.raw)
						fmt.Fprintf(&drawing, "%d %s in %v below %d %s\n", i, each.class, each.groups, each.parent, d.SDDL())
					}
					t.Fatalf("round %d, %d to %d: network %v (%s), played %v, taken %v\n%s", round, from, to, ok, show(n, p), want[to],
						slices.Sorted(func(yield func(int) bool) {
							for i := range want {
								if !yield(i) {
									return
								}
							}
						}), drawing.String())
				}
			}
		}
	}
	if replicated < rounds()/20 {
		t.Errorf("the root was reached %d times: the sample says little", replicated)
	}
	if joined < pairs/20 || joined > pairs*9/10 {
		t.Errorf("%d of %d pairs are joined: the sample says little", joined, pairs)
	}
}
