package smb

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// plain is a logon whose key both sides know: the fake server signs with it.
type plain struct{ done bool }

var secret = []byte("0123456789abcdef")

func (p *plain) begin(context.Context, string) ([]byte, []byte, error) {
	return oidNTLM, []byte("hello"), nil
}
func (p *plain) next([]byte) ([]byte, error) { p.done = true; return nil, nil }
func (p *plain) protect([]byte) []byte       { return nil }
func (p *plain) key() ([]byte, error)        { return secret, nil }

// fake answers as a server of SMB 2.1 does, each answer changed by a test.
type fake struct {
	change func(command uint16, n int, answer []byte) []byte // of a whole message, before it is signed
	raw    func(command uint16, n int, frame []byte) []byte  // of what goes on the wire
	seen   []uint16
	counts map[uint16]int
}

// answer makes a sound answer.
func (f *fake) answer(command uint16, n int) []byte {
	status := uint32(0)
	var body []byte
	switch command {
	case cmdNegotiate:
		body = make([]byte, 64)
		binary.LittleEndian.PutUint16(body, 65)
		body[2] = 3
		binary.LittleEndian.PutUint16(body[4:], dialect210)
	case cmdSessionSetup:
		body = make([]byte, 8)
		binary.LittleEndian.PutUint16(body, 9)
	case cmdTreeConnect:
		body = make([]byte, 16)
		binary.LittleEndian.PutUint16(body, 16)
		body[2] = 1
	case cmdCreate:
		body = make([]byte, 88)
		binary.LittleEndian.PutUint16(body, 89)
		binary.LittleEndian.PutUint64(body[48:], 5)
		copy(body[64:], "handle")
	case cmdRead:
		body = append(make([]byte, 16), "hello"...)
		binary.LittleEndian.PutUint16(body, 17)
		body[2] = headerSize + 16
		binary.LittleEndian.PutUint32(body[4:], 5)
		if n > 0 {
			status, body = uint32(statusEndOfFile), make([]byte, 9)
		}
	case cmdQueryDirectory:
		list := append(listing("GPT.INI", 0x20, 0), listing("Machine", 0x10, 0)...)
		binary.LittleEndian.PutUint32(list, uint32(len(list)/2))
		body = append(make([]byte, 8), list...)
		binary.LittleEndian.PutUint16(body[2:], headerSize+8)
		binary.LittleEndian.PutUint32(body[4:], uint32(len(list)))
		if n > 0 {
			status, body = uint32(statusNoMoreFiles), make([]byte, 9)
		}
	case cmdQueryInfo:
		body = append(make([]byte, 8), "descriptor"...)
		binary.LittleEndian.PutUint16(body[2:], headerSize+8)
		binary.LittleEndian.PutUint32(body[4:], 10)
	default:
		body = make([]byte, 60)
	}
	message := appendHeader(nil, header{command: command, credits: 8, flags: flagResponse, message: 0, tree: 7, session: 42})
	binary.LittleEndian.PutUint32(message[8:], status)
	return append(message, body...)
}

// listing makes an entry of a folder, always as long.
func listing(name string, attributes, tag uint32) []byte {
	b := make([]byte, 104+32)
	binary.LittleEndian.PutUint32(b[56:], attributes)
	binary.LittleEndian.PutUint32(b[60:], uint32(2*len(name)))
	binary.LittleEndian.PutUint32(b[64:], tag)
	copy(b[104:], utf16le(name))
	return b
}

func (f *fake) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	f.counts = make(map[uint16]int)
	signer := &Client{dialect: dialect210, key: secret}
	for {
		request, err := readFrame(conn)
		if err != nil {
			return
		}
		h, err := readHeader(request)
		if err != nil {
			return
		}
		n := f.counts[h.command]
		f.counts[h.command]++
		f.seen = append(f.seen, h.command)
		answer := f.answer(h.command, n)
		binary.LittleEndian.PutUint64(answer[24:], h.message)
		if f.change != nil {
			answer = f.change(h.command, n, answer)
		}
		if h.command != cmdNegotiate && len(answer) >= headerSize {
			binary.LittleEndian.PutUint32(answer[16:], binary.LittleEndian.Uint32(answer[16:])|flagSigned)
			copy(answer[48:64], signer.sign(answer))
		}
		frame := append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...)
		if f.raw != nil {
			frame = f.raw(h.command, n, frame)
		}
		if _, err := conn.Write(frame); err != nil {
			return
		}
	}
}

