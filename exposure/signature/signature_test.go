package signature_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/signature"
	"hygie/exposure/signature/signaturetest"
)

var now = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

const director = "Camille Exemple, directrice"

// one is the only signature of a paper.
func one(t *testing.T, content []byte, o signature.Options) signature.Signature {
	t.Helper()
	o.Now = now
	p := signature.Read(content, o)
	if len(p.Signatures) != 1 {
		t.Fatalf("%+v", p)
	}
	return p.Signatures[0]
}

func TestSignedPDF(t *testing.T) {
	s := signaturetest.New(t, director, now)
	paper := s.PDF(t, "Mandat", now)
	got := one(t, paper, signature.Options{})
	want := signature.Signature{Format: "ETSI.CAdES.detached", Signer: director, Company: "Établissement inventé", Issuer: "Autorité inventée", At: now, Whole: true, Trust: signature.NotVerified}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	own, other := x509.NewCertPool(), x509.NewCertPool()
	own.AddCert(s.Authority)
	other.AddCert(signaturetest.New(t, director, now).Authority)
	if got := one(t, paper, signature.Options{Authorities: own}); got.Trust != signature.Trusted {
		t.Errorf("by its authority: %+v", got)
	}
	if got := one(t, paper, signature.Options{Authorities: other}); got.Trust != signature.Stranger || !got.Sound() {
		t.Errorf("by another authority: %+v", got)
	}
}

// Each way to change a signed PDF shows.
func TestSpoiltPDF(t *testing.T) {
	s := signaturetest.New(t, director, now)
	paper := s.PDF(t, "Mandat pour 192.0.2.0/28", now)
	replace := func(old, now string) []byte { return bytes.Replace(slices.Clone(paper), []byte(old), []byte(now), 1) }
	after := func() []byte { return append(slices.Clone(paper), "6 0 obj\n<<>>\nendobj\n"...) }
	gap := bytes.Index(paper, []byte("/Contents <")) + len("/Contents ")
	end := bytes.IndexByte(paper[gap:], '>') + gap + 1
	rows := map[string]struct {
		content []byte
		fault   signature.Fault
		whole   bool
	}{
		"words changed":             {replace("192.0.2.0/28", "192.0.2.0/16"), signature.Altered, true},
		"added to":                  {after(), "", false},
		"end of line added":         {append(slices.Clone(paper), "\r\n"...), "", true},
		"cut":                       {paper[:len(paper)-10], signature.Unreadable, false},
		"no signature in its place": {blank(paper, gap+1, end-1), signature.Unreadable, false},
		"a part left out":           {replace(fmt.Sprintf("0 %d %d ", gap, end), fmt.Sprintf("0 %d %d ", gap-4, end)), signature.Gap, false},
		"begins later":              {replace(fmt.Sprintf("0 %d %d ", gap, end), fmt.Sprintf("1 %d %d ", gap-1, end)), signature.Gap, false},
		"ranges that overlap":       {replace(fmt.Sprintf("0 %d %d ", gap, end), fmt.Sprintf("0 %d %d ", end, gap)), signature.Unreadable, false},
		"another key":               {replace("/Contents ", "/Contentt "), signature.Gap, false},
		"a mark of time":            {replace("ETSI.CAdES.detached", "ETSI.RFC3161       "), signature.Timestamped, true},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if got := one(t, row.content, signature.Options{}); got.Fault != row.fault || got.Whole != row.whole || !row.whole && row.fault == "" && got.Beyond == 0 {
				t.Errorf("%+v, want %q, whole %t", got, row.fault, row.whole)
			}
		})
	}
}

func blank(content []byte, from, to int) []byte {
	out := slices.Clone(content)
	for i := from; i < to; i++ {
		out[i] = '0'
	}
	return out
}

// A signature that someone else copied into a file of his own signs nothing there.
func TestCopiedSignature(t *testing.T) {
	s := signaturetest.New(t, director, now)
	theirs := s.PDF(t, "Mandat pour un autre", now)
	gap := bytes.Index(theirs, []byte("/Contents <")) + len("/Contents <")
	end := bytes.IndexByte(theirs[gap:], '>') + gap
	ours := s.PDF(t, "Mandat pour nous-meme", now)
	at := bytes.Index(ours, []byte("/Contents <")) + len("/Contents <")
	copy(ours[at:], theirs[gap:end])
	if got := one(t, ours, signature.Options{}); got.Fault != signature.Altered {
		t.Errorf("%+v", got)
	}
}

