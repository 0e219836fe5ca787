package reach

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// pace keeps the audit within its limits. A turn is taken in three steps: a place for the address, the moment that the rates of the
// address and of its network allow, then a place in the whole. Moments are handed out in order of arrival, so that no second
// ever holds more than the rate. The place in the whole comes last: a network whose rate is low must not hold places that
// others could use while it waits.
type pace struct {
	limits Limits
	total  chan struct{}

	mu       sync.Mutex
	address  map[netip.Addr]*lane
	networks map[netip.Prefix]*agenda
}

// lane is one address: its places, and the next moment at which it may be asked something.
type lane struct {
	places chan struct{}
	next   time.Time
}

func newPace(l Limits) *pace {
	return &pace{limits: l, total: make(chan struct{}, l.Total), address: map[netip.Addr]*lane{}, networks: map[netip.Prefix]*agenda{}}
}

// enter waits for a turn; the caller gives it back with release.
func (p *pace) enter(ctx context.Context, a netip.Addr) (release func(), err error) {
	a = a.Unmap()
	places := p.lane(a).places
	if err := take(ctx, places); err != nil {
		return nil, err
	}
	if err := sleep(ctx, time.Until(p.moment(a, time.Now()))); err != nil {
		<-places
		return nil, err
	}
	release = func() { <-p.total; <-places }
	select {
	case p.total <- struct{}{}:
		return release, nil
	default:
	}
	if err := take(ctx, p.total); err != nil {
		<-places
		return nil, err
	}
	// Its moment passed while it waited, with others': going now could make a burst.
	if err := sleep(ctx, time.Until(p.moment(a, time.Now()))); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (p *pace) lane(a netip.Addr) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.address[a]
	if l == nil {
		l = &lane{places: make(chan struct{}, p.limits.PerAddress)}
		p.address[a] = l
	}
	return l
}

// moment reserves the first moment that both the address and its network allow, not before now.
func (p *pace) moment(a netip.Addr, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.address[a]
	all := p.networks[network(a)]
	if all == nil {
		all = &agenda{step: every(p.limits.PerNetwork)}
		p.networks[network(a)] = all
	}
	at := now
	if one.next.After(at) {
		at = one.next
	}
	at = all.book(at, now)
	one.next = at.Add(every(p.limits.PerSecond))
	return at
}

// agenda holds the moments booked on one network, sorted, each a step at least from the others. An address with a queue of its own books
// far ahead; the moments before stay free for its neighbours.
type agenda struct {
	step   time.Duration
	booked []time.Time
}

// book takes the first free moment not before at.
func (g *agenda) book(at, now time.Time) time.Time {
	past, _ := slices.BinarySearchFunc(g.booked, now.Add(-g.step), time.Time.Compare)
	g.booked = slices.Delete(g.booked, 0, past)
	i, _ := slices.BinarySearchFunc(g.booked, at.Add(-g.step), func(b, limit time.Time) int {
		if b.After(limit) {
			return 1
		}
		return -1
	})
	for ; i < len(g.booked) && g.booked[i].Before(at.Add(g.step)); i++ {
		at = g.booked[i].Add(g.step)
	}
	g.booked = slices.Insert(g.booked, i, at)
	return at
}

func every(perSecond float64) time.Duration { return time.Duration(float64(time.Second) / perSecond) }

func take(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
