package call

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Shortage says what happens when more is promised than the envelope holds.
type Shortage string

// What happens when the envelope does not suffice.
const (
	Overrun Shortage = "overrun"  // nothing is cut: the remainder is negative, and shown so
	ProRata Shortage = "pro_rata" // every commitment is cut in the same proportion, to the cent
)

// Hypotheses are what a simulation supposes. The zero value supposes that everybody applies, spends up to the ceiling and reaches everything.
type Hypotheses struct {
	Fields   map[string]string // of the call, filled for the simulation ([Call.Fill])
	TakeUp   map[string]Ratio  // share of candidates that apply, by category; absent: all
	Scale    map[string]Ratio  // factor on ceilings, by category; absent: 1
	Success  map[string]Ratio  // share of an instalment that is reached, by its code; absent: all
	Shortage Shortage          // zero: Overrun
}

// Amounts are sums of a simulation. Committed is Paid and Unpaid together.
type Amounts struct {
	Committed Cents
	Paid      Cents
	Unpaid    Cents // committed, and not reached: it comes back to the envelope
}

// plus adds amounts that are parts of a sum that fits; sign is 1, or -1 to take them off.
func (a Amounts) plus(b Amounts, sign Cents) Amounts {
	return Amounts{a.Committed + sign*b.Committed, a.Paid + sign*b.Paid, a.Unpaid + sign*b.Unpaid}
}

// Cell is the amounts of one region, category and instalment.
type Cell struct {
	Region, Category, Instalment string
	Amounts
}

// Subtotal is the amounts under one name.
type Subtotal struct {
	Name string
	Amounts
}

// Scenario is what a simulation gives.
type Scenario struct {
	Envelope   Given[Cents]
	Candidates int // that are eligible
	Ceilings   Cents
	Amounts
	Remainder Given[Cents] // of the envelope once everything is committed; below 0 when it is not enough
	Left      Given[Cents] // of the envelope once everything is paid that is reached
	Cells     []Cell       // in the order of region, category and instalment
	Regions   []RegionLeft // those with a share of the envelope
	SetAside  []SetAside   // candidates that could not be counted, with the reasons
}

// RegionLeft is what is left of the share of a region.
type RegionLeft struct {
	Region                      string
	Share, Committed, Remainder Cents
}

// SetAside is a candidate that a simulation could not count.
type SetAside struct {
	Structure string
	Why       Why
}

// Simulate plays a call with candidates. Each candidate stands for the expected part of itself: take-up and success are shares, and each amount is rounded down
// to the cent once, so that sums of cells are exact. The order of the candidates does not matter. Candidates that are not eligible, or whose ceiling is
// not known, are set aside.
func (c *Call) Simulate(candidates []Facts, h Hypotheses) (Scenario, error) {
	played, err := c.suppose(h)
	if err != nil {
		return Scenario{}, err
	}
	s := Scenario{Envelope: played.Envelope.National}
	promises, err := s.promises(played, candidates, h)
	if err != nil {
		return Scenario{}, err
	}
	if err := s.cut(promises, h.Shortage); err != nil {
		return Scenario{}, err
	}
	cells := map[[3]string]Amounts{}
	regions := map[string]Cents{}
	for _, p := range promises {
		if err := s.spread(played, p, h, cells); err != nil {
			return Scenario{}, err
		}
		regions[p.facts.Region] += p.amount // parts of a sum that fits
	}
	for key, amounts := range cells {
		s.Cells = append(s.Cells, Cell{key[0], key[1], key[2], amounts})
	}
	slices.SortFunc(s.Cells, compareCells)
	if whole, known := s.Envelope.Get(); known {
		s.Remainder, s.Left = Known(whole-s.Committed), Known(whole-s.Paid)
	}
	for _, share := range played.Envelope.Regions {
		if amount, known := share.Amount.Get(); known {
			s.Regions = append(s.Regions, RegionLeft{share.Region, amount, regions[share.Region], amount - regions[share.Region]})
		}
	}
	return s, nil
}

// suppose fills the call, and refuses hypotheses about nothing or beyond the whole.
func (c *Call) suppose(h Hypotheses) (*Call, error) {
	played := c
	if len(h.Fields) > 0 {
		var err error
		if played, err = c.Fill(h.Fields); err != nil {
			return nil, fmt.Errorf("simulate call %s: %w", c.ID, err)
		}
	}
	for _, group := range []struct {
		shares map[string]Ratio
		name   string
		known  func(code string) bool
		whole  bool
	}{
		{h.TakeUp, "take-up", func(code string) bool { _, ok := c.Category(code); return ok }, true},
		{h.Scale, "scale", func(code string) bool { _, ok := c.Category(code); return ok }, false},
		{h.Success, "success", func(code string) bool { _, ok := c.Instalment(code); return ok }, true},
	} {
		for _, code := range sortedKeys(group.shares) {
			switch share := group.shares[code]; {
			case !group.known(code):
				return nil, fmt.Errorf("simulate call %s: %s of %q, which the call does not know", c.ID, group.name, code)
			case share.Sign() < 0, group.whole && share.Compare(One()) > 0:
				return nil, fmt.Errorf("simulate call %s: %s of %s is %s, which is no share", c.ID, group.name, code, share)
			}
		}
	}
	if !slices.Contains([]Shortage{"", Overrun, ProRata}, h.Shortage) {
		return nil, fmt.Errorf("simulate call %s: %q is no way to meet a shortage", c.ID, h.Shortage)
	}
	return played, nil
}

