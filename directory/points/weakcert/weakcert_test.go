package weakcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"
	"time"
)

var limits = Limits{BrokenRSA: 1024, ShortRSA: 2048, Exponent: 65537}

func issue(t testing.TB, key any, public any, algorithm x509.SignatureAlgorithm) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0xC0FFEE), Subject: pkix.Name{CommonName: "Essai"}, SignatureAlgorithm: algorithm,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func codes(c Certificate) []string {
	var out []string
	for _, w := range c.Weaknesses(limits) {
		out = append(out, w.Code)
	}
	return out
}

func TestRealCertificates(t *testing.T) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		der  []byte
		want []string
	}{
		{"RSA 2048, SHA-256", issue(t, long, &long.PublicKey, x509.SHA256WithRSA), nil},
		{"RSA 1024", issue(t, short, &short.PublicKey, x509.SHA256WithRSA), []string{"rsa_short"}},
		{"RSA-PSS, SHA-512", issue(t, long, &long.PublicKey, x509.SHA512WithRSAPSS), nil},
		{"ECDSA", issue(t, curve, &curve.PublicKey, x509.ECDSAWithSHA384), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse(tt.der)
			if err != nil {
				t.Fatal(err)
			}
			if got := codes(c); !slices.Equal(got, tt.want) {
				t.Errorf("weaknesses %q, want %q", got, tt.want)
			}
			if c.Serial != "c0ffee" || !c.NotAfter.Equal(time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)) {
				t.Errorf("serial %s, until %s", c.Serial, c.NotAfter)
			}
		})
	}
}

func TestWeaknesses(t *testing.T) {
	sound := func() Certificate {
		return Certificate{Key: oidRSA, Modulus: new(big.Int).Lsh(big.NewInt(3), 2047), Exponent: big.NewInt(65537), Signature: "1.2.840.113549.1.1.11"}
	}
	tests := []struct {
		name   string
		change func(*Certificate)
		want   []string
	}{
		{"sound", func(*Certificate) {}, nil},
		{"1023 bits", func(c *Certificate) { c.Modulus = new(big.Int).Lsh(big.NewInt(1), 1022) }, []string{"rsa_broken", "rsa_short"}},
		{"2047 bits", func(c *Certificate) { c.Modulus = new(big.Int).Lsh(big.NewInt(1), 2046) }, []string{"rsa_short"}},
		{"exponent 3", func(c *Certificate) { c.Exponent = big.NewInt(3) }, []string{"rsa_exponent"}},
		{"DSA", func(c *Certificate) { c.Key, c.Modulus = oidDSA, nil }, []string{"dsa"}},
		{"MD5", func(c *Certificate) { c.Signature = "1.2.840.113549.1.1.4" }, []string{"digest"}},
		{"ECDSA with SHA-1", func(c *Certificate) { c.Signature = "1.2.840.10045.4.1" }, []string{"digest"}},
		{"PSS with SHA-1", func(c *Certificate) { c.Signature, c.Digest = oidRSAPSS, oidSHA1 }, []string{"digest"}},
		{"PSS with SHA3-256", func(c *Certificate) { c.Signature, c.Digest = oidRSAPSS, "2.16.840.1.101.3.4.2.8" }, nil},
		{"RSA with SHA3-512", func(c *Certificate) { c.Signature = "2.16.840.1.101.3.4.3.16" }, nil},
		{"Ed25519", func(c *Certificate) { c.Key, c.Modulus, c.Signature = "1.3.101.112", nil, "1.3.101.112" }, nil},
		{"unknown signature", func(c *Certificate) { c.Signature = "1.2.3" }, []string{""}},
		{"unknown key", func(c *Certificate) { c.Key, c.Modulus = "1.2.3", nil }, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sound()
			tt.change(&c)
			if got := codes(c); !slices.Equal(got, tt.want) {
				t.Errorf("weaknesses %q, want %q", got, tt.want)
			}
			for _, w := range c.Weaknesses(limits) {
				if (w.Code == "") != w.Unknown {
					t.Errorf("%+v", w)
				}
			}
		})
	}
}

func TestROCA(t *testing.T) {
	// The faulty generator makes p = k*M + 65537^a mod M, with M the product of the small primes: so is the product of two.
	m := big.NewInt(2)
	for _, p := range smallPrimes() {
		m.Mul(m, big.NewInt(p))
	}
	factor := func(k, a int64) *big.Int {
		f := new(big.Int).Exp(big.NewInt(65537), big.NewInt(a), m)
		return f.Add(f, new(big.Int).Mul(big.NewInt(k), m))
	}
	if !ROCA(new(big.Int).Mul(factor(123456789, 97), factor(987654321, 1021))) {
		t.Error("a modulus of the faulty generator is not recognised")
	}
	for range 20 {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))
		if err != nil {
			t.Fatal(err)
		}
		if ROCA(n.SetBit(n, 0, 1)) {
			t.Errorf("a random modulus is taken for one of the faulty generator: %x", n)
		}
	}
	if n := len(smallPrimes()); n != 38 {
		t.Errorf("%d primes, the generator uses 38 odd ones", n)
	}
}

func TestParseRefuses(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := issue(t, curve, &curve.PublicKey, x509.ECDSAWithSHA256)
	for n := range der {
		if _, err := Parse(der[:n]); err == nil {
			t.Fatalf("%d of %d bytes are accepted", n, len(der))
		}
	}
	if _, err := Parse(append(slices.Clone(der), 0)); err == nil {
		t.Error("a byte after the end is accepted")
	}
	if _, err := Parse(make([]byte, maxSize+1)); err == nil {
		t.Error("a certificate over the limit is accepted")
	}
}

func FuzzParse(f *testing.F) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(issue(f, curve, &curve.PublicKey, x509.ECDSAWithSHA256))
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(_ *testing.T, der []byte) {
		if c, err := Parse(der); err == nil {
			c.Weaknesses(limits)
		}
	})
}
