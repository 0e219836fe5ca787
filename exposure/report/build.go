package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/observe"
	"hygie/finding"
)

// Options complete a report.
type Options struct {
	Language    string // "fr" or "en"
	ToolVersion string
	Partial     bool
	Threshold   check.Threshold
	Accepted    []Acceptance
	Known       *Knowledge
}

// New makes the report of a run and of what the checks say of it.
func New(run *observe.Run, results []check.Result, o Options) (*Report, error) {
	texts, err := check.LoadTexts(o.Language)
	if err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	scale, err := check.Grades()
	if err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	b := builder{run: run, texts: texts, o: o, t: words(o.Language)}
	r := &Report{
		Format: Format, AsOf: run.AsOf, ToolVersion: o.ToolVersion, Language: o.Language, Partial: o.Partial, PerimeterHash: run.Perimeter,
		Threshold: o.Threshold, Known: o.Known, Findings: []Finding{}, Plan: []Action{}, NotChecked: []NotChecked{}, Checks: []Coverage{},
	}
	if r.RulesVersion, err = rulesVersion(); err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	r.Perimeter = b.perimeter()
	for _, result := range results {
		b.result(r, result)
	}
	sortFindings(r.Findings)
	r.Assets = b.assets(r.Findings)
	b.gaps(r)
	r.Statistics = b.statistics(r)
	if len(run.Domains)+len(run.Endpoints) > 0 {
		r.Grade = scale.Grade(r.Statistics.Counting)
	}
	r.Holds = !o.Partial && o.Threshold.Holds(r.Statistics.Counting)
	if r.Plan, err = plan(r.Findings, texts, o.Language); err != nil {
		return nil, fmt.Errorf("make report: %w", err)
	}
	return r, nil
}

