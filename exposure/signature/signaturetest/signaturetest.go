// Package signaturetest makes signed papers for tests and demonstrations: whoever signs them is invented.
package signaturetest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"
)

// Signer is an invented person with a certificate that an invented authority made.
type Signer struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Authority   *x509.Certificate
}

// New makes a signer whose certificate is valid for a year around now.
func New(t testing.TB, name string, now time.Time) *Signer {
	t.Helper()
	root := template("Autorité inventée", 1, now)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	rootKey := key(t)
	authority := certificate(t, root, root, rootKey.Public(), rootKey)
	own := key(t)
	leaf := template(name, 2, now)
	leaf.Subject.Organization = []string{"Établissement inventé"}
	return &Signer{Key: own, Certificate: certificate(t, leaf, authority, own.Public(), rootKey), Authority: authority}
}

func template(name string, serial int64, now time.Time) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(0, -6, 0), NotAfter: now.AddDate(0, 6, 0)}
}

func key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func certificate(t testing.TB, c, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

type attribute struct {
	Kind   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type signerInfo struct {
	Version    int
	ID         issuerAndSerial
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Method     pkix.AlgorithmIdentifier
	Signature  []byte
}

type encapsulated struct {
	Kind    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,optional,omitempty,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      encapsulated
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}

// CMS signs content at a moment (RFC 5652), with the content inside or not.
func (s *Signer) CMS(t testing.TB, content []byte, at time.Time, inside bool) []byte {
	t.Helper()
	data := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	sha := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	sum := sha256.Sum256(content)
	own := sha256.Sum256(s.Certificate.Raw)
	type named struct{ Hash []byte }
	type signing struct{ Certificates []named }
	attributes := marshal(t, []attribute{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, []any{data}},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}, []any{at.UTC()}},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, []any{sum[:]}},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}, []any{signing{[]named{{own[:]}}}}},
	}, "set")
	digest := sha256.Sum256(attributes)
	signature, err := s.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	attributes[0] = 0xa0
	body := signedData{Version: 1, Digests: []pkix.AlgorithmIdentifier{sha}, Content: encapsulated{Kind: data},
		Certificates: asn1.RawValue{FullBytes: marshal(t, asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: slices.Concat(s.Certificate.Raw, s.Authority.Raw)}, "")},
		Signers: []signerInfo{{Version: 1, ID: issuerAndSerial{asn1.RawValue{FullBytes: s.Certificate.RawIssuer}, s.Certificate.SerialNumber}, Digest: sha,
			Attributes: asn1.RawValue{FullBytes: attributes}, Method: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, Signature: signature}}}
	if inside {
		body.Content.Content = content
	}
	return marshal(t, struct {
		Kind asn1.ObjectIdentifier
		Body signedData `asn1:"explicit,tag:0"`
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, body}, "")
}

func marshal(t testing.TB, value any, params string) []byte {
	t.Helper()
	der, err := asn1.MarshalWithParams(value, params)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// PDF makes a signed page that says text, in the form of an incremental signature (ISO 32000-1 section 12.8.1).
func (s *Signer) PDF(t testing.TB, text string, at time.Time) []byte {
	t.Helper()
	const place = 8192 // digits kept for the signature
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[4 0 R]>>>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n")
	fmt.Fprintf(&b, "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]/Subject(%s)>>\nendobj\n", text)
	b.WriteString("4 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/V 5 0 R/Rect[0 0 0 0]>>\nendobj\n")
	fmt.Fprintf(&b, "5 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%s)/ByteRange [", at.UTC().Format("20060102150405Z"))
	mark := b.Len()
	b.WriteString("                                        ]/Contents ")
	gap := b.Len()
	b.WriteString("<" + string(bytes.Repeat([]byte("0"), place)) + ">")
	after := b.Len()
	b.WriteString(">>\nendobj\ntrailer\n<</Root 1 0 R/Size 6>>\n%%EOF\n")
	out := b.Bytes()
	copy(out[mark:], fmt.Sprintf("0 %d %d %d", gap, after, len(out)-after))
	signature := hex.EncodeToString(s.CMS(t, slices.Concat(out[:gap], out[after:]), at, false))
	if len(signature) > place {
		t.Fatal("the signature is longer than its place")
	}
	copy(out[gap+1:], signature)
	return out
}
