package signature

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha256" // digests of signers
	_ "crypto/sha512" // digests of signers
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Registered things (RFC 5652 sections 5.1 and 11, RFC 5754, RFC 4056, RFC 5035).
const (
	signedData    = "1.2.840.113549.1.7.2"
	contentType   = "1.2.840.113549.1.9.3"
	messageDigest = "1.2.840.113549.1.9.4"
	signingTime   = "1.2.840.113549.1.9.5"
	certificateV2 = "1.2.840.113549.1.9.16.2.47"
	rsaPSS        = "1.2.840.113549.1.1.10"
)

// hashes are the digests that still prove something.
func hashes(oid string) (crypto.Hash, bool) {
	switch oid {
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256, true
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384, true
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512, true
	default:
		return 0, false
	}
}

// signedMessage is a SignedData (RFC 5652 section 5.1).
type signedMessage struct {
	kind         string // of the content
	content      []byte // nil where it lies elsewhere
	certificates []*x509.Certificate
	signers      []signerInfo
}

// signerInfo is one signer (section 5.3).
type signerInfo struct {
	id         cryptobyte.String // with its tag
	digest     string
	attributes cryptobyte.String // with their tag; nil for none
	method     string
	signature  []byte
}

var errCMS = errors.New("not signed data")

// readCMS reads the message; zeros after it fill up the place that a PDF kept for it.
func readCMS(der []byte) (*signedMessage, error) {
	in := cryptobyte.String(der)
	var outer, inner, body, content cryptobyte.String
	var kind asn1.ObjectIdentifier
	if !in.ReadASN1(&outer, tag.SEQUENCE) || len(bytes.Trim(in, "\x00\r\n")) > 0 ||
		!outer.ReadASN1ObjectIdentifier(&kind) || kind.String() != signedData ||
		!outer.ReadASN1(&inner, tag.Tag(0).ContextSpecific().Constructed()) || !inner.ReadASN1(&body, tag.SEQUENCE) ||
		!body.SkipASN1(tag.INTEGER) || !body.SkipASN1(tag.SET) || !body.ReadASN1(&content, tag.SEQUENCE) {
		return nil, errCMS
	}
	m := &signedMessage{}
	var within, list, signers cryptobyte.String
	var has bool
	if !content.ReadASN1ObjectIdentifier(&kind) || !content.ReadOptionalASN1(&within, &has, tag.Tag(0).ContextSpecific().Constructed()) {
		return nil, errCMS
	}
	m.kind = kind.String()
	if has {
		var text cryptobyte.String
		if !within.ReadASN1(&text, tag.OCTET_STRING) {
			return nil, errCMS
		}
		m.content = append([]byte{}, text...)
	}
	if !body.ReadOptionalASN1(&list, &has, tag.Tag(0).ContextSpecific().Constructed()) {
		return nil, errCMS
	}
	m.certificates = readCertificates(list)
	if !body.SkipOptionalASN1(tag.Tag(1).ContextSpecific().Constructed()) || !body.ReadASN1(&signers, tag.SET) {
		return nil, errCMS
	}
	for !signers.Empty() && len(m.signers) < maxSignatures {
		one, ok := readSigner(&signers)
		if !ok {
			return nil, errCMS
		}
		m.signers = append(m.signers, one)
	}
	if len(m.signers) == 0 {
		return nil, errCMS
	}
	return m, nil
}

// readCertificates reads those that can be read.
func readCertificates(list cryptobyte.String) (certs []*x509.Certificate) {
	for n := 0; !list.Empty() && n < maxCerts; n++ {
		var one cryptobyte.String
		var t tag.Tag
		if !list.ReadAnyASN1Element(&one, &t) {
			return certs
		}
		if c, err := x509.ParseCertificate(one); err == nil {
			certs = append(certs, c)
		}
	}
	return certs
}

