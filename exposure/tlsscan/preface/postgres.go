package preface

import (
	"fmt"
	"io"
)

// sslRequest is the message by which a client asks for TLS before anything else (PostgreSQL documentation, "Message Formats").
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

// PostgreSQL asks a database server to begin TLS.
func PostgreSQL(rw io.ReadWriter) error {
	if _, err := io.WriteString(rw, sslRequest); err != nil {
		return err
	}
	answer, err := readExactly(rw, 1)
	if err != nil {
		return fmt.Errorf("SSLRequest: %w", err)
	}
	switch answer[0] {
	case 'S':
		return nil
	case 'N':
		return ErrNoTLS
	}
	return fmt.Errorf("SSLRequest: answer %q", answer)
}
