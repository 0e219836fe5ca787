package check

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/web"
)

var auditDay = time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)

// says applies one check and writes what it finds: "asset severity variant", then "=asset" for what holds and "?asset why".
func says(t *testing.T, id string, r *observe.Run, s Settings) string {
	t.Helper()
	record, ok := Find(id)
	if !ok {
		t.Fatalf("no check %s", id)
	}
	o := record.Decide(r, s)
	o.tidy(record)
	var out []string
	for _, f := range o.Found {
		out = append(out, strings.TrimSpace(f.Asset+" "+string(f.Severity)+" "+f.Variant))
		texts, err := LoadTexts("fr")
		if err != nil {
			t.Fatal(err)
		}
		text := texts.For(id, f)
		if strings.Contains(text.Found+text.Risk, "{{") || strings.Contains(text.Found, "  ") || strings.Contains(text.Found, " .") || strings.Contains(text.Found, "()") {
			t.Errorf("%s: a sentence lacks a value: %q", id, text.Found)
		}
	}
	for _, p := range o.Passed {
		out = append(out, "="+p)
	}
	for _, u := range o.Unknown {
		out = append(out, "?"+u.Asset+" "+u.Why)
	}
	return strings.Join(out, "; ")
}

func TestInventoryChecks(t *testing.T) {
	p := &perimeter.Perimeter{Domains: []string{"a.example"}, Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")},
		Mail: perimeter.Mail{Senders: []string{"envois.example"}}, Providers: []perimeter.Provider{{Name: "P", Suffixes: []string{"heberge.example"}}}}
	named := func(name, kind string, addresses ...string) *observe.Run {
		n := observe.Name{Name: name, From: []observe.Source{{Kind: kind, In: "x"}}, Provider: p.Provider(name)}
		for _, a := range addresses {
			n.Addresses = append(n.Addresses, netip.MustParseAddr(a))
		}
		return &observe.Run{AsOf: auditDay, Names: []observe.Name{n}}
	}
	domain := func(days float64) *observe.Run {
		return &observe.Run{AsOf: auditDay, Domains: []observe.Domain{{Name: "a.example", Registration: &observe.Registration{Expires: auditDay.Add(time.Duration(days * 24 * float64(time.Hour))), Source: "x.csv"}}}}
	}
	ports := func(list ...string) *observe.Run {
		r := &observe.Run{AsOf: auditDay, Perimeter: "h"}
		for _, at := range list {
			r.Endpoints = append(r.Endpoints, observe.Endpoint{Address: netip.MustParseAddrPort(at), Transport: "tcp"})
		}
		return r
	}
	before := &Earlier{AsOf: auditDay.AddDate(0, -1, 0), Perimeter: "other", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Endpoints: []string{"192.0.2.1:443/tcp"}}
	same, stopped := *before, *before
	same.Perimeter, stopped.Stopped = "h", true
	for name, test := range map[string]struct {
		id   string
		run  *observe.Run
		with Settings
		want string
	}{
		"a name of ours":                       {"INV-01", named("www.a.example", "san"), Settings{Perimeter: p}, "=www.a.example"},
		"a name from a certificate":            {"INV-01", named("www.b.example", "san"), Settings{Perimeter: p}, "b.example important"},
		"the same on a declared address":       {"INV-01", named("www.b.example", "san", "192.0.2.3"), Settings{Perimeter: p}, "b.example important address"},
		"a provider's name":                    {"INV-01", named("x.heberge.example", "cname"), Settings{Perimeter: p}, ""},
		"a declared sender":                    {"INV-01", named("spf.envois.example", "spf"), Settings{Perimeter: p}, ""},
		"a guessed name":                       {"INV-01", named("www.b.example", "usual"), Settings{Perimeter: p}, ""},
		"no date":                              {"INV-03", &observe.Run{Domains: []observe.Domain{{Name: "a.example"}}}, Settings{AsOf: auditDay}, "?a.example no_data"},
		"expires in ten days":                  {"INV-03", domain(10), Settings{AsOf: auditDay}, "a.example major"},
		"expires in fifteen days":              {"INV-03", domain(15), Settings{AsOf: auditDay}, "a.example important"},
		"expires in forty-four days":           {"INV-03", domain(44.9), Settings{AsOf: auditDay}, "a.example important"},
		"expires in forty-five days":           {"INV-03", domain(45), Settings{AsOf: auditDay}, "=a.example"},
		"expired":                              {"INV-03", domain(-1), Settings{AsOf: auditDay}, "a.example major expired"},
		"a first audit":                        {"INV-04", ports("192.0.2.1:22"), Settings{}, ""},
		"a new port":                           {"INV-04", ports("192.0.2.1:22", "192.0.2.1:443"), Settings{Earlier: before}, "192.0.2.1 important; =192.0.2.1"},
		"the same port":                        {"INV-04", ports("192.0.2.1:443"), Settings{Earlier: before}, "=192.0.2.1"},
		"an address that nobody looked at":     {"INV-04", ports("192.0.2.2:22"), Settings{Earlier: before}, ""},
		"the same, in the same perimeter":      {"INV-04", ports("192.0.2.2:22"), Settings{Earlier: &same}, "192.0.2.2 important address"},
		"a new port since an audit that ended": {"INV-04", ports("192.0.2.1:22"), Settings{Earlier: &stopped}, "?192.0.2.1 no_data"},
	} {
		if got := says(t, test.id, test.run, test.with); got != test.want {
			t.Errorf("%s: %s says %q, want %q", name, test.id, got, test.want)
		}
	}
}

