package rule

import (
	"slices"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/sid"
)

// Outcome gathers what a predicate says (docs/schema/directory-audit.schema.json, point).
type Outcome struct {
	Domain  *estate.Domain
	Point   Point
	Objects Objects
	lacks   []lack
}

// lack is something that was not there to be read. No levels: every level of the point.
type lack struct {
	what   string
	levels []int
}

// Limit gives a threshold of a level. A record that asks for one that it does not declare is a fault of the program, shown
// by the first test that runs it.
func (o *Outcome) Limit(level int, name string) int64 {
	for _, l := range o.Point.Limits {
		if l.Level == level && l.Name == name {
			return l.Value
		}
	}
	panic("points: " + o.Point.ID + " has no limit " + name)
}

// Fail reports an object. Without levels, it fails every level of the point.
func (o *Outcome) Fail(id model.ID, r reasons.Reason, levels ...int) {
	if len(levels) == 0 {
		levels = o.Point.Levels
	}
	o.Objects.add(id, r, levels)
}

// FailAbsent reports an object that should be in the directory and is not, by its name; by "<SID=…>", a form that the
// directory accepts as a name (MS-ADTS 3.1.1.3.1.2.4), when it is known by its SID alone.
func (o *Outcome) FailAbsent(dn string, r reasons.Reason, levels ...int) {
	if len(levels) == 0 {
		levels = o.Point.Levels
	}
	o.Objects.addAbsent(dn, r, levels)
}

// FailDomain reports the root of the domain, for a setting or a count of the whole domain.
func (o *Outcome) FailDomain(r reasons.Reason, levels ...int) {
	if root := o.Domain.Info.Root; root != model.None {
		o.Fail(root, r, levels...)
		return
	}
	o.FailAbsent(o.Domain.Info.DN, r, levels...)
}

// Missing says that the levels cannot be decided for lack of something: they are never passed, though they may still fail.
// Without levels, it concerns every level of the point.
func (o *Outcome) Missing(what string, levels ...int) {
	for _, l := range o.lacks {
		if l.what == what && slices.Equal(l.levels, levels) {
			return
		}
	}
	o.lacks = append(o.lacks, lack{what, levels})
}

// Lack notes the attributes that were not asked for.
func (o *Outcome) Lack(list []Need) {
	for _, n := range list {
		if !o.Domain.Collects(n.Class, n.Attribute) {
			o.Missing(n.Class + ":" + n.Attribute)
		}
	}
}

// NeedConfiguration says what is missing when the configuration partition was not collected.
func (o *Outcome) NeedConfiguration(levels ...int) bool {
	if !o.Domain.Forest.Configured {
		o.Missing("partition:configuration", levels...)
		return false
	}
	return true
}

// Covers tells whether the sources would have given the objects of a class of the domain, so that what is not there does not
// exist; what they would not have given is noted as missing.
func (o *Outcome) Covers(class string, levels ...int) bool {
	d := o.Domain
	if d.Forest.Dir.Covers(d.Info.DN, class) {
		return true
	}
	o.Missing("objects:"+class, levels...)
	return false
}

// CoversSettings is covers for the configuration partition.
func (o *Outcome) CoversSettings(class string, levels ...int) bool {
	if o.Domain.Forest.Dir.Covers(o.Domain.Forest.Info.ConfigurationDN, class) {
		return true
	}
	o.Missing("objects:"+class, levels...)
	return false
}

// PrivilegedAccounts gives the privileged accounts, and says when some of them are not known.
func (o *Outcome) PrivilegedAccounts() []estate.Privilege {
	list := o.Domain.PrivilegedAccounts()
	o.Lost()
	return list
}

// Lost says which members of privileged groups no source gave.
func (o *Outcome) Lost() {
	const shown = 20
	for i, dn := range o.Domain.LostMembers {
		if i == shown {
			break
		}
		o.Missing("object:" + dn)
	}
	o.Lack([]Need{{estate.ClassUser, "primaryGroupID"}, {"group", "member"}})
	if _, ok := o.Domain.Builtin(sid.Administrators); !ok {
		o.Missing("object:" + sid.Administrators.String())
	}
	if _, ok := o.Domain.Group(sid.RIDDomainAdmins); !ok {
		o.Missing("object:" + o.Domain.Info.SID.Append(sid.RIDDomainAdmins).String())
	}
}

// Unread says that the descriptor of an object is lacking, in whole or in part: for its whole class when that is how the source
// gives it, else for the object.
// The list stops growing at some length: what is said then is enough to know that the point is not decided.
func (o *Outcome) Unread(id model.ID, levels ...int) {
	const shown = 50
	dir := o.Domain.Forest.Dir
	own, ok := dir.Descriptor(id)
	if !dir.Collected(id, estate.AttrDescriptor) || ok && own.Partial() {
		o.Missing(dir.Class(id)+":"+estate.AttrDescriptor, levels...)
		return
	}
	if len(o.lacks) < shown {
		o.Missing(estate.AttrDescriptor+" of "+dir.DN(id), levels...)
	}
}

// NewOutcome begins to decide a point on a domain (docs/schema/directory-audit.schema.json, point).
func NewOutcome(d *estate.Domain, p Point) *Outcome {
	return &Outcome{Domain: d, Point: p, Objects: Objects{dir: d.Forest.Dir}}
}

// Settle sorts the objects, and gives the levels that fail, those that could not be decided, and what was missing.
func (o *Outcome) Settle() (failed, undecided []int, missing []string) {
	o.Objects.sort()
	for _, level := range o.Point.Levels {
		switch {
		case o.Objects.Fails(level):
			failed = append(failed, level)
		case slices.ContainsFunc(o.lacks, func(l lack) bool { return len(l.levels) == 0 || slices.Contains(l.levels, level) }):
			undecided = append(undecided, level)
		}
	}
	for _, l := range o.lacks {
		missing = append(missing, l.what)
	}
	slices.Sort(missing)
	return failed, undecided, slices.Compact(missing)
}

// Lacking counts what was missing so far.
func (o *Outcome) Lacking() int { return len(o.lacks) }

// Distinct drops what was reported twice for the same reason.
func (o *Outcome) Distinct() { o.Objects.distinct() }
