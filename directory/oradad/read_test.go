package oradad_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"hygie/directory/internal/pack"
	"hygie/directory/model"
	"hygie/directory/oradad"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

const root = "DC=clinique,DC=test"

// wide writes a text as ORADAD does.
func wide(text string) string {
	var out strings.Builder
	out.WriteString("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(text)) {
		out.WriteByte(byte(unit))
		out.WriteByte(byte(unit >> 8))
	}
	return out.String()
}

// tree writes files and reads them.
func tree(t testing.TB, files map[string]string) (*model.Directory, oradad.Summary, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := model.NewBuilder()
	s, err := oradad.Read(pack.Folder(dir, pack.Limits{}), b, oradad.Options{Name: "x"})
	d, freezing := b.Freeze()
	if freezing != nil {
		t.Fatal(freezing)
	}
	return d, s, err
}

const top = "dn\tnvarchar(200)\tshortname\tnvarchar(9)\tshortdn\tnvarchar(9)\tobjectClass\tnvarchar(9)\twhenCreated\tdatetime2\tisDeleted\ttinyint\tnTSecurityDescriptor\tvarchar(max)"

const userColumns = "dn\tnvarchar(200)\tsAMAccountName\tnvarchar(9)\tuserAccountControl\tnvarchar(9)\tuserAccountControl_int\tint\tpwdLastSet\tdatetime2\t" +
	"accountExpires\tdatetime2\tservicePrincipalName\tnvarchar(9)\tsIDHistory\tvarchar(9)\tms-Mcs-AdmPwd\tnvarchar(9)"

// sample is a small collection.
func sample() map[string]string {
	sd := fmt.Sprintf("%x", secdesc.MustBuild(secdesc.Spec{Owner: sid.Administrators, Entries: []secdesc.ACE{{Mask: secdesc.ReadControl, Trustee: sid.Everyone}}}))
	return map[string]string{
		"clinique.test/20260301-080000/tables.tsv": "clinique.test_20260301-080000\n" +
			`domain\clinique.test\top.tsv` + "\tdomain_clinique.test_top\tdomain_top\t7\t" + top + "\n" +
			`domain\clinique.test\user.tsv` + "\tdomain_clinique.test_user\tdomain_user\t9\t" + userColumns + "\n" +
			`domain\clinique.test\group.tsv` + "\tx\tx\t2\tdn\tnvarchar(9)\tmember\tnvarchar(max)\n",
		"clinique.test/20260301-080000/metadata.tsv": wide("oradad_version\t3.6.218.0\r\n"),
		"clinique.test/20260301-080000/domain/clinique.test/top.tsv": wide(
			root + "\tdomain/clinique.test\t\ttop;domain;domainDNS\t2015-01-02 03:04:05\t\t" + sd + "\r\n" +
				"CN=a\\;b,CN=Users," + root + "\tx\tx\ttop;person;organizationalPerson;user\t2020-02-03 04:05:06\t0\t" + sd + "\r\n" +
				"CN=g,CN=Users," + root + "\tx\tx\ttop;group\t\t\t\r\n" +
				"CN=old\\0ADEL:1,CN=Deleted Objects," + root + "\tx\tx\ttop;person;organizationalPerson;user\t\t1\t\r\n"),
		"clinique.test/20260301-080000/domain/clinique.test/user.tsv": wide(
			"CN=a\\;b,CN=Users," + root + "\ta;b\tDISABLED | NORMAL\t514\t\t2999-12-12 23:59:59\tHTTP/x;HTTP/y\tS-1-5-21-1-2-3-512;S-1-5-21-1-2-3-519\tsecret\r\n"),
		"clinique.test/20260301-080000/domain/clinique.test/group.tsv": wide(
			"CN=g,CN=Users," + root + "\tCN=a\\;b,CN=Users," + root + ";CN=c,CN=Users," + root + "\r\n"),
	}
}

func TestTables(t *testing.T) {
	d, s, err := tree(t, sample())
	if err != nil || s.Partial || s.Bad != 0 {
		t.Fatalf("%+v, %v, %q", s, err, d.Warnings())
	}
	if d.Count() != 3 {
		t.Errorf("%d objects: deleted ones do not count", d.Count())
	}
	id, ok := d.ByDN(`CN=a\;b,CN=Users,` + root)
	if !ok {
		t.Fatal("the user is not there")
	}
	for attribute, want := range map[string]string{
		"sAMAccountName": "a;b", "userAccountControl": "514", "pwdLastSet": "0", "accountExpires": "9223372036854775807",
		"servicePrincipalName": "HTTP/x|HTTP/y", "sIDHistory": "S-1-5-21-1-2-3-512|S-1-5-21-1-2-3-519", "whenCreated": "20200203040506.0Z",
		"ms-Mcs-AdmPwd": "", "shortname": "",
	} {
		if got := strings.Join(d.Texts(id, attribute), "|"); got != want {
			t.Errorf("%s = %q, want %q", attribute, got, want)
		}
	}
	if own, ok := d.Descriptor(id); !ok || own.Owner() != sid.Administrators || d.Class(id) != "user" {
		t.Errorf("descriptor %v, class %s", ok, d.Class(id))
	}
	if !strings.Contains(strings.Join(d.Warnings(), ""), "passwords or keys") {
		t.Errorf("nothing is said of the column of passwords: %q", d.Warnings())
	}
	g, _ := d.ByDN("CN=g,CN=Users," + root)
	var members []string
	for m := range d.Linked(g, "member") {
		members = append(members, d.DN(m))
	}
	for dn := range d.UnresolvedMembers(g) {
		members = append(members, dn)
	}
	if len(members) != 2 || members[0] != `CN=a\;b,CN=Users,`+root || members[1] != "CN=c,CN=Users,"+root {
		t.Errorf("members %q", members)
	}
	if !d.Collected(id, "sIDHistory") || d.Collected(g, "sIDHistory") || !d.Collected(g, "nTSecurityDescriptor") || !d.Covers(root, "dnsZone") || d.Collected(id, "ms-Mcs-AdmPwd") {
		t.Error("what was asked for is that of the tables")
	}
}

