package sarif_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/report"
	"hygie/directory/report/reporttest"
	"hygie/directory/report/sarif"
	"hygie/finding"
)

// logFile is what a reader of SARIF 2.1.0 relies on.
type logFile struct {
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

func readSARIF(t *testing.T, r *report.Report) logFile {
	t.Helper()
	var b bytes.Buffer
	if err := sarif.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	var out logFile
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSARIF(t *testing.T) {
	log := readSARIF(t, reporttest.Compared(t, "fr"))
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
	for _, r := range readSARIF(t, reporttest.Audit(t, "en", reporttest.Sick)).Runs[0].Results {
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
	first, second := of(reporttest.Audit(t, "fr", reporttest.Sick)), of(reporttest.AuditAt(t, "en", drawn.AsOf.AddDate(0, 0, 1), reporttest.Sick))
	if !slices.Equal(first, second) {
		t.Errorf("%d and %d fingerprints, not the same", len(first), len(second))
	}
}
