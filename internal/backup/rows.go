package backup

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"hygie/internal/store"
)

// form is how a column's values are written, whatever the engine calls its type.
type form string

const (
	wholeForm form = "whole" // JSON number without fraction
	realForm  form = "real"
	boolForm  form = "bool"
	bytesForm form = "bytes" // base64
	textForm  form = "text"
)

// formOf maps a declared type of either engine.
func formOf(databaseType string) form {
	t := strings.ToUpper(databaseType)
	switch {
	case strings.Contains(t, "INT"):
		return wholeForm
	case strings.Contains(t, "BOOL"):
		return boolForm
	case strings.Contains(t, "BYTEA"), strings.Contains(t, "BLOB"):
		return bytesForm
	case strings.Contains(t, "DOUBLE"), strings.Contains(t, "FLOAT"), strings.Contains(t, "REAL"):
		return realForm
	}
	return textForm
}

type header struct {
	Columns []string `json:"columns"`
	Forms   []form   `json:"forms"`
}

// writeRows writes a table: a line with its columns, then a line per row.
func writeRows(ctx context.Context, tx *store.Tx, table string, w io.Writer) (n int, err error) {
	rows, err := tx.Query(ctx, `select * from `+table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	var head header
	for _, t := range types {
		head.Columns = append(head.Columns, t.Name())
		head.Forms = append(head.Forms, formOf(t.DatabaseTypeName()))
	}
	buffer := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(head); err != nil {
		return 0, err
	}
	values := make([]any, len(types))
	into := make([]any, len(types))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, err
		}
		for i, form := range head.Forms {
			values[i] = neutral(form, values[i])
		}
		if err := lines.Encode(values); err != nil {
			return n, err
		}
		n++
	}
	return n, errors.Join(rows.Err(), buffer.Flush())
}

// neutral turns a driver's value into the form's JSON value: SQLite gives booleans as integers and either driver may give text
// as bytes.
func neutral(form form, value any) any {
	switch v := value.(type) {
	case int64:
		if form == boolForm {
			return v != 0
		}
	case []byte:
		if form != bytesForm {
			return string(v)
		}
	case string:
		if form == bytesForm {
			return []byte(v)
		}
	}
	return value
}

// maxLine bounds one row of a backup, in bytes.
const maxLine = 64 << 20

// readRows inserts the rows of a member into a table.
func readRows(ctx context.Context, tx *store.Tx, table string, r io.Reader) (n int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	var head header
	if !lines.Scan() {
		return 0, fmt.Errorf("the line of columns is missing: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
	}
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil || len(head.Columns) != len(head.Forms) || len(head.Columns) == 0 {
		return 0, errors.Join(errors.New("the line of columns cannot be read"), err)
	}
	marks := make([]string, len(head.Columns))
	for i, name := range head.Columns {
		if !plainName(name) {
			return 0, fmt.Errorf("column name %q is not one of ours", name)
		}
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	insert := `insert into ` + table + ` (` + strings.Join(head.Columns, ", ") + `) values (` + strings.Join(marks, ", ") + `)`
	for lines.Scan() {
		args, err := readRow(lines.Bytes(), head)
		if err != nil {
			return n, fmt.Errorf("row %d: %w", n+1, err)
		}
		if _, err := tx.Exec(ctx, insert, args...); err != nil {
			return n, fmt.Errorf("row %d: %w", n+1, err)
		}
		n++
	}
	return n, lines.Err()
}

func readRow(line []byte, head header) ([]any, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil {
		return nil, err
	}
	if len(cells) != len(head.Columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(cells), len(head.Columns))
	}
	args := make([]any, len(cells))
	for i, cell := range cells {
		if bytes.Equal(cell, []byte("null")) {
			continue
		}
		value, err := readCell(head.Forms[i], cell)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", head.Columns[i], err)
		}
		args[i] = value
	}
	return args, nil
}

func readCell(form form, cell json.RawMessage) (any, error) {
	switch form {
	case wholeForm:
		return decode[int64](cell)
	case realForm:
		return decode[float64](cell)
	case boolForm:
		return decode[bool](cell)
	case bytesForm:
		return decode[[]byte](cell)
	case textForm:
		return decode[string](cell)
	}
	return nil, fmt.Errorf("unknown form %q", form)
}

func decode[T any](cell json.RawMessage) (any, error) {
	var v T
	err := json.Unmarshal(cell, &v)
	return v, err
}

func plainName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
