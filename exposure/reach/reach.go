// Package reach is the only way out of an exposure audit: it opens connections and sends datagrams to targets of the perimeter, at
// the pace the owner chose, each with a deadline and a byte limit.
//
//	dialer := reach.New(reach.Courteous())
//	conn, err := dialer.Dial(ctx, target)
//
// A server that answers one byte a minute or never stops talking costs at most [Limits.Exchange] and [Limits.Bytes]. Errors tell
// what the silence means: see [Why].
package reach

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"hygie/exposure/perimeter"
)

// Limits bound what one target, one network and the whole audit may be asked. A zero field takes the value of [Courteous].
type Limits struct {
	PerAddress int     // connections open at once to one address
	PerSecond  float64 // connections a second to one address
	PerNetwork float64 // connections a second to one /24 or /64
	Total      int     // connections open at once in all

	Connect  time.Duration // wait for an answer to a connection request
	Exchange time.Duration // whole life of a connection
	Bytes    int64         // read from one connection
}

// Courteous are the limits an audit keeps unless the owner chose others: 4 connections at once and 20 a second to one address.
func Courteous() Limits {
	return Limits{PerAddress: 4, PerSecond: 20, PerNetwork: 500, Total: 256, Connect: 2 * time.Second, Exchange: 10 * time.Second, Bytes: 1 << 20}
}

func (l Limits) complete() Limits {
	c := Courteous()
	if l.PerAddress > 0 {
		c.PerAddress = l.PerAddress
	}
	if l.PerSecond > 0 {
		c.PerSecond = l.PerSecond
	}
	if l.PerNetwork > 0 {
		c.PerNetwork = l.PerNetwork
	}
	if l.Total > 0 {
		c.Total = l.Total
	}
	if l.Connect > 0 {
		c.Connect = l.Connect
	}
	if l.Exchange > 0 {
		c.Exchange = l.Exchange
	}
	if l.Bytes > 0 {
		c.Bytes = l.Bytes
	}
	return c
}

// Dialer opens paced connections. It may be used by many goroutines at once.
type Dialer struct {
	// Log is told of each connection and datagram just before it leaves, from many goroutines; nil for nobody.
	Log func(transport string, t perimeter.Target)

	limits   Limits
	pace     *pace
	opened   atomic.Int64
	refusals refusals
}

// New returns a dialer that keeps limits.
func New(limits Limits) *Dialer {
	limits = limits.complete()
	return &Dialer{limits: limits, pace: newPace(limits)}
}

// Opened counts the connections and datagrams asked for so far.
func (d *Dialer) Opened() int64 { return d.opened.Load() }

// leave counts what goes out.
func (d *Dialer) leave(transport string, t perimeter.Target) {
	d.opened.Add(1)
	if d.Log != nil {
		d.Log(transport, t)
	}
}

// Dial waits for the target's turn, connects by TCP, and returns a connection that ends by itself at its time and byte limits. A port that did not
// take three connections in a row is not asked again: Dial fails at once with what it said last.
func (d *Dialer) Dial(ctx context.Context, t perimeter.Target) (*Conn, error) {
	if err := d.refusals.over(t.Address()); err != nil {
		return nil, err
	}
	release, err := d.enter(ctx, t, talk)
	if err != nil {
		return nil, err
	}
	d.leave("tcp", t)
	dialer := net.Dialer{Timeout: d.limits.Connect, KeepAlive: -1}
	raw, err := dialer.DialContext(ctx, "tcp", t.Address().String())
	if ctx.Err() == nil {
		d.refusals.note(t.Address(), err)
	}
	if err != nil {
		release()
		return nil, err
	}
	end := time.Now().Add(d.limits.Exchange)
	if err := raw.SetDeadline(end); err != nil {
		raw.Close()
		release()
		return nil, err
	}
	c := &Conn{Conn: raw, end: end, left: d.limits.Bytes, release: release}
	c.stop = context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	return c, nil
}

// ErrNotAllowed is a target that leads nowhere: a port that the perimeter excludes.
var ErrNotAllowed = errors.New("the perimeter does not allow this port")

// enter waits for the target's turn to talk or knock.
func (d *Dialer) enter(ctx context.Context, t perimeter.Target, kind int) (release func(), err error) {
	if !t.Address().IsValid() {
		return nil, ErrNotAllowed
	}
	return d.pace.enter(ctx, t.Address().Addr(), kind)
}

// Conn is a connection with an end: no read or write outlives [Limits.Exchange], no more than [Limits.Bytes] are read.
type Conn struct {
	net.Conn
	end     time.Time
	left    int64
	release func()
	stop    func() bool
	closed  atomic.Bool
}

// ErrTooMuch ends a connection whose peer never stops sending.
var ErrTooMuch = errors.New("the server sends more than a probe reads")

// Read reads within the byte limit, then fails with [ErrTooMuch].
func (c *Conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, ErrTooMuch
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// SetDeadline shortens the connection's life; it cannot lengthen it.
func (c *Conn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.sooner(t)) }

// SetReadDeadline shortens the wait for an answer; it cannot outlive the connection.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.sooner(t)) }

