package service

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"hygie/exposure/perimeter"
)

// datagrams are the questions asked by UDP, one for each protocol.
func datagrams() []protocol {
	return []protocol{
		{name: "dns", ports: []uint16{53}, play: playDNSUDP},
		{name: "tftp", ports: []uint16{69}, play: playTFTP},
		{name: "kerberos", ports: []uint16{88}, play: playKerberosUDP},
		{name: "rpcbind", ports: []uint16{111}, play: playRPCBindUDP},
		{name: "ntp", ports: []uint16{123}, play: playNTP},
		{name: "netbios", ports: []uint16{137}, play: playNetBIOS},
		{name: "snmp", ports: []uint16{161}, play: playSNMP},
		{name: "cldap", ports: []uint16{389}, play: playCLDAP},
		{name: "ike", ports: []uint16{500, 4500}, play: playIKE},
		{name: "ipmi", ports: []uint16{623}, play: playIPMI},
		{name: "openvpn", ports: []uint16{1194}, play: playOpenVPNUDP},
		{name: "ssdp", ports: []uint16{1900}, play: playSSDP},
		{name: "sip", ports: []uint16{5060}, play: playSIPUDP},
		{name: "mdns", ports: []uint16{5353}, play: playMDNS},
		{name: "memcached", ports: []uint16{11211}, play: playMemcachedUDP},
		{name: "bacnet", ports: []uint16{47808}, play: playBACnet},
	}
}

// dnsQuestion asks for the name servers of the root, with room for a large answer (RFC 1035 4.1, RFC 6891 6.1.2): what a recursive server gives
// to anybody is many times longer.
func dnsQuestion(name string, kind byte) []byte {
	b := []byte{0x68, 0x79, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1}
	for label := range strings.SplitSeq(name, ".") {
		if label != "" {
			b = append(append(b, byte(len(label))), label...)
		}
	}
	b = append(b, 0, 0, kind, 0, 1)
	return append(b, 0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0)
}

// parseDNS reads the header of an answer: whether it recurses, its code, how many records it has (RFC 1035 4.1.1).
func parseDNS(b []byte) (recurses bool, code byte, answers int, err error) {
	if len(b) < 12 {
		return false, 0, 0, errShort
	}
	if b[0] != 0x68 || b[1] != 0x79 || b[2]&0x80 == 0 {
		return false, 0, 0, errOther
	}
	return b[3]&0x80 != 0, b[3] & 15, int(binary.BigEndian.Uint16(b[6:])), nil
}

func (s *session) dnsAnswer(b []byte) (bool, error) {
	recurses, code, answers, err := parseDNS(b)
	if err != nil {
		return false, err
	}
	s.facts.recognised("dns", ByAnswer)
	s.facts.seen("NS of the root: code %d, %d answers, recursion available %v", code, answers, recurses)
	switch authoritative := b[2]&4 != 0; {
	case recurses && code == 0 && answers > 0 && !authoritative:
		s.facts.Stranger = yes("NS of the root: %d answers, RA", answers)
	case !recurses || code == 5:
		s.facts.Stranger = no("NS of the root: code %d, RA %v", code, recurses)
	default:
		s.facts.Stranger = unknown("NS of the root: code %d, %d answers, RA", code, answers)
	}
	return true, nil
}

// versionQuestion asks which program serves, as it calls itself (RFC 4892 2): a claim, and often a false one on purpose.
func versionQuestion() []byte {
	b := append([]byte{0x68, 0x79, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7}, "version\x04bind\x00"...)
	return append(b, 0, 16, 0, 3)
}

