package tlsscan

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/cryptobyte"

	"hygie/exposure/reach"
)

// modernHandshake is what only a whole handshake of TLS 1.3 shows, for all of it is encrypted: certificates, stapling, tickets.
type modernHandshake struct {
	certificates [][]byte
	timestamps   int
	stapled      bool
	asksClient   bool
	alpn         string
	tickets      int
	early        Answer
}

// goodbye is how long a server is given to send its tickets and close, once told that nothing more will come.
const goodbye = 300 * time.Millisecond

// handshake13 lets the standard library shake hands, without judging the certificate, and reads its flight again with the secrets it
// logs: so that certificates the library refuses to read are seen too, and tickets, which it keeps to itself.
func (s *scan) handshake13() {
	var tape recorder
	var secrets bytes.Buffer
	err := s.on(func(conn *reach.Conn) error {
		tape = recorder{Conn: conn}
		config := &tls.Config{ServerName: s.name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, KeyLogWriter: &secrets,
			ClientSessionCache: tls.NewLRUClientSessionCache(1), // without one it asks for no ticket
			CurvePreferences:   []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}}
		if s.preface.Name == "" {
			config.NextProtos = webProtocols()
		}
		client := tls.Client(&tape, config)
		ctx, cancel := context.WithTimeout(s.ctx, s.wait)
		defer cancel()
		if err := client.HandshakeContext(ctx); err != nil {
			return err
		}
		// Tickets come with the answer to our Finished; saying goodbye makes a server end the connection right after them.
		if err := client.CloseWrite(); err != nil {
			return nil
		}
		if err := conn.SetReadDeadline(time.Now().Add(goodbye)); err == nil {
			io.Copy(io.Discard, io.LimitReader(client, 1<<14))
		}
		return nil
	})
	if tape.Len() == 0 {
		return
	}
	m, readErr := readModern(tape.Bytes(), secrets.String())
	if m == nil {
		m = &modernHandshake{early: unknown(whyOf(cmpError(err, readErr)))}
	}
	s.mu.Lock()
	s.modern = m
	s.mu.Unlock()
}

// cmpError is the first of two errors that is one.
func cmpError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// recorder keeps what a server sends, up to a bound.
type recorder struct {
	net.Conn
	bytes.Buffer
}

// Read reads and keeps.
func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if r.Len() < maxHandshake {
		r.Buffer.Write(p[:n])
	}
	return n, err
}

// Write writes to the connection, not to the tape.
func (r *recorder) Write(p []byte) (int, error) { return r.Conn.Write(p) }

// readModern decrypts a recorded flight of TLS 1.3 with the secrets in the key log of its client, up to where it ends.
func readModern(tape []byte, log string) (*modernHandshake, error) {
	c := conversation{r: bytes.NewReader(tape)}
	h, err := c.hello()
	if err == nil && h.retry {
		h, err = c.helloAfterRetry()
	}
	if err != nil {
		return nil, err
	}
	if h.version != TLS13 {
		return nil, errors.New("the handshake is not of TLS 1.3")
	}
	m := &modernHandshake{early: unknown("no ticket")}
	if err := m.decrypt(&c, h.suite, secret(log, "SERVER_HANDSHAKE_TRAFFIC_SECRET"), secret(log, "SERVER_TRAFFIC_SECRET_0")); err != nil {
		return m, err
	}
	return m, nil
}

// helloAfterRetry reads the ServerHello that follows a HelloRetryRequest, past the empty ChangeCipherSpec between (RFC 8446 D.4).
func (c *conversation) helloAfterRetry() (*serverHello, error) {
	kind, content, err := c.readRecord()
	if err != nil {
		return nil, err
	}
	if kind == typeHandshake {
		c.messages = append(c.messages, content...)
	} else if kind != typeChangeCipherSpec {
		return nil, fmt.Errorf("byte %d: record of type %d after a retry", c.total, kind)
	}
	return c.hello()
}

// secret finds a secret in a key log (SSLKEYLOGFILE), nil if it is not there.
func secret(log, label string) []byte {
	for line := range strings.Lines(log) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == label {
			key, err := hex.DecodeString(fields[2])
			if err != nil {
				return nil
			}
			return key
		}
	}
	return nil
}

// decrypt opens the records of the server: first with the handshake secret, after its Finished with that of the application.
func (m *modernHandshake) decrypt(c *conversation, suite Suite, handshake, application []byte) error {
	open, err := opener(suite, handshake)
	if err != nil {
		return err
	}
	var messages []byte
	for {
		kind, content, err := c.readRecord()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if kind != typeApplicationData {
			continue
		}
		inner, plain, err := open(content)
		if err != nil {
			return err
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
			finished := messages[0] == 20
			messages = messages[n:]
			if finished {
				if open, err = opener(suite, application); err != nil {
					return err
				}
			}
		}
	}
}

