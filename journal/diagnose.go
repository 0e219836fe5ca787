package journal

import (
	"maps"
	"slices"
	"sort"
)

// slot is the place of one number in the sealed journal.
type slot struct {
	rec   *record // the line of the file taken for it, nil when none
	want  Hash    // the hash it should have
	known bool    // want is stated, by the line after or by the head
	doubt bool    // want is stated by a line that may itself be wrong
}

// diagnose says which lines of a file that does not fit its head are wrong.
//
// It walks the chain from the last line back. A line whose hash is the one
// stated after it is authentic if what states it is; else it is altered. The
// hashes so found are put in the place of the wrong ones and the root is
// computed again: when it is the root of the signed head, the list is
// proven to be complete.
//
// Without a valid signature the head tells nothing, and only the chain
// inside the file is looked at.
func diagnose(res *Result, records []record) {
	var head Head
	if res.Signed {
		head = res.Head
	}
	slots, extra := place(head, records)
	walkBack(head, slots)
	res.Exact = res.Signed && settleDoubts(head, slots)

	found := len(res.Problems)
	report(res, slots)
	for _, rec := range extra {
		res.add(Problem{Kind: Inserted, Line: rec.number, FileLine: rec.fileLine, Cause: text(rec.cause)})
	}
	for _, rec := range outOfOrder(slots) {
		res.add(Problem{Kind: Reordered, Line: rec.number, FileLine: rec.fileLine})
	}
	if len(res.Problems) == found && res.More == 0 && res.Signed {
		// Nothing is wrong with the chain: it was made again, whole, from the
		// first change on, and the end of it is not the one that was signed.
		res.add(Problem{Kind: Rewritten, Line: 1, To: max(res.Lines, res.Head.Size)})
	}
	bounds(res, slots)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// place gives each number of the journal its line of the file, and the lines
// that are left over. slots[0] is not used.
//
// The number of slots follows the file and not the head alone: a hostile head
// may state any size.
func place(head Head, records []record) (slots []slot, extra []*record) {
	size := head.Size
	if head.Origin == "" {
		for _, rec := range records {
			size = max(size, rec.number)
		}
	}
	size = min(size, int64(len(records))+maxProblems)
	slots = make([]slot, size+1)
	rivals := map[int64][]*record{}
	taken := make([]bool, len(records))
	for i := range records {
		n := records[i].number
		switch {
		case n < 1 || n > size:
		case slots[n].rec == nil:
			slots[n].rec = &records[i]
			taken[i] = true
		default:
			rivals[n] = append(rivals[n], &records[i])
		}
	}
	electRivals(head, slots, rivals, records, taken)

	// A line left over that stands just where a number is missing is that line,
	// altered so much that its number cannot be read.
	var last int64
	for i := range records {
		switch {
		case taken[i]:
			last = records[i].number
		case last < size && slots[last+1].rec == nil:
			last++
			slots[last].rec = &records[i]
		default:
			extra = append(extra, &records[i])
		}
	}
	return slots, extra
}

// electRivals chooses between lines that state the same number: the one that
// the line after it, or the head, vouches for.
func electRivals(head Head, slots []slot, rivals map[int64][]*record, records []record, taken []bool) {
	index := func(rec *record) int64 { return rec.fileLine - records[0].fileLine }
	// From the last number back: the choice for a line states the hash of the one before.
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(rivals))) {
		var want Hash
		switch {
		case n == head.Size:
			want = head.Last
		case n+1 < int64(len(slots)) && slots[n+1].rec != nil:
			want = slots[n+1].rec.prev
		}
		for _, rec := range rivals[n] {
			if rec.leaf == want && slots[n].rec.leaf != want {
				taken[index(slots[n].rec)], taken[index(rec)] = false, true
				slots[n].rec = rec
			}
		}
	}
}

// walkBack compares each line with the hash that the line after it states.
func walkBack(head Head, slots []slot) {
	want := head.Last
	known := head.Origin != "" && head.Size == int64(len(slots))-1
	sure := known // the line that states want is itself as it should be
	for n := len(slots) - 1; n > 0; n-- {
		s := &slots[n]
		s.want, s.known, s.doubt = want, known, known && !sure
		if s.rec == nil {
			known, sure = false, false
			continue
		}
		sure = known && s.rec.leaf == want
		want, known = s.rec.prev, s.rec.cause == nil
	}
}

// maxDoubts bounds the combinations that settleDoubts tries: 2^maxDoubts trees.
const maxDoubts = 4

