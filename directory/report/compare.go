package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/finding"
)

// statuses are what may become of something that was found.
func statuses() []finding.Status {
	return []finding.Status{finding.New, finding.Back, finding.Persisting, finding.Fixed, finding.Unverified}
}

// Compare fills the comparison with an earlier report, and the status of each object and of each path. History holds still earlier reports: what
// they hold and baseline does not is back. The report keeps its own sentences; those of baseline are put in its language.
func (r *Report) Compare(baseline *Report, history ...*Report) error {
	c := &Comparison{
		BaselineAsOf: baseline.AsOf, Level: levelChange("", baseline.measure(), r.measure()), Domains: levelChanges(baseline, r),
		Trend: trend(append(slices.Clone(history), baseline, r)),
	}
	r.comparePoints(c, baseline, history)
	r.compareFindings(c, baseline, history)
	r.comparePaths(c, baseline, history)
	lang := r.Language
	if !slices.Contains(guidance.Languages(), lang) { // a report that somebody wrote by hand
		lang = "en"
	}
	translated, err := c.in(lang)
	if err != nil {
		return fmt.Errorf("compare reports: %w", err)
	}
	r.Comparison = translated
	return nil
}

// measure is the level of the report.
func (r *Report) measure() Measure {
	m := Measure{AsOf: r.AsOf, Level: r.Level, AtMost: r.UpperBound}
	if r.LevelUnknown {
		m.Level, m.AtMost = 0, false
	}
	return m
}

func (d *Domain) measure() Measure {
	if d.LevelUnknown {
		return Measure{}
	}
	return Measure{Level: d.Level, AtMost: d.UpperBound}
}

// trend orders the levels of reports by date; of several at one instant the last given stands.
func trend(reports []*Report) []Measure {
	out := []Measure{}
	for _, r := range reports {
		m := r.measure()
		out = slices.DeleteFunc(out, func(known Measure) bool { return known.AsOf.Equal(m.AsOf) })
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b Measure) int { return a.AsOf.Compare(b.AsOf) })
	return out
}

func levelChange(name string, before, now Measure) LevelChange {
	return LevelChange{DNSName: name, Before: before.Level, BeforeAtMost: before.AtMost, Now: now.Level, NowAtMost: now.AtMost}
}

func levelChanges(before, now *Report) []LevelChange {
	out := []LevelChange{}
	for i := range now.Domains {
		d, earlier := &now.Domains[i], Measure{}
		if b := before.domain(d.DNSName); b != nil {
			earlier = b.measure()
		}
		out = append(out, levelChange(d.DNSName, earlier, d.measure()))
	}
	for i := range before.Domains {
		if b := &before.Domains[i]; now.domain(b.DNSName) == nil {
			out = append(out, levelChange(b.DNSName, b.measure(), Measure{}))
		}
	}
	return out
}

// domain gives a domain by its name, nil when there is none.
func (r *Report) domain(name string) *Domain {
	i := slices.IndexFunc(r.Domains, func(d Domain) bool { return strings.EqualFold(d.DNSName, name) })
	if i < 0 {
		return nil
	}
	return &r.Domains[i]
}

// ruleKey names a rule on a domain, whatever the case of the domain's name.
type ruleKey struct{ rule, domain string }

func keyOf(rule, domain string) ruleKey { return ruleKey{rule, strings.ToLower(domain)} }

// tallies counts what became of the objects of each rule.
type tallies map[ruleKey]*RuleChange

func (t tallies) at(rule, domain string) *RuleChange {
	k := keyOf(rule, domain)
	if t[k] == nil {
		t[k] = &RuleChange{ID: rule, Domain: domain, LevelsBefore: []int{}, LevelsNow: []int{}}
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
func (t tallies) changed() []RuleChange {
	out := []RuleChange{}
	for _, row := range t {
		if row.Before != row.Now || !slices.Equal(row.LevelsBefore, row.LevelsNow) || row.CountBefore != row.CountNow || row.New+row.Back+row.Fixed+row.Unverified > 0 {
			out = append(out, *row)
		}
	}
	slices.SortFunc(out, func(a, b RuleChange) int { return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.ID, b.ID)) })
	return out
}

func counted(result finding.Comparison) map[string]int {
	out := make(map[string]int)
	for _, s := range statuses() {
		out[string(s)] = result.Count(s)
	}
	return out
}

// gone tells whether a change is about something that the earlier report holds and the later one does not.
func gone(s finding.Status) bool { return s == finding.Fixed || s == finding.Unverified }

// pointRun gives the objects of the points of a report: one for each point, domain and object, whatever the number of reasons.
func (r *Report) pointRun() finding.Run {
	var out finding.Run
	decided := make(map[ruleKey]bool)
	for _, d := range r.Domains {
		for _, p := range d.Points {
			// A point that fails at one level and is undecided at another still says what became of its objects at the
			// levels that it decided; what disappeared from it may only have moved out of sight.
			decided[keyOf(p.ID, d.DNSName)] = len(p.UndecidedLevels) == 0
			for list := range p.Objects.Grouped() {
				f := list[0].identity(p.ID, d.DNSName)
				f.Detail = details(list)
				out.Findings = append(out.Findings, f)
			}
		}
	}
	out.Decided = func(rule, scope string) bool { return decided[keyOf(rule, scope)] }
	return out
}

func (o Object) identity(point, domain string) finding.Finding {
	return finding.Finding{Rule: point, Object: finding.Object{Scope: domain, SID: o.SID, GUID: o.GUID, Name: o.DN}}
}

