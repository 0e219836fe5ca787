package check

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/observe"
	"hygie/exposure/tlsscan"
)

// named is a run that saw one endpoint under several names.
func named(views map[string]*tlsscan.Facts) *observe.Run {
	e := observe.Endpoint{Address: netip.MustParseAddrPort("192.0.2.1:443"), Transport: "tcp"}
	for name, f := range views {
		e.Views = append(e.Views, observe.View{Name: name, TLS: f})
	}
	return &observe.Run{Endpoints: []observe.Endpoint{e}}
}

func decideOne(t *testing.T, id string, r *observe.Run) Outcome {
	t.Helper()
	for _, result := range Decide(r, Settings{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}) {
		if result.Record.ID == id {
			return result.Outcome
		}
	}
	t.Fatalf("no check %s", id)
	return Outcome{}
}

func TestOneFindingForAllNames(t *testing.T) {
	old := version(tlsscan.TLS10, ok(), 0xc013)
	older := version(tlsscan.TLS10, ok(), 0x0004)
	for _, c := range []struct {
		name     string
		id       string
		views    map[string]*tlsscan.Facts
		want     [][]string // names of each finding
		evidence string     // in the first finding
		passed   []string
	}{
		{"same under all", "TLS-05", map[string]*tlsscan.Facts{"a.test": soundTLS(old), "b.test": soundTLS(old), "c.test": soundTLS(old)},
			[][]string{{"a.test", "b.test", "c.test"}}, "TLS 1.0: ServerHello", nil},
		{"one name is sound", "TLS-05", map[string]*tlsscan.Facts{"a.test": soundTLS(), "b.test": soundTLS(old)}, [][]string{{"b.test"}}, "TLS 1.0: ServerHello", []string{"a.test"}},
		{"names differ", "TLS-05", map[string]*tlsscan.Facts{"a.test": soundTLS(old), "b.test": soundTLS(older)}, [][]string{{"a.test", "b.test"}}, "b.test: TLS 1.0", nil},
		{"one certificate for two names", "TLS-01", map[string]*tlsscan.Facts{"www.exemple.test": soundTLS(ends("2026-05-31")), "b.test": soundTLS(ends("2026-05-31"))},
			[][]string{{"b.test", "www.exemple.test"}}, "notAfter 2026-05-31", nil},
		{"two certificates", "TLS-01", map[string]*tlsscan.Facts{"a.test": soundTLS(ends("2026-05-31")),
			"b.test": soundTLS(ends("2026-05-30"), leaf(func(c *tlsscan.Certificate) { c.Names = []string{"b.test"} }))},
			[][]string{{"b.test"}, {"a.test"}}, "notAfter 2026-05-30", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := decideOne(t, c.id, named(c.views))
			var got [][]string
			for _, f := range o.Found {
				got = append(got, f.Names)
				if f.Asset != f.Names[0] {
					t.Errorf("%s speaks for %v", f.Asset, f.Names)
				}
			}
			slices.SortFunc(got, func(a, b []string) int { return slices.Compare(b, a) })
			if !slices.EqualFunc(got, c.want, slices.Equal[[]string]) || !slices.Equal(o.Passed, c.passed) {
				t.Fatalf("findings of %v, passed %v", got, o.Passed)
			}
			if !slices.ContainsFunc(o.Found, func(f Found) bool { return strings.Contains(strings.Join(f.Evidence, "\n"), c.evidence) }) {
				t.Errorf("no evidence %q: %+v", c.evidence, o.Found)
			}
		})
	}
}

// The identity is the endpoint's: names that come and go, and a certificate that is renewed, change nothing; another endpoint is another finding.
func TestIdentityDoesNotDependOnNames(t *testing.T) {
	old := version(tlsscan.TLS10, ok(), 0xc013)
	first := func(r *observe.Run, id string) string { return decideOne(t, id, r).Found[0].ID(id) }
	before := first(named(map[string]*tlsscan.Facts{"m.test": soundTLS(old)}), "TLS-05")
	if after := first(named(map[string]*tlsscan.Facts{"m.test": soundTLS(old), "a.test": soundTLS(old)}), "TLS-05"); after != before {
		t.Error("a new name changes the finding")
	}
	other := named(map[string]*tlsscan.Facts{"m.test": soundTLS(old)})
	other.Endpoints[0].Address = netip.MustParseAddrPort("192.0.2.1:8443")
	if first(other, "TLS-05") == before {
		t.Error("two endpoints have one finding")
	}
	expired := first(named(map[string]*tlsscan.Facts{"m.test": soundTLS(ends("2026-05-01"))}), "TLS-01")
	if renewed := first(named(map[string]*tlsscan.Facts{"z.test": soundTLS(ends("2026-05-31"))}), "TLS-01"); renewed != expired {
		t.Error("a renewed certificate is another finding")
	}
}

func TestOtherNamesAreTold(t *testing.T) {
	old := version(tlsscan.TLS10, ok(), 0xc013)
	f := decideOne(t, "TLS-05", named(map[string]*tlsscan.Facts{"a.test": soundTLS(old), "b.test": soundTLS(old)})).Found[0]
	for lang, want := range map[string]string{"fr": "sous un autre nom\u00a0: b.test.", "en": "under another name: b.test."} {
		texts, err := LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		if text := texts.For("TLS-05", f); !strings.HasSuffix(text.Found, want) || !strings.Contains(text.VerifyCommand, "-servername a.test ") {
			t.Errorf("%s: %s / %s", lang, text.Found, text.VerifyCommand)
		}
	}
}
