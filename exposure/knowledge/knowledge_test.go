package knowledge

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var made = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// text is a file with a content.
func text(name, content string) File {
	return File{name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

const (
	kevText = `{"title":"x","catalogVersion":"2026.11.01","dateReleased":"2026-11-01T00:00:00.0000Z","count":2,"vulnerabilities":[
{"cveID":"CVE-2099-0001","vendorProject":"Invented","product":"P","dateAdded":"2026-10-01","knownRansomwareCampaignUse":"Known"},
{"cveID":"CVE-2099-0003","dateAdded":"2026-10-02","knownRansomwareCampaignUse":"Unknown"}]}`
	epssText = "#model_version:v1,score_date:2026-11-02T00:00:00+0000\ncve,epss,percentile\nCVE-2099-0001,0.97,0.99\nCVE-2099-0002,0.02,0.4\n"
	nvdText  = `{"resultsPerPage":3,"format":"NVD_CVE","version":"2.0","timestamp":"2026-11-03T01:02:03.456","vulnerabilities":[
{"cve":{"id":"CVE-2099-0001","vulnStatus":"Analyzed","metrics":{"cvssMetricV2":[{"type":"Primary","cvssData":{"baseScore":5,"vectorString":"AV:N"}}],"cvssMetricV31":[{"type":"Secondary","cvssData":{"baseScore":7,"vectorString":"CVSS:3.1/b"}},{"type":"Primary","cvssData":{"baseScore":9.8,"vectorString":"CVSS:3.1/a"}}]},
 "configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*","versionStartIncluding":"1.18.0","versionEndExcluding":"1.22.2"},{"vulnerable":false,"criteria":"cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*"}]}]}]}},
{"cve":{"id":"CVE-2099-0002","vulnStatus":"Analyzed","metrics":{},"configurations":[{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*"}]}]}]}},
{"cve":{"id":"CVE-2099-0004","vulnStatus":"Analyzed","configurations":[{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:nobody:unheard_of:1.0:*:*:*:*:*:*:*"}]}]}]}},
{"cve":{"id":"CVE-2099-0005","vulnStatus":"Rejected","configurations":[{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*"}]}]}]}}]}`
	certText = `{"reference":"CERTFR-2026-AVI-0999","title":"Vulnérabilité dans nginx","revisions":[{"description":"Version initiale","revision_date":"2026-11-05T00:00:00.000000"}],
"affected_systems":[{"description":"avant 1.22.2","product":{"name":"nginx","vendor":{"name":"F5","scada":false}}}],"cves":[{"name":"CVE-2099-0001","url":"x"}],"links":[{"a":[1,{"b":2}]}]}`
	supportText = "product,cycle,end,source\nphp,5.6,2018-12-31,éditeur\nphp,8,2027-12-31,éditeur\nphp,8.1,2025-12-31,éditeur\n"
)

func distilled(t testing.TB) *Bundle {
	t.Helper()
	b, err := Distil(made, []File{text("kev.json", kevText), text("epss.csv", epssText), text("nvd.json", nvdText), text("avi.json", certText), text("fin.csv", supportText)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDistil(t *testing.T) {
	b := distilled(t)
	if len(b.Vulnerabilities) != 2 {
		t.Fatalf("%d vulnerabilities: %+v", len(b.Vulnerabilities), b.Vulnerabilities)
	}
	list := b.Of("f5:nginx", "1.22.1")
	if len(list) != 1 || list[0].Score != 9.8 || list[0].Likelihood != 0.97 || list[0].Exploited.IsZero() || !list[0].Ransomware {
		t.Errorf("nginx 1.22.1: %+v", list)
	}
	for version, want := range map[string]int{"1.17.9": 0, "1.18.0": 1, "1.22.2": 0, "": 0} {
		if got := b.Of("f5:nginx", version); len(got) != want {
			t.Errorf("nginx %q: %d, want %d", version, len(got), want)
		}
	}
	if got := b.Of("openbsd:openssh", "9.2p1"); len(got) != 1 || !got[0].Exploited.IsZero() {
		t.Errorf("openssh 9.2p1: %+v", got)
	}
	if n := b.Notices("f5:nginx", made.AddDate(0, -1, 0)); len(n) != 1 || n[0].URL != "https://www.cert.ssi.gouv.fr/avis/CERTFR-2026-AVI-0999/" {
		t.Errorf("advisories %+v", n)
	}
	if got := b.Date(); got != time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("date %v", got)
	}
	if b.Stale(made) || !b.Stale(made.AddDate(0, 1, 0)) || !(*Bundle)(nil).Stale(made) {
		t.Error("age misjudged")
	}
}

func TestEnded(t *testing.T) {
	b := distilled(t)
	for version, cycle := range map[string]string{"5.6.40": "5.6", "8.1.2": "8.1", "8.2.1": "", "5.60": "", "7.4": "", "": ""} {
		got, ended := b.Ended("php:php", version, made)
		if ended != (cycle != "") || ended && got.Cycle != cycle {
			t.Errorf("php %q: %+v %v, want %q", version, got, ended, cycle)
		}
	}
}

func TestOrderOfFilesDoesNotMatter(t *testing.T) {
	again, err := Distil(made, []File{text("fin.csv", supportText), text("avi.json", certText), text("nvd.json", nvdText), text("epss.csv", epssText), text("kev.json", kevText),
		text("kev.json", kevText)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(distilled(t), again); diff != "" {
		t.Error(diff)
	}
}

func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, epssText)
	z.Close()
	b, err := Distil(made, []File{text("epss.csv.gz", packed.String())})
	if err != nil || b.Sources[0].Entries != 2 {
		t.Errorf("%+v %v", b, err)
	}
}

func TestBadFiles(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"something else":  {"bonjour", "not a catalogue"},
		"another JSON":    {`{"a":1}`, "not a catalogue"},
		"cut":             {nvdText[:len(nvdText)/2], "at byte"},
		"score above one": {"cve,epss,percentile\nCVE-2099-0001,1.5,1\n", "line 2"},
		"bad day":         {"product,cycle,end,source\nphp,5.6,hier,x\n", "line 2"},
		"unknown product": {"product,cycle,end,source\nrien,5.6,2020-01-01,x\n", "line 2"},
		"no list":         {`{"vulnerabilities":3}`, "not a list"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Distil(made, []File{text("f", test.content)}); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "read f") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestVersionsInOrder(t *testing.T) {
	order := []string{"1.0-alpha", "1.0-rc1", "1.0-rc2", "1.0", "1.0p1", "1.0.1", "1.2", "1.9.9", "1.10", "2.4.0.1", "2.4.10", "9.2p1", "9.2p2", "9.10", "2021.1"}
	for i, a := range order {
		for j, b := range order {
			if got := CompareVersions(a, b); sign(got) != sign(i-j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	if CompareVersions("2.4", "2.4.0") != 0 || CompareVersions("v1.2", "V1.2") != 0 {
		t.Error("equal versions differ")
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestVersionsAreOrdered(t *testing.T) {
	version := rapid.StringMatching(`[0-9a-c.\-]{0,10}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := version.Draw(t, "a"), version.Draw(t, "b"), version.Draw(t, "c")
		if sign(CompareVersions(a, b)) != -sign(CompareVersions(b, a)) {
			t.Fatalf("%q and %q", a, b)
		}
		if CompareVersions(a, b) <= 0 && CompareVersions(b, c) <= 0 && CompareVersions(a, c) > 0 {
			t.Fatalf("%q ≤ %q ≤ %q but %q > %q", a, b, c, a, c)
		}
	})
}

func TestFileIsSigned(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(strings.NewReader(strings.Repeat("k", 64)))
	_, other, _ := ed25519.GenerateKey(strings.NewReader(strings.Repeat("o", 64)))
	var file bytes.Buffer
	if err := Write(&file, distilled(t), key); err != nil {
		t.Fatal(err)
	}
	read := func(data []byte, trusted ...ed25519.PublicKey) (*Bundle, error) {
		b, _, err := Read(bytes.NewReader(data), int64(len(data)), trusted...)
		return b, err
	}
	got, err := read(file.Bytes(), key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(distilled(t), got); diff != "" {
		t.Error(diff)
	}
	if _, err := read(file.Bytes(), other.Public().(ed25519.PublicKey)); !errors.Is(err, ErrStranger) {
		t.Errorf("a stranger's bundle: %v", err)
	}
	var twice bytes.Buffer
	Write(&twice, distilled(t), key)
	if !bytes.Equal(file.Bytes(), twice.Bytes()) {
		t.Error("the same bundle gives other bytes")
	}
	// No change of one bit may go unnoticed, but in what a ZIP does not protect and nobody reads.
	for i := range file.Len() {
		data := bytes.Clone(file.Bytes())
		data[i] ^= 1
		if b, err := read(data, key.Public().(ed25519.PublicKey)); err == nil && cmp.Diff(got, b) != "" {
			t.Fatalf("byte %d altered: nobody noticed", i)
		}
	}
}

func TestTableOfProducts(t *testing.T) {
	list, err := table()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range list {
		if seen[p.ID] || p.Name == "" || strings.Count(p.CPE, ":") != 1 {
			t.Errorf("product %+v", p)
		}
		seen[p.ID] = true
	}
	if p, ok := Lookup("Microsoft-IIS"); !ok || p.CPE != "microsoft:internet_information_services" {
		t.Errorf("%+v %v", p, ok)
	}
	if _, ok := Lookup(""); ok {
		t.Error("no name is a product")
	}
}

func FuzzDistil(f *testing.F) {
	for _, s := range []string{kevText, epssText, nvdText, certText, supportText} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Distil(made, []File{text("f", s)})
	})
}
