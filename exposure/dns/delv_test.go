package dns_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/dns/dnstest"
)

// againstDelv: BIND's own validator must think the same of every answer.
func againstDelv(t *testing.T, bind *dnstest.Bind) {
	if _, err := exec.LookPath("delv"); err != nil {
		t.Skip("SKIPPED, no delv here: apt-get install bind9-dnsutils")
	}
	if y := time.Now().Year(); y < 2026 || y > 2029 {
		t.Skip("SKIPPED, delv judges by the machine's clock, which is outside the validity of these zones")
	}
	list := anchors(t, bind.Anchors)
	ds := list[0].DS[0]
	file := filepath.Join(t.TempDir(), "anchors.conf")
	text := fmt.Sprintf("trust-anchors { \"lab.test.\" static-ds %d %d %d %q; };\n", ds.KeyTag, ds.Algorithm, ds.DigestType, ds.Digest)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	client := dns.New(dns.Config{Resolvers: []netip.AddrPort{bind.Addr}, Anchors: list, Now: func() time.Time { return now }})
	for _, q := range proofs {
		// delv calls a denial proven where RFC 5155 section 9.2 says that an opt-out leaves it open.
		if strings.HasSuffix(q.name, ".optout.lab.test") {
			continue
		}
		t.Run(q.name+" "+wire.TypeToString[q.qtype], func(t *testing.T) {
			out, _ := exec.Command("delv", "@"+bind.Addr.Addr().String(), "-p", fmt.Sprint(bind.Addr.Port()), "-a", file, "+root=lab.test", q.name, wire.TypeToString[q.qtype]).CombinedOutput()
			var theirs dns.Security
			switch text := string(out); { // a chain of aliases is worth its weakest link
			case strings.Contains(strings.ReplaceAll(text, "resolution failed: ncache", ""), "resolution failed"): // "ncache" is its word for an absence
				theirs = dns.Bogus
			case strings.Contains(text, "unsigned answer"):
				theirs = dns.Insecure
			case strings.Contains(text, "fully validated"):
				theirs = dns.Secure
			}
			ours, err := client.Ask(t.Context(), q.name, q.qtype)
			if err != nil {
				t.Fatal(err)
			}
			if ours.Proof.Security != theirs {
				t.Errorf("ours %+v\n%s", ours.Proof, out)
			}
		})
	}
}
