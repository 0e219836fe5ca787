// Package service recognises what listens on a port, one small probe for each protocol, and never goes past the greeting.
//
//	facts, err := service.Probe(ctx, dialer, target, service.Options{})     // a TCP port that answered
//	facts, err := service.ProbeUDP(ctx, dialer, target, service.Options{})  // a UDP port, known by its number only
//
// A probe has a single purpose and asks what the protocol gives to anyone before an account is named: a greeting, a version, the
// list of what is offered. No password is tried, no flaw is used, no record is read. Where a protocol has no such question, or where
// an unknown byte may move something (a printer prints what it receives, an integration engine files it), nothing is sent.
//
// Which probe plays is decided by what the owner declared, then by the port's usual protocol, then by what the server says by itself;
// a port that stays unknown costs three probes: listen and ask for a web page, a TLS hello, a remote desktop request. The bytes it gave are kept.
//
// Facts have no opinion: package check decides. Each answer is yes, no, or unknown with the reason.
package service

import "fmt"

// Facts is what one port showed, without opinion.
type Facts struct {
	Protocol string `json:"protocol,omitempty"` // "ssh", "rdp", "dicom"…; empty if nothing was recognised
	How      How    `json:"how,omitempty"`      // how the protocol is known
	TLS      bool   `json:"tls,omitempty"`      // the protocol is spoken inside TLS
	Product  string `json:"product,omitempty"`  // what the server claims to be
	Version  string `json:"version,omitempty"`  // the version it claims
	System   string `json:"system,omitempty"`   // the system it claims to run on
	Kind     Kind   `json:"kind,omitempty"`     // what the product is for, where its page or greeting says it

	Stranger Answer   `json:"stranger,omitzero"` // serves whoever comes, without account or password
	Encrypts Answer   `json:"encrypts,omitzero"` // offers encryption on this very port
	Seen     []string `json:"seen,omitempty"`    // what was seen, in the words of the protocol
	Tried    []Try    `json:"tried,omitempty"`   // what was tried on a port that stays unknown

	SSH          *SSH          `json:"ssh,omitempty"`
	RDP          *RDP          `json:"rdp,omitempty"`
	SMB          *SMB          `json:"smb,omitempty"`
	HTTP         *HTTP         `json:"http,omitempty"`
	Directory    *Directory    `json:"directory,omitempty"`
	Associations []Association `json:"associations,omitempty"` // DICOM
	IKE          *IKE          `json:"ike,omitempty"`
	Proxy        *Proxy        `json:"proxy,omitempty"`
	Guest        Answer        `json:"guest,omitzero"`   // access as a guest, asked only when the mandate names it
	Shares       []string      `json:"shares,omitempty"` // what NFS or rsync lists to anyone
	Amplifies    []Reflection  `json:"amplifies,omitempty"`
	Certificate  *Certificate  `json:"certificate,omitempty"`
}

// How a protocol is known.
type How string

const (
	ByAnswer   How = "answer"   // the server answered a question of the protocol
	ByGreeting How = "greeting" // the server spoke first
	ByOwner    How = "declared" // the port is open and the owner says that it serves this; nothing was sent
	ByPort     How = "port"     // the port is open and usually serves this; nothing proved it
)

// Kind is what a product is for, when it matters more than its protocol.
type Kind string

// Kinds that checks name.
const (
	Imaging    Kind = "imaging"    // PACS, modality or viewer
	Hypervisor Kind = "hypervisor" // hosts virtual machines
	Management Kind = "management" // management card of a server (BMC)
	Backup     Kind = "backup"
	Power      Kind = "power"   // socket strip or uninterruptible supply
	Gateway    Kind = "gateway" // VPN gateway or firewall
	Printing   Kind = "printing"
	Automation Kind = "automation" // building or industrial controller
	Store      Kind = "store"      // database, search engine, cache
	Cluster    Kind = "cluster"    // control of containers
	Camera     Kind = "camera"
)

// Answer is yes, no, or unknown with the reason. The zero value means the question was not asked.
type Answer struct {
	Is  State  `json:"is"`
	Why string `json:"why,omitempty"` // what was seen, or why nothing was
}

// Reasons of an unknown answer that the network did not give.
const (
	NotMandated  = "not named by the mandate"
	NoOwnAddress = "no own address was given to ask for"
)

// State is one of three.
type State string

const (
	Yes     State = "yes"
	No      State = "no"
	Unknown State = "unknown"
)

func yes(format string, args ...any) Answer     { return Answer{Yes, fmt.Sprintf(format, args...)} }
func no(format string, args ...any) Answer      { return Answer{No, fmt.Sprintf(format, args...)} }
func unknown(format string, args ...any) Answer { return Answer{Unknown, fmt.Sprintf(format, args...)} }

// IsYes tells whether the answer is yes; unknown is not yes.
func (a Answer) IsYes() bool { return a.Is == Yes }

// Try is one probe of a port that stays unknown.
type Try struct {
	Probe string `json:"probe"`         // "greeting", "http", "tls", "rdp"
	Got   []byte `json:"got,omitempty"` // first bytes of the answer, 256 at most
	Why   string `json:"why,omitempty"` // why there is none
}

// Reflection is how much larger than the question one UDP answer is: what an attacker who lies about his address gains.
type Reflection struct {
	Question string `json:"question"`
	Sent     int    `json:"sent"`     // bytes of the datagram sent
	Received int    `json:"received"` // bytes received in all
}

// Ratio is bytes received for one byte sent.
func (r Reflection) Ratio() float64 {
	if r.Sent == 0 {
		return 0
	}
	return float64(r.Received) / float64(r.Sent)
}

// Certificate is who a TLS server says it is: enough to recognise a product; package tlsscan judges certificates.
type Certificate struct {
	Subject string `json:"subject,omitempty"` // common name
	Issuer  string `json:"issuer,omitempty"`  // common name, or organisation
}
