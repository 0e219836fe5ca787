package service

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5" // the protocol asks for it (MS-NLMP 3.3.2)
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	//lint:ignore SA1019 the protocol asks for it (MS-NLMP 3.3.1)
	"golang.org/x/crypto/md4"
)

// Flags of an NTLM message (MS-NLMP 2.2.2.5): Unicode, target, NTLM, extended session security, target information, 128 bits, 56 bits.
const guestFlags = 0x1 | 0x4 | 0x200 | 0x80000 | 0x800000 | 0x20000000 | 0x80000000

// smbGuest asks for a session as the account "guest", which has no password (MS-SMB2 3.3.5.5): a server that opens one and marks it as
// a guest's lets anyone in. The session is left at once; no share is opened.
func (s *session) smbGuest() Answer {
	t, err := s.open()
	if err != nil {
		return unknown("%v", err)
	}
	defer t.close()
	if s.target.Address().Port() == 139 {
		if err := t.send(sessionRequest()); err != nil {
			return unknown("%v", err)
		}
		if got, err := t.take(4); err != nil || got[0] != 0x82 {
			return unknown("NetBIOS session refused")
		}
	}
	exchange := func(message []byte) ([]byte, error) {
		if err := t.send(message); err != nil {
			return nil, err
		}
		return t.receive(s.options.Answer, lengthAt(1, 3, 4))
	}
	if _, err := exchange(smb2Negotiate()); err != nil {
		return unknown("NEGOTIATE: %v", err)
	}
	hello := append([]byte("NTLMSSP\x00\x01\x00\x00\x00"), make([]byte, 20)...)
	binary.LittleEndian.PutUint32(hello[12:], guestFlags)
	got, err := exchange(sessionSetup(1, 0, hello))
	if err != nil {
		return unknown("SESSION_SETUP: %v", err)
	}
	setup, err := parseSetup(got)
	if err != nil {
		return unknown("SESSION_SETUP: %v", err)
	}
	proof, err := guestProof(setup.token)
	if err != nil {
		return no("SESSION_SETUP: status %#x, %v", setup.status, err)
	}
	if got, err = exchange(sessionSetup(2, setup.session, proof)); err != nil {
		return unknown("SESSION_SETUP: %v", err)
	}
	if setup, err = parseSetup(got); err != nil {
		return unknown("SESSION_SETUP: %v", err)
	}
	switch {
	case setup.status == 0 && setup.flags&1 != 0:
		return yes("SESSION_SETUP as guest: SESSION_FLAG_IS_GUEST")
	case setup.status == 0:
		return yes("SESSION_SETUP as guest without a password: STATUS_SUCCESS")
	default:
		return no("SESSION_SETUP as guest: status %#x", setup.status)
	}
}

// sessionSetup carries one NTLM message (MS-SMB2 2.2.5).
func sessionSetup(number, session uint64, token []byte) []byte {
	header := make([]byte, 64)
	copy(header, "\xfeSMB")
	header[4], header[12], header[14] = 64, 1, 1
	binary.LittleEndian.PutUint64(header[24:], number)
	binary.LittleEndian.PutUint64(header[40:], session)
	body := make([]byte, 24)
	body[0], body[3] = 25, 1
	binary.LittleEndian.PutUint16(body[12:], 64+24)
	binary.LittleEndian.PutUint16(body[14:], uint16(len(token)))
	return netbios(bytes.Join([][]byte{header, body, token}, nil))
}

// setupReply is the answer to a session setup (MS-SMB2 2.2.6).
type setupReply struct {
	status  uint32
	session uint64
	flags   uint16
	token   []byte
}

func parseSetup(b []byte) (setupReply, error) {
	if len(b) < 4+64+8 {
		return setupReply{}, errShort
	}
	m := b[4:]
	if string(m[:4]) != "\xfeSMB" || binary.LittleEndian.Uint16(m[12:]) != 1 || m[16]&1 == 0 {
		return setupReply{}, errOther
	}
	r := setupReply{status: binary.LittleEndian.Uint32(m[8:]), session: binary.LittleEndian.Uint64(m[40:]), flags: binary.LittleEndian.Uint16(m[66:])}
	offset, size := int(binary.LittleEndian.Uint16(m[68:])), int(binary.LittleEndian.Uint16(m[70:]))
	if r.status != 0 && r.status != 0xc0000016 { // more processing required
		return r, nil
	}
	if offset > len(m) || size > len(m)-offset {
		return setupReply{}, fmt.Errorf("token of %d bytes at %d in %d: %w", size, offset, len(m), errShort)
	}
	r.token = m[offset : offset+size]
	return r, nil
}

// guestProof answers an NTLM challenge for the account "guest" and its empty password (MS-NLMP 3.3.2).
func guestProof(token []byte) ([]byte, error) {
	at := bytes.Index(token, []byte("NTLMSSP\x00\x02\x00\x00\x00")) // alone or wrapped by SPNEGO
	if at < 0 {
		return nil, fmt.Errorf("no NTLM challenge")
	}
	c := token[at:]
	if len(c) < 48 {
		return nil, errShort
	}
	size, offset := int(binary.LittleEndian.Uint16(c[40:])), int(binary.LittleEndian.Uint32(c[44:]))
	if offset > len(c) || size > len(c)-offset {
		return nil, fmt.Errorf("target information of %d bytes at %d in %d: %w", size, offset, len(c), errShort)
	}
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(md5.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	owf := mac(md4.New().Sum(nil), utf16le("GUEST"))
	temp := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, make([]byte, 8)...)
	temp = append(temp, "hygie-au\x00\x00\x00\x00"...)
	temp = append(append(temp, c[offset:offset+size]...), 0, 0, 0, 0)
	response := append(mac(owf, c[24:32], temp), temp...)
	out := []byte("NTLMSSP\x00\x03\x00\x00\x00")
	var payload []byte
	for _, data := range [][]byte{make([]byte, 24), response, nil, utf16le("guest"), nil, nil} { // LM, NT, domain, user, workstation, key
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(64+len(payload)))
		payload = append(payload, data...)
	}
	out = binary.LittleEndian.AppendUint32(out, guestFlags)
	return append(out, payload...), nil
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
