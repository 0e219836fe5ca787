package dns

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	wire "github.com/miekg/dns"
)

// Security is what following the signatures of an answer shows (RFC 4035 section 4.3).
type Security string

const (
	Secure   Security = "secure"   // signed without a gap from a trust anchor down
	Insecure Security = "insecure" // proven to be unsigned: a zone above says so
	Bogus    Security = "bogus"    // should be signed, and the signatures do not hold
	Unproven Security = "unknown"  // cannot be told from here
)

// Fault says why an answer is bogus or unproven.
type Fault string

const (
	SignatureExpired Fault = "signature_expired"
	SignatureEarly   Fault = "signature_not_yet_valid"
	SignatureWrong   Fault = "signature_wrong"
	SignatureMissing Fault = "signature_missing"
	KeyMissing       Fault = "key_missing"    // no key of the zone made the signature, or none fits the digest that the parent holds
	DenialMissing    Fault = "denial_missing" // nothing proves that what was asked for does not exist
	KeyUnchecked     Fault = "key_too_short"  // RSA below 1024 bits, with which nothing is checked here
	TooCostly        Fault = "too_costly"     // more signatures or iterations than a sound zone has
	AlgorithmUnknown Fault = "algorithm"      // the parent names only algorithms or digests that are not known here: as good as unsigned
	NoAnchor         Fault = "no_anchor"      // no trust anchor lies above the name
	AnchorUnusable   Fault = "anchor"         // the anchor's own zone does not hold: the anchor is old, or the resolver strips signatures
	PrivateZone      Fault = "private_zone"   // the resolver answers for the zone from a copy of its own and does not ask the zone above
	NoAnswer         Fault = "no_answer"      // a question of the chain was not answered
)

// Proof is how much an answer can be believed.
type Proof struct {
	Security Security `json:"security"`
	Zone     string   `json:"zone,omitempty"`   // the zone that decided: the signer, the unsigned delegation, the broken one
	Fault    Fault    `json:"fault,omitempty"`  // of a bogus or unproven answer; of an insecure one, why, where it is not for want of a signature
	Detail   string   `json:"detail,omitempty"` // what was seen, in the words of the protocol
}

// weaker is the less believable of two proofs, the first of equals that says which zone it speaks of.
func weaker(a, b Proof) Proof {
	rank := map[Security]int{Secure: 0, Insecure: 1, Unproven: 2, Bogus: 3}
	if rank[b.Security] > rank[a.Security] || a.Zone == "" && rank[b.Security] == rank[a.Security] {
		return b
	}
	return a
}

// Limits on the work an answer may ask for. A hostile zone can be made of keys and signatures that all have to be tried.
const (
	maxSignatures = 8   // tried for one set of records
	maxSameKey    = 4   // keys tried for one signature
	maxIterations = 150 // of an NSEC3 hash: beyond, the zone counts as unsigned (RFC 9276 section 3.2, RFC 5155 section 10.3)
)

// proveSet judges the records of an answer.
func (c *Client) proveSet(ctx context.Context, set *rrset, m *reply) (Proof, error) {
	zone, proof, err := c.signer(ctx, set)
	if err != nil || zone == nil {
		return proof, err
	}
	sig, proof := c.verify(set, zone)
	if proof.Security != Secure || !expanded(sig, set.name) {
		return proof, nil
	}
	// The records come from a wildcard: the zone must also prove that the name itself does not exist (RFC 4035 section 5.3.4).
	denial, proof := c.denial(m, zone)
	if proof.Security != Secure {
		return proof, nil
	}
	ok, optOut := denial.coversExpanded(set.name, int(sig.Labels))
	return denial.decide(ok, optOut, set.name, set.qtype), nil
}

// signer finds the zone whose keys must have signed set. A nil zone means that the proof is already known.
func (c *Client) signer(ctx context.Context, set *rrset) (*cut, Proof, error) {
	below := set.name
	if set.qtype == TypeDS && below != "." {
		below = parent(below) // what a zone says of a child is signed by the parent
	}
	if len(set.signatures) > 0 {
		if s := wire.CanonicalName(set.signatures[0].SignerName); within(s, below) {
			below = s
		}
	}
	zone, err := c.cutOf(ctx, below)
	if err != nil || zone.Security != Secure {
		return nil, zone.proof(), err
	}
	return zone, Proof{}, nil
}

