package smb

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5" // the protocol asks for it (MS-NLMP 3.3.2)
	"crypto/rc4" // the protocol asks for it (MS-NLMP 3.4.5.1), to carry the key of the session
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	//lint:ignore SA1019 the protocol asks for it (MS-NLMP 3.3.1)
	"golang.org/x/crypto/md4"
)

// NTLM logs on with a password by NTLMv2 (MS-NLMP). User is "name" or `DOMAIN\name`. It is for accounts that cannot have a Kerberos
// ticket: a password that leaves no trace on the wire but a proof that an eavesdropper can try to guess offline.
func NTLM(user, password string, random io.Reader) Logon {
	domain, name, ok := strings.Cut(user, `\`)
	if !ok {
		domain, name = "", user
	}
	return &ntlm{domain: domain, user: name, password: password, random: random}
}

type ntlm struct {
	domain, user, password string
	random                 io.Reader
	first                  []byte
	session                []byte
}

// Flags (MS-NLMP 2.2.2.5): Unicode, target, sign, NTLM, always sign, extended session security, target information, 128 bits, key exchange, 56 bits.
const ntlmFlags = 0x1 | 0x4 | 0x10 | 0x200 | 0x8000 | 0x80000 | 0x800000 | 0x20000000 | 0x40000000 | 0x80000000

const ntlmSignature = "NTLMSSP\x00"

func (n *ntlm) begin(context.Context, string) ([]byte, []byte, error) {
	if n.password == "" {
		return nil, nil, errors.New("NTLM needs the password")
	}
	b := append([]byte(ntlmSignature), 1, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, ntlmFlags)
	n.first = append(b, make([]byte, 16)...)
	return oidNTLM, n.first, nil
}

func (n *ntlm) key() ([]byte, error) {
	if n.session == nil {
		return nil, errors.New("the server did not ask for a proof")
	}
	return n.session, nil
}

// protect signs with the key of the session (MS-NLMP 3.4.4.2), the first message of its sequence.
func (n *ntlm) protect(list []byte) []byte {
	if n.session == nil {
		return nil
	}
	key := func(purpose string) []byte {
		sum := md5.Sum(append(bytes.Clone(n.session), "session key to client-to-server "+purpose+" key magic constant\x00"...))
		return sum[:]
	}
	sequence := make([]byte, 4)
	sum := hmacMD5(key("signing"), sequence, list)[:8]
	if seal, err := rc4.NewCipher(key("sealing")); err == nil {
		seal.XORKeyStream(sum, sum)
	}
	return slices.Concat([]byte{1, 0, 0, 0}, sum, sequence)
}

// next answers the challenge.
func (n *ntlm) next(challenge []byte) ([]byte, error) {
	if n.session != nil {
		return nil, errors.New("the server asked twice")
	}
	if len(challenge) < 48 || string(challenge[:8]) != ntlmSignature || binary.LittleEndian.Uint32(challenge[8:]) != 2 {
		return nil, bad("an NTLM challenge of %d bytes", len(challenge))
	}
	if flags := binary.LittleEndian.Uint32(challenge[20:]); flags&0x40080010 != 0x40080010 {
		return nil, errors.New("the server offers NTLM without signing")
	}
	size, offset := int(binary.LittleEndian.Uint16(challenge[40:])), int(binary.LittleEndian.Uint32(challenge[44:]))
	if offset < 48 || offset > len(challenge) || size > len(challenge)-offset {
		return nil, bad("target information of %d bytes at %d", size, offset)
	}
	target, stamp, err := targetInfo(challenge[offset : offset+size])
	if err != nil {
		return nil, err
	}
	var random [24]byte // client challenge, then the key of the session
	if _, err := io.ReadFull(n.random, random[:]); err != nil {
		return nil, err
	}
	return n.authenticate(challenge, target, stamp, random[:8], random[8:])
}

// Identifiers of the pairs of a target (MS-NLMP 2.2.2.1).
const (
	avEnd       = 0
	avFlags     = 6
	avTimestamp = 7
)

// targetInfo gives the pairs to send back, completed with the mark that a message code follows, and the time of the server.
func targetInfo(b []byte) (out, stamp []byte, err error) {
	stamp = make([]byte, 8)
	for {
		if len(b) < 4 {
			return nil, nil, bad("target information without an end")
		}
		kind, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if size > len(b)-4 {
			return nil, nil, bad("target information cut short")
		}
		switch kind {
		case avEnd:
			out = append(out, avFlags, 0, 4, 0, 2, 0, 0, 0)
			return append(out, 0, 0, 0, 0), stamp, nil
		case avTimestamp:
			if size == 8 {
				stamp = b[4:12]
			}
		}
		if kind != avFlags {
			out = append(out, b[:4+size]...)
		}
		b = b[4+size:]
	}
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// authenticate makes the last message (MS-NLMP 2.2.1.3, 3.3.2).
func (n *ntlm) authenticate(challenge, target, stamp, nonce, session []byte) ([]byte, error) {
	h := md4.New()
	h.Write(utf16le(n.password))
	owf := hmacMD5(h.Sum(nil), utf16le(strings.ToUpper(n.user)+n.domain))
	temp := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, stamp...)
	temp = append(temp, nonce...)
	temp = append(temp, 0, 0, 0, 0)
	temp = append(temp, target...)
	temp = append(temp, 0, 0, 0, 0)
	proof := hmacMD5(owf, challenge[24:32], temp)
	base := hmacMD5(owf, proof)
	exchange, err := rc4.NewCipher(base)
	if err != nil {
		return nil, err
	}
	carried := make([]byte, 16)
	exchange.XORKeyStream(carried, session)

	const fixed = 88
	out := append([]byte(ntlmSignature), 3, 0, 0, 0)
	var payload []byte
	field := func(data []byte) {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(fixed+len(payload)))
		payload = append(payload, data...)
	}
	field(make([]byte, 24))       // LMv2: zeros when the server gives its time (MS-NLMP 3.1.5.1.2)
	field(append(proof, temp...)) // NTLMv2
	field(utf16le(n.domain))
	field(utf16le(n.user))
	field(nil) // workstation
	field(carried)
	out = binary.LittleEndian.AppendUint32(out, ntlmFlags)
	out = append(out, make([]byte, 8+16)...) // version, message code
	out = append(out, payload...)
	copy(out[72:], hmacMD5(session, n.first, challenge, out))
	n.session = bytes.Clone(session)
	return out, nil
}
