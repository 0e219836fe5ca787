package service

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

var (
	record = flag.Bool("record", false, "keep what real servers say in testdata/*.talk")
	update = flag.Bool("update", false, "keep the facts read from testdata/*.talk as those expected")
)

// swift is a dialer without courtesy, for servers of the test's own.
func swift() *reach.Dialer {
	return reach.New(reach.Limits{PerAddress: 32, PerSecond: 1e5, PerNetwork: 1e5, Connect: 700 * time.Millisecond, Exchange: 8 * time.Second})
}

func loopback(t testing.TB, at string, classes perimeter.Class) perimeter.Target {
	t.Helper()
	target, err := perimeter.Loopback("", netip.MustParseAddrPort(at), classes)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// quick are options for servers that answer at once.
func quick(expected string) Options {
	return Options{Expected: expected, Greeting: 300 * time.Millisecond, Answer: 2 * time.Second}
}

// A talk is what a client and a server said: connections, or datagrams, in order. In its file, "> hex" is the client, "< hex" the server,
// "---" the next connection; the head says where it comes from and how it is played again.
type talkFile struct {
	from      string // where it comes from
	transport string
	expected  string
	guest     bool
	parts     [][]turn
}

type turn struct {
	client bool
	bytes  []byte
}

func readTalk(t testing.TB, name string) talkFile {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := talkFile{transport: "tcp", parts: [][]turn{nil}}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		switch kind {
		case "from":
			f.from = rest
		case "play":
			for word := range strings.FieldsSeq(rest) {
				switch word {
				case "tcp", "udp":
					f.transport = word
				case "guest":
					f.guest = true
				default:
					f.expected = word
				}
			}
		case "---":
			f.parts = append(f.parts, nil)
		case ">", "<":
			b, err := hex.DecodeString(rest)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			last := len(f.parts) - 1
			f.parts[last] = append(f.parts[last], turn{kind == ">", b})
		}
	}
	return f
}

func (f talkFile) write(name string) error {
	var b strings.Builder
	play := f.transport + " " + f.expected
	if f.guest {
		play += " guest"
	}
	fmt.Fprintf(&b, "from %s\nplay %s\n", f.from, play)
	for i, part := range f.parts {
		if i > 0 {
			b.WriteString("---\n")
		}
		for _, turn := range part {
			mark := "<"
			if turn.client {
				mark = ">"
			}
			fmt.Fprintf(&b, "%s %x\n", mark, turn.bytes)
		}
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

// serve plays the server's side again: it waits for as many bytes as the client sent then, whatever they are.
func (f talkFile) serve(t *testing.T) string {
	t.Helper()
	if f.transport == "udp" {
		return f.serveUDP(t)
	}
	return accept(t, func(i int, c net.Conn) {
		if i >= len(f.parts) {
			return
		}
		c.SetDeadline(time.Now().Add(3 * time.Second))
		for _, turn := range f.parts[i] {
			if turn.client {
				if _, err := io.CopyN(io.Discard, c, int64(len(turn.bytes))); err != nil {
					return
				}
			} else if _, err := c.Write(turn.bytes); err != nil {
				return
			}
		}
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c) // a close with bytes unread would cut what was said
	})
}

// accept listens and gives each connection, counted from 0, to handle, which need not close it.
func accept(t *testing.T, handle func(i int, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for i := 0; ; i++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); handle(i, c) }()
		}
	}()
	return l.Addr().String()
}

func (f talkFile) serveUDP(t *testing.T) string {
	return hear(t, func(question []byte, answer func([]byte)) bool {
		for _, part := range f.parts { // the same question has the same answers, whenever it comes
			if len(part) > 0 && bytes.Equal(part[0].bytes, question) {
				for _, turn := range part[1:] {
					answer(turn.bytes)
				}
				break
			}
		}
		return true
	})
}

// hear gives each datagram that comes to handle, until that says no.
func hear(t *testing.T, handle func(question []byte, answer func([]byte)) bool) string {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		buffer := make([]byte, 65535)
		for {
			n, from, err := l.ReadFrom(buffer)
			if err != nil || !handle(bytes.Clone(buffer[:n]), func(b []byte) { l.WriteTo(b, from) }) {
				return
			}
		}
	}()
	return l.LocalAddr().String()
}

// play probes the server that a talk plays.
func (f talkFile) play(t *testing.T) (Facts, error) { return f.playWith(t, quick(f.expected)) }

func (f talkFile) playWith(t *testing.T, o Options) (Facts, error) {
	var classes perimeter.Class
	if f.guest {
		classes = perimeter.GuestAccess
	}
	target := loopback(t, f.serve(t), classes)
	return probe(t, f.transport, target, o)
}

