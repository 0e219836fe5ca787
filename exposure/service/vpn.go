package service

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// IKE is what an IPsec gateway answers to one packet of each kind.
type IKE struct {
	V2         Answer   `json:"v2"`         // answers IKE version 2
	Aggressive Answer   `json:"aggressive"` // accepts version 1 in aggressive mode, which gives out a hash of the shared key
	Vendors    []string `json:"vendors,omitempty"`
}

// ikeHeader is the header both versions share (RFC 2408 3.1, RFC 7296 3.1) over a chain of payloads.
func ikeHeader(version, exchange, flags byte, payloads ...ikePayload) []byte {
	b := append([]byte("hygie-au"), make([]byte, 8)...)
	first := byte(0)
	if len(payloads) > 0 {
		first = payloads[0].kind
	}
	b = append(b, first, version, exchange, flags, 0, 0, 0, 0, 0, 0, 0, 0)
	for i, p := range payloads {
		next := byte(0)
		if i+1 < len(payloads) {
			next = payloads[i+1].kind
		}
		b = append(b, next, 0, byte((len(p.body)+4)>>8), byte(len(p.body)+4))
		b = append(b, p.body...)
	}
	binary.BigEndian.PutUint32(b[24:], uint32(len(b)))
	return b
}

type ikePayload struct {
	kind byte
	body []byte
}

// filler stands for a public value and a nonce: no secret is agreed on, the exchange stops after one packet.
func filler(n int) []byte { return bytes.Repeat([]byte("hygie-au"), (n+7)/8)[:n] }

// ikeInit proposes AES-256, SHA-256 and group 14 (RFC 7296 1.2).
func ikeInit() []byte {
	transform := func(last bool, kind byte, id uint16, attributes ...byte) []byte {
		more := byte(3)
		if last {
			more = 0
		}
		return append([]byte{more, 0, 0, byte(8 + len(attributes)), kind, 0, byte(id >> 8), byte(id)}, attributes...)
	}
	transforms := slices.Concat(transform(false, 1, 12, 0x80, 14, 1, 0), transform(false, 2, 5), transform(false, 3, 12), transform(true, 4, 14))
	proposal := append([]byte{0, 0, 0, byte(8 + len(transforms)), 1, 1, 0, 4}, transforms...)
	return ikeHeader(0x20, 34, 8, ikePayload{33, proposal}, ikePayload{34, append([]byte{0, 14, 0, 0}, filler(256)...)}, ikePayload{40, filler(32)})
}

// ikeAggressive proposes four suites with a shared key and group 2, in aggressive mode (RFC 2409 5.4).
func ikeAggressive() []byte {
	var transforms []byte
	suites := [][2][]byte{ // cipher with its key, hash
		{{0x80, 1, 0, 7, 0x80, 14, 1, 0}, {0x80, 2, 0, 2}},   // AES-256, SHA-1
		{{0x80, 1, 0, 7, 0x80, 14, 0, 128}, {0x80, 2, 0, 2}}, // AES-128, SHA-1
		{{0x80, 1, 0, 5}, {0x80, 2, 0, 2}},                   // 3DES, SHA-1
		{{0x80, 1, 0, 5}, {0x80, 2, 0, 1}},                   // 3DES, MD5
	}
	for i, suite := range suites {
		attributes := slices.Concat(suite[0], suite[1], []byte{0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0, 12, 0, 4, 0, 0, 0x70, 0x80})
		more := byte(3)
		if i == len(suites)-1 {
			more = 0
		}
		transforms = append(transforms, more, 0, 0, byte(8+len(attributes)), byte(i+1), 1, 0, 0)
		transforms = append(transforms, attributes...)
	}
	proposal := append([]byte{0, 0, byte((8 + len(transforms)) >> 8), byte(8 + len(transforms)), 1, 1, 0, byte(len(suites))}, transforms...)
	sa := append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, proposal...)
	identity := append([]byte{2, 17, 1, 0xf4}, "audit.hygie.invalid"...)
	return ikeHeader(0x10, 4, 0, ikePayload{1, sa}, ikePayload{4, filler(128)}, ikePayload{10, filler(20)}, ikePayload{5, identity})
}

