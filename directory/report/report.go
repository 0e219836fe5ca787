// Package report is the result of a directory audit and its JSON form. The packages below write the other forms (text, html, ods, sarif,
// opengraph) and compare two reports (compare).
//
// A [Report] is complete in itself: it can be stored, read again years later by [Read], compared with another one and
// written in either language. Reasons are kept as a code and parameters beside their sentence, so that the language of a
// stored report does not bind its reader. docs/schema/directory-audit.schema.json describes the JSON form, which is stable
// within a major version.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/control"
	"hygie/directory/findings"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/report/objects"
	"hygie/directory/report/ties"
)

// Format names the JSON form and its major version (docs/schema/directory-audit.schema.json).
const Format = "hygie-directory-audit/1"

// Report is the result of an audit (docs/schema/directory-audit.schema.json).
type Report struct {
	Format      string    `json:"format"`
	AsOf        time.Time `json:"as_of"` // UTC, whole seconds
	ToolVersion string    `json:"tool_version"`
	Language    string    `json:"language"` // of the sentences: "fr" or "en"
	Level       int       `json:"level"`    // the lowest of the domains
	UpperBound  bool      `json:"level_is_upper_bound"`
	// LevelUnknown tells that no point of any domain could be decided: Level then is 5, and says nothing.
	LevelUnknown bool       `json:"level_is_unknown,omitempty"`
	Sources      []Source   `json:"sources"`
	Domains      []Domain   `json:"domains"`
	Warnings     []Warning  `json:"warnings"`
	Paths        []Path     `json:"paths"`
	Fixes        []Fix      `json:"fixes"`
	TierZero     []TierZero `json:"tier0"`
	Statistics   Statistics `json:"statistics"`

	Comparison *Comparison `json:"comparison,omitempty"`
	WhatIf     *WhatIf     `json:"what_if,omitempty"` // when changes were tried
}

// Source is where the objects come from (docs/schema/directory-audit.schema.json, source).
type Source struct {
	Name      string     `json:"name"`
	Tool      string     `json:"tool"`
	Server    string     `json:"server,omitempty"`
	Account   string     `json:"account,omitempty"`
	Detail    string     `json:"detail,omitempty"`
	Collected *time.Time `json:"collected,omitempty"`
	Partial   bool       `json:"partial"`
}

// Warning is something that the reader of the report must know about its sources (docs/schema/directory-audit.schema.json, warning). Code does not
// depend on the language; a report of an earlier version has the text only.
type Warning struct {
	Source string            `json:"source"`
	Text   string            `json:"text"`
	Code   string            `json:"code,omitempty"`
	Params map[string]string `json:"params,omitempty"`
}

func newWarning(source string, r reasons.Reason, lang string) Warning {
	return Warning{Source: source, Text: r.Text(lang), Code: r.Code, Params: r.Values()}
}

// Domain is the result for one domain (docs/schema/directory-audit.schema.json, domain).
type Domain struct {
	DNSName         string        `json:"dns_name"`
	DN              string        `json:"dn"`
	NetBIOS         string        `json:"netbios,omitempty"`
	SID             string        `json:"sid,omitempty"`
	ForestRoot      bool          `json:"forest_root"`
	FunctionalLevel *int64        `json:"functional_level,omitempty"` // msDS-Behavior-Version
	Level           int           `json:"level"`
	UpperBound      bool          `json:"level_is_upper_bound"`
	LevelUnknown    bool          `json:"level_is_unknown,omitempty"` // no point could be decided
	Levels          []LevelCount  `json:"levels"`
	Points          []Point       `json:"points"`
	Accounts        AccountCounts `json:"accounts"`
	Findings        []Finding     `json:"findings,omitempty"` // beside the points; absent when they were not looked for
	Ties            *ties.Ties    `json:"ties,omitempty"`     // with other domains; absent when they were not looked for
}

// LevelCount counts the points of a level by their outcome at that level (docs/schema/directory-audit.schema.json, levelCount).
type LevelCount struct {
	Level        int `json:"level"`
	Passed       int `json:"passed"`
	Failed       int `json:"failed"`
	NotEvaluated int `json:"not_evaluated"`
}

// AccountCounts are the sizes of a domain (docs/schema/directory-audit.schema.json, accounts).
type AccountCounts struct {
	Users             int `json:"users"`
	EnabledUsers      int `json:"enabled_users"`
	Computers         int `json:"computers"`
	Groups            int `json:"groups"`
	DomainControllers int `json:"domain_controllers"`
	Privileged        int `json:"privileged"`
}

// Point is the verdict of a control point (docs/schema/directory-audit.schema.json, point).
type Point struct {
	ID              string        `json:"id"`
	Family          string        `json:"family"`
	Title           string        `json:"title"`
	Link            string        `json:"link"`
	Forest          bool          `json:"forest"` // decided for the whole forest: the same in each of its domains
	Levels          []int         `json:"levels"`
	Status          points.Status `json:"status"`
	FailedLevels    []int         `json:"failed_levels"`
	UndecidedLevels []int         `json:"undecided_levels"`
	Missing         []string      `json:"missing"`
	Objects         objects.List  `json:"objects"`
}

