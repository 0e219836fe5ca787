package cli

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hygie/exposure"
	"hygie/exposure/report"
)

// A signed file has its signature beside it, the 64 bytes of Ed25519 over the whole file (RFC 8032), and the public key as PEM, so that
// openssl checks it as well:
//
//	openssl pkeyutl -verify -pubin -inkey audit.json.pub -rawin -in audit.json -sigfile audit.json.sig
const (
	signatureEnd = ".sig"
	publicEnd    = ".pub"
)

// maxSigned bounds a file whose signature is checked.
const maxSigned = 1 << 30

// signFile writes the signature and the public key beside a file.
func signFile(path string, key ed25519.PrivateKey) error {
	content, err := readBounded(path, maxSigned)
	if err != nil {
		return fmt.Errorf("sign %s: %w", path, err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("sign %s: %w", path, err)
	}
	for end, data := range map[string][]byte{signatureEnd: ed25519.Sign(key, content), publicEnd: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		if err := writePrivate(path+end, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return fmt.Errorf("sign %s: %w", path, err)
		}
	}
	return nil
}

// Why a signature is refused.
var (
	errAltered  = errors.New("the file is not the one that was signed")
	errStranger = errors.New("the file is signed by another key")
)

// checkSignature tells who signed a file, by the key beside it; trusted keys, where there are any, must hold the signer's.
func checkSignature(content []byte, path string, trusted ...ed25519.PublicKey) (ed25519.PublicKey, error) {
	signature, err := readBounded(path+signatureEnd, 1<<10)
	if err != nil {
		return nil, err
	}
	text, err := readBounded(path+publicEnd, 4<<10)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read %s: not a PEM file", path+publicEnd)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path+publicEnd, err)
	}
	signer, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("read %s: not an Ed25519 key", path+publicEnd)
	}
	if !ed25519.Verify(signer, content, signature) {
		return signer, errAltered
	}
	for _, t := range trusted {
		if t.Equal(signer) {
			return signer, nil
		}
	}
	if len(trusted) > 0 {
		return signer, errStranger
	}
	return signer, nil
}

// ExposureVerify checks the signature of a report or of facts.
type ExposureVerify struct {
	File   string   `arg:"" placeholder:"FILE" help:"Signed report or facts; FILE.sig and FILE.pub stand beside it."`
	Signer []string `placeholder:"KEY" help:"Public key (base64) that must have signed; by default any whole signature is believed, and the signer told."`
}

// Help shows examples.
func (*ExposureVerify) Help() string {
	return "hygie exposure verify audit.json\nhygie exposure verify audit.json --signer MCowBQ…"
}

// Run verifies.
func (c *ExposureVerify) Run(s *Streams) error {
	say := sayer(Language(s.Env))
	trusted, err := signerKeys(c.Signer, say)
	if err != nil {
		return err
	}
	content, err := readBounded(c.File, maxSigned)
	if err != nil {
		return Exit{Failed, err}
	}
	signer, err := checkSignature(content, c.File, trusted...)
	switch {
	case errors.Is(err, errAltered):
		err = errors.New(say("ce fichier n’est pas celui qui a été signé : il a été modifié, ou la signature est celle d’un autre", "this is not the file that was signed: it was altered, or the signature is another's"))
	case errors.Is(err, errStranger):
		err = fmt.Errorf(say("signé par une autre clé : %s", "signed by another key: %s"), base64.StdEncoding.EncodeToString(signer))
	case errors.Is(err, os.ErrNotExist):
		err = fmt.Errorf("%w\n  %s", err, say("Un fichier signé par --sign a sa signature (.sig) et sa clé (.pub) à côté de lui.", "A file signed by --sign has its signature (.sig) and its key (.pub) beside it."))
	}
	if err != nil {
		return Exit{Failed, err}
	}
	out := fmt.Sprintf(say("Signature intègre, clé publique %s\n", "Whole signature, public key %s\n"), base64.StdEncoding.EncodeToString(signer))
	if r, err := report.Read(bytes.NewReader(content)); err == nil {
		out += fmt.Sprintf(say("Rapport du %s, %s, périmètre %s, règles %s, note %s\n", "Report of %s, %s, perimeter %s, rules %s, grade %s\n"),
			r.AsOf.Format(time.RFC3339), r.ToolVersion, r.PerimeterHash, r.RulesVersion, r.Grade)
	} else if f, err := exposure.ReadFacts(bytes.NewReader(content)); err == nil {
		out += fmt.Sprintf(say("Faits du %s, %s, périmètre %s\n", "Facts of %s, %s, perimeter %s\n"), f.AsOf.Format(time.RFC3339), f.Tool, f.Perimeter)
	}
	_, err = io.WriteString(s.Out, out)
	return err
}

// signerKeys reads keys as --signer gives them: the 32 bytes that commands tell, or the form of a .pub file (RFC 8410), both in base64.
func signerKeys(list []string, say func(fr, en string) string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for _, text := range list {
		raw, err := base64.StdEncoding.DecodeString(text)
		if public, not := x509.ParsePKIXPublicKey(raw); not == nil { // as the .pub file holds it
			raw, _ = public.(ed25519.PublicKey)
		}
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return nil, UsageError(say("--signer %s n’est pas une clé publique", "--signer %s is no public key"), text)
		}
		keys = append(keys, raw)
	}
	return keys, nil
}
