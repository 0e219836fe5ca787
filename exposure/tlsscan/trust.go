package tlsscan

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"
)

// Trust is what comes of following a chain to an authority, whatever the dates of the server's own certificate and the name asked for:
// those are judged apart.
type Trust struct {
	By  string `json:"by,omitempty"`  // "public": a public authority; "declared": one that the owner declared; empty: none
	Why string `json:"why,omitempty"` // why none, see the reasons
}

// Reasons why no authority vouches for a chain.
const (
	SelfSigned       = "self_signed"       // the server vouches for itself
	UnknownAuthority = "unknown_authority" // the chain ends at an authority that nobody declared
	Incomplete       = "incomplete"        // the chain stops before an authority: a certificate between is missing
	WeakSignature    = "weak_signature"    // signed with MD5 or SHA-1, which proves nothing
	AuthorityExpired = "authority_expired" // a certificate between is out of its dates
	NotForServers    = "not_for_servers"   // its purpose is another, or an authority may not vouch for such a name
	Unreadable       = "malformed"         // strict readers refuse the certificate itself
	Uncomputed       = "uncomputed"        // signed with a kind of key that is not computed here: nothing can be said
	NoAnchors        = "no_anchors"        // the machine that audits knows no public authority: nothing can be said
)

// systemRoots tells whether this machine knows public authorities.
var systemRoots = sync.OnceValue(func() bool {
	pool, err := x509.SystemCertPool()
	return err == nil && !pool.Equal(x509.NewCertPool())
})

// Chains remembers what chains say and who vouches for them, for all probes that share authorities and moment: the endpoints of one
// establishment send the same few. The zero value is empty; it may be used by many goroutines at once.
type Chains struct {
	mu    sync.Mutex
	known map[[32]byte]Chain
}

// maxKnown bounds the chains that are remembered.
const maxKnown = 4096

// chain reads a chain, own certificate first, and follows it, unless that was done before. Its timestamps are not counted.
func (o Options) chain(ders [][]byte, now time.Time) Chain {
	digest := digestOf(ders)
	if o.Chains != nil {
		o.Chains.mu.Lock()
		chain, known := o.Chains.known[digest]
		o.Chains.mu.Unlock()
		if known {
			return chain
		}
	}
	chain := Chain{Trust: o.trust(ders, now)}
	for _, der := range ders {
		chain.Certificates = append(chain.Certificates, ReadCertificate(der))
	}
	if o.Chains != nil {
		o.Chains.mu.Lock()
		defer o.Chains.mu.Unlock()
		if o.Chains.known == nil {
			o.Chains.known = map[[32]byte]Chain{}
		}
		if len(o.Chains.known) < maxKnown {
			o.Chains.known[digest] = chain
		}
	}
	return chain
}

// trust follows a chain to the authorities of the options.
func (o Options) trust(chain [][]byte, now time.Time) Trust {
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		switch c := ReadCertificate(chain[0]); {
		case c.Malformed != "":
			return Trust{Why: Unreadable}
		case c.Subject == c.Issuer:
			return Trust{Why: SelfSigned}
		}
		return Trust{Why: Uncomputed}
	}
	between := x509.NewCertPool()
	var sent []*x509.Certificate
	for _, der := range chain[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
			sent = append(sent, c)
		}
	}
	at := now // inside the dates of the leaf, so that only the rest of the chain is judged
	if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	if at.Before(leaf.NotBefore) {
		at = leaf.NotBefore
	}
	verify := func(roots *x509.CertPool) error {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at})
		return err
	}
	if o.Authority != nil && verify(o.Authority) == nil {
		return Trust{By: "declared"}
	}
	if o.Roots == nil && !systemRoots() {
		return Trust{Why: NoAnchors}
	}
	if err = verify(o.Roots); err == nil {
		return Trust{By: "public"}
	}
	why := distrust(err, leaf, sent)
	if (why == Incomplete || why == UnknownAuthority) && slices.ContainsFunc(chain[1:], func(der []byte) bool { return ReadCertificate(der).Key.uncomputed() }) {
		why = Uncomputed
	}
	return Trust{Why: why}
}

// uncomputed tells the elliptic curves that the standard library does not know, among them those of brainpool and FRP256v1 and that of Bitcoin:
// certificates with such keys are sound, and cannot be followed here.
func (k Key) uncomputed() bool {
	return k.Algorithm == "EC" && !slices.Contains([]string{"secp224r1", "secp256r1", "secp384r1", "secp521r1"}, k.Curve)
}

// distrust sorts the reasons of the standard library.
func distrust(err error, leaf *x509.Certificate, sent []*x509.Certificate) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &invalid) {
		if invalid.Reason == x509.Expired {
			return AuthorityExpired
		}
		return NotForServers
	}
	var insecure x509.InsecureAlgorithmError
	if errors.As(err, &insecure) {
		return WeakSignature
	}
	if errors.As(err, &unknown) && weak(leaf) {
		return WeakSignature
	}
	// Climb from issuer to issuer among what was sent: either it ends at an authority nobody declared, or in the air.
	top := leaf
	for range len(sent) + 1 {
		if bytes.Equal(top.RawSubject, top.RawIssuer) {
			if top == leaf {
				return SelfSigned
			}
			return UnknownAuthority
		}
		next := issuerOf(top, sent)
		if next == nil {
			return Incomplete
		}
		if weak(top) {
			return WeakSignature
		}
		top = next
	}
	return UnknownAuthority
}

func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, other := range among {
		if bytes.Equal(other.RawSubject, c.RawIssuer) && !bytes.Equal(other.Raw, c.Raw) {
			return other
		}
	}
	return nil
}

func weak(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return !bytes.Equal(c.RawSubject, c.RawIssuer)
	}
	return false
}
