package tlsscan

import (
	"bytes"
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"hygie/exposure/reach"
)

// errNotOurs is a suite or group with which we cannot go on to the end of a handshake.
var errNotOurs = errors.New("not computed here")

// share is our half of a key exchange.
type share struct {
	group  Group
	public []byte
	agree  func(peer []byte) ([]byte, error)
}

// shares are our halves, one for each group that we can compute, each made when it is first needed. They are the same for everybody, so
// that the same hello is the same bytes: what goes through a connection made with them is what the server tells whoever asks.
var shares = map[Group]func() *share{
	29:             montgomery,
	23:             sync.OnceValue(func() *share { return curveShare(23, ecdh.P256(), 32) }),
	24:             sync.OnceValue(func() *share { return curveShare(24, ecdh.P384(), 48) }),
	25:             sync.OnceValue(func() *share { return curveShare(25, ecdh.P521(), 66) }),
	X25519MLKEM768: sync.OnceValue(hybridShare),
}

var montgomery = sync.OnceValue(func() *share { return curveShare(29, ecdh.X25519(), 32) })

// shareOf is our half for a group, nil where we have none.
func shareOf(g Group) *share {
	if made, ours := shares[g]; ours {
		return made()
	}
	return nil
}

// curveShare makes a half from a secret of size bytes that everybody knows.
func curveShare(group Group, curve ecdh.Curve, size int) *share {
	secret, digest := make([]byte, size), sha256.Sum256([]byte("key share of "+group.String()))
	copy(secret[size-len(digest):], digest[:])
	key, err := curve.NewPrivateKey(secret)
	if err != nil {
		return nil
	}
	return &share{group, key.PublicKey().Bytes(), func(peer []byte) ([]byte, error) {
		public, err := curve.NewPublicKey(peer)
		if err != nil {
			return nil, err
		}
		return key.ECDH(public)
	}}
}

// hybridShare makes the half that joins ML-KEM-768 with X25519 (draft-ietf-tls-ecdhe-mlkem 4).
func hybridShare() *share {
	seed := sha512.Sum512([]byte("key share of " + X25519MLKEM768.String()))
	key, err := mlkem.NewDecapsulationKey768(seed[:])
	curve := montgomery()
	if err != nil || curve == nil {
		return nil
	}
	return &share{X25519MLKEM768, slices.Concat(key.EncapsulationKey().Bytes(), curve.public), func(peer []byte) ([]byte, error) {
		if len(peer) < mlkem.CiphertextSize768 {
			return nil, fmt.Errorf("key share of %d bytes", len(peer))
		}
		one, err := key.Decapsulate(peer[:mlkem.CiphertextSize768])
		if err != nil {
			return nil, err
		}
		two, err := curve.agree(peer[mlkem.CiphertextSize768:])
		return slices.Concat(one, two), err
	}}
}

// tickets is how long a server is given to send its tickets and close, once told that nothing more will come; goodbye, how long to close or
// send more of them once one has come.
const (
	tickets = 2 * time.Second
	goodbye = 300 * time.Millisecond
)

