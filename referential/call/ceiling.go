package call

import (
	"reflect"
	"slices"
	"strconv"
)

// Ceiling is the most that a candidate can be granted, with a tree of reasons: which sizes were counted, which line of the scale was used and what it gives.
// Fractions of a cent are cut off. A candidate that is not eligible has a ceiling of nothing. In an offer of services it is the worth of what can be given.
func (c *Call) Ceiling(f Facts) Result {
	if k, ok := c.Category(f.Category); !ok || !k.Eligible {
		why := c.categoryFits(f)
		return Result{Known: why.Status == NotMet, Why: Why{Status: why.Status, Code: "ceiling.not_eligible", Children: []Why{why}}}
	}
	var parts []Result
	switch k, _ := c.Category(f.Category); {
	case c.Mode == ServiceOffer:
		parts = c.worth(f)
	case k.Group && c.Scale.Grouping == MemberSum:
		if len(f.Members) == 0 {
			parts = []Result{{Why: Why{Status: Unknown, Code: "members.none"}}}
		}
		for _, m := range f.Members {
			one := m
			one.Category, one.Answers = f.Category, f.Answers
			part := c.byScale(one, 1)
			part.Why = Why{Status: part.Why.Status, Code: "ceiling.member", Params: params(words("member", m.name())), Children: []Why{part.Why}}
			parts = append(parts, part)
		}
	default:
		parts = []Result{c.byScale(f, len(f.Members))}
	}
	return c.limit(add(parts), f)
}

// add adds results; the sum is known when all are.
func add(parts []Result) Result {
	sum := Result{Known: true, Why: Why{Status: Met, Code: "ceiling.sum"}}
	for _, p := range parts {
		same := func(w Why) bool { return reflect.DeepEqual(w, p.Why) }
		if p.Known || !slices.ContainsFunc(sum.Why.Children, same) { // what is missing for several is said once
			sum.Why.Children = append(sum.Why.Children, p.Why)
		}
		total, err := sum.Amount.Plus(p.Amount)
		if err != nil {
			return tooLarge(sum.Why.Children)
		}
		sum.Amount, sum.Known = total, sum.Known && p.Known
	}
	if !sum.Known {
		sum.Amount, sum.Why.Status = 0, Unknown
	}
	return sum
}

func tooLarge(children []Why) Result {
	return Result{Why: Why{Status: Unknown, Code: "amount.overflow", Children: children}}
}

// limit applies what holds for each dossier: the rounding, the most and the least.
func (c *Call) limit(r Result, f Facts) Result {
	children := r.Why.Children
	if !r.Known && len(children) == 1 && children[0].Code == "ceiling.unknown" {
		children = children[0].Children // the same sentence once is enough
	}
	if !r.Known {
		code := "ceiling.unknown"
		if r.Why.Code == "amount.overflow" {
			code = r.Why.Code
		}
		return Result{Why: Why{Status: Unknown, Code: code, Children: children}}
	}
	amount := r.Amount
	if most, missing := c.amount(c.Scale.MostDossier, f); missing != nil {
		return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: append(children, *missing)}}
	} else if !c.Scale.MostDossier.Absent() && amount > most {
		children = append(children, Why{Status: Met, Code: "ceiling.most", Params: params(money("most", most), money("amount", amount))})
		amount = most
	}
	if step := c.Scale.RoundDownTo; step > 1 && amount%step != 0 {
		children = append(children, Why{Status: Met, Code: "ceiling.rounded", Params: params(money("step", step), money("amount", amount))})
		amount -= amount % step
	}
	if least, missing := c.amount(c.Scale.LeastDossier, f); missing != nil {
		return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: append(children, *missing)}}
	} else if amount < least {
		children = append(children, Why{Status: NotMet, Code: "ceiling.least", Params: params(money("least", least), money("amount", amount))})
		amount = 0
	}
	return Result{Amount: amount, Known: true,
		Why: Why{Status: Met, Code: "ceiling.met", Params: params(money("amount", amount)), Amount: &amount, Children: children}}
}

// byScale looks a candidate up in the lines of its category; members is how many are paid for by the head.
func (c *Call) byScale(f Facts, members int) Result {
	var lines []ScaleLine
	for _, l := range c.Scale.Lines {
		if contains(l.Categories, f.Category) {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return Result{Why: Why{Status: Unknown, Code: "line.none"}}
	}
	var size Ratio
	var reasons []Why
	if code := lines[0].Measure; code != "" {
		v, why := c.size(code, f)
		reasons = append(reasons, why)
		if why.Status != Met {
			return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: reasons}}
		}
		size = v
	}
	line, missing := c.band(lines, size, f)
	if missing != nil {
		return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: append(reasons, *missing)}}
	}
	return c.byLine(line, size, members, f, reasons)
}

// size is a measure of a candidate; of a group, its own when it is recorded, else the sum of its members'.
func (c *Call) size(code string, f Facts) (Ratio, Why) {
	kind, _ := find(c.Scale.Measures, code, func(m MeasureKind) string { return m.Code })
	p := params(label("measure", kind.Title), label("unit", kind.Unit))
	if s, ok := f.Sizes[code]; ok {
		p = append(p, exact("size", s.Value))
		if s.Year != 0 {
			p = append(p, words("year", strconv.Itoa(s.Year)))
		}
		return s.Value, Why{Status: Met, Code: "size.own", Params: p}
	}
	if len(f.Members) == 0 {
		return Ratio{}, Why{Status: Unknown, Code: "size.none", Params: append(p, words("member", f.name()))}
	}
	sum := Why{Status: Met, Code: "size.sum"}
	var total Ratio
	for _, m := range f.Members {
		v, why := c.size(code, Facts{Structure: m.Structure, Name: m.Name, Sizes: m.Sizes})
		if why.Status == Met {
			why.Code, why.Params = "size.member", append(why.Params, words("member", m.name()))
		} else {
			sum.Status, sum.Code = Unknown, "size.members"
		}
		total = total.Plus(v)
		sum.Children = append(sum.Children, why)
	}
	sum.Params = append(p, exact("size", total))
	return total, sum
}

