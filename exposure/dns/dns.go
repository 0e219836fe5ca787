// Package dns asks questions of the domain name system and judges the answers: through a resolver for what anybody may look up,
// and straight to a name server, at the audit's pace, for what only its owner may ask.
//
//	client := dns.New(dns.Config{Resolvers: resolvers})
//	answer, err := client.Ask(ctx, "example.org", dns.TypeMX)
//
// Every answer comes with a [Proof]: the client follows the signatures from a trust anchor by itself (RFC 4035, RFC 5155, RFC 6840)
// and believes no resolver that says it did. An answer is one of three things: records, their proven or claimed absence, or a
// [Failure], which tells why nothing is known. A failure is never read as an absence.
//
// What is bounded: tries and waits of one question ([Config]), aliases in a chain, signatures checked for one answer, hash iterations,
// answers kept. A resolver that stops answering is noticed and not waited for again and again; one that invents answers for names
// that cannot exist is not believed.
package dns

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	wire "github.com/miekg/dns"
)

// Types of records, by their number in the protocol (IANA, DNS parameters).
const (
	TypeA      = wire.TypeA
	TypeAAAA   = wire.TypeAAAA
	TypeCAA    = wire.TypeCAA
	TypeCNAME  = wire.TypeCNAME
	TypeDNSKEY = wire.TypeDNSKEY
	TypeDS     = wire.TypeDS
	TypeMX     = wire.TypeMX
	TypeNS     = wire.TypeNS
	TypePTR    = wire.TypePTR
	TypeSOA    = wire.TypeSOA
	TypeTLSA   = wire.TypeTLSA
	TypeTXT    = wire.TypeTXT
)

// Config says whom to ask and how patiently. The zero value of each field but Resolvers is a sound choice.
type Config struct {
	Resolvers  []netip.AddrPort // asked in this order; see [System]
	Anchors    []Anchor         // trusted beside those of the root, which an anchor for "." replaces
	Now        func() time.Time // moment at which signatures are judged; the present
	Timeout    time.Duration    // wait for one answer; 2 s
	Tries      int              // times a question is sent before it fails; 3
	InFlight   int              // questions open at once; 64
	ServerPort uint16           // where name servers listen; 53
	Exchange   Exchanger        // how a question travels; by sockets
	Random     io.Reader        // names that cannot exist are made from it; crypto/rand
}

// Exchanger carries one query to one server and brings its answer back.
type Exchanger func(ctx context.Context, server netip.AddrPort, query *wire.Msg) (*wire.Msg, error)

func (c Config) complete() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Second
	}
	if c.Tries <= 0 {
		c.Tries = 3
	}
	if c.InFlight <= 0 {
		c.InFlight = 64
	}
	if c.ServerPort == 0 {
		c.ServerPort = 53
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Exchange == nil {
		c.Exchange = newTransport(c.Timeout).exchange
	}
	return c
}

// Client asks, remembers and judges. It may be used by many goroutines at once.
type Client struct {
	config   Config
	anchors  map[string]*Anchor
	places   chan struct{}
	messages memo[question, *reply]
	cuts     memo[string, *cut]
	verified verified
	implied  implied
	health   health
	honest   memo[struct{}, bool]
}

type question struct {
	name  string
	qtype uint16
}

// New returns a client that knows nothing yet.
func New(config Config) *Client {
	config = config.complete()
	c := &Client{config: config, anchors: map[string]*Anchor{}, places: make(chan struct{}, config.InFlight)}
	for _, a := range slices.Concat(RootAnchors(), config.Anchors) {
		c.anchors[fqdn(a.Zone)] = &a
	}
	return c
}

// Fresh returns a client like c that remembers no answer, to see whether something lasts; where there are several resolvers it asks another one
// first.
func (c *Client) Fresh() *Client {
	config := c.config
	if n := len(config.Resolvers); n > 1 {
		config.Resolvers = slices.Concat(config.Resolvers[1:], config.Resolvers[:1])
	}
	return New(config)
}

