package dns

import (
	"context"
	"fmt"
	"slices"
	"strings"

	wire "github.com/miekg/dns"
)

// denial holds the signed records of one message by which a zone proves what does not exist: NSEC (RFC 4034 section 4) or NSEC3
// (RFC 5155). Only records whose signature held are in it.
type denial struct {
	zone    string
	nsec    []*wire.NSEC
	nsec3   []*wire.NSEC3
	hashes  map[string]string
	claimed bool // the resolver says that it has checked the absence (AD)
	costly  bool // hashes with more iterations than a resolver accepts
}

// absence is the proof that something does not exist; noName is set where the zone proves, without saying so in the code of its
// answer, that the whole name does not (RFC 9824).
type absence struct {
	Proof
	noName bool
}

// proveAbsence judges a message that says there is no record of a type at name, or no such name.
func (c *Client) proveAbsence(ctx context.Context, m *reply, name string, qtype uint16) (absence, error) {
	below := name
	if qtype == TypeDS && below != "." {
		below = parent(below)
	}
	for _, set := range m.authority {
		if set.qtype == TypeSOA || set.qtype == wire.TypeNSEC || set.qtype == wire.TypeNSEC3 {
			for _, sig := range set.signatures {
				if s := wire.CanonicalName(sig.SignerName); within(s, below) {
					below = s
				}
			}
		}
	}
	zone, err := c.cutOf(ctx, below)
	if err != nil || zone.Security != Secure {
		return absence{Proof: zone.proof()}, err
	}
	d, proof := c.denial(m, zone)
	if proof.Security == Bogus && proof.Fault == DenialMissing {
		// Nothing signed at all: the name may lie in an unsigned zone further down.
		deeper, err := c.cutOf(ctx, name)
		if err != nil || deeper.Security != Secure {
			return absence{Proof: deeper.proof()}, err
		}
	}
	if proof.Security != Secure {
		return absence{Proof: proof}, nil
	}
	if m.message.Rcode == wire.RcodeNameError {
		ok, optOut := d.noName(name)
		return absence{Proof: d.decide(ok, optOut, name, qtype)}, nil
	}
	ok, optOut, noName := d.noData(name, qtype)
	return absence{Proof: d.decide(ok, optOut, name, qtype), noName: ok && noName}, nil
}

// denial collects the denying records of a message whose signatures hold.
func (c *Client) denial(m *reply, zone *cut) (*denial, Proof) {
	d := &denial{zone: zone.name, hashes: map[string]string{}, claimed: m.message.AuthenticatedData}
	worst := Proof{Security: Bogus, Zone: Plain(zone.name), Fault: DenialMissing, Detail: "no signed NSEC or NSEC3"}
	for _, set := range m.authority {
		if set.qtype != wire.TypeNSEC && set.qtype != wire.TypeNSEC3 || len(set.records) == 0 || !within(zone.name, set.name) {
			continue
		}
		sig, proof := c.verify(set, zone)
		if proof.Security != Secure {
			worst = proof
			continue
		}
		if set.qtype == wire.TypeNSEC && expanded(sig, set.name) {
			continue // the record of a wildcard proves nothing of the names made from it
		}
		for _, rr := range set.records {
			d.add(rr)
		}
		c.implied.keep(zone.name, set, m, c.config.Now())
	}
	if d.costly {
		return nil, Proof{Security: Insecure, Zone: Plain(zone.name), Fault: TooCostly, Detail: fmt.Sprintf("NSEC3 with more than %d iterations", maxIterations)}
	}
	if len(d.nsec)+len(d.nsec3) == 0 {
		return nil, worst
	}
	return d, Proof{Security: Secure, Zone: Plain(zone.name)}
}

func (d *denial) add(rr wire.RR) {
	switch rr := rr.(type) {
	case *wire.NSEC:
		d.nsec = append(d.nsec, rr)
	case *wire.NSEC3:
		switch {
		case rr.Hash != wire.SHA1 || parent(wire.CanonicalName(rr.Hdr.Name)) != d.zone || rr.Flags&^1 != 0:
		case rr.Iterations > maxIterations:
			d.costly = true
		case len(d.nsec3) > 0 && (rr.Iterations != d.nsec3[0].Iterations || !strings.EqualFold(rr.Salt, d.nsec3[0].Salt)):
		default:
			d.nsec3 = append(d.nsec3, rr)
		}
	}
}

