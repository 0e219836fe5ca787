package smb

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A Dialer opens connections. (*net.Dialer).DialContext is one (MS-SMB2 2.1).
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Options say where and how to connect (docs/decisions/012-own-smb-client.md).
type Options struct {
	Server  string        // host or host:port; no other machine is contacted
	Name    string        // of the server in tickets and shares, the host by default: an address is no name
	Logon   Logon         // how to authenticate
	Dial    Dialer        // nil is a plain net.Dialer
	Timeout time.Duration // longest silence of the server, 0 for 60 s
	Random  io.Reader     // nil is crypto/rand
}

// Dialects (MS-SMB2 2.2.3), oldest first.
const (
	dialect210 = 0x0210
	dialect300 = 0x0300
	dialect302 = 0x0302
	dialect311 = 0x0311
)

// A Client holds one session with a server (MS-SMB2 3.2.1.3). It is for one goroutine.
type Client struct {
	conn    net.Conn
	in      *bufio.Reader
	server  string // host, for the names of shares
	timeout time.Duration
	random  io.Reader
	broken  error

	dialect uint16
	cipher  uint16          // 1 CCM, 2 GCM
	digest  [64]byte        // preauthentication integrity (MS-SMB2 3.2.5.2)
	next    uint64          // number of the next message
	credits int             // messages that may be sent
	session uint64          // identifier
	key     []byte          // signs, nil before the session is open
	seal    cipher.AEAD     // client to server
	open    cipher.AEAD     // server to client
	sealAll bool            // the session demands encryption
	sealed  map[uint32]bool // trees that do
	nonce   uint64
}

// Connect opens a session (MS-SMB2 3.2.4.2).
func Connect(ctx context.Context, o Options) (_ *Client, err error) {
	host, port, splitErr := net.SplitHostPort(o.Server)
	if splitErr != nil {
		host, port = strings.Trim(o.Server, "[]"), "445"
	}
	if o.Logon == nil {
		return nil, errors.New("connect to SMB: no way to log on")
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	c := &Client{server: cmp.Or(o.Name, host), timeout: cmp.Or(o.Timeout, time.Minute), random: o.Random, credits: 1, sealed: make(map[uint32]bool)}
	if c.conn, err = o.Dial(ctx, "tcp", net.JoinHostPort(host, port)); err != nil {
		return nil, fmt.Errorf("connect to SMB: %w", err)
	}
	c.in = bufio.NewReader(c.conn)
	defer func() {
		if err != nil {
			_ = c.conn.Close()
		}
	}()
	if err = c.negotiate(ctx); err != nil {
		return nil, fmt.Errorf("negotiate SMB: %w", err)
	}
	if err = c.setup(ctx, o.Logon); err != nil {
		return nil, fmt.Errorf("open SMB session: %w", err)
	}
	return c, nil
}

// Dialect names the dialect in use, "SMB 3.1.1".
func (c *Client) Dialect() string {
	switch c.dialect {
	case dialect311:
		return "SMB 3.1.1"
	case dialect302:
		return "SMB 3.0.2"
	case dialect300:
		return "SMB 3.0"
	}
	return "SMB 2.1"
}

// Encrypted tells whether all that passes is encrypted, not only signed.
func (c *Client) Encrypted() bool { return c.sealAll }

// Close ends the session and the connection.
func (c *Client) Close() error {
	if c.broken == nil && c.key != nil {
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_, _, _ = c.call(ctx, cmdLogoff, 0, []byte{4, 0, 0, 0}, "log off")
	}
	return c.conn.Close()
}

// call sends a request and gives the answer. A status other than success, pending answers awaited, is a StatusError, with the answer
// still given.
func (c *Client) call(ctx context.Context, command uint16, tree uint32, request []byte, doing string) (header, *body, error) {
	h, raw, err := c.exchange(ctx, command, tree, request)
	if err != nil {
		return h, nil, fmt.Errorf("%s: %w", doing, err)
	}
	if h.status != statusOK {
		return h, &body{b: raw}, &StatusError{doing, h.status}
	}
	return h, &body{b: raw}, nil
}

// exchange sends one message and reads its answer. Any failure here leaves the line in an unknown state: it is not used again.
func (c *Client) exchange(ctx context.Context, command uint16, tree uint32, request []byte) (h header, raw []byte, err error) {
	if c.broken != nil {
		return h, nil, c.broken
	}
	defer func() {
		if err != nil {
			c.broken = err
			_ = c.conn.Close()
		}
	}()
	if c.credits < 1 {
		return h, nil, bad("no credit left")
	}
	c.credits--
	number := c.next
	c.next++
	message := appendHeader(nil, header{command: command, credits: 32, message: number, tree: tree, session: c.session})
	message = append(message, request...)
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := c.send(message, tree); err != nil {
		return h, nil, c.lineError(ctx, err)
	}
	for {
		h, raw, err = c.receive(ctx)
		if err != nil {
			return h, nil, c.lineError(ctx, err)
		}
		if h.flags&flagResponse == 0 || h.message != number || h.command != command {
			return h, nil, bad("an answer to another request")
		}
		c.credits = min(c.credits+int(h.credits), 1024)
		if h.status != statusPending || h.flags&flagAsync == 0 {
			return h, raw, nil
		}
	}
}

func (c *Client) lineError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// send protects and writes a message.
func (c *Client) send(message []byte, tree uint32) error {
	c.noteDigest(message)
	if c.key != nil && (c.sealAll || c.sealed[tree]) {
		message = c.encrypt(message)
	} else if c.key != nil {
		binary.LittleEndian.PutUint32(message[16:], binary.LittleEndian.Uint32(message[16:])|flagSigned)
		copy(message[48:64], c.sign(message))
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(message)), uint32(len(message)))
	_, err := c.conn.Write(append(frame, message...))
	return err
}

