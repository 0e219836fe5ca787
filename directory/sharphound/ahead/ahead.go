// Package ahead reads the elements of a SharpHound file in a goroutine of its own, while those read before are taken. The order of elements,
// errors and warnings is that of the file, whatever the processors do.
package ahead

import (
	"errors"
	"sync"

	"hygie/directory/internal/jsonscan"
	"hygie/directory/sharphound/rights"
	"hygie/directory/sharphound/wire"
)

// Element is an element of a file, as read, with its rights decoded (MS-DTYP 2.4.4).
type Element struct {
	wire.Object
	Described bool         // the file said before it what it holds
	Kind      wire.Class   // of that description
	List      *rights.List // nil without
	Fault     error        // why the list of rights cannot be read
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
	elements []Element // as many as are used of a longer list
	last     []byte    // the window that no later batch refers to; nil when there is none such
}

// Spare is the memory of batches and windows that no file uses, kept from one file to the next (docs/formats/directory-inputs.md, SharpHound).
type Spare struct {
	lists   chan []Element
	windows chan []byte
}

// NewSpare gives the memory of one file (docs/formats/directory-inputs.md, SharpHound).
func NewSpare() Spare {
	s := Spare{lists: make(chan []Element, batches), windows: make(chan []byte, spareWindows)}
	objects := wire.NewObjects(batches * batchSize)
	for i := range batches {
		list := make([]Element, batchSize)
		for k := range list {
			list[k].Object = objects[i*batchSize+k]
		}
		s.lists <- list
	}
	return s
}

// Ready tells whether s was made by [NewSpare].
func (s *Spare) Ready() bool { return s.lists != nil }

// keep takes back what a batch held.
func (s *Spare) keep(b batch) {
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

// Reading reads a file in a goroutine of its own, so that to read the next elements and to take those that were read go on at the same time
// (docs/formats/directory-inputs.md, SharpHound). What it does depends on the file alone: the order of elements, errors and warnings does not change.
type Reading struct {
	stream *jsonscan.Stream
	spare  *Spare
	rights *rights.Cache
	whole  wire.File

	full     chan batch
	quit     chan struct{}
	once     sync.Once // closes quit
	panicked any
	err      error // of the file; to be read once full is closed

	now batch // being filled
}

// Read begins to read a file (docs/formats/directory-inputs.md, SharpHound). Memory and cache belong to the reading until [Reading.End].
func Read(s *jsonscan.Stream, memory *Spare, cache *rights.Cache) *Reading {
	a := &Reading{
		stream: s, spare: memory, rights: cache, whole: wire.File{Stream: s},
		full: make(chan batch, batches), quit: make(chan struct{}),
	}
	s.Keep(a.window)
	go a.run()
	return a
}

func (a *Reading) run() {
	defer close(a.full)
	defer func() { a.panicked = recover() }()
	a.err = a.whole.Walk(a.read, a.done)
	a.hand()
}

var errStopped = errors.New("no more is wanted")

// read reads an element into the next free place.
func (a *Reading) read(s *jsonscan.Scanner) {
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
func (a *Reading) done() {
	n := len(a.now.elements)
	a.now.elements = a.now.elements[:n+1]
	e := &a.now.elements[n]
	e.At = a.stream.Offset(int(e.At))
	if e.Described = a.whole.HasMeta; e.Described {
		e.Kind = wire.ClassOf(a.whole.Meta.Kind)
	}
	if e.List, e.Fault = nil, nil; len(e.ACEs) > 2 { // not an empty list
		e.List, e.Fault = a.rights.Get(e.ACEs, e.Protected, e.Known)
	}
	if n+1 == batchSize {
		a.hand()
	}
}

// hand gives the batch to whoever takes it.
func (a *Reading) hand() {
	a.full <- a.now
	a.now = batch{}
}

// window hands the elements over that refer to a window, and gives another one.
func (a *Reading) window(used []byte, size int) []byte {
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

// Each gives the elements of the file to take, in order, until it fails.
func (a *Reading) Each(take func(*Element) error) error {
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

// Stop ends the reading, and waits until it has.
func (a *Reading) Stop() {
	a.once.Do(func() { close(a.quit) })
	for b := range a.full { // left over when a take failed
		a.spare.keep(b)
	}
}

// End stops, and gives what the file said of itself, the bytes read of it, and what ended it. It panics as the reading did.
func (a *Reading) End() (whole *wire.File, size int64, err error) {
	a.Stop()
	if a.panicked != nil {
		panic(a.panicked)
	}
	return &a.whole, a.stream.Size(), a.err
}
