package tlsscan

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"crypto/ecdsa"
	"encoding/asn1"
)

func TestReadCertificate(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	staple, err := asn1.Marshal([]int{extStatusRequest})
	if err != nil {
		t.Fatal(err)
	}
	made := issue(t, x509.Certificate{
		Subject:  pkix.Name{CommonName: "Serveur d’essai", Organization: []string{"Établissement inventé"}, Country: []string{"FR"}},
		DNSNames: []string{"WWW.exemple.test", "a.exemple.test", "www.exemple.test"}, IPAddresses: []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")},
		CRLDistributionPoints: []string{"http://crl.exemple.test/1.crl"}, OCSPServer: []string{"http://ocsp.exemple.test"},
		IsCA: true, BasicConstraintsValid: true, SerialNumber: big.NewInt(0xabcdef),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: staple}},
	}, key, nil)
	c := ReadCertificate(made.der)
	if c.Malformed != "" || c.Subject != "C=FR, O=Établissement inventé, CN=Serveur d’essai" || c.Common != "Serveur d’essai" || c.Issuer != c.Subject || c.Serial != "abcdef" {
		t.Errorf("got %+v", c)
	}
	if want := []string{"a.exemple.test", "www.exemple.test"}; !slices.Equal(c.Names, want) {
		t.Errorf("names %q", c.Names)
	}
	if want := []string{"192.0.2.1", "2001:db8::1"}; !slices.Equal(c.Addresses, want) {
		t.Errorf("addresses %q", c.Addresses)
	}
	if want := []string{"http://crl.exemple.test/1.crl", "http://ocsp.exemple.test"}; len(c.Revocation) != 2 || !slices.Contains(want, c.Revocation[0]) || !slices.Contains(want, c.Revocation[1]) {
		t.Errorf("revocation %q", c.Revocation)
	}
	if c.Key.Algorithm != "RSA" || c.Key.Bits != 2048 || c.Signature != "RSA-SHA256" || !c.Authority || !c.MustStaple {
		t.Errorf("key %+v, signature %s, authority %v, staple %v", c.Key, c.Signature, c.Authority, c.MustStaple)
	}
	if c.NotAfter.Format(time.DateOnly) != "2027-01-01" {
		t.Errorf("ends %v", c.NotAfter)
	}
}

