package preface

import (
	"fmt"
	"io"
	"strings"
)

// IMAP asks a mailbox server to begin TLS (RFC 9051 6.2.1).
func IMAP(rw io.ReadWriter) error {
	l := newLines(rw)
	greeting, err := l.line()
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") {
		return fmt.Errorf("greeting: %q", clip(greeting))
	}
	if err := l.say("a STARTTLS"); err != nil {
		return err
	}
	for {
		line, err := l.line()
		if err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
		switch upper := strings.ToUpper(line); {
		case strings.HasPrefix(upper, "* BYE"):
			return fmt.Errorf("STARTTLS: %q", clip(line))
		case strings.HasPrefix(upper, "* "):
			continue // untagged data, such as capabilities sent unasked
		case strings.HasPrefix(upper, "A OK"):
			return l.end()
		case strings.HasPrefix(upper, "A NO"), strings.HasPrefix(upper, "A BAD"):
			return ErrNoTLS
		default:
			return fmt.Errorf("STARTTLS: line %d: %q", l.read, clip(line))
		}
	}
}