// Statistics counts what was read (docs/schema/directory-audit.schema.json, statistics).
type Statistics struct {
	Objects           int            `json:"objects"`
	Descriptors       int            `json:"security_descriptors"`
	BadDescriptors    int            `json:"unreadable_security_descriptors"`
	Duplicates        int            `json:"duplicate_objects"`
	Conflicts         int            `json:"conflicting_attributes"`
	UnresolvedMembers int            `json:"unresolved_members"`
	Points            map[string]int `json:"points"` // by status, over all domains

	Control *ControlStatistics `json:"control,omitempty"` // absent when the control graph was not built
}

// Options of a report (docs/schema/directory-audit.schema.json).
type Options struct {
	AsOf     time.Time
	Language string // "fr", the default, or "en"
	Version  string // of the program
}

// New builds the report of an evaluation (docs/schema/directory-audit.schema.json).
func New(d *model.Directory, results []points.Result, o Options) (*Report, error) {
	lang := cmp.Or(o.Language, "fr")
	catalog, err := guidance.Load(lang)
	if err != nil {
		return nil, fmt.Errorf("build report: %w", err)
	}
	r := &Report{
		Format: Format, AsOf: o.AsOf.UTC(), ToolVersion: cmp.Or(o.Version, "unknown"), Language: lang, Level: points.BestLevel,
		Sources: []Source{}, Domains: []Domain{}, Warnings: []Warning{}, Paths: []Path{}, Fixes: []Fix{}, TierZero: []TierZero{},
	}
	for _, s := range d.Sources() {
		source := Source{Name: s.Name, Tool: s.Tool, Server: s.Server, Account: s.Account, Detail: s.Level, Partial: s.Partial}
		if !s.Collected.IsZero() {
			when := s.Collected.UTC()
			source.Collected = &when
		}
		r.Sources = append(r.Sources, source)
		for _, w := range s.Warnings {
			r.Warnings = append(r.Warnings, newWarning(s.Name, w, lang))
		}
	}
	for _, share := range d.StraySysvols() {
		r.Warnings = append(r.Warnings, newWarning(share.Source, reading.Warning("source_sysvol_stray", nil), lang))
	}
	byStatus := map[string]int{string(points.Passed): 0, string(points.Failed): 0, string(points.NotEvaluated): 0}
	for _, each := range results {
		domain := newDomain(each, catalog)
		r.Domains = append(r.Domains, domain)
		for _, p := range domain.Points {
			byStatus[string(p.Status)]++
		}
	}
	r.Level, r.UpperBound = overall(r.Domains)
	r.LevelUnknown = !slices.ContainsFunc(r.Domains, func(d Domain) bool { return !d.LevelUnknown })
	s := d.Stats()
	r.Statistics = Statistics{
		Objects: s.Objects, Descriptors: s.Descriptors, BadDescriptors: s.BadDescriptors, Duplicates: s.Duplicates,
		Conflicts: s.Conflicts, UnresolvedMembers: s.UnresolvedMembers, Points: byStatus,
	}
	return r, nil
}

// overall gives the lowest level, and whether a domain whose level is not certain could lower it.
func overall(domains []Domain) (level int, upperBound bool) {
	level = points.BestLevel
	for _, d := range domains {
		level = min(level, d.Level)
	}
	for _, d := range domains {
		for _, p := range d.Points {
			upperBound = upperBound || slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < level })
		}
	}
	return level, upperBound
}

func newDomain(r points.Result, catalog guidance.Catalog) Domain {
	d := Domain{
		DNSName: r.Domain.DNSName, DN: r.Domain.DN, NetBIOS: r.Domain.NetBIOS, SID: r.Domain.SID.String(),
		ForestRoot: r.Domain.ForestRoot, Level: r.Level, UpperBound: r.UpperBound,
		Accounts: AccountCounts{
			Users: r.Counts.Users, EnabledUsers: r.Counts.EnabledUsers, Computers: r.Counts.Computers, Groups: r.Counts.Groups,
			DomainControllers: r.Counts.DomainControllers, Privileged: r.Counts.Privileged,
		},
	}
	if level := r.Domain.FunctionalLevel; level >= 0 {
		d.FunctionalLevel = &level
	}
	for level := 1; level < points.BestLevel; level++ {
		d.Levels = append(d.Levels, countLevel(r.Verdicts, level))
	}
	for _, v := range r.Verdicts {
		d.Points = append(d.Points, newPoint(v, catalog))
	}
	d.LevelUnknown = !slices.ContainsFunc(d.Points, func(p Point) bool { return p.Status != points.NotEvaluated })
	return d
}

