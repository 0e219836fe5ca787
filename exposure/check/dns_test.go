package check

import (
	"cmp"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/service"
	"hygie/exposure/zone"
)

// dnsDay is the moment at which these facts are judged.
var dnsDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// soundZone is a zone that no check finds fault with.
func soundZone() *zone.Facts {
	reply := func(at string) zone.Reply {
		return zone.Reply{Address: netip.MustParseAddrPort(at), Code: "NOERROR", Authoritative: true, Serial: 5, Servers: []string{"ns1.brume.example", "ns2.brume.example"},
			Transfer: &dns.Transfer{Code: "REFUSED"}, Recursion: &zone.Recursion{Name: "example.com", Code: "REFUSED"}}
	}
	a, b := netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("198.51.100.53")
	return &zone.Facts{Domain: "brume.example", Outcome: dns.Data, Zone: "brume.example",
		Servers: []zone.Server{{Name: "ns1.brume.example", Addresses: []netip.Addr{a}, Replies: []zone.Reply{reply("192.0.2.53:53")}},
			{Name: "ns2.brume.example", Addresses: []netip.Addr{b}, Replies: []zone.Reply{reply("198.51.100.53:53")}}},
		Parent:   &zone.Delegation{Zone: "example", Servers: []string{"ns1.brume.example", "ns2.brume.example"}},
		Networks: []string{"192.0.2.0/24", "198.51.100.0/24"},
		Chain: dns.Chain{Proof: dns.Proof{Security: dns.Secure, Zone: "brume.example"}, Links: []dns.Link{{Zone: "."}, {Zone: "brume.example",
			DS: []dns.DS{{Tag: 1, Algorithm: 13, Digest: 2}}, Keys: []dns.Key{{Tag: 1, Algorithm: 13, Bits: 256, Entry: true}}}}},
		Judged:     []zone.Judged{{Name: "brume.example", Type: "SOA", Proof: dns.Proof{Security: dns.Secure}}},
		Signatures: []dns.Signature{{Covers: "SOA", Tag: 1, Algorithm: 13, Inception: dnsDay.Add(-10 * 24 * time.Hour), Expires: dnsDay.Add(20 * 24 * time.Hour)}},
		Hashing:    &zone.Hashing{}, CAA: &zone.CAA{At: "brume.example", Records: []string{`0 issue "pki.example"`}}}
}

func runOf(z *zone.Facts) *observe.Run {
	return &observe.Run{AsOf: dnsDay, Domains: []observe.Domain{{Name: z.Domain, Zone: z}}}
}

// said is what a check says, in one line: "severity variant", several joined by " + ", else "passed", "unknown WHY" or "nothing".
func said(o Outcome) string {
	var list []string
	for _, f := range o.Found {
		list = append(list, strings.TrimSpace(string(f.Severity)+" "+f.Variant))
	}
	switch {
	case len(list) > 0:
		return strings.Join(list, " + ")
	case len(o.Unknown) > 0:
		return "unknown " + o.Unknown[0].Why
	case len(o.Passed) > 0:
		return "passed"
	default:
		return "nothing"
	}
}

