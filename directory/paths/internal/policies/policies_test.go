package policies

import (
	"strings"
	"testing"

	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// The policies that may have the last word on a setting, the weakest given first; those with a filter may or may not apply.
func TestWinning(t *testing.T) {
	plain := func(id uint32) *set { return &set{files: &sysvol.Policy{GUID: string(rune('a' + id))}} }
	for _, row := range []struct {
		name, order, want string // "f" before a policy: it has a filter
	}{
		{"the last", "a b c", "c"},
		{"the last has a filter", "a b fc", "b fc"},
		{"several filters", "a fb fc", "a fb fc"},
		{"a filter that something stronger silences", "fa b", "b"},
		{"filters alone", "fa fb", "fa fb"},
	} {
		w, made := make(winning), make(map[string]*set)
		for name := range strings.FieldsSeq(row.order) {
			s := plain(uint32(len(made)))
			if strings.HasPrefix(name, "f") {
				s.wmi = "filtre"
			}
			made[name] = s
			w.name("SeBackupPrivilege", s)
		}
		for name, s := range made {
			if got, want := w.may("sebackupprivilege", s), strings.Contains(" "+row.want+" ", " "+name+" "); got != want {
				t.Errorf("%s: %s may win: %v", row.name, name, got)
			}
			if w.may("SeDebugPrivilege", s) {
				t.Errorf("%s: %s wins what it does not name", row.name, name)
			}
		}
	}
}

func TestTold(t *testing.T) {
	if got := (&set{}).told("a = b"); got != "a = b" {
		t.Error(got)
	}
	if got := (&set{wmi: "Portables"}).told("a = b"); got != "a = b [WMI: Portables]" {
		t.Error(got)
	}
}

func TestReplaces(t *testing.T) {
	for _, row := range []struct {
		name string
		g    sysvol.Group
		want bool
	}{
		{"members stated", sysvol.Group{File: "GptTmpl.inf", Adds: []string{"a"}}, true},
		{"no member stated", sysvol.Group{File: "GPTTMPL.INF"}, true},
		{"made a member", sysvol.Group{File: "GptTmpl.inf", Joins: []string{"a"}}, false},
		{"both", sysvol.Group{File: "GptTmpl.inf", Adds: []string{"a"}, Joins: []string{"b"}}, true},
		{"a preference", sysvol.Group{File: "Groups.xml", Adds: []string{"a"}}, false},
	} {
		if replaces(row.g) != row.want {
			t.Errorf("%s: %v", row.name, !row.want)
		}
	}
}

func TestReservedNames(t *testing.T) {
	for name, want := range map[string]string{"Administrateurs": "S-1-5-32-544", "administrators": "S-1-5-32-544", "Tout le monde": "S-1-1-0", "Everyone": "S-1-1-0", "Personne": "", "": ""} {
		s, ok := reserved(name)
		if ok != (want != "") || ok && s != sid.MustParse(want) {
			t.Errorf("%q: %s %v", name, s, ok)
		}
	}
}

func TestPrefixInAnyCase(t *testing.T) {
	for _, row := range []struct {
		s, prefix, rest string
		ok              bool
	}{{"POLICIES/x", "policies/", "x", true}, {"policies", "policies/", "policies", false}, {"", "a", "", false}, {"scripts/A", "Scripts/", "A", true}} {
		if rest, ok := cutFold(row.s, row.prefix); rest != row.rest || ok != row.ok {
			t.Errorf("%q: %q %v", row.s, rest, ok)
		}
	}
}
