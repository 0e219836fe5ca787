package dns_test

import (
	"context"
	"crypto"
	"fmt"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure"
	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/mail"
	"hygie/exposure/reach"
	"hygie/exposure/zone"
)

// hospital is what each of the domains of the benchmark holds.
const hospital = `
@ A 192.0.2.1
@ AAAA 2001:db8::1
@ NS ns2
ns2 A 192.0.2.54
@ MX 10 mail
@ MX 20 mail2
mail A 192.0.2.25
mail AAAA 2001:db8::25
mail2 A 192.0.2.26
_25._tcp.mail TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
@ TXT "v=spf1 mx include:_spf -all"
_spf TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@%s"
_mta-sts TXT "v=STSv1; id=1"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@%s"
@ CAA 0 issue "pki.example"
www CNAME %s.
`

// signInPlace signs a zone with NSEC and one key, quicker than a program for each of a thousand zones.
func signInPlace(b *testing.B, name, text string) (signed, ds string) {
	b.Helper()
	origin := name + "."
	parser := wire.NewZoneParser(strings.NewReader(text), origin, "")
	parser.SetDefaultTTL(300)
	key := &wire.DNSKEY{Hdr: wire.RR_Header{Name: origin, Rrtype: wire.TypeDNSKEY, Class: wire.ClassINET, Ttl: 300}, Flags: 257, Protocol: 3, Algorithm: wire.ECDSAP256SHA256}
	private, err := key.Generate(256)
	if err != nil {
		b.Fatal(err)
	}
	type owner struct {
		name string
		sets map[uint16][]wire.RR
	}
	byName := map[string]*owner{}
	add := func(rr wire.RR) {
		h := rr.Header()
		o := byName[h.Name]
		if o == nil {
			o = &owner{h.Name, map[uint16][]wire.RR{}}
			byName[h.Name] = o
		}
		o.sets[h.Rrtype] = append(o.sets[h.Rrtype], rr)
	}
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		add(rr)
	}
	if err := parser.Err(); err != nil {
		b.Fatal(err)
	}
	add(key)
	var owners []*owner
	for _, o := range byName {
		owners = append(owners, o)
	}
	slices.SortFunc(owners, func(x, y *owner) int { return dns.CompareNames(x.name, y.name) })
	var out strings.Builder
	for i, o := range owners {
		delegation := o.name != origin && len(o.sets[wire.TypeNS]) > 0
		types := []uint16{wire.TypeRRSIG, wire.TypeNSEC}
		for t := range o.sets {
			types = append(types, t)
		}
		slices.Sort(types)
		if delegation {
			types = slices.DeleteFunc(types, func(t uint16) bool { return t == wire.TypeA })
		}
		o.sets[wire.TypeNSEC] = []wire.RR{&wire.NSEC{Hdr: wire.RR_Header{Name: o.name, Rrtype: wire.TypeNSEC, Class: wire.ClassINET, Ttl: 300}, NextDomain: owners[(i+1)%len(owners)].name, TypeBitMap: types}}
		for t, set := range o.sets {
			for _, rr := range set {
				fmt.Fprintln(&out, rr)
			}
			if delegation && t != wire.TypeDS && t != wire.TypeNSEC {
				continue
			}
			sig := &wire.RRSIG{Hdr: wire.RR_Header{Ttl: 300}, Algorithm: key.Algorithm, KeyTag: key.KeyTag(), SignerName: origin,
				Inception: uint32(now.Add(-time.Hour).Unix()), Expiration: uint32(now.Add(240 * time.Hour).Unix())}
			if err := sig.Sign(private.(crypto.Signer), set); err != nil {
				b.Fatal(err)
			}
			fmt.Fprintln(&out, sig)
		}
	}
	return out.String(), key.ToDS(wire.SHA256).String()
}

// What a thousand domains publish of their zone and mail, each answer proven by ourselves, from a BIND on the same machine.
func BenchmarkThousandDomains(b *testing.B) {
	const domains = 1000
	_, collecting := exposure.Spare(domains) // as an audit has it
	defer debug.SetGCPercent(debug.SetGCPercent(collecting))
	var parent strings.Builder
	parent.WriteString("@ SOA ns h 1 3600 900 1209600 300\n@ NS ns\nns A 127.0.0.1\n")
	zones := []dnstest.Zone{}
	for i := range domains {
		name := fmt.Sprintf("ch-%d.bench.test", i)
		text := "@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS ns\nns A 192.0.2.53\n" + strings.ReplaceAll(hospital, "%s", name)
		signed, ds := signInPlace(b, name, strings.ReplaceAll(text, "include:_spf ", "include:_spf."+name+" "))
		fmt.Fprintf(&parent, "%s. NS ns.%s.\nns.%s. A 192.0.2.53\n%s\n", name, name, name, ds)
		zones = append(zones, dnstest.Zone{Name: name, Raw: signed})
	}
	signed, ds := signInPlace(b, "bench.test", parent.String())
	zones = append(zones, dnstest.Zone{Name: "bench.test", Raw: signed})
	anchors, err := dns.ReadAnchors(strings.NewReader(ds), "anchor")
	if err != nil {
		b.Fatal(err)
	}
	bind := dnstest.StartBind(b, netip.MustParseAddrPort("127.0.0.1:0"), zones...)
	var questions, seconds float64
	ours, theirs := processor(b, "/proc/self/stat"), processor(b, fmt.Sprintf("/proc/%d/stat", bind.PID))
	for b.Loop() {
		var asked atomic.Int64
		config := dns.Config{Resolvers: []netip.AddrPort{bind.Addr}, Anchors: anchors, Now: func() time.Time { return now }, InFlight: 64}
		send := dns.Sockets(config)
		config.Exchange = func(ctx context.Context, server netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
			asked.Add(1)
			return send(ctx, server, q)
		}
		client := dns.New(config)
		began := time.Now()
		var all sync.WaitGroup
		next := make(chan string)
		for range 32 {
			all.Go(func() {
				for name := range next {
					z, err := zone.Probe(b.Context(), client, reach.New(reach.Courteous()), name, zone.Access{})
					if err != nil || z.Chain.Security != dns.Secure {
						b.Errorf("%s: %+v, %v", name, z.Chain, err)
					}
					m, err := mail.Probe(b.Context(), client, name, mail.Options{Selectors: []string{"s1", "s2"}})
					if err != nil || m.DMARC.Policy != "reject" || m.MX.Hosts[0].DANE != "secure" || m.SPF.Stranger != "fail" {
						b.Errorf("%s: %+v, %v", name, m, err)
					}
				}
			})
		}
		for i := range domains {
			next <- fmt.Sprintf("ch-%d.bench.test", i)
		}
		close(next)
		all.Wait()
		seconds += time.Since(began).Seconds()
		questions += float64(asked.Load())
	}
	b.ReportMetric((processor(b, "/proc/self/stat")-ours)/float64(b.N), "cpu-s/op")
	b.ReportMetric((processor(b, fmt.Sprintf("/proc/%d/stat", bind.PID))-theirs)/float64(b.N), "bind-cpu-s/op")
	b.ReportMetric(questions/float64(b.N)/domains, "questions/domain")
	b.ReportMetric(questions/seconds, "questions/s")
}

// processor is the seconds of processor that a process used so far, by its line of /proc (proc(5): fields 14 and 15, in hundredths).
func processor(b *testing.B, file string) float64 {
	b.Helper()
	line, err := os.ReadFile(file)
	if err != nil {
		b.Skip(err)
	}
	_, after, _ := strings.Cut(string(line), ") ")
	fields := strings.Fields(after)
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}