// verify checks the signatures of a set with the keys of its zone: one that holds is enough.
func (c *Client) verify(set *rrset, zone *cut) (*wire.RRSIG, Proof) {
	broken := Proof{Security: Bogus, Zone: Plain(zone.name), Fault: SignatureMissing,
		Detail: fmt.Sprintf("%s %s has no signature", Plain(set.name), wire.TypeToString[set.qtype])}
	tried := 0
	for _, sig := range set.signatures {
		if tried++; tried > maxSignatures {
			broken.Fault, broken.Detail = TooCostly, fmt.Sprintf("%s %s has more than %d signatures", Plain(set.name), wire.TypeToString[set.qtype], maxSignatures)
			return nil, broken
		}
		fault := c.try(set, sig, zone)
		if fault == "" {
			return sig, Proof{Security: Secure, Zone: Plain(zone.name)}
		}
		if fault == KeyUnchecked {
			return nil, Proof{Security: Unproven, Zone: Plain(zone.name), Fault: fault, Detail: describe(set, sig)}
		}
		// Of equal faults the first in the order of the text is told: resolvers give signatures in any order.
		if detail := describe(set, sig); worth(fault) > worth(broken.Fault) || fault == broken.Fault && detail < broken.Detail {
			broken.Fault, broken.Detail = fault, detail
		}
	}
	return nil, broken
}

// worth orders faults by how close the signature came to holding, so that the one told is the one to mend.
func worth(f Fault) int {
	switch f {
	case SignatureMissing:
		return 0
	case KeyMissing:
		return 1
	case SignatureWrong:
		return 2
	default:
		return 3
	}
}

func describe(set *rrset, sig *wire.RRSIG) string {
	return fmt.Sprintf("%s %s signed by key %d, algorithm %d, valid from %s to %s", Plain(set.name), wire.TypeToString[set.qtype],
		sig.KeyTag, sig.Algorithm, moment(sig.Inception), moment(sig.Expiration))
}

// moment shows a time of RRSIG, read as seconds since 1970 (valid until 2106; RFC 4034 section 3.1.5).
func moment(seconds uint32) string {
	return time.Unix(int64(seconds), 0).UTC().Format("2006-01-02T15:04:05Z")
}

// try checks one signature. The order of refusals is that of RFC 4035 section 5.3.1.
func (c *Client) try(set *rrset, sig *wire.RRSIG, zone *cut) Fault {
	if wire.CanonicalName(sig.SignerName) != zone.name || !within(zone.name, set.name) {
		return KeyMissing
	}
	if now := c.config.Now(); !sig.ValidityPeriod(now) {
		if after(sig.Inception, now) {
			return SignatureEarly
		}
		return SignatureExpired
	}
	key, tried := KeyMissing, 0
	for _, k := range zone.keys {
		if k.Algorithm != sig.Algorithm || k.Flags&wire.REVOKE != 0 || k.tag != sig.KeyTag {
			continue
		}
		if tried++; tried > maxSameKey {
			return TooCostly
		}
		if isRSA(k.Algorithm) && Bits(k.DNSKEY) < 1024 {
			return KeyUnchecked
		}
		if err := c.verified.check(set, sig, k); err == nil {
			return ""
		}
		key = SignatureWrong
	}
	return key
}

// after compares by serial arithmetic (RFC 1982), as the times of signatures are.
func after(seconds uint32, now time.Time) bool { return int32(seconds-uint32(now.Unix())) > 0 }

// expanded tells whether a signature was made over a wildcard and not over name itself.
func expanded(sig *wire.RRSIG, name string) bool {
	labels := wire.CountLabel(name)
	if strings.HasPrefix(name, "*.") {
		labels--
	}
	return int(sig.Labels) < labels
}

// verified remembers which signatures were found right, since the same denial serves many questions. Only successes are kept: what
// was wrong once is tried again.
type verified struct {
	mu    sync.Mutex
	known map[[32]byte]struct{}
}

func (v *verified) check(set *rrset, sig *wire.RRSIG, key *zoneKey) error {
	signature, err := base64.StdEncoding.DecodeString(sig.Signature)
	if err != nil {
		return errSignature
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	data, err := s.signedData(set, sig)
	if err != nil {
		return err
	}
	id := fingerprint(key, signature, data)
	v.mu.Lock()
	_, known := v.known[id]
	v.mu.Unlock()
	if known {
		return nil
	}
	if err := key.verify(data, signature); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known == nil || len(v.known) >= maxRemembered {
		v.known = map[[32]byte]struct{}{}
	}
	v.known[id] = struct{}{}
	return nil
}

// fingerprint is a digest of everything the signature's check depends on, each part after its length. Times to live are not among it:
// resolvers count them down.
func fingerprint(key *zoneKey, signature, data []byte) (id [32]byte) {
	h := sha256.New()
	var length [8]byte
	for _, part := range [][]byte{{key.Algorithm}, []byte(key.PublicKey), signature, data} {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	h.Sum(id[:0])
	return id
}
