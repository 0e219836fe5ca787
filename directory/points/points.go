// Package points decides the 76 scored control points of the ANSSI list for Active Directory.
//
// A control point is a record: identifier, family, levels, thresholds, what it reads, and one predicate. The predicate
// gives the verdict and its objects at once, so that a point cannot fail without saying on what, nor list an object
// without failing. [Evaluate] runs every record on every domain of a directory:
//
//	for _, r := range points.Evaluate(dir, points.Options{AsOf: asOf}) {
//		for _, v := range r.Verdicts { … v.Point.ID, v.Status, v.Objects.All() … }
//	}
//
// # Verdicts
//
// A point has one to three levels, decided one by one. A level fails when an object breaks its rule. A level that lacks
// data, an attribute or a partition that the source did not read, is undecided and never passed; what is missing is
// named. A point is failed when one of its levels is, else not evaluated when one is undecided, else passed. A domain
// without read-only domain controllers, trusts or certification authorities passes the points about them: absent is
// not unread.
//
// # Who is privileged
//
// Members at any depth of Administrators, of the account, server, print and backup operators, of Domain Admins, Domain
// Controllers, Schema Admins, Enterprise Admins, Key Admins and Enterprise Key Admins, and the account with relative
// identifier 500. Groups are recognised by their identifier, never by a name that depends on the language of Windows. Domain
// controllers are left out of the checks about accounts. Disabled accounts are part of a check unless its rule says otherwise.
//
// # Thresholds
//
// Ages compare strictly: "unchanged for more than 45 days" fails at 45 days and one second. A password whose date is zero
// ("must change at next logon") is as old as its account: nothing proves that it ever changed. Where the list does not settle
// a figure, the comment of the record says which reading was taken and why.
package points

import (
	"slices"
	"time"

	"hygie/directory/model"
)

// Status is the outcome of a point on a domain.
type Status string

// The outcomes.
const (
	Passed       Status = "passed"
	Failed       Status = "failed"
	NotEvaluated Status = "not_evaluated"
)

// Limit is a threshold of a level.
type Limit struct {
	Level int
	Name  string // what is measured and its unit: "age_days", "share_percent"; see table.csv
	Value int64
}

// Point is a control point of the list, as data.
type Point struct {
	ID     string
	Family string
	Levels []int // ascending
	Limits []Limit
	Forest bool // decided once for the forest, with the configuration partition; the same verdict in each of its domains
}

// Verdict is the outcome of one point on one domain.
type Verdict struct {
	Point     Point
	Status    Status
	Failed    []int    // levels that fail, ascending
	Undecided []int    // levels that could not be decided, ascending
	Missing   []string // what was lacking: "user:pwdLastSet", "partition:configuration", "object:CN=…", "partial:FILE", "sysvol:permissions"
	Objects   Objects
}

// Result is the outcome of every point on one domain.
type Result struct {
	Domain     model.DomainInfo
	Level      int  // lowest failed level, 5 when nothing fails
	UpperBound bool // an undecided level could lower Level: the true level is at most Level
	Verdicts   []Verdict
	Counts     Counts
}

// Counts are facts about a domain that a reader wants beside its level.
type Counts struct {
	Users, EnabledUsers, Computers, Groups, DomainControllers, Privileged int
}

// Options of an evaluation.
type Options struct {
	AsOf time.Time // the instant at which ages are measured; the collection date is the usual choice
}

// BestLevel is the level of a domain on which no point fails.
const BestLevel = 5

// record is a point and how to decide it.
type record struct {
	Point
	needs         []need // without one of these the predicate could be wrong: it does not run
	reads         []need // without one of these the predicate sees less: it may fail, not pass
	configuration bool   // a point of a domain that reads the configuration partition as well
	anybody       bool   // does not ask who anybody is: it can do without identifiers
	absence       bool   // fails on what is absent, or on a share: on a source that was cut short it cannot even fail
	decide        func(*domain, *outcome)
}

