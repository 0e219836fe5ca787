package referential

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

// WriteCISOMap gives links between packages as a library of CISO Assistant: a mapping set for each pair and one for the way back, which that
// program does not derive. Its lines are named by the URNs of the packages that are known; a pair with another is an error.
func WriteCISOMap(m *Map, known []*Package) ([]byte, error) {
	w := mapWriter{m: m, writers: map[string]cisoWriter{}}
	for _, p := range known {
		w.writers[p.ID] = cisoWriter{pkg: p, base: ownURN}
	}
	d, err := w.library()
	if err != nil {
		return nil, fmt.Errorf("write links %s for CISO Assistant: %w", m.ID, err)
	}
	var e emitter
	if err := e.mapping(yaml.MapSlice(d), 0, false); err != nil {
		return nil, fmt.Errorf("write links %s for CISO Assistant: %w", m.ID, err)
	}
	return []byte(e.out.String()), nil
}

type mapWriter struct {
	m       *Map
	writers map[string]cisoWriter // by id of the package
}

func (w mapWriter) library() (d doc, err error) {
	source := annotation(w.m.Source)
	d.set("urn", ownURN+"library:"+w.m.ID)
	d.set("locale", "fr")
	d.set("ref_id", w.m.ID)
	d.set("name", w.m.Title.FR)
	d.set("description", w.m.Title.FR)
	d.set("copyright", w.m.Source.Text.FR)
	d.set("version", wholeVersion(w.m.Version))
	d.set("provider", "hygie")
	d.set("packager", cisoPackager)
	d.set("annotation", source.FR)
	d.set("translations", translations("name", w.m.Title, "description", w.m.Title, "annotation", source))
	var dependencies []string
	var sets []doc
	for _, p := range w.m.Pairs {
		for _, id := range []string{p.From, p.To} {
			of, ok := w.writers[id]
			if !ok {
				return nil, fmt.Errorf("package %s is not known", id)
			}
			if urn := of.libraryURN(); !slices.Contains(dependencies, urn) {
				dependencies = append(dependencies, urn)
			}
		}
		back := Pair{From: p.To, To: p.From, Source: p.Source}
		for _, l := range p.Links {
			l.From, l.To, l.Relation = l.To, l.From, l.Relation.reverse()
			back.Links = append(back.Links, l)
		}
		for _, one := range []Pair{p, back} {
			set, err := w.set(one)
			if err != nil {
				return nil, err
			}
			sets = append(sets, set)
		}
	}
	d.set("dependencies", dependencies)
	var objects doc
	objects.set("requirement_mapping_sets", sets)
	d.set("objects", objects)
	return d, nil
}

func (w mapWriter) set(p Pair) (d doc, err error) {
	from, to := w.writers[p.From], w.writers[p.To]
	name := w.m.ID + "-" + p.From + "-to-" + p.To
	title := Text{FR: from.pkg.Title.FR + " → " + to.pkg.Title.FR, EN: from.pkg.Title.EN + " → " + to.pkg.Title.EN}
	source := annotation(p.Source)
	d.set("urn", ownURN+"req_mapping_set:"+name)
	d.set("ref_id", name)
	d.set("name", title.FR)
	d.set("description", p.Source.Text.FR)
	d.set("annotation", source.FR)
	d.set("translations", translations("name", title, "annotation", source))
	d.set("source_framework_urn", from.frameworkURN())
	d.set("target_framework_urn", to.frameworkURN())
	var links []doc
	for _, l := range p.Links {
		first, ok := from.named(l.From)
		second, both := to.named(l.To)
		if !ok || !both {
			return nil, fmt.Errorf("%s and %s of packages %s and %s are not both known", l.From, l.To, p.From, p.To)
		}
		links = append(links, linkOf(l, first, second))
	}
	d.set("requirement_mappings", links)
	return d, nil
}

func linkOf(l Link, from, to string) (d doc) {
	d.set("source_requirement_urn", from)
	d.set("target_requirement_urn", to)
	d.set("relationship", map[Relation]string{Equal: "equal", Subset: "subset", Superset: "superset", Intersects: "intersect"}[l.Relation])
	d.set("rationale", string(l.Rationale))
	if l.Strength > 0 {
		d.set("strength_of_relationship", l.Strength)
	}
	d.set("annotation", l.Note.FR)
	d.set("translations", translations("annotation", l.Note))
	return d
}

// named gives the URN of a requirement by its code.
func (w cisoWriter) named(code string) (string, bool) {
	for r := range w.pkg.each {
		if r.Code == code {
			return w.requirementURN(*r), true
		}
	}
	return "", false
}
