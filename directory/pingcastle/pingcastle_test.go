package pingcastle_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"hygie/directory/model"
	"hygie/directory/pingcastle"
	"hygie/directory/points"
)

var asOf = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// sample is a report of an invented domain on which the rules matched.
func sample(rules ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>
<HealthcheckData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <EngineVersion>3.3.0.1</EngineVersion>
  <GenerationDate>2026-02-27T22:15:00.1234567+01:00</GenerationDate>
  <DomainFQDN>Clinique.Test</DomainFQDN>
  <DomainSid>S-1-5-21-1000-2000-3000</DomainSid>
  <Trusts><HealthcheckTrustData><TrustPartner>autre.test</TrustPartner><DomainFQDN>piege.test</DomainFQDN></HealthcheckTrustData></Trusts>
  <RiskRules>
`)
	for _, r := range rules {
		fmt.Fprintf(&b, "<HealthcheckRiskRule><Points>5</Points><Category>Anomalies</Category><RiskId>%s</RiskId><Rationale>Seen &lt;here&gt;</Rationale><Details><string>CN=x</string></Details></HealthcheckRiskRule>\n", r)
	}
	b.WriteString("</RiskRules></HealthcheckData>\n")
	return b.String()
}

func read(t *testing.T, text string) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	if err := pingcastle.Read(strings.NewReader(text), b, pingcastle.Options{Name: "ad_hc.xml"}); err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func evaluate(t *testing.T, d *model.Directory) map[string]points.Verdict {
	t.Helper()
	out := make(map[string]points.Verdict)
	results := points.Evaluate(d, points.Options{AsOf: asOf})
	if len(results) != 1 {
		t.Fatalf("%d domains", len(results))
	}
	for _, v := range results[0].Verdicts {
		out[v.Point.ID] = v
	}
	return out
}

// A report alone fails what its rules are filed under, at their level, and passes nothing.
func TestReportAlone(t *testing.T) {
	d := read(t, sample("P-UnconstrainedDelegation", "S-FunctionalLevel3", "A-AuditDC", "S-DC-2008", "S-Reversible"))
	s := d.Sources()[0]
	if s.Tool != "pingcastle 3.3.0.1" || s.Level != "partial" || s.Partial || !s.Collected.Equal(time.Date(2026, 2, 27, 21, 15, 0, 123456700, time.UTC)) {
		t.Errorf("%+v", s)
	}
	if info := d.Domains()[0]; info.DNSName != "clinique.test" || info.SID.String() != "S-1-5-21-1000-2000-3000" {
		t.Errorf("%+v", info)
	}
	want := map[string][]int{"vuln_delegation_t4d": {1}, "vuln_functional_level": {3}, "vuln_dc_obsolete": {1}}
	for id, v := range evaluate(t, d) {
		switch levels, failed := want[id]; {
		case v.Status == points.Passed:
			t.Errorf("%s passes on a report", id)
		case failed != (v.Status == points.Failed) || !slices.Equal(v.Failed, levels):
			t.Errorf("%s: %s %v, want %v", id, v.Status, v.Failed, levels)
		case failed && v.Objects.At(0).Reason.Text("en") == "":
			t.Errorf("%s: no reason", id)
		}
	}
	v := evaluate(t, d)["vuln_delegation_t4d"]
	if got := v.Objects.At(0).Reason.Text("fr"); got != "PingCastle le signale par sa règle P-UnconstrainedDelegation\u00a0: Seen <here>" {
		t.Errorf("reason %q", got)
	}
}

func TestEncodings(t *testing.T) {
	text := sample("A-Krbtgt")
	var wide bytes.Buffer
	for _, unit := range utf16.Encode([]rune("\ufeff" + strings.Replace(text, "utf-8", "utf-16", 1))) {
		wide.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	for name, file := range map[string]string{"utf-8": text, "mark": "\ufeff" + text, "utf-16": wide.String()} {
		if !pingcastle.Is([]byte(file)[:400]) {
			t.Errorf("%s: not recognised", name)
		}
		if v := evaluate(t, read(t, file))["vuln_krbtgt"]; v.Status != points.Failed {
			t.Errorf("%s: %s", name, v.Status)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want error
	}{
		"encrypted": {`<?xml version="1.0"?><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"></EncryptedData>`, pingcastle.ErrEncrypted},
		"other":     {"<html></html>", nil},
		"empty":     {"", nil},
		"no domain": {"<HealthcheckData><RiskRules/></HealthcheckData>", nil},
		"deep":      {"<HealthcheckData>" + strings.Repeat("<a>", 200), nil},
		"cut":       {sample("A-Krbtgt")[:120], nil},
		"bad name":  {"<HealthcheckData><DomainFQDN>a,=b</DomainFQDN></HealthcheckData>", nil},
	} {
		err := pingcastle.Read(strings.NewReader(row.text), model.NewBuilder(), pingcastle.Options{Name: "x.xml"})
		if err == nil || row.want != nil && !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := pingcastle.Read(strings.NewReader(sample("A-Krbtgt")), model.NewBuilder(), pingcastle.Options{Bytes: 200}); err == nil {
		t.Error("a report over the limit was accepted")
	}
}

// A report cut in the middle keeps the rules before the cut, and says so.
func TestCutReport(t *testing.T) {
	text := sample("A-Krbtgt", "P-DNSAdmin")
	d := read(t, text[:strings.Index(text, "P-DNSAdmin")])
	if !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), "\n"), "missing") {
		t.Errorf("warnings %q", d.Warnings())
	}
	v := evaluate(t, d)
	if v["vuln_krbtgt"].Status != points.Failed || v["vuln_dnsadmins"].Status != points.NotEvaluated {
		t.Errorf("%v, %v", v["vuln_krbtgt"].Status, v["vuln_dnsadmins"].Status)
	}
}

// Every point of the table is one that is decided, at a level that it has.
func TestTableAgreesWithThePoints(t *testing.T) {
	known := make(map[string][]int)
	for _, p := range points.Table() {
		known[p.ID] = p.Levels
	}
	rules := pingcastle.Rules()
	if len(rules) < 75 {
		t.Errorf("%d rules", len(rules))
	}
	for id, list := range rules {
		for _, c := range list {
			for _, level := range c.Levels {
				if !slices.Contains(known[c.Point], level) {
					t.Errorf("%s: %s has no level %d", id, c.Point, level)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample("A-Krbtgt")))
	f.Add([]byte("<HealthcheckData><DomainFQDN>a.test</DomainFQDN></HealthcheckData>"))
	f.Fuzz(func(t *testing.T, file []byte) {
		b := model.NewBuilder()
		if pingcastle.Read(bytes.NewReader(file), b, pingcastle.Options{Bytes: 1 << 20}) != nil {
			return
		}
		d, err := b.Freeze()
		if err != nil || len(d.Domains()) == 0 {
			t.Fatalf("accepted without a domain: %v", err)
		}
	})
}
