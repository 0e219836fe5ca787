package exposure_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/observe"
)

// odd serves every connection in the same strange way until the peer leaves.
func odd(t *testing.T, at string, talk func(net.Conn)) *door {
	t.Helper()
	d := listen(t, at)
	go func() {
		for {
			c, err := d.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				talk(c)
			}()
		}
	}()
	return d
}

// Servers that drip, that never stop, or that show a certificate of no sense, aliases and SPF in circles: the audit ends by its own limits, says what it could
// not learn, and tells the same again.
func TestBadDay(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dripping := odd(t, "127.77.5.1:0", func(c net.Conn) {
		for {
			if _, err := c.Write([]byte{'x'}); err != nil {
				return
			}
			time.Sleep(300 * time.Millisecond)
		}
	})
	port := dripping.Addr().(*net.TCPAddr).Port
	odd(t, fmt.Sprintf("127.77.5.2:%d", port), func(c net.Conn) {
		banner := []byte(strings.Repeat("220 welcome\r\n", 500))
		for {
			if _, err := c.Write(banner); err != nil {
				return
			}
		}
	})
	odd(t, fmt.Sprintf("127.77.5.3:%d", port), func(c net.Conn) {
		server := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{[]byte("0\x82\xff\xffno certificate")}, PrivateKey: key}}})
		server.Handshake() //nolint:errcheck // whoever asks hangs up as he likes
	})
	resolver := dnstest.Serve(t, `$ORIGIN ch-brume.test.
$TTL 300
@ SOA ns1 host 1 3600 900 1209600 300
@ NS ns1
ns1 A 127.77.5.6
round CNAME about.ch-brume.test.
about CNAME round.ch-brume.test.
@ TXT "v=spf1 include:one.ch-brume.test -all"
one TXT "v=spf1 include:two.ch-brume.test -all"
two TXT "v=spf1 include:one.ch-brume.test -all"
`)
	p := read(t, fmt.Sprintf("domains: [ch-brume.test]\nhosts: [round.ch-brume.test]\nranges: [127.77.5.0/29]\nports: {scan: [%d], udp: false}\npace: {per_second: 500, per_network: 2000, per_address: 16}\n", port))
	c := town{perimeter: p, resolver: resolver.Addr}.config()
	c.Limits.Exchange, c.Limits.Bytes = 500*time.Millisecond, 1<<16
	run, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if d := run.Domains[0]; d.Mail == nil || d.Mail.SPF.Tree == nil || len(d.Mail.SPF.Faults) == 0 {
		t.Errorf("SPF in a circle: %+v", d.Mail)
	}
	if !slices.ContainsFunc(run.Gaps, func(g observe.Gap) bool { return g.Subject == "round.ch-brume.test" }) {
		t.Errorf("aliases in a circle are not told: %+v", run.Gaps)
	}
	for last := range byte(3) {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 77, 5, last + 1}), uint16(port))
		if !slices.ContainsFunc(run.Endpoints, func(e observe.Endpoint) bool { return e.Address == at }) {
			t.Errorf("%s answered and is not told", at)
		}
	}
	facts(t, run)
}

// A resolver that fails from the middle on ends nothing: what it had said stands, what it did not say is a gap, and with the same memory an audit goes on when it is back.
func TestResolverFailsMidway(t *testing.T) {
	t.Parallel()
	site := odd(t, "127.77.6.1:0", func(net.Conn) {})
	resolver := dnstest.Serve(t, "$ORIGIN ch-brume.test.\n$TTL 300\n@ SOA ns1 host 1 3600 900 1209600 300\n@ NS ns1\nns1 A 127.77.6.6\nwww A 127.77.6.1\n@ MX 10 mail\nmail A 127.77.6.1\n")
	var asked atomic.Int64
	var dead atomic.Bool
	resolver.Misbehave(func(*wire.Msg, bool) dnstest.Act {
		if asked.Add(1) > 6 && dead.Load() { // it had answered six
			return dnstest.Act{Rcode: wire.RcodeServerFailure}
		}
		return dnstest.Act{}
	})
	p := read(t, fmt.Sprintf("domains: [ch-brume.test]\nhosts: [www.ch-brume.test]\nranges: [127.77.6.0/29]\nports: {scan: [%d], udp: false}\npace: {per_second: 500, per_network: 2000, per_address: 16}\n", site.Addr().(*net.TCPAddr).Port))
	c := town{perimeter: p, resolver: resolver.Addr}.config()
	c.Limits.Exchange = 500 * time.Millisecond
	dead.Store(true)
	run, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	heard := resolver.Asked()[:6]
	mail := run.Domains[0].Mail
	for question, absent := range map[string]bool{"ch-brume.test TXT": mail != nil && mail.SPF.Absent(), "_dmarc.ch-brume.test TXT": mail != nil && mail.DMARC.Absent()} {
		if absent && !slices.Contains(heard, question) {
			t.Errorf("%s: a failure is taken for absence; answered were %q", question, heard)
		}
	}
	dead.Store(false)
	memory, err := exposure.OpenMemory(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	c.Memory = memory
	again, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if d := again.Domains[0]; d.Zone == nil || len(d.Zone.Unknown) > 1 || d.Mail == nil || len(d.Mail.MX.Hosts) != 1 {
		t.Errorf("with the resolver back: %+v", d)
	}
}
