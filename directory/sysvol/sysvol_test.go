package sysvol_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

const (
	defaultPolicy = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
	groupPolicy   = "{AAAAAAAA-1111-2222-3333-444444444444}"
	secret        = "j1Uyj3Vx8TY9LtLZil2uAuZkFQA"
)

// write makes a folder from paths and contents.
func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		full := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t testing.TB, root string, o sysvol.Options) []*sysvol.Share {
	t.Helper()
	tree, err := sysvol.OpenFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tree.Close() }()
	o.Source = "copy"
	shares, err := sysvol.Read(t.Context(), tree, o)
	if err != nil {
		t.Fatal(err)
	}
	return shares
}

// utf16le writes text as Windows does, with its mark.
func utf16le(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// polValue writes one instruction of Registry.pol.
func polValue(key, name string, kind uint32, data []byte) []byte {
	var b []byte
	text := func(s string) {
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	text("[" + key + "\x00;" + name + "\x00;")
	b = binary.LittleEndian.AppendUint32(b, kind)
	text(";")
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	text(";")
	b = append(b, data...)
	text("]")
	return b
}

func pol(values ...[]byte) []byte {
	return append([]byte("PReg\x01\x00\x00\x00"), slices.Concat(values...)...)
}

const groupsXML = `<?xml version="1.0" encoding="utf-8"?>
<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">
 <User clsid="{DF5F1855-51E5-4d24-8B1A-D9BDE98BA1D1}" name="adm-local" changed="2014-05-13 08:00:00" uid="{00000000-0000-0000-0000-000000000001}">
  <Properties action="U" newName="" fullName="" cpassword="` + secret + `" userName="adm-local"/>
 </User>
 <User clsid="{DF5F1855-51E5-4d24-8B1A-D9BDE98BA1D1}" name="sans" changed="2020-01-01 08:00:00" uid="{00000000-0000-0000-0000-000000000002}">
  <Properties action="U" cpassword="" userName="sans"/>
 </User>
 <Group clsid="{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}" name="Administrateurs" uid="{00000000-0000-0000-0000-000000000003}">
  <Properties action="U" groupSid="S-1-5-32-544" groupName="Administrateurs">
   <Members>
    <Member name="HOP\GG-Support" action="ADD" sid="S-1-5-21-1-2-3-1500"/>
    <Member name="HOP\ancien" action="REMOVE" sid="S-1-5-21-1-2-3-1501"/>
   </Members>
  </Properties>
 </Group>
</Groups>`

const template = "[Unicode]\r\nUnicode=yes\r\n[System Access]\r\nMinimumPasswordLength = 7\r\nMaximumPasswordAge = -1\r\nNewGuestName = \"Invité\"\r\n" +
	"[Privilege Rights]\r\nSeDebugPrivilege = *S-1-5-32-544,HOP\\GG-Support\r\nSeBackupPrivilege =\r\n" +
	"[Registry Values]\r\nMACHINE\\System\\CurrentControlSet\\Control\\Lsa\\LmCompatibilityLevel=4,5\r\nMACHINE\\Software\\Texte=1,\"bonjour\"\r\n" +
	"[Group Membership]\r\n*S-1-5-32-544__Memberof =\r\n*S-1-5-32-544__Members = *S-1-5-21-1-2-3-512,*S-1-5-21-1-2-3-1500\r\n"

func sample() map[string][]byte {
	in := func(guid, rest string) string { return "hopital.test/Policies/" + guid + "/" + rest }
	return map[string][]byte{
		in(defaultPolicy, "GPT.INI"):                                          []byte("[General]\r\nVersion=65539\r\ndisplayName=x\r\n"),
		in(defaultPolicy, "MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf"): utf16le(template),
		in(defaultPolicy, "Machine/registry.pol"): pol(
			polValue(`SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`, "EnableMulticast", 4, []byte{0, 0, 0, 0}),
			polValue(`Software\Microsoft\Windows NT\CurrentVersion\Winlogon`, "DefaultPassword", 1, []byte("s\x00e\x00c\x00\x00\x00")),
			polValue(`Software\X`, "**del.Y", 1, []byte{' ', 0, 0, 0}),
			polValue(`Software\X`, "Text", 1, []byte{'h', 0, 0, 0}),
			polValue(`Software\X`, "Long", 11, []byte{1, 0, 0, 0, 1, 0, 0, 0})),
		in(groupPolicy, "Machine/Preferences/Groups/Groups.xml"): []byte(groupsXML),
		in(groupPolicy, "User/Scripts/scripts.ini"):              utf16le("[Logon]\r\n0CmdLine=\\\\hopital.test\\netlogon\\entree.cmd\r\n0Parameters=/u:x /p:y\r\n1CmdLine=b.vbs\r\n1Parameters=\r\n"),
		"hopital.test/scripts/entree.cmd":                        []byte("rem"),
		"hopital.test/Policies/PolicyDefinitions/x.admx":         []byte("<x/>"),
	}
}

func TestRead(t *testing.T) {
	shares := read(t, write(t, sample()), sysvol.Options{})
	if len(shares) != 1 || shares[0].Domain != "hopital.test" || shares[0].Permissions || shares[0].Partial {
		t.Fatalf("%+v", shares)
	}
	s := shares[0]
	if len(s.Policies) != 2 || len(s.Below("policies/"+strings.ToLower(groupPolicy))) != 8 {
		t.Errorf("%d policies, files %v", len(s.Policies), s.Files)
	}
	p, ok := s.Policy(strings.ToLower(defaultPolicy))
	if !ok || p.Version == nil || *p.Version != 65539 || len(p.Faults) != 0 {
		t.Fatalf("%+v", p)
	}
	base := "hopital.test/Policies/" + defaultPolicy
	base = strings.TrimPrefix(base, "hopital.test/")
	want := sysvol.Policy{
		GUID: defaultPolicy, Path: base, Version: p.Version,
		Values: []sysvol.Value{
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Key: `MACHINE\System\CurrentControlSet\Control\Lsa`, Name: "LmCompatibilityLevel", Number: 5, Numeric: true},
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Key: `MACHINE\Software`, Name: "Texte"},
			{File: base + "/Machine/registry.pol", Key: `SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`, Name: "EnableMulticast", Numeric: true},
			{File: base + "/Machine/registry.pol", Key: `Software\X`, Name: "Text"},
			{File: base + "/Machine/registry.pol", Key: `Software\X`, Name: "Long", Number: 1<<32 + 1, Numeric: true},
		},
		System: []sysvol.Value{
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Name: "MinimumPasswordLength", Number: 7, Numeric: true},
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Name: "MaximumPasswordAge", Number: 1<<64 - 1, Numeric: true},
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Name: "NewGuestName"},
		},
		Rights: []sysvol.Right{
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Name: "SeDebugPrivilege", Who: []string{"S-1-5-32-544", `HOP\GG-Support`}},
			{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Name: "SeBackupPrivilege", Who: []string{}},
		},
		Groups: []sysvol.Group{{File: base + "/MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf", Group: "S-1-5-32-544",
			Adds: []string{"S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-1500"}, Joins: []string{}, Removes: []string{}}},
		Secrets: []sysvol.Secret{{File: base + "/Machine/registry.pol", Offset: int64(8 + len(polValue(`SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`, "EnableMulticast", 4, make([]byte, 4)))), Kind: "Registry"}},
	}
	if got, want := asJSON(t, p), asJSON(t, want); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	g, _ := s.Policy(groupPolicy)
	file := "Policies/" + groupPolicy + "/Machine/Preferences/Groups/Groups.xml"
	if len(g.Secrets) != 1 || g.Secrets[0].Account != "adm-local" || g.Secrets[0].Changed != "2014-05-13 08:00:00" || g.Secrets[0].Kind != "Groups" ||
		!strings.HasPrefix(groupsXML[g.Secrets[0].Offset:], "<Properties") || g.Secrets[0].File != file {
		t.Errorf("secrets %+v", g.Secrets)
	}
	if len(g.Groups) != 1 || g.Groups[0].Group != "S-1-5-32-544" || !slices.Equal(g.Groups[0].Adds, []string{"S-1-5-21-1-2-3-1500"}) || !slices.Equal(g.Groups[0].Removes, []string{"S-1-5-21-1-2-3-1501"}) {
		t.Errorf("groups %+v", g.Groups)
	}
	if len(g.Scripts) != 2 || !g.Scripts[0].Parameters || g.Scripts[1].Parameters || g.Scripts[0].Event != "Logon" {
		t.Errorf("scripts %+v", g.Scripts)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Neither the password of a preference, nor texts and parameters that may hold one, are in what is kept.
func TestNoSecretIsKept(t *testing.T) {
	text := asJSON(t, read(t, write(t, sample()), sysvol.Options{}))
	for _, secret := range []string{secret, "/p:y", "bonjour", "Invité"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is kept", secret)
		}
	}
	if !strings.Contains(text, "adm-local") {
		t.Error("the account is not told")
	}
}

