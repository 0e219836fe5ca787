package call

import "time"

// Expense is one invoice that a candidate hands in.
type Expense struct {
	ID     string
	Kind   string // code of an expense kind of the call
	Label  string
	On     time.Time // day of the invoice, midnight UTC
	Amount Cents
}

// Spending is what counts of a candidate's expenses, invoice by invoice.
type Spending struct {
	Result
	Counted map[string]Cents // by id of expense, before the limits of its kind
}

// Spend counts the expenses that the call pays for: of a kind that it knows, dated in its days (both included, in the zone of the call), at the rate of the
// kind, and limited to its share of all that counts before that limit. Credit notes are negative amounts. It is unknown when a day or a rate that matters is
// not public; the reasons tell what each invoice would give.
func (c *Call) Spend(expenses []Expense) Spending {
	sum := Spending{Result: Result{Known: true, Why: Why{Status: Met, Code: "spending.met"}}, Counted: map[string]Cents{}}
	byKind := map[string]Cents{}
	var all Cents
	fail := func(why Why) Spending {
		why.Children = sum.Why.Children
		return Spending{Result: Result{Why: why}, Counted: sum.Counted}
	}
	for _, e := range expenses {
		counted, why := c.expense(e)
		sum.Why.Children = append(sum.Why.Children, why)
		if why.Status == Unknown {
			sum.Known = false
			continue
		}
		sum.Counted[e.ID] = counted
		kind, err1 := byKind[e.Kind].Plus(counted)
		total, err2 := all.Plus(counted)
		if err1 != nil || err2 != nil {
			return fail(Why{Status: Unknown, Code: "amount.overflow"})
		}
		byKind[e.Kind], all = kind, total
	}
	for _, k := range c.Kinds() {
		if k.MostShare.Absent() || byKind[k.Code] == 0 {
			continue
		}
		share, missing := c.ratio(k.MostShare, Facts{})
		if missing != nil {
			sum.Why.Children, sum.Known = append(sum.Why.Children, *missing), false
			continue
		}
		most, err := share.Of(all)
		if err != nil {
			return fail(Why{Status: Unknown, Code: "amount.overflow"})
		}
		if byKind[k.Code] > most {
			sum.Why.Children = append(sum.Why.Children, Why{Status: Met, Code: "spending.most", Amount: &most,
				Params: params(label("kind", k.Title), percent("share", share), money("most", most), money("amount", byKind[k.Code]))})
			byKind[k.Code] = most
		}
	}
	if !sum.Known {
		return fail(Why{Status: Unknown, Code: "spending.unknown"})
	}
	for _, k := range c.Kinds() {
		sum.Amount += byKind[k.Code] // parts of a sum that fits
	}
	amount := sum.Amount
	sum.Why.Amount, sum.Why.Params = &amount, params(money("amount", amount))
	return sum
}

// expense is what counts of one invoice.
func (c *Call) expense(e Expense) (Cents, Why) {
	p := params(words("expense", e.Label), money("amount", e.Amount))
	k, ok := find(c.Kinds(), e.Kind, func(k ExpenseKind) string { return k.Code })
	if !ok {
		return 0, Why{Status: NotMet, Code: "expense.kind", Params: p}
	}
	p = append(p, label("kind", k.Title), label("day", dayText(e.On)))
	for _, bound := range []struct {
		limit Given[time.Time]
		code  string
		out   func(day, limit int) bool
	}{{k.From, "expense.early", func(day, limit int) bool { return day < limit }}, {k.Until, "expense.late", func(day, limit int) bool { return day > limit }}} {
		limit, known := bound.limit.Get()
		switch {
		case bound.limit.Absent():
		case !known:
			field, _ := c.Field(bound.limit.Field)
			return 0, Why{Status: Unknown, Code: "field.call", Params: params(label("field", field.Title), label("note", field.Note))}
		case bound.out(dayNumber(e.On, time.UTC), dayNumber(limit, c.Zone)):
			return 0, Why{Status: NotMet, Code: bound.code, Params: append(p, label("limit", dayText(dayOf(limit, c.Zone))))}
		}
	}
	rate := One()
	if !k.Rate.Absent() {
		given, missing := c.ratio(k.Rate, Facts{})
		if missing != nil {
			return 0, *missing
		}
		rate = given
	}
	counted, err := rate.Of(e.Amount)
	if err != nil {
		return 0, Why{Status: Unknown, Code: "amount.overflow"}
	}
	code := "expense.met"
	if rate.Compare(One()) < 0 {
		code, p = "expense.rate", append(p, percent("rate", rate), money("counted", counted))
	}
	return counted, Why{Status: Met, Code: code, Params: p, Amount: &counted}
}

// Kinds are what a line of a dossier may be about: the kinds of expense of the call, or in an offer the services that are asked for.
func (c *Call) Kinds() []ExpenseKind {
	if c.Mode != ServiceOffer {
		return c.Expenses
	}
	kinds := make([]ExpenseKind, len(c.Services))
	for i, s := range c.Services {
		kinds[i] = ExpenseKind{Code: s.Code, Title: s.Title, Source: s.Source}
	}
	return kinds
}

// Grant is what a candidate gets for its spending: the share that the call pays of what counts, up to its ceiling, and never less than nothing. A call that knows
// no kind of expense gives its ceiling, a flat sum. In an offer it is the worth of the services that are asked for, which is paid to who gives them and not to
// the candidate.
func (c *Call) Grant(f Facts, expenses []Expense) Result {
	ceiling := c.Ceiling(f)
	if c.Mode != ServiceOffer && len(c.Expenses) == 0 && ceiling.Known && ceiling.Amount > 0 {
		amount := ceiling.Amount
		return Result{Amount: amount, Known: true, Why: Why{Status: Met, Code: "grant.flat", Amount: &amount, Children: []Why{ceiling.Why}, Params: params(money("amount", amount))}}
	}
	if ceiling.Known && ceiling.Amount == 0 {
		return Result{Known: true, Why: Why{Status: NotMet, Code: "grant.none", Children: []Why{ceiling.Why}}}
	}
	spent := c.Spend(expenses)
	children := []Why{spent.Why, ceiling.Why}
	unknown := Result{Why: Why{Status: Unknown, Code: "grant.unknown", Children: children}}
	if !spent.Known || !ceiling.Known {
		return unknown
	}
	share := One()
	if !c.Scale.Cofinancing.Absent() {
		given, missing := c.ratio(c.Scale.Cofinancing, f)
		if missing != nil {
			unknown.Why.Children = append(children, *missing)
			return unknown
		}
		share = given
	}
	paid, err := share.Of(spent.Amount)
	if err != nil {
		return tooLarge(children)
	}
	paid = max(paid, 0)
	code, amount := "grant.spending", paid
	if paid > ceiling.Amount {
		code, amount = "grant.ceiling", ceiling.Amount
	}
	if c.Mode == ServiceOffer {
		code = "grant.service"
	}
	return Result{Amount: amount, Known: true, Why: Why{Status: Met, Code: code, Amount: &amount, Children: children,
		Params: params(money("amount", amount), percent("share", share), money("spent", spent.Amount), money("paid", paid), money("ceiling", ceiling.Amount))}}
}
