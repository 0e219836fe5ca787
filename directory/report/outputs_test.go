package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/paths"
	"hygie/directory/report"
	"hygie/finding"
)

// sarif is what a reader of SARIF 2.1.0 relies on.
type sarif struct {
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name, Version string
				Rules         []struct {
					ID                   string
					ShortDescription     struct{ Text string }
					HelpURI              string
					DefaultConfiguration struct{ Level string }
				}
			}
		}
		Language string
		Results  []struct {
			RuleID              string
			RuleIndex           int
			Kind, Level         string
			Message             struct{ Text string }
			BaselineState       string
			PartialFingerprints map[string]string
			Locations           []struct {
				LogicalLocations []struct{ FullyQualifiedName string }
			}
		}
	}
}

func readSARIF(t *testing.T, r *report.Report) sarif {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteSARIF(&b, r); err != nil {
		t.Fatal(err)
	}
	var out sarif
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSARIF(t *testing.T) {
	log := readSARIF(t, compared(t, "fr"))
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Language != "fr-FR" || log.Runs[0].Tool.Driver.Name != "hygie" {
		t.Fatalf("%+v", log)
	}
	run := log.Runs[0]
	states := make(map[string]int)
	var found bool
	for _, r := range run.Results {
		if r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s: rule %d is another", r.RuleID, r.RuleIndex)
		}
		if !slices.Contains([]string{"fail", "open"}, r.Kind) || r.Kind != "fail" != (r.Level == "none") || r.Message.Text == "" || len(r.Locations) != 1 {
			t.Errorf("%+v", r)
		}
		if r.Kind == "fail" && len(r.PartialFingerprints["hygieFinding/v1"]) != 16 {
			t.Errorf("%s has no fingerprint", r.RuleID)
		}
		states[r.BaselineState]++
		if r.RuleID == "vuln_permissions_adminsdholder" && r.Level == "error" && r.BaselineState == "new" {
			want := finding.Finding{Rule: r.RuleID, Object: finding.Object{Scope: "hop.test", Name: "CN=AdminSDHolder,CN=System,DC=hop,DC=test"}}
			found = r.PartialFingerprints["hygieFinding/v1"] == want.ID()
		}
	}
	if !found {
		t.Error("the right on AdminSDHolder is not told with the identity of its finding")
	}
	if states["new"] == 0 || states["unchanged"] == 0 || states["absent"] == 0 {
		t.Errorf("states %v", states)
	}
	ids := make(map[string]bool)
	for _, r := range run.Tool.Driver.Rules {
		if ids[r.ID] || r.ShortDescription.Text == "" {
			t.Errorf("rule %s is there twice, or has no title", r.ID)
		}
		ids[r.ID] = true
	}
	for _, r := range readSARIF(t, audit(t, "en", sick)).Runs[0].Results {
		if r.BaselineState != "" {
			t.Errorf("%s is %q without a comparison", r.RuleID, r.BaselineState)
		}
	}
}

// The fingerprint of an object stays from one run to the next, whatever the date and the language.
func TestSARIFFingerprintsStay(t *testing.T) {
	of := func(r *report.Report) []string {
		var out []string
		for _, each := range readSARIF(t, r).Runs[0].Results {
			if each.Kind == "fail" {
				out = append(out, each.PartialFingerprints["hygieFinding/v1"])
			}
		}
		slices.Sort(out)
		return out
	}
	first, second := of(audit(t, "fr", sick)), of(auditAt(t, "en", drawn.AsOf.AddDate(0, 0, 1), sick))
	if !slices.Equal(first, second) {
		t.Errorf("%d and %d fingerprints, not the same", len(first), len(second))
	}
}

func TestODSReport(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteODS(&b, compared(t, "fr")); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("content.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(content, new(struct{})); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`<table:table table:name="([^"]*)"`).FindAllStringSubmatch(string(content), -1)
	var got []string
	for _, n := range names {
		got = append(got, n[1])
	}
	if want := []string{"Domaines", "Points", "Objets", "Autres constats", "Chemins", "Corrections", "Évolution du niveau", "Points et constats", "Ce qui a changé", "Chemins ouverts et fermés"}; !slices.Equal(got, want) {
		t.Errorf("tables %q, want %q", got, want)
	}
	if !strings.Contains(string(content), "vuln_krbtgt") || strings.Contains(string(content), "<script>") {
		t.Error("points are missing, or a name is not escaped")
	}
}

func TestOpenGraph(t *testing.T) {
	d := drawn.New(t, sick).Freeze()
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	var b, again bytes.Buffer
	if err := report.WriteOpenGraph(&b, d, n); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteOpenGraph(&again, d, n); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same graph gives other bytes (%v)", err)
	}
	var g struct {
		Graph struct {
			Nodes []struct {
				ID         string
				Kinds      []string
				Properties map[string]any
			}
			Edges []struct {
				Kind       string
				Start, End struct{ Value, MatchBy string }
				Properties map[string]any
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &g); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]string)
	for _, node := range g.Graph.Nodes {
		if known[node.ID] != "" || len(node.Kinds) != 2 || node.Properties["name"] == "" {
			t.Errorf("node %+v", node)
		}
		known[node.ID] = node.Kinds[0]
		for key, v := range node.Properties {
			switch v.(type) {
			case string, bool, float64:
			default:
				t.Errorf("property %s of %s: %v", key, node.ID, v)
			}
		}
	}
	name := regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	has := make(map[string]bool)
	for _, e := range g.Graph.Edges {
		if known[e.Start.Value] == "" || known[e.End.Value] == "" || !name.MatchString(e.Kind) {
			t.Errorf("edge %+v", e)
		}
		key := e.Start.Value + " " + e.Kind + " " + e.End.Value
		if has[key] {
			t.Errorf("edge %s is there twice", key)
		}
		has[key] = true
	}
	const domain = "S-1-5-21-100-200-300-"
	for _, want := range []string{domain + "1103 MemberOf " + domain + "512", domain + "1105 ForceChangePassword " + domain + "1104"} {
		if !has[want] {
			t.Errorf("no edge %s", want)
		}
	}
	for _, never := range []string{domain + "1103 ForceChangePassword " + domain + "1104", domain + "512 MemberOf " + domain + "1103"} {
		if has[never] {
			t.Errorf("edge %s", never)
		}
	}
	if known[domain+"1103"] != "User" || known["HOP.TEST-S-1-5-32-544"] != "Group" {
		t.Errorf("kinds of alice and of Administrators: %q, %q", known[domain+"1103"], known["HOP.TEST-S-1-5-32-544"])
	}
}
