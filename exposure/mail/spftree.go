package mail

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
)

// Limits on what a record may make a receiver look up (RFC 7208 section 4.6.4).
const (
	MaxLookups = 10 // include, a, mx, ptr, exists, redirect
	MaxVoids   = 2  // look-ups that find nothing
	maxMX      = 10 // exchangers of one mx
	maxNodes   = 40 // records that this reader follows, so that the whole of a wrong tree can be shown
)

// SPF is what a domain says of who may send in its name, as a receiver reads it.
type SPF struct {
	Records []string `json:"records,omitempty"` // those of the domain itself: one, if all is well
	Tree    *Node    `json:"tree,omitempty"`
	Lookups int      `json:"lookups"` // of a message that nothing matches before the end
	Voids   int      `json:"voids"`
	// Stranger is the result for an address that the record does not name: "pass", "fail", "softfail", "neutral", "permerror"; empty if unknown.
	Stranger string `json:"stranger,omitempty"`
	// Written is what the record would say to that stranger if it had none of its faults: some receivers stop at a fault, others read on.
	Written string `json:"written,omitempty"`
	// Allowed counts the IPv4 addresses that the tree names by ip4.
	Allowed uint64  `json:"allowed_ipv4,omitempty"`
	Faults  []Fault `json:"faults,omitempty"` // in the order in which a receiver meets them: each makes the record worthless
	Unknown string  `json:"unknown,omitempty"`
}

// Absent tells that the domain has no SPF record, as opposed to unknown.
func (s SPF) Absent() bool { return len(s.Records) == 0 && s.Unknown == "" }

// Node is one record of the tree.
type Node struct {
	Domain   string  `json:"domain"`
	How      string  `json:"how,omitempty"` // "include", "redirect"; empty for the domain itself
	Record   string  `json:"record,omitempty"`
	Lookups  int     `json:"lookups"` // with those of the records below
	Children []*Node `json:"children,omitempty"`
	Fault    string  `json:"fault,omitempty"`
	Unknown  string  `json:"unknown,omitempty"`

	stranger string
}

