package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	wire "github.com/miekg/dns"
)

// transport carries questions to resolvers: by UDP, then by TCP for what UDP cut. A UDP socket serves one question at a time and a
// few in its life, so that a stranger who would answer first must guess its port as well as the question's number.
type transport struct {
	timeout time.Duration
	mu      sync.Mutex
	idle    map[netip.AddrPort][]*socket
}

type socket struct {
	*net.UDPConn
	used int
}

const (
	uses   = 32 // questions in a socket's life
	spares = 64 // idle sockets kept for one server
)

var errForeign = errors.New("the answer is not to this question")

func newTransport(timeout time.Duration) *transport {
	return &transport{timeout: timeout, idle: map[netip.AddrPort][]*socket{}}
}

func (t *transport) exchange(ctx context.Context, server netip.AddrPort, query *wire.Msg) (*wire.Msg, error) {
	packed, err := query.Pack()
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	m, err := t.udp(ctx, server, query, packed)
	if err != nil || !needsStream(m) {
		return m, err
	}
	return t.tcp(ctx, server, query, packed)
}

func (t *transport) udp(ctx context.Context, server netip.AddrPort, query *wire.Msg, packed []byte) (*wire.Msg, error) {
	s, err := t.take(server)
	if err != nil {
		return nil, err
	}
	stop, err := bound(ctx, s, t.timeout)
	if err != nil {
		s.Close()
		return nil, err
	}
	m, err := ask(s, query, packed)
	// A socket whose question failed may still receive its answer, and one that the context ended holds a past deadline.
	if !stop() || err != nil {
		s.Close()
		return m, err
	}
	t.give(server, s)
	return m, nil
}

func ask(s *socket, query *wire.Msg, packed []byte) (*wire.Msg, error) {
	if _, err := s.Write(packed); err != nil {
		return nil, err
	}
	buffer := buffers.Get().(*[65535]byte)
	defer buffers.Put(buffer)
	for {
		n, err := s.Read(buffer[:])
		if err != nil {
			return nil, err
		}
		if n < 12 || binary.BigEndian.Uint16(buffer[:]) != query.Id {
			continue // someone else's, or too late: wait on
		}
		m, err := answerTo(query, buffer[:n])
		if errors.Is(err, errForeign) {
			continue
		}
		return m, err
	}
}

var buffers = sync.Pool{New: func() any { return new([65535]byte) }}

// answerTo reads a packed answer. An answer that ends early with the sign that it was cut short counts as cut short.
func answerTo(query *wire.Msg, packed []byte) (*wire.Msg, error) {
	m := new(wire.Msg)
	err := m.Unpack(packed)
	if !m.Response || m.Id != query.Id || !sameQuestion(query, m) {
		return nil, errForeign
	}
	if err != nil && !m.Truncated {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return m, nil
}

// sameQuestion tells whether m repeats the query's question; some servers leave it out of refusals.
func sameQuestion(query, m *wire.Msg) bool {
	if len(m.Question) == 0 {
		return m.Rcode != wire.RcodeSuccess && m.Rcode != wire.RcodeNameError
	}
	a, b := query.Question[0], m.Question[0]
	return len(m.Question) == 1 && a.Qtype == b.Qtype && a.Qclass == b.Qclass && strings.EqualFold(a.Name, b.Name)
}

func (t *transport) tcp(ctx context.Context, server netip.AddrPort, query *wire.Msg, packed []byte) (*wire.Msg, error) {
	dialer := net.Dialer{Timeout: t.timeout, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp", server.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop, err := bound(ctx, conn, t.timeout)
	if err != nil {
		return nil, err
	}
	defer stop()
	return overStream(conn, query, packed)
}

// overStream asks one question on a stream (RFC 7766): messages go with two bytes of length before them.
func overStream(conn io.ReadWriter, query *wire.Msg, packed []byte) (*wire.Msg, error) {
	if _, err := conn.Write(binary.BigEndian.AppendUint16(nil, uint16(len(packed)))); err != nil {
		return nil, err
	}
	if _, err := conn.Write(packed); err != nil {
		return nil, err
	}
	answer, err := readFrame(conn)
	if err != nil {
		return nil, err
	}
	return answerTo(query, answer)
}

func readFrame(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

// bound ends the connection's work after timeout, or as soon as the context does.
func bound(ctx context.Context, conn net.Conn, timeout time.Duration) (stop func() bool, err error) {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }), nil
}

func (t *transport) take(server netip.AddrPort) (*socket, error) {
	t.mu.Lock()
	if list := t.idle[server]; len(list) > 0 {
		s := list[len(list)-1]
		t.idle[server] = list[:len(list)-1]
		t.mu.Unlock()
		return s, nil
	}
	t.mu.Unlock()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		return nil, err
	}
	return &socket{UDPConn: conn}, nil
}

func (t *transport) give(server netip.AddrPort, s *socket) {
	s.used++
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.used >= uses || len(t.idle[server]) >= spares {
		s.Close()
		return
	}
	t.idle[server] = append(t.idle[server], s)
}

// Sockets is the [Exchanger] that a client with this configuration uses by itself.
func Sockets(config Config) Exchanger { return newTransport(config.complete().Timeout).exchange }