// band finds the line whose band holds a size.
func (c *Call) band(lines []ScaleLine, size Ratio, f Facts) (ScaleLine, *Why) {
	lines = slices.Clone(lines)
	for i := range lines {
		for _, bound := range []*Given[Ratio]{&lines[i].From, &lines[i].Below} {
			v, missing := c.ratio(*bound, f)
			if missing != nil {
				return ScaleLine{}, missing
			}
			if !bound.Absent() {
				*bound = Known(v)
			}
		}
	}
	for _, l := range lines {
		if size.Compare(l.From.Value) >= 0 && (l.Below.Absent() || size.Compare(l.Below.Value) < 0) {
			return l, nil
		}
	}
	return ScaleLine{}, &Why{Status: Unknown, Code: "line.none"}
}

// byLine adds what a line gives.
func (c *Call) byLine(l ScaleLine, size Ratio, members int, f Facts, reasons []Why) Result {
	var parts []Result
	flat := func(g Given[Cents], code string, times int) {
		if g.Absent() {
			return
		}
		v, missing := c.amount(g, f)
		if missing != nil {
			parts = append(parts, Result{Why: *missing})
			return
		}
		total, err := v.Times(int64(times))
		if err != nil {
			parts = append(parts, tooLarge(nil))
			return
		}
		parts = append(parts, Result{Amount: total, Known: true,
			Why: Why{Status: Met, Code: code, Params: params(money("amount", total), money("each", v), count("count", times)), Amount: &total}})
	}
	priced := func(g Given[Ratio], code string, units Ratio) {
		if g.Absent() {
			return
		}
		v, missing := c.ratio(g, f)
		if missing != nil {
			parts = append(parts, Result{Why: *missing})
			return
		}
		total, err := v.Times(units).Of(100) // euros to cents
		if err != nil {
			parts = append(parts, tooLarge(nil))
			return
		}
		parts = append(parts, Result{Amount: total, Known: true,
			Why: Why{Status: Met, Code: code, Params: params(money("amount", total), exact("price", v), exact("size", units)), Amount: &total}})
	}
	flat(l.Flat, "line.flat", 1)
	if members > 0 {
		flat(l.PerMember, "line.per_member", members)
	} else if !l.PerMember.Absent() {
		parts = append(parts, Result{Why: Why{Status: Unknown, Code: "members.none"}})
	}
	priced(l.PerUnit, "line.per_unit", size)
	priced(l.PerUnitAbove, "line.per_unit_above", size.Minus(l.From.Value))
	sum := add(parts)
	reasons = append(reasons, c.lineChosen(l))
	reasons = append(reasons, sum.Why.Children...)
	if !sum.Known {
		return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: reasons}}
	}
	most, missing := c.amount(l.Most, f)
	switch {
	case missing != nil:
		return Result{Why: Why{Status: Unknown, Code: "ceiling.unknown", Children: append(reasons, *missing)}}
	case !l.Most.Absent() && sum.Amount > most:
		reasons = append(reasons, Why{Status: Met, Code: "line.most", Params: params(money("most", most), money("amount", sum.Amount))})
		sum.Amount = most
	}
	amount := sum.Amount
	return Result{Amount: amount, Known: true, Why: Why{Status: Met, Code: "line.total", Params: params(money("amount", amount)), Amount: &amount, Children: reasons}}
}

// lineChosen names the line, with its band when it is not the whole.
func (c *Call) lineChosen(l ScaleLine) Why {
	title := l.Title
	if title.IsZero() {
		title = Text{FR: l.Code, EN: l.Code}
	}
	p := params(label("line", title))
	switch {
	case l.Measure == "", l.Below.Absent() && l.From.Value.Sign() == 0:
		return Why{Status: Met, Code: "line.only", Params: p}
	case l.Below.Absent():
		return Why{Status: Met, Code: "line.open", Params: append(p, exact("from", l.From.Value))}
	}
	return Why{Status: Met, Code: "line.band", Params: append(p, exact("from", l.From.Value), exact("below", l.Below.Value))}
}

// worth is that of each service that can be given.
func (c *Call) worth(f Facts) []Result {
	var all []Result
	for _, s := range c.Services {
		price, missing := c.amount(s.Price, f)
		if missing != nil {
			all = append(all, Result{Why: *missing})
			continue
		}
		n, known := s.Most.Get()
		if !known {
			field, _ := c.Field(s.Most.Field)
			all = append(all, Result{Why: Why{Status: Unknown, Code: "field.call", Params: params(label("field", field.Title), label("note", field.Note))}})
			continue
		}
		worth, err := price.Times(int64(n))
		if err != nil {
			all = append(all, tooLarge(nil))
			continue
		}
		all = append(all, Result{Amount: worth, Known: true, Why: Why{Status: Met, Code: "service.worth", Amount: &worth,
			Params: params(label("service", s.Title), count("count", n), label("unit", s.Unit), money("each", price), money("amount", worth))}})
	}
	return all
}
