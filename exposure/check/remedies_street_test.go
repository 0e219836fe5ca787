package check_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/exposure"
	"hygie/exposure/discover"
	"hygie/exposure/perimeter"
)

// street is a network of its own: servers in one namespace, who audits in another, and nothing else.
type street struct {
	dir, inside, outside string
}

// The auditor, and where the servers are: addresses for documentation (RFC 5737), since a loopback address is trusted by many a default.
const (
	auditorAddress  = "203.0.113.1"
	gatewayAddress  = "203.0.113.2"
	resolverAddress = "198.51.100.2"
	streetZone      = "rue.test"
	firstHouse      = 10
)

func newStreet(t *testing.T) *street {
	t.Helper()
	required := slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure")
	for _, program := range []string{"ip", "named", "bash"} {
		if _, err := exec.LookPath(program); (err != nil || os.Getuid() != 0) && required {
			t.Fatalf("remedies are required by HYGIE_TEST_REQUIRE: root and %s are needed", program)
		} else if err != nil || os.Getuid() != 0 {
			t.Skipf("SKIPPED the remedies, which need root and %s: scripts/peers.sh installs it, and `make test` calls that when it may", program)
		}
	}
	name := fmt.Sprintf("hygie-cure-%d", os.Getpid())
	s := &street{dir: filepath.Join(os.TempDir(), name), inside: name + "-in", outside: name + "-out"}
	t.Cleanup(func() { s.end(t) })
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"netns", "add", s.inside}, {"netns", "add", s.outside},
		{"-n", s.outside, "link", "add", "rue", "type", "veth", "peer", "name", "rue", "netns", s.inside},
		{"-n", s.inside, "link", "set", "lo", "up"}, {"-n", s.outside, "link", "set", "lo", "up"},
		{"-n", s.inside, "addr", "add", gatewayAddress + "/24", "dev", "rue"}, {"-n", s.outside, "addr", "add", auditorAddress + "/24", "dev", "rue"},
		{"-n", s.inside, "link", "set", "rue", "up"}, {"-n", s.outside, "link", "set", "rue", "up"},
		{"-n", s.outside, "route", "add", "198.51.100.0/24", "via", gatewayAddress},
		{"-n", s.inside, "addr", "add", resolverAddress + "/32", "dev", "lo"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	authority(t, filepath.Join(s.dir, "pki"))
	return s
}

// end stops by its own id whatever runs in the two namespaces this test made, and takes them away.
func (s *street) end(t *testing.T) {
	for _, ns := range []string{s.inside, s.outside} {
		pids, _ := exec.Command("ip", "netns", "pids", ns).Output()
		for pid := range strings.FieldsSeq(string(pids)) {
			_ = exec.Command("kill", "-KILL", pid).Run()
		}
		if out, err := exec.Command("ip", "netns", "del", ns).CombinedOutput(); err != nil {
			t.Errorf("remove %s: %v: %s", ns, err, out)
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Error(err)
	}
}

// audit looks at every house from outside: this program again, in the other namespace.
func (s *street) audit(t *testing.T, lang string, houses []*house) seen {
	t.Helper()
	folder := t.TempDir()
	resolver := s.resolver(t, folder, houses)
	defer resolver.close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ranges, domains := []string{}, []string{streetZone}
	for _, h := range houses {
		ranges = append(ranges, h.addr.String()+"/32")
		if h.server == "bind" {
			domains = append(domains, h.zone())
		}
	}
	text := fmt.Appendf(nil, "contact: rue\ndomains: [%s]\nranges: [%s]\nmandates:\n  - {file: mandat.txt, sha256: %x, signer: rue, from: 2020-01-01, until: 2099-12-31, "+
		"covers: [198.51.100.0/24, %s], classes: [mail-relay, guest-access]}\npace: {per_address: 16, per_second: 300, per_network: 3000}\n",
		strings.Join(domains, ", "), strings.Join(ranges, ", "), sha256.Sum256(paper), streetZone)
	if err := os.WriteFile(filepath.Join(folder, "perimetre.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("ip", "netns", "exec", s.outside, self)
	c.Env = append(os.Environ(), auditHere+"="+folder, auditWith+"="+filepath.Join(s.dir, "pki", "ca.pem"))
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("audit: %v: %s", err, text)
	}
	text, err = os.ReadFile(filepath.Join(folder, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got seen
	if err := json.Unmarshal(text, &got.facts); err != nil {
		t.Fatal(err)
	}
	if got.report, err = exposure.Decide(&got.facts, exposure.Options{Language: lang}); err != nil {
		t.Fatal(err)
	}
	return got
}

// How this program, started in the auditor's namespace, is told to audit: the folder of the perimeter, and the authority to believe.
const auditHere, auditWith = "HYGIE_TEST_AUDIT", "HYGIE_TEST_AUTHORITY"

var paper = []byte("Papier inventé de la rue.\n")

func TestMain(m *testing.M) {
	folder := os.Getenv(auditHere)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := auditFolder(folder, os.Getenv(auditWith)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// auditFolder audits the perimeter in a folder and leaves the facts beside it.
func auditFolder(folder, authority string) error {
	declared, err := os.ReadFile(filepath.Join(folder, "perimetre.yaml"))
	if err != nil {
		return err
	}
	p, err := perimeter.Read("perimetre.yaml", bytes.NewReader(declared))
	if err != nil {
		return err
	}
	zone, err := os.ReadFile(filepath.Join(folder, "rue.zone"))
	if err != nil {
		return err
	}
	names, err := discover.Read("rue.zone", bytes.NewReader(zone))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	trusted, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(trusted)
	run, err := exposure.Audit(context.Background(), exposure.Config{Perimeter: p, Local: true, Resolvers: []netip.AddrPort{netip.MustParseAddrPort(resolverAddress + ":53")},
		Authority: roots, Imports: []discover.Import{names}, Open: func(string) ([]byte, error) { return paper, nil }})
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(folder, "facts.json"))
	if err != nil {
		return err
	}
	defer out.Close()
	return exposure.WriteFacts(out, run)
}

// resolver runs the name server of the street.
func (s *street) resolver(t *testing.T, folder string, houses []*house) *house {
	t.Helper()
	var zone strings.Builder
	fmt.Fprintf(&zone, "$ORIGIN %s.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 900 1209600 300\n@ NS ns1\nns1 A %s\n", streetZone, resolverAddress)
	for _, h := range houses {
		fmt.Fprintf(&zone, "%s. A %s\n", h.name, h.addr)
		if h.check == "PRC-03" {
			fmt.Fprintf(&zone, "www A %s\n", h.addr)
		}
		if h.server == "bind" {
			fmt.Fprintf(&zone, "%s. NS %s.\n", h.zone(), h.name)
		}
	}
	dir := filepath.Join(s.dir, "names")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for at, text := range map[string]string{filepath.Join(folder, "rue.zone"): zone.String(), filepath.Join(dir, "rue.zone"): zone.String(),
		filepath.Join(dir, "root.zone"): "$ORIGIN .\n$TTL 300\n@ SOA a.rue.test. h.rue.test. 1 3600 900 1209600 300\n@ NS ns1.rue.test.\nns1.rue.test. A " + resolverAddress + "\n"} {
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h := &house{cure: cure{check: "DNS", product: "resolver", port: 53, setting: `allow-recursion { any; };
};
controls { };
zone "." { type primary; file "root.zone"; };
zone "rue.test" { type primary; file "rue.zone"; };`}, street: s, kind: servers()["bind"], addr: netip.MustParseAddr(resolverAddress), dir: dir}
	h.open(t, false)
	return h
}
