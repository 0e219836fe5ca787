package check

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/zone"
)

// A real BIND serves a sound domain, a bad one, and one whose signatures have expired: every planted weakness is found, and nothing else.
func TestPlantedInBind(t *testing.T) {
	dates := []string{"-s", "20260101000000", "-e", "20351231000000", "-3", "-", "-H", "0"}
	const sound = `@ MX 10 mail
mail A 192.0.2.25
_25._tcp.mail TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
www A 192.0.2.80
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@%[1]s"
_mta-sts TXT "v=STSv1; id=20260101"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@%[1]s"
@ CAA 0 issue "pki.example"
`
	bad := "@ MX 10 mail\nmail A 192.0.2.26\nold CNAME forgotten.cloud.lab.test.\n_dmarc TXT \"v=DMARC1; p=none; pct=50\"\n" +
		"s1._domainkey TXT \"v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMyFmnClRcAqyfM9VmXSjTTTZXcBSq+lB4TcCGzVqm1nUp7VwfoMlQy0HsHcUYWkFjJYQzRkjTzvwbS5hxIjMhUCAwEAAQ==\"\n" +
		"_25._tcp.mail TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000\n@ TXT \"v=spf1"
	for i := range 12 {
		bad += fmt.Sprintf(" include:i%d.bad.lab.test\" \"", i)
	}
	bad += " +all\"\n"
	for i := range 12 {
		bad += fmt.Sprintf("i%d TXT \"v=spf1 ip4:192.0.2.%d ~all\"\n", i, i)
	}
	closed := "allow-transfer { none; };"
	bind := dnstest.StartBind(t, netip.MustParseAddrPort("127.0.0.1:0"),
		dnstest.Zone{Name: "lab.test", Sign: dates, Options: closed},
		dnstest.Zone{Name: "good.lab.test", Sign: dates, Text: fmt.Sprintf(sound, "good.lab.test"), Options: closed},
		dnstest.Zone{Name: "bogus.lab.test", Sign: []string{"-s", "20200101000000", "-e", "20210101000000"}, Text: fmt.Sprintf(sound, "bogus.lab.test"), Options: closed},
		dnstest.Zone{Name: "bad.lab.test", Text: bad},
		dnstest.Zone{Name: "example.com", Options: closed}, // so that this server can look up what any other would
	)
	file, err := os.Open(bind.Anchors)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	anchors, err := dns.ReadAnchors(file, "anchors")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	client := dns.New(dns.Config{Resolvers: []netip.AddrPort{bind.Addr}, Anchors: anchors, Now: func() time.Time { return now }, ServerPort: bind.Addr.Port()})
	everywhere := func(server netip.AddrPort, name string) (perimeter.Target, bool) {
		target, err := perimeter.Loopback(name, server, 0)
		return target, err == nil
	}
	dialer := reach.New(reach.Limits{PerSecond: 10_000, PerNetwork: 10_000})
	run := &observe.Run{AsOf: now}
	for _, name := range []string{"bad.lab.test", "bogus.lab.test", "good.lab.test"} {
		z, err := zone.Probe(t.Context(), client, dialer, name, zone.Access{Ask: everywhere, Test: everywhere})
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.Probe(t.Context(), client, name, mail.Options{Selectors: []string{"s1"}})
		if err != nil {
			t.Fatal(err)
		}
		run.Domains = append(run.Domains, observe.Domain{Name: name, Zone: &z, Mail: &m})
	}
	alias, err := zone.Alias(t.Context(), client, "old.bad.lab.test")
	if err != nil {
		t.Fatal(err)
	}
	run.Names = append(run.Names, observe.Name{Name: "old.bad.lab.test", Dangling: alias})

	// Kept facts decide as the seen ones do.
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	run = new(observe.Run)
	if err := json.Unmarshal(text, run); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, record := range slices.Concat(dnsChecks(), mailChecks()) {
		o := record.Decide(run, Settings{AsOf: now})
		for _, f := range o.Found {
			got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", f.Asset, record.ID, f.Severity, f.Variant)), " "))
		}
		checkTexts(t, record.ID, o)
	}
	slices.Sort(got)
	want := []string{
		"127.0.0.1 DNS-02 major", "127.0.0.1 DNS-02 major", "127.0.0.1 DNS-02 major", // one server for the three zones
		"bad.lab.test DNS-01 major",
		"bad.lab.test DNS-03 minor",
		"bad.lab.test DNS-06 important single",
		"bad.lab.test DNS-07 minor",
		"bad.lab.test MEL-01 critical anyone",
		"bad.lab.test MEL-02 major lookups",
		"bad.lab.test MEL-04 important none",
		"bad.lab.test MEL-04 minor no_reports",
		"bad.lab.test MEL-06 critical",
		"bad.lab.test MEL-11 minor",
		"bad.lab.test MEL-11 minor dane_unsigned",
		"bogus.lab.test DNS-04 critical expired",
		"bogus.lab.test DNS-06 important single",
		"bogus.lab.test MEL-11 minor dane_unsigned",
		"good.lab.test DNS-06 important single", // truly so: one address for everything
		"old.bad.lab.test INV-02 info own",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
