package dns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
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

const brume = `$ORIGIN ch-brume.example.
@ SOA ns1 hostmaster 7 3600 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
@ MX 10 mail
mail A 192.0.2.25
mail AAAA 2001:db8::25
www CNAME mail
a CNAME b
b CNAME a
away CNAME www.elsewhere.example.
gone CNAME nothing.ch-brume.example.
big TXT "0123456789012345678901234567890123456789012345678901234567890123456789"
odd TXT "quote \" and é \007"
`

func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "c%d CNAME c%d\n", i, i+1)
	}
	return b.String() + fmt.Sprintf("c%d A 192.0.2.1\n", n)
}

func reasonOf(err error) dns.Reason {
	var f *dns.Failure
	if errors.As(err, &f) {
		return f.Reason
	}
	return ""
}

func TestAsk(t *testing.T) {
	server := dnstest.Serve(t, brume+chain(20))
	client := dns.New(server.Config())
	rows := map[string]struct {
		name    string
		qtype   uint16
		outcome dns.Outcome
		records int
		aliases []string
		reason  dns.Reason
	}{
		"data":           {"mail.ch-brume.example", dns.TypeA, dns.Data, 1, nil, ""},
		"upper case":     {"MAIL.Ch-Brume.Example.", dns.TypeA, dns.Data, 1, nil, ""},
		"no data":        {"mail.ch-brume.example", dns.TypeTXT, dns.NoData, 0, nil, ""},
		"no name":        {"nothing.ch-brume.example", dns.TypeA, dns.NoName, 0, nil, ""},
		"alias":          {"www.ch-brume.example", dns.TypeAAAA, dns.Data, 1, []string{"mail.ch-brume.example"}, ""},
		"alias to none":  {"gone.ch-brume.example", dns.TypeA, dns.NoName, 0, []string{"nothing.ch-brume.example"}, ""},
		"alias itself":   {"www.ch-brume.example", dns.TypeCNAME, dns.Data, 1, nil, ""},
		"alias outside":  {"away.ch-brume.example", dns.TypeA, dns.NoName, 0, []string{"www.elsewhere.example"}, ""},
		"short chain":    {"c15.ch-brume.example", dns.TypeA, dns.Data, 1, nil, ""},
		"loop":           {"a.ch-brume.example", dns.TypeA, "", 0, nil, dns.Loop},
		"endless chain":  {"c0.ch-brume.example", dns.TypeA, "", 0, nil, dns.Loop},
		"label too long": {strings.Repeat("x", 64) + ".example", dns.TypeA, "", 0, nil, dns.BadName},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := client.Ask(t.Context(), row.name, row.qtype)
			if row.reason != "" {
				if reasonOf(err) != row.reason {
					t.Fatalf("%v; want %s", err, row.reason)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != row.outcome || len(got.Records) != row.records || row.aliases != nil && !slices.Equal(got.Aliases, row.aliases) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	server := dnstest.Serve(t, brume)
	got, err := dns.New(server.Config()).Ask(t.Context(), "odd.ch-brume.example", dns.TypeTXT)
	if err != nil || !slices.Equal(got.Texts(), []string{"quote \" and é \a"}) {
		t.Errorf("%q, %v", got.Texts(), err)
	}
}

// Each question goes out once, however often it is asked at the same time.
func TestQuestionsAreAskedOnce(t *testing.T) {
	server := dnstest.Serve(t, brume)
	client := dns.New(server.Config())
	done := make(chan error, 50)
	for range cap(done) {
		go func() {
			_, err := client.Ask(t.Context(), "mail.ch-brume.example", dns.TypeA)
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	for _, q := range server.Asked() {
		if q == "mail.ch-brume.example A" {
			count++
		}
	}
	if count != 1 {
		t.Errorf("asked %d times", count)
	}
}

func TestBadResolvers(t *testing.T) {
	answerWith := func(change func(*wire.Msg)) func(*wire.Msg, bool) dnstest.Act {
		return func(q *wire.Msg, _ bool) dnstest.Act {
			m := new(wire.Msg).SetReply(q)
			change(m)
			return dnstest.Act{Answer: m}
		}
	}
	rows := map[string]struct {
		before func(*wire.Msg, bool) dnstest.Act
		reason dns.Reason
	}{
		"silent":             {func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Drop: true} }, dns.Timeout},
		"fails":              {func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Rcode: wire.RcodeServerFailure} }, dns.Failed},
		"refuses":            {func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Rcode: wire.RcodeRefused} }, dns.Refused},
		"cuts and no stream": {func(_ *wire.Msg, tcp bool) dnstest.Act { return dnstest.Act{Truncate: true, Drop: tcp} }, dns.Timeout},
		"other question":     {answerWith(func(m *wire.Msg) { m.Question[0].Name = "other.example." }), dns.Timeout},
		"lies": {func(q *wire.Msg, _ bool) dnstest.Act {
			m := new(wire.Msg).SetReply(q)
			if q.Question[0].Qtype == wire.TypeA {
				m.Answer = append(m.Answer, &wire.A{Hdr: wire.RR_Header{Name: q.Question[0].Name, Rrtype: wire.TypeA, Class: wire.ClassINET, Ttl: 60}, A: net.IPv4(10, 0, 0, 1)})
			}
			return dnstest.Act{Answer: m}
		}, dns.Lying},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			server := dnstest.Serve(t, brume)
			server.Misbehave(row.before)
			config := server.Config()
			config.Timeout = 60 * time.Millisecond
			if got, err := dns.New(config).Ask(t.Context(), "mail.ch-brume.example", dns.TypeA); reasonOf(err) != row.reason {
				t.Errorf("%+v, %v; want %s", got, err, row.reason)
			}
		})
	}
}

