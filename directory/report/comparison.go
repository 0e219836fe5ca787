package report

import (
	"slices"
	"time"

	"hygie/directory/control"
	"hygie/directory/findings"
	"hygie/directory/points/guidance"
	"hygie/directory/report/objects"
	"hygie/finding"
)

// Comparison says what changed since an earlier report, the baseline (docs/schema/directory-audit.schema.json, comparison).
//
// What was found is known again by its rule and its object, whatever the object is called now (package finding). What a rule that lacked
// data no longer shows is unverified, not fixed.
type Comparison struct {
	BaselineAsOf time.Time      `json:"baseline_as_of"`
	Level        LevelChange    `json:"level"` // of the whole report; its dns_name is empty
	Domains      []LevelChange  `json:"domains"`
	Trend        []Measure      `json:"trend"`   // the reports that were compared, the oldest first, this one last
	Counts       map[string]int `json:"counts"`  // objects of points, by status
	Changes      []Change       `json:"changes"` // objects of points that are new, back, fixed or unverified, and persisting ones that changed
	Points       []RuleChange   `json:"points"`  // the points of which something changed

	Findings FindingComparison `json:"findings"`
	Paths    PathComparison    `json:"paths"`
}

// LevelChange is the level of a domain before and now; zero when the domain is in one report only, or its level is not known
// (docs/schema/directory-audit.schema.json, levelChange).
type LevelChange struct {
	DNSName      string `json:"dns_name"`
	Before       int    `json:"level_before"`
	BeforeAtMost bool   `json:"level_before_is_upper_bound"`
	Now          int    `json:"level_now"`
	NowAtMost    bool   `json:"level_now_is_upper_bound"`
}

// Measure is the level that a report found; zero when it could decide nothing (docs/schema/directory-audit.schema.json, measure).
type Measure struct {
	AsOf   time.Time `json:"as_of"`
	Level  int       `json:"level"`
	AtMost bool      `json:"level_is_upper_bound"`
}

// Change is an object of a point whose status is worth reading (docs/schema/directory-audit.schema.json, change).
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

// RuleChange is a point, or a finding beside the points, of which something changed: its outcome, or its objects
// (docs/schema/directory-audit.schema.json, ruleChange).
type RuleChange struct {
	Domain       string `json:"domain"`
	ID           string `json:"id"`
	Title        string `json:"title"`
	Before       string `json:"status_before"` // empty when the report has no such rule
	Now          string `json:"status_now"`
	LevelsBefore []int  `json:"failed_levels_before"` // of a point
	LevelsNow    []int  `json:"failed_levels_now"`
	CountBefore  int    `json:"objects_before"`
	CountNow     int    `json:"objects_now"`
	New          int    `json:"new"`
	Back         int    `json:"back"`
	Fixed        int    `json:"fixed"`
	Unverified   int    `json:"unverified"`
}

// FindingComparison says what became of the findings beside the points (docs/schema/directory-audit.schema.json, findingComparison).
type FindingComparison struct {
	Compared bool            `json:"compared"` // false: a report did not look for them
	Counts   map[string]int  `json:"counts"`   // objects by status
	Rules    []RuleChange    `json:"rules"`    // those of which something changed
	Changes  []FindingChange `json:"changes"`  // objects, as for points; of a rule with more objects than a report lists, none
}

// FindingChange is an object of a finding beside the points whose status is worth reading (docs/schema/directory-audit.schema.json, findingChange).
type FindingChange struct {
	Status   finding.Status    `json:"status"`
	Domain   string            `json:"domain"`
	Finding  string            `json:"finding"`
	Severity findings.Severity `json:"severity"`
	DN       string            `json:"dn"`
	SID      string            `json:"sid,omitempty"`
	GUID     string            `json:"guid,omitempty"`
	Reason   string            `json:"reason"`
	Code     string            `json:"reason_code"`
	Params   map[string]string `json:"reason_params"`
	Changed  bool              `json:"changed,omitempty"`
}

// PathComparison says which ways into tier 0 opened and which are closed (docs/schema/directory-audit.schema.json, pathComparison). A way is known
// again by the right that opens it: who has it, over what, and where it leads; who comes to it first, and by which memberships, may change.
type PathComparison struct {
	Compared bool `json:"compared"` // false: a report did not look at who controls what
	// Partial tells that a report does not list all its ways, or that rights were not read: what is called new may only have been out of sight.
	Partial       bool           `json:"partial"`
	ExposedBefore int            `json:"exposed_before"` // ordinary accounts that can reach tier 0
	ExposedNow    int            `json:"exposed_now"`
	WaysBefore    int            `json:"ways_before"`
	WaysNow       int            `json:"ways_now"`
	Counts        map[string]int `json:"counts"` // listed ways by status; fixed: closed
	Changes       []PathChange   `json:"changes"`
}

// PathChange is a way that is new, back, closed ("fixed") or unverified (docs/schema/directory-audit.schema.json, pathChange).
type PathChange struct {
	Status finding.Status `json:"status"`
	Path   Path           `json:"path"`
}

// In gives the comparison with its sentences in a language.
func (c *Comparison) In(lang string) (*Comparison, error) {
	catalog, err := guidance.Load(lang)
	if err != nil {
		return nil, err
	}
	texts, err := findings.LoadTexts(lang)
	if err != nil {
		return nil, err
	}
	means, err := control.Catalog(lang)
	if err != nil {
		return nil, err
	}
	out := *c
	out.Changes = slices.Clone(c.Changes)
	for i := range out.Changes {
		ch := &out.Changes[i]
		ch.Reason = objects.ReasonText(ch.Code, ch.Params, ch.Reason, lang)
	}
	out.Points = slices.Clone(c.Points)
	for i := range out.Points {
		if text, ok := catalog.Point(out.Points[i].ID); ok {
			out.Points[i].Title = text.Title
		}
	}
	out.Findings.Rules = slices.Clone(c.Findings.Rules)
	for i := range out.Findings.Rules {
		if text, ok := texts[out.Findings.Rules[i].ID]; ok {
			out.Findings.Rules[i].Title = text.Title
		}
	}
	out.Findings.Changes = slices.Clone(c.Findings.Changes)
	for i := range out.Findings.Changes {
		ch := &out.Findings.Changes[i]
		ch.Reason = objects.ReasonText(ch.Code, ch.Params, ch.Reason, lang)
	}
	out.Paths.Changes = slices.Clone(c.Paths.Changes)
	for i := range out.Paths.Changes {
		out.Paths.Changes[i].Path.translate(means)
	}
	return &out, nil
}

// Statuses are what may become of something that was found (docs/schema/directory-audit.schema.json, change).
func Statuses() []finding.Status {
	return []finding.Status{finding.New, finding.Back, finding.Persisting, finding.Fixed, finding.Unverified}
}
