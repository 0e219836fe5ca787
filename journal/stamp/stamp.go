// Package stamp asks an authority of time for timestamps and checks them (RFC 3161, with CMS of RFC 5652).
//
// A timestamp over the signed head of a journal proves that its lines were there at that time, also against whoever holds the key of the journal. Answers
// are kept as they came, so that "openssl ts -verify" checks them too.
package stamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // digests of signers
	_ "crypto/sha512" // digests of signers
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"
)

// maxAnswer bounds what is read from an authority, in bytes.
const maxAnswer = 1 << 20

var (
	oidSHA256   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidSigned   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidType     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	errNoAnswer = errors.New("the authority gave no timestamp")
)

type algorithm struct {
	OID        asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type imprint struct {
	Algorithm algorithm
	Hash      []byte
}

// Request writes a TimeStampReq (RFC 3161 section 2.4.1) for a SHA-256, with a nonce that the answer must repeat; the certificate of the authority is asked for.
func Request(digest [32]byte, nonce *big.Int) ([]byte, error) {
	return asn1.Marshal(struct {
		Version int
		Imprint imprint
		Nonce   *big.Int
		Cert    bool
	}{1, imprint{algorithm{OID: oidSHA256, Parameters: asn1.NullRawValue}, digest[:]}, nonce, true})
}

// Token is a timestamp that was checked.
type Token struct {
	At     time.Time // as the authority states, UTC
	Serial *big.Int
	Signer *x509.Certificate
}

// parts splits the content of a constructed value into its elements.
func parts(der []byte) (all []asn1.RawValue, err error) {
	for len(der) > 0 {
		var v asn1.RawValue
		if der, err = asn1.Unmarshal(der, &v); err != nil {
			return nil, err
		}
		if all = append(all, v); len(all) > 1000 {
			return nil, errors.New("too many elements")
		}
	}
	return all, nil
}

// sequence reads one value that is the whole text and splits it.
func sequence(der []byte, least int) ([]asn1.RawValue, error) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 || !v.IsCompound {
		return nil, errors.New("not one constructed value")
	}
	all, err := parts(v.Bytes)
	if err == nil && len(all) < least {
		err = errors.New("elements are missing")
	}
	return all, err
}

func oidOf(v asn1.RawValue) (oid asn1.ObjectIdentifier, err error) {
	_, err = asn1.Unmarshal(v.FullBytes, &oid)
	return oid, err
}

// Check reads a TimeStampResp and checks it: granted, over this digest, with this nonce (nil: not compared), signed by a certificate for timestamps that
// chains to one of the roots at the time it states. The error says what does not hold.
func Check(answer []byte, digest [32]byte, nonce *big.Int, roots *x509.CertPool) (Token, error) {
	t, err := check(answer, digest, nonce, roots)
	if err != nil {
		return Token{}, fmt.Errorf("check a timestamp: %w", err)
	}
	return t, nil
}

func check(answer []byte, digest [32]byte, nonce *big.Int, roots *x509.CertPool) (t Token, err error) {
	if len(answer) > maxAnswer {
		return t, errors.New("too long")
	}
	whole, err := sequence(answer, 1)
	if err != nil {
		return t, err
	}
	status, err := sequence(whole[0].FullBytes, 1)
	if err != nil {
		return t, err
	}
	var code int
	if _, err := asn1.Unmarshal(status[0].FullBytes, &code); err != nil {
		return t, err
	}
	if code > 1 || len(whole) < 2 { // 0 granted, 1 granted with changes (section 2.4.2)
		return t, fmt.Errorf("%w: status %d", errNoAnswer, code)
	}
	info, err := sequence(whole[1].FullBytes, 2)
	if err != nil {
		return t, err
	}
	if oid, err := oidOf(info[0]); err != nil || !oid.Equal(oidSigned) {
		return t, errors.New("not signed data")
	}
	signed, err := sequence(info[1].Bytes, 4)
	if err != nil {
		return t, err
	}
	content, err := eContent(signed[2])
	if err != nil {
		return t, err
	}
	if t, err = readInfo(content, digest, nonce); err != nil {
		return t, err
	}
	var certs []*x509.Certificate
	for _, part := range signed[3 : len(signed)-1] {
		if part.Class == asn1.ClassContextSpecific && part.Tag == 0 {
			if certs, err = x509.ParseCertificates(part.Bytes); err != nil {
				return t, err
			}
		}
	}
	signers, err := parts(signed[len(signed)-1].Bytes)
	if err != nil {
		return t, err
	}
	if len(signers) != 1 {
		return t, fmt.Errorf("%d signers, want one", len(signers))
	}
	t.Signer, err = checkSigner(signers[0], content, certs)
	if err != nil {
		return t, err
	}
	between := x509.NewCertPool()
	for _, c := range certs {
		between.AddCert(c)
	}
	_, err = t.Signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: t.At, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return t, err
}

