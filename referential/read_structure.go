package referential

import "slices"

// The rules about the structure, its documents and other rules.

func (r *reader) coverageRule(n *node) Rule {
	o := r.object("coverage rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := CoverageRule{Size: o.bilingual(r, "size", false), Shared: o.yes("shared")}
	members := choice(o, "members", false, "all")
	weight := o.get("weight")
	switch {
	case (members != "") == (weight != nil):
		r.add(o.node, "coverage rule: needs either members: all, or weight")
	case weight != nil:
		rule.Weight = r.operand(o, weight, "weight", NumberKind)
		if x := rule.Weight.Value; x.Kind != "" && !(x.Number > 0 && x.Number <= 100) {
			r.add(weight, "coverage rule: weight is a percentage above 0, at most 100")
		}
		if rule.Size.IsZero() {
			r.add(o.node, "coverage rule: %q is missing: it says what is weighed", "size")
		}
	}
	rule.Rule = r.rule(o.need("rule"))
	return rule
}

func (r *reader) document(o *object) DocumentRule {
	rule := DocumentRule{Kind: o.words("kind", true)}
	if rule.Kind != "" {
		r.declaredDocument(o.get("kind"), rule.Kind)
	}
	if n := o.get("covers"); n != nil {
		rule.Covers = r.operand(o, n, "covers", DateKind)
	}
	return rule
}

func (r *reader) documentRule(n *node) Rule {
	o := r.object("document rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	return r.document(o)
}

func (r *reader) signerRule(n *node) Rule {
	o := r.object("signer rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := SignerRule{DocumentRule: r.document(o), Roles: o.codes("roles", true)}
	for _, code := range rule.Roles {
		if !slices.ContainsFunc(r.pkg.Roles, func(role Role) bool { return role.Code == code }) {
			r.add(o.get("roles"), "role %q is not declared under roles", code)
		}
	}
	return rule
}

func (r *reader) allRule(n *node) Rule { return AllRule{r.ruleList(n)} }
func (r *reader) anyRule(n *node) Rule { return AnyRule{r.ruleList(n)} }
func (r *reader) notRule(n *node) Rule { return NotRule{r.rule(n)} }

func (r *reader) groupRule(n *node) Rule { return GroupRule{r.rule(n)} }

func (r *reader) ruleList(n *node) []Rule {
	if n.form == broken {
		return nil
	}
	if n.form != list || len(n.items) == 0 {
		r.add(n, "rule: all and any hold a list of rules")
		return nil
	}
	rules := make([]Rule, len(n.items))
	for i, item := range n.items {
		rules[i] = r.rule(item)
	}
	return rules
}

func (r *reader) chooseRule(n *node) Rule {
	o := r.object("choose rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	var rule ChooseRule
	taken := map[string]bool{}
	for _, n := range o.items("cases", true) {
		c := r.object("case", n)
		if c == nil {
			continue
		}
		one := Case{Categories: c.codes("categories", true), Rule: r.rule(c.need("rule"))}
		c.done()
		for _, code := range one.Categories {
			switch {
			case !slices.ContainsFunc(r.pkg.Categories, func(k Category) bool { return k.Code == code }):
				r.add(n, "category %q is not declared under categories", code)
			case taken[code]:
				r.add(n, "category %q already has a case", code)
			}
			taken[code] = true
		}
		rule.Cases = append(rule.Cases, one)
	}
	if n := o.get("otherwise"); n != nil {
		rule.Otherwise = r.rule(n)
	}
	return rule
}
