package preface

import (
	"fmt"
	"io"
	"strings"
)

// NNTP asks a news server to begin TLS (RFC 4642 2.2).
func NNTP(rw io.ReadWriter) error {
	l := newLines(rw)
	if _, err := l.expect("20"); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := l.say("STARTTLS"); err != nil {
		return err
	}
	code, _, err := l.reply()
	switch {
	case err != nil:
		return fmt.Errorf("STARTTLS: %w", err)
	case code == "382":
		return l.end()
	case code == "580", strings.HasPrefix(code, "50"):
		return ErrNoTLS
	}
	return fmt.Errorf("STARTTLS: answer %s", code)
}
