package tlsscan

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hygie/exposure/tlsscan/preface"
)

// probe scans and checks what must hold of every scan: few connections for a verdict, and the same bytes the second time.
func probe(t *testing.T, serve func(net.Conn), o Options) Facts {
	t.Helper()
	target := listen(t, 0, serve)
	o.Now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	if o.Roots == nil {
		o.Roots = x509.NewCertPool()
	}
	if o.Wait == 0 {
		o.Wait = 400 * time.Millisecond
	}
	var first []byte
	var facts Facts
	for range 2 {
		d := quick()
		f, err := Probe(t.Context(), d, target, o)
		if err != nil {
			t.Fatal(err)
		}
		if n := d.Opened(); !o.Suites && !o.Groups && n > VerdictConnections {
			t.Errorf("%d connections for a verdict, %d are the most", n, VerdictConnections)
		}
		written, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, written) {
			t.Errorf("the same server, other facts:\n%s\n%s", first, written)
		}
		first, facts = written, f
	}
	var again Facts
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	if back, err := json.Marshal(again); err != nil || !bytes.Equal(back, first) {
		t.Errorf("facts read back differ (%v):\n%s\n%s", err, first, back)
	}
	return facts
}

func suitesSeen(f Facts, v Version) []Suite {
	var list []Suite
	for _, s := range f.Version(v).Suites {
		list = append(list, Suite(s))
	}
	slices.Sort(list)
	return list
}

func good(t testing.TB) *fake {
	return &fake{suites: map[Version][]Suite{TLS13: {0x1302, 0x1303, 0x1301}, TLS12: {0xc02b, 0xc02c}}, own: true, refusal: alertHandshakeFailure,
		groups: []Group{X25519MLKEM768, 29}, curve: 29, echoes: []uint16{extRenegotiation, extMasterSecret}, leaf: issue(t, x509.Certificate{}, nil, nil).der, signal: true}
}

