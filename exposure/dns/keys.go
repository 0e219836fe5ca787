package dns

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"math"
	"math/big"
	"sync"
	"sync/atomic"

	"github.com/cloudflare/circl/sign/ed448"
	wire "github.com/miekg/dns"
)

// zoneKey is one key of a zone, read once for all the signatures that it made.
type zoneKey struct {
	*wire.DNSKEY
	tag    uint16
	public crypto.PublicKey // nil if it cannot be read, or its algorithm is not known here

	checked atomic.Int64 // signatures so far, where a comb can be made
	comb    func() *comb // of a key of P-256, nil for others
}

func newZoneKey(k *wire.DNSKEY) *zoneKey {
	key := &zoneKey{DNSKEY: k, tag: k.KeyTag()}
	raw, err := base64.StdEncoding.DecodeString(k.PublicKey)
	if err != nil {
		return key
	}
	switch k.Algorithm {
	case wire.RSASHA1, wire.RSASHA1NSEC3SHA1, wire.RSASHA256, wire.RSASHA512:
		if public := readRSA(raw); public != nil {
			key.public = public
		}
	case wire.ECDSAP256SHA256:
		if public := readECDSA(elliptic.P256(), raw); public != nil {
			key.public, key.comb = public, sync.OnceValue(func() *comb { return newComb(public) })
		}
	case wire.ECDSAP384SHA384:
		if public := readECDSA(elliptic.P384(), raw); public != nil {
			key.public = public
		}
	case wire.ED25519:
		if len(raw) == ed25519.PublicKeySize {
			key.public = ed25519.PublicKey(raw)
		}
	case wire.ED448:
		if len(raw) == ed448.PublicKeySize {
			key.public = ed448.PublicKey(raw)
		}
	}
	return key
}

// readECDSA reads the two coordinates of a point (RFC 6605 section 4), nil if they are of none.
func readECDSA(curve elliptic.Curve, raw []byte) *ecdsa.PublicKey {
	public, err := ecdsa.ParseUncompressedPublicKey(curve, append([]byte{4}, raw...))
	if err != nil {
		return nil
	}
	return public
}

// readRSA reads an exponent and a modulus. Exponents beyond what the standard library takes are not read.
func readRSA(raw []byte) *rsa.PublicKey {
	exponent, modulus := splitRSA(raw)
	e := new(big.Int).SetBytes(exponent)
	if len(modulus) == 0 || !e.IsInt64() || e.Int64() > math.MaxInt32 {
		return nil
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(e.Int64())}
}

// splitRSA parts a key of RSA (RFC 3110 section 2).
func splitRSA(raw []byte) (exponent, modulus []byte) {
	if len(raw) < 3 {
		return nil, nil
	}
	length, skip := int(raw[0]), 1
	if length == 0 {
		length, skip = int(raw[1])<<8|int(raw[2]), 3
	}
	if skip+length >= len(raw) {
		return nil, nil
	}
	return raw[skip : skip+length], raw[skip+length:]
}

// verify checks one signature over data: RFC 3110 and 5702 for RSA, RFC 6605 for ECDSA, RFC 8080 for Ed25519 and Ed448.
func (k *zoneKey) verify(data, signature []byte) error {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		hash, sum := digest(k.Algorithm, data)
		return rsa.VerifyPKCS1v15(public, hash, sum, signature)
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return errSignature
		}
		_, sum := digest(k.Algorithm, data)
		if !k.signed(public, sum, new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])) {
			return errSignature
		}
		return nil
	case ed25519.PublicKey:
		if !ed25519.Verify(public, data, signature) {
			return errSignature
		}
		return nil
	case ed448.PublicKey:
		if !ed448.Verify(public, data, signature, "") { // without a context (RFC 8080 section 4)
			return errSignature
		}
		return nil
	}
	if usable(&wire.DS{Algorithm: k.Algorithm, DigestType: wire.SHA256}) {
		return errKey
	}
	return errAlgorithm
}

// signed checks a signature of ECDSA: by the standard library, and with a comb once there are many.
func (k *zoneKey) signed(public *ecdsa.PublicKey, sum []byte, r, s *big.Int) bool {
	if k.comb != nil && k.checked.Add(1) > seldom {
		if c := k.comb(); c != nil {
			return c.verify(sum, r, s)
		}
	}
	return ecdsa.Verify(public, sum, r, s)
}

// digest hashes data as an algorithm of RSA or ECDSA does.
func digest(algorithm uint8, data []byte) (crypto.Hash, []byte) {
	switch algorithm {
	case wire.RSASHA1, wire.RSASHA1NSEC3SHA1:
		sum := sha1.Sum(data)
		return crypto.SHA1, sum[:]
	case wire.RSASHA512:
		sum := sha512.Sum512(data)
		return crypto.SHA512, sum[:]
	case wire.ECDSAP384SHA384:
		sum := sha512.Sum384(data)
		return crypto.SHA384, sum[:]
	default:
		sum := sha256.Sum256(data)
		return crypto.SHA256, sum[:]
	}
}

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
	if err != nil {
		return 0
	}
	_, modulus := splitRSA(raw)
	return new(big.Int).SetBytes(modulus).BitLen()
}

func isRSA(algorithm uint8) bool {
	switch algorithm {
	case wire.RSAMD5, wire.RSASHA1, wire.RSASHA1NSEC3SHA1, wire.RSASHA256, wire.RSASHA512:
		return true
	default:
		return false
	}
}
