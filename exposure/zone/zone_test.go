package zone

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

func everywhere(server netip.AddrPort, name string) (perimeter.Target, bool) {
	t, err := perimeter.Loopback(name, server, 0)
	return t, err == nil
}

// world is a parent, and a domain with two servers of which one is lame and another gives everything away; all on one port of several
// loopback addresses.
func world(t *testing.T) (client *dns.Client, good, second *dnstest.Server) {
	t.Helper()
	const apex = "@ SOA ns1 hostmaster %SERIAL% 3600 900 1209600 300\n@ NS ns1\n@ NS ns2\nns1 A 127.0.53.2\nns2 A 127.0.53.3\n@ MX 10 mail\n@ MX 20 old.ch-lande.example.\nmail A 192.0.2.25\n" +
		"@ CAA 0 issue \"pki.example\"\nwww CNAME brume.azurewebsites.net.\nfree CNAME shop.not-sold-yet.com.\nown CNAME missing\nsub TXT \"a name of the zone\"\n"
	domain := "$ORIGIN ch-brume.example.\n" + apex
	parent := "$ORIGIN example.\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.53.1\n"
	others := "$ORIGIN .\n@ SOA ns h 1 1 1 1 1\nexample.com. SOA ns h 1 1 1 1 1\n"
	top := dnstest.ServeAt(t, netip.MustParseAddrPort("127.0.53.1:0"), parent)
	port := top.Addr.Port()
	// The parent refers to the child, as servers that do not hold it do.
	top.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		if q.Question[0].Name != "ch-brume.example." || q.RecursionDesired {
			return dnstest.Act{}
		}
		m := new(wire.Msg).SetReply(q)
		for _, ns := range []string{"ns1.ch-brume.example.", "ns3.ch-brume.example."} {
			m.Ns = append(m.Ns, &wire.NS{Hdr: wire.RR_Header{Name: "ch-brume.example.", Rrtype: wire.TypeNS, Class: wire.ClassINET, Ttl: 60}, Ns: ns})
		}
		return dnstest.Act{Answer: m}
	})
	good = dnstest.ServeAt(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.53.2"), port), strings.ReplaceAll(domain, "%SERIAL%", "5"))
	good.Misbehave(func(q *wire.Msg, tcp bool) dnstest.Act {
		if q.Question[0].Qtype == wire.TypeAXFR || !strings.HasSuffix(q.Question[0].Name, "ch-brume.example.") {
			return dnstest.Act{Rcode: wire.RcodeRefused}
		}
		return dnstest.Act{}
	})
	second = dnstest.ServeAt(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.53.3"), port), strings.ReplaceAll(domain, "%SERIAL%", "4"), others)
	resolver := dnstest.Serve(t, strings.ReplaceAll(domain, "%SERIAL%", "5"), parent, others, "$ORIGIN net.\n@ SOA ns h 1 1 1 1 1\nazurewebsites NS ns.azurewebsites\n", "$ORIGIN com.\n@ SOA ns h 1 1 1 1 1\nsold NS ns.sold\n")
	config := resolver.Config()
	config.ServerPort = port
	return dns.New(config), good, second
}

func quick() *reach.Dialer {
	return reach.New(reach.Limits{PerSecond: 10_000, PerNetwork: 10_000, Connect: 300 * time.Millisecond, Exchange: time.Second})
}

func TestProbe(t *testing.T) {
	client, _, _ := world(t)
	f, err := Probe(t.Context(), client, quick(), "ch-brume.example", Access{Ask: everywhere, Test: everywhere})
	if err != nil {
		t.Fatal(err)
	}
	if f.Zone != "ch-brume.example" || len(f.Servers) != 2 || !slices.Equal(f.Networks, []string{"127.0.53.0/24"}) {
		t.Fatalf("%+v", f)
	}
	if f.Parent == nil || !slices.Equal(f.Parent.Servers, []string{"ns1.ch-brume.example", "ns3.ch-brume.example"}) || f.Parent.Zone != "example" {
		t.Errorf("parent: %+v, %v", f.Parent, f.Unknown)
	}
	one, two := f.Servers[0].Replies[0], f.Servers[1].Replies[0]
	if one.Transfer == nil || one.Transfer.Open || one.Transfer.Code != "REFUSED" || one.Recursion.Answered || one.Serial != 5 || !one.Authoritative {
		t.Errorf("ns1: %+v %+v %+v", one, one.Transfer, one.Recursion)
	}
	if two.Transfer == nil || !two.Transfer.Complete || !two.Recursion.Answered || two.Serial != 4 {
		t.Errorf("ns2: %+v %+v %+v", two, two.Transfer, two.Recursion)
	}
	if f.CAA == nil || f.CAA.At != "ch-brume.example" || len(f.CAA.Records) != 1 {
		t.Errorf("CAA: %+v", f.CAA)
	}
	want := Dangling{Name: "ch-brume.example", Type: "MX", Target: "old.ch-lande.example"}
	if len(f.Dangling) != 1 || f.Dangling[0] != want {
		t.Errorf("%+v", f.Dangling)
	}
	if f.Chain.Security != dns.Unproven || f.Chain.Fault == "" { // the root of this world is not the real one
		t.Errorf("chain: %+v", f.Chain)
	}
	if !slices.Equal(f.Names(), []string{"ns1.ch-brume.example", "ns2.ch-brume.example", "ns3.ch-brume.example"}) {
		t.Errorf("%v", f.Names())
	}
}

// Same servers, same bytes.
func TestProbeTwice(t *testing.T) {
	client, _, _ := world(t)
	var runs [2]string
	for i := range runs {
		f, err := Probe(t.Context(), client.Fresh(), quick(), "ch-brume.example", Access{Ask: everywhere, Test: everywhere})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		runs[i] = string(text)
	}
	if runs[0] != runs[1] {
		t.Errorf("%s\n%s", runs[0], runs[1])
	}
}

// Without proof no name server is touched, and what only it could tell is unknown.
func TestNothingUnprovenIsTouched(t *testing.T) {
	client, good, second := world(t)
	dialer := quick()
	f, err := Probe(t.Context(), client, dialer, "ch-brume.example", Access{})
	if err != nil {
		t.Fatal(err)
	}
	if dialer.Opened() != 0 || len(good.Asked())+len(second.Asked()) > 0 {
		t.Errorf("%d connections, asked %v %v", dialer.Opened(), good.Asked(), second.Asked())
	}
	r := f.Servers[0].Replies[0]
	if r.Unknown["transfer"] != NotProven || r.Unknown["zone"] != NotProven || r.Transfer != nil || f.Unknown["parent"] != NotProven {
		t.Errorf("%+v, %v", r, f.Unknown)
	}
	// Ordinary questions allowed, tests not.
	f, err = Probe(t.Context(), client, dialer, "ch-brume.example", Access{Ask: everywhere})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(second.Asked(), func(q string) bool {
		return strings.HasSuffix(q, "AXFR") || strings.HasPrefix(q, "example.com") || strings.HasPrefix(q, "version")
	}) {
		t.Errorf("asked %v", second.Asked())
	}
	if r := f.Servers[1].Replies[0]; r.Serial != 4 || r.Unknown["transfer"] != NotProven {
		t.Errorf("%+v", r)
	}
}

func TestDomainsInsideOthers(t *testing.T) {
	client, _, _ := world(t)
	f, err := Probe(t.Context(), client, quick(), "sub.ch-brume.example", Access{})
	if err != nil || f.Zone != "ch-brume.example" || f.CAA == nil || f.CAA.At != "ch-brume.example" {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = Probe(t.Context(), client, quick(), "nothing.example", Access{})
	if err != nil || f.Outcome != dns.NoName || len(f.Dangling) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestAlias(t *testing.T) {
	client, _, _ := world(t)
	rows := map[string]*Dangling{
		"www.ch-brume.example":  {Name: "www.ch-brume.example", Type: "CNAME", Target: "brume.azurewebsites.net", Provider: "Azure App Service"},
		"free.ch-brume.example": {Name: "free.ch-brume.example", Type: "CNAME", Target: "shop.not-sold-yet.com", Free: "not-sold-yet.com"},
		"own.ch-brume.example":  {Name: "own.ch-brume.example", Type: "CNAME", Target: "missing.ch-brume.example"},
		"mail.ch-brume.example": nil,
		"none.ch-brume.example": nil,
	}
	for name, want := range rows {
		got, err := Alias(t.Context(), client, name)
		if err != nil || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A target that comes back at the second look was never missing.
func TestDanglingIsLookedUpTwice(t *testing.T) {
	resolver := dnstest.Serve(t, "$ORIGIN ch-brume.example.\n@ SOA ns h 1 1 1 1 1\nwww CNAME app.host.example.\n", "$ORIGIN host.example.\n@ SOA ns h 1 1 1 1 1\napp A 192.0.2.1\n")
	first := true
	resolver.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		if q.Question[0].Name == "www.ch-brume.example." && first {
			m := new(wire.Msg).SetRcode(q, wire.RcodeNameError)
			m.Answer = append(m.Answer, &wire.CNAME{Hdr: wire.RR_Header{Name: q.Question[0].Name, Rrtype: wire.TypeCNAME, Class: wire.ClassINET, Ttl: 60}, Target: "app.host.example."})
			return dnstest.Act{Answer: m}
		}
		return dnstest.Act{}
	})
	if got, err := Alias(t.Context(), dns.New(resolver.Config()), "www.ch-brume.example"); err != nil || got != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// What one resolver does not know another is asked for.
func TestDanglingIsAskedOfAnotherResolver(t *testing.T) {
	const zone = "$ORIGIN ch-brume.example.\n@ SOA ns h 1 1 1 1 1\nwww CNAME app.host.example.\n"
	behind := dnstest.Serve(t, zone, "$ORIGIN host.example.\n@ SOA ns h 1 1 1 1 1\n")
	sound := dnstest.Serve(t, zone, "$ORIGIN host.example.\n@ SOA ns h 1 1 1 1 1\napp A 192.0.2.1\n")
	config := behind.Config()
	if got, err := Alias(t.Context(), dns.New(config), "www.ch-brume.example"); err != nil || got == nil {
		t.Errorf("the resolver alone: %+v, %v", got, err)
	}
	config.Resolvers = append(config.Resolvers, sound.Addr)
	if got, err := Alias(t.Context(), dns.New(config), "www.ch-brume.example"); err != nil || got != nil {
		t.Errorf("with another: %+v, %v", got, err)
	}
}

func TestServices(t *testing.T) {
	list, asOf, err := Services()
	if err != nil || len(list) < 5 || asOf == "" {
		t.Fatalf("%d services, %q, %v", len(list), asOf, err)
	}
	for _, s := range list {
		if s.Name == "" || len(s.Suffixes) == 0 {
			t.Errorf("%+v", s)
		}
	}
	if _, ok := ServiceOf("azurewebsites.net"); ok {
		t.Error("the service's own domain belongs to no customer")
	}
}

// A resolver that fails, or dies in the middle, leaves nothing decided and no error.
func TestFailingResolver(t *testing.T) {
	resolver := dnstest.Serve(t, "$ORIGIN ch-brume.example.\n@ SOA ns h 1 1 1 1 1\n@ NS ns1\nns1 A 127.0.53.9\n@ MX 10 gone\n")
	resolver.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		if q.Question[0].Qtype == wire.TypeSOA {
			return dnstest.Act{}
		}
		return dnstest.Act{Rcode: wire.RcodeServerFailure}
	})
	f, err := Probe(t.Context(), dns.New(resolver.Config()), quick(), "ch-brume.example", Access{Ask: everywhere})
	if err != nil || f.Unknown["servers"] != "servfail" || f.Unknown["caa"] != "servfail" || f.Unknown["dangling"] != "servfail" || f.CAA != nil || len(f.Dangling) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

// A server is asked once for what does not depend on the zone, and tells each probe the same.
func TestServersAreAskedOnce(t *testing.T) {
	client, good, _ := world(t)
	var asked atomic.Int32
	good.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		if q.Question[0].Qclass == wire.ClassCHAOS || q.Question[0].Name == outside+"." {
			asked.Add(1)
		}
		return dnstest.Act{}
	})
	access := Access{Ask: everywhere, Test: everywhere, Servers: &Servers{}}
	var replies []Reply
	for range 3 {
		f, err := Probe(t.Context(), client, quick(), "ch-brume.example", access)
		if err != nil {
			t.Fatal(err)
		}
		replies = append(replies, f.Servers[0].Replies[0])
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("three probes asked %d times, one recursion and one version are enough", n)
	}
	if replies[0].Recursion == nil || !reflect.DeepEqual(replies[0], replies[2]) {
		t.Errorf("%+v\n%+v", replies[0], replies[2])
	}
}

// A server that offers recursion and cannot reach the internet shows it by the root; one that reaches nothing leaves it open, and so does no other.
func TestRecursionWithoutInternet(t *testing.T) {
	for name, row := range map[string]struct {
		root    int
		offered bool
		want    string
	}{
		"reaches the root": {wire.RcodeSuccess, true, "answered"},
		"reaches nothing":  {wire.RcodeServerFailure, true, "servfail"},
		"does not offer":   {wire.RcodeServerFailure, false, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			client, good, _ := world(t)
			good.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
				if name := q.Question[0].Name; name != outside+"." && name != "." {
					return dnstest.Act{}
				}
				m := new(wire.Msg).SetRcode(q, wire.RcodeServerFailure)
				m.RecursionAvailable = row.offered
				if q.Question[0].Name == "." {
					m.Rcode = row.root
					m.Answer = []wire.RR{&wire.SOA{Hdr: wire.RR_Header{Name: ".", Rrtype: wire.TypeSOA, Class: wire.ClassINET, Ttl: 60}, Ns: "a.", Mbox: "h."}}
				}
				return dnstest.Act{Answer: m}
			})
			f, err := Probe(t.Context(), client, quick(), "ch-brume.example", Access{Ask: everywhere, Test: everywhere})
			if err != nil {
				t.Fatal(err)
			}
			r := f.Servers[0].Replies[0]
			got := r.Unknown["recursion"]
			switch {
			case r.Recursion != nil && r.Recursion.Answered:
				got = "answered"
			case r.Recursion != nil:
				got = "closed"
			}
			if got != row.want {
				t.Errorf("%s, %+v; want %s", got, r, row.want)
			}
		})
	}
}

