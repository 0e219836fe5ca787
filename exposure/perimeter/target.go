package perimeter

import (
	"fmt"
	"net/netip"
	"slices"
)

// A Target is one address and port that the audit may touch, with the name under which it is asked for. Only this package builds
// one, so that a probe cannot reach anything whose ownership is not proven: a redirect, an alias or a certificate never widens
// the perimeter.
type Target struct {
	name    string
	at      netip.AddrPort
	classes Class
	ports   *portRule // nil for no rule
}

// portRule says which ports of a host may be touched.
type portRule struct {
	only     []uint16 // nil for all
	excluded []uint16
}

func (r *portRule) allows(port uint16) bool {
	return r == nil || (r.only == nil || slices.Contains(r.only, port)) && !slices.Contains(r.excluded, port)
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

// classes are the words a mandate uses.
func classes() map[string]Class {
	return map[string]Class{"mail-relay": MailRelay, "known-flaws": KnownFlaws, "guest-access": GuestAccess}
}

// ParseClass reads the word of a class: "mail-relay", "known-flaws", "guest-access".
func ParseClass(word string) (Class, error) {
	c, ok := classes()[word]
	if !ok {
		return 0, wrong("« %s » n’est pas un genre d’essai : mail-relay, known-flaws ou guest-access", "%q is not a class of probe: mail-relay, known-flaws or guest-access", word)
	}
	return c, nil
}

// Words lists the words of a set of classes, sorted.
func (c Class) Words() []string {
	var out []string
	for word, bit := range classes() {
		if c&bit != 0 {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return out
}

// Name is the host name asked for (server name indication, Host header), empty where only the address is known.
func (t Target) Name() string { return t.name }

// Address is where to connect.
func (t Target) Address() netip.AddrPort { return t.at }

// Allows tells whether the mandate names every class in c.
func (t Target) Allows(c Class) bool { return t.classes&c == c }

// May tells whether the perimeter allows this port of the same host.
func (t Target) May(port uint16) bool { return port != 0 && t.ports.allows(port) }

// At is the same host on another port. On a port that the perimeter does not allow, the target leads nowhere: every connection to it
// fails. [Target.May] tells beforehand.
func (t Target) At(port uint16) Target {
	if !t.May(port) {
		t.at = netip.AddrPort{}
		return t
	}
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
