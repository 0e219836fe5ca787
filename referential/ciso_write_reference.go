package referential

import (
	"slices"
	"strings"
)

// libraryURN is the name of the library that holds something, as the libraries of CISO Assistant are named: the third part says what a name is of,
// the fourth is the library's own. Empty for another form.
func libraryURN(urn string) string {
	parts := strings.Split(urn, ":")
	if len(parts) < 5 {
		return ""
	}
	return strings.Join([]string{parts[0], parts[1], parts[2], "library", parts[4]}, ":")
}

func (w cisoWriter) libraryURN() string { return firstOf(libraryURN(w.pkg.URN), w.urn("library", "")) }

func (w cisoWriter) frameworkURN() string { return firstOf(w.pkg.URN, w.urn("framework", "")) }

func (w cisoWriter) requirementURN(r Requirement) string {
	return firstOf(r.URN, w.urn("req_node", ":"+r.Code))
}

func (w cisoWriter) referenceURN(r Reference) string {
	kind := map[ReferenceKind]string{ReferenceControl: "function", ReferenceThreat: "threat"}[r.Kind]
	return firstOf(r.URN, w.urn(kind, ":"+r.Code))
}

// dependencies are the libraries that describe what this one only names.
func (w cisoWriter) dependencies() (all []string) {
	for _, r := range w.pkg.References {
		if of := libraryURN(r.URN); r.Elsewhere && of != "" && !slices.Contains(all, of) {
			all = append(all, of)
		}
	}
	return all
}

func (w cisoWriter) references(kind ReferenceKind) (all []doc) {
	for _, r := range w.pkg.References {
		if r.Kind != kind || r.Elsewhere {
			continue
		}
		var d doc
		d.set("urn", w.referenceURN(r))
		d.set("ref_id", r.Code)
		d.set("name", r.Title.FR)
		d.set("category", r.Category)
		d.set("csf_function", r.Function)
		d.set("description", r.Help.FR)
		d.set("translations", translations("name", r.Title, "description", r.Help))
		all = append(all, d)
	}
	return all
}

func cisoGroup(g Group) (d doc) {
	d.set("ref_id", g.Code)
	d.set("name", g.Title.FR)
	d.set("description", g.Help.FR)
	d.set("default_selected", g.Selected)
	d.set("translations", translations("name", g.Title, "description", g.Help))
	return d
}

func (w cisoWriter) belonging(d *doc, r Requirement) {
	d.set("implementation_groups", r.Groups)
	named := map[ReferenceKind][]string{}
	for _, code := range r.References {
		if one, ok := w.pkg.Reference(code); ok {
			named[one.Kind] = append(named[one.Kind], w.referenceURN(one))
		}
	}
	d.set("reference_controls", named[ReferenceControl])
	d.set("threats", named[ReferenceThreat])
}
