// Package ldaptest is a small LDAP server for tests: entries in memory, paging, ranges, TLS, simple binds, Kerberos binds with
// a security layer ([Kerberos]), and faults on demand ([Fault]). It is written on another BER library than the client it
// tests, so that the two check each other, and it fails the test when a client sends anything but a bind, an unbind, a
// search or StartTLS.
package ldaptest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// An Entry is an object of the server (RFC 4511 4.5.2).
type Entry struct {
	DN         string
	Attributes map[string][]string
}

// A Fault is something that goes wrong in the answers to searches below the root entry (RFC 4511 4.1.9).
type Fault struct {
	Search int    // which one, from 1, counted over all connections (each page is one)
	After  int    // entries sent before it happens
	Code   int64  // result code that ends the search; 0 cuts the connection instead
	Text   string // its diagnostic
	Raw    []byte // bytes sent as they are before the connection is cut
	Silent bool   // say nothing more, and wait for the client to leave
}

// A Server answers on loopback until the test ends (RFC 4511). Set the fields before the first connection.
type Server struct {
	Domain    string // "hopital.test"
	Entries   []Entry
	User      string // of simple binds
	Password  string
	PageLimit int  // most entries a page; 0 for what the client asks
	Range     int  // most values of an attribute at once; 0 for all
	Unasked   bool // send every attribute, asked for or not
	Strict    bool // refuse simple binds without TLS, as hardened controllers do
	Faults    []Fault
	Bind49    string    // diagnostic of a refused bind
	Mechs     []string  // SASL mechanisms announced; nil for GSSAPI
	Kerberos  *Kerberos // accepts GSSAPI binds
	Referral  string    // sent once in each search
	Cert      tls.Certificate
	Direct    bool // connections come by Port, as plain LDAP, instead of by Dial

	t        testing.TB
	listener net.Listener
	group    sync.WaitGroup

	mu       sync.Mutex
	open     map[net.Conn]bool
	searches int
	binds    int
	requests []Request
}

// A Request is a search the server received (RFC 4511 4.5.1).
type Request struct {
	Base       string
	Attributes []string
	Controls   []string
	SDFlags    int64
}

// New starts a server for a domain (RFC 4511).
func New(t testing.TB, domain string) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Domain: domain, listener: l, User: "auditeur@" + domain, Password: "bon", open: map[net.Conn]bool{}}
	s.group.Go(s.accept)
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for c := range s.open {
			_ = c.Close()
		}
		s.mu.Unlock()
		s.group.Wait()
	})
	return s
}

// Base is the DN of the domain.
func (s *Server) Base() string { return "DC=" + strings.ReplaceAll(s.Domain, ".", ",DC=") }

// Dial reaches the server whatever the host; port 636 begins with TLS, port 88 is refused unless Kerberos has a KDC.
func (s *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	refused := &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
	switch {
	case port == "88", port == "636" && s.Cert.Certificate == nil:
		return nil, refused
	}
	s.settled()
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, s.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	// One byte tells the server which port was meant.
	kind := byte('p')
	if port == "636" {
		kind = 't'
	}
	if _, err := conn.Write([]byte{kind}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Port is the port of loopback on which the server listens; see Direct.
func (s *Server) Port() int {
	s.settled()
	return s.listener.Addr().(*net.TCPAddr).Port
}

// settled orders the fields set by a test before their use by the connections that follow.
func (s *Server) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
}

// Binds is how many binds were tried.
func (s *Server) Binds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.binds
}

// Requests returns the searches received, the root entry's apart.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		s.mu.Unlock()
		s.group.Go(func() {
			defer func() {
				_ = conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			}()
			s.serve(conn)
		})
	}
}

// A link is one connection.
type link struct {
	s      *Server
	raw    net.Conn
	conn   io.ReadWriter
	in     *bufio.Reader
	secure bool
	bound  bool
	sasl   acceptor
}

func (s *Server) serve(conn net.Conn) {
	l := &link{s: s, raw: conn, conn: conn}
	var kind [1]byte
	if !s.Direct {
		if _, err := io.ReadFull(conn, kind[:]); err != nil {
			return
		}
	}
	if kind[0] == 't' && !l.startTLS() {
		return
	}
	l.in = bufio.NewReader(l.conn)
	for {
		packet, err := ber.ReadPacket(l.in)
		if err != nil || !l.handle(packet) {
			return
		}
	}
}

