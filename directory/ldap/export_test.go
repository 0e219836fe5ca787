package ldap

import (
	"bufio"
	"net"

	"hygie/directory/ldap/ldaptest"
)

// AcceptorSession is the server's side of a session, for the test server.
type AcceptorSession struct{ s *session }

// NewAcceptor makes it from what both sides agreed on.
func NewAcceptor(c ldaptest.Context) (ldaptest.Layer, error) {
	s, err := newSession(c.Key)
	if err != nil {
		return nil, err
	}
	s.acceptor, s.subkey = true, true
	s.sendNext, s.recvNext, s.recvKnown = c.ServerSequence, c.ClientSequence, true
	return AcceptorSession{s}, nil
}

// Wrap protects.
func (a AcceptorSession) Wrap(plain []byte, seal bool) ([]byte, error) { return a.s.wrap(plain, seal) }

// Unwrap checks.
func (a AcceptorSession) Unwrap(token []byte) ([]byte, bool, error) { return a.s.unwrap(token) }

// newTestLayer puts a layer on one end of a pipe.
func newTestLayer(conn net.Conn, s *session, serverMax int) *layer {
	return newLayer(conn, bufio.NewReader(conn), s, serverMax)
}
