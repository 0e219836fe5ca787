package referential

import (
	"maps"
	"slices"
	"strings"
)

// rule reads one expression: a mapping with one key. A fault is reported and the rule nil.
func (r *reader) rule(n *node) Rule {
	if n == nil {
		return nil
	}
	o := r.object("rule", n)
	if o == nil {
		return nil
	}
	read := map[string]func(*node) Rule{"value": r.valueRule, "fresh": r.freshRule, "period": r.periodRule, "count": r.countRule,
		"interval": r.intervalRule, "coverage": r.coverageRule, "document": r.documentRule, "signer": r.signerRule, "all": r.allRule,
		"any": r.anyRule, "not": r.notRule, "choose": r.chooseRule, "group": r.groupRule, "answer": r.answerRule}
	names := slices.Sorted(maps.Keys(read))
	if r.watch != nil {
		for _, name := range names {
			r.watch("rule", name)
		}
	}
	if len(n.pairs) != 1 || read[n.pairs[0].key.text] == nil {
		r.add(n, "rule: a rule is a mapping with one key, which is one of %s", strings.Join(names, ", "))
		return nil
	}
	return read[n.pairs[0].key.text](n.pairs[0].value)
}

func (r *reader) valueRule(n *node) Rule {
	o := r.object("value rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	return ValueRule{Comparison: r.comparison(o), MaxAge: r.age(o)}
}

// comparison reads a fact and the one comparison that stands beside it.
func (r *reader) comparison(o *object) Comparison {
	kind := r.fact(o)
	c := Comparison{Fact: kind.Key}
	for _, op := range Ops() {
		n := o.get(string(op))
		if n == nil {
			continue
		}
		if c.Op != "" {
			r.add(n, "%s: has both %s and %s; write all: with two rules", o.name, c.Op, op)
			continue
		}
		c.Op = op
		operands := []*node{n}
		if op == OneOf {
			if !o.is(n, string(op), list) {
				continue
			}
			operands = n.items
		}
		for _, n := range operands {
			c.To = append(c.To, r.operand(o, n, string(op), kind.Kind))
			r.onScale(o, n, kind, c.To[len(c.To)-1])
		}
		ordered := kind.Kind == NumberKind || kind.Kind == DateKind || len(kind.Scale) > 0
		if kind.Kind != "" && !ordered && op != Equals && op != Differs && op != OneOf {
			r.add(n, "%s: %s has no order, so %s says nothing", o.name, kind.Key, op)
		}
	}
	if c.Op == "" || len(c.To) == 0 {
		r.add(o.node, "%s: a comparison is missing, one of %s", o.name, strings.Trim(strings.Join(opNames(), ", "), " "))
	}
	if bound := o.words("ceiling_if", false); bound != "" {
		c.CeilingIf = bound
		if k := r.declared(o.get("ceiling_if"), bound); k.Kind != "" && k.Kind != BoolKind {
			r.add(o.get("ceiling_if"), "%s: ceiling_if must name a fact that says yes or no", o.name)
		}
		if kind.Kind != NumberKind && kind.Kind != "" {
			r.add(o.get("ceiling_if"), "%s: only a number has a ceiling", o.name)
		}
	}
	return c
}

func opNames() []string {
	var names []string
	for _, op := range Ops() {
		names = append(names, string(op))
	}
	return names
}

func (r *reader) onScale(o *object, n *node, kind FactKind, to Operand) {
	if to.Parameter == "" && to.Value.Kind == TextKind && len(kind.Scale) > 0 && !slices.Contains(kind.Scale, to.Value.Text) {
		r.add(n, "%s: %q is not on the scale of %s", o.name, to.Value.Text, kind.Key)
	}
}

// fact reads the key of a declared fact.
func (r *reader) fact(o *object) FactKind {
	key := o.words("fact", true)
	if key == "" {
		return FactKind{}
	}
	return r.declared(o.get("fact"), key)
}

func (r *reader) declared(n *node, key string) FactKind {
	i := slices.IndexFunc(r.pkg.Facts, func(k FactKind) bool { return k.Key == key })
	if i < 0 {
		r.add(n, "fact %q is not declared under facts", key)
		return FactKind{}
	}
	return r.pkg.Facts[i]
}

func (r *reader) declaredDocument(n *node, code string) {
	if !slices.ContainsFunc(r.pkg.Documents, func(d DocumentKind) bool { return d.Code == code }) {
		r.add(n, "document %q is not declared under documents", code)
	}
}

// operand reads a value of a kind, or {parameter: CODE}.
func (r *reader) operand(o *object, n *node, key string, kind ValueKind) Operand {
	if n.form != mapping {
		return Operand{Value: r.literal(o, n, key, kind)}
	}
	q := r.object("parameter reference", n)
	defer q.done()
	code := q.words("parameter", true)
	i := slices.IndexFunc(r.pkg.Parameters, func(p Parameter) bool { return p.Code == code })
	switch {
	case i < 0:
		r.add(n, "parameter %q is not declared under parameters", code)
	case kind != "" && r.pkg.Parameters[i].Kind != kind:
		r.add(n, "parameter %s is a %s; a %s is needed here", code, r.pkg.Parameters[i].Kind, kind)
	}
	return Operand{Parameter: code}
}

// whole reads a whole number, or a parameter for one.
func (r *reader) whole(o *object, key string, low, high float64) Operand {
	n := o.need(key)
	if n == nil {
		return Operand{}
	}
	v := r.operand(o, n, key, NumberKind)
	if x := v.Value.Number; v.Parameter == "" && v.Value.Kind != "" && !(x >= low && x <= high && x == float64(int(x))) {
		r.add(n, "%s: %s must be a whole number from %v to %v", o.name, key, low, high)
	}
	return v
}

func (r *reader) age(o *object) Age {
	s := o.words("max_age", false)
	if s == "" {
		return Age{}
	}
	age, err := ParseAge(s)
	if err != nil {
		r.add(o.get("max_age"), "%s: max_age: %v", o.name, err)
	}
	return age
}

// events reads the selection of observations.
func (r *reader) events(o *object) Events {
	kind := r.fact(o)
	e := Events{Fact: kind.Key}
	if kind.Key != "" && (kind.One.IsZero() || kind.Many.IsZero()) {
		r.add(o.get("fact"), "fact %s is counted as an event: its declaration needs one and many", kind.Key)
	}
	for _, n := range o.items("having", false) {
		if c := r.object("condition", n); c != nil {
			e.Having = append(e.Having, r.comparison(c))
			c.done()
		}
	}
	return e
}

func (r *reader) span(o *object) Span {
	s := Span{MaxAge: r.age(o)}
	for key, to := range map[string]*Operand{"from": &s.From, "until": &s.Until} {
		if n := o.get(key); n != nil {
			*to = r.operand(o, n, key, DateKind)
		}
	}
	return s
}

func (r *reader) freshRule(n *node) Rule {
	o := r.object("fresh rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := FreshRule{Events: r.events(o), MaxAge: r.age(o)}
	if o.get("max_age") == nil {
		r.add(o.node, "fresh rule: %q is missing", "max_age")
	}
	return rule
}

func (r *reader) periodRule(n *node) Rule {
	o := r.object("period rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := PeriodRule{Events: r.events(o)}
	for _, bound := range []struct {
		key string
		to  *Operand
	}{{"from", &rule.From}, {"until", &rule.Until}} {
		if n := o.need(bound.key); n != nil {
			*bound.to = r.operand(o, n, bound.key, DateKind)
		}
	}
	if from, until := rule.From.Value.Date, rule.Until.Value.Date; !from.IsZero() && !until.IsZero() && until.Before(from) {
		r.add(o.node, "period rule: until lies before from")
	}
	return rule
}

func (r *reader) countRule(n *node) Rule {
	o := r.object("count rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	return CountRule{Events: r.events(o), AtLeast: r.whole(o, "at_least", 1, 1000), DistinctDays: o.yes("distinct_days"), Span: r.span(o)}
}

func (r *reader) intervalRule(n *node) Rule {
	o := r.object("interval rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := IntervalRule{Events: r.events(o), MinDays: r.whole(o, "min_days", 1, 3660), MaxDays: r.whole(o, "max_days", 1, 3660),
		Successive: o.yes("successive"), Span: r.span(o)}
	if low, high := rule.MinDays.Value, rule.MaxDays.Value; low.Kind != "" && high.Kind != "" && high.Number < low.Number {
		r.add(o.node, "interval rule: max_days is less than min_days")
	}
	return rule
}
