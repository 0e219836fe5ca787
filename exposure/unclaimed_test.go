package exposure_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"hygie/exposure"
	"hygie/exposure/check"
	"hygie/exposure/dns/dnstest"
	"hygie/exposure/observe"
)

// Three names lead to a hosting service: one that nobody claims, one that is served, one whose claim the service cannot tell.
func TestUnclaimedNames(t *testing.T) {
	l, err := net.Listen("tcp", "127.77.9.1:80")
	if err != nil {
		if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
			t.Fatal(err)
		}
		t.Skipf("the web port of this machine: %v", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Host {
		case "old.ch-brume.test":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<p><strong>There isn't a GitHub Pages site here.</strong>")
		case "odd.ch-brume.test":
			fmt.Fprint(w, "A page about the sentence: There isn't a GitHub Pages site here.")
		default:
			fmt.Fprint(w, "<title>Bienvenue</title>")
		}
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	p := read(t, fmt.Sprintf("domains: [ch-brume.test]\nhosts: [old.ch-brume.test, live.ch-brume.test, odd.ch-brume.test]\nranges: [127.77.9.1]\nports: {scan: [9], udp: false}\nproof_key: %s\n", key))
	resolver := dnstest.Serve(t, fmt.Sprintf(`$ORIGIN ch-brume.test.
$TTL 300
@ SOA ns1 host 1 3600 900 1209600 300
@ NS ns1
ns1 A 127.77.9.1
_hygie TXT "hygie-ownership=%s"
old CNAME brume.github.io.
live CNAME brume.github.io.
odd CNAME brume.github.io.
`, p.Token("ch-brume.test")), "$ORIGIN github.io.\n$TTL 300\n@ SOA ns1 host 1 3600 900 1209600 300\nbrume A 127.77.9.1\n")
	c := town{perimeter: p, resolver: resolver.Addr}.config()
	run, err := exposure.Audit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range run.Names {
		if (n.Dangling != nil) != (n.Name == "old.ch-brume.test") {
			t.Errorf("%s: %+v", n.Name, n.Dangling)
		}
	}
	i := slices.IndexFunc(run.Names, func(n observe.Name) bool { return n.Dangling != nil })
	if i < 0 || !strings.HasPrefix(run.Names[i].Dangling.Unclaimed, "http://old.ch-brume.test/: 404, There isn't") || run.Names[i].Dangling.Provider != "GitHub Pages" {
		t.Fatalf("%+v", run.Names)
	}
	r, err := exposure.Decide(run, exposure.Options{Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Check == "INV-02" && (f.Severity != check.Important || f.Confidence != check.Proven || !strings.Contains(f.Found, "GitHub Pages")) {
			t.Errorf("%+v", f)
		}
	}
}
