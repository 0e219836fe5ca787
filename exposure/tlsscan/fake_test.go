package tlsscan

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// fake is a server that answers hellos without any cryptography: it can be what no package of today can be any more.
type fake struct {
	suites  map[Version][]Suite // what it accepts, in its order
	own     bool                // its order prevails
	refusal Alert               // with which it refuses; 0 hangs up
	breaks  func(Suite) bool    // suites it chooses and then cannot serve
	kinds   []Suite             // of SSL 2.0, nil for none
	groups  []Group             // of TLS 1.3
	curve   Group               // up to TLS 1.2
	prime   *big.Int            // of DHE
	echoes  []uint16            // extensions it takes up
	deflate bool
	most    int // more suites than this in a hello make it hang up; 0 for no limit
	leaf    []byte
	signal  bool // refuses needless retries
	exact   bool // refuses a version it does not have instead of answering with a lower one
	apart   bool // has two certificates, and takes that for ECDSA for whoever offers any suite of it up to TLS 1.2
	agreed  bool // agrees on DHE only with those who name a group of RFC 7919

	after func(conn net.Conn, in *bufio.Reader, h clientHello) // what it does once its flight is sent
}

// clientHello is what a fake reads of a hello.
type clientHello struct {
	version    Version
	suites     []Suite
	groups     []Group
	session    []byte
	compresses bool
	extensions map[uint16][]byte
	shares     bool
}

var errNotHello = errors.New("not a hello")

func readHello(in *bufio.Reader) (clientHello, []byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(in, head); err != nil {
		return clientHello{}, nil, err
	}
	body := make([]byte, binary.BigEndian.Uint16(head[3:]))
	if _, err := io.ReadFull(in, body); err != nil {
		return clientHello{}, nil, err
	}
	raw := append(head, body...)
	s := cryptobyte.String(body)
	var h clientHello
	var kind, first uint8
	var message, session, suites, compression, extensions cryptobyte.String
	var version uint16
	if !s.ReadUint8(&kind) || kind != typeClientHello || !s.ReadUint24LengthPrefixed(&message) || !message.ReadUint16(&version) || !message.Skip(32) ||
		!message.ReadUint8LengthPrefixed(&session) || !message.ReadUint16LengthPrefixed(&suites) || !message.ReadUint8LengthPrefixed(&compression) ||
		!compression.ReadUint8(&first) {
		return clientHello{}, raw, errNotHello
	}
	h.version, h.session, h.compresses, h.extensions = Version(version), session, first == 1, map[uint16][]byte{}
	for !suites.Empty() {
		var n uint16
		suites.ReadUint16(&n)
		h.suites = append(h.suites, Suite(n))
	}
	message.ReadUint16LengthPrefixed(&extensions)
	for !extensions.Empty() {
		var n uint16
		var content cryptobyte.String
		if !extensions.ReadUint16(&n) || !extensions.ReadUint16LengthPrefixed(&content) {
			return clientHello{}, raw, errNotHello
		}
		h.extensions[n] = content
	}
	if _, has := h.extensions[extSupportedVersions]; has {
		h.version = TLS13
	}
	list := cryptobyte.String(h.extensions[extGroups])
	var groups cryptobyte.String
	list.ReadUint16LengthPrefixed(&groups)
	for !groups.Empty() {
		var n uint16
		groups.ReadUint16(&n)
		h.groups = append(h.groups, Group(n))
	}
	h.shares = len(h.extensions[extKeyShare]) > 2
	return h, raw, nil
}

// serve answers one connection.
func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(conn)
	if first, err := in.Peek(1); err == nil && first[0]&0x80 != 0 {
		f.serveSSL2(conn, in)
		return
	}
	h, _, err := readHello(in)
	if err != nil {
		return
	}
	if f.most > 0 && len(h.suites) > f.most {
		return
	}
	out, refused := f.answer(h)
	if refused != 0 {
		conn.Write(recordOf(typeAlert, TLS10, 2, byte(refused)))
		return
	}
	if out == nil {
		return
	}
	conn.Write(out)
	if f.after != nil {
		f.after(conn, in, h)
		return
	}
	if h.version == TLS13 { // no cryptography, no second flight
		in.ReadByte()
		return
	}
	io.Copy(io.Discard, in)
}

