package tlsscan

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// digestOf tells chains apart.
func digestOf(chain [][]byte) [32]byte {
	h := sha256.New()
	for _, der := range chain {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(der)))) // so that no two chains are the same bytes
		h.Write(der)
	}
	return [32]byte(h.Sum(nil))
}

// ReadCertificate reads what a certificate says. It never fails: what makes no sense stays empty, and Malformed says what strict
// readers object to.
func ReadCertificate(der []byte) Certificate {
	digest := sha256.Sum256(der)
	c := Certificate{DER: der, SHA256: hex.EncodeToString(digest[:])}
	err := c.read(der)
	if _, strict := x509.ParseCertificate(der); strict != nil && (err != nil || !c.Key.uncomputed()) {
		c.Malformed = strings.TrimPrefix(strict.Error(), "x509: ")
	} else if err != nil {
		c.Malformed = err.Error()
	}
	return c
}

// read walks through a certificate (RFC 5280 4.1), keeping what it can.
func (c *Certificate) read(der []byte) error {
	in := cryptobyte.String(der)
	var certificate, body, algorithm, inner cryptobyte.String
	if !in.ReadASN1(&certificate, tag.SEQUENCE) || !certificate.ReadASN1(&body, tag.SEQUENCE) {
		return fmt.Errorf("not a certificate: byte 0 of %d", len(der))
	}
	at := func() int { return len(der) - len(certificate) - len(body) }
	var identifier asn1.ObjectIdentifier
	if certificate.ReadASN1(&algorithm, tag.SEQUENCE) && algorithm.ReadASN1ObjectIdentifier(&identifier) {
		c.Signature = signatureName(identifier)
	}
	body.SkipOptionalASN1(tag.Tag(0).Constructed().ContextSpecific()) // version
	serial := new(big.Int)
	if !body.ReadASN1Integer(serial) {
		return fmt.Errorf("serial number before byte %d", at())
	}
	c.Serial = serial.Text(16)
	if !body.SkipASN1(tag.SEQUENCE) || !body.ReadASN1(&inner, tag.SEQUENCE) {
		return fmt.Errorf("issuer before byte %d", at())
	}
	c.Issuer, _ = readName(inner)
	var period cryptobyte.String
	if !body.ReadASN1(&period, tag.SEQUENCE) || !readTime(&period, &c.NotBefore) || !readTime(&period, &c.NotAfter) {
		return fmt.Errorf("validity before byte %d", at())
	}
	if !body.ReadASN1(&inner, tag.SEQUENCE) {
		return fmt.Errorf("subject before byte %d", at())
	}
	c.Subject, c.Common = readName(inner)
	var key cryptobyte.String
	if !body.ReadASN1Element(&key, tag.SEQUENCE) {
		return fmt.Errorf("public key before byte %d", at())
	}
	c.Key = readKey(key)
	return c.readExtensions(body)
}

// readTime reads a Time as strictly as its meaning needs: old software writes offsets and leaves out seconds.
func readTime(in *cryptobyte.String, t *time.Time) bool {
	var content cryptobyte.String
	var kind tag.Tag
	if !in.ReadAnyASN1(&content, &kind) {
		return false
	}
	formats := []string{"20060102150405Z0700", "200601021504Z0700"}
	if kind == tag.UTCTime {
		formats = []string{"060102150405Z0700", "0601021504Z0700"}
	}
	for _, format := range formats {
		if read, err := time.Parse(format, string(content)); err == nil {
			if kind == tag.UTCTime && read.Year() >= 2050 { // RFC 5280 4.1.2.5.1
				read = read.AddDate(-100, 0, 0)
			}
			*t = read.UTC()
			return true
		}
	}
	return false
}

// attributes of a name that people know by a letter (RFC 4514 3).
func attributes() map[string]string {
	return map[string]string{"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU",
		"2.5.4.5": "serialNumber", "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress"}
}

// readName writes a name as people do, most specific last as it stands in the certificate, and gives its last common name.
func readName(in cryptobyte.String) (name, common string) {
	var parts []string
	known := attributes()
	for !in.Empty() && len(parts) < 64 {
		var set, pair, value cryptobyte.String
		var identifier asn1.ObjectIdentifier
		var kind tag.Tag
		if !in.ReadASN1(&set, tag.SET) {
			break
		}
		for set.ReadASN1(&pair, tag.SEQUENCE) {
			if !pair.ReadASN1ObjectIdentifier(&identifier) || !pair.ReadAnyASN1(&value, &kind) {
				break
			}
			text := readText(value, kind)
			parts = append(parts, cmp.Or(known[identifier.String()], identifier.String())+"="+text)
			if identifier.String() == "2.5.4.3" {
				common = text
			}
		}
	}
	return strings.Join(parts, ", "), common
}

