package ldap_test

import (
	"testing"
	"time"

	"hygie/directory/ldap"
	"hygie/lab/labtest"
)

func TestSambaConnect(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{})
	for _, row := range []struct {
		name string
		o    ldap.Options
	}{
		{"seal", ldap.Options{Method: ldap.Kerberos}},
		{"sign", ldap.Options{Method: ldap.Kerberos, Protection: ldap.Sign}},
		{"ldaps", ldap.Options{Method: ldap.LDAPS, Roots: dc.Roots(t)}},
		{"starttls", ldap.Options{Method: ldap.StartTLS, Roots: dc.Roots(t)}},
		{"auto", ldap.Options{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := row.o
			o.Server, o.Dial = dc.Host, dc.Dial
			o.Account = ldap.Account{User: "administrator", Password: dc.Admin}
			c, err := ldap.Connect(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			start := time.Now()
			n := 0
			res, err := c.Search(t.Context(), ldap.Request{Base: c.Root().Schema, Scope: ldap.Subtree, Attributes: []string{"objectClass", "nTSecurityDescriptor"}, Descriptors: true}, func(e *ldap.Entry) error {
				if len(e.Values("nTSecurityDescriptor")) != 1 {
					t.Errorf("%s: no descriptor", e.DN)
				}
				n++
				return nil
			})
			if err != nil || n < 1000 {
				t.Fatalf("%d entries: %v", n, err)
			}
			t.Logf("%s; %+v in %v; %v", c.Security(), res, time.Since(start), c.Attempts())
		})
	}
}
