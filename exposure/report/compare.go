package report

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/perimeter"
	"hygie/finding"
)

// OutOfScope is the status of an earlier finding whose asset the perimeter no longer has.
const OutOfScope finding.Status = "out_of_scope"

// Comparison says what changed since an earlier audit.
type Comparison struct {
	BaselineAsOf  time.Time            `json:"baseline_as_of"`
	BaselineGrade string               `json:"baseline_grade"`
	SamePerimeter bool                 `json:"same_perimeter"`
	Perimeter     perimeter.Difference `json:"perimeter"` // what was added and removed
	SameRules     bool                 `json:"same_rules"`
	Days          int                  `json:"days"`
	Counts        map[string]int       `json:"counts"`        // findings by status
	Gone          []Gone               `json:"gone"`          // earlier findings that are not in this audit
	Newly         []string             `json:"newly_covered"` // identifiers of new findings on assets that the earlier audit did not cover
}

// Gone is an earlier finding that is not in this audit: fixed, not seen again, or outside the perimeter.
type Gone struct {
	Status   finding.Status `json:"status"`
	ID       string         `json:"id"`
	Check    string         `json:"check"`
	Severity check.Severity `json:"severity"`
	Asset    string         `json:"asset"`
	Endpoint string         `json:"endpoint"`
	Key      string         `json:"key,omitempty"`
	Names    []string       `json:"names,omitempty"`
	Title    string         `json:"title"`
	Why      string         `json:"why,omitempty"` // of fixed: "closed" when the port no longer answers
}

// identity rebuilds the identity of a finding of a stored report.
func (f *Finding) identity() finding.Finding {
	return finding.Finding{Rule: f.Check, Object: finding.Object{Scope: f.scope(), Name: f.Key}, Detail: string(f.Severity)}
}

func (f *Finding) scope() string { return check.Scope(f.Asset, f.Endpoint, f.Names) }

// assets are all the assets a finding is about.
func (f *Finding) assets() []string {
	if len(f.Names) > 0 {
		return f.Names
	}
	return []string{f.Asset}
}

// Earlier says of a stored report what later checks need. History holds still earlier reports, the newest first.
func (r *Report) Earlier(history ...*Report) *check.Earlier {
	e := &check.Earlier{AsOf: r.AsOf, Perimeter: r.PerimeterHash, Open: map[string]bool{}, Fixed: map[string]bool{}, Ready: r.Holds, Stopped: r.Partial}
	for _, a := range r.Assets {
		for _, p := range a.Endpoints {
			e.Endpoints = append(e.Endpoints, p.At)
		}
	}
	e.Addresses = r.asked()
	for _, f := range r.Findings {
		e.Open[f.ID] = true
	}
	for _, h := range append([]*Report{r}, history...) {
		if h.Comparison == nil {
			continue
		}
		for _, g := range h.Comparison.Gone {
			if g.Status == finding.Fixed && !e.Open[g.ID] {
				e.Fixed[g.ID] = true
			}
		}
	}
	for i := range history { // seen once, and not in the report after it
		for _, f := range history[i].Findings {
			if !e.Open[f.ID] && r.decides(&f) {
				e.Fixed[f.ID] = true
			}
		}
	}
	return e
}