func readSigner(list *cryptobyte.String) (s signerInfo, ok bool) {
	var one, digest, method, signature cryptobyte.String
	var t tag.Tag
	var kind asn1.ObjectIdentifier
	attributes := tag.Tag(0).ContextSpecific().Constructed()
	if !list.ReadASN1(&one, tag.SEQUENCE) || !one.SkipASN1(tag.INTEGER) || !one.ReadAnyASN1Element(&s.id, &t) ||
		!one.ReadASN1(&digest, tag.SEQUENCE) || !digest.ReadASN1ObjectIdentifier(&kind) {
		return s, false
	}
	s.digest = kind.String()
	if one.PeekASN1Tag(attributes) && !one.ReadASN1Element(&s.attributes, attributes) {
		return s, false
	}
	if !one.ReadASN1(&method, tag.SEQUENCE) || !method.ReadASN1ObjectIdentifier(&kind) || !one.ReadASN1(&signature, tag.OCTET_STRING) {
		return s, false
	}
	s.method, s.signature = kind.String(), signature
	return s, true
}

// certificate is the signer's own, nil if it is not there.
func (m *signedMessage) certificate(s signerInfo) *x509.Certificate {
	for _, c := range m.certificates {
		if s.names(c) {
			return c
		}
	}
	return nil
}

// names tells whether a signer is identified by a certificate: by issuer and serial number, or by the identifier of its key.
func (s signerInfo) names(c *x509.Certificate) bool {
	id := s.id
	var inner, issuer cryptobyte.String
	if id.PeekASN1Tag(tag.Tag(0).ContextSpecific()) {
		return id.ReadASN1(&inner, tag.Tag(0).ContextSpecific()) && len(inner) > 0 && bytes.Equal(inner, c.SubjectKeyId)
	}
	serial := new(big.Int)
	return id.ReadASN1(&inner, tag.SEQUENCE) && inner.ReadASN1Element(&issuer, tag.SEQUENCE) && inner.ReadASN1Integer(serial) &&
		bytes.Equal(issuer, c.RawIssuer) && c.SerialNumber != nil && serial.Cmp(c.SerialNumber) == 0
}

