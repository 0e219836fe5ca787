package exposure_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hygie/exposure"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/schematest"
)

// door is a listener that counts who comes.
type door struct {
	net.Listener
	visits atomic.Int64
}

func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err == nil {
		d.visits.Add(1)
	}
	return c, err
}

func listen(t testing.TB, at string) *door {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Skipf("this machine cannot listen on %s: %v", at, err)
	}
	t.Cleanup(func() { l.Close() })
	return &door{Listener: l}
}

// site serves a web site, in TLS with a certificate for names if there are some.
func site(t testing.TB, d *door, handler http.HandlerFunc, names ...string) {
	t.Helper()
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	var l net.Listener = d
	if len(names) > 0 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		l = tls.NewListener(d, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
}

func read(t testing.TB, text string) *perimeter.Perimeter {
	t.Helper()
	p, err := perimeter.Read("test.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const key = "une clé d’au moins seize signes"

// town is a small invented establishment: a web site in TLS whose certificate tells of a second name, a clear-text one that leads to a
// stranger, and strangers.
type town struct {
	perimeter *perimeter.Perimeter
	resolver  netip.AddrPort
	strangers []*door
	port      uint16
}

func newTown(t testing.TB) town {
	t.Helper()
	secure := listen(t, "127.77.0.1:0")
	port := secure.Addr().(*net.TCPAddr).Port
	redirect := listen(t, fmt.Sprintf("127.77.0.2:%d", port))
	stranger := listen(t, fmt.Sprintf("127.78.0.1:%d", port))
	excluded := listen(t, fmt.Sprintf("127.77.0.3:%d", port))
	page := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!doctype html><title>Bienvenue</title>")
	}
	site(t, secure, page, "www.ch-brume.test", "second.ch-brume.test", "www.inconnu.test")
	site(t, redirect, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("http://127.78.0.1:%d/", port), http.StatusFound)
	})
	site(t, stranger, page)
	site(t, excluded, page)
	p := read(t, fmt.Sprintf(`
name: Établissement inventé
domains: [ch-brume.test]
ranges: [127.77.0.0/29]
exclude: [127.77.0.3]
ports: {scan: [%d], udp: false}
pace: {per_second: 500, per_network: 2000, per_address: 16}
proof_key: %s
`, port, key))
	resolver := dnstest.Serve(t, fmt.Sprintf(`$ORIGIN ch-brume.test.
$TTL 300
@ SOA ns1 host 1 3600 900 1209600 300
@ NS ns1
ns1 A 127.77.0.6
_hygie TXT "hygie-ownership=%s"
www A 127.77.0.1
second A 127.77.0.1
leads CNAME www.inconnu.test.
private A 127.78.0.1
@ MX 10 mail.inconnu.test.
`, p.Token("ch-brume.test")), "$ORIGIN inconnu.test.\n$TTL 300\n@ SOA ns1 host 1 3600 900 1209600 300\nwww A 127.78.0.1\nmail A 127.78.0.1\n")
	return town{perimeter: p, resolver: resolver.Addr, strangers: []*door{stranger, excluded}, port: uint16(port)}
}

func (t town) config() exposure.Config {
	start := time.Now().UTC().Truncate(time.Second)
	return exposure.Config{Perimeter: t.perimeter, Resolvers: []netip.AddrPort{t.resolver}, Local: true, Tool: "test", Now: func() time.Time { return start },
		Limits: reach.Limits{Connect: time.Second, Exchange: 5 * time.Second}}
}

func facts(t testing.TB, run *observe.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := exposure.WriteFacts(&b, run); err != nil {
		t.Fatal(err)
	}
	schematest.Load(t, "exposure-facts").Check(t, b.Bytes())
	return b.String()
}

