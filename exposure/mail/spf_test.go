package mail

import (
	"errors"
	"strings"
	"testing"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
)

func TestParseSPF(t *testing.T) {
	rows := map[string]struct {
		text string
		at   int // offset of the fault; -1 if there is none
	}{
		"nothing":                {"v=spf1", -1},
		"usual":                  {"v=spf1 mx a:mail.ch-brume.example/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:spf.provider.example -all", -1},
		"spaces":                 {"v=spf1   mx    -all  ", -1},
		"macros":                 {"v=spf1 exists:%{ir}.%{v}._spf.%{d2} include:%{d}._x.example -all exp=why.%{d}", -1},
		"unknown modifier":       {"v=spf1 ra=postmaster rp=100 -all", -1},
		"upper case":             {"V=SPF1 MX -ALL", -1},
		"address at the end":     {"v=spf1 ip6:::1 -all", -1},
		"other version":          {"v=spf10 -all", 0},
		"unknown mechanism":      {"v=spf1 mxx -all", 7},
		"misspelt":               {"v=spf1 mx ipv4:192.0.2.1 -all", 10},
		"bad address":            {"v=spf1 ip4:192.0.2 -all", 7},
		"family":                 {"v=spf1 ip4:2001:db8::1 -all", 7},
		"prefix":                 {"v=spf1 ip4:192.0.2.0/33 -all", 7},
		"prefix with zero":       {"v=spf1 ip4:192.0.2.0/024 -all", 7},
		"all with an argument":   {"v=spf1 -all:x", 7},
		"include without domain": {"v=spf1 include -all", 7},
		"domain without top":     {"v=spf1 include:localhost -all", 7},
		"top of digits":          {"v=spf1 a:x.123 -all", 7},
		"two redirects":          {"v=spf1 redirect=a.example redirect=b.example", 26},
		"open macro":             {"v=spf1 exists:%{i.example -all", 7},
		"macro of explanations":  {"v=spf1 exists:%{c}.example -all", 7},
		"no label kept":          {"v=spf1 exists:%{d0}.example -all", 7},
		"not ASCII":              {"v=spf1 a:h\u00f4pital.example -all", 7},
		"control":                {"v=spf1 \x00 -all", 7},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSPF(row.text)
			var fault *SyntaxError
			if (err == nil) != (row.at < 0) || err != nil && (!errors.As(err, &fault) || fault.At != row.at) {
				t.Errorf("%v", err)
			}
		})
	}
}

const spfZone = `$ORIGIN ch-brume.example.
@ SOA ns h 1 1 1 1 1
@ TXT "v=spf1 mx include:_spf.ch-brume.example -all"
@ MX 10 mail
mail A 192.0.2.25
_spf TXT "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.128/25 ~all"
open TXT "v=spf1 +all"
opened TXT "v=spf1 include:open.ch-brume.example -all"
halves TXT "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"
neutral TXT "v=spf1 a:mail.ch-brume.example ?all"
unsaid TXT "v=spf1 a:mail.ch-brume.example"
two TXT "v=spf1 -all"
two TXT "v=spf1 ~all"
loop TXT "v=spf1 include:loop2.ch-brume.example -all"
loop2 TXT "v=spf1 redirect=loop.ch-brume.example"
lost TXT "v=spf1 include:nothing.ch-brume.example -all"
many TXT "v=spf1 a a a a a a a a a a a -all"
many A 192.0.2.1
ten TXT "v=spf1 a a a a a a a a a a -all"
ten A 192.0.2.1
voids TXT "v=spf1 a:x.ch-brume.example a:y.ch-brume.example mx:z.ch-brume.example -all"
own TXT "v=spf1 exists:%{i}._i.%{d} include:%{l}.elsewhere.example -all"
redirected TXT "v=spf1 redirect=_spf.ch-brume.example"
late TXT "v=spf1 -all include:nothing.ch-brume.example"
wide TXT "v=spf1 include:_w1.ch-brume.example -all"
`