// whole asks for TLS 1.3 and goes on with the same connection to the end of the handshake, where suite and group are ours: so that one
// connection shows the version and what else is encrypted. What comes after the acceptance changes nothing of it.
func (s *scan) whole(h hello) reply {
	h.whole = true
	if s.preface.Name == "" {
		h.alpn = webProtocols()
	}
	r, m := s.shakeHands(h)
	if errors.Is(r.err, alertNoProtocol) { // neither of the two: then without
		h.alpn = nil
		r, m = s.shakeHands(h)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m != nil {
		s.modern = m
	}
	s.bare = r.accepted() && r.err != nil && !errors.Is(r.err, errNotOurs)
	return r
}

// handshake13 shakes hands once more where the first hello led to nothing that we can compute, or broke off after the acceptance.
func (s *scan) handshake13() {
	h := s.plainHello(TLS13, []Suite{0x1301, 0x1302, 0x1303})
	h.plain, h.bare = false, s.bare
	r := s.whole(h)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.modern == nil && r.err != nil {
		s.modern = &modernHandshake{early: unknown(whyOf(r.err))}
	}
}

// otherKey13 asks a server that speaks TLS 1.3 alone, where suites name no kind of key, for certificates with other kinds than those seen.
func (s *scan) otherKey13() {
	for range 2 {
		s.mu.Lock()
		var seen [][]byte
		if s.modern != nil {
			seen = slices.Concat(s.modern.certificates[:min(1, len(s.modern.certificates))], s.leaves())
		}
		s.mu.Unlock()
		h := s.plainHello(TLS13, []Suite{0x1301, 0x1302, 0x1303})
		h.plain, h.whole, h.bare, h.signs = false, true, s.bare, slices.Clone(signatures[:])
		for _, leaf := range seen {
			kind := ReadCertificate(leaf).Key.Algorithm
			h.signs = slices.DeleteFunc(h.signs, func(scheme uint16) bool {
				return signedWith(scheme) == kind || kind == "Ed448" && signedWith(scheme) == "Ed25519"
			})
		}
		if len(seen) == 0 || len(h.signs) == 0 {
			return
		}
		_, m := s.shakeHands(h)
		if m == nil || len(m.certificates) == 0 || slices.ContainsFunc(seen, func(leaf []byte) bool { return bytes.Equal(leaf, m.certificates[0]) }) {
			return
		}
		s.mu.Lock()
		s.others = append(s.others, m)
		s.mu.Unlock()
	}
}

// leaves are the certificates of other kinds of key.
func (s *scan) leaves() (list [][]byte) {
	for _, m := range s.others {
		list = append(list, m.certificates[0])
	}
	return list
}

// signedWith is the kind of key of a signature scheme (RFC 8446 4.2.3), as [Key] names it.
func signedWith(scheme uint16) string {
	switch low := scheme & 0xff; {
	case scheme == 0x0807, scheme == 0x0808:
		return "Ed25519" // and Ed448
	case scheme>>8 == 8 && low < 0x1a, scheme>>8 < 8 && low == 1:
		return "RSA"
	case scheme>>8 < 8 && low == 2:
		return "DSA"
	}
	return "EC"
}

// shakeHands asks and goes on. Where the server accepts, the error of the answer says why the handshake did not end; what it showed comes
// with it once there is enough of it, nil otherwise.
func (s *scan) shakeHands(h hello) (reply, *modernHandshake) {
	h.name = s.name
	record, err := h.record()
	if err != nil {
		return reply{err: err}, nil
	}
	var r reply
	var m *modernHandshake
	r.err = s.on(func(conn *reach.Conn) error {
		if _, err := conn.Write(record); err != nil {
			return err
		}
		in := s.hears(conn)
		defer s.heard(in)
		c := &conversation{r: in}
		answer, err := c.hello()
		if err != nil {
			return err
		}
		if err := h.honest(answer); err != nil {
			return err
		}
		r.hello = answer
		m, err = shake(conn, c, h, record[5:], answer)
		return err
	})
	if m != nil && r.err != nil && len(m.certificates) == 0 {
		m = nil
	}
	return r, m
}

// shake goes on from the server's answer to our hello, which was sent as it stands in sent, to its tickets.
func shake(conn net.Conn, c *conversation, h hello, sent []byte, answer *serverHello) (*modernHandshake, error) {
	k, err := newSchedule(answer.suite)
	if err != nil {
		return nil, err
	}
	if answer.retry {
		if answer, err = again(conn, c, k, h, sent, answer); err != nil {
			return nil, err
		}
	} else {
		k.transcript.Write(sent)
	}
	ours := shareOf(answer.group)
	if answer.suite != k.suite || ours == nil {
		return nil, fmt.Errorf("group %v: %w", answer.group, errNotOurs)
	}
	agreed, err := ours.agree(answer.peer())
	if err != nil {
		return nil, fmt.Errorf("key share of the server: %w", err)
	}
	k.transcript.Write(c.last)
	traffic, err := k.handshake(agreed)
	if err != nil {
		return nil, err
	}
	m := &modernHandshake{early: unknown("no ticket"), bare: h.bare}
	return m, m.read(conn, c, k, traffic)
}

// again answers a retry request with the share it asks for (RFC 8446 4.1.2), and gives the ServerHello that comes of it.
func again(conn net.Conn, c *conversation, k *schedule, h hello, sent []byte, request *serverHello) (*serverHello, error) {
	if h.share = shareOf(request.group); h.share == nil {
		return nil, fmt.Errorf("group %v: %w", request.group, errNotOurs)
	}
	k.retried(sent)
	k.transcript.Write(c.last)
	h.random, h.cookie = sent[6:38], request.extensions[extCookie]
	record, err := h.record()
	if err != nil {
		return nil, err
	}
	k.transcript.Write(record[5:])
	// The empty ChangeCipherSpec is for what stands between (RFC 8446 D.4).
	if _, err := conn.Write(append(recordOf(typeChangeCipherSpec, TLS12, 1), record...)); err != nil {
		return nil, err
	}
	if err := c.skipChange(); err != nil {
		return nil, err
	}
	answer, err := c.hello()
	if err == nil && (answer.version != TLS13 || answer.retry) {
		err = errors.New("no ServerHello of TLS 1.3 after a retry")
	}
	return answer, err
}

// skipChange passes over the empty ChangeCipherSpec that a server may send after its retry request.
func (c *conversation) skipChange() error {
	if len(c.messages) > 0 {
		return nil
	}
	kind, content, err := c.readRecord()
	switch {
	case err != nil:
		return err
	case kind == typeHandshake:
		c.messages = append(c.messages, content...)
	case kind == typeAlert:
		return c.alert(content)
	case kind != typeChangeCipherSpec:
		return fmt.Errorf("byte %d: record of type %d after a retry", c.total, kind)
	}
	return nil
}

// peer is the server's half of the key exchange, nil if it sent none.
func (s *serverHello) peer() []byte {
	in := cryptobyte.String(s.extensions[extKeyShare])
	var key cryptobyte.String
	if !in.Skip(2) || !in.ReadUint16LengthPrefixed(&key) {
		return nil
	}
	return key
}

// read opens the records of the server: first with the traffic secret of the handshake, after its Finished with that of the
// application. The end, once our own Finished is sent, is whenever the server stops.
func (m *modernHandshake) read(conn net.Conn, c *conversation, k *schedule, traffic []byte) error {
	open, err := k.protect(traffic)
	if err != nil {
		return err
	}
	var messages []byte
	for done := false; ; {
		kind, content, err := c.readRecord()
		if err != nil {
			if done {
				return nil
			}
			return noEnd(err)
		}
		if kind == typeAlert {
			if err := c.alert(content); err != nil {
				return err
			}
		}
		if kind != typeApplicationData {
			continue
		}
		inner, plain, err := open.open(content)
		if err != nil {
			return err
		}
		if inner == typeAlert && !done {
			if err := c.alert(plain); err != nil {
				return err
			}
		}
		if inner != typeHandshake {
			continue
		}
		messages = append(messages, plain...)
		for len(messages) >= 4 {
			n := 4 + int(messages[1])<<16 + int(messages[2])<<8 + int(messages[3])
			if len(messages) < n {
				break
			}
			m.message(messages[0], messages[4:n])
			if !done {
				k.transcript.Write(messages[:n])
			}
			if messages[0] == typeFinished && !done {
				done = true
				if open, err = m.end(conn, k); err != nil {
					return err
				}
			} else if messages[0] == typeNewTicket {
				if err := conn.SetReadDeadline(time.Now().Add(goodbye)); err != nil {
					return err
				}
			}
			messages = messages[n:]
		}
	}
}

// noEnd says that the connection ended before the handshake did.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// end sends our Finished, without a certificate of ours if one is asked for, and a goodbye: tickets come with the answer to the one, and
// the other makes a server end the connection right after them. It gives the protection of what the server still sends.
func (m *modernHandshake) end(conn net.Conn, k *schedule) (*protection, error) {
	ours, theirs, err := k.application()
	if err != nil {
		return nil, err
	}
	seal, err := k.protect(k.finish)
	if err != nil {
		return nil, err
	}
	var last []byte
	if m.asksClient {
		last = []byte{typeCertificate, 0, 0, 4, 0, 0, 0, 0}
		k.transcript.Write(last)
	}
	finished, err := k.finished()
	if err != nil {
		return nil, err
	}
	out := seal.seal(typeHandshake, append(last, finished...))
	if seal, err = k.protect(ours); err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(out, seal.seal(typeAlert, []byte{1, 0})...)); err != nil {
		return nil, err
	}
	if err := conn.SetReadDeadline(time.Now().Add(tickets)); err != nil {
		return nil, err
	}
	return k.protect(theirs)
}
