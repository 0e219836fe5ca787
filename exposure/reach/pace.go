package reach

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// pace keeps the audit within its limits. Whoever wants a turn queues at the address, and a network hands out turns one after the other.
// Nobody holds a place, of an address or of the whole, while waiting for a moment, and no moment is spent on a turn that then finds no place:
// what one target may not use yet is free for the others. Where many could have the next turn, a talk goes before a knock, since
// it gives its place back sooner where others wait for silence, and then whoever has most to do, since that takes longest. Of the networks
// that wait for a place in the whole, the one that holds fewest gets it, and a few places are kept for those that hold hardly any: where
// nobody answers places are held long, and a network that answers at once is not held up by that.
type pace struct {
	limits Limits

	mu       sync.Mutex
	free     int // places left in the whole
	lanes    map[netip.Addr]*lane
	networks map[netip.Prefix]*quarter
	active   []*quarter // networks where somebody waits, or waited lately
	hungry   []*quarter // networks that have a turn to give and no place to give it in
}

// late is by how much a turn may come after its moment without delaying the moments after it. Without it every late timer would slow an audit for good.
// Moments are spaced for it: those of any second and of the time late before it together are no more than the rate, so that no second ever
// holds more turns than the rate, however late they come.
const late = 20 * time.Millisecond

// step is the time between two moments.
func step(perSecond float64) time.Duration {
	return time.Duration(float64(time.Second+late) / perSecond)
}

// quarter is one network.
type quarter struct {
	next   time.Time // first free moment
	open   int       // places taken
	lanes  []*lane   // those that could use a turn, now or at a later moment
	active bool
	hungry bool
	timer  *time.Timer // runs until the first moment that somebody waits for
}

// lane is one address: who waits, how many of its places are taken, and the next moment at which it may be asked something.
type lane struct {
	quarter *quarter
	next    time.Time
	open    int
	queues  [2][]*waiter // talks, and knocks: those that may wait
	talked  bool         // the last turn was a talk's; the next is a knock's, if one waits
	listed  bool         // in the list of its quarter
}

const (
	talk = iota
	knock
)

// waiter is one who wants a turn.
type waiter struct {
	since time.Time
	turn  chan struct{} // closed when it has it
}

func newPace(l Limits) *pace {
	return &pace{limits: l, free: l.Total, lanes: map[netip.Addr]*lane{}, networks: map[netip.Prefix]*quarter{}}
}

// enter waits for a turn to talk or knock; the caller gives it back with release.
func (p *pace) enter(ctx context.Context, a netip.Addr, kind int) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{since: time.Now(), turn: make(chan struct{})}
	p.mu.Lock()
	l := p.lane(a.Unmap())
	l.queues[kind] = append(l.queues[kind], w)
	p.list(l)
	p.serve(l.quarter, w.since)
	p.mu.Unlock()
	release = func() { p.leave(l) }
	select {
	case <-w.turn:
		return release, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	i := slices.Index(l.queues[kind], w)
	if i >= 0 {
		l.queues[kind] = slices.Delete(l.queues[kind], i, i+1)
	}
	p.mu.Unlock()
	if i < 0 {
		release() // its turn had just come
	}
	return nil, ctx.Err()
}

func (p *pace) lane(a netip.Addr) *lane {
	l := p.lanes[a]
	if l == nil {
		at := network(a)
		q := p.networks[at]
		if q == nil {
			q = &quarter{}
			p.networks[at] = q
		}
		l = &lane{quarter: q}
		p.lanes[a] = l
	}
	return l
}

func (l *lane) waiting() int { return len(l.queues[talk]) + len(l.queues[knock]) }

// list enters a lane that could use a turn in the list of its quarter.
func (p *pace) list(l *lane) {
	if !l.listed && l.waiting() > 0 && l.open < p.limits.PerAddress {
		l.listed = true
		l.quarter.lanes = append(l.quarter.lanes, l)
		if !l.quarter.active {
			l.quarter.active = true
			p.active = append(p.active, l.quarter)
		}
	}
}

