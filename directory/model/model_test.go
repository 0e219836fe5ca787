package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/guid"
	"hygie/directory/sid"
)

const root = "DC=hopital,DC=test"

// add puts an object; each attribute is "name=value" and a repeated name gives several values.
func add(t testing.TB, b *Builder, dn string, attributes ...string) {
	t.Helper()
	e := Entry{DN: dn}
	for _, text := range attributes {
		name, value, _ := strings.Cut(text, "=")
		if strings.HasSuffix(name, ";range") {
			var bounds string
			bounds, value, _ = strings.Cut(value, "=")
			name += "=" + bounds
		}
		at := slices.IndexFunc(e.Attributes, func(a Attribute) bool { return a.Name == name })
		if at < 0 {
			at = len(e.Attributes)
			e.Attributes = append(e.Attributes, Attribute{Name: name})
		}
		e.Attributes[at].Values = append(e.Attributes[at].Values, []byte(value))
	}
	if err := b.Add(e); err != nil {
		t.Fatal(err)
	}
}

func freeze(t testing.TB, b *Builder) *Directory {
	t.Helper()
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func labels(d *Directory, ids []ID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, d.Name(id))
	}
	return out
}

func must(t *testing.T, d *Directory, dn string) ID {
	t.Helper()
	id, ok := d.ByDN(dn)
	if !ok {
		t.Fatalf("%s not found", dn)
	}
	return id
}

const domainSID = "S-1-5-21-1-2-3"

// ward builds:
//
//	DC=hopital,DC=test
//	├─ CN=Users          Domain Users (513), Admins (512)
//	└─ OU=Ward           Ann (1101, primary 513), Bob (1102), Nurses ∋ Ann, Inner ∋ Nurses, Nurses ∋ Inner (a loop)
func ward(t testing.TB) *Directory {
	t.Helper()
	b := NewBuilder()
	top := []string{"objectClass=top"}
	obj := func(dn string, attributes ...string) { add(t, b, dn, append(slices.Clone(top), attributes...)...) }
	obj("OU=Ward,"+root, "objectClass=organizationalUnit")
	obj("CN=Bob,OU=Ward,"+root, "objectClass=person", "objectClass=user", "objectSid="+domainSID+"-1102", "primaryGroupID=513",
		"userAccountControl=66048", "pwdLastSet=133500000000000000", "accountExpires=9223372036854775807", "whenCreated=20240229120000.0Z",
		"memberOf=CN=Nurses,OU=Ward,"+root)
	obj("CN=Ann,OU=Ward,"+root, "objectClass=person", "objectClass=user", "objectSid="+domainSID+"-1101", "primaryGroupID=513",
		"objectGUID=bf9679c0-0de6-11d0-a285-00aa003049e2", "lockoutTime=0", "telephoneNumber=0102030405")
	obj("CN=Nurses,OU=Ward,"+root, "objectClass=group", "objectSid="+domainSID+"-1103",
		"member=cn=ann, ou=ward, dc=hopital, dc=test", "member=CN=Inner,OU=Ward,"+root, "member=CN=Gone,OU=Ward,"+root)
	obj("CN=Inner,OU=Ward,"+root, "objectClass=group", "member=CN=Nurses,OU=Ward,"+root)
	obj("CN=Domain Users,CN=Users,"+root, "objectClass=group", "objectSid="+domainSID+"-513")
	obj("CN=Users,"+root, "objectClass=container")
	obj("CN=S-1-5-11,CN=ForeignSecurityPrincipals,"+root, "objectClass=foreignSecurityPrincipal", "objectSid=S-1-5-11")
	obj(root, "objectClass=domain", "objectClass=domainDNS", "objectSid="+domainSID, "maxPwdAge=-36288000000000", "minPwdAge=0",
		"lockoutDuration=-9223372036854775808", "msDS-Behavior-Version=7", "gPOptions=-1")
	return freeze(t, b)
}

