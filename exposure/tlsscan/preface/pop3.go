package preface

import (
	"fmt"
	"io"
	"strings"
)

// POP3 asks a mailbox server to begin TLS (RFC 2595 4).
func POP3(rw io.ReadWriter) error {
	l := newLines(rw)
	greeting, err := l.line()
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !strings.HasPrefix(greeting, "+OK") {
		return fmt.Errorf("greeting: %q", clip(greeting))
	}
	if err := l.say("STLS"); err != nil {
		return err
	}
	answer, err := l.line()
	switch {
	case err != nil:
		return fmt.Errorf("STLS: %w", err)
	case strings.HasPrefix(answer, "+OK"):
		return l.end()
	case strings.HasPrefix(answer, "-ERR"):
		return ErrNoTLS
	}
	return fmt.Errorf("STLS: line %d: %q", l.read, clip(answer))
}
