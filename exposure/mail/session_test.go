package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// scripted serves each connection from a table: what it says first, then the answer to each line that begins with a key. It keeps what it heard.
func scripted(t *testing.T, classes perimeter.Class, greeting string, answers map[string]string) (perimeter.Target, func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard := make(chan []string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var lines []string
				defer func() { heard <- lines }()
				fmt.Fprint(conn, greeting)
				for in := bufio.NewScanner(conn); in.Scan(); {
					lines = append(lines, in.Text())
					for key, answer := range answers {
						if strings.HasPrefix(in.Text(), key) {
							if answer == "" {
								return
							}
							fmt.Fprint(conn, answer)
						}
					}
				}
			}()
		}
	}()
	target, err := perimeter.Loopback("", l.Addr().(*net.TCPAddr).AddrPort(), classes)
	if err != nil {
		t.Fatal(err)
	}
	return target, func() []string { return <-heard }
}

func TestTalkSMTP(t *testing.T) {
	ehlo := "250-mail.ch-brume.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 HELP\r\n"
	rows := map[string]struct {
		classes  perimeter.Class
		greeting string
		answers  map[string]string
		check    func(Session) bool
	}{
		"sound": {perimeter.MailRelay, "220-hello\r\n220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": "502 no\r\n", "EXPN": "502 no\r\n", "MAIL": "250 ok\r\n", "RCPT": "554 no\r\n", "RSET": "250 ok\r\n", "QUIT": "221 bye\r\n"},
			func(s Session) bool {
				return s.StartTLS && len(s.Auth) == 0 && s.Users.Usual == 502 && s.Relay != nil && !s.Relay.Accepted && s.Relay.Code == 554
			}},
		"open relay": {perimeter.MailRelay, "220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": "252 maybe\r\n", "EXPN": "250 root\r\n", "MAIL": "250 ok\r\n", "RCPT": "250 ok\r\n", "RSET": "250 ok\r\n"},
			func(s Session) bool { return s.Relay.Accepted && s.Users.Expand == 250 }},
		"relay not in the mandate": {0, "220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": "502 no\r\n", "EXPN": "502 no\r\n"},
			func(s Session) bool { return s.Relay == nil && s.RelayUnknown == NotProven }},
		"not without encryption": {perimeter.MailRelay, "220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": "502 no\r\n", "EXPN": "502 no\r\n", "MAIL": "530 Must issue a STARTTLS command first\r\n", "RSET": "250 ok\r\n"},
			func(s Session) bool { return s.Relay == nil && s.RelayUnknown == "code 530" }},
		"not now": {perimeter.MailRelay, "220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": "502 no\r\n", "EXPN": "502 no\r\n", "MAIL": "250 ok\r\n", "RCPT": "450 try later\r\n", "RSET": "250 ok\r\n"},
			func(s Session) bool { return s.Relay == nil && s.RelayUnknown == "code 450" }},
		"password in clear": {0, "220 mail\r\n", map[string]string{"EHLO": "250-mail\r\n250-AUTH LOGIN CRAM-MD5\r\n250 AUTH=PLAIN\r\n", "VRFY": "502 no\r\n", "EXPN": "502 no\r\n"},
			func(s Session) bool { return slices.Equal(s.Auth, []string{"LOGIN", "PLAIN"}) && !s.StartTLS }},
		"hangs up on VRFY": {perimeter.MailRelay, "220 mail\r\n", map[string]string{"EHLO": ehlo, "VRFY": ""},
			func(s Session) bool { return s.StartTLS && s.Users == nil && s.Relay == nil }},
		"busy": {0, "421 too many\r\n", nil, func(s Session) bool { return s.Greeting == "too many" && s.Capabilities == nil }},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			target, heard := scripted(t, row.classes, row.greeting, row.answers)
			got, err := Talk(t.Context(), reach.New(reach.Limits{PerSecond: 1000, Exchange: 2 * time.Second}), target, SMTP)
			if err != nil || !row.check(got) {
				t.Errorf("%+v %+v %+v, %v", got, got.Users, got.Relay, err)
			}
			for _, line := range heard() {
				if strings.HasPrefix(line, "DATA") || strings.HasPrefix(line, "BDAT") || row.classes == 0 && strings.HasPrefix(line, "MAIL") {
					t.Errorf("said %q", line)
				}
			}
		})
	}
}

