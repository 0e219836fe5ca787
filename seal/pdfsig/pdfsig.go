// Package pdfsig signs the PDF files that this program prints, so that any reader of PDF files says whether a byte was changed.
//
//	signer, err := pdfsig.New(private, "Centre hospitalier d’exemple")
//	signed, err := signer.Sign(file, time.Now())
//
// The signature is added at the end of the file (incremental update, ISO 32000-1 section 7.5.6) and covers all of it (section 12.8.1): a detached CMS message
// (RFC 5652) in the form that readers of PDF files understand, ETSI.CAdES.detached (ETSI EN 319 142-1).
//
// # Which key
//
// Readers of PDF files do not know Ed25519, which signs everything else here. The key of the file is therefore one of the curve P-256, made from the Ed25519 key
// of the installation (HKDF, RFC 5869), and its certificate is signed by that Ed25519 key: who trusts the fingerprint printed in a register trusts the
// file. Certificates have no end; they say nothing of when (RFC 5280 section 4.1.2.5). A reader calls the signature valid and its author unknown, which is
// right: nobody but the installation vouches for it. Same key, file and moment, same bytes.
package pdfsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"time"
)

// ErrForm tells that a file is not in the form in which this program writes PDF files, or is signed already.
var ErrForm = errors.New("not a PDF file that can be signed here")

// A Signer signs files.
type Signer struct {
	key          *ecdsa.PrivateKey
	leaf, issuer *x509.Certificate
}

// New makes a signer from the key of an installation; owner is whom the certificate names.
func New(private ed25519.PrivateKey, owner string) (*Signer, error) {
	key, err := derive(private)
	if err != nil {
		return nil, err
	}
	public := private.Public().(ed25519.PublicKey)
	mark := sha256.Sum256(public)
	from, until := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	root := &x509.Certificate{SerialNumber: new(big.Int).SetBytes(mark[:8]), Subject: pkix.Name{CommonName: fmt.Sprintf("hygie %x", mark[:8])}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	issuer, err := certificate(root, root, public, private)
	if err != nil {
		return nil, err
	}
	serial := sha256.Sum256([]byte(owner))
	leaf, err := certificate(&x509.Certificate{SerialNumber: new(big.Int).SetBytes(serial[:8]), Subject: pkix.Name{CommonName: owner}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}, issuer, key.Public(), private)
	if err != nil {
		return nil, err
	}
	return &Signer{key: key, leaf: leaf, issuer: issuer}, nil
}

// derive makes the key of files from that of the installation.
func derive(private ed25519.PrivateKey) (*ecdsa.PrivateKey, error) {
	for n := range 8 { // one in 2³² makes no key of the curve
		scalar, err := hkdf.Key(sha256.New, private.Seed(), nil, "hygie pdf signature "+strconv.Itoa(n), 32)
		if err != nil {
			return nil, fmt.Errorf("derive the key of PDF files: %w", err)
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("derive the key of PDF files: no number fits the curve")
}

func certificate(c, parent *x509.Certificate, public crypto.PublicKey, by ed25519.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(nil, c, parent, public, by) // Ed25519 takes no random numbers
	if err != nil {
		return nil, fmt.Errorf("make the certificate of %s: %w", c.Subject.CommonName, err)
	}
	return x509.ParseCertificate(der)
}

// Issuer is the certificate that says which key of the installation vouches for the files (PEM, RFC 7468). It is the same for every file.
func (s *Signer) Issuer() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.issuer.Raw})
}

// place is how many digits the file keeps for the signature: a certificate and a message take some 1,600.
const place = 4096

var (
	tail     = regexp.MustCompile(`trailer\n<</Size (\d+) /Root (\d+) 0 R([^\n]*)>>\nstartxref\n(\d+)\n%%EOF\n$`)
	pageTree = regexp.MustCompile(`/Pages (\d+) 0 R`)
	firstKid = regexp.MustCompile(`/Kids \[(\d+) 0 R`)
	notes    = regexp.MustCompile(`/Annots \[`)
)

