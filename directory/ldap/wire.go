package ldap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// A wire carries requests and answers over one connection, one exchange at a time. After a failure it is dead: answers of
// an exchange left half-way could otherwise be taken for those of the next.
type wire struct {
	server  string
	conn    net.Conn
	in      *bufio.Reader
	buf     []byte
	id      int32
	timeout time.Duration // longest silence of the server within an exchange
	dead    error
}

func newWire(conn net.Conn, server string, timeout time.Duration) *wire {
	return &wire{server: server, conn: conn, in: bufio.NewReaderSize(conn, 64<<10), timeout: timeout}
}

// replace puts a protected connection in the place of the raw one. Nothing read ahead may be left: it would have been sent
// unprotected, before the protection began.
func (w *wire) replace(conn net.Conn) error {
	if w.in.Buffered() > 0 {
		return &integrityError{errors.New("the server sent data before protection began")}
	}
	w.conn = conn
	w.in.Reset(conn)
	return nil
}

// watch ends the exchange under way when ctx ends. The caller must call the function returned.
func (w *wire) watch(ctx context.Context) (stop func() bool) {
	conn := w.conn // the deadline of the raw connection reaches through TLS put over it later
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}

// arm allows the server another silence. It looks at ctx after setting the deadline, so that a cancellation that came
// just before is not forgotten.
func (w *wire) arm(ctx context.Context) error {
	if err := w.conn.SetDeadline(time.Now().Add(w.timeout)); err != nil {
		return err
	}
	return ctx.Err()
}

// send writes one request.
func (w *wire) send(ctx context.Context, op operation, body func(*cryptobyte.Builder), controls []control) error {
	if w.dead != nil {
		return w.dead
	}
	if w.id == math.MaxInt32 {
		w.id = 0
	}
	w.id++
	b, err := encodeMessage(w.id, op, body, controls)
	if err != nil {
		return err
	}
	if err := w.arm(ctx); err != nil {
		return w.fail(err)
	}
	if _, err := w.conn.Write(b); err != nil {
		return w.fail(err)
	}
	return nil
}

// receive reads the next answer to the last request. It points into a buffer that the next call reuses.
func (w *wire) receive(ctx context.Context) (message, error) {
	if w.dead != nil {
		return message{}, w.dead
	}
	if err := w.arm(ctx); err != nil {
		return message{}, w.fail(err)
	}
	content, err := readMessage(w.in, w.buf, maxMessage)
	w.buf = content
	if err != nil {
		return message{}, w.fail(err)
	}
	m, err := decodeMessage(content)
	if err != nil {
		return message{}, w.fail(err)
	}
	switch {
	case m.id == int64(w.id):
		return m, nil
	case m.id == 0 && m.op == answerExtended:
		// The only unsolicited message of RFC 4511 is the notice of disconnection.
		r, err := decodeResult(m.body)
		if err != nil {
			return message{}, w.fail(err)
		}
		return message{}, w.fail(&noticeError{r})
	}
	return message{}, w.fail(&malformed{0, fmt.Sprintf("answer number %d to request number %d", m.id, w.id)})
}

// expect reads an answer that must be of one kind and carry a result.
func (w *wire) expect(ctx context.Context, op byte) (result, error) {
	m, err := w.receive(ctx)
	if err != nil {
		return result{}, err
	}
	if m.op != op {
		return result{}, w.fail(&malformed{0, fmt.Sprintf("answer of kind 0x%02x where 0x%02x should come", m.op, op)})
	}
	r, err := decodeResult(m.body)
	if err != nil {
		return result{}, w.fail(err)
	}
	return r, nil
}

func (w *wire) fail(err error) error {
	if w.dead == nil {
		w.dead = err
		_ = w.conn.Close()
	}
	return err
}

// close takes leave politely when the line is sound.
func (w *wire) close() error {
	if w.dead != nil {
		return nil
	}
	if b, err := encodeMessage(w.id+1, opUnbind, func(*cryptobyte.Builder) {}, nil); err == nil {
		_ = w.conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = w.conn.Write(b)
	}
	w.dead = net.ErrClosed
	return w.conn.Close()
}

// A noticeError is the server's announcement that it closes the connection.
type noticeError struct{ result result }

func (e *noticeError) Error() string {
	return fmt.Sprintf("the server announced the end of the connection (result code %d: %s)", e.result.code, printable(e.result.diagnostic))
}

// fault explains any failure of an exchange.
func (w *wire) fault(ctx context.Context, doing string, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if n, ok := errors.AsType[*noticeError](err); ok && ctx.Err() == nil {
		f := &Fault{Reason: Dropped, Server: w.server, Doing: doing, Err: err}
		if n.result.code == 8 {
			f.Reason = SigningRequired
		}
		return f
	}
	return lineFault(ctx, w.server, doing, err)
}
