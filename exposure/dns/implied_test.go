package dns_test

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
)

// impliedAnswers checks that what earlier denials answer is what the server would have said, and that servers are asked less for it.
func impliedAnswers(t *testing.T, config dns.Config) {
	var asked atomic.Int64
	send := dns.Sockets(config)
	config.Exchange = func(ctx context.Context, server netip.AddrPort, q *wire.Msg) (*wire.Msg, error) {
		asked.Add(1)
		return send(ctx, server, q)
	}
	moment := now
	config.Now = func() time.Time { return moment }
	shared := dns.New(config)
	questions := int64(0)
	labels := []string{"nothing", "nothinh", "s1._domainkey", "s2._domainkey", "www", "mail", "empty", "b.empty", "x.b.empty", "wild", "x.wild", "x.kept.wild", "x.tree", "tree"}
	for zone, labels := range map[string][]string{"nsec.lab.test": labels, "nsec3.lab.test": labels[:4], "unsigned.lab.test": labels[:4], "expired.lab.test": labels[:4]} {
		for _, label := range labels {
			for _, qtype := range []uint16{dns.TypeTXT, dns.TypeMX, dns.TypeAAAA} {
				name, before := label+"."+zone, asked.Load()
				got, err := shared.Ask(t.Context(), name, qtype)
				if zone == "nsec.lab.test" {
					questions += asked.Load() - before
				}
				alone, aloneErr := dns.New(config).Ask(t.Context(), name, qtype)
				if (err == nil) != (aloneErr == nil) {
					t.Errorf("%s %s: %v, asked alone %v", name, wire.TypeToString[qtype], err, aloneErr)
				} else if err == nil && (got.Outcome != alone.Outcome || got.Proof != alone.Proof || len(got.Records) != len(alone.Records) || !slices.Equal(got.Aliases, alone.Aliases)) {
					t.Errorf("%s %s: %+v, asked alone %+v", name, wire.TypeToString[qtype], got, alone)
				}
			}
		}
	}
	if all := int64(3 * len(labels)); questions > all/2 {
		t.Errorf("%d questions sent for %d", questions, all)
	}
	// What was proven holds no longer than its time to live.
	count := func(name string, qtype uint16) int64 {
		before := asked.Load()
		if a, err := shared.Ask(t.Context(), name, qtype); err != nil || a.Outcome != dns.NoName {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		return asked.Load() - before
	}
	if n := count("nothing-more.nsec.lab.test", dns.TypeTXT); n != 0 {
		t.Errorf("%d questions for what is denied already", n)
	}
	if n := count("nothing-more.nsec.lab.test", dns.TypeA); n != 1 {
		t.Errorf("%d questions for an address, which is always asked for", n)
	}
	moment = moment.Add(48 * time.Hour)
	if n := count("nothing-else.nsec.lab.test", dns.TypeTXT); n != 1 {
		t.Errorf("%d questions once the denial is old", n)
	}
}
