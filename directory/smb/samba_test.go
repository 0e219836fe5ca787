package smb_test

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/directory/ldap"
	"hygie/directory/secdesc"
	"hygie/directory/smb"
	"hygie/directory/sysvol"
	"hygie/lab/labtest"
)

// Against a real controller: both ways to log on, the files as they are on its disk, their permissions, and refusals.
func TestSamba(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{})
	// The server reads files as the account that asks: it must be let through the folder of the test.
	for path := dc.Dir; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return dc.Dial(ctx, network, address)
	}
	options := ldap.Options{Server: dc.Host, Dial: dc.Dial, Account: ldap.Account{User: "a.auditeur", Password: dc.Admin}}
	for name, logon := range map[string]func() smb.Logon{
		"kerberos": func() smb.Logon { return smb.Kerberos(options, dc.Realm) },
		"ntlm":     func() smb.Logon { return smb.NTLM(`HYGIELAB\a.auditeur`, dc.Admin, rand.Reader) },
	} {
		t.Run(name, func(t *testing.T) {
			c, err := smb.Connect(t.Context(), smb.Options{Server: dc.Host, Dial: dial, Logon: logon()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if c.Dialect() != "SMB 3.1.1" {
				t.Errorf("%s", c.Dialect())
			}
			share, err := c.Share(t.Context(), "sysvol")
			if err != nil {
				t.Fatal(err)
			}
			compareWithDisk(t, share, dc)
			if _, err := share.Read(t.Context(), dc.Domain+"/absent", 10); smb.StatusOf(err) != smb.NotFound {
				t.Errorf("absent file: %v", err)
			}
			if _, err := share.List(t.Context(), "../.."); err == nil {
				t.Error("a path led out of the share")
			}
			if _, err := c.Share(t.Context(), "absent"); smb.StatusOf(err) != smb.BadShare {
				t.Errorf("absent share: %v", err)
			}
		})
	}
	t.Run("encrypted", func(t *testing.T) { encrypted(t, dc, dial, options) })
	for name, logon := range map[string]smb.Logon{
		"wrong password": smb.NTLM(`HYGIELAB\a.auditeur`, "non", rand.Reader),
		"guest":          smb.NTLM("personne", "x", rand.Reader),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := smb.Connect(t.Context(), smb.Options{Server: dc.Host, Dial: dial, Logon: logon}); smb.StatusOf(err) != smb.LogonFailure {
				t.Errorf("%v", err)
			}
		})
	}
}

// encrypted makes the server demand encryption, and reads all the same.
func encrypted(t *testing.T, dc *labtest.Controller, dial smb.Dialer, options ldap.Options) {
	conf := filepath.Join(dc.Dir, "etc", "smb.conf")
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "[global]", "[global]\n\tserver smb encrypt = required", 1)
	if err := os.WriteFile(conf, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	dc.Run(t, "exec", "smbcontrol", "--configfile="+conf, "smbd", "reload-config")
	var c *smb.Client
	for range 20 {
		c, err = smb.Connect(t.Context(), smb.Options{Server: dc.Host, Dial: dial, Logon: smb.Kerberos(options, dc.Realm)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if c.Encrypted() {
			break
		}
		time.Sleep(200 * time.Millisecond) // the server reads its settings again when it sees fit
	}
	if !c.Encrypted() {
		t.Fatal("the server does not demand encryption")
	}
	share, err := c.Share(t.Context(), "sysvol")
	if err != nil {
		t.Fatal(err)
	}
	compareWithDisk(t, share, dc)
}

// compareWithDisk reads SYSVOL over the network and from the controller's disk.
func compareWithDisk(t *testing.T, share *smb.Share, dc *labtest.Controller) {
	t.Helper()
	remote, err := sysvol.Read(t.Context(), share, sysvol.Options{Source: dc.Host})
	if err != nil {
		t.Fatal(err)
	}
	var disk string
	err = filepath.WalkDir(dc.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "Policies" {
			disk = filepath.Dir(filepath.Dir(path))
		}
		return nil
	})
	if err != nil || disk == "" {
		t.Fatalf("no SYSVOL on disk below %s (%v)", dc.Dir, err)
	}
	tree, err := sysvol.OpenFolder(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tree.Close() }()
	local, err := sysvol.Read(t.Context(), tree, sysvol.Options{Source: "disk"})
	if err != nil {
		t.Fatal(err)
	}
	if len(remote) != 1 || len(local) != 1 || remote[0].Domain != dc.Domain {
		t.Fatalf("%d and %d domains", len(remote), len(local))
	}
	r, l := remote[0], local[0]
	if r.Partial || !r.Permissions || len(r.Policies) < 2 || len(r.Files) != len(l.Files) || len(r.Policies) != len(l.Policies) {
		t.Fatalf("remote %d files, %d policies, %v; disk %d files, %d policies", len(r.Files), len(r.Policies), r.Warnings, len(l.Files), len(l.Policies))
	}
	for i, f := range r.Files {
		if f.Path != l.Files[i].Path || f.Folder != l.Files[i].Folder || f.Size != l.Files[i].Size {
			t.Errorf("%+v, on disk %+v", f, l.Files[i])
		}
		d, ok := r.Descriptor(f)
		if !ok || d.DACL() != secdesc.ListDACL || d.Owner().IsZero() {
			t.Errorf("%s: descriptor not read", f.Path)
		}
	}
	for i, p := range r.Policies {
		if p.GUID != l.Policies[i].GUID || len(p.Faults) > 0 || p.Version == nil || *p.Version != *l.Policies[i].Version || len(p.Rights) != len(l.Policies[i].Rights) {
			t.Errorf("%+v, on disk %+v", p, l.Policies[i])
		}
	}
	if !strings.HasPrefix(r.Policies[0].Path, "Policies/{") {
		t.Errorf("%s", r.Policies[0].Path)
	}
}
