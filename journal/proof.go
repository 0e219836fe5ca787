package journal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof is a list of hashes, in the order of RFC 6962 section 2.1: the path of
// a line to the root, or the link of two heads.
type Proof []Hash

// ProveLine gives the proof that line number is in the journal with this
// size. It holds about log2(size) hashes and reveals nothing of other lines.
func ProveLine(r Reader, size, number int64) (Proof, error) {
	if number < 1 || number > size {
		return nil, fmt.Errorf("prove line %d: the journal has %d lines", number, size)
	}
	p, err := tlog.ProveRecord(size, number-1, r)
	if err != nil {
		return nil, fmt.Errorf("prove line %d: %w", number, err)
	}
	return Proof(p), nil
}

// CheckLine checks that the canonical line is in the journal of this head, in
// the place that its number says.
func CheckLine(p Proof, h Head, canonical []byte) (Line, error) {
	l, err := ParseLine(canonical)
	if err != nil {
		return Line{}, err
	}
	if h.Size > maxSize || l.Number > h.Size {
		return Line{}, fmt.Errorf("check line %d: the head covers %d lines only", l.Number, h.Size)
	}
	if tlog.CheckRecord(tlog.RecordProof(p), h.Size, h.Root, l.Number-1, tlog.RecordHash(canonical)) != nil {
		return Line{}, fmt.Errorf("check line %d: the proof does not lead from this line to the head", l.Number)
	}
	return l, nil
}

// ProveGrowth gives the proof that the journal with newSize lines begins with
// the lines of the journal with oldSize lines. It is empty when one of them is
// trivial: nothing, or the same size.
func ProveGrowth(r Reader, oldSize, newSize int64) (Proof, error) {
	if oldSize < 0 || oldSize > newSize {
		return nil, fmt.Errorf("prove growth from %d to %d lines: the first is the larger", oldSize, newSize)
	}
	if oldSize == 0 {
		return Proof{}, nil
	}
	p, err := tlog.ProveTree(newSize, oldSize, r)
	if err != nil {
		return nil, fmt.Errorf("prove growth from %d to %d lines: %w", oldSize, newSize, err)
	}
	return Proof(p), nil
}

// CheckGrowth checks that the journal of the later head only added lines to
// the journal of the earlier one.
func CheckGrowth(p Proof, earlier, later Head) error {
	switch {
	case earlier.Origin != later.Origin:
		return fmt.Errorf("check growth: heads of two journals, %q and %q", earlier.Origin, later.Origin)
	case later.Size > maxSize || earlier.Size < 0:
		return errors.New("check growth: a head states an impossible number of lines")
	case later.Size < earlier.Size:
		return fmt.Errorf("check growth: the later head has %d lines, fewer than %d", later.Size, earlier.Size)
	case earlier.Size == 0:
		if empty, _ := tlog.TreeHash(0, nil); earlier.Root != empty || len(p) != 0 {
			return errors.New("check growth: the earlier head has no line, but a root or a proof")
		}
		return nil
	}
	if tlog.CheckTree(tlog.TreeProof(p), later.Size, later.Root, earlier.Size, earlier.Root) != nil {
		return fmt.Errorf("check growth: the first %d lines are not the same in the two journals", earlier.Size)
	}
	return nil
}

// MarshalText writes one hash a line, in base64.
func (p Proof) MarshalText() ([]byte, error) {
	var b []byte
	for _, h := range p {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return b, nil
}

// UnmarshalText reads what MarshalText wrote. A proof has at most 128 hashes,
// more than any journal can need.
func (p *Proof) UnmarshalText(text []byte) error {
	out := Proof{}
	for line := range bytes.Lines(text) {
		h, err := tlog.ParseHash(string(bytes.TrimSuffix(line, []byte("\n"))))
		if err != nil {
			return fmt.Errorf("read proof: line %d is not a hash in base64", len(out)+1)
		}
		if out = append(out, h); len(out) > 128 {
			return errors.New("read proof: more than 128 hashes")
		}
	}
	*p = out
	return nil
}

// fold computes the root of a tree from its leaves in order, keeping one hash
// for each complete subtree: log2(n) hashes at most.
type fold struct {
	n    int64
	full []Hash // roots of the complete subtrees, from the largest to the smallest
}

func (f *fold) add(leaf Hash) {
	f.full = append(f.full, leaf)
	f.n++
	for k := f.n; k%2 == 0; k /= 2 {
		last := len(f.full) - 1
		f.full[last-1] = tlog.NodeHash(f.full[last-1], f.full[last])
		f.full = f.full[:last]
	}
}

func (f *fold) root() Hash {
	if len(f.full) == 0 {
		h, _ := tlog.TreeHash(0, nil) // reads nothing for an empty tree
		return h
	}
	h := f.full[len(f.full)-1]
	for i := len(f.full) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.full[i], h)
	}
	return h
}
