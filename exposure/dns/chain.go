package dns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	wire "github.com/miekg/dns"
)

// cut is what is known of the zone that holds a name: the deepest one on the way down from the anchor.
type cut struct {
	Proof
	name string // of the zone
	keys []*zoneKey
	ds   []*wire.DS // what the parent holds of it
	up   *cut       // the zone above, nil for an anchor
}

func (c *cut) proof() Proof {
	if c == nil {
		return Proof{}
	}
	return c.Proof
}

// cutOf walks from the trust anchor down to name and stops at the first zone that is not secure. Each name is judged once.
func (c *Client) cutOf(ctx context.Context, name string) (*cut, error) {
	return c.cuts.get(ctx, name, func() (*cut, error) {
		anchor := c.anchorOf(name)
		if anchor == nil {
			return &cut{name: name, Proof: Proof{Security: Unproven, Fault: NoAnchor, Zone: Plain(name)}}, nil
		}
		if fqdn(anchor.Zone) == name {
			return c.anchorCut(ctx, anchor)
		}
		above, err := c.cutOf(ctx, parent(name))
		if err != nil || above.Security != Secure {
			return above, err
		}
		return c.delegation(ctx, above, name)
	})
}

// anchorCut checks the keys of an anchor's zone. Whatever is wrong there says nothing of what lies below: it is our anchor or our
// resolver that cannot be used.
func (c *Client) anchorCut(ctx context.Context, anchor *Anchor) (*cut, error) {
	zone, err := c.keysOf(ctx, fqdn(anchor.Zone), nil, func(k *wire.DNSKEY) bool {
		return slices.ContainsFunc(anchor.DS, func(ds *wire.DS) bool { return fits(ds, k) }) ||
			slices.ContainsFunc(anchor.Keys, func(own *wire.DNSKEY) bool {
				return own.Algorithm == k.Algorithm && own.Flags == k.Flags && own.PublicKey == k.PublicKey
			})
	})
	if err == nil && zone.Security != Secure {
		zone.Proof = Proof{Security: Unproven, Zone: anchor.Zone, Fault: AnchorUnusable, Detail: strings.TrimSpace(string(zone.Fault) + " " + zone.Detail)}
	}
	return zone, err
}

// delegation asks a secure zone what it says of a name below it: a signed zone of its own, an unsigned one, or nothing special.
func (c *Client) delegation(ctx context.Context, above *cut, name string) (*cut, error) {
	m, err := c.fetch(ctx, name, TypeDS)
	if err != nil {
		return c.unanswered(name, above, err)
	}
	set := m.answer.find(name, TypeDS)
	if set == nil {
		return c.noDelegation(m, above, name), nil
	}
	if _, proof := c.verify(set, above); proof.Security != Secure {
		return &cut{name: name, up: above, Proof: proof}, nil
	}
	var ds []*wire.DS
	for _, rr := range set.records {
		if d, ok := rr.(*wire.DS); ok && usable(d) {
			ds = append(ds, d)
		}
	}
	if slices.ContainsFunc(ds, func(d *wire.DS) bool { return d.DigestType != wire.SHA1 }) { // RFC 4509 section 3
		ds = slices.DeleteFunc(ds, func(d *wire.DS) bool { return d.DigestType == wire.SHA1 })
	}
	if len(ds) == 0 { // RFC 4035 section 5.2: signed in ways that we do not know is as good as unsigned
		return &cut{name: name, up: above, Proof: Proof{Security: Insecure, Zone: Plain(name), Fault: AlgorithmUnknown, Detail: foreign(set)}}, nil
	}
	zone, err := c.keysOf(ctx, name, above, func(k *wire.DNSKEY) bool {
		return slices.ContainsFunc(ds, func(d *wire.DS) bool { return fits(d, k) })
	})
	if zone != nil {
		zone.ds = ds
	}
	return zone, err
}

// noDelegation reads the proof that a name has no DS record.
func (c *Client) noDelegation(m *reply, above *cut, name string) *cut {
	if set := m.answer.find(name, TypeCNAME); set != nil { // an alias is never the top of a zone
		if _, proof := c.verify(set, above); proof.Security != Secure {
			return &cut{name: name, up: above, Proof: proof}
		}
		return above
	}
	if m.authority.find(name, TypeSOA) != nil { // a parent denies with its own start of authority
		return &cut{name: name, up: above, Proof: Proof{Security: Unproven, Zone: Plain(name), Fault: PrivateZone, Detail: "the DS question was answered by the zone itself"}}
	}
	denial, proof := c.denial(m, above)
	if proof.Security != Secure {
		return &cut{name: name, up: above, Proof: proof}
	}
	switch found := denial.delegation(name); found {
	case notDelegated:
		return above
	case unsigned:
		return &cut{name: name, up: above, Proof: Proof{Security: Insecure, Zone: Plain(name)}}
	default:
		return &cut{name: name, up: above, Proof: denial.missing(name, TypeDS)}
	}
}

// keysOf gets the keys of a zone and keeps them if they are signed by one that trusted accepts.
func (c *Client) keysOf(ctx context.Context, name string, up *cut, trusted func(*wire.DNSKEY) bool) (*cut, error) {
	m, err := c.fetch(ctx, name, TypeDNSKEY)
	if err != nil {
		return c.unanswered(name, up, err)
	}
	zone := &cut{name: name, up: up, Proof: Proof{Security: Bogus, Zone: Plain(name), Fault: KeyMissing, Detail: "no DNSKEY"}}
	set := m.answer.find(name, TypeDNSKEY)
	if set == nil {
		return zone, nil
	}
	entry := &cut{name: name}
	for _, rr := range set.records {
		k, ok := rr.(*wire.DNSKEY)
		if !ok || k.Protocol != 3 || k.Flags&wire.ZONE == 0 {
			continue
		}
		key := newZoneKey(k)
		zone.keys = append(zone.keys, key)
		if trusted(k) {
			entry.keys = append(entry.keys, key)
		}
	}
	if len(entry.keys) == 0 {
		zone.Detail = fmt.Sprintf("no key of %s is the one its parent names", Plain(name))
		return zone, nil
	}
	_, zone.Proof = c.verify(set, entry)
	return zone, nil
}

