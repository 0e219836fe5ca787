package service

import (
	"bytes"
	"regexp"
	"strings"

	"hygie/exposure/perimeter"
)

func protocolFTP() protocol {
	return protocol{name: "ftp", ports: []uint16{21, 2121}, tls: []uint16{990}, play: playFTP, signs: isFTP}
}

var ftpGreeting = regexp.MustCompile(`(?i)^220[ -].*(ftp|filezilla|serv-u|vsf)`)

func isFTP(b []byte) bool {
	first, _, _ := bytes.Cut(b, []byte("\n"))
	return ftpGreeting.Match(first)
}

// playFTP reads the greeting, asks whether TLS is offered (RFC 4217 4), and, where the mandate names access as a guest, whether the
// anonymous account is open (RFC 1635 2): it goes in and leaves at once, without listing anything.
func playFTP(s *session) (bool, error) {
	t, line, err := s.greeting()
	if err != nil {
		return false, err
	}
	defer t.close()
	if !strings.HasPrefix(line, "220") || isSMTP([]byte(line)) {
		return false, errOther
	}
	s.facts.recognised("ftp", ByGreeting)
	s.facts.seen("%s", steady(line))
	s.facts.Product, s.facts.Version = ftpProduct(line)
	for strings.HasPrefix(line, "220-") {
		if line, err = t.line(s.options.Answer); err != nil {
			return true, nil
		}
	}
	if s.inTLS {
		s.facts.Encrypts = yes("the port speaks TLS from the start")
	} else {
		s.facts.Encrypts = ftpTLS(t)
	}
	s.facts.Guest = unknown(NotMandated)
	if s.target.Allows(perimeter.GuestAccess) {
		s.facts.Guest = s.ftpAnonymous()
		s.facts.Stranger = s.facts.Guest
	}
	return true, nil
}

func ftpTLS(t *talk) Answer {
	if err := t.send([]byte("AUTH TLS\r\n")); err != nil {
		return unknown("AUTH TLS: %v", err)
	}
	line, err := t.line(t.answer)
	switch {
	case err != nil:
		return unknown("AUTH TLS: no answer")
	case strings.HasPrefix(line, "234"):
		return yes("AUTH TLS: %s", clean(line))
	default:
		return no("AUTH TLS: %s", clean(line))
	}
}

func (s *session) ftpAnonymous() Answer {
	t, err := s.open()
	if err != nil {
		return unknown("%v", err)
	}
	defer t.close()
	if _, err := t.reply(); err != nil {
		return unknown("no greeting")
	}
	line := ""
	for _, command := range []string{"USER anonymous", "PASS audit@hygie.invalid"} {
		if err := t.send([]byte(command + "\r\n")); err != nil {
			return unknown("%s: %v", command, err)
		}
		if line, err = t.line(t.answer); err != nil {
			return unknown("%s: no answer", command)
		}
		for len(line) > 3 && line[3] == '-' { // a notice of several lines
			if line, err = t.line(t.answer); err != nil {
				return unknown("%s: answer cut short", command)
			}
		}
		if !strings.HasPrefix(line, "331") {
			break
		}
	}
	t.send([]byte("QUIT\r\n"))
	if strings.HasPrefix(line, "230") {
		return yes("USER anonymous: %s", clean(line))
	}
	return no("USER anonymous: %s", clean(line))
}

func ftpProduct(line string) (product, version string) {
	for _, p := range []struct{ pattern, product string }{
		{`vsFTPd ([\d.]+)`, "vsftpd"},
		{`ProFTPD(?: ([\d.]+\w*))?`, "ProFTPD"},
		{`Pure-FTPd`, "Pure-FTPd"},
		{`FileZilla Server(?: (?:version )?([\d.]+))?`, "FileZilla Server"},
		{`Microsoft FTP Service`, "Microsoft IIS FTP"},
		{`Serv-U FTP(?: Server)? v?([\d.]+)`, "Serv-U"},
	} {
		if m := regexp.MustCompile(p.pattern).FindStringSubmatch(line); m != nil {
			m = append(m, "")
			return p.product, m[1]
		}
	}
	return "", ""
}