// ikeReply is the chain of an answer.
type ikeReply struct {
	version, exchange byte
	answers           bool // marked as an answer (version 2), or carrying the responder's own cookie
	payloads          []ikePayload
}

// parseIKE reads an answer to a packet of ours.
func parseIKE(b []byte) (ikeReply, error) {
	if len(b) < 28 {
		return ikeReply{}, errShort
	}
	if string(b[:8]) != "hygie-au" {
		return ikeReply{}, errOther
	}
	r := ikeReply{version: b[17] >> 4, exchange: b[18], answers: b[19]&0x20 != 0 || !bytes.Equal(b[8:16], make([]byte, 8))}
	rest, kind := b[28:], b[16]
	for kind != 0 && len(rest) >= 4 && len(r.payloads) < 50 {
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size < 4 || size > len(rest) {
			return r, fmt.Errorf("payload %d of %d bytes in %d: %w", kind, size, len(rest), errShort)
		}
		r.payloads = append(r.payloads, ikePayload{kind, rest[4:size]})
		kind, rest = rest[0], rest[size:]
	}
	return r, nil
}

func (r ikeReply) has(kind byte) bool {
	return slices.ContainsFunc(r.payloads, func(p ikePayload) bool { return p.kind == kind })
}

// notify is the code of the first notification, 0 without one. It stands after the protocol and the size of the SPI, which version 1
// precedes with its domain of interpretation.
func (r ikeReply) notify() uint16 {
	for _, p := range r.payloads {
		if p.kind == 41 && len(p.body) >= 4 {
			return binary.BigEndian.Uint16(p.body[2:])
		}
		if p.kind == 11 && len(p.body) >= 8 {
			return binary.BigEndian.Uint16(p.body[6:])
		}
	}
	return 0
}

