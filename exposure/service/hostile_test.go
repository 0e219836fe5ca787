package service

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// hostileOptions give up early: the servers below never say anything of use.
func hostileOptions(expected string) Options {
	return Options{Expected: expected, Greeting: 30 * time.Millisecond, Answer: 60 * time.Millisecond}
}

// Every talk, cut at many places, ends without a panic and never proves more than the whole did.
func TestTalksCutShort(t *testing.T) {
	names, err := filepath.Glob("testdata/*.talk")
	if err != nil || len(names) == 0 {
		t.Fatal("no talks", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".talk"), func(t *testing.T) {
			t.Parallel()
			whole := readTalk(t, name)
			if whole.transport == "udp" {
				t.Skip("a datagram comes whole or not at all; fuzzing cuts them")
			}
			total := 0
			for _, part := range whole.parts {
				for _, turn := range part {
					if !turn.client {
						total += len(turn.bytes)
					}
				}
			}
			for _, left := range []int{0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, total / 2, total - 1} {
				if left < 0 || left >= total {
					continue
				}
				cut := whole.cut(left)
				f, err := cut.playWith(t, hostileOptions(whole.expected))
				if err == nil && f.Protocol == "" && len(f.Tried) == 0 {
					t.Errorf("cut to %d bytes: neither an error nor what was tried: %+v", left, f)
				}
			}
		})
	}
}

// cut keeps the first bytes that the server said.
func (f talkFile) cut(left int) talkFile {
	out := f
	out.parts = nil
	for _, part := range f.parts {
		var kept []turn
		for _, each := range part {
			if each.client {
				kept = append(kept, each)
				continue
			}
			n := min(left, len(each.bytes))
			kept = append(kept, turn{false, each.bytes[:n]})
			left -= n
			if n < len(each.bytes) {
				break
			}
		}
		out.parts = append(out.parts, kept)
	}
	return out
}

// hostile gives each connection to handle.
func hostile(t *testing.T, handle func(net.Conn)) string {
	return accept(t, func(_ int, c net.Conn) { handle(c) })
}

// No probe takes a server that makes no sense for the service it looks for, and each ends in bounded time.
func TestServersWithoutSense(t *testing.T) {
	servers := map[string]func(net.Conn){
		"silence": func(c net.Conn) { io.Copy(io.Discard, c) },
		"noise": func(c net.Conn) {
			r := rand.New(rand.NewPCG(1, 2))
			b := make([]byte, 4096)
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			b[0] = 0x01 // no prefix of anything
			c.Write(b)
		},
		"echo": func(c net.Conn) { io.Copy(c, c) },
		"zeros": func(c net.Conn) {
			for {
				if _, err := c.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		},
		"one byte a second": func(c net.Conn) {
			for range 20 {
				if _, err := c.Write([]byte{'S'}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		},
		"endless line": func(c net.Conn) {
			for {
				if _, err := c.Write(bytes.Repeat([]byte("A"), 4096)); err != nil {
					return
				}
			}
		},
		"hangs up": func(net.Conn) {},
	}
	for server, handle := range servers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			addr := hostile(t, handle)
			for _, p := range protocols() {
				if p.mute {
					continue
				}
				// lpd answers in plain words, whatever they are: the protocol has no other mark (RFC 1179 5.3).
				if p.name == "lpd" {
					continue
				}
				begin := time.Now()
				f, err := Probe(t.Context(), swift(), loopback(t, addr, perimeter.GuestAccess), hostileOptions(p.name))
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("%s: %v", p.name, took)
				}
				if err == nil && f.Protocol != "" {
					t.Errorf("%s sees %s: %q", p.name, f.Protocol, f.Seen)
				}
			}
		})
	}
}

// A port that prints or files what it receives is never sent a byte.
func TestMutePortsReceiveNothing(t *testing.T) {
	for _, p := range protocols() {
		if !p.mute {
			continue
		}
		got := make(chan int, 10)
		addr := hostile(t, func(c net.Conn) {
			b, _ := io.ReadAll(c)
			got <- len(b)
		})
		f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), hostileOptions(p.name))
		if err != nil || f.Protocol != p.name || f.How != ByOwner {
			t.Errorf("%s: %+v, %v", p.name, f, err)
		}
		if n := <-got; n != 0 {
			t.Errorf("%s received %d bytes", p.name, n)
		}
	}
	// By its number as well as by declaration.
	known := protocols()
	for _, port := range []uint16{2575, 9100, 513} {
		if p, _ := expect(known, "", port); p == nil || !p.mute {
			t.Errorf("port %d is not mute", port)
		}
	}
}

