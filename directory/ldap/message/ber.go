// Package message writes and reads the messages of LDAP (RFC 4511) that a reading client needs, and no other: their encoding, the requests,
// the answers down to the entries. Lengths are bounded, memory grows with the bytes that arrive, and a fault tells its offset.
package message

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// The tags of RFC 4511 that a reading client sends or receives.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagOctets     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
)

// Max bounds one LDAP message (RFC 4511 5.1). The largest real ones are entries with a few thousand values and pages of
// security descriptors are sent one entry a message, so 64 MiB is far above need and far below harm.
const Max = 64 << 20

// A Malformed is a message that breaks the encoding rules (RFC 4511 5.1). Offset is the byte, within that message, where reading stopped.
type Malformed struct {
	Offset int
	What   string
}

// Malform is a message that breaks the rules above the encoding (RFC 4511 4).
func Malform(what string) *Malformed { return &Malformed{Offset: 0, What: what} }

// Error tells the offset and the fault.
func (m *Malformed) Error() string {
	return fmt.Sprintf("malformed LDAP message at byte %d: %s", m.Offset, m.What)
}

// Read reads one whole element of tag SEQUENCE into buf, which is grown as needed and returned with the element's
// content (RFC 4511 5.1). Memory grows with the bytes that really arrive, never with the length that is claimed.
func Read(r *bufio.Reader, buf []byte, limit int) (content []byte, err error) {
	tag, err := r.ReadByte()
	if err != nil {
		return buf[:0], err
	}
	if tag != tagSequence {
		return buf[:0], &Malformed{0, fmt.Sprintf("tag 0x%02x where a message should begin", tag)}
	}
	length, err := readLength(r, limit)
	if err != nil {
		return buf[:0], err
	}
	const step = 1 << 20
	buf = buf[:0]
	for len(buf) < length {
		start := len(buf)
		n := min(length-start, max(step, cap(buf)-start))
		if cap(buf)-start < n {
			grown := make([]byte, start, max(start+n, 2*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		buf = buf[:start+n]
		if _, err := io.ReadFull(r, buf[start:]); err != nil {
			return buf[:0], NoEOF(err)
		}
	}
	return buf, nil
}

// readLength reads a definite length. Long forms with leading zeros are accepted: Windows writes all lengths on four bytes.
func readLength(r *bufio.Reader, limit int) (int, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, NoEOF(err)
	}
	if first < 0x80 {
		return int(first), nil
	}
	count := int(first & 0x7f)
	if count == 0 || count > 8 {
		return 0, &Malformed{1, "length form not allowed in LDAP"}
	}
	var length uint64
	for range count {
		b, err := r.ReadByte()
		if err != nil {
			return 0, NoEOF(err)
		}
		if length > 1<<48 {
			return 0, &Malformed{1, "length out of range"}
		}
		length = length<<8 | uint64(b)
	}
	if length > uint64(limit) {
		return 0, &Malformed{1, fmt.Sprintf("message of %d bytes, more than the %d accepted", length, limit)}
	}
	return int(length), nil
}

// NoEOF turns an end between messages into one in the middle of a message (RFC 4511 5.1).
func NoEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A Cursor walks the elements of a message held in memory (X.690). After the first fault every call returns zero values, so
// that a decoder can read a whole structure and look at err once.
type Cursor struct {
	Data []byte
	base int // offset of data within the message, for messages of error
	Err  *Malformed
}

func (c *Cursor) fail(what string) {
	if c.Err == nil {
		c.Err = &Malformed{c.base, what}
	}
	c.Data = nil
}

// More tells whether elements are left.
func (c *Cursor) More() bool { return c.Err == nil && len(c.Data) > 0 }

// peek returns the next tag, 0 at the end.
func (c *Cursor) peek() byte {
	if !c.More() {
		return 0
	}
	return c.Data[0]
}

// any takes the next element whatever its tag. LDAP has no tag number above 30, so one byte of tag is enough.
func (c *Cursor) any() (tag byte, inner Cursor) {
	if c.Err != nil {
		return 0, Cursor{Err: c.Err}
	}
	if len(c.Data) < 2 {
		c.fail("element cut short")
		return 0, Cursor{Err: c.Err}
	}
	tag = c.Data[0]
	header, length := 2, uint64(c.Data[1])
	if tag&0x1f == 0x1f {
		c.fail("tag on several bytes")
		return 0, Cursor{Err: c.Err}
	}
	if length >= 0x80 {
		count := int(length & 0x7f)
		if count == 0 || count > 8 || len(c.Data) < 2+count {
			c.fail("length form not allowed or cut short")
			return 0, Cursor{Err: c.Err}
		}
		var wide [8]byte
		copy(wide[8-count:], c.Data[2:2+count])
		length = binary.BigEndian.Uint64(wide[:])
		header += count
	}
	if length > uint64(len(c.Data)-header) {
		c.fail(fmt.Sprintf("element of %d bytes where %d are left", length, len(c.Data)-header))
		return 0, Cursor{Err: c.Err}
	}
	end := header + int(length)
	inner = Cursor{Data: c.Data[header:end:end], base: c.base + header}
	c.Data = c.Data[end:]
	c.base += end
	return tag, inner
}

// Expect takes the next element, which must have that tag.
func (c *Cursor) Expect(tag byte, what string) Cursor {
	if c.Err == nil && c.peek() != tag {
		c.fail(fmt.Sprintf("tag 0x%02x where %s (0x%02x) should be", c.peek(), what, tag))
	}
	_, inner := c.any()
	return inner
}

// Bytes takes an octet string. The slice points into the message.
func (c *Cursor) Bytes(what string) []byte {
	inner := c.Expect(tagOctets, what)
	return inner.Data
}

// integer takes an INTEGER or ENUMERATED of at most eight bytes.
func (c *Cursor) integer(tag byte, what string) int64 {
	inner := c.Expect(tag, what)
	if c.Err != nil {
		return 0
	}
	if len(inner.Data) == 0 || len(inner.Data) > 8 {
		c.fail("integer of " + fmt.Sprint(len(inner.Data)) + " bytes for " + what)
		return 0
	}
	value := int64(int8(inner.Data[0]))
	for _, b := range inner.Data[1:] {
		value = value<<8 | int64(b)
	}
	return value
}

// child adopts the fault of an inner cursor.
func (c *Cursor) child(inner Cursor) {
	if inner.Err != nil && c.Err == nil {
		c.Err = inner.Err
		c.Data = nil
	}
}
