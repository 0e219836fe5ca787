package custody

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"hygie/journal"
)

// A Mark names a line and all lines before it: its number and the first 128 bits of its hash. Nobody can make another line of the
// same mark. It is written "12-9f86-d081-884c-7d65-9a2f-eaa0-c55a-d015".
type Mark struct {
	Line int64
	Hash journal.Hash // only the first 16 bytes are meaningful
}

const markBytes = 16

// String writes the mark as it stands on paper.
func (m Mark) String() string {
	digits := hex.EncodeToString(m.Hash[:markBytes])
	var b strings.Builder
	b.WriteString(strconv.FormatInt(m.Line, 10))
	for group := range slices.Chunk([]byte(digits), 4) {
		b.WriteByte('-')
		b.Write(group)
	}
	return b.String()
}

// ParseMark reads a mark as people type it back: in either case, with dashes or spaces between groups.
func ParseMark(s string) (Mark, error) {
	var m Mark
	number, digits, ok := strings.Cut(strings.TrimSpace(s), "-")
	if !ok {
		return m, fmt.Errorf("read the mark %q: it has no dash after the number of its line", s)
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return m, fmt.Errorf("read the mark %q: %q is no number of a line", s, number)
	}
	b, err := hex.DecodeString(strings.NewReplacer("-", "", " ", "").Replace(digits))
	if err != nil || len(b) != markBytes {
		return m, fmt.Errorf("read the mark %q: want 32 hexadecimal digits after the number", s)
	}
	m.Line = n
	copy(m.Hash[:], b)
	return m, nil
}

// same tells whether a line has this mark.
func (m Mark) same(h journal.Hash) bool { return bytes.Equal(m.Hash[:markBytes], h[:markBytes]) }

// Kind names what is wrong with a register.
type Kind string

// The kinds of problem.
const (
	Altered  Kind = "altered" // the line is not the one that was written
	Head     Kind = "head"    // the statement at the top does not fit the lines: lines are missing at the end, or it was changed
	Meaning  Kind = "meaning" // the line is well formed but cannot follow those before it
	BadMark  Kind = "mark"    // the line is not the one whose mark was kept
	NoMark   Kind = "short"   // the register is shorter than a mark that was kept
	ClockOff Kind = "clock"   // the line was noted earlier than the one before it: a clock was set back
	Ending   Kind = "ending"  // bytes follow the last line, or its end is missing
)

// A Problem is one thing that is wrong.
type Problem struct {
	Kind  Kind
	Line  int64  // number of the line in the register; 0 for the head
	Cause string // technical detail, in English
}

// A Result says what a register proves.
type Result struct {
	Register *Register // as far as it could be read; its Items are meaningful only when Intact
	Lines    int64
	Key      ed25519.PublicKey // the key that signed the head, which the file holds; nil when it is not signed
	Marks    int               // marks given that the register was proven to hold
	Problems []Problem         // empty when every line is as it was written
	Notices  []Problem         // what a reader should know and that proves no change
}

// Intact says that the register holds together and holds every mark that was given.
func (r Result) Intact() bool { return len(r.Problems) == 0 }

// Verify checks a register, with marks kept elsewhere: on paper, on a label. All that is wrong is in the Result; the error is for what
// cannot be read or is no register.
func Verify(in io.Reader, known ...Mark) (Result, error) {
	b, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return Result{}, fmt.Errorf("read the register: %w", err)
	}
	if len(b) > MaxFile {
		return Result{}, fmt.Errorf("read the register: it is longer than %d bytes", MaxFile)
	}
	rest, ok := bytes.CutPrefix(b, []byte(format+"\n\n"))
	signed := false
	if !ok {
		rest, signed = bytes.CutPrefix(b, []byte(signedFormat+"\n\n"))
	}
	if !ok && !signed {
		return Result{}, fmt.Errorf("read the register: %w", ErrFormat)
	}
	res := Result{Register: &Register{}}
	head, text, lines := res.opened(rest, signed)
	hashes := res.read(lines, head.Last)
	res.checkHead(head, text)
	for _, m := range known {
		switch {
		case m.Line > int64(len(hashes)):
			res.problem(NoMark, m.Line, "the register has %d lines, the mark is of line %d", len(hashes), m.Line)
		case !m.same(hashes[m.Line-1]):
			res.problem(BadMark, m.Line, "the line has another hash than the mark")
		default:
			res.Marks++
		}
	}
	return res, nil
}

