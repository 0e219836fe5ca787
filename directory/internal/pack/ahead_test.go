package pack

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestAheadGivesWhatTheReaderGives(t *testing.T) {
	broken := errors.New("disk gone")
	long := bytes.Repeat([]byte("0123456789abcdef"), aheadBlock/4) // several blocks
	for name, tt := range map[string]struct {
		in   func() io.Reader
		want []byte
		err  error
	}{
		"empty":            {func() io.Reader { return bytes.NewReader(nil) }, nil, nil},
		"short":            {func() io.Reader { return bytes.NewReader([]byte("abc")) }, []byte("abc"), nil},
		"whole blocks":     {func() io.Reader { return bytes.NewReader(long) }, long, nil},
		"blocks and more":  {func() io.Reader { return bytes.NewReader(append(bytes.Clone(long), 'x')) }, append(bytes.Clone(long), 'x'), nil},
		"byte by byte":     {func() io.Reader { return iotest.OneByteReader(bytes.NewReader(long[:1000])) }, long[:1000], nil},
		"end with data":    {func() io.Reader { return iotest.DataErrReader(bytes.NewReader(long)) }, long, nil},
		"cut short":        {func() io.Reader { return io.MultiReader(bytes.NewReader(long), iotest.ErrReader(io.ErrUnexpectedEOF)) }, long, io.ErrUnexpectedEOF},
		"fails later":      {func() io.Reader { return io.MultiReader(bytes.NewReader([]byte("abc")), iotest.ErrReader(broken)) }, []byte("abc"), broken},
		"gives nothing":    {func() io.Reader { return idle{} }, nil, io.ErrNoProgress},
		"fails at once":    {func() io.Reader { return iotest.ErrReader(broken) }, nil, broken},
		"reads of nothing": {func() io.Reader { return iotest.HalfReader(bytes.NewReader(long)) }, long, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, stop := Ahead(tt.in())
			defer stop()
			got, err := io.ReadAll(r)
			if !bytes.Equal(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("%d bytes and %v, want %d and %v", len(got), err, len(tt.want), tt.err)
			}
			if n, again := r.Read(make([]byte, 1)); n != 0 || again == nil {
				t.Errorf("after the end: %d bytes, %v", n, again)
			}
		})
	}
}

// Stopping early leaves nothing behind: the reader is not touched afterwards.
func TestAheadStops(t *testing.T) {
	in := &counting{}
	r, stop := Ahead(in)
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	stop()
	before := in.reads
	if again := in.reads; again != before || before == 0 {
		t.Errorf("%d reads, then %d", before, again)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// counting never ends.
type counting struct{ reads int }

func (c *counting) Read(p []byte) (int, error) {
	c.reads++
	return len(p), nil
}