// parseVersion reads the text of the answer to [versionQuestion], which names its owner by a pointer or in full.
func parseVersion(b []byte) (string, error) {
	question := len(versionQuestion())
	if _, code, answers, err := parseDNS(b); err != nil || code != 0 || answers == 0 || len(b) < question {
		return "", errOther
	}
	rest := b[question:]
	switch {
	case len(rest) > 2 && rest[0]&0xc0 == 0xc0:
		rest = rest[2:]
	case bytes.HasPrefix(rest, []byte("\x07version\x04bind\x00")) || bytes.HasPrefix(rest, []byte("\x07VERSION\x04BIND\x00")):
		rest = rest[14:]
	default:
		return "", errOther
	}
	if len(rest) < 11 || rest[1] != 16 || int(rest[10]) > len(rest)-11 {
		return "", errShort
	}
	return clean(string(rest[11 : 11+int(rest[10])])), nil
}

// bindVersion is how BIND numbers itself; nobody else is at 9.
var bindVersion = regexp.MustCompile(`^9\.\d{1,2}\.\d{1,2}`)

// dnsVersion keeps what a name server calls itself.
func (f *Facts) dnsVersion(b []byte) {
	version, err := parseVersion(b)
	if err != nil || version == "" {
		return
	}
	f.Version = version
	f.seen("version.bind: %s", version)
	if bindVersion.MatchString(version) {
		f.Product = "ISC BIND"
		return
	}
	for _, product := range []string{"dnsmasq", "unbound", "PowerDNS", "NSD", "Knot"} {
		if name, rest, _ := strings.Cut(version, " "); strings.HasPrefix(strings.ToLower(name), strings.ToLower(product)) {
			f.Product, f.Version = product, cmp.Or(strings.TrimPrefix(rest, "("), strings.TrimPrefix(name[min(len(product), len(name)):], "-"))
			return
		}
	}
}

func playDNSUDP(s *session) (bool, error) {
	question := dnsQuestion("", 2)
	answers, err := s.datagram(question, 1)
	if err != nil {
		return false, err
	}
	ok, err := s.dnsAnswer(answers[0])
	if !ok {
		return false, err
	}
	s.facts.reflect("NS of the root", question, answers)
	if version, err := s.datagram(versionQuestion(), 1); err == nil {
		s.facts.dnsVersion(version[0])
	}
	return true, nil
}

func protocolDNS() protocol {
	return protocol{name: "dns", ports: []uint16{53}, play: playDNS}
}

func playDNS(s *session) (bool, error) {
	framed := func(question []byte) []byte { return append([]byte{0, byte(len(question))}, question...) }
	got, err := s.ask(framed(dnsQuestion("", 2)), lengthAt(0, 2, 2))
	if len(got) < 2 {
		return false, err
	}
	if ok, err := s.dnsAnswer(got[2:]); !ok {
		return false, err
	}
	if got, _ := s.ask(framed(versionQuestion()), lengthAt(0, 2, 2)); len(got) > 2 {
		s.facts.dnsVersion(got[2:])
	}
	return true, nil
}

func playMDNS(s *session) (bool, error) {
	question := dnsQuestion("_services._dns-sd._udp.local", 12)
	answers, err := s.datagram(question, 4)
	if err != nil {
		return false, err
	}
	if _, _, _, err := parseDNS(answers[0]); err != nil {
		return false, err
	}
	s.facts.recognised("mdns", ByAnswer)
	s.facts.reflect("list of services", question, answers)
	s.facts.seen("list of services: %d bytes", len(answers[0]))
	return true, nil
}

// parseTFTP tells an error from data (RFC 1350 5).
func parseTFTP(b []byte) (code uint16, words string, err error) {
	if len(b) < 4 || b[0] != 0 || (b[1] != 5 && b[1] != 3) {
		return 0, "", errOther
	}
	if b[1] == 3 {
		return 0, "data", nil
	}
	return binary.BigEndian.Uint16(b[2:]), clean(strings.TrimRight(string(b[4:]), "\x00")), nil
}