// rulesVersion names the checks that decided: their identifiers, severities and sources, and their texts.
func rulesVersion() (string, error) {
	texts, err := check.LoadTexts("fr")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, r := range check.Catalogue() {
		text, _ := texts.Text(r.ID)
		fmt.Fprintln(h, r.ID, r.Severity, r.Source, r.Effort, r.Owner, text.Found, text.WhySeverity)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

type builder struct {
	run   *observe.Run
	texts check.Texts
	o     Options
	t     words
}

func (b *builder) perimeter() Perimeter {
	p := Perimeter{Items: nil, Proofs: notNil(b.run.Proofs), Mandates: b.run.Mandates, Imports: []Import{}}
	if d := b.run.Declared; d != nil {
		p.Name, p.Contact, p.Items = d.Name, d.Contact, d.Items()
	}
	p.Items = notNil(p.Items)
	for _, i := range b.run.Imports {
		p.Imports = append(p.Imports, Import(i))
	}
	return p
}

// result adds the findings of one check, and what it says of its coverage.
func (b *builder) result(r *Report, result check.Result) {
	record, o := result.Record, result.Outcome
	text, _ := b.texts.Text(record.ID)
	c := Coverage{ID: record.ID, Family: record.Family, Title: text.Title, Severity: record.Severity, Found: len(o.Found), Passed: len(o.Passed), Unknown: len(o.Unknown), Decided: notNil(o.Passed)}
	switch {
	case len(o.Found) > 0:
		c.Status = "failed"
	case len(o.Unknown) > 0:
		c.Status = "not_evaluated"
	case len(o.Passed) > 0:
		c.Status = "passed"
	default:
		c.Status = "not_applicable"
	}
	r.Checks = append(r.Checks, c)
	for _, f := range o.Found {
		r.Findings = append(r.Findings, b.finding(record, f))
	}
	b.unknown(r, record.ID, o.Unknown)
}

// unknown adds the assets for which a check could not be decided. What is missing for all of them at once (an import, a class of the mandate)
// is one line with their number, not one line each.
func (b *builder) unknown(r *Report, id string, list []check.Undecided) {
	general := map[string]int{}
	for _, u := range list {
		switch u.Why {
		case "no_knowledge", "no_data", "no_class", "no_perimeter":
			general[u.Why]++
		default:
			r.NotChecked = append(r.NotChecked, NotChecked{Subject: u.Asset, Part: id, Why: u.Why, Text: b.t.why(u.Why)})
		}
	}
	for why, n := range general {
		r.NotChecked = append(r.NotChecked, NotChecked{Part: id, Why: why, Text: b.t.why(why), Detail: b.t.n(n, "actif", "actifs", "asset", "assets")})
	}
}

func (b *builder) finding(record check.Record, f check.Found) Finding {
	text := b.texts.For(record.ID, f)
	out := Finding{
		ID: f.ID(record.ID), Check: record.ID, Family: record.Family, Severity: f.Severity,
		Source: Source(record.Source), Confidence: f.Confidence, Counts: f.Counts(),
		Asset: f.Asset, Endpoint: f.Endpoint, Key: cmp.Or(f.Key, f.Params["product"]), Names: f.Names, Title: text.Title, Found: text.Found, Risk: text.Risk,
		WhySeverity: text.WhySeverity, Evidence: notNil(f.Evidence), Variant: f.Variant, Params: f.Params, Effort: record.Effort, Owner: record.Owner,
		Remediation: Remediation{Remedies: notNil(text.Remedies), Rollback: text.Rollback, Verify: text.Verify, VerifyCommand: text.VerifyCommand},
		Status:      finding.New,
	}
	if out.Params == nil {
		out.Params = map[string]string{}
	}
	for _, a := range b.o.Accepted {
		if a.Finding == out.ID && !b.run.AsOf.After(a.Until) {
			out.Accepted, out.Counts = &a, false
		}
	}
	return out
}

// sortFindings puts the gravest first; those that do not count against the threshold come after those that do.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
			compareBool(b.Counts, a.Counts),
			strings.Compare(a.Check, b.Check), strings.Compare(a.Asset, b.Asset), strings.Compare(a.Endpoint, b.Endpoint), strings.Compare(a.ID, b.ID),
		)
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// assets lists what was seen: domains, then names, then addresses.
func (b *builder) assets(findings []Finding) []Asset {
	worst := map[string]check.Severity{}
	note := func(name string, s check.Severity) {
		if old, ok := worst[name]; name != "" && (!ok || s.Rank() < old.Rank()) {
			worst[name] = s
		}
	}
	for _, f := range findings {
		if f.Accepted != nil {
			continue
		}
		for _, name := range f.assets() {
			note(name, f.Severity)
		}
		at, _, _ := strings.Cut(f.Endpoint, "/")
		if ap, err := netip.ParseAddrPort(at); err == nil {
			note(ap.Addr().String(), f.Severity)
		}
	}
	out := []Asset{}
	for _, d := range b.run.Domains {
		out = append(out, Asset{Kind: "domain", Name: d.Name, Proven: d.Proven, Worst: string(worst[d.Name])})
	}
	leading := map[netip.Addr][]string{}
	for _, n := range b.run.Names {
		a := Asset{Kind: "name", Name: n.Name, Proven: n.Proven, Addresses: n.Addresses, Provider: n.Provider, Worst: string(worst[n.Name])}
		for _, s := range n.From {
			a.From = append(a.From, strings.TrimSpace(s.Kind+" "+s.In))
		}
		out = append(out, a)
		for _, addr := range n.Addresses {
			leading[addr] = append(leading[addr], n.Name)
		}
	}
	return append(out, b.addresses(leading, worst)...)
}

// addresses lists the addresses that answered.
func (b *builder) addresses(leading map[netip.Addr][]string, worst map[string]check.Severity) []Asset {
	at := map[netip.Addr]*Asset{}
	var order []netip.Addr
	for _, e := range b.run.Endpoints {
		addr := e.Address.Addr()
		a := at[addr]
		if a == nil {
			a = &Asset{Kind: "address", Name: addr.String(), Proven: true, Names: leading[addr], Worst: string(worst[addr.String()])}
			at[addr] = a
			order = append(order, addr)
		}
		seen := Endpoint{At: e.Address.String() + "/" + e.Transport}
		if e.Service != nil {
			seen.Protocol, seen.Product = e.Service.Protocol, strings.TrimSpace(e.Service.Product+" "+e.Service.Version)
			if e.Service.TLS && seen.Protocol != "" && seen.Protocol != "tls" {
				seen.Protocol += "+tls"
			}
		}
		a.Endpoints = append(a.Endpoints, seen)
	}
	var out []Asset
	for _, addr := range order {
		out = append(out, *at[addr])
	}
	return out
}

// gaps adds what the audit could not look at.
func (b *builder) gaps(r *Report) {
	for _, g := range b.run.Gaps {
		r.NotChecked = append(r.NotChecked, NotChecked{Subject: g.Subject, Part: g.Part, Why: string(g.Why), Text: b.t.why(string(g.Why)), Detail: g.Detail})
	}
	slices.SortStableFunc(r.NotChecked, func(a, b NotChecked) int {
		return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Part, b.Part), strings.Compare(a.Why, b.Why), strings.Compare(a.Detail, b.Detail))
	})
	r.NotChecked = slices.Compact(r.NotChecked)
}

func (b *builder) statistics(r *Report) Statistics {
	s := Statistics{
		Domains: len(b.run.Domains), Names: len(b.run.Names), Addresses: len(b.run.Hosts), Endpoints: len(b.run.Endpoints),
		BySeverity: map[check.Severity]int{}, Counting: map[check.Severity]int{}, Checks: len(r.Checks),
	}
	for _, severity := range check.Severities() {
		s.BySeverity[severity], s.Counting[severity] = 0, 0
	}
	for _, h := range b.run.Hosts {
		if h.Alive() {
			s.Alive++
		}
	}
	for _, f := range r.Findings {
		if f.Accepted != nil {
			s.Accepted++
			continue
		}
		s.BySeverity[f.Severity]++
		if f.Counts {
			s.Counting[f.Severity]++
		}
	}
	for _, c := range r.Checks {
		if c.Status == "failed" {
			s.ChecksFound++
		}
	}
	return s
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// SecondAudit gives the days between which a second audit proves that the level holds.
func (r *Report) SecondAudit() (from, until time.Time) {
	return r.AsOf.Add(check.SecondFrom), r.AsOf.Add(check.SecondTo)
}
