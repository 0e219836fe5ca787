package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hygie/directory/findings"
	"hygie/directory/internal/drawn"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/finding"
)

// wayIn lets the nurses rewrite the rights of the model of protected accounts; anotherWay lets them replicate the secrets of the domain.
const (
	wayIn      = "Infirmiers member=@bruno\nAdminSDHolder acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)"
	anotherWay = "Infirmiers member=@bruno\nhop acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)"
)

func compare(t *testing.T, now, before *report.Report, history ...*report.Report) *report.Comparison {
	t.Helper()
	if err := now.Compare(before, history...); err != nil {
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
				history = append(history, auditAt(t, "fr", march, lines))
			}
			r := audit(t, "fr", row.now)
			c := compare(t, r, auditAt(t, "en", april, row.before), history...)
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
	both := audit(t, "fr", wayIn, "hop acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)")
	c := compare(t, both, audit(t, "fr", wayIn))
	if c.Paths.Counts["new"] != 1 || c.Paths.Counts["persisting"] != 1 || c.Paths.WaysBefore != 1 || c.Paths.WaysNow != 2 {
		t.Errorf("%+v", c.Paths)
	}
}

func TestComparisonOfFindings(t *testing.T) {
	april := drawn.AsOf.AddDate(0, -2, 0)
	r := audit(t, "fr", sick)
	c := compare(t, r, auditAt(t, "fr", april, "Guest uac=0x10220"))
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
	back := auditAt(t, "fr", drawn.AsOf.AddDate(0, 1, 0), "Guest uac=0x10220")
	if got := compare(t, back, audit(t, "fr", sick)).Findings.Counts; got["fixed"]+got["unverified"] == 0 || got["new"] > got["fixed"] {
		t.Errorf("%v", got)
	}
	// A report of an earlier version looked for none: nothing is called new.
	old := auditAt(t, "fr", april)
	for i := range old.Domains {
		old.Domains[i].Findings = nil
	}
	if got := compare(t, audit(t, "fr", sick), old).Findings; got.Compared || len(got.Changes) > 0 {
		t.Errorf("%+v", got)
	}
}

// A rule that lists a part of its objects says how many there are, and calls none new or fixed.
func TestComparisonOfAListCutShort(t *testing.T) {
	before, now := auditAt(t, "fr", drawn.AsOf.AddDate(0, -2, 0), sick), audit(t, "fr", sick)
	id := ""
	for i, f := range now.Domains[0].Findings {
		if f.Status == findings.Found && id == "" {
			id = f.ID
			now.Domains[0].Findings[i].Count += 5000
			now.Domains[0].Findings[i].Objects = nil
		}
	}
	c := compare(t, now, before)
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
	r := audit(t, "fr", sound)
	c := compare(t, r, auditAt(t, "fr", april, sick), auditAt(t, "fr", march, sound))
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
	var text bytes.Buffer
	if err := report.WriteText(&text, r, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Le niveau s’est amélioré", "01/03/2026 5, 01/04/2026 1, 01/06/2026 5", "Chemins de contrôle", "fermé"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%.1500s", want, text.String())
		}
	}
}

// A report on which nothing could be decided has no level: it is neither praised nor compared.
func TestNothingDecidedHasNoLevel(t *testing.T) {
	r := audit(t, "fr")
	for i := range r.Domains[0].Points {
		p := &r.Domains[0].Points[i]
		p.Status, p.UndecidedLevels = points.NotEvaluated, p.Levels
	}
	r.Level, r.UpperBound, r.LevelUnknown = 5, true, true
	r.Domains[0].Level, r.Domains[0].UpperBound, r.Domains[0].LevelUnknown = 5, true, true
	c := compare(t, r, audit(t, "fr", sick))
	if c.Level.Now != 0 || c.Domains[0].Now != 0 || c.Counts[string(finding.Fixed)] != 0 {
		t.Errorf("%+v, %v", c.Level, c.Counts)
	}
	var text, page bytes.Buffer
	if err := report.WriteText(&text, r, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	for form, out := range map[string]string{"text": text.String(), "html": page.String()} {
		if strings.Contains(out, "au plus") || strings.Contains(out, "niveau 5") || !strings.Contains(strings.ToLower(out), "niveau inconnu") {
			t.Errorf("%s gives a level to what was not looked at:\n%.2000s", form, out)
		}
	}
}

// A point that no longer fails may leave a warning below its threshold: what it is about is not new.
func TestAWarningInPlaceOfAPointIsNotNew(t *testing.T) {
	before, now := audit(t, "fr", sick), audit(t, "fr", sick)
	var moved report.Object
	for i := range now.Domains[0].Points {
		if p := &now.Domains[0].Points[i]; p.ID == "vuln_dont_expire" {
			for o := range p.Objects.All() {
				moved = o
				break
			}
			p.Status, p.FailedLevels, p.Objects = points.Passed, nil, report.ObjectsOf()
		}
	}
	for i := range now.Domains[0].Findings {
		if f := &now.Domains[0].Findings[i]; f.ID == "warning_dont_expire" {
			f.Status, f.Count, f.Missing = findings.Found, 2, nil
			f.Objects = []report.FindingObject{{DN: moved.DN, SID: moved.SID, GUID: moved.GUID}, {DN: "CN=personne,DC=hop,DC=test"}}
		}
	}
	got := map[string]string{}
	for _, ch := range compare(t, now, before).Findings.Changes {
		if ch.Finding == "warning_dont_expire" {
			got[ch.DN] = string(ch.Status)
		}
	}
	if moved.DN == "" || got[moved.DN] != "persisting" || got["CN=personne,DC=hop,DC=test"] != "new" {
		t.Errorf("%q, want the object of the point to persist and the other to be new", got)
	}
}
