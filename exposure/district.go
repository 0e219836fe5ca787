package exposure

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"

	"hygie/exposure/observe"
)

// portsAtOnce is how many ports are asked at once, in all districts together and in one of many: more than there are places in the whole, so that none stays free.
const (
	portsAtOnce  = 768
	fewestAtOnce = 64
	mostAtOnce   = 256
)

// district is one network in one round. Each goes its own way, from ports to services, so that the one with most to look at is not held up by one
// whose silence takes long; what names its certificates tell of is looked at in the next round, so that the order of answers changes nothing.
type district struct {
	at    netip.Prefix
	fresh []netip.Addr // machines whose ports were not asked yet, sorted
}

// round looks up the names met since the last one, and looks at the machines and names that are new; more tells that there were some.
func (r *runner) round(ctx context.Context) (more bool, err error) {
	if err := r.resolve(ctx); err != nil {
		return false, err
	}
	districts := r.districts()
	looked := make([][]*observe.Endpoint, len(districts))
	errs := make([]error, len(districts))
	r.scans, r.proxyTargets = make(chan struct{}), nil
	var scans, all sync.WaitGroup
	scans.Add(len(districts))
	busy := 0
	for _, d := range districts {
		if len(d.fresh) > 0 {
			busy++
		}
	}
	workers := min(max(portsAtOnce/max(min(busy, cap(r.scanners)), 1), fewestAtOnce), mostAtOnce)
	for i, d := range districts {
		all.Go(func() {
			r.scanners <- struct{}{}
			err := r.scan(ctx, d.fresh, workers)
			<-r.scanners
			scans.Done()
			if err != nil {
				errs[i] = err
				return
			}
			looked[i], errs[i] = r.visit(ctx, d)
		})
	}
	all.Go(func() {
		scans.Wait()
		r.proxyTargets = r.webServers()
		close(r.scans)
	})
	all.Wait()
	for _, list := range looked {
		more = more || len(list) > 0
		for _, e := range list {
			for _, v := range e.Views {
				r.certified(e, v)
			}
		}
	}
	return more, cmp.Or(errs...)
}

// districts sorts the machines into networks, the one that takes longest first. A machine's ports are asked once, with the names known
// then; names that come later are looked at on the ports that are open.
func (r *runner) districts() []district {
	places := map[netip.Prefix]int{}
	var list []district
	work := map[netip.Prefix]int{}
	asked := 0
	for a, m := range r.machines {
		m.sort()
		at := perNetwork(a)
		i, ok := places[at]
		if !ok {
			i = len(list)
			places[at] = i
			list = append(list, district{at: at})
		}
		work[at] += len(m.hosts)
		if !m.scanned {
			asked++
			list[i].fresh = append(list[i].fresh, a)
		}
	}
	r.expect("ports", asked)
	for i := range list {
		slices.SortFunc(list[i].fresh, netip.Addr.Compare)
	}
	slices.SortFunc(list, func(a, b district) int {
		return cmp.Or(cmp.Compare(work[b.at], work[a.at]), a.at.Addr().Compare(b.at.Addr()))
	})
	return list
}

// perNetwork is the network whose pace an address shares.
func perNetwork(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // the widths fit their families
	return p
}

// visit looks at what the open ports of a district are, and gives the endpoints that were looked at.
func (r *runner) visit(ctx context.Context, d district) ([]*observe.Endpoint, error) {
	pending := r.pending(d)
	var udp, look error
	var both sync.WaitGroup
	both.Go(func() { udp = r.udp(ctx, d.fresh) })
	both.Go(func() { look = r.look(ctx, pending) })
	both.Wait()
	return pending, cmp.Or(look, udp)
}

// pending lists the endpoints of a district that were not recognised yet, or that a name leads to under which they were not seen: those with most
// names first, for they take longest.
func (r *runner) pending(d district) []*observe.Endpoint {
	r.mu.Lock()
	list := r.sortedEndpoints()
	failed := map[netip.AddrPort]bool{}
	for at := range r.failed {
		failed[at] = true
	}
	r.mu.Unlock()
	list = slices.DeleteFunc(list, func(e *observe.Endpoint) bool {
		return e.Transport != "tcp" || !d.at.Contains(e.Address.Addr()) || !(e.Service == nil && !failed[e.Address] || len(r.unseen(e)) > 0)
	})
	slices.SortStableFunc(list, func(a, b *observe.Endpoint) int {
		return cmp.Compare(len(r.machines[b.Address.Addr()].hosts), len(r.machines[a.Address.Addr()].hosts))
	})
	return list
}

// webServers lists the web servers of the perimeter, sorted.
func (r *runner) webServers() []netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []netip.AddrPort
	for _, e := range r.sortedEndpoints() {
		if p := e.Address.Port(); e.Transport == "tcp" && (p == 80 || p == 443) {
			list = append(list, e.Address)
		}
	}
	return list
}
