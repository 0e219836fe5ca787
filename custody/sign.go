package custody

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"iter"

	"hygie/journal"
)

// signedFormat is the first line of a register whose head is signed.
const signedFormat = "hygie custody 2"

// WriteSigned writes the register with its head signed, so that who trusts the key knows that nobody wrote another one that holds together.
func (r *Register) WriteSigned(w io.Writer, private ed25519.PrivateKey) error {
	fail := func(err error) error { return fmt.Errorf("write the signed register: %w", err) }
	h, err := r.head()
	if err != nil {
		return fail(err)
	}
	signer, err := journal.NewSigner(r.Origin, private)
	if err != nil {
		return fail(err)
	}
	signed, err := signer.Sign(h)
	if err != nil {
		return fail(err)
	}
	head, err := signed.MarshalText()
	if err != nil {
		return fail(err)
	}
	b, err := r.text(signedFormat, head)
	if err != nil {
		return fail(err)
	}
	if _, err := w.Write(b); err != nil {
		return fail(err)
	}
	return nil
}

// opened parts a file into its head and its lines, and reads the head. The head is still given when its signature does not fit.
func (r *Result) opened(rest []byte, signed bool) (head journal.Head, text, lines []byte) {
	at := -1
	for n, from := 0, 0; n < blanks(signed); n++ { // a signed head has two empty lines inside
		next := bytes.Index(rest[from:], []byte("\n\n"))
		if next < 0 {
			at = -1
			break
		}
		at, from = from+next, from+next+2
	}
	text = rest
	if at >= 0 {
		text, lines = rest[:at+1], rest[at+2:]
	}
	var err error
	if signed {
		var s journal.SignedHead
		if s, err = journal.ParseSignedHead(text); err == nil {
			r.Key, head, text = s.Key, s.Head, s.Text()
		}
	} else {
		head, err = journal.ParseHead(text)
	}
	if err != nil {
		r.problem(Head, 0, "the head cannot be read: %v", err)
	}
	return head, text, lines
}

// blanks is how many empty lines stand between the first line of a file and its lines, the first of them not counted.
func blanks(signed bool) int {
	if signed {
		return 3
	}
	return 1
}

// Restore gives the register that lines make, as [Register.After] gave them and a database kept them, canonical and in order.
func Restore(lines iter.Seq2[[]byte, error]) (*Register, error) {
	res := Result{Register: &Register{}}
	var all []journal.Line
	var prev journal.Hash
	for b, err := range lines {
		if err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		l, err := journal.ParseLine(b)
		if err == nil && (l.Prev != prev || l.Number != int64(len(all))+1) {
			err = fmt.Errorf("it does not follow the one before")
		}
		if err != nil {
			return nil, fmt.Errorf("read line %d of the register: %w", len(all)+1, err)
		}
		prev = l.Hash()
		all = append(all, l)
	}
	if res.replay(all); !res.Intact() {
		p := res.Problems[0]
		return nil, fmt.Errorf("read line %d of the register: %s", p.Line, p.Cause)
	}
	return res.Register, nil
}

// After gives the lines that follow line n, for whoever keeps them in another place than a file.
func (r *Register) After(n int64) ([]journal.Line, error) {
	var all []journal.Line
	for b, err := range r.lines.Lines() {
		if err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		l, err := journal.ParseLine(b)
		if err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
		if l.Number > n {
			all = append(all, l)
		}
	}
	return all, nil
}

// Size is how many lines the register has.
func (r *Register) Size() int64 { return r.last.Number }