// receive reads and checks a message.
func (c *Client) receive(ctx context.Context) (h header, raw []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return h, nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return h, nil, err
	}
	if raw, err = readFrame(c.in); err != nil {
		return h, nil, err
	}
	encrypted := bytes.HasPrefix(raw, []byte("\xfdSMB"))
	if encrypted {
		if raw, err = c.decrypt(raw); err != nil {
			return h, nil, err
		}
	}
	if h, err = readHeader(raw); err != nil {
		return h, nil, err
	}
	pending := h.status == statusPending && h.flags&flagAsync != 0 // carries nothing, and may be unsigned (MS-SMB2 3.2.5.1.3)
	if c.key != nil && !encrypted && !pending {
		if c.sealAll || c.sealed[h.tree] && h.tree != 0 {
			return h, nil, fmt.Errorf("an answer that should be encrypted is not: %w", errSeal)
		}
		if err := c.verify(h, raw); err != nil {
			return h, nil, err
		}
	}
	return h, raw, nil
}

// verify checks the signature of an answer.
func (c *Client) verify(h header, raw []byte) error {
	got := bytes.Clone(raw[48:64])
	if h.flags&flagSigned == 0 || !hmac.Equal(got, c.sign(raw)) {
		return errSeal
	}
	return nil
}

// sign computes the signature of a message, whose place in it counts as zero (MS-SMB2 3.1.4.1).
func (c *Client) sign(message []byte) []byte {
	message = bytes.Clone(message)
	clear(message[48:64])
	if c.dialect >= dialect300 {
		return cmac(c.key, message)
	}
	h := hmac.New(sha256.New, c.key)
	h.Write(message)
	return h.Sum(nil)[:16]
}

// encrypt wraps a message (MS-SMB2 2.2.41, 3.1.4.3). Nonces count up and are never used twice with a key.
func (c *Client) encrypt(message []byte) []byte {
	head := make([]byte, transformSize)
	copy(head, "\xfdSMB")
	c.nonce++
	binary.LittleEndian.PutUint64(head[20:], c.nonce)
	binary.LittleEndian.PutUint32(head[36:], uint32(len(message)))
	binary.LittleEndian.PutUint16(head[42:], 1)
	binary.LittleEndian.PutUint64(head[44:], c.session)
	sealed := c.seal.Seal(nil, head[20:20+c.seal.NonceSize()], message, head[20:])
	body, tag := sealed[:len(sealed)-tagSize], sealed[len(sealed)-tagSize:]
	copy(head[4:20], tag)
	return append(head, body...)
}