func TestVerdicts(t *testing.T) {
	leaf := issue(t, x509.Certificate{}, nil, nil).der
	old := func(v Version, suites ...Suite) *fake {
		return &fake{suites: map[Version][]Suite{v: suites}, refusal: alertHandshakeFailure, curve: 23, prime: oldPrime(), leaf: leaf}
	}
	tests := map[string]struct {
		server  *fake
		yes     []Version
		classes []Class
		check   func(*testing.T, Facts)
	}{
		"a hole, by a server that never answers with a lower version": {&fake{suites: map[Version][]Suite{TLS10: {0x002f}, TLS12: {0x002f}}, refusal: alertProtocolVersion, leaf: leaf, exact: true},
			[]Version{TLS10, TLS12}, []Class{NoForwardSecrecy}, nil},
		"TLS 1.0 and nothing else in a hello": {&fake{suites: map[Version][]Suite{TLS10: {0x002f}}, refusal: alertProtocolVersion, leaf: leaf, exact: true}, []Version{TLS10}, []Class{NoForwardSecrecy}, nil},
		"hangs up, and much that is weak": {&fake{suites: map[Version][]Suite{TLS12: {0x006c, 0xc02f, 0x003b, 0x0005, 0x000a, 0x002f, 0xc013}}, own: true, curve: 23, prime: oldPrime(), leaf: leaf,
			breaks: func(s Suite) bool { return s.Traits().Exchange == "DHE" }}, []Version{TLS12}, []Class{NoEncryption, RC4, SmallBlock, NoForwardSecrecy, BlockMode, Modern}, nil},
		"good": {good(t), []Version{TLS12, TLS13}, []Class{Modern}, func(t *testing.T, f Facts) {
			for what, a := range map[string]Answer{"order": f.ServerOrder, "fallback": f.FallbackSignal, "renegotiation": f.SecureRenegotiation, "master secret": f.ExtendedMasterSecret, "hybrid": f.Hybrid} {
				if !a.Yes() {
					t.Errorf("%s: %+v", what, a)
				}
			}
			if !f.Compression.No() || !f.Tickets.No() || !f.EncryptThenMAC.Unknown() {
				t.Errorf("compression %+v, tickets %+v, encrypt_then_mac %+v", f.Compression, f.Tickets, f.EncryptThenMAC)
			}
		}},
		"SSL 2.0 and 3.0 with export": {&fake{suites: map[Version][]Suite{SSL3: {0x0003, 0x0005}}, kinds: []Suite{0x010080, 0x020080}, refusal: alertHandshakeFailure, leaf: leaf},
			[]Version{SSL2, SSL3}, []Class{ExportGrade, RC4}, func(t *testing.T, f Facts) {
				if got := suitesSeen(f, SSL2); !slices.Equal(got, []Suite{0x010080, 0x020080}) {
					t.Errorf("SSL 2.0: %v", got)
				}
				if !f.SecureRenegotiation.No() {
					t.Errorf("renegotiation: %+v", f.SecureRenegotiation)
				}
			}},
		"SSL 2.0 alone":                {&fake{kinds: []Suite{0x0700c0}, refusal: alertHandshakeFailure, leaf: leaf}, []Version{SSL2}, nil, nil},
		"only a version in the middle": {old(TLS11, 0x002f), []Version{TLS11}, []Class{NoForwardSecrecy}, nil},
		"a hole between two versions":  {&fake{suites: map[Version][]Suite{TLS10: {0x002f}, TLS12: {0x002f}}, refusal: alertProtocolVersion, leaf: leaf}, []Version{TLS10, TLS12}, []Class{NoForwardSecrecy}, nil},
		"null":                         {old(TLS12, 0x003b), []Version{TLS12}, []Class{NoEncryption}, nil},
		"anonymous alone":              {old(TLS10, 0xc018), []Version{TLS10}, []Class{Anonymous}, nil},
		"triple DES behind RC4":        {old(TLS10, 0x0005, 0x000a), []Version{TLS10}, []Class{RC4, SmallBlock}, nil},
		"all that is weak":             {old(TLS10, 0x003b, 0x0002, 0x0018, 0x001b, 0x0003, 0x0005, 0x000a, 0x0009), []Version{TLS10}, []Class{NoEncryption, Anonymous, ExportGrade, RC4, SmallBlock}, nil},
		"a small group": {old(TLS12, 0x009e), []Version{TLS12}, []Class{FiniteField, Modern}, func(t *testing.T, f Facts) {
			if len(f.DH) != 1 || f.DH[0].Bits != 1024 || f.DH[0].Known != "RFC 2409 group 2" || !f.DH[0].Safe.Yes() {
				t.Errorf("group: %+v", f.DH)
			}
		}},
		"CBC with encrypt_then_mac": {&fake{suites: map[Version][]Suite{TLS12: {0xc013}}, refusal: alertHandshakeFailure, curve: 23, leaf: leaf, echoes: []uint16{extEncryptThenMAC}},
			[]Version{TLS12}, []Class{BlockMode}, func(t *testing.T, f Facts) {
				if !f.EncryptThenMAC.Yes() || !f.ExtendedMasterSecret.No() || !f.FallbackSignal.Unknown() {
					t.Errorf("encrypt_then_mac %+v, master secret %+v, fallback %+v", f.EncryptThenMAC, f.ExtendedMasterSecret, f.FallbackSignal)
				}
			}},
		"compression": {&fake{suites: map[Version][]Suite{TLS10: {0x002f}}, refusal: alertHandshakeFailure, leaf: leaf, deflate: true}, []Version{TLS10}, []Class{NoForwardSecrecy},
			func(t *testing.T, f Facts) {
				if !f.Compression.Yes() {
					t.Errorf("compression %+v", f.Compression)
				}
			}},
		"hangs up instead of refusing": {&fake{suites: map[Version][]Suite{TLS12: {0xc02f, 0x002f}}, curve: 23, leaf: leaf}, []Version{TLS12}, []Class{NoForwardSecrecy, Modern},
			func(t *testing.T, f Facts) {
				if a := f.Version(TLS10).Accepted; a != no("reset twice") {
					t.Errorf("TLS 1.0: %+v", a)
				}
			}},
		"a certificate for ECDSA hides what that of RSA serves": {&fake{suites: map[Version][]Suite{TLS12: {0xc02b, 0xc009, 0x000a, 0x009e, 0x002f}}, own: true, refusal: alertHandshakeFailure, curve: 23,
			prime: oldPrime(), leaf: leaf, apart: true}, []Version{TLS12}, []Class{SmallBlock, NoForwardSecrecy, FiniteField, BlockMode, Modern}, nil},
		"a certificate for ECDSA hides much": {&fake{suites: map[Version][]Suite{TLS12: {0xc02b, 0xc007, 0x003b, 0x0018, 0x000a, 0x009e, 0x002f, 0xc013}}, own: true, refusal: alertHandshakeFailure, curve: 23,
			prime: oldPrime(), leaf: leaf, apart: true}, []Version{TLS12}, []Class{NoEncryption, Anonymous, RC4, SmallBlock, NoForwardSecrecy, FiniteField, BlockMode, Modern}, nil},
		"a certificate for ECDSA hides a version": {&fake{suites: map[Version][]Suite{TLS12: {0xc02b}, TLS10: {0x002f}}, own: true, refusal: alertHandshakeFailure, curve: 23, leaf: leaf, apart: true},
			[]Version{TLS10, TLS12}, []Class{NoForwardSecrecy, Modern}, nil},
		"DHE by the names of groups": {&fake{suites: map[Version][]Suite{TLS12: {0xc02f, 0x009e}}, refusal: alertHandshakeFailure, curve: 23, prime: oldPrime(), leaf: leaf, agreed: true},
			[]Version{TLS12}, []Class{FiniteField, Modern}, nil},
		"for export below TLS 1.1 only": {&fake{suites: map[Version][]Suite{TLS12: {0xc02f}, TLS10: {0xc013, 0x0003, 0x0009}}, own: true, refusal: alertHandshakeFailure, curve: 23, leaf: leaf},
			[]Version{TLS10, TLS12}, []Class{ExportGrade, RC4, SmallBlock, BlockMode, Modern}, nil},
		"shared keys alone": {&fake{suites: map[Version][]Suite{TLS12: {0x00a8, 0x008c}, TLS10: {0x008c, 0x002c}}, refusal: alertHandshakeFailure}, []Version{TLS10, TLS12}, nil, nil},
		"ARIA alone":        {&fake{suites: map[Version][]Suite{TLS12: {0xc060}}, refusal: alertHandshakeFailure, curve: 23, leaf: leaf}, []Version{TLS12}, []Class{Modern}, nil},
		"no hybrid, said with an alert of its own": {&fake{suites: map[Version][]Suite{TLS13: {0x1301}}, groups: []Group{23}, refusal: alertUnexpected}, []Version{TLS13}, nil, func(t *testing.T, f Facts) {
			if !f.Hybrid.No() {
				t.Errorf("hybrid %+v", f.Hybrid)
			}
		}},
		"hangs up on long hellos": {&fake{suites: map[Version][]Suite{TLS12: {0xc02f}}, curve: 23, leaf: leaf, most: 40}, []Version{TLS12}, []Class{Modern}, nil},
		"a broken exchange hides a weak one": {&fake{suites: map[Version][]Suite{TLS12: {0x006c, 0xc02f, 0xc018}}, own: true, curve: 23, prime: oldPrime(), leaf: leaf,
			breaks: func(s Suite) bool { return s.Traits().Exchange == "DHE" }}, []Version{TLS12}, []Class{Anonymous, Modern}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := probe(t, test.server.serve, Options{})
			for _, v := range Versions() {
				if a := f.Version(v).Accepted; a.Yes() != slices.Contains(test.yes, v) || a.Unknown() {
					t.Errorf("%v: %+v", v, a)
				}
			}
			for _, c := range Classes() {
				if a := f.Class(c).Accepted; a.Yes() != slices.Contains(test.classes, c) {
					t.Errorf("class %s: %+v", c, a)
				}
			}
			if test.check != nil {
				test.check(t, f)
			}
		})
	}
}

