package kerberos

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"hygie/directory/ldap/message"
)

// maxToken is the largest protected buffer we accept, as announced to the server. The field has three bytes
// (RFC 4752 3.1); a server that sends more breaks its word.
const maxToken = 1<<24 - 1

// A layer is a connection whose bytes travel in wrap tokens, each behind its length on four bytes (RFC 4422 3.7). It is
// what Active Directory means by "LDAP signing": nothing on the way can alter, insert or, when sealed, read anything.
type layer struct {
	net.Conn
	session *Session
	in      *bufio.Reader
	plain   []byte // unwrapped, not yet read
	token   []byte // reused
	maxSend int    // most data in one token, as the server asked
	broken  error  // once a token was wrong, the connection is dead
}

// NewLayer takes over a connection after the bind. in holds what was read ahead of it (RFC 4422 3.7).
func NewLayer(conn net.Conn, in *bufio.Reader, s *Session, serverMax int) *layer {
	// The server's limit counts the wrapped buffer.
	overhead := tokenHeader + s.kind.GetHMACBitLength()/8
	if s.seal {
		overhead += tokenHeader + s.kind.GetConfounderByteSize()
	}
	return &layer{Conn: conn, session: s, in: in, maxSend: max(serverMax-overhead, 1)}
}

// Read gives unwrapped bytes.
func (l *layer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(l.plain) == 0 {
		if l.broken != nil {
			return 0, l.broken
		}
		if err := l.next(); err != nil {
			// A deadline that passed in the middle of a token leaves the stream in an unknown place too.
			l.broken = err
			return 0, err
		}
	}
	n := copy(p, l.plain)
	l.plain = l.plain[n:]
	return n, nil
}

// next reads one token.
func (l *layer) next() error {
	var size [4]byte
	if n, err := io.ReadFull(l.in, size[:]); err != nil {
		if n > 0 {
			return message.NoEOF(err)
		}
		return err
	}
	length := binary.BigEndian.Uint32(size[:])
	if length > maxToken {
		return &IntegrityError{fmt.Errorf("protected buffer of %d bytes, more than the %d agreed", length, maxToken)}
	}
	if cap(l.token) < int(length) {
		// Grow with what arrives: a claimed length alone must not cost memory.
		buf := make([]byte, 0, min(int(length), 1<<20))
		for len(buf) < int(length) {
			start := len(buf)
			step := min(int(length)-start, 1<<20)
			buf = append(buf, make([]byte, step)...)
			if _, err := io.ReadFull(l.in, buf[start:]); err != nil {
				return message.NoEOF(err)
			}
		}
		l.token = buf
	} else {
		l.token = l.token[:length]
		if _, err := io.ReadFull(l.in, l.token); err != nil {
			return message.NoEOF(err)
		}
	}
	plain, sealed, err := l.session.Unwrap(l.token)
	if err != nil {
		return &IntegrityError{err}
	}
	if l.session.seal && !sealed {
		return &IntegrityError{errors.New("the server stopped encrypting in the middle of the session")}
	}
	l.plain = plain
	return nil
}

// Write sends p in as many tokens as the server's limit asks for.
func (l *layer) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		part := p[done:min(done+l.maxSend, len(p))]
		token, err := l.session.Wrap(part, l.session.seal)
		if err != nil {
			return done, err
		}
		framed := make([]byte, 4, 4+len(token))
		binary.BigEndian.PutUint32(framed, uint32(len(token)))
		if _, err := l.Conn.Write(append(framed, token...)); err != nil {
			return done, err
		}
		done += len(part)
	}
	return done, nil
}

// An IntegrityError is a breach of the protection agreed at bind time: the line is not to be trusted any more (RFC 4121 4.2).
type IntegrityError struct{ err error }

// Breach is that error for a cause (RFC 4121 4.2).
func Breach(err error) error { return &IntegrityError{err} }

func (e *IntegrityError) Error() string { return "protected connection: " + e.err.Error() }
func (e *IntegrityError) Unwrap() error { return e.err }
