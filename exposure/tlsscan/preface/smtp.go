package preface

import (
	"fmt"
	"io"
	"strings"
)

// clientName is what the audit calls itself to mail servers: a name that nobody can own (RFC 2606 2).
const clientName = "audit.invalid"

// SMTP asks a mail server to begin TLS (RFC 3207 4).
func SMTP(rw io.ReadWriter) error { return mail(rw, "EHLO") }

// LMTP asks a mail server's local delivery to begin TLS (RFC 2033, RFC 3207).
func LMTP(rw io.ReadWriter) error { return mail(rw, "LHLO") }

func mail(rw io.ReadWriter, hello string) error {
	l := newLines(rw)
	if _, err := l.expect("220"); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if err := l.say(hello + " " + clientName); err != nil {
		return err
	}
	code, extensions, err := l.reply()
	if err != nil {
		return fmt.Errorf("%s: %w", hello, err)
	}
	if strings.HasPrefix(code, "5") {
		return ErrNoTLS // a server that knows no extension knows no STARTTLS
	}
	if code != "250" {
		return fmt.Errorf("%s: answer %s", hello, code)
	}
	if !announces(extensions, "STARTTLS") {
		return ErrNoTLS
	}
	if err := l.say("STARTTLS"); err != nil {
		return err
	}
	code, _, err = l.reply()
	switch {
	case err != nil:
		return fmt.Errorf("STARTTLS: %w", err)
	case strings.HasPrefix(code, "5"):
		return ErrNoTLS
	case code != "220":
		return fmt.Errorf("STARTTLS: answer %s", code)
	}
	return l.end()
}

// announces tells whether one of the lines is, or begins with, the word.
func announces(lines []string, word string) bool {
	for _, line := range lines {
		first, _, _ := strings.Cut(line, " ")
		if strings.EqualFold(first, word) {
			return true
		}
	}
	return false
}
