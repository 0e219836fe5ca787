package journal

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// maxExport bounds the number of lines that a verifier reads; it keeps about
// a hundred bytes of each.
const maxExport = 8 << 20

// ErrFormat tells that a file is not an exported journal of a known version.
var ErrFormat = errors.New("not an exported journal, or of a version that this program does not know")

// VerifyExport checks an exported journal with the public keys that the reader
// trusts. Without a key it checks that the file is as its signer left it; who
// the signer is remains to be compared by fingerprint.
//
// The error is for a file that cannot be read or is no exported journal
// ([ErrFormat]); all that is wrong with the journal is in the Result.
func VerifyExport(r io.Reader, trusted ...ed25519.PublicKey) (Result, error) {
	return Verifier{Trusted: trusted}.Verify(r)
}

// Verifier checks exported journals against what the reader already knows.
type Verifier struct {
	Trusted []ed25519.PublicKey // keys of which one must have signed; any key when empty
	Known   []Head              // heads kept from earlier; the journal must extend each
}

// record is what the verifier keeps of a line of the file.
type record struct {
	number   int64 // as the line states; 0 when it cannot be read
	leaf     Hash
	prev     Hash
	noted    time.Time
	cause    error // why it cannot be read
	fileLine int64
}

// Verify checks one exported journal. See [VerifyExport].
func (v Verifier) Verify(r io.Reader) (Result, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var res Result
	seal, err := readSeal(in)
	if err != nil {
		return res, fmt.Errorf("verify journal: %w", err)
	}
	signed, err := parseSignedHead(seal)
	res.Head, res.Key = signed.Head, signed.Key
	switch {
	case errors.Is(err, errSignature):
		res.add(Problem{Kind: BadSignature})
	case err != nil:
		res.add(Problem{Kind: BadHead, Cause: err.Error()})
	default:
		res.Signed = true
	}
	v.checkKey(&res)
	records, err := readRecords(in)
	if err != nil {
		return res, fmt.Errorf("verify journal: %w", err)
	}
	res.Lines = int64(len(records))
	if !v.straight(&res, records) {
		diagnose(&res, records)
	}
	return res, nil
}

func (v Verifier) checkKey(res *Result) {
	if !res.Signed {
		return
	}
	res.Trusted = slices.ContainsFunc(v.Trusted, func(k ed25519.PublicKey) bool { return bytes.Equal(k, res.Key) })
	if !res.Trusted && len(v.Trusted) > 0 {
		res.add(Problem{Kind: WrongKey})
	}
}

// readSeal reads the fixed lines before the journal and gives the part that
// is a signed head.
func readSeal(in *bufio.Reader) ([]byte, error) {
	first, err := readLine(in, len(magic)+1)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
		return nil, err
	}
	if string(first) != magic+"\n" {
		return nil, ErrFormat
	}
	var seal []byte
	for n := 2; n <= headLines; n++ {
		line, err := readLine(in, maxHead-len(seal))
		seal = append(seal, line...)
		if errors.Is(err, io.EOF) || errors.Is(err, errLong) {
			break // parseSignedHead says what is missing
		}
		if err != nil {
			return nil, err
		}
	}
	// The last of these lines is empty and no part of the head; when it is
	// not empty, it stays and the head is refused.
	if s, ok := bytes.CutSuffix(seal, []byte("\n\n")); ok {
		return append(s, '\n'), nil
	}
	return append(seal, '\n'), nil
}

// errLong tells that a line is longer than it may be.
var errLong = errors.New("line too long")

// readLine reads to the next line feed, which stays at the end. The line is
// bounded by limit; of a longer one the rest is skipped. At the end of the file
// the error is io.EOF, beside what stands after the last line feed.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > limit; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return line, err
		case long:
			return line, errLong
		default:
			return line, nil
		}
	}
}

func readRecords(in *bufio.Reader) ([]record, error) {
	var records []record
	for {
		b, err := readLine(in, MaxLine+1)
		rec := record{fileLine: headLines + int64(len(records)) + 1}
		switch {
		case errors.Is(err, io.EOF) && len(b) == 0:
			return records, nil
		case errors.Is(err, io.EOF):
			rec.cause = errors.New("the file ends in the middle of the line")
		case errors.Is(err, errLong):
			rec.cause = fmt.Errorf("longer than %d bytes", MaxLine)
		case err != nil:
			return nil, fmt.Errorf("read line %d of the file: %w", rec.fileLine, err)
		default:
			b = b[:len(b)-1]
			var l Line
			if l, rec.cause = ParseLine(b); rec.cause == nil {
				rec.number, rec.prev, rec.noted = l.Number, l.Prev, l.Noted
			}
		}
		rec.leaf = tlog.RecordHash(b)
		if records = append(records, rec); len(records) > maxExport {
			return nil, fmt.Errorf("more than %d lines", maxExport)
		}
		if errors.Is(err, io.EOF) {
			return records, nil
		}
	}
}

// straight handles a file in which every line is in its place, the chain
// holds and the root is the one of the head. It says false, having added
// nothing, when a closer look at the lines is needed.
//
// Without a valid signature the head tells nothing: then it is enough that the
// chain holds, since the problem is known already and nothing is proven.
func (v Verifier) straight(res *Result, records []record) bool {
	if res.Signed && int64(len(records)) != res.Head.Size {
		return false
	}
	var tree fold
	var prev Hash
	roots := map[int64]Hash{} // at the sizes of the known heads
	for _, k := range v.Known {
		roots[k.Size] = tree.root() // right for an empty journal, replaced below
	}
	for i, rec := range records {
		if rec.number != int64(i)+1 || rec.prev != prev {
			return false
		}
		prev = rec.leaf
		tree.add(rec.leaf)
		if _, wanted := roots[tree.n]; wanted {
			roots[tree.n] = tree.root()
		}
	}
	if !res.Signed {
		return true
	}
	if tree.root() != res.Head.Root || prev != res.Head.Last {
		return false
	}
	if len(records) > 0 {
		res.First, res.Latest = records[0].noted, records[len(records)-1].noted
	}
	for _, k := range v.Known {
		switch {
		case k.Origin != res.Head.Origin:
			res.add(Problem{Kind: OtherJournal, Cause: k.Origin})
		case k.Size > res.Head.Size:
			res.add(Problem{Kind: Older, Line: res.Head.Size + 1, To: k.Size})
		case roots[k.Size] != k.Root:
			res.add(Problem{Kind: Forked, Line: 1, To: k.Size})
		default:
			res.Extended++
		}
	}
	res.Exact = true
	return true
}
