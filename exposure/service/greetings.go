package service

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// Protocols whose server speaks first and whose greeting says enough. Package mail looks further at SMTP.

// greeting reads the first line a server says.
func (s *session) greeting() (*talk, string, error) {
	t, err := s.open()
	if err != nil {
		return nil, "", err
	}
	// Some servers make strangers wait on purpose, and distrust those who do not.
	line, err := t.line(2 * s.options.Answer)
	if err != nil {
		t.close()
		return nil, line, err
	}
	return t, line, nil
}

func protocolSMTP() protocol {
	return protocol{name: "smtp", ports: []uint16{25, 26, 587, 2525}, tls: []uint16{465}, play: playSMTP, signs: isSMTP}
}

// isSMTP tells an SMTP greeting from that of FTP, which has the same shape (RFC 5321 4.3.1, RFC 959 5.4).
func isSMTP(b []byte) bool {
	first, _, _ := bytes.Cut(b, []byte("\n"))
	return len(first) > 4 && (bytes.HasPrefix(first, []byte("220")) || bytes.HasPrefix(first, []byte("554")) || bytes.HasPrefix(first, []byte("421"))) &&
		(first[3] == ' ' || first[3] == '-') && regexp.MustCompile(`(?i)smtp|mail|postfix|exim|sendmail|exchange`).Match(first) && !isFTP(b)
}

func playSMTP(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if len(line) < 4 || line[0] < '2' || line[0] > '5' || (line[3] != ' ' && line[3] != '-') {
		return false, errOther
	}
	s.facts.recognised("smtp", ByGreeting)
	s.facts.seen("%s", steady(line))
	s.facts.Product, s.facts.Version, s.facts.System = smtpProduct(line)
	for strings.HasPrefix(line, "220-") {
		if line, err = t.line(s.options.Answer); err != nil {
			return true, nil
		}
	}
	if err := t.send([]byte("EHLO audit.hygie.invalid\r\n")); err != nil {
		return true, nil
	}
	offers, err := t.reply()
	if err == nil && !s.inTLS {
		s.facts.Encrypts = no("EHLO does not offer STARTTLS")
		if slicesContainFold(offers, "STARTTLS") {
			s.facts.Encrypts = yes("EHLO offers STARTTLS")
		}
	}
	t.send([]byte("QUIT\r\n"))
	return true, nil
}

// reply reads the lines of one answer "250-…", "250 …" (RFC 5321 4.2.1), without their codes, at most 100.
func (t *talk) reply() ([]string, error) {
	var lines []string
	for range 100 {
		line, err := t.line(t.answer)
		if err != nil {
			return lines, err
		}
		if len(line) < 3 {
			return lines, errOther
		}
		lines = append(lines, strings.TrimSpace(line[min(4, len(line)):]))
		if len(line) == 3 || line[3] == ' ' {
			return lines, nil
		}
	}
	return lines, fmt.Errorf("an answer of more than 100 lines")
}

func slicesContainFold(list []string, want string) bool {
	for _, s := range list {
		if strings.EqualFold(s, want) {
			return true
		}
	}
	return false
}

func smtpProduct(line string) (product, version, system string) {
	for _, p := range []struct {
		pattern, product string
	}{
		{`Postfix(?: ([\d.]+))?(?: \(([^)]+)\))?`, "Postfix"},
		{`Exim ([\d.]+)`, "Exim"},
		{`Microsoft ESMTP MAIL Service(?:, Version: ([\d.]+))?`, "Microsoft Exchange"},
		{`Sendmail ([\d./]+)`, "Sendmail"},
		{`OpenSMTPD`, "OpenSMTPD"},
		{`Haraka(?: ([\d.]+))?`, "Haraka"},
	} {
		m := regexp.MustCompile(p.pattern).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		m = append(m, "", "")
		return p.product, m[1], m[2]
	}
	return "", "", ""
}

var passing = regexp.MustCompile(strings.Join([]string{
	`(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?\d{1,2} [A-Z][a-z]{2} \d{4},? \d{1,2}:\d{2}(?::\d{2})?(?: [+-]\d{4})?`, // RFC 5322 3.3
	`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?`,
	`\b\d{1,2}:\d{2}:\d{2}\b`,
	`<[^<>@ ]*@[^<>@ ]*>`,
}, "|"))

// steady removes from a greeting what changes at each connection, dates and the stamp of APOP (RFC 1939 7), so that the same server gives
// the same facts.
func steady(line string) string { return passing.ReplaceAllString(line, "…") }

func protocolIMAP() protocol {
	return protocol{name: "imap", ports: []uint16{143}, tls: []uint16{993}, play: playIMAP, signs: prefixed("* OK", "* PREAUTH", "* BYE")}
}

func playIMAP(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if !strings.HasPrefix(line, "* ") {
		return false, errOther
	}
	s.facts.recognised("imap", ByGreeting)
	s.facts.seen("%s", steady(line))
	s.facts.Product = mailboxProduct(line)
	if !s.inTLS {
		s.facts.Encrypts = unknown("the greeting does not list capabilities")
		if strings.Contains(line, "[CAPABILITY ") {
			s.facts.Encrypts = no("the greeting does not offer STARTTLS")
			if strings.Contains(line, "STARTTLS") {
				s.facts.Encrypts = yes("the greeting offers STARTTLS")
			}
		}
	}
	return true, nil
}

func protocolPOP() protocol {
	return protocol{name: "pop3", ports: []uint16{110}, tls: []uint16{995}, play: playPOP, signs: prefixed("+OK")}
}

func playPOP(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if !strings.HasPrefix(line, "+OK") && !strings.HasPrefix(line, "-ERR") {
		return false, errOther
	}
	s.facts.recognised("pop3", ByGreeting)
	s.facts.seen("%s", steady(line))
	s.facts.Product = mailboxProduct(line)
	return true, nil
}

func mailboxProduct(line string) string {
	for _, p := range []string{"Dovecot", "Courier", "Cyrus", "Microsoft Exchange", "Zimbra", "Gimap", "MDaemon", "Domino"} {
		if strings.Contains(line, p) {
			return p
		}
	}
	return ""
}

// prefixed recognises greetings by how they begin.
func prefixed(begins ...string) func([]byte) bool {
	return func(b []byte) bool {
		for _, p := range begins {
			if bytes.HasPrefix(b, []byte(p)) {
				return true
			}
		}
		return false
	}
}

func protocolVMware() protocol {
	return protocol{name: "vmware", ports: []uint16{902}, play: playVMware, signs: prefixed("220 VMware")}
}

func playVMware(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if !strings.HasPrefix(line, "220 VMware") {
		return false, errOther
	}
	s.facts.recognised("vmware", ByGreeting)
	s.facts.Product, s.facts.Kind = "VMware ESXi", Hypervisor
	s.facts.seen("%s", line)
	return true, nil
}