func TestProofChecks(t *testing.T) {
	threshold, err := DefaultThreshold()
	if err != nil {
		t.Fatal(err)
	}
	run := &observe.Run{AsOf: auditDay, Perimeter: "abcdefabcdef0123"}
	earlier := func(days int, change func(*Earlier)) *Earlier {
		e := &Earlier{AsOf: auditDay.AddDate(0, 0, -days), Perimeter: run.Perimeter, Ready: true}
		if change != nil {
			change(e)
		}
		return e
	}
	clean := []Result{{Record{ID: "TLS-05"}, Outcome{Found: []Found{{Asset: "a", Severity: Important, Confidence: Proven}, {Asset: "b", Severity: Critical, Confidence: Deduced}}}}}
	major := Found{Asset: "www.a.example", Endpoint: "192.0.2.1:443/tcp", Severity: Major, Confidence: Proven}
	open := []Result{{Record{ID: "TLS-01"}, Outcome{Found: []Found{major}}}}
	minor := Found{Asset: "www.a.example", Severity: Minor, Confidence: Proven}
	id := major.ID("TLS-01")
	const me = "abcdefabcdef"
	for name, test := range map[string]struct {
		id   string
		with Settings
		want string
	}{
		"first audit":                {"PRC-01", Settings{Others: clean}, me + " info first"},
		"something open":             {"PRC-01", Settings{Others: open, Earlier: earlier(50, nil)}, me + " info open"},
		"44 days":                    {"PRC-01", Settings{Others: clean, Earlier: earlier(44, nil)}, me + " info early"},
		"45 days":                    {"PRC-01", Settings{Others: clean, Earlier: earlier(45, nil)}, "=" + me},
		"60 days":                    {"PRC-01", Settings{Others: clean, Earlier: earlier(60, nil)}, "=" + me},
		"61 days":                    {"PRC-01", Settings{Others: clean, Earlier: earlier(61, nil)}, me + " info late"},
		"another perimeter":          {"PRC-01", Settings{Others: clean, Earlier: earlier(50, func(e *Earlier) { e.Perimeter = "x" })}, me + " info perimeter"},
		"the first was not ready":    {"PRC-01", Settings{Others: clean, Earlier: earlier(50, func(e *Earlier) { e.Ready = false })}, me + " info before_open"},
		"the first did not end":      {"PRC-01", Settings{Others: clean, Earlier: earlier(50, func(e *Earlier) { e.Stopped = true })}, me + " info before_open"},
		"nothing was announced":      {"PRC-02", Settings{Others: open}, ""},
		"announced and still there":  {"PRC-02", Settings{Others: open, Announced: []string{id}}, "www.a.example major announced"},
		"announced, another":         {"PRC-02", Settings{Others: open, Announced: []string{"0000000000000000"}}, ""},
		"back":                       {"PRC-02", Settings{Others: open, Earlier: earlier(50, func(e *Earlier) { e.Fixed = map[string]bool{id: true} })}, "www.a.example major back"},
		"fixed once, open since":     {"PRC-02", Settings{Others: open, Earlier: earlier(50, func(e *Earlier) { e.Fixed, e.Open = map[string]bool{id: true}, map[string]bool{id: true} })}, ""},
		"a minor fault that is back": {"PRC-02", Settings{Others: []Result{{Record{ID: "TLS-01"}, Outcome{Found: []Found{minor}}}}, Announced: []string{minor.ID("TLS-01")}}, ""},
	} {
		test.with.Threshold = threshold
		if got := says(t, test.id, run, test.with); got != test.want {
			t.Errorf("%s: %s says %q, want %q", name, test.id, got, test.want)
		}
	}
}

func TestContactFile(t *testing.T) {
	for name, test := range map[string]struct {
		host, url string
		file      web.SecurityTxt
		want      string
	}{
		"present":       {"www.a.example", "https://www.a.example/", web.SecurityTxt{State: "present", Expires: auditDay.AddDate(1, 0, 0)}, "=www.a.example"},
		"absent":        {"a.example", "https://a.example/", web.SecurityTxt{State: "absent"}, "a.example info absent"},
		"invalid":       {"a.example", "https://a.example/", web.SecurityTxt{State: "invalid", Problem: "no_contact"}, "a.example info invalid"},
		"expired":       {"a.example", "https://a.example/", web.SecurityTxt{State: "present", Expires: auditDay.AddDate(0, 0, -1)}, "a.example info expired"},
		"unknown":       {"a.example", "https://a.example/", web.SecurityTxt{State: "unknown"}, "?a.example silent"},
		"another site":  {"vpn.a.example", "https://vpn.a.example/", web.SecurityTxt{State: "absent"}, ""},
		"in clear text": {"a.example", "http://a.example/", web.SecurityTxt{State: "absent"}, ""},
	} {
		r := &observe.Run{AsOf: auditDay, Domains: []observe.Domain{{Name: "a.example"}}, Endpoints: []observe.Endpoint{{Address: netip.MustParseAddrPort("192.0.2.1:443"), Transport: "tcp",
			Views: []observe.View{{Name: test.host, Web: &web.Facts{URL: test.url, Security: test.file}}}}}}
		if got := says(t, "PRC-03", r, Settings{AsOf: auditDay}); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
