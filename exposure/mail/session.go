package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"hygie/exposure/dns"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// Protocol is how a mail server is spoken to.
type Protocol string

const (
	SMTP Protocol = "smtp" // ports 25 and 587 (RFC 5321, RFC 6409)
	IMAP Protocol = "imap" // port 143 (RFC 9051)
	POP3 Protocol = "pop3" // port 110 (RFC 1939)
)

// ProtocolOf is the protocol of a port that begins in clear text, empty for others.
func ProtocolOf(port uint16) Protocol {
	switch port {
	case 25, 587, 2525:
		return SMTP
	case 143:
		return IMAP
	case 110:
		return POP3
	default:
		return ""
	}
}

// Session is what a mail server said in clear text before anybody signed in.
type Session struct {
	Address      netip.AddrPort `json:"address"`
	Protocol     Protocol       `json:"protocol"`
	Greeting     string         `json:"greeting,omitempty"`
	Capabilities []string       `json:"capabilities,omitempty"` // in clear text, as said
	StartTLS     bool           `json:"starttls,omitempty"`     // offered; whether it works is another question
	Auth         []string       `json:"auth,omitempty"`         // ways to sign in that are offered without encryption, and that send the password
	Users        *Users         `json:"users,omitempty"`        // SMTP
	Relay        *Relay         `json:"relay,omitempty"`        // SMTP, where the mandate allows the question
	RelayUnknown string         `json:"relay_unknown,omitempty"`
}

// Users is whether a server tells strangers which addresses exist (RFC 5321 section 3.5).
type Users struct {
	Usual  int `json:"vrfy_usual"`  // code for postmaster, which every server has
	Random int `json:"vrfy_random"` // code for a name that nobody has
	Expand int `json:"expn_usual"`
}

// Relay is the answer to a recipient elsewhere.
type Relay struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Code     int    `json:"code"`
	Text     string `json:"text,omitempty"`
	Accepted bool   `json:"accepted"`
}

// Addresses of the relay question: reserved domains, that belong to nobody (RFC 2606).
const (
	relayFrom = "relay-test@example.com"
	relayTo   = "relay-test@example.org"
)

// NotProven is the reason why what needs a proof or a mandate is unknown.
const NotProven = "not_proven"

func why(err error) string {
	var f *dns.Failure
	if errors.As(err, &f) {
		return string(f.Reason)
	}
	return string(reach.Why(err))
}

// Talk greets a mail server, reads what it offers, and leaves. An SMTP server is also asked about two names (VRFY, EXPN) and, if the mandate names
// the class MailRelay, whether it takes a recipient that is not its own; then everything is reset: no message begins.
func Talk(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, protocol Protocol) (Session, error) {
	s := Session{Address: target.Address(), Protocol: protocol}
	conn, err := dialer.Dial(ctx, target)
	if err != nil {
		return s, err
	}
	defer conn.Close()
	l := &lines{reader: bufio.NewReaderSize(conn, maxLine), writer: conn}
	switch protocol {
	case SMTP:
		err = s.smtp(l, target)
	case IMAP:
		err = s.imap(l)
	case POP3:
		err = s.pop3(l)
	default:
		return s, fmt.Errorf("talk to %s: no protocol %q", target, protocol)
	}
	if err != nil {
		return s, fmt.Errorf("talk to %s: %w", target, err)
	}
	return s, nil
}

// Bounds on what a server may say.
const (
	maxLine  = 4096
	maxLines = 128 // in one answer
)

// lines is a conversation in lines.
type lines struct {
	reader *bufio.Reader
	writer io.Writer
}

var errProtocol = errors.New("the answer is not of this protocol")

func (l *lines) say(format string, args ...any) error {
	_, err := fmt.Fprintf(l.writer, format+"\r\n", args...)
	return err
}

func (l *lines) line() (string, error) {
	raw, err := l.reader.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			err = errProtocol
		}
		return "", err
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// reply reads one answer of SMTP: lines of a code, then "-" or a space (RFC 5321 section 4.2).
func (l *lines) reply() (code int, texts []string, err error) {
	for range maxLines {
		line, err := l.line()
		if err != nil {
			return 0, nil, err
		}
		if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" {
			return 0, nil, errProtocol
		}
		n := int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
		if code != 0 && n != code || n < 200 || n > 599 {
			return 0, nil, errProtocol
		}
		code = n
		texts = append(texts, clean(line[min(len(line), 4):]))
		if len(line) == 3 || line[3] == ' ' {
			return code, texts, nil
		}
		if line[3] != '-' {
			return 0, nil, errProtocol
		}
	}
	return 0, nil, errProtocol
}

func (l *lines) ask(format string, args ...any) (code int, texts []string, err error) {
	if err := l.say(format, args...); err != nil {
		return 0, nil, err
	}
	return l.reply()
}

// clean keeps what can be shown of a text.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	return text[:min(len(text), 200)]
}

