package finding

// Status is where a finding stands after a second run.
type Status string

// The statuses of a comparison.
const (
	New        Status = "new"        // never seen before
	Persisting Status = "persisting" // in the previous run and in this one
	Fixed      Status = "fixed"      // in the previous run, gone now, and its rule was decided
	Back       Status = "back"       // fixed in an earlier run, here again
	Unverified Status = "unverified" // in the previous run; its rule could not be decided now
)

// Valid tells whether s is one of the statuses above.
func (s Status) Valid() bool {
	switch s {
	case New, Persisting, Fixed, Back, Unverified:
		return true
	}
	return false
}

// Run is what one audit found.
type Run struct {
	Findings []Finding
	// Decided tells whether the run could decide a rule in a scope. A nil function means that every rule was decided.
	Decided func(rule, scope string) bool
}

func (r Run) decided(rule, scope string) bool { return r.Decided == nil || r.Decided(rule, scope) }

// Change is one line of a comparison. Finding is the current one, or the previous one when it is gone.
type Change struct {
	Status  Status
	Finding Finding
	Changed bool   // persisting, with another detail than before
	Before  string // the detail of the previous run, when Changed
}

// Comparison says what became of the findings of two runs: the current ones in the order of Sort, then those that are gone.
type Comparison struct {
	Changes []Change
}

// Count gives the number of changes of a status.
func (c Comparison) Count(s Status) int {
	n := 0
	for _, ch := range c.Changes {
		if ch.Status == s {
			n++
		}
	}
	return n
}

// Of gives the changes of a status, in the order of the comparison.
func (c Comparison) Of(s Status) []Change {
	var out []Change
	for _, ch := range c.Changes {
		if ch.Status == s {
			out = append(out, ch)
		}
	}
	return out
}

// Compare says what changed from previous to current. History holds the findings of runs before previous: a current
// finding that is not in previous but is in history is back rather than new. A finding counts once however often a
// run lists it. What is no longer found and whose rule was decided is fixed; what was not decided is unverified.
//
// A finding that the previous run could not decide, but that history holds, is not "back" (nobody saw it go): it persists.
func Compare(previous, current Run, history ...Finding) Comparison {
	now := unique(current.Findings)
	before := newIndex(unique(previous.Findings))
	past := newIndex(unique(history))
	seen := make([]bool, len(before.list))
	var c Comparison
	for _, f := range now {
		ch := Change{Status: New, Finding: f}
		if i, ok := before.find(f); ok {
			seen[i] = true
			ch.Status = Persisting
			if old := before.list[i].Detail; old != f.Detail {
				ch.Changed, ch.Before = true, old
			}
		} else if _, ok := past.find(f); ok {
			ch.Status = Back
			if !previous.decided(f.Rule, f.Object.Scope) {
				ch.Status = Persisting
			}
		}
		c.Changes = append(c.Changes, ch)
	}
	for i, f := range before.list {
		if seen[i] {
			continue
		}
		status := Unverified
		if current.decided(f.Rule, f.Object.Scope) {
			status = Fixed
		}
		c.Changes = append(c.Changes, Change{Status: status, Finding: f})
	}
	return c
}

// unique sorts a copy of list and drops the findings that repeat an earlier one.
func unique(list []Finding) []Finding {
	sorted := append([]Finding(nil), list...)
	Sort(sorted)
	x := index{byKey: map[string][]int{}}
	for _, f := range sorted {
		if _, ok := x.find(f); !ok {
			x.add(f)
		}
	}
	return x.list
}

// index finds a finding by any identifier of its object, the strongest first.
type index struct {
	list  []Finding
	byKey map[string][]int
}

func newIndex(list []Finding) index {
	x := index{byKey: make(map[string][]int, len(list))}
	for _, f := range list {
		x.add(f)
	}
	return x
}

func (x *index) add(f Finding) {
	i := len(x.list)
	x.list = append(x.list, f)
	for _, k := range keys(f) {
		x.byKey[k] = append(x.byKey[k], i)
	}
}

func (x *index) find(f Finding) (int, bool) {
	for _, k := range keys(f) {
		for _, i := range x.byKey[k] {
			if x.list[i].Object.same(f.Object) {
				return i, true
			}
		}
	}
	return 0, false
}

// keys gives one key for each identifier that f has.
func keys(f Finding) []string {
	head := fold(f.Rule) + "\x00" + fold(f.Object.Scope) + "\x00"
	var out []string
	if f.Object.SID != "" {
		out = append(out, head+"sid:"+fold(f.Object.SID))
	}
	if f.Object.GUID != "" {
		out = append(out, head+"guid:"+fold(f.Object.GUID))
	}
	if f.Object.Name != "" || len(out) == 0 {
		out = append(out, head+"name:"+NormalName(f.Object.Name))
	}
	return out
}
