package tlsscan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"sync"

	"hygie/exposure/reach"
)

// ticketbleed obtains a session ticket, then presents it with a session identifier of 31 bytes. A sound server gives the identifier
// back as it is (RFC 5077 3.4); one with the flaw completes it to 32 with a byte of its memory, which is dropped unread.
func (s *scan) ticketbleed(v Version) (Answer, string) {
	if s.facts.Tickets.No() {
		return no("no tickets"), ""
	}
	ticket, err := s.ticket()
	if err != nil {
		return unknown(whyOf(err)), ""
	}
	if ticket == nil {
		return unknown("no ticket"), ""
	}
	id := sha256.Sum256([]byte("session identifier"))
	h := s.wideHello(v, s.sorted.wide)
	h.compress, h.ticket, h.session = false, ticket, id[:31]
	answer, seen := unknown("not_asked"), ""
	h.name = s.name
	record, err := h.record()
	if err != nil {
		return unknown("broken"), ""
	}
	err = s.on(func(conn *reach.Conn) error {
		if _, err := conn.Write(record); err != nil {
			return err
		}
		c := conversation{r: conn}
		hello, err := c.hello()
		if err != nil {
			return err
		}
		answer = no("")
		if len(hello.session) == 32 && bytes.Equal(hello.session[:31], id[:31]) {
			answer, seen = yes(""), "ServerHello: session_id of 32 bytes for one of 31"
		}
		return nil
	})
	return concluded(answer, err), seen
}

// ticket lets the standard library shake hands up to TLS 1.2 and takes the ticket it was given, nil for none.
func (s *scan) ticket() ([]byte, error) {
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	cache := &ticketKeeper{}
	err := s.on(func(conn *reach.Conn) error {
		name := s.name
		if name == "" { // the library keeps sessions by name
			name = "session.invalid"
		}
		client := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
			CipherSuites: suites, ClientSessionCache: cache})
		ctx, cancel := context.WithTimeout(s.ctx, s.wait)
		defer cancel()
		return client.HandshakeContext(ctx)
	})
	if err != nil {
		return nil, err
	}
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.state == nil {
		return nil, nil
	}
	ticket, _, err := cache.state.ResumptionState()
	if err != nil || len(ticket) == 0 {
		return nil, errors.Join(err, errors.New("a session without a ticket"))
	}
	return ticket, nil
}

// ticketKeeper is a session cache that remembers the last session.
type ticketKeeper struct {
	mu    sync.Mutex
	state *tls.ClientSessionState
}

// Get knows no session.
func (k *ticketKeeper) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// Put remembers.
func (k *ticketKeeper) Put(_ string, state *tls.ClientSessionState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = state
}