// eContent is the TSTInfo inside of the signed data.
func eContent(v asn1.RawValue) ([]byte, error) {
	encap, err := sequence(v.FullBytes, 2)
	if err != nil {
		return nil, err
	}
	if oid, err := oidOf(encap[0]); err != nil || !oid.Equal(oidTSTInfo) {
		return nil, errors.New("no timestamp inside")
	}
	var content []byte
	if _, err := asn1.Unmarshal(encap[1].Bytes, &content); err != nil {
		return nil, err
	}
	return content, nil
}

// readInfo reads a TSTInfo (section 2.4.2).
func readInfo(content []byte, digest [32]byte, nonce *big.Int) (t Token, err error) {
	all, err := sequence(content, 5)
	if err != nil {
		return t, err
	}
	var of imprint
	if _, err := asn1.Unmarshal(all[2].FullBytes, &of); err != nil {
		return t, err
	}
	if !of.Algorithm.OID.Equal(oidSHA256) || !bytes.Equal(of.Hash, digest[:]) {
		return t, errors.New("it is over something else")
	}
	if _, err := asn1.Unmarshal(all[3].FullBytes, &t.Serial); err != nil {
		return t, err
	}
	if all[4].Tag != asn1.TagGeneralizedTime {
		return t, errors.New("it states no time")
	}
	if t.At, err = time.Parse("20060102150405Z", string(all[4].Bytes)); err != nil { // a fraction of a second is read too
		return t, err
	}
	if nonce == nil {
		return t, nil
	}
	for _, v := range all[5:] {
		if v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger {
			var got *big.Int
			if _, err := asn1.Unmarshal(v.FullBytes, &got); err == nil && got.Cmp(nonce) == 0 {
				return t, nil
			}
		}
	}
	return t, errors.New("it answers another request")
}

// checkSigner checks a SignerInfo (RFC 5652 section 5.3) over the content and gives the certificate that signed.
func checkSigner(v asn1.RawValue, content []byte, certs []*x509.Certificate) (*x509.Certificate, error) {
	all, err := sequence(v.FullBytes, 6)
	if err != nil {
		return nil, err
	}
	var digestBy algorithm
	if _, err := asn1.Unmarshal(all[2].FullBytes, &digestBy); err != nil {
		return nil, err
	}
	hash, ok := map[string]crypto.Hash{oidSHA256.String(): crypto.SHA256, oidSHA384.String(): crypto.SHA384, oidSHA512.String(): crypto.SHA512}[digestBy.OID.String()]
	if !ok {
		return nil, fmt.Errorf("digest %s is not accepted", digestBy.OID)
	}
	attributes := all[3]
	if attributes.Class != asn1.ClassContextSpecific || attributes.Tag != 0 {
		return nil, errors.New("no signed attributes")
	}
	if err := checkAttributes(attributes, hash, content); err != nil {
		return nil, err
	}
	var signature []byte
	if _, err := asn1.Unmarshal(all[5].FullBytes, &signature); err != nil {
		return nil, err
	}
	text := bytes.Clone(attributes.FullBytes)
	text[0] = 0x31 // signed as a SET, whatever tag it travels under (RFC 5652 section 5.4)
	for _, c := range certs {
		if matches(all[1], c) {
			return c, verify(c, hash, text, signature)
		}
	}
	return nil, errors.New("the certificate of the signer is not there")
}

