package journal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxSize bounds the number of lines. It is never reached; package tlog does
// not end on sizes near 2^63, which a hostile head might state.
const maxSize = maxExact

// Head states what a journal holds at a moment. Its text is a tlog checkpoint
// (the first three lines), followed by two lines of our own.
type Head struct {
	Origin string    // the name of the journal; no space, no plus sign
	Size   int64     // number of lines
	Root   Hash      // root of the Merkle tree over the lines
	Last   Hash      // hash of the last line; zero when there is none
	Time   time.Time // when the head was read, by the clock of the signer; UTC, milliseconds
}

// Text gives the five lines that are signed.
func (h Head) Text() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%s\nlast %s\ntime %s\n",
		h.Origin, h.Size, h.Root, hex.EncodeToString(h.Last[:]), h.Time.UTC().Format(timeLayout))
}

// ParseHead reads the text of a head, and refuses any other writing of it.
func ParseHead(text []byte) (Head, error) {
	fail := func(what string) (Head, error) { return Head{}, fmt.Errorf("parse head: %s", what) }
	if len(text) > maxHead {
		return fail("too long")
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) != 6 {
		return fail("not five lines")
	}
	h := Head{Origin: lines[0]}
	if checkOrigin(h.Origin) != nil {
		return fail("line 1 is not the name of a journal")
	}
	var err error
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 0 || h.Size > maxSize {
		return fail("line 2 is not a number of lines")
	}
	if h.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return fail("line 3 is not a hash in base64")
	}
	last, ok := strings.CutPrefix(lines[3], "last ")
	if h.Last, err = parseHex(last); !ok || err != nil {
		return fail("line 4 is not “last” and a hash in hexadecimal")
	}
	at, ok := strings.CutPrefix(lines[4], "time ")
	if h.Time, err = time.Parse(timeLayout, at); !ok || err != nil {
		return fail("line 5 is not “time” and a moment in UTC")
	}
	if !bytes.Equal(h.Text(), text) {
		return fail("not in canonical form")
	}
	return h, nil
}

// checkOrigin applies the rule of signed notes to the name of a key.
func checkOrigin(s string) error {
	if err := checkName(s, true); err != nil {
		return err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == '+' || unicode.IsSpace(r) }) {
		return errors.New("holds a space or a plus sign")
	}
	return nil
}

// Signer signs heads of one journal.
type Signer struct {
	origin  string
	private ed25519.PrivateKey
	hash    uint32
}

var _ note.Signer = noteSigner{}

// NewSigner gives the signer of the journal called origin.
func NewSigner(origin string, private ed25519.PrivateKey) (Signer, error) {
	if err := checkOrigin(origin); err != nil {
		return Signer{}, fmt.Errorf("name of journal %q: %w", origin, err)
	}
	if len(private) != ed25519.PrivateKeySize {
		return Signer{}, errors.New("sign journal: the key is not an Ed25519 private key")
	}
	_, _, hash, err := verifierKey(origin, private.Public().(ed25519.PublicKey))
	return Signer{origin, private, hash}, err
}

// Origin gives the name of the journal.
func (s Signer) Origin() string { return s.origin }

// Public gives the key that checks what the signer signs.
func (s Signer) Public() ed25519.PublicKey { return s.private.Public().(ed25519.PublicKey) }

// noteSigner shows a Signer in the form that package note wants.
type noteSigner struct{ Signer }

func (s noteSigner) Name() string                    { return s.origin }
func (s noteSigner) KeyHash() uint32                 { return s.hash }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