// Whatever suites a server has, and however it refuses, the full list is its list, and the classes of the verdict are those of the list.
func TestListsAreExact(t *testing.T) {
	leaf := issue(t, x509.Certificate{}, nil, nil).der
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			server := &fake{suites: map[Version][]Suite{}, own: random.IntN(2) == 0, refusal: []Alert{40, 70, 71, 0}[random.IntN(4)], curve: 23,
				prime: oldPrime(), leaf: leaf, groups: []Group{29, 23}}
			for _, v := range []Version{SSL3, TLS10, TLS12, TLS13} {
				all := suitesOf(v)
				if random.IntN(4) == 0 {
					continue
				}
				for range 1 + random.IntN(30) {
					if s := all[random.IntN(len(all))]; s != 0 && !slices.Contains(server.suites[v], s) && !sorted().rare(s) {
						server.suites[v] = append(server.suites[v], s)
					}
				}
			}
			f := probe(t, server.serve, Options{Suites: true})
			if a := f.ServerOrder; a.Yes() && !server.own || a.No() && server.own {
				t.Errorf("order %+v, its own: %v", a, server.own)
			}
			for v, want := range server.suites {
				want = slices.Sorted(slices.Values(want))
				if got := suitesSeen(f, v); !slices.Equal(got, want) || !f.Version(v).Complete && len(want) > 0 {
					t.Errorf("%v: got %v, want %v (%+v)", v, got, want, f.Version(v))
				}
			}
		})
	}
}

