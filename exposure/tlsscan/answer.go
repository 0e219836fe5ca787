package tlsscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"hygie/exposure/reach"
)

// Record and handshake types (RFC 8446 5.1 and 4, RFC 5246 7.4).
const (
	typeChangeCipherSpec = 20
	typeAlert            = 21
	typeHandshake        = 22
	typeApplicationData  = 23
	typeHeartbeat        = 24

	typeHelloRequest      = 0
	typeClientHello       = 1
	typeServerHello       = 2
	typeNewTicket         = 4
	typeEncrypted         = 8
	typeCertificate       = 11
	typeServerKeyExchange = 12
	typeCertificateAsked  = 13
	typeServerHelloDone   = 14
	typeFinished          = 20
	typeCertificateStatus = 22
)

// Alert is the alert with which a server ended a handshake (RFC 8446 6).
type Alert uint8

// Alerts that tell something.
const (
	alertUnexpected         Alert = 10
	alertBadRecord          Alert = 20
	alertDecryption         Alert = 21
	alertHandshakeFailure   Alert = 40
	alertProtocolVersion    Alert = 70
	alertInsufficient       Alert = 71
	alertInappropriateRetry Alert = 86
	alertUnknownName        Alert = 112
	alertNoProtocol         Alert = 120
)

// Error says which alert.
func (a Alert) Error() string { return fmt.Sprintf("alert %d", uint8(a)) }

// ErrNotTLS says that what answers is not TLS.
var ErrNotTLS = errors.New("the answer is not TLS")

// Bounds of what is read of an answer.
const (
	maxRecord    = 1<<14 + 2048
	maxHandshake = 1 << 17
)

// serverHello is what a server chose.
type serverHello struct {
	version     Version
	retry       bool // HelloRetryRequest
	suite       Suite
	session     []byte
	compression uint8
	group       Group // of its key share or of its retry request
	extensions  map[uint16][]byte
	named       bool // a warning said that it does not know the name asked for (alert 112)
}

func (s *serverHello) has(extension uint16) bool { _, has := s.extensions[extension]; return has }

// flight is what follows a ServerHello up to TLS 1.2.
type flight struct {
	certificates [][]byte
	stapled      bool
	curve        Group // of an elliptic ServerKeyExchange, 0 for none
	dh           *dhParameters
	asksClient   bool // wants a certificate of the client
	done         bool
}

// dhParameters are a server's own finite-field group (RFC 5246 7.4.3).
type dhParameters struct{ p, g *big.Int }

// conversation reads the handshake messages of a server.
type conversation struct {
	r        io.Reader
	messages []byte // handshake bytes not yet read
	last     []byte // the message read last, with its head
	total    int
	warned   []Alert
}

// next reads one handshake message. The error is an [Alert] where the server sent one.
func (c *conversation) next() (kind byte, body []byte, err error) {
	for len(c.messages) < 4 || len(c.messages) < 4+c.length() {
		if len(c.messages) >= 4 && c.length() > maxHandshake {
			return 0, nil, fmt.Errorf("byte %d: handshake message of %d bytes", c.total, c.length())
		}
		kind, content, err := c.readRecord()
		if reach.Why(err) == reach.Reset && len(c.warned) > 0 && c.warned[len(c.warned)-1] != alertUnknownName {
			return 0, nil, c.warned[len(c.warned)-1] // it called a warning what ended the handshake
		}
		if err != nil {
			return 0, nil, err
		}
		switch kind {
		case typeHandshake:
			c.messages = append(c.messages, content...)
		case typeAlert:
			if err := c.alert(content); err != nil {
				return 0, nil, err
			}
		default:
			return 0, nil, fmt.Errorf("byte %d: record of type %d in the handshake", c.total, kind)
		}
	}
	n := c.length()
	kind, body, c.last = c.messages[0], c.messages[4:4+n], c.messages[:4+n]
	c.messages = c.messages[4+n:]
	return kind, body, nil
}

func (c *conversation) length() int {
	return int(c.messages[1])<<16 | int(c.messages[2])<<8 | int(c.messages[3])
}

// readRecord reads one record of any version.
func (c *conversation) readRecord() (kind byte, content []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0] < typeChangeCipherSpec || head[0] > typeHeartbeat || head[1] != 3 {
		return 0, nil, fmt.Errorf("byte %d: % x: %w", c.total, head, ErrNotTLS)
	}
	n := int(head[3])<<8 | int(head[4])
	if n > maxRecord {
		return 0, nil, fmt.Errorf("byte %d: record of %d bytes", c.total, n)
	}
	if c.total += 5 + n; c.total > maxHandshake {
		return 0, nil, fmt.Errorf("byte %d: more than a handshake holds", c.total)
	}
	content = make([]byte, n)
	if _, err := io.ReadFull(c.r, content); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return head[0], content, nil
}

// alert sorts an alert: a warning lets the handshake go on, except that which closes it.
func (c *conversation) alert(content []byte) error {
	if len(content) != 2 {
		return fmt.Errorf("byte %d: alert of %d bytes", c.total, len(content))
	}
	if a := Alert(content[1]); content[0] != 1 || a == 0 {
		return a
	} else if c.warned = append(c.warned, a); len(c.warned) > 8 {
		return fmt.Errorf("byte %d: endless warnings", c.total)
	}
	return nil
}

// hello reads a ServerHello.
func (c *conversation) hello() (*serverHello, error) {
	kind, body, err := c.next()
	if err == nil && kind == typeHelloRequest { // to be ignored in a handshake (RFC 5246 7.4.1.1)
		kind, body, err = c.next()
	}
	if err != nil {
		return nil, err
	}
	if kind != typeServerHello {
		return nil, fmt.Errorf("byte %d: handshake message %d where a ServerHello was due", c.total, kind)
	}
	s, err := readServerHello(body)
	if err != nil {
		return nil, fmt.Errorf("byte %d: %w", c.total, err)
	}
	s.named = slices.Contains(c.warned, alertUnknownName)
	return s, nil
}

