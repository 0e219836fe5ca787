package tlsscan

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
)

// program finds a server of Debian. Without it the test is skipped, unless HYGIE_TEST_REQUIRE lists "exposure".
func program(t *testing.T, name, pack string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
		t.Fatalf("%s is required by HYGIE_TEST_REQUIRE: %v", name, err)
	}
	t.Skipf("%s is not installed (Debian: %s)", name, pack)
	return ""
}

// start runs a server on a free port of this machine until the test ends; where %d stands in an argument the port is written.
func start(t *testing.T, path string, args ...string) perimeter.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "%d", strconv.Itoa(port))
	}
	server := exec.Command(path, args...)
	var said strings.Builder
	server.Stdout, server.Stderr = &said, &said
	stdin, err := server.StdinPipe() // some servers end with their input
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); server.Process.Kill(); server.Wait() })
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	for range 100 {
		if conn, err := net.Dial("tcp", at.String()); err == nil {
			conn.Close()
			target, err := perimeter.Loopback("www.exemple.test", at, 0)
			if err != nil {
				t.Fatal(err)
			}
			return target
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not listen: %s", path, said.String())
	return perimeter.Target{}
}

// files writes a certificate and its key.
func files(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	made := issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, private, nil)
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", made.der), write("key.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private))
}

// scanFull looks at a target with the full list.
func scanFull(t *testing.T, target perimeter.Target) Facts {
	t.Helper()
	f, err := Probe(t.Context(), quick(), target, Options{Suites: true, Roots: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every suite that OpenSSL says it offers, with an RSA certificate, is found; and no other.
func TestAgainstOpenSSL(t *testing.T) {
	openssl := program(t, "openssl", "openssl")
	certificate, key := files(t)
	for _, version := range []struct {
		option string
		v      Version
	}{{"-tls1", TLS10}, {"-tls1_1", TLS11}, {"-tls1_2", TLS12}} {
		t.Run(version.v.String(), func(t *testing.T) {
			list := "ALL:COMPLEMENTOFALL:!PSK:!SRP:!ECDSA:!aDSS:@SECLEVEL=0"
			out, err := exec.Command(openssl, "ciphers", "-V", "-s", version.option, list).Output()
			if err != nil {
				t.Skipf("this OpenSSL does not know %v: %v", version.v, err)
			}
			var want []Suite
			for line := range strings.Lines(string(out)) {
				var high, low uint32
				if _, err := fmt.Sscanf(strings.TrimSpace(line), "0x%x,0x%x", &high, &low); err == nil {
					want = append(want, Suite(high<<8|low))
				}
			}
			slices.Sort(want)
			target := start(t, openssl, "s_server", "-accept", "127.0.0.1:%d", "-cert", certificate, "-key", key, version.option, "-cipher", list, "-quiet", "-www")
			f := scanFull(t, target)
			if got := suitesSeen(f, version.v); !slices.Equal(got, want) {
				t.Errorf("got %d suites, OpenSSL says %d:\n%v\n%v", len(got), len(want), got, want)
			}
			for _, other := range Versions() {
				if a := f.Version(other).Accepted; a.Yes() != (other == version.v) || a.Unknown() {
					t.Errorf("%v: %+v", other, a)
				}
			}
			if len(f.Chains) != 1 || f.Leaf().Key.Bits != 2048 {
				t.Errorf("chains %+v", f.Chains)
			}
		})
	}
}

// Early data is what only the tickets of TLS 1.3 tell.
func TestEarlyData(t *testing.T) {
	openssl := program(t, "openssl", "openssl")
	certificate, key := files(t)
	for name, option := range map[string]string{"yes": "-early_data", "no": "-no_anti_replay"} {
		t.Run(name, func(t *testing.T) {
			target := start(t, openssl, "s_server", "-accept", "127.0.0.1:%d", "-cert", certificate, "-key", key, "-tls1_3", option, "-quiet")
			f, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
			if err != nil {
				t.Fatal(err)
			}
			if string(f.EarlyData.Is) != name || len(f.Chains) != 1 {
				t.Errorf("early data %+v, %d chains", f.EarlyData, len(f.Chains))
			}
		})
	}
}

// GnuTLS still speaks RC4 and triple DES, which OpenSSL of Debian has forgotten.
func TestAgainstGnuTLS(t *testing.T) {
	gnutls := program(t, "gnutls-serv", "gnutls-bin")
	certificate, key := files(t)
	target := start(t, gnutls, "--port", "%d", "--x509certfile", certificate, "--x509keyfile", key, "--echo", "--quiet", "--noticket",
		"--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+NULL:+MD5:+ANON-ECDH:%COMPAT")
	f := scanFull(t, target)
	for _, c := range []Class{NoEncryption, Anonymous, RC4, SmallBlock, NoForwardSecrecy, Modern} {
		if a := f.Class(c).Accepted; !a.Yes() {
			t.Errorf("%s: %+v", c, a)
		}
	}
	if !f.Version(TLS10).Accepted.Yes() || !f.Version(TLS12).Accepted.Yes() || !f.Version(TLS11).Accepted.No() {
		t.Errorf("versions %+v", f.Versions)
	}
	quickly, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Classes() {
		if all, few := f.Class(c).Accepted.Is, quickly.Class(c).Accepted.Is; all != few {
			t.Errorf("%s: %s by the list, %s by the verdict", c, all, few)
		}
	}
}

// The standard library's server: two kinds of key, a hybrid group, stapling.
func TestAgainstGo(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	one, two := issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, private, nil), issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, nil, nil)
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{
		{Certificate: [][]byte{one.der}, PrivateKey: one.key, OCSPStaple: []byte("an answer of OCSP"), SignedCertificateTimestamps: [][]byte{[]byte("timestamp")}},
		{Certificate: [][]byte{two.der}, PrivateKey: two.key, OCSPStaple: []byte("an answer of OCSP"), SignedCertificateTimestamps: [][]byte{[]byte("timestamp")}},
	}}
	target := listen(t, 0, func(c net.Conn) {
		defer c.Close()
		c.SetDeadline(time.Now().Add(3 * time.Second))
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			io.Copy(io.Discard, s)
		}
	})
	d := quick()
	f, err := Probe(t.Context(), d, target, Options{Roots: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Opened(); n > 13 {
		t.Errorf("%d connections", n)
	}
	if !f.Hybrid.Yes() || !f.Stapling.Yes() || f.ALPN != "http/1.1" || !f.Version(TLS13).Accepted.Yes() || !f.FallbackSignal.Yes() {
		t.Errorf("hybrid %+v, stapling %+v, protocol %q, fallback %+v", f.Hybrid, f.Stapling, f.ALPN, f.FallbackSignal)
	}
	var kinds []string
	for _, c := range f.Chains {
		kinds = append(kinds, c.Certificates[0].Key.Algorithm)
		if c.Timestamps != 1 {
			t.Errorf("%d timestamps", c.Timestamps)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"EC", "RSA"}) {
		t.Errorf("keys %v", kinds)
	}
}

// In TLS 1.3 the suites name no kind of key: certificates of each kind are asked for by the schemes that sign.
func TestCertificatesOfTLS13Alone(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var list []tls.Certificate
	for _, key := range []any{private, nil} {
		made := issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, key, nil)
		list = append(list, tls.Certificate{Certificate: [][]byte{made.der}, PrivateKey: made.key})
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: list}
	for name, stumbles := range map[string]bool{"sound": false, "hangs up where stapling is asked for": true} {
		t.Run(name, func(t *testing.T) {
			target := listen(t, 0, func(c net.Conn) {
				defer c.Close()
				c.SetDeadline(time.Now().Add(3 * time.Second))
				in := bufio.NewReader(c)
				h, raw, err := readHello(in)
				if _, asked := h.extensions[extStatusRequest]; err != nil || stumbles && asked {
					return
				}
				s := tls.Server(&replayed{c, io.MultiReader(bytes.NewReader(raw), in)}, config)
				if s.Handshake() == nil {
					io.Copy(io.Discard, s)
				}
			})
			f, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, c := range f.Chains {
				kinds = append(kinds, c.Certificates[0].Key.Algorithm)
			}
			slices.Sort(kinds)
			if !slices.Equal(kinds, []string{"EC", "RSA"}) || !f.EarlyData.No() || f.Stapling.Unknown() != stumbles {
				t.Errorf("keys %v, early data %+v, stapling %+v", kinds, f.EarlyData, f.Stapling)
			}
		})
	}
}

