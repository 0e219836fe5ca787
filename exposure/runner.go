package exposure

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"hygie/exposure/discover"
	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/reach"
	"hygie/exposure/tlsscan"
	"hygie/exposure/zone"
)

// runner is one audit.
type runner struct {
	c      Config
	dialer *reach.Dialer
	dns    *dns.Client
	proven *perimeter.Proven
	names  *discover.Names
	chains tlsscan.Chains

	mu        sync.Mutex
	run       *observe.Run
	met       map[string]*observe.Name
	machines  map[netip.Addr]*machine
	domains   map[string]*observe.Domain
	endpoints map[place]*observe.Endpoint
	servers   zone.Servers
	failed    map[netip.AddrPort]bool // endpoints of which nothing could be learnt
	gaps      map[observe.Gap]bool
	progress  map[string]*Event

	scans        chan struct{}    // closed once all ports of a round were asked
	proxyTargets []netip.AddrPort // web servers of the perimeter, sorted; known once scans is closed

	scanners, lookers, datagrams chan struct{} // places for networks being scanned, endpoints being looked at, UDP ports being asked
}

// place is an endpoint's identity.
type place struct {
	at        netip.AddrPort
	transport string
}

// machine is an address that may be touched, under every name that leads to it.
type machine struct {
	hosts   []perimeter.Host // sorted by name once all are known
	scanned bool
	seen    ports.Host
}

func newRunner(c Config) (*runner, error) {
	if c.Perimeter == nil {
		return nil, fmt.Errorf("no perimeter")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Longest <= 0 {
		c.Longest = 6 * time.Hour
	}
	pace := c.Perimeter.Pace
	limits := c.Limits
	limits.PerAddress, limits.PerSecond = either(pace.PerAddress, limits.PerAddress), either(pace.PerSecond, limits.PerSecond)
	limits.PerNetwork, limits.Total = either(pace.PerNetwork, limits.PerNetwork), either(pace.Total, limits.Total)
	r := &runner{
		c: c, dialer: reach.New(limits), names: discover.NewNames(),
		met: map[string]*observe.Name{}, machines: map[netip.Addr]*machine{}, domains: map[string]*observe.Domain{},
		endpoints: map[place]*observe.Endpoint{}, failed: map[netip.AddrPort]bool{}, gaps: map[observe.Gap]bool{}, progress: map[string]*Event{},
		scanners: places(8), lookers: places(64), datagrams: places(128),
	}
	if c.Log != nil {
		r.dialer.Log = func(transport string, t perimeter.Target) {
			c.Log(Contact{c.Now(), transport, t.Address(), t.Name()})
		}
	}
	r.run = &observe.Run{
		Format: observe.Format, AsOf: c.Now().UTC().Truncate(time.Second), Tool: c.Tool, Perimeter: c.Perimeter.Hash(), Declared: c.Perimeter,
	}
	if err := r.remember(); err != nil {
		return nil, err
	}
	r.dns = dns.New(dns.Config{Resolvers: c.Resolvers, Anchors: c.Anchors, Now: func() time.Time { return r.run.AsOf }})
	return r, nil
}

func either[T int | float64](a, b T) T {
	if a > 0 {
		return a
	}
	return b
}

// remember ties the memory to this audit, or takes up the date of the one it goes on with.
func (r *runner) remember() error {
	if r.c.Memory == nil {
		return nil
	}
	type head struct {
		AsOf      time.Time `json:"as_of"`
		Perimeter string    `json:"perimeter_hash"`
	}
	raw, ok := r.c.Memory.Recall("audit")
	if !ok {
		raw, err := json.Marshal(head{r.run.AsOf, r.run.Perimeter})
		if err != nil {
			return err
		}
		return r.c.Memory.Keep("audit", raw)
	}
	var h head
	if err := json.Unmarshal(raw, &h); err != nil || h.Perimeter != r.run.Perimeter {
		return ErrOther
	}
	if age := r.c.Now().Sub(h.AsOf); age > 24*time.Hour || age < -time.Hour {
		return ErrTooOld
	}
	r.run.AsOf = h.AsOf
	return nil
}

// hours gives a context that ends with the time in which the audit may touch.
func (r *runner) hours(ctx context.Context) (context.Context, context.CancelFunc, error) {
	now := r.c.Now()
	end, ok := r.c.Perimeter.Open(now)
	if !ok {
		return nil, nil, ErrHours
	}
	ctx, stop := context.WithTimeoutCause(ctx, r.c.Longest, fmt.Errorf("longer than %s", r.c.Longest))
	if end.IsZero() {
		return ctx, stop, nil
	}
	ctx, stopHours := context.WithTimeoutCause(ctx, end.Sub(now), ErrHours)
	return ctx, func() { stopHours(); stop() }, nil
}

// part is one piece of work that the memory keeps, with the gaps it met.
type part[T any] struct {
	Value T             `json:"value"`
	Gaps  []observe.Gap `json:"gaps,omitempty"`
}

// once gives the result of a piece of work, from memory if it was done before. Work that ctx interrupted is not kept.
func once[T any](ctx context.Context, r *runner, key string, work func(gap func(observe.Gap)) T) (T, error) {
	var p part[T]
	if r.c.Memory != nil {
		if raw, ok := r.c.Memory.Recall(key); ok && json.Unmarshal(raw, &p) == nil {
			r.keepGaps(p.Gaps)
			return p.Value, nil
		}
	}
	p = part[T]{}
	if err := ctx.Err(); err != nil {
		return p.Value, err
	}
	p.Value = work(func(g observe.Gap) { p.Gaps = append(p.Gaps, g) })
	if err := ctx.Err(); err != nil {
		return p.Value, err
	}
	r.keepGaps(p.Gaps)
	if r.c.Memory == nil {
		return p.Value, nil
	}
	raw, err := json.Marshal(p)
	if err == nil {
		err = r.c.Memory.Keep(key, raw)
	}
	if err != nil {
		return p.Value, fmt.Errorf("keep %s: %w", key, err)
	}
	return p.Value, nil
}

func (r *runner) keepGaps(list []observe.Gap) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range list {
		r.gaps[g] = true
	}
}

func (r *runner) gap(subject, part string, why reach.Silence, detail string) {
	r.keepGaps([]observe.Gap{{Subject: subject, Part: part, Why: why, Detail: detail}})
}

// expect and step tell how far a phase is.
func (r *runner) expect(phase string, more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event(phase).Total += more
}

func (r *runner) step(phase, subject string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.event(phase)
	e.Done++
	e.Subject = subject
	if r.c.Progress != nil {
		r.c.Progress(*e)
	}
}

// tell shows what a phase is at, between two steps.
func (r *runner) tell(phase, subject string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.event(phase)
	e.Subject = subject
	if r.c.Progress != nil {
		r.c.Progress(*e)
	}
}

// Phases are the phases of an audit, in the order in which they begin.
func Phases() []string {
	return []string{"proof", "domains", "names", "ports", "datagrams", "services"}
}

func (r *runner) event(phase string) *Event {
	e := r.progress[phase]
	if e == nil {
		e = &Event{Phase: phase}
		r.progress[phase] = e
	}
	return e
}

// places bound how much is done at once.
func places(n int) chan struct{} { return make(chan struct{}, n) }

// each does work for every item, as many at once as there are places, and gives the first error in the order of the items.
func each[T any](ctx context.Context, places chan struct{}, list []T, work func(context.Context, T) error) error {
	errs := make([]error, len(list))
	var wait sync.WaitGroup
	for i, item := range list {
		if ctx.Err() != nil {
			break
		}
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			errs[i] = work(ctx, item)
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
