package call

import (
	"fmt"
	"math/big"
	"slices"
)

// Split shares an amount out in proportion to weights, to the cent: the parts make the whole again. Each part is rounded down, and the cents that are left go
// one by one to the largest fractions, the first of equal ones. Weights are not negative and not all 0; the amount is not negative.
func Split(total Cents, weights []int64) ([]Cents, error) {
	sum := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, fmt.Errorf("split %s: a weight is negative", total)
		}
		sum.Add(sum, big.NewInt(w))
	}
	if total < 0 || sum.Sign() == 0 {
		return nil, fmt.Errorf("split %s: nothing to split, or nobody to give it to", total)
	}
	parts := make([]Cents, len(weights))
	rests := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		share, rest := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(w)), sum, new(big.Int))
		parts[i], rests[i], order[i] = Cents(share.Int64()), rest, i // a part of the whole fits
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts, nil
}

// Due is where one instalment stands.
type Due struct {
	Code   string
	Title  Text
	Amount Cents
	Known  bool   // the amount stands; else the share is not public
	Status Status // whether its conditions are met
	Why    Why
}

// Schedule shares out what is granted, in the order of the call, and tells which parts may be paid. Verdicts are those of the requirements of the call, by
// id; a requirement without one is unknown, and one that does not concern the category is left out. The amounts make what is granted, to the
// cent: each is what the shares up to it make, rounded down, less those before. What is granted is not negative.
func (c *Call) Schedule(granted Cents, category string, verdicts map[string]Status) ([]Due, error) {
	if granted < 0 {
		return nil, fmt.Errorf("share out %s: less than nothing is granted", granted)
	}
	conditions := map[string]Why{}
	for _, i := range c.Instalments {
		conditions[i.Code] = c.conditions(i, category, verdicts)
	}
	var all []Due
	var until Ratio
	var before Cents
	known := true
	for _, i := range c.Instalments {
		why := c.inOrder(i, conditions, map[string]bool{})
		d := Due{Code: i.Code, Title: i.Title, Status: why.Status, Why: why}
		share, missing := c.ratio(i.Share, Facts{})
		if missing != nil {
			known = false
			d.Why.Children = append(slices.Clone(d.Why.Children), *missing)
		}
		if known {
			until = until.Plus(share)
			upTo, err := until.Of(granted)
			if err != nil {
				return nil, fmt.Errorf("share out %s: %w", granted, err)
			}
			d.Amount, d.Known, before = upTo-before, true, upTo
			d.Why.Amount = &d.Amount
		}
		all = append(all, d)
	}
	return all, nil
}

// conditions tells whether the requirements of an instalment are met.
func (c *Call) conditions(i Instalment, category string, verdicts map[string]Status) Why {
	var all []Why
	for _, id := range i.When {
		q, _ := c.Requirement(id)
		if len(q.Categories) > 0 && !contains(q.Categories, category) {
			continue
		}
		status := verdicts[id]
		switch status {
		case Met, NotMet:
		case NotApplicable:
			status = Met
		default:
			status = Unknown
		}
		all = append(all, Why{Status: status, Code: "requirement." + string(status), Params: params(q.label())})
	}
	return together("instalment", all, label("instalment", i.Title))
}

// label names a requirement: its own title, or its code in the referential.
func (q Requirement) label() param {
	if !q.Title.IsZero() {
		return label("requirement", q.Title)
	}
	return words("requirement", q.Code)
}

// inOrder adds to the conditions of an instalment those of the ones that are paid before it.
func (c *Call) inOrder(i Instalment, conditions map[string]Why, seen map[string]bool) Why {
	why := conditions[i.Code]
	all := slices.Clone(why.Children)
	for _, code := range i.After {
		before, ok := c.Instalment(code)
		if !ok || seen[code] {
			continue
		}
		seen[code] = true
		first := c.inOrder(before, conditions, seen)
		all = append(all, Why{Status: first.Status, Code: "instalment.before." + string(first.Status), Params: params(label("instalment", before.Title))})
	}
	return together("instalment", all, label("instalment", i.Title))
}

// Recover is what is asked back when more was paid than is due after the control. Less than the amount below which nothing is asked back is left.
func (c *Call) Recover(paid, due Cents) Result {
	p := params(money("paid", paid), money("due", due))
	if due < 0 {
		due = 0
	}
	if paid <= due {
		return Result{Known: true, Why: Why{Status: NotApplicable, Code: "recovery.none", Params: p}}
	}
	back, err := paid.Minus(due)
	if err != nil {
		return tooLarge(nil)
	}
	p = append(p, money("amount", back))
	below, missing := c.amount(c.Recovery.Below, Facts{})
	switch {
	case missing != nil:
		return Result{Why: Why{Status: Unknown, Code: "recovery.unknown", Params: p, Children: []Why{*missing}}}
	case back < below:
		return Result{Known: true, Why: Why{Status: NotApplicable, Code: "recovery.small", Params: append(p, money("below", below))}}
	}
	return Result{Amount: back, Known: true, Why: Why{Status: Met, Code: "recovery.met", Params: p, Amount: &back}}
}
