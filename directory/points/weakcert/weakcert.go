// Package weakcert finds what is weak in a certificate: its key and the digest of its signature.
//
// Directories keep certificates of every age and make. The package reads just the parts that it judges (RFC 5280
// 4.1) instead of using a full verifier, which refuses many that Windows accepts: negative serial numbers, odd names.
package weakcert

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Certificate is what is judged of a certificate (RFC 5280 4.1).
type Certificate struct {
	Serial    string // hexadecimal
	NotAfter  time.Time
	Key       string   // object identifier of the key algorithm
	Modulus   *big.Int // of an RSA key, else nil
	Exponent  *big.Int // of an RSA key, else nil
	Signature string   // object identifier of the signature algorithm
	Digest    string   // object identifier of the digest that RSASSA-PSS names, else ""
}

// maxSize bounds what is read: a real certificate has some kilobytes.
const maxSize = 1 << 20

// The parts of a certificate (RFC 5280 4.1), those that are not judged left raw.
type certificate struct {
	TBS       tbs
	Algorithm algorithm
	Signature asn1.BitString
}

type tbs struct {
	Version   int `asn1:"optional,explicit,default:0,tag:0"`
	Serial    *big.Int
	Algorithm algorithm
	Issuer    asn1.RawValue
	Validity  struct{ NotBefore, NotAfter time.Time }
	Subject   asn1.RawValue
	PublicKey struct {
		Algorithm algorithm
		Key       asn1.BitString
	}
}

type algorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// Object identifiers of keys and signatures (RFC 3279, RFC 4055, RFC 5758, RFC 8410, FIPS 202 and 204 registrations).
const (
	oidRSA    = "1.2.840.113549.1.1.1"
	oidRSAPSS = "1.2.840.113549.1.1.10"
	oidDSA    = "1.2.840.10040.4.1"
)

// Parse reads the DER form (RFC 5280 4.1).
func Parse(der []byte) (Certificate, error) {
	if len(der) > maxSize {
		return Certificate{}, errors.New("read certificate: larger than 1 MiB")
	}
	var c certificate
	rest, err := asn1.Unmarshal(der, &c)
	switch {
	case err != nil:
		return Certificate{}, fmt.Errorf("read certificate: %w", err)
	case len(rest) > 0:
		return Certificate{}, fmt.Errorf("read certificate: %d bytes after its end", len(rest))
	}
	out := Certificate{
		Serial: c.TBS.Serial.Text(16), NotAfter: c.TBS.Validity.NotAfter.UTC(),
		Key: c.TBS.PublicKey.Algorithm.Algorithm.String(), Signature: c.Algorithm.Algorithm.String(),
	}
	if out.Key == oidRSA || out.Key == oidRSAPSS {
		var key struct{ N, E *big.Int }
		if _, err := asn1.Unmarshal(c.TBS.PublicKey.Key.RightAlign(), &key); err != nil {
			return Certificate{}, fmt.Errorf("read certificate: RSA key: %w", err)
		}
		if key.N.Sign() <= 0 || key.E.Sign() <= 0 {
			return Certificate{}, errors.New("read certificate: RSA key is not positive")
		}
		out.Modulus, out.Exponent = key.N, key.E
	}
	if out.Signature == oidRSAPSS {
		out.Digest = pssDigest(c.Algorithm.Parameters.FullBytes)
	}
	return out, nil
}

// oidSHA1 is the digest that RSASSA-PSS means when it names none (RFC 4055 3.1).
const oidSHA1 = "1.3.14.3.2.26"

