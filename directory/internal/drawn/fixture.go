package drawn

import (
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"time"

	"hygie/directory/secdesc"
)

// fixture gives a binary value by name: a zone property (open, secure), a descriptor (empty), or a certificate described by
// words: "ca" (sound), "rsa1023", "rsa1536", "e3", "sha1", "dsa", "expired-sha1", "roca", "garbage".
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	switch name {
	case "open":
		return zoneProperty1(1)
	case "secure":
		return zoneProperty1(2)
	case "garbage":
		return []byte{0x30, 0x03, 0x02, 0x01}
	case "badsd":
		return []byte{1, 0, 4, 0x80, 1}
	case "emptysd":
		return secdesc.MustBuild(secdesc.Spec{DACL: secdesc.ListDACL})
	}
	c := certificateSpec{bits: 2048, exponent: 65537, signature: []int{1, 2, 840, 113549, 1, 1, 11}, until: AsOf.AddDate(1, 0, 0)}
	for _, word := range strings.Split(name, "-") {
		switch word {
		case "ca":
		case "rsa1023":
			c.bits = 1023
		case "rsa1536":
			c.bits = 1536
		case "e3":
			c.exponent = 3
		case "sha1":
			c.signature = []int{1, 2, 840, 113549, 1, 1, 5}
		case "strange":
			c.signature = []int{1, 2, 3, 4}
		case "dsa":
			c.key = []int{1, 2, 840, 10040, 4, 1}
		case "expired":
			c.until = AsOf.AddDate(0, 0, -1)
		case "roca":
			c.roca = true
		default:
			t.Fatalf("no fixture %q", word)
		}
	}
	return c.der(t)
}

// zoneProperty1 is DSPROPERTY_ZONE_ALLOW_UPDATE with a value (MS-DNSP 2.3.2.1).
func zoneProperty1(value byte) []byte {
	b := make([]byte, 20, 22)
	binary.LittleEndian.PutUint32(b, 1)
	binary.LittleEndian.PutUint32(b[12:], 1)
	binary.LittleEndian.PutUint32(b[16:], 2)
	return append(b, value, 0)
}

// certificateSpec describes a certificate whose signature is not computed: nothing here verifies it.
type certificateSpec struct {
	bits, exponent int
	key, signature []int
	until          time.Time
	roca           bool
}

func (c certificateSpec) der(t testing.TB) []byte {
	t.Helper()
	type algorithm struct{ Algorithm asn1.ObjectIdentifier }
	type tbs struct {
		Version   int `asn1:"explicit,tag:0"`
		Serial    *big.Int
		Algorithm algorithm
		Issuer    struct{}
		Validity  struct{ NotBefore, NotAfter time.Time }
		Subject   struct{}
		PublicKey struct {
			Algorithm algorithm
			Key       asn1.BitString
		}
	}
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	body := tbs{Version: 2, Serial: big.NewInt(-77), Algorithm: algorithm{c.signature}}
	body.Validity.NotBefore, body.Validity.NotAfter = AsOf.AddDate(-2, 0, 0), c.until
	body.PublicKey.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	modulus := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(c.bits)), big.NewInt(1))
	if c.roca { // a power of 65537 is in every subgroup that 65537 generates
		modulus = new(big.Int).Exp(big.NewInt(65537), big.NewInt(125), nil)
		modulus.Rsh(modulus, 0)
	}
	key := must(asn1.Marshal(struct {
		N *big.Int
		E int
	}{modulus, c.exponent}))
	if c.key != nil {
		body.PublicKey.Algorithm.Algorithm = c.key
	}
	body.PublicKey.Key = asn1.BitString{Bytes: key, BitLength: 8 * len(key)}
	return must(asn1.Marshal(struct {
		TBS       tbs
		Algorithm algorithm
		Signature asn1.BitString
	}{body, algorithm{c.signature}, asn1.BitString{Bytes: []byte{0}, BitLength: 8}}))
}