func TestUnknownPortKeepsBytes(t *testing.T) {
	count := 0
	addr := hostile(t, func(c net.Conn) {
		count++
		c.Write([]byte("\x01\x02demo"))
		time.Sleep(50 * time.Millisecond)
	})
	f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), hostileOptions(""))
	if err != nil || f.Protocol != "" || len(f.Tried) != 3 || !bytes.Equal(f.Tried[0].Got, []byte("\x01\x02demo")) {
		t.Errorf("%+v, %v", f, err)
	}
	if count > 3 {
		t.Errorf("%d connections to a port of unknown use", count)
	}
}

func TestClosedPortIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, expected := range []string{"", "ssh", "hl7"} {
		if _, err := Probe(t.Context(), swift(), loopback(t, addr, 0), quick(expected)); reach.Why(err) != reach.Refused {
			t.Errorf("%q: %v", expected, err)
		}
	}
}

// Guests are only tried where the mandate names it.
func TestGuestsNeedTheMandate(t *testing.T) {
	var said bytes.Buffer
	addr := hostile(t, func(c net.Conn) {
		c.Write([]byte("220 (vsFTPd 3.0.3)\r\n"))
		b := make([]byte, 1024)
		for {
			n, err := c.Read(b)
			said.Write(b[:n])
			if err != nil {
				return
			}
			c.Write([]byte("530 no\r\n"))
		}
	})
	f, err := Probe(t.Context(), swift(), loopback(t, addr, 0), quick("ftp"))
	if err != nil || f.Guest.Is != Unknown || f.Guest.Why != NotMandated {
		t.Errorf("%+v, %v", f.Guest, err)
	}
	if strings.Contains(said.String(), "USER") {
		t.Errorf("said %q without a mandate", said.String())
	}
}

// A port that speaks TLS is seen for what it is whatever its number, and so is one whose inside is closed to strangers.
func TestTLSWhereverItIs(t *testing.T) {
	server := func(clients tls.ClientAuthType) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Server", "demo/1.0") }))
		s.TLS = &tls.Config{ClientAuth: clients}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	open := server(tls.NoClientCert).Listener.Addr().String()
	for _, expected := range []string{"", "http", "redis"} { // in clear first, where the port or the owner says so
		f, err := Probe(t.Context(), swift(), loopback(t, open, 0), quick(expected))
		if err != nil || f.Protocol != "http" || !f.TLS || f.Product != "demo" || f.Certificate == nil {
			t.Errorf("expected %q: %+v, %v", expected, f, err)
		}
	}
	closed := server(tls.RequireAnyClientCert).Listener.Addr().String()
	f, err := Probe(t.Context(), swift(), loopback(t, closed, 0), quick(""))
	if err != nil || f.Protocol != "" || !f.TLS {
		t.Errorf("closed to strangers: %+v, %v", f, err)
	}
}

// The same for datagrams: a question that comes back is no answer.
func TestDatagramsWithoutSense(t *testing.T) {
	noise := make([]byte, 600)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	answers := map[string]func([]byte) []byte{
		"echo":         func(b []byte) []byte { return b },
		"nothing":      func([]byte) []byte { return nil },
		"zeros":        func([]byte) []byte { return make([]byte, 600) },
		"noise":        func([]byte) []byte { return noise },
		"one byte":     func(b []byte) []byte { return b[:1] },
		"half an echo": func(b []byte) []byte { return b[:len(b)/2] },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := hear(t, func(b []byte, say func([]byte)) bool { say(answer(b)); return true })
			dialer := reach.New(reach.Limits{PerAddress: 32, PerSecond: 1e5, PerNetwork: 1e5, Connect: 30 * time.Millisecond})
			for _, p := range datagrams() {
				f, err := ProbeUDP(t.Context(), dialer, loopback(t, addr, perimeter.GuestAccess), hostileOptions(p.name))
				if err == nil {
					t.Errorf("%s: %+v", p.name, f)
				}
			}
		})
	}
}

func TestUDPPortOfNoProtocol(t *testing.T) {
	if _, err := ProbeUDP(t.Context(), swift(), loopback(t, "127.0.0.1:9", 0), Options{}); err == nil {
		t.Error("a port without a question was asked")
	}
}
