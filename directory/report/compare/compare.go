// Package compare says what changed from one report of a directory audit to another: the levels, the objects of points and findings, the
// ways into tier 0.
//
//	err := compare.Reports(now, before)
//
// What was found is known again by its identity (package finding), never by its place. [Weigh] does the same for changes that were only
// tried.
package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/points/guidance"
	"hygie/directory/report"
	"hygie/directory/report/objects"
	"hygie/finding"
)

// Reports fills the comparison with an earlier report, and the status of each object and of each path (docs/schema/directory-audit.schema.json,
// comparison). History holds still earlier reports: what they hold and baseline does not is back. The report keeps its own sentences; those of
// baseline are put in its language.
func Reports(r *report.Report, baseline *report.Report, history ...*report.Report) error {
	c := &report.Comparison{
		BaselineAsOf: baseline.AsOf, Level: levelChange("", baseline.Measure(), r.Measure()), Domains: levelChanges(baseline, r),
		Trend: trend(append(slices.Clone(history), baseline, r)),
	}
	comparePoints(r, c, baseline, history)
	compareFindings(r, c, baseline, history)
	comparePaths(r, c, baseline, history)
	lang := r.Language
	if !slices.Contains(guidance.Languages(), lang) { // a report that somebody wrote by hand
		lang = "en"
	}
	translated, err := c.In(lang)
	if err != nil {
		return fmt.Errorf("compare reports: %w", err)
	}
	r.Comparison = translated
	return nil
}

// trend orders the levels of reports by date; of several at one instant the last given stands.
func trend(reports []*report.Report) []report.Measure {
	out := []report.Measure{}
	for _, r := range reports {
		m := r.Measure()
		out = slices.DeleteFunc(out, func(known report.Measure) bool { return known.AsOf.Equal(m.AsOf) })
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b report.Measure) int { return a.AsOf.Compare(b.AsOf) })
	return out
}

func levelChange(name string, before, now report.Measure) report.LevelChange {
	return report.LevelChange{DNSName: name, Before: before.Level, BeforeAtMost: before.AtMost, Now: now.Level, NowAtMost: now.AtMost}
}

func levelChanges(before, now *report.Report) []report.LevelChange {
	out := []report.LevelChange{}
	for i := range now.Domains {
		d, earlier := &now.Domains[i], report.Measure{}
		if b := domainNamed(before, d.DNSName); b != nil {
			earlier = b.Measure()
		}
		out = append(out, levelChange(d.DNSName, earlier, d.Measure()))
	}
	for i := range before.Domains {
		if b := &before.Domains[i]; domainNamed(now, b.DNSName) == nil {
			out = append(out, levelChange(b.DNSName, b.Measure(), report.Measure{}))
		}
	}
	return out
}

// domainNamed gives a domain by its name, nil when there is none.
func domainNamed(r *report.Report, name string) *report.Domain {
	i := slices.IndexFunc(r.Domains, func(d report.Domain) bool { return strings.EqualFold(d.DNSName, name) })
	if i < 0 {
		return nil
	}
	return &r.Domains[i]
}

// ruleKey names a rule on a domain, whatever the case of the domain's name.
type ruleKey struct{ rule, domain string }

func keyOf(rule, domain string) ruleKey { return ruleKey{rule, strings.ToLower(domain)} }

// tallies counts what became of the objects of each rule.
type tallies map[ruleKey]*report.RuleChange

func (t tallies) at(rule, domain string) *report.RuleChange {
	k := keyOf(rule, domain)
	if t[k] == nil {
		t[k] = &report.RuleChange{ID: rule, Domain: domain, LevelsBefore: []int{}, LevelsNow: []int{}}
	}
	return t[k]
}

func (t tallies) count(ch finding.Change) {
	row := t.at(ch.Finding.Rule, ch.Finding.Object.Scope)
	switch ch.Status {
	case finding.New:
		row.New++
	case finding.Back:
		row.Back++
	case finding.Fixed:
		row.Fixed++
	case finding.Unverified:
		row.Unverified++
	}
}