// asked lists the addresses that the audit asked, alive or not.
func (r *Report) asked() []netip.Addr {
	var out []netip.Addr
	for _, a := range r.Assets {
		if a.Kind == "address" {
			if addr, err := netip.ParseAddr(a.Name); err == nil {
				out = append(out, addr)
			}
		}
	}
	for _, n := range r.NotChecked {
		if n.Part == "ports" {
			if addr, err := netip.ParseAddr(n.Subject); err == nil && n.Why != "bounded" {
				out = append(out, addr)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

// decides tells whether this audit could say that a finding of another one is gone: its check holds for the asset, or was decided on it with
// another outcome, or its port was asked and no longer answers.
func (r *Report) decides(f *Finding) bool {
	if r.Partial {
		return false
	}
	decided := false
	for _, c := range r.Checks {
		decided = decided || c.ID == f.Check && slices.ContainsFunc(f.assets(), func(a string) bool { return slices.Contains(c.Decided, a) })
	}
	open := slices.ContainsFunc(r.NotChecked, func(n NotChecked) bool { return n.Part == f.Check && slices.Contains(f.Names, n.Subject) })
	if decided && !open { // of several names, none must have stayed open
		return true
	}
	if slices.ContainsFunc(r.Findings, func(o Finding) bool { return o.Check == f.Check && o.scope() == f.scope() }) {
		return true
	}
	if f.Endpoint == "" {
		// A finding without endpoint is about a name: the audit says nothing of it when it could not decide.
		return r.decidedElsewhere(f)
	}
	return r.closed(f.Endpoint)
}

// decidedElsewhere tells whether a check that looks at the audit as a whole ran: what it no longer finds is gone.
func (r *Report) decidedElsewhere(f *Finding) bool {
	if !strings.HasPrefix(f.Check, "INV-") && !strings.HasPrefix(f.Check, "PRC-") {
		return false
	}
	return slices.ContainsFunc(r.Checks, func(c Coverage) bool { return c.ID == f.Check && c.Status != "not_evaluated" }) &&
		!slices.ContainsFunc(r.NotChecked, func(n NotChecked) bool { return n.Part == f.Check && n.Subject == f.Asset })
}

// closed tells whether an endpoint was asked and no longer answers, on an address that does.
func (r *Report) closed(endpoint string) bool {
	at, _, _ := strings.Cut(endpoint, "/")
	ap, err := netip.ParseAddrPort(at)
	if err != nil {
		return false
	}
	for _, a := range r.Assets {
		if a.Kind == "address" && a.Name == ap.Addr().String() {
			return !slices.ContainsFunc(a.Endpoints, func(p Endpoint) bool { return p.At == endpoint })
		}
	}
	return false
}

// Compare fills the comparison with an earlier report and the status of each finding. Two audits compare only on what both covered.
func (r *Report) Compare(baseline *Report, history ...*Report) {
	var past []finding.Finding
	for _, h := range history {
		for i := range h.Findings {
			past = append(past, h.Findings[i].identity())
		}
	}
	for _, h := range append([]*Report{baseline}, history...) {
		if h.Comparison != nil {
			for _, g := range h.Comparison.Gone {
				if g.Status == finding.Fixed {
					past = append(past, finding.Finding{Rule: g.Check, Object: finding.Object{Scope: check.Scope(g.Asset, g.Endpoint, g.Names), Name: g.Key}})
				}
			}
		}
	}
	c := &Comparison{
		BaselineAsOf: baseline.AsOf, BaselineGrade: baseline.Grade, SamePerimeter: baseline.PerimeterHash == r.PerimeterHash,
		Perimeter: difference(baseline.Perimeter.Items, r.Perimeter.Items), SameRules: baseline.RulesVersion == r.RulesVersion,
		Days: int(r.AsOf.Sub(baseline.AsOf).Hours()) / 24, Counts: map[string]int{}, Gone: []Gone{}, Newly: []string{},
	}
	result := finding.Compare(baseline.asRun(nil), r.asRun(baseline), past...)
	now, before := byID(r.Findings), byID(baseline.Findings)
	for _, ch := range result.Changes {
		id := ch.Finding.ID()
		if f := now[id]; f != nil && ch.Status != finding.Fixed && ch.Status != finding.Unverified {
			f.Status = ch.Status
			c.Counts[string(ch.Status)]++
			if ch.Status == finding.New && !baseline.covers(f) {
				c.Newly = append(c.Newly, id)
			}
			continue
		}
		f := before[id]
		g := Gone{Status: ch.Status, ID: id, Check: f.Check, Severity: f.Severity, Asset: f.Asset, Endpoint: f.Endpoint, Key: f.Key, Names: f.Names, Title: f.Title}
		switch {
		case !c.SamePerimeter && removed(c.Perimeter.Removed, f):
			g.Status = OutOfScope
		case ch.Status == finding.Fixed && f.Endpoint != "" && r.closed(f.Endpoint):
			g.Why = "closed"
		}
		c.Counts[string(g.Status)]++
		c.Gone = append(c.Gone, g)
	}
	slices.SortStableFunc(c.Gone, func(a, b Gone) int {
		return cmp.Or(strings.Compare(string(a.Status), string(b.Status)), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), strings.Compare(a.Check, b.Check), strings.Compare(a.Asset, b.Asset))
	})
	for _, s := range []finding.Status{finding.New, finding.Persisting, finding.Fixed, finding.Back, finding.Unverified, OutOfScope} {
		c.Counts[string(s)] += 0
	}
	r.Comparison = c
}

// asRun gives the findings as package finding compares them. Decided asks, for a finding of before, whether this report says that it is
// gone.
func (r *Report) asRun(before *Report) finding.Run {
	var out finding.Run
	for i := range r.Findings {
		out.Findings = append(out.Findings, r.Findings[i].identity())
	}
	if before == nil {
		return out
	}
	old := map[[2]string]*Finding{}
	for i := range before.Findings {
		f := &before.Findings[i]
		old[[2]string{f.Check, f.scope()}] = f
	}
	out.Decided = func(rule, scope string) bool {
		f := old[[2]string{rule, scope}]
		return f != nil && r.decides(f)
	}
	return out
}

func byID(list []Finding) map[string]*Finding {
	out := make(map[string]*Finding, len(list))
	for i := range list {
		out[list[i].ID] = &list[i]
	}
	return out
}

// covers tells whether this audit looked at the asset of a finding of another one.
func (r *Report) covers(f *Finding) bool {
	if slices.ContainsFunc(r.Assets, func(a Asset) bool { return a.Name == f.Asset }) {
		return true
	}
	at, _, _ := strings.Cut(f.Endpoint, "/")
	ap, err := netip.ParseAddrPort(at)
	return err == nil && slices.Contains(r.asked(), ap.Addr())
}

// removed tells whether an item taken out of the perimeter held the asset of a finding, or one put among the exclusions does.
func removed(items []perimeter.Item, f *Finding) bool {
	at, _, _ := strings.Cut(f.Endpoint, "/")
	ap, _ := netip.ParseAddrPort(at) // an invalid address is in no range
	return slices.ContainsFunc(items, func(i perimeter.Item) bool {
		switch i.Kind {
		case "domain", "host":
			return i.Text == ap.Addr().String() || !slices.ContainsFunc(f.assets(), func(a string) bool { return !perimeter.Under(a, i.Text) })
		case "range":
			p, err := netip.ParsePrefix(i.Text)
			return err == nil && ap.IsValid() && p.Contains(ap.Addr())
		}
		return false
	})
}

// difference says what was added to and removed from before.
func difference(before, now []perimeter.Item) perimeter.Difference {
	d := perimeter.Difference{Added: []perimeter.Item{}, Removed: []perimeter.Item{}}
	for _, i := range now {
		if !slices.Contains(before, i) {
			d.Added = append(d.Added, i)
		}
	}
	for _, i := range before {
		if !slices.Contains(now, i) {
			d.Removed = append(d.Removed, i)
		}
	}
	return d
}