// choose gives the version and suite, 0 for none.
func (f *fake) choose(h clientHello) (Version, Suite) {
	for v := h.version; v >= SSL3; v-- {
		accepted := f.suites[v]
		if f.exact && v != h.version {
			return 0, 0
		}
		if h.version == TLS13 && v != TLS13 {
			return 0, 0 // our hellos of TLS 1.3 offer nothing else
		}
		if len(accepted) == 0 {
			continue
		}
		accepted = slices.DeleteFunc(slices.Clone(accepted), func(s Suite) bool {
			ecdsa := func(s Suite) bool { return s.Traits().Auth == "ECDSA" }
			return f.apart && v < TLS13 && ecdsa(s) != slices.ContainsFunc(h.suites, ecdsa) ||
				f.agreed && s.Traits().Exchange == "DHE" && !slices.Contains(h.groups, 0x100)
		})
		first, second := h.suites, accepted
		if f.own {
			first, second = accepted, h.suites
		}
		for _, s := range first {
			if slices.Contains(second, s) {
				return v, s
			}
		}
		return v, 0
	}
	return 0, 0
}

func (f *fake) answer(h clientHello) (out []byte, refused Alert) {
	v, suite := f.choose(h)
	if v != 0 && f.signal && slices.Contains(h.suites, signalFallback) {
		for better := h.version + 1; better <= TLS13; better++ {
			if len(f.suites[better]) > 0 {
				return nil, alertInappropriateRetry
			}
		}
	}
	if suite == 0 {
		return nil, f.refusal
	}
	var b cryptobyte.Builder
	group := Group(0)
	if v == TLS13 {
		i := slices.IndexFunc(f.groups, func(g Group) bool { return slices.Contains(h.groups, g) })
		if i < 0 {
			return nil, f.refusal
		}
		group = f.groups[i]
	}
	f.message(&b, typeServerHello, func(b *cryptobyte.Builder) { f.hello(b, h, v, suite, group) })
	if v < TLS13 {
		if f.breaks != nil && f.breaks(suite) {
			return append(recordOf(typeHandshake, v, b.BytesOrPanic()...), recordOf(typeAlert, v, 2, 80)...), 0
		}
		f.flight(&b, suite)
	}
	message := b.BytesOrPanic()
	for len(message) > 0 { // records cut where they like
		n := min(len(message), 700)
		out = append(out, recordOf(typeHandshake, min(v, TLS12), message[:n]...)...)
		message = message[n:]
	}
	return out, 0
}

func (f *fake) message(b *cryptobyte.Builder, kind uint8, body func(*cryptobyte.Builder)) {
	b.AddUint8(kind)
	b.AddUint24LengthPrefixed(body)
}

func (f *fake) hello(b *cryptobyte.Builder, h clientHello, v Version, suite Suite, group Group) {
	b.AddUint16(uint16(min(v, TLS12)))
	if v == TLS13 && !h.shares {
		b.AddBytes(retryRandom)
	} else {
		random := make([]byte, 32)
		rand.Read(random)
		b.AddBytes(random)
	}
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(h.session) })
	b.AddUint16(uint16(suite))
	if f.deflate && h.compresses {
		b.AddUint8(1)
	} else {
		b.AddUint8(0)
	}
	if v == SSL3 {
		return
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		if v == TLS13 {
			extension(b, extSupportedVersions, func(b *cryptobyte.Builder) { b.AddUint16(uint16(TLS13)) })
			extension(b, extKeyShare, func(b *cryptobyte.Builder) {
				b.AddUint16(uint16(group))
				if h.shares {
					b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 32)) })
				}
			})
			return
		}
		for _, e := range f.echoes {
			_, asked := h.extensions[e]
			switch {
			case e == extEncryptThenMAC && suite.Traits().Mode != "CBC":
			case e == extRenegotiation && (asked || slices.Contains(h.suites, signalSecureRenegotiation)):
				extension(b, e, func(b *cryptobyte.Builder) { b.AddUint8(0) })
			case asked:
				extension(b, e, empty)
			}
		}
	})
}