// visit does all that a client can do.
func visit(t testing.TB, f *fake) error {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() { defer close(done); f.serve(theirs) }()
	defer func() { _ = ours.Close(); <-done }()
	c, err := Connect(t.Context(), Options{
		Server: "dc1", Logon: &plain{}, Timeout: 2 * time.Second,
		Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil },
	})
	if err != nil {
		return err
	}
	share, err := c.Share(t.Context(), "SYSVOL")
	if err != nil {
		return err
	}
	list, err := share.List(t.Context(), "")
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.ContainsAny(e.Name, "/\\\x00") || e.Name == ".." {
			t.Errorf("name %q", e.Name)
		}
	}
	b, err := share.Read(t.Context(), "GPT.INI", 100)
	if err != nil {
		return err
	}
	d, err := share.Descriptor(t.Context(), "GPT.INI")
	if err != nil {
		return err
	}
	if f.change == nil && f.raw == nil && (len(list) != 2 || !list[1].Folder || string(b) != "hello" || string(d) != "descriptor") {
		t.Errorf("%v %q %q", list, b, d)
	}
	return c.Close()
}

func TestFakeServer(t *testing.T) {
	f := &fake{}
	if err := visit(t, f); err != nil {
		t.Fatal(err)
	}
	allowed := []uint16{cmdNegotiate, cmdSessionSetup, cmdLogoff, cmdTreeConnect, cmdCreate, cmdClose, cmdRead, cmdQueryDirectory, cmdQueryInfo}
	for _, command := range f.seen {
		if !slices.Contains(allowed, command) {
			t.Errorf("command %d was sent", command)
		}
	}
}

