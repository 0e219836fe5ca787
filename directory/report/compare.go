package report

import (
	"slices"
	"strings"
	"time"

	"hygie/directory/points"
	"hygie/finding"
)

// Comparison says what changed since an earlier report.
type Comparison struct {
	BaselineAsOf time.Time      `json:"baseline_as_of"`
	Domains      []LevelChange  `json:"domains"`
	Counts       map[string]int `json:"counts"`  // findings by status
	Changes      []Change       `json:"changes"` // findings that are new, back, fixed or unverified, and persisting ones that changed
}

// LevelChange is the level of a domain before and now; zero when the domain is in one report only.
type LevelChange struct {
	DNSName string `json:"dns_name"`
	Before  int    `json:"level_before"`
	Now     int    `json:"level_now"`
}

// Change is a finding whose status is worth reading.
type Change struct {
	Status  finding.Status    `json:"status"`
	Domain  string            `json:"domain"`
	Point   string            `json:"point"`
	DN      string            `json:"dn"`
	SID     string            `json:"sid,omitempty"`
	GUID    string            `json:"guid,omitempty"`
	Levels  []int             `json:"levels"`
	Reason  string            `json:"reason"`
	Code    string            `json:"reason_code"`
	Params  map[string]string `json:"reason_params"`
	Changed bool              `json:"changed,omitempty"` // persisting, with other levels or reasons than before
}

// run gives the findings of a report: one for each point, domain and object, whatever the number of reasons.
func (r *Report) run() finding.Run {
	var out finding.Run
	decided := make(map[[2]string]bool)
	for _, d := range r.Domains {
		for _, p := range d.Points {
			// A point that fails at one level and is undecided at another still says what became of its objects at the
			// levels that it decided; what disappeared from it may only have moved out of sight.
			decided[[2]string{p.ID, strings.ToLower(d.DNSName)}] = len(p.UndecidedLevels) == 0
			for list := range p.Objects.Grouped() {
				o := list[0]
				out.Findings = append(out.Findings, finding.Finding{
					Rule: p.ID, Object: finding.Object{Scope: d.DNSName, SID: o.SID, GUID: o.GUID, Name: o.DN},
					Detail: details(list),
				})
			}
		}
	}
	out.Decided = func(rule, scope string) bool { return decided[[2]string{rule, strings.ToLower(scope)}] }
	return out
}

// details sums up the reasons of one object: the codes, the levels, and for rights who has which. Ages grow every day and are left
// out.
func details(list []Object) string {
	var out []string
	for _, o := range list {
		part := o.Code
		for _, l := range o.Levels {
			part += " " + string(rune('0'+l))
		}
		for _, name := range []string{"right", "trustee", "position", "value", "weakness", "serial", "partner", "zone"} {
			if v := o.Params[name]; v != "" {
				part += " " + v
			}
		}
		out = append(out, part)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// Compare fills the comparison with an earlier report and the status of each object. History holds still earlier reports: a
// finding that they hold and baseline does not is back.
func (r *Report) Compare(baseline *Report, history ...*Report) {
	var past []finding.Finding
	for _, h := range history {
		past = append(past, h.run().Findings...)
	}
	result := finding.Compare(baseline.run(), r.run(), past...)
	c := &Comparison{
		BaselineAsOf: baseline.AsOf, Domains: levelChanges(baseline, r), Counts: make(map[string]int), Changes: []Change{},
	}
	for _, s := range []finding.Status{finding.New, finding.Persisting, finding.Fixed, finding.Back, finding.Unverified} {
		c.Counts[string(s)] = result.Count(s)
	}
	now, before := r.objects(), baseline.objects()
	for _, ch := range result.Changes {
		source := now
		if ch.Status == finding.Fixed || ch.Status == finding.Unverified {
			source = before
		}
		objects := source[ch.Finding.ID()]
		for _, o := range objects {
			if source := ch.Status; source != finding.Fixed && source != finding.Unverified {
				o.list.setStatus(o.place, string(ch.Status))
			}
		}
		if len(objects) == 0 || (ch.Status == finding.Persisting && !ch.Changed) {
			continue
		}
		c.Changes = append(c.Changes, Change{
			Status: ch.Status, Domain: ch.Finding.Object.Scope, Point: ch.Finding.Rule, DN: ch.Finding.Object.Name,
			SID: ch.Finding.Object.SID, GUID: ch.Finding.Object.GUID, Levels: levelsOf(objects),
			Reason: objects[0].Reason, Code: objects[0].Code, Params: objects[0].Params, Changed: ch.Changed,
		})
	}
	r.Comparison = c.in(r.Language)
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
				f := finding.Finding{Rule: p.ID, Object: finding.Object{Scope: d.DNSName, SID: o.SID, GUID: o.GUID, Name: o.DN}}
				out[f.ID()] = append(out[f.ID()], placed{o, &p.Objects, k})
			}
		}
	}
	return out
}

func levelsOf(objects []placed) []int {
	var out []int
	for _, o := range objects {
		out = append(out, o.Levels...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func levelChanges(before, now *Report) []LevelChange {
	out := []LevelChange{}
	for _, d := range now.Domains {
		ch := LevelChange{DNSName: d.DNSName, Now: d.Level}
		for _, b := range before.Domains {
			if strings.EqualFold(b.DNSName, d.DNSName) {
				ch.Before = b.Level
			}
		}
		out = append(out, ch)
	}
	for _, b := range before.Domains {
		if !slices.ContainsFunc(now.Domains, func(d Domain) bool { return strings.EqualFold(d.DNSName, b.DNSName) }) {
			out = append(out, LevelChange{DNSName: b.DNSName, Before: b.Level})
		}
	}
	return out
}

// in gives the comparison with its sentences in a language.
func (c *Comparison) in(lang string) *Comparison {
	out := *c
	out.Changes = slices.Clone(c.Changes)
	for i := range out.Changes {
		ch := &out.Changes[i]
		ch.Reason = reasonText(ch.Code, ch.Params, ch.Reason, lang)
	}
	return &out
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