func TestUnsigned(t *testing.T) {
	for name, content := range map[string][]byte{
		"nothing": nil, "picture": []byte("\x89PNG\r\n"), "plain pdf": []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj"), "der of something else": {0x30, 3, 2, 1, 5},
		"a word only": []byte("%PDF-1.7 /ByteRange [ 1 2 3 ] /ByteRange /ByteRange [a b c d]"),
	} {
		if p := signature.Read(content, signature.Options{}); len(p.Signatures) > 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestCMS(t *testing.T) {
	s := signaturetest.New(t, director, now)
	inside := s.CMS(t, []byte("Mandat"), now, true)
	armed := pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: inside})
	for name, content := range map[string][]byte{"der": inside, "pem": armed, "filled up": append(slices.Clone(inside), 0, 0)} {
		if got := one(t, content, signature.Options{}); !got.Sound() || !got.Whole || got.Signer != director || !got.At.Equal(now) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := one(t, bytes.Replace(slices.Clone(inside), []byte("Mandat"), []byte("mandat"), 1), signature.Options{}); got.Fault != signature.Altered {
		t.Errorf("changed: %+v", got)
	}
	if got := one(t, s.CMS(t, []byte("Mandat"), now, false), signature.Options{}); got.Fault != signature.Elsewhere || got.Signer != director || got.Whole {
		t.Errorf("of another file: %+v", got)
	}
	spoilt := slices.Clone(inside)
	spoilt[len(spoilt)-1] ^= 1 // in the signature
	if got := one(t, spoilt, signature.Options{}); got.Fault != signature.Wrong {
		t.Errorf("signature changed: %+v", got)
	}
}

// Wherever a paper is cut or changed, reading it ends, and a changed one never counts as whole and sound.
func TestTruncated(t *testing.T) {
	s := signaturetest.New(t, director, now)
	cms := s.CMS(t, []byte("Mandat"), now, true)
	for n := range cms {
		for _, found := range signature.Read(cms[:n], signature.Options{Now: now}).Signatures {
			if found.Sound() {
				t.Fatalf("cut after %d bytes: %+v", n, found)
			}
		}
	}
}

// What OpenSSL signs, by each kind of key and padding, holds here.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil && slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "readers") {
		t.Fatal("openssl is required by HYGIE_TEST_REQUIRE")
	}
	if err != nil {
		t.Skip("SKIPPED, no openssl here: apt-get install openssl, which `make test` does when it may")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(openssl, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "paper"), []byte("Mandat inventé"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := map[string][]string{"rsa": {"-newkey", "rsa:2048"}, "ec": {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"}}
	for name, how := range keys {
		run(slices.Concat([]string{"req", "-x509", "-nodes", "-subj", "/O=Invente/CN=" + name, "-days", "30", "-keyout", name + ".key", "-out", name + ".pem"}, how)...)
	}
	rows := []struct {
		key  string
		args []string
		want signature.Fault
	}{
		{"rsa", []string{"-md", "sha256"}, ""}, {"rsa", []string{"-md", "sha512", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"}, ""}, {"rsa", []string{"-md", "sha1"}, signature.OldMethod},
		{"rsa", []string{"-md", "sha256", "-noattr"}, ""}, {"rsa", []string{"-md", "sha384", "-keyid"}, ""}, {"rsa", []string{"-md", "sha256", "-cades"}, ""}, {"rsa", []string{"-nocerts"}, signature.NoSigner},
		{"ec", []string{"-md", "sha384"}, ""},
	}
	for _, row := range rows {
		run(slices.Concat([]string{"cms", "-sign", "-binary", "-nodetach", "-in", "paper", "-signer", row.key + ".pem", "-inkey", row.key + ".key", "-outform", "DER", "-out", "signed"}, row.args)...)
		content, err := os.ReadFile(filepath.Join(dir, "signed"))
		if err != nil {
			t.Fatal(err)
		}
		if got := one(t, content, signature.Options{}); got.Fault != row.want || row.want != signature.NoSigner && got.Signer != row.key {
			t.Errorf("%s %v: %+v", row.key, row.args, got)
		}
	}
}

// A byte range may hold any number; none is believed that does not lie in the file.
func TestHostileRanges(t *testing.T) {
	edges := []int64{0, 1, 9, 40, 60, 1 << 31, 1 << 62, 1<<63 - 1}
	for _, a := range edges {
		for _, b := range edges {
			for _, c := range edges {
				for _, d := range edges {
					text := fmt.Sprintf("%%PDF-1.7\n1 0 obj<</ByteRange[%d %d %d %d]/Contents<0000>>>endobj\n%060d", a, b, c, d, 0)
					for _, s := range signature.Read([]byte(text), signature.Options{Now: now}).Signatures {
						if s.Sound() {
							t.Errorf("%d %d %d %d is sound", a, b, c, d)
						}
					}
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	s := signaturetest.New(f, director, now)
	for _, content := range [][]byte{s.PDF(f, "Mandat", now), s.CMS(f, []byte("Mandat"), now, true), s.CMS(f, nil, now, false), []byte("%PDF-1.7\n/ByteRange[0 9 11 9]/Contents<00>")} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p := signature.Read(content, signature.Options{Now: now})
		if len(p.Signatures) > 8 {
			t.Errorf("%d signatures", len(p.Signatures))
		}
		for _, found := range p.Signatures {
			if len([]rune(found.Signer)) > 200 || found.Sound() && found.Signer == "" || found.Whole && found.Beyond > 0 {
				t.Errorf("%+v", found)
			}
		}
	})
}