// changed lists the rules of which something changed, by domain then rule.
func (t tallies) changed() []report.RuleChange {
	out := []report.RuleChange{}
	for _, row := range t {
		if row.Before != row.Now || !slices.Equal(row.LevelsBefore, row.LevelsNow) || row.CountBefore != row.CountNow || row.New+row.Back+row.Fixed+row.Unverified > 0 {
			out = append(out, *row)
		}
	}
	slices.SortFunc(out, func(a, b report.RuleChange) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func counted(result finding.Comparison) map[string]int {
	out := make(map[string]int)
	for _, s := range report.Statuses() {
		out[string(s)] = result.Count(s)
	}
	return out
}

// listed gives levels as a list that is never null in JSON.
func listed(levels []int) []int { return append([]int{}, levels...) }

// gone tells whether a change is about something that the earlier report holds and the later one does not.
func gone(s finding.Status) bool { return s == finding.Fixed || s == finding.Unverified }

// pointRun gives the objects of the points of a report: one for each point, domain and object, whatever the number of reasons.
func pointRun(r *report.Report) finding.Run {
	var out finding.Run
	decided := make(map[ruleKey]bool)
	for _, d := range r.Domains {
		for _, p := range d.Points {
			// A point that fails at one level and is undecided at another still says what became of its objects at the
			// levels that it decided; what disappeared from it may only have moved out of sight.
			decided[keyOf(p.ID, d.DNSName)] = len(p.UndecidedLevels) == 0
			for list := range p.Objects.Grouped() {
				f := objectIdentity(list[0], p.ID, d.DNSName)
				f.Detail = details(list)
				out.Findings = append(out.Findings, f)
			}
		}
	}
	out.Decided = func(rule, scope string) bool { return decided[keyOf(rule, scope)] }
	return out
}

func objectIdentity(o objects.Object, point, domain string) finding.Finding {
	return finding.Finding{Rule: point, Object: finding.Object{Scope: domain, SID: o.SID, GUID: o.GUID, Name: o.DN}}
}

// details sums up the reasons of one object: the codes, the levels, and what lasts of their parameters.
func details(list []objects.Object) string {
	var out []string
	for _, o := range list {
		part := o.Code
		for _, l := range o.Levels {
			part += " " + string(rune('0'+l))
		}
		out = append(out, part+lasting(o.Params))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// lasting gives the parameters of a reason that do not change by themselves: who has which right, not ages, which grow every day.
func lasting(params map[string]string) string {
	out := ""
	for _, name := range []string{"right", "trustee", "position", "value", "weakness", "serial", "partner", "zone"} {
		if v := params[name]; v != "" {
			out += " " + v
		}
	}
	return out
}

// comparePoints fills what became of the objects of the points.
func comparePoints(r *report.Report, c *report.Comparison, baseline *report.Report, history []*report.Report) {
	var past []finding.Finding
	for _, h := range history {
		past = append(past, pointRun(h).Findings...)
	}
	result := finding.Compare(pointRun(baseline), pointRun(r), past...)
	c.Counts, c.Changes = counted(result), []report.Change{}
	now, before, rows := placedObjects(r), placedObjects(baseline), tallies{}
	for _, ch := range result.Changes {
		rows.count(ch)
		source := now
		if gone(ch.Status) {
			source = before
		}
		objects := source[ch.Finding.ID()]
		if !gone(ch.Status) {
			for _, o := range objects {
				o.list.SetStatus(o.place, string(ch.Status))
			}
		}
		if len(objects) == 0 || ch.Status == finding.Persisting && !ch.Changed {
			continue
		}
		c.Changes = append(c.Changes, report.Change{
			Status: ch.Status, Domain: ch.Finding.Object.Scope, Point: ch.Finding.Rule, DN: ch.Finding.Object.Name,
			SID: ch.Finding.Object.SID, GUID: ch.Finding.Object.GUID, Levels: levelsOf(objects),
			Reason: objects[0].Reason, Code: objects[0].Code, Params: objects[0].Params, Changed: ch.Changed,
		})
	}
	for _, d := range baseline.Domains {
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Before, row.LevelsBefore, row.CountBefore = p.Heading(), string(p.Status), listed(p.FailedLevels), p.Objects.Distinct()
		}
	}
	for _, d := range r.Domains {
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Now, row.LevelsNow, row.CountNow = p.Heading(), string(p.Status), listed(p.FailedLevels), p.Objects.Distinct()
		}
	}
	c.Points = rows.changed()
}

// placed is an object and where it stands.
type placed struct {
	objects.Object
	list  *objects.List
	place int
}

// placedObjects maps the identity of each finding to its objects, one for each reason.
func placedObjects(r *report.Report) map[string][]placed {
	out := make(map[string][]placed)
	for i := range r.Domains {
		d := &r.Domains[i]
		for j := range d.Points {
			p := &d.Points[j]
			for k, o := range p.Objects.Numbered() {
				id := objectIdentity(o, p.ID, d.DNSName).ID()
				out[id] = append(out[id], placed{o, &p.Objects, k})
			}
		}
	}
	return out
}

func levelsOf(objects []placed) []int {
	out := []int{}
	for _, o := range objects {
		out = append(out, o.Levels...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// whole tells whether a finding lists all its objects.
func whole(f report.Finding) bool { return f.Count <= len(f.Objects) }

func foundIdentity(o report.FindingObject, rule, domain string) finding.Finding {
	return finding.Finding{Rule: rule, Object: finding.Object{Scope: domain, SID: o.SID, GUID: o.GUID, Name: o.DN}}
}

// findingRun gives the objects of the findings beside the points, those of rules that list too few left out.
func findingRun(r *report.Report, cut map[ruleKey]bool) finding.Run {
	var out finding.Run
	decided := make(map[ruleKey]bool)
	for _, d := range r.Domains {
		for _, f := range d.Findings {
			key := keyOf(f.ID, d.DNSName)
			decided[key] = f.Status != findings.NotEvaluated && len(f.Missing) == 0
			if cut[key] {
				continue
			}
			reasons := make(map[string][]string) // an object may stand for several reasons, not side by side
			for _, o := range f.Objects {
				id := foundIdentity(o, f.ID, d.DNSName).ID()
				reasons[id] = append(reasons[id], o.Code+lasting(o.Params))
			}
			for _, o := range f.Objects {
				one := foundIdentity(o, f.ID, d.DNSName)
				slices.Sort(reasons[one.ID()])
				one.Detail = strings.Join(slices.Compact(reasons[one.ID()]), "; ")
				out.Findings = append(out.Findings, one)
			}
		}
	}
	out.Decided = func(rule, scope string) bool { return decided[keyOf(rule, scope)] }
	return out
}

// compareFindings fills what became of the findings beside the points.
func compareFindings(r *report.Report, c *report.Comparison, baseline *report.Report, history []*report.Report) {
	fc := report.FindingComparison{Counts: map[string]int{}, Rules: []report.RuleChange{}, Changes: []report.FindingChange{}}
	defer func() { c.Findings = fc }()
	looked := func(r *report.Report) bool {
		return slices.ContainsFunc(r.Domains, func(d report.Domain) bool { return len(d.Findings) > 0 })
	}
	if fc.Compared = looked(baseline) && looked(r); !fc.Compared {
		fc.Counts = counted(finding.Comparison{})
		return
	}
	cut := make(map[ruleKey]bool)
	for _, each := range []*report.Report{baseline, r} {
		for _, d := range each.Domains {
			for _, f := range d.Findings {
				if !whole(f) {
					cut[keyOf(f.ID, d.DNSName)] = true
				}
			}
		}
	}
	var past []finding.Finding
	for _, h := range history {
		past = append(past, findingRun(h, cut).Findings...)
	}
	result := finding.Compare(findingRun(baseline, cut), findingRun(r, cut), past...)
	demoted(baseline, result.Changes)
	fc.Counts = counted(result)
	now, before, rows := foundObjects(r), foundObjects(baseline), tallies{}
	for _, ch := range result.Changes {
		rows.count(ch)
		source := now
		if gone(ch.Status) {
			source = before
		}
		found := source[ch.Finding.ID()]
		if !gone(ch.Status) {
			for _, o := range found {
				o.object.Status = string(ch.Status)
			}
		}
		if len(found) == 0 || ch.Status == finding.Persisting && !ch.Changed {
			continue
		}
		first := found[0]
		fc.Changes = append(fc.Changes, report.FindingChange{
			Status: ch.Status, Domain: ch.Finding.Object.Scope, Finding: ch.Finding.Rule, Severity: first.severity, DN: ch.Finding.Object.Name,
			SID: ch.Finding.Object.SID, GUID: ch.Finding.Object.GUID, Reason: first.object.Reason, Code: first.object.Code, Params: first.object.Params, Changed: ch.Changed,
		})
	}
	for _, d := range baseline.Domains {
		for _, f := range d.Findings {
			row := rows.at(f.ID, d.DNSName)
			row.Title, row.Before, row.CountBefore = f.Title, string(f.Status), f.Count
		}
	}
	for _, d := range r.Domains {
		for _, f := range d.Findings {
			row := rows.at(f.ID, d.DNSName)
			row.Title, row.Now, row.CountNow = f.Title, string(f.Status), f.Count
		}
	}
	fc.Rules = rows.changed()
}

// demoted corrects changes to findings beside the points since the report r. Some of the list's warnings speak below the threshold of a point, "warning_x" where
// "vuln_x" no longer fails: an object that was a failure of the point before is not new.
func demoted(r *report.Report, changes []finding.Change) {
	failed := make(map[string]bool)
	for _, f := range pointRun(r).Findings {
		failed[f.ID()] = true
	}
	for i := range changes {
		ch := &changes[i]
		_, name, ok := strings.Cut(ch.Finding.Rule, "_")
		if before := (finding.Finding{Rule: "vuln_" + name, Object: ch.Finding.Object}); ch.Status == finding.New && ok && failed[before.ID()] {
			ch.Status, ch.Changed, ch.Before = finding.Persisting, true, before.Rule
		}
	}
}

// foundObject is an object of a finding with what its finding says of it.
type foundObject struct {
	object   *report.FindingObject
	severity findings.Severity
}

func foundObjects(r *report.Report) map[string][]foundObject {
	out := make(map[string][]foundObject)
	for i := range r.Domains {
		d := &r.Domains[i]
		for j := range d.Findings {
			f := &d.Findings[j]
			for k := range f.Objects {
				o := &f.Objects[k]
				id := foundIdentity(*o, f.ID, d.DNSName).ID()
				out[id] = append(out[id], foundObject{o, f.Severity})
			}
		}
	}
	return out
}