// Sign signs a head of this journal.
func (s Signer) Sign(h Head) (SignedHead, error) {
	if h.Origin != s.origin {
		return SignedHead{}, fmt.Errorf("sign head of %q: the key is for %q", h.Origin, s.origin)
	}
	if _, err := ParseHead(h.Text()); err != nil {
		return SignedHead{}, fmt.Errorf("sign head: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: string(h.Text())}, noteSigner{s})
	if err != nil {
		return SignedHead{}, fmt.Errorf("sign head: %w", err)
	}
	return SignedHead{Head: h, Key: s.Public(), note: msg}, nil
}

// SignedHead is a head with its signature and the key that made it. It proves
// only that the holder of the key signed it; whether that key is the right one
// is for the reader to say.
type SignedHead struct {
	Head
	Key  ed25519.PublicKey
	note []byte
}

// Note gives the signed note: the text, an empty line and the line of the
// signature (see [golang.org/x/mod/sumdb/note]).
func (s SignedHead) Note() []byte { return bytes.Clone(s.note) }

// MarshalText gives the public key, an empty line and the signed note, each
// line with its line feed: what is kept outside of the installation, and what
// [ParseSignedHead] reads.
func (s SignedHead) MarshalText() ([]byte, error) {
	vkey, _, _, err := verifierKey(s.Origin, s.Key)
	if err != nil {
		return nil, err
	}
	return append([]byte(vkey+"\n\n"), s.note...), nil
}

// errSignature tells a head that can be read but whose signature is false.
var errSignature = errors.New("the signature does not fit the head and the key")

// ParseSignedHead reads what [SignedHead.MarshalText] wrote and checks the
// signature with the key that stands in it. It refuses any other writing.
func ParseSignedHead(text []byte) (SignedHead, error) {
	s, err := parseSignedHead(text)
	if err != nil {
		return SignedHead{}, fmt.Errorf("parse signed head: %w", err)
	}
	return s, nil
}

// parseSignedHead gives what it could read beside the error, so that a
// verifier can say more about a damaged file.
func parseSignedHead(text []byte) (SignedHead, error) {
	var s SignedHead
	if len(text) > maxHead {
		return s, errors.New("too long")
	}
	vkey, msg, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return s, errors.New("the public key and an empty line should come first")
	}
	body, _, ok := bytes.Cut(msg, []byte("\n\n"))
	if !ok {
		return s, errors.New("the signature is missing")
	}
	h, err := ParseHead(append(bytes.Clone(body), '\n'))
	if err != nil {
		return s, err
	}
	s.Head = h
	if s.Key, err = parseVerifierKey(string(vkey), h.Origin); err != nil {
		return s, err
	}
	_, verifier, _, err := verifierKey(h.Origin, s.Key)
	if err != nil {
		return s, err
	}
	opened, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return s, errSignature
	}
	// Base64 has several writings of one value; only ours is accepted.
	sig := opened.Sigs[0]
	want := fmt.Appendf(nil, "%s\n— %s %s\n", opened.Text, sig.Name, canonicalBase64(sig.Base64))
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 0 || !bytes.Equal(want, msg) {
		return s, errors.New("one signature, in canonical form, should follow the head")
	}
	s.note = bytes.Clone(msg)
	return s, nil
}

func canonicalBase64(s string) string {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b)
}

// verifierKey writes a public key in the form of signed notes.
func verifierKey(origin string, key ed25519.PublicKey) (string, note.Verifier, uint32, error) {
	vkey, err := note.NewEd25519VerifierKey(origin, key)
	if err != nil {
		return "", nil, 0, fmt.Errorf("public key of journal: %w", err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", nil, 0, fmt.Errorf("public key of journal: %w", err)
	}
	return vkey, v, v.KeyHash(), nil
}

// parseVerifierKey reads a key in the form of signed notes, for this origin.
func parseVerifierKey(vkey, origin string) (ed25519.PublicKey, error) {
	wrong := errors.New("the first line is not an Ed25519 public key for this journal")
	// After the name come a plus sign, eight digits and another plus sign.
	// Searching the last plus sign would not do: base64 may hold one.
	prefix := len(origin) + 1 + 8 + 1
	if len(vkey) < prefix || !strings.HasPrefix(vkey, origin+"+") {
		return nil, wrong
	}
	b, err := base64.StdEncoding.Strict().DecodeString(vkey[prefix:])
	const ed25519Algorithm = 1
	if err != nil || len(b) != 1+ed25519.PublicKeySize || b[0] != ed25519Algorithm {
		return nil, wrong
	}
	key := ed25519.PublicKey(b[1:])
	if again, _, _, err := verifierKey(origin, key); err != nil || again != vkey {
		return nil, wrong
	}
	return key, nil
}

// Fingerprint gives the SHA-256 of a public key in groups of four hexadecimal
// digits, to be compared by eye or read on the telephone.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	digits := hex.EncodeToString(sum[:])
	var b strings.Builder
	for i := 0; i < len(digits); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(digits[i : i+4])
	}
	return b.String()
}

// PublicPEM writes a public key as PEM, in the form that openssl and
// "hygie journal verify --key" read: what to hand over to whoever will check exports.
func PublicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