func (l *link) startTLS() bool {
	secured := tls.Server(l.raw, &tls.Config{Certificates: []tls.Certificate{l.s.Cert}})
	if err := secured.Handshake(); err != nil {
		return false
	}
	l.conn, l.in, l.secure = secured, bufio.NewReader(secured), true
	return true
}

// handle answers one message; false ends the connection.
func (l *link) handle(p *ber.Packet) bool {
	if len(p.Children) < 2 {
		l.s.t.Errorf("a client sent a message of %d parts", len(p.Children))
		return false
	}
	id, _ := p.Children[0].Value.(int64)
	op := p.Children[1]
	if op.ClassType != ber.ClassApplication {
		l.s.t.Errorf("a client sent an operation of class %d", op.ClassType)
		return false
	}
	switch op.Tag {
	case 0:
		return l.bind(id, op)
	case 2:
		return false
	case 3:
		return l.search(id, op, p)
	case 23:
		if name := op.Children[0].Data.String(); name != "1.3.6.1.4.1.1466.20037" {
			l.s.t.Errorf("a client sent the extended operation %q", name)
			return false
		}
		if l.s.Cert.Certificate == nil {
			return l.done(id, 24, 52, "no certificate", "", nil)
		}
		return l.done(id, 24, 0, "", "", nil) && l.startTLS()
	}
	l.s.t.Errorf("a client sent operation %d: this program must only read", op.Tag)
	return false
}

// done sends a result.
func (l *link) done(id int64, op ber.Tag, code int64, text, referral string, extra func(*ber.Packet), controls ...*ber.Packet) bool {
	m := message(id)
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, op, nil, "")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	r.AppendChild(octets(""))
	r.AppendChild(octets(text))
	if referral != "" {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		list.AppendChild(octets(referral))
		r.AppendChild(list)
	}
	if extra != nil {
		extra(r)
	}
	m.AppendChild(r)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		m.AppendChild(list)
	}
	_, err := l.conn.Write(m.Bytes())
	return err == nil
}

func message(id int64) *ber.Packet {
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	return m
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// bind answers a simple or a SASL bind.
func (l *link) bind(id int64, op *ber.Packet) bool {
	l.s.mu.Lock()
	l.s.binds++
	l.s.mu.Unlock()
	if len(op.Children) != 3 {
		l.s.t.Errorf("bind of %d parts", len(op.Children))
		return false
	}
	credentials := op.Children[2]
	if credentials.Tag == 3 {
		if l.s.Kerberos == nil {
			return l.done(id, 1, 7, "no such mechanism", "", nil)
		}
		return l.saslBind(id, credentials)
	}
	name, _ := op.Children[1].Value.(string)
	switch {
	case l.s.Strict && !l.secure:
		return l.done(id, 1, 8, "BindSimple: Transport encryption required.", "", nil)
	case credentials.Data.String() == "":
		l.s.t.Error("a client bound with an empty password, which is anonymous")
		return false
	case !strings.EqualFold(name, l.s.User) || credentials.Data.String() != l.s.Password:
		return l.done(id, 1, 49, cmp.Or(l.s.Bind49, "80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data 52e, v4563"), "", nil)
	}
	l.bound = true
	return l.done(id, 1, 0, "", "", nil)
}

// rootEntry is the root DSE.
func (s *Server) rootEntry() Entry {
	mechs := s.Mechs
	if mechs == nil {
		mechs = []string{"GSSAPI", "GSS-SPNEGO"}
	}
	return Entry{Attributes: map[string][]string{
		"dnsHostName":                {"dc1." + s.Domain},
		"defaultNamingContext":       {s.Base()},
		"configurationNamingContext": {"CN=Configuration," + s.Base()},
		"schemaNamingContext":        {"CN=Schema,CN=Configuration," + s.Base()},
		"rootDomainNamingContext":    {s.Base()},
		"namingContexts":             {s.Base(), "CN=Configuration," + s.Base(), "CN=Schema,CN=Configuration," + s.Base(), "DC=DomainDnsZones," + s.Base()},
		"supportedControl":           {"1.2.840.113556.1.4.319", "1.2.840.113556.1.4.801", "1.2.840.113556.1.4.1339"},
		"supportedSASLMechanisms":    mechs,
		"supportedCapabilities":      {"1.2.840.113556.1.4.800"},
		"ldapServiceName":            {fmt.Sprintf("%s:dc1$@%s", s.Domain, strings.ToUpper(s.Domain))},
		"currentTime":                {"20260310120000.0Z"},
	}}
}