// A server that turns connections away after the first few, or goes down, is denied nothing that it has.
func TestServersThatTire(t *testing.T) {
	leaf := issue(t, x509.Certificate{}, nil, nil).der
	for n := range int64(20) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			server := &fake{suites: map[Version][]Suite{SSL3: {0x0005, 0x0003}, TLS10: {0x000a, 0x0003}, TLS11: {0x002f}, TLS12: {0xc02f, 0xc013, 0x009e, 0x0018, 0x003b}, TLS13: {0x1301}}, own: true, refusal: alertHandshakeFailure,
				groups: []Group{29}, curve: 23, prime: oldPrime(), leaf: leaf, kinds: []Suite{0x0700c0}}
			var served atomic.Int64
			target := listen(t, 0, func(c net.Conn) {
				if served.Add(1) > n {
					c.Close()
					return
				}
				server.serve(c)
			})
			f, err := Probe(t.Context(), quick(), target, Options{Roots: x509.NewCertPool()})
			if err != nil {
				return
			}
			for _, v := range f.Versions {
				if v.Accepted.No() {
					t.Errorf("%v: %+v", v.Version, v.Accepted)
				}
			}
			for _, c := range f.Classes {
				if c.Accepted.No() {
					t.Errorf("%s: %+v", c.Class, c.Accepted)
				}
			}
		})
	}
}

