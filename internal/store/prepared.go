package store

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"
)

// SQLite parses a statement anew each time it is run, which for the short statements of the platform costs more than running them. Connections
// therefore keep the statements that they ran last, as pgx does for PostgreSQL by itself. SQLite prepares a kept statement again by itself when the
// schema changed meanwhile.

// How many statements a connection keeps, and how many bytes of SQL they have together: statements of many rows are long, and are worth it.
const (
	mostPrepared      = 200
	mostPreparedBytes = 256 << 10
)

// preparing opens connections that keep their statements.
type preparing struct{ driver.Connector }

func newPreparing(dsn string) (driver.Connector, error) {
	plain, err := sqlite.NewConnector(dsn)
	return preparing{plain}, err
}

// Connect implements [driver.Connector].
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := c.(plainConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what the store needs"), c.Close())
	}
	return &keepingConn{plainConn: whole, kept: map[string]*list.Element{}, order: list.New()}, nil
}

// plainConn is what the driver's connections can do.
type plainConn interface {
	driver.Conn
	driver.Pinger
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// keepingConn is a connection with the statements it ran last. Package sql uses it from one goroutine at a time.
type keepingConn struct {
	plainConn
	kept   map[string]*list.Element // of *keptStatement, by SQL
	order  *list.List               // the one used last is in front
	bytes  int
	closed bool
}

// plainStatement is what the driver's statements can do.
type plainStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type keptStatement struct {
	plainStatement
	query string
	busy  bool // its rows are being read
}

// worthKeeping tells whether a statement reads or writes rows; others change the database itself and run once.
func worthKeeping(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch strings.ToLower(word) {
	case "select", "insert", "update", "delete", "with":
		return len(query) <= mostPreparedBytes/8
	}
	return false
}

// statement gives the statement of a query, kept or new; nil when it must run without being kept.
func (c *keepingConn) statement(ctx context.Context, query string) (*keptStatement, error) {
	if e := c.kept[query]; e != nil {
		s := e.Value.(*keptStatement)
		if s.busy { // the same query inside its own rows
			return nil, nil
		}
		c.order.MoveToFront(e)
		return s, nil
	}
	if !worthKeeping(query) {
		return nil, nil
	}
	prepared, err := c.plainConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	plain, ok := prepared.(plainStatement)
	if !ok {
		return nil, prepared.Close()
	}
	s := &keptStatement{plainStatement: plain, query: query}
	c.kept[query] = c.order.PushFront(s)
	c.bytes += len(query)
	return s, c.shrink()
}

// shrink drops the statements used longest ago while there are too many.
func (c *keepingConn) shrink() (err error) {
	for e := c.order.Back(); e != nil && e != c.order.Front() && (len(c.kept) > mostPrepared || c.bytes > mostPreparedBytes); {
		s, before := e.Value.(*keptStatement), e.Prev()
		if !s.busy {
			err = errors.Join(err, c.drop(s))
		}
		e = before
	}
	return err
}

// drop forgets a statement.
func (c *keepingConn) drop(s *keptStatement) error {
	if e := c.kept[s.query]; e != nil && e.Value == s {
		c.order.Remove(e)
		delete(c.kept, s.query)
		c.bytes -= len(s.query)
	}
	return s.Close()
}

// ExecContext implements [driver.ExecerContext]. A statement that failed is not used again.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.plainConn.ExecContext(ctx, query, args)
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		c.drop(s) //nolint:errcheck // says again why the statement failed
		return nil, err
	}
	return result, nil
}

// QueryContext implements [driver.QueryerContext].
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.plainConn.QueryContext(ctx, query, args)
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		c.drop(s) //nolint:errcheck // says again why the statement failed
		return nil, err
	}
	whole, ok := found.(plainRows)
	if !ok {
		return nil, errors.Join(errors.New("rows of the SQLite driver lack what the store needs"), found.Close(), c.drop(s))
	}
	s.busy = true
	return &keptRows{plainRows: whole, conn: c, statement: s}, nil
}

// Close implements [driver.Conn].
func (c *keepingConn) Close() error {
	var err error
	for c.order.Len() > 0 {
		err = errors.Join(err, c.drop(c.order.Front().Value.(*keptStatement)))
	}
	c.closed = true
	return errors.Join(err, c.plainConn.Close())
}

// plainRows is what the driver's rows can tell.
type plainRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keptRows give their statement back when they are closed.
type keptRows struct {
	plainRows
	conn      *keepingConn
	statement *keptStatement
}

// Close implements [driver.Rows].
func (r *keptRows) Close() error {
	if r.conn.closed || !r.statement.busy {
		return nil
	}
	err := r.plainRows.Close()
	r.statement.busy = false
	if err != nil { // such as a reading that was interrupted
		r.conn.drop(r.statement) //nolint:errcheck // says again why the reading failed
	}
	return err
}