// Old appliances send certificates that strict readers refuse: what they say is read all the same.
func TestMalformedCertificates(t *testing.T) {
	sound := issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}, SerialNumber: big.NewInt(0x11223344)}, nil, nil).der
	for name, damage := range map[string]func([]byte) []byte{
		"negative serial number": func(b []byte) []byte {
			return bytes.Replace(b, []byte{0x11, 0x22, 0x33, 0x44}, []byte{0x91, 0x22, 0x33, 0x44}, 1)
		},
		"bytes after the end": func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			c := ReadCertificate(damage(bytes.Clone(sound)))
			if c.Malformed == "" {
				t.Error("not said to be malformed")
			}
			if c.Common != "www.exemple.test" || !slices.Equal(c.Names, []string{"www.exemple.test"}) || c.Key.Algorithm != "EC" || c.NotAfter.IsZero() {
				t.Errorf("read %+v", c)
			}
		})
	}
	for name, der := range map[string][]byte{"nothing": nil, "a page": []byte("<html>"), "cut short": sound[:100]} {
		if c := ReadCertificate(der); c.Malformed == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestReadersOfReportsAreNotDeceived(t *testing.T) {
	for in, want := range map[string]string{"a\nb": "a\ufffdb", "\u202egro.elpmexe": "\ufffdgro.elpmexe", "Hôpital": "Hôpital", "a\x1b[31m": "a\ufffd[31m"} {
		if got := printable(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// A curve that the standard library does not know makes a certificate neither malformed nor weak, and nothing is said of who vouches for it.
func TestCurvesNotComputedHere(t *testing.T) {
	made := issue(t, x509.Certificate{}, nil, nil)
	foreign := bytes.Replace(made.der, []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x7f}, 1)
	other := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "Autre"}}, nil, &made)
	foreignBelow := bytes.Replace(other.der, []byte{0xce, 0x3d, 0x03, 0x01, 0x07}, []byte{0xce, 0x3d, 0x03, 0x01, 0x7f}, 1)
	if c := ReadCertificate(foreign); c.Malformed != "" || c.Key.Algorithm != "EC" {
		t.Errorf("%+v", c)
	}
	for name, c := range map[string]struct {
		chain [][]byte
		want  string
	}{
		"by itself":      {[][]byte{foreign}, SelfSigned},
		"by another":     {[][]byte{foreignBelow}, Uncomputed},
		"by such a key":  {[][]byte{other.der, foreign}, Uncomputed},
		"cut short":      {[][]byte{foreignBelow[:len(foreignBelow)/2]}, Unreadable},
		"by a known key": {[][]byte{other.der}, Incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Options{Roots: x509.NewCertPool()}).trust(c.chain, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)); got.Why != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

func TestTrust(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	authority := func(name string, by *identity, template x509.Certificate) identity {
		template.Subject, template.IsCA, template.BasicConstraintsValid, template.KeyUsage = pkix.Name{CommonName: name}, true, true, x509.KeyUsageCertSign
		return issue(t, template, nil, by)
	}
	root := authority("Racine publique inventée", nil, x509.Certificate{})
	between := authority("Intermédiaire", &root, x509.Certificate{})
	old := authority("Intermédiaire périmé", &root, x509.Certificate{NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(-1, 0, 0)})
	internal := authority("Racine interne", nil, x509.Certificate{})
	leaf := func(by *identity) identity {
		return issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, nil, by)
	}
	self := leaf(nil)
	sound, direct, inside, stale := leaf(&between), leaf(&root), leaf(&internal), leaf(&old)
	expired := issue(t, x509.Certificate{NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, -1, 0)}, nil, &between)
	client := issue(t, x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, nil, &between)
	pool := func(list ...identity) *x509.CertPool {
		p := x509.NewCertPool()
		for _, i := range list {
			c, err := x509.ParseCertificate(i.der)
			if err != nil {
				t.Fatal(err)
			}
			p.AddCert(c)
		}
		return p
	}
	for name, c := range map[string]struct {
		chain    []identity
		declared *x509.CertPool
		want     Trust
	}{
		"sound":                            {[]identity{sound, between}, nil, Trust{By: "public"}},
		"sound, with the root":             {[]identity{sound, between, root}, nil, Trust{By: "public"}},
		"out of order":                     {[]identity{sound, root, between}, nil, Trust{By: "public"}},
		"directly under the root":          {[]identity{direct}, nil, Trust{By: "public"}},
		"expired, which is judged apart":   {[]identity{expired, between}, nil, Trust{By: "public"}},
		"the one between is missing":       {[]identity{sound}, nil, Trust{Why: Incomplete}},
		"the one between is out of date":   {[]identity{stale, old}, nil, Trust{Why: AuthorityExpired}},
		"signed by itself":                 {[]identity{self}, nil, Trust{Why: SelfSigned}},
		"internal authority, sent":         {[]identity{inside, internal}, nil, Trust{Why: UnknownAuthority}},
		"internal authority, declared":     {[]identity{inside}, pool(internal), Trust{By: "declared"}},
		"signed by itself, and declared":   {[]identity{self}, pool(self), Trust{By: "declared"}},
		"for clients":                      {[]identity{client, between}, nil, Trust{Why: NotForServers}},
		"no certificate at all":            {[]identity{{der: []byte("x")}}, nil, Trust{Why: Unreadable}},
		"a foreign certificate in between": {[]identity{sound, internal}, nil, Trust{Why: Incomplete}},
	} {
		t.Run(name, func(t *testing.T) {
			var chain [][]byte
			for _, i := range c.chain {
				chain = append(chain, i.der)
			}
			o := Options{Roots: pool(root), Authority: c.declared}
			if got := o.trust(chain, now); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCurvesOfKeys(t *testing.T) {
	for _, c := range []struct {
		curve elliptic.Curve
		name  string
		bits  int
	}{{elliptic.P224(), "secp224r1", 224}, {elliptic.P256(), "secp256r1", 256}, {elliptic.P384(), "secp384r1", 384}, {elliptic.P521(), "secp521r1", 521}} {
		key, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := ReadCertificate(issue(t, x509.Certificate{}, key, nil).der).Key; got.Curve != c.name || got.Bits != c.bits {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