func TestNumbersFollowNames(t *testing.T) {
	d := ward(t)
	var got []string
	for id := range d.All() {
		got = append(got, d.DN(id))
	}
	want := []string{
		root,
		"CN=S-1-5-11,CN=ForeignSecurityPrincipals," + root, // its container was not collected
		"CN=Users," + root,
		"CN=Domain Users,CN=Users," + root,
		"OU=Ward," + root,
		"CN=Ann,OU=Ward," + root,
		"CN=Bob,OU=Ward," + root,
		"CN=Inner,OU=Ward," + root,
		"CN=Nurses,OU=Ward," + root,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := labels(d, slices.Collect(d.Children(must(t, d, root)))); !slices.Equal(got, []string{"Users", "Ward"}) {
		t.Errorf("children of the root: %v", got)
	}
	if got := labels(d, slices.Collect(d.Subtree(must(t, d, "OU=Ward,"+root)))); !slices.Equal(got, []string{"Ward", "Ann", "Bob", "Inner", "Nurses"}) {
		t.Errorf("subtree of Ward: %v", got)
	}
	if up, ok := d.Parent(must(t, d, "CN=S-1-5-11,CN=ForeignSecurityPrincipals,"+root)); ok {
		t.Errorf("parent that was not collected: %s", d.DN(up))
	}
	if !d.Below(must(t, d, "CN=Ann,OU=Ward,"+root), must(t, d, root)) || d.Below(0, 1) {
		t.Error("Below is wrong")
	}
}

func TestLookups(t *testing.T) {
	d := ward(t)
	ann := must(t, d, "CN=ANN , ou=ward,DC=HOPITAL,DC=test")
	if id, ok := d.BySID(sid.MustParse(domainSID + "-1101")); !ok || id != ann {
		t.Errorf("BySID = %d, %v", id, ok)
	}
	if s := d.SID(ann); s.String() != domainSID+"-1101" {
		t.Errorf("SID = %s", s)
	}
	g := guid.MustParse("bf9679c0-0de6-11d0-a285-00aa003049e2")
	if id, ok := d.ByGUID(g); !ok || id != ann {
		t.Errorf("ByGUID = %d, %v", id, ok)
	}
	if text, _ := d.Text(ann, "OBJECTguid"); text != g.String() {
		t.Errorf("objectGUID reads %q", text)
	}
	if text, _ := d.Text(ann, "objectSid"); text != domainSID+"-1101" {
		t.Errorf("objectSid reads %q", text)
	}
	for _, dn := range []string{"CN=Gone,OU=Ward," + root, "CN=Nobody," + root, "", "nonsense", "DC=test"} {
		if id, ok := d.ByDN(dn); ok {
			t.Errorf("ByDN(%q) = %d", dn, id)
		}
	}
	if _, ok := d.BySID(sid.Everyone); ok {
		t.Error("found an absent SID")
	}
	if id, ok := d.BySID(sid.AuthenticatedUsers); !ok || d.Name(id) != "S-1-5-11" {
		t.Error("S-1-5-11 not found")
	}
	if _, ok := d.ByGUID(guid.GUID{1}); ok {
		t.Error("found an absent GUID")
	}
}

func TestValues(t *testing.T) {
	d := ward(t)
	top, ann, bob := must(t, d, root), must(t, d, "CN=Ann,OU=Ward,"+root), must(t, d, "CN=Bob,OU=Ward,"+root)
	if n, ok := d.Int(bob, "useraccountcontrol"); !ok || n != 66048 {
		t.Errorf("userAccountControl = %d, %v", n, ok)
	}
	if v, _ := d.Value(bob, "pwdLastSet"); string(v) != "133500000000000000" {
		t.Errorf("pwdLastSet = %q", v)
	}
	if at, never, ok := d.FileTime(bob, "pwdLastSet"); !ok || never || !at.Equal(time.Date(2024, 1, 17, 21, 20, 0, 0, time.UTC)) {
		t.Errorf("pwdLastSet = %v, %v, %v", at, never, ok)
	}
	for _, attr := range []string{"accountExpires"} {
		if _, never, ok := d.FileTime(bob, attr); !ok || !never {
			t.Errorf("%s: never = %v, %v", attr, never, ok)
		}
	}
	if _, never, ok := d.FileTime(ann, "lockoutTime"); !ok || !never {
		t.Error("0 is not read as never")
	}
	if _, _, ok := d.FileTime(ann, "pwdLastSet"); ok {
		t.Error("a missing time was read")
	}
	if at, ok := d.GeneralizedTime(bob, "whenCreated"); !ok || !at.Equal(time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("whenCreated = %v, %v", at, ok)
	}
	if v, _ := d.Value(bob, "whenCreated"); string(v) != "20240229120000.0Z" {
		t.Errorf("whenCreated = %q", v)
	}
	if length, never, ok := d.Interval(top, "maxPwdAge"); !ok || never || length != 42*24*time.Hour {
		t.Errorf("maxPwdAge = %v, %v, %v", length, never, ok)
	}
	for _, attr := range []string{"minPwdAge", "lockoutDuration"} {
		if _, never, ok := d.Interval(top, attr); !ok || !never {
			t.Errorf("%s: never = %v, %v", attr, never, ok)
		}
	}
	if text, _ := d.Text(ann, "telephoneNumber"); text != "0102030405" {
		t.Errorf("a leading zero was lost: %q", text)
	}
	if n, ok := d.Int(top, "gPOptions"); !ok || n != -1 {
		t.Errorf("gPOptions = %d, %v", n, ok)
	}
	if d.Class(bob) != "user" || !d.Is(bob, "person") || d.Is(bob, "computer") || d.Class(top) != "domainDNS" {
		t.Errorf("classes: %v, %v", d.Classes(bob), d.Classes(top))
	}
	if got := labels(d, slices.Collect(d.OfClass("GROUP"))); !slices.Equal(got, []string{"Domain Users", "Inner", "Nurses"}) {
		t.Errorf("groups: %v", got)
	}
	if got := len(slices.Collect(d.OfExactClass("person"))); got != 0 {
		t.Errorf("%d objects are persons and nothing more", got)
	}
	if got := d.Texts(must(t, d, "CN=Nurses,OU=Ward,"+root), "member"); !slices.Equal(got, []string{
		"CN=Ann,OU=Ward," + root, "CN=Inner,OU=Ward," + root, "CN=Gone,OU=Ward," + root,
	}) && got[0] != "cn=ann,ou=ward,dc=hopital,dc=test" {
		t.Errorf("member = %q", got)
	}
}

func TestMembers(t *testing.T) {
	d := ward(t)
	nurses, inner := must(t, d, "CN=Nurses,OU=Ward,"+root), must(t, d, "CN=Inner,OU=Ward,"+root)
	users := must(t, d, "CN=Domain Users,CN=Users,"+root)
	for _, row := range []struct {
		name string
		got  []ID
		want []string
	}{
		{"member and memberOf", slices.Collect(d.Members(nurses)), []string{"Ann", "Bob", "Inner"}},
		{"primary group", slices.Collect(d.Members(users)), []string{"Ann", "Bob"}},
		{"at any depth, through a loop", d.MembersOf(inner), []string{"Ann", "Bob", "Inner", "Nurses"}},
		{"groups of Bob", slices.Collect(d.GroupsOf(must(t, d, "CN=Bob,OU=Ward,"+root))), []string{"Domain Users", "Nurses"}},
		{"all groups of Bob", d.AllGroupsOf(must(t, d, "CN=Bob,OU=Ward,"+root)), []string{"Domain Users", "Inner", "Nurses"}},
	} {
		if got := labels(d, row.got); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
	if got := slices.Collect(d.UnresolvedMembers(nurses)); !slices.Equal(got, []string{"CN=Gone,OU=Ward," + root}) {
		t.Errorf("unresolved: %v", got)
	}
	if d.Stats().UnresolvedMembers != 1 {
		t.Errorf("unresolved count %d", d.Stats().UnresolvedMembers)
	}
}

func TestForeignMemberIsResolved(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=G,DC=a,DC=test", "objectClass=group", "member=CN=S-1-5-21-9-9-9-1100,CN=ForeignSecurityPrincipals,DC=a,DC=test")
	add(t, b, "CN=S-1-5-21-9-9-9-1100,CN=ForeignSecurityPrincipals,DC=a,DC=test", "objectClass=foreignSecurityPrincipal")
	add(t, b, "CN=Real,DC=b,DC=test", "objectClass=user", "objectSid=S-1-5-21-9-9-9-1100")
	d := freeze(t, b)
	if got := labels(d, slices.Collect(d.Members(must(t, d, "CN=G,DC=a,DC=test")))); !slices.Equal(got, []string{"Real"}) {
		t.Errorf("members: %v", got)
	}
}

func TestSecondSourceCompletes(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=G,"+root, "objectClass=group", "description=first", "member;range=0-1=CN=A,"+root, "member;range=0-1=CN=B,"+root)
	add(t, b, "cn=g,"+root, "objectClass=group", "description=second", "info=new", "member;range=2-*=CN=C,"+root, "member;range=2-*=CN=B,"+root)
	s := b.Stats()
	d := freeze(t, b)
	g := must(t, d, "CN=G,"+root)
	if text, _ := d.Text(g, "description"); text != "first" {
		t.Errorf("description was overwritten: %q", text)
	}
	if text, _ := d.Text(g, "info"); text != "new" {
		t.Errorf("info was not added: %q", text)
	}
	if got := d.Texts(g, "member"); len(got) != 3 {
		t.Errorf("ranges were not joined: %q", got)
	}
	if s.Objects != 1 || s.Duplicates != 1 || s.Conflicts != 1 || s.Values != 6 {
		t.Errorf("counts: %+v", s)
	}
}

func TestRangesInOneEntry(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=G,"+root, "member;range=0-0=CN=A,"+root, "member;range=1-*=CN=B,"+root, "MEMBER=CN=A,"+root)
	d := freeze(t, b)
	if got := d.Texts(0, "member"); len(got) != 2 {
		t.Errorf("member = %q", got)
	}
}

func TestAddRefuses(t *testing.T) {
	b := NewBuilder()
	for _, row := range []struct {
		name string
		e    Entry
	}{
		{"no name", Entry{}},
		{"no type", Entry{DN: "=x"}},
		{"no equals sign", Entry{DN: "hopital"}},
		{"cut escape", Entry{DN: `CN=a\`}},
		{"too deep", Entry{DN: strings.Repeat("OU=a,", 300) + "DC=test"}},
		{"too long", Entry{DN: "CN=" + strings.Repeat("a", 70000)}},
		{"attribute without a name", Entry{DN: "CN=a", Attributes: []Attribute{{Name: ";binary", Values: [][]byte{nil}}}}},
	} {
		if err := b.Add(row.e); err == nil {
			t.Errorf("%s: accepted", row.name)
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d objects kept", b.Len())
	}
	if _, err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Freeze(); err == nil {
		t.Error("frozen twice")
	}
	if b.Add(Entry{DN: "CN=a"}) == nil {
		t.Error("added after Freeze")
	}
}

func TestMalformedDescriptorIsCounted(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=a", "nTSecurityDescriptor=\x01\x00", "objectSid=short", "cn=a")
	d := freeze(t, b)
	if _, ok := d.Descriptor(0); ok || d.Has(0, "nTSecurityDescriptor") || d.Has(0, "objectSid") {
		t.Error("malformed values were kept")
	}
	if s := d.Stats(); s.BadDescriptors != 1 || s.BadSIDs != 1 {
		t.Errorf("counts: %+v", s)
	}
}

func TestDomainsAndCollected(t *testing.T) {
	b := NewBuilder()
	b.Partition(Partition{DN: root, Kind: Domain, Attributes: []string{"objectClass", "member;range=0-1"}})
	b.Partition(Partition{DN: "dc=Hopital,dc=test", Attributes: []string{"sIDHistory"}})
	add(t, b, root, "objectClass=domainDNS", "objectSid="+domainSID, "msDS-Behavior-Version=6")
	add(t, b, "CN=u,"+root, "objectClass=user")
	add(t, b, "DC=child,"+root, "objectClass=domainDNS", "objectSid=S-1-5-21-4-5-6")
	add(t, b, "CN=v,DC=child,"+root, "objectClass=user", "mail=v@child.test")
	add(t, b, "CN=Configuration,"+root, "objectClass=configuration")
	add(t, b, "CN=Partitions,CN=Configuration,"+root, "objectClass=crossRefContainer", "msDS-Behavior-Version=5")
	add(t, b, "CN=HOP,CN=Partitions,CN=Configuration,"+root, "objectClass=crossRef", "nCName="+root, "nETBIOSName=HOP", "dnsRoot=hopital.test")
	add(t, b, "CN=Schema,CN=Configuration,"+root, "objectClass=dMD")
	add(t, b, "DC=zone,CN=MicrosoftDNS,DC=DomainDnsZones,"+root, "objectClass=dnsZone")
	d := freeze(t, b)

	var kinds []string
	for _, p := range d.Partitions() {
		kinds = append(kinds, fmt.Sprintf("%s %s", p.Kind, p.DN))
	}
	want := []string{
		"domain " + root, "domain DC=child," + root, "configuration CN=Configuration," + root,
		"schema CN=Schema,CN=Configuration," + root, "dns DC=DomainDnsZones," + root,
	}
	slices.Sort(kinds)
	slices.Sort(want)
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	domains := d.Domains()
	if len(domains) != 2 || domains[1].NetBIOS != "HOP" || domains[1].FunctionalLevel != 6 || !domains[1].ForestRoot ||
		domains[1].SID.String() != domainSID || domains[0].DNSName != "child.hopital.test" || domains[0].FunctionalLevel != -1 {
		t.Errorf("domains: %+v", domains)
	}
	if f := d.Forest(); f.RootDN != root || f.FunctionalLevel != 5 || f.SchemaDN == "" {
		t.Errorf("forest: %+v", f)
	}
	u, v := must(t, d, "CN=u,"+root), must(t, d, "CN=v,DC=child,"+root)
	for _, row := range []struct {
		id   ID
		attr string
		want bool
	}{
		{u, "SIDHISTORY", true}, {u, "member", true}, {u, "mail", false}, // the list decides
		{v, "mail", true}, {v, "sIDHistory", false}, // seen or not
	} {
		if got := d.Collected(row.id, row.attr); got != row.want {
			t.Errorf("Collected(%s, %s) = %v", d.Name(row.id), row.attr, got)
		}
	}
	if !d.CollectedFor(root, "computer", "member") || d.CollectedFor("DC=child,"+root, "computer", "mail") || d.CollectedFor("DC=x", "", "mail") {
		t.Error("CollectedFor is wrong")
	}
	if info, ok := d.DomainOf(v); !ok || info.DNSName != "child.hopital.test" {
		t.Errorf("DomainOf(v) = %+v", info)
	}
	if !d.HasPartition(Schema) || d.HasPartition(Application) {
		t.Error("HasPartition is wrong")
	}
}

func TestExportOfEverythingCountsAsCollected(t *testing.T) {
	b := NewBuilder()
	add(t, b, "CN=u,"+root, "objectClass=user", "instanceType=4", "uSNCreated=1", "uSNChanged=2", "name=u", "objectCategory=CN=Person,CN=Schema")
	d := freeze(t, b)
	if !d.Collected(0, "msDS-AllowedToDelegateTo") || d.Collected(0, "nTSecurityDescriptor") {
		t.Error("exhaustive export is misread")
	}
}

// Whatever the order of the input, the directory is the same.
func TestOrderOfInputDoesNotMatter(t *testing.T) {
	type object struct {
		dn         string
		attributes []string
	}
	var objects []object
	for i := range 300 {
		objects = append(objects, object{
			fmt.Sprintf("CN=u%d,OU=o%d,%s", i*7919%1000, i%7, root),
			[]string{"objectClass=user", fmt.Sprintf("objectSid=%s-%d", domainSID, 2000+i), "cn=é" + fmt.Sprint(i)},
		})
	}
	describe := func(seed uint64) []string {
		b := NewBuilder()
		shuffled := slices.Clone(objects)
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, o := range shuffled {
			add(t, b, o.dn, o.attributes...)
		}
		d := freeze(t, b)
		var out []string
		for id := range d.All() {
			text, _ := d.Text(id, "cn")
			out = append(out, d.DN(id)+" "+d.SID(id).String()+" "+text)
		}
		return out
	}
	if diff := cmp.Diff(describe(1), describe(2)); diff != "" {
		t.Error(diff)
	}
}

// Every stored form gives back the bytes that came in.
func TestValuesComeBackAsTheyWere(t *testing.T) {
	values := []string{"", "0", "-0", "-", "1", "-1", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "20240229120000.0Z", "20230229120000.0Z", "20240101000060.0Z",
		"16010101000000.0Z", "00000101000000.0Z", "99991231235959.0Z", "20241301000000.0Z", "TRUE", "\x00\xff", "é", "12 "}
	b := NewBuilder()
	for i, v := range values {
		add(t, b, fmt.Sprintf("CN=%03d", i), "x="+v)
	}
	several := []string{"x=" + values[1], "x=", "x=b"}
	add(t, b, "CN=several", several...)
	d := freeze(t, b)
	for i, want := range values {
		if got, ok := d.Value(ID(i), "x"); !ok || string(got) != want {
			t.Errorf("%q came back as %q, %v", want, got, ok)
		}
	}
	if got := d.Texts(ID(len(values)), "x"); !slices.Equal(got, []string{"0", "", "b"}) {
		t.Errorf("several values came back as %q", got)
	}
}
