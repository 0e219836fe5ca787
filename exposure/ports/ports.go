// Package ports finds which TCP ports of an establishment's addresses answer, at the pace of package reach.
//
//	hosts, err := ports.Scan(ctx, dialer, targets, ports.Curated(), ports.Options{})
//
// A connection is asked for and hung up at once; no byte is sent. Each port ends in one of three states: open, closed (the host
// said that nothing listens), silent (filtered, lost or away). Silent ports cost time, so the scan goes in rounds: a few ports of every
// address first, which tells who is there and how long answers take on each network; then, with a wait fitted to that, the others. An
// address that answers nothing is asked a shorter list, because a firewall may let through one port alone.
//
// UDP ports have no such state: only an answer of the protocol proves anything. Package service asks them.
package ports

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// Options tune a scan. The zero value is what an audit uses.
type Options struct {
	FirstWait time.Duration                    // wait for an answer in the first round; 1.2 s if zero, which leaves time for one lost packet
	Extra     []uint16                         // ports asked of every address whatever it showed: those the owner declared
	Workers   int                              // ports asked at once; 512 if zero. The dialer's limits hold in any case
	Found     func(at netip.AddrPort)          // told of each open port as soon as it answers, from several goroutines; may be nil
	Done      func(host netip.Addr, asked int) // told after each round, for each address, how many ports were asked; may be nil
}

// Host is what the ports of one address showed.
type Host struct {
	Address netip.Addr    `json:"address"`
	Open    []uint16      `json:"open,omitempty"`    // sorted
	Closed  int           `json:"closed"`            // ports that said nothing listens
	Silent  []uint16      `json:"silent,omitempty"`  // ports that did not answer, sorted
	Skipped int           `json:"skipped"`           // ports not asked, because the address answered nothing or the perimeter excludes them
	Stopped int           `json:"stopped,omitempty"` // ports not asked, because the scan was stopped
	Why     reach.Silence `json:"why,omitempty"`     // why nothing at all is known of the address
}

// Alive tells whether any port answered, even to refuse.
func (h Host) Alive() bool { return len(h.Open) > 0 || h.Closed > 0 }

// Scan asks the TCP ports of list on every target (whose own port does not matter) and returns one Host for each address, in order of
// address. It ends early with ctx, with what was learnt so far and ctx's error.
func Scan(ctx context.Context, dialer *reach.Dialer, targets []perimeter.Target, list []Port, o Options) ([]Host, error) {
	return scanWith(ctx, dialer.Knock, targets, list, o)
}

// knock is reach's way to ask a port.
type knock func(ctx context.Context, t perimeter.Target, wait time.Duration) (took time.Duration, err error)

func scanWith(ctx context.Context, knock knock, targets []perimeter.Target, list []Port, o Options) ([]Host, error) {
	s := newScan(knock, targets, o)
	extra := map[uint16]bool{}
	for _, n := range o.Extra {
		extra[n] = true
	}
	var first, always, known []uint16
	for _, p := range list {
		switch {
		case p.Transport != "tcp" || extra[p.Number]:
		case p.Stage == First:
			first = append(first, p.Number)
		case p.Stage == Always:
			always = append(always, p.Number)
		default:
			known = append(known, p.Number)
		}
	}
	wait := o.FirstWait
	if wait == 0 {
		wait = 1200 * time.Millisecond
	}
	everyone := func(*state) bool { return true }
	s.round(ctx, slices.Concat(slices.Compact(slices.Sorted(slices.Values(o.Extra))), first), everyone, func(netip.Addr) time.Duration { return wait })
	s.round(ctx, always, everyone, s.fitted)
	s.round(ctx, known, (*state).alive, s.fitted)
	return s.result(), ctx.Err()
}

// scan is one run of Scan.
type scan struct {
	knock   knock
	options Options
	hosts   []*state

	mu      sync.Mutex
	nearest map[netip.Prefix]time.Duration // slowest answer of a network
}

