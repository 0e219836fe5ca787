// Package dnstest gives tests name servers on loopback: a small one inside the test, made from master-file text and as ill-mannered as
// the test wants, and a real BIND where Debian's package is installed.
package dnstest

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
)

// A Server answers from records in memory, for every zone whose start of authority it holds, and follows aliases between them, as a
// resolver would. Names outside its zones do not exist.
type Server struct {
	Addr netip.AddrPort

	mu      sync.Mutex
	records map[string][]wire.RR
	zones   map[string]wire.RR
	order   map[string][]wire.RR // by zone, as written: what a transfer gives
	before  func(q *wire.Msg, overTCP bool) Act
	asked   []string
}

// Act is what a server does instead of answering well. The zero value answers well.
type Act struct {
	Drop     bool
	Wait     time.Duration
	Rcode    int
	Answer   *wire.Msg // sent as it is, with the number of the question
	Truncate bool      // say that UDP cut the answer
}

// Serve starts a server on a port of 127.0.0.1, both UDP and TCP, until the test ends. Each text is one zone in master-file form, beginning
// with $ORIGIN.
func Serve(t testing.TB, zones ...string) *Server {
	t.Helper()
	return ServeAt(t, netip.MustParseAddrPort("127.0.0.1:0"), zones...)
}

// ServeAt is like [Serve] on an address of its own; port 0 takes a free one.
func ServeAt(t testing.TB, at netip.AddrPort, zones ...string) *Server {
	t.Helper()
	s := &Server{records: map[string][]wire.RR{}, zones: map[string]wire.RR{}, order: map[string][]wire.RR{}}
	for _, text := range zones {
		s.load(t, text)
	}
	packets, stream := listen(t, at)
	s.Addr = packets.LocalAddr().(*net.UDPAddr).AddrPort()
	for _, server := range []*wire.Server{
		{PacketConn: packets, Handler: wire.HandlerFunc(func(w wire.ResponseWriter, q *wire.Msg) { s.handle(w, q, false) })},
		{Listener: stream, Handler: wire.HandlerFunc(func(w wire.ResponseWriter, q *wire.Msg) { s.handle(w, q, true) })},
	} {
		ready := make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go server.ActivateAndServe()
		<-ready
		t.Cleanup(func() { server.Shutdown() })
	}
	return s
}

// listen opens the same port for both protocols.
func listen(t testing.TB, at netip.AddrPort) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		packets, err := net.ListenPacket("udp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, stream
		}
		packets.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

func (s *Server) load(t testing.TB, text string) {
	t.Helper()
	parser := wire.NewZoneParser(strings.NewReader(text), "", "zone of the test")
	parser.SetDefaultTTL(300)
	zone := ""
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		name := wire.CanonicalName(rr.Header().Name)
		if rr.Header().Rrtype == wire.TypeSOA {
			zone = name
			s.zones[name] = rr
		}
		s.records[name] = append(s.records[name], rr)
		s.order[zone] = append(s.order[zone], rr)
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
}

// Misbehave sets what is done before each answer.
func (s *Server) Misbehave(before func(q *wire.Msg, overTCP bool) Act) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

// Asked lists the questions received, "NAME TYPE" each, in order.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Config asks this server, quickly and without anchors that would not fit its zones.
func (s *Server) Config() dns.Config {
	return dns.Config{Resolvers: []netip.AddrPort{s.Addr}, Timeout: 500 * time.Millisecond, ServerPort: s.Addr.Port()}
}

func (s *Server) handle(w wire.ResponseWriter, q *wire.Msg, overTCP bool) {
	s.mu.Lock()
	before := s.before
	if len(q.Question) == 1 {
		s.asked = append(s.asked, dns.Plain(q.Question[0].Name)+" "+wire.TypeToString[q.Question[0].Qtype])
	}
	s.mu.Unlock()
	var act Act
	if before != nil {
		act = before(q, overTCP)
	}
	time.Sleep(act.Wait)
	if act.Drop {
		return
	}
	m := s.answer(q)
	switch {
	case act.Answer != nil:
		m = act.Answer
		m.Id = q.Id
	case act.Rcode != 0:
		m = new(wire.Msg).SetRcode(q, act.Rcode)
	case act.Truncate && !overTCP:
		m = new(wire.Msg).SetReply(q)
		m.Truncated = true
	}
	w.WriteMsg(m)
}

func (s *Server) answer(q *wire.Msg) *wire.Msg {
	m := new(wire.Msg).SetReply(q)
	m.RecursionAvailable = q.RecursionDesired
	if len(q.Question) != 1 {
		return m.SetRcode(q, wire.RcodeFormatError)
	}
	name, qtype := wire.CanonicalName(q.Question[0].Name), q.Question[0].Qtype
	if qtype == wire.TypeAXFR {
		list := s.order[name]
		if len(list) == 0 {
			return m.SetRcode(q, wire.RcodeNotAuth)
		}
		m.Answer = append(append(m.Answer, list...), list[0])
		return m
	}
	if q.IsEdns0() != nil {
		m.SetEdns0(4096, false)
	}
	for range 20 {
		zone := s.zone(name, qtype)
		m.Authoritative = zone != nil
		list, exists := s.find(name)
		if !exists {
			m.Rcode = wire.RcodeNameError
		}
		alias := s.fill(m, list, name, qtype)
		if alias == "" {
			if zone != nil && (len(m.Answer) == 0 || m.Answer[len(m.Answer)-1].Header().Rrtype != qtype) {
				m.Ns = append(m.Ns, zone)
			}
			return m
		}
		name = alias
	}
	return m
}

// fill adds the records of a type, or the alias that leads on.
func (s *Server) fill(m *wire.Msg, list []wire.RR, name string, qtype uint16) (alias string) {
	for _, rr := range list {
		if rr.Header().Rrtype != qtype && (rr.Header().Rrtype != wire.TypeCNAME || qtype == wire.TypeCNAME) {
			continue
		}
		own := wire.Copy(rr)
		own.Header().Name = name
		m.Answer = append(m.Answer, own)
		if c, ok := rr.(*wire.CNAME); ok && qtype != wire.TypeCNAME {
			return wire.CanonicalName(c.Target)
		}
	}
	return ""
}

// find gives the records at name, or at the wildcard that stands for it.
func (s *Server) find(name string) (list []wire.RR, exists bool) {
	if list, ok := s.records[name]; ok {
		return list, true
	}
	for other := range s.records {
		if wire.IsSubDomain(name, other) {
			return nil, true
		}
	}
	for at := name; at != "."; {
		next, end := wire.NextLabel(at, 0)
		if end {
			break
		}
		at = at[next:]
		if list, ok := s.records["*."+at]; ok {
			return list, true
		}
		if _, ok := s.records[at]; ok {
			break
		}
	}
	return nil, false
}

// zone is the start of authority around name; for DS that of the zone above.
func (s *Server) zone(name string, qtype uint16) wire.RR {
	var best wire.RR
	for zone, soa := range s.zones {
		if wire.IsSubDomain(zone, name) && (qtype != wire.TypeDS || zone != name) && (best == nil || len(zone) > len(best.Header().Name)) {
			best = soa
		}
	}
	return best
}
