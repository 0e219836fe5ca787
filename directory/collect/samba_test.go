package collect_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hygie/directory/collect"
	"hygie/directory/dump"
	"hygie/directory/ldap"
	"hygie/directory/model"
	"hygie/lab/labtest"
)

// as gives options to collect from dc as the ordinary account.
func as(dc *labtest.Controller, t testing.TB, method ldap.Method) collect.Options {
	o := ldap.Options{
		Server: dc.Host, Dial: dc.Dial, Method: method, Roots: dc.Roots(t),
		Account: ldap.Account{User: "a.auditeur", Password: dc.Admin},
	}
	return collect.Options{
		Connect: func(ctx context.Context) (*ldap.Client, error) { return ldap.Connect(ctx, o) },
		Tool:    "hygie test",
		Account: "a.auditeur",
	}
}

func load(t testing.TB, data []byte) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	summary, err := dump.Read(bytes.NewReader(data), b, dump.Options{Name: "lab"})
	if err != nil || summary.Damage != nil {
		t.Fatalf("read the dump again: %v %v", err, summary.Damage)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSambaCollect(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{Fixture: true})
	path := filepath.Join(t.TempDir(), "domain.hygie")
	s, err := collect.File(t.Context(), as(dc, t, ldap.Kerberos), collect.FileOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, %d objects in %v, %v", s.Security, s.Objects, s.Elapsed.Round(time.Millisecond), s.Source.Warnings)
	for _, p := range s.Partitions {
		t.Logf("%-50s %-14s %5d %v", p.DN, p.Kind, p.Objects, p.Err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := load(t, data)
	if d.Count() != s.Objects {
		t.Errorf("%d objects in the file, %d collected", d.Count(), s.Objects)
	}
	if keep := os.Getenv("HYGIE_KEEP_DUMP"); keep != "" {
		if err := os.WriteFile(keep, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
