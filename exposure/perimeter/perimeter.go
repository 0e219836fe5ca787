// Package perimeter says what an establishment owns on the internet, how it proved it, and therefore what an audit may touch.
//
// A [Perimeter] is declared in a YAML file (docs/formats/perimeter.md) or built as a value and checked with [Perimeter.Check]. Nothing
// of it is believed: each domain, range and host must be proven, by a token that only its owner can publish or by a mandate
// ([Perimeter.Prove]). What is proven is a [Proven], and only a Proven makes the [Target] that a probe needs:
//
//	p, err := perimeter.Read(name, file)
//	proven, err := p.Prove(ctx, witness, options)
//	host, err := proven.Host("www.ch-brume.example", nil, address)
//	target, err := host.Target(443)
//
// A redirect, an alias or a name in a certificate never widens the perimeter: what they lead to is a name like another, which is proven
// or is not.
package perimeter

import (
	"net/netip"
	"time"

	"hygie/exposure/signature"
)

// Perimeter is what an establishment declares it owns. Read and Check leave it in its canonical form: names in lower case and
// ASCII, lists sorted, ranges masked.
type Perimeter struct {
	Name    string `json:"name,omitempty" yaml:"name"`
	Version int    `json:"version,omitempty" yaml:"version"` // counted by whoever keeps the file
	Contact string `json:"contact" yaml:"contact"`           // who is called if something goes wrong

	Domains []string       `json:"domains,omitempty" yaml:"domains"` // each with the names below it
	Ranges  []netip.Prefix `json:"ranges,omitempty" yaml:"-"`        // read from its own form
	Hosts   []string       `json:"hosts,omitempty" yaml:"hosts"`     // single names or addresses outside the above

	Mail      Mail       `json:"mail,omitzero" yaml:"mail"`
	Providers []Provider `json:"providers,omitempty" yaml:"providers"`
	Exclude   []string   `json:"exclude,omitempty" yaml:"exclude"` // names with those below, addresses, ranges, address:port
	Ports     Ports      `json:"ports,omitzero" yaml:"-"`
	Services  []Service  `json:"services,omitempty" yaml:"services"`

	Pace  Pace     `json:"pace,omitzero" yaml:"pace"`
	Hours []Window `json:"hours,omitempty" yaml:"hours"` // none for any time
	Zone  string   `json:"zone,omitempty" yaml:"zone"`   // time zone of the hours, Europe/Paris by default

	Mandates []Mandate `json:"mandates,omitempty" yaml:"mandates"`
	// ProofKey is the secret the tokens of ownership come from, at least 16 characters. It is no password of anything: who knows it can
	// only compute what the owner publishes anyway. It never enters a report.
	ProofKey string `json:"-" yaml:"proof_key"`
}

// Mail is what only the owner knows about the mail of the domains.
type Mail struct {
	Senders   []string            `json:"senders,omitempty" yaml:"senders"`     // outside services that may send in its name
	Selectors map[string][]string `json:"selectors,omitempty" yaml:"selectors"` // DKIM selectors of each domain
}

// Provider is an outside company whose names are expected in the zones: its names are not strangers, and are not touched.
type Provider struct {
	Name     string   `json:"name" yaml:"name"`
	Suffixes []string `json:"suffixes" yaml:"suffixes"`
}

// Ports says which TCP ports are tried on addresses that are wholly proven. The zero value is the curated list.
type Ports struct {
	All   bool        `json:"all,omitempty" yaml:"-"`
	List  []PortRange `json:"list,omitempty" yaml:"-"`
	NoUDP bool        `json:"no_udp,omitempty" yaml:"-"` // do not try the few UDP protocols that matter
}

// PortRange is a run of ports, both ends included.
type PortRange struct {
	From uint16 `json:"from"`
	To   uint16 `json:"to"`
}

// Service is a port the owner says is open on purpose.
type Service struct {
	At   string `json:"at" yaml:"at"`               // address:port, [address]:port, name:port or address:port/udp
	What string `json:"what,omitempty" yaml:"what"` // in the owner's words
	// Protocol is what speaks there when no question could tell without harm: "mllp" for HL7, "modbus"…
	Protocol string `json:"protocol,omitempty" yaml:"protocol"`
}

// Pace bounds what the audit asks; a zero field takes the courteous value.
type Pace struct {
	PerAddress int     `json:"per_address,omitempty" yaml:"per_address"` // connections at once to one address
	PerSecond  float64 `json:"per_second,omitempty" yaml:"per_second"`   // connections a second to one address
	PerNetwork float64 `json:"per_network,omitempty" yaml:"per_network"` // connections a second to one /24 or /64
	Total      int     `json:"total,omitempty" yaml:"total"`             // connections at once in all
}

// Mandate is a signed paper that allows the audit of what it covers, between two dates. The audit checks that the file is the one
// that was registered and in force, and tells what its electronic signatures say ([Paper]); whether that is enough is for people to judge.
type Mandate struct {
	File    string   `json:"file" yaml:"file"`     // beside the perimeter
	SHA256  string   `json:"sha256" yaml:"sha256"` // of the file, hexadecimal
	Signer  string   `json:"signer" yaml:"signer"` // name and role
	Contact string   `json:"contact,omitempty" yaml:"contact"`
	From    Day      `json:"from" yaml:"from"`
	Until   Day      `json:"until" yaml:"until"`               // last day, included
	Covers  []string `json:"covers" yaml:"covers"`             // domains, names, ranges, addresses
	Classes []string `json:"classes,omitempty" yaml:"classes"` // intrusive kinds of probe it allows, see ParseClass
	Sources []string `json:"sources,omitempty" yaml:"sources"` // addresses the audit is announced to come from
	Hours   []Window `json:"hours,omitempty" yaml:"hours"`
	// Paper is what the file told of its electronic signatures when it was registered; nil if nobody looked. It proves nothing by itself.
	Paper *signature.Paper `json:"paper,omitempty" yaml:"-"`
}

// Day is a calendar day, written 2006-01-02.
type Day struct{ time.Time }

// UnmarshalText reads a day.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	d.Time = t
	return err
}

// UnmarshalYAML leaves a day that cannot be read empty, for the check of the mandate to tell, with its line.
func (d *Day) UnmarshalYAML(read func(any) error) error {
	var text string
	if err := read(&text); err != nil {
		return err
	}
	if d.UnmarshalText([]byte(text)) != nil {
		*d = Day{}
	}
	return nil
}

// MarshalText writes the day.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.Format(time.DateOnly)), nil }

// Limits of a perimeter. They keep a slip of the pen (a /8 for an /28) from becoming an audit of strangers.
const (
	MaxItems     = 5000    // domains, hosts, ranges, exclusions, services: each
	MaxAddresses = 1 << 16 // IPv4 addresses in all ranges
	minIPv6      = 32      // widest IPv6 range: what a registry gives to one network
)