// A resolver that serves strangers is found wherever it is, and told once.
func TestOpenResolverThatServesNoZone(t *testing.T) {
	dnsAt := func(at, transport string, stranger service.State) observe.Endpoint {
		return observe.Endpoint{Address: netip.MustParseAddrPort(at), Transport: transport,
			Service: &service.Facts{Protocol: "dns", How: service.ByAnswer, Stranger: service.Answer{Is: stranger, Why: "NS of the root: 13 answers, RA"}}}
	}
	for name, row := range map[string]struct {
		endpoints []observe.Endpoint
		want      string
	}{
		"by both transports":        {[]observe.Endpoint{dnsAt("192.0.2.9:53", "tcp", service.Unknown), dnsAt("192.0.2.9:53", "udp", service.Yes)}, "major"},
		"closed":                    {[]observe.Endpoint{dnsAt("192.0.2.9:53", "udp", service.No)}, "passed"},
		"a server of the zone":      {[]observe.Endpoint{dnsAt("192.0.2.53:53", "udp", service.Yes)}, "passed"}, // its own question decided
		"two of them":               {[]observe.Endpoint{dnsAt("192.0.2.9:53", "udp", service.Yes), dnsAt("192.0.2.10:53", "udp", service.Yes)}, "major + major"},
		"something else at port 53": {[]observe.Endpoint{{Address: netip.MustParseAddrPort("192.0.2.9:53"), Transport: "tcp", Service: &service.Facts{Protocol: "ssh", Stranger: service.Answer{Is: service.Yes}}}}, "passed"},
	} {
		run := runOf(soundZone())
		run.Endpoints = row.endpoints
		o := openResolvers(run, Settings{AsOf: dnsDay})
		if got := said(o); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
		checkTexts(t, "DNS-02", o)
	}
}

