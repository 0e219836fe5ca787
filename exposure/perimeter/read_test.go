package perimeter

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const sample = `
name: Centre hospitalier de Brume (inventé)
version: 3
contact: rssi@ch-brume.example
domains: [CH-Brume.example., hôpital-brume.example]
ranges:
  - 192.0.2.0/28
  - 2001:db8:1::/64
  - 198.51.100.7
hosts: [vpn.autre.example, 203.0.113.9]
mail:
  senders: [envois.example]
  selectors:
    ch-brume.example: [s2, s1]
providers:
  - name: Hébergeur inventé
    suffixes: [heberge.example]
exclude: [ancien.ch-brume.example, 192.0.2.3, "192.0.2.4:8080"]
ports:
  scan: [443, 8000-8100]
  udp: false
services:
  - at: 192.0.2.5:2575
    protocol: MLLP
    what: échanges avec le laboratoire
pace: {per_address: 2, per_second: 10.5}
hours: [mon-fri 20:00-06:00, "sam,dim 00:00-24:00"]
mandates:
  - file: mandat.pdf
    sha256: 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08
    signer: A. Martin, directrice
    from: 2026-01-01
    until: 2026-12-31
    covers: [192.0.2.0/28]
    classes: [known-flaws]
    sources: [198.51.100.250]
proof_key: une clé d’au moins seize signes
`

