package referential

import (
	"maps"
	"slices"
	"time"
)

// Board is several packages that judge together: the facts of a structure are put in order once for all of them, and what a new fact may
// change is known without asking the others again. It does not change after it is made, and serves any number of goroutines.
type Board struct {
	packages     []*Package
	requirements map[Ref]seat
	facts        map[string][]Ref // by declared key
	wild         []string         // declared keys with a "*"
	needs        Uses             // of all requirements
	documents    map[string][]Ref // by kind
}

// seat is where a requirement stands on a board.
type seat struct {
	pkg         *Package
	requirement *Requirement
	uses        Uses
	place       int // in the package
}

// NewBoard makes a board of packages. Of two with one id the first counts.
func NewBoard(packages ...*Package) *Board {
	b := &Board{requirements: map[Ref]seat{}, facts: map[string][]Ref{}, documents: map[string][]Ref{}, needs: newUses()}
	taken := map[string]bool{}
	for _, p := range packages {
		if taken[p.ID] {
			continue
		}
		taken[p.ID] = true
		b.packages = append(b.packages, p)
		place := 0
		for r := range p.each {
			ref, uses := Ref{Package: p.ID, Code: r.Code}, p.Uses(*r)
			b.needs.add(uses)
			b.requirements[ref] = seat{pkg: p, requirement: r, uses: uses, place: place}
			place++
			for key := range uses.Facts {
				b.facts[key] = append(b.facts[key], ref)
			}
			for kind := range uses.Documents {
				b.documents[kind] = append(b.documents[kind], ref)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.facts)) {
		if wildKey(key) {
			b.wild = append(b.wild, key)
		}
	}
	return b
}

// Packages gives the packages of the board, in order.
func (b *Board) Packages() []*Package { return b.packages }

// Evaluate judges a structure against every package at a moment, in the order of the packages. World.Parameters holds for all of them; values
// that differ between packages are given with [Package.Given].
func (b *Board) Evaluate(w World, at time.Time) []Assessment {
	x := newIndex(&w, at)
	all := make([]Assessment, len(b.packages))
	for i, p := range b.packages {
		all[i] = p.frameOn(&w, x, at).assess()
	}
	return all
}

// News is what was added to, or taken from, what is known of a structure.
type News struct {
	Facts     []string // keys
	Documents []string // kinds
}

// Touched gives the requirements whose verdict news may alter, in the order of the board. All others keep theirs for the day.
func (b *Board) Touched(n News) []Ref {
	touched := map[Ref]bool{}
	for _, key := range n.Facts {
		for _, ref := range b.facts[key] {
			touched[ref] = true
		}
		for _, declared := range b.wild {
			if declared != key && Matches(declared, key) {
				for _, ref := range b.facts[declared] {
					touched[ref] = true
				}
			}
		}
	}
	for _, kind := range n.Documents {
		for _, ref := range b.documents[kind] {
			touched[ref] = true
		}
	}
	return b.ordered(touched)
}

// All gives every requirement of the board.
func (b *Board) All() []Ref {
	all := make(map[Ref]bool, len(b.requirements))
	for ref := range b.requirements {
		all[ref] = true
	}
	return b.ordered(all)
}

func (b *Board) ordered(set map[Ref]bool) []Ref {
	list := make([]Ref, 0, len(set))
	for _, p := range b.packages {
		for r := range p.each {
			if ref := (Ref{Package: p.ID, Code: r.Code}); set[ref] {
				list = append(list, ref)
			}
		}
	}
	return list
}

// Needs is what must be known to judge some requirements: facts, documents, and whether members and group matter. Without any, what all need;
// that one must not be changed.
func (b *Board) Needs(refs ...Ref) Uses {
	if len(refs) == 0 {
		return b.needs
	}
	u := newUses()
	for _, ref := range refs {
		u.add(b.requirements[ref].uses)
	}
	return u
}

// Judge gives the verdicts on some requirements only. Refs that are not on the board are left out. The verdict on a requirement is the one that
// [Board.Evaluate] gives, even when the world holds no more than what [Board.Needs] names.
func (b *Board) Judge(w World, at time.Time, refs ...Ref) map[Ref]Verdict {
	needs := b.Needs(refs...)
	w.Facts = slices.DeleteFunc(slices.Clone(w.Facts), func(f Fact) bool { return !needs.Fact(f.Key) })
	x := newIndex(&w, at)
	frames := map[string]*frame{}
	verdicts := make(map[Ref]Verdict, len(refs))
	for _, ref := range refs {
		s, known := b.requirements[ref]
		if !known {
			continue
		}
		f := frames[ref.Package]
		if f == nil {
			f = s.pkg.frameOn(&w, x, at)
			frames[ref.Package] = f
		}
		verdicts[ref] = f.judge(s.requirement)
	}
	return verdicts
}

// Place is where a requirement stands in the requirements of its package; false when it is not on the board.
func (b *Board) Place(ref Ref) (int, bool) {
	s, ok := b.requirements[ref]
	return s.place, ok
}
