package exposure

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
)

// maxEndpoints bounds the open ports that one audit looks into.
const maxEndpoints = 20000

// maxViews bounds the names under which one endpoint is asked: a shared host may carry thousands.
const maxViews = 64

// rounds bounds how often names in certificates lead to new machines.
const rounds = 4

// all runs the audit, until the mandates and the hours end.
func (r *runner) all(ctx context.Context) (err error) {
	if err := r.prove(ctx); err != nil {
		return err
	}
	now := r.c.Now()
	end, open := r.proven.Until(now)
	switch {
	case !open:
		return ErrHours
	case !end.IsZero():
		limited, stop := context.WithTimeoutCause(ctx, end.Sub(now), ErrHours)
		defer stop()
		defer func() {
			if err != nil && limited.Err() != nil {
				err = context.Cause(limited)
			}
		}()
		ctx = limited
	}
	r.names.Declared(r.c.Perimeter)
	for _, i := range r.c.Imports {
		r.run.Imports = append(r.run.Imports, observe.Import{Kind: i.Kind, File: i.File, SHA256: i.SHA256, Names: len(i.Names)})
		for _, name := range i.Names {
			r.names.Add(name, i.Kind, i.File)
		}
	}
	// What domains publish comes from few servers, asked slowly; machines are many: both at once. What the domains lead to is looked at in
	// the rounds that follow, so that the order of answers changes nothing.
	var domains []published
	var domainsErr error
	var aside sync.WaitGroup
	aside.Go(func() { domains, domainsErr = r.publish(ctx) })
	err = r.ranges(ctx)
	if err == nil {
		_, err = r.round(ctx)
	}
	aside.Wait()
	for i, name := range r.c.Perimeter.Domains {
		r.domains[name] = r.domainOf(name, domains[i])
	}
	if err := cmp.Or(err, domainsErr); err != nil {
		return err
	}
	for range rounds {
		if more, err := r.round(ctx); err != nil || !more {
			return err
		}
	}
	return r.resolve(ctx)
}

// owned looks for the proofs of the perimeter.
func (r *runner) owned(ctx context.Context) (*perimeter.Proven, error) {
	return r.c.Perimeter.Prove(ctx, witness{r}, perimeter.Options{Now: r.c.Now(), Open: r.c.Open, Local: r.c.Local, Signers: r.c.Signers})
}

// prove settles what may be touched.
func (r *runner) prove(ctx context.Context) error {
	v, err := r.owned(ctx)
	if err != nil {
		return err
	}
	r.proven, r.run.Proofs, r.run.Mandates = v, v.Proofs(), v.Papers()
	for _, p := range r.run.Proofs {
		r.step("proof", p.Item)
		if p.By == perimeter.Unproven {
			r.gap(p.Item, "all", observe.NotProven, p.Why)
		}
	}
	for _, e := range r.c.Perimeter.Exclude {
		r.gap(e, "all", observe.Excluded, "")
	}
	return nil
}

// may tells whether a port of a machine may be touched under one of its names at least.
func (m *machine) may(port uint16) bool {
	return slices.ContainsFunc(m.hosts, func(h perimeter.Host) bool { return h.May(port) })
}

func (m *machine) whole() bool { return slices.ContainsFunc(m.hosts, perimeter.Host.Whole) }

// target is a port of the machine under its first name that allows it.
func (m *machine) target(port uint16) (perimeter.Target, bool) {
	for _, h := range m.hosts {
		if t, err := h.Target(port); err == nil {
			return t, true
		}
	}
	return perimeter.Target{}, false
}

// sort puts the bare address first, then the names in order.
func (m *machine) sort() {
	slices.SortFunc(m.hosts, func(a, b perimeter.Host) int { return strings.Compare(a.Name(), b.Name()) })
}

// scan asks the ports of machines. Machines with the same ports to ask are scanned together.
func (r *runner) scan(ctx context.Context, list []netip.Addr, workers int) error {
	type batch struct {
		list    []ports.Port
		extra   []uint16
		targets []perimeter.Target
	}
	batches := map[string]*batch{}
	var order []string
	for _, a := range list {
		m := r.machines[a]
		if !m.whole() {
			r.gap(a.String(), "ports", observe.Partly, "")
		}
		var asked []ports.Port
		key := ""
		for _, p := range r.portList() {
			if m.may(p.Number) {
				asked = append(asked, p)
			} else {
				key += strconv.Itoa(int(p.Number)) + " "
			}
		}
		extra := r.declaredPorts(a, m)
		for _, n := range extra {
			key += "+" + strconv.Itoa(int(n))
		}
		b := batches[key]
		if b == nil {
			b = &batch{list: asked, extra: extra}
			batches[key] = b
			order = append(order, key)
		}
		first := slices.IndexFunc(asked, func(p ports.Port) bool { return p.Transport == "tcp" })
		if first < 0 {
			m.scanned = true
			continue
		}
		if t, ok := m.target(asked[first].Number); ok {
			b.targets = append(b.targets, t)
		}
	}
	slices.Sort(order)
	for _, key := range order {
		b := batches[key]
		if err := r.scanBatch(ctx, b.targets, b.list, ports.Options{Extra: b.extra, Workers: workers}); err != nil {
			return err
		}
	}
	return nil
}