// state is a host while it is asked.
type state struct {
	target perimeter.Target
	mu     sync.Mutex
	host   Host
	last   error
}

func (h *state) alive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.host.Alive()
}

func newScan(knock knock, targets []perimeter.Target, o Options) *scan {
	s := &scan{knock: knock, options: o, nearest: map[netip.Prefix]time.Duration{}}
	seen := map[netip.Addr]bool{}
	for _, t := range targets {
		a := t.Address().Addr().Unmap()
		if !seen[a] {
			seen[a] = true
			s.hosts = append(s.hosts, &state{target: t, host: Host{Address: a}})
		}
	}
	slices.SortFunc(s.hosts, func(a, b *state) int { return a.host.Address.Compare(b.host.Address) })
	return s
}

// round asks the ports of every host that asked says yes to. Ports turn slower than hosts, so that the load spreads.
func (s *scan) round(ctx context.Context, list []uint16, asked func(*state) bool, wait func(netip.Addr) time.Duration) {
	var hosts []*state
	for _, h := range s.hosts {
		if asked(h) {
			hosts = append(hosts, h)
		} else {
			h.host.Skipped += len(list)
		}
	}
	workers := s.options.Workers
	if workers <= 0 {
		workers = 512
	}
	workers = min(workers, len(hosts)*len(list))
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(hosts)*len(list) {
					return
				}
				h := hosts[i%len(hosts)]
				s.ask(ctx, h, list[i/len(hosts)], wait(h.host.Address))
			}
		})
	}
	all.Wait()
	if s.options.Done != nil {
		for _, h := range hosts {
			s.options.Done(h.host.Address, len(list))
		}
	}
}

func (s *scan) ask(ctx context.Context, h *state, port uint16, wait time.Duration) {
	if ctx.Err() != nil {
		h.mu.Lock()
		h.host.Stopped++
		h.mu.Unlock()
		return
	}
	if !h.target.May(port) {
		h.mu.Lock()
		h.host.Skipped++
		h.mu.Unlock()
		return
	}
	took, err := s.knock(ctx, h.target.At(port), wait)
	why := reach.Why(err)
	if err == nil && s.options.Found != nil {
		s.options.Found(h.target.At(port).Address())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case ctx.Err() != nil && err != nil:
		h.host.Stopped++
	case err == nil:
		h.host.Open = append(h.host.Open, port)
		s.answered(h.host.Address, took)
	case why == reach.Refused || why == reach.Reset:
		h.host.Closed++
		s.answered(h.host.Address, took)
	default:
		h.host.Silent = append(h.host.Silent, port)
		h.last = err
	}
}

// answered remembers the slowest answer of a network: its distance.
func (s *scan) answered(a netip.Addr, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if took >= 900*time.Millisecond {
		return // a packet was lost and sent again: the distance is not known
	}
	n := network(a)
	s.nearest[n] = max(s.nearest[n], took)
}

// fitted is how long an answer is worth waiting for on the network of a: three times the slowest seen and some slack, no less than
// 300 ms, and 1.2 s where no answer was seen at all.
func (s *scan) fitted(a netip.Addr) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	slowest, ok := s.nearest[network(a)]
	if !ok {
		return 1200 * time.Millisecond
	}
	return min(max(3*slowest+100*time.Millisecond, 300*time.Millisecond), 1200*time.Millisecond)
}

func (s *scan) result() []Host {
	out := make([]Host, 0, len(s.hosts))
	for _, h := range s.hosts {
		slices.Sort(h.host.Open)
		slices.Sort(h.host.Silent)
		if !h.host.Alive() {
			h.host.Why = reach.Why(h.last)
			if h.last == nil {
				h.host.Why = reach.Stopped
			}
		}
		out = append(out, h.host)
	}
	return out
}

// network is the /24 or /64 of an address, whose hosts are taken to be equally far.
func network(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // the widths above fit their families
	return p
}
