package certificates

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/findings/rule/ruletest"
	"hygie/directory/sid"
)

func TestMappings(t *testing.T) {
	for _, row := range []struct {
		mapping, form string
		weak          bool
	}{
		{"X509:<I>DC=test,CN=AC<S>CN=alice", "X509:<I><S>", true},
		{"x509:<s>CN=alice", "X509:<S>", true},
		{"X509:<RFC822>alice@hop.test", "X509:<RFC822>", true},
		{"X509:<I>DC=test<SR>1234", "X509:<I><SR>", false},
		{"X509:<SKI>00", "X509:<SKI>", false},
		{"X509:<SHA1-PUKEY>00", "X509:<SHA1-PUKEY>", false},
		{"Kerberos:alice@AUTRE", "", false},
		{"X509:<S", "X509:", false},
		{"X509", "", false},
		{"", "", false},
	} {
		if got := mappingForm(row.mapping); got != row.form || weakMapping(row.mapping) != row.weak {
			t.Errorf("%q: %q, weak %v", row.mapping, got, weakMapping(row.mapping))
		}
	}
}

func TestRegisteredServices(t *testing.T) {
	for _, row := range []struct{ entry, want string }{
		{"1\n2\n0\nhttps://a/", "https://a/"}, {"1\n4\n0\nHTTP://a/", "HTTP://a/"}, {"1\n4\n0\nhttps://a/", ""}, {"1\n2\n0", ""}, {"", ""}, {"1\n 2 \n0\n https://a/ \n0", "https://a/"},
	} {
		if got := strings.Join(registered([]string{row.entry}), " "); got != row.want {
			t.Errorf("%q: %q, want %q", row.entry, got, row.want)
		}
	}
}

// Whom an authority lets enrol, of those that a template lets.
func TestAdmits(t *testing.T) {
	const domain = "S-1-5-21-100-200-300-"
	o := ruletest.New(t, "group G1 rid=1201 member=@alice", "group G2 rid=1202 member=@alice member=@bruno", "group G3 rid=1203 member=@bruno", "group G4 rid=1204 member=@Administrator", "group G5 rid=1205 member=@Administrator")
	for _, row := range []struct {
		name  string
		lists []string
		who   string
		want  string
	}{
		{"everybody", []string{"S-1-5-11"}, domain + "1201", domain + "1201"},
		{"the same", []string{domain + "1201"}, domain + "1201", domain + "1201"},
		{"a member", []string{domain + "1201"}, domain + "1103", domain + "1103"},
		{"another", []string{domain + "1201"}, domain + "1104", ""},
		{"of everybody, those listed", []string{domain + "1201", domain + "1203"}, "S-1-5-11", domain + "1201 " + domain + "1203"},
		{"of the world, those listed", []string{domain + "1201"}, "S-1-1-0", domain + "1201"},
		{"groups that share somebody", []string{domain + "1201"}, domain + "1202", domain + "1202"},
		{"groups that share nobody", []string{domain + "1201"}, domain + "1203", ""},
		{"groups that share an administrator", []string{domain + "1204"}, domain + "1205", ""},
		{"nobody listed", nil, "S-1-5-11", ""},
		{"somebody that the sources did not give", []string{"S-1-5-21-9-9-9-1"}, domain + "1201", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &authority{}
			for _, s := range row.lists {
				a.enrol = append(a.enrol, sid.MustParse(s))
			}
			var got []string
			for _, s := range a.admits(o, sid.MustParse(row.who)) {
				got = append(got, s.String())
			}
			if strings.Join(got, " ") != row.want || a.open() != (len(row.lists) > 0) {
				t.Errorf("%q, want %q", got, row.want)
			}
			a.unlisted = true
			if got := a.admits(o, sid.MustParse(row.who)); len(got) != 1 || !a.open() {
				t.Errorf("an authority whose list was not read: %q", got)
			}
		})
	}
}

// One principal is told once, with all the authorities that admit it.
func TestAdmitted(t *testing.T) {
	o := ruletest.New(t)
	first, second := &authority{name: "A", unlisted: true}, &authority{name: "B", enrol: []sid.SID{sid.AuthenticatedUsers}}
	got := admitted(o, []sid.SID{sid.AuthenticatedUsers, sid.MustParse("S-1-5-21-100-200-300-1103")}, []*authority{first, second, {name: "C"}})
	if len(got) != 2 || got[0].who != sid.AuthenticatedUsers || !slices.Equal(got[0].authorities, []string{"A", "B"}) || !slices.Equal(got[1].authorities, []string{"A", "B"}) {
		t.Errorf("%+v", got)
	}
}
