package tlsscan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/tlsscan/preface"
)

// lanes is how many questions are put to one server at once; the dialer's own limits hold beside it.
const lanes = 4

// lanesOf is less for remote desktops: their queue of waiting connections is two long on xrdp, and one more is only looked at a second
// later, when TCP tries again.
func lanesOf(p preface.Preface) int {
	if p.Name == "rdp" {
		return 1
	}
	return lanes
}

// patience is how long an answer is waited for once the hello is sent, unless the options say otherwise.
const patience = 4 * time.Second

// asker puts questions to one server, each on its own connection.
type asker struct {
	ctx     context.Context
	dialer  *reach.Dialer
	target  perimeter.Target
	name    string // server name indication
	preface preface.Preface
	wait    time.Duration
	lane    chan struct{}
	readers chan *bufio.Reader // those that no conversation uses now
	left    atomic.Int64       // connections that may still be opened
	silent  atomic.Int64       // questions in a row that stayed without any answer

	once sync.Once
	dead error // why no further question makes sense
	over atomic.Bool
}

// maxSilent is after how many unanswered questions in a row a server is left alone.
const maxSilent = 6

func newAsker(ctx context.Context, dialer *reach.Dialer, target perimeter.Target, o Options) *asker {
	a := &asker{ctx: ctx, dialer: dialer, target: target, preface: o.Preface, wait: o.Wait, lane: make(chan struct{}, lanesOf(o.Preface)),
		readers: make(chan *bufio.Reader, lanes)}
	if a.wait <= 0 {
		a.wait = patience
	}
	if _, err := netip.ParseAddr(target.Name()); err != nil { // an address is no server name (RFC 6066 3)
		a.name = target.Name()
	}
	return a
}

// Reasons of the probe itself not to know.
var (
	errBudget = errors.New("no connection left for this question")
	errSilent = errors.New("the server stopped answering")
)

// give ends all questions: what a server says of TLS as a whole holds for each.
func (a *asker) give(err error) {
	a.once.Do(func() { a.dead = err; a.over.Store(true) })
}

// on opens a connection, plays the preface and lets talk go on with it.
func (a *asker) on(talk func(*reach.Conn) error) error {
	select {
	case a.lane <- struct{}{}:
	case <-a.ctx.Done():
		return a.ctx.Err()
	}
	defer func() { <-a.lane }()
	conn, err := a.open()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(a.wait)); err != nil {
		return err
	}
	err = talk(conn)
	switch {
	case errors.Is(err, ErrNotTLS):
		a.give(err)
	case reach.Why(err) == reach.Silent:
		if a.silent.Add(1) >= maxSilent {
			a.give(errSilent)
		}
	default:
		a.silent.Store(0)
	}
	return err
}

// hears reads from a connection; what it read is copied before the next conversation has the reader.
func (a *asker) hears(conn io.Reader) *bufio.Reader {
	select {
	case in := <-a.readers:
		in.Reset(conn)
		return in
	default:
		return bufio.NewReaderSize(conn, 4096)
	}
}

// heard gives a reader back.
func (a *asker) heard(in *bufio.Reader) {
	in.Reset(nil)
	select {
	case a.readers <- in:
	default:
	}
}

// open connects and plays the preface, a second time if that breaks off: busy servers turn connections away.
func (a *asker) open() (*reach.Conn, error) {
	var last error
	for try := range 2 {
		if a.over.Load() {
			return nil, a.dead
		}
		if a.left.Add(-1) < 0 {
			return nil, errBudget
		}
		if try > 0 {
			select {
			case <-time.After(200 * time.Millisecond):
			case <-a.ctx.Done():
				return nil, a.ctx.Err()
			}
		}
		conn, err := a.dialer.Dial(a.ctx, a.target)
		if err != nil {
			last = err
			continue
		}
		if err = a.preface.Begin(conn, a.target.Name()); err == nil {
			return conn, nil
		}
		conn.Close()
		last = err
		if errors.Is(err, preface.ErrNoTLS) {
			a.give(err)
			return nil, err
		}
	}
	a.give(last)
	return nil, last
}

// reply is what came of one hello.
type reply struct {
	hello  *serverHello
	flight *flight
	err    error
}

// accepted tells whether the server would go on.
func (r reply) accepted() bool { return r.hello != nil }

// refused tells whether the server said no in the words of TLS: the only answers that end a list.
func (r reply) refused() bool {
	var alert Alert
	return !r.accepted() && (errors.As(r.err, &alert) && slices.Contains([]Alert{alertHandshakeFailure, alertProtocolVersion, alertInsufficient}, alert) ||
		errors.Is(r.err, errNoCommonKind))
}

// why names the reason in one word, the same whenever the server behaves the same.
func (r reply) why() string { return whyOf(r.err) }

func whyOf(err error) string {
	var alert Alert
	switch {
	case err == nil:
		return ""
	case errors.As(err, &alert):
		return alert.Error()
	case errors.Is(err, errNoCommonKind):
		return "no common cipher"
	case errors.Is(err, ErrNotTLS), errors.Is(err, errNotSSL2):
		return "not_tls"
	case errors.Is(err, preface.ErrNoTLS):
		return "no_starttls"
	case errors.Is(err, errBudget):
		return "budget"
	case errors.Is(err, errSilent):
		return string(reach.Silent)
	}
	return string(reach.Why(err))
}

// ask sends a hello and reads the ServerHello and, up to TLS 1.2, the messages after it: a server may choose a suite that it then cannot
// serve (DHE without parameters), which is no acceptance.
func (a *asker) ask(h hello) reply {
	h.name = a.name
	record, err := h.record()
	if err != nil {
		return reply{err: err}
	}
	var r reply
	r.err = a.on(func(conn *reach.Conn) error {
		if _, err := conn.Write(record); err != nil {
			return err
		}
		in := a.hears(conn)
		defer a.heard(in)
		c := conversation{r: in}
		s, err := c.hello()
		if err != nil {
			return err
		}
		if err := h.honest(s); err != nil {
			return err
		}
		if s.version < TLS13 {
			f, err := c.flight(s.suite)
			if err != nil {
				return fmt.Errorf("after the ServerHello: %w", err)
			}
			r.flight = f
		}
		r.hello = s
		return nil
	})
	return r
}

// honest checks that the server chose among what it was offered.
func (h hello) honest(s *serverHello) error {
	if s.version > h.version || h.version == TLS13 && s.version != TLS13 && !s.retry {
		return fmt.Errorf("the server chose %v, which was not offered", s.version)
	}
	if !slices.Contains(h.suites, s.suite) {
		return fmt.Errorf("the server chose suite %v, which was not offered", s.suite)
	}
	return nil
}

// each runs the jobs at once and waits for them; the lanes bound how many talk.
func each(jobs ...func()) {
	if len(jobs) == 0 {
		return
	}
	var all sync.WaitGroup
	for _, job := range jobs[1:] {
		all.Go(job)
	}
	jobs[0]()
	all.Wait()
}
