package pack

import "io"

// Bounds of what is read ahead.
const (
	aheadBlock = 256 << 10
	aheadDepth = 4
	maxIdle    = 100 // reads in a row that give nothing
)

// Ahead reads r in a goroutine of its own, a little before it is asked, so that what r does (to decompress, mostly) and what its reader does go on at
// the same time. r must not be used before stop returns; stop waits for a read that is under way (docs/formats/directory-inputs.md).
func Ahead(r io.Reader) (reader io.Reader, stop func()) {
	a := &ahead{
		full: make(chan block, aheadDepth), free: make(chan []byte, aheadDepth), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	for range aheadDepth {
		a.free <- nil
	}
	go a.run(r)
	return a, func() {
		close(a.quit)
		<-a.ended
	}
}

// block is what one read gave.
type block struct {
	bytes []byte
	err   error // after the bytes
}

type ahead struct {
	full  chan block
	free  chan []byte // to be filled again; nil for one that was not made yet
	quit  chan struct{}
	ended chan struct{}

	now  block
	rest []byte // of now, not given yet
}

func (a *ahead) run(r io.Reader) {
	defer close(a.ended)
	for {
		var buf []byte
		select {
		case buf = <-a.free:
		case <-a.quit:
			return
		}
		if buf == nil {
			buf = make([]byte, aheadBlock)
		}
		n, err := fill(r, buf)
		select {
		case a.full <- block{buf[:n], err}:
		case <-a.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// fill reads until buf is full or r ends. Unlike [io.ReadFull] it keeps the error of r, which tells a file that ends from one that is
// cut short.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; idle++ {
		var more int
		more, err = r.Read(buf[n:])
		n += more
		if more > 0 {
			idle = 0
		} else if err == nil && idle == maxIdle {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// Read gives what was read ahead, then the error that r ended with, again and again.
func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.bytes != nil {
			a.free <- a.now.bytes
		}
		a.now = <-a.full
		a.rest = a.now.bytes
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
