package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
)

// WriteJSON writes the JSON form: indented by two spaces, object keys in a fixed order, the same bytes for the same report. It
// writes as it goes: the text of a large directory is many times the size of the report in memory.
func WriteJSON(w io.Writer, r *Report) error {
	out := jsonWriter{Writer: bufio.NewWriterSize(w, 1<<16)}
	out.value(reflect.ValueOf(r), 0)
	out.WriteByte('\n')
	if err := cmp.Or(out.err, out.Flush()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// jsonWriter writes what encoding/json would with an indent and without escaping HTML, for the types of a report: structures, lists,
// maps by string, and leaves, which encoding/json writes itself.
type jsonWriter struct {
	*bufio.Writer
	line    []byte // scratch
	leaf    bytes.Buffer
	encoder *json.Encoder
	err     error
}

func (w *jsonWriter) value(v reflect.Value, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[Objects]():
		list := v.Interface().(Objects)
		w.objects(&list, depth)
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
func (w *jsonWriter) write(v any) {
	if text, ok := v.(string); ok {
		w.line = appendString(w.line[:0], text)
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

// row begins a line at a depth; what stands before it says whether it is the first.
func (w *jsonWriter) row(first bool, depth int) {
	if !first {
		_ = w.WriteByte(',')
	}
	_ = w.WriteByte('\n')
	for range depth {
		_, _ = w.WriteString("  ")
	}
}

// end closes a list or an object.
func (w *jsonWriter) end(empty bool, depth int, bracket byte) {
	if !empty {
		_ = w.WriteByte('\n')
		for range depth {
			_, _ = w.WriteString("  ")
		}
	}
	_ = w.WriteByte(bracket)
}

func (w *jsonWriter) object(v reflect.Value, depth int) {
	_ = w.WriteByte('{')
	empty := true
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		if name == "" || name == "-" || options == "omitempty" && isEmpty(field) {
			continue
		}
		w.row(empty, depth+1)
		w.write(name)
		_, _ = w.WriteString(": ")
		w.value(field, depth+1)
		empty = false
	}
	w.end(empty, depth, '}')
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

func (w *jsonWriter) list(v reflect.Value, depth int) {
	_ = w.WriteByte('[')
	for i := range v.Len() {
		w.row(i == 0, depth+1)
		w.value(v.Index(i), depth+1)
	}
	w.end(v.Len() == 0, depth, ']')
}

func (w *jsonWriter) table(v reflect.Value, depth int) {
	_ = w.WriteByte('{')
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	for i, key := range keys {
		w.row(i == 0, depth+1)
		w.write(key.String())
		_, _ = w.WriteString(": ")
		w.value(v.MapIndex(key), depth+1)
	}
	w.end(len(keys) == 0, depth, '}')
}

// maxReport bounds the size of a report that is read back.
const maxReport = 1 << 30

// Read reads the JSON form, to compare with or to show again. Fields of a later minor version are ignored.
func Read(in io.Reader) (*Report, error) {
	limited := &io.LimitedReader{R: in, N: maxReport + 1}
	d := json.NewDecoder(limited)
	var r Report
	if err := d.Decode(&r); err != nil {
		if limited.N <= 0 {
			return nil, errors.New("read report: larger than 1 GiB")
		}
		return nil, fmt.Errorf("read report at byte %d: %w", d.InputOffset(), err)
	}
	if !strings.HasPrefix(r.Format, "hygie-directory-audit/") {
		return nil, errors.New("read report: not the report of a directory audit")
	}
	if r.Format != Format {
		return nil, fmt.Errorf("read report: format %q, this version reads %q", r.Format, Format)
	}
	return &r, nil
}