func TestTalkOthers(t *testing.T) {
	rows := map[string]struct {
		protocol Protocol
		greeting string
		answers  map[string]string
		startTLS bool
		auth     string
	}{
		"imap, sound":      {IMAP, "* OK ready\r\n", map[string]string{"a CAP": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na OK done\r\n"}, true, ""},
		"imap, password":   {IMAP, "* OK ready\r\n", map[string]string{"a CAP": "* capability IMAP4rev1 AUTH=PLAIN\r\na OK done\r\n"}, false, "LOGIN PLAIN"},
		"imap, old":        {IMAP, "* OK ready\r\n", map[string]string{"a CAP": "* CAPABILITY IMAP4rev1 STARTTLS\r\na OK done\r\n"}, true, "LOGIN"},
		"pop3, sound":      {POP3, "+OK ready\r\n", map[string]string{"CAPA": "+OK\r\nSTLS\r\nUIDL\r\n.\r\n"}, true, ""},
		"pop3, password":   {POP3, "+OK ready\r\n", map[string]string{"CAPA": "+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n"}, false, "LOGIN PLAIN"},
		"pop3, tells none": {POP3, "+OK ready\r\n", map[string]string{"CAPA": "-ERR what\r\n"}, false, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			target, _ := scripted(t, 0, row.greeting, row.answers)
			got, err := Talk(t.Context(), reach.New(reach.Limits{PerSecond: 1000}), target, row.protocol)
			if err != nil || got.StartTLS != row.startTLS || strings.Join(got.Auth, " ") != row.auth {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// Endless lines, endless answers, other protocols: an end, and an error that says what the silence means.
func TestTalkToStrangers(t *testing.T) {
	rows := map[string]struct {
		greeting string
		answers  map[string]string
		why      reach.Silence
	}{
		"ssh":           {"SSH-2.0-OpenSSH_9.2\r\n", nil, reach.Broken},
		"endless line":  {"220 " + strings.Repeat("x", 100_000), nil, reach.Broken},
		"endless reply": {strings.Repeat("220-more\r\n", 10_000), nil, reach.Broken},
		"silent":        {"", nil, reach.Silent},
		"other code":    {"220-a\r\n250 b\r\n", nil, reach.Broken},
		"cut":           {"220 mail\r\n", map[string]string{"EHLO": ""}, reach.Reset},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			target, _ := scripted(t, 0, row.greeting, row.answers)
			got, err := Talk(t.Context(), reach.New(reach.Limits{PerSecond: 1000, Exchange: 200 * time.Millisecond}), target, SMTP)
			if reach.Why(err) != row.why {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("220-a\r\n220 b\r\n250-x\r\n250 STARTTLS\r\n"))
	f.Add([]byte("250"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, talk := range []func(*Session, *lines) error{
			func(s *Session, l *lines) error { return s.smtp(l, perimeter.Target{}) }, (*Session).imap, (*Session).pop3,
		} {
			var out bytes.Buffer
			s := &Session{}
			err := talk(s, &lines{reader: bufio.NewReaderSize(bytes.NewReader(data), maxLine), writer: &out})
			if len(s.Capabilities) > maxLine*maxLines || len(s.Greeting) > 210 {
				t.Errorf("%+v", s)
			}
			_ = err
		}
	})
}

// A real Postfix, once badly set and once well.
func TestPostfix(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, Postfix needs root")
	}
	if _, err := exec.LookPath("postfix"); err != nil {
		if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
			t.Fatal(err)
		}
		t.Skip("SKIPPED, no Postfix here: apt-get install postfix")
	}
	for _, bad := range []bool{true, false} {
		t.Run(fmt.Sprintf("bad %v", bad), func(t *testing.T) {
			at := startPostfix(t, bad)
			target, err := perimeter.Loopback("", at, perimeter.MailRelay)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Talk(t.Context(), reach.New(reach.Limits{PerSecond: 100}), target, SMTP)
			if err != nil || got.Relay == nil || got.Users == nil {
				t.Fatalf("%+v, %v", got, err)
			}
			if got.Relay.Accepted != bad || (got.Users.Usual/100 == 2) != bad {
				t.Errorf("%+v %+v", got.Relay, got.Users)
			}
		})
	}
}

func startPostfix(t *testing.T, bad bool) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	dir, err := os.MkdirTemp("/tmp", "postfix") // its own short path: Postfix changes owners below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	networks, vrfy := "127.0.0.2/32", "yes"
	if bad {
		networks, vrfy = "0.0.0.0/0", "no"
	}
	main := fmt.Sprintf("compatibility_level=3.6\nqueue_directory=%[1]s/q\ndata_directory=%[1]s/data\nmaillog_file=%[1]s/log\nmaillog_file_prefixes=%[1]s\n"+
		"inet_interfaces=127.0.0.1\ninet_protocols=ipv4\nmyhostname=mail.ch-brume.example\nmydestination=mail.ch-brume.example\nmynetworks=%[2]s\n"+
		"smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination\ndefault_transport=discard\ndisable_vrfy_command=%[3]s\nalias_maps=\nlocal_recipient_maps=\n", dir, networks, vrfy)
	master := fmt.Sprintf("%d inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n"+
		"rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndiscard unix - - n - - discard\nerror unix - - n - - error\nanvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\nlocal unix - n n - - local\n", at.Port())
	for _, d := range []string{dir, dir + "/q", dir + "/data"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"main.cf": main, "master.cf": strings.ReplaceAll(master, fmt.Sprintf("%d inet", at.Port()), fmt.Sprintf("127.0.0.1:%d inet", at.Port()))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := os.ReadFile("/etc/postfix/postfix-files"); err == nil {
		os.WriteFile(filepath.Join(dir, "postfix-files"), files, 0o644)
	}
	os.MkdirAll(filepath.Join(dir, "dynamicmaps.cf.d"), 0o755)
	if maps, err := os.ReadFile("/etc/postfix/dynamicmaps.cf"); err == nil {
		os.WriteFile(filepath.Join(dir, "dynamicmaps.cf"), maps, 0o644)
	}
	if out, err := exec.Command("chown", "postfix", dir+"/data").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command("postfix", "-c", dir, "start").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("postfix", "-c", dir, "abort").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	for range 100 {
		conn, err := net.Dial("tcp", at.String())
		if err == nil {
			conn.Close()
			return at
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(errors.New("Postfix does not listen"))
	return at
}