func countLevel(verdicts []points.Verdict, level int) LevelCount {
	c := LevelCount{Level: level}
	for _, v := range verdicts {
		switch {
		case !slices.Contains(v.Point.Levels, level):
		case slices.Contains(v.Failed, level):
			c.Failed++
		case slices.Contains(v.Undecided, level):
			c.NotEvaluated++
		default:
			c.Passed++
		}
	}
	return c
}

func newPoint(v points.Verdict, catalog guidance.Catalog) Point {
	text, _ := catalog.Point(v.Point.ID)
	return Point{
		ID: v.Point.ID, Family: v.Point.Family, Title: text.Title, Link: text.Link(), Forest: v.Point.Forest,
		Levels: v.Point.Levels, Status: v.Status, FailedLevels: notNil(v.Failed), UndecidedLevels: notNil(v.Undecided),
		Missing: notNil(v.Missing), Objects: objects.FoundBy(&v.Objects, catalog.Language()),
	}
}

// notNil keeps lists from being null in JSON.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// In gives the report with its sentences in a language, "fr" or "en". The report itself is not changed.
func (r *Report) In(lang string) (*Report, error) {
	if lang == r.Language {
		return r, nil
	}
	catalog, err := guidance.Load(lang)
	if err != nil {
		return nil, fmt.Errorf("translate report: %w", err)
	}
	out := *r
	out.Language = lang
	out.Warnings = slices.Clone(r.Warnings)
	for i := range out.Warnings {
		w := &out.Warnings[i]
		w.Text = objects.ReasonText(w.Code, w.Params, w.Text, lang)
	}
	out.Domains = slices.Clone(r.Domains)
	texts, err := findings.LoadTexts(lang)
	if err != nil {
		return nil, fmt.Errorf("translate report: %w", err)
	}
	for i := range out.Domains {
		d := &out.Domains[i]
		d.Findings = d.findingsIn(texts, lang)
		d.Points = slices.Clone(d.Points)
		for j := range d.Points {
			p := &d.Points[j]
			if text, ok := catalog.Point(p.ID); ok {
				p.Title = text.Title
			}
			p.Objects = p.Objects.In(lang)
		}
	}
	if err := out.controlIn(lang); err != nil {
		return nil, fmt.Errorf("translate report: %w", err)
	}
	if r.WhatIf != nil {
		means, err := control.Catalog(lang)
		if err != nil {
			return nil, fmt.Errorf("translate report: %w", err)
		}
		out.WhatIf = r.WhatIf.in(catalog, texts, means)
	}
	if r.Comparison != nil {
		if out.Comparison, err = r.Comparison.In(lang); err != nil {
			return nil, fmt.Errorf("translate report: %w", err)
		}
	}
	return &out, nil
}

// Failed lists the failed points of a domain, the lowest failed level first, then as the report orders them.
func (d *Domain) Failed() []Point {
	var out []Point
	for _, p := range d.Points {
		if p.Status == points.Failed {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Point) int { return cmp.Compare(a.lowest(), b.lowest()) })
	return out
}

// lowest gives the lowest failed level; above every level when a report read back names none.
func (p Point) lowest() int {
	if len(p.FailedLevels) == 0 {
		return points.BestLevel
	}
	return slices.Min(p.FailedLevels)
}

// First lists at most n failed points to begin with: those that hold the domain at its level, the least effort first.
func (d *Domain) First(catalog guidance.Catalog, n int) []Point {
	effort := map[guidance.Grade]int{guidance.Low: 0, guidance.Medium: 1, guidance.High: 2}
	out := slices.DeleteFunc(d.Failed(), func(p Point) bool { return p.lowest() > d.Level })
	slices.SortStableFunc(out, func(a, b Point) int {
		x, _ := catalog.Point(a.ID)
		y, _ := catalog.Point(b.ID)
		return cmp.Or(cmp.Compare(effort[x.Effort], effort[y.Effort]), cmp.Compare(effort[x.Risk], effort[y.Risk]))
	})
	return out[:min(n, len(out))]
}

// Heading names a point even when it is one that this version has no text for.
func (p Point) Heading() string { return cmp.Or(p.Title, p.ID) }

// Measure is the level of the report.
func (r *Report) Measure() Measure {
	m := Measure{AsOf: r.AsOf, Level: r.Level, AtMost: r.UpperBound}
	if r.LevelUnknown {
		m.Level, m.AtMost = 0, false
	}
	return m
}

func (d *Domain) Measure() Measure {
	if d.LevelUnknown {
		return Measure{}
	}
	return Measure{Level: d.Level, AtMost: d.UpperBound}
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

// AddTies completes the report with what each domain has in common with others.
func (r *Report) AddTies(s *points.Survey) {
	for _, v := range s.Views() {
		for i := range r.Domains {
			if d := &r.Domains[i]; strings.EqualFold(d.DN, v.Domain().DN) && v.Collected() {
				d.Ties = ties.Of(v)
			}
		}
	}
}
