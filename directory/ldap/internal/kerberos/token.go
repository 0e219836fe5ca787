package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/crypto/etype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Wrap tokens, RFC 4121 section 4.2.6.2:
//
//	 0  05 04            token identifier
//	 2  flags            1 sent by acceptor, 2 sealed, 4 acceptor subkey
//	 3  ff               filler
//	 4  EC  (2 bytes)    length of the checksum, or of the filler when sealed
//	 6  RRC (2 bytes)    how far the rest was rotated to the right
//	 8  sequence number (8 bytes)
//	16  data
const (
	tokenHeader = 16

	flagSentByAcceptor = 1
	flagSealed         = 2
	flagAcceptorSubkey = 4
)

var errTokenIntegrity = errors.New("wrap token was altered on the way, or was not made for this session")

// A Session is an established Kerberos context: it wraps what one side sends and unwraps what the other sent (RFC 4121 4.2).
type Session struct {
	kind      etype.EType
	key       []byte
	subkey    bool // key is the acceptor's subkey
	acceptor  bool // we are the server side; only tests are
	seal      bool // encrypt what we send, not only sign it
	sendNext  uint64
	recvNext  uint64
	recvKnown bool // recvNext is known; otherwise the first token sets it
}

// newSession prepares a context around a key. Only the AES encryption types have these tokens: RC4 and DES use the older
// ones of RFC 1964 and RFC 4757, which are not worth having in a new program.
func newSession(key types.EncryptionKey) (*Session, error) {
	switch key.KeyType {
	case 17, 18, 19, 20: // aes128/256-cts-hmac-sha1-96, aes128/256-cts-hmac-sha256/384
	default:
		return nil, fmt.Errorf("session key of encryption type %d, where AES is needed", key.KeyType)
	}
	kind, err := crypto.GetEtype(key.KeyType)
	if err != nil {
		return nil, err
	}
	return &Session{kind: kind, key: key.KeyValue}, nil
}

// NewAcceptor is the server's side of a context, for servers that test a client: the key is that of the acceptor (RFC 4121 4.1).
func NewAcceptor(key types.EncryptionKey, sends, receives uint64) (*Session, error) {
	s, err := newSession(key)
	if err != nil {
		return nil, err
	}
	s.acceptor, s.subkey = true, true
	s.sendNext, s.recvNext, s.recvKnown = sends, receives, true
	return s, nil
}

// Sealed tells whether what is sent is encrypted, and not only signed.
func (s *Session) Sealed() bool { return s.seal }

// SessionKey gives the key that both sides agreed on.
func (s *Session) SessionKey() []byte { return bytes.Clone(s.key) }

// Algorithm names the encryption of the tokens (RFC 3961 registry).
func (s *Session) Algorithm() string {
	switch id := s.kind.GetETypeID(); id {
	case 17:
		return "aes128-cts-hmac-sha1-96"
	case 18:
		return "aes256-cts-hmac-sha1-96"
	case 19:
		return "aes128-cts-hmac-sha256-128"
	case 20:
		return "aes256-cts-hmac-sha384-192"
	default:
		return fmt.Sprintf("encryption type %d", id)
	}
}

// usage is the key usage number of RFC 4121 section 2 for wrap tokens, sealed or not.
func usage(sentByAcceptor bool) uint32 {
	if sentByAcceptor {
		return keyusage.GSSAPI_ACCEPTOR_SEAL
	}
	return keyusage.GSSAPI_INITIATOR_SEAL
}

// Wrap makes the next token around plain.
func (s *Session) Wrap(plain []byte, seal bool) ([]byte, error) {
	var header [tokenHeader]byte
	header[0], header[1], header[3] = 0x05, 0x04, 0xff
	if s.acceptor {
		header[2] |= flagSentByAcceptor
	}
	if s.subkey {
		header[2] |= flagAcceptorSubkey
	}
	if seal {
		header[2] |= flagSealed
	}
	binary.BigEndian.PutUint64(header[8:], s.sendNext)
	// What is protected is the data followed by the header, with EC and RRC at zero in both cases.
	protected := make([]byte, 0, len(plain)+tokenHeader)
	protected = append(append(protected, plain...), header[:]...)

	var token []byte
	if seal {
		_, sealed, err := s.kind.EncryptMessage(s.key, protected, usage(s.acceptor))
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		token = append(header[:], sealed...)
	} else {
		sum, err := s.kind.GetChecksumHash(s.key, protected, usage(s.acceptor))
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		binary.BigEndian.PutUint16(header[4:], uint16(len(sum)))
		token = make([]byte, 0, tokenHeader+len(plain)+len(sum))
		token = append(append(append(token, header[:]...), plain...), sum...)
	}
	s.sendNext++
	return token, nil
}

