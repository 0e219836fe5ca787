package tlsscan

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"hygie/exposure/perimeter"
)

// flawed scans a server with the mandate's leave and gives one flaw.
func flawed(t *testing.T, serve func(net.Conn), name string) Flaw {
	t.Helper()
	target := listen(t, perimeter.KnownFlaws, serve)
	d := quick()
	f, err := Probe(t.Context(), d, target, Options{Wait: 500 * time.Millisecond, Roots: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Opened(); n > VerdictConnections+flawConnections {
		t.Errorf("%d connections", n)
	}
	for _, flaw := range f.Flaws {
		if flaw.Name == name {
			return flaw
		}
	}
	t.Fatalf("%s was not looked at: %+v", name, f.Flaws)
	return Flaw{}
}

func TestFlawsNeedTheMandate(t *testing.T) {
	target := listen(t, perimeter.MailRelay, good(t).serve)
	f, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
	if err != nil || len(f.Flaws) > 0 {
		t.Errorf("flaws %+v, error %v", f.Flaws, err)
	}
}

// oldServer speaks TLS 1.0 with an RSA key exchange.
func oldServer(t *testing.T) (*fake, *rsa.PrivateKey) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return &fake{suites: map[Version][]Suite{TLS10: {0x002f}}, refusal: alertHandshakeFailure, leaf: issue(t, x509.Certificate{}, key, nil).der,
		echoes: []uint16{extHeartbeat, extRenegotiation}}, key
}

func TestHeartbleed(t *testing.T) {
	for name, c := range map[string]struct {
		answers bool
		takes   bool // takes up the extension
		want    State
	}{
		"bleeds": {true, true, Yes}, "drops it": {false, true, No}, "has no heartbeats": {false, false, No},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := oldServer(t)
			if !c.takes {
				server.echoes = nil
			}
			server.after = func(conn net.Conn, in *bufio.Reader, _ clientHello) {
				head := make([]byte, 5)
				if _, err := io.ReadFull(in, head); err != nil || head[0] != typeHeartbeat {
					return
				}
				body := make([]byte, head[4])
				io.ReadFull(in, body)
				if !bytes.Equal(body, []byte{1, 0, 1}) {
					t.Errorf("a heartbeat of % x: more than one byte was asked for", body)
				}
				if c.answers {
					conn.Write(recordOf(typeHeartbeat, TLS10, append([]byte{2, 0, 1, 's'}, make([]byte, 16)...)...))
				}
			}
			if got := flawed(t, server.serve, Heartbleed); got.Present.Is != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestEarlyCipher(t *testing.T) {
	for name, c := range map[string]struct {
		alert Alert
		want  State
	}{"takes it": {alertBadRecord, Yes}, "protests": {alertUnexpected, No}, "protests otherwise": {alertHandshakeFailure, No}, "closes": {0, No}} {
		t.Run(name, func(t *testing.T) {
			server, _ := oldServer(t)
			server.after = func(conn net.Conn, in *bufio.Reader, _ clientHello) {
				early := make([]byte, 12)
				if _, err := io.ReadFull(in, early); err == nil && early[0] == typeChangeCipherSpec && c.alert != 0 {
					conn.Write(recordOf(typeAlert, TLS10, 2, byte(c.alert)))
				}
			}
			if got := flawed(t, server.serve, EarlyCipher); got.Present.Is != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRobot(t *testing.T) {
	server, key := oldServer(t)
	sound := func([]byte) Alert { return alertBadRecord }
	for name, c := range map[string]struct {
		react func(plain []byte) Alert // to a decrypted secret; 0 hangs up
		want  State
	}{
		"sound": {sound, No},
		"tells a wrong padding": {func(b []byte) Alert {
			return map[bool]Alert{true: alertBadRecord, false: alertHandshakeFailure}[b[0] == 0 && b[1] == 2]
		}, Yes},
		"hangs up on a wrong end": {func(b []byte) Alert {
			return map[bool]Alert{true: 0, false: alertBadRecord}[bytes.IndexByte(b[2:], 0) < 0]
		}, Yes},
		"tells a wrong version": {func(b []byte) Alert {
			return map[bool]Alert{true: alertBadRecord, false: alertProtocolVersion}[bytes.Contains(b, []byte{0, 3, 3})]
		}, Yes},
		"always hangs up": {func([]byte) Alert { return 0 }, No},
	} {
		t.Run(name, func(t *testing.T) {
			server.after = func(conn net.Conn, in *bufio.Reader, _ clientHello) {
				head := make([]byte, 5)
				if _, err := io.ReadFull(in, head); err != nil || head[0] != typeHandshake {
					return
				}
				body := make([]byte, int(head[3])<<8|int(head[4]))
				io.ReadFull(in, body)
				if len(body) != 6+128 || body[0] != 16 {
					t.Errorf("ClientKeyExchange % x", body[:min(len(body), 8)])
					return
				}
				sealed := new(big.Int).SetBytes(body[6:])
				plain := sealed.Exp(sealed, key.D, key.N).FillBytes(make([]byte, 128))
				if a := c.react(plain); a != 0 {
					conn.Write(recordOf(typeAlert, TLS10, 2, byte(a)))
				}
			}
			if got := flawed(t, server.serve, Robot); got.Present.Is != c.want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A real server gives the ticket; what it says to a short session identifier is played.
func TestTicketbleed(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	made := issue(t, x509.Certificate{DNSNames: []string{"www.exemple.test"}}, key, nil)
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{made.der}, PrivateKey: key}}, MaxVersion: tls.VersionTLS12}
	for name, bleeds := range map[string]bool{"sound": false, "bleeds": true} {
		t.Run(name, func(t *testing.T) {
			server, _ := oldServer(t)
			serve := func(conn net.Conn) {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(3 * time.Second))
				in := bufio.NewReader(conn)
				if first, err := in.Peek(1); err != nil || first[0] != typeHandshake {
					return
				}
				h, raw, err := readHello(in)
				if err == nil && bleeds && len(h.session) == 31 {
					h.session, h.version = append(h.session, 'm'), TLS10
					out, _ := server.answer(h)
					conn.Write(out)
					return
				}
				s := tls.Server(&replayed{conn, io.MultiReader(bytes.NewReader(raw), in)}, config)
				if s.Handshake() == nil {
					io.Copy(io.Discard, s)
				}
			}
			want := No
			if bleeds {
				want = Yes
			}
			if got := flawed(t, serve, Ticketbleed); got.Present.Is != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// replayed is a connection whose first bytes were read already.
type replayed struct {
	net.Conn
	r io.Reader
}

func (r *replayed) Read(p []byte) (int, error) { return r.r.Read(p) }

func TestDrown(t *testing.T) {
	server, _ := oldServer(t)
	server.kinds = []Suite{0x010080}
	if got := flawed(t, server.serve, Drown); !got.Present.Yes() {
		t.Errorf("got %+v", got)
	}
	server.kinds = nil
	if got := flawed(t, server.serve, Drown); !got.Present.No() {
		t.Errorf("got %+v", got)
	}
}