func TestHostileAnswers(t *testing.T) {
	put16 := func(at int, v uint16) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint16(b[at:], v) }
	}
	put32 := func(at int, v uint32) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
	}
	for _, row := range []struct {
		name    string
		command uint16
		change  func([]byte)
		want    string
	}{
		{"dialect not offered", cmdNegotiate, put16(headerSize+4, 0x0202), "dialect 0x0202"},
		{"3.1.1 without contexts", cmdNegotiate, put16(headerSize+4, dialect311), "no digest"},
		{"guest session", cmdSessionSetup, put16(headerSize+2, sessionGuest), "guest session"},
		{"token outside", cmdSessionSetup, put16(headerSize+6, 500), "a buffer of 500 bytes"},
		{"printer", cmdTreeConnect, put16(headerSize+2, 3), "does not hold files"},
		{"share that demands encryption", cmdTreeConnect, put32(headerSize+4, 0x8000), "demands encryption"},
		{"refused", cmdCreate, put32(8, uint32(AccessDenied)), "access denied"},
		{"too large", cmdCreate, put32(headerSize+48, 1000), "1000 bytes, at most 100"}, // the second one opened: the first is a folder
		{"data outside", cmdRead, put32(headerSize+4, 1<<31), "a buffer of"},
		{"list outside", cmdQueryDirectory, put32(headerSize+4, 0xffffffff), "a buffer of"},
		{"entry outside", cmdQueryDirectory, put32(headerSize+8, 1<<30), "outside its buffer"},
		{"entry that comes back", cmdQueryDirectory, put32(headerSize+8, 8), "outside its buffer"},
		{"name outside", cmdQueryDirectory, put32(headerSize+8+60, 1<<30), "outside its buffer"},
		{"half a character", cmdQueryDirectory, put32(headerSize+8+60, 3), "a name of 3 bytes"},
		{"descriptor outside", cmdQueryInfo, put16(headerSize+2, 0xffff), "a buffer of"},
		{"no descriptor", cmdQueryInfo, put32(headerSize+4, 0), "gave none"},
		{"answer to another request", cmdCreate, put32(24, 99), "another request"},
		{"another command", cmdCreate, put16(12, cmdRead), "another request"},
		{"several answers", cmdCreate, put32(20, 128), "several answers"},
		{"not SMB", cmdCreate, put32(0, 0), "is not SMB 2"},
		{"no credit", cmdTreeConnect, put16(14, 0), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := visit(t, &fake{change: func(command uint16, n int, answer []byte) []byte {
				if command == row.command && (n == 0 || row.name == "too large") {
					row.change(answer)
				}
				return answer
			}})
			if row.want == "" {
				return // it must only end
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// What was altered on the wire, or is not signed, is noticed.
func TestAltered(t *testing.T) {
	for _, row := range []struct {
		name    string
		command uint16
		alter   func([]byte) []byte
	}{
		{"data", cmdRead, func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
		{"status", cmdCreate, func(b []byte) []byte { b[4+8] ^= 0x22; return b }},
		{"signature taken off", cmdTreeConnect, func(b []byte) []byte { b[4+16] &^= flagSigned; clear(b[4+48 : 4+64]); return b }},
		{"last answer of the logon", cmdSessionSetup, func(b []byte) []byte { b[4+headerSize+3] ^= 1; return b }},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := visit(t, &fake{raw: func(command uint16, n int, frame []byte) []byte {
				if command == row.command && n == 0 {
					return row.alter(frame)
				}
				return frame
			}})
			if !errors.Is(err, errSeal) {
				t.Errorf("%v", err)
			}
		})
	}
}

// An answer cut anywhere, too long or never coming ends with an error.
func TestCutAnswers(t *testing.T) {
	for _, command := range []uint16{cmdNegotiate, cmdSessionSetup, cmdTreeConnect, cmdCreate, cmdQueryDirectory, cmdRead, cmdQueryInfo} {
		for _, keep := range []int{0, 10, headerSize, headerSize + 5} {
			err := visit(t, &fake{change: func(c uint16, n int, answer []byte) []byte {
				if c == command && n == 0 {
					return answer[:keep]
				}
				return answer
			}})
			if err == nil {
				t.Errorf("command %d cut to %d bytes was accepted", command, keep)
			}
		}
	}
	err := visit(t, &fake{raw: func(uint16, int, []byte) []byte { return []byte{0, 0xff, 0xff, 0xff} }})
	if err == nil || !strings.Contains(err.Error(), "message of") {
		t.Errorf("16 MiB announced: %v", err)
	}
	err = visit(t, &fake{raw: func(_ uint16, _ int, frame []byte) []byte { return frame[:3] }})
	if err == nil {
		t.Error("a server that stops in the middle is accepted")
	}
}

// Names that would lead out of a folder are dropped; junctions are followed at the root of the share only.
func TestNames(t *testing.T) {
	entries := func(root bool, parts ...[]byte) []string {
		var b []byte
		for i, p := range parts {
			if i < len(parts)-1 {
				binary.LittleEndian.PutUint32(p, uint32(len(p)))
			}
			b = append(b, p...)
		}
		list, err := appendNames(nil, b, root)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range list {
			name := e.Name
			if e.Link {
				name += "@"
			}
			out = append(out, name)
		}
		return out
	}
	const junction = attributeFolder | attributeReparse
	got := entries(false, listing("..", 0x10, 0), listing("a\\b", 0x10, 0), listing("a/b", 0, 0), listing("hop.test", junction, tagJunction), listing("lien", junction, 0xA000000C))
	if !slices.Equal(got, []string{"hop.test@", "lien@"}) {
		t.Errorf("%q", got)
	}
	got = entries(true, listing("hop.test", junction, tagJunction), listing("lien", junction, 0xA000000C))
	if !slices.Equal(got, []string{"hop.test", "lien@"}) {
		t.Errorf("%q", got)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(uint16(cmdQueryDirectory), []byte("\xfeSMB"))
	f.Add(uint16(cmdNegotiate), make([]byte, 128))
	f.Fuzz(func(t *testing.T, command uint16, tail []byte) {
		if len(tail) > 1<<12 {
			return
		}
		// Whatever stands behind the header of one answer, the visit ends without a panic.
		_ = visit(t, &fake{change: func(c uint16, n int, answer []byte) []byte {
			if c == command%17 && n == 0 {
				return append(answer[:headerSize], tail...)
			}
			return answer
		}})
	})
}

func FuzzTokens(f *testing.F) {
	f.Add(wrapResponse([]byte("token"), []byte("mic")))
	f.Add([]byte(ntlmSignature + "\x02\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = readResponse(b)
		n := &ntlm{user: "u", password: "p", random: strings.NewReader(strings.Repeat("r", 24)), first: []byte{1}}
		_, _ = n.next(b)
		c := &Client{dialect: dialect311}
		_ = c.negotiated(append(make([]byte, headerSize), b...))
	})
}

// The code asks to open what exists, and to read.
func TestOnlyReads(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _ = ours.Close() }()
	go func() {
		request, err := readFrame(theirs)
		if err == nil {
			body := request[headerSize:]
			access, disposition := binary.LittleEndian.Uint32(body[24:]), binary.LittleEndian.Uint32(body[36:])
			const anyWrite = 0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x10000 | 0x40000 | 0x80000 | 0x02000000 | 0x50000000
			if access&anyWrite != 0 || disposition != 1 {
				t.Errorf("access 0x%x, disposition %d", access, disposition)
			}
		}
		_ = theirs.Close()
	}()
	s := &Share{c: &Client{conn: ours, in: nil, timeout: time.Second, credits: 1, dialect: dialect210, sealed: map[uint32]bool{}}, tree: 1}
	s.c.in = bufio.NewReader(ours)
	_, _ = s.List(t.Context(), "")
}

func TestSilence(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := Connect(ctx, Options{Server: "dc1", Logon: &plain{}, Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil }})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