// Unwrap checks the next token received and gives back its data, and whether it was sealed.
func (s *Session) Unwrap(token []byte) (plain []byte, sealed bool, err error) {
	if len(token) < tokenHeader {
		return nil, false, fmt.Errorf("wrap token of %d bytes is shorter than its header", len(token))
	}
	header := token[:tokenHeader]
	flags := header[2]
	switch {
	case header[0] != 0x05 || header[1] != 0x04 || header[3] != 0xff:
		return nil, false, fmt.Errorf("not a wrap token: it begins with % x", header[:4])
	case (flags&flagSentByAcceptor != 0) == s.acceptor:
		return nil, false, errors.New("wrap token sent by our own side: it was reflected")
	case (flags&flagAcceptorSubkey != 0) != s.subkey:
		return nil, false, errors.New("wrap token made with another key than the one agreed")
	}
	number := binary.BigEndian.Uint64(header[8:])
	if s.recvKnown && number != s.recvNext {
		return nil, false, fmt.Errorf("wrap token number %d where %d was expected: one was lost, repeated or inserted", number, s.recvNext)
	}
	sealed = flags&flagSealed != 0
	body := unrotate(token[tokenHeader:], int(binary.BigEndian.Uint16(header[6:])))
	if sealed {
		plain, err = s.open(header, body)
	} else {
		plain, err = s.verify(header, body)
	}
	if err != nil {
		return nil, sealed, err
	}
	s.recvNext, s.recvKnown = number+1, true
	return plain, sealed, nil
}

// unrotate undoes the right rotation by count of RFC 4121 section 4.2.5. Windows rotates, Samba and MIT do not.
func unrotate(body []byte, count int) []byte {
	if len(body) == 0 || count%len(body) == 0 {
		return body
	}
	count %= len(body)
	out := make([]byte, 0, len(body))
	return append(append(out, body[count:]...), body[:count]...)
}

// verify checks a signed token: data, then a checksum over data and header with EC and RRC at zero.
func (s *Session) verify(header, body []byte) ([]byte, error) {
	length := int(binary.BigEndian.Uint16(header[4:]))
	if length != s.kind.GetHMACBitLength()/8 || length > len(body) {
		return nil, fmt.Errorf("wrap token of %d bytes with a checksum of %d", len(body), length)
	}
	plain, sum := body[:len(body)-length], body[len(body)-length:]
	protected := make([]byte, 0, len(plain)+tokenHeader)
	protected = append(append(protected, plain...), withoutCounts(header, true)...)
	if !s.kind.VerifyChecksum(s.key, protected, sum, usage(!s.acceptor)) {
		return nil, errTokenIntegrity
	}
	return plain, nil
}

// open decrypts a sealed token: data, filler of EC bytes, then a copy of the header with RRC at zero.
func (s *Session) open(header, body []byte) ([]byte, error) {
	if len(body) < s.kind.GetConfounderByteSize()+s.kind.GetHMACBitLength()/8+tokenHeader {
		return nil, fmt.Errorf("sealed token of %d bytes is too short", len(body))
	}
	opened, err := s.kind.DecryptMessage(s.key, body, usage(!s.acceptor))
	if err != nil {
		return nil, errTokenIntegrity
	}
	filler := int(binary.BigEndian.Uint16(header[4:]))
	if len(opened) < tokenHeader+filler {
		return nil, fmt.Errorf("sealed token whose filler of %d bytes is longer than its data", filler)
	}
	end := len(opened) - tokenHeader
	if !bytes.Equal(withoutCounts(opened[end:], false), withoutCounts(header, false)) {
		return nil, errTokenIntegrity
	}
	return opened[:end-filler], nil
}

// withoutCounts is a copy of a header with RRC, and EC too if asked, set to zero.
func withoutCounts(header []byte, ec bool) []byte {
	out := bytes.Clone(header)
	out[6], out[7] = 0, 0
	if ec {
		out[4], out[5] = 0, 0
	}
	return out
}
