package service

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Old and graphical consoles: telnet, rlogin and its family, VNC, X11.

func protocolTelnet() protocol {
	return protocol{name: "telnet", ports: []uint16{23, 2323}, tls: []uint16{992}, play: playTelnet, signs: func(b []byte) bool {
		return len(b) >= 3 && b[0] == 255 && b[1] >= 251 && b[1] <= 254
	}}
}

// playTelnet reads what the server says by itself: option negotiation (RFC 854) or a prompt. Nothing is answered.
func playTelnet(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	got, err := t.receive(s.options.Answer, func(b []byte) bool { return len(b) >= 3 })
	words, negotiates := parseTelnet(got)
	if !negotiates && !prompts.MatchString(words) {
		if err == nil {
			err = errOther
		}
		return false, err
	}
	s.facts.recognised("telnet", ByGreeting)
	s.facts.seen("telnet negotiation: %v", negotiates)
	if words != "" {
		s.facts.seen("%s", words)
	}
	s.facts.Stranger = unknown("what follows the greeting was not asked for")
	return true, nil
}

var prompts = regexp.MustCompile(`(?i)login|password|username`)

// parseTelnet removes commands from what a server said, and tells whether there were any that negotiate (RFC 854).
func parseTelnet(b []byte) (words string, negotiates bool) {
	var out []byte
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != 255:
			out = append(out, b[i])
		case i+2 < len(b) && b[i+1] >= 251 && b[i+1] <= 254:
			negotiates = true
			i += 2
		case i+1 < len(b) && b[i+1] == 250: // a subnegotiation ends with 255 240
			end := bytes.Index(b[i:], []byte{255, 240})
			if end < 0 {
				return clean(string(out)), negotiates
			}
			i += end + 1
		default:
			i++
		}
	}
	return clean(string(out)), negotiates
}

// protocolRemoteShell are rexec, rlogin and rsh: they wait for the name of an account, which is not given to them.
func protocolsRemoteShell() []protocol {
	return []protocol{
		{name: "rexec", ports: []uint16{512}, mute: true},
		{name: "rlogin", ports: []uint16{513}, mute: true},
		{name: "rsh", ports: []uint16{514}, mute: true},
	}
}

func protocolVNC() protocol {
	return protocol{name: "vnc", ports: []uint16{5900, 5901, 5902, 5903}, play: playVNC, signs: prefixed("RFB ")}
}

// playVNC reads the version and the security types offered (RFC 6143 7.1.1 and 7.1.2), and chooses none of them.
func playVNC(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	version, err := t.take(12)
	if err != nil {
		return false, err
	}
	if !bytes.HasPrefix(version, []byte("RFB ")) || version[11] != '\n' {
		return false, errOther
	}
	s.facts.recognised("vnc", ByGreeting)
	s.facts.seen("%s", version)
	s.facts.Version = clean(string(version[4:11]))
	if err := t.send(vncVersion(version)); err != nil {
		s.facts.Stranger = unknown("%v", err)
		return true, nil
	}
	types, err := t.vncTypes(string(version) <= "RFB 003.006\n")
	if err != nil {
		s.facts.Stranger = unknown("%v", err)
		return true, nil
	}
	s.facts.seen("security types: %s", vncNames(types))
	s.facts.Stranger = no("security types: %s", vncNames(types))
	if slices.Contains(types, 1) {
		s.facts.Stranger = yes("security types: %s", vncNames(types))
	}
	return true, nil
}

// vncVersion answers with the server's version where it is a standard one, and with 3.8 where it is of a maker's own (Apple's 003.889).
func vncVersion(server []byte) []byte {
	switch string(server) {
	case "RFB 003.003\n", "RFB 003.007\n", "RFB 003.008\n":
		return server
	case "RFB 003.004\n", "RFB 003.005\n", "RFB 003.006\n":
		return []byte("RFB 003.003\n")
	}
	return []byte("RFB 003.008\n")
}

func (t *talk) vncTypes(old bool) ([]byte, error) {
	if old { // the server decides, four bytes (RFC 6143 7.1.2, version 3.3)
		b, err := t.take(4)
		if err != nil {
			return nil, err
		}
		if b[3] == 0 {
			return nil, t.vncReason()
		}
		return b[3:], nil
	}
	n, err := t.take(1)
	if err != nil {
		return nil, err
	}
	if n[0] == 0 {
		return nil, t.vncReason()
	}
	return t.take(int(n[0]))
}

func (t *talk) vncReason() error {
	length, err := t.take(4)
	if err != nil {
		return err
	}
	reason, err := t.take(int(min(binary.BigEndian.Uint32(length), 1024)))
	if err != nil {
		return err
	}
	return fmt.Errorf("refused: %s", clean(string(reason)))
}

func vncNames(types []byte) string {
	names := map[byte]string{1: "None", 2: "VNC password", 5: "RA2", 6: "RA2ne", 16: "Tight", 17: "Ultra", 18: "TLS", 19: "VeNCrypt", 20: "SASL", 30: "Apple", 35: "Apple"}
	var out []string
	for _, t := range types {
		if name, ok := names[t]; ok {
			out = append(out, fmt.Sprintf("%d (%s)", t, name))
		} else {
			out = append(out, fmt.Sprint(t))
		}
	}
	return strings.Join(out, ", ")
}

func protocolX11() protocol {
	return protocol{name: "x11", ports: []uint16{6000, 6001, 6002, 6003}, play: playX11}
}

// x11Setup asks for a connection without any proof (X Window System Protocol, 8: connection setup), little endian, version 11.0.
func x11Setup() []byte { return []byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0} }

// parseX11 reads the answer: 1 accepts, 0 refuses with a reason, 2 asks for more.
func parseX11(b []byte) (accepted bool, reason string, err error) {
	if len(b) < 8 {
		return false, "", errShort
	}
	if b[0] > 2 || (b[0] != 2 && binary.LittleEndian.Uint16(b[2:]) != 11) {
		return false, "", errOther
	}
	if b[0] == 0 {
		end := min(8+int(b[1]), len(b))
		reason = clean(string(b[8:end]))
	}
	return b[0] == 1, reason, nil
}

func playX11(s *session) (bool, error) {
	got, err := s.ask(x11Setup(), func(b []byte) bool { return len(b) >= 8 && (b[0] != 0 || len(b) >= 8+int(b[1])) })
	if err != nil {
		return false, err
	}
	accepted, reason, err := parseX11(got)
	if err != nil {
		return false, err
	}
	s.facts.recognised("x11", ByAnswer)
	s.facts.Stranger = no("connection refused: %s", reason)
	if accepted {
		s.facts.Stranger = yes("connection accepted without proof")
	}
	s.facts.seen("connection setup: %s", s.facts.Stranger.Why)
	return true, nil
}