func TestLayouts(t *testing.T) {
	for _, row := range []struct {
		name, prefix, strip string
		domains             []string
	}{
		{"the share", "", "", []string{"hopital.test"}},
		{"one domain", "", "hopital.test/", []string{""}},
		{"disk of a controller", "sysvol/", "", []string{"hopital.test"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := make(map[string][]byte)
			for path, content := range sample() {
				files[row.prefix+strings.TrimPrefix(path, row.strip)] = content
			}
			var domains []string
			for _, s := range read(t, write(t, files), sysvol.Options{}) {
				domains = append(domains, s.Domain)
				if len(s.Policies) != 2 {
					t.Errorf("%d policies", len(s.Policies))
				}
			}
			if !slices.Equal(domains, row.domains) {
				t.Errorf("domains %q, want %q", domains, row.domains)
			}
		})
	}
	tree, err := sysvol.OpenFolder(write(t, map[string][]byte{"a/b/c": nil}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tree.Close() }()
	if _, err := sysvol.Read(t.Context(), tree, sysvol.Options{}); !errors.Is(err, sysvol.ErrNoShare) {
		t.Errorf("%v", err)
	}
}

// What is malformed is told with its file and place; the rest is read.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name, file string
		content    []byte
		offset     int64
		what       string
	}{
		{"no signature", "Machine/Registry.pol", []byte("PRog\x01\x00\x00\x00"), 0, "signature"},
		{"version", "Machine/Registry.pol", []byte("PReg\x02\x00\x00\x00"), 4, "version 2"},
		{"bracket", "User/Registry.pol", []byte("PReg\x01\x00\x00\x00x\x00"), 8, `'[' missing`},
		{"endless key", "User/Registry.pol", pol(polValue("k", "v", 4, []byte{1, 0, 0, 0}))[:12], 10, "without an end"},
		{"size", "User/Registry.pol", pol(polValue("k", "v", 4, []byte{1, 0, 0, 0}))[:33], 32, "cut short before"},
		{"half a character", "Machine/Microsoft/Windows NT/SecEdit/GptTmpl.inf", append(utf16le("[Version]"), 0), 20, "half a character"},
		{"xml", "Machine/Preferences/Groups/Groups.xml", []byte(`<Groups><User cpassword="` + secret + `></Groups>`), 54, "line 1: byte 54: malformed XML"},
		{"xml left open", "Machine/Preferences/Drives/Drives.xml", []byte(`<Drives><Drive>`), 15, "left open"},
		{"xml too deep", "User/Preferences/Printers/Printers.xml", []byte(strings.Repeat("<a>", 65)), 192, "more than 64 deep"},
		{"version not a number", "gpt.ini", []byte("[General]\nVersion=douze\n"), 0, `"douze" is not a number`},
		{"too large", "Machine/Preferences/Groups/Groups.xml", make([]byte, 2000), 0, "at most 1000 are read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := "Policies/" + groupPolicy + "/" + row.file
			files := map[string][]byte{"hopital.test/" + path: row.content, "hopital.test/Policies/" + defaultPolicy + "/gpt.ini": []byte("[General]\nVersion=1")}
			s := read(t, write(t, files), sysvol.Options{Size: 1000})[0]
			p, ok := s.Policy(groupPolicy)
			if !ok || len(p.Faults) != 1 {
				t.Fatalf("%+v", p)
			}
			f := p.Faults[0]
			if f.File != path || f.Offset != row.offset || !strings.Contains(f.What.Text("en"), row.what) || strings.Contains(f.What.Text("en"), secret[:5]) {
				t.Errorf("%+v", f)
			}
			if q, ok := s.Policy(defaultPolicy); !ok || q.Version == nil || *q.Version != 1 {
				t.Error("the sound policy was not read")
			}
		})
	}
}

