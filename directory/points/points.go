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
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/controllers"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/internal/permissions"
	"hygie/directory/points/rule"
)

// Status is the outcome of a point on a domain (docs/schema/directory-audit.schema.json, point).
type Status string

// The outcomes (docs/schema/directory-audit.schema.json, point).
const (
	Passed       Status = "passed"
	Failed       Status = "failed"
	NotEvaluated Status = "not_evaluated"
)

// Verdict is the outcome of one point on one domain (docs/schema/directory-audit.schema.json, point).
type Verdict struct {
	Point     rule.Point
	Status    Status
	Failed    []int    // levels that fail, ascending
	Undecided []int    // levels that could not be decided, ascending
	Missing   []string // what was lacking: "user:pwdLastSet", "partition:configuration", "object:CN=…", "partial:FILE", "sysvol:permissions"
	Objects   rule.Objects
}

// Result is the outcome of every point on one domain (docs/schema/directory-audit.schema.json, point).
type Result struct {
	Domain     model.DomainInfo
	Level      int  // lowest failed level, 5 when nothing fails
	UpperBound bool // an undecided level could lower Level: the true level is at most Level
	Verdicts   []Verdict
	Counts     Counts
}

// Counts are facts about a domain that a reader wants beside its level (docs/schema/directory-audit.schema.json, accounts).
type Counts struct {
	Users, EnabledUsers, Computers, Groups, DomainControllers, Privileged int
}

// Options of an evaluation (docs/schema/directory-audit.schema.json, point).
type Options struct {
	AsOf time.Time // the instant at which ages are measured; the collection date is the usual choice
}

// BestLevel is the level of a domain on which no point fails (ANSSI, points de contrôle Active Directory).
const BestLevel = 5

// Table lists the control points in the order in which they are decided: by family (ANSSI, points de contrôle Active Directory). The caller owns the
// result.
func Table() []rule.Point {
	var out []rule.Point
	for _, r := range records() {
		p := r.Point
		p.Levels, p.Limits = slices.Clone(p.Levels), slices.Clone(p.Limits)
		out = append(out, p)
	}
	return out
}

func records() []rule.Record {
	return slices.Concat(
		accounts.Privileged(), permissions.Permissions(), accounts.Kerberos(), accounts.Delegation(), permissions.PKI(), controllers.Controllers(),
		accounts.Accounts(), accounts.Passwords(), controllers.Trusts(), permissions.DNS(), controllers.Functional(), accounts.Groups(),
		controllers.RODC(), controllers.Sysvol(), controllers.Quality(),
	)
}

// Evaluate decides every point on every domain: forests by the name of their root, in each the root first, then by name (ANSSI, points de contrôle
// Active Directory). The result depends on the directory and on the options alone.
func Evaluate(dir *model.Directory, o Options) []Result { return NewSurvey(dir, o).Points() }

// Points decides every point on every domain; see [Evaluate].
func (s *Survey) Points() []Result {
	table := records()
	var out []Result
	for _, f := range s.forests {
		shared := make(map[string]Verdict) // points of the forest, decided once
		for _, d := range f.Domains {
			r := Result{Domain: d.Info, Counts: counts(d)}
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

// Level gives the lowest failed level, [BestLevel] when none fails, and whether an undecided level below it could lower it (ANSSI, points de contrôle
// Active Directory).
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

func decide(d *estate.Domain, rec rule.Record) Verdict {
	o := rule.NewOutcome(d, rec.Point)
	if !d.Collected && !rec.Forest {
		o.Missing("partition:" + d.Info.DN)
		return judged(o)
	}
	for _, what := range cutShort(d, rec) {
		o.Missing(what)
	}
	cut := o.Lacking()
	if !rec.Anybody && d.Info.SID.IsZero() {
		o.Missing("domainDNS:objectSid")
	}
	if !rec.Anybody {
		o.Lack([]rule.Need{{Class: "group", Attribute: "objectSid"}, {Class: estate.ClassUser, Attribute: "objectSid"}})
	}
	o.Lack(rec.Needs)
	runs := o.Lacking() == cut && !(cut > 0 && rec.Absence)
	o.Lack(rec.Reads)
	if runs {
		rec.Decide(d, o)
	}
	conclude(o)
	return judged(o)
}

// cutShort says which sources and partitions that a point reads stopped before their end. The point may fail on what was read,
// unless absence is what makes it fail; it cannot pass on it.
func cutShort(d *estate.Domain, rec rule.Record) []string {
	var out []string
	for _, s := range d.Forest.Dir.Sources() {
		if s.Partial {
			out = append(out, "partial:"+s.Name)
		}
	}
	for _, p := range d.Forest.Dir.Partitions() {
		own := p.Kind == model.Domain && p.DN == d.Info.DN && !rec.Forest
		shared := p.DN == d.Forest.Info.ConfigurationDN && (rec.Forest || rec.Configuration)
		schema := p.DN == d.Forest.Info.SchemaDN && rec.ID == "vuln_permissions_schema"
		if p.Partial && (own || shared || schema) {
			out = append(out, "partial:"+p.DN)
		}
	}
	return out
}

func counts(d *estate.Domain) Counts {
	c := Counts{Groups: len(d.Groups)}
	for i := range d.Accounts {
		a := &d.Accounts[i]
		switch {
		case a.Controller():
			c.DomainControllers++
			c.Computers++
		case a.Kind == estate.ComputerKind:
			c.Computers++
		case a.Kind == estate.PersonKind && !a.TrustAccount():
			c.Users++
			if a.Enabled() {
				c.EnabledUsers++
			}
		}
	}
	c.Privileged = len(d.PrivilegedAccounts())
	return c
}