// SetWriteDeadline shortens the wait for a write; it cannot outlive the connection.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.sooner(t)) }

func (c *Conn) sooner(t time.Time) time.Time {
	if t.IsZero() || t.After(c.end) {
		return c.end
	}
	return t
}

// Close ends the connection and gives its place to the next. It may be called twice.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.stop()
	err := c.Conn.Close()
	c.release()
	return err
}

// Knock tells whether something listens: it connects by TCP and hangs up at once, without a byte. It waits for an answer no longer
// than wait, or [Limits.Connect] when wait is zero or longer than that, and tells how long the answer took.
func (d *Dialer) Knock(ctx context.Context, t perimeter.Target, wait time.Duration) (took time.Duration, err error) {
	release, err := d.enter(ctx, t, knock)
	if err != nil {
		return 0, err
	}
	defer release()
	d.leave("tcp", t)
	if wait <= 0 || wait > d.limits.Connect {
		wait = d.limits.Connect
	}
	begin := time.Now()
	err = connect(ctx, t.Address(), wait)
	return time.Since(begin), err
}

// datagramWait is how long the answers of one datagram are waited for, or [Limits.Connect] if that is shorter: no queue stands between
// question and answer, and most ports asked this way never answer.
const datagramWait = time.Second

func (d *Dialer) datagramEnd() time.Time {
	return time.Now().Add(min(datagramWait, d.limits.Connect))
}

// Exchange sends one datagram and returns the answers that come within a second ([Limits.Connect] if shorter), at most max of them, each
// with the number of bytes received. It sends twice if nothing came the first time. No answer at all is os.ErrDeadlineExceeded.
func (d *Dialer) Exchange(ctx context.Context, t perimeter.Target, datagram []byte, max int) ([][]byte, error) {
	return d.twice(ctx, t, datagram, max, d.exchangeOnce)
}

// ExchangeFree is [Dialer.Exchange] for protocols whose server answers from a port of its choice (TFTP, RFC 1350 4): it
// takes datagrams from any port of the target's address, and from no other address. A refusal by ICMP is then not seen.
func (d *Dialer) ExchangeFree(ctx context.Context, t perimeter.Target, datagram []byte, max int) ([][]byte, error) {
	return d.twice(ctx, t, datagram, max, d.exchangeFree)
}

func (d *Dialer) twice(ctx context.Context, t perimeter.Target, datagram []byte, max int, once exchange) ([][]byte, error) {
	for range 2 {
		answers, err := once(ctx, t, datagram, max)
		if len(answers) > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return answers, err
		}
	}
	return nil, os.ErrDeadlineExceeded
}

type exchange func(context.Context, perimeter.Target, []byte, int) ([][]byte, error)

func (d *Dialer) exchangeFree(ctx context.Context, t perimeter.Target, datagram []byte, max int) (answers [][]byte, err error) {
	release, err := d.enter(ctx, t, talk)
	if err != nil {
		return nil, err
	}
	defer release()
	d.leave("udp", t)
	conn, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := conn.SetDeadline(d.datagramEnd()); err != nil {
		return nil, err
	}
	if _, err := conn.WriteToUDPAddrPort(datagram, t.Address()); err != nil {
		return nil, err
	}
	buffer := make([]byte, 65535)
	for len(answers) < max {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if len(answers) > 0 {
				return answers, nil
			}
			return nil, err
		}
		if from.Addr().Unmap() == t.Address().Addr().Unmap() {
			answers = append(answers, append([]byte(nil), buffer[:n]...))
		}
	}
	return answers, nil
}

func (d *Dialer) exchangeOnce(ctx context.Context, t perimeter.Target, datagram []byte, max int) (answers [][]byte, err error) {
	release, err := d.enter(ctx, t, talk)
	if err != nil {
		return nil, err
	}
	defer release()
	d.leave("udp", t)
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", t.Address().String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := conn.SetDeadline(d.datagramEnd()); err != nil {
		return nil, err
	}
	if _, err := conn.Write(datagram); err != nil {
		return nil, err
	}
	buffer := make([]byte, 65535)
	for len(answers) < max {
		n, err := conn.Read(buffer)
		if err != nil {
			if len(answers) > 0 {
				return answers, nil
			}
			return nil, err
		}
		answers = append(answers, append([]byte(nil), buffer[:n]...))
	}
	return answers, nil
}

// Silence says why nothing was learnt from a target.
type Silence string

const (
	Refused     Silence = "refused"     // the host says nothing listens there
	Silent      Silence = "silent"      // no answer in time: filtered, slow or away
	Reset       Silence = "reset"       // the peer cut the connection
	Unreachable Silence = "unreachable" // no way to the host
	Broken      Silence = "broken"      // the answer made no sense or never ended
	Stopped     Silence = "stopped"     // the audit itself was stopped
)

// Why sorts the error of a probe. It is empty for a nil error.
func Why(err error) Silence {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !isTimeout(err):
		return Stopped
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Reset
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable
	case isTimeout(err):
		return Silent
	default:
		return Broken
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// network is the /24 or /64 an address belongs to, which shares one pace.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits) // the widths above fit their families
	return p
}