func (s *Session) smtp(l *lines, target perimeter.Target) error {
	code, texts, err := l.reply()
	if err != nil {
		return err
	}
	s.Greeting = texts[0]
	if code != 220 {
		return nil // it speaks SMTP and does not want to speak with us
	}
	code, texts, err = l.ask("EHLO audit.invalid")
	if err == nil && code != 250 {
		code, texts, err = l.ask("HELO audit.invalid")
	}
	if err != nil {
		return err
	}
	if code == 250 && len(texts) > 1 {
		s.Capabilities = texts[1:]
	}
	for _, c := range s.Capabilities {
		s.smtpCapability(c)
	}
	if err := s.users(l); err != nil {
		return nil // what was said before stays true: many servers hang up on such questions
	}
	if target.Allows(perimeter.MailRelay) {
		if err := s.relay(l); err != nil {
			s.RelayUnknown = why(err)
			return nil
		}
	} else {
		s.RelayUnknown = NotProven
	}
	_ = l.say("QUIT") // out of courtesy: the connection ends anyway
	return nil
}

func (s *Session) smtpCapability(text string) {
	words := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return r == ' ' || r == '=' })
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "STARTTLS":
		s.StartTLS = true
	case "AUTH":
		s.offers(words[1:])
	}
}

// offers keeps the ways to sign in that let a listener read the password.
func (s *Session) offers(mechanisms []string) {
	for _, m := range mechanisms {
		if (m == "PLAIN" || m == "LOGIN") && !slices.Contains(s.Auth, m) {
			s.Auth = append(s.Auth, m)
		}
	}
	slices.Sort(s.Auth)
}

// nobody is a name that no server has.
const nobody = "no-such-user-7c41e9b2"

func (s *Session) users(l *lines) error {
	u := &Users{}
	usual, _, err := l.ask("VRFY postmaster")
	if err != nil {
		return err
	}
	random, _, err := l.ask("VRFY %s", nobody)
	if err != nil {
		return err
	}
	expand, _, err := l.ask("EXPN postmaster")
	if err != nil {
		return err
	}
	u.Usual, u.Random, u.Expand = usual, random, expand
	s.Users = u
	return nil
}

func (s *Session) relay(l *lines) error {
	code, texts, err := l.ask("MAIL FROM:<%s>", relayFrom)
	if err != nil {
		return err
	}
	r := &Relay{From: relayFrom, To: relayTo, Code: code, Text: texts[0]}
	if code/100 == 2 {
		code, texts, err = l.ask("RCPT TO:<%s>", relayTo)
		if err != nil {
			return err
		}
		r.Code, r.Text = code, texts[0]
		r.Accepted = code == 250 || code == 251
	}
	if r.Code/100 == 4 || r.Code == 530 { // not now, or not without encryption: no answer to the question
		s.RelayUnknown = fmt.Sprintf("code %d", r.Code)
	} else {
		s.Relay = r
	}
	_, _, err = l.ask("RSET")
	if s.Relay != nil {
		return nil // the answer is there, whatever came after it
	}
	return err
}

// imap reads the greeting and the capabilities (RFC 9051 sections 7.1 and 7.2.2).
func (s *Session) imap(l *lines) error {
	greeting, err := l.line()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(greeting, "* ") {
		return errProtocol
	}
	s.Greeting = clean(greeting)
	if err := l.say("a CAPABILITY"); err != nil {
		return err
	}
	for range maxLines {
		line, err := l.line()
		if err != nil {
			return err
		}
		if rest, ok := cutFold(line, "* CAPABILITY "); ok {
			s.imapCapabilities(strings.Fields(clean(rest)))
		}
		if strings.HasPrefix(line, "a ") {
			_ = l.say("b LOGOUT") // out of courtesy
			return nil
		}
	}
	return errProtocol
}

func (s *Session) imapCapabilities(words []string) {
	disabled := false
	for _, w := range words {
		upper := strings.ToUpper(w)
		s.Capabilities = append(s.Capabilities, w)
		switch {
		case upper == "STARTTLS":
			s.StartTLS = true
		case upper == "LOGINDISABLED":
			disabled = true
		case strings.HasPrefix(upper, "AUTH="):
			s.offers([]string{strings.TrimPrefix(upper, "AUTH=")})
		}
	}
	if !disabled && len(words) > 0 { // the command LOGIN exists unless it is said not to (RFC 9051 section 6.2.3)
		s.offers([]string{"LOGIN"})
	}
}

func cutFold(line, prefix string) (rest string, ok bool) {
	if len(line) < len(prefix) || !strings.EqualFold(line[:len(prefix)], prefix) {
		return "", false
	}
	return line[len(prefix):], true
}

// pop3 reads the greeting and the capabilities (RFC 2449). A server without CAPA tells nothing of signing in; asking would need a name.
func (s *Session) pop3(l *lines) error {
	greeting, err := l.line()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(greeting, "+OK") {
		return errProtocol
	}
	s.Greeting = clean(greeting)
	if err := l.say("CAPA"); err != nil {
		return err
	}
	first, err := l.line()
	if err != nil || !strings.HasPrefix(first, "+OK") {
		return err
	}
	for range maxLines {
		line, err := l.line()
		if err != nil {
			return err
		}
		if line == "." {
			_ = l.say("QUIT") // out of courtesy
			return nil
		}
		line = clean(line)
		s.Capabilities = append(s.Capabilities, line)
		words := strings.Fields(strings.ToUpper(line))
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "STLS":
			s.StartTLS = true
		case "SASL":
			s.offers(words[1:])
		case "USER":
			s.offers([]string{"LOGIN"})
		}
	}
	return errProtocol
}