// checkAttributes compares what was signed with the content: type and digest, each once.
func checkAttributes(attributes asn1.RawValue, hash crypto.Hash, content []byte) error {
	list, err := parts(attributes.Bytes)
	if err != nil {
		return err
	}
	types, digests := 0, 0
	for _, a := range list {
		pair, err := sequence(a.FullBytes, 2)
		if err != nil {
			return err
		}
		oid, err := oidOf(pair[0])
		if err != nil {
			return err
		}
		switch {
		case oid.Equal(oidType):
			if kind, err := oidOf(asn1.RawValue{FullBytes: pair[1].Bytes}); err != nil || !kind.Equal(oidTSTInfo) {
				return errors.New("something else was signed")
			}
			types++
		case oid.Equal(oidDigest):
			var got []byte
			if _, err := asn1.Unmarshal(pair[1].Bytes, &got); err != nil {
				return err
			}
			h := hash.New()
			h.Write(content)
			if !bytes.Equal(got, h.Sum(nil)) {
				return errors.New("the content was altered")
			}
			digests++
		}
	}
	if types != 1 || digests != 1 {
		return errors.New("the signed attributes are not whole")
	}
	return nil
}

// matches tells whether a signer identifier names a certificate: by issuer and serial number, or by the identifier of its key.
func matches(sid asn1.RawValue, c *x509.Certificate) bool {
	if sid.Class == asn1.ClassContextSpecific && sid.Tag == 0 {
		return len(c.SubjectKeyId) > 0 && bytes.Equal(sid.Bytes, c.SubjectKeyId)
	}
	pair, err := parts(sid.Bytes)
	if err != nil || len(pair) != 2 {
		return false
	}
	var serial *big.Int
	if _, err := asn1.Unmarshal(pair[1].FullBytes, &serial); err != nil {
		return false
	}
	return bytes.Equal(pair[0].FullBytes, c.RawIssuer) && serial.Cmp(c.SerialNumber) == 0
}

// verify checks a signature by the key of a certificate.
func verify(c *x509.Certificate, hash crypto.Hash, text, signature []byte) error {
	h := hash.New()
	h.Write(text)
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, h.Sum(nil), signature) {
			return errors.New("the signature does not hold")
		}
		return nil
	}
	return fmt.Errorf("a key of type %T is not accepted", c.PublicKey)
}

// Authority is an authority of time that is asked over HTTP (RFC 3161 section 3.4).
type Authority struct {
	Address string
	Roots   *x509.CertPool // whom it must chain to
	Client  *http.Client   // with a limit of time
	Random  io.Reader      // of nonces
}

// Name is the address of the authority.
func (a Authority) Name() string { return a.Address }

// ErrUnsound tells that an authority answered, but with nothing that proves a time.
var ErrUnsound = errors.New("the answer of the authority of time does not hold")

// Stamp asks for a timestamp over a SHA-256, checks it, and gives the answer as it came with the time it states.
func (a Authority) Stamp(ctx context.Context, digest [32]byte) ([]byte, time.Time, error) {
	word := make([]byte, 16)
	if _, err := io.ReadFull(a.Random, word); err != nil {
		return nil, time.Time{}, err
	}
	nonce := new(big.Int).SetBytes(word)
	request, err := Request(digest, nonce)
	if err != nil {
		return nil, time.Time{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Address, bytes.NewReader(request))
	if err != nil {
		return nil, time.Time{}, err
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	reply, err := a.Client.Do(r)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("ask %s for a timestamp: %w", a.Address, err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, time.Time{}, fmt.Errorf("ask %s for a timestamp: %s", a.Address, reply.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(reply.Body, maxAnswer+1))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the timestamp of %s: %w", a.Address, err)
	}
	token, err := Check(answer, digest, nonce, a.Roots)
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrUnsound, a.Address, err)
	}
	return answer, token.At, err
}
