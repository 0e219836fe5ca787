// Package tlsscan tells which versions, suites and groups of TLS a server accepts, on any port, and what its certificates say. It does
// next to no cryptography: it sends a ClientHello, reads what the server would choose, and hangs up. In TLS 1.3 it offers no key
// share, so that the server names suite and group in a HelloRetryRequest.
//
//	facts, err := tlsscan.Probe(ctx, dialer, target, tlsscan.Options{})
//
// # What is asked
//
// Without options the probe asks what a verdict needs: each version, each class of suites (see [Class]), groups, parameters, habits
// and certificates, in at most [VerdictConnections] connections whatever the server. [Options].Suites asks for the full list of
// suites of each version instead of the classes, one connection for each suite accepted; [Options].Groups for the full list of groups.
//
// # When a list ends
//
// A server that refuses with alert 40, 70 or 71 has said no. Anything else (another alert, a connection cut, silence) may come from
// one suite it chose and could not serve, and hides the others: the question is then asked again by key exchange, then by halves. A
// version is never denied on one shape of hello alone: a second, plainer one is tried. No hello offers more suites than the servers with
// the least patience bear, and suites of ECDSA go apart from others once a certificate for ECDSA came, which may hide them.
//
// # What is known
//
// Every answer is yes, no, or unknown with a reason; nothing is an opinion. The same server gives the same bytes.
package tlsscan

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Facts is what one TLS endpoint showed under one name, without opinion.
type Facts struct {
	Name    string `json:"name,omitempty"`    // server name asked for
	Preface string `json:"preface,omitempty"` // protocol that led to TLS, empty where TLS begins at once
	Offered Answer `json:"offered"`           // no: the server said that it has no TLS here

	Versions []VersionFacts `json:"versions,omitempty"` // one for each of [Versions], in order
	Classes  []ClassFacts   `json:"classes,omitempty"`  // one for each of [Classes], in order

	Groups []Group `json:"groups,omitempty"` // groups seen chosen in TLS 1.3, all of those accepted with Options.Groups
	Curves []Group `json:"curves,omitempty"` // the same up to TLS 1.2
	Hybrid Answer  `json:"hybrid"`           // a post-quantum hybrid group is accepted
	DH     []DH    `json:"dh,omitempty"`     // finite-field parameters of the server's own, sorted by size

	ServerOrder          Answer `json:"server_order"`           // the server's preference prevails
	FallbackSignal       Answer `json:"fallback_signal"`        // a needless retry with a lower version is refused (RFC 7507)
	SecureRenegotiation  Answer `json:"secure_renegotiation"`   // RFC 5746
	ExtendedMasterSecret Answer `json:"extended_master_secret"` // RFC 7627
	EncryptThenMAC       Answer `json:"encrypt_then_mac"`       // RFC 7366, asked with CBC
	Compression          Answer `json:"compression"`            // DEFLATE accepted
	Tickets              Answer `json:"tickets"`                // session tickets up to TLS 1.2
	EarlyData            Answer `json:"early_data"`             // TLS 1.3 tickets that allow 0-RTT data
	Stapling             Answer `json:"stapling"`               // an OCSP answer comes with the certificate
	UnknownName          bool   `json:"unknown_name,omitempty"` // the server warned that it does not know the name asked for
	AsksClient           bool   `json:"asks_client,omitempty"`  // it asks for a certificate of the client
	ALPN                 string `json:"alpn,omitempty"`         // application protocol chosen among h2 and http/1.1

	Chains []Chain `json:"chains,omitempty"` // certificates, one chain for each kind of key, in the server's order
	Flaws  []Flaw  `json:"flaws,omitempty"`  // behaviour of known flaws, asked only where the mandate names the class
}

// Answer is a three-valued fact: "yes", "no", or "unknown", with a reason where it is not plain. The zero value is unknown: not asked.
type Answer struct {
	Is  State
	Why string // "alert 70", "reset twice", "silent", "not_asked", "budget"
}

// State is a value of an [Answer].
type State string

// The states.
const (
	Yes     State = "yes"
	No      State = "no"
	Unknown State = "unknown"
)

func yes(why string) Answer     { return Answer{Yes, why} }
func no(why string) Answer      { return Answer{No, why} }
func unknown(why string) Answer { return Answer{Unknown, why} }

// Yes tells whether the answer is yes.
func (a Answer) Yes() bool { return a.Is == Yes }

// No tells whether the answer is no, which is not the same as not yes.
func (a Answer) No() bool { return a.Is == No }

// Unknown tells whether nothing was learnt.
func (a Answer) Unknown() bool { return !a.Yes() && !a.No() }

// MarshalJSON writes "yes", or "yes: why".
func (a Answer) MarshalJSON() ([]byte, error) {
	is := a.Is
	if is == "" {
		is = Unknown
	}
	if a.Why == "" {
		return json.Marshal(string(is))
	}
	return json.Marshal(string(is) + ": " + a.Why)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Answer) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	is, why, _ := strings.Cut(s, ": ")
	switch State(is) {
	case Yes, No, Unknown:
		*a = Answer{State(is), why}
		return nil
	}
	return fmt.Errorf("read answer %q: neither yes, no nor unknown", s)
}

