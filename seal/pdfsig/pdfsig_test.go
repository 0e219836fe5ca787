package pdfsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/document"
	"hygie/document/pdf"
	"hygie/exposure/signature"
)

var at = time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)

func testKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))
}

func testSigner(t testing.TB) *Signer {
	t.Helper()
	s, err := New(testKey(), "Centre hospitalier inventé")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func paper(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pdf.Write(&b, document.Document{Title: "Registre d’essai", Language: "fr", Author: "Essai", Date: at, Blocks: []document.Block{document.P("Une ligne.")}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sign(t testing.TB, file []byte) []byte {
	t.Helper()
	signed, err := testSigner(t).Sign(file, at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestSignedFileIsSound(t *testing.T) {
	file := paper(t)
	signed := sign(t, file)
	if !bytes.HasPrefix(signed, file) {
		t.Error("what was there is changed")
	}
	if !bytes.Equal(signed, sign(t, file)) {
		t.Error("the same file is signed in two ways")
	}
	p := signature.Read(signed, signature.Options{})
	if p.Kind != "pdf" || len(p.Signatures) != 1 || !p.Signatures[0].Sound() || !p.Signatures[0].Whole || p.Signatures[0].Signer != "Centre hospitalier inventé" || !p.Signatures[0].At.Equal(at) {
		t.Errorf("read as %+v", p)
	}
	block, _ := pem.Decode(testSigner(t).Issuer())
	issuer, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !testKey().Public().(ed25519.PublicKey).Equal(issuer.PublicKey) {
		t.Errorf("the issuer is %v, %v", issuer, err)
	}
	if err := testSigner(t).leaf.CheckSignatureFrom(issuer); err != nil {
		t.Error(err)
	}
}

// A bit of everything that was added is turned, and of every seventh byte of what was there. The signature itself is not part of what it covers.
func TestAnyBitOfASignedFileIsFound(t *testing.T) {
	file := paper(t)
	signed := sign(t, file)
	gap := bytes.Index(signed, []byte("/Contents <")) + len("/Contents <")
	for i := 0; i < len(signed); i++ {
		if i < len(file) && i%7 != 0 || i >= gap && i < gap+place {
			continue
		}
		bit := byte(1) << (i % 8)
		signed[i] ^= bit
		if p := signature.Read(signed, signature.Options{}); len(p.Signatures) == 1 && p.Signatures[0].Sound() && p.Signatures[0].Whole {
			t.Fatalf("byte %d of %d changed unseen: %q", i, len(signed), signed[max(0, i-20):min(len(signed), i+20)])
		}
		signed[i] ^= bit
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	file := paper(t)
	for name, bad := range map[string][]byte{
		"nothing":            nil,
		"words":              []byte("bonjour"),
		"cut":                file[:len(file)-30],
		"signed already":     sign(t, file),
		"a lost table":       bytes.Replace(file, []byte("xref\n0 "), []byte("xrex\n0 "), 1),
		"a lost object":      bytes.Replace(file, []byte("/Type /Catalog"), []byte("/Type /Catalo>"), 1)[1:],
		"a table far away":   append(bytes.TrimSuffix(file, []byte("\n%%EOF\n")), []byte("9999999999999999999\n%%EOF\n")...),
		"a catalog of words": bytes.Replace(file, []byte("/Pages"), []byte("/Pagex"), 1),
	} {
		if _, err := testSigner(t).Sign(bad, at); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Programs that others wrote say the same: a reader of PDF files, and OpenSSL.
func TestOthersAgree(t *testing.T) {
	signed := sign(t, paper(t))
	dir := t.TempDir()
	file := filepath.Join(dir, "signed.pdf")
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	if tool, err := exec.LookPath("pdfsig"); err == nil {
		out, err := exec.CommandContext(t.Context(), tool, "-nocert", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Signature is Valid") || !strings.Contains(string(out), "Total document signed") {
			t.Errorf("pdfsig: %v\n%s", err, out)
		}
		if tool, err := exec.LookPath("qpdf"); err == nil {
			if out, err := exec.CommandContext(t.Context(), tool, "--check", file).CombinedOutput(); err != nil {
				t.Errorf("qpdf: %v\n%s", err, out)
			}
		}
	} else {
		t.Log("SKIPPED: no pdfsig here: apt-get install poppler-utils")
	}
	tool, err := exec.LookPath("openssl")
	if err != nil && strings.Contains(os.Getenv("HYGIE_TEST_REQUIRE"), "readers") {
		t.Fatal("openssl is required by HYGIE_TEST_REQUIRE")
	}
	if err != nil {
		t.Skip("SKIPPED, no openssl here: apt-get install openssl, which `make test` does when it may")
	}
	s := testSigner(t)
	content := []byte("le contenu")
	message, err := s.message(content)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"sig.der": message, "content": content} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), tool, "cms", "-verify", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "sig.der"), "-content", filepath.Join(dir, "content"), "-noverify", "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

func FuzzSign(f *testing.F) {
	file := paper(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	s := testSigner(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		signed, err := s.Sign(file, at)
		if err == nil && !bytes.HasPrefix(signed, file) {
			t.Error("what was there is changed")
		}
	})
}
