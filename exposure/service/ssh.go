package service

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSH is what a server offers before an account is named.
type SSH struct {
	Banner   string   `json:"banner"`
	V1       Answer   `json:"v1"` // speaks version 1 of the protocol
	Kex      []string `json:"kex,omitempty"`
	HostKeys []string `json:"host_keys,omitempty"`
	Ciphers  []string `json:"ciphers,omitempty"` // server to client
	MACs     []string `json:"macs,omitempty"`    // server to client
	Methods  []string `json:"methods,omitempty"` // ways to sign in offered to an unknown account, sorted
	Password Answer   `json:"password"`          // "password" or "keyboard-interactive" is among them
}

func protocolSSH() protocol {
	return protocol{name: "ssh", ports: []uint16{22, 2222, 22222}, play: playSSH, signs: prefixed("SSH-")}
}

// playSSH reads the banner and the list of algorithms (RFC 4253 4.2 and 7.1), then asks with the method "none" which ways to sign
// in are offered (RFC 4252 5.2). Nothing is signed in with.
func playSSH(s *session) (bool, error) {
	t, err := s.open()
	if err != nil {
		return false, err
	}
	defer t.close()
	banner, err := sshBanner(t)
	if err != nil {
		return false, err
	}
	f := &SSH{Banner: clean(banner)}
	s.facts.SSH = f
	s.facts.recognised("ssh", ByGreeting)
	s.facts.seen("%s", banner)
	s.facts.Product, s.facts.Version, s.facts.System = sshProduct(banner)
	switch {
	case strings.HasPrefix(banner, "SSH-1.99-"):
		f.V1 = yes("banner 1.99: both versions")
	case strings.HasPrefix(banner, "SSH-1."):
		f.V1 = yes("banner %s", clean(banner))
		f.Password = unknown("version 1 is not spoken here")
		return true, nil
	default:
		f.V1 = no("banner 2.0")
	}
	if err := t.send([]byte("SSH-2.0-hygie\r\n")); err != nil {
		return true, nil
	}
	if packet, err := t.receive(s.options.Answer, lengthAt(0, 4, 4)); err == nil {
		if lists, err := parseKexInit(packet); err == nil {
			f.Kex, f.HostKeys, f.Ciphers, f.MACs = lists[0], lists[1], lists[3], lists[5]
			s.facts.seen("kex: %s", strings.Join(f.Kex, ","))
		}
	}
	t.close()
	f.Methods, f.Password = s.sshMethods(f)
	if len(f.Methods) > 0 {
		s.facts.seen("methods: %s", strings.Join(f.Methods, ","))
	}
	return true, nil
}

// sshBanner skips the lines a server may send before its version (RFC 4253 4.2).
func sshBanner(t *talk) (string, error) {
	for range 20 {
		line, err := t.line(t.answer)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(line, "SSH-") {
			return line, nil
		}
	}
	return "", errOther
}

// sshProduct splits "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10".
func sshProduct(banner string) (product, version, system string) {
	parts := strings.SplitN(banner, "-", 3)
	if len(parts) < 3 {
		return "", "", ""
	}
	software, comment, _ := strings.Cut(parts[2], " ")
	product, version, _ = strings.Cut(software, "_")
	return clean(product), clean(version), clean(comment)
}

// parseKexInit reads a key exchange packet: length, padding, code 20, cookie, then ten lists of names (RFC 4253 7.1). The order is kex, host key,
// ciphers to the server and from it, MACs likewise, compression likewise, languages likewise.
func parseKexInit(packet []byte) ([10][]string, error) {
	var lists [10][]string
	if len(packet) < 6+16 {
		return lists, errShort
	}
	length := binary.BigEndian.Uint32(packet)
	if length < 2 || uint64(length)+4 > uint64(len(packet)) || packet[5] != 20 {
		return lists, fmt.Errorf("key exchange packet: length %d, code %d", length, packet[5])
	}
	padding := int(packet[4])
	end := 4 + int(length) - padding
	if end < 22 {
		return lists, fmt.Errorf("key exchange packet: padding of %d in %d bytes", padding, length)
	}
	rest := packet[22:end]
	for i := range lists {
		if len(rest) < 4 {
			return lists, fmt.Errorf("key exchange packet: list %d of 10: %w", i+1, errShort)
		}
		n := binary.BigEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)-4) {
			return lists, fmt.Errorf("key exchange packet: list %d of 10 claims %d bytes: %w", i+1, n, errShort)
		}
		for name := range bytes.SplitSeq(rest[4:4+n], []byte(",")) {
			if len(name) > 0 && len(lists[i]) < 200 {
				lists[i] = append(lists[i], clean(string(name)))
			}
		}
		rest = rest[4+n:]
	}
	return lists, nil
}

// errEnough stops the handshake once the methods are known.
var errEnough = errors.New("enough")

// sshMethods asks which ways to sign in an unknown account is offered. The request "none" is the only one sent.
func (s *session) sshMethods(f *SSH) ([]string, Answer) {
	t, err := s.open()
	if err != nil {
		return nil, unknown("%v", err)
	}
	defer t.close()
	t.conn.SetDeadline(time.Now().Add(2 * s.options.Answer))
	secure, old := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	var methods []string
	asked := false
	config := &ssh.ClientConfig{
		User:              "hygie-audit",
		HostKeyCallback:   ssh.InsecureIgnoreHostKey(), // nothing secret is sent: who answers does not matter
		HostKeyAlgorithms: slices.Concat(secure.HostKeys, old.HostKeys),
		ClientVersion:     "SSH-2.0-hygie",
		Config: ssh.Config{
			KeyExchanges: slices.Concat(secure.KeyExchanges, old.KeyExchanges),
			Ciphers:      slices.Concat(secure.Ciphers, old.Ciphers),
			MACs:         slices.Concat(secure.MACs, old.MACs),
		},
		AuthCallback: func(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
			methods, asked = slices.Clone(c.AllowedMethods), true
			return nil, errEnough
		},
	}
	conn, _, _, err := ssh.NewClientConn(t.conn, s.target.Address().String(), config)
	if err == nil {
		conn.Close()
		s.facts.Stranger = yes("method none was accepted")
		return []string{"none"}, yes("method none was accepted: no account is needed")
	}
	if !asked {
		return nil, unknown("%s", clean(err.Error()))
	}
	for i, m := range methods {
		methods[i] = clean(m)
	}
	slices.Sort(methods)
	methods = slices.Compact(methods)
	for _, m := range methods {
		if m == "password" || m == "keyboard-interactive" {
			return methods, yes("method none: %s", strings.Join(methods, ","))
		}
	}
	return methods, no("method none: %s", strings.Join(methods, ","))
}