// A header in the tables does instead of tables.tsv.
func TestHeader(t *testing.T) {
	d, s, err := tree(t, map[string]string{
		"f/d/domain/clinique.test/user.tsv": "dn\tsAMAccountName\tuserAccountControl\tuserAccountControl_int\tpwdLastSet\tobjectSid\r\n" +
			"CN=u,CN=Users," + root + "\tu\tNORMAL\t512\t2026-01-02 03:04:05\tS-1-5-21-1-2-3-1105\r\n",
	})
	if err != nil || s.Rows != 1 || s.Partial || d.Count() != 1 || d.Class(0) != "user" || d.SID(0).String() != "S-1-5-21-1-2-3-1105" {
		t.Fatalf("%+v, %v, %q", s, err, d.Warnings())
	}
	if at, _, _ := d.FileTime(0, "pwdLastSet"); at.Format("2006-01-02 15:04:05") != "2026-01-02 03:04:05" {
		t.Errorf("pwdLastSet %v", at)
	}
}

// A fault keeps the other rows, has a file and a line, and makes the source partial.
func TestFaults(t *testing.T) {
	const users = "clinique.test/20260301-080000/domain/clinique.test/user.tsv"
	good := "CN=a\\;b,CN=Users," + root + "\ta\tX\t514\t\t\t\t\t\r\n"
	for name, row := range map[string]string{
		"columns": "CN=x," + root + "\ta\tb\r\n", "number": strings.Replace(good, "514", "51x", 1), "no name": "\ta\tX\t1\t\t\t\t\t\r\n",
		"date": strings.Replace(good, "514\t", "514\t2026-99-01 00:00:00", 1), "history": "CN=x," + root + "\ta\tX\t1\t\t\t\tzz\t\r\n",
		"foreign": "CN=x,O=elsewhere\ta\tX\t1\t\t\t\t\t\r\n", "bad name": "no equals," + root + "\ta\tX\t1\t\t\t\t\t\r\n",
	} {
		files := sample()
		files[users] = wide(row + good)
		d, s, err := tree(t, files)
		if err != nil || !s.Partial || s.Bad != 1 || d.Count() < 3 || !strings.Contains(strings.Join(d.Warnings(), "\n"), "user.tsv: line 1") {
			t.Errorf("%s: %+v, %v, %q", name, s, err, d.Warnings())
		}
	}
	files := sample()
	whole := files[users]
	files[users] = whole[:len(whole)-31] // in the middle of a character
	if _, s, err := tree(t, files); err != nil || !s.Partial {
		t.Errorf("half a character: %+v, %v", s, err)
	}
	if _, _, err := tree(t, map[string]string{"tables.tsv": "x_y\n"}); err == nil {
		t.Error("a collection without tables was accepted")
	}
	delete(files, "clinique.test/20260301-080000/tables.tsv")
	if d, s, err := tree(t, files); err == nil && !s.Partial {
		t.Errorf("tables without a description were accepted: %d objects", d.Count())
	}
}

func FuzzRead(f *testing.F) {
	files := sample()
	f.Add(files["clinique.test/20260301-080000/tables.tsv"], files["clinique.test/20260301-080000/domain/clinique.test/user.tsv"])
	f.Add("", "dn\tobjectSid\nCN=a,DC=b\tS-1-5-21-1-2-3-4\n")
	f.Fuzz(func(t *testing.T, tables, users string) {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for name, text := range map[string]string{"tables.tsv": tables, "domain/clinique.test/user.tsv": users, "domain/clinique.test/sysvol.tsv": users} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		p, err := pack.Zip(bytes.NewReader(out.Bytes()), int64(out.Len()), pack.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		b := model.NewBuilder()
		_, _ = oradad.Read(p, b, oradad.Options{Row: 1 << 20, Objects: 1000})
		if _, err := b.Freeze(); err != nil {
			t.Fatal(err)
		}
	})
}