// Now is the moment at which the client judges signatures.
func (c *Client) Now() time.Time { return c.config.Now() }

// ServerPort is the port on which name servers are asked.
func (c *Client) ServerPort() uint16 { return c.config.ServerPort }

// Outcome tells data from the two kinds of absence.
type Outcome string

const (
	Data   Outcome = "data"    // there are records of the asked type
	NoData Outcome = "no_data" // the name exists, without a record of that type
	NoName Outcome = "no_name" // the name does not exist
)

// Answer is what a question brought.
type Answer struct {
	Name    string    // the name asked for, lower case, no final dot
	Outcome Outcome   // of the last name of Aliases, or of Name
	Records []wire.RR // of the asked type, sorted; empty unless Outcome is Data
	Aliases []string  // names the question was passed to by CNAME, in order
	Proof   Proof     // the weakest of the proofs along the chain
	Notes   []string  // extended errors the server added (RFC 8914), "22: no reachable authority"
	TTL     uint32    // seconds, the least of Records
}

// maxAliases is how many CNAME a chain may have. Resolvers stop between 8 and 16.
const maxAliases = 10

// Ask looks name up through the resolvers and judges the answer. The error is a [Failure] or the context's.
func (c *Client) Ask(ctx context.Context, name string, qtype uint16) (*Answer, error) {
	full := fqdn(name)
	if !validName(full) {
		return nil, &Failure{Name: name, Type: qtype, Reason: BadName}
	}
	answer := &Answer{Name: Plain(full), Proof: Proof{Security: Secure}}
	seen := map[string]bool{full: true}
	for at := full; ; {
		m, err := c.fetch(ctx, at, qtype)
		if err != nil {
			return nil, err
		}
		answer.Notes = notes(m.message, answer.Notes)
		end, done, err := c.follow(ctx, m, at, qtype, answer, seen)
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
		at = end
	}
	if answer.Proof.Security != Secure {
		if honest, err := c.resolverIsHonest(ctx); err != nil {
			return nil, err
		} else if !honest {
			return nil, &Failure{Name: answer.Name, Type: qtype, Reason: Lying, Detail: "the resolver gives addresses to names that cannot exist"}
		}
	}
	return answer, nil
}

// follow reads one message from name at on: it walks the aliases that the message holds and stops at records, at an absence, or at an
// alias whose target the message does not tell of; done is false then and end is the name to ask next.
func (c *Client) follow(ctx context.Context, m *reply, at string, qtype uint16, answer *Answer, seen map[string]bool) (end string, done bool, err error) {
	for {
		if set := m.answer.find(at, qtype); set != nil {
			proof, err := c.proveSet(ctx, set, m)
			if err != nil {
				return "", false, err
			}
			answer.Proof = weaker(answer.Proof, proof)
			answer.Outcome, answer.Records, answer.TTL = Data, sorted(set.records), set.ttl()
			return at, true, nil
		}
		target, proof, ok, err := c.alias(ctx, m, at)
		if err != nil {
			return "", false, err
		}
		if !ok {
			break
		}
		answer.Proof = weaker(answer.Proof, proof)
		answer.Aliases = append(answer.Aliases, Plain(target))
		if seen[target] || len(answer.Aliases) > maxAliases {
			return "", false, &Failure{Name: answer.Name, Type: qtype, Reason: Loop, Detail: strings.Join(answer.Aliases, " → ")}
		}
		seen[target] = true
		if qtype == TypeCNAME {
			break
		}
		at = target
		if m.answer.find(at, qtype) == nil && m.answer.find(at, TypeCNAME) == nil && !m.tellsAbsence(at) {
			return at, false, nil
		}
	}
	answer.Outcome = NoData
	if m.message.Rcode == wire.RcodeNameError {
		answer.Outcome = NoName
	}
	proof, err := c.proveAbsence(ctx, m, at, qtype)
	if err != nil {
		return "", false, err
	}
	if proof.noName {
		answer.Outcome = NoName
	}
	answer.Proof = weaker(answer.Proof, proof.Proof)
	return at, true, nil
}