func TestAudit(t *testing.T) {
	town := newTown(t)
	c := town.config()
	var events []exposure.Event
	c.Progress = func(e exposure.Event) { events = append(events, e) }
	run, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range town.strangers {
		if n := d.visits.Load(); n > 0 {
			t.Errorf("%s was touched %d times", d.Addr(), n)
		}
	}
	var names []string
	for _, n := range run.Names {
		if n.Proven {
			names = append(names, n.Name)
		}
	}
	if got := strings.Join(names, " "); got != "ch-brume.test leads.ch-brume.test ns1.ch-brume.test second.ch-brume.test www.ch-brume.test" && got != "ch-brume.test ns1.ch-brume.test second.ch-brume.test www.ch-brume.test" {
		t.Errorf("proven names %q", got)
	}
	stranger := slices.IndexFunc(run.Names, func(n observe.Name) bool { return n.Name == "www.inconnu.test" })
	if stranger < 0 || run.Names[stranger].Proven || run.Names[stranger].From[0].Kind != "san" {
		t.Errorf("the stranger's name in the certificate is not told: %+v", run.Names)
	}
	if len(run.Endpoints) != 2 {
		t.Fatalf("endpoints %+v", run.Endpoints)
	}
	var views []string
	for _, v := range run.Endpoints[0].Views {
		if v.TLS == nil || v.Web == nil || v.Web.Title != "Bienvenue" {
			t.Errorf("view %q lacks a side: %+v", v.Name, v)
		}
		views = append(views, v.Name)
	}
	if got := strings.Join(views, " "); got != "second.ch-brume.test www.ch-brume.test" {
		t.Errorf("views %q: the name that the certificate tells is looked at as well", got)
	}
	if web := run.Endpoints[1].Views[0].Web; web == nil || len(web.Redirects) != 1 || web.Redirects[0].Followed {
		t.Errorf("the redirect to a stranger: %+v", web)
	}
	for _, e := range events {
		if !slices.Contains(exposure.Phases(), e.Phase) {
			t.Errorf("%q is no phase", e.Phase)
		}
	}
	if len(events) == 0 {
		t.Error("no progress")
	}
	for _, subject := range []string{"127.77.0.3"} {
		if !slices.ContainsFunc(run.Gaps, func(g observe.Gap) bool { return g.Subject == subject && g.Why == observe.Excluded }) {
			t.Errorf("%s is not told as excluded: %+v", subject, run.Gaps)
		}
	}
}

