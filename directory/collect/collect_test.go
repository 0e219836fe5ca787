package collect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/collect"
	"hygie/directory/ldap"
	"hygie/directory/ldap/ldaptest"
	"hygie/directory/model"
	"hygie/directory/sid"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// domain starts a test server with n people and a few objects in each partition.
func domain(t testing.TB, n int) (*ldaptest.Server, collect.Options) {
	t.Helper()
	s := ldaptest.New(t, "hopital.test")
	var pool = func() *ldap.Options {
		cert, pool := ldaptest.Certificate(t, noon, "dc1.hopital.test")
		s.Cert = cert
		return &ldap.Options{Roots: pool}
	}()
	add := func(dn, class string, more map[string][]string) {
		attributes := map[string][]string{"objectClass": {"top", class}, "objectGUID": {fmt.Sprintf("%016d", len(s.Entries))}}
		for k, v := range more {
			attributes[k] = v
		}
		s.Entries = append(s.Entries, ldaptest.Entry{DN: dn, Attributes: attributes})
	}
	add(s.Base(), "domainDNS", map[string][]string{"minPwdLength": {"12"}})
	for i := range n {
		add(fmt.Sprintf("CN=Personne %d,%s", i, s.Base()), "user", map[string][]string{
			"sAMAccountName":  {fmt.Sprintf("p%d", i)},
			"unicodePwd":      {"secret-mot-de-passe"},
			"ms-Mcs-AdmPwd":   {"secret-laps"},
			"telephoneNumber": {"0102030405"},
		})
	}
	configuration := "CN=Configuration," + s.Base()
	add(configuration, "configuration", nil)
	add("CN=Schema,"+configuration, "dMD", nil)
	add("CN=User,CN=Schema,"+configuration, "classSchema", map[string][]string{"lDAPDisplayName": {"user"}})
	add("DC=DomainDnsZones,"+s.Base(), "domainDNS", nil)

	o := ldap.Options{
		Server: "dc1.hopital.test", Method: ldap.LDAPS, Roots: pool.Roots, Dial: s.Dial,
		Account: ldap.Account{User: "auditeur", Password: "bon"},
		Now:     func() time.Time { return noon }, Timeout: 5 * time.Second,
	}
	return s, collect.Options{
		Connect: func(ctx context.Context) (*ldap.Client, error) { return ldap.Connect(ctx, o) },
		Tool:    "hygie test", Account: "auditeur", Page: 10,
		Now:   func() time.Time { return noon },
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

// gather collects and loads the result.
func gather(t testing.TB, o collect.Options) (collect.Summary, *model.Directory, []byte) {
	t.Helper()
	var file bytes.Buffer
	summary, err := collect.Write(t.Context(), o, &file)
	if err != nil {
		t.Fatal(err)
	}
	return summary, load(t, file.Bytes()), file.Bytes()
}

// When members came and went is asked of the privileged groups alone.
func TestChangesOfPrivilegedGroups(t *testing.T) {
	s, o := domain(t, 12)
	sidOf := func(rid uint32) string { return string(sid.New(5, 21, 1, 2, 3).Append(rid).Bytes()) }
	const change = "<DS_REPL_VALUE_META_DATA><pszAttributeName>member</pszAttributeName></DS_REPL_VALUE_META_DATA>"
	add := func(name string, more map[string][]string) {
		attributes := map[string][]string{"objectClass": {"top", "group"}, "objectGUID": {fmt.Sprintf("%016d", 5000+len(s.Entries))}, "msDS-ReplValueMetaData": {change, change + "2"}}
		for k, v := range more {
			attributes[k] = v
		}
		s.Entries = append(s.Entries, ldaptest.Entry{DN: "CN=" + name + "," + s.Base(), Attributes: attributes})
	}
	add("Admins", map[string][]string{"objectSid": {sidOf(512)}})
	add("Operateurs", map[string][]string{"objectSid": {string(sid.BackupOperators.Bytes())}})
	add("Imbrique", map[string][]string{"objectSid": {sidOf(1201)}, "adminCount": {"1"}})
	add("Equipe", map[string][]string{"objectSid": {sidOf(1202)}})
	_, d, _ := gather(t, o)
	for name, want := range map[string]int{"Admins": 2, "Operateurs": 2, "Imbrique": 2, "Equipe": 0} {
		id, ok := d.ByDN("CN=" + name + "," + s.Base())
		if got := len(d.Texts(id, "msDS-ReplValueMetaData")); !ok || got != want {
			t.Errorf("%s: %d changes, want %d", name, got, want)
		}
		if !ok || d.SID(id).IsZero() || d.Class(id) != "group" {
			t.Errorf("%s lost what was read before: %q", name, d.Class(id))
		}
	}
	asked := 0
	for _, r := range s.Requests() {
		if slices.Contains(r.Attributes, "msDS-ReplValueMetaData") {
			if asked++; len(r.Attributes) != 1 {
				t.Errorf("asked with %q", r.Attributes)
			}
		}
	}
	if asked != 3 {
		t.Errorf("asked of %d groups", asked)
	}
	if id, _ := d.ByDN("CN=Equipe," + s.Base()); !d.Collected(id, "msDS-ReplValueMetaData") {
		t.Error("that changes were asked for is not recorded")
	}
}

func TestCollectEverything(t *testing.T) {
	s, o := domain(t, 25)
	told := map[string]int{}
	o.Progress = func(partition string, objects int) { told[partition] = objects }
	summary, d, raw := gather(t, o)
	if summary.Objects != 30 || d.Count() != 30 || summary.Source.Partial || len(summary.Source.Warnings) != 0 {
		t.Fatalf("%+v, %d objects in the file", summary, d.Count())
	}
	wanted := []collect.Partition{
		{DN: s.Base(), Kind: model.Domain, Objects: 26},
		{DN: "CN=Configuration," + s.Base(), Kind: model.Configuration, Objects: 1},
		{DN: "CN=Schema,CN=Configuration," + s.Base(), Kind: model.Schema, Objects: 2},
		{DN: "DC=DomainDnsZones," + s.Base(), Kind: model.DNSZones, Objects: 1},
	}
	if !slices.Equal(summary.Partitions, wanted) {
		t.Errorf("partitions\n%v, want\n%v", summary.Partitions, wanted)
	}
	for _, p := range wanted {
		if told[p.DN] != p.Objects {
			t.Errorf("progress of %s ended at %d", p.DN, told[p.DN])
		}
	}
	src := d.Sources()
	if len(src) != 1 || src[0].Server != "dc1.hopital.test" || src[0].Account != "auditeur" || !src[0].Collected.Equal(noon) || src[0].Tool != "hygie test" {
		t.Errorf("source %+v", src)
	}
	id, ok := d.ByDN("cn=personne 3," + s.Base())
	if !ok || !d.Collected(id, "pwdLastSet") || d.Collected(id, "unicodePwd") {
		t.Error("what was asked for is not recorded")
	}
	for _, secret := range []string{"secret", "0102030405"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%q is in the file", secret)
		}
	}
	for _, r := range s.Requests() {
		if r.SDFlags != 7 || len(r.Attributes) < 10 {
			t.Errorf("request with descriptor flags %d and %d attributes", r.SDFlags, len(r.Attributes))
		}
	}
}

// A server that sends what nobody asked for does not get it into the file.
func TestUnaskedAttributesAreDropped(t *testing.T) {
	s, o := domain(t, 3)
	s.Unasked = true
	_, d, _ := gather(t, o)
	id, ok := d.ByDN("CN=Personne 1," + s.Base())
	if !ok {
		t.Fatal("object lost")
	}
	for _, name := range []string{"unicodePwd", "ms-Mcs-AdmPwd", "telephoneNumber"} {
		if _, ok := d.Value(id, name); ok {
			t.Errorf("%s was kept", name)
		}
	}
	if text, _ := d.Value(id, "sAMAccountName"); string(text) != "p1" {
		t.Errorf("sAMAccountName %q", text)
	}
}

func TestNoSecretIsAskedFor(t *testing.T) {
	forbidden := []string{
		"unicodePwd", "dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials", "userPassword", "unixUserPassword",
		"ms-Mcs-AdmPwd", "ms-Mcs-AdmPwdHistory", "msLAPS-Password", "msLAPS-EncryptedPassword", "msLAPS-EncryptedPasswordHistory",
		"msLAPS-EncryptedDSRMPassword", "msLAPS-EncryptedDSRMPasswordHistory", "msDS-ManagedPassword", "msDS-ManagedPasswordPreviousId",
		"msFVE-RecoveryPassword", "msFVE-KeyPackage", "trustAuthIncoming", "trustAuthOutgoing", "initialAuthIncoming", "initialAuthOutgoing",
		"currentValue", "priorValue", "pekList", "msKds-RootKeyData", "msPKIAccountCredentials", "msPKIRoamingTimeStamp", "msPKIDPAPIMasterKeys",
		"description", "info", "comment", "mail", "telephoneNumber", "mobile", "homePhone", "streetAddress", "thumbnailPhoto", "jpegPhoto",
		"givenName", "sn", "employeeID", "employeeNumber", "postalCode",
	}
	seen := map[string]bool{}
	for _, a := range collect.Attributes() {
		if slices.ContainsFunc(forbidden, func(f string) bool { return strings.EqualFold(f, a.Name) }) {
			t.Errorf("%s is asked for", a.Name)
		}
		if a.Why == "" || len(a.In) == 0 || strings.ContainsAny(a.Name, "*+; ") {
			t.Errorf("%q: no reason, no place or no name", a.Name)
		}
		for _, kind := range a.In {
			key := strings.ToLower(a.Name) + string(kind)
			if seen[key] {
				t.Errorf("%s is listed twice in %s", a.Name, kind)
			}
			seen[key] = true
		}
	}
}

// The line drops in the middle of a page, twice: nothing is lost and nothing is written twice.
func TestDroppedLineIsResumed(t *testing.T) {
	s, o := domain(t, 35)
	s.Faults = []ldaptest.Fault{{Search: 2, After: 4}, {Search: 5, After: 0}, {Search: 9, After: 1, Code: 51, Text: "busy"}}
	summary, d, _ := gather(t, o)
	if summary.Source.Partial || d.Count() != 40 || summary.Objects != 40 {
		t.Errorf("partial %v, %d objects in the file, %d counted: %v", summary.Source.Partial, d.Count(), summary.Objects, summary.Source.Warnings)
	}
	if s.Binds() < 3 {
		t.Errorf("%d binds: no drop happened", s.Binds())
	}
}

// A line that keeps dropping at the same place ends that partition only, and what was read is kept.
func TestLineThatKeepsDropping(t *testing.T) {
	s, o := domain(t, 15)
	for n := 2; n < 40; n += 2 { // pages 2, 4, 6 …: each attempt reads one page and dies in the second
		s.Faults = append(s.Faults, ldaptest.Fault{Search: n, After: 3})
	}
	o.Attempts = 3
	summary, d, _ := gather(t, o)
	first := summary.Partitions[0]
	if !summary.Source.Partial || first.Objects != 13 || first.Err == nil || len(summary.Source.Warnings) == 0 {
		t.Fatalf("%+v", summary)
	}
	if parts := d.Partitions(); !parts[0].Partial {
		t.Errorf("the file does not say that the domain is not whole: %+v", parts[0])
	}
	if warnings := strings.Join(d.Warnings(), "\n"); !strings.Contains(warnings, "was not read to its end (13 objects)") {
		t.Errorf("warnings %q", warnings)
	}
}

// A refused partition is told, and the others are read.
func TestRefusedPartition(t *testing.T) {
	s, o := domain(t, 5)
	s.Faults = []ldaptest.Fault{{Search: 2, Code: 50, Text: "insufficient access rights"}} // the first search reads the domain
	summary, d, _ := gather(t, o)
	if len(summary.Partitions) != 4 || summary.Partitions[1].Err == nil || summary.Partitions[2].Objects != 2 || !summary.Source.Partial || d.Count() != 9 {
		t.Errorf("%+v, %d in the file", summary.Partitions, d.Count())
	}
	if s.Binds() != 1 {
		t.Errorf("%d binds: a refusal is no reason to log on again", s.Binds())
	}
}

func TestUnreadableDomainFails(t *testing.T) {
	s, o := domain(t, 5)
	s.Faults = []ldaptest.Fault{{Search: 1, Code: 50}}
	path := filepath.Join(t.TempDir(), "d.hygie")
	_, err := collect.File(t.Context(), o, collect.FileOptions{Path: path})
	if ldap.ReasonOf(err) != ldap.Denied {
		t.Errorf("%v", err)
	}
	nothingIn(t, filepath.Dir(path))
}

// When the password stops being good in the middle, it is not tried again and again.
func TestPasswordChangedMeanwhile(t *testing.T) {
	s, o := domain(t, 35)
	s.Faults = []ldaptest.Fault{{Search: 2, After: 4}}
	connect := o.Connect
	calls := 0
	o.Connect = func(ctx context.Context) (*ldap.Client, error) {
		if calls++; calls > 1 {
			s.Password = "changé"
		}
		return connect(ctx)
	}
	_, err := collect.Write(t.Context(), o, &bytes.Buffer{})
	if ldap.ReasonOf(err) != ldap.WrongPassword || s.Binds() != 2 {
		t.Errorf("%d binds: %v", s.Binds(), err)
	}
}

func TestFileIsPrivateAndWhole(t *testing.T) {
	_, o := domain(t, 5)
	path := filepath.Join(t.TempDir(), "domaine.hygie")
	if _, err := collect.File(t.Context(), o, collect.FileOptions{Path: path}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collect.File(t.Context(), o, collect.FileOptions{Path: path}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a former file would be replaced without being asked: %v", err)
	}
	if _, err := collect.File(t.Context(), o, collect.FileOptions{Path: path, Overwrite: true}); err != nil {
		t.Error(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the same directory gave other bytes (%d, %d): %v", len(before), len(after), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestCanceledCollectionLeavesNothing(t *testing.T) {
	_, o := domain(t, 2000)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(_ string, objects int) {
		if objects > 500 {
			cancel()
		}
	}
	path := filepath.Join(t.TempDir(), "d.hygie")
	_, err := collect.File(ctx, o, collect.FileOptions{Path: path})
	if ldap.ReasonOf(err) != ldap.Canceled {
		t.Errorf("%v", err)
	}
	nothingIn(t, filepath.Dir(path))
}

// short fails after some bytes, as a full disk does.
type short struct{ left int }

func (s *short) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 10, 1000, 20_000} {
		s, o := domain(t, 40_000)
		for i := range s.Entries { // names that do not compress
			s.Entries[i].Attributes["sAMAccountName"] = []string{fmt.Sprintf("%x-%x", uint64(i)*0x9e3779b97f4a7c15, uint64(i)*0xc2b2ae3d27d4eb4f)}
		}
		o.Page = 1000
		_, err := collect.Write(t.Context(), o, &short{room})
		var failed *collect.WriteError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func nothingIn(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func BenchmarkCollect(b *testing.B) {
	s, o := domain(b, 5000)
	for i := range s.Entries {
		s.Entries[i].Attributes["nTSecurityDescriptor"] = []string{strings.Repeat("d", 1500)}
	}
	o.Page = 1000
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		summary, err := collect.Write(b.Context(), o, &bytes.Buffer{})
		if err != nil {
			b.Fatal(err)
		}
		total += summary.Objects
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "objects/s")
}
