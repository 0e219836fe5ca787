package preface

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// script is a server whose whole answer is known beforehand; what the client says is kept.
type script struct {
	io.Reader
	said bytes.Buffer
}

func (s *script) Write(p []byte) (int, error) { return s.said.Write(p) }

// greeting of a MariaDB server, with and without TLS; the capability bits stand at the end.
func mysqlGreeting(capabilities ...byte) string {
	body := "\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00\x07\x00\x00\x00abcdefgh\x00" + string(capabilities) + "\x2d\x02\x00\xff\xc1\x15"
	return string([]byte{byte(len(body)), 0, 0, 0}) + body
}

func TestDialogues(t *testing.T) {
	const (
		through = "tls"
		none    = "no tls"
		unclear = "unknown"
	)
	for _, c := range []struct {
		name, protocol, server string
		want                   string
		said                   string // must be in what the client said
	}{
		{"postfix", "smtp", "220 mx ESMTP\r\n250-mx\r\n250-STARTTLS\r\n250 CHUNKING\r\n220 2.0.0 Ready\r\n", through, "EHLO audit.invalid\r\nSTARTTLS\r\n"},
		{"long greeting", "smtp", "220-mx\r\n220-not for spam\r\n220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n", through, "STARTTLS"},
		{"no offer", "smtp", "220 mx\r\n250-mx\r\n250 SIZE 1000\r\n", none, "EHLO"},
		{"only HELO", "smtp", "220 mx\r\n502 what?\r\n", none, "EHLO"},
		{"offered, then refused", "smtp", "220 mx\r\n250-mx\r\n250 STARTTLS\r\n502 no\r\n", none, "STARTTLS"},
		{"not now", "smtp", "220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 TLS not available\r\n", unclear, "STARTTLS"},
		{"too busy", "smtp", "421 too many connections\r\n", unclear, ""},
		{"the word inside another", "smtp", "220 mx\r\n250-mx\r\n250 XSTARTTLSX\r\n", none, "EHLO"},
		{"clear text after the agreement", "smtp", "220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n", unclear, "STARTTLS"},
		{"lmtp", "lmtp", "220 mx LMTP\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n", through, "LHLO"},
		{"dovecot", "imap", "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready.\r\na OK Begin TLS negotiation now.\r\n", through, "a STARTTLS\r\n"},
		{"capabilities unasked", "imap", "* OK hi\r\n* CAPABILITY IMAP4\r\na OK go\r\n", through, "STARTTLS"},
		{"unknown command", "imap", "* OK hi\r\na BAD unknown\r\n", none, "STARTTLS"},
		{"goodbye", "imap", "* BYE overloaded\r\n", unclear, ""},
		{"pop3", "pop3", "+OK ready\r\n+OK begin\r\n", through, "STLS\r\n"},
		{"pop3 without", "pop3", "+OK ready\r\n-ERR no\r\n", none, "STLS"},
		{"vsftpd", "ftp", "220 (vsFTPd 3.0.3)\r\n234 Proceed\r\n", through, "AUTH TLS\r\n"},
		{"vsftpd without", "ftp", "220 (vsFTPd 3.0.3)\r\n530 Please login\r\n", none, "AUTH TLS"},
		{"greeting of several lines", "ftp", "220-Welcome\r\n to us\r\n220 ready\r\n234 ok\r\n", through, "AUTH TLS"},
		{"ready in a minute", "ftp", "120 wait\r\n220 ready\r\n234 ok\r\n", through, "AUTH TLS"},
		{"slapd", "ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", through, "1.3.6.1.4.1.1466.20037"},
		{"slapd without", "ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", none, ""},
		{"slapd busy", "ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x33\x04\x00\x04\x00", unclear, ""},
		{"not LDAP", "ldap", "HTTP/1.1 400 Bad Request\r\n\r\n", unclear, ""},
		{"an endless length", "ldap", "\x30\x84\x7f\xff\xff\xff", unclear, ""},
		{"prosody", "xmpp", "<?xml version='1.0'?><stream:stream id='1' from='h' xmlns='jabber:client'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", through, "to='chat.exemple.test'"},
		{"prosody without", "xmpp-server", "<stream:stream><stream:features><dialback/></stream:features>", none, "jabber:server"},
		{"unknown host", "xmpp", "<stream:stream><stream:error><host-unknown/></stream:error>", unclear, ""},
		{"postgres", "postgres", "S", through, "\x04\xd2\x16\x2f"},
		{"postgres without", "postgres", "N", none, ""},
		{"older than TLS", "postgres", "E", unclear, ""},
		{"mariadb", "mysql", mysqlGreeting(0xfe, 0xff), through, "\x20\x00\x00\x01"},
		{"mariadb without", "mysql", mysqlGreeting(0xfe, 0xf7), none, ""},
		{"host not allowed", "mysql", "\x0d\x00\x00\x00\xff\x6a\x04Host no...", unclear, ""},
		{"pigeonhole", "sieve", "\"IMPLEMENTATION\" \"Dovecot\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\nOK \"begin\"\r\n", through, "STARTTLS\r\n"},
		{"pigeonhole without", "sieve", "\"IMPLEMENTATION\" \"Dovecot\"\r\nOK\r\n", none, ""},
		{"inn", "nntp", "200 ready\r\n382 go\r\n", through, "STARTTLS\r\n"},
		{"inn without", "nntp", "200 ready\r\n580 no\r\n", none, "STARTTLS"},
		{"xrdp chooses TLS", "rdp", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x01\x08\x00\x01\x00\x00\x00", through, "\x01\x00\x08\x00\x03\x00\x00\x00"},
		{"answers, and chooses plain", "rdp", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x00\x08\x00\x00\x00\x00\x00", none, ""},
		{"refuses TLS", "rdp", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x02\x00\x00\x00", none, ""},
		{"wants something else", "rdp", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x06\x00\x00\x00", unclear, ""},
		{"before negotiation was invented", "rdp", "\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", none, ""},
		{"endless line", "smtp", "220 " + strings.Repeat("x", 10000), unclear, ""},
		{"endless lines", "smtp", strings.Repeat("220-x\r\n", 1000), unclear, ""},
		{"endless stream", "xmpp", strings.Repeat("<a>", 10000), unclear, ""},
		{"silence", "pop3", "", unclear, ""},
	} {
		t.Run(c.protocol+" "+c.name, func(t *testing.T) {
			p, err := ByName(c.protocol)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{Reader: strings.NewReader(c.server)}
			err = p.Begin(s, "chat.exemple.test")
			got := through
			if errors.Is(err, ErrNoTLS) {
				got = none
			} else if err != nil {
				got = unclear
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
			if !strings.Contains(s.said.String(), c.said) {
				t.Errorf("said %q, without %q", s.said.String(), c.said)
			}
		})
	}
}

func TestNothingIsSaidWithoutPreface(t *testing.T) {
	s := &script{Reader: strings.NewReader("")}
	if err := (Preface{}).Begin(s, "x"); err != nil || s.said.Len() > 0 {
		t.Errorf("error %v, said %q", err, s.said.String())
	}
}

func TestPortsHaveKnownDialogues(t *testing.T) {
	for port, want := range map[uint16]string{25: "smtp", 443: "", 3389: "rdp", 5432: "postgres", 389: "ldap", 993: ""} {
		if got := ByPort(port).Name; got != want {
			t.Errorf("port %d: %q, want %q", port, got, want)
		}
	}
	if _, err := ByName("gopher"); err == nil {
		t.Error("an unknown protocol was accepted")
	}
}

// Whatever a server says, a dialogue ends, and says nothing but its own words.
func FuzzDialogues(f *testing.F) {
	for i := range all() {
		f.Add(i, []byte("220 mx\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n"))
	}
	f.Add(4, []byte(mysqlGreeting(0xfe, 0xff)))
	f.Add(2, []byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add(8, []byte("\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x01\x08\x00\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, which int, server []byte) {
		list := all()
		p := list[int(uint(which)%uint(len(list)))]
		s := &script{Reader: bytes.NewReader(server)}
		err := p.Begin(s, "host.exemple.test")
		if err == nil && len(server) == 0 {
			t.Errorf("%s: agreed to TLS by a silent server", p.Name)
		}
		if s.said.Len() > 512 {
			t.Errorf("%s: said %d bytes", p.Name, s.said.Len())
		}
	})
}
