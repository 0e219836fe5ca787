package jsonscan

import (
	"bytes"
	"errors"
	"io"

	"hygie/directory/reading"
)

// window is a part of a file, moved along it.
type window struct {
	r     io.Reader
	buf   []byte
	start int   // first byte of buf not used yet
	base  int64 // offset in the file of buf[0]
	eof   bool
	limit int64                              // of the file
	most  int                                // of the window
	other func(used []byte, size int) []byte // see Stream.Keep
}

const windowSize = 1 << 20

var errElement = reading.Cause("object_long")

// more reads further bytes. What precedes start is given up: slices of buf become invalid, unless other memory takes its place.
func (w *window) more() error {
	if w.eof {
		return io.ErrUnexpectedEOF
	}
	rest := w.buf[w.start:]
	if len(rest) >= w.most {
		return errElement
	}
	size, buf := cap(w.buf), w.buf[:cap(w.buf)]
	if len(rest) > size/2 || size == 0 {
		size = max(2*size, windowSize)
	}
	switch {
	case w.other != nil:
		buf = w.other(buf, size)
	case size > len(buf):
		buf = make([]byte, size)
	}
	w.base += int64(w.start)
	w.buf, w.start = buf[:copy(buf, rest)], 0
	// The free part is filled whole: a value that goes on is read again from its start, on a window that doubles.
	n, err := io.ReadFull(w.r, w.buf[len(w.buf):cap(w.buf)])
	w.buf = w.buf[:len(w.buf)+n]
	if w.base+int64(len(w.buf)) > w.limit {
		return reading.Cause("bytes_many", "limit", w.limit)
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

// Offset gives the place in the file of a place in the window.
func (w *window) Offset(at int) int64 { return w.base + int64(at) }

// Stream walks over a file (RFC 8259 2).
type Stream struct {
	window
	scan Scanner
}

// NewStream begins at the start of a file, after a byte order mark. limit bounds the bytes of the file, element those of one value (RFC 8259 8.1).
func NewStream(r io.Reader, limit int64, element int) *Stream {
	s := &Stream{window: window{r: r, limit: limit, most: element}}
	if s.more() == nil { // an empty file is a fault of the first value
		s.start = len(s.buf) - len(bytes.TrimPrefix(s.buf, []byte{0xEF, 0xBB, 0xBF}))
	}
	return s
}

// Size gives the bytes read of the file so far.
func (s *Stream) Size() int64 { return s.Offset(len(s.buf)) }

// Keep makes what values refer to stay as it is: before the window moves on, other is given the memory that the values read so far refer
// to, and gives memory of at least size bytes in its place. It is called first before any value is read.
func (s *Stream) Keep(other func(used []byte, size int) []byte) { s.other = other }

// Try runs read on the window, again on a longer one while the value goes on after its end. read must have no effect when it
// fails with ErrMore.
func (s *Stream) Try(read func(*Scanner)) error {
	for {
		if s.other == nil {
			s.scan.esc = s.scan.esc[:0]
		}
		s.scan.reset(s.buf, s.start)
		read(&s.scan)
		switch err := s.scan.Err; {
		case err == nil:
			s.start = s.scan.at
			return nil
		case !errors.Is(err, ErrMore):
			return reading.At(err, "byte", s.Offset(s.scan.at))
		}
		err := s.more()
		if s.other != nil {
			s.scan.esc = nil // values refer to it still
		}
		s.scan.moved()
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = ErrMore
			}
			return reading.At(err, "byte", s.Offset(len(s.buf)))
		}
	}
}
