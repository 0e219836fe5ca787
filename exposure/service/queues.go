package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Message brokers.

func protocolMQTT() protocol {
	return protocol{name: "mqtt", ports: []uint16{1883}, tls: []uint16{8883}, play: playMQTT}
}

// mqttConnect asks for a clean session without a name or a password (MQTT 3.1.1, 3.1).
func mqttConnect() []byte {
	body := "\x00\x04MQTT\x04\x02\x00\x0a\x00\x0bhygie-audit"
	return append([]byte{0x10, byte(len(body))}, body...)
}

// parseMQTT reads a CONNACK (MQTT 3.1.1, 3.2): its return code.
func parseMQTT(b []byte) (byte, error) {
	if len(b) < 4 {
		return 0, errShort
	}
	if b[0] != 0x20 || b[1] < 2 {
		return 0, errOther
	}
	return b[3], nil
}

// playMQTT asks for a session and leaves; it subscribes to nothing.
func playMQTT(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	if err := t.send(mqttConnect()); err != nil {
		return false, err
	}
	got, err := some(t.receive(s.options.Answer, lengthAt(1, 1, 2)))
	if err != nil {
		return false, err
	}
	code, err := parseMQTT(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("mqtt", ByAnswer)
	s.facts.seen("CONNACK %d", code)
	switch code {
	case 0:
		s.facts.Stranger = yes("CONNACK 0")
		t.send([]byte{0xe0, 0}) // DISCONNECT
	case 4, 5:
		s.facts.Stranger = no("CONNACK %d", code)
	default:
		s.facts.Stranger = unknown("CONNACK %d", code)
	}
	return true, nil
}

func protocolAMQP() protocol {
	return protocol{name: "amqp", ports: []uint16{5672}, tls: []uint16{5671}, play: playAMQP, signs: prefixed("AMQP")}
}

// amqpHeader opens a connection of version 0-9-1 (AMQP 0-9-1, 4.2.2).
const amqpHeader = "AMQP\x00\x00\x09\x01"

// amqpStart is what a broker offers (AMQP 0-9-1, 1.4.2.1: connection.start).
type amqpStart struct {
	product, version string
	mechanisms       []string
}

// parseAMQP reads a connection.start frame, or the header of a broker that speaks another version.
func parseAMQP(b []byte) (amqpStart, error) {
	if len(b) == 8 && string(b[:4]) == "AMQP" && string(b) != amqpHeader {
		return amqpStart{version: fmt.Sprintf("protocol %d.%d.%d.%d", b[4], b[5], b[6], b[7])}, nil
	}
	if len(b) < 7+4+2+4 {
		return amqpStart{}, errShort
	}
	size := binary.BigEndian.Uint32(b[3:])
	if b[0] != 1 || uint64(size)+8 > uint64(len(b)) || size < 10 || !bytes.Equal(b[7:11], []byte{0, 10, 0, 10}) {
		return amqpStart{}, errOther
	}
	frame := b[13 : 7+size]
	properties, rest, err := amqpString(frame)
	if err != nil {
		return amqpStart{}, err
	}
	mechanisms, _, err := amqpString(rest)
	if err != nil {
		return amqpStart{}, err
	}
	start := amqpStart{product: amqpProperty(properties, "product"), version: amqpProperty(properties, "version")}
	for m := range bytes.FieldsSeq(mechanisms) {
		start.mechanisms = append(start.mechanisms, clean(string(m)))
	}
	return start, nil
}

func amqpString(b []byte) (value, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, fmt.Errorf("string of %d bytes in %d: %w", n, len(b)-4, errShort)
	}
	return b[4 : 4+n], b[4+n:], nil
}

// amqpProperty finds a text among the properties: its short name, the letter S, its length.
func amqpProperty(table []byte, name string) string {
	key := append([]byte{byte(len(name))}, name+"S"...)
	_, after, found := bytes.Cut(table, key)
	if !found {
		return ""
	}
	value, _, err := amqpString(after)
	if err != nil {
		return ""
	}
	return clean(string(value))
}

// amqpAnonymous answers connection.start with the mechanism ANONYMOUS (AMQP 0-9-1, 1.4.2.2; RFC 4505).
func amqpAnonymous() []byte {
	body := []byte{0, 10, 0, 11, 0, 0, 0, 0}
	body = append(body, 9)
	body = append(body, "ANONYMOUS"...)
	body = append(body, 0, 0, 0, 0, 5)
	body = append(body, "en_US"...)
	frame := append([]byte{1, 0, 0}, binary.BigEndian.AppendUint32(nil, uint32(len(body)))...)
	return append(append(frame, body...), 0xce)
}

func playAMQP(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	if err := t.send([]byte(amqpHeader)); err != nil {
		return false, err
	}
	wholeFrame := func(b []byte) bool { return lengthAt(3, 4, 8)(b) || len(b) == 8 && string(b[:4]) == "AMQP" }
	got, err := some(t.receive(s.options.Answer, wholeFrame))
	if err != nil {
		return false, err
	}
	start, err := parseAMQP(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("amqp", ByAnswer)
	s.facts.Product, s.facts.Version = start.product, start.version
	s.facts.seen("connection.start: %s %s, mechanisms %v", start.product, start.version, start.mechanisms)
	if start.mechanisms == nil {
		s.facts.Stranger = unknown("another version of the protocol")
		return true, nil
	}
	if !slicesContainFold(start.mechanisms, "ANONYMOUS") {
		s.facts.Stranger = no("ANONYMOUS is not among %v", start.mechanisms)
		return true, nil
	}
	s.facts.Stranger = unknown("ANONYMOUS is offered and was not answered")
	if err := t.send(amqpAnonymous()); err == nil {
		if reply, _ := t.receive(s.options.Answer, wholeFrame); len(reply) >= 11 && reply[0] == 1 {
			switch binary.BigEndian.Uint32(reply[7:]) {
			case 10<<16 | 30: // connection.tune: the broker goes on
				s.facts.Stranger = yes("connection.tune after ANONYMOUS")
			case 10<<16 | 50: // connection.close
				s.facts.Stranger = no("connection.close after ANONYMOUS")
			}
		}
	}
	return true, nil
}
