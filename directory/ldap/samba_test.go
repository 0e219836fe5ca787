package ldap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/directory/ldap"
	"hygie/directory/ldap/message"
	"hygie/lab/labtest"
)

// Against a real controller: each way in, each kind of secret, each common mistake.
func TestSamba(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{})
	ordinary := ldap.Account{User: "a.auditeur", Password: dc.Admin}
	t.Run("ways in", func(t *testing.T) { sambaWaysIn(t, dc, ordinary) })
	t.Run("secrets", func(t *testing.T) { sambaSecrets(t, dc) })
	t.Run("mistakes", func(t *testing.T) { sambaMistakes(t, dc, ordinary) })
}

func sambaWaysIn(t *testing.T, dc *labtest.Controller, account ldap.Account) {
	for _, row := range []struct {
		name, security string
		options        ldap.Options
	}{
		{"sealed", "Kerberos, sealed, aes256-cts-hmac-sha1-96", ldap.Options{Method: ldap.Kerberos}},
		{"signed", "Kerberos, signed, aes256-cts-hmac-sha1-96", ldap.Options{Method: ldap.Kerberos, Protection: ldap.Sign}},
		{"ldaps", "TLS 1.3", ldap.Options{Method: ldap.LDAPS}},
		{"starttls", "TLS 1.3", ldap.Options{Method: ldap.StartTLS}},
		{"auto", "Kerberos, sealed, aes256-cts-hmac-sha1-96", ldap.Options{}},
		{"by address", "Kerberos, sealed, aes256-cts-hmac-sha1-96", ldap.Options{Server: "127.0.0.1", Method: ldap.Kerberos}},
		{"name in capitals", "Kerberos, sealed, aes256-cts-hmac-sha1-96", ldap.Options{Server: strings.ToUpper(dc.Host), Method: ldap.Kerberos}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := row.options
			if o.Server == "" {
				o.Server = dc.Host
			}
			o.Dial, o.Account, o.Roots = dc.Dial, account, dc.Roots(t)
			c := connect(t, o)
			if !strings.HasPrefix(c.Security().String(), row.security) {
				t.Errorf("%q, want %q", c.Security().String(), row.security)
			}
			res, err := c.Search(t.Context(), ldap.Request{
				Base: c.Root().Schema, Scope: message.Subtree, Attributes: []string{"objectClass", "nTSecurityDescriptor"}, Descriptors: true,
			}, func(e *message.Entry) error {
				if len(e.Values("nTSecurityDescriptor")) != 1 {
					return fmt.Errorf("%s came without its descriptor", e.DN)
				}
				return nil
			})
			if err != nil || res.Entries < 1500 || res.Pages != 2 {
				t.Errorf("%+v %v", res, err)
			}
		})
	}
}

func sambaSecrets(t *testing.T, dc *labtest.Controller) {
	folder := t.TempDir()
	// By the administrator's tools: a key table, and a ticket cache as kinit leaves it.
	keytab, cache := filepath.Join(folder, "keytab"), filepath.Join(folder, "cache")
	dc.Run(t, "exec", "samba-tool", "domain", "exportkeytab", keytab, "--principal=a.auditeur@"+dc.Realm, "--configfile="+dc.Dir+"/etc/smb.conf")
	dc.Run(t, "exec", "kinit", "-k", "-t", keytab, "-c", "FILE:"+cache, "a.auditeur@"+dc.Realm)
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, account := range map[string]ldap.Account{
		"password":               {User: "a.auditeur", Password: dc.Admin},
		"name with domain":       {User: "a.auditeur@" + dc.Domain, Password: dc.Admin},
		"name with short domain": {User: `HYGIELAB\a.auditeur`, Password: dc.Admin},
		"name of another suffix": {User: "ada.auditeur@etablissement.example", Password: dc.Admin},
		"key table":              {User: "a.auditeur", Keytab: read(keytab)},
		"ticket cache":           {Cache: read(cache)},
		"realm given":            {User: "a.auditeur", Realm: strings.ToLower(dc.Realm), Password: dc.Admin},
	} {
		t.Run(name, func(t *testing.T) {
			connect(t, ldap.Options{Server: dc.Host, Dial: dc.Dial, Method: ldap.Kerberos, Account: account})
		})
	}
	for _, user := range []string{"a.auditeur", `HYGIELAB\a.auditeur`, "ada.auditeur@etablissement.example", "CN=a.auditeur,CN=Users," + dc.Base} {
		t.Run("ldaps as "+user, func(t *testing.T) {
			connect(t, ldap.Options{Server: dc.Host, Dial: dc.Dial, Method: ldap.LDAPS, Roots: dc.Roots(t), Account: ldap.Account{User: user, Password: dc.Admin}})
		})
	}
}

func sambaMistakes(t *testing.T, dc *labtest.Controller, account ldap.Account) {
	dc.Run(t, "exec", "samba-tool", "user", "create", "b.parti", dc.Admin, "--configfile="+dc.Dir+"/etc/smb.conf", "-H", dc.Dir+"/private/sam.ldb")
	dc.Run(t, "exec", "samba-tool", "user", "disable", "b.parti", "--configfile="+dc.Dir+"/etc/smb.conf", "-H", dc.Dir+"/private/sam.ldb")
	for _, row := range []struct {
		name   string
		want   ldap.Reason
		change func(*ldap.Options)
	}{
		{"wrong password", ldap.WrongPassword, func(o *ldap.Options) { o.Account.Password = "non" }},
		{"wrong password under TLS", ldap.WrongPassword, func(o *ldap.Options) { o.Account.Password, o.Method = "non", ldap.LDAPS }},
		{"wrong password, auto: only one try", ldap.WrongPassword, func(o *ldap.Options) { o.Account.Password, o.Method = "non", ldap.Auto }},
		{"unknown account", ldap.UnknownAccount, func(o *ldap.Options) { o.Account.User = "personne" }},
		{"disabled account", ldap.AccountUnusable, func(o *ldap.Options) { o.Account.User = "b.parti" }},
		{"unknown realm", ldap.UnknownRealm, func(o *ldap.Options) { o.Account.Realm = "AILLEURS.TEST" }},
		{"alias of the server", ldap.UnknownService, func(o *ldap.Options) { o.Server = "ldap.ailleurs.test" }},
		{"unknown authority of the certificate", ldap.CertificateUntrusted, func(o *ldap.Options) { o.Method, o.Roots = ldap.LDAPS, nil }},
		{"another name in the certificate", ldap.CertificateName, func(o *ldap.Options) { o.Method, o.Server = ldap.LDAPS, "dc9.lab.hygie.test" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := ldap.Options{Server: dc.Host, Dial: dc.Dial, Method: ldap.Kerberos, Roots: dc.Roots(t), Account: account}
			row.change(&o)
			c, err := ldap.Connect(t.Context(), o)
			if err == nil {
				_ = c.Close()
			}
			if ldap.ReasonOf(err) != row.want {
				t.Errorf("%q: %v; want %q", ldap.ReasonOf(err), err, row.want)
			}
			var failed *ldap.ConnectError
			if row.want == ldap.WrongPassword && (!asConnect(err, &failed) || len(failed.Attempts) != 1) {
				t.Errorf("%v: a wrong password must be tried once", err)
			}
		})
	}
}
