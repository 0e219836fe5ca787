package notice_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"hygie/internal/notice"
	"hygie/internal/notice/smtptest"
)

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// server answers as the table says (by the first word of a line), takes TLS after STARTTLS, and gives what it was sent.
func server(t *testing.T, pair *tls.Certificate, answers map[string]string) (string, func() string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var said strings.Builder
		defer func() { heard <- said.String() }()
		io.WriteString(conn, "220 mail.example ESMTP\r\n")
		in, data := bufio.NewReader(conn), false
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			said.WriteString(line)
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case data:
				if word != "." {
					continue
				}
				data = false
			case word == "DATA":
				data = true
			}
			io.WriteString(conn, answers[word]+"\r\n")
			if word == "STARTTLS" && pair != nil {
				conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*pair}})
				in = bufio.NewReader(conn)
				said.WriteString("<TLS>\r\n")
			}
		}
	}()
	return l.Addr().String(), func() string { l.Close(); return <-heard }
}

// polite are the answers of a server that takes everything.
func polite(change ...string) map[string]string {
	answers := map[string]string{"EHLO": "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN", "STARTTLS": "220 go", "AUTH": "235 ok", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", ".": "250 taken", "QUIT": "221 bye"}
	for i := 0; i < len(change); i += 2 {
		answers[change[i]] = change[i+1]
	}
	return answers
}

var letter = notice.Message{ID: "m1", To: "camille@example.fr", Subject: "Échéance : 2 actions\r\nBcc: x@example.fr", Body: "Bonjour,\n\n.\n- « Fermer RDP »\n" + strings.Repeat("é", 400) + "\n", At: time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)}

func TestSendSignedInOverTLS(t *testing.T) {
	pair, roots := certificate(t)
	at, heard := server(t, &pair, polite())
	s := notice.SMTP{Server: at, From: "hygie <hygie@example.fr>", User: "u", Password: "p w", Roots: roots, Patience: 20 * time.Second}
	if err := s.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	said := heard()
	before, after, _ := strings.Cut(said, "<TLS>")
	if strings.Contains(before, "AUTH") || strings.Contains(before, "MAIL") || !strings.Contains(after, "AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00u\x00p w"))) {
		t.Errorf("what was said:\n%s", said)
	}
	_, text, _ := strings.Cut(after, "DATA\r\n")
	text, _, _ = strings.Cut(text, "\r\n.\r\n")
	checkLetter(t, text)
}

// checkLetter reads a message as a mail program does.
func checkLetter(t *testing.T, text string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(strings.ReplaceAll(text, "\n..", "\n.")))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != letter.Subject || m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasPrefix(m.Header.Get("Message-Id"), "<m1@") {
		t.Errorf("headers %v, subject %q (%v)", m.Header, subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if got := strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n"); err != nil || got != strings.TrimRight(letter.Body, "\n") {
		t.Errorf("body %q (%v)", got, err)
	}
}

func TestWhatIsRefusedAndWhatWaits(t *testing.T) {
	pair, roots := certificate(t)
	for name, row := range map[string]struct {
		answers  map[string]string
		untrust  bool
		security notice.Security
		refused  bool
		want     string
	}{
		"no such user":      {answers: polite("RCPT", "550 no such user"), refused: true, want: "550"},
		"mailbox full":      {answers: polite("RCPT", "452 full"), want: "452"},
		"content refused":   {answers: polite(".", "554 spam"), refused: true, want: "554"},
		"later":             {answers: polite(".", "451 later"), want: "451"},
		"sender refused":    {answers: polite("MAIL", "553 not you"), want: "553"},
		"wrong password":    {answers: polite("AUTH", "535 wrong"), want: "535"},
		"no STARTTLS":       {answers: polite("EHLO", "250 mail.example"), want: "no STARTTLS"},
		"unknown authority": {answers: polite(), untrust: true, want: "certificate"},
		"nonsense":          {answers: polite("EHLO", "HTTP/1.1 400 Bad Request"), want: "send mail by"},
	} {
		t.Run(name, func(t *testing.T) {
			at, _ := server(t, &pair, row.answers)
			s := notice.SMTP{Server: at, From: "hygie@example.fr", User: "u", Password: "p", Roots: roots, Security: row.security, Patience: 20 * time.Second}
			if row.untrust {
				s.Roots = x509.NewCertPool()
			}
			err := s.Send(t.Context(), letter)
			if err == nil || errors.Is(err, notice.ErrRefused) != row.refused || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q, refused for good %v", err, row.want, row.refused)
			}
			if err != nil && strings.Contains(err.Error(), "AHUAcA==") {
				t.Error("the error holds the password")
			}
		})
	}
	away := notice.SMTP{Server: "127.0.0.1:1", From: "hygie@example.fr", Patience: 5 * time.Second}
	if err := away.Send(t.Context(), letter); err == nil || errors.Is(err, notice.ErrRefused) {
		t.Errorf("a server that is away: %v", err)
	}
	bad := letter
	bad.To = "not an address\r\nRCPT TO:<x@y>"
	if err := away.Send(t.Context(), bad); !errors.Is(err, notice.ErrRefused) {
		t.Errorf("no address: %v", err)
	}
}

// A real Postfix takes the mail and lays it into a mailbox.
func TestPostfixDelivers(t *testing.T) {
	server := smtptest.New(t)
	server.Start(t)
	s := notice.SMTP{Server: server.Address, From: "hygie <hygie@ch-brume.example>", Security: notice.None, Patience: 30 * time.Second}
	local := letter
	local.To = smtptest.Recipient
	if err := s.Send(t.Context(), local); err != nil {
		t.Fatal(err)
	}
	checkLetter(t, server.Mails(t, 1)[0])
}