// readText reads a string of any ASN.1 kind; what is not text is written in hexadecimal.
func readText(value []byte, kind tag.Tag) string {
	const bmp = tag.Tag(30)
	if kind == bmp && len(value)%2 == 0 {
		var b strings.Builder
		for i := 0; i < len(value); i += 2 {
			b.WriteRune(rune(value[i])<<8 | rune(value[i+1]))
		}
		return printable(b.String())
	}
	if kind == tag.T61String || !utf8.Valid(value) { // Latin 1 is what those who use it write
		var b strings.Builder
		for _, c := range value {
			b.WriteRune(rune(c))
		}
		return printable(b.String())
	}
	return printable(string(value))
}

// printable takes out what could deceive a reader of a report, and the end of endless texts.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\ufffd'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 256 {
		return string(runes[:256]) + "…"
	}
	return s
}

// maxNames bounds the names kept of one certificate.
const maxNames = 20000

// readExtensions reads those extensions a verdict needs (RFC 5280 4.2).
func (c *Certificate) readExtensions(body cryptobyte.String) error {
	body.SkipOptionalASN1(tag.Tag(1).ContextSpecific()) // unique identifiers of issuer and subject
	body.SkipOptionalASN1(tag.Tag(2).ContextSpecific())
	var explicit, list cryptobyte.String
	var has bool
	if !body.ReadOptionalASN1(&explicit, &has, tag.Tag(3).Constructed().ContextSpecific()) {
		return fmt.Errorf("extensions: %d bytes before the end", len(body))
	}
	if !has {
		return nil
	}
	if !explicit.ReadASN1(&list, tag.SEQUENCE) {
		return fmt.Errorf("extensions: %d bytes before the end", len(explicit))
	}
	for !list.Empty() {
		var one, value cryptobyte.String
		var identifier asn1.ObjectIdentifier
		if !list.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&identifier) || !one.SkipOptionalASN1(tag.BOOLEAN) ||
			!one.ReadASN1(&value, tag.OCTET_STRING) {
			return fmt.Errorf("extensions: %d bytes before the end", len(list))
		}
		c.readExtension(identifier.String(), value)
	}
	slices.Sort(c.Names)
	c.Names = slices.Compact(c.Names)
	slices.Sort(c.Addresses)
	c.Addresses = slices.Compact(c.Addresses)
	return nil
}

func (c *Certificate) readExtension(identifier string, value cryptobyte.String) {
	var inner cryptobyte.String
	switch identifier {
	case "2.5.29.17": // subject alternative names
		if value.ReadASN1(&inner, tag.SEQUENCE) {
			c.readAlternatives(inner)
		}
	case "2.5.29.19": // basic constraints
		if value.ReadASN1(&inner, tag.SEQUENCE) && inner.PeekASN1Tag(tag.BOOLEAN) {
			inner.ReadASN1Boolean(&c.Authority)
		}
	case "1.3.6.1.5.5.7.1.24": // TLS feature (RFC 7633)
		var feature int
		for ok := value.ReadASN1(&inner, tag.SEQUENCE); ok && inner.ReadASN1Integer(&feature); {
			c.MustStaple = c.MustStaple || feature == extStatusRequest
		}
	case "1.3.6.1.4.1.11129.2.4.2": // certificate timestamps
		if value.ReadASN1(&inner, tag.OCTET_STRING) {
			c.Timestamps = listLength(inner)
		}
	case "2.5.29.31", "1.3.6.1.5.5.7.1.1": // where lists of revocation and answers about it are published
		c.Revocation = append(c.Revocation, addresses(value, 0)...)
	}
}

// readAlternatives keeps DNS names and addresses (RFC 5280 4.2.1.6).
func (c *Certificate) readAlternatives(in cryptobyte.String) {
	for len(c.Names)+len(c.Addresses) < maxNames {
		var value cryptobyte.String
		var kind tag.Tag
		if !in.ReadAnyASN1(&value, &kind) {
			return
		}
		switch kind {
		case tag.Tag(2).ContextSpecific():
			c.Names = append(c.Names, strings.ToLower(printable(string(value))))
		case tag.Tag(7).ContextSpecific():
			if address, ok := netip.AddrFromSlice(value); ok {
				c.Addresses = append(c.Addresses, address.String())
			}
		}
	}
}

// addresses finds the http addresses anywhere inside nested elements.
func addresses(in cryptobyte.String, depth int) (found []string) {
	for depth < 8 && !in.Empty() && len(found) < 16 {
		var value cryptobyte.String
		var kind tag.Tag
		if !in.ReadAnyASN1(&value, &kind) {
			return found
		}
		if kind == tag.Tag(6).ContextSpecific() && strings.HasPrefix(string(value), "http") {
			found = append(found, printable(string(value)))
		} else if kind&0x20 != 0 { // constructed
			found = append(found, addresses(value, depth+1)...)
		}
	}
	return found
}

