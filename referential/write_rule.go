package referential

import "fmt"

// ruleOf writes an expression: a mapping with one key.
func ruleOf(rule Rule) (d doc) {
	switch r := rule.(type) {
	case ValueRule:
		inner := comparisonOf(r.Comparison)
		inner.setAge(r.MaxAge)
		d.set("value", inner)
	case FreshRule:
		inner := eventsOf(r.Events)
		inner.setAge(r.MaxAge)
		d.set("fresh", inner)
	case PeriodRule:
		inner := eventsOf(r.Events)
		inner.setOperand("from", r.From)
		inner.setOperand("until", r.Until)
		d.set("period", inner)
	case CountRule:
		inner := eventsOf(r.Events)
		inner.setOperand("at_least", r.AtLeast)
		inner.set("distinct_days", r.DistinctDays)
		inner.setSpan(r.Span)
		d.set("count", inner)
	case IntervalRule:
		inner := eventsOf(r.Events)
		inner.setOperand("min_days", r.MinDays)
		inner.setOperand("max_days", r.MaxDays)
		inner.set("successive", r.Successive)
		inner.setSpan(r.Span)
		d.set("interval", inner)
	case CoverageRule:
		d.set("coverage", coverageOf(r))
	case DocumentRule:
		d.set("document", documentRuleOf(r))
	case SignerRule:
		inner := documentRuleOf(r.DocumentRule)
		inner.set("roles", r.Roles)
		d.set("signer", inner)
	case AnswerRule:
		var inner doc
		inner.set("question", r.Question)
		inner.setAge(r.MaxAge)
		d.set("answer", inner)
	case AllRule:
		d.set("all", docs(r.Rules, ruleOf))
	case AnyRule:
		d.set("any", docs(r.Rules, ruleOf))
	case NotRule:
		d.set("not", ruleOf(r.Rule))
	case GroupRule:
		d.set("group", ruleOf(r.Rule))
	case ChooseRule:
		var inner doc
		inner.set("cases", docs(r.Cases, func(c Case) (d doc) { d.set("categories", c.Categories); d.set("rule", ruleOf(c.Rule)); return d }))
		if r.Otherwise != nil {
			inner.set("otherwise", ruleOf(r.Otherwise))
		}
		d.set("choose", inner)
	}
	return d
}

func coverageOf(r CoverageRule) (d doc) {
	if r.Weight == (Operand{}) {
		d.set("members", "all")
	}
	d.setOperand("weight", r.Weight)
	d.set("size", r.Size)
	d.set("shared", r.Shared)
	d.set("rule", ruleOf(r.Rule))
	return d
}

func documentRuleOf(r DocumentRule) (d doc) {
	d.set("kind", r.Kind)
	d.setOperand("covers", r.Covers)
	return d
}

func eventsOf(e Events) (d doc) {
	d.set("fact", e.Fact)
	d.set("having", docs(e.Having, comparisonOf))
	return d
}

func comparisonOf(c Comparison) (d doc) {
	d.set("fact", c.Fact)
	switch {
	case c.Op == OneOf:
		var list []any
		for _, to := range c.To {
			list = append(list, operandOf(to))
		}
		d.set(string(c.Op), list)
	case len(c.To) > 0:
		d.setOperand(string(c.Op), c.To[0])
	}
	d.set("ceiling_if", c.CeilingIf)
	return d
}

func operandOf(o Operand) any {
	if o.Parameter == "" {
		return scalarOf(o.Value)
	}
	return map[string]string{"parameter": o.Parameter}
}

// setOperand writes a value, also when it is 0 or no.
func (d *doc) setOperand(key string, o Operand) {
	if o == (Operand{}) {
		return
	}
	var one doc
	one.set(key, operandOf(o))
	if len(one) == 0 { // no, which set leaves out
		one = doc{{Key: key, Value: o.Value.Bool}}
	}
	*d = append(*d, one...)
}

func (d *doc) setAge(a Age) {
	switch {
	case a.IsZero():
	case a.Months:
		d.set("max_age", fmt.Sprintf("%d months", a.N))
	default:
		d.set("max_age", fmt.Sprintf("%d days", a.N))
	}
}

func (d *doc) setSpan(s Span) {
	d.setAge(s.MaxAge)
	d.setOperand("from", s.From)
	d.setOperand("until", s.Until)
}