func TestSameServersSameBytes(t *testing.T) {
	town := newTown(t)
	c := town.config()
	first, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := exposure.OpenMemory(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	c.Memory = memory
	second, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := facts(t, first), facts(t, second); a != b {
		t.Errorf("two audits of the same servers differ:\n%s", difference(a, b))
	}
	for _, d := range town.strangers {
		d.Close()
	}
	third, err := exposure.Audit(t.Context(), c) // all from memory
	if err != nil {
		t.Fatal(err)
	}
	if a, b := facts(t, first), facts(t, third); a != b {
		t.Errorf("remembered facts differ:\n%s", difference(a, b))
	}
	again, err := exposure.ReadFacts(strings.NewReader(facts(t, first)))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := facts(t, first), facts(t, again); a != b {
		t.Errorf("facts read back differ:\n%s", difference(a, b))
	}
	one, err := exposure.Decide(first, exposure.Options{Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := exposure.Decide(again, exposure.Options{Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := indented(t, one), indented(t, two); a != b {
		t.Errorf("decided on facts read back, the report differs:\n%s", difference(a, b))
	}
}

func indented(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// difference shows the first lines that differ.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, strings.Join(x[max(i-3, 0):i+1], "\n  "), y[i])
		}
	}
	return fmt.Sprintf("%d lines, %d lines", len(x), len(y))
}

// An audit that is killed at any step goes on where it was, and ends with the same facts.
func TestKilledAndResumed(t *testing.T) {
	town := newTown(t)
	c := town.config()
	whole, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := facts(t, whole)
	for _, after := range []int{1, 3, 5, 8} {
		path := filepath.Join(t.TempDir(), "memory")
		memory, err := exposure.OpenMemory(path)
		if err != nil {
			t.Fatal(err)
		}
		ctx, kill := context.WithCancel(t.Context())
		c.Memory = memory
		steps := 0
		c.Progress = func(exposure.Event) {
			if steps++; steps == after {
				kill()
			}
		}
		if _, err := exposure.Audit(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("killed after %d steps: %v", after, err)
		}
		kill()
		memory.Close()
		if memory, err = exposure.OpenMemory(path); err != nil {
			t.Fatal(err)
		}
		c.Memory, c.Progress = memory, nil
		run, err := exposure.Audit(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got := facts(t, run); got != want {
			t.Errorf("killed after %d steps and resumed, the facts differ:\n%s", after, difference(want, got))
		}
		memory.Close()
	}
}

// Without a proof nothing is touched, wherever names lead.
func TestNothingUnprovenIsTouched(t *testing.T) {
	doors := []*door{listen(t, "127.77.1.1:0")}
	port := doors[0].Addr().(*net.TCPAddr).Port
	doors = append(doors, listen(t, fmt.Sprintf("127.77.1.2:%d", port)))
	for _, d := range doors {
		site(t, d, func(http.ResponseWriter, *http.Request) {})
	}
	resolver := dnstest.Serve(t, "$ORIGIN ch-brume.test.\n$TTL 300\n@ SOA ns1 host 1 3600 900 1209600 300\n@ NS ns1\nns1 A 127.77.1.1\n@ A 127.77.1.1\nwww A 127.77.1.2\n@ MX 10 www\n_mta-sts TXT \"v=STSv1; id=1\"\nmta-sts A 127.77.1.1\n")
	p := read(t, fmt.Sprintf("domains: [ch-brume.test]\nranges: [127.77.1.0/29]\nhosts: [www.ch-brume.test, 127.77.1.2]\nports: {scan: [%d, 80, 443]}\nproof_key: %s\n", port, key))
	for name, local := range map[string]bool{"where private networks are not ours": false, "where they are, but no name is proven": true} {
		var ranges []netip.Prefix
		if !local {
			ranges = p.Ranges
		}
		q := *p
		q.Ranges, q.Hosts = ranges, []string{"www.ch-brume.test"}
		run, err := exposure.Audit(t.Context(), exposure.Config{Perimeter: &q, Resolvers: []netip.AddrPort{resolver.Addr}, Local: local})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range doors {
			if n := d.visits.Load(); n > 0 {
				t.Errorf("%s: %s was touched %d times", name, d.Addr(), n)
			}
		}
		if len(run.Endpoints) > 0 || len(run.Hosts) > 0 {
			t.Errorf("%s: endpoints %+v, hosts %+v", name, run.Endpoints, run.Hosts)
		}
		if !slices.ContainsFunc(run.Gaps, func(g observe.Gap) bool { return g.Subject == "ch-brume.test" && g.Why == observe.NotProven }) {
			t.Errorf("%s: what was not touched is not told: %+v", name, run.Gaps)
		}
	}
}

func TestHours(t *testing.T) {
	p := read(t, "domains: [ch-brume.test]\nhours: [\"20:00-06:00\"]\n")
	c := exposure.Config{Perimeter: p, Resolvers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, Now: func() time.Time { return time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC) }}
	if _, err := exposure.Audit(t.Context(), c); !errors.Is(err, exposure.ErrHours) {
		t.Errorf("at noon: %v", err)
	}
}

// A server that answers nothing does not keep the audit from stopping at once.
func TestStops(t *testing.T) {
	silent := listen(t, "127.77.2.1:0")
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	p := read(t, fmt.Sprintf("ranges: [127.77.2.1]\nports: {scan: [%d], udp: false}\n", silent.Addr().(*net.TCPAddr).Port))
	resolver := dnstest.Serve(t, "$ORIGIN a.test.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n")
	ctx, stop := context.WithCancel(t.Context())
	var stopped time.Time
	var once sync.Once
	c := exposure.Config{Perimeter: p, Resolvers: []netip.AddrPort{resolver.Addr}, Local: true, Progress: func(e exposure.Event) {
		if e.Phase == "ports" {
			once.Do(func() { time.AfterFunc(200*time.Millisecond, func() { stopped = time.Now(); stop() }) })
		}
	}}
	run, err := exposure.Audit(ctx, c)
	if !errors.Is(err, context.Canceled) || run == nil {
		t.Fatalf("stopped: %v", err)
	}
	if took := time.Since(stopped); took > 2*time.Second {
		t.Errorf("stopping took %s", took)
	}
}

func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory")
	m, err := exposure.OpenMemory(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Keep("a", json.RawMessage(`{"x":"<é>"}`)), m.Keep("b", json.RawMessage(`2`)), m.Keep("b", json.RawMessage(`3`)), m.Close()); err != nil {
		t.Fatal(err)
	}
	cut(t, path, 9) // the last line was being written
	if m, err = exposure.OpenMemory(path); err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Recall("b"); !ok || string(v) != "2" {
		t.Errorf("b is %s", v)
	}
	if v, _ := m.Recall("a"); string(v) != `{"x":"<é>"}` {
		t.Errorf("a is %s", v)
	}
	if err := errors.Join(m.Keep("c", json.RawMessage(`4`)), m.Close()); err != nil {
		t.Fatal(err)
	}
	if m, err = exposure.OpenMemory(path); err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Recall("c"); !ok || string(v) != "4" {
		t.Errorf("written after a cut, c is %s", v)
	}
	m.Close()
	write(t, path, "not a memory\n")
	if _, err := exposure.OpenMemory(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("another file: %v", err)
	}
}

func TestMemoryOfAnother(t *testing.T) {
	m, err := exposure.OpenMemory(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	now := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	resolver := dnstest.Serve(t, "$ORIGIN a.test.\n$TTL 300\n@ SOA a b 1 2 3 4 5\n")
	c := exposure.Config{Perimeter: read(t, "domains: [a.test]\n"), Resolvers: []netip.AddrPort{resolver.Addr}, Memory: m, Now: func() time.Time { return now }}
	if _, err := exposure.Audit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	run, err := exposure.Audit(t.Context(), c)
	if err != nil || run.AsOf.Hour() != 8 {
		t.Errorf("resumed an hour later, it is of %v: %v", run.AsOf, err)
	}
	now = now.Add(24 * time.Hour)
	if _, err := exposure.Audit(t.Context(), c); !errors.Is(err, exposure.ErrTooOld) {
		t.Errorf("a day later: %v", err)
	}
	c.Perimeter = read(t, "domains: [b.test]\n")
	if _, err := exposure.Audit(t.Context(), c); !errors.Is(err, exposure.ErrOther) {
		t.Errorf("another perimeter: %v", err)
	}
}