// playTFTP asks for a file that nobody has: the error proves the server.
func playTFTP(s *session) (bool, error) {
	answers, err := s.dialer.ExchangeFree(s.ctx, s.target, []byte("\x00\x01hygie-no-such-file\x00octet\x00"), 1)
	if err != nil {
		return false, err
	}
	code, words, err := parseTFTP(answers[0])
	if err != nil {
		return false, err
	}
	s.facts.recognised("tftp", ByAnswer)
	s.facts.Stranger = yes("the protocol has no account, and the server answers")
	s.facts.seen("read of a missing file: error %d %s", code, words)
	return true, nil
}

// playNTP asks for the time, then plays the two questions that are abused for amplification: the variables (mode 6) and the list of
// recent clients (mode 7, which ntpd no longer answers since 4.2.7p26).
func playNTP(s *session) (bool, error) {
	clock := append([]byte{0x23}, make([]byte, 47)...)
	answers, err := s.datagram(clock, 1)
	if err != nil {
		return false, err // who does not give the time answers nothing else
	}
	timed := len(answers[0]) >= 48 && answers[0][0]&7 == 4
	control := []byte{0x16, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	variables, err6 := s.datagram(control, 16)
	if err6 == nil && len(variables[0]) >= 12 && variables[0][0]&7 == 6 && variables[0][1] == 0x82 { // an answer to this question
		s.facts.reflect("NTP mode 6", control, variables)
		s.facts.Product, s.facts.Version, s.facts.System = ntpProduct(variables[0])
		s.facts.seen("mode 6 answered")
		timed = true
	}
	private := []byte{0x17, 0, 3, 0x2a, 0, 0, 0, 0}
	list, err7 := s.datagram(private, 100)
	if err7 == nil && len(list[0]) >= 8 && list[0][0]&0x87 == 0x87 && list[0][3] == 0x2a {
		s.facts.reflect("NTP mode 7", private, list)
		s.facts.seen("mode 7 answered")
		timed = true
	}
	if !timed {
		return false, errOther
	}
	s.facts.recognised("ntp", ByAnswer)
	return true, nil
}

// ntpProduct reads version="ntpd 4.2.8p15…" among the variables.
func ntpProduct(b []byte) (product, version, system string) {
	value := func(name string) string {
		_, after, found := bytes.Cut(b, []byte(name+`="`))
		if !found {
			return ""
		}
		v, _, _ := bytes.Cut(after, []byte(`"`))
		return clean(string(v))
	}
	product, version, _ = strings.Cut(value("version"), " ")
	version, _, _ = strings.Cut(version, "@")
	return product, version, value("system")
}

// nodeStatus asks for the names of a Windows machine (RFC 1002 4.2.17).
func nodeStatus() []byte {
	b := []byte{0x68, 0x79, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	return append(append(b, netbiosName("*", 0)...), 0, 0x21, 0, 1)
}

// parseNodeStatus reads the names (RFC 1002 4.2.18).
func parseNodeStatus(b []byte) ([]string, error) {
	if len(b) < 57 {
		return nil, errShort
	}
	if b[0] != 0x68 || b[1] != 0x79 || b[2]&0x80 == 0 {
		return nil, errOther
	}
	var names []string
	for rest, n := b[57:], int(b[56]); n > 0 && len(rest) >= 18; n-- {
		name := clean(strings.TrimRight(string(rest[:15]), " \x00"))
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		rest = rest[18:]
	}
	return names, nil
}

func playNetBIOS(s *session) (bool, error) {
	question := nodeStatus()
	answers, err := s.datagram(question, 1)
	if err != nil {
		return false, err
	}
	names, err := parseNodeStatus(answers[0])
	if err != nil {
		return false, err
	}
	s.facts.recognised("netbios", ByAnswer)
	s.facts.reflect("NetBIOS node status", question, answers)
	s.facts.seen("names: %s", strings.Join(names, ", "))
	return true, nil
}

// playSSDP asks which devices there are (UPnP Device Architecture 2.0, 1.3.2).
func playSSDP(s *session) (bool, error) {
	question := []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n")
	answers, err := s.datagram(question, 64)
	if err != nil {
		return false, err
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answers[0])), nil)
	if err != nil {
		return false, errOther
	}
	r.Body.Close()
	s.facts.recognised("ssdp", ByAnswer)
	s.facts.Product = clean(r.Header.Get("Server"))
	s.facts.reflect("SSDP search", question, answers)
	s.facts.seen("M-SEARCH: Server: %s, Location: %s", r.Header.Get("Server"), r.Header.Get("Location"))
	return true, nil
}

