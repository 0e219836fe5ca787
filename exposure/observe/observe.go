// Package observe holds what an exposure audit saw: facts, without opinion. Checks decide on it later, as often as wanted; a
// run kept as a file can be decided again with newer rules and no network.
package observe

import (
	"net/netip"
	"time"

	"hygie/exposure/mail"
	"hygie/exposure/reach"
	"hygie/exposure/service"
	"hygie/exposure/tlsscan"
	"hygie/exposure/web"
	"hygie/exposure/zone"
)

// Run is everything one audit saw. Its lists are sorted, so that the same servers give the same bytes.
type Run struct {
	AsOf      time.Time  `json:"as_of"`
	Perimeter string     `json:"perimeter_hash"`
	Domains   []Domain   `json:"domains"`
	Names     []Name     `json:"names"`
	Endpoints []Endpoint `json:"endpoints"`
	Gaps      []Gap      `json:"gaps"` // what could not be looked at, and why
}

// Domain is a declared domain and what it publishes. A nil part was not looked at; a [Gap] says why.
type Domain struct {
	Name string      `json:"name"`
	Zone *zone.Facts `json:"zone,omitempty"`
	Mail *mail.Facts `json:"mail,omitempty"`
}

// Name is a host name met during the audit, declared or not.
type Name struct {
	Name      string       `json:"name"`
	From      []Source     `json:"from"`                // where it was met
	Proven    bool         `json:"proven"`              // inside the perimeter, with a proof of ownership: may be touched
	Addresses []netip.Addr `json:"addresses,omitempty"` // A and AAAA, sorted
	Aliases   []string     `json:"aliases,omitempty"`   // chain of CNAME, in order
	Dangling  string       `json:"dangling,omitempty"`  // why an alias may be taken over by a stranger, empty if it may not
}

// Source is where a name or an address was met: a kind ("declared", "mx", "ns", "spf", "cname", "san", "ptr", "zone-file", "ct-extract", "inventory") and the thing it
// was met in.
type Source struct {
	Kind string `json:"kind"`
	In   string `json:"in,omitempty"`
}

// Endpoint is one port that answered.
type Endpoint struct {
	Address   netip.AddrPort `json:"address"`
	Transport string         `json:"transport"` // "tcp" or "udp"
	Service   *service.Facts `json:"service,omitempty"`
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