// retryRandom is the random of a HelloRetryRequest: the SHA-256 of that word (RFC 8446 4.1.3).
var retryRandom = []byte("\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c")

// readServerHello reads the body of a ServerHello or HelloRetryRequest (RFC 8446 4.1.3).
func readServerHello(body []byte) (*serverHello, error) {
	in := cryptobyte.String(body)
	var version, suite uint16
	var random []byte
	var session cryptobyte.String
	s := &serverHello{extensions: map[uint16][]byte{}}
	if !in.ReadUint16(&version) || !in.ReadBytes(&random, 32) || !in.ReadUint8LengthPrefixed(&session) || !in.ReadUint16(&suite) || !in.ReadUint8(&s.compression) {
		return nil, fmt.Errorf("ServerHello cut short after %d bytes", len(body))
	}
	if version < uint16(SSL3) || version > uint16(TLS12) {
		return nil, fmt.Errorf("ServerHello of version %#04x", version)
	}
	s.version, s.suite, s.session, s.retry = Version(version), Suite(suite), session, bytes.Equal(random, retryRandom)
	if in.Empty() {
		return s, nil
	}
	var extensions cryptobyte.String
	if !in.ReadUint16LengthPrefixed(&extensions) || !in.Empty() {
		return nil, fmt.Errorf("extensions of the ServerHello: wrong length at byte %d of %d", len(body)-len(in), len(body))
	}
	for !extensions.Empty() {
		var number uint16
		var content cryptobyte.String
		if !extensions.ReadUint16(&number) || !extensions.ReadUint16LengthPrefixed(&content) {
			return nil, fmt.Errorf("extensions of the ServerHello: cut short %d bytes before the end", len(extensions))
		}
		s.extensions[number] = content
	}
	return s, s.readChoices()
}

// readChoices reads the version and group that TLS 1.3 hides in extensions.
func (s *serverHello) readChoices() error {
	if chosen, has := s.extensions[extSupportedVersions]; has {
		in := cryptobyte.String(chosen)
		var version uint16
		if !in.ReadUint16(&version) || !in.Empty() || version != uint16(TLS13) {
			return fmt.Errorf("supported_versions of %x", chosen)
		}
		s.version = TLS13
	}
	if share, has := s.extensions[extKeyShare]; has {
		in := cryptobyte.String(share)
		var group uint16
		if !in.ReadUint16(&group) {
			return fmt.Errorf("key_share of %x", share)
		}
		s.group = Group(group)
	}
	return nil
}

// flight reads what follows, up to ServerHelloDone.
func (c *conversation) flight(chosen Suite) (*flight, error) {
	f := &flight{}
	for range 16 {
		kind, body, err := c.next()
		if err != nil {
			return f, err
		}
		switch kind {
		case typeCertificate:
			if f.certificates, err = readCertificates(body); err != nil {
				return f, fmt.Errorf("byte %d: %w", c.total, err)
			}
		case typeCertificateStatus:
			f.stapled = len(body) > 4 && body[0] == 1
		case typeServerKeyExchange:
			if err := f.readKeyExchange(body, chosen); err != nil {
				return f, fmt.Errorf("byte %d: %w", c.total, err)
			}
		case typeCertificateAsked:
			f.asksClient = true
		case typeServerHelloDone:
			f.done = true
			return f, nil
		}
	}
	return f, fmt.Errorf("byte %d: endless handshake", c.total)
}

// maxChain is how many certificates of a chain are read.
const maxChain = 32

// readCertificates reads a Certificate message up to TLS 1.2 (RFC 5246 7.4.2).
func readCertificates(body []byte) ([][]byte, error) {
	in := cryptobyte.String(body)
	var list cryptobyte.String
	if !in.ReadUint24LengthPrefixed(&list) || !in.Empty() {
		return nil, fmt.Errorf("Certificate message: wrong length of %d bytes", len(body))
	}
	var chain [][]byte
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&one) {
			return nil, fmt.Errorf("Certificate message: certificate %d is cut short", len(chain)+1)
		}
		if chain = append(chain, bytes.Clone(one)); len(chain) > maxChain {
			return nil, errors.New("Certificate message: endless chain")
		}
	}
	return chain, nil
}

// readKeyExchange reads the group of a ServerKeyExchange (RFC 8422 5.4, RFC 5246 7.4.3); its signature is of no interest here.
func (f *flight) readKeyExchange(body []byte, chosen Suite) error {
	in := cryptobyte.String(body)
	switch exchange := chosen.Traits().Exchange; exchange {
	case "ECDHE":
		var kind uint8
		var group uint16
		if !in.ReadUint8(&kind) {
			return errors.New("ServerKeyExchange is empty")
		}
		if kind == 3 { // named curve
			if !in.ReadUint16(&group) {
				return errors.New("ServerKeyExchange is cut short")
			}
			f.curve = Group(group)
		}
	case "DHE":
		var p, g cryptobyte.String
		if !in.ReadUint16LengthPrefixed(&p) || !in.ReadUint16LengthPrefixed(&g) {
			return errors.New("ServerKeyExchange is cut short")
		}
		if len(p) > 2048 {
			return fmt.Errorf("ServerKeyExchange: prime of %d bytes", len(p))
		}
		f.dh = &dhParameters{new(big.Int).SetBytes(p), new(big.Int).SetBytes(g)}
	}
	return nil
}
