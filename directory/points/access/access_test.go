package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hygie/directory/guid"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// people is a directory of three accounts: alice and bob in staff, carol in nothing; admins are trusted.
type people struct{}

var (
	domain = sid.MustParse("S-1-5-21-1-2-3")
	staff  = domain.Append(1100)
	alice  = domain.Append(1101)
	bob    = domain.Append(1102)
	carol  = domain.Append(1103)
	admins = domain.Append(512)
)

func (people) Trusted(s sid.SID) bool { return s == admins || s == sid.LocalSystem }

func (people) Holds(trustee, other sid.SID) bool {
	switch other {
	case trustee, sid.Everyone, sid.AuthenticatedUsers:
		return true
	case staff:
		return trustee == alice || trustee == bob
	}
	return false
}

// names makes the trustees readable: A, B, C for the accounts, S for the group.
func names(s sid.SID) string {
	switch s {
	case staff:
		return "staff"
	case alice:
		return "alice"
	case bob:
		return "bob"
	case carol:
		return "carol"
	case sid.Everyone:
		return "everyone"
	}
	return s.String()
}

func evaluate(t *testing.T, sddl string, target Target) []Grant {
	t.Helper()
	for name, s := range map[string]sid.SID{"@staff": staff, "@alice": alice, "@bob": bob, "@carol": carol} {
		sddl = strings.ReplaceAll(sddl, name, s.String())
	}
	raw, err := secdesc.ParseSDDL(sddl, domain)
	if err != nil {
		t.Fatal(err)
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return Evaluate(&d, Class("user"), Rights(target), people{})
}

func TestEvaluate(t *testing.T) {
	const (
		reset  = "00299570-246d-11d0-a768-00aa006e0529"
		spn    = "f3a64788-5306-11d1-a9c5-0000f80367c1"
		public = "e48d0154-bcf8-11d1-8702-00c04fb96050"
		mail   = "bf967961-0de6-11d0-a285-00aa003049e2"
		user   = "bf967aba-0de6-11d0-a285-00aa003049e2"
		group  = "bf967a9c-0de6-11d0-a285-00aa003049e2"
	)
	tests := []struct{ name, sddl, want string }{
		{"nothing", "O:DAD:(A;;GR;;;AU)", ""},
		{"empty list", "O:DAD:", ""},
		{"trusted", "O:DAD:(A;;GA;;;DA)(A;;GA;;;SY)", ""},
		{"generic all is full control", "O:DAD:(A;;GA;;;@carol)", "carol full_control @0"},
		{"generic write", "O:DAD:(A;;GW;;;@carol)", "carol write_all_properties @0"},
		{"two entries make full control", "O:DAD:(A;;CCDCLCSWRPWPDTLOCR;;;@carol)(A;;SDRCWDWO;;;@carol)", "carol full_control @1"},
		{"entry for the class", "O:DAD:(OA;;WP;" + user + ";;@carol)", "carol write_all_properties @0"},
		{"entry for another class", "O:DAD:(OA;;WP;" + group + ";;@carol)", ""},
		{"attribute", "O:DAD:(OA;;WP;" + spn + ";;@carol)", "carol write_spn @0"},
		{"harmless attribute", "O:DAD:(OA;;WP;" + mail + ";;@carol)", ""},
		{"property set is said once", "O:DAD:(OA;;WP;" + public + ";;@carol)", "carol write_spn @0"},
		{"extended right", "O:DAD:(OA;;CR;" + reset + ";;@carol)", "carol reset_password @0"},
		{"every extended right", "O:DAD:(A;;CR;;;@carol)", "carol all_extended_rights @0"},
		{"every extended right denied beforehand", "O:DAD:(D;;CR;;;@carol)(A;;CR;;;@carol)", ""},
		{"one extended right denied, the others stay", "O:DAD:(OD;;CR;" + reset + ";;@carol)(A;;CR;;;@carol)", "carol all_extended_rights @1"},
		{"one attribute denied, another granted by its set", "O:DAD:(OD;;WP;" + spn + ";;@carol)(OA;;WP;" + public + ";;@carol)", "carol write_alt_security_identities @1"},
		{"denied through the group", "O:DAD:(D;;WD;;;@staff)(A;;WD;;;@alice)(A;;WD;;;@carol)", "carol write_dacl @2"},
		{"a member denied leaves the group", "O:DAD:(D;;WD;;;@alice)(A;;WD;;;@staff)", "staff write_dacl @1"},
		{"denied to everybody", "O:DAD:(D;;WD;;;WD)(A;;WD;;;@alice)", ""},
		{"denied after", "O:DAD:(A;;WD;;;@alice)(D;;WD;;;@alice)", "alice write_dacl @0"},
		{"another right denied", "O:DAD:(D;;WO;;;@alice)(A;;WDWO;;;@alice)", "alice write_dacl @1"},
		{"inherit-only grant", "O:DAD:(A;CIIO;GA;;;@alice)", ""},
		{"inherit-only denial", "O:DAD:(D;CIIO;GA;;;@alice)(A;;WD;;;@alice)", "alice write_dacl @1"},
		{"inherited", "O:DAD:(A;CIID;WD;;;@alice)", "alice write_dacl @0 inherited"},
		{"owner", "O:@aliceD:(A;;GR;;;AU)", "alice owner @-1"},
		{"owner limited", "O:@aliceD:(A;;RC;;;OW)", ""},
		{"owner with more", "O:@aliceD:(A;;RCWD;;;OW)", "alice owner @0"},
		{"object itself", "O:DAD:(A;;GA;;;PS)(A;;GA;;;CO)", ""},
		{"no list", "O:DA", "everyone null_dacl @-1"},
		{"null list", "O:DAD:NO_ACCESS_CONTROL", "everyone null_dacl @-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range evaluate(t, tt.sddl, Account) {
				line := fmt.Sprintf("%s %s @%d", names(g.Trustee), g.Right.Code, g.ACE)
				if g.Inherited {
					line += " inherited"
				}
				got = append(got, line)
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

// TestConditionalEntries: a grant under a condition counts, a denial under a condition does not, since neither is certain.
func TestConditionalEntries(t *testing.T) {
	ace := func(typ secdesc.Type) secdesc.ACE {
		return secdesc.ACE{Type: typ, Mask: secdesc.WriteDACL, Trustee: carol, Condition: []byte("artx")}
	}
	for _, tt := range []struct {
		name    string
		entries []secdesc.ACE
		want    int
	}{
		{"grant", []secdesc.ACE{ace(secdesc.AccessAllowedCallback)}, 1},
		{"denial before a grant", []secdesc.ACE{ace(secdesc.AccessDeniedCallback),
			{Type: secdesc.AccessAllowed, Mask: secdesc.WriteDACL, Trustee: carol}}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := secdesc.Parse(secdesc.MustBuild(secdesc.Spec{Owner: admins, Entries: tt.entries}))
			if err != nil {
				t.Fatal(err)
			}
			if got := Evaluate(&d, guid.GUID{}, Rights(Account), people{}); len(got) != tt.want {
				t.Errorf("%d grants, want %d: %v", len(got), tt.want, got)
			}
		})
	}
}

// TestRightsAreWellFormed: each target has rights, each right has a code, a danger and something to look for.
func TestRightsAreWellFormed(t *testing.T) {
	for target := Account; target <= AuthorityContainer; target++ {
		list := Rights(target)
		if len(list) <= len(everywhere()) && target != 0 {
			t.Errorf("target %d has no right of its own", target)
		}
		for _, r := range list {
			if r.Code == "" || r.Danger != Direct && r.Danger != Conditional || r.Mask == 0 || r.AnyType && r.Types != nil {
				t.Errorf("target %d: %+v", target, r)
			}
			if slices.Contains(r.Types, guid.GUID{}) {
				t.Errorf("target %d: %s has an empty object type", target, r.Code)
			}
		}
	}
}
