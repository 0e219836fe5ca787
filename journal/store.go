package journal

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Tip is the end of a journal: how many lines, and the hash of the last one
// (zero when there is none).
type Tip struct {
	Size int64
	Last Hash
}

// Reader reads the hashes of a journal.
type Reader interface {
	// ReadHashes gives the stored hashes with these indexes (see
	// [tlog.StoredHashIndex]), in the order asked, all or an error.
	ReadHashes(indexes []int64) ([]Hash, error)

	// Tip gives the end of the journal as this reader sees it.
	Tip() (Tip, error)
}

// Store keeps one journal. [Append] is its only writer.
type Store interface {
	Reader

	// Add keeps a line, its canonical bytes, and the hashes it completes,
	// whose indexes run from first. The line's number is one more than the
	// size that Tip gave.
	//
	// Between the Tip and the Add of one Append no other writer may come in:
	// the caller of Append holds a lock, or a transaction that has locked the
	// journal, and the store refuses a number that is already taken.
	Add(line Line, canonical []byte, first int64, hashes []Hash) error
}

// Append notes an entry as the next line of the journal, and gives that line.
// It refuses an entry without actor, action or time of noting, with a control
// character in a name, with data that is not acceptable JSON, or too long.
func Append(s Store, e Entry) (Line, error) {
	e, err := Check(e)
	if err != nil {
		return Line{}, fmt.Errorf("append to journal: %w", err)
	}
	tip, err := s.Tip()
	if err != nil {
		return Line{}, fmt.Errorf("append to journal: read its end: %w", err)
	}
	line := Line{Number: tip.Size + 1, Prev: tip.Last, Entry: e}
	b := line.Bytes()
	hashes, err := tlog.StoredHashes(tip.Size, b, s)
	if err != nil {
		return Line{}, fmt.Errorf("append to journal: read its tree: %w", err)
	}
	if err := s.Add(line, b, tlog.StoredHashIndex(0, tip.Size), hashes); err != nil {
		return Line{}, fmt.Errorf("append to journal: keep line %d: %w", line.Number, err)
	}
	return line, nil
}

// ReadHead gives the head of the journal as it stands, to be signed with
// [Signer.Sign]. Origin names the journal, in the whole world if possible.
func ReadHead(r Reader, origin string, now time.Time) (Head, error) {
	tip, err := r.Tip()
	if err != nil {
		return Head{}, fmt.Errorf("read head of journal: %w", err)
	}
	root, err := tlog.TreeHash(tip.Size, r)
	if err != nil {
		return Head{}, fmt.Errorf("read head of journal: %w", err)
	}
	return Head{
		Origin: origin, Size: tip.Size, Root: root, Last: tip.Last,
		Time: now.UTC().Truncate(time.Millisecond),
	}, nil
}

// Memory is a journal in memory, for tests. Its zero value is an empty
// journal. It may be used by several goroutines, but only Memory.Append
// keeps two writers apart.
type Memory struct {
	append sync.Mutex // held over Tip and Add of one Append
	mu     sync.Mutex
	tip    Tip
	lines  [][]byte
	hashes []Hash
}

var _ Store = (*Memory)(nil)

// Append is [Append] under a lock.
func (m *Memory) Append(e Entry) (Line, error) {
	m.append.Lock()
	defer m.append.Unlock()
	return Append(m, e)
}

// ReadHashes implements [Reader].
func (m *Memory) ReadHashes(indexes []int64) ([]Hash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(m.hashes)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = m.hashes[x]
	}
	return out, nil
}

// Tip implements [Reader].
func (m *Memory) Tip() (Tip, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tip, nil
}

// Add implements [Store].
func (m *Memory) Add(line Line, canonical []byte, first int64, hashes []Hash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if line.Number != m.tip.Size+1 || first != int64(len(m.hashes)) {
		return errors.New("another writer came first")
	}
	m.lines = append(m.lines, slices.Clone(canonical))
	m.hashes = append(m.hashes, hashes...)
	m.tip = Tip{Size: line.Number, Last: hashes[0]}
	return nil
}

// Lines gives the canonical lines in order, as [Export] wants them.
func (m *Memory) Lines() iter.Seq2[[]byte, error] {
	m.mu.Lock()
	lines := slices.Clone(m.lines)
	m.mu.Unlock()
	return func(yield func([]byte, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}
