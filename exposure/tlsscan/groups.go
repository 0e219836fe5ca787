package tlsscan

import (
	"fmt"
	"slices"
)

// Group is a named group of key exchange by its number (IANA TLS Supported Groups, seen November 2026).
type Group uint16

// The hybrid of X25519 and ML-KEM-768 (draft-ietf-tls-ecdhe-mlkem): what is recorded today stays closed to tomorrow's quantum computers.
const X25519MLKEM768 Group = 0x11ec

func groupNames() map[Group]string {
	return map[Group]string{
		1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2", 6: "sect233k1", 7: "sect233r1", 8: "sect239k1",
		9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1", 15: "secp160k1", 16: "secp160r1",
		17: "secp160r2", 18: "secp192k1", 19: "secp192r1", 20: "secp224k1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1",
		25: "secp521r1", 26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448",
		31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13", 41: "curveSM2",
		0x100: "ffdhe2048", 0x101: "ffdhe3072", 0x102: "ffdhe4096", 0x103: "ffdhe6144", 0x104: "ffdhe8192",
		0x200: "MLKEM512", 0x201: "MLKEM768", 0x202: "MLKEM1024", 0x11eb: "SecP256r1MLKEM768", X25519MLKEM768: "X25519MLKEM768",
		0x11ed: "SecP384r1MLKEM1024", 0x6399: "X25519Kyber768Draft00", 0x639a: "SecP256r1Kyber768Draft00",
	}
}

// String is the registered name, or the number.
func (g Group) String() string {
	if name, known := groupNames()[g]; known {
		return name
	}
	return fmt.Sprintf("0x%04x", uint16(g))
}

// MarshalText is the name.
func (g Group) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a name given by MarshalText.
func (g *Group) UnmarshalText(b []byte) error {
	for number, name := range groupNames() {
		if name == string(b) {
			*g = number
			return nil
		}
	}
	var n uint16
	if _, err := fmt.Sscanf(string(b), "0x%04x", &n); err != nil {
		return fmt.Errorf("read group %q: neither a name nor a number", b)
	}
	*g = Group(n)
	return nil
}

// Hybrid tells the groups that join an elliptic curve with ML-KEM or its draft.
func (g Group) Hybrid() bool { return slices.Contains(hybrids(), g) }

func hybrids() []Group { return []Group{X25519MLKEM768, 0x11eb, 0x11ed, 0x6399, 0x639a} }

// Bits is the size of the order of an elliptic curve of TLS 1.2, 0 for another group.
func (g Group) Bits() int {
	sizes := map[Group]int{
		1: 163, 2: 163, 3: 163, 4: 193, 5: 193, 6: 233, 7: 233, 8: 239, 9: 283, 10: 283, 11: 409, 12: 409, 13: 571, 14: 571, 15: 160, 16: 160,
		17: 160, 18: 192, 19: 192, 20: 224, 21: 224, 22: 256, 23: 256, 24: 384, 25: 521, 26: 256, 27: 384, 28: 512, 29: 255, 30: 448,
	}
	return sizes[g]
}

// curves are the groups offered up to TLS 1.2. The finite-field groups of RFC 7919 are left out: a server that follows it would
// answer with one of them instead of showing its own parameters. Those are offered in the second shape, see namedFields.
func curves() []Group {
	return []Group{29, 23, 24, 25, 30, 26, 27, 28, 22, 14, 13, 12, 11, 10, 9, 8, 7, 6, 21, 20, 19, 18, 5, 4, 3, 2, 1, 17, 16, 15}
}

// modernGroups are the groups offered in TLS 1.3, hybrids first.
func modernGroups() []Group {
	return append(hybrids(), 29, 23, 24, 25, 30, 31, 32, 33, 41, 0x100, 0x101, 0x102, 0x103, 0x104, 0x200, 0x201, 0x202)
}

// fewGroups are those that nearly every server of the last fifteen years has one of.
func fewGroups() []Group { return []Group{29, 23, 24, 25} }

// namedFields are the finite-field groups that have a name (RFC 7919). Some servers (GnuTLS without parameters of its own) agree on DHE with
// those only who offer one.
func namedFields() []Group { return []Group{0x100, 0x101, 0x102, 0x103, 0x104} }