// sipOptions asks a telephone exchange what it can do (RFC 3261 11).
func sipOptions(transport string) []byte {
	return []byte("OPTIONS sip:audit@hygie.invalid SIP/2.0\r\nVia: SIP/2.0/" + transport + " hygie.invalid;branch=z9hG4bK-hygie;rport\r\nMax-Forwards: 70\r\n" +
		"From: <sip:audit@hygie.invalid>;tag=hygie\r\nTo: <sip:audit@hygie.invalid>\r\nCall-ID: audit@hygie.invalid\r\nCSeq: 1 OPTIONS\r\n" +
		"Contact: <sip:audit@hygie.invalid>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n")
}

// parseSIP reads a status line and the product.
func parseSIP(b []byte) (status, product string, err error) {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	if !strings.HasPrefix(lines[0], "SIP/2.0 ") {
		return "", "", errOther
	}
	for _, l := range lines[1:min(len(lines), 60)] {
		name, value, _ := strings.Cut(l, ":")
		if strings.EqualFold(name, "Server") || strings.EqualFold(name, "User-Agent") {
			product = clean(value)
		}
	}
	return clean(lines[0]), product, nil
}

func (s *session) sipAnswer(b []byte) (bool, error) {
	status, product, err := parseSIP(b)
	if err != nil {
		return false, err
	}
	s.facts.recognised("sip", ByAnswer)
	s.facts.Product = product
	s.facts.seen("OPTIONS: %s, %s", status, product)
	return true, nil
}

func playSIPUDP(s *session) (bool, error) {
	answers, err := s.datagram(sipOptions("UDP"), 1)
	if err != nil {
		return false, err
	}
	return s.sipAnswer(answers[0])
}

func protocolSIP() protocol {
	return protocol{name: "sip", ports: []uint16{5060}, tls: []uint16{5061}, signs: prefixed("SIP/2.0"), play: func(s *session) (bool, error) {
		got, err := s.ask(sipOptions("TCP"), wholeHead)
		if err != nil {
			return false, err
		}
		return s.sipAnswer(got)
	}}
}

// playIPMI asks a management card how one may sign in, which it tells to anyone (IPMI 2.0, 22.13), and if that stays without an answer
// whether it is there at all (ASF 2.0, 3.2.4.2: presence ping).
func playIPMI(s *session) (bool, error) {
	answers, err := s.datagram([]byte{6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x20, 0x18, 0xc8, 0x81, 0, 0x38, 0x8e, 4, 0xb5}, 1)
	if err == nil {
		anonymous, words, err := parseIPMI(answers[0])
		if err != nil {
			return false, err
		}
		s.facts.seen("%s", words)
		s.facts.Stranger = no("%s", words)
		if anonymous {
			s.facts.Stranger = yes("%s", words)
		}
	} else {
		answers, err = s.datagram([]byte{6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0}, 1)
		if err != nil {
			return false, err
		}
		if len(answers[0]) < 12 || answers[0][3] != 6 || answers[0][8] != 0x40 {
			return false, errOther
		}
		s.facts.seen("RMCP presence pong")
		s.facts.Stranger = unknown("ways to sign in were not told")
	}
	s.facts.recognised("ipmi", ByAnswer)
	s.facts.Kind = Management
	return true, nil
}

