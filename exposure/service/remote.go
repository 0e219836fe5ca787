package service

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
)

// Remote-support tools, set-up protocols without a password, and proxies.

// Proxy is whether a proxy carries connections for strangers.
type Proxy struct {
	Kind string `json:"kind"` // "http" or "socks5"
	Open Answer `json:"open"`
}

// proxyPorts are where a web port may be a proxy.
var proxyPorts = []uint16{1080, 3128, 8000, 8008, 8080, 8081, 8118, 8888, 9090}

// looksProxy tells whether a page comes from a proxy.
func looksProxy(p page) bool {
	server := strings.ToLower(p.Server)
	return p.header.Get("X-Squid-Error") != "" || p.header.Get("Via") != "" && p.Status >= 400 || p.header.Get("Proxy-Authenticate") != "" ||
		strings.Contains(server, "squid") || strings.Contains(server, "tinyproxy") || strings.Contains(server, "privoxy")
}

// askProxy asks a port that may be a proxy to reach an address of the owner's own (RFC 9110 9.3.6), and hangs up.
func (s *session) askProxy(p page) {
	proxy := looksProxy(p)
	if !proxy && !slices.Contains(proxyPorts, s.target.Address().Port()) {
		return
	}
	to := s.options.proxyTo()
	if !to.IsValid() {
		if proxy {
			s.facts.Proxy = &Proxy{Kind: "http", Open: unknown(NoOwnAddress)}
		}
		return
	}
	question := "CONNECT " + to.String() + " HTTP/1.1\r\nHost: " + to.String() + "\r\n\r\n"
	got, err := s.ask([]byte(question), wholeHead)
	open := connectAnswer(got, err)
	if open.IsYes() || proxy {
		s.facts.Proxy = &Proxy{Kind: "http", Open: open}
		s.facts.seen("CONNECT %s: %s", to, open.Why)
	}
}

func connectAnswer(b []byte, err error) Answer {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	words := strings.Fields(string(line))
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		if err == nil {
			err = errOther
		}
		return unknown("CONNECT: %v", err)
	}
	if strings.HasPrefix(words[1], "2") {
		if isPage(b) {
			return no("%s, with a page and no way through", clean(string(line)))
		}
		return yes("%s", clean(string(line)))
	}
	return no("%s", clean(string(line)))
}

// isPage tells whether the answer to CONNECT has a content, as web servers that take any method for a request of a page give it. A tunnel has none
// (RFC 9110 section 9.3.6).
func isPage(b []byte) bool {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(head), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "transfer-encoding", "content-type":
			return true
		case "content-length":
			return strings.TrimSpace(value) != "0"
		}
	}
	return false
}

func protocolSOCKS() protocol {
	return protocol{name: "socks", ports: []uint16{1080}, play: playSOCKS}
}

// socksConnect asks to reach an address (RFC 1928 4).
func socksConnect(to netip.AddrPort) []byte {
	a := to.Addr().Unmap()
	kind := byte(1)
	if a.Is6() {
		kind = 4
	}
	b := append([]byte{5, 1, 0, kind}, a.AsSlice()...)
	return binary.BigEndian.AppendUint16(b, to.Port())
}

// playSOCKS offers to go on without an account (RFC 1928 3), then asks to reach an address of the owner's own.
func playSOCKS(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	if err := t.send([]byte{5, 1, 0}); err != nil {
		return false, err
	}
	got, err := t.take(2)
	if err != nil {
		return false, err
	}
	if got[0] != 5 || (got[1] != 0 && got[1] != 0xff) {
		return false, errOther
	}
	s.facts.recognised("socks", ByAnswer)
	s.facts.Proxy = &Proxy{Kind: "socks5", Open: no("method %#02x: an account is needed", got[1])}
	if got[1] == 0 {
		s.facts.Proxy.Open = s.socksReach(t)
	}
	s.facts.seen("SOCKS5: %s", s.facts.Proxy.Open.Why)
	return true, nil
}

func (s *session) socksReach(t *talk) Answer {
	to := s.options.proxyTo()
	if !to.IsValid() {
		return unknown(NoOwnAddress)
	}
	if err := t.send(socksConnect(to)); err != nil {
		return unknown("%v", err)
	}
	reply, err := t.take(4)
	switch {
	case err != nil:
		return unknown("CONNECT %s: %v", to, err)
	case reply[1] == 0:
		return yes("CONNECT %s: reply 0", to)
	case reply[1] == 2:
		return no("CONNECT %s: reply 2, not allowed", to)
	default:
		return unknown("CONNECT %s: reply %d", to, reply[1])
	}
}

func protocolRadmin() protocol {
	return protocol{name: "radmin", ports: []uint16{4899}, play: fixed("Radmin", []byte{1, 0, 0, 0, 1, 0, 0, 0, 8, 8}, func(b []byte) bool {
		return bytes.HasPrefix(b, []byte{1, 0, 0, 0, 0x25})
	})}
}

