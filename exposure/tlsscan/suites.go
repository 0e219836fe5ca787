package tlsscan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Suite is a cipher suite by its number; a cipher kind of SSL 2.0 is its three bytes (SSL 2.0 draft, C.4) and thus above 0xffff.
type Suite uint32

// String is the registered name, or the number.
func (s Suite) String() string {
	if name, known := s.Name(); known {
		return name
	}
	if s > 0xffff {
		return fmt.Sprintf("0x%06X", uint32(s))
	}
	return fmt.Sprintf("0x%04X", uint32(s))
}

// Name is the registered name, if the number is known.
func (s Suite) Name() (string, bool) {
	if s > 0xffff {
		name, known := ssl2Kinds()[s]
		return name, known
	}
	i, known := slices.BinarySearchFunc(suiteNames[:], s, func(row struct {
		number Suite
		name   string
	}, s Suite) int {
		return cmp.Compare(row.number, s)
	})
	if !known {
		return "", false
	}
	return suiteNames[i].name, true
}

// ssl2Kinds are the cipher kinds of SSL 2.0.
func ssl2Kinds() map[Suite]string {
	return map[Suite]string{
		0x010080: "SSL_CK_RC4_128_WITH_MD5", 0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5", 0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
		0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", 0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5", 0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
		0x0700c0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", 0x080080: "SSL_CK_RC4_64_WITH_MD5",
	}
}

// Traits say what a suite is made of, read from its name.
type Traits struct {
	Exchange string // key exchange: "ECDHE", "DHE", "RSA", "DH", "ECDH", "PSK", "DHE_PSK", "ECDHE_PSK", "RSA_PSK", "SRP", "KRB5", "GOST", "CECPQ1", "ECMQV", "any" in TLS 1.3, "other"
	Auth     string // "RSA", "ECDSA", "DSS", "PSK", "anon", "any", "other"
	Cipher   string // "AES", "CHACHA20", "CAMELLIA", "ARIA", "3DES", "DES", "RC4", "RC2", "IDEA", "SEED", "SM4", "NULL", "other"
	Mode     string // "GCM", "CCM", "CBC", "stream", "AEAD", ""
	Bits     int    // strength of the key, 0 for none or unknown
	Export   bool   // weakened on purpose for export, in the last century
}

// Traits are those of the suite; of a number nobody registered, they say "other".
func (s Suite) Traits() Traits {
	if t, known := sorted().traits[s]; known {
		return t
	}
	return s.readTraits()
}

// readTraits reads them from the registered name: KEYEXCHANGE_AUTHENTICATION_WITH_CIPHER_HASH.
func (s Suite) readTraits() Traits {
	name, _ := s.Name()
	var t Traits
	body := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(name, "TLS_"), "SSL_"), "_DRAFT")
	exchange, cipher, apart := strings.Cut(body, "_WITH_")
	if s > 0xffff {
		exchange, cipher = "RSA", strings.TrimPrefix(body, "CK_")
	} else if !apart { // TLS 1.3 names no key exchange (RFC 8446 B.4)
		exchange, cipher = "any", body
	}
	t.Export = strings.Contains(body, "EXPORT")
	t.Exchange, t.Auth = exchangeOf(exchange)
	t.Cipher, t.Bits = cipherOf(cipher)
	t.Mode = modeOf(cipher, t.Cipher)
	if t.Export && t.Bits > 56 {
		t.Bits = 40
	}
	return t
}

func exchangeOf(s string) (exchange, auth string) {
	for _, suffix := range []string{"_NULL", "_EXPORT1024", "_EXPORT"} {
		s = strings.TrimSuffix(s, suffix)
	}
	switch {
	case s == "any", s == "AKE":
		return "any", "any"
	case s == "RSA", s == "RSA_FIPS":
		return "RSA", "RSA"
	case s == "PSK", s == "RSA_PSK", s == "DHE_PSK", s == "ECDHE_PSK":
		return s, "PSK"
	case s == "PSK_DHE": // as RFC 6655 spells two of them
		return "DHE_PSK", "PSK"
	case strings.HasPrefix(s, "SRP"):
		return "SRP", cmp.Or(map[string]string{"SRP_SHA_RSA": "RSA", "SRP_SHA_DSS": "DSS"}[s], "other")
	case strings.HasPrefix(s, "KRB5"):
		return "KRB5", "other"
	case strings.HasPrefix(s, "GOST"):
		return "GOST", "other"
	case s == "DH_anon", s == "DH_Anon", s == "DH_ANON":
		return "DHE", "anon"
	case s == "ECDH_anon", s == "ECDH_Anon", s == "ECDH_ANON":
		return "ECDHE", "anon"
	}
	for _, kind := range []string{"ECDHE", "DHE", "ECDH", "DH", "CECPQ1", "ECMQV"} {
		if rest, found := strings.CutPrefix(s, kind+"_"); found {
			return kind, rest
		}
	}
	return "other", "other"
}

