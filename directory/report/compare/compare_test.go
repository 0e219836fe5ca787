package compare_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hygie/directory/findings"
	"hygie/directory/internal/drawn"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/compare"
	"hygie/directory/report/html"
	"hygie/directory/report/objects"
	"hygie/directory/report/reporttest"
	"hygie/directory/report/text"
	"hygie/finding"
)

// wayIn lets the nurses rewrite the rights of the model of protected accounts; anotherWay lets them replicate the secrets of the domain.
const (
	wayIn      = "Infirmiers member=@bruno\nAdminSDHolder acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)"
	anotherWay = "Infirmiers member=@bruno\nhop acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)"
)

func changes(t *testing.T, now, before *report.Report, history ...*report.Report) *report.Comparison {
	t.Helper()
	if err := compare.Reports(now, before, history...); err != nil {
		t.Fatal(err)
	}
	return now.Comparison
}

func TestComparisonOfPaths(t *testing.T) {
	march, april := drawn.AsOf.AddDate(0, -3, 0), drawn.AsOf.AddDate(0, -2, 0)
	for _, row := range []struct {
		name    string
		before  string
		now     string
		history []string
		want    []string // status of each change, and its target
		partial bool
	}{
		{"new", "", wayIn, nil, []string{"new AdminSDHolder"}, false},
		{"closed", wayIn, "", nil, []string{"fixed AdminSDHolder"}, false},
		{"persists", wayIn, wayIn, nil, nil, false},
		{"another source behind the same right", wayIn, wayIn + "\nInfirmiers member=@alice", nil, nil, false},
		{"the holder is renamed and moved", wayIn, wayIn + "\ndrop Infirmiers\ngroup Soignants rid=1108 member=@bruno at=@Soins", nil, nil, false},
		{"one closes, another opens", wayIn, anotherWay, nil, []string{"fixed AdminSDHolder", "new hop"}, false},
		{"back", "", wayIn, []string{wayIn}, []string{"back AdminSDHolder"}, false},
		{"out of sight is not closed", wayIn, "unread nTSecurityDescriptor", nil, []string{"unverified AdminSDHolder"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			var history []*report.Report
			for _, lines := range row.history {
				history = append(history, reporttest.AuditAt(t, "fr", march, lines))
			}
			r := reporttest.Audit(t, "fr", row.now)
			c := changes(t, r, reporttest.AuditAt(t, "en", april, row.before), history...)
			var got []string
			for _, ch := range c.Paths.Changes {
				target := strings.ReplaceAll(strings.Split(ch.Path.Target.DN, ",")[0], "DC=", "CN=")
				got = append(got, string(ch.Status)+" "+strings.TrimPrefix(target, "CN="))
				if ch.Path.Door < 1 || ch.Path.Door > len(ch.Path.Steps) {
					t.Errorf("door %d of %d steps", ch.Path.Door, len(ch.Path.Steps))
				}
				for _, s := range ch.Path.Steps {
					if strings.Contains(s.Means, "can ") {
						t.Errorf("a closed path is not told in the language of the report: %q", s.Means)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, row.want) || !c.Paths.Compared || c.Paths.Partial != row.partial {
				t.Errorf("%v, partial %v; want %v, %v", got, c.Paths.Partial, row.want, row.partial)
			}
			for _, p := range r.Paths {
				if !slices.Contains([]string{"new", "persisting", "back"}, p.Status) {
					t.Errorf("a path of the report is %q", p.Status)
				}
			}
		})
	}
}

// A right that opens the way twice over, to two objects of the same descriptor, is two ways; their identities differ.
func TestWaysAreToldApart(t *testing.T) {
	both := reporttest.Audit(t, "fr", wayIn, "hop acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)")
	c := changes(t, both, reporttest.Audit(t, "fr", wayIn))
	if c.Paths.Counts["new"] != 1 || c.Paths.Counts["persisting"] != 1 || c.Paths.WaysBefore != 1 || c.Paths.WaysNow != 2 {
		t.Errorf("%+v", c.Paths)
	}
}

func TestComparisonOfFindings(t *testing.T) {
	april := drawn.AsOf.AddDate(0, -2, 0)
	r := reporttest.Audit(t, "fr", reporttest.Sick)
	c := changes(t, r, reporttest.AuditAt(t, "fr", april, "Guest uac=0x10220"))
	if !c.Findings.Compared || c.Findings.Counts["new"] == 0 {
		t.Fatalf("%+v", c.Findings)
	}
	total := 0
	for _, row := range c.Findings.Rules {
		if row.Title == "" || row.Before == "" || row.Now == "" {
			t.Errorf("%+v", row)
		}
		total += row.New
	}
	if total != c.Findings.Counts["new"] {
		t.Errorf("the rules count %d new objects, all together %d", total, c.Findings.Counts["new"])
	}
	for _, ch := range c.Findings.Changes {
		if ch.Reason == "" || ch.Severity == "" || ch.Finding == "" {
			t.Errorf("%+v", ch)
		}
	}
	// The other way round everything that was new is fixed.
	back := reporttest.AuditAt(t, "fr", drawn.AsOf.AddDate(0, 1, 0), "Guest uac=0x10220")
	if got := changes(t, back, reporttest.Audit(t, "fr", reporttest.Sick)).Findings.Counts; got["fixed"]+got["unverified"] == 0 || got["new"] > got["fixed"] {
		t.Errorf("%v", got)
	}
	// A report of an earlier version looked for none: nothing is called new.
	old := reporttest.AuditAt(t, "fr", april)
	for i := range old.Domains {
		old.Domains[i].Findings = nil
	}
	if got := changes(t, reporttest.Audit(t, "fr", reporttest.Sick), old).Findings; got.Compared || len(got.Changes) > 0 {
		t.Errorf("%+v", got)
	}
}

// A rule that lists a part of its objects says how many there are, and calls none new or fixed.
func TestComparisonOfAListCutShort(t *testing.T) {
	before, now := reporttest.AuditAt(t, "fr", drawn.AsOf.AddDate(0, -2, 0), reporttest.Sick), reporttest.Audit(t, "fr", reporttest.Sick)
	id := ""
	for i, f := range now.Domains[0].Findings {
		if f.Status == findings.Found && id == "" {
			id = f.ID
			now.Domains[0].Findings[i].Count += 5000
			now.Domains[0].Findings[i].Objects = nil
		}
	}
	c := changes(t, now, before)
	for _, ch := range c.Findings.Changes {
		if ch.Finding == id {
			t.Errorf("%s: %s %s", id, ch.Status, ch.DN)
		}
	}
	if !slices.ContainsFunc(c.Findings.Rules, func(r report.RuleChange) bool { return r.ID == id && r.CountNow > 5000 && r.New == 0 && r.Fixed == 0 }) {
		t.Errorf("%s is not counted: %+v", id, c.Findings.Rules)
	}
}

func TestTrendOfTheLevel(t *testing.T) {
	march, april := drawn.AsOf.AddDate(0, -3, 0), drawn.AsOf.AddDate(0, -2, 0)
	sound := "hop -gPLink"
	r := reporttest.Audit(t, "fr", sound)
	c := changes(t, r, reporttest.AuditAt(t, "fr", april, reporttest.Sick), reporttest.AuditAt(t, "fr", march, sound))
	var got []int
	for _, m := range c.Trend {
		got = append(got, m.Level)
	}
	if !slices.Equal(got, []int{5, 1, 5}) || c.Level.Before != 1 || c.Level.Now != 5 {
		t.Errorf("trend %v, level %+v", got, c.Level)
	}
	points1 := slices.DeleteFunc(slices.Clone(c.Points), func(p report.RuleChange) bool { return p.ID != "vuln_permissions_adminsdholder" })
	if len(points1) != 1 || points1[0].Before != "failed" || points1[0].Now != "passed" || points1[0].Fixed != 1 || !slices.Equal(points1[0].LevelsBefore, []int{1, 2}) {
		t.Errorf("%+v", points1)
	}
	var plain bytes.Buffer
	if err := text.Write(&plain, r, text.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Le niveau s’est amélioré", "01/03/2026 5, 01/04/2026 1, 01/06/2026 5", "Chemins de contrôle", "fermé"} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("the text does not say %q:\n%.1500s", want, plain.String())
		}
	}
}

// A report on which nothing could be decided has no level: it is neither praised nor compared.
func TestNothingDecidedHasNoLevel(t *testing.T) {
	r := reporttest.Audit(t, "fr")
	for i := range r.Domains[0].Points {
		p := &r.Domains[0].Points[i]
		p.Status, p.UndecidedLevels = points.NotEvaluated, p.Levels
	}
	r.Level, r.UpperBound, r.LevelUnknown = 5, true, true
	r.Domains[0].Level, r.Domains[0].UpperBound, r.Domains[0].LevelUnknown = 5, true, true
	c := changes(t, r, reporttest.Audit(t, "fr", reporttest.Sick))
	if c.Level.Now != 0 || c.Domains[0].Now != 0 || c.Counts[string(finding.Fixed)] != 0 {
		t.Errorf("%+v, %v", c.Level, c.Counts)
	}
	var plain, page bytes.Buffer
	if err := text.Write(&plain, r, text.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := html.Write(&page, r); err != nil {
		t.Fatal(err)
	}
	for form, out := range map[string]string{"text": plain.String(), "html": page.String()} {
		if strings.Contains(out, "au plus") || strings.Contains(out, "niveau 5") || !strings.Contains(strings.ToLower(out), "niveau inconnu") {
			t.Errorf("%s gives a level to what was not looked at:\n%.2000s", form, out)
		}
	}
}

// A point that no longer fails may leave a warning below its threshold: what it is about is not new.
func TestAWarningInPlaceOfAPointIsNotNew(t *testing.T) {
	before, now := reporttest.Audit(t, "fr", reporttest.Sick), reporttest.Audit(t, "fr", reporttest.Sick)
	var moved objects.Object
	for i := range now.Domains[0].Points {
		if p := &now.Domains[0].Points[i]; p.ID == "vuln_dont_expire" {
			for o := range p.Objects.All() {
				moved = o
				break
			}
			p.Status, p.FailedLevels, p.Objects = points.Passed, nil, objects.Of()
		}
	}
	for i := range now.Domains[0].Findings {
		if f := &now.Domains[0].Findings[i]; f.ID == "warning_dont_expire" {
			f.Status, f.Count, f.Missing = findings.Found, 2, nil
			f.Objects = []report.FindingObject{{DN: moved.DN, SID: moved.SID, GUID: moved.GUID}, {DN: "CN=personne,DC=hop,DC=test"}}
		}
	}
	got := map[string]string{}
	for _, ch := range changes(t, now, before).Findings.Changes {
		if ch.Finding == "warning_dont_expire" {
			got[ch.DN] = string(ch.Status)
		}
	}
	if moved.DN == "" || got[moved.DN] != "persisting" || got["CN=personne,DC=hop,DC=test"] != "new" {
		t.Errorf("%q, want the object of the point to persist and the other to be new", got)
	}
}

func TestComparison(t *testing.T) {
	march, april := drawn.AsOf.AddDate(0, -3, 0), drawn.AsOf.AddDate(0, -2, 0)
	sickServer := "SRV1 uac=0x81000"
	first := reporttest.AuditAt(t, "fr", march, sickServer)
	second := reporttest.AuditAt(t, "fr", april)
	tests := []struct {
		name     string
		lines    []string
		baseline *report.Report
		history  []*report.Report
		want     string // of the server and of the point about delegation
	}{
		{"new", []string{sickServer}, second, nil, "new"},
		{"back", []string{sickServer}, second, []*report.Report{first}, "back"},
		{"fixed", nil, first, nil, "fixed"},
		{"persisting is not listed", []string{sickServer}, first, nil, ""},
		{"unverified", []string{sickServer, "unread userAccountControl"}, first, nil, "unverified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := reporttest.Audit(t, "fr", tt.lines...)
			if err := compare.Reports(r, tt.baseline, tt.history...); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, ch := range r.Comparison.Changes {
				if ch.Point == "vuln_delegation_t4d" {
					got = string(ch.Status)
				}
			}
			if got != tt.want {
				t.Errorf("server is %q, want %q", got, tt.want)
			}
		})
	}
}