func read(t testing.TB, text string) *Perimeter {
	t.Helper()
	p, err := Read("test.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRead(t *testing.T) {
	p := read(t, sample)
	if got := strings.Join(p.Domains, " "); got != "ch-brume.example xn--hpital-brume-eib.example" {
		t.Errorf("domains %q", got)
	}
	if got := fmt.Sprint(p.Ranges); got != "[192.0.2.0/28 198.51.100.7/32 2001:db8:1::/64]" {
		t.Errorf("ranges %s", got)
	}
	if got := strings.Join(p.Hosts, " "); got != "203.0.113.9 vpn.autre.example" {
		t.Errorf("hosts %q", got)
	}
	if got := strings.Join(p.Mail.Selectors["ch-brume.example"], " "); got != "s1 s2" {
		t.Errorf("selectors %q", got)
	}
	if p.Ports.String() != "443,8000-8100 no-udp" || p.Services[0].Protocol != "mllp" || p.Hours[0].String() != "mon,tue,wed,thu,fri 20:00-06:00" {
		t.Errorf("ports %s, protocol %s, hours %s", p.Ports, p.Services[0].Protocol, p.Hours[0])
	}
	if p.Mandates[0].SHA256 != "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" || p.Mandates[0].Until.Day() != 31 {
		t.Errorf("mandate %+v", p.Mandates[0])
	}
	if p.Provider("www.heberge.example") != "Hébergeur inventé" || p.Provider("xheberge.example") != "" {
		t.Error("provider by suffix")
	}
}

func TestReadSaysWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":           {"domains: [a.example]\nexcluded: [b.example]\n", "line 2"},
		"misspelt inside":       {"domains: [a.example]\nports:\n  scann: all\n", "line 3"},
		"a registry's name":     {"domains:\n  - a.example\n  - asso.fr\n", "line 3: domains[1]: asso.fr belongs to a registry"},
		"a top level":           {"domains: [fr]", "belongs to a registry"},
		"no name":               {"domains: [\"a..example\"]", "is not a name"},
		"host bits":             {"ranges:\n  - 192.0.2.1/28\n", "line 2: ranges[0]: 192.0.2.1/28 is an address inside 192.0.2.0/28"},
		"too wide":              {"ranges: [10.0.0.0/8]", "more than 65536 addresses"},
		"too many together":     {"ranges: [192.0.0.0/16, 198.51.0.0/24]", "ranges[1]"},
		"too wide, sixth":       {"ranges: [\"2001::/16\"]", "at least /32"},
		"multicast":             {"hosts: [224.0.0.1]", "not the address of a machine"},
		"a zone":                {"hosts: [\"fe80::1%eth0\"]", "no zone"},
		"empty":                 {"name: x\n", "the perimeter is empty"},
		"nothing":               {"", "the perimeter is empty"},
		"two documents":         {"domains: [a.example]\n---\ndomains: [b.example]\n", "several documents"},
		"anchors":               {"domains: &d [a.example]\nexclude: *d\n", "anchors"},
		"not yaml":              {"domains: [a.example", "file"},
		"hours":                 {"domains: [a.example]\nhours: [\"mon-fri 25:00-06:00\"]\n", "line 2: hours[0]: hours \"mon-fri 25:00-06:00\": write mon-fri"},
		"time zone":             {"domains: [a.example]\nzone: Mars/Olympus\n", "line 2: zone"},
		"class":                 {"domains: [a.example]\nmandates:\n  - {file: m.pdf, sha256: " + strings.Repeat("0", 64) + ", signer: x, from: 2026-01-01, until: 2026-02-01, covers: [a.example], classes: [exploit]}\n", "not a class of probe"},
		"mandate upwards":       {"domains: [a.example]\nmandates:\n  - {file: ../m.pdf, sha256: " + strings.Repeat("0", 64) + ", signer: x, from: 2026-01-01, until: 2026-02-01, covers: [a.example]}\n", "folder of the perimeter"},
		"mandate backwards":     {"domains: [a.example]\nmandates:\n  - {file: m.pdf, sha256: " + strings.Repeat("0", 64) + ", signer: x, from: 2026-02-01, until: 2026-01-01, covers: [a.example]}\n", "first day"},
		"exclusion without end": {"domains: [a.example]\nexclude: [b]\n", "line 2: exclude[0]"},
		"ports":                 {"domains: [a.example]\nports: {scan: [0-10]}\n", "ports go from 1"},
		"ports in words":        {"domains: [a.example]\nports: {scan: some}\n", "write curated, all"},
		"selector elsewhere":    {"domains: [a.example]\nmail: {selectors: {b.example: [s]}}\n", "not among the domains"},
		"an address of a page":  {"domains:\n  - https://www.a.example/x\n", "line 2: domains[0]: \"https://www.a.example/x\" is the address of a page: write the name alone, www.a.example"},
		"hours of a mandate":    {"domains: [a.example]\nmandates:\n  - {file: m.pdf, sha256: " + strings.Repeat("0", 64) + ", signer: x, from: 2026-01-01, until: 2026-02-01, covers: [a.example], hours: [jamais]}\n", "line 3: mandates[0].hours[0]"},
		"a day that is none":    {"domains: [a.example]\nmandates:\n  - {file: m.pdf, sha256: " + strings.Repeat("0", 64) + ", signer: x, from: 2026-01-01, until: 31/12/2026, covers: [a.example]}\n", "line 3: mandates[0].until"},
		"short key":             {"domains: [a.example]\nproof_key: court\n", "at least 16"},
		"pace":                  {"domains: [a.example]\npace: {per_second: 5000}\n", "pace.per_second"},
		"service without port":  {"domains: [a.example]\nservices: [{at: 192.0.2.1}]\n", "services[0].at"},
		"an address as domain":  {"domains: [192.0.2.1]\n", "is an address, not a name"},
		"a slip in an address":  {"hosts: [192.0.2.300]\n", "neither a full name, an address nor a range"},
		"a run of addresses":    {"domains: [a.example]\nexclude: [192.0.2.1-9]\n", "line 2: exclude[0]: \"192.0.2.1-9\" is neither"},
		"both ends of a run":    {"domains: [a.example]\nexclude: [192.0.2.1-192.0.2.9]\n", "neither a full name"},
		"a range as host":       {"hosts: [192.0.2.0/28]\n", "write it among the ranges"},
		"an accented page":      {"domains: [\"https://hôpital.example/x\"]\n", "write the name alone, hôpital.example"},
		"a sender of one part":  {"domains: [a.example]\nmail: {senders: [spf]}\n", "mail.senders[0]"},
		"one instead of a list": {"name: x\ndomains: a.example\n", "line 2: file: \"a.example\": a list is expected"},
		"not UTF-8":             {"name: H\xf4pital\ndomains: [a.example]\n", "save it as UTF-8"},
		"same key twice":        {"domains: [a.example]\ndomains: [b.example]\n", "line 2"},
	} {
		_, err := Read("p.yaml", strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "read perimeter p.yaml: ") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %T", name, err)
		}
		for _, p := range problems {
			if fr, en := p.Text("fr"), p.Text("en"); fr == en || strings.Contains(fr, "%!") || strings.Contains(en, "%!") {
				t.Errorf("%s is said %q in French, %q in English", name, fr, en)
			}
		}
	}
	var problems Problems
	_, err := Read("p.yaml", strings.NewReader("domains: [fr]\nhosts: [x]\n"))
	if !errors.As(err, &problems) || len(problems) != 2 || problems[1].Line != 2 {
		t.Errorf("all problems at once: %v", err)
	}
	if _, err := Read("p.yaml", strings.NewReader(strings.Repeat("#", maxBytes+1))); err == nil {
		t.Error("a file without end is read")
	}
}

