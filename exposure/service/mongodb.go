package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

func protocolMongo() protocol {
	return protocol{name: "mongodb", ports: []uint16{27017, 27018}, play: playMongo, signs: func(b []byte) bool {
		return bytes.Contains(b, []byte("It looks like you are trying to access MongoDB over HTTP"))
	}}
}

// mongoMessage is an OP_MSG with one document {command: 1, …, $db: "admin"} (MongoDB Wire Protocol).
func mongoMessage(command string, flags ...string) []byte {
	number := func(name string, v uint32) []byte {
		return binary.LittleEndian.AppendUint32(append([]byte{0x10}, name+"\x00"...), v)
	}
	document := number(command, 1)
	for _, f := range flags {
		document = append(append(append(document, 8), f+"\x00"...), 1)
	}
	document = append(document, "\x02$db\x00\x06\x00\x00\x00admin\x00\x00"...)
	body := append([]byte{0, 0, 0, 0, 0}, binary.LittleEndian.AppendUint32(nil, uint32(4+len(document)))...)
	body = append(body, document...)
	header := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	header = append(header, 1, 0, 0, 0, 0, 0, 0, 0)
	return append(binary.LittleEndian.AppendUint32(header, 2013), body...)
}

func wholeMongo(b []byte) bool {
	return len(b) >= 4 && uint64(len(b)) >= uint64(binary.LittleEndian.Uint32(b))
}

// parseMongo reads the top fields of the document that answers: numbers and strings only; the rest is skipped.
func parseMongo(b []byte) (map[string]any, error) {
	if len(b) < 21+5 {
		return nil, errShort
	}
	if binary.LittleEndian.Uint32(b[12:]) != 2013 {
		return nil, errOther
	}
	document := b[21:]
	size := binary.LittleEndian.Uint32(document)
	if size < 5 || uint64(size) > uint64(len(document)) {
		return nil, fmt.Errorf("document of %d bytes in %d: %w", size, len(document), errShort)
	}
	fields := map[string]any{}
	for rest := document[4:size]; len(rest) > 1 && len(fields) < 200; {
		kind := rest[0]
		name, after, ok := bytes.Cut(rest[1:], []byte{0})
		if !ok {
			return fields, errShort
		}
		n, value, err := bsonValue(kind, after)
		if err != nil {
			return fields, fmt.Errorf("field %q: %w", clean(string(name)), err)
		}
		fields[clean(string(name))] = value
		rest = after[n:]
	}
	return fields, nil
}

// bsonValue gives the size of a value, and the value where it is a number or a text (BSON 1.1).
func bsonValue(kind byte, b []byte) (n int, value any, err error) {
	fixed := map[byte]int{0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0a: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
	size, ok := fixed[kind]
	switch {
	case ok:
	case len(b) < 4:
		return 0, nil, errShort
	default:
		length := binary.LittleEndian.Uint32(b)
		if length > replyLimit {
			return 0, nil, errShort
		}
		switch kind {
		case 0x02:
			size = 4 + int(length)
		case 0x03, 0x04:
			size = int(length)
		case 0x05:
			size = 5 + int(length)
		default:
			return 0, nil, fmt.Errorf("type %#x", kind)
		}
		if size < 5 {
			return 0, nil, errShort
		}
	}
	if size > len(b) {
		return 0, nil, errShort
	}
	switch kind {
	case 0x01:
		return size, math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	case 0x02:
		return size, clean(string(b[4 : size-1])), nil
	case 0x08:
		return size, b[0] == 1, nil
	case 0x10:
		return size, float64(int32(binary.LittleEndian.Uint32(b))), nil
	case 0x12:
		return size, float64(int64(binary.LittleEndian.Uint64(b))), nil
	}
	return size, nil, nil
}

// playMongo says hello, then asks for the names of the databases: a server with accounts refuses that (code 13, Unauthorized).
func playMongo(s *session) (bool, error) {
	got, err := s.ask(mongoMessage("hello"), wholeMongo)
	if err != nil {
		return false, err
	}
	hello, err := parseMongo(got)
	if err != nil && len(hello) == 0 {
		return false, err
	}
	if _, ok := hello["ok"]; !ok {
		return false, errOther
	}
	s.facts.recognised("mongodb", ByAnswer)
	s.facts.Product, s.facts.Kind = "MongoDB", Store
	s.facts.seen("hello: maxWireVersion %v", hello["maxWireVersion"])
	got, err = s.ask(mongoMessage("listDatabases", "nameOnly"), wholeMongo)
	if err != nil {
		s.facts.Stranger = unknown("listDatabases: %v", err)
		return true, nil
	}
	list, _ := parseMongo(got)
	switch {
	case list["ok"] == 1.0:
		s.facts.Stranger = yes("listDatabases: ok 1")
	case list["code"] == 13.0:
		s.facts.Stranger = no("listDatabases: code 13")
	default:
		s.facts.Stranger = unknown("listDatabases: ok %v, code %v", list["ok"], list["code"])
	}
	s.facts.seen("%s", s.facts.Stranger.Why)
	return true, nil
}
