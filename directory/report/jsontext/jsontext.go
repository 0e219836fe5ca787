// Package jsontext writes values as indented JSON (RFC 8259) without holding the text: the report of a large directory is many times its size
// in memory. The bytes are those of encoding/json; a structure that knows a faster way writes itself ([Indented]).
package jsontext

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteIndented writes a value and a line feed: what encoding/json would with an indent of two spaces, without escaping HTML (RFC 8259).
func WriteIndented(to io.Writer, v any) error {
	w := Writer{Writer: bufio.NewWriterSize(to, 1<<16)}
	w.value(reflect.ValueOf(v), 0)
	_ = w.WriteByte('\n')
	return cmp.Or(w.err, w.Flush())
}

// Indented is a structure that writes itself, as an element at a depth (RFC 8259).
type Indented interface {
	WriteIndented(w *Writer, depth int)
}

// Writer writes what encoding/json would with an indent and without escaping HTML, for the types of a report: structures, lists,
// maps by string, and leaves, which encoding/json writes itself (RFC 8259).
type Writer struct {
	*bufio.Writer
	line    []byte // scratch
	leaf    bytes.Buffer
	encoder *json.Encoder
	err     error
}

func (w *Writer) value(v reflect.Value, depth int) {
	switch {
	case v.Kind() == reflect.Struct && v.Type().Implements(reflect.TypeFor[Indented]()):
		v.Interface().(Indented).WriteIndented(w, depth)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		w.value(v.Elem(), depth)
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		w.object(v, depth)
	case v.Kind() == reflect.Slice && !v.IsNil():
		w.list(v, depth)
	case v.Kind() == reflect.Map && !v.IsNil():
		w.table(v, depth)
	default:
		w.write(v.Interface())
	}
}

// write writes a leaf.
func (w *Writer) write(v any) {
	if text, ok := v.(string); ok {
		w.line = AppendString(w.line[:0], text)
		_, _ = w.Write(w.line)
		return
	}
	if w.encoder == nil {
		w.encoder = json.NewEncoder(&w.leaf)
		w.encoder.SetEscapeHTML(false)
	}
	w.leaf.Reset()
	if err := w.encoder.Encode(v); err != nil && w.err == nil {
		w.err = err
	}
	_, _ = w.Write(bytes.TrimSuffix(w.leaf.Bytes(), []byte("\n"))) // the writer keeps its error until Flush
}

// Row begins a line at a depth; what stands before it says whether it is the first.
func (w *Writer) Row(first bool, depth int) {
	if !first {
		_ = w.WriteByte(',')
	}
	_ = w.WriteByte('\n')
	for range depth {
		_, _ = w.WriteString("  ")
	}
}

// End closes a list or an object.
func (w *Writer) End(empty bool, depth int, bracket byte) {
	if !empty {
		_ = w.WriteByte('\n')
		for range depth {
			_, _ = w.WriteString("  ")
		}
	}
	_ = w.WriteByte(bracket)
}

func (w *Writer) object(v reflect.Value, depth int) {
	_ = w.WriteByte('{')
	empty := true
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		if name == "" || name == "-" || options == "omitempty" && isEmpty(field) {
			continue
		}
		w.Row(empty, depth+1)
		w.write(name)
		_, _ = w.WriteString(": ")
		w.value(field, depth+1)
		empty = false
	}
	w.End(empty, depth, '}')
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func (w *Writer) list(v reflect.Value, depth int) {
	_ = w.WriteByte('[')
	for i := range v.Len() {
		w.Row(i == 0, depth+1)
		w.value(v.Index(i), depth+1)
	}
	w.End(v.Len() == 0, depth, ']')
}

func (w *Writer) table(v reflect.Value, depth int) {
	_ = w.WriteByte('{')
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	for i, key := range keys {
		w.Row(i == 0, depth+1)
		w.write(key.String())
		_, _ = w.WriteString(": ")
		w.value(v.MapIndex(key), depth+1)
	}
	w.End(len(keys) == 0, depth, '}')
}

// AppendString appends a string as encoding/json writes it without escaping HTML (RFC 8259 section 7): what is not UTF-8 becomes the
// replacement character, and the two line separators that JavaScript does not take in a string are escaped.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			if at := bytes.IndexByte([]byte("\"\\\b\f\n\r\t"), c); at >= 0 {
				dst = append(dst, '\\', `"\bfnrt`[at])
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}
