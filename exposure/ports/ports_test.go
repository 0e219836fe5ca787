package ports

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

func swift() *reach.Dialer {
	return reach.New(reach.Limits{PerAddress: 64, PerSecond: 1e6, PerNetwork: 1e6, Total: 512})
}

// listenOn opens a port of one address of this machine.
func listenOn(t *testing.T, address string) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Skipf("SKIPPED: %s is no address of this machine: %v", address, err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

func targets(t testing.TB, addresses ...string) (list []perimeter.Target) {
	t.Helper()
	for _, a := range addresses {
		target, err := perimeter.Loopback("", netip.AddrPortFrom(netip.MustParseAddr(a), 1), 0)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, target)
	}
	return list
}

func TestCuratedList(t *testing.T) {
	list := Curated()
	if len(list) < 100 {
		t.Fatalf("%d ports", len(list))
	}
	stages := map[Stage]int{}
	for _, p := range list {
		if p.FR == "" || p.EN == "" || p.Protocol == "" {
			t.Errorf("port %d says nothing of itself", p.Number)
		}
		if p.Transport == "tcp" {
			stages[p.Stage]++
		}
	}
	if stages[First] > 16 {
		t.Errorf("%d ports are asked of addresses where nobody may be", stages[First])
	}
	for _, n := range []uint16{22, 104, 445, 2575, 3389, 11112} { // what this list is for
		if !slices.ContainsFunc(list, func(p Port) bool { return p.Number == n && p.Transport == "tcp" && p.Stage != Known }) {
			t.Errorf("port %d is not asked of every address", n)
		}
	}
	list[0].Number = 1
	if Curated()[0].Number == 1 {
		t.Error("the list of one caller is that of all")
	}
}

func TestAllPorts(t *testing.T) {
	seen := map[uint16]bool{}
	for _, p := range All() {
		if p.Transport == "tcp" {
			if seen[p.Number] {
				t.Fatalf("port %d twice", p.Number)
			}
			seen[p.Number] = true
		}
	}
	if len(seen) != 65535 {
		t.Errorf("%d ports", len(seen))
	}
}

func TestListOfPortsSaysWhereItIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"22 | tcp | ssh | first | un":                                "line 1: 5 fields",
		"# x\n\n0 | tcp | ssh | first | a | b":                       `line 3: "0" is no port`,
		"70000 | tcp | ssh | first | a | b":                          `line 1: "70000"`,
		"22 | sctp | ssh | first | a | b":                            `transport "sctp"`,
		"22 | tcp | ssh | soon | a | b":                              `stage "soon"`,
		"22 | tcp | a | first | a | b\n22 | tcp | a | first | a | b": "line 2: tcp22 twice",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestScan(t *testing.T) {
	one, other, six := listenOn(t, "127.0.0.31"), listenOn(t, "127.0.0.32"), listenOn(t, "::1")
	list := []Port{{Number: one, Transport: "tcp", Stage: First}, {Number: other, Transport: "tcp", Stage: Known}, {Number: six, Transport: "tcp", Stage: Always}, {Number: 9, Transport: "udp", Stage: Always}}
	hosts, err := Scan(t.Context(), swift(), targets(t, "127.0.0.32", "127.0.0.31", "::1", "127.0.0.31"), list, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(hosts) != 3 {
		t.Fatalf("%d hosts for three addresses", len(hosts))
	}
	want := map[string][]uint16{"127.0.0.31": {one}, "127.0.0.32": {other}, "::1": {six}}
	for i, h := range hosts {
		if !slices.Equal(h.Open, want[h.Address.String()]) || h.Closed != 2 || len(h.Silent) != 0 || !h.Alive() {
			t.Errorf("%+v", h)
		}
		if i > 0 && hosts[i-1].Address.Compare(h.Address) >= 0 {
			t.Error("hosts are not in order")
		}
	}
	if !slices.Equal(hosts[0].Open, want["127.0.0.31"]) {
		t.Errorf("first %+v", hosts[0])
	}
}

func TestDeclaredPortsAreAskedFirstAndOnce(t *testing.T) {
	open := listenOn(t, "127.0.0.33")
	d := swift()
	hosts, err := Scan(t.Context(), d, targets(t, "127.0.0.33"), []Port{{Number: open, Transport: "tcp", Stage: Known}}, Options{Extra: []uint16{open, open}})
	if err != nil || !slices.Equal(hosts[0].Open, []uint16{open}) || d.Opened() != 1 {
		t.Errorf("%+v, %v, %d connections", hosts, err, d.Opened())
	}
}

// fake is a network in which only some addresses answer.
type fake struct {
	answers map[string]bool // "address:port"
	asked   []string
}

func (f *fake) Knock(_ context.Context, t perimeter.Target, wait time.Duration) (time.Duration, error) {
	at := t.Address().String()
	f.asked = append(f.asked, at)
	if f.answers[at] {
		return time.Millisecond, nil
	}
	return wait, &net.OpError{Op: "dial", Err: timeout{}}
}

type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

// An address that answers nothing is asked the shorter list; one port that a firewall lets through is found all the same.
func TestSilentAddresses(t *testing.T) {
	list := []Port{{Number: 80, Transport: "tcp", Stage: First}, {Number: 11112, Transport: "tcp", Stage: Always}, {Number: 8081, Transport: "tcp", Stage: Known}}
	f := &fake{answers: map[string]bool{"127.0.0.2:11112": true, "127.0.0.3:80": true}}
	hosts, err := scanWith(t.Context(), f.Knock, targets(t, "127.0.0.1", "127.0.0.2", "127.0.0.3"), list, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	away, through, there := hosts[0], hosts[1], hosts[2]
	if away.Alive() || away.Why != reach.Silent || away.Skipped != 1 || !slices.Equal(away.Silent, []uint16{80, 11112}) {
		t.Errorf("an address away: %+v", away)
	}
	if !slices.Equal(through.Open, []uint16{11112}) || through.Skipped != 0 {
		t.Errorf("one port let through: %+v", through)
	}
	if !slices.Equal(there.Open, []uint16{80}) || len(there.Silent) != 2 {
		t.Errorf("an address there: %+v", there)
	}
	if slices.Contains(f.asked, "127.0.0.1:8081") {
		t.Error("an address away was asked the whole list")
	}
}

// Answers of a network tell how long its silences are worth waiting for.
func TestWaitFitsTheNetwork(t *testing.T) {
	s := newScan(nil, nil, Options{})
	far, unknown := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.1")
	s.answered(netip.MustParseAddr("192.0.2.9"), 40*time.Millisecond)
	if got := s.fitted(far); got != 300*time.Millisecond {
		t.Errorf("a near network: %v", got)
	}
	s.answered(netip.MustParseAddr("192.0.2.9"), 250*time.Millisecond)
	if got := s.fitted(far); got != 850*time.Millisecond {
		t.Errorf("a far network: %v", got)
	}
	s.answered(netip.MustParseAddr("192.0.2.9"), 1100*time.Millisecond) // a lost packet
	if got := s.fitted(far); got != 850*time.Millisecond {
		t.Errorf("after a lost packet: %v", got)
	}
	if got := s.fitted(unknown); got != 1200*time.Millisecond {
		t.Errorf("a network that answered nothing: %v", got)
	}
}

func TestStoppedScanSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	count := 0
	knock := func(context.Context, perimeter.Target, time.Duration) (time.Duration, error) {
		if count++; count == 5 {
			cancel()
		}
		return 0, nil
	}
	hosts, err := scanWith(ctx, knock, targets(t, "127.0.0.1"), Curated(), Options{Workers: 1})
	if err == nil || len(hosts) != 1 || len(hosts[0].Open) != 5 || hosts[0].Stopped == 0 {
		t.Errorf("%v, %+v", err, hosts)
	}
}

func BenchmarkScan(b *testing.B) {
	var addresses []string
	for i := range 14 {
		addresses = append(addresses, netip.AddrFrom4([4]byte{127, 10, 0, byte(i + 1)}).String())
	}
	var list []Port
	for n := range 1000 {
		list = append(list, Port{Number: uint16(n + 1), Transport: "tcp", Stage: First})
	}
	all := targets(b, addresses...)
	for b.Loop() {
		if _, err := Scan(b.Context(), swift(), all, list, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(addresses)*len(list)), "ns/port")
}
