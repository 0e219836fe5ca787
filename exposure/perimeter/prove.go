package perimeter

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// By is how an item was proven.
type By string

// The ways to prove, and why an item is not.
const (
	ByDNS     By = "dns"     // the token is in the zone
	ByFile    By = "file"    // the token is on the web server, at the addresses of the proof
	ByMandate By = "mandate" // a mandate in force covers it
	ByMachine By = "machine" // an address of this machine, or of its private network, where that is allowed
	Unproven  By = ""
)

// Proof is the state of one item of the perimeter.
type Proof struct {
	Kind      string       `json:"kind"` // "domain", "range" or "host"
	Item      string       `json:"item"`
	By        By           `json:"by"`                  // empty while unproven
	Mandate   string       `json:"mandate,omitempty"`   // file of the mandate
	Addresses []netip.Addr `json:"addresses,omitempty"` // of a host or a web server that showed the token
	Why       string       `json:"why,omitempty"`       // while unproven: "no_key", "no_token", "other_token", "no_answer", "no_mandate", "private"
	Detail    string       `json:"detail,omitempty"`
}

// Witness looks for tokens on the network. TXT and Addresses ask a resolver; File asks a web server for one fixed file, follows no
// redirect and reads a few hundred bytes: it is the only contact with an address before it is proven, at the request of who
// says to own it.
type Witness interface {
	TXT(ctx context.Context, name string) ([]string, error)
	Addresses(ctx context.Context, name string) ([]netip.Addr, error)
	File(ctx context.Context, t Target, path string) ([]byte, error)
}

// Options of a proof.
type Options struct {
	Now time.Time
	// Open reads a mandate's file, named as in the perimeter. Nil refuses mandates.
	Open func(file string) ([]byte, error)
	// Local allows this machine and private networks (RFC 1918, RFC 4193, link-local), which need no proof. A platform that serves others
	// leaves it off: its own network is not theirs.
	Local bool
	// Signers are the authorities to believe of those who sign mandates; nil leaves their certificates unverified.
	Signers *x509.CertPool
}

// Prove looks for the proof of every item and says what may be touched. It fails only when ctx ends; what is not proven is in
// [Proven.Proofs] with its reason.
func (p *Perimeter) Prove(ctx context.Context, w Witness, o Options) (*Proven, error) {
	v := &Proven{p: p, now: o.Now, local: o.Local}
	v.mandates, v.papers = p.inForce(o)
	for _, d := range p.Domains {
		v.proofs = append(v.proofs, Proof{Kind: "domain", Item: d})
	}
	for _, r := range p.Ranges {
		v.proofs = append(v.proofs, Proof{Kind: "range", Item: r.String()})
	}
	for _, h := range p.Hosts {
		v.proofs = append(v.proofs, Proof{Kind: "host", Item: h})
	}
	var wait sync.WaitGroup
	places := make(chan struct{}, 16)
	for i := range v.proofs {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			v.prove(ctx, w, &v.proofs[i])
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("prove perimeter: %w", err)
	}
	v.index()
	return v, nil
}

// prove fills the proof of one item.
func (v *Proven) prove(ctx context.Context, w Witness, proof *Proof) {
	if proof.Kind == "range" {
		v.proveRange(proof, netip.MustParsePrefix(proof.Item)) // Check made it
		return
	}
	if a, err := netip.ParseAddr(proof.Item); err == nil {
		v.proveRange(proof, netip.PrefixFrom(a, a.BitLen()))
		if proof.By == Unproven && proof.Why != "private" {
			v.proveFile(ctx, w, proof, []netip.Addr{a})
		}
		return
	}
	for _, m := range v.mandates {
		if m.holds(proof.Item, netip.Addr{}) {
			proof.By, proof.Mandate = ByMandate, m.file
			return
		}
	}
	if v.p.ProofKey == "" {
		proof.Why = "no_key"
		return
	}
	texts, err := w.TXT(ctx, tokenLabel+"."+proof.Item)
	switch {
	case slices.ContainsFunc(texts, func(t string) bool { return v.p.matches(proof.Item, t) }):
		proof.By = ByDNS
		return
	case slices.ContainsFunc(texts, func(t string) bool { return strings.HasPrefix(strings.TrimSpace(t), tokenMark) }):
		proof.Why = "other_token"
	case err != nil:
		proof.Why, proof.Detail = "no_answer", err.Error()
	default:
		proof.Why = "no_token"
	}
	addresses, err := w.Addresses(ctx, proof.Item)
	if err != nil {
		return
	}
	v.proveFile(ctx, w, proof, addresses)
}

func (v *Proven) proveRange(proof *Proof, r netip.Prefix) {
	if private(r.Addr()) {
		if proof.Why = "private"; v.local {
			proof.By, proof.Why = ByMachine, ""
		}
		return
	}
	proof.Why = "no_mandate"
	for _, m := range v.mandates {
		if m.holdsRange(r) {
			proof.By, proof.Mandate, proof.Why = ByMandate, m.file, ""
			return
		}
	}
}

// private tells whether an address is of this machine or of a network that is not the internet.
func private(a netip.Addr) bool {
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || carrier().Contains(a)
}

// carrier is the range shared behind the translators of operators (RFC 6598).
func carrier() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/10") }

// proveFile asks the web servers of an item for the token. Only the addresses that show it are proven.
func (v *Proven) proveFile(ctx context.Context, w Witness, proof *Proof, addresses []netip.Addr) {
	if v.p.ProofKey == "" {
		if proof.Why == "" || proof.Why == "no_mandate" {
			proof.Why = "no_key"
		}
		return
	}
	name := proof.Item
	if _, err := netip.ParseAddr(name); err == nil {
		name = ""
	}
	for _, a := range addresses[:min(len(addresses), 8)] {
		if v.forbidden(name, nil, a) || private(a) && !v.local || touchable(a) != nil {
			continue
		}
		t := Target{name: name, at: netip.AddrPortFrom(a, 80), ports: &portRule{only: []uint16{80}}}
		body, err := w.File(ctx, t, TokenPath)
		switch {
		case err == nil && v.p.shown(proof.Item, string(body)):
			proof.Addresses = append(proof.Addresses, a)
		case err == nil && strings.HasPrefix(strings.TrimSpace(string(body)), tokenMark):
			proof.Why = "other_token"
		case err == nil && proof.Why == "no_mandate":
			proof.Why = "no_token"
		}
	}
	if len(proof.Addresses) > 0 {
		proof.By, proof.Why, proof.Detail = ByFile, "", ""
	}
}
