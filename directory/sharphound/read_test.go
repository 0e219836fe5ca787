package sharphound_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hygie/directory/model"
	modelentry "hygie/directory/model/entry"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
	"hygie/directory/sharphound"
	"hygie/directory/sid"
)

// The invented domain of the samples.
const (
	domainSID = "S-1-5-21-1111-2222-3333"
	domainDN  = "DC=CLINIQUE,DC=TEST"
)

// file makes a file of a kind. Elements are JSON.
func file(kind string, version int, elements ...string) string {
	return fmt.Sprintf(`{"data":[%s],"meta":{"methods":262639,"type":%q,"count":%d,"version":%d}}`,
		strings.Join(elements, ","), kind, len(elements), version)
}

// element makes an object: its identifier, its name below the domain, properties and members.
func element(id, rdns, properties, members string) string {
	dn := rdns + "," + domainDN
	if rdns == "" {
		dn = domainDN
	}
	if !strings.Contains(dn, "CN=CONFIGURATION") {
		properties += `,"domainsid":"` + domainSID + `"`
	}
	return fmt.Sprintf(`{"Properties":{"distinguishedname":%q,"domain":"CLINIQUE.TEST"%s}%s,"ObjectIdentifier":%q,"IsDeleted":false,"IsACLProtected":false}`,
		dn, properties, members, id)
}

func user(rid int, name, properties string) string {
	return element(fmt.Sprintf("%s-%d", domainSID, rid), "CN="+strings.ToUpper(name)+",CN=USERS",
		fmt.Sprintf(`,"samaccountname":%q,"name":"%s@CLINIQUE.TEST"%s`, name, strings.ToUpper(name), properties),
		`,"PrimaryGroupSID":"`+domainSID+`-513","SPNTargets":[],"Aces":[]`)
}

func computer(rid int, name, properties, members string) string {
	return element(fmt.Sprintf("%s-%d", domainSID, rid), "CN="+name+",CN=COMPUTERS",
		fmt.Sprintf(`,"samaccountname":"%s$","name":"%s.CLINIQUE.TEST"%s`, name, name, properties),
		`,"PrimaryGroupSID":"`+domainSID+`-515","Sessions":{"Results":[],"Collected":false}`+members)
}

