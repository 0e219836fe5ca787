package dns

import (
	"crypto"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	wire "github.com/miekg/dns"
)

// sets is one set of records for each rule of the canonical form: names within records, their order, records twice, wildcards, types that
// nobody knows. The first line of each gives the owner that the signature was made over.
var sets = []string{
	"Host.Example. A 192.0.2.9\nhost.example. A 192.0.2.10\nHOST.example. A 192.0.2.9",
	"example. SOA Ns.Example. Host\\.Master.Example. 1 2 3 4 5",
	"example. NS B.ns.Example.\nexample. NS a.NS.example.",
	"example. MX 10 Mail.Example.\nexample. MX 5 mail.EXAMPLE.\nexample. MX 5 .",
	"a.example. CNAME Other.Example.",
	"t.example. DNAME Tree.Example.",
	"4.3.2.1.in-addr.arpa. PTR Host.Example.",
	"_sip._tcp.example. SRV 1 2 5060 Sip.Example.",
	`n.example. NAPTR 100 50 "S" "SIP+D2U" "!^.*$!Sip:Info@Example!" _SIP._udp.Example.`,
	"r.example. RP Mbox.Example. Txt.Example.",
	"p.example. PX 10 Ma.P. X.Y.",
	"k.example. KX 1 Kx.Example.",
	"d.example. AFSDB 1 Db.Example.",
	"o.example. RT 3 Relay.Example.",
	`x.example. TXT "Kept As It Is" "two"` + "\n" + `x.example. TXT "b"`,
	"s.example. NSEC Next.Example. A RRSIG NSEC",
	"h.example. HINFO PC Linux",
	`c.example. CAA 0 Issue "Pki.Example"`,
	"u.example. TYPE65400 \\# 3 414243",
	"*.wild.example. A 192.0.2.1",
	"\\046.example. A 192.0.2.1",
}

// Every algorithm, every rule of the canonical form: what the library signs holds here, and no byte of it can be changed. The library's own
// check is the second opinion.
func TestSignedData(t *testing.T) {
	for algorithm, bits := range map[uint8]int{wire.RSASHA1: 1024, wire.RSASHA256: 1024, wire.RSASHA512: 1024, wire.ECDSAP256SHA256: 256, wire.ECDSAP384SHA384: 384, wire.ED25519: 256} {
		key, signer := makeKey(t, algorithm, bits)
		for _, text := range sets {
			set := readSet(t, text)
			sig := &wire.RRSIG{Hdr: wire.RR_Header{Ttl: 300}, Algorithm: algorithm, KeyTag: key.tag, SignerName: ".", Inception: 1, Expiration: 2}
			if err := sig.Sign(signer, set.records); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			set.records[0].Header().Ttl = 7 // a resolver counted it down
			agree(t, text, set, sig, key, true)
			for _, spoilt := range spoil(t, text, sig) {
				agree(t, text+" spoilt", set, spoilt, key, false)
			}
		}
	}
}

// A wildcard's signature holds for the names made from it, and not for a shorter name.
func TestSignedWildcard(t *testing.T) {
	key, signer := makeKey(t, wire.ECDSAP256SHA256, 256)
	sig := &wire.RRSIG{Hdr: wire.RR_Header{Ttl: 300}, Algorithm: key.Algorithm, KeyTag: key.tag, SignerName: ".", Inception: 1, Expiration: 2}
	if err := sig.Sign(signer, readSet(t, "*.wild.example. A 192.0.2.1").records); err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[string]bool{"a.wild.example.": true, "b.a.wild.example.": true, "wild.example.": false, "a.other.example.": false, "example.": false} {
		sig.Hdr.Name = owner
		agree(t, owner, readSet(t, owner+" A 192.0.2.1"), sig, key, want)
	}
}

// agree checks a signature here and by the library.
func agree(t *testing.T, what string, set *rrset, sig *wire.RRSIG, key *zoneKey, want bool) {
	t.Helper()
	var v verified
	err := v.check(set, sig, key)
	if library := sig.Verify(key.DNSKEY, set.records); (err == nil) != want || (library == nil) != want {
		t.Errorf("algorithm %d, %s: %v; by the library %v; want it to hold: %t", key.Algorithm, what, err, library, want)
	}
	if (len(v.known) == 1) != want {
		t.Errorf("%s: %d remembered", what, len(v.known))
	}
}

