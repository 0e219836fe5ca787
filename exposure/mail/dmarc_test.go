package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
)

func TestWalkNames(t *testing.T) {
	for domain, want := range map[string]int{"example": 1, "a.example": 2, "a.b.c.d.e.f.g.example": 8, "a.b.c.d.e.f.g.h.i.j.example": 8} {
		got := walkNames(domain)
		if len(got) != want || got[0] != domain || got[len(got)-1] != "example" {
			t.Errorf("%s: %v", domain, got)
		}
	}
	if got := walkNames("a.b.c.d.e.f.g.h.i.j.example"); got[1] != "e.f.g.h.i.j.example" {
		t.Errorf("after the domain comes %s, not its last seven labels", got[1])
	}
}

func TestReadDMARC(t *testing.T) {
	server := dnstest.Serve(t, `$ORIGIN example.
@ SOA ns h 1 1 1 1 1
_dmarc.own TXT "v=DMARC1; p=reject; rua=mailto:d@own.example"
_dmarc.subs TXT "v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:d@subs.example"
_dmarc.only TXT "v=DMARC1; rua=mailto:d@only.example"
_dmarc.bad TXT "v=DMARC1; p=refuse; rua=mailto:d@bad.example"
_dmarc.worse TXT "v=DMARC1; p=refuse"
_dmarc.badsub TXT "v=DMARC1; p=reject; sp=refuse; rua=mailto:d@badsub.example"
_dmarc.two TXT "v=DMARC1; p=reject"
_dmarc.two TXT "v=DMARC1; p=none"
_dmarc.version TXT "v=dmarc1; p=reject"
_dmarc.late TXT "p=reject; v=DMARC1"
_dmarc.test TXT "v=DMARC1; p=reject; t=Y; pct=50; ri=3600; unknown=1"
_dmarc.spaces TXT "  v = DMARC1 ;p= Reject ;; rua = mailto:d@spaces.example!10m , mailto:e@spaces.example "
_dmarc.pub TXT "v=DMARC1; p=reject; psd=Y; sp=quarantine"
_dmarc.stop.own TXT "v=DMARC1; p=none; psd=n"
_dmarc.out TXT "v=DMARC1; p=reject; rua=mailto:a@yes.example,mailto:b@no.example,https://x.example/,mailto:c"
out.example._report._dmarc.yes TXT "v=DMARC1"
other TXT "v=spf1 -all"
_dmarc.other TXT "google-site-verification=1"
`)
	client := dns.New(server.Config())
	rows := map[string]struct {
		domain, at, organisation string
		policies                 string // domain, subdomains, missing
		fault                    string
	}{
		"own":                        {"own.example", "own.example", "own.example", "reject reject reject", ""},
		"subdomain":                  {"www.own.example", "own.example", "own.example", "reject reject reject", ""},
		"weaker below":               {"subs.example", "subs.example", "subs.example", "reject quarantine none", ""},
		"inherits what is for below": {"www.subs.example", "subs.example", "subs.example", "quarantine quarantine none", ""},
		"p absent":                   {"only.example", "only.example", "only.example", "none none none", ""},
		"p unknown, reports wanted":  {"bad.example", "bad.example", "bad.example", "none none none", "policy"},
		"p unknown, nothing else":    {"worse.example", "worse.example", "worse.example", "  ", "policy"},
		"sp unknown":                 {"badsub.example", "badsub.example", "badsub.example", "none none none", "policy"},
		"two records":                {"two.example", "", "two.example", "  ", "several"},
		"version in lower case":      {"version.example", "", "version.example", "  ", "version"},
		"version not first":          {"late.example", "", "late.example", "  ", "version"},
		"spaces":                     {"spaces.example", "spaces.example", "spaces.example", "reject reject reject", ""},
		"public suffix":              {"a.b.pub.example", "pub.example", "b.pub.example", "quarantine quarantine quarantine", ""},
		"stops":                      {"x.stop.own.example", "stop.own.example", "stop.own.example", "none none none", ""},
		"none":                       {"other.example", "", "other.example", "  ", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := readDMARC(t.Context(), client, row.domain)
			if err != nil {
				t.Fatal(err)
			}
			policies := fmt.Sprintf("%s %s %s", got.Policy, got.Subdomains, got.Missing)
			if got.At != row.at || got.Organisation != row.organisation || policies != row.policies || got.Fault != row.fault {
				t.Errorf("%+v", got)
			}
		})
	}
	got, err := readDMARC(t.Context(), client, "test.example")
	if err != nil || !got.Testing || got.Applied(got.Policy) != "quarantine" || !slices.Equal(got.Removed, []string{"pct", "ri"}) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = readDMARC(t.Context(), client, "out.example")
	want := []Report{{URI: "mailto:a@yes.example", Allowed: "yes"}, {URI: "mailto:b@no.example", Allowed: "no"}, {URI: "https://x.example/", Fault: "not a mail address"}, {URI: "mailto:c", Fault: "not a mail address"}}
	if err != nil || !slices.Equal(got.Reports, want) {
		t.Errorf("%+v, %v", got.Reports, err)
	}
}

// A name server that fails says nothing of a policy.
func TestUnknownIsNotAbsent(t *testing.T) {
	server := dnstest.Serve(t, "$ORIGIN example.\n@ SOA ns h 1 1 1 1 1\nbrume MX 10 mail\n")
	server.Misbehave(failsFor("_", "brume.example."))
	f, err := Probe(t.Context(), dns.New(server.Config()), "brume.example", Options{Selectors: []string{"s1"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.SPF.Absent() || f.DMARC.Absent() || f.STS.Absent() || f.Reports.Absent() || f.Brand.Absent() || f.DKIM[0].Absent() || f.MX.Unknown == "" || f.MX.Takes() {
		t.Errorf("%+v", f)
	}
}

func FuzzTags(f *testing.F) {
	f.Add("v=DMARC1; p=none; rua=mailto:a@b.example!10m,mailto:c@d.example")
	f.Add(";;=;a;a=b=c;A=d")
	f.Fuzz(func(t *testing.T, text string) {
		for name, value := range Tags(text) {
			if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name+value, ";") {
				t.Errorf("%q = %q", name, value)
			}
		}
		isVersion(text, "DMARC1")
		reportDomain(text)
		var k DKIM
		if looksDKIM(text) {
			k.parse(text)
		}
	})
}
