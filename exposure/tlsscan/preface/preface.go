// Package preface speaks the few words after which a server of an older protocol begins TLS on the same connection (STARTTLS and its
// kin), and stops there: nothing is authenticated, sent or read.
//
//	open, err := preface.ByName("smtp")
//	err = open.Begin(conn, "mx.example.org")
//
// After a nil error the next byte written to the connection may be a ClientHello. [ErrNoTLS] means that the server said, in the words
// of its protocol, that it has no TLS to offer; any other error means that this could not be learnt.
package preface

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNoTLS says that the server understood and offers no TLS here.
var ErrNoTLS = errors.New("the server offers no TLS on this connection")

// Preface is the dialogue of one protocol. The zero value is no dialogue: TLS from the first byte.
type Preface struct {
	Name string // "smtp", "imap", …; empty for none
	talk func(rw io.ReadWriter, host string) error
}

// Begin plays the dialogue; host is the name the server is asked under, which only XMPP needs.
func (p Preface) Begin(rw io.ReadWriter, host string) error {
	if p.talk == nil {
		return nil
	}
	if err := p.talk(rw, host); err != nil {
		return fmt.Errorf("begin TLS over %s: %w", p.Name, err)
	}
	return nil
}

// all are the dialogues by name.
func all() []Preface {
	plain := func(talk func(io.ReadWriter) error) func(io.ReadWriter, string) error {
		return func(rw io.ReadWriter, _ string) error { return talk(rw) }
	}
	return []Preface{
		{"ftp", plain(FTP)}, {"imap", plain(IMAP)}, {"ldap", plain(LDAP)}, {"lmtp", plain(LMTP)}, {"mysql", plain(MySQL)},
		{"nntp", plain(NNTP)}, {"pop3", plain(POP3)}, {"postgres", plain(PostgreSQL)}, {"rdp", plain(RDP)}, {"sieve", plain(ManageSieve)},
		{"smtp", plain(SMTP)}, {"xmpp", func(rw io.ReadWriter, host string) error { return XMPP(rw, host, "jabber:client") }},
		{"xmpp-server", func(rw io.ReadWriter, host string) error { return XMPP(rw, host, "jabber:server") }},
	}
}

// ByName gives the dialogue of a protocol: "ftp", "imap", "ldap", "lmtp", "mysql", "nntp", "pop3", "postgres", "rdp", "sieve", "smtp",
// "xmpp", "xmpp-server", or the empty name for none.
func ByName(name string) (Preface, error) {
	if name == "" {
		return Preface{}, nil
	}
	for _, p := range all() {
		if p.Name == name {
			return p, nil
		}
	}
	return Preface{}, fmt.Errorf("no dialogue known to begin TLS over %q", name)
}

// ByPort gives the dialogue customary on a TCP port, none where TLS begins at once or nothing is customary.
func ByPort(port uint16) Preface {
	names := map[uint16]string{
		21: "ftp", 24: "lmtp", 25: "smtp", 110: "pop3", 119: "nntp", 143: "imap", 389: "ldap", 587: "smtp", 2525: "smtp", 3268: "ldap",
		3306: "mysql", 3389: "rdp", 4190: "sieve", 5222: "xmpp", 5269: "xmpp-server", 5432: "postgres",
	}
	p, _ := ByName(names[port]) // every name above is known
	return p
}

// Bounds of what a dialogue reads: hostile servers send endless lines, and endlessly many.
const (
	maxLine  = 4096
	maxLines = 128
)

// errExtra: bytes sent before TLS, beyond the answer, would be read as if they came after it (the flaw known as command injection,
// CVE-2011-0411, seen from the client).
var errExtra = errors.New("the server goes on in clear after it agreed to TLS")

// lines reads a protocol of lines.
type lines struct {
	r    *bufio.Reader
	w    io.Writer
	read int
}

func newLines(rw io.ReadWriter) *lines {
	return &lines{r: bufio.NewReaderSize(rw, maxLine), w: rw}
}

// line reads one line without its end.
func (l *lines) line() (string, error) {
	if l.read++; l.read > maxLines {
		return "", fmt.Errorf("line %d: more lines than a dialogue needs", l.read)
	}
	b, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", fmt.Errorf("line %d: longer than %d bytes", l.read, maxLine)
	case err == io.EOF && len(b) > 0:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func (l *lines) say(command string) error {
	_, err := io.WriteString(l.w, command+"\r\n")
	return err
}

// end checks that nothing follows the agreement to begin TLS.
func (l *lines) end() error {
	if l.r.Buffered() > 0 {
		return errExtra
	}
	return nil
}

// reply reads an answer of the SMTP kind, whose lines begin with a code of three digits, followed by "-" on all but the last
// (RFC 5321 4.2.1, RFC 959 4.2). Lines is what follows the code on each.
func (l *lines) reply() (code string, text []string, err error) {
	for {
		line, err := l.line()
		if err != nil {
			return "", nil, err
		}
		if code == "" {
			if len(line) < 3 || !digits(line[:3]) {
				return "", nil, fmt.Errorf("line %d: %q has no code", l.read, clip(line))
			}
			code = line[:3]
		}
		rest := strings.TrimPrefix(line, code)
		text = append(text, strings.TrimLeft(rest, " -"))
		if len(line) == len(rest) { // FTP lets the middle lines go without a code
			continue
		}
		if !strings.HasPrefix(rest, "-") {
			return code, text, nil
		}
	}
}

// expect reads a reply and wants its code to begin with class.
func (l *lines) expect(class string) ([]string, error) {
	code, text, err := l.reply()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(code, class) {
		return nil, fmt.Errorf("line %d: answer %s %s where %s was due", l.read, code, clip(strings.Join(text, " ")), class)
	}
	return text, nil
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// clip shortens what a server said for an error.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

func readExactly(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}
