package grouppolicy_test

import (
	"slices"
	"testing"

	"hygie/directory/grouppolicy"
	"hygie/directory/internal/drawn"
)

func TestLinks(t *testing.T) {
	link := func(dn string, disabled, enforced bool) grouppolicy.Link {
		return grouppolicy.Link{DN: dn, Disabled: disabled, Enforced: enforced}
	}
	for _, row := range []struct {
		name, text string
		want       []grouppolicy.Link
	}{
		{"none", "", nil},
		{"a space", " ", nil},
		{"one", "[LDAP://CN=A;0]", []grouppolicy.Link{link("CN=A", false, false)}},
		{"options", "[LDAP://CN=A;1][ldap://CN=B;2][LDAP://CN=C;3]", []grouppolicy.Link{link("CN=A", true, false), link("CN=B", false, true), link("CN=C", true, true)}},
		{"cut", "[LDAP://CN=A;0][LDAP://CN=B", []grouppolicy.Link{link("CN=A", false, false)}},
		{"something else", "[HTTP://CN=A;0][x;0][;]", nil},
	} {
		if got := slices.Collect(grouppolicy.Links(row.text)); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestFilter(t *testing.T) {
	const policy = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	for _, row := range []struct{ name, value, want string }{
		{"named", "[hop.test;{AAAA};0]", "Portables"},
		{"unread", "[hop.test;{BBBB};0]", "{BBBB}"},
		{"taken away", " ", ""},
		{"cut", "[hop.test", ""},
		{"empty", "[;;]", ""},
	} {
		d := drawn.New(t, "container WMIPolicy at=@System", "container SOM at=@WMIPolicy", "msWMI-Som {AAAA} at=@SOM msWMI-Name=Portables", policy+` "gPCWQLFilter=`+row.value+`"`).Freeze()
		for id := range d.OfClass("groupPolicyContainer") {
			if got, ok := grouppolicy.Filter(d, id); got != row.want || ok != (row.want != "") {
				t.Errorf("%s: %q %v", row.name, got, ok)
			}
		}
	}
}

// Links never fails, whatever the text.
func FuzzLinks(f *testing.F) {
	f.Add("[LDAP://CN=A;0][LDAP://CN=B;2]")
	f.Fuzz(func(t *testing.T, text string) {
		for l := range grouppolicy.Links(text) {
			if len(l.DN) > len(text) {
				t.Errorf("%q of %q", l.DN, text)
			}
		}
	})
}
