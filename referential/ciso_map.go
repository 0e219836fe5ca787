package referential

import (
	"fmt"
	"slices"
	"strings"
)

// IsCISOMap tells whether a file is a library of CISO Assistant that links frameworks and holds none.
func IsCISOMap(data []byte) bool {
	root := parseUpTo(&problems{}, data, maxLibrary)
	if root == nil || root.form != mapping {
		return false
	}
	has := map[string]bool{}
	for _, e := range root.pairs {
		if e.key.text == "objects" && e.value.form == mapping {
			for _, one := range e.value.pairs {
				has[one.key.text] = true
			}
		}
	}
	return (has["requirement_mapping_set"] || has["requirement_mapping_sets"]) && !has["framework"] && !has["frameworks"]
}

// ReadCISOMap turns the mapping sets of a library of CISO Assistant into links between packages. A library names frameworks and their lines by URN;
// known are the packages in which these are looked up. Of a framework that is not among them the codes are the last parts of its URNs, and a note
// says so. A set that says the same as another from the other side adds nothing: links are read both ways.
func ReadCISOMap(file string, data []byte, known []*Package) (*Map, []string, error) {
	faults := &problems{file: file}
	root := parseUpTo(faults, data, maxLibrary)
	l := &mapLibrary{library: &library{reader: &reader{problems: faults}}, known: newNames(known), linked: map[[2]Ref]Relation{}}
	var m *Map
	if root != nil {
		root.withoutNothing()
		m = l.read(root)
	}
	if err := faults.err(); err != nil {
		return nil, nil, err
	}
	text, err := WriteMap(m)
	if err != nil {
		return nil, nil, fmt.Errorf("convert %s: %w", file, err)
	}
	if m, err = ReadMap(file, text); err != nil {
		return nil, nil, fmt.Errorf("convert %s: what it says makes no links: %w", file, err)
	}
	return m, l.notes(), nil
}

type mapLibrary struct {
	*library
	known  names
	linked map[[2]Ref]Relation
}

func (l *mapLibrary) read(root *node) *Map {
	o := l.object("library", root)
	if o == nil {
		return nil
	}
	objects := l.object("objects", o.need("objects"))
	if objects == nil {
		return nil
	}
	l.head(o)
	m := &Map{ID: idOf(words(o.get("ref_id")), words(o.get("urn"))), Version: l.version(o), Title: l.text(o, "name"), Source: l.sourceOf(o)}
	if m.Title.IsZero() {
		l.add(o.node, "library: %q is missing", "name")
	}
	for _, e := range objects.node.pairs {
		switch e.key.text {
		case "requirement_mapping_set", "requirement_mapping_sets":
			sets := e.value.items
			if e.value.form == mapping {
				sets = []*node{e.value}
			}
			for _, n := range sets {
				l.set(m, n)
			}
		default:
			l.note(e.key, "%s: not carried over", cut(e.key.text, 64))
		}
	}
	if len(m.Pairs) == 0 {
		l.add(objects.node, "objects: there is no link between two frameworks")
	}
	return m
}

func (l *mapLibrary) set(m *Map, n *node) {
	o := l.object("mapping set", n)
	if o == nil {
		return
	}
	from, to := l.framework(o, "source_framework_urn"), l.framework(o, "target_framework_urn")
	if from == to {
		l.note(n, "a mapping set between a framework and itself is left out")
		return
	}
	pair := Pair{From: from, To: to, Source: m.Source}
	if source, ok := l.source(o); ok {
		pair.Source = source
	}
	for _, n := range o.items("requirement_mappings", true) {
		link, ok := l.link(n, from, to)
		if ok && !l.said(n, pair, link) {
			pair.Links = append(pair.Links, link)
		}
	}
	if len(pair.Links) > 0 {
		m.Pairs = append(m.Pairs, pair)
	}
}

// framework gives the id of the package that a mapping set names.
func (l *mapLibrary) framework(o *object, key string) string {
	n := o.need(key)
	urn := strings.ToLower(words(n))
	if p := l.known.packages[urn]; p != nil {
		return p.ID
	}
	if n != nil {
		l.note(n, "%s is not among the packages given: its codes are the last parts of its URNs", cut(urn, 200))
	}
	return idOf("", urn)
}

func (l *mapLibrary) link(n *node, from, to string) (link Link, ok bool) {
	o := l.object("mapping", n)
	if o == nil {
		return Link{}, false
	}
	relation, ok := map[string]Relation{"equal": Equal, "subset": Subset, "superset": Superset, "intersect": Intersects}[words(o.get("relationship"))]
	if !ok {
		l.note(n, "relationships of another kind than equal, subset, superset and intersect are left out")
		return Link{}, false
	}
	link = Link{Relation: relation, Note: l.text(o, "annotation")}
	var first, second bool
	link.From, first = l.requirement(o.need("source_requirement_urn"), from)
	link.To, second = l.requirement(o.need("target_requirement_urn"), to)
	if s := o.get("strength_of_relationship"); s != nil {
		if s.form == numeric && s.number >= 1 && s.number <= strongest && s.number == float64(int(s.number)) {
			link.Strength = int(s.number)
		} else if words(s) != "0" {
			l.note(s, "strengths outside 1 to %d are left out", strongest)
		}
	}
	if why := o.get("rationale"); why != nil {
		if link.Rationale = Rationale(words(why)); !slices.Contains(Rationales(), link.Rationale) {
			link.Rationale = ""
			l.note(why, "rationales other than syntactic, semantic and functional are left out")
		}
	}
	return link, first && second
}

// requirement gives the code of a line by its URN.
func (l *mapLibrary) requirement(n *node, pkg string) (string, bool) {
	urn := strings.ToLower(words(n))
	if n == nil || urn == "" {
		return "", false
	}
	if code := l.known.codes[pkg][urn]; code != "" {
		return code, true
	}
	if l.known.codes[pkg] != nil {
		l.note(n, "links to lines that are no requirement of package %s are left out", pkg)
		return "", false
	}
	code := codeOfRef(lastPart(urn), "")
	return code, code != ""
}

// said tells whether two lines were linked before, in this set or in another, from whichever side.
func (l *mapLibrary) said(n *node, pair Pair, link Link) bool {
	from, to := Ref{pair.From, link.From}, Ref{pair.To, link.To}
	if back, ok := l.linked[[2]Ref{to, from}]; ok {
		if back != link.Relation.reverse() {
			l.note(n, "what the two directions of a set say differently is taken from the first")
		}
		return true
	}
	if _, ok := l.linked[[2]Ref{from, to}]; ok {
		l.note(n, "what is linked twice is linked as it was first")
		return true
	}
	l.linked[[2]Ref{from, to}] = link.Relation
	return false
}

// names are the URNs under which packages and their requirements are known.
type names struct {
	packages map[string]*Package
	codes    map[string]map[string]string // by id of the package, by URN
}

func newNames(known []*Package) names {
	n := names{packages: map[string]*Package{}, codes: map[string]map[string]string{}}
	for _, p := range known {
		w := cisoWriter{pkg: p, base: ownURN}
		n.packages[w.frameworkURN()] = p
		n.codes[p.ID] = map[string]string{}
		for r := range p.each {
			n.codes[p.ID][w.requirementURN(*r)] = r.Code
		}
	}
	return n
}
