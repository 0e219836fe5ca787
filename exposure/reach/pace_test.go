package reach

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// turn is one connection that the pace allowed.
type turn struct {
	from netip.Addr
	at   time.Time
	end  time.Time
}

// play lets every address ask for its share of turns at once, holding each for a while, and gives what happened.
func play(t *testing.T, limits Limits, wanted map[netip.Addr]int, hold func() time.Duration) []turn {
	t.Helper()
	p := newPace(limits.complete())
	var mu sync.Mutex
	var turns []turn
	var all sync.WaitGroup
	for a, n := range wanted {
		for range n {
			all.Go(func() {
				release, err := p.enter(t.Context(), a, talk)
				if err != nil {
					t.Error(err)
					return
				}
				at := time.Now()
				mu.Lock()
				wait := hold()
				mu.Unlock()
				time.Sleep(wait)
				mu.Lock()
				turns = append(turns, turn{a, at, time.Now()})
				mu.Unlock()
				release()
			})
		}
	}
	all.Wait()
	if p.free != limits.complete().Total || len(p.hungry) > 0 {
		t.Errorf("%d places of %d are left, %d networks wait", p.free, limits.complete().Total, len(p.hungry))
	}
	slices.SortFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
	return turns
}

// busiest is the greatest number of turns in any second.
func busiest(turns []turn) int {
	most, first := 0, 0
	for i := range turns {
		for turns[i].at.Sub(turns[first].at) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// together is the greatest number of turns held at once.
func together(turns []turn) int {
	type edge struct {
		at time.Time
		by int
	}
	var edges []edge
	for _, t := range turns {
		edges = append(edges, edge{t.at, 1}, edge{t.end, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.by - b.by
	})
	most, now := 0, 0
	for _, e := range edges {
		now += e.by
		most = max(most, now)
	}
	return most
}

func where(turns []turn, in func(netip.Addr) bool) []turn {
	return slices.DeleteFunc(slices.Clone(turns), func(t turn) bool { return !in(t.from) })
}

func address(net, host byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, net, host}) }

// Three networks, some addresses asked for much and some for little, answers quick and slow: no limit is ever exceeded.
func TestLimitsHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		limits := Limits{PerAddress: 3, PerSecond: 7, PerNetwork: 50, Total: 40}
		wanted := map[netip.Addr]int{}
		for net := range byte(3) {
			for host := range byte(20) {
				wanted[address(net, host)] = 1 + random.IntN(40)
			}
		}
		turns := play(t, limits, wanted, func() time.Duration { return time.Duration(random.IntN(1500)) * time.Millisecond })
		if n := together(turns); n > limits.Total {
			t.Errorf("%d at once in all, %d allowed", n, limits.Total)
		}
		for net := range byte(3) {
			some := where(turns, func(a netip.Addr) bool { return a.As4()[2] == net })
			if n := busiest(some); n > 50 {
				t.Errorf("%d turns in a second to network %d, 50 allowed", n, net)
			}
		}
		for a, n := range wanted {
			own := where(turns, func(b netip.Addr) bool { return a == b })
			if len(own) != n {
				t.Errorf("%s had %d turns of %d", a, len(own), n)
			}
			if busiest(own) > limits.PerAddress*3 || busiest(own) > 7 || together(own) > 3 {
				t.Errorf("%s: %d turns in a second, %d at once; 7 and 3 allowed", a, busiest(own), together(own))
			}
		}
	})
}

// What may be used is used: the time is that of the tightest limit.
func TestNothingIdles(t *testing.T) {
	at := func(n int, perSecond float64) time.Duration { return time.Duration(n) * step(perSecond) }
	for _, c := range []struct {
		name   string
		limits Limits
		wanted map[netip.Addr]int
		hold   time.Duration
		most   time.Duration
	}{
		{"one address", Limits{PerAddress: 4, PerSecond: 20, PerNetwork: 500, Total: 256}, map[netip.Addr]int{address(0, 1): 100}, 10 * time.Millisecond, at(100, 20)},
		{"one network", Limits{PerAddress: 4, PerSecond: 20, PerNetwork: 50, Total: 256},
			map[netip.Addr]int{address(0, 1): 55, address(0, 2): 55, address(0, 3): 55, address(0, 4): 55}, 10 * time.Millisecond, at(220, 50)},
		{"places of an address", Limits{PerAddress: 2, PerSecond: 20, PerNetwork: 500, Total: 256}, map[netip.Addr]int{address(0, 1): 20}, time.Second, 11 * time.Second},
		// A thousand slow turns of one network take all the places; the quick ones of another are not made to wait for their end.
		{"places in all", Limits{PerAddress: 4, PerSecond: 20, PerNetwork: 500, Total: 8},
			map[netip.Addr]int{address(0, 1): 16, address(0, 2): 16, address(1, 1): 30}, time.Second, 9 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turns := play(t, c.limits, c.wanted, func() time.Duration { return c.hold })
				if took := turns[len(turns)-1].at.Sub(turns[0].at); took > c.most {
					t.Errorf("%d turns took %v, %v would do", len(turns), took, c.most)
				}
			})
		})
	}
}

