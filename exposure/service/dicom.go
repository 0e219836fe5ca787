package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// Association is the answer to one DICOM association request (PS3.8 9.3).
type Association struct {
	Calling string `json:"calling"`           // title given for us
	Called  string `json:"called"`            // title asked for
	Result  Answer `json:"result"`            // accepted
	Class   string `json:"class,omitempty"`   // implementation class UID of the server
	Version string `json:"version,omitempty"` // implementation version name
}

func protocolDICOM() protocol {
	return protocol{name: "dicom", ports: []uint16{104, 2761, 4242, 11112, 11113}, tls: []uint16{2762}, play: playDICOM}
}

// associateRequest asks for an association with the verification service alone, implicit little endian (PS3.8 9.3.2, PS3.4 A): the question of
// an "echo", which gives access to nothing.
func associateRequest(calling, called string) []byte {
	item := func(kind byte, value string) string {
		return string([]byte{kind, 0, byte(len(value) >> 8), byte(len(value))}) + value
	}
	context := item(0x20, "\x01\x00\x00\x00"+item(0x30, "1.2.840.10008.1.1")+item(0x40, "1.2.840.10008.1.2"))
	user := item(0x50, item(0x51, "\x00\x00\x40\x00")+item(0x52, "2.25.138486276139814087315239842394016857")+item(0x55, "HYGIE_AUDIT"))
	body := []byte{0, 1, 0, 0}
	body = append(body, fmt.Sprintf("%-16.16s%-16.16s", called, calling)...)
	body = append(body, make([]byte, 32)...)
	body = append(body, item(0x10, "1.2.840.10008.3.1.1.1")+context+user...)
	return append([]byte{1, 0, 0, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// parseAssociate reads the answer: accepted (2), rejected (3) or aborted (7) (PS3.8 9.3.3, 9.3.4, 9.3.8).
func parseAssociate(b []byte) (Association, error) {
	if len(b) < 10 {
		return Association{}, errShort
	}
	size := binary.BigEndian.Uint32(b[2:])
	if b[0] != 2 && b[0] != 3 && b[0] != 7 || b[1] != 0 {
		return Association{}, errOther
	}
	if uint64(size)+6 > uint64(len(b)) {
		return Association{}, fmt.Errorf("PDU of %d bytes in %d: %w", size, len(b)-6, errShort)
	}
	switch {
	case b[0] == 3 && size == 4:
		return Association{Result: no("A-ASSOCIATE-RJ: result %d, source %d, reason %d%s", b[7], b[8], b[9], rejection(b[8], b[9]))}, nil
	case b[0] == 7 && size == 4:
		return Association{Result: no("A-ABORT: source %d, reason %d", b[8], b[9])}, nil
	case b[0] == 2 && size >= 68:
		a := Association{Result: yes("A-ASSOCIATE-AC")}
		items(b[74:6+size], func(kind byte, value []byte) {
			if kind == 0x50 {
				items(value, func(kind byte, value []byte) {
					switch kind {
					case 0x52:
						a.Class = clean(strings.TrimRight(string(value), "\x00"))
					case 0x55:
						a.Version = clean(strings.TrimRight(string(value), "\x00 "))
					}
				})
			}
		})
		return a, nil
	}
	return Association{}, errOther
}

// items goes through the items of a PDU: kind, reserved, length, value; it stops at one that is cut short.
func items(b []byte, each func(kind byte, value []byte)) {
	for len(b) >= 4 {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b)-4 {
			return
		}
		each(b[0], b[4:4+n])
		b = b[4+n:]
	}
}

// rejection names the reasons that tell something of titles (PS3.8 table 9-21).
func rejection(source, reason byte) string {
	if source != 1 {
		return ""
	}
	switch reason {
	case 3:
		return " (calling AE title not recognised)"
	case 7:
		return " (called AE title not recognised)"
	}
	return ""
}

// playDICOM asks for one association under titles that nobody was given, and aborts it at once if it is accepted. No service of
// images is proposed, so nothing could be read even by mistake.
func playDICOM(s *session) (bool, error) {
	const calling, called = "HYGIE-AUDIT", "NOBODY-HERE"
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	if err := t.send(associateRequest(calling, called)); err != nil {
		return false, err
	}
	got, err := some(t.receive(s.options.Answer, lengthAt(2, 4, 6)))
	if err != nil {
		return false, err
	}
	a, err := parseAssociate(got)
	if err != nil {
		return false, err
	}
	if a.Result.IsYes() {
		t.send([]byte{7, 0, 0, 0, 0, 4, 0, 0, 0, 0}) // A-ABORT
	}
	a.Calling, a.Called = calling, called
	s.facts.recognised("dicom", ByAnswer)
	s.facts.Kind = Imaging
	s.facts.Associations = []Association{a}
	s.facts.Stranger = a.Result
	s.facts.Product, s.facts.Version = dicomProduct(a)
	s.facts.seen("A-ASSOCIATE-RQ %s → %s: %s", calling, called, a.Result.Why)
	if a.Version != "" {
		s.facts.seen("implementation %s", a.Version)
	}
	return true, nil
}

// dicomProduct reads an implementation version name, such as OFFIS_DCMTK_367.
func dicomProduct(a Association) (product, version string) {
	switch {
	case strings.HasPrefix(a.Version, "OFFIS_DCMTK_"):
		return "DCMTK", strings.Join(strings.Split(strings.TrimPrefix(a.Version, "OFFIS_DCMTK_"), ""), ".")
	case strings.HasPrefix(a.Version, "dcm4che-"):
		return "dcm4che", strings.TrimPrefix(a.Version, "dcm4che-")
	}
	return a.Version, ""
}

// protocolHL7 is a port declared, or usual, for HL7 over MLLP. Nothing is ever sent: an integration engine files what it receives.
func protocolHL7() protocol {
	return protocol{name: "hl7", ports: []uint16{2575, 6661}, mute: true}
}

func protocolModbus() protocol {
	return protocol{name: "modbus", ports: []uint16{502, 802}, play: playModbus}
}

// parseModbus reads the answer to Read Device Identification (Modbus Application Protocol 1.1b3, 6.21), or the exception that refuses it: both
// prove a controller.
func parseModbus(b []byte) (string, error) {
	if len(b) < 9 {
		return "", errShort
	}
	if binary.BigEndian.Uint16(b) != 0x6879 || b[2] != 0 || b[3] != 0 {
		return "", errOther
	}
	switch b[7] {
	case 0xab:
		return fmt.Sprintf("exception %d", b[8]), nil
	case 0x2b:
	default:
		return "", errOther
	}
	if len(b) < 14 {
		return "", errShort
	}
	var words []string
	for rest, n := b[14:], int(b[13]); n > 0 && len(rest) >= 2; n-- {
		size := int(rest[1])
		if size > len(rest)-2 {
			break
		}
		words = append(words, clean(string(rest[2:2+size])))
		rest = rest[2+size:]
	}
	return clean(strings.Join(words, " ")), nil
}

func playModbus(s *session) (bool, error) {
	got, err := s.ask([]byte{0x68, 0x79, 0, 0, 0, 5, 0, 0x2b, 0x0e, 1, 0}, lengthAt(4, 2, 6))
	if err != nil {
		return false, err
	}
	identity, err := parseModbus(got)
	if err != nil {
		return false, err
	}
	s.facts.automaton("modbus", identity)
	s.facts.seen("Read Device Identification: %s", identity)
	return true, nil
}

// automaton settles a controller: such protocols have no account, so that answering at all is serving a stranger.
func (f *Facts) automaton(protocol, product string) {
	f.recognised(protocol, ByAnswer)
	f.Kind, f.Product = Automation, product
	f.Stranger = yes("the protocol has no account, and the controller answers")
}

func protocolS7() protocol {
	return protocol{name: "s7", ports: []uint16{102}, play: playS7}
}

// parseS7 reads the connection confirm of a Siemens controller (RFC 1006, ISO 8073 13.4): it repeats the access point asked for.
func parseS7(b []byte) error {
	if len(b) < 11 {
		return errShort
	}
	if b[0] != 3 || b[5] != 0xd0 || !bytes.Contains(b[11:], []byte{0xc2, 2}) {
		return errOther
	}
	return nil
}

// playS7 asks to connect to a controller's programming access point and hangs up before any order.
func playS7(s *session) (bool, error) {
	got, err := s.ask([]byte{3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2}, lengthAt(2, 2, 0))
	if err != nil {
		return false, err
	}
	if err := parseS7(got); err != nil {
		return false, err
	}
	s.facts.automaton("s7", "")
	s.facts.seen("ISO-TSAP connection confirm to TSAP 01.02")
	return true, nil
}

func protocolENIP() protocol {
	return protocol{name: "enip", ports: []uint16{44818}, play: playENIP}
}

// parseENIP reads the answer to ListIdentity (CIP volume 2, 2-4.3): the name of the device.
func parseENIP(b []byte) (string, error) {
	if len(b) < 24 {
		return "", errShort
	}
	if b[0] != 0x63 || b[1] != 0 || len(b) < 30 || b[26] != 0x0c || b[27] != 0 { // one item: an identity
		return "", errOther
	}
	const name = 24 + 2 + 2 + 2 + 2 + 16 + 2 + 2 + 2 + 2 + 2 + 4
	if len(b) <= name || int(b[name]) > len(b)-name-1 {
		return "", nil
	}
	return clean(string(b[name+1 : name+1+int(b[name])])), nil
}

func playENIP(s *session) (bool, error) {
	got, err := s.ask(append([]byte{0x63, 0}, make([]byte, 22)...), func(b []byte) bool { return len(b) >= 24 && len(b) >= 24+int(binary.LittleEndian.Uint16(b[2:])) })
	if err != nil {
		return false, err
	}
	name, err := parseENIP(got)
	if err != nil {
		return false, err
	}
	s.facts.automaton("enip", name)
	s.facts.seen("ListIdentity: %s", name)
	return true, nil
}