// decide turns a question of coverage into a proof. Where a gap may hide unsigned delegations, what it covers is not proven (RFC 5155
// section 9.2).
func (d *denial) decide(ok, optOut bool, name string, qtype uint16) Proof {
	switch {
	case ok && optOut:
		return Proof{Security: Insecure, Zone: Plain(d.zone), Detail: "opt-out"}
	case ok:
		return Proof{Security: Secure, Zone: Plain(d.zone)}
	default:
		return d.missing(name, qtype)
	}
}

// missing is the proof that lacks a part. A resolver that remembers denials (RFC 8198) may answer from them without giving all of them; where it
// says that it has checked the absence, the zone is not to blame.
func (d *denial) missing(name string, qtype uint16) Proof {
	p := Proof{Security: Bogus, Zone: Plain(d.zone), Fault: DenialMissing,
		Detail: strings.TrimSpace(fmt.Sprintf("nothing proves the absence of %s %s", Plain(name), wire.TypeToString[qtype]))}
	if d.claimed {
		p.Security = Unproven
	}
	return p
}

// noData tells whether the zone proves that name has no record of a type. noName is set when the proof says that the name has none
// of any type: compact denial (RFC 9824 section 3.1).
func (d *denial) noData(name string, qtype uint16) (ok, optOut, noName bool) {
	if bitmap, found := d.at(name); found {
		return lacks(bitmap, qtype, name), false, slices.Contains(bitmap, wire.TypeNXNAME)
	}
	if d.emptyNode(name) {
		return true, false, false
	}
	encloser, covered, optOut := d.encloser(name)
	if !covered {
		return false, false, false
	}
	if bitmap, found := d.at(wildcard(encloser)); found {
		return lacks(bitmap, qtype, wildcard(encloser)), optOut, false
	}
	return optOut && qtype == TypeDS, optOut, false
}

// noName tells whether the zone proves that name does not exist, and no wildcard could stand for it.
func (d *denial) noName(name string) (ok, optOut bool) {
	encloser, covered, optOut := d.encloser(name)
	if !covered {
		return false, false
	}
	return d.covers(wildcard(encloser)), optOut
}

func wildcard(encloser string) string { return "*." + strings.TrimPrefix(encloser, ".") }

// What a parent proves of a name that has no DS record.
type delegated int

const (
	unproven     delegated = iota
	notDelegated           // no zone begins there
	unsigned               // an unsigned zone begins there
)

// delegation reads whether an unsigned zone begins at name (RFC 4035 section 5.2, RFC 5155 section 8.9).
func (d *denial) delegation(name string) delegated {
	if bitmap, found := d.at(name); found {
		switch {
		case slices.Contains(bitmap, TypeDS), slices.Contains(bitmap, TypeSOA):
			return unproven // the child's record, or a DS that was withheld
		case slices.Contains(bitmap, TypeNS):
			return unsigned
		default:
			return notDelegated
		}
	}
	if d.emptyNode(name) {
		return notDelegated
	}
	if _, covered, optOut := d.encloser(name); covered {
		if optOut {
			return unsigned
		}
		return notDelegated
	}
	return unproven
}

// lacks tells whether a bitmap proves the absence of a type at its own name. A parent's record at a delegation speaks only of DS, and
// a child's top only of everything else (RFC 6840 section 4.1).
func lacks(bitmap []uint16, qtype uint16, name string) bool {
	if slices.Contains(bitmap, qtype) || slices.Contains(bitmap, TypeCNAME) {
		return false
	}
	top, delegation := slices.Contains(bitmap, TypeSOA), slices.Contains(bitmap, TypeNS)
	if qtype == TypeDS {
		return !top || name == "."
	}
	return top || !delegation
}

// at is the list of types that exist at exactly name.
func (d *denial) at(name string) (bitmap []uint16, found bool) {
	for _, n := range d.nsec {
		if wire.CanonicalName(n.Hdr.Name) == name {
			return n.TypeBitMap, true
		}
	}
	for _, n := range d.nsec3 {
		if ownerHash(n) == d.hash(name) {
			return n.TypeBitMap, true
		}
	}
	return nil, false
}

