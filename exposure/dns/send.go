package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	wire "github.com/miekg/dns"
)

// payload is the size of answer asked for over UDP: what crosses any network whole (DNS flag day 2020).
const payload = 1232

// newQuery asks for the signatures too (DO) and for the answer whatever the resolver thinks of them (CD): the client judges by itself.
func newQuery(name string, qtype uint16, recursive bool) *wire.Msg {
	m := new(wire.Msg)
	m.SetQuestion(name, qtype)
	m.RecursionDesired = recursive
	m.CheckingDisabled = true
	m.SetEdns0(payload, true)
	return m
}

// send asks the resolvers in turn until one gives a usable answer or the tries are spent.
func (c *Client) send(ctx context.Context, name string, qtype uint16) (*wire.Msg, error) {
	if len(c.config.Resolvers) == 0 {
		return nil, &Failure{Name: Plain(name), Type: qtype, Reason: Network, Detail: "no resolver is known"}
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	last := &Failure{Name: Plain(name), Type: qtype, Reason: Dead}
	if c.health.dead.Load() && !c.revive(ctx) {
		return nil, last
	}
	for try := range c.config.Tries {
		server := c.config.Resolvers[try%len(c.config.Resolvers)]
		m, err := c.exchange(ctx, server, newQuery(name, qtype, true))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failure := judge(m, err)
		if failure == nil {
			c.health.silent.Store(0)
			return m, nil
		}
		failure.Name, failure.Type = last.Name, qtype
		last = failure
		if last.Reason == Timeout || last.Reason == Network {
			c.health.silent.Add(1)
		} else {
			c.health.silent.Store(0)
		}
	}
	if c.health.silent.Load() >= patience {
		c.health.dead.Store(!c.revive(ctx))
	}
	return nil, last
}

// exchange sends a query, and again without extensions to a server too old to know them.
func (c *Client) exchange(ctx context.Context, server netip.AddrPort, query *wire.Msg) (*wire.Msg, error) {
	m, err := c.config.Exchange(ctx, server, query)
	if err == nil && tooOld(m) {
		return c.config.Exchange(ctx, server, withoutExtensions(query))
	}
	return m, err
}

// tooOld tells whether a server does not know the extensions of a question (RFC 6891 section 7).
func tooOld(m *wire.Msg) bool {
	return (m.Rcode == wire.RcodeFormatError || m.Rcode == wire.RcodeNotImplemented) && m.IsEdns0() == nil
}

func withoutExtensions(query *wire.Msg) *wire.Msg {
	plain := query.Copy()
	plain.Extra = nil
	plain.Id = wire.Id()
	return plain
}

// needsStream tells whether an answer by UDP asks for the question to be put by TCP: it was cut short, or its server answers no stranger by
// UDP who brings no cookie (RFC 7873 section 5.2.3).
func needsStream(m *wire.Msg) bool { return m.Truncated || m.Rcode == wire.RcodeBadCookie }

// judge tells why a message cannot be used, nil if it can.
func judge(m *wire.Msg, err error) *Failure {
	switch {
	case err != nil:
		return &Failure{Reason: sortError(err), Err: err}
	case m.Rcode == wire.RcodeSuccess || m.Rcode == wire.RcodeNameError:
		return nil
	}
	f := &Failure{Reason: Refused, Detail: wire.RcodeToString[m.Rcode]}
	switch m.Rcode {
	case wire.RcodeServerFailure:
		f.Reason = Failed
	case wire.RcodeFormatError:
		f.Reason = Malformed
	}
	for _, note := range notes(m, nil) {
		f.Detail += "; " + note
	}
	return f
}

func sortError(err error) Reason {
	var timeout net.Error
	var packing *wire.Error
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return Timeout
	case errors.As(err, &packing), errors.Is(err, errForeign):
		return Malformed
	default:
		return Network
	}
}

// health is what the client knows of its resolvers' life. Silence about one name may be that name's fault; after much silence
// the resolvers are asked for the root, and if even that is not answered every further question fails at once, so that an audit whose
// resolver died ends in time.
type health struct {
	silent atomic.Int32 // tries without an answer, in a row
	dead   atomic.Bool
	asking atomic.Bool
	asked  atomic.Int64 // when the resolvers were last asked for the root, in nanoseconds since 1970
}

// respite is how long a dead resolver is left alone before it is tried again.
const respite = 5 * time.Second

// patience is how many tries in a row may stay silent before the resolver itself is doubted.
const patience = 24

// revive asks each resolver for the root's name servers. One caller at a time does; the others believe what is known.
func (c *Client) revive(ctx context.Context) bool {
	if time.Since(time.Unix(0, c.health.asked.Load())) < respite || !c.health.asking.CompareAndSwap(false, true) {
		return !c.health.dead.Load()
	}
	defer func() {
		c.health.asked.Store(time.Now().UnixNano())
		c.health.asking.Store(false)
	}()
	for _, server := range c.config.Resolvers {
		if _, err := c.exchange(ctx, server, newQuery(".", TypeNS, true)); err == nil {
			c.health.dead.Store(false)
			c.health.silent.Store(0)
			return true
		}
	}
	return ctx.Err() != nil // a caller who gave up proves nothing
}
