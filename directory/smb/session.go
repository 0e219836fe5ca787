package smb

import (
	"context"
	"crypto/sha512"
	"encoding/binary"
	"errors"

	"hygie/directory/ldap"
)

// A Logon makes the tokens of an authentication (MS-SMB2 3.2.4.2.3).
type Logon interface {
	// begin makes the first token for a server; mechanism is its object identifier, DER without tag and length.
	begin(ctx context.Context, server string) (mechanism, token []byte, err error)
	// next answers a token of the server; nil when nothing more is to be sent.
	next(token []byte) ([]byte, error)
	// protect signs the list of mechanisms, so that nobody can have taken one away (RFC 4178 5); nil when the mechanism need not.
	protect(list []byte) []byte
	// key gives the key of the session once the server accepted.
	key() ([]byte, error)
}

// Object identifiers of mechanisms.
var (
	oidKerberos = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}
	oidNTLM     = []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}
)

// Kerberos logs on with a ticket, for the account of o; realm is that of the server (RFC 4178 4.2.1).
func Kerberos(o ldap.Options, realm string) Logon { return &kerberos{options: o, realm: realm} }

type kerberos struct {
	options ldap.Options
	realm   string
	context *ldap.ServiceContext
	session []byte
}

func (k *kerberos) begin(ctx context.Context, server string) ([]byte, []byte, error) {
	var token []byte
	var err error
	k.context, token, err = k.options.Service(ctx, "cifs", server, k.realm)
	return oidKerberos, token, err
}

func (k *kerberos) next(token []byte) (_ []byte, err error) {
	if k.session != nil {
		return nil, errors.New("the server answered twice")
	}
	k.session, err = k.context.Finish(token)
	return nil, err
}

// protect gives nil: one mechanism is offered and accepted at once.
func (k *kerberos) protect([]byte) []byte { return nil }

func (k *kerberos) key() ([]byte, error) {
	if k.session == nil {
		return nil, errors.New("the server did not prove who it is")
	}
	return k.session, nil
}

// Flags of a session (MS-SMB2 2.2.6).
const (
	sessionGuest   = 1
	sessionNull    = 2
	sessionEncrypt = 4
)

// setup authenticates (MS-SMB2 3.2.4.2.3).
func (c *Client) setup(ctx context.Context, logon Logon) error {
	mechanism, token, err := logon.begin(ctx, c.server)
	if err != nil {
		return err
	}
	send := wrapInit(mechanism, token)
	const most = 4 // rounds
	for range most {
		h, raw, err := c.exchange(ctx, cmdSessionSetup, 0, setupRequest(send))
		if err != nil {
			return err
		}
		if h.status != statusOK && h.status != statusMoreProcessing {
			return &StatusError{"log on", h.status}
		}
		c.session = h.session
		m := &body{b: raw}
		flags := m.u16(2)
		answer := m.buffer(uint32(m.u16(4)), uint32(m.u16(6)))
		if m.err != nil {
			return m.err
		}
		reply, err := readResponse(answer)
		if err != nil {
			return err
		}
		var out []byte
		if len(reply) > 0 {
			if out, err = logon.next(reply); err != nil {
				return err
			}
		}
		if h.status == statusOK {
			if flags&(sessionGuest|sessionNull) != 0 {
				return errors.New("the server opened a guest session")
			}
			return c.opened(logon, h, raw, flags)
		}
		c.digest = sha512.Sum512(append(c.digest[:], raw...))
		send = wrapResponse(out, logon.protect(mechanisms(mechanism)))
	}
	return bad("the logon does not end")
}

func setupRequest(token []byte) []byte {
	b := make([]byte, 24)
	binary.LittleEndian.PutUint16(b, 25)
	b[3] = 3 // signing enabled and required
	binary.LittleEndian.PutUint16(b[12:], headerSize+24)
	binary.LittleEndian.PutUint16(b[14:], uint16(len(token)))
	return append(b, token...)
}

// opened derives the keys (MS-SMB2 3.2.5.3.1) and checks the last answer with them.
func (c *Client) opened(logon Logon, h header, raw []byte, flags uint16) error {
	session, err := logon.key()
	if err != nil {
		return err
	}
	session = session[:16]
	c.key = session
	var toServer, toClient []byte
	switch {
	case c.dialect == dialect311:
		digest := string(c.digest[:])
		c.key = derive(session, "SMBSigningKey\x00", digest)
		toServer, toClient = derive(session, "SMBC2SCipherKey\x00", digest), derive(session, "SMBS2CCipherKey\x00", digest)
	case c.dialect >= dialect300:
		c.key = derive(session, "SMB2AESCMAC\x00", "SmbSign\x00")
		toServer, toClient = derive(session, "SMB2AESCCM\x00", "ServerIn \x00"), derive(session, "SMB2AESCCM\x00", "ServerOut\x00")
	}
	if err := c.verify(h, raw); err != nil {
		return err
	}
	make := newCCM
	if c.cipher == 2 {
		make = newGCM
	}
	if c.cipher != 0 && toServer != nil {
		if c.seal, err = make(toServer); err != nil {
			return err
		}
		if c.open, err = make(toClient); err != nil {
			return err
		}
	}
	if flags&sessionEncrypt != 0 {
		if c.seal == nil {
			return errors.New("the server demands encryption without a cipher that we know")
		}
		c.sealAll = true
	}
	return nil
}