// What a good resolver may do wrong once, and what an old one does always, is got over.
func TestTolerance(t *testing.T) {
	var n atomic.Int32
	rows := map[string]func(*wire.Msg, bool) dnstest.Act{
		"first question lost": func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Drop: n.Add(1) == 1} },
		"first answer failed": func(*wire.Msg, bool) dnstest.Act {
			if n.Add(1) == 1 {
				return dnstest.Act{Rcode: wire.RcodeServerFailure}
			}
			return dnstest.Act{}
		},
		"cut by UDP": func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Truncate: true} },
		"slow":       func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Wait: 30 * time.Millisecond} },
		"no extensions": func(q *wire.Msg, _ bool) dnstest.Act {
			if q.IsEdns0() != nil {
				m := new(wire.Msg)
				m.Response, m.Rcode, m.Question = true, wire.RcodeFormatError, q.Question
				return dnstest.Act{Answer: m}
			}
			return dnstest.Act{}
		},
	}
	for name, before := range rows {
		t.Run(name, func(t *testing.T) {
			n.Store(0)
			server := dnstest.Serve(t, brume)
			server.Misbehave(before)
			config := server.Config()
			config.Timeout = 200 * time.Millisecond
			got, err := dns.New(config).Ask(t.Context(), "mail.ch-brume.example", dns.TypeA)
			if err != nil || len(got.Records) != 1 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// A resolver that dies in the middle of an audit costs a bounded time: after some silence nothing is sent any more.
func TestResolverDies(t *testing.T) {
	server := dnstest.Serve(t, brume)
	var dead atomic.Bool
	server.Misbehave(func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Drop: dead.Load()} })
	config := server.Config()
	config.Timeout = 20 * time.Millisecond
	client := dns.New(config)
	if _, err := client.Ask(t.Context(), "mail.ch-brume.example", dns.TypeA); err != nil {
		t.Fatal(err)
	}
	dead.Store(true)
	reasons := map[dns.Reason]int{}
	for i := range 200 {
		_, err := client.Ask(t.Context(), fmt.Sprintf("n%d.ch-brume.example", i), dns.TypeA)
		reasons[reasonOf(err)]++
	}
	if reasons[dns.Dead] < 150 || reasons[dns.Timeout] == 0 || reasons[dns.Dead]+reasons[dns.Timeout] != 200 {
		t.Errorf("%v", reasons)
	}
	if asked := len(server.Asked()); asked > 60 {
		t.Errorf("%d questions sent to a dead resolver", asked)
	}
}

// Silence about some names, among answers about others, is those names' affair.
func TestSilentNamesDoNotKillTheResolver(t *testing.T) {
	server := dnstest.Serve(t, brume)
	server.Misbehave(func(q *wire.Msg, _ bool) dnstest.Act {
		return dnstest.Act{Drop: strings.HasPrefix(q.Question[0].Name, "dark")}
	})
	config := server.Config()
	config.Timeout = 5 * time.Millisecond
	client := dns.New(config)
	for i := range 30 {
		if _, err := client.Ask(t.Context(), fmt.Sprintf("dark%d.ch-brume.example", i), dns.TypeA); reasonOf(err) != dns.Timeout {
			t.Fatalf("dark%d: %v", i, err)
		}
	}
	if _, err := client.Ask(t.Context(), "mail.ch-brume.example", dns.TypeA); err != nil {
		t.Error(err)
	}
}

func TestStop(t *testing.T) {
	server := dnstest.Serve(t, brume)
	server.Misbehave(func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Drop: true} })
	config := server.Config()
	config.Timeout = time.Minute
	client := dns.New(config)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := client.Ask(ctx, "mail.ch-brume.example", dns.TypeA)
		done <- err
	}()
	time.Sleep(20 * time.Millisecond)
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("a stopped question goes on")
	}
	// The one who gave up leaves nothing behind: the next is answered.
	server.Misbehave(nil)
	if _, err := client.Ask(t.Context(), "mail.ch-brume.example", dns.TypeA); err != nil {
		t.Error(err)
	}
}