// spoil changes one thing of a signature at a time.
func spoil(t *testing.T, text string, sig *wire.RRSIG) []*wire.RRSIG {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(sig.Signature)
	if err != nil {
		t.Fatal(err)
	}
	change := func(change func(*wire.RRSIG)) *wire.RRSIG {
		c := *sig
		change(&c)
		return &c
	}
	random := rand.New(rand.NewPCG(1, uint64(len(text))))
	flipped := append([]byte{}, raw...)
	flipped[random.IntN(len(flipped))] ^= 1 << random.IntN(8)
	return []*wire.RRSIG{
		change(func(c *wire.RRSIG) { c.Signature = base64.StdEncoding.EncodeToString(flipped) }),
		change(func(c *wire.RRSIG) { c.OrigTtl++ }),
		change(func(c *wire.RRSIG) { c.Expiration++ }),
		change(func(c *wire.RRSIG) { c.Inception++ }),
	}
}

func makeKey(t *testing.T, algorithm uint8, bits int) (*zoneKey, crypto.Signer) {
	t.Helper()
	k := &wire.DNSKEY{Hdr: wire.RR_Header{Name: ".", Rrtype: wire.TypeDNSKEY, Class: wire.ClassINET}, Flags: 257, Protocol: 3, Algorithm: algorithm}
	private, err := k.Generate(bits)
	if err != nil {
		t.Fatal(err)
	}
	return newZoneKey(k), private.(crypto.Signer)
}

func readSet(t *testing.T, text string) *rrset {
	t.Helper()
	var section []wire.RR
	for line := range strings.Lines(text) {
		rr, err := wire.NewRR(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rr.Header().Name = strings.ToLower(rr.Header().Name) // the library takes names of one spelling only
		section = append(section, rr)
	}
	return group(section)[0]
}

// Keys and signatures of no sense are refused, whatever their length.
func TestUnreadableKeys(t *testing.T) {
	for algorithm := range 20 {
		for _, length := range []int{0, 1, 2, 3, 4, 31, 32, 33, 63, 64, 65, 96, 97, 260} {
			k := newZoneKey(&wire.DNSKEY{Algorithm: uint8(algorithm), PublicKey: base64.StdEncoding.EncodeToString(make([]byte, length))})
			for _, signature := range [][]byte{nil, make([]byte, 1), make([]byte, 64), make([]byte, 96), make([]byte, 256)} {
				if k.verify([]byte("data"), signature) == nil {
					t.Errorf("algorithm %d, a key of %d and a signature of %d bytes of nothing hold", algorithm, length, len(signature))
				}
			}
		}
	}
}

// Whatever stands in a record, its canonical form ends, and only letters of names change.
func FuzzLowerNames(f *testing.F) {
	f.Add(uint16(wire.TypeMX), []byte("\x00\x0a\x04Mail\x00"))
	f.Add(uint16(wire.TypeNAPTR), []byte("\x00\x01\x00\x02\x01S\xffshort"))
	f.Add(uint16(wire.TypeSOA), []byte("\x02Ns\x00\x3fcut"))
	f.Fuzz(func(t *testing.T, qtype uint16, rdata []byte) {
		before := string(rdata)
		lowerNames(qtype, rdata)
		if !strings.EqualFold(before, string(rdata)) || len(before) != len(rdata) {
			t.Errorf("%q became %q", before, rdata)
		}
	})
}

func TestWithin(t *testing.T) {
	for _, row := range []struct {
		zone, name string
		want       bool
	}{
		{"example.", "example.", true}, {"example.", "a.example.", true}, {"example.", "anexample.", false}, {".", "example.", true}, {".", ".", true},
		{"example.", ".", false}, {"a.example.", "example.", false}, {"example.", `a\.example.`, false}, {"example.", `a\..example.`, true},
	} {
		if got := within(row.zone, row.name); got != row.want || got != wire.IsSubDomain(row.zone, row.name) {
			t.Errorf("%s within %s: %t", row.name, row.zone, got)
		}
	}
}
