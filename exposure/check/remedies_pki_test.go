package check_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority writes the certificates of the street: an authority, one below it, and what they signed for every house.
//
//	ca.pem                        the authority, which the audit is told to believe
//	intermediate.pem              the one below
//	site.pem, site.key            a sound certificate; full.pem is with what leads to the authority, all.pem with the key too
//	expired-all.pem               a certificate that ended, its chain and key
func authority(t *testing.T, dir string) {
	t.Helper()
	now := time.Now()
	serial := int64(1)
	sign := func(name string, key crypto.Signer, ca bool, parent *x509.Certificate, by crypto.Signer) *x509.Certificate {
		serial++
		template := &x509.Certificate{SerialNumber: big.NewInt(serial<<40 + now.Unix()), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-24 * time.Hour),
			NotAfter: now.Add(150 * 24 * time.Hour), BasicConstraintsValid: true, IsCA: ca}
		if ca {
			template.KeyUsage, template.NotAfter = x509.KeyUsageCertSign|x509.KeyUsageCRLSign, now.Add(1000*24*time.Hour)
		} else {
			template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			template.DNSNames = []string{"*." + streetZone}
		}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	rsaKey := func(bits int) crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	curveKey := func() crypto.Signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	write := func(name string, certificates []*x509.Certificate, key crypto.Signer) {
		var text []byte
		for _, c := range certificates {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
		if key != nil {
			der, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	topKey, belowKey, siteKey := curveKey(), curveKey(), rsaKey(3072)
	top := sign("Autorité de la rue", topKey, true, nil, topKey)
	below := sign("Autorité intermédiaire de la rue", belowKey, true, top, topKey)
	site := sign("rue", siteKey, false, below, belowKey)
	ended := now
	now = now.Add(-400 * 24 * time.Hour)
	expired := sign("rue", siteKey, false, below, belowKey)
	now = ended
	write("expired-all.pem", []*x509.Certificate{expired, below}, siteKey)
	write("ca.pem", []*x509.Certificate{top}, nil)
	write("intermediate.pem", []*x509.Certificate{below}, nil)
	write("site.pem", []*x509.Certificate{site}, nil)
	write("site.key", nil, siteKey)
	write("full.pem", []*x509.Certificate{site, below}, nil)
	write("all.pem", []*x509.Certificate{site, below}, siteKey)
	write("alone.pem", []*x509.Certificate{site}, siteKey)
}
