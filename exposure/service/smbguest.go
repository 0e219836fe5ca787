package service

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/md5" // the protocol asks for it (MS-NLMP 3.3.2)
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	//lint:ignore SA1019 the protocol asks for it (MS-NLMP 3.3.1)
	"golang.org/x/crypto/md4"

	"hygie/exposure/perimeter"
)

// Flags of an NTLM message (MS-NLMP 2.2.2.5): Unicode, target, NTLM, extended session security, target information, version, 128 bits, 56 bits.
const guestFlags = 0x1 | 0x4 | 0x200 | 0x80000 | 0x800000 | 0x02000000 | 0x20000000 | 0x80000000

// smbSign asks for a session and stops at the challenge, which names the machine, its domain and its system to anyone (MS-NLMP 2.2.1.2).
// Where the mandate names access as a guest it goes on as the account "guest", which has no password (MS-SMB2 3.3.5.5): a server that opens
// a session lets anyone in. The session is left at once; no share is opened.
func (s *session) smbSign() (machine, Answer) {
	t, err := s.open()
	if err != nil {
		return machine{}, unknown("%v", err)
	}
	defer t.close()
	if s.target.Address().Port() == 139 {
		if err := t.send(sessionRequest()); err != nil {
			return machine{}, unknown("%v", err)
		}
		if got, err := t.take(4); err != nil || got[0] != 0x82 {
			return machine{}, unknown("NetBIOS session refused")
		}
	}
	exchange := func(message []byte) ([]byte, error) {
		if err := t.send(message); err != nil {
			return nil, err
		}
		return t.receive(s.options.Answer, lengthAt(1, 3, 4))
	}
	if _, err := exchange(smb2Negotiate()); err != nil {
		return machine{}, unknown("NEGOTIATE: %v", err)
	}
	hello := append([]byte("NTLMSSP\x00\x01\x00\x00\x00"), make([]byte, 20)...)
	binary.LittleEndian.PutUint32(hello[12:], guestFlags)
	got, err := exchange(sessionSetup(1, 0, hello))
	if err != nil {
		return machine{}, unknown("SESSION_SETUP: %v", err)
	}
	setup, err := parseSetup(got)
	if err != nil {
		return machine{}, unknown("SESSION_SETUP: %v", err)
	}
	m, err := parseChallenge(setup.token)
	if err != nil {
		return machine{}, unknown("SESSION_SETUP: status %#x, %v", setup.status, err)
	}
	if !s.target.Allows(perimeter.GuestAccess) {
		return m, unknown(NotMandated)
	}
	if got, err = exchange(sessionSetup(2, setup.session, m.guestProof())); err != nil {
		return m, unknown("SESSION_SETUP: %v", err)
	}
	if setup, err = parseSetup(got); err != nil {
		return m, unknown("SESSION_SETUP: %v", err)
	}
	switch {
	case setup.status == 0 && setup.flags&1 != 0:
		return m, yes("SESSION_SETUP as guest: SESSION_FLAG_IS_GUEST")
	case setup.status == 0:
		return m, yes("SESSION_SETUP as guest without a password: STATUS_SUCCESS")
	default:
		return m, no("SESSION_SETUP as guest: status %#x", setup.status)
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

// machine is what an NTLM challenge says of the server (MS-NLMP 2.2.1.2, 2.2.2.1).
type machine struct {
	name, domain string // DNS names, or NetBIOS names where there are none
	version      string // major.minor.build of Windows; Samba says 6.1.0
	nonce, info  []byte
}

// product names the system by the version in the challenge.
func (m machine) product() (product, version string) {
	switch m.version {
	case "":
		return "", ""
	case "6.1.0":
		return "Samba", ""
	}
	return "Windows", m.version
}

// parseChallenge reads a challenge, alone or wrapped by SPNEGO.
func parseChallenge(token []byte) (machine, error) {
	at := bytes.Index(token, []byte("NTLMSSP\x00\x02\x00\x00\x00"))
	if at < 0 {
		return machine{}, fmt.Errorf("no NTLM challenge")
	}
	c := token[at:]
	if len(c) < 48 {
		return machine{}, errShort
	}
	size, offset := int(binary.LittleEndian.Uint16(c[40:])), int(binary.LittleEndian.Uint32(c[44:]))
	if offset > len(c) || size > len(c)-offset {
		return machine{}, fmt.Errorf("target information of %d bytes at %d in %d: %w", size, offset, len(c), errShort)
	}
	m := machine{nonce: c[24:32], info: c[offset : offset+size]}
	if binary.LittleEndian.Uint32(c[20:])&0x02000000 != 0 && len(c) >= 56 {
		m.version = fmt.Sprintf("%d.%d.%d", c[48], c[49], binary.LittleEndian.Uint16(c[50:]))
	}
	for b := m.info; len(b) >= 4; {
		kind, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if kind == 0 || n > len(b)-4 {
			break
		}
		value := fromUTF16(b[4 : 4+n])
		switch kind {
		case 1:
			m.name = cmp.Or(m.name, value)
		case 2:
			m.domain = cmp.Or(m.domain, value)
		case 3:
			m.name = cmp.Or(value, m.name)
		case 4:
			m.domain = cmp.Or(value, m.domain)
		}
		b = b[4+n:]
	}
	return m, nil
}

// guestProof answers the challenge for the account "guest" and its empty password (MS-NLMP 3.3.2).
func (m machine) guestProof() []byte {
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
	temp = append(append(temp, m.info...), 0, 0, 0, 0)
	response := append(mac(owf, m.nonce, temp), temp...)
	out := []byte("NTLMSSP\x00\x03\x00\x00\x00")
	var payload []byte
	for _, data := range [][]byte{make([]byte, 24), response, nil, utf16le("guest"), nil, nil} { // LM, NT, domain, user, workstation, key
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint16(out, uint16(len(data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(64+len(payload)))
		payload = append(payload, data...)
	}
	out = binary.LittleEndian.AppendUint32(out, guestFlags)
	return append(out, payload...)
}

// fromUTF16 reads text of two bytes a letter.
func fromUTF16(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return clean(string(utf16.Decode(units)))
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
