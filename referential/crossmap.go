package referential

import (
	"errors"
	"fmt"
	"slices"
)

// Relation says how much of a requirement another one covers, read from left to right.
type Relation string

// The relations. Equal and Superset carry over: who meets the first has shown the second.
const (
	Equal      Relation = "equal"      // both ask for the same
	Superset   Relation = "superset"   // the first asks for all of the second, and more
	Subset     Relation = "subset"     // the first is a part of the second
	Intersects Relation = "intersects" // they share a part
)

// reverse is the relation read from right to left.
func (r Relation) reverse() Relation {
	switch r {
	case Superset:
		return Subset
	case Subset:
		return Superset
	}
	return r
}

// whole tells whether meeting the first is enough for the second.
func (r Relation) whole() bool { return r == Equal || r == Superset }

// Map is one version of the links between requirements of several packages, so that what was shown once serves again.
type Map struct {
	ID      string
	Version string
	Title   Text
	Source  Source
	Pairs   []Pair
}

// Pair is the links from the requirements of one package to those of another.
type Pair struct {
	From, To string // ids of packages
	Source   Source
	Links    []Link
}

// Link says how a requirement of the first package stands to one of the second.
type Link struct {
	From, To  string // codes of requirements
	Relation  Relation
	Strength  int       // how close they are, 1 to 10; 0: nobody said
	Rationale Rationale // how they were compared; empty: nobody said
	Note      Text
}

// Rationale says by what two requirements were compared (as NIST IR 8278A has it).
type Rationale string

// The rationales.
const (
	Syntactic  Rationale = "syntactic"  // word for word
	Semantic   Rationale = "semantic"   // by what the words mean
	Functional Rationale = "functional" // by what comes of doing it
)

// Rationales gives the rationales.
func Rationales() []Rationale { return []Rationale{Syntactic, Semantic, Functional} }

// strongest is the greatest strength of a link (NIST IR 8278A).
const strongest = 10

// Shown is a requirement that another package shows already.
type Shown struct {
	Package, Code string // what is shown
	By            Ref
	Relation      Relation // of By to what is shown
	Whole         bool     // By is enough; else it shows a part
	Verdict       Verdict  // of By: its reasons, facts and documents say since when and how
	Note          Text
}

// Ref names a requirement of a package.
type Ref struct{ Package, Code string }