func pssDigest(parameters []byte) string {
	var p struct {
		Hash algorithm `asn1:"optional,explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(parameters, &p); err != nil || len(p.Hash.Algorithm) == 0 {
		return oidSHA1
	}
	return p.Hash.Algorithm.String()
}

// Limits are the thresholds of the judgement (ANSSI, vuln_certificates_vuln).
type Limits struct {
	BrokenRSA int   // bits: a shorter RSA key is broken
	ShortRSA  int   // bits: a shorter RSA key is weak
	Exponent  int64 // a smaller RSA exponent is weak
}

// Weakness is one thing wrong with a certificate (ANSSI, vuln_certificates_vuln).
type Weakness struct {
	Code    string // "dsa", "rsa_broken", "roca", "rsa_short", "rsa_exponent", "digest"
	Detail  string // length, exponent or digest
	Broken  bool   // forgeable today, not only below the state of the art
	Unknown bool   // the algorithm named in Detail is not one that this version can judge
}

// Weaknesses lists what is wrong with the key and the signature.
func (c Certificate) Weaknesses(l Limits) []Weakness {
	var out []Weakness
	switch {
	case c.Modulus != nil:
		bits := c.Modulus.BitLen()
		switch {
		case bits < l.BrokenRSA:
			out = append(out, Weakness{Code: "rsa_broken", Detail: strconv.Itoa(bits), Broken: true})
			out = append(out, Weakness{Code: "rsa_short", Detail: strconv.Itoa(bits)})
		case bits < l.ShortRSA:
			out = append(out, Weakness{Code: "rsa_short", Detail: strconv.Itoa(bits)})
		}
		if ROCA(c.Modulus) {
			out = append(out, Weakness{Code: "roca", Detail: strconv.Itoa(bits), Broken: true})
		}
		if c.Exponent.Cmp(big.NewInt(l.Exponent)) < 0 {
			out = append(out, Weakness{Code: "rsa_exponent", Detail: c.Exponent.String()})
		}
	case c.Key == oidDSA:
		out = append(out, Weakness{Code: "dsa", Broken: true})
	case !knownKey(c.Key):
		out = append(out, Weakness{Detail: c.Key, Broken: true, Unknown: true})
	}
	switch name, verdict := digest(c.Signature, c.Digest); verdict {
	case digestWeak:
		out = append(out, Weakness{Code: "digest", Detail: name})
	case digestUnknown:
		out = append(out, Weakness{Detail: name, Unknown: true})
	}
	return out
}

// knownKey tells whether a key algorithm that is neither RSA nor DSA is one in use: elliptic curves, ML-DSA.
func knownKey(oid string) bool {
	switch oid {
	case "1.2.840.10045.2.1", "1.3.101.110", "1.3.101.111", "1.3.101.112", "1.3.101.113",
		"2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19":
		return true
	}
	return false
}

const (
	digestGood = iota
	digestWeak
	digestUnknown
)

// digest judges the digest of a signature algorithm: SHA-2 and SHA-3 are good.
func digest(signature, pss string) (string, int) {
	switch signature {
	case oidRSAPSS:
		return pssVerdict(pss)
	case "1.2.840.113549.1.1.2", "1.2.840.113549.1.1.3", "1.3.14.3.2.24":
		return "MD2/MD4", digestWeak
	case "1.2.840.113549.1.1.4", "1.3.14.3.2.2", "1.3.14.3.2.3", "1.3.14.3.2.4":
		return "MD4/MD5", digestWeak
	case "1.3.14.3.2.15":
		return "SHA-0", digestWeak
	case "1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1", "1.3.14.3.2.29", "1.3.14.3.2.13", "1.3.14.3.2.27":
		return "SHA-1", digestWeak
	case "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.14",
		"1.2.840.113549.1.1.15", "1.2.840.113549.1.1.16", // RSA with SHA-2
		"1.2.840.10045.4.3.1", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", // ECDSA with SHA-2
		"1.3.101.112", "1.3.101.113": // EdDSA
		return "", digestGood
	}
	// 2.16.840.1.101.3.4.3: DSA with SHA-2 (1 to 4), DSA, ECDSA and RSA with SHA-3 (5 to 16), ML-DSA (17 to 19).
	if last, ok := strings.CutPrefix(signature, "2.16.840.1.101.3.4.3."); ok {
		if n, err := strconv.Atoi(last); err == nil && n >= 1 && n <= 19 {
			return "", digestGood
		}
	}
	return signature, digestUnknown
}

func pssVerdict(oid string) (string, int) {
	if oid == oidSHA1 {
		return "SHA-1", digestWeak
	}
	// 2.16.840.1.101.3.4.2: SHA-2 (1 to 6) and SHA-3 (7 to 12).
	if last, ok := strings.CutPrefix(oid, "2.16.840.1.101.3.4.2."); ok {
		if n, err := strconv.Atoi(last); err == nil && n >= 1 && n <= 12 {
			return "", digestGood
		}
	}
	return oid, digestUnknown
}

// ROCA tells whether a modulus bears the mark of the faulty generator known by that name (CVE-2017-15361): its primes are
// built from powers of 65537, so that modulo each small prime the modulus falls in the subgroup that 65537 generates (CVE-2017-15361). The
// odds that a sound modulus does so for all these primes are below 2^-100.
func ROCA(modulus *big.Int) bool {
	r := new(big.Int)
	for _, p := range smallPrimes() {
		rest := r.Mod(modulus, big.NewInt(p)).Int64()
		power, found := int64(1), false
		for range p {
			if power == rest {
				found = true
				break
			}
			power = power * 65537 % p
		}
		if !found {
			return false
		}
	}
	return true
}

// smallPrimes lists the primes from 3 to 167, those of the generator for its shortest keys.
func smallPrimes() []int64 {
	var out []int64
	for n := int64(3); n <= 167; n += 2 {
		prime := true
		for _, p := range out {
			if n%p == 0 {
				prime = false
				break
			}
		}
		if prime {
			out = append(out, n)
		}
	}
	return out
}
