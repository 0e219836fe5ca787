package jsonscan

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"hygie/directory/reading"
)

// Scanner reads JSON (RFC 8259) from a window of a file. It holds the first error and does nothing after it, so that callers
// check once. When the window ends before the value does, the error is ErrMore: the caller gets a longer window and starts
// the value again.
type Scanner struct {
	b   []byte
	at  int
	Err error  // the first fault
	esc []byte // strings with escapes, decoded; slices of it stay valid until reset

	// The first backslash of b from place looked on is at slash, len(b) when there is none. Escapes are rare: looked for once in a
	// window, they cost nothing in the strings that have none.
	looked, slash int
}

// ErrMore says that the window ends before the value does; at the end of a file, that the file does (RFC 8259 2).
var ErrMore = reading.Cause("file_cut")

var errDepth = reading.Cause("json_deep", "limit", maxDepth)

// maxDepth bounds the nesting of skipped values.
const maxDepth = 200

// New gives a scanner of a whole text (RFC 8259 2).
func New(text []byte) *Scanner { return &Scanner{b: text} }

// Pos gives the place of the next byte.
func (s *Scanner) Pos() int { return s.at }

// Rest gives what is left of the window. It must not be changed.
func (s *Scanner) Rest() []byte { return s.b[min(s.at, len(s.b)):] }

// Since gives the bytes from a place that Pos gave up to the next byte.
func (s *Scanner) Since(from int) []byte { return s.b[from:s.at:s.at] }

// Pass goes over n bytes that the caller looked at.
func (s *Scanner) Pass(n int) { s.at += n }

// reset puts the Scanner at a place of a window.
func (s *Scanner) reset(b []byte, at int) {
	s.b, s.at, s.Err = b, at, nil
}

// moved says that the bytes of the window changed in place.
func (s *Scanner) moved() { s.looked, s.slash = 0, -1 }

// hasSlash tells whether a backslash stands in b[from:to].
func (s *Scanner) hasSlash(from, to int) bool {
	if from < s.looked || s.slash < from {
		s.looked, s.slash = from, len(s.b)
		if i := bytes.IndexByte(s.b[from:], '\\'); i >= 0 {
			s.slash = from + i
		}
	}
	return s.slash < to
}

// Fail notes a fault, unless there is one already.
func (s *Scanner) Fail(err error) {
	if s.Err == nil {
		s.Err = err
	}
}

// wrong says that the next byte is not what the grammar allows: a sign, or a word of package reasons.
func (s *Scanner) wrong(want string) {
	if s.at >= len(s.b) {
		s.Fail(ErrMore)
		return
	}
	s.Fail(reading.Cause("json_unexpected", "found", strconv.QuoteRune(rune(s.b[s.at])), "want", want))
}

// Space skips white space and gives the next byte, 0 at the end of the window.
func (s *Scanner) Space() byte {
	for s.at < len(s.b) {
		c := s.b[s.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.at++
	}
	s.Fail(ErrMore)
	return 0
}

// Take skips white space and one byte that must be c.
func (s *Scanner) Take(c byte) bool {
	if s.Err != nil {
		return false
	}
	if s.Space() != c {
		s.wrong(string(rune(c)))
		return false
	}
	s.at++
	return true
}

// Next is for the loop over an object or an array, after its opening byte: it tells whether another element comes.
func (s *Scanner) Next(first *bool, closing byte) bool {
	if s.Err != nil {
		return false
	}
	switch c := s.Space(); {
	case c == closing:
		s.at++
		return false
	case *first:
		*first = false
		return s.Err == nil
	case c == ',':
		s.at++
		if s.Space() == closing {
			s.wrong("json_value")
		}
		return s.Err == nil
	}
	s.wrong("json_comma")
	return false
}

// Key reads the name of a member and its colon.
func (s *Scanner) Key() []byte {
	if s.Err == nil && s.Space() != '"' {
		s.wrong("json_name")
	}
	k := s.Text()
	s.Take(':')
	return k
}

// Text reads a string. The result refers to the window or to the Scanner's own memory.
func (s *Scanner) Text() []byte {
	if s.Err != nil {
		return nil
	}
	if s.Space() != '"' {
		s.wrong("json_text")
		return nil
	}
	start := s.at + 1
	rest := s.b[start:]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		s.Fail(ErrMore)
		return nil
	}
	if !s.hasSlash(start, start+end) {
		s.at = start + end + 1
		return rest[:end:end]
	}
	return s.escaped(start)
}

// escaped reads a string with escapes from its first byte.
func (s *Scanner) escaped(at int) []byte {
	from := len(s.esc)
	for at < len(s.b) {
		c := s.b[at]
		switch {
		case c == '"':
			s.at = at + 1
			return s.esc[from:len(s.esc):len(s.esc)]
		case c != '\\':
			s.esc = append(s.esc, c)
			at++
			continue
		}
		if at+1 >= len(s.b) {
			break
		}
		if s.b[at+1] != 'u' {
			plain := bytes.IndexByte([]byte(`"\/bfnrt`), s.b[at+1])
			if plain < 0 {
				s.at = at
				s.Fail(reading.Cause("json_escape", "found", fmt.Sprintf("%q", s.b[at:at+2])))
				return nil
			}
			s.esc = append(s.esc, "\"\\/\b\f\n\r\t"[plain])
			at += 2
			continue
		}
		if at+6 > len(s.b) {
			break
		}
		r, ok := hex4(s.b[at+2:])
		if !ok {
			s.at = at
			s.Fail(reading.Cause("json_escape", "found", fmt.Sprintf("%q", s.b[at:at+6])))
			return nil
		}
		at += 6
		if utf16.IsSurrogate(r) {
			low, paired := rune(0), false
			if at+6 <= len(s.b) && s.b[at] == '\\' && s.b[at+1] == 'u' {
				low, paired = hex4(s.b[at+2:])
			} else if at+6 > len(s.b) && bytes.IndexByte(s.b[at:], '"') < 0 {
				break
			}
			if r = utf16.DecodeRune(r, low); paired && r != utf8.RuneError {
				at += 6
			}
		}
		s.esc = utf8.AppendRune(s.esc, r)
	}
	s.Fail(ErrMore)
	return nil
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n), err == nil && b[0] != '+' && b[0] != '-'
}

