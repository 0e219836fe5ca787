package sharphound

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// window is a part of a file, moved along it.
type window struct {
	r     io.Reader
	buf   []byte
	start int   // first byte of buf not used yet
	base  int64 // offset in the file of buf[0]
	eof   bool
	limit int64 // of the file
	most  int   // of the window
}

const (
	windowSize     = 1 << 20
	defaultElement = 256 << 20 // bytes of one object of a file
)

var errElement = errors.New("longer than an object may be")

// more reads further bytes. What precedes start is given up, so that slices of buf become invalid.
func (w *window) more() error {
	if w.eof {
		return io.ErrUnexpectedEOF
	}
	if w.start > 0 {
		n := copy(w.buf[:cap(w.buf)], w.buf[w.start:])
		w.buf = w.buf[:n]
		w.base += int64(w.start)
		w.start = 0
	}
	if len(w.buf) >= w.most {
		return errElement
	}
	if len(w.buf) > cap(w.buf)/2 || cap(w.buf) == 0 {
		grown := make([]byte, len(w.buf), max(2*cap(w.buf), windowSize))
		copy(grown, w.buf)
		w.buf = grown
	}
	// The free part is filled whole: a value that goes on is read again from its start, on a window that doubles.
	n, err := io.ReadFull(w.r, w.buf[len(w.buf):cap(w.buf)])
	w.buf = w.buf[:len(w.buf)+n]
	if w.base+int64(len(w.buf)) > w.limit {
		return fmt.Errorf("more than %d bytes", w.limit)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		w.eof = true
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	return err
}

// offset gives the place in the file of a place in the window.
func (w *window) offset(at int) int64 { return w.base + int64(at) }

// fault is what ends the reading of a file, with its place.
type fault struct {
	offset int64
	err    error
}

func (f *fault) Error() string { return fmt.Sprintf("byte %d: %v", f.offset, f.err) }
func (f *fault) Unwrap() error { return f.err }

// stream walks over a file.
type stream struct {
	window
	scan scanner
}

func newStream(r io.Reader, limit int64, element int) *stream {
	s := &stream{window: window{r: r, limit: limit, most: element}}
	if s.more() == nil { // an empty file is a fault of the first value
		s.start = len(s.buf) - len(bytes.TrimPrefix(s.buf, []byte{0xEF, 0xBB, 0xBF}))
	}
	return s
}

// try runs read on the window, again on a longer one while the value goes on after its end. read must have no effect when it
// fails with errMore.
func (s *stream) try(read func(*scanner)) error {
	for {
		s.scan.reset(s.buf, s.start)
		read(&s.scan)
		switch err := s.scan.err; {
		case err == nil:
			s.start = s.scan.at
			return nil
		case !errors.Is(err, errMore):
			return &fault{s.offset(s.scan.at), err}
		}
		err := s.more()
		s.scan.moved()
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errMore
			}
			return &fault{s.offset(len(s.buf)), err}
		}
	}
}

// meta is the description that a file gives of itself.
type meta struct {
	methods   int64
	kind      string
	count     int64
	hasCount  bool
	version   int64
	collector string
}

// errShape says that a file is JSON and not of this format.
var errShape = errors.New(`no "data" list with "meta" beside it: not a file of SharpHound`)

// file is the outermost object of a file: one run of walk.
type file struct {
	stream  *stream
	meta    meta
	hasMeta bool
	hasData bool
	count   int64 // elements met
}

// walk reads the outermost object. element is called for each element of "data" with the scanner before it; it must read exactly
// one value, and have no effect when that fails.
func (f *file) walk(element func(*scanner), done func()) error {
	if err := f.stream.try(func(s *scanner) { s.take('{') }); err != nil {
		return err
	}
	for first := true; ; {
		var name string
		more := false
		begin := first
		err := f.stream.try(func(s *scanner) {
			first = begin
			if more = s.next(&first, '}'); more {
				name = string(s.key())
			}
		})
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch name {
		case "data":
			f.hasData = true
			err = f.elements(element, done)
		case "meta":
			f.hasMeta = true
			err = f.stream.try(func(s *scanner) { f.meta = readMeta(s) })
		default:
			err = f.stream.try((*scanner).skip)
		}
		if err != nil {
			return err
		}
	}
	if !f.hasData || !f.hasMeta {
		return errShape
	}
	return nil
}

func (f *file) elements(element func(*scanner), done func()) error {
	if err := f.stream.try(func(s *scanner) { s.take('[') }); err != nil {
		return err
	}
	for first := true; ; {
		more := false
		begin := first
		if err := f.stream.try(func(s *scanner) {
			first = begin
			if more = s.next(&first, ']'); more {
				element(s)
			}
		}); err != nil {
			return err
		}
		if !more {
			return nil
		}
		f.count++
		done()
	}
}

func readMeta(s *scanner) meta {
	var m meta
	if !s.take('{') {
		return m
	}
	for first := true; s.next(&first, '}'); {
		name := string(s.key())
		switch name {
		case "methods", "count", "version", "type", "collectorversion":
		default:
			s.skip()
			continue
		}
		v := s.scalar()
		if v.kind == '[' || v.kind == '{' {
			s.skip()
			continue
		}
		switch name {
		case "methods":
			m.methods, _ = v.integer()
		case "count":
			m.count, m.hasCount = v.integer()
		case "version":
			m.version, _ = v.integer()
		case "type":
			m.kind = string(v.raw)
		case "collectorversion":
			m.collector = string(v.raw)
		}
	}
	return m
}
