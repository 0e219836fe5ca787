package preface

import (
	"fmt"
	"io"
	"strings"
)

// FTP asks a file server to begin TLS (RFC 4217 4).
func FTP(rw io.ReadWriter) error {
	l := newLines(rw)
	for { // "120 service ready in n minutes" may come before the greeting (RFC 959 5.4)
		code, _, err := l.reply()
		if err != nil {
			return fmt.Errorf("greeting: %w", err)
		}
		if code == "220" {
			break
		}
		if code != "120" {
			return fmt.Errorf("greeting: answer %s", code)
		}
	}
	if err := l.say("AUTH TLS"); err != nil {
		return err
	}
	code, _, err := l.reply()
	switch {
	case err != nil:
		return fmt.Errorf("AUTH TLS: %w", err)
	case code == "234", code == "334": // 334 is what drafts of the extension said
		return l.end()
	case strings.HasPrefix(code, "5"):
		return ErrNoTLS
	}
	return fmt.Errorf("AUTH TLS: answer %s", code)
}
