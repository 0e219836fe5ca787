package referential

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// frame is what a rule sees: the judged structure at a moment. Rules that look at members or at the group make another one.
type frame struct {
	pkg     *Package
	world   *World
	index   *index
	subject Subject
	at      time.Time // the moment
	today   day       // in the zone
	zone    *time.Location
}

// about is the same frame for another structure.
func (f *frame) about(s Subject) *frame {
	other := *f
	other.subject = s
	return &other
}

// index holds the facts and documents known at the moment, in an order that does not depend on how they came.
type index struct {
	facts     map[string]map[string][]Fact // structure → key → oldest observation first
	documents map[string][]Document        // structure → oldest deposit first
	days      map[day]Text                 // days already written: many reasons speak of the same
	tallies   map[[3]int][]Param           // values of the messages of rule_logic.go, likewise
	titles    map[*Package][]Param         // values that name a package, likewise
}

// tally gives the values of a message that counts reasons: failed, open and in all. They are shared: nobody changes them.
func (x *index) tally(failed, open, total int) []Param {
	key := [3]int{failed, open, total}
	params, known := x.tallies[key]
	if !known {
		params = []Param{number("failed", float64(failed)), number("open", float64(open)), number("total", float64(total))}
		x.tallies[key] = params
	}
	return params
}

// title gives the values of a message that names a package; shared likewise.
func (x *index) title(p *Package) []Param {
	params, known := x.titles[p]
	if !known {
		params = []Param{label("package", p.Title)}
		x.titles[p] = params
	}
	return params
}

func newIndex(w *World, at time.Time) *index {
	x := &index{facts: map[string]map[string][]Fact{}, documents: map[string][]Document{}, days: map[day]Text{}, tallies: map[[3]int][]Param{}, titles: map[*Package][]Param{}}
	x.sort(w.Facts, at)
	for _, keys := range x.facts {
		for key, list := range keys {
			if !slices.IsSortedFunc(list, compareFacts) { // a database gives them in order
				slices.SortFunc(list, compareFacts)
			}
			// The same observation handed in twice is one observation.
			keys[key] = slices.CompactFunc(list, func(a, b Fact) bool {
				return a.ObservedAt.Equal(b.ObservedAt) && a.Source == b.Source && a.Value.compare(b.Value) == 0
			})
		}
	}
	for _, d := range w.Documents {
		if !d.DepositedAt.After(at) {
			x.documents[d.Structure] = append(x.documents[d.Structure], d)
		}
	}
	for _, list := range x.documents {
		slices.SortFunc(list, func(a, b Document) int {
			return cmp.Or(a.DepositedAt.Compare(b.DepositedAt), strings.Compare(a.ID, b.ID), strings.Compare(a.Kind, b.Kind),
				a.From.Compare(b.From), a.Until.Compare(b.Until), strings.Compare(a.SignerRole, b.SignerRole))
		})
	}
	return x
}

// sort puts the facts observed by a moment under their structures and keys. Most keys have one fact: all lie in one array, of which each key has its part.
func (x *index) sort(facts []Fact, at time.Time) {
	type owner struct{ structure, key string }
	place := make(map[owner]int, len(facts)) // how many of a key there are, then where its next one goes
	for i := range facts {
		if !facts[i].ObservedAt.After(at) {
			place[owner{facts[i].Structure, facts[i].Key}]++
		}
	}
	all, end := make([]Fact, len(facts)), 0
	for o, n := range place {
		if x.facts[o.structure] == nil {
			x.facts[o.structure] = make(map[string][]Fact, len(place))
		}
		x.facts[o.structure][o.key] = all[end : end+n : end+n]
		place[o], end = end, end+n
	}
	for i := range facts {
		if !facts[i].ObservedAt.After(at) {
			o := owner{facts[i].Structure, facts[i].Key}
			all[place[o]] = facts[i]
			place[o]++
		}
	}
}

func compareFacts(a, b Fact) int {
	return cmp.Or(a.ObservedAt.Compare(b.ObservedAt), strings.Compare(a.Source, b.Source), strings.Compare(a.Key, b.Key),
		a.Value.compare(b.Value), strings.Compare(a.Evidence, b.Evidence))
}

// facts gives the observations of a key about the structure, oldest first.
func (f *frame) facts(key string) []Fact {
	known := f.index.facts[f.subject.Structure]
	if !wildKey(key) {
		return known[key]
	}
	var all []Fact
	for k, list := range known {
		if Matches(key, k) {
			all = append(all, list...)
		}
	}
	slices.SortFunc(all, compareFacts)
	return all
}

// wildKey tells whether a declared key speaks of several keys.
func wildKey(declared string) bool { return strings.Contains(declared, "*") }

// Matches tells whether a declared key, in which a part may be "*", speaks of the key of a fact.
func Matches(declared, key string) bool {
	for {
		want, more, moreWanted := strings.Cut(declared, ".")
		got, rest, moreGot := strings.Cut(key, ".")
		if moreWanted != moreGot || want != got && (want != "*" || got == "") || want == "*" && got == "" {
			return false
		}
		if !moreWanted {
			return true
		}
		declared, key = more, rest
	}
}

// sibling finds what the same observation says under another key.
func (f *frame) sibling(of Fact, key string) (Fact, bool) {
	list := f.facts(key)
	for _, s := range slices.Backward(list) {
		if s.Source == of.Source && s.ObservedAt.Equal(of.ObservedAt) {
			return s, true
		}
	}
	return Fact{}, false
}

// kind gives the declaration of a key; reading a package checks that rules use no other.
func (f *frame) kind(key string) FactKind {
	for i := range f.pkg.Facts { // in place, for they are large
		if f.pkg.Facts[i].Key == key {
			return f.pkg.Facts[i]
		}
	}
	return FactKind{Key: key, Label: Text{key, key}, One: Text{key, key}, Many: Text{key, key}}
}

func (f *frame) documentKind(code string) DocumentKind {
	i := slices.IndexFunc(f.pkg.Documents, func(k DocumentKind) bool { return k.Code == code })
	if i < 0 {
		return DocumentKind{Code: code, Label: Text{code, code}}
	}
	return f.pkg.Documents[i]
}

// date shows a day of the calendar in a message, whatever the zone of the reader.
func (f *frame) date(name string, d day) Param {
	words, known := f.index.days[d]
	if !known {
		t := d.start(time.UTC)
		words = Text{FR: writeDay(t, French), EN: writeDay(t, English)}
		f.index.days[d] = words
	}
	return label(name, words)
}
