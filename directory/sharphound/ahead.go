package sharphound

import (
	"errors"
	"sync"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/wire"
)

// element is an element of a file, as read.
type element struct {
	wire.Object
	described bool         // the file said before it what it holds
	kind      wire.Class   // of that description
	list      *rights.List // nil without
	fault     error        // why the list of rights cannot be read
}

// Bounds of what is read ahead of what is taken. An element is some kilobytes: a window of a file holds hundreds.
const (
	batchSize    = 64 // elements
	batches      = 4
	keptMemory   = 4 << 20 // a longer window, for an unusual element, is not used again
	spareWindows = batches
)

// batch is a part of a file. Its elements refer to windows of the file.
type batch struct {
	elements []element // as many as are used of a longer list
	last     []byte    // the window that no later batch refers to; nil when there is none such
}

// spare is the memory of batches and windows that no file uses, kept from one file to the next.
type spare struct {
	lists   chan []element
	windows chan []byte
}

func newSpare() spare {
	s := spare{lists: make(chan []element, batches), windows: make(chan []byte, spareWindows)}
	objects := wire.NewObjects(batches * batchSize)
	for i := range batches {
		list := make([]element, batchSize)
		for k := range list {
			list[k].Object = objects[i*batchSize+k]
		}
		s.lists <- list
	}
	return s
}

// keep takes back what a batch held.
func (s *spare) keep(b batch) {
	if cap(b.elements) > 0 {
		s.lists <- b.elements[:batchSize]
	}
	if len(b.last) > 0 && len(b.last) <= keptMemory {
		select {
		case s.windows <- b.last:
		default:
		}
	}
}

// ahead reads a file in a goroutine of its own, so that to read the next elements and to take those that were read go on at the same
// time. What it does depends on the file alone: the order of elements, errors and warnings does not change.
type ahead struct {
	stream *jsonscan.Stream
	spare  *spare
	rights *rights.Cache
	whole  wire.File

	full     chan batch
	quit     chan struct{}
	once     sync.Once // closes quit
	panicked any
	err      error // of the file; to be read once full is closed

	now batch // being filled
}

// readAhead begins to read a file. Memory and cache belong to the reading until [ahead.end].
func readAhead(s *jsonscan.Stream, memory *spare, cache *rights.Cache) *ahead {
	a := &ahead{
		stream: s, spare: memory, rights: cache, whole: wire.File{Stream: s},
		full: make(chan batch, batches), quit: make(chan struct{}),
	}
	s.Keep(a.window)
	go a.run()
	return a
}

func (a *ahead) run() {
	defer close(a.full)
	defer func() { a.panicked = recover() }()
	a.err = a.whole.Walk(a.read, a.done)
	a.hand()
}

var errStopped = errors.New("no more is wanted")

// read reads an element into the next free place.
func (a *ahead) read(s *jsonscan.Scanner) {
	select {
	case <-a.quit:
		s.Fail(errStopped)
		return
	default:
	}
	if cap(a.now.elements) == 0 {
		select {
		case list := <-a.spare.lists:
			a.now.elements = list[:0]
		case <-a.quit:
			s.Fail(errStopped)
			return
		}
	}
	n := len(a.now.elements)
	a.now.elements[:n+1][n].Read(s, a.rights.Known)
}

// done completes the element that was read.
func (a *ahead) done() {
	n := len(a.now.elements)
	a.now.elements = a.now.elements[:n+1]
	e := &a.now.elements[n]
	e.At = a.stream.Offset(int(e.At))
	if e.described = a.whole.HasMeta; e.described {
		e.kind = wire.ClassOf(a.whole.Meta.Kind)
	}
	if e.list, e.fault = nil, nil; len(e.ACEs) > 2 { // not an empty list
		e.list, e.fault = a.rights.Get(e.ACEs, e.Protected, e.Known)
	}
	if n+1 == batchSize {
		a.hand()
	}
}

// hand gives the batch to whoever takes it.
func (a *ahead) hand() {
	a.full <- a.now
	a.now = batch{}
}

// window hands the elements over that refer to a window, and gives another one.
func (a *ahead) window(used []byte, size int) []byte {
	a.now.last = used
	a.hand()
	select {
	case w := <-a.spare.windows:
		if len(w) >= size {
			return w
		}
	default:
	}
	return make([]byte, size)
}

// each gives the elements of the file to take, in order, until it fails.
func (a *ahead) each(take func(*element) error) error {
	for b := range a.full {
		for i := range b.elements {
			if err := take(&b.elements[i]); err != nil {
				a.spare.keep(b)
				return err
			}
		}
		a.spare.keep(b)
	}
	return nil
}

// stop ends the reading, and waits until it has.
func (a *ahead) stop() {
	a.once.Do(func() { close(a.quit) })
	for b := range a.full { // left over when a take failed
		a.spare.keep(b)
	}
}

// end stops, and gives what the file said of itself, the bytes read of it, and what ended it. It panics as the reading did.
func (a *ahead) end() (whole *wire.File, size int64, err error) {
	a.stop()
	if a.panicked != nil {
		panic(a.panicked)
	}
	return &a.whole, a.stream.Size(), a.err
}