// need is an attribute that a predicate uses, on the objects of a class of the domain. Where no object has the class, the
// attribute is not needed.
type need struct{ class, attribute string }

// Table lists the control points in the order in which they are decided: by family. The caller owns the result.
func Table() []Point {
	var out []Point
	for _, r := range records() {
		p := r.Point
		p.Levels, p.Limits = slices.Clone(p.Levels), slices.Clone(p.Limits)
		out = append(out, p)
	}
	return out
}

func records() []record {
	return slices.Concat(
		privilegedRecords(), permissionRecords(), kerberosRecords(), delegationRecords(), pkiRecords(), controllerRecords(),
		accountRecords(), passwordRecords(), trustRecords(), dnsRecords(), functionalRecords(), groupRecords(), rodcRecords(),
		sysvolRecords(), qualityRecords(),
	)
}

// Evaluate decides every point on every domain: forests by the name of their root, in each the root first, then by name. The result depends on the
// directory and on the options alone.
func Evaluate(dir *model.Directory, o Options) []Result { return NewSurvey(dir, o).Points() }

// Points decides every point on every domain; see [Evaluate].
func (s *Survey) Points() []Result {
	table := records()
	var out []Result
	for _, f := range s.forests {
		shared := make(map[string]Verdict) // points of the forest, decided once
		for _, d := range f.domains {
			r := Result{Domain: d.info, Counts: d.counts()}
			for _, rec := range table {
				v, done := shared[rec.ID]
				if !done {
					v = decide(d, rec)
					if rec.Forest {
						shared[rec.ID] = v
					}
				}
				r.Verdicts = append(r.Verdicts, v)
			}
			r.Level, r.UpperBound = Level(r.Verdicts)
			out = append(out, r)
		}
	}
	return out
}

// Level gives the lowest failed level, [BestLevel] when none fails, and whether an undecided level below it could lower it.
func Level(verdicts []Verdict) (level int, upperBound bool) {
	level = BestLevel
	for _, v := range verdicts {
		for _, l := range v.Failed {
			level = min(level, l)
		}
	}
	for _, v := range verdicts {
		for _, l := range v.Undecided {
			upperBound = upperBound || l < level
		}
	}
	return level, upperBound
}

func decide(d *domain, rec record) Verdict {
	o := &outcome{domain: d, point: rec.Point, objects: Objects{dir: d.forest.dir}}
	if !d.collected && !rec.Forest {
		o.missing("partition:" + d.info.DN)
		return o.verdict()
	}
	for _, what := range d.cutShort(rec) {
		o.missing(what)
	}
	cut := len(o.lacks)
	if !rec.anybody && d.info.SID.IsZero() {
		o.missing("domainDNS:objectSid")
	}
	if !rec.anybody {
		o.lack([]need{{"group", "objectSid"}, {classUser, "objectSid"}})
	}
	o.lack(rec.needs)
	runs := len(o.lacks) == cut && !(cut > 0 && rec.absence)
	o.lack(rec.reads)
	if runs {
		rec.decide(d, o)
	}
	o.conclude()
	return o.verdict()
}

// cutShort says which sources and partitions that a point reads stopped before their end. The point may fail on what was read,
// unless absence is what makes it fail; it cannot pass on it.
func (d *domain) cutShort(rec record) []string {
	var out []string
	for _, s := range d.forest.dir.Sources() {
		if s.Partial {
			out = append(out, "partial:"+s.Name)
		}
	}
	for _, p := range d.forest.dir.Partitions() {
		own := p.Kind == model.Domain && p.DN == d.info.DN && !rec.Forest
		shared := p.DN == d.forest.info.ConfigurationDN && (rec.Forest || rec.configuration)
		schema := p.DN == d.forest.info.SchemaDN && rec.ID == "vuln_permissions_schema"
		if p.Partial && (own || shared || schema) {
			out = append(out, "partial:"+p.DN)
		}
	}
	return out
}
