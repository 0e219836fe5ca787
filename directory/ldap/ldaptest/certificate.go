package ldaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// Certificate makes a self-signed server certificate for some names, valid around now, and the pool that trusts it (RFC 5280 4.1).
func Certificate(t testing.TB, now time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "controleur de test"}, DNSNames: names,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}, &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "controleur de test"}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func serial() *big.Int { return big.NewInt(0x5a5a5a5a5a5a5a) }

// NegativeSerial makes the serial number of a certificate negative, as Samba's own are one time out of two (RFC 5280 4.1.2.2). Its signature
// is then wrong, which nobody gets to see.
func NegativeSerial(c tls.Certificate) tls.Certificate {
	der := bytes.Clone(c.Certificate[0])
	at := bytes.Index(der, serial().Bytes())
	der[at] |= 0x80
	c.Certificate = [][]byte{der}
	return c
}
