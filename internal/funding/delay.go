package funding

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
)

// Delay is how long dossiers stayed in a state.
type Delay struct {
	Median time.Duration
	Count  int // dossiers behind the median
}

// A delay is told from what left a state in the last sixty days, and from ten dossiers on: fewer say nothing.
const (
	delayDays  = 60
	delayLeast = 10
	delayMost  = 20_000
)

// Delays gives the median of how long the dossiers of a call stayed in each state that they left in the last 60 days; states with fewer than 10 are absent.
// It is a count over the whole call, and names nobody.
func Delays(ctx context.Context, tx *store.Tx, call string, now time.Time) (map[State]Delay, error) {
	type stay struct {
		state State
		for_  int64
	}
	stays, err := store.All(ctx, tx, func(row store.Row) (s stay, err error) { return s, row.Scan(&s.state, &s.for_) },
		`select e.from_state, e.at - (select max(p.at) from dossier_event p where p.dossier_id = e.dossier_id and p.position < e.position and p.state = e.from_state and p.from_state <> p.state)
		from dossier_event e join dossier d on d.id = e.dossier_id
		where d.call_id = $1 and e.at >= $2 and e.at <= $3 and e.from_state <> e.state and e.from_state <> '' order by e.at desc limit $4`,
		call, store.Millis(now.AddDate(0, 0, -delayDays)), store.Millis(now), delayMost)
	if err != nil {
		return nil, fmt.Errorf("read the delays of call %s: %w", call, err)
	}
	by := map[State][]int64{}
	for _, s := range stays {
		by[s.state] = append(by[s.state], s.for_)
	}
	delays := map[State]Delay{}
	for state, list := range by {
		if len(list) < delayLeast {
			continue
		}
		slices.Sort(list)
		n := len(list)
		median := (list[(n-1)/2] + list[n/2]) / 2
		delays[state] = Delay{Median: time.Duration(median) * time.Millisecond, Count: n}
	}
	return delays, nil
}

// Figures are the sums of a call, exact. What anybody may read, [PublicOf] says.
type Figures struct {
	Envelope  Cents // all parts together; 0: not set
	Committed Cents
	Paid      Cents // less what came back
}

// FiguresOf adds up the dossiers of a call. The caller has authorised right.SeeEnvelope.
func FiguresOf(ctx context.Context, tx *store.Tx, call string) (f Figures, err error) {
	f, err = store.One(ctx, tx, func(row store.Row) (f Figures, err error) {
		return f, row.Scan(&f.Committed, &f.Paid, &f.Envelope)
	}, `select coalesce(sum(committed), 0), coalesce(sum(paid - paid_back), 0), (select coalesce(sum(total), 0) from envelope where call_id = $1) from dossier where call_id = $2`, call, call)
	if err != nil {
		return f, fmt.Errorf("add up the dossiers of call %s: %w", call, err)
	}
	return f, nil
}