// protocolSMUX is the port by which programs join an SNMP agent (RFC 1227 3.1.4): it closes, code 2, at what it cannot read.
func protocolSMUX() protocol {
	is := func(b []byte) bool { return len(b) >= 3 && b[0] == 0x41 && b[1] == 1 && b[2] <= 5 }
	return protocol{name: "smux", ports: []uint16{199}, play: fixed("SNMP multiplexer", []byte("\r\n\r\n"), is), signs: is}
}

func protocolDameWare() protocol {
	return protocol{name: "dameware", ports: []uint16{6129}, play: fixed("DameWare Remote Control", nil, func(b []byte) bool {
		return bytes.HasPrefix(b, []byte{0x30, 0x11, 0, 0})
	})}
}

// fixed recognises a product by one question, or none, and how its answer begins.
func fixed(product string, question []byte, is func([]byte) bool) func(*session) (bool, error) {
	return func(s *session) (bool, error) {
		got, err := s.ask(question, anything)
		if err != nil {
			return false, err
		}
		if !is(got) {
			return false, errOther
		}
		s.facts.Product = product
		s.facts.seen("answer begins with % x", short(got, 8))
		return true, nil
	}
}

func protocolSmartInstall() protocol {
	return protocol{name: "smartinstall", ports: []uint16{4786}, play: playSmartInstall}
}

// playSmartInstall plays the question that Cisco publishes to find switches whose set-up service is open; it changes nothing.
func playSmartInstall(s *session) (bool, error) {
	got, err := s.ask([]byte{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0}, func(b []byte) bool { return len(b) >= 24 })
	if err != nil {
		return false, err
	}
	if !bytes.HasPrefix(got, []byte{0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 8}) {
		return false, errOther
	}
	s.facts.recognised("smartinstall", ByAnswer)
	s.facts.Product = "Cisco Smart Install"
	s.facts.Stranger = yes("the protocol has no account, and the switch answers")
	s.facts.seen("Smart Install director question answered")
	return true, nil
}

func protocolADB() protocol {
	return protocol{name: "adb", ports: []uint16{5555}, play: playADB}
}

// adbConnect is the first message of the Android Debug Bridge (protocol.txt: CONNECT), without a key.
func adbConnect() []byte {
	payload := []byte("host::\x00")
	sum := uint32(0)
	for _, c := range payload {
		sum += uint32(c)
	}
	var b []byte
	for _, word := range []uint32{0x4e584e43, 0x01000000, 4096, uint32(len(payload)), sum, 0x4e584e43 ^ 0xffffffff} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return append(b, payload...)
}

func playADB(s *session) (bool, error) {
	got, err := s.ask(adbConnect(), func(b []byte) bool {
		return len(b) >= 24 && len(b) >= 24+int(binary.LittleEndian.Uint32(b[12:])&0xffff)
	})
	if len(got) < 24 {
		return false, err
	}
	switch {
	case string(got[:4]) == "CNXN" && !bytes.HasPrefix(got[24:], []byte("host")): // a host is what we are
		s.facts.Stranger = yes("CNXN: accepted without a key")
	case string(got[:4]) == "AUTH":
		s.facts.Stranger = no("AUTH: a key is asked for")
	default:
		return false, errOther
	}
	s.facts.recognised("adb", ByAnswer)
	s.facts.seen("%s", s.facts.Stranger.Why)
	return true, nil
}

func protocolAnyDesk() protocol {
	return protocol{name: "anydesk", tls: []uint16{7070}, play: func(s *session) (bool, error) {
		t, err := s.open()
		if err != nil {
			return false, err
		}
		t.close()
		c := s.facts.Certificate
		if c == nil || !strings.Contains(c.Subject, "AnyDesk") && !strings.Contains(c.Subject, "AnyNet") {
			return false, errOther
		}
		s.facts.Product = "AnyDesk"
		s.facts.seen("certificate of %s", c.Subject)
		return true, nil
	}}
}

func protocolRTSP() protocol {
	return protocol{name: "rtsp", ports: []uint16{554, 8554}, signs: prefixed("RTSP/1."), play: func(s *session) (bool, error) {
		got, err := s.ask([]byte("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: hygie\r\n\r\n"), wholeHead)
		if err != nil {
			return false, err
		}
		line, _, _ := bytes.Cut(got, []byte("\r\n"))
		if !bytes.HasPrefix(line, []byte("RTSP/1.")) {
			return false, errOther
		}
		s.facts.Kind = Camera
		s.facts.seen("OPTIONS: %s", line)
		return true, nil
	}}
}

// sstp asks a Windows server whether it serves the tunnel that hides in HTTPS (MS-SSTP 3.2.4.1), and hangs up.
func (s *session) sstp() bool {
	got, err := s.ask([]byte("SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1\r\nHost: "+s.target.Name()+
		"\r\nContent-Length: 18446744073709551615\r\nSSTPCORRELATIONID: {68796769-6500-0000-0000-000000000000}\r\n\r\n"), wholeHead)
	line, _, _ := bytes.Cut(got, []byte("\r\n"))
	if err != nil && len(got) == 0 || !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return false
	}
	s.facts.recognised("sstp", ByAnswer)
	s.facts.Product, s.facts.Kind = "Windows SSTP", Gateway
	s.facts.seen("SSTP_DUPLEX_POST: %s", line)
	return true
}