// Shown lists what is shown of a package by others whose verdicts are given, by id. Only what is met shows something; of several that do, those
// that are enough come first, then in the order of the map.
func (m *Map) Shown(pkg string, judged map[string]Assessment) []Shown {
	var all []Shown
	add := func(from Ref, to string, relation Relation, note Text) {
		v, ok := judged[from.Package].Verdict(from.Code)
		if ok && v.Status == Met {
			all = append(all, Shown{Package: pkg, Code: to, By: from, Relation: relation, Whole: relation.whole(), Verdict: v, Note: note})
		}
	}
	for _, p := range m.Pairs {
		for _, l := range p.Links {
			if p.To == pkg {
				add(Ref{p.From, l.From}, l.To, l.Relation, l.Note)
			}
			if p.From == pkg {
				add(Ref{p.To, l.To}, l.From, l.Relation.reverse(), l.Note)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Shown) int {
		switch {
		case a.Whole == b.Whole:
			return 0
		case a.Whole:
			return -1
		}
		return 1
	})
	return all
}

// Joins tells whether there is any link between two packages.
func (m *Map) Joins(a, b string) bool {
	return slices.ContainsFunc(m.Pairs, func(p Pair) bool { return p.From == a && p.To == b || p.From == b && p.To == a })
}

// Check tells of links to packages or requirements that are not there.
func (m *Map) Check(packages []*Package) error {
	var faults []error
	for _, ref := range m.Lost(packages) {
		if ref.Code == "" {
			faults = append(faults, fmt.Errorf("map %s: there is no package %s", m.ID, ref.Package))
		} else {
			faults = append(faults, fmt.Errorf("map %s: package %s has no requirement %s", m.ID, ref.Package, ref.Code))
		}
	}
	return errors.Join(faults...)
}

// Lost lists what the links name and the packages do not have: requirements, and packages without a code. Each is named once.
func (m *Map) Lost(packages []*Package) []Ref {
	codes := map[Ref]bool{}
	known := map[string]bool{}
	for _, p := range packages {
		known[p.ID] = true
		for r := range p.each {
			codes[Ref{p.ID, r.Code}] = true
		}
	}
	var lost []Ref
	add := func(ref Ref) {
		if !slices.Contains(lost, ref) {
			lost = append(lost, ref)
		}
	}
	for _, p := range m.Pairs {
		for _, id := range []string{p.From, p.To} {
			if !known[id] {
				add(Ref{Package: id})
			}
		}
		for _, l := range p.Links {
			for _, ref := range []Ref{{p.From, l.From}, {p.To, l.To}} {
				if known[p.From] && known[p.To] && !codes[ref] {
					add(ref)
				}
			}
		}
	}
	return lost
}

// ReadMap reads a file of links between packages (docs/formats/referential.md). The error holds all faults with their places ([Problems]).
func ReadMap(file string, data []byte) (*Map, error) {
	return readMap(file, data, nil)
}

func readMap(file string, data []byte, watch func(name, key string)) (*Map, error) {
	faults := &problems{file: file}
	r := &reader{problems: faults, watch: watch, used: map[string]*node{}}
	root := parse(faults, data)
	m := &Map{}
	if root != nil {
		r.readMap(m, root)
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return m, nil
}

func (r *reader) readMap(m *Map, n *node) {
	o := r.object("map", n)
	if o == nil {
		return
	}
	if format, ok := o.number("format", 0, 1000); !ok || format != Format {
		r.add(o.node, "map: format must be %d", Format)
	}
	m.ID = r.code(o, "map", idForm)
	m.Version = r.code(o, "version", versionForm)
	m.Title = o.bilingual(r, "title", true)
	m.Source = r.source(o)
	linked := map[[2]Ref]bool{}
	for _, n := range o.items("pairs", true) {
		p := r.object("pair", n)
		if p == nil {
			continue
		}
		pair := Pair{From: r.code(p, "from", idForm), To: r.code(p, "to", idForm), Source: r.source(p)}
		if pair.From == pair.To && pair.From != "" {
			r.add(n, "pair: a package cannot be linked to itself")
		}
		pair.Links = r.links(p, pair, linked)
		p.done()
		m.Pairs = append(m.Pairs, pair)
	}
	o.done()
}

// links reads the links of a pair. Two requirements are linked once in a file, from whichever side.
func (r *reader) links(p *object, pair Pair, linked map[[2]Ref]bool) []Link {
	var all []Link
	for _, n := range p.items("links", true) {
		l := r.object("link", n)
		if l == nil {
			continue
		}
		one := Link{From: r.code(l, "from", codeForm), To: r.code(l, "to", codeForm), Relation: choice(l, "relation", true, Equal, Superset, Subset, Intersects),
			Rationale: choice(l, "rationale", false, Rationales()...), Note: l.bilingual(r, "note", false)}
		if strength, ok := l.number("strength", 1, strongest); ok && strength != float64(int(strength)) {
			r.add(l.get("strength"), "link: strength is a whole number")
		} else {
			one.Strength = int(strength)
		}
		from, to := Ref{pair.From, one.From}, Ref{pair.To, one.To}
		if linked[[2]Ref{from, to}] || linked[[2]Ref{to, from}] {
			r.add(n, "link: %s and %s are linked twice", one.From, one.To)
		}
		l.done()
		linked[[2]Ref{from, to}] = true
		all = append(all, one)
	}
	return all
}

// IsMap tells whether a file is one of links between packages, by its first keys.
func IsMap(data []byte) bool {
	faults := &problems{}
	root := parse(faults, data)
	return root != nil && root.form == mapping && slices.ContainsFunc(root.pairs, func(e entry) bool { return e.key.text == "map" }) &&
		!slices.ContainsFunc(root.pairs, func(e entry) bool { return e.key.text == "axes" })
}