func (r *Result) problem(kind Kind, line int64, format string, args ...any) {
	const most = 1000 // who has a thousand problems needs another copy of the register
	if len(r.Problems) < most {
		r.Problems = append(r.Problems, Problem{kind, line, fmt.Sprintf(format, args...)})
	}
}

// read parses the lines and checks that each holds the hash of the one before. It gives the hash of each line as it stands.
func (r *Result) read(text []byte, last journal.Hash) []journal.Hash {
	if len(text) == 0 {
		r.problem(Head, 0, "the register has no line")
		return nil
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		r.problem(Ending, 0, "the last line is cut off")
	}
	var lines []journal.Line
	var hashes []journal.Hash
	whole := true
	for raw := range bytes.Lines(text) {
		n := int64(len(hashes)) + 1
		if n > MaxLines {
			r.problem(Ending, n, "there are more than %d lines", MaxLines)
			return hashes
		}
		raw = bytes.TrimSuffix(raw, []byte("\n"))
		l, err := journal.ParseLine(raw)
		if err != nil || l.Number != n {
			if err == nil {
				err = fmt.Errorf("it has number %d", l.Number)
			}
			r.problem(Altered, n, "%v", err)
			whole = false
		}
		lines, hashes = append(lines, l), append(hashes, tlog.RecordHash(raw))
	}
	if !whole {
		return hashes
	}
	if at := broken(lines, hashes, last); at > 0 {
		r.problem(Altered, at, "the hash of the line is not the one that its neighbour holds")
		return hashes
	}
	r.replay(lines)
	return hashes
}

// broken gives the number of the first line that does not fit, 0 when all do. Where a line and the next do not fit, the next is
// vouched for by the one after it, and the line is the altered one; otherwise the next is.
func broken(lines []journal.Line, hashes []journal.Hash, last journal.Hash) int64 {
	var prev journal.Hash
	for i, l := range lines {
		if l.Prev == prev {
			prev = hashes[i]
			continue
		}
		after := last
		if i+1 < len(lines) {
			after = lines[i+1].Prev
		}
		if i == 0 || after != hashes[i] {
			return int64(i + 1)
		}
		return int64(i)
	}
	return 0
}

// replay gives the lines their meaning.
func (r *Result) replay(lines []journal.Line) {
	for i, l := range lines {
		if i > 0 && l.Noted.Before(lines[i-1].Noted) {
			r.Notices = append(r.Notices, Problem{ClockOff, l.Number, "noted at " + l.Noted.Format("2006-01-02T15:04:05Z")})
		}
		err := r.Register.take(l)
		if err == nil {
			r.Register.last, err = r.Register.lines.Append(l.Entry)
		}
		if err != nil {
			r.problem(Meaning, l.Number, "%v", err)
			return
		}
		r.Lines = l.Number
	}
}

// checkHead compares the head with the one that the lines give.
func (r *Result) checkHead(stated journal.Head, text []byte) {
	if !r.Intact() {
		return
	}
	want, err := r.Register.head()
	if err == nil && stated.Size == want.Size && stated.Last != want.Last && stated.Root != want.Root {
		r.problem(Altered, want.Size, "neither the hash of the last line nor the root of all is the one stated")
		return
	}
	if err == nil && !bytes.Equal(want.Text(), text) {
		err = errors.New("it does not state what the lines are")
		if stated.Size != want.Size {
			err = fmt.Errorf("it states %d lines, there are %d", stated.Size, want.Size)
		}
	}
	if err != nil {
		r.problem(Head, 0, "%v", err)
	}
}