func (f *fake) flight(b *cryptobyte.Builder, suite Suite) {
	t := suite.Traits()
	if t.Auth != "anon" && t.Auth != "PSK" {
		f.message(b, typeCertificate, func(b *cryptobyte.Builder) {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(f.leaf) })
			})
		})
	}
	switch t.Exchange {
	case "ECDHE":
		f.message(b, typeServerKeyExchange, func(b *cryptobyte.Builder) {
			b.AddUint8(3)
			b.AddUint16(uint16(f.curve))
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, 32)) })
		})
	case "DHE":
		f.message(b, typeServerKeyExchange, func(b *cryptobyte.Builder) {
			for _, n := range []*big.Int{f.prime, big.NewInt(2), big.NewInt(4)} {
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(n.Bytes()) })
			}
		})
	}
	f.message(b, typeServerHelloDone, empty)
}

// serveSSL2 answers a CLIENT-HELLO of SSL 2.0.
func (f *fake) serveSSL2(conn net.Conn, in *bufio.Reader) {
	if f.kinds == nil {
		conn.Write(recordOf(typeAlert, TLS10, 2, byte(alertProtocolVersion)))
		return
	}
	var b cryptobyte.Builder
	b.AddUint8(4)
	b.AddUint8(0)
	b.AddUint8(1)
	b.AddUint16(uint16(SSL2))
	b.AddUint16(uint16(len(f.leaf)))
	b.AddUint16(uint16(3 * len(f.kinds)))
	b.AddUint16(16)
	b.AddBytes(f.leaf)
	for _, k := range f.kinds {
		b.AddUint24(uint32(k))
	}
	b.AddBytes(make([]byte, 16))
	body := b.BytesOrPanic()
	conn.Write(append([]byte{0x80 | byte(len(body)>>8), byte(len(body))}, body...))
	io.Copy(io.Discard, in)
}

// listen serves each connection until the test ends.
func listen(t testing.TB, classes perimeter.Class, serve func(net.Conn)) perimeter.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() { l.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { serve(conn) })
		}
	})
	target, err := perimeter.Loopback("www.exemple.test", l.Addr().(*net.TCPAddr).AddrPort(), classes)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// quick is a dialer without courtesy: the servers are ours.
func quick() *reach.Dialer {
	return reach.New(reach.Limits{PerAddress: 4, PerSecond: 1e6, PerNetwork: 1e6})
}

// identity is a certificate and its key.
type identity struct {
	der []byte
	key any
}

// issue makes a certificate, signed by another or by itself.
func issue(t testing.TB, template x509.Certificate, key any, by *identity) identity {
	t.Helper()
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(7)
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if template.Subject.String() == "" {
		template.Subject = pkix.Name{CommonName: "www.exemple.test"}
	}
	parent, signer := &template, key
	if by != nil {
		var err error
		if parent, err = x509.ParseCertificate(by.der); err != nil {
			t.Fatal(err)
		}
		signer = by.key
	}
	var public any
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		public = &k.PublicKey
	case *rsa.PrivateKey:
		public = &k.PublicKey
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, public, signer)
	if err != nil {
		t.Fatal(err)
	}
	return identity{der, key}
}

// oldPrime is the second group of RFC 2409, of 1024 bits.
func oldPrime() *big.Int {
	p, _ := new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)
	return p
}

func extension(b *cryptobyte.Builder, number uint16, content func(*cryptobyte.Builder)) {
	b.AddUint16(number)
	b.AddUint16LengthPrefixed(content)
}

func empty(*cryptobyte.Builder) {}