func TestDNSChecks(t *testing.T) {
	rows := []struct {
		id, name string
		spoil    func(*zone.Facts)
		want     string
	}{
		{"INV-02", "free", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "brume.example", Type: "MX", Target: "mx.lost.com", Free: "lost.com"}}
		}, "critical free"},
		{"INV-02", "service", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "brume.example", Type: "CNAME", Target: "brume.azurewebsites.net", Provider: "Azure App Service"}}
		}, "major service"},
		{"INV-02", "nobody claims it", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "brume.example", Type: "CNAME", Target: "brume.surge.sh", Provider: "Surge", Unclaimed: "http://brume.example/: 404, project not found"}}
		}, "major unclaimed"},
		{"INV-02", "nobody claims it, the service checks", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "brume.example", Type: "CNAME", Target: "brume.github.io", Provider: "GitHub Pages", Unclaimed: "http://brume.example/: 404, …"}}
		}, "important unclaimed_checked"},
		{"INV-02", "elsewhere", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "brume.example", Type: "NS", Target: "ns.other.com"}}
		}, "major"},
		{"INV-02", "one's own", func(z *zone.Facts) {
			z.Dangling = []zone.Dangling{{Name: "www.brume.example", Type: "CNAME", Target: "gone.brume.example"}}
		}, "info own"},
		{"INV-02", "not known", func(z *zone.Facts) { z.Unknown = map[string]string{"dangling": "timeout"} }, "unknown timeout"},

		{"DNS-01", "given", func(z *zone.Facts) {
			z.Servers[1].Replies[0].Transfer = &dns.Transfer{Open: true, Complete: true, Records: 40}
		}, "major"},
		{"DNS-01", "begun", func(z *zone.Facts) { z.Servers[1].Replies[0].Transfer = &dns.Transfer{Open: true, Records: 40} }, "major"},
		{"DNS-01", "not proven", func(z *zone.Facts) {
			for i := range z.Servers {
				z.Servers[i].Replies[0].Transfer, z.Servers[i].Replies[0].Unknown = nil, map[string]string{"transfer": zone.NotProven}
			}
		}, "unknown not_proven"},

		{"DNS-02", "answers", func(z *zone.Facts) {
			z.Servers[0].Replies[0].Recursion = &zone.Recursion{Name: "example.com", Code: "NOERROR", Offered: true, Answered: true}
		}, "major"},
		{"DNS-02", "offers only", func(z *zone.Facts) {
			z.Servers[0].Replies[0].Recursion = &zone.Recursion{Name: "example.com", Code: "REFUSED", Offered: true}
		}, "passed"},

		{"DNS-03", "unsigned", func(z *zone.Facts) {
			z.Chain, z.Signatures = dns.Chain{Proof: dns.Proof{Security: dns.Insecure, Zone: "brume.example"}}, nil
		}, "minor"},
		{"DNS-03", "half", func(z *zone.Facts) {
			z.Chain = dns.Chain{Proof: dns.Proof{Security: dns.Insecure, Zone: "brume.example"}}
		}, "minor half"},
		{"DNS-03", "above", func(z *zone.Facts) { z.Chain = dns.Chain{Proof: dns.Proof{Security: dns.Insecure, Zone: "example"}} }, "minor above"},
		{"DNS-03", "foreign", func(z *zone.Facts) {
			z.Chain = dns.Chain{Proof: dns.Proof{Security: dns.Insecure, Zone: z.Zone, Fault: dns.AlgorithmUnknown, Detail: "algorithm 12, digest 3"}}
		}, "minor foreign"},
		{"DNS-03", "cannot tell", func(z *zone.Facts) {
			z.Chain = dns.Chain{Proof: dns.Proof{Security: dns.Unproven, Fault: dns.AnchorUnusable}}
		}, "unknown anchor"},

		{"DNS-04", "expired", func(z *zone.Facts) {
			z.Chain.Proof = dns.Proof{Security: dns.Bogus, Zone: "brume.example", Fault: dns.SignatureExpired, Detail: "…"}
		}, "critical expired"},
		{"DNS-04", "one answer", func(z *zone.Facts) {
			z.Judged[0].Proof = dns.Proof{Security: dns.Bogus, Fault: dns.SignatureWrong, Detail: "…"}
		}, "critical"},
		{"DNS-04", "unsigned", func(z *zone.Facts) { z.Chain.Proof = dns.Proof{Security: dns.Insecure} }, "nothing"},
		{"DNS-04", "cannot tell", func(z *zone.Facts) { z.Chain.Proof = dns.Proof{Security: dns.Unproven, Fault: dns.NoAnswer} }, "unknown no_answer"},

		{"DNS-05", "ends soon", func(z *zone.Facts) { z.Signatures[0].Expires = dnsDay.Add(50 * time.Hour) }, "important expiry"},
		{"DNS-05", "signed for two days at a time", func(z *zone.Facts) {
			z.Signatures[0].Inception, z.Signatures[0].Expires = dnsDay.Add(-24*time.Hour), dnsDay.Add(24*time.Hour)
		}, "passed"},
		{"DNS-05", "old algorithm", func(z *zone.Facts) { z.Chain.Links[1].Keys[0].Algorithm = 7 }, "minor"},
		{"DNS-05", "short key", func(z *zone.Facts) { z.Chain.Links[1].Keys[0] = dns.Key{Algorithm: 8, Bits: 1024} }, "minor"},
		{"DNS-05", "digest", func(z *zone.Facts) { z.Chain.Links[1].DS[0].Digest = 1 }, "minor"},
		{"DNS-05", "iterations", func(z *zone.Facts) { z.Hashing.Iterations = 10 }, "minor hashing"},

		{"DNS-06", "one server", func(z *zone.Facts) {
			z.Servers, z.Parent, z.Networks = z.Servers[:1], nil, z.Networks[:1]
		}, "important single"},
		{"DNS-06", "one address", func(z *zone.Facts) { z.Servers[1].Addresses = z.Servers[0].Addresses }, "important single"},
		{"DNS-06", "one network", func(z *zone.Facts) { z.Networks = z.Networks[:1] }, "important network"},
		{"DNS-06", "parent", func(z *zone.Facts) { z.Parent.Servers = []string{"ns1.brume.example", "ns3.brume.example"} }, "important delegation"},
		{"DNS-06", "lame", func(z *zone.Facts) {
			z.Servers[1].Replies[0].Authoritative, z.Servers[1].Replies[0].Code = false, "REFUSED"
		}, "important lame"},
		{"DNS-06", "silent", func(z *zone.Facts) {
			z.Servers[1].Replies[0] = zone.Reply{Address: z.Servers[1].Replies[0].Address, Unknown: map[string]string{"zone": "silent"}}
		}, "important lame"},
		{"DNS-06", "all silent", func(z *zone.Facts) {
			for i := range z.Servers {
				z.Servers[i].Replies[0] = zone.Reply{Address: z.Servers[i].Replies[0].Address, Unknown: map[string]string{"zone": "silent"}}
			}
		}, "passed"},
		{"DNS-06", "no way to the other", func(z *zone.Facts) {
			z.Servers[1].Replies[0] = zone.Reply{Address: z.Servers[1].Replies[0].Address, Unknown: map[string]string{"zone": "unreachable"}}
		}, "passed"},
		{"DNS-06", "serials", func(z *zone.Facts) { z.Servers[1].Replies[0].Serial = 4 }, "minor serial"},
		{"DNS-06", "not known", func(z *zone.Facts) {
			z.Servers, z.Unknown = nil, map[string]string{"servers": "timeout"}
		}, "unknown timeout"},

		{"DNS-07", "none", func(z *zone.Facts) { z.CAA = &zone.CAA{} }, "minor"},
		{"DNS-07", "not known", func(z *zone.Facts) {
			z.CAA, z.Unknown = nil, map[string]string{"caa": "servfail"}
		}, "unknown servfail"},
	}
	records := map[string]Record{}
	for _, r := range dnsChecks() {
		records[r.ID] = r
		if got := said(r.Decide(runOf(soundZone()), Settings{AsOf: dnsDay})); got != "passed" {
			t.Errorf("%s on a sound zone: %s", r.ID, got)
		}
		gone := &zone.Facts{Domain: "brume.example", Outcome: dns.NoName}
		if got := said(r.Decide(runOf(gone), Settings{AsOf: dnsDay})); got != "nothing" {
			t.Errorf("%s on a domain that does not exist: %s", r.ID, got)
		}
		silent := &zone.Facts{Domain: "brume.example", Unknown: map[string]string{"zone": "timeout"}}
		if got := said(r.Decide(runOf(silent), Settings{AsOf: dnsDay})); got != "unknown timeout" {
			t.Errorf("%s on a domain nobody answers for: %s", r.ID, got)
		}
	}
	for _, row := range rows {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			z := soundZone()
			row.spoil(z)
			o := records[row.id].Decide(runOf(z), Settings{AsOf: dnsDay})
			if got := said(o); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			checkTexts(t, row.id, o)
		})
	}
}