// promise is what one candidate is expected to be granted.
type promise struct {
	facts  Facts
	amount Cents
}

// or gives a hypothesis, the whole when there is none.
func or(shares map[string]Ratio, code string) Ratio {
	if r, ok := shares[code]; ok {
		return r
	}
	return One()
}

func (s *Scenario) promises(c *Call, candidates []Facts, h Hypotheses) ([]promise, error) {
	candidates = slices.Clone(candidates)
	slices.SortStableFunc(candidates, func(a, b Facts) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Category, b.Category), strings.Compare(a.Structure, b.Structure))
	})
	var all []promise
	for _, f := range candidates {
		if why := c.Eligible(f); why.Status != Met {
			s.SetAside = append(s.SetAside, SetAside{f.Structure, why})
			continue
		}
		ceiling := c.Ceiling(f)
		if !ceiling.Known {
			s.SetAside = append(s.SetAside, SetAside{f.Structure, ceiling.Why})
			continue
		}
		raised, err := or(h.Scale, f.Category).Of(ceiling.Amount)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: %w", f.Structure, err)
		}
		amount, err := or(h.TakeUp, f.Category).Of(raised)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: %w", f.Structure, err)
		}
		s.Candidates++
		if s.Ceilings, err = s.Ceilings.Plus(raised); err != nil {
			return nil, fmt.Errorf("simulate %s: %w", f.Structure, err)
		}
		if s.Committed, err = s.Committed.Plus(amount); err != nil {
			return nil, fmt.Errorf("simulate %s: %w", f.Structure, err)
		}
		all = append(all, promise{f, amount})
	}
	return all, nil
}

// cut brings the promises down to the envelope when it does not suffice and the hypotheses say so.
func (s *Scenario) cut(promises []promise, shortage Shortage) error {
	whole, known := s.Envelope.Get()
	if shortage != ProRata || !known || s.Committed <= whole {
		return nil
	}
	weights := make([]int64, len(promises))
	for i, p := range promises {
		weights[i] = int64(p.amount)
	}
	parts, err := Split(whole, weights)
	if err != nil {
		return fmt.Errorf("cut the commitments down to the envelope: %w", err)
	}
	for i := range promises {
		promises[i].amount = parts[i]
	}
	s.Committed = whole
	return nil
}

// spread shares a promise out over the instalments. Without instalments whose shares are known, all of it stands under no instalment.
func (s *Scenario) spread(c *Call, p promise, h Hypotheses, cells map[[3]string]Amounts) error {
	dues, err := c.Schedule(p.amount, p.facts.Category, nil)
	if err != nil {
		return fmt.Errorf("simulate %s: %w", p.facts.Structure, err)
	}
	if len(dues) == 0 || slices.ContainsFunc(dues, func(d Due) bool { return !d.Known }) {
		dues = []Due{{Amount: p.amount}}
	}
	for _, d := range dues {
		paid, err := or(h.Success, d.Code).Of(d.Amount)
		if err != nil {
			return fmt.Errorf("simulate %s: %w", p.facts.Structure, err)
		}
		key := [3]string{p.facts.Region, p.facts.Category, d.Code}
		part := Amounts{d.Amount, paid, d.Amount - paid}
		cells[key] = cells[key].plus(part, 1)
		s.Paid, s.Unpaid = s.Paid+part.Paid, s.Unpaid+part.Unpaid
	}
	return nil
}

func compareCells(a, b Cell) int {
	return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Category, b.Category), strings.Compare(a.Instalment, b.Instalment))
}

// By adds the cells of a scenario up by one of their names, such as func(c Cell) string { return c.Region }. The order is that of the names.
func (s Scenario) By(name func(Cell) string) []Subtotal {
	sums := map[string]Amounts{}
	for _, cell := range s.Cells {
		sums[name(cell)] = sums[name(cell)].plus(cell.Amounts, 1)
	}
	all := make([]Subtotal, 0, len(sums))
	for _, key := range sortedKeys(sums) {
		all = append(all, Subtotal{key, sums[key]})
	}
	return all
}

// Difference is what a second scenario changes, cell by cell, later less earlier. Cells that do not change are left out.
type Difference struct {
	Amounts
	Remainder, Left Given[Cents]
	Candidates      int
	Cells           []Cell
}

// Compare tells what changes from one scenario to another.
func Compare(earlier, later Scenario) Difference {
	d := Difference{Amounts: later.Amounts.plus(earlier.Amounts, -1), Candidates: later.Candidates - earlier.Candidates,
		Remainder: less(later.Remainder, earlier.Remainder), Left: less(later.Left, earlier.Left)}
	changes := map[[3]string]Amounts{}
	note := func(cells []Cell, sign Cents) {
		for _, c := range cells {
			key := [3]string{c.Region, c.Category, c.Instalment}
			changes[key] = changes[key].plus(c.Amounts, sign)
		}
	}
	note(earlier.Cells, -1)
	note(later.Cells, 1)
	for key, change := range changes {
		if change != (Amounts{}) {
			d.Cells = append(d.Cells, Cell{key[0], key[1], key[2], change})
		}
	}
	slices.SortFunc(d.Cells, compareCells)
	return d
}

// less is the difference of two amounts when both are known.
func less(a, b Given[Cents]) Given[Cents] {
	if !a.Set || !b.Set {
		return Given[Cents]{}
	}
	return Known(a.Value - b.Value)
}
