package funding

import (
	"cmp"
	"slices"
	"strings"
)

// LeastPublic is how many dossiers have to stand behind a figure that anybody may read.
const LeastPublic = 5

// Published is a figure that anybody may read, or that fewer than [LeastPublic] dossiers keep back.
type Published struct {
	Amount int64 // a count, or cents
	Known  bool
}

// Few gives a figure that anybody may read, from the figure and how many dossiers stand behind it.
func Few(amount int64, behind int) Published {
	if behind < LeastPublic {
		return Published{}
	}
	return Published{Amount: amount, Known: true}
}

// PublicRow is the published sums of one group of dossiers.
type PublicRow struct {
	Name                   string // as the group was named
	Deposited, Instructed  Published
	Committed, Paid, ToPay Published
}

// column is one figure of the rows: how many dossiers stand behind it, and what it is.
type column struct {
	behind func(Sums) int
	amount func(Sums) int64
	into   func(*PublicRow) *Published
}

func columnsPublished() []column {
	count := func(of func(Sums) int) func(Sums) int64 { return func(s Sums) int64 { return int64(of(s)) } }
	all, decided := func(s Sums) int { return s.Dossiers }, func(s Sums) int { return s.Decided }
	return []column{
		{all, count(all), func(r *PublicRow) *Published { return &r.Deposited }},
		{decided, count(decided), func(r *PublicRow) *Published { return &r.Instructed }},
		{func(s Sums) int { return s.Holding }, func(s Sums) int64 { return int64(s.Committed) }, func(r *PublicRow) *Published { return &r.Committed }},
		{func(s Sums) int { return s.Receiving }, func(s Sums) int64 { return int64(s.Paid) }, func(r *PublicRow) *Published { return &r.Paid }},
	}
}

// Publish adds lines up by the name that by gives them, in the order of names, and gives what anybody may read of them, with the total. A figure behind which stand
// fewer than [LeastPublic] dossiers is kept back; so is the next smallest one of its column as long as what is kept back could be told from the total.
func Publish(lines []Line, by func(Line) string) (rows []PublicRow, total PublicRow) {
	sums := map[string]Sums{}
	for _, l := range lines {
		sums[by(l)] = sums[by(l)].Plus(l.Sums)
	}
	for name := range sums {
		rows = append(rows, PublicRow{Name: name})
	}
	slices.SortFunc(rows, func(a, b PublicRow) int { return strings.Compare(a.Name, b.Name) })
	all := Total(lines)
	for _, c := range columnsPublished() {
		c.fill(rows, sums)
		*c.into(&total) = Few(c.amount(all), c.behind(all))
	}
	for i := range rows {
		rows[i].rest()
	}
	total.rest()
	return rows, total
}

// rest is what is committed and not paid, known when both are.
func (r *PublicRow) rest() {
	if r.Committed.Known && r.Paid.Known {
		r.ToPay = Published{Amount: r.Committed.Amount - r.Paid.Amount, Known: true}
	}
}

// fill shows the figures of a column that may be shown.
func (c column) fill(rows []PublicRow, sums map[string]Sums) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.behind(sums[rows[a].Name]), c.behind(sums[rows[b].Name])) })
	kept := 0 // dossiers behind what is kept back
	for n, i := range order {
		s := sums[rows[i].Name]
		if behind := c.behind(s); behind < LeastPublic || n > 0 && kept < LeastPublic {
			kept += behind
			continue
		}
		*c.into(&rows[i]) = Published{Amount: c.amount(s), Known: true}
		kept = LeastPublic // the first one that is shown: those after it have more behind them
	}
}
