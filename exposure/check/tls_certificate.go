package check

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"hygie/exposure/tlsscan"
)

const day = 24 * time.Hour

// renewal says from when a certificate should have been renewed: when a third of its life is left, as automatic renewal does. Lives
// longer than public authorities ever gave of late (398 days) count as if they were that long.
func renewal(c tlsscan.Certificate) (soon, urgent time.Duration) {
	life := min(c.NotAfter.Sub(c.NotBefore), 398*day)
	return life / 3, min(7*day, life/6)
}

// certificateDates: expired, not yet valid, or about to expire.
func certificateDates(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	return eachChain(s, func(chain tlsscan.Chain) *Found {
		leaf, now := chain.Certificates[0], s.settings.AsOf
		if leaf.NotAfter.IsZero() {
			return nil
		}
		left := leaf.NotAfter.Sub(now)
		soon, urgent := renewal(leaf)
		f := s.found(Major, Observed, fmt.Sprintf("notBefore %s, notAfter %s", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339)))
		f.Params["date"] = leaf.NotAfter.Format(time.DateOnly)
		f.Params["days"] = strconv.Itoa(int(max(left, -left) / day))
		switch {
		case now.Before(leaf.NotBefore):
			f.Variant, f.Params["date"] = "future", leaf.NotBefore.Format(time.DateOnly)
		case left < 0:
		case left < urgent:
			f.Variant = "soon"
		case left < soon:
			f.Severity, f.Variant = Important, "soon"
		default:
			return nil
		}
		return &f
	})
}

// eachChain asks for each chain of an endpoint and joins the answers. What is said of a certificate is told apart by whom it was made for,
// so that it stays the same when the certificate is renewed.
func eachChain(s secured, say func(tlsscan.Chain) *Found) opinion {
	if len(s.tls.Chains) == 0 {
		if nothingToShow(s.tls) {
			return opinion{}
		}
		return opinion{unknown: "no_data"}
	}
	var list []Found
	for _, chain := range s.tls.Chains {
		if f := say(chain); f != nil {
			f.Key = subjectOf(chain.Certificates[0])
			if len(s.tls.Chains) > 1 {
				f.Key += " " + chain.Certificates[0].Key.Algorithm
			}
			list = append(list, *f)
		}
	}
	return opinion{found: list, passed: true}
}

// subjectOf names whom a certificate was made for.
func subjectOf(c tlsscan.Certificate) string {
	switch {
	case c.Common != "":
		return strings.ToLower(c.Common)
	case len(c.Names) > 0:
		return strings.ToLower(slices.Min(c.Names))
	case len(c.Addresses) > 0:
		return slices.Min(c.Addresses)
	}
	return c.Subject
}

// nothingToShow tells a server that has no certificate to show: it goes without, or by a key that both sides know, in all it was seen to accept.
func nothingToShow(f *tlsscan.Facts) bool {
	seen := 0
	for _, v := range f.Versions {
		if v.Version == tlsscan.TLS13 && v.Accepted.Yes() {
			return false
		}
		for _, suite := range v.Suites {
			if t := tlsscan.Suite(suite).Traits(); t.Auth != "anon" && t.Auth != "PSK" && t.Exchange != "SRP" {
				return false
			}
			seen++
		}
	}
	return seen > 0
}

// certificateTrust: wrong name, unknown authority, chain cut short. A device on a bare address is less grave than a public name.
func certificateTrust(s secured) opinion {
	if s.mail() {
		return opinion{}
	}
	says := eachChain(s, func(chain tlsscan.Chain) *Found {
		variant, evidence := distrusted(chain, s.view.Name, s.tls.Stapling)
		if variant == "" {
			return nil
		}
		f := s.found(Major, Observed, evidence)
		if s.view.Name == "" || variant == "staple" {
			f.Severity = Important
		}
		f.Variant = variant
		leaf := chain.Certificates[0]
		f.Params["names"] = cmp.Or(join(first(leaf.Names, 5)), leaf.Common, "–")
		f.Params["issuer"] = cmp.Or(leaf.Issuer, "–")
		return &f
	})
	if slices.ContainsFunc(s.tls.Chains, func(c tlsscan.Chain) bool { return unsaid(c.Trust) }) {
		says.passed, says.unknown = false, "no_data"
	}
	return says
}

