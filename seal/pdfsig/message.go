package pdfsig

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
)

// update gathers the objects that an incremental update adds.
type update struct {
	out  bytes.Buffer
	rows []row
}

type row struct{ number, offset int }

func (u *update) begin(number int) {
	u.rows = append(u.rows, row{number, u.out.Len()})
	fmt.Fprintf(&u.out, "%d 0 obj\n", number)
}

func (u *update) put(number int, body string) {
	u.begin(number)
	fmt.Fprintf(&u.out, "%s\nendobj\n", body)
}

// close writes the table of what was added and the trailer that leads to the one before (7.5.6).
func (u *update) close(size, root int, more string, before int) {
	start := u.out.Len()
	u.out.WriteString("xref\n")
	slices.SortFunc(u.rows, func(a, b row) int { return a.number - b.number })
	for _, r := range u.rows {
		fmt.Fprintf(&u.out, "%d 1\n%010d 00000 n \n", r.number, r.offset)
	}
	fmt.Fprintf(&u.out, "trailer\n<</Size %d /Root %d 0 R%s /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", size, root, more, before, start)
}

// Names of RFC 5652, RFC 5754 and RFC 5035.
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSigned     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidKind       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidWhose      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWith2 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

type attribute struct {
	Kind   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// certificateHash names the signer's certificate (RFC 5035, SHA-256 by default).
type certificateHash struct{ Hash []byte }

type signingCertificate struct{ Certificates []certificateHash }

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

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      struct{ Kind asn1.ObjectIdentifier }
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}

type contentInfo struct {
	Kind asn1.ObjectIdentifier
	Body signedData `asn1:"explicit,tag:0"`
}

// message is the detached signature over the parts of a file, in DER. The moment stands in the file (ETSI EN 319 142-1 section 6.3 wants no signing-time here).
func (s *Signer) message(parts ...[]byte) ([]byte, error) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	own := sha256.Sum256(s.leaf.Raw)
	signed, err := asn1.MarshalWithParams([]attribute{{oidKind, []any{oidData}}, {oidDigest, []any{h.Sum(nil)}}, {oidWhose, []any{signingCertificate{[]certificateHash{{own[:]}}}}}}, "set")
	if err != nil {
		return nil, fmt.Errorf("write what is signed: %w", err)
	}
	digest := sha256.Sum256(signed)
	signature, err := s.key.Sign(nil, digest[:], crypto.SHA256) // without random numbers: RFC 6979
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	const implicit0 = 0xa0
	signed[0] = implicit0                                                                                                   // in the message the set is [0] (RFC 5652 section 5.4)
	certificates, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: s.leaf.Raw}) // the issuer's is not covered by the signature: it travels apart
	if err != nil {
		return nil, fmt.Errorf("write the certificates: %w", err)
	}
	sha := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	body := signedData{Version: 1, Digests: []pkix.AlgorithmIdentifier{sha}, Certificates: asn1.RawValue{FullBytes: certificates},
		Signers: []signerInfo{{Version: 1, ID: issuerAndSerial{asn1.RawValue{FullBytes: s.leaf.RawIssuer}, s.leaf.SerialNumber}, Digest: sha,
			Attributes: asn1.RawValue{FullBytes: signed}, Method: pkix.AlgorithmIdentifier{Algorithm: oidECDSAWith2}, Signature: signature}}}
	body.Content.Kind = oidData
	der, err := asn1.Marshal(contentInfo{oidSigned, body})
	if err != nil {
		return nil, fmt.Errorf("write the signature: %w", err)
	}
	return der, nil
}
