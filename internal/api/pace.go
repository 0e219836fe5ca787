package api

import (
	"sync"
	"time"
)

// How often one caller may ask: a full bucket of Burst requests that fills again at PerMinute.
const (
	PerMinute = 600
	Burst     = 120
)

// mostCallers bounds the buckets; a bucket that is full again says nothing and is dropped first.
const mostCallers = 10_000

// pace counts the requests of each caller, on this node.
type pace struct {
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket is how many requests were left at a moment.
type bucket struct {
	left float64
	at   time.Time
}

func newPace(now func() time.Time) *pace { return &pace{now: now, buckets: map[string]bucket{}} }

// take counts a request, or tells how long to wait before the next one.
func (p *pace) take(caller string) (wait time.Duration) {
	const perSecond = PerMinute / 60.0
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	b, known := p.buckets[caller]
	if !known {
		b = bucket{Burst, now}
	}
	b.left = min(Burst, b.left+max(0, now.Sub(b.at).Seconds())*perSecond)
	b.at = now
	if b.left < 1 {
		p.buckets[caller] = b
		return time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
	if !known && len(p.buckets) >= mostCallers {
		p.drop(now)
	}
	p.buckets[caller] = b
	return 0
}

// drop forgets the callers whose bucket is full again, and if there are none everybody: they gain a burst at most.
func (p *pace) drop(now time.Time) {
	for caller, b := range p.buckets {
		if b.left+now.Sub(b.at).Seconds()*PerMinute/60 >= Burst {
			delete(p.buckets, caller)
		}
	}
	if len(p.buckets) >= mostCallers {
		clear(p.buckets)
	}
}
