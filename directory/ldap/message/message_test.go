package message

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"golang.org/x/crypto/cryptobyte"
)

// The whole of what can be sent, read back by another BER library.
func TestRequestsAreWellFormed(t *testing.T) {
	for _, row := range []struct {
		name     string
		op       Operation
		body     func(*cryptobyte.Builder)
		controls []Control
		tag      ber.Tag
		parts    int
	}{
		{"simple bind", OpBind, SimpleBind("a@b", "x"), nil, 0, 3},
		{"sasl bind", OpBind, SASLBind("GSSAPI", []byte{1, 2}), nil, 0, 3},
		{"search", OpSearch, Search("DC=é", Subtree, []string{"a", "b"}), []Control{{OIDPaging, true, PagingValue(1000, []byte("c"))}, {OIDSDFlags, true, SDFlagsValue(7)}}, 3, 8},
		{"start TLS", OpExtended, StartTLS, nil, 23, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := Encode(300, row.op, row.body, row.controls)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ber.DecodePacketErr(b)
			if err != nil || !bytes.Equal(p.Bytes(), b) {
				t.Fatalf("not the encoding another library would give: %v", err)
			}
			if id := p.Children[0].Value.(int64); id != 300 || p.Children[1].Tag != row.tag || len(p.Children[1].Children) != row.parts {
				t.Errorf("number %d, operation %d of %d parts", id, p.Children[1].Tag, len(p.Children[1].Children))
			}
			if len(row.controls) > 0 && len(p.Children[2].Children) != len(row.controls) {
				t.Errorf("%d controls", len(p.Children[2].Children))
			}
		})
	}
}

// No request that changes anything can be encoded, whatever a caller passes.
func TestOnlyReadingCanBeEncoded(t *testing.T) {
	allowed := map[byte]bool{0x60: true, 0x42: true, 0x63: true, 0x77: true}
	for op := range 256 {
		_, err := Encode(1, Operation(op), func(*cryptobyte.Builder) {}, nil)
		if (err == nil) != allowed[byte(op)] {
			t.Errorf("operation 0x%02x: %v", op, err)
		}
	}
}

func entryMessage(t testing.TB) []byte {
	t.Helper()
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(7), ""))
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
	octets := func(s string) *ber.Packet {
		return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
	}
	r.AppendChild(octets("CN=Zoé,DC=test"))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, values := range map[string][]string{"objectClass": {"top", "user"}} {
		a := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		a.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		a.AppendChild(set)
		list.AppendChild(a)
	}
	r.AppendChild(list)
	m.AppendChild(r)
	return m.Bytes()
}

func TestDecodeEntry(t *testing.T) {
	raw := entryMessage(t)
	// The same with lengths on four bytes, as Windows writes them.
	wide, _ := hex.DecodeString("308400000012" + "020107" + "648400000009" + "0401" + "41" + "308400000000")
	for name, input := range map[string][]byte{"short lengths": raw, "long lengths": wide} {
		content, err := Read(bufio.NewReader(bytes.NewReader(input)), nil, Max)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := Decode(content)
		if err != nil || m.ID != 7 || m.Op != AnswerEntry {
			t.Fatalf("%s: %+v %v", name, m, err)
		}
		var e Entry
		if err := DecodeEntry(m.Body, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "short lengths" && (e.DN != "CN=Zoé,DC=test" || strings.Join(e.Texts("OBJECTCLASS"), " ") != "top user") {
			t.Errorf("%+v", e)
		}
		if name == "long lengths" && (e.DN != "A" || len(e.Attributes) != 0) {
			t.Errorf("%+v", e)
		}
	}
}

// Cut anywhere, an entry is refused and the place is told; nothing panics.
func TestTruncatedMessages(t *testing.T) {
	raw := entryMessage(t)
	for n := range raw {
		_, err := Read(bufio.NewReader(bytes.NewReader(raw[:n])), nil, Max)
		if err == nil || n > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("stream cut at %d: %v", n, err)
		}
	}
	content, err := Read(bufio.NewReader(bytes.NewReader(raw)), nil, Max)
	if err != nil {
		t.Fatal(err)
	}
	for n := range content {
		m, err := Decode(content[:n])
		if err == nil {
			var e Entry
			err = DecodeEntry(m.Body, &e)
		}
		var bad *Malformed
		if !errors.As(err, &bad) || bad.Offset > n {
			t.Errorf("content cut at %d: %v", n, err)
		}
	}
}

func TestHostileMessages(t *testing.T) {
	for _, row := range []struct{ name, input, want string }{
		{"not LDAP", "485454502f312e31", "tag 0x48"},
		{"HTTP over TLS", "1503010002020a", "tag 0x15"},
		{"indefinite length", "3080", "length form"},
		{"nine bytes of length", "3089010101010101010101", "length form"},
		{"huge length", "3084ffffffff", "more than the"},
		{"length of 2^56", "30880100000000000000", "more than the"},
	} {
		t.Run(row.name, func(t *testing.T) {
			input, err := hex.DecodeString(row.input)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Read(bufio.NewReader(bytes.NewReader(input)), nil, Max)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// A claimed length alone costs no memory.
func TestClaimedLengthCostsNothing(t *testing.T) {
	input := append([]byte{0x30, 0x84, 0x03, 0xff, 0xff, 0xff}, make([]byte, 1000)...)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Read(bufio.NewReader(bytes.NewReader(input)), nil, Max); err == nil {
				b.Fatal("accepted")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 4<<20 {
		t.Errorf("%d bytes taken for a message of 1,000", allocated)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(entryMessage(f))
	done, _ := hex.DecodeString("300c02010161070a010004000400")
	f.Add(done)
	f.Fuzz(func(t *testing.T, input []byte) {
		r := bufio.NewReader(bytes.NewReader(input))
		var buf []byte
		for {
			content, err := Read(r, buf, 1<<16)
			if err != nil {
				return
			}
			buf = content
			m, err := Decode(content)
			if err != nil {
				continue
			}
			var e Entry
			_ = DecodeEntry(m.Body, &e)
			_, _ = DecodeResult(m.Body)
			_, _ = DecodePaging(m.Controls)
		}
	})
}

func TestParseRange(t *testing.T) {
	for _, row := range []struct {
		in          string
		name        string
		first, last int
		ok          bool
	}{
		{"member;range=0-1499", "member", 0, 1499, true},
		{"member;Range=1500-*", "member", 1500, -1, true},
		{"member;range=5-4", "", 0, 0, false},
		{"member;range=-1-4", "", 0, 0, false},
		{"member;range=a-b", "", 0, 0, false},
		{"member;range=3", "", 0, 0, false},
		{";range=0-1", "", 0, 0, false},
		{"member;range=0-99999999999999999999", "", 0, 0, false},
	} {
		name, first, last, err := ParseRange(row.in)
		if (err == nil) != row.ok || name != row.name || row.ok && (first != row.first || last != row.last) {
			t.Errorf("%s: %s %d %d %v", row.in, name, first, last, err)
		}
	}
}
