package dns

import (
	"encoding/base64"
	"math/big"

	wire "github.com/miekg/dns"
)

// Bits is the size of a key: of the modulus for RSA (RFC 3110), of the group's order for elliptic curves, 0 where it is not known.
func Bits(k *wire.DNSKEY) int {
	switch k.Algorithm {
	case wire.ECDSAP256SHA256, wire.ED25519:
		return 256
	case wire.ECDSAP384SHA384:
		return 384
	case wire.ED448:
		return 456
	}
	if !isRSA(k.Algorithm) {
		return 0
	}
	raw, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil || len(raw) < 3 {
		return 0
	}
	exponent, skip := int(raw[0]), 1
	if exponent == 0 {
		exponent, skip = int(raw[1])<<8|int(raw[2]), 3
	}
	if skip+exponent >= len(raw) {
		return 0
	}
	return new(big.Int).SetBytes(raw[skip+exponent:]).BitLen()
}

func isRSA(algorithm uint8) bool {
	switch algorithm {
	case wire.RSAMD5, wire.RSASHA1, wire.RSASHA1NSEC3SHA1, wire.RSASHA256, wire.RSASHA512:
		return true
	default:
		return false
	}
}
