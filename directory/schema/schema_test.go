package schema

import (
	"slices"
	"testing"

	"hygie/directory/guid"
	"hygie/directory/model"
)

func published(t *testing.T) *Schema {
	t.Helper()
	s, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishedTables(t *testing.T) {
	s := published(t)
	if len(s.attributes) < 1400 || len(s.classes) < 260 || len(s.rights) < 75 {
		t.Errorf("%d attributes, %d classes, %d rights", len(s.attributes), len(s.classes), len(s.rights))
	}
	if len(s.byGUID) != len(s.attributes) || len(s.classGUID) != len(s.classes) {
		t.Errorf("two attributes or classes share a GUID: %d of %d, %d of %d", len(s.byGUID), len(s.attributes), len(s.classGUID), len(s.classes))
	}
	// Three sets of the abandoned domain policy objects have attributes but no right.
	abandoned := []string{"a29b89fd-c7e8-11d0-9bae-00c04fd92ef5", "a29b89fe-c7e8-11d0-9bae-00c04fd92ef5", "a29b8a01-c7e8-11d0-9bae-00c04fd92ef5"}
	for _, a := range s.attributes {
		if a.PropertySet.IsZero() || slices.Contains(abandoned, a.PropertySet.String()) {
			continue
		}
		if len(s.Rights(a.PropertySet)) == 0 {
			t.Errorf("%s is in property set %s, which is no right", a.Name, a.PropertySet)
		}
	}
	for _, c := range s.classes {
		chain := s.Superclasses(c.Name)
		if last := chain[len(chain)-1]; last.Name != "top" {
			t.Errorf("%s: the chain of superclasses ends at %s", c.Name, last.Name)
		}
	}
}

func TestConstantsAreThePublishedOnes(t *testing.T) {
	s := published(t)
	for name, g := range map[string]guid.GUID{
		"DS-Replication-Get-Changes": GetChanges, "DS-Replication-Get-Changes-All": GetChangesAll,
		"DS-Replication-Get-Changes-In-Filtered-Set": GetChangesFiltered, "User-Force-Change-Password": ForceChangePassword,
		"User-Change-Password": ChangePassword, "Certificate-Enrollment": Enroll, "Certificate-AutoEnrollment": AutoEnroll,
		"Self-Membership": SelfMembership, "Validated-SPN": ValidatedSPN, "Apply-Group-Policy": ApplyGroupPolicy,
		"Reanimate-Tombstones": ReanimateTombstones, "Send-To": SendTo, "Membership": SetMembership,
		"User-Account-Restrictions": SetAccountRestrictions, "Public-Information": SetPublicInformation,
	} {
		if r, ok := s.RightByName(name); !ok || r.GUID != g {
			t.Errorf("right %s: %s", name, r.GUID)
		}
	}
	for name, g := range map[string]guid.GUID{
		"member": AttrMember, "servicePrincipalName": AttrSPN, "altSecurityIdentities": AttrAltIdentity, "msDS-KeyCredentialLink": AttrKeyLink,
		"msDS-AllowedToActOnBehalfOfOtherIdentity": AttrActOnBehalf, "gPLink": AttrGPLink, "gPCFileSysPath": AttrGPCPath,
	} {
		if a, ok := s.Attribute(name); !ok || a.GUID != g {
			t.Errorf("attribute %s: %s", name, a.GUID)
		}
	}
	for name, g := range map[string]guid.GUID{
		"user": ClassUser, "computer": ClassComputer, "group": ClassGroup, "organizationalUnit": ClassOU,
		"domainDNS": ClassDomain, "pKICertificateTemplate": ClassTemplate,
	} {
		if c, ok := s.Class(name); !ok || c.GUID != g {
			t.Errorf("class %s: %s", name, c.GUID)
		}
	}
}

func TestLookups(t *testing.T) {
	s := published(t)
	if a, _ := s.Attribute("SERVICEprincipalname"); a.Name != "servicePrincipalName" || a.PropertySet != SetPublicInformation {
		t.Errorf("servicePrincipalName: %+v", a)
	}
	if !slices.Contains(s.Members(SetMembership), "member") || slices.Contains(s.Members(SetMembership), "description") {
		t.Errorf("Membership: %v", s.Members(SetMembership))
	}
	var chain []string
	for _, c := range s.Superclasses("computer") {
		chain = append(chain, c.Name)
	}
	if !slices.Equal(chain, []string{"computer", "user", "organizationalPerson", "person", "top"}) {
		t.Errorf("computer: %v", chain)
	}
	shared := s.Rights(guid.MustParse("72e39547-7b18-11d1-adef-00c04fd8d5cd"))
	if len(shared) != 2 {
		t.Errorf("DNS-Host-Name-Attributes and Validated-DNS-Host-Name: %+v", shared)
	}
	for g, want := range map[guid.GUID]string{GetChangesAll: "DS-Replication-Get-Changes-All", AttrGPLink: "gPLink", ClassOU: "organizationalUnit"} {
		if got := s.Name(g); got != want {
			t.Errorf("Name(%s) = %s", g, got)
		}
	}
	unknown := guid.MustParse("12345678-1234-1234-1234-123456789abc")
	if s.Name(unknown) != unknown.String() {
		t.Error("an unknown GUID has a name")
	}
	if _, ok := s.AttributeByGUID(unknown); ok {
		t.Error("an unknown attribute was found")
	}
	if _, ok := s.ClassByGUID(unknown); ok || len(s.Superclasses("nothing")) != 0 {
		t.Error("an unknown class was found")
	}
}

func TestCollectedWins(t *testing.T) {
	b := model.NewBuilder()
	add := func(dn string, pairs ...string) {
		e := model.Entry{DN: dn + ",DC=x"}
		for i := 0; i < len(pairs); i += 2 {
			e.Attributes = append(e.Attributes, model.Attribute{Name: pairs[i], Values: [][]byte{[]byte(pairs[i+1])}})
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	laps := guid.MustParse("11111111-2222-3333-4444-555555555555")
	add("CN=ms-Mcs-AdmPwd,CN=Schema,CN=Configuration", "objectClass", "attributeSchema", "lDAPDisplayName", "ms-Mcs-AdmPwd", "schemaIDGUID", string(laps[:]))
	add("CN=Member,CN=Schema,CN=Configuration", "objectClass", "attributeSchema", "lDAPDisplayName", "member", "schemaIDGUID", string(AttrMember[:]),
		"attributeSecurityGUID", string(SetPublicInformation[:]))
	add("CN=No-GUID,CN=Schema,CN=Configuration", "objectClass", "attributeSchema", "lDAPDisplayName", "noGuid", "schemaIDGUID", "short")
	add("CN=Loop,CN=Schema,CN=Configuration", "objectClass", "classSchema", "lDAPDisplayName", "loop", "subClassOf", "pool", "schemaIDGUID", string(laps[:]))
	add("CN=Pool,CN=Schema,CN=Configuration", "objectClass", "classSchema", "lDAPDisplayName", "pool", "subClassOf", "loop", "schemaIDGUID", string(AttrKeyLink[:]))
	add("CN=My-Right,CN=Extended-Rights,CN=Configuration", "objectClass", "controlAccessRight", "rightsGuid", laps.String(), "validAccesses", "256")
	add("CN=Odd,CN=Extended-Rights,CN=Configuration", "objectClass", "controlAccessRight", "rightsGuid", "nonsense")
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Collected(d)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := s.Attribute("ms-mcs-admpwd"); !ok || a.GUID != laps {
		t.Errorf("ms-Mcs-AdmPwd: %+v", a)
	}
	if a, _ := s.Attribute("member"); a.PropertySet != SetPublicInformation {
		t.Error("the collected property set does not win")
	}
	if _, ok := s.Attribute("noGuid"); ok {
		t.Error("an attribute without GUID was kept")
	}
	if n := len(s.Superclasses("loop")); n == 0 || n > len(s.classes) {
		t.Errorf("a loop of classes gives %d", n)
	}
	if r, ok := s.RightByName("My-Right"); !ok || r.Kind != ExtendedRight || s.Name(laps) != "My-Right" {
		t.Errorf("My-Right: %+v", r)
	}
	if r, ok := s.RightByName("User-Force-Change-Password"); !ok || r.GUID != ForceChangePassword {
		t.Error("published rights were lost")
	}
}