// What hides suites from others hides none from the full list.
func TestListsOfOddServers(t *testing.T) {
	list := []Suite{0xc02b, 0xc009, 0xc02f, 0xc013, 0x000a, 0x009e, 0x0033, 0x0018, 0x002f, 0xc060, 0x00a8}
	for name, change := range map[string]func(*fake){
		"a certificate for ECDSA hides others": func(f *fake) { f.apart = true },
		"few suites of ECDSA, that hide others": func(f *fake) {
			f.apart, f.suites[TLS12] = true, []Suite{0xc02b, 0x009e, 0x002f}
		},
		"not more than 127 suites": func(f *fake) { f.most = 127 },
		"groups by name":           func(f *fake) { f.agreed = true },
		"groups by name, hangs up": func(f *fake) { f.agreed, f.refusal = true, 0 },
		"shared keys":              func(f *fake) { f.suites[TLS12] = []Suite{0x00a8, 0x002c} },
	} {
		t.Run(name, func(t *testing.T) {
			server := &fake{suites: map[Version][]Suite{TLS12: slices.Clone(list)}, own: true, refusal: alertHandshakeFailure, curve: 23, prime: oldPrime(), leaf: issue(t, x509.Certificate{}, nil, nil).der}
			change(server)
			f := probe(t, server.serve, Options{Suites: true})
			if got, want := suitesSeen(f, TLS12), slices.Sorted(slices.Values(server.suites[TLS12])); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// A suite that is chosen and cannot be served hides nothing but itself.
func TestBrokenSuiteHidesNothing(t *testing.T) {
	list := []Suite{0x009e, 0x009f, 0x0033, 0x0039, 0x0067, 0x006b, 0xc02f, 0x002f}
	for name, breaks := range map[string]func(Suite) bool{
		"one suite":     func(s Suite) bool { return s == 0x009f },
		"key exchange":  func(s Suite) bool { return s.Traits().Exchange == "DHE" },
		"several modes": func(s Suite) bool { return s == 0x0033 || s == 0x006b },
	} {
		t.Run(name, func(t *testing.T) {
			server := &fake{suites: map[Version][]Suite{TLS12: list}, own: true, refusal: alertHandshakeFailure, curve: 23, prime: oldPrime(),
				leaf: issue(t, x509.Certificate{}, nil, nil).der, breaks: breaks}
			f := probe(t, server.serve, Options{Suites: true})
			want := slices.DeleteFunc(slices.Clone(list), breaks)
			slices.Sort(want)
			if got := suitesSeen(f, TLS12); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	server := good(t)
	server.groups = []Group{29, 23, 0x0100, X25519MLKEM768}
	f := probe(t, server.serve, Options{Groups: true})
	if want := []Group{23, 29, 0x0100, X25519MLKEM768}; !slices.Equal(f.Groups, want) || !f.Hybrid.Yes() {
		t.Errorf("groups %v, hybrid %+v", f.Groups, f.Hybrid)
	}
	server.groups = []Group{24}
	f = probe(t, server.serve, Options{})
	if !f.Hybrid.No() || !slices.Equal(f.Groups, []Group{24}) {
		t.Errorf("groups %v, hybrid %+v", f.Groups, f.Hybrid)
	}
}

func TestServersThatAreNoServers(t *testing.T) {
	tests := map[string]func(net.Conn){
		"web without TLS": func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); c.Close() },
		"hangs up":        func(c net.Conn) { c.Close() },
		"says nothing":    func(c net.Conn) { io.Copy(io.Discard, c); c.Close() },
		"one byte at a time": func(c net.Conn) {
			for _, b := range []byte{22, 3, 3, 0, 80, 2, 0} {
				if _, err := c.Write([]byte{b}); err != nil {
					break
				}
				time.Sleep(200 * time.Millisecond)
			}
			c.Close()
		},
		"endless warnings": func(c net.Conn) {
			for {
				if _, err := c.Write(recordOf(typeAlert, TLS12, 1, 90)); err != nil {
					break
				}
			}
			c.Close()
		},
		"endless handshake": func(c net.Conn) {
			for {
				if _, err := c.Write(recordOf(typeHandshake, TLS12, append([]byte{2, 1, 255, 255}, make([]byte, 1000)...)...)); err != nil {
					break
				}
			}
			c.Close()
		},
	}
	for name, serve := range tests {
		t.Run(name, func(t *testing.T) {
			target := listen(t, 0, serve)
			begin := time.Now()
			f, err := Probe(t.Context(), quick(), target, Options{Wait: 300 * time.Millisecond})
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("took %v", took)
			}
			for _, v := range f.Versions {
				if v.Accepted.Yes() {
					t.Errorf("%v accepted (%v)", v.Version, err)
				}
			}
			if f.Offered.Yes() {
				t.Errorf("TLS offered: %+v", f.Offered)
			}
		})
	}
}

func TestNoTLSOffered(t *testing.T) {
	target := listen(t, 0, func(c net.Conn) {
		defer c.Close()
		io.WriteString(c, "220 mx\r\n")
		c.Read(make([]byte, 100))
		io.WriteString(c, "250-mx\r\n250 SIZE\r\n")
		io.Copy(io.Discard, c)
	})
	p, err := preface.ByName("smtp")
	if err != nil {
		t.Fatal(err)
	}
	d := quick()
	f, err := Probe(t.Context(), d, target, Options{Preface: p})
	if err != nil || !f.Offered.No() || d.Opened() != 1 {
		t.Errorf("%+v, error %v, %d connections", f.Offered, err, d.Opened())
	}
}

// What goes wrong after TLS 1.3 was accepted takes nothing back of that, and ends.
func TestHandshakesThatDoNotEnd(t *testing.T) {
	record := func(kind byte, content ...byte) func(*fake, net.Conn, clientHello) {
		return func(_ *fake, c net.Conn, _ clientHello) { c.Write(recordOf(kind, TLS12, content...)) }
	}
	for name, say := range map[string]func(*fake, net.Conn, clientHello){
		"another retry": func(f *fake, c net.Conn, h clientHello) {
			out, _ := f.answer(h)
			c.Write(out)
		},
		"an answer of TLS 1.2": func(f *fake, c net.Conn, h clientHello) {
			old := h
			old.version = TLS12
			out, _ := f.answer(old)
			c.Write(out)
		},
		"a share that is none": func(f *fake, c net.Conn, h clientHello) {
			h.shares = true
			out, _ := f.answer(h) // all zero: no point of X25519
			c.Write(out)
		},
		"application data":  record(typeApplicationData, 1, 2, 3),
		"an alert":          record(typeAlert, 2, 80),
		"an empty alert":    record(typeAlert),
		"a heartbeat":       record(typeHeartbeat, 1),
		"a message cut off": record(typeHandshake, typeServerHello, 0, 1),
		"changes of cipher": func(_ *fake, c net.Conn, _ clientHello) {
			for {
				if _, err := c.Write(recordOf(typeChangeCipherSpec, TLS12, 1)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := good(t)
			server.groups = []Group{29}
			server.after = func(c net.Conn, in *bufio.Reader, h clientHello) {
				if _, _, err := readHello(in); err == nil || h.version != TLS13 {
					say(server, c, h)
					return
				}
				if _, _, err := readHello(in); err == nil { // the hello after the empty change of cipher
					say(server, c, h)
				}
			}
			f := probe(t, server.serve, Options{})
			if !f.Version(TLS13).Accepted.Yes() || !f.EarlyData.Unknown() || !f.Version(TLS12).Accepted.Yes() {
				t.Errorf("TLS 1.3 %+v, TLS 1.2 %+v, early data %+v", f.Version(TLS13).Accepted, f.Version(TLS12).Accepted, f.EarlyData)
			}
		})
	}
}
