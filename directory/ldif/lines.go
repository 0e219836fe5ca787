package ldif

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"hygie/directory/reading"

	"golang.org/x/text/encoding/unicode"
)

// lines reads logical lines: continuation lines joined, comments dropped, line ends removed.
type lines struct {
	r      *bufio.Reader
	number int   // physical lines read so far
	start  int   // physical line on which the last logical line starts
	bytes  int64 // read so far
	limit  int   // of one logical line
	raw    *countReader
	wide   bool // UTF-16
	cut    bool // the last line has no end
}

const readBuffer = 256 << 10

func newLines(r io.Reader, limit int) (*lines, error) {
	raw := &countReader{r: r}
	l := &lines{r: bufio.NewReaderSize(raw, readBuffer), limit: limit, raw: raw}
	mark, err := l.r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		_, err = l.r.Discard(3)
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		l.wide = true
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		l.r = bufio.NewReaderSize(decoder.Reader(l.r), readBuffer)
		err = nil
	default:
		err = nil
	}
	return l, err
}

// odd tells, at the end, whether a UTF-16 file misses half of its last character.
func (l *lines) odd() bool { return l.wide && l.raw.n%2 == 1 }

type countReader struct {
	r io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

var errLong = reading.Cause("ldif_record_long")

// next appends the next logical line to dst; at the end of the file it gives io.EOF. A blank line gives nothing appended.
func (l *lines) next(dst []byte) ([]byte, error) {
	for {
		from := len(dst)
		var err error
		l.start = l.number + 1
		if dst, err = l.physical(dst, from); err != nil {
			return dst, err
		}
		comment := len(dst) > from && dst[from] == '#'
		if len(dst) > from {
			for l.continues() {
				if dst, err = l.physical(dst, from); err != nil {
					return dst, err
				}
			}
		}
		if !comment {
			return dst, nil
		}
		dst = dst[:from]
	}
}

// continues tells whether the next line continues the current one, and takes its first space.
func (l *lines) continues() bool {
	c, err := l.r.Peek(1)
	if err != nil || c[0] != ' ' {
		return false
	}
	_, err = l.r.Discard(1)
	l.bytes++
	return err == nil
}

// physical appends the next physical line. The part of dst after from must not exceed the limit.
func (l *lines) physical(dst []byte, from int) ([]byte, error) {
	l.number++
	any := false
	for {
		piece, err := l.r.ReadSlice('\n')
		l.bytes += int64(len(piece))
		any = any || len(piece) > 0
		if len(dst)-from+len(piece) > l.limit {
			return dst, reading.At(errLong, "line", l.start, "limit", l.limit)
		}
		dst = append(dst, piece...)
		switch {
		case err == nil:
			dst = dst[:len(dst)-1]
			if n := len(dst); n > from && dst[n-1] == '\r' {
				dst = dst[:n-1]
			}
			return dst, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && any:
			l.cut = true
			return bytes.TrimSuffix(dst, []byte{'\r'}), nil
		case errors.Is(err, io.EOF):
			l.number--
			return dst, io.EOF
		default:
			return dst, reading.At(err, "line", l.start)
		}
	}
}
