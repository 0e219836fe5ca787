// Package signature reads the electronic signatures of a paper, such as a mandate: of a PDF (ISO 32000-1 section 12.8, ETSI EN 319 142) or of
// a file wrapped in CMS (RFC 5652: .p7m; .p7s, whose document lies elsewhere).
//
//	paper := signature.Read(content, signature.Options{})
//	for _, s := range paper.Signatures { fmt.Println(s.Signer, s.Sound(), s.Whole) }
//
// What is told: whether the bytes are those that were signed, by the key of the certificate that stands beside; who that certificate names; the
// moment the signer claims; and whether the whole file was signed. Whether the certificate deserves belief is another question, which only
// authorities given by the caller answer: anybody can make a certificate of any name.
//
// A paper is hostile input: what is looked at is bounded ([Read] says how), nothing in it is run or followed.
package signature

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// Paper is what a file tells of its signatures.
type Paper struct {
	Kind       string      `json:"kind,omitempty"` // "pdf" or "cms"; empty for a file in which no signature is looked for
	Signatures []Signature `json:"signatures,omitempty"`
}

// Signature is one electronic signature of a paper.
type Signature struct {
	Format  string    `json:"format,omitempty"` // of a PDF: "adbe.pkcs7.detached", "ETSI.CAdES.detached", "ETSI.RFC3161"…
	Signer  string    `json:"signer,omitempty"` // whom the certificate names
	Company string    `json:"company,omitempty"`
	Issuer  string    `json:"issuer,omitempty"` // who made the certificate, by its own words
	At      time.Time `json:"at,omitzero"`      // as the signer claims
	Whole   bool      `json:"whole"`            // the whole file was signed
	Beyond  int64     `json:"beyond,omitempty"` // bytes that came after what was signed
	Fault   Fault     `json:"fault,omitempty"`  // why it does not hold; empty if it does
	Trust   Trust     `json:"trust"`
}

// Sound tells that the signed bytes are what they were, and the signature that of the certificate's key.
func (s Signature) Sound() bool { return s.Fault == "" }

// Fault says why a signature does not hold, or cannot be told to.
type Fault string

const (
	Altered     Fault = "altered"     // the signed bytes were changed
	Wrong       Fault = "wrong"       // the signature is not that of the certificate's key
	Unreadable  Fault = "unreadable"  // what stands there is no signature that can be read
	OldMethod   Fault = "old_method"  // made by a method that proves nothing any more (SHA-1), or that is not known here
	NoSigner    Fault = "no_signer"   // the signer's certificate is not there
	Gap         Fault = "gap"         // more than the signature itself was left out of what was signed
	Elsewhere   Fault = "elsewhere"   // the signature of another file, which is not there
	Timestamped Fault = "timestamped" // a mark of time of an authority, which nobody signed with; it is not checked
)

// Trust says whether the signer's certificate comes from an authority that the caller believes.
type Trust string

const (
	NotVerified Trust = "not_verified" // no authority was given
	Trusted     Trust = "trusted"
	Stranger    Trust = "stranger" // from none of the authorities given, or not valid at the moment it is checked
)

// Options say what to believe.
type Options struct {
	Authorities *x509.CertPool // of signers; nil leaves trust unverified
	Now         time.Time      // at which certificates are checked; the present if zero
}

// Bounds on the work a paper may ask for.
const (
	maxMarks      = 64      // places of a PDF that look like a signature
	maxSignatures = 8       // told of one paper
	maxContainer  = 1 << 20 // bytes of one signature with its certificates
	maxDictionary = 1 << 16 // bytes of a PDF's dictionary on either side of its signature
	maxCerts      = 32
	maxName       = 200
)

// Read looks for signatures. It reads at most 8 of them, of at most 1 MiB each, in at most 64 places of a PDF; whatever else the file holds is
// hashed, never interpreted.
func Read(content []byte, o Options) Paper {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if head := content[:min(len(content), 1024)]; bytes.Contains(head, []byte("%PDF-")) { // ISO 32000-1 annex H.3.4.1
		return Paper{Kind: "pdf", Signatures: readPDF(content, o)}
	}
	der := content
	if block, _ := pem.Decode(content[:min(len(content), 2*maxContainer)]); block != nil && (block.Type == "PKCS7" || block.Type == "CMS") {
		der = block.Bytes
	}
	if len(der) < 2 || der[0] != 0x30 {
		return Paper{}
	}
	signed, err := readCMS(der)
	if err != nil {
		return Paper{}
	}
	paper := Paper{Kind: "cms"}
	for _, one := range signed.signers {
		var s Signature
		if signed.content == nil {
			s = signed.told(one, o)
			s.Fault = cmp.Or(s.Fault, Elsewhere)
		} else {
			s = signed.judge(one, o, signed.content)
			s.Whole = true
		}
		paper.Signatures = append(paper.Signatures, s)
	}
	return paper
}
