// Package observe holds what an exposure audit saw: facts, without opinion. Checks decide on it later, as often as wanted; a
// run kept as a file can be decided again with newer rules and no network.
package observe

import (
	"net/netip"
	"time"

	"hygie/exposure/mail"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/reach"
	"hygie/exposure/service"
	"hygie/exposure/tlsscan"
	"hygie/exposure/web"
	"hygie/exposure/zone"
)

// Format names the file of facts and its major version.
const Format = "hygie-exposure-facts/1"

// Run is everything one audit saw. Its lists are sorted, so that the same servers give the same bytes.
type Run struct {
	Format    string               `json:"format"`
	AsOf      time.Time            `json:"as_of"` // when the audit began, UTC, whole seconds
	Tool      string               `json:"tool_version"`
	Perimeter string               `json:"perimeter_hash"`
	Declared  *perimeter.Perimeter `json:"perimeter,omitempty"`
	Proofs    []perimeter.Proof    `json:"proofs,omitempty"`   // of every item of the perimeter
	Mandates  []perimeter.Paper    `json:"mandates,omitempty"` // of the perimeter, in its order
	Domains   []Domain             `json:"domains"`
	Names     []Name               `json:"names"`
	Hosts     []ports.Host         `json:"hosts,omitempty"` // what the ports of each address showed
	Endpoints []Endpoint           `json:"endpoints"`
	Gaps      []Gap                `json:"gaps"` // what could not be looked at, and why
	Imports   []Import             `json:"imports,omitempty"`
}

// Domain is a declared domain and what it publishes. A nil part was not looked at; a [Gap] says why.
type Domain struct {
	Name   string      `json:"name"`
	Proven bool        `json:"proven,omitempty"` // its servers may be asked what strangers may not
	Zone   *zone.Facts `json:"zone,omitempty"`
	Mail   *mail.Facts `json:"mail,omitempty"`
	// Registration is what an imported export of the registrar says.
	Registration *Registration `json:"registration,omitempty"`
}

// Registration is a domain at its registrar.
type Registration struct {
	Expires   time.Time `json:"expires"`
	Registrar string    `json:"registrar,omitempty"`
	Source    string    `json:"source"` // file it was imported from
}

// Name is a host name met during the audit, declared or not.
type Name struct {
	Name      string         `json:"name"`
	From      []Source       `json:"from"`                // where it was met
	Proven    bool           `json:"proven"`              // inside the perimeter, with a proof of ownership: may be touched
	Provider  string         `json:"provider,omitempty"`  // known provider of the perimeter it belongs to
	Addresses []netip.Addr   `json:"addresses,omitempty"` // A and AAAA, sorted
	Aliases   []string       `json:"aliases,omitempty"`   // chain of CNAME, in order
	Dangling  *zone.Dangling `json:"dangling,omitempty"`  // the end of the aliases does not exist: a stranger may take its place
}

// Source is where a name or an address was met: a kind ("declared", "mx", "ns", "spf", "cname", "san", "ptr", "zone-file", "registrar", "ipam",
// "certificates", "ct-extract", "list") and the thing it was met in.
type Source struct {
	Kind string `json:"kind"`
	In   string `json:"in,omitempty"`
}

// Endpoint is one port that answered.
type Endpoint struct {
	Address   netip.AddrPort `json:"address"`
	Transport string         `json:"transport"` // "tcp" or "udp"
	Service   *service.Facts `json:"service,omitempty"`
	Mail      *mail.Session  `json:"mail,omitempty"`  // what a mail server said in clear text
	Views     []View         `json:"views,omitempty"` // one for each name asked for; the empty name is the bare address
}

// View is what an endpoint shows to who asks for one name.
type View struct {
	Name string         `json:"name"`
	TLS  *tlsscan.Facts `json:"tls,omitempty"`
	Web  *web.Facts     `json:"web,omitempty"`
}

// Gap is something the audit could not look at.
type Gap struct {
	Subject string        `json:"subject"` // a domain, a name, an address with its port
	Part    string        `json:"part"`    // "tls", "web", "mail", "zone", "ports", …
	Why     reach.Silence `json:"why"`
	Detail  string        `json:"detail,omitempty"`
}

// Reasons of a gap that the network did not give.
const (
	NotProven reach.Silence = "not_proven" // ownership is not proven
	Excluded  reach.Silence = "excluded"   // the perimeter says so
	Outside   reach.Silence = "outside"    // an alias leads to a name that is not proven
	Private   reach.Silence = "private"    // an address of a private network
	Partly    reach.Silence = "partly"     // only the ports a name is for: the address itself is not proven
	Bounded   reach.Silence = "bounded"    // beyond what one audit looks at
	NoAnswer  reach.Silence = "no_answer"  // a resolver or server gave no usable answer
)

// Import is a file that told of names, beside the network.
type Import struct {
	Kind   string `json:"kind"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Names  int    `json:"names"`
}
