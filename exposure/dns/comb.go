package dns

import (
	"crypto/ecdsa"
	"math/big"

	"filippo.io/nistec"
)

// A zone signs each of its sets with the same key, and most of what a check of ECDSA costs is one multiplication of the key's point. With some
// multiples of the point at hand it takes a third (C. H. Lim, P. J. Lee, "More Flexible Exponentiation with Precomputation", CRYPTO 1994). All of it is
// public, so that nothing has to take the same time whatever the bits.

const (
	teeth   = 6  // bits of a scalar looked at together
	spacing = 43 // from one to the next; teeth times spacing are all 256 bits
)

// seldom is how many signatures of a key are checked without its comb, which costs as much as two of them.
const seldom = 2

// comb is a public key of P-256 with the sums of every choice among its point and that point times 2^43, 2^86, …
type comb struct {
	order *big.Int
	sums  [1 << teeth]*nistec.P256Point // the first is not used
}

// newComb makes the comb of a key; nil if it is not of P-256 or its point is none of the curve.
func newComb(public *ecdsa.PublicKey) *comb {
	raw, err := public.Bytes()
	if err != nil || public.Curve.Params().BitSize != 256 {
		return nil
	}
	point, err := nistec.NewP256Point().SetBytes(raw)
	if err != nil {
		return nil
	}
	c := &comb{order: public.Curve.Params().N}
	for tooth := range teeth {
		first := 1 << tooth
		c.sums[first] = nistec.NewP256Point().Set(point)
		for lower := 1; lower < first; lower++ {
			c.sums[first+lower] = nistec.NewP256Point().Add(point, c.sums[lower])
		}
		for range spacing {
			point.Double(point)
		}
	}
	return c
}

// times multiplies the key's point.
func (c *comb) times(scalar *big.Int) *nistec.P256Point {
	product := nistec.NewP256Point()
	for at := spacing - 1; at >= 0; at-- {
		product.Double(product)
		choice := 0
		for tooth := range teeth {
			choice |= int(scalar.Bit(at+tooth*spacing)) << tooth
		}
		if choice > 0 {
			product.Add(product, c.sums[choice])
		}
	}
	return product
}

// verify checks a signature of the key over a digest of 32 bytes (FIPS 186-5 section 6.4.2).
func (c *comb) verify(digest []byte, r, s *big.Int) bool {
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.order) >= 0 || s.Cmp(c.order) >= 0 {
		return false
	}
	inverse := new(big.Int).ModInverse(s, c.order)
	first := new(big.Int).SetBytes(digest)
	first.Mod(first.Mul(first, inverse), c.order)
	second := inverse.Mod(inverse.Mul(inverse, r), c.order)
	var scalar [32]byte
	sum, err := nistec.NewP256Point().ScalarBaseMult(first.FillBytes(scalar[:]))
	if err != nil {
		return false
	}
	x, err := sum.Add(sum, c.times(second)).BytesX()
	if err != nil { // the sum is the point at infinity
		return false
	}
	v := new(big.Int).SetBytes(x)
	return v.Mod(v, c.order).Cmp(r) == 0
}