// emptyNode tells whether an NSEC proves that name exists only because names below it do.
func (d *denial) emptyNode(name string) bool {
	return slices.ContainsFunc(d.nsec, func(n *wire.NSEC) bool {
		next := wire.CanonicalName(n.NextDomain)
		return next != name && within(name, next) && between(wire.CanonicalName(n.Hdr.Name), name, next)
	})
}

// encloser proves that name does not exist: it finds the deepest name above it that does, and checks that the zone denies the next name
// on the way down. optOut is set where unsigned delegations may hide in the gap.
func (d *denial) encloser(name string) (encloser string, covered, optOut bool) {
	for _, n := range d.nsec {
		owner, next := wire.CanonicalName(n.Hdr.Name), wire.CanonicalName(n.NextDomain)
		if between(owner, name, next) && !within(name, next) && !wideAbove(n.TypeBitMap, owner, name) {
			return deepest(common(owner, name), common(next, name)), true, false
		}
	}
	if len(d.nsec3) == 0 {
		return "", false, false
	}
	for next, at := name, parent(name); within(d.zone, at); next, at = at, parent(at) {
		if bitmap, found := d.at(at); found {
			if wide(bitmap) {
				return "", false, false
			}
			covered, optOut = d.gap(next)
			return at, covered, optOut
		}
		if at == "." {
			break
		}
	}
	return "", false, false
}

// covers tells whether name lies in a gap between existing names.
func (d *denial) covers(name string) bool {
	for _, n := range d.nsec {
		owner, next := wire.CanonicalName(n.Hdr.Name), wire.CanonicalName(n.NextDomain)
		if between(owner, name, next) && !within(name, next) && !wideAbove(n.TypeBitMap, owner, name) {
			return true
		}
	}
	covered, _ := d.gap(name)
	return covered
}

func (d *denial) gap(name string) (covered, optOut bool) {
	for _, n := range d.nsec3 {
		if inGap(ownerHash(n), d.hash(name), strings.ToUpper(n.NextDomain)) {
			return true, n.Flags&1 != 0
		}
	}
	return false, false
}

// coversExpanded tells whether the zone denies the name that a wildcard stood for: name itself with NSEC, the name one label longer than
// the wildcard's with NSEC3 (RFC 5155 section 8.8).
func (d *denial) coversExpanded(name string, labels int) (ok, optOut bool) {
	if len(d.nsec) > 0 {
		return d.covers(name), false
	}
	starts := wire.Split(name)
	if len(starts) <= labels {
		return false, false
	}
	return d.gap(name[starts[len(starts)-labels-1]:])
}

// wide marks the names below which another zone, or an alias for everything, decides (RFC 6840 section 4.1, RFC 6672 section 5.3.4).
func wide(bitmap []uint16) bool {
	return slices.Contains(bitmap, wire.TypeDNAME) || slices.Contains(bitmap, TypeNS) && !slices.Contains(bitmap, TypeSOA)
}

func wideAbove(bitmap []uint16, owner, name string) bool {
	return within(owner, name) && wide(bitmap)
}

// between tells whether name lies strictly between two neighbours of a zone; the last one's neighbour is the zone's top.
func between(owner, name, next string) bool {
	afterOwner, beforeNext := CompareNames(owner, name) < 0, CompareNames(name, next) < 0
	if CompareNames(owner, next) < 0 {
		return afterOwner && beforeNext
	}
	return afterOwner && within(next, name)
}

func inGap(owner, hash, next string) bool {
	if owner < next {
		return owner < hash && hash < next
	}
	return owner < hash || hash < next
}

func ownerHash(n *wire.NSEC3) string {
	hash, _, _ := strings.Cut(n.Hdr.Name, ".")
	return strings.ToUpper(hash)
}

func (d *denial) hash(name string) string {
	if len(d.nsec3) == 0 {
		return ""
	}
	h, ok := d.hashes[name]
	if !ok {
		h = wire.HashName(name, d.nsec3[0].Hash, d.nsec3[0].Iterations, d.nsec3[0].Salt)
		d.hashes[name] = h
	}
	return h
}

// common is the longest name that a and b both lie in.
func common(a, b string) string {
	n := wire.CompareDomainName(a, b)
	starts := wire.Split(b)
	if n == 0 || len(starts) == 0 {
		return "."
	}
	return b[starts[len(starts)-n]:]
}

func deepest(a, b string) string {
	if wire.CountLabel(a) >= wire.CountLabel(b) {
		return a
	}
	return b
}