func TestBounds(t *testing.T) {
	s := read(t, write(t, sample()), sysvol.Options{Files: 5})[0]
	if len(s.Files) != 5 || !s.Partial || len(s.Warnings) != 1 {
		t.Errorf("%d files, %v", len(s.Files), s.Warnings)
	}
	deep := map[string][]byte{"hopital.test/Policies/x": nil, "hopital.test/" + strings.Repeat("d/", 40) + "f": nil}
	s = read(t, write(t, deep), sysvol.Options{Depth: 10})[0]
	if !s.Partial || len(s.Files) > 20 {
		t.Errorf("%d files, partial %v", len(s.Files), s.Partial)
	}
}

// A link could lead anywhere on the machine of the auditor.
func TestLinksAreNotFollowed(t *testing.T) {
	root := write(t, sample())
	outside := write(t, map[string][]byte{"gpt.ini": []byte("[General]\nVersion=7")})
	folder := filepath.Join(root, "hopital.test/Policies/{BBBBBBBB-1111-2222-3333-444444444444}")
	if err := os.Symlink(outside, folder); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Join(outside, "gpt.ini"), filepath.Join(root, "hopital.test/Policies", groupPolicy, "gpt.ini")); err != nil {
		t.Fatal(err)
	}
	s := read(t, root, sysvol.Options{})[0]
	p, _ := s.Policy(groupPolicy)
	if len(s.Policies) != 2 || p.Version != nil {
		t.Errorf("a link was followed: %+v", s.Policies)
	}
}

// fakeTree is a tree whose listing and permissions a test decides.
type fakeTree struct {
	list        map[string][]sysvol.Entry
	descriptors map[string][]byte
}