// parseIPMI reads the answer to Get Channel Authentication Capabilities (IPMI 2.0, table 22-15).
func parseIPMI(b []byte) (anonymous bool, words string, err error) {
	if len(b) < 25 {
		return false, "", errShort
	}
	if b[3] != 7 || b[19] != 0x38 || b[20] != 0 {
		return false, "", errOther
	}
	version := "1.5"
	if b[22]&0x80 != 0 && b[24]&2 != 0 {
		version = "2.0"
	}
	anonymous = b[23]&1 != 0 || b[22]&1 != 0
	return anonymous, fmt.Sprintf("IPMI %s, authentication types %#02x, anonymous login %v", version, b[22]&0x3f, anonymous), nil
}

// playBACnet reads the name of the maker of a building controller (ASHRAE 135, clauses 15.5 and annex J).
func playBACnet(s *session) (bool, error) {
	answers, err := s.datagram([]byte{0x81, 0x0a, 0, 0x11, 1, 4, 0, 5, 1, 0x0c, 0x0c, 2, 0x3f, 0xff, 0xff, 0x19, 0x79}, 1)
	if err != nil {
		return false, err
	}
	maker, err := parseBACnet(answers[0])
	if err != nil {
		return false, err
	}
	s.facts.automaton("bacnet", maker)
	s.facts.seen("ReadProperty vendor-name: %s", maker)
	return true, nil
}

func parseBACnet(b []byte) (string, error) {
	if len(b) < 8 {
		return "", errShort
	}
	if b[0] != 0x81 || b[1] != 0x0a && b[1] != 0 || b[4] != 1 {
		return "", errOther
	}
	apdu := 6 // after the names of networks far away, where there are any (ASHRAE 135, 6.2.2)
	for _, far := range []byte{0x20, 0x08} {
		if b[5]&far != 0 {
			if len(b) < apdu+3 {
				return "", errShort
			}
			apdu += 3 + int(b[apdu+2])
		}
	}
	if b[5]&0x20 != 0 {
		apdu++ // hops left
	}
	if len(b) <= apdu || b[apdu]>>4 < 3 || b[apdu]>>4 > 7 || b[apdu]>>4 == 4 { // an answer, an error, a refusal: not a question
		return "", errOther
	}
	// A text: tag 7 with an extended length, then the length, then the character set.
	if _, after, found := bytes.Cut(b[6:], []byte{0x3e, 0x75}); found && len(after) > 2 && int(after[0]) <= len(after)-1 && after[0] > 0 {
		return clean(string(after[2 : 1+int(after[0])])), nil
	}
	return "", nil
}

// playSNMP asks for the identity of the engine, which SNMP version 3 gives to anyone (RFC 3414 4), and, where the mandate names access as
// a guest, for the description of the system under the name everybody knows, "public" (RFC 3418).
func playSNMP(s *session) (bool, error) {
	known := false
	answers, err := s.datagram(snmpDiscovery(), 1)
	if err == nil {
		engine, parseErr := parseSNMPv3(answers[0])
		if parseErr == nil {
			known = true
			s.facts.Product = snmpMaker(engine)
			s.facts.seen("SNMPv3 engine %x", engine)
		}
	}
	s.facts.Guest = unknown(NotMandated)
	if s.target.Allows(perimeter.GuestAccess) {
		question := snmpGet("public")
		answers, guestErr := s.datagram(question, 1)
		s.facts.Guest = no("no answer to community public")
		if guestErr == nil {
			if description, err := parseSNMP(answers[0]); err == nil {
				known = true
				s.facts.Guest = yes("community public: sysDescr %s", description)
				s.facts.System = description
				s.facts.reflect("SNMP sysDescr", question, answers)
				s.facts.seen("sysDescr.0: %s", description)
			}
		}
		s.facts.Stranger = s.facts.Guest
	}
	if !known {
		if err == nil {
			err = errOther
		}
		return false, err
	}
	s.facts.recognised("snmp", ByAnswer)
	return true, nil
}