// readKey reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 3279 2.3, RFC 8410).
func readKey(element cryptobyte.String) Key {
	digest := sha256.Sum256(element)
	key := Key{SHA256: hex.EncodeToString(digest[:])}
	var info, algorithm, bits cryptobyte.String
	var identifier asn1.ObjectIdentifier
	if !element.ReadASN1(&info, tag.SEQUENCE) || !info.ReadASN1(&algorithm, tag.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&identifier) {
		return key
	}
	key.Algorithm = identifier.String()
	if !info.ReadASN1(&bits, tag.BIT_STRING) || !bits.Skip(1) {
		return key
	}
	switch identifier.String() {
	case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10": // RSA, RSA-PSS
		key.Algorithm = "RSA"
		var pair cryptobyte.String
		modulus := new(big.Int)
		if bits.ReadASN1(&pair, tag.SEQUENCE) && pair.ReadASN1Integer(modulus) {
			key.Bits = modulus.BitLen()
		}
	case "1.2.840.10045.2.1":
		key.Algorithm = "EC"
		var curve asn1.ObjectIdentifier
		if algorithm.ReadASN1ObjectIdentifier(&curve) {
			key.Curve, key.Bits = curveName(curve)
		}
	case "1.3.101.112":
		key.Algorithm, key.Bits = "Ed25519", 256
	case "1.3.101.113":
		key.Algorithm, key.Bits = "Ed448", 456
	case "1.2.840.10040.4.1":
		key.Algorithm = "DSA"
		var three cryptobyte.String
		p := new(big.Int)
		if algorithm.ReadASN1(&three, tag.SEQUENCE) && three.ReadASN1Integer(p) {
			key.Bits = p.BitLen()
		}
	}
	return key
}

func curveName(identifier asn1.ObjectIdentifier) (string, int) {
	for _, known := range []struct {
		identifier, name string
		bits             int
	}{
		{"1.2.840.10045.3.1.7", "secp256r1", 256}, {"1.3.132.0.34", "secp384r1", 384}, {"1.3.132.0.35", "secp521r1", 521},
		{"1.3.132.0.33", "secp224r1", 224}, {"1.2.840.10045.3.1.1", "secp192r1", 192}, {"1.3.132.0.10", "secp256k1", 256},
		{"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256}, {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384},
		{"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512}, {"1.2.250.1.223.101.256.1", "FRP256v1", 256},
		{"1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1", 160}, {"1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1", 192}, {"1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1", 224},
		{"1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1", 320}, {"1.3.132.0.8", "secp160r1", 160}, {"1.3.132.0.9", "secp160k1", 160},
		{"1.3.132.0.30", "secp160r2", 160}, {"1.3.132.0.31", "secp192k1", 192}, {"1.3.132.0.32", "secp224k1", 224}, {"1.2.840.10045.3.1.2", "prime192v2", 192},
		{"1.2.840.10045.3.1.3", "prime192v3", 192}, {"1.2.840.10045.3.1.4", "prime239v1", 239}, {"1.2.840.10045.3.1.5", "prime239v2", 239},
		{"1.2.840.10045.3.1.6", "prime239v3", 239}, {"1.3.132.0.1", "sect163k1", 163}, {"1.3.132.0.2", "sect163r1", 163}, {"1.3.132.0.15", "sect163r2", 163},
		{"1.3.132.0.24", "sect193r1", 193}, {"1.3.132.0.25", "sect193r2", 193}, {"1.3.132.0.26", "sect233k1", 232}, {"1.3.132.0.27", "sect233r1", 233},
		{"1.3.132.0.3", "sect239k1", 238}, {"1.3.132.0.16", "sect283k1", 281}, {"1.3.132.0.17", "sect283r1", 282}, {"1.3.132.0.36", "sect409k1", 407},
		{"1.3.132.0.37", "sect409r1", 409}, {"1.3.132.0.38", "sect571k1", 570}, {"1.3.132.0.39", "sect571r1", 570}, {"1.2.156.10197.1.301", "SM2", 256},
	} {
		if identifier.String() == known.identifier {
			return known.name, known.bits
		}
	}
	return identifier.String(), 0
}

func signatureName(identifier asn1.ObjectIdentifier) string {
	names := map[string]string{
		"1.2.840.113549.1.1.2": "RSA-MD2", "1.2.840.113549.1.1.4": "RSA-MD5", "1.2.840.113549.1.1.5": "RSA-SHA1", "1.3.14.3.2.29": "RSA-SHA1",
		"1.2.840.113549.1.1.14": "RSA-SHA224", "1.2.840.113549.1.1.11": "RSA-SHA256", "1.2.840.113549.1.1.12": "RSA-SHA384",
		"1.2.840.113549.1.1.13": "RSA-SHA512", "1.2.840.113549.1.1.10": "RSA-PSS", "1.2.840.10045.4.1": "ECDSA-SHA1",
		"1.2.840.10045.4.3.1": "ECDSA-SHA224", "1.2.840.10045.4.3.2": "ECDSA-SHA256", "1.2.840.10045.4.3.3": "ECDSA-SHA384",
		"1.2.840.10045.4.3.4": "ECDSA-SHA512", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.2.840.10040.4.3": "DSA-SHA1",
		"2.16.840.1.101.3.4.3.2": "DSA-SHA256", "2.16.840.1.101.3.4.3.1": "DSA-SHA224", "1.2.156.10197.1.501": "SM2-SM3", "1.3.36.3.3.1.2": "RSA-RIPEMD160",
	}
	return cmp.Or(names[identifier.String()], identifier.String())
}