func (f fakeTree) List(_ context.Context, path string) ([]sysvol.Entry, error) {
	list, ok := f.list[path]
	if !ok {
		return nil, errors.New("access denied")
	}
	return list, nil
}
func (f fakeTree) Read(context.Context, string, int64) ([]byte, error) {
	return nil, errors.New("access denied")
}
func (f fakeTree) Descriptor(_ context.Context, path string) ([]byte, error) {
	if d, ok := f.descriptors[path]; ok {
		return d, nil
	}
	return nil, errors.New("access denied")
}

func TestHostileTree(t *testing.T) {
	open := secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, DACL: secdesc.ListDACL})
	s, err := sysvol.Read(t.Context(), fakeTree{
		list: map[string][]sysvol.Entry{
			"":                        {{Name: "Policies", Folder: true}, {Name: "..", Folder: true}, {Name: "a/b", Folder: true}},
			"Policies":                {{Name: groupPolicy, Folder: true}, {Name: "secret", Folder: true}},
			"Policies/" + groupPolicy: {{Name: "gpt.ini", Size: 10}, {Name: "Machine", Folder: true, Link: true}},
		},
		descriptors: map[string][]byte{"": open, "Policies": open},
	}, sysvol.Options{Source: "fake"})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := s[0].Policy(groupPolicy)
	if !s[0].Permissions || len(s[0].Descriptors) != 1 || len(s[0].Files) != 5 || len(p.Faults) != 1 || !s[0].Partial || s[0].Warnings[0].Text("fr") != "SYSVOL\u00a0: Policies/secret\u00a0: «\u00a0access denied\u00a0»" {
		t.Errorf("%+v", s[0])
	}
	if _, ok := s[0].Descriptor(s[0].Files[0]); !ok {
		t.Error("the descriptor of the root was read")
	}
	if _, ok := s[0].Descriptor(s[0].Files[4]); ok {
		t.Error("a descriptor that was refused is there")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := sysvol.Read(ctx, fakeTree{list: map[string][]sysvol.Entry{"": {{Name: "Policies", Folder: true}}}}, sysvol.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// people trusts administrators; alice holds the group 1500.
type people struct{}

func (people) Trusted(s sid.SID) bool { return s == sid.Administrators || s == sid.LocalSystem }
func (people) Holds(trustee, other sid.SID) bool {
	return trustee == other || other == sid.Everyone || trustee.String() == "S-1-5-21-1-2-3-1104" && other.String() == "S-1-5-21-1-2-3-1500"
}

func TestWriters(t *testing.T) {
	domain := sid.MustParse("S-1-5-21-1-2-3")
	const alice, group = "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1500"
	for _, row := range []struct{ name, sddl, want string }{
		{"as Windows sets it", "O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;AU)(A;OICIIO;FA;;;CO)", ""},
		{"full control", "O:BAD:(A;;FA;;;" + alice + ")", alice + " full_control"},
		{"write", "O:BAD:(A;;0x120116;;;" + alice + ")", alice + " write_file"},
		{"generic write", "O:BAD:(A;;GW;;;" + alice + ")", alice + " write_file"},
		{"generic read", "O:BAD:(A;;GR;;;" + alice + ")", ""},
		{"append only", "O:BAD:(A;;0x4;;;" + alice + ")", alice + " write_file"},
		{"permissions", "O:BAD:(A;;WD;;;" + alice + ")", alice + " write_dacl"},
		{"owner right", "O:BAD:(A;;WO;;;" + alice + ")", alice + " write_owner"},
		{"delete only", "O:BAD:(A;;SD;;;" + alice + ")", ""},
		{"inherit only", "O:BAD:(A;OICIIO;FA;;;" + alice + ")", ""},
		{"denied first", "O:BAD:(D;;0x6;;;" + group + ")(A;;0x120116;;;" + alice + ")", ""},
		{"denied after", "O:BAD:(A;;0x120116;;;" + alice + ")(D;;0x6;;;" + group + ")", alice + " write_file"},
		{"denied to another", "O:BAD:(D;;0x6;;;" + alice + ")(A;;0x120116;;;" + group + ")", group + " write_file"},
		{"owner", "O:" + alice + "D:(A;;FA;;;BA)", alice + " owner"},
		{"owner limited", "O:" + alice + "D:(A;;RC;;;OW)(A;;FA;;;BA)", ""},
		{"no list", "O:BA", "S-1-1-0 null_dacl"},
		{"empty list", "O:BAD:", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, err := secdesc.ParseSDDL(row.sddl, domain)
			if err != nil {
				t.Fatal(err)
			}
			d, err := secdesc.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range sysvol.Writers(&d, people{}) {
				got = append(got, fmt.Sprint(g.Trustee, " ", g.Right))
			}
			if strings.Join(got, ", ") != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
