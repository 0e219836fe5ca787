package ldif

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

const root = "DC=hopital,DC=test"

func read(t testing.TB, text string) (*model.Directory, Summary) {
	t.Helper()
	b := model.NewBuilder()
	s, err := Read(strings.NewReader(text), b, Options{Name: "export.ldif"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

func object(t testing.TB, d *model.Directory, dn string) model.ID {
	t.Helper()
	id, ok := d.ByDN(dn)
	if !ok {
		t.Fatalf("%s is missing", dn)
	}
	return id
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestReadForms(t *testing.T) {
	sidText := "S-1-5-21-1-2-3-1104"
	for _, row := range []struct {
		name, text, dn, attr string
		want                 []string
	}{
		{"text", "dn: CN=a," + root + "\ncn: a\n", "CN=a," + root, "cn", []string{"a"}},
		{"no space after the colon", "dn:CN=a\ncn:a\n", "CN=a", "cn", []string{"a"}},
		{"empty value", "dn: CN=a\ndescription:\n", "CN=a", "description", []string{""}},
		{"base64", "dn: CN=a\ndescription:: " + b64("été\x00") + "\n", "CN=a", "description", []string{"été\x00"}},
		{"base64 name", "dn:: " + b64("CN=Hélène,"+root) + "\ncn: x\n", "CN=hélène," + root, "cn", []string{"x"}},
		{"several values", "dn: CN=a\nx: 1\nx:: " + b64("2") + "\ny: z\nx: 3\n", "CN=a", "x", []string{"1", "2", "3"}},
		{"folded", "dn: CN=a,\n DC=hopi\n tal,DC=test\ndescription: on\n e\n  two\n", "CN=a," + root, "description", []string{"one two"}},
		{"folded base64", "dn: CN=a\nx:: " + b64("hello world")[:6] + "\n " + b64("hello world")[6:] + "\n", "CN=a", "x", []string{"hello world"}},
		{"Windows line ends", "dn: CN=a\r\ndescription: one\r\n  two\r\n\r\ndn: CN=b\r\nx: y\r\n", "CN=a", "description", []string{"one two"}},
		{"version and comments", "# a comment\n#  folded\n  still\nversion: 1\n\n# again\ndn: CN=a\n# inside\ncn: a\n", "CN=a", "cn", []string{"a"}},
		{"version in the first record", "version: 1\ndn: CN=a\ncn: a\n", "CN=a", "cn", []string{"a"}},
		{"ldifde", "dn: CN=a\nchangetype: add\ncn: a\n", "CN=a", "cn", []string{"a"}},
		{"UTF-8 mark", "\ufeffdn: CN=a\ncn: é\n", "CN=a", "cn", []string{"é"}},
		{"many blank lines", "\n\n\ndn: CN=a\ncn: a\n\n\n\n", "CN=a", "cn", []string{"a"}},
		{"binary SID", "dn: CN=a\nobjectSid:: " + b64(string(sid.MustParse(sidText).Bytes())) + "\n", "CN=a", "objectSid", []string{sidText}},
		{"text SID", "dn: CN=a\nobjectSid: " + sidText + "\n", "CN=a", "objectSid", []string{sidText}},
		{"text GUID", "dn: CN=a\nobjectGUID: BF9679C0-0DE6-11D0-A285-00AA003049E2\n", "CN=a", "objectGUID", []string{"bf9679c0-0de6-11d0-a285-00aa003049e2"}},
		{"ranges", "dn: CN=a\nmember;range=0-0: CN=b\nmember;range=1-*: CN=c\n", "CN=a", "member", []string{"CN=b", "CN=c"}},
		{"extended name", "dn: CN=a\nmember: <GUID=1>;<SID=S-1-1-0>;CN=b\n", "CN=a", "member", []string{"CN=b"}},
		{"binary option", "dn: CN=a\nuserCertificate;binary:: MAA=\n", "CN=a", "userCertificate", []string{"0\x00"}},
		{"colon and spaces in the value", "dn: CN=a\nx:   http://a: b  \n", "CN=a", "x", []string{"http://a: b  "}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, s := read(t, row.text)
			if s.Partial {
				t.Errorf("partial: %q", d.Warnings())
			}
			if got := d.Texts(object(t, d, row.dn), row.attr); !slices.Equal(got, row.want) {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

// A file that ends in the middle of a line is kept and said to be cut: it may lack anything after that.
func TestEndInTheMiddleOfALine(t *testing.T) {
	for _, row := range []struct {
		text    string
		partial bool
	}{
		{"dn: CN=a\ncn: a", true}, {"dn: CN=a\ncn: a\n\ndn: CN=b\ncn: b\n# numResp", true}, {"dn: CN=a\ncn: a\n", false}, {"dn: CN=a\r\ncn: a\r\n", false}, {"dn: CN=a\ncn: a\n\n", false},
	} {
		d, s := read(t, row.text)
		if s.Partial != row.partial || d.Partial() != row.partial || row.partial && !strings.Contains(strings.Join(d.Warnings(), ""), "in the middle of a line") {
			t.Errorf("%q: partial %v, %q", row.text, s.Partial, d.Warnings())
		}
		if got := d.Texts(object(t, d, "CN=a"), "cn"); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q: %q", row.text, got)
		}
	}
}

func TestWhatToolsPrintBesideEntries(t *testing.T) {
	d, s := read(t, `# extended LDIF
#
# LDAPv3
# base <DC=hopital,DC=test> with scope subtree

dn:
dnsHostName: dc1.hopital.test

# record 1
dn: CN=a
cn: a

# search reference
ref: ldap://DomainDnsZones.hopital.test/DC=DomainDnsZones

# Referral
ref: ldap://hopital.test/CN=Configuration

# search result
search: 2
result: 0 Success
control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==
pagedresults: cookie=

# numResponses: 2
`)
	if s.Entries != 1 || s.Partial || d.Sources()[0].Server != "dc1.hopital.test" {
		t.Errorf("%+v, %q, %+v", s, d.Warnings(), d.Sources())
	}
	d, s = read(t, "dn: CN=a\n\nsearch: 2\nresult: 4 Size limit exceeded\n")
	if !s.Partial || !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), ""), "line 4") {
		t.Errorf("an export that stopped at the server's limit: %+v, %q", s, d.Warnings())
	}
}

func TestDescriptors(t *testing.T) {
	raw := secdesc.MustBuild(secdesc.Spec{Owner: sid.MustParse("S-1-5-21-1-2-3-512")})
	d, s := read(t, "dn: "+root+"\nobjectClass: domainDNS\nobjectSid: S-1-5-21-1-2-3\nnTSecurityDescriptor:: "+b64(string(raw))+
		"\n\ndn: CN=a,"+root+"\nntsecuritydescriptor: O:DAD:(A;;GA;;;DU)\n")
	if s.Partial {
		t.Fatal(d.Warnings())
	}
	for _, dn := range []string{root, "CN=a," + root} {
		sd, ok := d.Descriptor(object(t, d, dn))
		if !ok || sd.Owner().String() != "S-1-5-21-1-2-3-512" {
			t.Errorf("%s: owner is not read", dn)
		}
	}
}

// A record that cannot be read is left out with its line; the others are kept and the result says that it is partial.
func TestFaults(t *testing.T) {
	const before, after = "dn: CN=before\ncn: a\n\n", "\n\ndn: CN=after\ncn: z\n"
	for _, row := range []struct{ name, record, want string }{
		{"wrong base64", "dn: CN=x\ncn: x\nobjectSid:: AQI*", "line 6: base64 value of objectSid"},
		{"cut base64", "dn: CN=x\nobjectSid:: AQIDB", "line 5: base64"},
		{"wrong base64 in a folded line", "dn: CN=x\nobjectSid:: AQID\n BAU*", "line 5: base64"},
		{"wrong base64 name", "dn:: ****", "line 4: base64 value of dn"},
		{"no colon", "dn: CN=x\nnonsense", "line 5: line without"},
		{"no name", "dn: CN=x\n: y", "line 5: line without"},
		{"url", "dn: CN=x\njpegPhoto:< file:///etc/passwd", "line 5: value given by URL"},
		{"no dn", "cn: x\nsn: y", "line 4: record without"},
		{"modification", "dn: CN=x\nchangetype: modify\nreplace: cn\ncn: y\n-", "line 5: the record changes"},
		{"deletion", "dn: CN=x\nchangetype: delete", "line 5: the record changes"},
		{"malformed name", "dn: nonsense\ncn: x", "line 4: name “nonsense”"},
		{"malformed SDDL", "dn: CN=x\nnTSecurityDescriptor: O:QQ", "line 5: SDDL, character 3: malformed SID"},
		{"SDDL before its domain", "dn: CN=x\nnTSecurityDescriptor: O:DA", "needs the SID of the domain"},
		{"continuation of nothing", " x: y\ndn: CN=x", "line 4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, s := read(t, before+row.record+after)
			warnings := strings.Join(d.Warnings(), "\n")
			if s.Entries != 2 || s.Bad != 1 || !s.Partial || !d.Partial() || !strings.Contains(warnings, row.want) {
				t.Errorf("%+v; %q does not say %q", s, warnings, row.want)
			}
			if _, err := Read(strings.NewReader(strings.Repeat("\n", 3)+row.record+"\n"), model.NewBuilder(), Options{}); err == nil ||
				!strings.Contains(err.Error(), row.want) {
				t.Errorf("alone: %v does not say %q", err, row.want)
			}
		})
	}
}

func TestNothingToRead(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# comment\n", "version: 1\n", "search: 2\nresult: 0 Success\n", "\x00\x01\x02"} {
		if s, err := Read(strings.NewReader(text), model.NewBuilder(), Options{}); err == nil {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

func TestLimits(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "dn: CN=%d\nx: %s\n\n", i, strings.Repeat("a", 100))
	}
	for _, row := range []struct {
		o    Options
		want string
	}{
		{Options{Objects: 5}, "line 16: more than 5 entries"},
		{Options{Bytes: 1000}, "more than 1000 bytes"},
	} {
		b := model.NewBuilder()
		s, err := Read(strings.NewReader(text.String()), b, row.o)
		d, _ := b.Freeze()
		if err != nil || !s.Partial || s.Entries == 0 || s.Entries > 10 || !strings.Contains(strings.Join(d.Warnings(), ""), row.want) {
			t.Errorf("%+v: %+v, %v, %q", row.o, s, err, d.Warnings())
		}
	}
	for name, o := range map[string]Options{"line": {Record: 50}, "record": {Record: 105}} {
		if _, err := Read(strings.NewReader(text.String()), model.NewBuilder(), o); err == nil || !strings.Contains(err.Error(), "longer than a record") {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := strings.Repeat("nonsense\n\n", 2*maxBadRecords)
	b := model.NewBuilder()
	if s, err := Read(strings.NewReader("dn: CN=a\n\n"+bad), b, Options{}); err != nil || s.Bad != maxBadRecords || !s.Partial {
		t.Errorf("%+v, %v", s, err)
	}
	if d, _ := b.Freeze(); len(d.Warnings()) != maxWarnings {
		t.Errorf("%d warnings", len(d.Warnings()))
	}
}

func wide(text string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestUTF16(t *testing.T) {
	const text = "dn: CN=Hélène\r\ncn: 𝄞\r\n"
	for _, big := range []bool{false, true} {
		b := model.NewBuilder()
		file := wide(text, big)
		if !Is(file) {
			t.Error("not recognised")
		}
		s, err := Read(bytes.NewReader(file), b, Options{})
		if err != nil || s.Partial {
			t.Fatalf("%+v, %v", s, err)
		}
		d, _ := b.Freeze()
		if got, _ := d.Text(object(t, d, "CN=hélène"), "cn"); got != "𝄞" {
			t.Errorf("cn = %q", got)
		}
	}
	b := model.NewBuilder()
	file := wide(text, false)
	s, err := Read(bytes.NewReader(file[:len(file)-1]), b, Options{})
	d, _ := b.Freeze()
	if err != nil || !s.Partial || !strings.Contains(strings.Join(d.Warnings(), ""), "UTF-16") {
		t.Errorf("half a character: %+v, %v, %q", s, err, d.Warnings())
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"dn: CN=a": true, "# x\n\nversion: 1": true, "\ufeffDN:: eA==": true,
		"": false, "{\"meta\":1}": false, "HYGIEDIR\x01": false, "name: x": false, "PK\x03\x04": false,
	} {
		if Is([]byte(text)) != want {
			t.Errorf("Is(%q) = %v", text, !want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"version: 1\ndn: CN=a,DC=b\nobjectClass: top\nx:: AAAA\n y\n\n# c\nsearch: 2\nresult: 0 ok\n",
		"dn: CN=a\r\nnTSecurityDescriptor: O:BAG:SYD:(A;;GA;;;WD)\r\n\r\n",
		"dn: CN=a\nmember;range=0-1: CN=b\nmember: <SID=1>;CN=c\n",
		"dn: DC=b\nobjectClass: domainDNS\nobjectSid: S-1-5-21-1-2-3\n\ndn: CN=u,DC=b\nobjectClass: user\nobjectSid: S-1-5-21-1-2-3-9\nprimaryGroupID: 7\nmemberOf: CN=g,DC=b\n" +
			"\ndn: CN=g,DC=b\nobjectSid: S-1-5-21-1-2-3-7\nmember: CN=g,DC=b\nwhenCreated: 20240101000000.0Z\nobjectGUID: bf9679c0-0de6-11d0-a285-00aa003049e2\n",
	} {
		f.Add([]byte(text))
		f.Add(wide(text, true))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		Is(file)
		b := model.NewBuilder()
		s, err := Read(bytes.NewReader(file), b, Options{Objects: 1000, Bytes: 1 << 20, Record: 1 << 16})
		d, ferr := b.Freeze()
		if ferr != nil {
			t.Fatal(ferr)
		}
		if err == nil && (s.Entries == 0 || d.Count() == 0 || d.Count() > s.Entries) {
			t.Fatalf("%+v, %d objects", s, d.Count())
		}
		readAll(t, d)
	})
}

// readAll asks everything of a directory; nothing may panic or disagree.
func readAll(t *testing.T, d *model.Directory) {
	for id := range d.All() {
		if back, ok := d.ByDN(d.DN(id)); !ok || back != id {
			t.Fatalf("object %d is not found as %q", id, d.DN(id))
		}
		if s := d.SID(id); !s.IsZero() {
			if _, ok := d.BySID(s); !ok {
				t.Fatalf("%s is not found", s)
			}
		}
		if g := d.GUID(id); !g.IsZero() {
			if _, ok := d.ByGUID(g); !ok {
				t.Fatalf("%s is not found", g)
			}
		}
		for attr := range d.Attributes(id) {
			if !d.Has(id, attr) || !d.Collected(id, attr) {
				t.Fatalf("%s of %q is there and not there", attr, d.DN(id))
			}
			for range d.Values(id, attr) {
			}
			d.Texts(id, attr)
			d.Int(id, attr)
			d.Bool(id, attr)
			d.FileTime(id, attr)
			d.Interval(id, attr)
			d.GeneralizedTime(id, attr)
			for range d.Linked(id, attr) {
			}
		}
		if sd, ok := d.Descriptor(id); ok {
			_ = sd.SDDL()
		}
		for m := range d.Members(id) {
			if !slices.Contains(slices.Collect(d.GroupsOf(m)), id) {
				t.Fatalf("membership of %d in %d is one-sided", m, id)
			}
		}
		d.MembersOf(id)
		for range d.UnresolvedMembers(id) {
		}
	}
	d.Domains()
	d.Forest()
	d.Partitions()
}

// benchExport resembles an export of accounts: text, numbers, times, links, binary identifiers and a shared descriptor.
func benchExport(n int) []byte {
	var out bytes.Buffer
	sd := b64(string(secdesc.MustBuild(secdesc.Spec{Owner: sid.LocalSystem, Entries: slices.Repeat([]secdesc.ACE{{Mask: 1, Trustee: sid.Everyone}}, 40)})))
	for i := range n {
		fmt.Fprintf(&out, "dn: CN=Agent %d,OU=Service %d,OU=Soins,%s\n", i, i%200, root)
		out.WriteString("objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n")
		fmt.Fprintf(&out, "cn: Agent %d\nsAMAccountName: agent%d\nuserPrincipalName: agent%d@hopital.test\n", i, i, i)
		fmt.Fprintf(&out, "userAccountControl: 512\npwdLastSet: %d\nlastLogonTimestamp: %d\nprimaryGroupID: 513\n", 133500000000000000+i, 133500000000000001+i)
		fmt.Fprintf(&out, "whenCreated: 20240102030405.0Z\nobjectSid:: %s\n", b64(string(sid.New(5, 21, 1, 2, 3, uint32(2000+i)).Bytes())))
		fmt.Fprintf(&out, "objectGUID:: %s\n", b64(fmt.Sprintf("%016d", i)))
		fmt.Fprintf(&out, "memberOf: CN=Groupe %d,OU=Groupes,%s\nmemberOf: CN=Groupe %d,OU=Groupes,%s\n", i%97, root, i%31, root)
		out.WriteString("nTSecurityDescriptor:: ")
		for rest := sd; rest != ""; {
			n := min(76, len(rest))
			out.WriteString(rest[:n] + "\n")
			if rest = rest[n:]; rest != "" {
				out.WriteByte(' ')
			}
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func BenchmarkRead(b *testing.B) {
	const n = 10000
	file := benchExport(n)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		builder := model.NewBuilder()
		if s, err := Read(bytes.NewReader(file), builder, Options{}); err != nil || s.Entries != n {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func TestWriteThenRead(t *testing.T) {
	values := []string{"", "plain", " space", "space ", ":colon", "<url", "a\nb", "é", "\x00\xff", strings.Repeat("long ", 60) + ".", "a: b", "#", "del\x7f"}
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, v := range values {
		all = append(all, []byte(v))
	}
	for _, dn := range []string{"CN=a", "CN=Hélène\\, " + strings.Repeat("x", 100) + "," + root} {
		if err := w.WriteEntry(model.Entry{DN: dn, Attributes: []model.Attribute{{Name: "x", Values: all}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > lineWidth+1 {
			t.Errorf("%d characters: %q", len(line), line)
		}
	}
	d, s := read(t, out.String())
	if s.Partial || d.Count() != 2 {
		t.Fatalf("%+v, %q", s, d.Warnings())
	}
	for id := range d.All() {
		if got := d.Texts(id, "x"); !slices.Equal(got, values) {
			t.Errorf("%s: %q", d.DN(id), got)
		}
	}
}
