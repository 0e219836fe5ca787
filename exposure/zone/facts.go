// Package zone tells how a domain is served: its name servers at the parent and at home, its signature, what it lets strangers copy or ask,
// who may certify it, and which of its records point to nothing.
//
//	facts, err := zone.Probe(ctx, client, dialer, "example.org", access)
//
// What anybody may look up comes through the client's resolvers. What only a name server itself can tell is asked straight, at the
// audit's pace, of those that [Access] allows.
package zone

import (
	"net/netip"
	"slices"

	"hygie/exposure/dns"
	"hygie/exposure/perimeter"
)

// Facts is what one domain and its name servers showed, without opinion. A part that is not known has its reason in Unknown.
type Facts struct {
	Domain  string      `json:"domain"`
	Outcome dns.Outcome `json:"outcome,omitempty"` // NoName for a domain that does not exist
	Zone    string      `json:"zone,omitempty"`    // the zone that holds the domain: itself, or one above

	Servers  []Server    `json:"servers,omitempty"`  // as the zone itself names them, sorted
	Parent   *Delegation `json:"parent,omitempty"`   // what the zone above says, where it was asked
	Networks []string    `json:"networks,omitempty"` // /24 and /48 that hold the servers, sorted

	Chain      dns.Chain       `json:"chain"`
	Judged     []Judged        `json:"judged,omitempty"`     // answers of the zone and how they stood up to proof
	Signatures []dns.Signature `json:"signatures,omitempty"` // over the start of authority and the keys
	Hashing    *Hashing        `json:"hashing,omitempty"`    // of names in denials (NSEC3PARAM), nil where it is not used

	CAA      *CAA       `json:"caa,omitempty"`
	Wildcard []string   `json:"wildcard,omitempty"` // addresses that any name of the domain gets
	Dangling []Dangling `json:"dangling,omitempty"` // records that point to nothing

	Unknown map[string]string `json:"unknown,omitempty"` // part → why it is not known
}

// Server is one name server of a zone.
type Server struct {
	Name      string       `json:"name"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Alias     string       `json:"alias,omitempty"` // its name is only another name's alias, which RFC 2181 section 10.3 forbids
	Replies   []Reply      `json:"replies,omitempty"`
	Unknown   string       `json:"unknown,omitempty"` // why its addresses are not known
}

// Reply is what a name server said at one of its addresses.
type Reply struct {
	Address       netip.AddrPort    `json:"address"`
	Code          string            `json:"code,omitempty"` // of its answer about the zone
	Authoritative bool              `json:"authoritative"`
	Serial        uint32            `json:"serial,omitempty"`
	Servers       []string          `json:"servers,omitempty"` // the zone's name servers as this one names them
	Transfer      *dns.Transfer     `json:"transfer,omitempty"`
	Recursion     *Recursion        `json:"recursion,omitempty"`
	Version       string            `json:"version,omitempty"` // a claim
	Unknown       map[string]string `json:"unknown,omitempty"` // "zone", "transfer", "recursion", "version" → why it is not known
}

// Recursion is whether a name server looks names up for strangers.
type Recursion struct {
	Name     string `json:"name"` // asked for, outside its zones
	Code     string `json:"code"`
	Offered  bool   `json:"offered"`  // it says that it does
	Answered bool   `json:"answered"` // it did
}

// Delegation is what the zone above says of a zone.
type Delegation struct {
	Zone    string         `json:"zone"`
	From    netip.AddrPort `json:"from"`
	Servers []string       `json:"servers"`
}

// Judged is one answer and its proof.
type Judged struct {
	Name string `json:"name"`
	Type string `json:"type"`
	dns.Proof
	Notes []string `json:"notes,omitempty"` // extended errors of the resolver
}

// Hashing is how a zone hides its names (RFC 5155 section 4).
type Hashing struct {
	Iterations int `json:"iterations"`
	Salt       int `json:"salt_bytes"`
}

// CAA says which authorities may certify a domain (RFC 8659).
type CAA struct {
	At      string   `json:"at,omitempty"` // the name that holds the records: the domain or one above; empty if none does
	Records []string `json:"records,omitempty"`
}

// Dangling is a record that points to a name which does not exist, or which its hosting service says that nobody claims, so that a stranger may take its
// place.
type Dangling struct {
	Name   string `json:"name"`
	Type   string `json:"type"` // "NS", "MX", "CNAME"
	Target string `json:"target"`
	// Free is the registrable domain of the target, when it does not exist either: whoever registers it receives what is meant for Name.
	Free string `json:"free,omitempty"`
	// Provider names a service whose customers choose such names themselves.
	Provider string `json:"provider,omitempty"`
	// Unclaimed is the page on which the provider says that nobody claims the name: "http://host/: 404, text".
	Unclaimed string `json:"unclaimed,omitempty"`
}

// Access says what may be asked straight of a name server. A nil function allows nothing.
type Access struct {
	// Ask allows ordinary questions, those every resolver of the world asks: about the zone itself.
	Ask func(server netip.AddrPort, name string) (perimeter.Target, bool)
	// Test allows the questions of an audit: transfer, recursion, version.
	Test func(server netip.AddrPort, name string) (perimeter.Target, bool)
	// Servers is shared by the probes of one audit; nil asks each server for each zone.
	Servers *Servers
}

// NotProven is the reason why what needs a proof of ownership is unknown.
const NotProven = "not_proven"

// Names are the host names that the zone leads to: its name servers.
func (f *Facts) Names() []string {
	var names []string
	for _, s := range f.Servers {
		names = append(names, s.Name)
	}
	if f.Parent != nil {
		names = append(names, f.Parent.Servers...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