// A network where nobody answers takes all the places it is given, for long; one that answers at once is served at its own rate beside it.
func TestSilenceDoesNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(Limits{PerAddress: 4, PerSecond: 20, PerNetwork: 100, Total: 16}.complete())
		ctx, stop := context.WithCancel(t.Context())
		var silent sync.WaitGroup
		for i := range 4000 {
			silent.Go(func() {
				if release, err := p.enter(ctx, address(1, byte(i)), knock); err == nil {
					time.Sleep(time.Second)
					release()
				}
			})
		}
		time.Sleep(5 * time.Second)
		begin := time.Now()
		var quick sync.WaitGroup
		for i := range 500 {
			quick.Go(func() {
				release, err := p.enter(t.Context(), address(2, byte(i)), knock)
				if err != nil {
					t.Error(err)
					return
				}
				release()
			})
		}
		quick.Wait()
		if took := time.Since(begin); took > 500*step(100)+time.Second {
			t.Errorf("500 turns at 100 a second take %v beside a silent network", took)
		}
		stop()
		silent.Wait()
	})
}

// Turns that come late catch up, and still no second holds too many.
func TestLateTurns(t *testing.T) {
	p := newPace(Limits{PerAddress: 1000, PerSecond: 50, PerNetwork: 50, Total: 1000}.complete())
	a := address(0, 1)
	begin := time.Unix(1e9, 0)
	l := p.lane(a)
	for range 400 {
		l.queues[talk] = append(l.queues[talk], &waiter{since: begin, turn: make(chan struct{})})
	}
	p.list(l)
	random := rand.New(rand.NewPCG(3, 4))
	var turns []turn
	for now := begin; len(turns) < 400; {
		for p.give(l.quarter, now) {
			turns = append(turns, turn{from: a, at: now})
		}
		_, at := l.quarter.best(now)
		now = latest(now, at).Add(time.Duration(random.IntN(int(late)))) // the timer is late
	}
	if n := busiest(turns); n > 50 {
		t.Errorf("%d turns in a second, 50 allowed", n)
	}
	if took := turns[399].at.Sub(begin); took > 400*step(50)+late {
		t.Errorf("400 turns took %v: late ones slowed the others", took)
	}
}

// Those who give up leave no trace, and the others go on.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(Limits{PerAddress: 1, PerSecond: 1, PerNetwork: 100, Total: 4}.complete())
		a := address(0, 1)
		release, err := p.enter(t.Context(), a, talk)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := p.enter(ctx, a, talk); err == nil {
					t.Error("a second turn at one address")
				}
			})
		}
		all.Wait()
		release()
		if _, err := p.enter(t.Context(), a, talk); err != nil || p.free != 3 || p.lane(a).waiting() != 0 {
			t.Errorf("%v, %d places free, %d wait", err, p.free, p.lane(a).waiting())
		}
	})
}

// Where many wait, talks go first, then those with most to do; on one address talks and knocks alternate.
func TestWhoGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(Limits{PerAddress: 1, PerSecond: 10, PerNetwork: 10, Total: 1}.complete())
		first, err := p.enter(t.Context(), address(9, 9), talk)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order string
		var all sync.WaitGroup
		wait := func(name string, a netip.Addr, kind int) {
			all.Go(func() {
				release, err := p.enter(t.Context(), a, kind)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order += name
				mu.Unlock()
				release()
			})
			synctest.Wait()
		}
		wait("a", address(0, 1), knock)
		wait("b", address(0, 2), knock)
		wait("b", address(0, 2), knock)
		wait("c", address(0, 3), talk)
		wait("c", address(0, 3), talk)
		wait("d", address(0, 3), knock)
		first()
		all.Wait()
		if order != "cdcbab" && order != "cdcbba" {
			t.Errorf("the order is %s", order)
		}
	})
}

// An address that waits for its own rate leaves the moments of its network to its neighbours.
func TestOneAddressDoesNotStarveItsNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wanted := map[netip.Addr]int{address(0, 1): 5}
		for i := range byte(200) {
			wanted[address(0, i+2)] = 1
		}
		turns := play(t, Limits{PerAddress: 4, PerSecond: 1, PerNetwork: 100, Total: 16}, wanted, func() time.Duration { return 0 })
		others := where(turns, func(a netip.Addr) bool { return a != address(0, 1) })
		if took := others[len(others)-1].at.Sub(turns[0].at); took > 206*step(100) {
			t.Errorf("200 turns at 100 a second take %s", took)
		}
	})
}
