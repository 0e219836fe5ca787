package service

import (
	"encoding/binary"
	"fmt"
)

// RDP is what a remote desktop server accepts as protection before anyone signs in (MS-RDPBCGR 2.2.1.1 and 2.2.1.2).
type RDP struct {
	Plain  Answer `json:"plain"`  // standard RDP security: own weak encryption, no proof of the server
	TLS    Answer `json:"tls"`    // TLS without network level authentication: the sign-in screen is shown to anyone
	NLA    Answer `json:"nla"`    // network level authentication (CredSSP)
	Screen Answer `json:"screen"` // a sign-in screen, or worse, is shown before any authentication: Plain or TLS
}

// Security protocols of a negotiation (MS-RDPBCGR 2.2.1.1.1).
const (
	rdpPlain    = 0
	rdpTLS      = 1
	rdpHybrid   = 2
	rdpHybridEx = 8
)

func protocolRDP() protocol {
	return protocol{name: "rdp", ports: []uint16{3388, 3389, 3390, 13389, 33389, 33890}, play: playRDP, signs: func(b []byte) bool {
		return len(b) >= 7 && b[0] == 3 && b[1] == 0 && b[5] == 0xd0
	}}
}

// rdpRequest is an X.224 connection request with one negotiation field (MS-RDPBCGR 2.2.1.1).
func rdpRequest(protocols uint32) []byte {
	b := []byte{3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0}
	return binary.LittleEndian.AppendUint32(b, protocols)
}

// rdpConfirm is what a server says of the protocols it was offered.
type rdpConfirm struct {
	negotiates bool   // the answer has a negotiation field; without one the server only knows plain RDP
	failure    uint32 // why the offer is refused, 0 if it is not
	selected   uint32 // selectedProtocol
}

// parseRDP reads an X.224 connection confirm (MS-RDPBCGR 2.2.1.2).
func parseRDP(b []byte) (rdpConfirm, error) {
	if len(b) < 11 {
		return rdpConfirm{}, errShort
	}
	if b[0] != 3 || b[5] != 0xd0 {
		return rdpConfirm{}, errOther
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length > len(b) || length < 11 {
		return rdpConfirm{}, fmt.Errorf("connection confirm of %d bytes in %d: %w", length, len(b), errShort)
	}
	if length < 19 {
		return rdpConfirm{}, nil
	}
	value := binary.LittleEndian.Uint32(b[15:])
	switch b[11] {
	case 2:
		return rdpConfirm{negotiates: true, selected: value}, nil
	case 3:
		return rdpConfirm{negotiates: true, failure: value}, nil
	}
	return rdpConfirm{}, fmt.Errorf("connection confirm: negotiation type %d", b[11])
}

// accepts tells whether the server took the protocol it was offered alone. The verdict is the selected protocol: a response that
// selects another one is a refusal, whatever its type says.
func (c rdpConfirm) accepts(offered uint32) Answer {
	switch {
	case c.failure != 0:
		return no("negotiation failure %d", c.failure)
	case c.selected == offered:
		if !c.negotiates {
			return yes("connection confirm without negotiation")
		}
		return yes("selectedProtocol %d", c.selected)
	default:
		return no("selectedProtocol %d", c.selected)
	}
}

func (s *session) rdpAsk(offered uint32) (rdpConfirm, error) {
	got, err := s.ask(rdpRequest(offered), lengthAt(2, 2, 0))
	if err != nil {
		return rdpConfirm{}, err
	}
	return parseRDP(got)
}

// playRDP offers each protection alone, on a connection of its own, and hangs up before any handshake.
func playRDP(s *session) (bool, error) {
	hybrid, err := s.rdpAsk(rdpHybrid)
	if err != nil {
		return false, err
	}
	f := &RDP{NLA: hybrid.accepts(rdpHybrid)}
	if hybrid.negotiates && hybrid.failure == 0 && hybrid.selected == rdpPlain {
		s.facts.Product = "xrdp" // Windows answers such an offer with a failure, never with a protocol that was not offered
	}
	s.facts.RDP = f
	s.facts.recognised("rdp", ByAnswer)
	ask := func(offered uint32) Answer {
		c, err := s.rdpAsk(offered)
		if err != nil {
			return unknown("%v", err)
		}
		return c.accepts(offered)
	}
	f.TLS = ask(rdpTLS)
	f.Plain = ask(rdpPlain)
	for _, a := range []struct {
		name string
		Answer
	}{{"CredSSP offered alone", f.NLA}, {"TLS offered alone", f.TLS}, {"standard RDP offered alone", f.Plain}} {
		s.facts.seen("%s: %s, %s", a.name, a.Is, a.Why)
	}
	switch {
	case f.Plain.IsYes() || f.TLS.IsYes():
		f.Screen = yes("a connection without network level authentication is accepted")
	case f.Plain.Is == No && f.TLS.Is == No:
		f.Screen = no("only network level authentication is accepted")
	default:
		f.Screen = unknown("one of the offers got no answer")
	}
	return true, nil
}