// VersionFacts is what is known of one version.
type VersionFacts struct {
	Version  Version `json:"version"`
	Accepted Answer  `json:"accepted"`
	Suites   []Named `json:"suites,omitempty"`   // accepted suites seen, in the order in which the server chose them
	Complete bool    `json:"complete,omitempty"` // Suites is the full list
	Broken   string  `json:"broken,omitempty"`   // why the list may miss some: what the server did instead of answering
}

// Named is a suite written with its name.
type Named Suite

// MarshalText writes the number and the name: "0xC02F TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256".
func (n Named) MarshalText() ([]byte, error) {
	number := fmt.Sprintf("0x%04X", uint32(n))
	if n > 0xffff {
		number = fmt.Sprintf("0x%06X", uint32(n))
	}
	if name, known := Suite(n).Name(); known {
		number += " " + name
	}
	return []byte(number), nil
}

// UnmarshalText reads the number.
func (n *Named) UnmarshalText(b []byte) error {
	var number uint32
	if _, err := fmt.Sscanf(string(b), "0x%x", &number); err != nil {
		return fmt.Errorf("read suite %q: %w", b, err)
	}
	*n = Named(number)
	return nil
}

// String is the name of the suite.
func (n Named) String() string { return Suite(n).String() }

// ClassFacts tells whether a class of suites is accepted up to TLS 1.2, and the suite that shows it.
type ClassFacts struct {
	Class    Class   `json:"class"`
	Accepted Answer  `json:"accepted"`
	Example  Named   `json:"example,omitzero"`
	Version  Version `json:"version,omitzero"` // in which the example was chosen
}

// DH is a finite-field group with which a server makes its keys.
type DH struct {
	Bits  int    `json:"bits"`
	Known string `json:"known,omitempty"` // name of a widely shared prime, see [KnownPrime]
	Safe  Answer `json:"safe"`            // (p-1)/2 is prime too
}

// Chain is what a server sent of itself, its own certificate first.
type Chain struct {
	Certificates []Certificate `json:"certificates"`
	Timestamps   int           `json:"timestamps"` // certificate timestamps of the leaf and of the handshake (RFC 6962)
	Trust        Trust         `json:"trust"`
}

// Flaw is one known flaw and whether the server behaves that way.
type Flaw struct {
	Name    string `json:"name"` // "heartbleed", "ccs", "robot", "ticketbleed", "drown"
	Present Answer `json:"present"`
	Seen    string `json:"seen,omitempty"` // the behaviour, in the words of the protocol
}

// Leaf is the server's own certificate of the first chain, nil where none was seen.
func (f *Facts) Leaf() *Certificate {
	if len(f.Chains) == 0 {
		return nil
	}
	return &f.Chains[0].Certificates[0]
}

// Version is what is known of v.
func (f *Facts) Version(v Version) VersionFacts {
	for _, known := range f.Versions {
		if known.Version == v {
			return known
		}
	}
	return VersionFacts{Version: v}
}

// Class is what is known of c.
func (f *Facts) Class(c Class) ClassFacts {
	for _, known := range f.Classes {
		if known.Class == c {
			return known
		}
	}
	return ClassFacts{Class: c}
}

// Certificate is what a certificate says (RFC 5280 4), read leniently: old appliances send certificates that strict readers refuse.
type Certificate struct {
	DER        []byte    `json:"der"`
	SHA256     string    `json:"sha256"`
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	Serial     string    `json:"serial"` // hexadecimal
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	Names      []string  `json:"names,omitempty"`     // DNS names, sorted; the common name is not one of them
	Addresses  []string  `json:"addresses,omitempty"` // IP addresses, sorted
	Common     string    `json:"common_name,omitempty"`
	Key        Key       `json:"key"`
	Signature  string    `json:"signature"` // algorithm: "RSA-SHA256", "ECDSA-SHA384", "Ed25519", or the object identifier
	Authority  bool      `json:"authority,omitempty"`
	MustStaple bool      `json:"must_staple,omitempty"`
	Timestamps int       `json:"timestamps,omitempty"` // embedded certificate timestamps
	Revocation []string  `json:"revocation,omitempty"` // where revocation is published, as written
	Malformed  string    `json:"malformed,omitempty"`  // why strict readers refuse it
}

// Key is a public key.
type Key struct {
	Algorithm string `json:"algorithm"` // "RSA", "EC", "Ed25519", "Ed448", "DSA", or the object identifier
	Bits      int    `json:"bits,omitempty"`
	Curve     string `json:"curve,omitempty"`
	SHA256    string `json:"sha256"` // of the SubjectPublicKeyInfo, as DANE and pins use it
}