func (c *Client) decrypt(raw []byte) ([]byte, error) {
	if c.open == nil || len(raw) < transformSize {
		return nil, bad("an encrypted message that was not expected")
	}
	head, body := raw[:transformSize], raw[transformSize:]
	if binary.LittleEndian.Uint64(head[44:]) != c.session || binary.LittleEndian.Uint32(head[36:]) != uint32(len(body)) {
		return nil, errSeal
	}
	plain, err := c.open.Open(nil, head[20:20+c.open.NonceSize()], append(bytes.Clone(body), head[4:20]...), head[20:])
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

// noteDigest adds a message to the digest of the negotiation, until the session has its key.
func (c *Client) noteDigest(message []byte) {
	if c.key == nil && c.dialect == dialect311 || c.dialect == 0 {
		c.digest = sha512.Sum512(append(c.digest[:], message...))
	}
}

// negotiate settles the dialect (MS-SMB2 3.2.4.2.2).
func (c *Client) negotiate(ctx context.Context) error {
	var identity, salt [32]byte
	if _, err := io.ReadFull(c.random, identity[:]); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.random, salt[:]); err != nil {
		return err
	}
	dialects := []uint16{dialect210, dialect300, dialect302, dialect311}
	b := make([]byte, 36)
	binary.LittleEndian.PutUint16(b, 36)
	binary.LittleEndian.PutUint16(b[2:], uint16(len(dialects)))
	b[4] = 3                                   // signing enabled and required
	binary.LittleEndian.PutUint32(b[8:], 0x40) // encryption
	copy(b[12:28], identity[:16])              // client identifier
	binary.LittleEndian.PutUint32(b[28:], 112) // contexts: 64 + 36 + 8 bytes of dialects, to the next multiple of 8
	binary.LittleEndian.PutUint16(b[32:], 2)   // how many
	for _, d := range dialects {
		b = binary.LittleEndian.AppendUint16(b, d)
	}
	b = append(b, make([]byte, 112-headerSize-len(b))...)
	context1 := append([]byte{1, 0, 32, 0, 1, 0}, salt[:]...) // one digest, SHA-512, and the salt
	b = appendContext(b, 1, context1)
	b = append(b, make([]byte, -len(b)&7)...)
	b = appendContext(b, 2, []byte{2, 0, 2, 0, 1, 0}) // AES-128-GCM, then CCM
	_, raw, err := c.exchange(ctx, cmdNegotiate, 0, b)
	if err != nil {
		return err
	}
	h, _ := readHeader(raw)
	if h.status != statusOK {
		return &StatusError{"negotiate", h.status}
	}
	return c.negotiated(raw)
}

func appendContext(b []byte, kind uint16, data []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	b = append(b, 0, 0, 0, 0)
	return append(b, data...)
}

// negotiated reads the server's choice.
func (c *Client) negotiated(raw []byte) error {
	m := &body{b: raw}
	dialect := m.u16(4)
	capabilities := m.u32(24)
	if m.err != nil {
		return m.err
	}
	switch dialect {
	case dialect210:
	case dialect300, dialect302:
		if capabilities&0x40 != 0 {
			c.cipher = 1
		}
	case dialect311:
		c.digest = sha512.Sum512(append(c.digest[:], raw...))
		if err := c.contexts(m); err != nil {
			return err
		}
	default:
		return bad("dialect 0x%04x", dialect)
	}
	c.dialect = dialect
	return nil
}

// contexts reads the choices of SMB 3.1.1 (MS-SMB2 2.2.4.1).
func (c *Client) contexts(m *body) error {
	count, at := int(m.u16(6)), int(m.u32(60))
	if m.err != nil {
		return m.err
	}
	integrity := false
	for range min(count, 32) {
		if at < headerSize || at+8 > len(m.b) {
			return bad("a negotiate context at %d, in a message of %d bytes", at, len(m.b))
		}
		kind, size := binary.LittleEndian.Uint16(m.b[at:]), int(binary.LittleEndian.Uint16(m.b[at+2:]))
		if at+8+size > len(m.b) {
			return bad("a negotiate context of %d bytes at %d", size, at)
		}
		data := m.b[at+8 : at+8+size]
		switch {
		case kind == 1 && size >= 6:
			if binary.LittleEndian.Uint16(data[4:]) != 1 {
				return bad("an unknown digest")
			}
			integrity = true
		case kind == 2 && size >= 4:
			c.cipher = binary.LittleEndian.Uint16(data[2:])
			if c.cipher > 2 {
				return bad("cipher %d, which was not offered", c.cipher)
			}
		}
		at += (8 + size + 7) &^ 7
	}
	if !integrity {
		return bad("no digest for SMB 3.1.1")
	}
	return nil
}
