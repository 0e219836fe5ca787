// Package exposure audits what an establishment shows to the internet: from a declared and proven perimeter to facts, from facts to
// findings, from findings to a report.
//
//	run, err := exposure.Audit(ctx, exposure.Config{Perimeter: p, Resolvers: resolvers, ...})
//	decided, err := exposure.Decide(run, exposure.Options{Language: "fr"})
//	err = report.WriteHTML(out, decided)
//
// Audit is the only part that uses the network, and it touches nothing but what package perimeter proves: each address and port it
// connects to comes from a perimeter.Target. Decide is pure: it derives the same findings from the same facts, years later as well.
//
// The same servers give the same facts, byte for byte: lists are sorted, tries are fixed. An audit that was killed goes on where it
// was when it is given the same [Memory].
package exposure

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hygie/exposure/discover"
	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
)

// Config says what to audit and with what.
type Config struct {
	Perimeter *perimeter.Perimeter // checked
	Resolvers []netip.AddrPort     // dns.System gives those of the machine
	Anchors   []dns.Anchor         // of DNSSEC, beside the root's
	Roots     *x509.CertPool       // certificate authorities to believe; nil for the system's
	Authority *x509.CertPool       // authorities the owner declares beside them: an internal one is no fault
	Imports   []discover.Import
	// Open reads a mandate's file, named as in the perimeter; nil when there is none.
	Open func(file string) ([]byte, error)
	// Signers are the authorities to believe of those who sign mandates; nil leaves their certificates unverified.
	Signers *x509.CertPool
	// Local allows targets on this machine and in private networks. A platform that serves others leaves it off.
	Local bool

	Now      func() time.Time // nil for time.Now
	Tool     string           // version of the program, kept with the facts
	Memory   Memory           // nil keeps nothing: a killed audit starts again
	Progress func(Event)      // told from one goroutine at a time; nil for nobody
	Log      func(Contact)    // told of everything that goes to a target, just before, from many goroutines; nil for nobody
	Limits   reach.Limits     // what the perimeter's pace leaves open
	Longest  time.Duration    // the audit stops after it; 6 hours if zero
}

// Contact is one connection, or one datagram, to a target. Questions to the resolver are none.
type Contact struct {
	At        time.Time
	Transport string         // "tcp" or "udp"
	Address   netip.AddrPort // where to
	Name      string         // asked for; empty for the bare address
}

// Event is a step of an audit.
type Event struct {
	Phase   string // one of Phases
	Done    int
	Total   int // grows while names are found
	Subject string
}

// Why an audit does not run or does not end.
var (
	ErrHours  = errors.New("outside the hours in which the perimeter allows the audit")
	ErrOther  = errors.New("the memory is that of another audit")
	ErrTooOld = errors.New("the memory is older than a day: what it saw may have changed")
)

// Audit looks at the whole perimeter. When it ends early (ctx, the hours, the longest time), it gives what was seen so far beside the
// error, and the same Config with the same Memory goes on.
func Audit(ctx context.Context, c Config) (*observe.Run, error) {
	r, err := newRunner(c)
	if err != nil {
		return nil, fmt.Errorf("audit exposure: %w", err)
	}
	ctx, stop, err := r.hours(ctx)
	if err != nil {
		return nil, fmt.Errorf("audit exposure: %w", err)
	}
	defer stop()
	if err := r.all(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return r.result(), fmt.Errorf("audit exposure: %w", err)
	}
	return r.result(), nil
}

// Prove says what of the perimeter is proven, touching nothing else.
func Prove(ctx context.Context, c Config) (*perimeter.Proven, error) {
	r, err := newRunner(c)
	if err != nil {
		return nil, fmt.Errorf("prove perimeter: %w", err)
	}
	return r.owned(ctx)
}
