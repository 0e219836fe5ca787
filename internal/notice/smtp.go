package notice

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// Security is how the connection to a mail server is protected.
type Security string

// The protections. None is only for a server on the same machine.
const (
	StartTLS Security = "starttls" // in clear, then TLS before anything is said (RFC 3207); a server without it gets no mail
	Implicit Security = "tls"      // TLS from the first byte (RFC 8314 3.3)
	None     Security = "none"
)

// SMTP sends by a mail server (RFC 5321).
type SMTP struct {
	Server   string // host:port
	From     string // address, or name and address
	User     string // empty: without signing in
	Password string
	Security Security
	Hello    string         // name this machine gives; empty: localhost
	Roots    *x509.CertPool // nil: those of the system
	Patience time.Duration  // for one mail; 0: a minute
}

// Send hands one message over. An answer of the server that the recipient or the message is refused for good wraps [ErrRefused]; an answer about the sender
// or the signing in is a setting to mend, and the message waits.
func (s SMTP) Send(ctx context.Context, m Message) error {
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("send mail: the sender %q is not an address: %w", s.From, err)
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return fmt.Errorf("send mail to %q: %w: %w", m.To, ErrRefused, err)
	}
	patience := s.Patience
	if patience == 0 {
		patience = time.Minute
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	c, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Server, err)
	}
	defer c.Close()
	if err := c.Mail(from.Address); err != nil {
		return fmt.Errorf("send mail by %s: the sender %s: %w", s.Server, from.Address, err)
	}
	if err := c.Rcpt(to.Address); err != nil {
		return fmt.Errorf("send mail by %s: the recipient: %w", s.Server, final(err))
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Server, final(err))
	}
	text, err := compose(from, to, m)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Server, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Server, final(err))
	}
	_ = c.Quit() // the server has taken the mail: how it says goodbye changes nothing
	return nil
}

// connect opens a session, protected and signed in as set. It ends with ctx.
func (s SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Server)
	if err != nil {
		return nil, err
	}
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	protected := &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	if s.Security == Implicit {
		conn = tls.Client(conn, protected)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := s.greet(c, host, protected); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (s SMTP) greet(c *smtp.Client, host string, protected *tls.Config) error {
	hello := s.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := c.Hello(hello); err != nil {
		return err
	}
	if s.Security == StartTLS || s.Security == "" {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("the server offers no STARTTLS, and mail is not sent in clear")
		}
		if err := c.StartTLS(protected); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if s.User == "" {
		return nil
	}
	if err := c.Auth(smtp.PlainAuth("", s.User, s.Password, host)); err != nil {
		return fmt.Errorf("sign in as %s: %w", s.User, err)
	}
	return nil
}

// final wraps a permanent negative answer (RFC 5321 4.2.1: 5yz) so that the mail is not tried again.
func final(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// compose writes the message (RFC 5322), in UTF-8 as quoted-printable, marked as sent by a program (RFC 3834 5).
func compose(from, to *mail.Address, m Message) ([]byte, error) {
	domain := from.Address[strings.LastIndex(from.Address, "@")+1:]
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from.String()}, {"To", to.String()}, {"Subject", mime.QEncoding.Encode("utf-8", m.Subject)}, {"Date", m.At.Format(time.RFC1123Z)}, {"Message-ID", "<" + m.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	return b.Bytes(), nil
}
