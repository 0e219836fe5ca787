package referential

import "slices"

// ChooseRule is another rule for each category of structure. A category without a case takes Otherwise; without that, the rule does not
// apply. A structure whose category is not recorded leaves the answer unknown.
//
//	choose:
//	  cases:
//	    - {categories: [ght], rule: RULE}
//	  otherwise: RULE
type ChooseRule struct {
	Cases     []Case
	Otherwise Rule // nil: does not apply
}

// Case is the rule of some categories.
type Case struct {
	Categories []string
	Rule       Rule
}

func (r ChooseRule) uses(u *Uses) {
	u.Category = true
	for _, c := range r.Cases {
		c.Rule.uses(u)
	}
	if r.Otherwise != nil {
		r.Otherwise.uses(u)
	}
}

func (r ChooseRule) eval(f *frame) Reason {
	if f.subject.Category == "" {
		return Reason{Status: Unknown, Code: "choose.unknown", Next: f.ask("category")}
	}
	for _, c := range r.Cases {
		if slices.Contains(c.Categories, f.subject.Category) {
			return c.Rule.eval(f)
		}
	}
	if r.Otherwise != nil {
		return r.Otherwise.eval(f)
	}
	return Reason{Status: NotApplicable, Code: "choose.not_applicable", Params: []Param{label("category", f.pkg.category(f.subject.Category))}}
}

// category names a category of structures.
func (p *Package) category(code string) Text {
	if i := slices.IndexFunc(p.Categories, func(c Category) bool { return c.Code == code }); i >= 0 {
		return p.Categories[i].Title
	}
	return Text{code, code}
}