// settleDoubts computes the root with the hashes that the lines should have,
// and says whether it is the one of the head. Where the hash a line should have
// is stated by a line that is itself wrong, either may be right: it tries what
// is stated, then what stands, then, when they are few, each combination.
func settleDoubts(head Head, slots []slot) bool {
	if int64(len(slots))-1 != head.Size {
		return false
	}
	var doubts []int
	for n := 1; n < len(slots); n++ {
		s := &slots[n]
		switch {
		case s.rec == nil && !s.known:
			return false // two lines missing in a row: the hash of the first is lost
		case s.inDoubt():
			doubts = append(doubts, n)
		}
	}
	try := func(as func(i int) bool) bool {
		believe := map[int]bool{} // lines taken as they stand
		for i, n := range doubts {
			believe[n] = as(i)
		}
		if rootWith(slots, believe) != head.Root {
			return false
		}
		for _, n := range doubts {
			slots[n].doubt = false
			if believe[n] {
				slots[n].want = slots[n].rec.leaf
			}
		}
		return true
	}
	if try(func(int) bool { return false }) || len(doubts) > 0 && try(func(int) bool { return true }) {
		return true
	}
	if len(doubts) > maxDoubts {
		return false
	}
	for choice := range 1 << len(doubts) {
		if try(func(i int) bool { return choice>>i&1 == 1 }) {
			return true
		}
	}
	return false
}

// inDoubt says that the line differs from a hash that may be false.
func (s *slot) inDoubt() bool { return s.doubt && s.rec != nil && s.rec.leaf != s.want }

func rootWith(slots []slot, believe map[int]bool) Hash {
	var tree fold
	for n := 1; n < len(slots); n++ {
		s := &slots[n]
		if s.rec != nil && (!s.known || believe[n]) {
			tree.add(s.rec.leaf)
		} else {
			tree.add(s.want)
		}
	}
	return tree.root()
}

// report adds the missing and the altered lines.
func report(res *Result, slots []slot) {
	for n := 1; n < len(slots); n++ {
		s := &slots[n]
		if s.rec == nil {
			from := n
			for n+1 < len(slots) && slots[n+1].rec == nil {
				n++
			}
			p := Problem{Kind: Missing, Line: int64(from), To: int64(n)}
			if n == len(slots)-1 {
				p.Kind, p.To = Truncated, max(p.To, res.Head.Size)
			}
			res.add(p)
			continue
		}
		switch {
		case s.rec.number == int64(n) && s.inDoubt():
			res.add(Problem{Kind: Unfitting, Line: int64(n), To: int64(n) + 1, FileLine: s.rec.fileLine})
		case s.known && s.rec.leaf != s.want || s.rec.number != int64(n):
			res.add(Problem{Kind: Altered, Line: int64(n), FileLine: s.rec.fileLine, Cause: text(s.rec.cause)})
		}
	}
}

// outOfOrder gives the fewest lines that would have to move for the others to
// stand in order: those outside of a longest increasing subsequence.
func outOfOrder(slots []slot) []*record {
	var inFile []*record // by place in the file
	for n := 1; n < len(slots); n++ {
		if rec := slots[n].rec; rec != nil && rec.number == int64(n) {
			inFile = append(inFile, rec)
		}
	}
	if slices.IsSortedFunc(inFile, byFileLine) {
		return nil
	}
	slices.SortFunc(inFile, byFileLine)
	var ends []int // ends[k]: index of the smallest last element of a run of k+1
	before := make([]int, len(inFile))
	for i, rec := range inFile {
		k := sort.Search(len(ends), func(k int) bool { return inFile[ends[k]].number > rec.number })
		before[i] = -1
		if k > 0 {
			before[i] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, i)
		} else {
			ends[k] = i
		}
	}
	keep := map[int]bool{}
	for i := ends[len(ends)-1]; i >= 0; i = before[i] {
		keep[i] = true
	}
	var moved []*record
	for i, rec := range inFile {
		if !keep[i] {
			moved = append(moved, rec)
		}
	}
	return moved
}

func byFileLine(a, b *record) int { return int(a.fileLine - b.fileLine) }

// bounds notes when the first and the last line that can be believed were noted.
func bounds(res *Result, slots []slot) {
	for n := 1; n < len(slots); n++ {
		s := &slots[n]
		if s.rec == nil || s.rec.cause != nil || !res.Exact || s.known && s.rec.leaf != s.want {
			continue
		}
		if res.First.IsZero() {
			res.First = s.rec.noted
		}
		res.Latest = s.rec.noted
	}
}