// All yields the node and those below it, in order.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if !yield(n) {
		return false
	}
	for _, c := range n.Children {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// Fault is one reason why receivers give up on a record (permerror).
type Fault struct {
	Kind   string `json:"kind"` // "syntax", "several", "missing", "loop", "lookups", "voids", "mx_hosts", "too_large"
	Domain string `json:"domain"`
	Detail string `json:"detail,omitempty"`
}

// readSPF follows a domain's record through everything that it includes.
func readSPF(ctx context.Context, client *dns.Client, domain string) (SPF, error) {
	r := &spfReader{client: client}
	node, err := r.node(ctx, dns.Plain(domain), "", nil)
	if err != nil {
		return SPF{}, err
	}
	s := &r.spf
	if node.Unknown != "" || r.unknown != "" {
		s.Unknown = cmp.Or(node.Unknown, r.unknown)
	}
	if len(s.Records) == 0 {
		s.Faults = nil
		return *s, nil
	}
	s.Tree, s.Lookups = node, node.Lookups
	if s.Lookups > MaxLookups {
		s.Faults = append(s.Faults, Fault{"lookups", node.Domain, fmt.Sprintf("%d look-ups, %d allowed", s.Lookups, MaxLookups)})
	}
	if s.Voids > MaxVoids {
		s.Faults = append(s.Faults, Fault{"voids", node.Domain, fmt.Sprintf("%d look-ups that find nothing, %d allowed", s.Voids, MaxVoids)})
	}
	s.Allowed = count(r.networks)
	s.Written = node.stranger
	if s.Allowed >= 1<<31 {
		s.Written = "pass" // half of the internet
	}
	switch {
	case len(s.Faults) > 0:
		s.Stranger = "permerror"
	case s.Unknown == "":
		s.Stranger = s.Written
	}
	return *s, nil
}

type spfReader struct {
	client   *dns.Client
	spf      SPF
	nodes    int
	unknown  string
	networks []netip.Prefix
}

func (r *spfReader) fault(n *Node, kind, detail string) {
	n.Fault = cmp.Or(n.Fault, kind)
	n.stranger = "permerror"
	r.spf.Faults = append(r.spf.Faults, Fault{kind, n.Domain, detail})
}

// miss keeps the first reason why a part is not known; the error is the context's.
func (r *spfReader) miss(n *Node, err error) error {
	var f *dns.Failure
	if !errors.As(err, &f) {
		return err
	}
	n.Unknown = cmp.Or(n.Unknown, string(f.Reason))
	r.unknown = cmp.Or(r.unknown, string(f.Reason))
	return nil
}

// node reads the record of one domain; path holds the domains above it.
func (r *spfReader) node(ctx context.Context, domain, how string, path []string) (*Node, error) {
	n := &Node{Domain: domain, How: how, stranger: "neutral"}
	if slices.Contains(path, domain) {
		r.fault(n, "loop", strings.Join(append(slices.Clone(path), domain), " → "))
		return n, nil
	}
	if r.nodes++; r.nodes > maxNodes {
		r.fault(n, "too_large", fmt.Sprintf("more than %d records", maxNodes))
		return n, nil
	}
	if !dns.Valid(domain) {
		r.fault(n, "missing", "the name cannot exist")
		return n, nil
	}
	answer, err := r.client.Ask(ctx, domain, dns.TypeTXT)
	if err != nil {
		return n, r.miss(n, err)
	}
	records := slices.DeleteFunc(answer.Texts(), func(t string) bool { return !IsSPF(t) })
	if how == "" {
		for _, t := range records {
			r.spf.Records = append(r.spf.Records, shown(t))
		}
	}
	switch len(records) {
	case 0:
		r.fault(n, "missing", "no SPF record")
		return n, nil
	case 1:
	default:
		r.fault(n, "several", fmt.Sprintf("%d SPF records", len(records)))
		return n, nil
	}
	n.Record = shown(records[0])
	policy, err := ParseSPF(records[0])
	if err != nil {
		r.fault(n, "syntax", err.Error())
		return n, nil
	}
	return n, r.policy(ctx, n, policy, append(slices.Clone(path), domain))
}

// policy counts what the terms make a receiver look up, and finds the result for a stranger. What stands after "all" is never read.
func (r *spfReader) policy(ctx context.Context, n *Node, p *Policy, path []string) error {
	decided := ""
	for _, m := range p.Mechanisms {
		if m.Kind == "all" {
			n.stranger = cmp.Or(decided, result(m.Qualifier))
			return nil
		}
		matches, err := r.mechanism(ctx, n, m, path)
		if err != nil {
			return err
		}
		decided = cmp.Or(decided, matches)
		if matches != "" && matches != "permerror" && m.Kind != "ip4" {
			n.stranger = decided // everybody matches: what follows is never read
			return nil
		}
	}
	if p.Redirect == "" {
		n.stranger = cmp.Or(decided, n.stranger)
		return nil
	}
	n.Lookups++
	child, err := r.child(ctx, n, p.Redirect, "redirect", path)
	if err == nil && child != nil {
		n.stranger = cmp.Or(decided, child.stranger)
	}
	return err
}

// mechanism gives the result that a stranger gets from one mechanism, empty if it does not match.
func (r *spfReader) mechanism(ctx context.Context, n *Node, m Mechanism, path []string) (matches string, err error) {
	switch m.Kind {
	case "ip4", "ip6":
		if m.Qualifier == Pass && m.Network.Addr().Is4() {
			r.networks = append(r.networks, m.Network)
		}
		if m.Network.Bits() == 0 && m.Kind == "ip4" {
			return result(m.Qualifier), nil
		}
		return "", nil
	}
	n.Lookups++
	if m.Kind == "include" {
		child, err := r.child(ctx, n, m.Domain, "include", path)
		if err != nil || child == nil {
			return "", err
		}
		switch child.stranger {
		case "pass":
			return result(m.Qualifier), nil
		case "permerror":
			return "permerror", nil
		}
		return "", nil
	}
	name, own := n.Domain, true
	if m.Domain != "" {
		name, own = expandOwn(m.Domain, n.Domain)
	}
	if !own || m.Kind == "ptr" {
		return "", nil // the sender decides what is looked up
	}
	found, err := r.hosts(ctx, n, m, name)
	if m.Kind == "exists" && found {
		return result(m.Qualifier), err
	}
	return "", err
}

// child reads the record of an include or redirect; nil where the sender decides its name.
func (r *spfReader) child(ctx context.Context, n *Node, spec, how string, path []string) (*Node, error) {
	name, own := expandOwn(spec, n.Domain)
	if !own {
		return nil, nil
	}
	child, err := r.node(ctx, dns.Plain(name), how, path)
	if err != nil {
		return nil, err
	}
	n.Children = append(n.Children, child)
	n.Lookups += child.Lookups
	return child, nil
}

// hosts looks up what a, mx and exists name, to count what finds nothing.
func (r *spfReader) hosts(ctx context.Context, n *Node, m Mechanism, name string) (found bool, err error) {
	if !dns.Valid(name) {
		r.spf.Voids++
		return false, nil
	}
	switch m.Kind {
	case "exists":
		answer, err := r.client.Ask(ctx, name, dns.TypeA)
		if err != nil {
			return false, r.miss(n, err)
		}
		if answer.Outcome != dns.Data {
			r.spf.Voids++
		}
		return answer.Outcome == dns.Data, nil
	case "a":
		return false, r.addresses(ctx, n, name)
	default:
		return false, r.exchangers(ctx, n, name)
	}
}

func (r *spfReader) exchangers(ctx context.Context, n *Node, name string) error {
	answer, err := r.client.Ask(ctx, name, dns.TypeMX)
	if err != nil {
		return r.miss(n, err)
	}
	if answer.Outcome != dns.Data {
		r.spf.Voids++
	}
	if len(answer.Records) > maxMX {
		r.fault(n, "mx_hosts", fmt.Sprintf("mx of %s names %d hosts, %d allowed", name, len(answer.Records), maxMX))
		return nil
	}
	for _, rr := range answer.Records {
		if mx, ok := rr.(*wire.MX); ok && mx.Mx != "." {
			if err := r.addresses(ctx, n, dns.Plain(mx.Mx)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *spfReader) addresses(ctx context.Context, n *Node, name string) error {
	list, _, err := r.client.Addresses(ctx, name)
	if err != nil {
		return r.miss(n, err)
	}
	if len(list) == 0 {
		r.spf.Voids++
	}
	return nil
}

func result(qualifier byte) string {
	switch qualifier {
	case Fail:
		return "fail"
	case SoftFail:
		return "softfail"
	case Neutral:
		return "neutral"
	default:
		return "pass"
	}
}

// count adds up the IPv4 addresses of networks, each once.
func count(networks []netip.Prefix) (total uint64) {
	sorted := slices.Clone(networks)
	slices.SortFunc(sorted, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	var end uint64 // first address not counted yet
	for _, p := range sorted {
		four := p.Addr().As4()
		from := uint64(binary.BigEndian.Uint32(four[:]))
		to := from + 1<<(32-p.Bits())
		if to > end {
			total += to - max(from, end)
			end = to
		}
	}
	return total
}
