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

	"hygie/directory/ldap/internal/kerberos"
	"hygie/directory/ldap/message"
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
		return kerberos.Breach(errors.New("the server sent data before protection began"))
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
func (w *wire) send(ctx context.Context, op message.Operation, body func(*cryptobyte.Builder), controls []message.Control) error {
	if w.dead != nil {
		return w.dead
	}
	if w.id == math.MaxInt32 {
		w.id = 0
	}
	w.id++
	b, err := message.Encode(w.id, op, body, controls)
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
func (w *wire) receive(ctx context.Context) (message.Message, error) {
	if w.dead != nil {
		return message.Message{}, w.dead
	}
	if err := w.arm(ctx); err != nil {
		return message.Message{}, w.fail(err)
	}
	content, err := message.Read(w.in, w.buf, message.Max)
	w.buf = content
	if err != nil {
		return message.Message{}, w.fail(err)
	}
	m, err := message.Decode(content)
	if err != nil {
		return message.Message{}, w.fail(err)
	}
	switch {
	case m.ID == int64(w.id):
		return m, nil
	case m.ID == 0 && m.Op == message.AnswerExtended:
		// The only unsolicited message of RFC 4511 is the notice of disconnection.
		r, err := message.DecodeResult(m.Body)
		if err != nil {
			return message.Message{}, w.fail(err)
		}
		return message.Message{}, w.fail(&noticeError{r})
	}
	return message.Message{}, w.fail(message.Malform(fmt.Sprintf("answer number %d to request number %d", m.ID, w.id)))
}

// expect reads an answer that must be of one kind and carry a result.
func (w *wire) expect(ctx context.Context, op byte) (message.Result, error) {
	m, err := w.receive(ctx)
	if err != nil {
		return message.Result{}, err
	}
	if m.Op != op {
		return message.Result{}, w.fail(message.Malform(fmt.Sprintf("answer of kind 0x%02x where 0x%02x should come", m.Op, op)))
	}
	r, err := message.DecodeResult(m.Body)
	if err != nil {
		return message.Result{}, w.fail(err)
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
	if b, err := message.Encode(w.id+1, message.OpUnbind, func(*cryptobyte.Builder) {}, nil); err == nil {
		_ = w.conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = w.conn.Write(b)
	}
	w.dead = net.ErrClosed
	return w.conn.Close()
}

// A noticeError is the server's announcement that it closes the connection.
type noticeError struct{ result message.Result }

func (e *noticeError) Error() string {
	return fmt.Sprintf("the server announced the end of the connection (result code %d: %s)", e.result.Code, message.Printable(e.result.Diagnostic))
}

// fault explains any failure of an exchange.
func (w *wire) fault(ctx context.Context, doing string, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if n, ok := errors.AsType[*noticeError](err); ok && ctx.Err() == nil {
		f := &Fault{Reason: Dropped, Server: w.server, Doing: doing, Err: err}
		if n.result.Code == 8 {
			f.Reason = SigningRequired
		}
		return f
	}
	return lineFault(ctx, w.server, doing, err)
}
