package journal

import (
	"crypto/ed25519"
	"time"
)

// Kind names what is wrong with an exported journal.
type Kind string

// The kinds of problem.
const (
	// BadHead: the head of the file cannot be read.
	BadHead Kind = "bad-head"
	// BadSignature: head, signature and key do not fit one another.
	BadSignature Kind = "bad-signature"
	// WrongKey: signed, but by none of the trusted keys.
	WrongKey Kind = "wrong-key"
	// Altered: the line is not the one that was sealed.
	Altered Kind = "altered"
	// Unfitting: lines Line and To, neighbours, do not fit one another, and
	// nothing that is proven tells which of them was altered.
	Unfitting Kind = "unfitting"
	// Missing: lines Line to To were taken out.
	Missing Kind = "missing"
	// Truncated: lines Line to To, the last ones, are not in the file.
	Truncated Kind = "truncated"
	// Inserted: a line stands in the file that is not in the sealed journal.
	Inserted Kind = "inserted"
	// Reordered: the line is authentic, in the wrong place.
	Reordered Kind = "reordered"
	// Rewritten: lines Line to To hold together, but are not those that were sealed.
	Rewritten Kind = "rewritten"
	// Older: the file is older than a head that the reader already holds.
	Older Kind = "older"
	// Forked: the first To lines are not those of a head that the reader already holds.
	Forked Kind = "forked"
	// OtherJournal: the file is not the journal of a head that the reader holds.
	OtherJournal Kind = "other-journal"
)

// Problem is one thing that is wrong.
type Problem struct {
	Kind     Kind
	Line     int64  // number of the line in the journal, 0 when it has none
	To       int64  // last line of a range that begins at Line; Line otherwise
	FileLine int64  // line of the file, from 1; 0 when the line is not in the file
	Cause    string // technical detail in English, may be empty
}

// maxProblems bounds the list in a Result.
const maxProblems = 1000

// Result says what an exported journal proves.
type Result struct {
	Head     Head              // as stated by the file; meaningful as far as it could be read
	Key      ed25519.PublicKey // the key in the file; nil when it could not be read
	Signed   bool              // the head is signed by Key
	Trusted  bool              // Key is one of the keys the reader trusts
	Extended int               // number of heads held by the reader that this journal was proven to extend
	Lines    int64             // number of lines read from the file
	First    time.Time         // when the first authentic line was noted; zero when there is none
	Latest   time.Time         // when the last authentic line was noted; zero when there is none

	// Problems is empty when every line is as sealed. At most 1,000 are kept;
	// More counts the others.
	Problems []Problem
	More     int64

	// Exact says that Problems lists all that is wrong with the lines: the
	// other lines are proven authentic by the signed head.
	Exact bool
}

// Intact says that the lines are exactly those that the holder of Key sealed.
func (r Result) Intact() bool { return r.Signed && len(r.Problems) == 0 }

// Proven says that the lines are exactly those sealed by a key the reader trusts.
func (r Result) Proven() bool { return r.Intact() && r.Trusted }

func (r *Result) add(p Problem) {
	if p.To == 0 {
		p.To = p.Line
	}
	if len(r.Problems) == maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, p)
}