func TestSecondResolver(t *testing.T) {
	server := dnstest.Serve(t, brume)
	silent := dnstest.Serve(t, brume)
	silent.Misbehave(func(*wire.Msg, bool) dnstest.Act { return dnstest.Act{Drop: true} })
	config := server.Config()
	config.Timeout = 30 * time.Millisecond
	config.Resolvers = []netip.AddrPort{silent.Addr, server.Addr}
	if _, err := dns.New(config).Ask(t.Context(), "mail.ch-brume.example", dns.TypeA); err != nil {
		t.Error(err)
	}
}

func target(t *testing.T, at netip.AddrPort) perimeter.Target {
	t.Helper()
	target, err := perimeter.Loopback("", at, 0)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestTransfer(t *testing.T) {
	dialer := reach.New(reach.Limits{PerSecond: 1000, Exchange: time.Second})
	zone := func() *wire.Msg {
		m := new(wire.Msg)
		m.SetQuestion("ch-brume.example.", wire.TypeAXFR)
		m.Response = true
		return m
	}
	soa := &wire.SOA{Hdr: wire.RR_Header{Name: "ch-brume.example.", Rrtype: wire.TypeSOA, Class: wire.ClassINET}, Ns: ".", Mbox: ".", Serial: 7}
	a := &wire.A{Hdr: wire.RR_Header{Name: "www.ch-brume.example.", Rrtype: wire.TypeA, Class: wire.ClassINET}, A: net.IPv4(192, 0, 2, 1)}
	rows := map[string]struct {
		answer         []wire.RR
		rcode          int
		open, complete bool
		fails          bool
	}{
		"whole":           {[]wire.RR{soa, a, soa}, 0, true, true, false},
		"empty zone":      {[]wire.RR{soa, soa}, 0, true, true, false},
		"begun only":      {[]wire.RR{soa, a}, 0, true, false, false},
		"authority alone": {[]wire.RR{soa}, 0, false, false, true}, // what a server that answers SOA to everything says
		"not a zone":      {[]wire.RR{a, soa}, 0, false, false, true},
		"refused":         {nil, wire.RcodeRefused, false, false, false},
		"nothing":         {nil, 0, false, false, false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			server := dnstest.Serve(t, brume)
			server.Misbehave(func(*wire.Msg, bool) dnstest.Act {
				m := zone()
				m.Answer, m.Rcode = row.answer, row.rcode
				return dnstest.Act{Answer: m}
			})
			got, err := dns.AskTransfer(t.Context(), reach.New(reach.Limits{Exchange: 100 * time.Millisecond}), target(t, server.Addr), "ch-brume.example")
			if got.Open != row.open || got.Complete != row.complete || (err != nil) != row.fails {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	server := dnstest.Serve(t, brume)
	got, err := dns.AskTransfer(t.Context(), dialer, target(t, server.Addr), "ch-brume.example")
	if err != nil || !got.Complete || got.Records != 14 || got.Serial != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadAnchors(t *testing.T) {
	rows := map[string]struct {
		text string
		want int // anchors; -1 for refused
	}{
		"digest":     {"lab.test. IN DS 1 13 2 571EE5F8CE169C71BD168D142E99EBFD794DCBE388FBA89ABF7F3D3EB13D5EC8", 1},
		"key":        {"lab.test. 300 IN DNSKEY 257 3 13 esD9a7fFMDlK8uUiRff2UI8dIRf/IlEK+UZBnOeMjzUvMS3ZUkEDTuKyosE4ALulQ2U/pqGZAF21YdFoKpbNgQ==", 1},
		"two zones":  {"a. IN DS 1 13 2 00\nb. IN DS 1 13 2 00", 2},
		"others":     {"lab.test. IN A 192.0.2.1", -1},
		"nothing":    {"; a comment", -1},
		"not a file": {"\x00\x01\x02", -1},
		"include":    {"$INCLUDE /etc/passwd", -1},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := dns.ReadAnchors(strings.NewReader(row.text), "anchors")
			if row.want < 0 && err == nil || row.want >= 0 && (err != nil || len(got) != row.want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
