package territory

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"hygie/internal/store"
)

// Interval is the preorder interval of a structure: everything below it has its left number inside.
type Interval struct{ Left, Right int64 }

// Scope is the part of the territory a person may act on, with the right that was checked. Only package right makes one
// outside of tests, by authorising an act, so that a check and the query that follows cannot drift apart. Every store method takes a
// Scope; the zero Scope holds nothing.
type Scope struct {
	intervals []Interval
	leaves    int // how many structures the intervals hold, at the time of the check
}

// NewScope makes a scope from disjoint or nested intervals, which it merges, and the number of structures inside.
func NewScope(leaves int, intervals ...Interval) Scope {
	sorted := slices.SortedFunc(slices.Values(intervals), func(a, b Interval) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(b.Right, a.Right))
	})
	merged := []Interval{}
	for _, next := range sorted {
		if n := len(merged); n > 0 && next.Left <= merged[n-1].Right {
			merged[n-1].Right = max(merged[n-1].Right, next.Right)
			continue
		}
		merged = append(merged, next)
	}
	return Scope{intervals: merged, leaves: leaves}
}

// Everything is the scope of whoever runs the program on the machine that holds the data: the command line and the work done at start. A
// person's request never has it, even an administrator's: theirs comes from package right.
func Everything() Scope {
	return NewScope(math.MaxInt, Interval{Left: math.MinInt64, Right: math.MaxInt64})
}

// Empty tells whether the scope holds nothing.
func (s Scope) Empty() bool { return len(s.intervals) == 0 }

// Whole tells whether the scope is that of the whole installation, structures to come included. It then holds what belongs to no
// structure too, such as the platform's own jobs; the scope of the nation does not.
func (s Scope) Whole() bool { return s.Holds(Interval{Left: 0, Right: math.MaxInt64}) }

// Holds tells whether the structure with this interval is in scope.
func (s Scope) Holds(structure Interval) bool {
	return slices.ContainsFunc(s.intervals, func(i Interval) bool {
		return i.Left <= structure.Left && structure.Right <= i.Right
	})
}

// narrow is the number of structures up to which a query starts from the structures; above it walks the order of the list
// and tests each row. Measured on a million rows: the wrong shape costs 200 times more.
const narrow = 60

// Within restricts a query to the scope: column holds a structure's id. It is the only place that writes a tenancy
// predicate.
func (s Scope) Within(w *store.Where, column string) {
	if s.Empty() {
		w.And("1 = 0")
		return
	}
	var ranges []string
	var args []any
	for _, i := range s.intervals {
		ranges = append(ranges, "scoped.lft between ? and ?")
		args = append(args, i.Left, i.Right)
	}
	inside := "(" + strings.Join(ranges, " or ") + ")"
	if s.leaves <= narrow {
		w.And(column+" in (select scoped.id from structure scoped where "+inside+")", args...)
		return
	}
	w.And("exists (select 1 from structure scoped where scoped.id = "+column+" and "+inside+")", args...)
}
