package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/ldap"
	"hygie/directory/ldap/internal/kerberos"
	"hygie/directory/ldap/ldaptest"
	"hygie/directory/ldap/message"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// server starts a test server with a certificate; the options trust it and bind over LDAPS.
func server(t testing.TB) (*ldaptest.Server, ldap.Options) {
	t.Helper()
	s := ldaptest.New(t, "hopital.test")
	cert, pool := ldaptest.Certificate(t, noon, "dc1.hopital.test")
	s.Cert = cert
	s.Strict = true
	return s, ldap.Options{
		Server: "dc1.hopital.test", Method: ldap.LDAPS, Roots: pool, Dial: s.Dial,
		Account: ldap.Account{User: "auditeur", Password: "bon"},
		Now:     func() time.Time { return noon.Add(-90 * time.Second) },
		Timeout: 5 * time.Second,
	}
}

func TestConnectUnderTLS(t *testing.T) {
	for _, method := range []ldap.Method{ldap.LDAPS, ldap.StartTLS} {
		s, o := server(t)
		o.Method = method
		c, err := ldap.Connect(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if c.Method() != method || !strings.HasPrefix(c.Security().String(), "TLS 1.3") || c.Skew() != 90*time.Second || s.Binds() != 1 {
			t.Errorf("%s: %q, skew %v, %d binds", c.Method(), c.Security().String(), c.Skew(), s.Binds())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAutoFallsBackAndSaysWhy(t *testing.T) {
	_, o := server(t)
	o.Method = ldap.Auto // no Kerberos authority answers on port 88
	c, err := ldap.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	tried := c.Attempts()
	if c.Method() != ldap.LDAPS || len(tried) != 1 || tried[0].Method != ldap.Kerberos || ldap.ReasonOf(tried[0].Err) != ldap.Unreachable {
		t.Errorf("%s after %v", c.Method(), tried)
	}
}

func TestConnectRefusals(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*ldaptest.Server, *ldap.Options)
		want   ldap.Reason
		tries  int
	}{
		{"wrong password", func(_ *ldaptest.Server, o *ldap.Options) { o.Account.Password = "faux" }, ldap.WrongPassword, 1},
		{"wrong password, auto", func(_ *ldaptest.Server, o *ldap.Options) { o.Account.Password = "faux"; o.Method = ldap.Auto }, ldap.WrongPassword, 2},
		{"no such account", bind49("525"), ldap.UnknownAccount, 1},
		{"disabled account", bind49("533"), ldap.AccountUnusable, 1},
		{"locked account", bind49("775"), ldap.AccountUnusable, 1},
		{"password to change", bind49("773"), ldap.AccountUnusable, 1},
		{"no trust in the certificate", func(_ *ldaptest.Server, o *ldap.Options) { o.Roots = nil }, ldap.CertificateUntrusted, 1},
		{"another name", func(_ *ldaptest.Server, o *ldap.Options) { o.Server = "dc2.hopital.test" }, ldap.CertificateName, 1},
		{"expired", func(_ *ldaptest.Server, o *ldap.Options) {
			o.Now = func() time.Time { return noon.AddDate(1, 0, 0) }
		}, ldap.CertificateExpired, 1},
		{"negative serial number", func(s *ldaptest.Server, _ *ldap.Options) { s.Cert = ldaptest.NegativeSerial(s.Cert) }, ldap.CertificateSerial, 1},
		{"negative serial number, even when not verified", func(s *ldaptest.Server, o *ldap.Options) {
			s.Cert = ldaptest.NegativeSerial(s.Cert)
			o.InsecureTLS = true
		}, ldap.CertificateSerial, 1},
		{"no TLS on the server", func(s *ldaptest.Server, o *ldap.Options) { s.Cert.Certificate = nil; o.Method = ldap.StartTLS }, ldap.TLSFailed, 1},
		{"nothing on the port", func(s *ldaptest.Server, _ *ldap.Options) { s.Cert.Certificate = nil }, ldap.Unreachable, 1},
		{"no Kerberos on the server", func(s *ldaptest.Server, o *ldap.Options) { s.Mechs = []string{"EXTERNAL"}; o.Method = ldap.Kerberos }, ldap.NoKerberos, 1},
		{"a DN with Kerberos", func(_ *ldaptest.Server, o *ldap.Options) { o.Account.User = "CN=x,DC=y"; o.Method = ldap.Kerberos }, ldap.UnknownAccount, 1},
		{"ticket cache that is none", func(_ *ldaptest.Server, o *ldap.Options) {
			o.Account = ldap.Account{Cache: []byte{5}}
			o.Method = ldap.Kerberos
		}, ldap.BadTicket, 1},
		{"key table that is none", func(_ *ldaptest.Server, o *ldap.Options) {
			o.Account = ldap.Account{User: "x", Keytab: []byte{5, 2, 0, 0, 0, 9, 1}}
			o.Method = ldap.Kerberos
		}, ldap.BadTicket, 1},
		{"TLS without a password", func(_ *ldaptest.Server, o *ldap.Options) { o.Account = ldap.Account{User: "x", Keytab: []byte{5, 2}} }, ldap.BadTicket, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, o := server(t)
			row.change(s, &o)
			_, err := ldap.Connect(t.Context(), o)
			var failed *ldap.ConnectError
			if !errors.As(err, &failed) || len(failed.Attempts) != row.tries || ldap.ReasonOf(err) != row.want {
				t.Fatalf("%q: %v, want %q after %d attempts", ldap.ReasonOf(err), err, row.want, row.tries)
			}
			if strings.Contains(err.Error(), "faux") {
				t.Errorf("the message shows the password: %v", err)
			}
		})
	}
}

func bind49(code string) func(*ldaptest.Server, *ldap.Options) {
	return func(s *ldaptest.Server, o *ldap.Options) {
		o.Account.Password = "faux"
		s.Bind49 = fmt.Sprintf("80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data %s, v4563", code)
	}
}

// An empty password would bind as nobody, and look like success.
func TestEmptyPasswordIsNeverSent(t *testing.T) {
	s, o := server(t)
	o.Account.Password = ""
	if _, err := ldap.Connect(t.Context(), o); err == nil || s.Binds() != 0 {
		t.Errorf("%v after %d binds", err, s.Binds())
	}
}

func TestInsecureTLSIsToldEachTime(t *testing.T) {
	_, o := server(t)
	o.Roots, o.InsecureTLS = nil, true
	c, err := ldap.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if len(c.Warnings()) != 1 || !strings.Contains(c.Security().String(), "not verified") {
		t.Errorf("%q %q", c.Warnings(), c.Security().String())
	}
}

func TestNoOtherMachineIsContacted(t *testing.T) {
	s, o := server(t)
	var asked []string
	o.Method = ldap.Auto
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = append(asked, address)
		return s.Dial(ctx, network, address)
	}
	c, err := ldap.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	want := []string{"dc1.hopital.test:389", "dc1.hopital.test:88", "dc1.hopital.test:636"}
	if !slices.Equal(asked, want) {
		t.Errorf("contacted %v, want %v", asked, want)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]ldap.Options{
		"no server":      {Account: ldap.Account{User: "x", Password: "y"}},
		"no account":     {Server: "dc1", Account: ldap.Account{Password: "y"}},
		"no secret":      {Server: "dc1", Account: ldap.Account{User: "x"}},
		"unknown method": {Server: "dc1", Method: "plain", Account: ldap.Account{User: "x", Password: "y"}},
		"no protection":  {Server: "dc1", Protection: "none", Account: ldap.Account{User: "x", Password: "y"}},
	} {
		o.Dial = func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("%s: a connection was opened", name)
			return nil, errors.New("none")
		}
		if _, err := ldap.Connect(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// kerberosServer starts a server that accepts GSSAPI binds, and gives the client its ticket.
func kerberosServer(t testing.TB) (*ldaptest.Server, ldap.Options) {
	t.Helper()
	s, o := server(t)
	k, err := ldaptest.NewKerberos("HOPITAL.TEST", "dc1.hopital.test")
	if err != nil {
		t.Fatal(err)
	}
	k.NewLayer = func(c ldaptest.Context) (ldaptest.Layer, error) {
		return kerberos.NewAcceptor(c.Key, c.ServerSequence, c.ClientSequence)
	}
	s.Kerberos = k
	now := time.Now() // the Kerberos library reads the machine's clock
	o.Account = ldap.Account{}
	if o.Account.Cache, err = k.Cache("auditeur", now); err != nil {
		t.Fatal(err)
	}
	o.Method, o.Now = ldap.Kerberos, func() time.Time { return now }
	return s, o
}

func TestKerberosSession(t *testing.T) {
	for _, protection := range []ldap.Protection{ldap.Seal, ldap.Sign} {
		s, o := kerberosServer(t)
		s.Entries = people(s, 30)
		o.Protection = protection
		c, err := ldap.Connect(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if _, err := c.Search(t.Context(), all(s), func(*message.Entry) error { n++; return nil }); err != nil || n != 31 {
			t.Errorf("%d entries, %v", n, err)
		}
		how := map[ldap.Protection]string{ldap.Seal: "sealed", ldap.Sign: "signed"}[protection]
		if want := "Kerberos, " + how + ", aes256-cts-hmac-sha1-96"; c.Security().String() != want {
			t.Errorf("%q, want %q", c.Security().String(), want)
		}
		_ = c.Close()
	}
}

func TestExpiredTicket(t *testing.T) {
	_, o := kerberosServer(t)
	now := o.Now()
	o.Now = func() time.Time { return now.Add(9 * time.Hour) }
	_, err := ldap.Connect(t.Context(), o)
	if ldap.ReasonOf(err) != ldap.BadTicket || !strings.Contains(err.Error(), "expired") {
		t.Error(err)
	}
}

// tamper changes one byte of what the server sends after some bytes.
type tamper struct {
	net.Conn
	at, passed int
}

func (c *tamper) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if i := c.at - c.passed; i >= 0 && i < n {
		p[i] ^= 1
	}
	c.passed += n
	return n, err
}

// Wherever a byte of the protected stream changes, nothing altered reaches the caller and the fault is told as such, or as
// a line that fails when the change hits a length.
func TestTamperedSession(t *testing.T) {
	s, o := kerberosServer(t)
	s.Entries = people(s, 20)
	var start int
	for at := 3000; at < 12000; at += 97 {
		var wrapped *tamper
		o.Timeout = 300 * time.Millisecond
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := s.Dial(ctx, network, address)
			wrapped = &tamper{Conn: conn, at: at}
			return wrapped, err
		}
		c, err := ldap.Connect(t.Context(), o)
		if err == nil {
			start = max(start, wrapped.passed)
			_, err = c.Search(t.Context(), all(s), func(e *message.Entry) error {
				if e.Text("name") != "" && !strings.HasPrefix(e.Text("name"), "Personne ") {
					t.Errorf("altered value %q was accepted", e.Text("name"))
				}
				return nil
			})
			_ = c.Close()
			if err == nil && wrapped.passed > at {
				t.Errorf("byte %d of %d altered without notice", at, wrapped.passed)
			}
		}
		if err != nil && !slices.Contains([]ldap.Reason{ldap.Tampered, ldap.Dropped, ldap.Malformed}, ldap.ReasonOf(err)) {
			t.Errorf("byte %d: %q %v", at, ldap.ReasonOf(err), err)
		}
	}
	if start == 0 {
		t.Error("no session was ever established: the test proves nothing")
	}
}

func asConnect(err error, to **ldap.ConnectError) bool { return errors.As(err, to) }