// Sign gives a file back with a signature at a moment. The file must be one that hygie/document/pdf wrote and nobody signed.
func (s *Signer) Sign(file []byte, at time.Time) ([]byte, error) {
	end := tail.FindSubmatch(file[max(0, len(file)-2000):])
	if end == nil || !bytes.HasPrefix(file, []byte("%PDF-1.")) {
		return nil, fmt.Errorf("%w: no plain trailer", ErrForm)
	}
	size, root, table := atoi(end[1]), atoi(end[2]), atoi(end[4])
	f := form{file: file, table: table, size: size}
	catalog, err := f.object(root)
	if err != nil {
		return nil, err
	}
	tree := pageTree.FindSubmatch(catalog)
	if tree == nil || bytes.Contains(catalog, []byte("/AcroForm")) {
		return nil, fmt.Errorf("%w: no pages, or a form already", ErrForm)
	}
	pages, err := f.object(atoi(tree[1]))
	if err != nil {
		return nil, err
	}
	kid := firstKid.FindSubmatch(pages)
	if kid == nil {
		return nil, fmt.Errorf("%w: no page", ErrForm)
	}
	first, err := f.object(atoi(kid[1]))
	if err != nil {
		return nil, err
	}
	spot := notes.FindIndex(first)
	if spot == nil {
		return nil, fmt.Errorf("%w: a page without its list of notes", ErrForm)
	}
	widget, value := size, size+1
	u := update{}
	u.out.Write(file)
	u.put(root, fmt.Sprintf("%s /AcroForm <</SigFlags 3 /Fields [%d 0 R]>>>>", bytes.TrimSuffix(catalog, []byte(">>")), widget))
	u.put(atoi(kid[1]), fmt.Sprintf("%s%d 0 R %s", first[:spot[1]], widget, first[spot[1]:]))
	u.put(widget, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R>>", atoi(kid[1]), value))
	u.begin(value)
	fmt.Fprintf(&u.out, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%s) /ByteRange [", at.UTC().Format("20060102150405Z"))
	mark := u.out.Len()
	u.out.WriteString("                                        ] /Contents ")
	gap := u.out.Len()
	u.out.WriteByte('<')
	u.out.Write(bytes.Repeat([]byte("0"), place))
	u.out.WriteByte('>')
	after := u.out.Len()
	u.out.WriteString(">>\nendobj\n")
	u.close(size+2, root, string(end[3]), table)
	out := u.out.Bytes()
	copy(out[mark:], fmt.Sprintf("0 %d %d %d", gap, after, len(out)-after))
	message, err := s.message(out[:gap], out[after:])
	if err != nil {
		return nil, err
	}
	digits := hex.EncodeToString(message)
	if len(digits) > place {
		return nil, fmt.Errorf("sign: the signature takes %d digits of %d", len(digits), place)
	}
	copy(out[gap+1:], digits)
	return out, nil
}

func atoi(digits []byte) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return -1 // too many digits; no object has that number
	}
	return n
}

// form reads objects of a file with a plain table of offsets.
type form struct {
	file        []byte
	table, size int
}

// object is what stands between "N 0 obj" and "endobj".
func (f form) object(n int) ([]byte, error) {
	const row = 20
	head := fmt.Appendf(nil, "xref\n0 %d\n", f.size)
	at := f.table + len(head) + n*row
	if n < 1 || n >= f.size || f.table < 0 || at+row > len(f.file) || !bytes.HasPrefix(f.file[f.table:], head) {
		return nil, fmt.Errorf("%w: object %d is not in its table", ErrForm, n)
	}
	offset := atoi(f.file[at : at+10])
	begin := fmt.Appendf(nil, "%d 0 obj\n", n)
	if offset < 0 || offset > len(f.file) || !bytes.HasPrefix(f.file[offset:], begin) {
		return nil, fmt.Errorf("%w: object %d is not at byte %d", ErrForm, n, offset)
	}
	body, _, ok := bytes.Cut(f.file[offset+len(begin):], []byte("\nendobj\n"))
	if !ok || !bytes.HasPrefix(body, []byte("<<")) || !bytes.HasSuffix(body, []byte(">>")) {
		return nil, fmt.Errorf("%w: object %d at byte %d is not whole", ErrForm, n, offset)
	}
	return body, nil
}