func TestReadWithByteOrderMark(t *testing.T) {
	if p := read(t, "\ufeffdomains: [a.example]\r\nmail: {selectors: {a.example: [\"20230601\"]}}\r\n"); len(p.Domains) != 1 || p.Mail.Selectors["a.example"][0] != "20230601" {
		t.Errorf("%+v", p)
	}
}

// An exclusion holds however its addresses are written.
func TestExclusionWrittenAsIPv6(t *testing.T) {
	p := read(t, "domains: [a.example]\nexclude: [\"::ffff:192.0.2.0/120\", \"::ffff:198.51.100.7\", \"[::ffff:203.0.113.9]:443\"]\n")
	if got := strings.Join(p.Exclude, " "); got != "192.0.2.0/24 198.51.100.7 203.0.113.9:443" {
		t.Errorf("exclusions %q", got)
	}
}

func TestHash(t *testing.T) {
	p := read(t, sample)
	same := read(t, strings.NewReplacer("rssi@", "autre@", "mon-fri", "mon-thu", "per_address: 2", "per_address: 3", "[s2, s1]", "[s1, s2]", "CH-Brume.example.", "ch-brume.example", "version: 3", "version: 4").Replace(sample))
	if p.Hash() != same.Hash() {
		t.Errorf("what changes nothing to what is seen changes the hash: %v", p.Diff(same))
	}
	for _, change := range [][2]string{{"192.0.2.0/28\n  - 2001", "192.0.2.0/29\n  - 2001"}, {"8100]", "8101]"}, {"known-flaws", "mail-relay"}, {"192.0.2.4:8080", "192.0.2.4:8081"}, {"MLLP", "dicom"}} {
		other := read(t, strings.Replace(sample, change[0], change[1], 1))
		if other.Hash() == p.Hash() {
			t.Errorf("%s to %s leaves the hash", change[0], change[1])
		}
		d := other.Diff(p)
		if len(d.Added) != 1 || len(d.Removed) != 1 {
			t.Errorf("%s to %s: %+v", change[0], change[1], d)
		}
	}
	if p.Hash() != "1" && len(p.Hash()) != 64 {
		t.Errorf("hash %s", p.Hash())
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]string{
		"WWW.Example.org.": "www.example.org", "_dmarc.a.example": "_dmarc.a.example", " a.example ": "a.example", "Bücher.example": "xn--bcher-kva.example",
		"": "", ".": "", "a b.example": "", "-a.example": "", "a-.example": "", strings.Repeat("a", 64) + ".example": "", strings.Repeat("abcdefg.", 40): "", "a/b.example": "", "a\x00.example": "",
	} {
		got, err := Name(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if Under("xa.example", "a.example") || !Under("x.a.example", "a.example") || !Under("a.example", "a.example") || Under("example", "a.example") {
		t.Error("below a domain")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Add("domains: [a.example]\nports: {scan: all}")
	f.Add("hours: [\"20:00-06:00\"]\nhosts: [\"::1\"]")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read("x", strings.NewReader(text))
		if err != nil {
			return
		}
		hash := p.Hash()
		if err := p.Check(); err != nil {
			t.Fatalf("checked twice, it is wrong: %v", err)
		}
		if p.Hash() != hash {
			t.Fatal("checked twice, it is another")
		}
		if !slices.IsSortedFunc(p.Ranges, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) }) {
			t.Fatal("ranges out of order")
		}
	})
}
