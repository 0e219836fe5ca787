package tlsscan

import (
	"slices"
	"sync"
)

// Class is a set of suites that a verdict looks at as one. A suite may be in several.
type Class string

// The classes, worst first.
const (
	NoEncryption     Class = "null"        // no encryption at all
	Anonymous        Class = "anonymous"   // nobody proves who the server is
	ExportGrade      Class = "export"      // keys of 40 or 56 bits, on purpose
	RC4              Class = "rc4"         // RFC 7465
	SmallBlock       Class = "small_block" // DES, 3DES, IDEA, RC2: blocks of 64 bits
	NoForwardSecrecy Class = "no_forward"  // RSA, DH or ECDH key exchange with a strong cipher
	FiniteField      Class = "dhe"         // DHE with a strong cipher
	BlockMode        Class = "cbc"         // forward secret, CBC with a strong cipher
	Modern           Class = "modern"      // forward secret, authenticated encryption
)

// Classes are all of them, in order.
func Classes() []Class {
	return []Class{NoEncryption, Anonymous, ExportGrade, RC4, SmallBlock, NoForwardSecrecy, FiniteField, BlockMode, Modern}
}

// In tells whether a suite is in the class.
func (c Class) In(s Suite) bool { return c.holds(s.Traits()) }

func (c Class) holds(t Traits) bool {
	strong := t.Bits >= 128 && !t.SmallBlocks() && t.Cipher != "RC4" && !t.Export && t.Auth != "anon"
	switch c {
	case NoEncryption:
		return t.Cipher == "NULL"
	case Anonymous:
		return t.Auth == "anon"
	case ExportGrade:
		return t.Export
	case RC4:
		return t.Cipher == "RC4"
	case SmallBlock:
		return t.SmallBlocks()
	case NoForwardSecrecy:
		return strong && (t.Exchange == "RSA" || t.Exchange == "DH" || t.Exchange == "ECDH")
	case FiniteField:
		return strong && t.Exchange == "DHE"
	case BlockMode:
		return strong && t.ForwardSecret() && t.Auth != "PSK" && t.Exchange != "SRP" && t.Mode == "CBC"
	case Modern:
		return strong && t.ForwardSecret() && t.Auth != "PSK" && t.aead()
	}
	return false
}

// catalogue holds the suites sorted out once: reading four hundred names for each server would cost more than asking it.
type catalogue struct {
	traits  map[Suite]Traits
	all     map[Version][]Suite // every suite, likeliest first
	wide    []Suite             // up to TLS 1.2: those that servers without shared keys use
	few     []Suite             // the plain hello: what nearly every server has one of
	classes map[Class][]Suite
	sets    map[Suite]set // classes of each of the wide ones
}

// set is a set of classes.
type set uint16

func setOf(classes []Class) (s set) {
	for i, c := range Classes() {
		if slices.Contains(classes, c) {
			s |= 1 << i
		}
	}
	return s
}

var sorted = sync.OnceValue(func() *catalogue {
	c := &catalogue{traits: map[Suite]Traits{}, all: map[Version][]Suite{}, classes: map[Class][]Suite{}, sets: map[Suite]set{}}
	for _, v := range []Version{SSL3, TLS13} {
		list := suitesOf(v)
		for _, s := range list {
			c.traits[s] = s.readTraits()
		}
		slices.SortStableFunc(list, func(a, b Suite) int { return c.rank(a) - c.rank(b) })
		c.all[v] = list
	}
	c.all[TLS10], c.all[TLS11], c.all[TLS12] = c.all[SSL3], c.all[SSL3], c.all[SSL3]
	for _, s := range c.all[SSL3] {
		t := c.traits[s]
		for i, class := range Classes() {
			if class.holds(t) && !c.rare(s) {
				c.classes[class] = append(c.classes[class], s)
				c.sets[s] |= 1 << i
			}
		}
		if !c.rare(s) {
			c.wide = append(c.wide, s)
		}
	}
	// ECDHE and RSA with AES and 3DES, RC4: one of them has been in every server since 1996.
	c.few = []Suite{0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xc013, 0xc014, 0xc009, 0xc00a, 0x009c, 0x002f, 0x0035, 0x0033, 0x000a, 0x0005, 0x0004}
	return c
})

// rank orders suites by how likely and how good they are: a hello that begins with old things is refused by some filters.
func (c *catalogue) rank(s Suite) int {
	t := c.traits[s]
	rank := 0
	if i := slices.Index([]string{"any", "ECDHE", "DHE", "RSA"}, t.Exchange); i >= 0 {
		rank = i
	} else {
		rank = 6
	}
	if !t.aead() {
		rank += 10
	}
	if t.Bits < 128 || t.Cipher == "RC4" || t.SmallBlocks() || t.Auth == "anon" {
		rank += 40
	}
	if c.rare(s) {
		rank += 80
	}
	return rank
}

// rare are the suites no verdict waits for: shared keys, passwords, Kerberos, national suites that never left their country, drafts, static
// keys that no certificate ever held, and ciphers beside which every server has AES. Fewer than 128 are left: some servers fail on
// a longer list (old Cisco ASA), wolfSSL on one of more than 150.
func (c *catalogue) rare(s Suite) bool {
	t := c.traits[s]
	if s == 0 || s >= 0x47 && s <= 0x5c || s >= 0x72 && s <= 0x7e || t.Cipher == "FORTEZZA" || t.Cipher == "GOST" {
		return true
	}
	newer := t.Cipher == "CAMELLIA" && (t.Mode == "GCM" || s >= 0xba)
	switch t.Exchange {
	case "ECDHE", "RSA", "any":
		return t.Cipher == "ARIA" || newer
	case "DHE":
		return t.Cipher == "ARIA" || newer || t.Cipher == "SEED" && t.Auth != "RSA"
	case "ECDH":
		return t.Cipher == "ARIA" || t.Cipher == "CAMELLIA"
	}
	return true
}
