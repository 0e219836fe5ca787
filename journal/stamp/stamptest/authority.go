// Package stamptest runs OpenSSL as an authority of time, for tests: what is asked and answered is what the world speaks, not what we think it does.
package stamptest

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const settings = `
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

// Authority is "openssl ts" behind HTTP, on loopback, until the test ends.
type Authority struct {
	Address string
	Roots   *x509.CertPool
	Folder  string // holds ca.pem, the root, and what was asked and answered last

	mu sync.Mutex // one answer at a time: serial numbers and files are shared
}

// Start starts an authority with keys of its own; without openssl the test is skipped.
func Start(t testing.TB) *Authority {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("SKIPPED: openssl is not installed")
	}
	a := &Authority{Folder: t.TempDir(), Roots: x509.NewCertPool()}
	for name, text := range map[string]string{"ts.cnf": settings, "serial": "01\n", "ext.cnf": "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n"} {
		if err := os.WriteFile(filepath.Join(a.Folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Racine fictive", "-days", "30"},
		{"req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Horodatage fictif"},
		{"x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "30", "-extfile", "ext.cnf"},
	} {
		if out, err := a.OpenSSL(t, args...); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	ca, err := os.ReadFile(filepath.Join(a.Folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	a.Roots.AppendCertsFromPEM(ca)
	server := httptest.NewServer(http.HandlerFunc(a.answer))
	t.Cleanup(server.Close)
	a.Address = server.URL
	return a
}

// OpenSSL runs the command in the folder of the authority.
func (a *Authority) OpenSSL(t testing.TB, args ...string) ([]byte, error) {
	c := exec.CommandContext(t.Context(), "openssl", args...)
	c.Dir = a.Folder
	return c.CombinedOutput()
}

// Verify has openssl check an answer (TimeStampResp, DER) over a text.
func (a *Authority) Verify(t testing.TB, answer, text []byte) {
	t.Helper()
	for name, content := range map[string][]byte{"a.tsr": answer, "a.txt": text} {
		if err := os.WriteFile(filepath.Join(a.Folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := a.OpenSSL(t, "ts", "-verify", "-in", "a.tsr", "-data", "a.txt", "-CAfile", "ca.pem"); err != nil {
		t.Errorf("openssl does not accept what we do: %s", out)
	}
}

func (a *Authority) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	query, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(a.Folder, "q.tsq"), query, 0o600)
	}
	c := exec.CommandContext(r.Context(), "openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem", "-out", "r.tsr")
	c.Dir = a.Folder
	if out, failed := c.CombinedOutput(); err != nil || failed != nil {
		http.Error(w, string(out), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	http.ServeFile(w, r, filepath.Join(a.Folder, "r.tsr"))
}