// load reads files, each by its own name.
func load(t testing.TB, files map[string]string) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	r := sharphound.NewReader(b, sharphound.Options{})
	for name, text := range files {
		if err := r.JSON(name, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func find(t testing.TB, d *model.Directory, rdns string) model.ID {
	t.Helper()
	id, ok := d.ByDN(rdns + domainDN)
	if !ok {
		t.Fatalf("no object %s", rdns)
	}
	return id
}

// Each property of an account becomes the attribute that LDAP has, and its opposite becomes nothing or the opposite.
func TestAccountAttributes(t *testing.T) {
	for name, row := range map[string]struct{ properties, attribute, want string }{
		"password date":       {`"pwdlastset":1700000000`, "pwdLastSet", "133444736000000000"},
		"password date text":  {`"pwdlastset":"1700000000"`, "pwdLastSet", "133444736000000000"},
		"password pending":    {`"pwdlastset":0`, "pwdLastSet", "0"},
		"logon":               {`"lastlogontimestamp":1700000000.0`, "lastLogonTimestamp", "133444736000000000"},
		"logon never":         {`"lastlogontimestamp":-1`, "lastLogonTimestamp", ""},
		"created":             {`"whencreated":1700000000`, "whenCreated", "20231114221320.0Z"},
		"created unknown":     {`"whencreated":null`, "whenCreated", ""},
		"admincount":          {`"admincount":true`, "adminCount", "1"},
		"admincount number":   {`"admincount":1`, "adminCount", "1"},
		"admincount false":    {`"admincount":false`, "adminCount", ""},
		"uac":                 {`"useraccountcontrol":4260352,"enabled":false`, "userAccountControl", "4260352"},
		"no uac":              {`"enabled":true`, "userAccountControl", ""},
		"service names":       {`"serviceprincipalnames":["HTTP/a","HTTP/b"]`, "servicePrincipalName", "HTTP/a|HTTP/b"},
		"no service name":     {`"serviceprincipalnames":[]`, "servicePrincipalName", ""},
		"history":             {`"sidhistory":["S-1-5-21-9-8-7-512"]`, "sIDHistory", "S-1-5-21-9-8-7-512"},
		"no history":          {`"sidhistory":[]`, "sIDHistory", ""},
		"delegation":          {`"trustedtoauth":true,"allowedtodelegate":["cifs/dc1"]`, "msDS-AllowedToDelegateTo", "cifs/dc1"},
		"encryption":          {`"supportedencryptiontypes":["AES128-CTS-HMAC-SHA1-96","AES256-CTS-HMAC-SHA1-96"]`, "msDS-SupportedEncryptionTypes", "24"},
		"encryption zero":     {`"supportedencryptiontypes":["Not defined"]`, "msDS-SupportedEncryptionTypes", "0"},
		"encryption unset":    {`"supportedencryptiontypes":null`, "msDS-SupportedEncryptionTypes", ""},
		"logon script":        {`"logonscript":"\\\\srv\\x\\é.bat"`, "scriptPath", `\\srv\x\é.bat`},
		"escaped script":      {`"logonscript":"a\u00e9\ud83d\ude00\/b"`, "scriptPath", "aé😀/b"},
		"no logon script":     {`"logonscript":null`, "scriptPath", ""},
		"password is dropped": {`"userpassword":"secret","unixpassword":"secret"`, "userPassword", ""},
	} {
		d := load(t, map[string]string{"users.json": file("users", 6, user(1105, "jdupont", ","+row.properties))})
		id := find(t, d, "CN=JDUPONT,CN=USERS,")
		if got := strings.Join(d.Texts(id, row.attribute), "|"); got != row.want || d.Partial() {
			t.Errorf("%s: %s = %q, want %q; %q", name, row.attribute, got, row.want, d.Warnings())
		}
		if key, _, _ := strings.Cut(row.properties, ":"); row.attribute != "userPassword" && row.attribute != "userAccountControl" && !d.Collected(id, row.attribute) {
			t.Errorf("%s: %s has %s and %s was not collected", name, id2name(d, id), key, row.attribute)
		}
		if d.Collected(id, "userPassword") || d.Collected(id, "msDS-RevealedUsers") {
			t.Errorf("%s: attributes that no file has count as collected", name)
		}
	}
}

func id2name(d *model.Directory, id model.ID) string { return d.Name(id) }

// Without userAccountControl, the truth values say which flags are known.
func TestAccountFlags(t *testing.T) {
	const known = 0x100 | 0x200 | 0x800 | 0x1000 | 0x2000
	for name, row := range map[string]struct {
		properties  string
		bits, known int64
	}{
		"enabled":       {`"enabled":true`, 0x200, known | 0x2},
		"disabled":      {`"enabled":false`, 0x202, known | 0x2},
		"never expires": {`"pwdneverexpires":true,"enabled":true`, 0x10200, known | 0x10002},
		"preauth":       {`"dontreqpreauth":true`, 0x400200, known | 0x400000},
		"preauth asked": {`"dontreqpreauth":false`, 0x200, known | 0x400000},
		"unconstrained": {`"unconstraineddelegation":true`, 0x80200, known | 0x80000},
		"transition":    {`"trustedtoauth":true`, 0x1000200, known | 0x1000000},
		"not required":  {`"passwordnotreqd":true`, 0x220, known | 0x20},
		"sensitive":     {`"sensitive":true`, 0x100200, known | 0x100000},
		"text":          {`"enabled":"True","usedeskeyonly":1`, 0x200200, known | 0x200002},
	} {
		d := load(t, map[string]string{"users.json": file("users", 5, user(1105, "jdupont", ","+row.properties))})
		v, ok := d.Int(find(t, d, "CN=JDUPONT,CN=USERS,"), modelentry.AccountFlags)
		if !ok || v != row.known<<32|row.bits {
			t.Errorf("%s: %#x of %#x, want %#x of %#x", name, v&0xffffffff, v>>32, row.bits, row.known)
		}
	}
	d := load(t, map[string]string{"computers.json": file("computers", 6,
		computer(1201, "PC1", `,"enabled":true,"isdc":false`, ""), computer(1202, "DC1", `,"enabled":true,"isdc":true`, ""), computer(1203, "X", `,"enabled":true`, ""))})
	for rdn, want := range map[string]int64{"PC1": 0x1000, "DC1": 0x2000} {
		if v, _ := d.Int(find(t, d, "CN="+rdn+",CN=COMPUTERS,"), modelentry.AccountFlags); v&0xffffffff != want || v>>32&0x2000 == 0 {
			t.Errorf("%s: %#x", rdn, v)
		}
	}
	if v, _ := d.Int(find(t, d, "CN=X,CN=COMPUTERS,"), modelentry.AccountFlags); v>>32&0x2000 != 0 {
		t.Errorf("whether X is a controller is not known: %#x", v)
	}
}

func TestDomainAttributes(t *testing.T) {
	for name, row := range map[string]struct{ properties, attribute, want string }{
		"level":           {`"functionallevel":"2012 R2"`, "msDS-Behavior-Version", "6"},
		"level 2025":      {`"functionallevel":"2025"`, "msDS-Behavior-Version", "10"},
		"level unknown":   {`"functionallevel":"Unknown"`, "msDS-Behavior-Version", ""},
		"quota":           {`"machineaccountquota":10`, "ms-DS-MachineAccountQuota", "10"},
		"quota zero":      {`"machineaccountquota":"0"`, "ms-DS-MachineAccountQuota", "0"},
		"length":          {`"minpwdlength":7`, "minPwdLength", "7"},
		"age":             {`"maxpwdage":"42 days"`, "maxPwdAge", "-36288000000000"},
		"age mixed":       {`"maxpwdage":"1 day, 6 hours, 1 minute, 1 second"`, "maxPwdAge", "-1080610000000"},
		"age never":       {`"maxpwdage":"Forever"`, "maxPwdAge", "-9223372036854775808"},
		"age as LDAP":     {`"maxpwdage":-36288000000000`, "maxPwdAge", "-36288000000000"},
		"clear text":      {`"pwdproperties":16`, "pwdProperties", "16"},
		"smart cards":     {`"expirepasswordsonsmartcardonlyaccounts":false`, "msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "FALSE"},
		"smart cards yes": {`"expirepasswordsonsmartcardonlyaccounts":true`, "msDS-ExpirePasswordsOnSmartCardOnlyAccounts", "TRUE"},
	} {
		d := load(t, map[string]string{"domains.json": file("domains", 6, element(domainSID, "", ","+row.properties, `,"Trusts":[],"Links":[],"Aces":[]`))})
		if got := strings.Join(d.Texts(find(t, d, ""), row.attribute), "|"); got != row.want || d.Partial() {
			t.Errorf("%s: %q, want %q; %q", name, got, row.want, d.Warnings())
		}
	}
	d := load(t, map[string]string{"domains.json": file("domains", 6, element(domainSID, "", `,"dsheuristics":"0000000001"`, `,"Trusts":[],"Links":[]`))})
	id, ok := d.ByDN("CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + domainDN)
	if got, _ := d.Text(id, "dSHeuristics"); !ok || got != "0000000001" {
		t.Errorf("dSHeuristics %q", got)
	}
}

func TestTrusts(t *testing.T) {
	trusts := func(list string) string {
		return file("domains", 6, element(domainSID, "", "", `,"Trusts":[`+list+`],"Links":[]`))
	}
	for name, row := range map[string]struct{ trust, direction, attributes, kind string }{
		"numbers": {`{"TargetDomainSid":"S-1-5-21-7-7-7","TargetDomainName":"AUTRE.TEST","TrustDirection":3,"TrustAttributes":72,"TrustType":2}`, "3", "72", "2"},
		"texts":   {`{"TargetDomainSid":"S-1-5-21-7-7-7","TargetDomainName":"AUTRE.TEST","TrustDirection":"Outbound","TrustAttributes":"ForestTransitive, TreatAsExternal","TrustType":"Forest"}`, "2", "72", "2"},
		"realm":   {`{"TargetDomainName":"AUTRE.TEST","TrustDirection":"Inbound","TrustAttributes":"0","TrustType":"Kerberos"}`, "1", "0", "3"},
		"old":     {`{"TargetDomainName":"AUTRE.TEST","TrustDirection":"Disabled","TrustType":"External","SidFilteringEnabled":true}`, "0", "", "2"},
	} {
		d := load(t, map[string]string{"domains.json": trusts(row.trust)})
		id := find(t, d, "CN=autre.test,CN=System,")
		text := func(attribute string) string { v, _ := d.Text(id, attribute); return v }
		if text("trustDirection") != row.direction || text("trustAttributes") != row.attributes || text("trustType") != row.kind || text("trustPartner") != "autre.test" {
			t.Errorf("%s: direction %q, attributes %q, type %q", name, text("trustDirection"), text("trustAttributes"), text("trustType"))
		}
		if d.Collected(id, "trustAttributes") != (row.attributes != "") {
			t.Errorf("%s: trustAttributes collected %v", name, d.Collected(id, "trustAttributes"))
		}
	}
	asked := load(t, map[string]string{"domains.json": trusts("")})
	silent := load(t, map[string]string{"domains.json": strings.Replace(trusts(""), "262639", "0", 1)})
	if !asked.Covers(domainDN, "trustedDomain") || silent.Covers(domainDN, "trustedDomain") {
		t.Error("an empty list of trusts says that there are none only when they were looked for")
	}
}

// Members, policies and templates are found whatever the order of the files; what no file holds has a name all the same.
func TestReferences(t *testing.T) {
	group := element(domainSID+"-512", "CN=DOMAIN ADMINS,CN=USERS", `,"samaccountname":"Domain Admins","admincount":true`,
		`,"Members":[{"ObjectIdentifier":"`+domainSID+`-1105","ObjectType":"User"},{"ObjectIdentifier":"`+domainSID+`-1999","ObjectType":"User"},
		{"ObjectIdentifier":"S-1-5-21-7-7-7-1000","ObjectType":"User"},{"ObjectIdentifier":"CLINIQUE.TEST-S-1-5-11","ObjectType":"Group"},
		{"ObjectIdentifier":"CLINIQUE.TEST-S-1-5-32-544","ObjectType":"Group"}]`)
	builtin := element("CLINIQUE.TEST-S-1-5-32-544", "CN=ADMINISTRATORS,CN=BUILTIN", `,"samaccountname":"Administrators"`, `,"Members":[]`)
	policy := element("0D5B5A3A-92E7-4E0C-9B7B-0B1A6F9E0001", "CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=POLICIES,CN=SYSTEM", `,"name":"SOCLE@CLINIQUE.TEST","gpcpath":"\\\\X"`, `,"Aces":[]`)
	unit := element("0D5B5A3A-92E7-4E0C-9B7B-0B1A6F9E0002", "OU=POSTES", `,"blocksinheritance":true`,
		`,"Links":[{"GUID":"0D5B5A3A-92E7-4E0C-9B7B-0B1A6F9E0001","IsEnforced":true}],"ChildObjects":[],"GPOChanges":{}`)
	d := load(t, map[string]string{
		"groups.json": file("groups", 6, group, builtin), "users.json": file("users", 6, user(1105, "jdupont", `,"enabled":true`)),
		"gpos.json": file("gpos", 6, policy), "ous.json": file("ous", 6, unit),
	})
	id := find(t, d, "CN=DOMAIN ADMINS,CN=USERS,")
	var got []string
	for m := range d.Linked(id, "member") {
		got = append(got, d.Name(m))
	}
	lost := fmt.Sprint(got)
	for name := range d.UnresolvedMembers(id) {
		lost += " " + strings.ToUpper(name)
	}
	for _, want := range []string{"JDUPONT", "ADMINISTRATORS", "CN=" + domainSID + "-1999," + domainDN,
		"CN=S-1-5-21-7-7-7-1000,CN=FOREIGNSECURITYPRINCIPALS," + domainDN, "CN=S-1-5-11,CN=FOREIGNSECURITYPRINCIPALS," + domainDN} {
		if !strings.Contains(lost, want) {
			t.Errorf("no member %s among %s", want, lost)
		}
	}
	if s := d.SID(find(t, d, "CN=ADMINISTRATORS,CN=BUILTIN,")); s != sid.Administrators {
		t.Errorf("Administrators is %s", s)
	}
	unitID := find(t, d, "OU=POSTES,")
	if link, _ := d.Text(unitID, "gPLink"); !strings.EqualFold(link, "[LDAP://CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,"+domainDN+";2]") {
		t.Errorf("gPLink %q", link)
	}
	if v, _ := d.Int(unitID, "gPOptions"); v != 1 {
		t.Errorf("gPOptions %d", v)
	}
}

// aces makes a list of rights.
func aces(rights ...string) string {
	var out []string
	for _, r := range rights {
		who, name, _ := strings.Cut(r, " ")
		out = append(out, fmt.Sprintf(`{"PrincipalSID":%q,"PrincipalType":"User","RightName":%q,"IsInherited":%v,"InheritanceHash":""}`, who, strings.TrimSuffix(name, "*"), strings.HasSuffix(name, "*")))
	}
	return `,"Aces":[` + strings.Join(out, ",") + `]`
}

// nobody trusts nobody, and nobody is in a group.
type nobody struct{}

func (nobody) Trusted(sid.SID) bool    { return false }
func (nobody) Holds(a, b sid.SID) bool { return a == b }

// Each right that is named is found again by the access check, as the danger it is; and not on another kind of target.
func TestRights(t *testing.T) {
	who := domainSID + "-1105"
	for right, row := range map[string]struct {
		target access.Target
		code   string
	}{
		"GenericAll": {access.Account, "full_control"}, "GenericWrite": {access.Account, "write_all_properties"},
		"WriteDacl": {access.Group, "write_dacl"}, "WriteOwner": {access.Group, "write_owner"}, "Owns": {access.Group, "owner"},
		"AllExtendedRights": {access.Account, "all_extended_rights"}, "ForceChangePassword": {access.Account, "reset_password"},
		"AddMember": {access.Group, "write_member"}, "AddSelf": {access.Group, "add_self"}, "WriteSPN": {access.Account, "write_spn"},
		"AddKeyCredentialLink": {access.Account, "write_key_credentials"}, "AddAllowedToAct": {access.Computer, "write_resource_delegation"},
		"WriteAccountRestrictions": {access.Computer, "write_resource_delegation"}, "GetChangesAll": {access.DomainRoot, "replicate_secrets"},
		"GetChangesInFilteredSet": {access.DomainRoot, "replicate_filtered"}, "WriteGPLink": {access.OrganizationalUnit, "write_gplink"},
		"WritePKIEnrollmentFlag": {access.Settings, "write_property"}, "WritePKINameFlag": {access.Settings, "write_property"},
		"WriteAltSecurityIdentities": {access.Account, "write_alt_security_identities"},
		"GetChanges":                 {access.DomainRoot, ""}, "Enroll": {access.Settings, ""}, "ManageCA": {access.Settings, ""}, "ReadLAPSPassword": {access.Computer, ""},
		"UnheardOf": {access.Account, ""},
	} {
		d := load(t, map[string]string{"groups.json": file("groups", 6, element(domainSID+"-1200", "CN=G,CN=USERS", `,"samaccountname":"G"`, `,"Members":[]`+aces(who+" "+right+"*", domainSID+"-512 Enroll")))})
		own, ok := d.Descriptor(find(t, d, "CN=G,CN=USERS,"))
		if !ok || !own.Partial() || own.DACL() != secdesc.ListDACL {
			t.Fatalf("%s: descriptor %v, partial %v", right, ok, own.Partial())
		}
		var codes []string
		for _, g := range access.Evaluate(own, access.Class("group"), access.Rights(row.target), nobody{}) {
			if g.Trustee.String() == who {
				codes = append(codes, g.Right.Code)
				if g.Inherited != (right != "Owns") {
					t.Errorf("%s: inherited %v", right, g.Inherited)
				}
			}
		}
		if got := strings.Join(codes, ","); row.code == "" && got != "" || !strings.HasPrefix(got, row.code) {
			t.Errorf("%s on target %d: %q, want %q", right, row.target, got, row.code)
		}
		if unknown := strings.Contains(strings.Join(d.Warnings(), ""), "UnheardOf"); unknown != (right == "UnheardOf") {
			t.Errorf("%s: warnings %q", right, d.Warnings())
		}
	}
}

func TestDelegationToAComputer(t *testing.T) {
	d := load(t, map[string]string{"computers.json": file("computers", 6,
		computer(1201, "A", "", `,"AllowedToAct":[{"ObjectIdentifier":"`+domainSID+`-1105","ObjectType":"User"}]`), computer(1202, "B", "", `,"AllowedToAct":[]`))})
	raw, ok := d.Value(find(t, d, "CN=A,CN=COMPUTERS,"), "msDS-AllowedToActOnBehalfOfOtherIdentity")
	list, err := secdesc.Parse(raw)
	if !ok || err != nil || list.Len() != 1 {
		t.Fatalf("%v, %v", ok, err)
	}
	b := find(t, d, "CN=B,CN=COMPUTERS,")
	if d.Has(b, "msDS-AllowedToActOnBehalfOfOtherIdentity") || !d.Collected(b, "msDS-AllowedToActOnBehalfOfOtherIdentity") {
		t.Error("an empty list is an answer, and no value")
	}
}

// What a kind of file does not hold is not covered.
func TestCoverage(t *testing.T) {
	d := load(t, map[string]string{"users.json": file("users", 6, user(1105, "jdupont", `,"enabled":true,"sidhistory":[]`)), "groups.json": file("groups", 6)})
	for class, want := range map[string]bool{"user": true, "msDS-GroupManagedServiceAccount": true, "group": true, "computer": false, "dnsZone": false, "container": false, modelentry.TrustAccounts: false} {
		if got := d.Covers(domainDN, class); got != want {
			t.Errorf("%s: covered %v", class, got)
		}
	}
	if !d.CollectedFor(domainDN, "user", "sIDHistory") || d.CollectedFor(domainDN, "user", "pwdLastSet") || d.CollectedFor(domainDN, "computer", "sIDHistory") {
		t.Error("attributes are collected by class")
	}
}

// The forms that writers of the format use.
func TestForms(t *testing.T) {
	one := user(1105, "jdupont", `,"enabled":true`)
	plain := file("users", 5, one)
	var spread bytes.Buffer
	if err := json.Indent(&spread, []byte(plain), "\r\n", "\t"); err != nil {
		t.Fatal(err)
	}
	i := strings.Index(plain, `"meta"`)
	metaFirst := "{" + strings.TrimSuffix(plain[i:], "}") + "," + strings.TrimSuffix(plain[1:i], ",") + "}"
	for name, row := range map[string]struct{ file, text string }{
		"plain":           {"20260301080000_users.json", plain},
		"meta first":      {"x.json", metaFirst},
		"mark":            {"users.json", "\ufeff" + plain},
		"spaces":          {"users.json", spread.String()},
		"no name":         {"a.json", plain},
		"wrong name":      {"sessions.json", plain},
		"unknown members": {"users.json", strings.Replace(plain, `"IsDeleted"`, `"New":[{"a":[1,{"b":"]}\"\\"}]},null,true],"Other":-1.5e3,"IsDeleted"`, 1)},
		"unknown outside": {"users.json", strings.Replace(plain, `"data"`, `"extra":{"x":[]},"data"`, 1)},
	} {
		if !sharphound.Is([]byte(row.text)) && name != "unknown outside" {
			t.Errorf("%s: not recognised", name)
		}
		d := load(t, map[string]string{row.file: row.text})
		if d.Count() != 1 || d.Class(0) != "user" || d.Partial() {
			t.Errorf("%s: %d objects, class %q, %q", name, d.Count(), d.Class(0), d.Warnings())
		}
	}
	d := load(t, map[string]string{"20260301080000_users.json": plain})
	if got := d.Sources()[0].Collected; !got.Equal(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("collected %v", got)
	}
}

// Faults keep what precedes, have a place, and make the source partial.
func TestFaults(t *testing.T) {
	good := user(1105, "jdupont", `,"enabled":true`)
	whole := file("users", 6, good, user(1106, "mmartin", `,"enabled":true`))
	for name, row := range map[string]struct {
		text    string
		objects int
		want    string
	}{
		"count":          {strings.Replace(whole, `"count":2`, `"count":3`, 1), 2, "2 objects, the file says 3"},
		"version":        {strings.Replace(whole, `"version":6`, `"version":9`, 1), 2, "version 9"},
		"kind":           {strings.Replace(whole, `"type":"users"`, `"type":"groups"`, 1), 2, "holds groups"},
		"bad number":     {strings.Replace(whole, `"enabled":true`, `"pwdlastset":"hier"`, 1), 2, "property pwdlastset is not a number"},
		"bad truth":      {strings.Replace(whole, `"enabled":true`, `"enabled":"peut-être"`, 1), 2, "property enabled"},
		"bad object":     {strings.Replace(whole, `"SPNTargets":[]`, `"SPNTargets":[}`, 2), 0, ""},
		"second broken":  {file("users", 6, good, `{"Properties":{"a":tru}}`), 1, "byte "},
		"deep":           {file("users", 6, good, `{"X":`+strings.Repeat("[", 1000)+`}`), 1, "200 levels"},
		"bad rights":     {file("users", 6, good, strings.Replace(good, `"Aces":[]`, `"Aces":[1,2,3]`, 1)), 1, "rights"},
		"bad name":       {file("users", 6, good, strings.Replace(good, "CN=JDUPONT,CN=USERS", "JDUPONT,CN=USERS", 1)), 1, "cannot be read"},
		"nameless":       {file("users", 6, good, strings.Replace(good, `"distinguishedname"`, `"dn"`, 1)), 1, "without a distinguished name"},
		"huge date":      {strings.Replace(whole, `"enabled":true`, `"pwdlastset":99999999999999999`, 1), 2, "pwdlastset"},
		"bad escape":     {file("users", 6, good, strings.Replace(good, "jdupont", `j\qdupont`, 1)), 1, "escape"},
		"encryption":     {strings.Replace(whole, `"enabled":true`, `"supportedencryptiontypes":["ROT13"]`, 1), 2, "supportedencryptiontypes"},
		"trailing comma": {strings.Replace(whole, `}],"meta"`, `},],"meta"`, 1), 2, "byte "},
	} {
		b := model.NewBuilder()
		r := sharphound.NewReader(b, sharphound.Options{})
		err := errors.Join(r.JSON("users.json", strings.NewReader(row.text)), r.Close())
		d, freezing := b.Freeze()
		if freezing != nil {
			t.Fatal(freezing)
		}
		if row.objects == 0 {
			if err == nil {
				t.Errorf("%s: accepted", name)
			}
			continue
		}
		if err != nil || d.Count() != row.objects || !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), "\n"), row.want) {
			t.Errorf("%s: %d objects, partial %v, %v, warnings %q", name, d.Count(), d.Partial(), err, d.Warnings())
		}
	}
	for n := range len(whole) {
		b := model.NewBuilder()
		r := sharphound.NewReader(b, sharphound.Options{})
		err := errors.Join(r.JSON("users.json", iotestOne(whole[:n])), r.Close())
		d, _ := b.Freeze()
		if err == nil && !d.Partial() {
			t.Fatalf("cut at %d: not noticed", n)
		}
	}
}

// iotestOne gives a text in pieces of seven bytes, so that values lie across the ends of windows.
func iotestOne(s string) io.Reader { return &pieces{s} }

type pieces struct{ rest string }

func (p *pieces) Read(b []byte) (int, error) {
	if p.rest == "" {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(7, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// repeat gives a text many times without holding it.
type repeat struct {
	text string
	left int
	at   int
}

func (r *repeat) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.text[r.at:])
	if r.at += n; r.at == len(r.text) {
		r.at, r.left = 0, r.left-1
	}
	return n, nil
}

// Limits end a file where they are reached; memory does not follow the length of the file.
func TestLimits(t *testing.T) {
	one := user(1105, "jdupont", `,"enabled":true`) + ","
	for name, o := range map[string]sharphound.Options{"objects": {Objects: 10}, "bytes": {Bytes: 1 << 20}, "element": {Element: 1 << 20}} {
		b := model.NewBuilder()
		r := sharphound.NewReader(b, o)
		end := ""
		if name == "element" {
			end = `{"Properties":{"description":"` + strings.Repeat("x", 3<<20)
		}
		in := io.MultiReader(strings.NewReader(`{"data":[`), &repeat{text: one, left: 10_000}, strings.NewReader(end))
		if err := errors.Join(r.JSON("users.json", in), r.Close()); err != nil {
			t.Fatal(err)
		}
		if d, _ := b.Freeze(); !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), ""), "byte ") {
			t.Errorf("%s: %q", name, d.Warnings())
		}
	}
}

