package tlsscan

import (
	"bytes"
	"cmp"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// habits reads from the acceptances what the server does beside choosing suites.
func (s *scan) habits() {
	f := &s.facts
	legacy := s.highest(TLS12)
	if legacy <= SSL2 {
		for _, a := range []*Answer{&f.SecureRenegotiation, &f.ExtendedMasterSecret, &f.EncryptThenMAC, &f.Compression, &f.Tickets} {
			*a = unknown("no version below TLS 1.3")
		}
	}
	for _, r := range s.replies {
		h := r.hello
		f.UnknownName = f.UnknownName || h.named
		if h.version == TLS13 || legacy <= SSL2 {
			continue
		}
		decide(&f.SecureRenegotiation, h.has(extRenegotiation))
		if r.asked.compress {
			decide(&f.Compression, h.compression != 0)
		}
		if r.flight != nil && r.flight.asksClient {
			f.AsksClient = true
		}
		if protocol := chosenProtocol(h.extensions[extALPN]); protocol != "" {
			f.ALPN = protocol
		}
		if r.asked.plain || h.version == SSL3 {
			continue
		}
		decide(&f.ExtendedMasterSecret, h.has(extMasterSecret))
		decide(&f.Tickets, h.has(extTicket))
		if r.flight != nil && len(r.flight.certificates) > 0 {
			decide(&f.Stapling, r.flight.stapled)
		}
		if h.suite.Traits().Mode == "CBC" {
			decide(&f.EncryptThenMAC, h.has(extEncryptThenMAC))
		}
	}
	if m := s.modern; m != nil {
		f.EarlyData, f.AsksClient = m.early, f.AsksClient || m.asksClient
		f.ALPN = cmp.Or(m.alpn, f.ALPN)
		if len(m.certificates) > 0 && !m.bare {
			decide(&f.Stapling, m.stapled)
		}
	}
}

// decide keeps a yes once it is seen; a no stands until then.
func decide(a *Answer, seen bool) {
	if seen {
		*a = yes("")
	} else if !a.Yes() {
		*a = no("")
	}
}

// chosenProtocol reads the one protocol of an ALPN extension (RFC 7301 3.1).
func chosenProtocol(extension []byte) string {
	in := cryptobyte.String(extension)
	var list, one cryptobyte.String
	if !in.ReadUint16LengthPrefixed(&list) || !list.ReadUint8LengthPrefixed(&one) || !list.Empty() {
		return ""
	}
	return string(one)
}

// parameters lists the groups that the acceptances showed.
func (s *scan) parameters() {
	f := &s.facts
	add := func(list *[]Group, g Group) {
		if g != 0 && !slices.Contains(*list, g) {
			*list = append(*list, g)
		}
	}
	var primes []*big.Int
	for _, r := range s.replies {
		add(&f.Groups, r.hello.group)
		if r.flight == nil {
			continue
		}
		add(&f.Curves, r.flight.curve)
		if dh := r.flight.dh; dh != nil && !slices.ContainsFunc(primes, func(p *big.Int) bool { return p.Cmp(dh.p) == 0 }) && len(primes) < maxPrimes {
			primes = append(primes, dh.p)
			f.DH = append(f.DH, describe(dh))
		}
	}
	slices.Sort(f.Groups)
	slices.Sort(f.Curves)
	slices.SortFunc(f.DH, func(a, b DH) int { return cmp.Or(cmp.Compare(a.Bits, b.Bits), cmp.Compare(a.Known, b.Known)) })
	if f.Hybrid.Is == "" {
		switch t := s.found[TLS13]; {
		case slices.ContainsFunc(f.Groups, Group.Hybrid):
			f.Hybrid = yes("")
		case t.Accepted.No():
			f.Hybrid = no("no TLS 1.3")
		default:
			f.Hybrid = unknown("not_asked")
		}
	}
}

// Bounds of the primes that are tested, by size and number: hostile servers would otherwise make the audit compute for them.
const (
	maxTested = 2048
	maxPrimes = 4
)

// describe measures a finite-field group.
func describe(dh *dhParameters) DH {
	d := DH{Bits: dh.p.BitLen(), Known: KnownPrime(dh.p), Safe: unknown("not_tested")}
	switch {
	case d.Known != "":
		d.Safe = yes("")
	case d.Bits <= maxTested:
		half := new(big.Int).Rsh(dh.p, 1)
		if half.ProbablyPrime(0) && dh.p.ProbablyPrime(0) { // the half first: it is what a prime that was not made for this lacks, and that shows at once
			d.Safe = yes("")
		} else {
			d.Safe = no("")
		}
	}
	return d
}

// chains gathers the certificates, one chain for each leaf.
func (s *scan) chains() {
	now := s.options.Now
	if now.IsZero() {
		now = time.Now()
	}
	add := func(ders [][]byte, timestamps int) {
		if len(ders) == 0 {
			return
		}
		for i := range s.facts.Chains {
			if leaf := &s.facts.Chains[i].Certificates[0]; bytes.Equal(leaf.DER, ders[0]) {
				s.facts.Chains[i].Timestamps = max(s.facts.Chains[i].Timestamps, timestamps+leaf.Timestamps)
				return
			}
		}
		chain := s.options.chain(ders, now)
		chain.Timestamps = timestamps + chain.Certificates[0].Timestamps
		s.facts.Chains = append(s.facts.Chains, chain)
	}
	var last [32]byte
	for _, r := range s.replies {
		if r.flight != nil && len(r.flight.certificates) > 0 {
			if digest := digestOf(r.flight.certificates); digest != last { // a full list brings the same chain a hundred times
				last = digest
				add(r.flight.certificates, listLength(r.hello.extensions[extCertificateTimes]))
			}
		}
	}
	if m := s.modern; m != nil {
		add(m.certificates, m.timestamps)
	}
	for _, m := range s.others {
		add(m.certificates, m.timestamps)
	}
	if f := s.ssl2Certificate; len(s.facts.Chains) == 0 && len(f) > 0 {
		add([][]byte{f}, 0)
	}
	slices.SortFunc(s.facts.Chains, func(a, b Chain) int {
		return cmp.Compare(a.Certificates[0].SHA256, b.Certificates[0].SHA256)
	})
}

// listLength counts the entries of a list of signed certificate timestamps (RFC 6962 3.3).
func listLength(extension []byte) int {
	in := cryptobyte.String(extension)
	var list, one cryptobyte.String
	n := 0
	for in.ReadUint16LengthPrefixed(&list); list.ReadUint16LengthPrefixed(&one); n++ {
	}
	return n
}
