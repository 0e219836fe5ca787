// Package sid reads, writes and names security identifiers (MS-DTYP 2.4.2).
//
// A SID is a plain comparable value: it can be a map key, it is copied without allocation and its zero value means
// "none". Binary form is what LDAP returns (objectSid, security descriptors); text form is the "S-1-5-21-…" that people
// read. Well-known identifiers are named in French and English by [SID.Name].
package sid

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxSubAuthorities is the greatest number of sub-authorities of a SID (MS-DTYP 2.4.2.2).
const MaxSubAuthorities = 15

// SID is a security identifier of revision 1 (MS-DTYP 2.4.2).
type SID struct {
	authority [6]byte // big-endian, as on the wire
	count     uint8   // sub-authorities in use
	set       bool    // distinguishes "none" from S-1-0
	sub       [MaxSubAuthorities]uint32
}

// New builds a SID from an identifier authority (48 bits) and its sub-authorities (MS-DTYP 2.4.2). It panics when there are more than
// MaxSubAuthorities or the authority does not fit: it is meant for constants; input is read by Parse or FromBytes.
func New(authority uint64, sub ...uint32) SID {
	if len(sub) > MaxSubAuthorities || authority >= 1<<48 {
		panic("sid: too many sub-authorities or authority over 48 bits")
	}
	s := SID{count: uint8(len(sub)), set: true}
	s.setAuthority(authority)
	copy(s.sub[:], sub)
	return s
}

func (s *SID) setAuthority(a uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], a)
	copy(s.authority[:], b[2:])
}

// Errors of the binary reader.
var (
	errShort    = errors.New("shorter than its header says")
	errRevision = errors.New("revision is not 1")
	errCount    = errors.New("more than 15 sub-authorities")
)

// Decode reads the SID at the start of b and tells how many bytes it takes (MS-DTYP 2.4.2.2).
func Decode(b []byte) (SID, int, error) {
	if len(b) < 8 {
		return SID{}, 0, fmt.Errorf("read SID: %w", errShort)
	}
	if b[0] != 1 {
		return SID{}, 0, fmt.Errorf("read SID: %w", errRevision)
	}
	if b[1] > MaxSubAuthorities {
		return SID{}, 0, fmt.Errorf("read SID: %w", errCount)
	}
	size := 8 + 4*int(b[1])
	if len(b) < size {
		return SID{}, 0, fmt.Errorf("read SID: %w", errShort)
	}
	s := SID{authority: [6]byte(b[2:8]), count: b[1], set: true}
	for i := range int(b[1]) {
		s.sub[i] = binary.LittleEndian.Uint32(b[8+4*i:])
	}
	return s, size, nil
}

// FromBytes reads a binary SID that fills b exactly (MS-DTYP 2.4.2.2).
func FromBytes(b []byte) (SID, error) {
	s, n, err := Decode(b)
	if err != nil {
		return SID{}, err
	}
	if n != len(b) {
		return SID{}, fmt.Errorf("read SID: %d bytes after its end", len(b)-n)
	}
	return s, nil
}

// Parse reads the text form "S-1-5-21-…" (MS-DTYP 2.4.2.1). The authority may be decimal or, above 32 bits, "0x" hexadecimal.
func Parse(text string) (SID, error) {
	fail := func(why string) (SID, error) {
		shown := text
		if len(shown) > 200 {
			shown = shown[:200] + "…"
		}
		return SID{}, fmt.Errorf("read SID %q: %s", shown, why)
	}
	if len(text) < 5 || (text[0] != 'S' && text[0] != 's') || text[1:4] != "-1-" {
		return fail("want S-1-…")
	}
	authority, rest, more := strings.Cut(text[4:], "-")
	var a uint64
	var err error
	if hexa, ok := strings.CutPrefix(strings.ToLower(authority), "0x"); ok {
		a, err = strconv.ParseUint(hexa, 16, 48)
	} else {
		a, err = strconv.ParseUint(authority, 10, 48)
	}
	if err != nil {
		return fail("identifier authority is not a 48-bit number")
	}
	s := SID{set: true}
	s.setAuthority(a)
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "-")
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return fail("sub-authority is not a 32-bit number")
		}
		if s.count == MaxSubAuthorities {
			return fail(errCount.Error())
		}
		s.sub[s.count] = uint32(n)
		s.count++
	}
	return s, nil
}