// unanswered turns a failure inside the chain into a proof that nothing is known; only the context's end is an error.
func (c *Client) unanswered(name string, up *cut, err error) (*cut, error) {
	var failure *Failure
	if !errors.As(err, &failure) {
		return nil, err
	}
	return &cut{name: name, up: up, Proof: Proof{Security: Unproven, Zone: Plain(name), Fault: NoAnswer, Detail: failure.Error()}}, nil
}

// usable tells whether a digest and its key's algorithm are ones that can be checked here (RFC 8624; SHA-1 digests still link).
func usable(ds *wire.DS) bool {
	switch ds.DigestType {
	case wire.SHA1, wire.SHA256, wire.SHA384:
	default:
		return false
	}
	switch ds.Algorithm {
	case wire.RSASHA1, wire.RSASHA1NSEC3SHA1, wire.RSASHA256, wire.RSASHA512, wire.ECDSAP256SHA256, wire.ECDSAP384SHA384, wire.ED25519, wire.ED448:
		return true
	default:
		return false
	}
}

// foreign tells the algorithms and digests of a delegation none of which is known here.
func foreign(set *rrset) string {
	var list []string
	for _, rr := range set.records {
		if d, ok := rr.(*wire.DS); ok {
			list = append(list, fmt.Sprintf("algorithm %d, digest %d", d.Algorithm, d.DigestType))
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return strings.Join(list[:min(len(list), maxSignatures)], "; ")
}

// fits tells whether ds is the digest of k (RFC 4034 section 5.1.4).
func fits(ds *wire.DS, k *wire.DNSKEY) bool {
	if ds.Algorithm != k.Algorithm || ds.KeyTag != k.KeyTag() {
		return false
	}
	made := k.ToDS(ds.DigestType)
	return made != nil && strings.EqualFold(made.Digest, ds.Digest)
}

// Chain is how a domain hangs from the trust anchor.
type Chain struct {
	Proof
	Links []Link `json:"links,omitempty"` // from the anchor down, as far as the walk went
}

// Link is one zone of a chain.
type Link struct {
	Zone     string   `json:"zone"`
	Security Security `json:"security"`
	DS       []DS     `json:"ds,omitempty"`
	Keys     []Key    `json:"keys,omitempty"`
}

// DS is what a parent holds of a child's key.
type DS struct {
	Tag       uint16 `json:"tag"`
	Algorithm uint8  `json:"algorithm"`
	Digest    uint8  `json:"digest_type"`
}

// Key is one key of a zone.
type Key struct {
	Tag       uint16 `json:"tag"`
	Algorithm uint8  `json:"algorithm"`
	Bits      int    `json:"bits,omitempty"`
	Entry     bool   `json:"entry"` // marked as the one that parents point to (SEP)
}

// Chain walks to the zone that holds name and tells each link.
func (c *Client) Chain(ctx context.Context, name string) (Chain, error) {
	at, err := c.cutOf(ctx, fqdn(name))
	if err != nil {
		return Chain{}, err
	}
	chain := Chain{Proof: at.Proof}
	for ; at != nil; at = at.up {
		link := Link{Zone: Plain(at.name), Security: at.Security}
		for _, d := range at.ds {
			link.DS = append(link.DS, DS{d.KeyTag, d.Algorithm, d.DigestType})
		}
		for _, k := range at.keys {
			link.Keys = append(link.Keys, Key{k.tag, k.Algorithm, Bits(k.DNSKEY), k.Flags&wire.SEP != 0})
		}
		slices.SortFunc(link.DS, func(a, b DS) int { return int(a.Tag)*256 + int(a.Digest) - int(b.Tag)*256 - int(b.Digest) })
		slices.SortFunc(link.Keys, func(a, b Key) int { return int(a.Tag) - int(b.Tag) })
		chain.Links = append(chain.Links, link)
	}
	slices.Reverse(chain.Links)
	return chain, nil
}

// Signature is one signature over records of a zone, as it was given.
type Signature struct {
	Covers    string    `json:"covers"` // "SOA", "DNSKEY"
	Tag       uint16    `json:"tag"`
	Algorithm uint8     `json:"algorithm"`
	Inception time.Time `json:"inception"`
	Expires   time.Time `json:"expires"`
}

// Signatures lists the signatures over the records of a type at name, sorted.
func (c *Client) Signatures(ctx context.Context, name string, qtype uint16) ([]Signature, error) {
	m, err := c.fetch(ctx, fqdn(name), qtype)
	if err != nil {
		return nil, err
	}
	var list []Signature
	for _, rr := range m.message.Answer {
		if sig, ok := rr.(*wire.RRSIG); ok && sig.TypeCovered == qtype && len(list) < 4*maxSignatures {
			list = append(list, Signature{wire.TypeToString[qtype], sig.KeyTag, sig.Algorithm,
				time.Unix(int64(sig.Inception), 0).UTC(), time.Unix(int64(sig.Expiration), 0).UTC()})
		}
	}
	slices.SortFunc(list, func(a, b Signature) int { return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.Tag, b.Tag)) })
	return list, nil
}
