package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// Options say what is known of a port before it is asked. The zero value knows nothing.
type Options struct {
	Expected string // protocol the owner declared here, such as "dicom" or "hl7"; empty if none
	// ProxyTo gives an own address that a proxy may be asked to reach, to tell whether it serves strangers; nil, or the zero target, asks
	// nothing. It is called for proxies alone.
	ProxyTo  func() perimeter.Target
	Greeting time.Duration // wait for a server that speaks first on a port of unknown use, before it is asked; 400 ms if zero
	Answer   time.Duration // wait for an answer, and for a greeting where one is due; 4 s if zero
}

func (o Options) complete() Options {
	if o.Greeting <= 0 {
		o.Greeting = 400 * time.Millisecond
	}
	if o.Answer <= 0 {
		o.Answer = 4 * time.Second
	}
	return o
}

// replyLimit bounds what one question may bring back.
const replyLimit = 64 << 10

// proxyTo is the address that a proxy is asked to reach, the zero value for none.
func (o Options) proxyTo() netip.AddrPort {
	if o.ProxyTo == nil {
		return netip.AddrPort{}
	}
	return o.ProxyTo().Address()
}

// session is the recognition of one port.
type session struct {
	ctx     context.Context
	dialer  *reach.Dialer
	target  perimeter.Target
	options Options
	inTLS   bool // connections begin with a TLS handshake
	facts   *Facts
}

// talk is one connection of a session.
type talk struct {
	conn   net.Conn
	answer time.Duration
	buffer []byte // read and not yet used
}

// open connects, through TLS when the session is in TLS.
func (s *session) open() (*talk, error) {
	conn, err := s.dialer.Dial(s.ctx, s.target)
	if err != nil {
		return nil, err
	}
	t := &talk{conn: conn, answer: s.options.Answer}
	if s.inTLS {
		if err := s.secure(t); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return t, nil
}

// secure puts TLS over the connection, whatever the certificate: who the server is is not the question here.
func (s *session) secure(t *talk) error {
	t.conn.SetDeadline(time.Now().Add(t.answer))
	client := tls.Client(t.conn, lenient(s.target.Name()))
	if err := client.HandshakeContext(s.ctx); err != nil {
		return err
	}
	t.conn.SetDeadline(time.Time{})
	t.conn = client
	if chain := client.ConnectionState().PeerCertificates; len(chain) > 0 && s.facts.Certificate == nil {
		c := &Certificate{Subject: clean(chain[0].Subject.CommonName), Issuer: clean(chain[0].Issuer.CommonName)}
		if c.Issuer == "" && len(chain[0].Issuer.Organization) > 0 {
			c.Issuer = clean(chain[0].Issuer.Organization[0])
		}
		s.facts.Certificate = c
	}
	return nil
}

// lenient accepts every version and suite that the library still has: the purpose is to be answered. Package tlsscan judges.
func lenient(name string) *tls.Config {
	var suites []uint16
	for _, s := range tls.CipherSuites() {
		suites = append(suites, s.ID)
	}
	for _, s := range tls.InsecureCipherSuites() {
		suites = append(suites, s.ID)
	}
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites, ServerName: name}
}

func (t *talk) close() { t.conn.Close() }

func (t *talk) send(b []byte) error {
	t.conn.SetWriteDeadline(time.Now().Add(t.answer))
	_, err := t.conn.Write(b)
	return err
}

// receive reads until whole says the answer is complete, the peer stops, or the wait ends. What was read is returned with the error.
func (t *talk) receive(wait time.Duration, whole func([]byte) bool) ([]byte, error) {
	t.conn.SetReadDeadline(time.Now().Add(wait))
	chunk := make([]byte, 4096)
	for {
		if len(t.buffer) > 0 && whole(t.buffer) {
			got := t.buffer
			t.buffer = nil
			return got, nil
		}
		if len(t.buffer) >= replyLimit {
			return t.buffer, reach.ErrTooMuch
		}
		n, err := t.conn.Read(chunk)
		t.buffer = append(t.buffer, chunk[:n]...)
		if err != nil {
			got := t.buffer
			t.buffer = nil
			if len(got) > 0 && whole(got) {
				return got, nil
			}
			return got, err
		}
	}
}

// take reads exactly n bytes.
func (t *talk) take(n int) ([]byte, error) {
	if n > replyLimit {
		return nil, fmt.Errorf("an answer of %d bytes", n)
	}
	got, err := t.receive(t.answer, func(b []byte) bool { return len(b) >= n })
	if len(got) < n {
		if err == nil {
			err = errShort
		}
		return got, err
	}
	t.buffer = append(t.buffer, got[n:]...)
	return got[:n], nil
}

// line reads one line, without its end.
func (t *talk) line(wait time.Duration) (string, error) {
	got, err := t.receive(wait, func(b []byte) bool { return bytes.IndexByte(b, '\n') >= 0 })
	before, after, found := bytes.Cut(got, []byte("\n"))
	if !found {
		if err == nil {
			err = errShort
		}
		return string(got), err
	}
	t.buffer = append(t.buffer, after...)
	return strings.TrimRight(string(before), "\r"), nil
}

// ask opens a connection, sends one question and reads one answer. An answer that is cut short is no error: its parser tells.
func (s *session) ask(question []byte, whole func([]byte) bool) ([]byte, error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.send(question); err != nil {
		return nil, err
	}
	return some(t.receive(s.options.Answer, whole))
}

// some drops the error of an answer that came at least in part, and makes one where nothing came at all.
func some(got []byte, err error) ([]byte, error) {
	switch {
	case len(got) > 0:
		return got, nil
	case err == nil:
		return nil, errShort
	}
	return nil, err
}

// errShort is an answer that ends before it should.
var errShort = errors.New("the answer is cut short")

// errOther is an answer of another protocol.
var errOther = errors.New("not an answer of this protocol")

// seen keeps one line of evidence.
func (f *Facts) seen(format string, args ...any) {
	f.Seen = append(f.Seen, clean(fmt.Sprintf(format, args...)))
}

// recognised settles the protocol.
func (f *Facts) recognised(protocol string, how How) { f.Protocol, f.How = protocol, how }

// clean makes text of a hostile server fit for a report: one line, no control characters, 200 characters at most.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "·")
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

// any is the whole of an answer of unknown shape: what came first.
func anything(b []byte) bool { return len(b) > 0 }

// lengthAt is the rule of messages whose length stands at offset, in size bytes, big endian, plus a constant.
func lengthAt(offset, size, plus int) func([]byte) bool {
	return func(b []byte) bool {
		if len(b) < offset+size {
			return false
		}
		n := 0
		for _, c := range b[offset : offset+size] {
			n = n<<8 | int(c)
		}
		return len(b) >= n+plus
	}
}

// firstBytes keeps what a connection brought first.
type firstBytes struct {
	net.Conn
	got []byte
}

func (f *firstBytes) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if room := 64 - len(f.got); room > 0 {
		f.got = append(f.got, p[:min(n, room)]...)
	}
	return n, err
}

// isTLSRecord tells whether bytes begin an alert or a handshake record (RFC 8446 5.1). A ClientHello is none of a server's: it is our own that
// comes back.
func isTLSRecord(b []byte) bool {
	echo := len(b) > 5 && b[0] == 22 && b[5] == 1
	return len(b) >= 5 && (b[0] == 21 || b[0] == 22) && b[1] == 3 && b[2] <= 4 && !echo
}

// isReset tells whether a peer hung up.
func isReset(err error) bool { return reach.Why(err) == reach.Reset }
