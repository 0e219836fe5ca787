package call

import (
	"fmt"
	"slices"
	"time"
)

// Renew gives a yearly call as it comes back after n renewals: windows and deadlines at the same hour of the same day some months later, or of the last day of a
// month that is shorter. The history of moved dates stays with the first edition. It fails for other calls, and for an hour that no clock shows.
func (c *Call) Renew(n int) (*Call, error) {
	if c.Renewal == nil || n < 0 || n > 100 {
		return nil, fmt.Errorf("renew call %s: it does not come back %d times", c.ID, n)
	}
	again := *c
	again.Windows, again.Phases = slices.Clone(c.Windows), slices.Clone(c.Phases)
	for i := range again.Windows {
		w := &again.Windows[i]
		if err := c.later(&w.Opens, n, First); err != nil {
			return nil, err
		}
		if err := c.later(&w.Closes, n, Last); err != nil {
			return nil, err
		}
		if n > 0 {
			w.Former = nil
		}
	}
	for i := range again.Phases {
		p := &again.Phases[i]
		p.Deadlines = slices.Clone(p.Deadlines)
		for j := range p.Deadlines {
			if err := c.later(&p.Deadlines[j].At, n, Last); err != nil {
				return nil, err
			}
			if n > 0 {
				p.Deadlines[j].Former = nil
			}
		}
	}
	return &again, nil
}

// later moves a moment by n renewals, on the wall.
func (c *Call) later(g *Given[time.Time], n int, edge Edge) error {
	at, known := g.Get()
	if !known || n == 0 {
		return nil
	}
	local := at.In(c.Zone)
	year, month, day := local.Date()
	month += time.Month(n * c.Renewal.Months)
	day = min(day, time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day())
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC) // brings the month back into its year
	hour, minute, second := local.Clock()
	moved, err := Wall(first.Year(), first.Month(), day, hour, minute, second, c.Zone, edge)
	if err != nil {
		return fmt.Errorf("renew call %s: %w", c.ID, err)
	}
	g.Value = moved
	return nil
}
