package preface

import (
	"bytes"
	"fmt"
	"io"
)

// startTLSRequest is an LDAP message 1 with the extended request 1.3.6.1.4.1.1466.20037 (RFC 4511 4.14.1).
const startTLSRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// LDAP asks a directory to begin TLS (RFC 4511 4.14).
func LDAP(rw io.ReadWriter) error {
	if _, err := io.WriteString(rw, startTLSRequest); err != nil {
		return err
	}
	message, err := berElement(rw, 0x30)
	if err != nil {
		return fmt.Errorf("extended response: %w", err)
	}
	r := bytes.NewReader(message)
	if _, err := berElement(r, 0x02); err != nil {
		return fmt.Errorf("message number: %w", err)
	}
	response, err := berElement(r, 0x78)
	if err != nil {
		return fmt.Errorf("extended response: %w", err)
	}
	result, err := berElement(bytes.NewReader(response), 0x0a)
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	switch {
	case len(result) == 1 && result[0] == 0:
		return nil
	case len(result) == 1 && (result[0] == 51 || result[0] == 52): // busy, unavailable: it may be otherwise tomorrow
		return fmt.Errorf("result %d", result[0])
	}
	return ErrNoTLS
}

// berElement reads one element whose tag must be the given one and gives its content, at most 64 KiB.
func berElement(r io.Reader, tag byte) ([]byte, error) {
	head, err := readExactly(r, 2)
	if err != nil {
		return nil, err
	}
	if head[0] != tag {
		return nil, fmt.Errorf("element %#02x where %#02x was due", head[0], tag)
	}
	length := int(head[1])
	if length >= 0x80 {
		if length &= 0x7f; length == 0 || length > 4 {
			return nil, fmt.Errorf("element %#02x: length of %d bytes", tag, length)
		}
		more, err := readExactly(r, length)
		if err != nil {
			return nil, err
		}
		length = 0
		for _, b := range more {
			length = length<<8 | int(b)
		}
	}
	if length > 1<<16 {
		return nil, fmt.Errorf("element %#02x: %d bytes are too many", tag, length)
	}
	return readExactly(r, length)
}