// checkTexts makes sure that what is found can be told, in both languages, with every value in its place.
func checkTexts(t *testing.T, id string, o Outcome) {
	t.Helper()
	for _, lang := range []string{"fr", "en"} {
		texts, err := LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range o.Found {
			if f.Asset == "" || len(f.Evidence) == 0 || f.Confidence == "" {
				t.Errorf("%s: %+v", id, f)
			}
			text, known := texts.Text(id)
			own := Text{Found: text.Found, VerifyCommand: text.VerifyCommand}
			if v, ok := text.Variants[f.Variant]; ok {
				own.Found = cmp.Or(v.Found, own.Found)
			} else if f.Variant != "" || !known {
				t.Errorf("%s: no text in %s for variant %q", id, lang, f.Variant)
			}
			values := f.values()
			for _, name := range own.Placeholders() {
				if values[name] == "" {
					t.Errorf("%s, %s, %q: no value for %s", id, lang, f.Variant, name)
				}
			}
			if s := texts.For(id, f).Found; s == "" || strings.Contains(s, "{{") {
				t.Errorf("%s, %s: %q", id, lang, s)
			}
		}
	}
}

// One zone that holds two declared domains is judged once.
func TestZonesAreJudgedOnce(t *testing.T) {
	z := soundZone()
	z.Networks = z.Networks[:1]
	below := *z
	below.Domain = "sante.brume.example"
	run := &observe.Run{Domains: []observe.Domain{{Name: z.Domain, Zone: z}, {Name: below.Domain, Zone: &below}}}
	if o := eachZone(servers)(run, Settings{}); len(o.Found) != 1 || o.Found[0].Asset != "brume.example" {
		t.Errorf("%+v", o.Found)
	}
}
