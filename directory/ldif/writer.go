package ldif

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"unicode/utf8"

	"hygie/directory/model"
)

// lineWidth is the width at which lines are folded (RFC 2849, note 3 leaves it to the writer).
const lineWidth = 76

// Writer writes entries in LDIF (RFC 2849), values that are not plain text in base64. It is used by one goroutine.
type Writer struct {
	w    *bufio.Writer
	line []byte
}

// NewWriter writes the version line (RFC 2849). Close must be called at the end.
func NewWriter(w io.Writer) (*Writer, error) {
	out := &Writer{w: bufio.NewWriterSize(w, 64<<10)}
	if _, err := out.w.WriteString("version: 1\n"); err != nil {
		return nil, fmt.Errorf("start LDIF: %w", err)
	}
	return out, nil
}

// WriteEntry adds one record.
func (w *Writer) WriteEntry(e model.Entry) error {
	if err := w.w.WriteByte('\n'); err != nil {
		return fmt.Errorf("write entry %.200q: %w", e.DN, err)
	}
	if err := w.value("dn", []byte(e.DN)); err != nil {
		return fmt.Errorf("write entry %.200q: %w", e.DN, err)
	}
	for _, a := range e.Attributes {
		for _, v := range a.Values {
			if err := w.value(a.Name, v); err != nil {
				return fmt.Errorf("write entry %.200q: %w", e.DN, err)
			}
		}
	}
	return nil
}

// Close writes what is left in memory. The underlying writer stays open.
func (w *Writer) Close() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("end LDIF: %w", err)
	}
	return nil
}

func (w *Writer) value(name string, v []byte) error {
	w.line = append(append(w.line[:0], name...), ':')
	if safe(v) {
		if len(v) > 0 {
			w.line = append(append(w.line, ' '), v...)
		}
	} else {
		w.line = append(w.line, ": "...)
		w.line = base64.StdEncoding.AppendEncode(w.line, v)
	}
	for rest, width := w.line, lineWidth; ; width = lineWidth - 1 {
		n := min(width, len(rest))
		if _, err := w.w.Write(rest[:n]); err != nil {
			return err
		}
		if err := w.w.WriteByte('\n'); err != nil {
			return err
		}
		if rest = rest[n:]; len(rest) == 0 {
			return nil
		}
		if err := w.w.WriteByte(' '); err != nil {
			return err
		}
	}
}

// safe tells whether a value may stand as text: ASCII without control characters, no space, colon or less-than sign at its
// start, no space at its end (RFC 2849, SAFE-STRING).
func safe(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	if v[0] == ' ' || v[0] == ':' || v[0] == '<' || v[len(v)-1] == ' ' {
		return false
	}
	for _, c := range v {
		if c < ' ' || c >= utf8.RuneSelf || c == 0x7f {
			return false
		}
	}
	return true
}