// reply is a message whose records were sorted into sets once, for all who read it.
type reply struct {
	message           *wire.Msg
	answer, authority rrsets
}

// tellsAbsence tells whether a message that stops at an alias speaks of the alias's target as well: by its code, or by the start of
// authority of a zone around the target.
func (m *reply) tellsAbsence(target string) bool {
	return m.message.Rcode == wire.RcodeNameError ||
		slices.ContainsFunc(m.authority, func(set *rrset) bool { return set.qtype == TypeSOA && len(set.records) > 0 && within(set.name, target) })
}

// fetch gets the message that answers a question, once for each question.
func (c *Client) fetch(ctx context.Context, name string, qtype uint16) (*reply, error) {
	return c.messages.get(ctx, question{name, qtype}, func() (*reply, error) {
		if m := c.implied.answer(name, qtype, c.config.Now()); m != nil {
			return m, nil
		}
		m, err := c.send(ctx, name, qtype)
		if err != nil {
			return nil, err
		}
		return &reply{m, group(m.Answer), group(m.Ns)}, nil
	})
}

// resolverIsHonest asks once for a name under "invalid", which can never exist (RFC 6761 section 6.4). Only an address in the
// answer convicts: silence or refusal is another matter.
func (c *Client) resolverIsHonest(ctx context.Context) (bool, error) {
	return c.honest.get(ctx, struct{}{}, func() (bool, error) {
		label, err := RandomLabel(c.config.Random)
		if err != nil {
			return false, err
		}
		m, err := c.fetch(ctx, label+".invalid.", TypeA)
		if err != nil {
			return true, ctx.Err()
		}
		return m.answer.find(label+".invalid.", TypeA) == nil, nil
	})
}

// RandomLabel makes a label that nobody published.
func RandomLabel(random io.Reader) (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return fmt.Sprintf("x%x", b), nil
}

// Random is the source of the client's random names.
func (c *Client) Random() io.Reader { return c.config.Random }

// Addresses are the IPv4 and IPv6 addresses among the records.
func (a *Answer) Addresses() []netip.Addr {
	var list []netip.Addr
	for _, rr := range a.Records {
		var ip netip.Addr
		switch rr := rr.(type) {
		case *wire.A:
			ip, _ = netip.AddrFromSlice(rr.A)
		case *wire.AAAA:
			ip, _ = netip.AddrFromSlice(rr.AAAA)
		}
		if ip.IsValid() {
			list = append(list, ip.Unmap())
		}
	}
	return list
}

// Texts are the texts among the records, the strings of each joined without a space (RFC 7208 section 3.3).
func (a *Answer) Texts() []string {
	var list []string
	for _, rr := range a.Records {
		if rr, ok := rr.(*wire.TXT); ok {
			list = append(list, unescape(strings.Join(rr.Txt, "")))
		}
	}
	return list
}

// Addresses looks up both families of name's addresses, sorted. It fails only if a family is not known and the other gave none.
func (c *Client) Addresses(ctx context.Context, name string) ([]netip.Addr, *Answer, error) {
	var four, six *Answer
	var fourErr, sixErr error
	var both sync.WaitGroup
	both.Go(func() { six, sixErr = c.Ask(ctx, name, TypeAAAA) })
	four, fourErr = c.Ask(ctx, name, TypeA)
	both.Wait()
	var list []netip.Addr
	var answer *Answer
	for _, a := range []*Answer{six, four} {
		if a != nil {
			list, answer = append(list, a.Addresses()...), a
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	list = slices.Compact(list)
	if len(list) > 0 {
		return list, answer, nil
	}
	if fourErr != nil {
		return nil, nil, fourErr
	}
	return nil, answer, sixErr
}