// Servers that know no extensions, or want strangers to come by TCP, are not taken for lame.
func TestServersOfOldAndStrictKinds(t *testing.T) {
	for name, act := range map[string]func(*wire.Msg, bool) dnstest.Act{
		"no extensions": func(q *wire.Msg, _ bool) dnstest.Act {
			if q.IsEdns0() != nil {
				return dnstest.Act{Answer: new(wire.Msg).SetRcode(q, wire.RcodeFormatError)}
			}
			return dnstest.Act{}
		},
		"cookies": func(q *wire.Msg, tcp bool) dnstest.Act {
			if tcp {
				return dnstest.Act{}
			}
			m := new(wire.Msg).SetReply(q)
			m.SetEdns0(1232, true) // the code does not fit without
			m.Rcode = wire.RcodeBadCookie
			return dnstest.Act{Answer: m}
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, good, _ := world(t)
			good.Misbehave(act)
			f, err := Probe(t.Context(), client, quick(), "ch-brume.example", Access{Ask: everywhere, Test: everywhere})
			if err != nil {
				t.Fatal(err)
			}
			if r := f.Servers[0].Replies[0]; r.Code != "NOERROR" || !r.Authoritative || r.Serial != 5 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A server that does not answer is not asked by every probe.
func TestSilentServerIsGivenUp(t *testing.T) {
	client, good, _ := world(t)
	var asked atomic.Int32
	good.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		if q.Question[0].Qclass == wire.ClassCHAOS {
			asked.Add(1)
			return dnstest.Act{Rcode: wire.RcodeSuccess, Drop: true}
		}
		return dnstest.Act{}
	})
	access := Access{Ask: everywhere, Test: everywhere, Servers: &Servers{}}
	var unknown string
	for range 5 {
		f, err := Probe(t.Context(), client, quick(), "ch-brume.example", access)
		if err != nil {
			t.Fatal(err)
		}
		unknown = f.Servers[0].Replies[0].Unknown["version"]
	}
	if n := asked.Load(); n > maxTries*3 || unknown == "" {
		t.Errorf("asked %d times, unknown for %q", n, unknown)
	}
}

func TestUnclaimed(t *testing.T) {
	for _, row := range []struct {
		name, target string
		status       int
		body         string
		want         bool
	}{
		{"the service's page", "brume.github.io", 404, "<p>There isn't a GitHub Pages site here.", true},
		{"the words on another page", "brume.github.io", 200, "There isn't a GitHub Pages site here.", false},
		{"another page", "brume.github.io", 404, "not found", false},
		{"a service whose names do not exist", "brume.azurewebsites.net", 404, "", false},
		{"the service itself", "github.io", 404, "There isn't a GitHub Pages site here.", false},
	} {
		s, _ := ServiceOf(row.target)
		if got := s.Unclaimed(row.status, []byte(row.body)); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
	list, _, err := Services()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if (s.Page == "") != (s.Status == 0) || s.Checks && s.Page == "" || len(s.Suffixes) == 0 {
			t.Errorf("%+v", s)
		}
	}
}