// message keeps what one message of the server tells; those that make no sense are passed over, the library has judged them.
func (m *modernHandshake) message(kind byte, body []byte) {
	in := cryptobyte.String(body)
	switch kind {
	case typeEncrypted:
		var extensions cryptobyte.String
		if in.ReadUint16LengthPrefixed(&extensions) {
			m.alpn = chosenProtocol(readExtensions(extensions)[extALPN])
		}
	case typeCertificateAsked:
		m.asksClient = true
	case typeCertificate:
		m.readCertificates(in)
	case typeNewTicket:
		m.tickets++
		if m.early.Unknown() {
			m.early = no("")
		}
		if early, has := ticketExtensions(in)[extEarlyData]; has && len(early) == 4 && binary.BigEndian.Uint32(early) > 0 {
			m.early = yes("")
		}
	}
}

// readCertificates reads a Certificate message of TLS 1.3 (RFC 8446 4.4.2).
func (m *modernHandshake) readCertificates(in cryptobyte.String) {
	var context, list cryptobyte.String
	if !in.ReadUint8LengthPrefixed(&context) || !in.ReadUint24LengthPrefixed(&list) {
		return
	}
	for len(m.certificates) < maxChain && !list.Empty() {
		var one, extensions cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&one) || !list.ReadUint16LengthPrefixed(&extensions) {
			return
		}
		if len(m.certificates) == 0 {
			about := readExtensions(extensions)
			m.stapled = len(about[extStatusRequest]) > 4
			m.timestamps = listLength(about[extCertificateTimes])
		}
		m.certificates = append(m.certificates, slices.Clone(one))
	}
}

// ticketExtensions reads the extensions of a NewSessionTicket (RFC 8446 4.6.1).
func ticketExtensions(in cryptobyte.String) map[uint16][]byte {
	var nonce, ticket, extensions cryptobyte.String
	if !in.Skip(8) || !in.ReadUint8LengthPrefixed(&nonce) || !in.ReadUint16LengthPrefixed(&ticket) || !in.ReadUint16LengthPrefixed(&extensions) {
		return nil
	}
	return readExtensions(extensions)
}

// readExtensions reads a list of extensions up to where it makes sense.
func readExtensions(in cryptobyte.String) map[uint16][]byte {
	found := map[uint16][]byte{}
	var number uint16
	var content cryptobyte.String
	for in.ReadUint16(&number) && in.ReadUint16LengthPrefixed(&content) {
		found[number] = content
	}
	return found
}

// opener decrypts records of TLS 1.3 protected by a traffic secret (RFC 8446 5.2 and 7.3).
func opener(suite Suite, traffic []byte) (func(record []byte) (kind byte, plain []byte, err error), error) {
	if traffic == nil {
		return nil, errors.New("the key log lacks a secret")
	}
	var hash func() hash.Hash = sha256.New
	size := 16
	switch suite {
	case 0x1302:
		hash, size = sha512.New384, 32
	case 0x1303:
		size = 32
	}
	key, err := expandLabel(hash, traffic, "key", size)
	if err != nil {
		return nil, err
	}
	iv, err := expandLabel(hash, traffic, "iv", 12)
	if err != nil {
		return nil, err
	}
	aead, err := recordCipher(suite, key)
	if err != nil {
		return nil, err
	}
	var sequence uint64
	return func(record []byte) (byte, []byte, error) {
		nonce := slices.Clone(iv)
		var counter [8]byte
		binary.BigEndian.PutUint64(counter[:], sequence)
		for i, b := range counter {
			nonce[4+i] ^= b
		}
		sequence++
		plain, err := aead.Open(nil, nonce, record, []byte{typeApplicationData, 3, 3, byte(len(record) >> 8), byte(len(record))})
		if err != nil {
			return 0, nil, fmt.Errorf("record %d: %w", sequence, err)
		}
		plain = bytes.TrimRight(plain, "\x00")
		if len(plain) == 0 {
			return 0, nil, fmt.Errorf("record %d holds nothing", sequence)
		}
		return plain[len(plain)-1], plain[:len(plain)-1], nil
	}, nil
}

func recordCipher(suite Suite, key []byte) (cipher.AEAD, error) {
	switch suite {
	case 0x1301, 0x1302:
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	case 0x1303:
		return chacha20poly1305.New(key)
	}
	return nil, fmt.Errorf("no cipher for suite %v", suite)
}

// expandLabel is HKDF-Expand-Label without context (RFC 8446 7.1).
func expandLabel(hash func() hash.Hash, secret []byte, label string, length int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = append(info, byte(6+len(label)))
	info = append(info, "tls13 "+label...)
	return hkdf.Expand(hash, secret, string(append(info, 0)), length)
}