// told is what a signer says of itself, before anything is checked.
func (m *signedMessage) told(s signerInfo, o Options) Signature {
	out := Signature{Trust: NotVerified, At: s.moment()}
	c := m.certificate(s)
	if c == nil {
		out.Fault = NoSigner
		return out
	}
	out.Signer = clean(cmp.Or(c.Subject.CommonName, strings.TrimSpace(firstOf(c.Subject.Organization)), c.Subject.String()))
	out.Company = clean(firstOf(c.Subject.Organization))
	out.Issuer = clean(cmp.Or(c.Issuer.CommonName, firstOf(c.Issuer.Organization), c.Issuer.String()))
	if o.Authorities == nil {
		return out
	}
	between := x509.NewCertPool()
	for _, other := range m.certificates {
		between.AddCert(other)
	}
	out.Trust = Stranger
	if _, err := c.Verify(x509.VerifyOptions{Roots: o.Authorities, Intermediates: between, CurrentTime: o.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil {
		out.Trust = Trusted
	}
	return out
}

// judge checks a signature over the parts of a content.
func (m *signedMessage) judge(s signerInfo, o Options, parts ...[]byte) Signature {
	out := m.told(s, o)
	if out.Fault == "" {
		out.Fault = m.check(s, m.certificate(s), parts)
	}
	return out
}

func (m *signedMessage) check(s signerInfo, c *x509.Certificate, parts [][]byte) Fault {
	hash, known := hashes(s.digest)
	if !known {
		return OldMethod
	}
	method, known := s.algorithm(c, hash)
	if !known {
		return OldMethod
	}
	signed := []byte(s.attributes)
	if s.attributes == nil {
		signed = bytes.Join(parts, nil)
	} else {
		if fault := m.attributes(s, c, hash, parts); fault != "" {
			return fault
		}
		signed = bytes.Clone(signed)
		signed[0] = 0x31 // signed as a SET, whatever tag they travel under (section 5.4)
	}
	if c.CheckSignature(method, signed, s.signature) != nil {
		return Wrong
	}
	return ""
}

// attributes checks what was signed in the place of the content: its kind, its digest, and the certificate where it is named.
func (m *signedMessage) attributes(s signerInfo, c *x509.Certificate, hash crypto.Hash, parts [][]byte) Fault {
	kind, once := s.attribute(contentType)
	var got asn1.ObjectIdentifier
	if !once || !kind.ReadASN1ObjectIdentifier(&got) || got.String() != m.kind {
		return Unreadable
	}
	value, once := s.attribute(messageDigest)
	var digest cryptobyte.String
	if !once || !value.ReadASN1(&digest, tag.OCTET_STRING) {
		return Unreadable
	}
	h := hash.New()
	for _, p := range parts {
		h.Write(p)
	}
	if !bytes.Equal(digest, h.Sum(nil)) {
		return Altered
	}
	if named, once := s.attribute(certificateV2); once && !namesCertificate(named, c) {
		return Wrong
	}
	return ""
}

// attribute is the one value of a signed attribute; once is false unless it stands there exactly once.
func (s signerInfo) attribute(kind string) (value cryptobyte.String, once bool) {
	all := s.attributes
	var list cryptobyte.String
	if !all.ReadASN1(&list, tag.Tag(0).ContextSpecific().Constructed()) {
		return nil, false
	}
	found := 0
	for n := 0; !list.Empty() && n < 100; n++ {
		var one, values cryptobyte.String
		var got asn1.ObjectIdentifier
		if !list.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&got) || !one.ReadASN1(&values, tag.SET) {
			return nil, false
		}
		if got.String() == kind {
			value = values
			found++
		}
	}
	return value, found == 1
}

// namesCertificate reads a SigningCertificateV2 (RFC 5035 section 3), whose digest is SHA-256 unless it says otherwise: without it, another
// certificate of the same key could stand in the place of the signer's.
func namesCertificate(value cryptobyte.String, c *x509.Certificate) bool {
	var outer, list, one, method, digest cryptobyte.String
	if !value.ReadASN1(&outer, tag.SEQUENCE) || !outer.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1(&one, tag.SEQUENCE) {
		return false
	}
	hash := crypto.SHA256
	if one.PeekASN1Tag(tag.SEQUENCE) {
		var kind asn1.ObjectIdentifier
		if !one.ReadASN1(&method, tag.SEQUENCE) || !method.ReadASN1ObjectIdentifier(&kind) {
			return false
		}
		var known bool
		if hash, known = hashes(kind.String()); !known {
			return false
		}
	}
	if !one.ReadASN1(&digest, tag.OCTET_STRING) {
		return false
	}
	h := hash.New()
	h.Write(c.Raw)
	return bytes.Equal(digest, h.Sum(nil))
}

// moment is when the signer says it signed, the zero time if it does not.
func (s signerInfo) moment() time.Time {
	value, once := s.attribute(signingTime)
	if !once {
		return time.Time{}
	}
	var t time.Time
	if value.PeekASN1Tag(tag.UTCTime) {
		if !value.ReadASN1UTCTime(&t) {
			return time.Time{}
		}
	} else if !value.ReadASN1GeneralizedTime(&t) {
		return time.Time{}
	}
	return t.UTC()
}

// algorithm is the method of a signature, by the key of its certificate and its digest.
func (s signerInfo) algorithm(c *x509.Certificate, hash crypto.Hash) (x509.SignatureAlgorithm, bool) {
	type row struct{ rsa, pss, ecdsa x509.SignatureAlgorithm }
	by := map[crypto.Hash]row{
		crypto.SHA256: {x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256},
		crypto.SHA384: {x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384},
		crypto.SHA512: {x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512},
	}[hash]
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.method == rsaPSS {
			return by.pss, true
		}
		return by.rsa, true
	case *ecdsa.PublicKey:
		return by.ecdsa, true
	case ed25519.PublicKey:
		return x509.PureEd25519, true
	default:
		return 0, false
	}
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// clean bounds a text of a certificate and takes out what would not print.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(text)
	return strings.TrimSpace(string(runes[:min(len(runes), maxName)]))
}