// distrusted names why a chain does not vouch for a name, empty if it does or if that cannot be said. An empty name is not looked for.
func distrusted(chain tlsscan.Chain, name string, stapling tlsscan.Answer) (variant, evidence string) {
	leaf := chain.Certificates[0]
	switch {
	case chain.Trust.By == "" && chain.Trust.Why != "" && !unsaid(chain.Trust):
		evidence = fmt.Sprintf("subject %s, issuer %s: %s", leaf.Subject, leaf.Issuer, chain.Trust.Why)
		if leaf.Malformed != "" {
			evidence += ": " + leaf.Malformed
		}
		return chain.Trust.Why, evidence
	case name != "" && !vouches(leaf, name):
		return "name", fmt.Sprintf("subjectAltName %s", cmp.Or(join(first(leaf.Names, 20)), "–"))
	case leaf.MustStaple && stapling.No():
		return "staple", "tlsfeature status_request, CertificateStatus –"
	}
	return "", ""
}

// unsaid tells that nothing can be said of who vouches for a chain.
func unsaid(t tlsscan.Trust) bool { return t.Why == tlsscan.NoAnchors || t.Why == tlsscan.Uncomputed }

// vouches tells whether a certificate is for a name (RFC 9525 6.3): names only, never the common name.
func vouches(leaf tlsscan.Certificate, name string) bool {
	if address, err := netip.ParseAddr(name); err == nil {
		return slices.Contains(leaf.Addresses, address.String())
	}
	c := x509.Certificate{DNSNames: leaf.Names}
	return c.VerifyHostname(strings.TrimSuffix(name, ".")) == nil
}

func first(list []string, n int) []string {
	if len(list) > n {
		return append(slices.Clone(list[:n]), "…")
	}
	return list
}

// keySizes are the least sizes by date of PG-083 v3.00 (20 March 2026): RSA and DSA 2048 bits to the end of 2030, 3072 from 2031; orders of
// elliptic curves 250 bits.
const (
	leastRSA   = 2048
	laterRSA   = 3072
	leastCurve = 250
)

// laterFrom is the day from which laterRSA is the least.
func laterFrom() time.Time { return time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) }

// certificateStrength: keys too short, signatures that prove nothing.
func certificateStrength(s secured) opinion {
	return eachChain(s, func(chain tlsscan.Chain) *Found {
		leaf := chain.Certificates[0]
		var weak []string
		if !strong(leaf.Key) {
			weak = append(weak, describeKey(leaf.Key))
		}
		for _, c := range chain.Certificates {
			if c.Subject != c.Issuer && brokenDigest(c.Signature) { // a signature on oneself proves nothing anyway
				weak = append(weak, c.Signature)
			}
		}
		if len(weak) > 0 {
			f := s.found(Major, Observed, distinct(weak)...)
			f.Params["weak"] = join(distinct(weak))
			return &f
		}
		if leaf.Key.Algorithm == "RSA" && leaf.Key.Bits < laterRSA && leaf.NotAfter.After(laterFrom()) {
			f := s.found(Minor, Observed, describeKey(leaf.Key), "notAfter "+leaf.NotAfter.Format(time.DateOnly))
			f.Variant, f.Params["weak"], f.Params["date"] = "later", describeKey(leaf.Key), leaf.NotAfter.Format(time.DateOnly)
			return &f
		}
		return nil
	})
}

// strong tells whether a key is long enough today. A kind of key we do not know is not called weak.
func strong(k tlsscan.Key) bool {
	switch k.Algorithm {
	case "RSA":
		return k.Bits >= leastRSA
	case "DSA":
		return false // of the sizes certificates carry, none is accepted any more (FIPS 186-5)
	case "EC":
		return k.Bits == 0 || k.Bits >= leastCurve
	}
	return true
}

func describeKey(k tlsscan.Key) string {
	if k.Curve != "" {
		return k.Algorithm + " " + k.Curve
	}
	return fmt.Sprintf("%s %d", k.Algorithm, k.Bits)
}

func brokenDigest(signature string) bool {
	return slices.ContainsFunc([]string{"MD2", "MD5", "SHA1"}, func(d string) bool { return strings.HasSuffix(signature, d) })
}
