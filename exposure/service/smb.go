package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// SMB is what a file server accepts before anyone signs in.
type SMB struct {
	V1      Answer `json:"v1"`                // SMB 1, without which WannaCry would not have spread
	Signing Answer `json:"signing"`           // signing is required
	Dialect string `json:"dialect,omitempty"` // highest dialect, such as "3.1.1"
	Name    string `json:"name,omitempty"`    // what the machine calls itself
	Domain  string `json:"domain,omitempty"`  // and its domain or workgroup
}

func protocolSMB() protocol {
	return protocol{name: "smb", ports: []uint16{139, 445}, play: playSMB, signs: func(b []byte) bool {
		return len(b) >= 8 && (bytes.Equal(b[4:8], []byte("\xffSMB")) || bytes.Equal(b[4:8], []byte("\xfeSMB")))
	}}
}

// netbios puts the four bytes of a session message in front (RFC 1002 4.3.1, MS-SMB2 2.1).
func netbios(b []byte) []byte {
	return append([]byte{0, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

// smb1Negotiate offers SMB 1 alone (MS-CIFS 2.2.4.52.1): dialect "NT LM 0.12".
func smb1Negotiate() []byte {
	header := make([]byte, 32)
	copy(header, "\xffSMB\x72")
	header[9] = 0x18
	binary.LittleEndian.PutUint16(header[10:], 0xc801)
	dialect := "\x02NT LM 0.12\x00"
	body := append([]byte{0, byte(len(dialect)), 0}, dialect...)
	return netbios(append(header, body...))
}

// smb2Negotiate offers 2.0.2 to 3.1.1 (MS-SMB2 2.2.3), with the hash context that 3.1.1 demands.
func smb2Negotiate() []byte {
	header := make([]byte, 64)
	copy(header, "\xfeSMB")
	header[4] = 64
	header[14] = 1 // credits
	body := make([]byte, 36)
	body[0] = 36
	body[2] = 5 // dialects
	body[4] = 1 // we can sign
	copy(body[12:], "hygie-audit-0001")
	for _, d := range []uint16{0x0202, 0x0210, 0x0300, 0x0302, 0x0311} {
		body = binary.LittleEndian.AppendUint16(body, d)
	}
	for (64+len(body))%8 != 0 {
		body = append(body, 0)
	}
	binary.LittleEndian.PutUint32(body[28:], uint32(64+len(body))) // offset of the contexts
	body[32] = 1                                                   // one of them
	// Preauthentication integrity: SHA-512, 32 bytes of salt (MS-SMB2 2.2.3.1.1).
	context := []byte{1, 0, 38, 0, 0, 0, 0, 0, 1, 0, 32, 0, 1, 0}
	context = append(context, make([]byte, 32)...)
	return netbios(append(header, append(body, context...)...))
}

// parseSMB1 reads the answer to [smb1Negotiate] (MS-CIFS 2.2.4.52.2): whether SMB 1 is spoken, and whether signing is required.
func parseSMB1(b []byte) (spoken, signing bool, err error) {
	if len(b) < 4+32+3 {
		return false, false, errShort
	}
	m := b[4:]
	if string(m[:4]) != "\xffSMB" || m[4] != 0x72 || m[9]&0x80 == 0 { // an answer, and not our question come back
		return false, false, errOther
	}
	if binary.LittleEndian.Uint32(m[5:]) != 0 || m[32] < 1 || len(m) < 35 {
		return false, false, nil
	}
	if binary.LittleEndian.Uint16(m[33:]) == 0xffff { // none of the dialects
		return false, false, nil
	}
	if len(m) < 36 {
		return true, false, nil
	}
	return true, m[35]&8 != 0, nil
}

// parseSMB2 reads the answer to [smb2Negotiate] (MS-SMB2 2.2.4).
func parseSMB2(b []byte) (dialect uint16, signing bool, err error) {
	if len(b) < 4+64+8 {
		return 0, false, errShort
	}
	m := b[4:]
	if string(m[:4]) != "\xfeSMB" || binary.LittleEndian.Uint16(m[12:]) != 0 || m[16]&1 == 0 {
		return 0, false, errOther
	}
	if status := binary.LittleEndian.Uint32(m[8:]); status != 0 {
		return 0, false, fmt.Errorf("negotiate: status %#x", status)
	}
	return binary.LittleEndian.Uint16(m[64+4:]), binary.LittleEndian.Uint16(m[64+2:])&2 != 0, nil
}

func dialectName(d uint16) string {
	switch d {
	case 0x0202:
		return "2.0.2"
	case 0x0210:
		return "2.1"
	case 0x0300:
		return "3.0"
	case 0x0302:
		return "3.0.2"
	case 0x0311:
		return "3.1.1"
	}
	return fmt.Sprintf("%#04x", d)
}

func playSMB(s *session) (bool, error) {
	f := &SMB{Signing: unknown("no answer")}
	answered := false
	got, err := s.smbAsk(smb2Negotiate())
	if dialect, signing, parseErr := parseSMB2(got); parseErr == nil {
		answered = true
		f.Dialect = dialectName(dialect)
		s.facts.seen("SMB2 NEGOTIATE: dialect %s", f.Dialect)
		f.Signing = no("SecurityMode: signing not required")
		if signing {
			f.Signing = yes("SecurityMode: signing required")
		}
	}
	old, oldErr := s.smbAsk(smb1Negotiate())
	spoken, signing, parseErr := parseSMB1(old)
	switch {
	case parseErr == nil && spoken:
		answered = true
		f.V1 = yes("SMB1 NEGOTIATE: NT LM 0.12 accepted")
		if f.Dialect == "" {
			f.Dialect = "1"
			f.Signing = no("SMB1 SecurityMode: signing not required")
			if signing {
				f.Signing = yes("SMB1 SecurityMode: signing required")
			}
		}
	case parseErr == nil:
		answered = true
		f.V1 = no("SMB1 NEGOTIATE: no dialect accepted")
	case answered && oldErr != nil && len(old) == 0 && isReset(oldErr):
		f.V1 = no("SMB1 NEGOTIATE: connection closed") // what a server without SMB 1 does (MS-SMB2 3.3.5.3)
	default:
		f.V1 = unknown("SMB1 NEGOTIATE: no answer")
	}
	if !answered {
		if err == nil {
			err = errOther
		}
		return false, err
	}
	s.facts.SMB = f
	s.facts.recognised("smb", ByAnswer)
	s.facts.seen("SMB1: %s; signing required: %s", f.V1.Is, f.Signing.Is)
	s.facts.Guest = unknown(NotMandated)
	if f.Dialect != "1" {
		var m machine
		m, s.facts.Guest = s.smbSign()
		s.facts.Product, s.facts.Version = m.product()
		f.Name, f.Domain = m.name, m.domain
		if m.name != "" || m.domain != "" {
			s.facts.seen("NTLM challenge: name %s, domain %s, version %s", m.name, m.domain, m.version)
		}
	}
	s.facts.Stranger = s.facts.Guest
	return true, nil
}

// smbAsk sends one message, after the session request that port 139 wants (RFC 1002 4.3.2).
func (s *session) smbAsk(message []byte) ([]byte, error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	defer t.close()
	if s.target.Address().Port() == 139 {
		if err := t.send(sessionRequest()); err != nil {
			return nil, err
		}
		if got, err := t.take(4); err != nil || got[0] != 0x82 {
			return nil, fmt.Errorf("NetBIOS session refused: %w", errOther)
		}
	}
	if err := t.send(message); err != nil {
		return nil, err
	}
	return t.receive(s.options.Answer, lengthAt(1, 3, 4))
}

func sessionRequest() []byte {
	b := []byte{0x81, 0, 0, 68}
	b = append(b, netbiosName("*SMBSERVER", 0x20)...)
	return append(b, netbiosName("HYGIE", 0)...)
}

// netbiosName is a name in the form of RFC 1001 14.1: sixteen bytes, each as two letters.
func netbiosName(name string, suffix byte) []byte {
	padded := []byte(fmt.Sprintf("%-15.15s", name) + string(rune(suffix)))
	if name == "*" {
		padded = make([]byte, 16)
		padded[0] = '*'
	}
	out := []byte{32}
	for _, c := range padded {
		out = append(out, 'A'+c>>4, 'A'+c&15)
	}
	return append(out, 0)
}

func protocolRPC() protocol {
	return protocol{name: "msrpc", ports: []uint16{135, 593}, play: playRPC, signs: func(b []byte) bool {
		return len(b) > 3 && b[0] == 5 && b[1] == 0 && slices.Contains([]byte{12, 13}, b[2])
	}}
}

// rpcBind asks to bind to the endpoint mapper (C706 12.6.4.3): the plainest question a Windows RPC port answers.
func rpcBind() []byte {
	b := []byte{5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1, 0, 0, 0, 0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0}
	b = append(b, 0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa, 3, 0, 0, 0)    // endpoint mapper 3.0
	return append(b, 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0) // NDR 2.0
}

// parseRPC tells whether an answer accepts (12) or refuses (13) a bind.
func parseRPC(b []byte) (accepted bool, err error) {
	if len(b) < 16 {
		return false, errShort
	}
	if b[0] != 5 || (b[2] != 12 && b[2] != 13) {
		return false, errOther
	}
	return b[2] == 12, nil
}

func playRPC(s *session) (bool, error) {
	got, err := s.ask(rpcBind(), func(b []byte) bool { return len(b) >= 16 && len(b) >= int(binary.LittleEndian.Uint16(b[8:])) })
	if err != nil {
		return false, err
	}
	accepted, err := parseRPC(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("msrpc", ByAnswer)
	s.facts.seen("%s", map[bool]string{true: "bind_ack from the endpoint mapper", false: "bind_nak"}[accepted])
	return true, nil
}

func protocolWinRM() protocol {
	return protocol{name: "winrm", ports: []uint16{5985, 47001}, tls: []uint16{5986}, play: playWinRM}
}

// identify is the one question of WS-Management that needs no account (DSP0226 11).
const identify = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ` +
	`xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>`

func playWinRM(s *session) (bool, error) {
	question := append(request("POST", "/wsman", s.target, "WSMANIDENTIFY: unauthenticated", "Content-Type: application/soap+xml;charset=UTF-8",
		fmt.Sprintf("Content-Length: %d", len(identify))), identify...)
	got, err := s.ask(question, wholeHTTP)
	if err != nil {
		return false, err
	}
	p, err := parsePage(got)
	if err != nil {
		return false, err
	}
	negotiates := p.Status == 401 && strings.Contains(strings.Join(p.header.Values("WWW-Authenticate"), " "), "Negotiate")
	if !p.contains("IdentifyResponse") && !negotiates {
		return false, errOther
	}
	s.facts.recognised("winrm", ByAnswer)
	s.facts.HTTP = &p.HTTP
	s.facts.Product, s.facts.Version, _ = serverProduct(p.Server)
	s.facts.seen("POST /wsman Identify: HTTP %d, Server: %s", p.Status, p.Server)
	return true, nil
}