// room tells whether a network may have one more place: if it holds none, if the places kept for others are not touched.
func (p *pace) room(q *quarter) bool {
	if p.free == 0 || q.open == 0 {
		return p.free > 0
	}
	few, kept := p.limits.Total/8, 0
	p.active = slices.DeleteFunc(p.active, func(other *quarter) bool {
		other.active = len(other.lanes) > 0 || other.open > 0
		if other.active && other != q {
			kept += max(few-other.open, 0)
		}
		return !other.active
	})
	return p.free > min(kept, p.limits.Total/2)
}

// leave gives a turn back.
func (p *pace) leave(l *lane) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	l.open--
	l.quarter.open--
	p.free++
	p.list(l)
	for len(p.hungry) > 0 {
		q := slices.MinFunc(p.hungry, func(a, b *quarter) int { return cmp.Compare(a.open, b.open) })
		if !p.room(q) {
			break
		}
		p.hungry = slices.DeleteFunc(p.hungry, func(other *quarter) bool { return other == q })
		q.hungry = false
		p.give(q, now)
		p.look(q, now)
	}
	p.serve(l.quarter, now)
}

// serve gives every turn that a network has to give now.
func (p *pace) serve(q *quarter, now time.Time) {
	for !q.hungry && p.room(q) && p.give(q, now) {
	}
	p.look(q, now)
}

// look sees to it that a network is served when its next moment comes, or when a place in the whole is free.
func (p *pace) look(q *quarter, now time.Time) {
	if q.hungry {
		return
	}
	l, at := q.best(now)
	switch {
	case l != nil:
		q.hungry = true
		p.hungry = append(p.hungry, q)
	case at.IsZero():
	case q.timer == nil:
		q.timer = time.AfterFunc(at.Sub(now), func() { p.wake(q) })
	default:
		q.timer.Reset(at.Sub(now))
	}
}

func (p *pace) wake(q *quarter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve(q, time.Now())
}

// best is the lane that should have the next turn, nil where none may have one now; at is then the first moment at which one may, zero if
// nobody waits.
func (q *quarter) best(now time.Time) (best *lane, at time.Time) {
	q.lanes = slices.DeleteFunc(q.lanes, func(l *lane) bool {
		l.listed = l.waiting() > 0 // those who waited may have given up
		return !l.listed
	})
	for _, l := range q.lanes {
		switch from := latest(q.next, l.next); {
		case from.After(now):
			if at.IsZero() || from.Before(at) {
				at = from
			}
		case best == nil || l.before(best):
			best = l
		}
	}
	return best, at
}

// before orders lanes that may have a turn.
func (l *lane) before(other *lane) bool {
	return cmp.Or(cmp.Compare(len(other.queues[talk]), len(l.queues[talk])), cmp.Compare(len(other.queues[knock]), len(l.queues[knock])),
		l.next.Compare(other.next)) < 0
}

// give gives one turn of a network if somebody may have one now. A place in the whole must be free.
func (p *pace) give(q *quarter, now time.Time) bool {
	l, _ := q.best(now)
	if l == nil {
		return false
	}
	kind := talk
	if len(l.queues[talk]) == 0 || l.talked && len(l.queues[knock]) > 0 {
		kind = knock
	}
	w := l.queues[kind][0]
	l.queues[kind] = slices.Delete(l.queues[kind], 0, 1)
	l.talked = kind == talk
	l.open++
	q.open++
	p.free--
	from := latest(w.since, now.Add(-late))
	q.next = latest(q.next, from).Add(step(p.limits.PerNetwork))
	l.next = latest(l.next, from).Add(step(p.limits.PerSecond))
	if l.open >= p.limits.PerAddress || l.waiting() == 0 {
		l.listed = false
		q.lanes = slices.DeleteFunc(q.lanes, func(other *lane) bool { return other == l })
	}
	close(w.turn)
	return true
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
