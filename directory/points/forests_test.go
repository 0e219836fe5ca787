package points

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// small adds a domain with the least that makes it one; lines are "class|name|attribute=value|…" below CN=Users.
func small(t *testing.T, b *model.Builder, dn string, domainSID sid.SID, members map[string]string, flags map[string]string) {
	t.Helper()
	add := func(dn, class string, pairs ...string) {
		t.Helper()
		e := model.Entry{DN: dn}
		chain := []string{"top", class}
		if class == "user" {
			chain = []string{"top", "person", "organizationalPerson", "user"}
		}
		e.Attributes = append(e.Attributes, model.Attribute{Name: "objectClass"})
		for _, c := range chain {
			e.Attributes[0].Values = append(e.Attributes[0].Values, []byte(c))
		}
		for i := 0; i < len(pairs); i += 2 {
			e.Attributes = append(e.Attributes, model.Attribute{Name: pairs[i], Values: [][]byte{[]byte(pairs[i+1])}})
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	b.Partition(model.Partition{DN: dn, Kind: model.Domain, Attributes: []string{
		"objectSid", "member", "userAccountControl", "sAMAccountName", "pwdLastSet", "whenCreated", "servicePrincipalName", "primaryGroupID"}})
	add(dn, "domainDNS", "objectSid", domainSID.String(), "msDS-Behavior-Version", "7")
	add("CN=Users,"+dn, "container")
	add("CN=Builtin,"+dn, "builtinDomain")
	add("CN=Administrators,CN=Builtin,"+dn, "group", "objectSid", "S-1-5-32-544", "member", cmpOr(members["S-1-5-32-544"], "CN=Domain Admins,CN=Users,"+dn))
	add("CN=Domain Admins,CN=Users,"+dn, "group", "objectSid", domainSID.Append(512).String(), "member", cmpOr(members["512"], "CN=root,CN=Users,"+dn))
	add("CN=root,CN=Users,"+dn, "user", "objectSid", domainSID.Append(500).String(), "userAccountControl", cmpOr(flags["root"], "512"), "sAMAccountName", "root")
	add("CN=user,CN=Users,"+dn, "user", "objectSid", domainSID.Append(1103).String(), "userAccountControl", cmpOr(flags["user"], "512"), "sAMAccountName", "user")
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// TestEachDomainHasItsOwnBuiltinGroups: S-1-5-32-544 exists in each domain, and each has its own members.
func TestEachDomainHasItsOwnBuiltinGroups(t *testing.T) {
	b := model.NewBuilder()
	small(t, b, "DC=a,DC=test", sid.MustParse("S-1-5-21-1-1-1"), nil, map[string]string{"root": "66048"})
	small(t, b, "DC=b,DC=test", sid.MustParse("S-1-5-21-2-2-2"), nil, nil)
	small(t, b, "DC=fille,DC=b,DC=test", sid.MustParse("S-1-5-21-3-3-3"), map[string]string{"S-1-5-32-544": "CN=user,CN=Users,DC=b,DC=test"}, nil)
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, r := range Evaluate(d, Options{AsOf: drawn.AsOf}) {
		for _, v := range r.Verdicts {
			if v.Point.ID == "vuln_dont_expire_priv" {
				got += fmt.Sprintf("%s %s\n", r.Domain.DNSName, sum(v))
			}
			if v.Point.Forest && v.Status != NotEvaluated {
				t.Errorf("%s: %s without a configuration partition: %s", r.Domain.DNSName, v.Point.ID, sum(v))
			}
		}
	}
	want := "a.test failed [1]: root\nb.test passed\nfille.b.test passed\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestMemberOfAnotherDomainIsPrivileged: the account is judged with the domain whose group it belongs to.
func TestMemberOfAnotherDomainIsPrivileged(t *testing.T) {
	b := model.NewBuilder()
	small(t, b, "DC=b,DC=test", sid.MustParse("S-1-5-21-2-2-2"), nil, map[string]string{"user": "66048"})
	small(t, b, "DC=fille,DC=b,DC=test", sid.MustParse("S-1-5-21-3-3-3"), map[string]string{"512": "CN=user,CN=Users,DC=b,DC=test"}, nil)
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	results := Evaluate(d, Options{AsOf: drawn.AsOf})
	if got := sum(verdictOf(t, results[:1], "vuln_dont_expire_priv")); got != "passed" {
		t.Errorf("parent: %s", got)
	}
	if got := sum(verdictOf(t, results[1:], "vuln_dont_expire_priv")); got != "failed [1]: user" {
		t.Errorf("child: %s", got)
	}
}

// TestTwoForestsKeepTheirSettings: a weakness of the configuration of one hospital is not that of another.
func TestTwoForestsKeepTheirSettings(t *testing.T) {
	b := drawn.New(t, `"Directory Service" dSHeuristics=00000001`).Builder()
	small(t, b, "DC=autre,DC=test", sid.MustParse("S-1-5-21-9-9-9"), nil, nil)
	config := "CN=Configuration,DC=autre,DC=test"
	b.Partition(model.Partition{DN: config, Kind: model.Configuration, Attributes: []string{"dSHeuristics"}})
	for _, dn := range []string{"", "CN=Services,", "CN=Windows NT,CN=Services,", "CN=Directory Service,CN=Windows NT,CN=Services,"} {
		class := "container"
		if strings.HasPrefix(dn, "CN=Directory Service") {
			class = "nTDSService"
		}
		if err := b.Add(model.Entry{DN: dn + config, Attributes: []model.Attribute{
			{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte(class)}},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	results := Evaluate(d, Options{AsOf: drawn.AsOf})
	if len(results) != 2 || results[0].Domain.DNSName != "autre.test" || !results[0].Domain.ForestRoot || !results[1].Domain.ForestRoot {
		t.Fatalf("%d results", len(results))
	}
	if got := sum(verdictOf(t, results[:1], "vuln_dsheuristics_bad")); got != "failed [4]: Directory Service[4]" {
		t.Errorf("autre.test: %s", got)
	}
	if got := sum(verdictOf(t, results[1:], "vuln_dsheuristics_bad")); got != "failed [1 4]: Directory Service[1], Directory Service[4]" {
		t.Errorf("hop.test: %s", got)
	}
}

// TestNothingPassesOnAPartialSource: what is wrong is said, what looks right is not.
func TestNothingPassesOnAPartialSource(t *testing.T) {
	b := drawn.New(t, "Guest uac=0x220").Builder()
	b.Source(model.Source{Tool: "test", Name: "world", Collected: drawn.AsOf, Partial: true})
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	r := Evaluate(d, Options{AsOf: drawn.AsOf})[0]
	for _, v := range r.Verdicts {
		want := NotEvaluated
		if v.Point.ID == "vuln_guest" {
			want = Failed
		}
		if v.Status != want || !slices.Contains(v.Missing, "partial:world") {
			t.Errorf("%s: %s, missing %q", v.Point.ID, v.Status, v.Missing)
		}
	}
	if r.Level != 2 || !r.UpperBound {
		t.Errorf("level %d, upper bound %v; want at most 2", r.Level, r.UpperBound)
	}
}

// TestLevel: the lowest failed level; an undecided level above it changes nothing.
func TestLevel(t *testing.T) {
	tests := []struct {
		name              string
		failed, undecided []int
		level             int
		bound             bool
	}{
		{"nothing fails", nil, nil, 5, false},
		{"one level", []int{3}, nil, 3, false},
		{"the lowest", []int{4, 2}, nil, 2, false},
		{"undecided below", []int{3}, []int{1}, 3, true},
		{"undecided at the same level", []int{3}, []int{3}, 3, false},
		{"undecided above", []int{1}, []int{2}, 1, false},
		{"undecided alone", nil, []int{4}, 5, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			level, bound := Level([]Verdict{{Failed: tt.failed}, {Undecided: tt.undecided}})
			if level != tt.level || bound != tt.bound {
				t.Errorf("level %d, bound %v; want %d, %v", level, bound, tt.level, tt.bound)
			}
		})
	}
}