// scanBatch scans machines, except those the memory knows.
func (r *runner) scanBatch(ctx context.Context, targets []perimeter.Target, list []ports.Port, o ports.Options) error {
	var todo []perimeter.Target
	for _, t := range targets {
		h, ok := recall[ports.Host](r, "ports "+t.Address().Addr().String())
		if !ok {
			todo = append(todo, t)
			continue
		}
		r.scanned(h)
	}
	if len(todo) == 0 {
		return ctx.Err()
	}
	o.Found = func(at netip.AddrPort) { r.tell("ports", at.String()) }
	hosts, err := ports.Scan(ctx, r.dialer, todo, list, o)
	for _, h := range hosts {
		r.scanned(h)
		if err == nil {
			if err := r.keep("ports "+h.Address.String(), h); err != nil {
				return err
			}
		}
	}
	return err
}

// scanned notes what the ports of a machine showed.
func (r *runner) scanned(h ports.Host) {
	m := r.machines[h.Address]
	m.scanned, m.seen = h.Stopped == 0, h
	r.step("ports", h.Address.String())
	if !h.Alive() {
		r.gap(h.Address.String(), "ports", h.Why, "")
	}
	for _, port := range h.Open {
		r.endpoint(netip.AddrPortFrom(h.Address, port), "tcp")
	}
}

// endpoint notes an open port, within bounds. Which ones are beyond the bound depends on who answers first.
func (r *runner) endpoint(at netip.AddrPort, transport string) *observe.Endpoint {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := place{at, transport}
	e := r.endpoints[key]
	if e == nil {
		if len(r.endpoints) >= maxEndpoints {
			r.gaps[observe.Gap{Subject: at.String(), Part: "service", Why: observe.Bounded}] = true
			return nil
		}
		e = &observe.Endpoint{Address: at, Transport: transport}
		r.endpoints[key] = e
	}
	return e
}

// portList is what is asked of a machine that is wholly proven.
func (r *runner) portList() []ports.Port {
	p := r.c.Perimeter.Ports
	if p.All {
		return ports.All()
	}
	curated := ports.Curated()
	if len(p.List) == 0 {
		return curated
	}
	var out []ports.Port
	for _, each := range curated {
		if each.Transport == "udp" || inList(p.List, each.Number) {
			out = append(out, each)
		}
	}
	for _, span := range p.List {
		for n := int(span.From); n <= int(span.To); n++ {
			if !slices.ContainsFunc(out, func(o ports.Port) bool { return o.Transport == "tcp" && o.Number == uint16(n) }) {
				out = append(out, ports.Port{Number: uint16(n), Transport: "tcp", Stage: ports.First})
			}
		}
	}
	return out
}

func inList(list []perimeter.PortRange, n uint16) bool {
	return slices.ContainsFunc(list, func(p perimeter.PortRange) bool { return p.From <= n && n <= p.To })
}

// declaredPorts lists the TCP ports that the owner says are open at an address.
func (r *runner) declaredPorts(a netip.Addr, m *machine) []uint16 {
	var out []uint16
	for _, s := range r.c.Perimeter.Services {
		at, port, udp := splitService(s.At)
		if !udp && r.isAt(at, a, m) && m.may(port) {
			out = append(out, port)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// expected is the protocol that the owner declares for a port, empty for none.
func (r *runner) expected(a netip.Addr, m *machine, port uint16, transport string) string {
	for _, s := range r.c.Perimeter.Services {
		at, n, udp := splitService(s.At)
		if n == port && udp == (transport == "udp") && r.isAt(at, a, m) {
			return s.Protocol
		}
	}
	return ""
}

// splitService cuts the canonical form of a declared service.
func splitService(text string) (host string, port uint16, udp bool) {
	text, udp = strings.CutSuffix(text, "/udp")
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().String(), ap.Port(), udp
	}
	host, number, _ := strings.Cut(text, ":")
	n, _ := strconv.ParseUint(number, 10, 16) // Check made it
	return host, uint16(n), udp
}

func (r *runner) isAt(host string, a netip.Addr, m *machine) bool {
	return host == a.String() || slices.ContainsFunc(m.hosts, func(h perimeter.Host) bool { return h.Name() == host })
}

// sortedEndpoints lists the endpoints by address, port and transport. The lock is the caller's.
func (r *runner) sortedEndpoints() []*observe.Endpoint {
	var out []*observe.Endpoint
	for _, e := range r.endpoints {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *observe.Endpoint) int {
		return cmp.Or(a.Address.Compare(b.Address), strings.Compare(a.Transport, b.Transport))
	})
	return out
}