// Kind of a value: 's' text, 'n' number, 't' true, 'f' false, '0' null, '[' array, '{' object (RFC 8259 3).
type Kind byte

// Value is a value read without its inside: content of a text, digits of a number, nothing of an array or object (RFC 8259 3).
type Value struct {
	Kind Kind
	Raw  []byte
}

// Scalar reads a text, a number or a literal; it stops before an array or an object.
func (s *Scanner) Scalar() Value {
	if s.Err != nil {
		return Value{}
	}
	switch c := s.Space(); c {
	case '"':
		return Value{'s', s.Text()}
	case '[', '{':
		return Value{Kind: Kind(c)}
	case 't':
		return s.literal("true", 't')
	case 'f':
		return s.literal("false", 'f')
	case 'n':
		return s.literal("null", '0')
	default:
		if c != '-' && (c < '0' || c > '9') {
			s.wrong("json_value")
			return Value{}
		}
	}
	start := s.at
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			s.at++
			continue
		}
		return Value{'n', s.b[start:s.at:s.at]}
	}
	s.Fail(ErrMore) // the number may go on
	return Value{}
}

func (s *Scanner) literal(word string, k Kind) Value {
	rest := s.b[s.at:]
	switch {
	case bytes.HasPrefix(rest, []byte(word)):
		s.at += len(word)
		return Value{Kind: k}
	case bytes.HasPrefix([]byte(word), rest):
		s.Fail(ErrMore)
	default:
		s.wrong("json_value")
	}
	return Value{}
}

// Skip passes over a value of any kind. Inside arrays and objects it checks that brackets pair and strings end, no more.
func (s *Scanner) Skip() {
	if v := s.Scalar(); v.Kind != '[' && v.Kind != '{' {
		return
	}
	var closing [maxDepth]byte
	depth := 0
	b := s.b
	for i := s.at; i < len(b); i++ {
		switch c := b[i]; c {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				s.Fail(ErrMore)
				return
			}
			i = end
		case '[', '{':
			if depth == maxDepth {
				s.at = i
				s.Fail(errDepth)
				return
			}
			closing[depth] = c + 2 // in ASCII, ']' and '}' are two after '[' and '{'
			depth++
		case ']', '}':
			if depth--; closing[depth] != c { // the first byte opened a level, so that depth is not below 0
				s.at = i
				s.wrong(string(rune(closing[depth])))
				return
			}
			if depth == 0 {
				s.at = i + 1
				return
			}
		}
	}
	s.Fail(ErrMore)
}

// stringEnd gives the place of the quote that ends a string whose content starts at i, -1 when it is not in b.
func stringEnd(b []byte, i int) int {
	for {
		end := bytes.IndexByte(b[i:], '"')
		if end < 0 {
			return -1
		}
		end += i
		back := end
		for back > i && b[back-1] == '\\' {
			back--
		}
		if (end-back)%2 == 0 {
			return end
		}
		i = end + 1
	}
}

// Integer reads a whole number, written as a number or as a text; ok is false for anything else.
func (v Value) Integer() (n int64, ok bool) {
	if v.Kind != 'n' && v.Kind != 's' {
		return 0, false
	}
	b := v.Raw
	if len(b) == 0 || len(b) > 32 {
		return 0, false
	}
	neg := b[0] == '-'
	digits := b
	if neg {
		digits = b[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	if len(digits) <= 18 {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return v.rounded()
			}
			n = n*10 + int64(c-'0')
		}
		if neg {
			n = -n
		}
		return n, true
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// rounded reads a whole number that was written with a fraction or an exponent: 1.48E9.
func (v Value) rounded() (int64, bool) {
	f, err := strconv.ParseFloat(string(v.Raw), 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Truth reads a truth value, as a literal, 0 or 1, or a text.
func (v Value) Truth() (b, ok bool) {
	switch v.Kind {
	case 't':
		return true, true
	case 'f':
		return false, true
	case 's':
		switch {
		case bytes.EqualFold(v.Raw, []byte("true")):
			return true, true
		case bytes.EqualFold(v.Raw, []byte("false")):
			return false, true
		}
	}
	n, ok := v.Integer()
	return n == 1, ok && (n == 0 || n == 1)
}

// Plain reads a text; nil for a value of any other kind.
func (s *Scanner) Plain() []byte {
	v := s.Scalar()
	switch v.Kind {
	case 's':
		return v.Raw
	case '[', '{':
		s.Skip()
	}
	return nil
}

// Flag reads a truth value; ok is false for anything else.
func (s *Scanner) Flag() (value, ok bool) {
	v := s.Scalar()
	if v.Kind == '[' || v.Kind == '{' {
		s.Skip()
		return false, false
	}
	return v.Truth()
}