func TestReadSPF(t *testing.T) {
	server := dnstest.Serve(t, spfZone)
	client := dns.New(server.Config())
	rows := map[string]struct {
		domain   string
		lookups  int
		stranger string
		fault    string
	}{
		"sound":                 {"ch-brume.example", 2, "fail", ""},
		"everybody":             {"open.ch-brume.example", 0, "pass", ""},
		"everybody, included":   {"opened.ch-brume.example", 1, "pass", ""},
		"everybody, in halves":  {"halves.ch-brume.example", 0, "pass", ""},
		"neutral":               {"neutral.ch-brume.example", 1, "neutral", ""},
		"without end":           {"unsaid.ch-brume.example", 1, "neutral", ""},
		"two records":           {"two.ch-brume.example", 0, "permerror", "several"},
		"loop":                  {"loop.ch-brume.example", 2, "permerror", "loop"},
		"include of nothing":    {"lost.ch-brume.example", 1, "permerror", "missing"},
		"eleven look-ups":       {"many.ch-brume.example", 11, "permerror", "lookups"},
		"ten look-ups":          {"ten.ch-brume.example", 10, "fail", ""},
		"three voids":           {"voids.ch-brume.example", 3, "permerror", "voids"},
		"the sender decides":    {"own.ch-brume.example", 2, "fail", ""},
		"redirect":              {"redirected.ch-brume.example", 1, "softfail", ""},
		"after the end":         {"late.ch-brume.example", 0, "fail", ""},
		"include without a TXT": {"wide.ch-brume.example", 1, "permerror", "missing"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := readSPF(t.Context(), client, row.domain)
			if err != nil {
				t.Fatal(err)
			}
			fault := ""
			if len(got.Faults) > 0 {
				fault = got.Faults[0].Kind
			}
			if got.Lookups != row.lookups || got.Stranger != row.stranger || fault != row.fault {
				t.Errorf("%d look-ups, %s, %v", got.Lookups, got.Stranger, got.Faults)
			}
		})
	}
	got, err := readSPF(t.Context(), client, "nothing.ch-brume.example")
	if err != nil || !got.Absent() || got.Tree != nil {
		t.Errorf("%+v, %v", got, err)
	}
	sound, err := readSPF(t.Context(), client, "ch-brume.example")
	if err != nil || sound.Allowed != 256 || len(sound.Tree.Children) != 1 || sound.Tree.Children[0].Domain != "_spf.ch-brume.example" {
		t.Errorf("%+v, %v", sound, err)
	}
}

// A tree that goes on for ever is cut, and said to be.
func TestEndlessTree(t *testing.T) {
	var zone strings.Builder
	zone.WriteString("$ORIGIN ch-brume.example.\n@ SOA ns h 1 1 1 1 1\n")
	for i := range 200 {
		zone.WriteString("n" + strings.Repeat("a", i%60) + string(rune('a'+i%26)) + " TXT \"v=spf1 -all\"\n")
	}
	zone.WriteString("$GENERATE 1-100 g$ TXT \"v=spf1 include:g${1}.ch-brume.example -all\"\n")
	server := dnstest.Serve(t, zone.String())
	got, err := readSPF(t.Context(), dns.New(server.Config()), "g1.ch-brume.example")
	if err != nil || len(got.Faults) == 0 || got.Lookups <= MaxLookups || len(server.Asked()) > 2*maxNodes {
		t.Errorf("%d look-ups, %d questions, %v, %v", got.Lookups, len(server.Asked()), got.Faults, err)
	}
}

func FuzzParseSPF(f *testing.F) {
	f.Add("v=spf1 mx a:mail.example.org/24//64 ip4:192.0.2.0/24 include:%{d2r}.example -all exp=x.%{d}")
	f.Add("v=spf1 exists:%{")
	f.Add("v=spf1 a:/ mx:// ptr: ip6:::/0 redirect=")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseSPF(text)
		if err != nil {
			var fault *SyntaxError
			if !errors.As(err, &fault) || fault.At < 0 || fault.At > len(text) {
				t.Errorf("%v", err)
			}
			return
		}
		for _, m := range p.Mechanisms {
			if m.Domain != "" {
				expandOwn(m.Domain, "ch-brume.example")
			}
		}
		if p.Redirect != "" {
			expandOwn(p.Redirect, "ch-brume.example")
		}
	})
}
