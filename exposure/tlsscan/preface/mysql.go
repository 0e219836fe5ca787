package preface

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Capabilities of the MySQL protocol ("Capabilities Flags" of its documentation).
const (
	mysqlLongPassword = 1 << 0
	mysqlProtocol41   = 1 << 9
	mysqlSSL          = 1 << 11
	mysqlSecure       = 1 << 15
)

// MySQL asks a MySQL or MariaDB server to begin TLS (MySQL "Protocol::SSLRequest").
func MySQL(rw io.ReadWriter) error {
	head, err := readExactly(rw, 4)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	length := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if length < 1 || length > 4096 || head[3] != 0 {
		return fmt.Errorf("greeting: %d bytes, packet %d", length, head[3])
	}
	greeting, err := readExactly(rw, length)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	capabilities, err := mysqlCapabilities(greeting)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if capabilities&mysqlSSL == 0 {
		return ErrNoTLS
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, 1
	binary.LittleEndian.PutUint32(request[4:], mysqlLongPassword|mysqlProtocol41|mysqlSSL|mysqlSecure)
	binary.LittleEndian.PutUint32(request[8:], 1<<24) // largest packet
	request[12] = 45                                  // character set: utf8mb4
	_, err = rw.Write(request)
	return err
}

// mysqlCapabilities reads the lower half of the capabilities in a greeting of protocol 10: version, end of its text, thread number (4),
// scramble (8), filler (1), then the flags.
func mysqlCapabilities(greeting []byte) (uint16, error) {
	if greeting[0] == 0xff {
		return 0, fmt.Errorf("error %q", clip(string(greeting[1:])))
	}
	if greeting[0] != 10 {
		return 0, fmt.Errorf("protocol %d", greeting[0])
	}
	end := bytes.IndexByte(greeting[1:], 0)
	if end < 0 || len(greeting) < 1+end+1+13+2 {
		return 0, fmt.Errorf("cut short after %d bytes", len(greeting))
	}
	return binary.LittleEndian.Uint16(greeting[1+end+1+13:]), nil
}