// A zip bomb is stopped; the other files of the archive are read.
func TestBomb(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, _ := z.Create("computers.json")
	_, _ = io.Copy(w, io.MultiReader(strings.NewReader(`{"data":[`), &repeat{text: strings.Repeat(" ", 1<<20), left: 300}))
	w, _ = z.Create("users.json")
	_, _ = io.WriteString(w, file("users", 6, user(1105, "jdupont", `,"enabled":true`)))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b := model.NewBuilder()
	r := sharphound.NewReader(b, sharphound.Options{})
	if err := errors.Join(r.Zip("x.zip", bytes.NewReader(out.Bytes()), int64(out.Len())), r.Close()); err != nil {
		t.Fatal(err)
	}
	d, _ := b.Freeze()
	if d.Count() != 1 || !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), ""), "grows more") {
		t.Errorf("%d objects, %q", d.Count(), d.Warnings())
	}
}

// Objects that stand for nothing count too: a file of a thousand million of them is stopped as any other.
func TestEmptyObjectsCount(t *testing.T) {
	b := model.NewBuilder()
	r := sharphound.NewReader(b, sharphound.Options{Objects: 1000})
	text := `{"data":[` + strings.TrimPrefix(user(1105, "jdupont", ""), ",") + strings.Repeat(",{}", 5000) + `],"meta":{"type":"users","count":5001,"version":6}}`
	if err := errors.Join(r.JSON("users.json", strings.NewReader(text)), r.Close()); err != nil {
		t.Fatal(err)
	}
	d, _ := b.Freeze()
	if said := strings.Join(d.Warnings(), ""); d.Count() != 1 || !d.Partial() || !strings.Contains(said, "byte ") || !strings.Contains(said, "more objects") {
		t.Errorf("%d objects, %q", d.Count(), said)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(file("users", 6, user(1105, "jdupont", `,"enabled":true,"sidhistory":["S-1-5-21-1-2-3-4"]`))))
	f.Add([]byte(file("groups", 5, element(domainSID+"-512", "CN=G", "", `,"Members":[{"ObjectIdentifier":"S-1-5-11"}]`+aces("S-1-5-11 GenericAll")))))
	f.Add([]byte(file("domains", 6, element(domainSID, "", `,"functionallevel":"2016","maxpwdage":"1 day"`, `,"Trusts":[{"TargetDomainName":"a"}],"Links":[{"GUID":"x"}]`))))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := model.NewBuilder()
		r := sharphound.NewReader(b, sharphound.Options{Bytes: 1 << 20, Objects: 1000, Element: 1 << 19})
		err := r.JSON("users.json", bytes.NewReader(text))
		if closing := r.Close(); closing != nil {
			t.Fatal(closing)
		}
		d, freezing := b.Freeze()
		if freezing != nil {
			t.Fatal(freezing)
		}
		// The same text in small pieces gives the same objects.
		again := model.NewBuilder()
		r = sharphound.NewReader(again, sharphound.Options{Bytes: 1 << 20, Objects: 1000, Element: 1 << 19})
		other := r.JSON("users.json", iotestOne(string(text)))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		d2, _ := again.Freeze()
		if (err == nil) != (other == nil) || d.Count() != d2.Count() {
			t.Fatalf("%d objects, in pieces %d; %v, %v", d.Count(), d2.Count(), err, other)
		}
	})
}