// Whatever suite and group a server chooses among ours, its certificate and tickets are read on one connection; a group that is not ours
// costs another, and so does a server of none of the protocols of the web.
func TestWholeHandshakes(t *testing.T) {
	openssl := program(t, "openssl", "openssl")
	certificate, key := files(t)
	for name, options := range map[string][]string{
		"AES 128, X25519":  {"-ciphersuites", "TLS_AES_128_GCM_SHA256", "-groups", "X25519"},
		"AES 256, P-256":   {"-ciphersuites", "TLS_AES_256_GCM_SHA384", "-groups", "P-256"},
		"ChaCha20, P-384":  {"-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", "-groups", "P-384"},
		"AES 128, P-521":   {"-ciphersuites", "TLS_AES_128_GCM_SHA256", "-groups", "P-521"},
		"X448 before ours": {"-ciphersuites", "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256", "-serverpref", "-groups", "X448:P-256"},
		"wants to know us": {"-Verify", "1", "-verify_quiet"},
		"other protocols":  {"-alpn", "imap"},
	} {
		t.Run(name, func(t *testing.T) {
			target := start(t, openssl, append([]string{"s_server", "-accept", "127.0.0.1:%d", "-cert", certificate, "-key", key, "-tls1_3", "-quiet"}, options...)...)
			f, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Chains) != 1 || f.Leaf().Key.Bits != 2048 || f.AsksClient != (name == "wants to know us") || !f.EarlyData.No() && !f.AsksClient {
				t.Errorf("%d chains, asks %v, early data %+v", len(f.Chains), f.AsksClient, f.EarlyData)
			}
		})
	}
}
