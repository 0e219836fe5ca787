package finding

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNormalNameFoldsWhatDoesNotDistinguish(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"case", "CN=Alice,OU=Soins", "cn=ALICE,ou=soins"},
		{"spaces around separators", "CN = Alice , OU= Soins", "cn=alice,ou=soins"},
		{"outer spaces", "  web.exemple.fr ", "web.exemple.fr"},
		{"accents", "CN=ÉLODIE", "cn=élodie"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if NormalName(tt.a) != NormalName(tt.b) {
				t.Errorf("NormalName(%q) = %q, NormalName(%q) = %q", tt.a, NormalName(tt.a), tt.b, NormalName(tt.b))
			}
		})
	}
	different := []struct{ name, a, b string }{
		{"inner spaces", "CN=A B", "CN=AB"},
		{"escaped comma", `CN=A\, OU=B`, `CN=A,OU=B`},
		{"escaped leading space", `CN=\ A`, `CN=A`},
	}
	for _, tt := range different {
		t.Run(tt.name, func(t *testing.T) {
			if NormalName(tt.a) == NormalName(tt.b) {
				t.Errorf("%q and %q both become %q", tt.a, tt.b, NormalName(tt.a))
			}
		})
	}
}

// f reads "rule sid|guid|name detail", with "-" for an absent identifier.
func f(line string) Finding {
	rule, rest, _ := strings.Cut(line, " ")
	ids, detail, _ := strings.Cut(rest, " ")
	part := strings.Split(ids, "|")
	for i := range part {
		part[i] = strings.TrimPrefix(part[i], "-")
	}
	return Finding{Rule: rule, Object: Object{Scope: "ex.lan", SID: part[0], GUID: part[1], Name: part[2]}, Detail: detail}
}

func list(lines ...string) []Finding {
	var out []Finding
	for _, l := range lines {
		out = append(out, f(l))
	}
	return out
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name                       string
		previous, current, history []Finding
		undecidedNow, undecidedWas string
		want                       []string
	}{
		{name: "new", current: list("r S1||a"), want: []string{"new r a"}},
		{name: "persisting", previous: list("r S1||a"), current: list("r S1||a"), want: []string{"persisting r a"}},
		{name: "fixed", previous: list("r S1||a"), want: []string{"fixed r a"}},
		{name: "back", current: list("r S1||a"), history: list("r S1||a"), want: []string{"back r a"}},
		{name: "moved object keeps its SID", previous: list("r S1||ou1"), current: list("r S1||ou2"), want: []string{"persisting r ou2"}},
		{name: "GUID when there is no SID", previous: list("r -|G1|x"), current: list("r -|G1|y"), want: []string{"persisting r y"}},
		{name: "a source without SID matches by name", previous: list("r S1||a"), current: list("r -||A"), want: []string{"persisting r A"}},
		{name: "same name, other SID, is another account", previous: list("r S1||a"), current: list("r S2||a"), want: []string{"new r a", "fixed r a"}},
		{name: "another rule is another finding", previous: list("r S1||a"), current: list("q S1||a"), want: []string{"new q a", "fixed r a"}},
		{name: "detail changed", previous: list("r S1||a 3"), current: list("r S1||a 1"), want: []string{"persisting r a 3>1"}},
		{name: "undecided now is not fixed", previous: list("r S1||a"), undecidedNow: "r", want: []string{"unverified r a"}},
		{name: "undecided before is not back", current: list("r S1||a"), history: list("r S1||a"), undecidedWas: "r", want: []string{"persisting r a"}},
		{name: "listed twice counts once", current: list("r S1||a", "r S1||a"), want: []string{"new r a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := func(list []Finding, undecided string) Run {
				return Run{Findings: list, Decided: func(rule, _ string) bool { return rule != undecided }}
			}
			c := Compare(run(tt.previous, tt.undecidedWas), run(tt.current, tt.undecidedNow), tt.history...)
			var got []string
			for _, ch := range c.Changes {
				line := fmt.Sprintf("%s %s %s", ch.Status, ch.Finding.Rule, ch.Finding.Object.Name)
				if ch.Changed {
					line += " " + ch.Before + ">" + ch.Finding.Detail
				}
				got = append(got, line)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			total := 0
			for _, s := range []Status{New, Persisting, Fixed, Back, Unverified} {
				if !s.Valid() || c.Count(s) != len(c.Of(s)) {
					t.Errorf("status %s: valid %v, count %d, list %d", s, s.Valid(), c.Count(s), len(c.Of(s)))
				}
				total += c.Count(s)
			}
			if total != len(c.Changes) {
				t.Errorf("statuses cover %d of %d changes", total, len(c.Changes))
			}
		})
	}
}

func TestCompareDoesNotDependOnOrder(t *testing.T) {
	previous := list("r S1||a", "r S2||b", "q -|G|c", "q -||d")
	current := list("r S2||bb", "q -|G|c", "r S9||z")
	want := Compare(Run{Findings: previous}, Run{Findings: current})
	slices.Reverse(previous)
	slices.Reverse(current)
	got := Compare(Run{Findings: previous}, Run{Findings: current})
	if !slices.Equal(got.Changes, want.Changes) {
		t.Errorf("reversed input gives %v, want %v", got.Changes, want.Changes)
	}
}

func TestID(t *testing.T) {
	a, moved := f("r S1|G|ou1"), f("r s1|H|ou2 other")
	if a.ID() != moved.ID() {
		t.Errorf("the same SID under another name changes the id: %s, %s", a.ID(), moved.ID())
	}
	for _, other := range list("q S1|G|ou1", "r S2|G|ou1", "r -|G|ou1") {
		if other.ID() == a.ID() {
			t.Errorf("%v has the id of %v", other, a)
		}
	}
	builtin := f("r S-1-5-32-544||x")
	elsewhere := builtin
	elsewhere.Object.Scope = "other.lan"
	if builtin.ID() == elsewhere.ID() {
		t.Error("a builtin group of two domains has one id")
	}
}