// details sums up the reasons of one object: the codes, the levels, and what lasts of their parameters.
func details(list []Object) string {
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
func (r *Report) comparePoints(c *Comparison, baseline *Report, history []*Report) {
	var past []finding.Finding
	for _, h := range history {
		past = append(past, h.pointRun().Findings...)
	}
	result := finding.Compare(baseline.pointRun(), r.pointRun(), past...)
	c.Counts, c.Changes = counted(result), []Change{}
	now, before, rows := r.objects(), baseline.objects(), tallies{}
	for _, ch := range result.Changes {
		rows.count(ch)
		source := now
		if gone(ch.Status) {
			source = before
		}
		objects := source[ch.Finding.ID()]
		if !gone(ch.Status) {
			for _, o := range objects {
				o.list.setStatus(o.place, string(ch.Status))
			}
		}
		if len(objects) == 0 || ch.Status == finding.Persisting && !ch.Changed {
			continue
		}
		c.Changes = append(c.Changes, Change{
			Status: ch.Status, Domain: ch.Finding.Object.Scope, Point: ch.Finding.Rule, DN: ch.Finding.Object.Name,
			SID: ch.Finding.Object.SID, GUID: ch.Finding.Object.GUID, Levels: levelsOf(objects),
			Reason: objects[0].Reason, Code: objects[0].Code, Params: objects[0].Params, Changed: ch.Changed,
		})
	}
	for _, d := range baseline.Domains {
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Before, row.LevelsBefore, row.CountBefore = p.title(), string(p.Status), notNil(p.FailedLevels), p.Objects.distinct()
		}
	}
	for _, d := range r.Domains {
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Now, row.LevelsNow, row.CountNow = p.title(), string(p.Status), notNil(p.FailedLevels), p.Objects.distinct()
		}
	}
	c.Points = rows.changed()
}

// placed is an object and where it stands.
type placed struct {
	Object
	list  *Objects
	place int
}

// objects maps the identity of each finding to its objects, one for each reason.
func (r *Report) objects() map[string][]placed {
	out := make(map[string][]placed)
	for i := range r.Domains {
		d := &r.Domains[i]
		for j := range d.Points {
			p := &d.Points[j]
			for k, o := range p.Objects.numbered() {
				id := o.identity(p.ID, d.DNSName).ID()
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
func (f Finding) whole() bool { return f.Count <= len(f.Objects) }

func (o FindingObject) identity(rule, domain string) finding.Finding {
	return finding.Finding{Rule: rule, Object: finding.Object{Scope: domain, SID: o.SID, GUID: o.GUID, Name: o.DN}}
}

// findingRun gives the objects of the findings beside the points, those of rules that list too few left out.
func (r *Report) findingRun(cut map[ruleKey]bool) finding.Run {
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
				id := o.identity(f.ID, d.DNSName).ID()
				reasons[id] = append(reasons[id], o.Code+lasting(o.Params))
			}
			for _, o := range f.Objects {
				one := o.identity(f.ID, d.DNSName)
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
func (r *Report) compareFindings(c *Comparison, baseline *Report, history []*Report) {
	fc := FindingComparison{Counts: map[string]int{}, Rules: []RuleChange{}, Changes: []FindingChange{}}
	defer func() { c.Findings = fc }()
	looked := func(r *Report) bool {
		return slices.ContainsFunc(r.Domains, func(d Domain) bool { return len(d.Findings) > 0 })
	}
	if fc.Compared = looked(baseline) && looked(r); !fc.Compared {
		fc.Counts = counted(finding.Comparison{})
		return
	}
	cut := make(map[ruleKey]bool)
	for _, each := range []*Report{baseline, r} {
		for _, d := range each.Domains {
			for _, f := range d.Findings {
				if !f.whole() {
					cut[keyOf(f.ID, d.DNSName)] = true
				}
			}
		}
	}
	var past []finding.Finding
	for _, h := range history {
		past = append(past, h.findingRun(cut).Findings...)
	}
	result := finding.Compare(baseline.findingRun(cut), r.findingRun(cut), past...)
	baseline.demoted(result.Changes)
	fc.Counts = counted(result)
	now, before, rows := r.foundObjects(), baseline.foundObjects(), tallies{}
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
		fc.Changes = append(fc.Changes, FindingChange{
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

// demoted corrects changes to findings beside the points. Some of the list's warnings speak below the threshold of a point, "warning_x" where
// "vuln_x" no longer fails: an object that was a failure of the point before is not new.
func (r *Report) demoted(changes []finding.Change) {
	failed := make(map[string]bool)
	for _, f := range r.pointRun().Findings {
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
	object   *FindingObject
	severity findings.Severity
}

func (r *Report) foundObjects() map[string][]foundObject {
	out := make(map[string][]foundObject)
	for i := range r.Domains {
		d := &r.Domains[i]
		for j := range d.Findings {
			f := &d.Findings[j]
			for k := range f.Objects {
				o := &f.Objects[k]
				id := o.identity(f.ID, d.DNSName).ID()
				out[id] = append(out[id], foundObject{o, f.Severity})
			}
		}
	}
	return out
}

// FailedAt counts the points that fail at a level in at least one domain, each once.
func (r *Report) FailedAt(level int) int {
	seen := make(map[string]bool)
	for _, d := range r.Domains {
		for _, p := range d.Points {
			if p.Status == points.Failed && slices.Contains(p.FailedLevels, level) {
				seen[p.ID] = true
			}
		}
	}
	return len(seen)
}
