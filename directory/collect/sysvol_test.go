package collect_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/directory/collect"
	"hygie/directory/findings"
	"hygie/directory/ldap"
	"hygie/directory/points"
	"hygie/directory/sysvol"
	"hygie/lab/labtest"
)

const cpassword = "j1Uyj3Vx8TY9LtLZil2uAuZkFQA"

const groups = `<?xml version="1.0" encoding="utf-8"?><Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}"><User clsid="{DF5F1855-51E5-4d24-8B1A-D9BDE98BA1D1}" name="adm-local" changed="2014-05-13 08:00:00" uid="{00000000-0000-0000-0000-000000000001}"><Properties action="U" cpassword="` + cpassword + `" userName="adm-local"/></User></Groups>`

// A real controller's SYSVOL, by both ways to log on: the permissions of a fresh domain are sound, a planted password is found, and is
// nowhere in the dump.
func TestSambaSysvol(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{})
	// The server reads files as the account that asks: it must be let through the folder of the test.
	for path := dc.Dir; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plant(t, dc)
	for _, method := range []ldap.Method{ldap.Kerberos, ldap.LDAPS} {
		t.Run(string(method), func(t *testing.T) {
			o := as(t, dc, method)
			o.Sysvol = collect.OverSMB(ldap.Options{Server: dc.Host, Dial: dc.Dial, Account: ldap.Account{User: "a.auditeur@" + dc.Domain, Password: dc.Admin}})
			summary, d, data := gather(t, o)
			if len(summary.Source.Warnings) > 0 || summary.Files < 10 || summary.Policies != 2 || len(d.Sysvols()) != 1 {
				t.Fatalf("%+v", summary)
			}
			if !strings.Contains(inflated(t, data), "adm-local") || strings.Contains(inflated(t, data), cpassword) {
				t.Error("the dump should name the account, and not hold the password")
			}
			s := points.NewSurvey(d, points.Options{AsOf: summary.Source.Collected})
			results := s.Points()
			for _, v := range results[0].Verdicts {
				if v.Point.ID == "vuln_permissions_gpo_priv" && v.Status != points.Passed {
					t.Errorf("%s: %v, %v", v.Status, v.Missing, v.Objects)
				}
			}
			for _, v := range findings.Evaluate(s, results, findings.Options{})[0].Verdicts {
				want := map[string]findings.Status{
					"gpp_password": findings.Found, "warning_sysvol_files_acl": findings.Clear, "warning_sysvol_files_sd": findings.Clear,
					"warning_sysvol_root_sd": findings.Clear, "gpo_broad_rights": findings.Clear,
				}[v.Rule.ID]
				if want != "" && v.Status != want {
					t.Errorf("%s: %s, want %s; %v %v", v.Rule.ID, v.Status, want, v.Missing, v.Objects)
				}
			}
		})
	}
}

// plant puts a preference with a password into the first policy on the controller's disk.
func plant(t *testing.T, dc *labtest.Controller) {
	t.Helper()
	var folder string
	_ = filepath.WalkDir(dc.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.EqualFold(d.Name(), "Machine") && strings.Contains(path, "Policies") {
			folder = path
		}
		return nil
	})
	path := filepath.Join(folder, "Preferences", "Groups")
	if folder == "" || os.MkdirAll(path, 0o755) != nil {
		t.Fatalf("no policy on the disk of %s", dc.Dir)
	}
	if err := os.WriteFile(filepath.Join(path, "Groups.xml"), []byte(groups), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inflated gives the content of a dump's frames.
func inflated(t *testing.T, data []byte) string {
	t.Helper()
	var out strings.Builder
	for at := 12; at+14 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+2:]))
		payload := data[at+14 : at+14+size]
		if data[at+1] == 0 {
			out.Write(payload)
		} else if _, err := io.Copy(&out, flate.NewReader(bytes.NewReader(payload))); err != nil {
			t.Fatal(err)
		}
		at += 14 + size
	}
	return out.String()
}

// A file service that refuses, or is out of reach, leaves a warning.
func TestSysvolRefused(t *testing.T) {
	for name, open := range map[string]func(context.Context, ldap.Method, *ldap.RootDSE) (collect.SysvolTree, error){
		"refused": func(context.Context, ldap.Method, *ldap.RootDSE) (collect.SysvolTree, error) {
			return nil, errors.New("access denied")
		},
		"not SYSVOL": func(context.Context, ldap.Method, *ldap.RootDSE) (collect.SysvolTree, error) {
			return sysvol.OpenFolder(t.TempDir())
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := domain(t, 3)
			o.Sysvol = open
			summary, d, _ := gather(t, o)
			if summary.Source.Partial || len(summary.Source.Warnings) != 1 || !strings.Contains(summary.Source.Warnings[0].Text("en"), "SYSVOL") || len(d.Sysvols()) != 0 || summary.Objects == 0 {
				t.Errorf("%+v", summary)
			}
		})
	}
}
