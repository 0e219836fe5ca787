package stamp_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hygie/journal/stamp"
)

const config = `
[tsa]
default_tsa = t
[t]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
`

// authority is openssl ts behind HTTP.
func authority(t testing.TB) (address string, roots *x509.CertPool, folder string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	folder = t.TempDir()
	run := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), "openssl", args...)
		c.Dir = folder
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ts.cnf", config)
	write("serial", "01\n")
	write("ext.cnf", "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n")
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Racine fictive", "-days", "30")
	run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Horodatage fictif")
	run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "30", "-extfile", "ext.cnf")
	ca, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "q.tsq"), query, 0o600)
		}
		c := exec.CommandContext(r.Context(), "openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem", "-out", "r.tsr")
		c.Dir = folder
		if out, failed := c.CombinedOutput(); err != nil || failed != nil {
			http.Error(w, string(out), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		http.ServeFile(w, r, filepath.Join(folder, "r.tsr"))
	}))
	t.Cleanup(server.Close)
	return server.URL, roots, folder
}

func TestAgainstOpenSSL(t *testing.T) {
	address, roots, folder := authority(t)
	a := stamp.Authority{Address: address, Roots: roots, Client: &http.Client{Timeout: 30 * time.Second}, Random: rand.Reader}
	text := []byte("tête d’un journal\n")
	digest := sha256.Sum256(text)
	answer, at, err := a.Stamp(t.Context(), digest)
	if err != nil || time.Since(at).Abs() > time.Hour {
		t.Fatalf("stamped at %s, %v", at, err)
	}
	for name, content := range map[string][]byte{"a.tsr": answer, "a.txt": text} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "openssl", "ts", "-verify", "-in", "a.tsr", "-data", "a.txt", "-CAfile", "ca.pem")
	c.Dir = folder
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("openssl does not accept what we do: %s", out)
	}
	if _, err := stamp.Check(answer, digest, nil, roots); err != nil {
		t.Error(err)
	}
	if _, err := stamp.Check(answer, sha256.Sum256([]byte("autre")), nil, roots); err == nil {
		t.Error("another text passes")
	}
	if _, err := stamp.Check(answer, digest, big.NewInt(1), roots); err == nil {
		t.Error("another nonce passes")
	}
	if _, err := stamp.Check(answer, digest, nil, x509.NewCertPool()); err == nil {
		t.Error("an unknown authority passes")
	}
	for cut := range answer {
		if _, err := stamp.Check(answer[:cut], digest, nil, roots); err == nil {
			t.Fatalf("the first %d bytes pass", cut)
		}
	}
	// A changed byte must never give another time.
	for i := range answer {
		broken := slices.Clone(answer)
		broken[i] ^= 0x01
		if got, err := stamp.Check(broken, digest, nil, roots); err == nil && !got.At.Equal(at) {
			t.Fatalf("byte %d changes the time unseen", i)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x30, 0x01, 0x00})
	f.Add([]byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := stamp.Check(answer, [32]byte{}, nil, x509.NewCertPool()); err == nil {
			t.Fatal("noise was accepted")
		}
	})
}
