package referential

import (
	"regexp"
	"slices"
)

// Group is a part of a package that is for some only: a level of assurance, a size of structure. A requirement that names groups belongs to these;
// one that names none belongs to all.
type Group struct {
	Code     string
	Title    Text
	Help     Text
	Selected bool // asked for unless somebody says otherwise
}

// ReferenceKind is what a reference names.
type ReferenceKind string

// The kinds of reference.
const (
	ReferenceControl ReferenceKind = "control" // a measure that helps to meet requirements
	ReferenceThreat  ReferenceKind = "threat"  // what requirements protect from
)

// Reference is a measure or a threat that requirements name. Nothing is decided by it.
type Reference struct {
	Code      string
	Kind      ReferenceKind
	Title     Text
	Help      Text
	Category  string // of a measure: policy, process, technical, physical, procedure
	Function  string // of a measure: govern, identify, protect, detect, respond, recover
	URN       string // its name elsewhere
	Elsewhere bool   // described in another file, and only named here
}

// urnForm is the form of names that other programs know a line by (RFC 8141, with any characters but spaces at the end).
var urnForm = regexp.MustCompile(`^urn:[a-z0-9][a-z0-9-]{0,31}:[^\s]{1,400}$`)

// urn reads the name that other programs know a line by.
func (r *reader) urn(o *object) string {
	s := o.words("urn", false)
	if s != "" && !urnForm.MatchString(s) {
		r.add(o.get("urn"), "%s: urn %q has not the form of a URN", o.name, cut(s, 200))
	}
	return s
}

func (r *reader) groups(p *Package, o *object) {
	each(r, o, "groups", "group", func(c *object) string {
		g := Group{Code: r.code(c, "code", codeForm), Title: c.bilingual(r, "title", true), Help: c.bilingual(r, "help", false), Selected: c.yes("selected")}
		p.Groups = append(p.Groups, g)
		return g.Code
	})
}

func (r *reader) references(p *Package, o *object) {
	each(r, o, "references", "reference", func(c *object) string {
		ref := Reference{Code: r.code(c, "code", codeForm), Kind: choice(c, "kind", true, ReferenceControl, ReferenceThreat), Title: c.bilingual(r, "title", true),
			Help: c.bilingual(r, "help", false), Category: c.words("category", false), Function: c.words("function", false), URN: r.urn(c), Elsewhere: c.yes("elsewhere")}
		if ref.Kind == ReferenceThreat && ref.Category+ref.Function != "" {
			r.add(c.node, "reference %s: a threat has no category and no function", ref.Code)
		}
		if ref.Elsewhere && ref.URN == "" {
			r.add(c.node, "reference %s: what is described elsewhere needs its urn", ref.Code)
		}
		p.References = append(p.References, ref)
		return ref.Code
	})
}

// belonging reads the groups of a requirement and what it refers to.
func (r *reader) belonging(q *Requirement, o *object) {
	q.Groups, q.References = o.codes("groups", false), o.codes("references", false)
	for _, code := range q.Groups {
		if !slices.ContainsFunc(r.pkg.Groups, func(g Group) bool { return g.Code == code }) {
			r.add(o.get("groups"), "group %q is not declared under groups", code)
		}
	}
	for _, code := range q.References {
		if _, ok := r.pkg.Reference(code); !ok {
			r.add(o.get("references"), "reference %q is not declared under references", code)
		}
	}
}

// Reference finds a measure or a threat by its code.
func (p *Package) Reference(code string) (Reference, bool) {
	i := slices.IndexFunc(p.References, func(r Reference) bool { return r.Code == code })
	if i < 0 {
		return Reference{}, false
	}
	return p.References[i], true
}

func groupOf(g Group) (d doc) {
	d.set("code", g.Code)
	d.set("title", g.Title)
	d.set("help", g.Help)
	d.set("selected", g.Selected)
	return d
}

func referenceOf(r Reference) (d doc) {
	d.set("code", r.Code)
	d.set("kind", string(r.Kind))
	d.set("title", r.Title)
	d.set("help", r.Help)
	d.set("category", r.Category)
	d.set("function", r.Function)
	d.set("urn", r.URN)
	d.set("elsewhere", r.Elsewhere)
	return d
}
