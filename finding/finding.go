// Package finding gives a finding the same identity in every run, and says what changed between two runs.
//
// A finding is a rule and the object that breaks it. Its identity must survive a rename, a move, another collection tool:
// an object is the same when its SID is, else its GUID, else its normalised name. A second run then says what is new,
// what persists, what was fixed and what came back.
//
// A rule that could not be decided in a run says nothing about its earlier findings: they are neither fixed nor
// persisting but unverified. Announcing a repair that nobody checked is the worst error a second run can make.
//
// The package knows neither directories nor exposure: both audits describe their objects with [Object].
package finding

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Object is the thing a finding is about. Any field may be empty; Name is the name inside Scope that people use: a
// distinguished name for a directory object, an address or a host for an exposed service.
type Object struct {
	Scope string // what makes the identifiers unique: the domain or the perimeter; compared without regard to case
	SID   string // security identifier, text form
	GUID  string // objectGUID, text form
	Name  string // distinguished name, host, address
}

// Finding is one object that breaks one rule.
type Finding struct {
	Rule   string
	Object Object
	Detail string // what may change without changing the identity, such as the levels failed; compared by Changed
}

// ID is a short stable identifier, 16 hexadecimal digits, built from the rule and the strongest identifier of the
// object. Use it as an anchor or a key of the outside world; Compare matches more finely, by every identifier.
func (f Finding) ID() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{fold(f.Rule), fold(f.Object.Scope), f.Object.strongest()}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// strongest gives the identifier that changes least, with its kind.
func (o Object) strongest() string {
	switch {
	case o.SID != "":
		return "sid:" + fold(o.SID)
	case o.GUID != "":
		return "guid:" + fold(o.GUID)
	default:
		return "name:" + NormalName(o.Name)
	}
}

// same tells whether two objects are one, knowing that they share at least one identifier: a stronger identifier that
// both have and that differs refutes a weaker one that agrees (an account deleted and created again under its name).
func (o Object) same(p Object) bool {
	if o.SID != "" && p.SID != "" {
		return strings.EqualFold(o.SID, p.SID)
	}
	if o.GUID != "" && p.GUID != "" {
		return strings.EqualFold(o.GUID, p.GUID)
	}
	return NormalName(o.Name) == NormalName(p.Name)
}

// NormalName folds a name for comparison: case, and the spaces that RFC 4514 allows around the separators of a
// distinguished name. A separator behind a backslash belongs to the value and keeps its surroundings.
func NormalName(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	pending, escaped, start := 0, false, true
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case escaped:
			escaped = false
		case r == ' ':
			pending++
			continue
		case r == ',' || r == '=' || r == '+':
			b.WriteRune(r)
			pending, start = 0, true
			continue
		}
		if !start {
			for range pending {
				b.WriteByte(' ')
			}
		}
		pending, start = 0, false
		b.WriteRune(r)
		escaped = r == '\\' && !escaped
	}
	return b.String()
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Sort orders findings by rule, scope, name and identifiers, so that lists do not depend on how they were made.
func Sort(list []Finding) {
	type keyed struct {
		Finding
		scope, name string // as they compare; worked out once for each finding and not for each comparison
		place       int
	}
	sorted := make([]keyed, len(list))
	for i, f := range list {
		sorted[i] = keyed{f, fold(f.Object.Scope), NormalName(f.Object.Name), i}
	}
	slices.SortFunc(sorted, func(a, b keyed) int {
		return cmp.Or(
			strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.scope, b.scope),
			strings.Compare(a.name, b.name),
			strings.Compare(a.Object.SID, b.Object.SID),
			strings.Compare(a.Object.GUID, b.Object.GUID),
			strings.Compare(a.Detail, b.Detail),
			cmp.Compare(a.place, b.place),
		)
	})
	for i, k := range sorted {
		list[i] = k.Finding
	}
}