// MustParse is Parse for constants of the source code and tests; it panics on a malformed text (MS-DTYP 2.4.2.1).
func MustParse(text string) SID {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

// IsZero tells whether s is the zero value, "none". S-1-0-0 (the null SID) is not zero.
func (s SID) IsZero() bool { return !s.set }

// String gives the text form; the zero value gives "".
func (s SID) String() string {
	if s.IsZero() {
		return ""
	}
	b := make([]byte, 0, 48)
	b = append(b, "S-1-"...)
	if a := s.Authority(); a < 1<<32 {
		b = strconv.AppendUint(b, a, 10)
	} else {
		b = fmt.Appendf(b, "0x%012X", a)
	}
	for _, n := range s.sub[:s.count] {
		b = append(b, '-')
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}

// AppendBinary appends the binary form (MS-DTYP 2.4.2.2) to b. The zero value appends nothing.
func (s SID) AppendBinary(b []byte) ([]byte, error) {
	if s.IsZero() {
		return b, nil
	}
	b = append(b, 1, s.count)
	b = append(b, s.authority[:]...)
	for _, n := range s.sub[:s.count] {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b, nil
}

// Bytes gives the binary form; nil for the zero value.
func (s SID) Bytes() []byte {
	if s.IsZero() {
		return nil
	}
	b, _ := s.AppendBinary(make([]byte, 0, 8+4*int(s.count)))
	return b
}

// Authority gives the identifier authority.
func (s SID) Authority() uint64 {
	var b [8]byte
	copy(b[2:], s.authority[:])
	return binary.BigEndian.Uint64(b[:])
}

// Len gives the number of sub-authorities.
func (s SID) Len() int { return int(s.count) }

// Sub gives sub-authority i, 0 when there is none at i.
func (s SID) Sub(i int) uint32 {
	if i < 0 || i >= int(s.count) {
		return 0
	}
	return s.sub[i]
}

// RID gives the relative identifier: the last sub-authority; false when there is none.
func (s SID) RID() (uint32, bool) {
	if s.count == 0 {
		return 0, false
	}
	return s.sub[s.count-1], true
}

// Domain gives s without its last sub-authority (S-1-5-21-a-b-c for an account, S-1-5-32 for a built-in group); the zero
// value when nothing would be left.
func (s SID) Domain() SID {
	if s.count < 2 {
		return SID{}
	}
	s.count--
	s.sub[s.count] = 0 // unused places are always 0, so that == compares values
	return s
}

// Split gives s without its last sub-authority, and that sub-authority. Unlike Domain it also splits S-1-5-18, whose prefix
// is the bare authority; ok is false when s has no sub-authority.
func (s SID) Split() (prefix SID, rid uint32, ok bool) {
	if s.count == 0 {
		return SID{}, 0, false
	}
	s.count--
	rid = s.sub[s.count]
	s.sub[s.count] = 0
	return s, rid, true
}

// Append gives s with one more sub-authority (an account of the domain s); the zero value when s is zero or full.
func (s SID) Append(rid uint32) SID {
	if s.IsZero() || s.count == MaxSubAuthorities {
		return SID{}
	}
	s.sub[s.count] = rid
	s.count++
	return s
}

// IsAccount tells whether s belongs to a domain or a machine: S-1-5-21-a-b-c-rid (MS-DTYP 2.4.2.4, nonunique authority).
func (s SID) IsAccount() bool {
	return s.count == 5 && s.sub[0] == 21 && s.Authority() == authorityNT
}

// IsBuiltin tells whether s is a built-in group of each domain or machine: S-1-5-32-rid.
func (s SID) IsBuiltin() bool {
	return s.count == 2 && s.sub[0] == 32 && s.Authority() == authorityNT
}

// InDomain tells whether s is domain plus one relative identifier.
func (s SID) InDomain(domain SID) bool {
	return !domain.IsZero() && s.count == domain.count+1 && s.Domain() == domain
}

// Compare orders SIDs by authority, then sub-authorities, shorter first: -1, 0 or 1. The zero value comes first.
func (s SID) Compare(t SID) int {
	if s.set != t.set {
		if t.set {
			return -1
		}
		return 1
	}
	if a, b := s.Authority(), t.Authority(); a != b {
		if a < b {
			return -1
		}
		return 1
	}
	for i := range int(min(s.count, t.count)) {
		if s.sub[i] != t.sub[i] {
			if s.sub[i] < t.sub[i] {
				return -1
			}
			return 1
		}
	}
	return cmp.Compare(s.count, t.count)
}
