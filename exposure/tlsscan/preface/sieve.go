package preface

import (
	"fmt"
	"io"
	"strings"
)

// ManageSieve asks a server of mail filters to begin TLS (RFC 5804 2.2).
func ManageSieve(rw io.ReadWriter) error {
	l := newLines(rw)
	offered, err := sieveAnswer(l, "greeting")
	if err != nil {
		return err
	}
	if !offered {
		return ErrNoTLS
	}
	if err := l.say("STARTTLS"); err != nil {
		return err
	}
	if _, err := sieveAnswer(l, "STARTTLS"); err != nil {
		return err
	}
	return l.end()
}

// sieveAnswer reads capabilities up to the line that ends them and tells whether STARTTLS is one.
func sieveAnswer(l *lines, step string) (offered bool, err error) {
	for {
		line, err := l.line()
		if err != nil {
			return false, fmt.Errorf("%s: %w", step, err)
		}
		switch upper := strings.ToUpper(line); {
		case strings.HasPrefix(upper, `"STARTTLS"`):
			offered = true
		case strings.HasPrefix(upper, `"`):
		case strings.HasPrefix(upper, "OK"):
			return offered, nil
		case strings.HasPrefix(upper, "NO"):
			return false, ErrNoTLS
		default:
			return false, fmt.Errorf("%s: line %d: %q", step, l.read, clip(line))
		}
	}
}