func probe(t *testing.T, transport string, target perimeter.Target, o Options) (Facts, error) {
	if transport == "udp" {
		return ProbeUDP(t.Context(), swift(), target, o)
	}
	return Probe(t.Context(), swift(), target, o)
}

// Each talk kept in testdata gives the facts kept beside it.
func TestTalks(t *testing.T) {
	names, err := filepath.Glob("testdata/*.talk")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d talks, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".talk"), func(t *testing.T) {
			t.Parallel()
			f := readTalk(t, name)
			facts, err := f.play(t)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(facts, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := strings.TrimSuffix(name, ".talk") + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("facts differ from %s:\n%s", golden, got)
			}
		})
	}
}

// recorder stands between a probe and a real server and keeps what both say.
type recorder struct {
	mu   sync.Mutex
	file talkFile
	dial func(network, address string) (net.Conn, error) // net.Dial if nil
}

// between listens on a port of its own and passes everything on to the server at addr.
func (r *recorder) between(t *testing.T, addr string) string {
	t.Helper()
	if r.file.transport == "udp" {
		return r.betweenUDP(t, addr)
	}
	return accept(t, func(_ int, client net.Conn) {
		server, err := r.reach("tcp", addr)
		if err != nil {
			return
		}
		i := r.part()
		pass := func(to, from net.Conn, isClient bool) {
			b := make([]byte, 65536)
			for {
				n, err := from.Read(b)
				if n > 0 {
					r.keep(i, isClient, b[:n])
					to.Write(b[:n])
				}
				if err != nil {
					to.Close()
					from.Close()
					return
				}
			}
		}
		go pass(server, client, true)
		pass(client, server, false)
	})
}

// part begins a connection or a datagram.
func (r *recorder) part() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.file.parts = append(r.file.parts, nil)
	return len(r.file.parts) - 1
}

func (r *recorder) keep(i int, client bool, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	part := r.file.parts[i]
	if n := len(part); n > 0 && part[n-1].client == client && r.file.transport == "tcp" {
		part[n-1].bytes = append(part[n-1].bytes, b...)
		return
	}
	r.file.parts[i] = append(part, turn{client, bytes.Clone(b)})
}

func (r *recorder) betweenUDP(t *testing.T, addr string) string {
	return hear(t, func(question []byte, answer func([]byte)) bool {
		read, write, err := r.socket(addr)
		if err != nil {
			return false
		}
		i := r.part()
		r.keep(i, true, question)
		write(question)
		go func() {
			b := make([]byte, 65535)
			for {
				n, err := read(b)
				if err != nil {
					return
				}
				r.keep(i, false, b[:n])
				answer(b[:n])
			}
		}()
		return true
	})
}

func (r *recorder) reach(network, addr string) (net.Conn, error) {
	if r.dial != nil {
		return r.dial(network, addr)
	}
	return net.Dial(network, addr)
}

// socket is a way to send to a server by UDP, and to read what it answers for 600 ms. On this machine any port may answer, as TFTP does.
func (r *recorder) socket(addr string) (read func([]byte) (int, error), write func([]byte), err error) {
	end := time.Now().Add(600 * time.Millisecond)
	if r.dial != nil {
		c, err := r.dial("udp", addr)
		if err != nil {
			return nil, nil, err
		}
		c.SetReadDeadline(end)
		return c.Read, func(b []byte) { c.Write(b) }, nil
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	to, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, nil, err
	}
	c.SetReadDeadline(end)
	return func(b []byte) (int, error) { n, _, err := c.ReadFrom(b); return n, err }, func(b []byte) { c.WriteTo(b, to) }, nil
}

// finish writes the talk, without the parts in which the server said nothing.
func (r *recorder) finish(t *testing.T, name string) {
	t.Helper()
	time.Sleep(50 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file.transport == "udp" {
		var parts [][]turn
		for _, p := range r.file.parts {
			if len(p) > 1 {
				parts = append(parts, p)
			}
		}
		r.file.parts = parts
	}
	if err := r.file.write(filepath.Join("testdata", name+".talk")); err != nil {
		t.Fatal(err)
	}
}

func replace(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }

// TestCapture keeps what a server that already runs says: HYGIE_CAPTURE is "name transport protocol address:port from where".
func TestCapture(t *testing.T) {
	words := strings.SplitN(os.Getenv("HYGIE_CAPTURE"), " ", 5)
	if len(words) < 5 {
		t.Skip("no server is named by HYGIE_CAPTURE")
	}
	r := &recorder{file: talkFile{from: words[4], transport: words[1], expected: words[2], guest: true}}
	target := loopback(t, r.between(t, words[3]), perimeter.GuestAccess)
	f, err := probe(t, words[1], target, quick(words[2]))
	t.Logf("%v %+v", err, f)
	r.finish(t, words[0])
}
