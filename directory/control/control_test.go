package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/control"
	"hygie/directory/guid"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

var (
	domain = sid.MustParse("S-1-5-21-1-2-3")
	alice  = domain.Append(1104) // an account, member of helpers and staff
	bob    = domain.Append(1105) // an account, member of staff
	helper = domain.Append(1201) // a group, inside staff
	staff  = domain.Append(1202)
	object = domain.Append(1300)
)

// short names of the principals of the tables.
var names = strings.NewReplacer("alice", alice.String(), "bob", bob.String(), "helper", helper.String(), "staff", staff.String(), "object", object.String())

func rules(t testing.TB) *control.Rules {
	t.Helper()
	s, err := schema.Published()
	if err != nil {
		t.Fatal(err)
	}
	return control.NewRules(s)
}

func descriptor(t testing.TB, sddl string) *secdesc.Descriptor {
	t.Helper()
	raw, err := secdesc.ParseSDDL(names.Replace(sddl), domain)
	if err != nil {
		t.Fatal(err)
	}
	d, err := secdesc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// holds is the token of the little world above.
func holds(trustee, other sid.SID) bool {
	groups := map[sid.SID][]sid.SID{alice: {helper, staff}, bob: {staff}, helper: {staff}}
	return trustee == other || other == sid.Everyone || other == sid.AuthenticatedUsers || slices.Contains(groups[trustee], other)
}

const (
	attrMember  = "bf9679c0-0de6-11d0-a285-00aa003049e2"
	setMember   = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
	attrSPN     = "f3a64788-5306-11d1-a9c5-0000f80367c1"
	attrUAC     = "bf967a68-0de6-11d0-a285-00aa003049e2"
	setRestrict = "4c164200-20c0-11d0-a768-00aa006e0529"
	attrAct     = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
	attrKey     = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
	attrUPN     = "28630ebb-41d5-11d1-a9c1-0000f80367c1"
	attrDNSName = "72e39547-7b18-11d1-adef-00c04fd8d5cd"
	attrReveal  = "303d9f4a-1dd6-4b38-8fc5-33afe8c988ad"
	attrGPLink  = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
	attrPath    = "f30e3bc1-9ff0-11d1-b603-0000f80367c1"
	reset       = "00299570-246d-11d0-a768-00aa006e0529"
	changes     = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
	changesAll  = "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2"
	enroll      = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
	classUser   = "bf967aba-0de6-11d0-a285-00aa003049e2"
	classGroup  = "bf967a9c-0de6-11d0-a285-00aa003049e2"
)

// Each kind with an entry that gives it, and near misses that do not.
func TestGrants(t *testing.T) {
	full := "CCDCLCSWRPWPDTLOCRSDRCWDWO"
	for _, row := range []struct{ name, class, sddl, want string }{
		{"full control", "user", "D:(A;;" + full + ";;;alice)", "alice GenericAll 0"},
		{"generic all", "user", "D:(A;;GA;;;alice)", "alice GenericAll 0"},
		{"full control limited to the class", "user", "D:(OA;;GA;" + classUser + ";;alice)", "alice GenericAll 0"},
		{"full control limited to another class", "user", "D:(OA;;GA;" + classGroup + ";;alice)", ""},
		{"protection against deletion takes nothing away", "user", "D:(D;;DTSD;;;WD)(A;;GA;;;alice)", "alice GenericAll 1"},
		{"inherit-only", "user", "D:(A;CIIO;GA;;;alice)", ""},
		{"rewrite rights", "user", "D:(A;;WD;;;alice)", "alice WriteDacl 0"},
		{"rewrite rights of a container", "container", "D:(A;;WD;;;alice)", "alice WriteDacl 0"},
		{"take ownership", "group", "D:(A;;WO;;;alice)", "alice WriteOwner 0"},
		{"deleting is not control", "user", "D:(A;;SDDTDC;;;alice)", ""},
		{"reading is not control", "user", "D:(A;;GR;;;alice)(A;;GX;;;alice)", ""},
		{"owner", "user", "O:aliceD:", "alice Owner -1"},
		{"owner limited by an entry", "user", "O:aliceD:(A;;RC;;;S-1-3-4)", ""},
		{"owner given more by an entry", "user", "O:aliceD:(A;;WD;;;S-1-3-4)", "alice WriteDacl 0"},
		{"the limit of owners does not count when inherit-only", "user", "O:aliceD:(A;CIIO;RC;;;S-1-3-4)", "alice Owner -1"},
		{"no list", "user", "O:alice", "S-1-1-0 NullDACL -2"},
		{"null list", "user", "D:NO_ACCESS_CONTROL", "S-1-1-0 NullDACL -2"},
		{"empty list", "user", "D:", ""},
		{"entries for the object and for creators", "user", "D:(A;;GA;;;PS)(A;;GA;;;CO)(A;;GA;;;CG)", ""},
		{"write all attributes of an account", "user", "D:(A;;WP;;;alice)", "alice GenericWrite 0"},
		{"write all attributes of a container", "container", "D:(A;;WP;;;alice)", ""},
		{"all extended rights", "user", "D:(A;;CR;;;alice)", "alice AllExtendedRights 0"},
		{"all extended rights on a group", "group", "D:(A;;CR;;;alice)", ""},
		{"set the password", "user", "D:(OA;;CR;" + reset + ";;alice)", "alice ForceChangePassword 0"},
		{"set the password of a computer", "computer", "D:(OA;;CR;" + reset + ";;alice)", "alice ForceChangePassword 0"},
		{"set a password on a group", "group", "D:(OA;;CR;" + reset + ";;alice)", ""},
		{"the password's right with another mask", "user", "D:(OA;;WP;" + reset + ";;alice)", ""},
		{"write members", "group", "D:(OA;;WP;" + attrMember + ";;alice)", "alice AddMember 0"},
		{"write members by the property set", "group", "D:(OA;;WP;" + setMember + ";;alice)", "alice AddMember 0"},
		{"write members of a user", "user", "D:(OA;;WP;" + attrMember + ";;alice)", ""},
		{"add oneself", "group", "D:(OA;;SW;" + attrMember + ";;alice)", "alice AddSelf 0"},
		{"all validated writes", "group", "D:(A;;SW;;;alice)", "alice AddSelf 0"},
		{"read members", "group", "D:(OA;;RP;" + attrMember + ";;alice)", ""},
		{"service name", "user", "D:(OA;;WP;" + attrSPN + ";;alice)", "alice WriteSPN 0"},
		{"service name of a computer is no use", "computer", "D:(OA;;WP;" + attrSPN + ";;alice)", ""},
		{"public information holds service name and identities", "user", "D:(OA;;WP;e48d0154-bcf8-11d1-8702-00c04fb96050;;alice)", "alice WritePrincipalName 0, alice WriteSPN 0"},
		{"the name that certificates match", "user", "D:(OA;;WP;" + attrUPN + ";;alice)", "alice WritePrincipalName 0"},
		{"that name, held with every attribute", "user", "D:(A;;WP;;;alice)(OA;;WP;" + attrUPN + ";;bob)", "alice GenericWrite 0, bob WritePrincipalName 1"},
		{"that name of a group", "group", "D:(OA;;WP;" + attrUPN + ";;alice)", ""},
		{"the DNS name of a computer", "computer", "D:(OA;;WP;" + attrDNSName + ";;alice)", "alice WritePrincipalName 0"},
		{"the validated write of the DNS name", "computer", "D:(OA;;SW;" + attrDNSName + ";;alice)", ""},
		{"secrets that a read-only controller keeps", "computer", "D:(OA;;WP;" + attrReveal + ";;alice)", "alice WriteRevealList 0"},
		{"account control", "user", "D:(OA;;WP;" + attrUAC + ";;alice)", "alice WriteAccountRestrictions 0"},
		{"account restrictions of a user", "user", "D:(OA;;WP;" + setRestrict + ";;alice)", "alice WriteAccountRestrictions 0"},
		{"account restrictions of a computer hold the delegation", "computer", "D:(OA;;WP;" + setRestrict + ";;alice)", "alice WriteAllowedToAct 0"},
		{"delegation of a computer", "computer", "D:(OA;;WP;" + attrAct + ";;alice)", "alice WriteAllowedToAct 0"},
		{"key credentials", "user", "D:(OA;;WP;" + attrKey + ";;alice)", "alice WriteKeyCredentialLink 0"},
		{"validated write of key credentials is not a write", "computer", "D:(OA;;SW;" + attrKey + ";;alice)", ""},
		{"link policies", "organizationalUnit", "D:(OA;;WP;" + attrGPLink + ";;alice)", "alice WriteGPLink 0"},
		{"write all attributes of a unit", "organizationalUnit", "D:(A;;WP;;;alice)", "alice WriteGPLink 0"},
		{"full control of a unit gives both powers", "organizationalUnit", "D:(A;;GA;;;alice)", "alice GenericAll 0, alice WriteGPLink 0"},
		{"place of a policy's files", "groupPolicyContainer", "D:(OA;;WP;" + attrPath + ";;alice)", "alice WriteGPCFileSysPath 0"},
		{"replicate secrets", "domainDNS", "D:(OA;;CR;" + changes + ";;alice)(OA;;CR;" + changesAll + ";;alice)", "alice GetChanges 0, alice GetChangesAll 1"},
		{"all extended rights on the domain", "domainDNS", "D:(A;;CR;;;alice)", "alice GetChangesAll 0, alice GetChanges 0"},
		{"enrol", "pKICertificateTemplate", "D:(OA;;CR;" + enroll + ";;alice)", "alice Enroll 0"},
		{"automatic enrolment alone", "pKICertificateTemplate", "D:(OA;;CR;a05b8cc2-17bc-4802-a710-e7c15ab866a2;;alice)", ""},
		{"change a template", "pKICertificateTemplate", "D:(A;;WP;;;alice)", "alice GenericWrite 0"},
		{"change who chooses the name", "pKICertificateTemplate", "D:(OA;;WP;ea1dddc4-60ff-416e-8cc0-17cee534bce7;;alice)", "alice WriteTemplate 0"},
		{"rewrite the rights of a template", "pKICertificateTemplate", "D:(A;;WD;;;alice)", "alice WriteDacl 0"},
		{"enrol at an authority", "pKIEnrollmentService", "D:(OA;;CR;" + enroll + ";;alice)", "alice Enroll 0"},
		{"publish templates", "pKIEnrollmentService", "D:(OA;;WP;2a39c5b1-8960-11d1-aebc-0000f80367c1;;alice)", "alice ManageCA 0"},
		{"denied before", "user", "D:(D;;WD;;;alice)(A;;WD;;;alice)", ""},
		{"denied after", "user", "D:(A;;WD;;;alice)(D;;WD;;;alice)", "alice WriteDacl 0"},
		{"denied through a group of the trustee", "user", "D:(D;;WD;;;staff)(A;;WD;;;alice)", ""},
		{"denied to everyone", "user", "D:(D;;WD;;;WD)(A;;WD;;;alice)", ""},
		{"denied to some members only", "user", "D:(D;;WD;;;helper)(A;;WD;;;staff)", "staff WriteDacl 1 but helper"},
		{"denied to some, a weaker right left", "user", "D:(D;;WD;;;helper)(A;;WDWP;;;staff)", "staff WriteDacl 1 but helper, staff GenericWrite 1"},
		{"denied on one attribute, granted on all", "user", "D:(OD;;WP;" + attrKey + ";;alice)(A;;WP;;;alice)", "alice GenericWrite 1"},
		{"denied on that attribute", "user", "D:(OD;;WP;" + attrKey + ";;alice)(OA;;WP;" + attrKey + ";;alice)", ""},
		{"denied on the property set", "group", "D:(OD;;WP;" + setMember + ";;alice)(OA;;WP;" + attrMember + ";;alice)", ""},
		{"denied everything that is typed", "group", "D:(OD;;WP;;;alice)(OA;;WP;" + attrMember + ";;alice)", ""},
		{"an inherit-only denial does not count", "user", "D:(D;CIIO;WD;;;alice)(A;;WD;;;alice)", "alice WriteDacl 1"},
		{"two trustees", "user", "D:(A;;WD;;;alice)(A;;WO;;;bob)", "alice WriteDacl 0, bob WriteOwner 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, g := range rules(t).Grants(descriptor(t, row.sddl), row.class, holds) {
				line := fmt.Sprintf("%s %s %d", g.Trustee, g.Kind, g.ACE)
				for _, s := range g.Refused {
					line += " but " + s.String()
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(names.Replace(row.want), strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Where the schema has the classes and attributes of later products, their rights count.
func TestGrantsOfCollectedSchema(t *testing.T) {
	r := rules(t)
	for _, row := range []struct {
		name, class, sddl string
		want              int
	}{
		{"control access to everything and reading", "computer", "D:(A;;RPCR;;;alice)", 1}, // only AllExtendedRights: this schema has no LAPS
		{"creating children", "organizationalUnit", "D:(A;;CC;;;alice)", 0},
	} {
		if got := r.Grants(descriptor(t, row.sddl), row.class, holds); len(got) != row.want {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
	r.OwnersLimited = true
	for class, want := range map[string]int{"computer": 0, "msDS-GroupManagedServiceAccount": 0, "user": 1} {
		if got := r.Grants(descriptor(t, "O:aliceD:"), class, holds); len(got) != want {
			t.Errorf("owner of a %s with the limit: %+v", class, got)
		}
	}
}

func TestCheck(t *testing.T) {
	token := func(who ...sid.SID) func(sid.SID) bool {
		return func(s sid.SID) bool { return slices.Contains(who, s) }
	}
	types := func(text ...string) (out []guid.GUID) {
		for _, g := range text {
			out = append(out, guid.MustParse(g))
		}
		return out
	}
	for _, row := range []struct {
		name, sddl string
		who        control.Subject
		want       control.Request
		granted    bool
		entry      int
	}{
		{"two entries together", "D:(A;;RP;;;alice)(A;;WP;;;staff)", control.Subject{Holds: token(alice, staff)},
			control.Request{Mask: secdesc.ReadProperty | secdesc.WriteProperty}, true, 1},
		{"one of two is missing", "D:(A;;RP;;;alice)(A;;WP;;;staff)", control.Subject{Holds: token(alice)},
			control.Request{Mask: secdesc.ReadProperty | secdesc.WriteProperty}, false, control.NoEntry},
		{"denied by the second", "D:(A;;RP;;;alice)(D;;WP;;;alice)(A;;WP;;;alice)", control.Subject{Holds: token(alice)},
			control.Request{Mask: secdesc.ReadProperty | secdesc.WriteProperty}, false, 1},
		{"self", "D:(A;;WP;;;PS)", control.Subject{Holds: token(object), Self: object}, control.Request{Mask: secdesc.WriteProperty}, true, 0},
		{"self without the SID", "D:(A;;WP;;;PS)", control.Subject{Holds: token(alice), Self: object}, control.Request{Mask: secdesc.WriteProperty}, false, control.NoEntry},
		{"self of an object without SID", "D:(A;;WP;;;PS)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteProperty}, false, control.NoEntry},
		{"owner reads and writes the list", "O:aliceD:", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteDACL | secdesc.ReadControl}, true, control.NoEntry},
		{"owner does not get more", "O:aliceD:", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteDACL | secdesc.WriteProperty}, false, control.NoEntry},
		{"owner rights in place of the owner's", "O:aliceD:(A;;WP;;;S-1-3-4)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteDACL}, false, control.NoEntry},
		{"owner rights given", "O:aliceD:(A;;WP;;;S-1-3-4)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteProperty}, true, 0},
		{"attribute by its set", "D:(OA;;WP;" + setMember + ";;alice)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteProperty, Types: types(setMember, attrMember)}, true, 0},
		{"another attribute", "D:(OA;;WP;" + attrSPN + ";;alice)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.WriteProperty, Types: types(attrMember)}, false, control.NoEntry},
		{"no list", "", control.Subject{Holds: token()}, control.Request{Mask: secdesc.FullControl}, true, control.EmptyList},
		{"generic right of an entry", "D:(A;;GW;;;alice)", control.Subject{Holds: token(alice)}, control.Request{Mask: secdesc.SelfWrite}, true, 0},
	} {
		got := control.Check(descriptor(t, row.sddl), row.who, row.want)
		if got.Granted != row.granted || got.ACE != row.entry {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
}

func TestKinds(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range control.Kinds() {
		if seen[k.String()] || strings.HasPrefix(k.String(), "kind ") {
			t.Errorf("kind %d is named %q", k, k)
		}
		seen[k.String()] = true
		for _, lang := range []string{"fr", "en"} {
			if text := control.Words(k, lang); text.Means == "" || text.Cut == "" && k.Effort() > 0 {
				t.Errorf("%s has no words in %s: %+v", k, lang, text)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d kinds", len(seen))
	}
}