// cipherOf names the cipher and the strength of its key.
func cipherOf(s string) (string, int) {
	for _, known := range []struct {
		in, cipher string
		bits       int
	}{
		{"AES_128", "AES", 128}, {"AES_256", "AES", 256}, {"CHACHA20", "CHACHA20", 256}, {"CAMELLIA_128", "CAMELLIA", 128},
		{"CAMELLIA_256", "CAMELLIA", 256}, {"ARIA_128", "ARIA", 128}, {"ARIA_256", "ARIA", 256}, {"3DES", "3DES", 112}, {"EDE3", "3DES", 112},
		{"DES40", "DES", 40}, {"DES_CBC_40", "DES", 40}, {"DES", "DES", 56}, {"RC4_40", "RC4", 40}, {"RC4_56", "RC4", 56}, {"RC4_64", "RC4", 64},
		{"RC4", "RC4", 128}, {"RC2_CBC_40", "RC2", 40}, {"RC2_CBC_56", "RC2", 56}, {"RC2", "RC2", 128}, {"IDEA", "IDEA", 128},
		{"SEED", "SEED", 128}, {"SM4", "SM4", 128}, {"NULL", "NULL", 0}, {"AEGIS_256", "AEGIS", 256}, {"AEGIS_128", "AEGIS", 128},
		{"KUZNYECHIK", "KUZNYECHIK", 256}, {"MAGMA", "MAGMA", 256}, {"28147", "GOST", 256}, {"FORTEZZA", "FORTEZZA", 80},
	} {
		if strings.Contains(s, known.in) {
			return known.cipher, known.bits
		}
	}
	return "other", 0
}

func modeOf(s, cipher string) string {
	switch {
	case strings.Contains(s, "GCM"):
		return "GCM"
	case strings.Contains(s, "CCM"):
		return "CCM"
	case cipher == "CHACHA20", cipher == "AEGIS", strings.Contains(s, "MGM"):
		return "AEAD"
	case strings.Contains(s, "CBC"), strings.Contains(s, "RC2_56"):
		return "CBC"
	case cipher == "RC4", strings.Contains(s, "CNT"), strings.Contains(s, "CTR"):
		return "stream"
	}
	return ""
}

// SmallBlocks tells whether the cipher's blocks are of 64 bits, too few for long exchanges (CVE-2016-2183).
func (t Traits) SmallBlocks() bool {
	return slices.Contains([]string{"3DES", "DES", "RC2", "IDEA"}, t.Cipher) || t.Cipher == "MAGMA" || t.Cipher == "GOST" || t.Cipher == "FORTEZZA"
}

// ForwardSecret tells whether a key stolen later does not open what was recorded before.
func (t Traits) ForwardSecret() bool {
	return slices.Contains([]string{"any", "ECDHE", "DHE", "DHE_PSK", "ECDHE_PSK", "SRP", "CECPQ1"}, t.Exchange)
}

// Authenticated encryption (AEAD), as opposed to a cipher with a separate code.
func (t Traits) aead() bool { return t.Mode == "GCM" || t.Mode == "CCM" || t.Mode == "AEAD" }

// suitesOf are the suites a version may carry, by number: those of TLS 1.3 apart (RFC 8446 B.4), the kinds of SSL 2.0 apart.
func suitesOf(v Version) []Suite {
	if v == SSL2 {
		var kinds []Suite
		for kind := range ssl2Kinds() {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		return kinds
	}
	suites := make([]Suite, 0, len(suiteNames))
	for _, row := range suiteNames {
		if v == TLS13 == row.number.onlyTLS13() {
			suites = append(suites, row.number)
		}
	}
	return suites
}

// onlyTLS13 tells the suites that belong to TLS 1.3 alone.
func (s Suite) onlyTLS13() bool {
	return s>>8 == 0x13 || s == 0x00c6 || s == 0x00c7 || s == 0xc0b4 || s == 0xc0b5 || s >= 0xc103 && s <= 0xc106
}
