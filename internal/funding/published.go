package funding

import (
	"slices"
	"strings"
)

// Published is a figure that anybody may read, or that is not published yet.
type Published struct {
	Amount int64 // a count, or cents
	Known  bool
}

// few gives a figure that anybody may read, from the figure and how many dossiers stand behind it.
func few(amount int64, behind int) Published {
	if behind < LeastPublic {
		return Published{}
	}
	return Published{Amount: amount, Known: true}
}

// PublicRow is the published sums of one group of dossiers.
type PublicRow struct {
	Name                           string // as the group was named
	Deposited, Instructed, Granted Published
	Committed, Paid, ToPay         Published
}

// Publish adds the lines of [PublicOf] up by the name that by gives them, in the order of names, with their total.
func Publish(lines []Line, by func(Line) string) (rows []PublicRow, total PublicRow) {
	sums := map[string]Sums{}
	for _, l := range lines {
		sums[by(l)] = sums[by(l)].Plus(l.Sums)
	}
	for name, s := range sums {
		rows = append(rows, s.published(name))
	}
	slices.SortFunc(rows, func(a, b PublicRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, Total(lines).published("")
}

// published is what anybody may read of sums. What is paid may be counted before what was committed for it; what remains is not known then.
func (s Sums) published(name string) PublicRow {
	r := PublicRow{Name: name, Deposited: few(int64(s.Dossiers), s.Dossiers), Instructed: few(int64(s.Decided), s.Decided), Granted: few(int64(s.Granted), s.Granted),
		Committed: few(int64(s.Committed), s.Holding), Paid: few(int64(s.Paid), s.Receiving)}
	if r.Committed.Known && r.Paid.Known && s.ToPay() >= 0 {
		r.ToPay = Published{Amount: int64(s.ToPay()), Known: true}
	}
	return r
}