// vendors names the vendor identifiers of an answer (payload 13 in version 1, 43 in version 2).
func (r ikeReply) vendors() []string {
	var out []string
	for _, p := range r.payloads {
		if p.kind != 13 && p.kind != 43 {
			continue
		}
		id := hex.EncodeToString(short(p.body, 32))
		for prefix, name := range map[string]string{
			"882fe56d6fd20dbc2251613b2ebe5beb": "strongSwan",
			"1e2b516905991c7d7c96fcbfb587e461": "Microsoft Windows",
			"f4ed19e0c114eb516faaac0ee37daf28": "Check Point",
			"12f5f28c457168a9702d9fe274cc":     "Cisco Unity",
			"09002689dfd6b712":                 "XAUTH",
			"afcad71368a1f1c96b8696fc77570100": "Dead Peer Detection",
		} {
			if strings.HasPrefix(id, prefix) {
				id = name
			}
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func playIKE(s *session) (bool, error) {
	ask := func(packet []byte) (ikeReply, error) {
		if s.target.Address().Port() == 4500 {
			packet = append(make([]byte, 4), packet...) // RFC 3948 2.2: not an encrypted packet
		}
		answers, err := s.datagram(packet, 1)
		if err != nil {
			return ikeReply{}, err
		}
		b := answers[0]
		if s.target.Address().Port() == 4500 {
			b = bytes.TrimPrefix(b, make([]byte, 4))
		}
		return parseIKE(b)
	}
	v2, err2 := ask(ikeInit())
	v1, err1 := ask(ikeAggressive())
	if err1 != nil && err2 != nil {
		return false, err2
	}
	f := &IKE{V2: unknown("no answer"), Aggressive: unknown("no answer")}
	if !v1.answers && !v2.answers && v1.notify() == 0 {
		return false, errOther
	}
	if err2 == nil && v2.version == 2 && v2.answers {
		f.V2 = yes("IKE_SA_INIT answered, notification %d", v2.notify())
	}
	if err1 == nil && v1.version == 1 {
		switch {
		case v1.exchange == 4 && v1.has(1) && v1.answers:
			f.Aggressive = yes("aggressive mode answered with a security association")
		case v1.notify() != 0:
			f.Aggressive = no("aggressive mode refused, notification %d", v1.notify())
		}
	}
	f.Vendors = append(v2.vendors(), v1.vendors()...)
	slices.Sort(f.Vendors)
	f.Vendors = slices.Compact(f.Vendors)
	s.facts.IKE = f
	s.facts.Kind = Gateway
	s.facts.recognised("ike", ByAnswer)
	s.facts.seen("IKEv2: %s; IKEv1 aggressive: %s", f.V2.Why, f.Aggressive.Why)
	for _, v := range f.Vendors {
		if v == "strongSwan" || v == "Check Point" || v == "Microsoft Windows" {
			s.facts.Product = v
		}
	}
	return true, nil
}

// openVPNReset opens a control channel (OpenVPN protocol, P_CONTROL_HARD_RESET_CLIENT_V2): session, no acknowledgement, packet 0.
func openVPNReset() []byte { return append([]byte{0x38}, append([]byte("hygie-au"), 0, 0, 0, 0, 0)...) }

// parseOpenVPN reads the server's reset (P_CONTROL_HARD_RESET_SERVER_V2), which acknowledges our session.
func parseOpenVPN(b []byte) error {
	if len(b) < 14 {
		return errShort
	}
	if b[0]>>3 != 8 || !bytes.Contains(b, []byte("hygie-au")) {
		return errOther
	}
	return nil
}

func (s *session) openVPNAnswer(b []byte) (bool, error) {
	if err := parseOpenVPN(b); err != nil {
		return false, err
	}
	s.facts.recognised("openvpn", ByAnswer)
	s.facts.Product, s.facts.Kind = "OpenVPN", Gateway
	s.facts.seen("hard reset answered: no key is needed to open the control channel")
	return true, nil
}

func playOpenVPNUDP(s *session) (bool, error) {
	answers, err := s.datagram(openVPNReset(), 1)
	if err != nil {
		return false, err
	}
	return s.openVPNAnswer(answers[0])
}

func protocolOpenVPN() protocol {
	return protocol{name: "openvpn", ports: []uint16{1194}, play: func(s *session) (bool, error) {
		reset := openVPNReset()
		got, err := s.ask(append([]byte{0, byte(len(reset))}, reset...), lengthAt(0, 2, 2))
		if len(got) < 2 {
			return false, err
		}
		return s.openVPNAnswer(got[2:])
	}}
}

func protocolPPTP() protocol {
	return protocol{name: "pptp", ports: []uint16{1723}, play: playPPTP}
}

// pptpStart is a Start-Control-Connection-Request (RFC 2637 2.1).
func pptpStart() []byte {
	b := make([]byte, 156)
	copy(b, []byte{0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 3})
	copy(b[28:], "hygie")
	copy(b[92:], "hygie")
	return b
}

// parsePPTP reads the answer (RFC 2637 2.2): host and vendor.
func parsePPTP(b []byte) (host, vendor string, err error) {
	if len(b) < 16 {
		return "", "", errShort
	}
	if !bytes.Equal(b[2:8], []byte{0, 1, 0x1a, 0x2b, 0x3c, 0x4d}) || b[9] != 2 {
		return "", "", errOther
	}
	if len(b) < 156 {
		return "", "", errShort
	}
	word := func(v []byte) string {
		v, _, _ = bytes.Cut(v, []byte{0})
		return clean(string(v))
	}
	return word(b[28:92]), word(b[92:156]), nil
}

func playPPTP(s *session) (bool, error) {
	got, err := s.ask(pptpStart(), lengthAt(0, 2, 0))
	if err != nil {
		return false, err
	}
	host, vendor, err := parsePPTP(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("pptp", ByAnswer)
	s.facts.Product, s.facts.Kind = vendor, Gateway
	s.facts.seen("Start-Control-Connection-Reply: host %s, vendor %s", host, vendor)
	return true, nil
}
