package perimeter

import (
	"fmt"
	"net/netip"
)

// A Target is one address and port that the audit may touch, with the name under which it is asked for. Only this package builds
// one, so that a probe cannot reach anything whose ownership is not proven: a redirect, an alias or a certificate never widens
// the perimeter.
type Target struct {
	name    string
	at      netip.AddrPort
	classes Class
}

// Class is a set of intrusive kinds of probe. They stay off unless the mandate names them.
type Class uint8

const (
	// MailRelay asks a mail server whether it relays to a stranger, without ever sending a message.
	MailRelay Class = 1 << iota
	// KnownFlaws plays the bounded behavioural probes of known TLS flaws (Heartbleed and the like).
	KnownFlaws
	// GuestAccess tries access without an account: FTP and SMB as a guest, SNMP community "public".
	GuestAccess
)

// Name is the host name asked for (server name indication, Host header), empty where only the address is known.
func (t Target) Name() string { return t.name }

// Address is where to connect.
func (t Target) Address() netip.AddrPort { return t.at }

// Allows tells whether the mandate names every class in c.
func (t Target) Allows(c Class) bool { return t.classes&c == c }

// At is the same host on another port.
func (t Target) At(port uint16) Target {
	t.at = netip.AddrPortFrom(t.at.Addr(), port)
	return t
}

// String is "name (address:port)" or "address:port".
func (t Target) String() string {
	if t.name == "" {
		return t.at.String()
	}
	return t.name + " (" + t.at.String() + ")"
}

// Loopback is a target on this very machine, which needs no proof of ownership. Any other address is refused.
func Loopback(name string, at netip.AddrPort, classes Class) (Target, error) {
	if !at.Addr().Unmap().IsLoopback() {
		return Target{}, fmt.Errorf("target %s: not an address of this machine", at)
	}
	return Target{name: name, at: at, classes: classes}, nil
}
