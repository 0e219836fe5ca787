package ldap

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

// maxMessage bounds one LDAP message. The largest real ones are entries with a few thousand values and pages of
// security descriptors are sent one entry a message, so 64 MiB is far above need and far below harm.
const maxMessage = 64 << 20

// A malformed is a message that breaks the encoding rules. Offset is the byte, within that message, where reading stopped.
type malformed struct {
	Offset int
	What   string
}

func (m *malformed) Error() string {
	return fmt.Sprintf("malformed LDAP message at byte %d: %s", m.Offset, m.What)
}

// readMessage reads one whole element of tag SEQUENCE into buf, which is grown as needed and returned with the element's
// content. Memory grows with the bytes that really arrive, never with the length that is claimed.
func readMessage(r *bufio.Reader, buf []byte, limit int) (content []byte, err error) {
	tag, err := r.ReadByte()
	if err != nil {
		return buf[:0], err
	}
	if tag != tagSequence {
		return buf[:0], &malformed{0, fmt.Sprintf("tag 0x%02x where a message should begin", tag)}
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
			return buf[:0], noEOF(err)
		}
	}
	return buf, nil
}

// readLength reads a definite length. Long forms with leading zeros are accepted: Windows writes all lengths on four bytes.
func readLength(r *bufio.Reader, limit int) (int, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, noEOF(err)
	}
	if first < 0x80 {
		return int(first), nil
	}
	count := int(first & 0x7f)
	if count == 0 || count > 8 {
		return 0, &malformed{1, "length form not allowed in LDAP"}
	}
	var length uint64
	for range count {
		b, err := r.ReadByte()
		if err != nil {
			return 0, noEOF(err)
		}
		if length > 1<<48 {
			return 0, &malformed{1, "length out of range"}
		}
		length = length<<8 | uint64(b)
	}
	if length > uint64(limit) {
		return 0, &malformed{1, fmt.Sprintf("message of %d bytes, more than the %d accepted", length, limit)}
	}
	return int(length), nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A cursor walks the elements of a message held in memory. After the first fault every call returns zero values, so
// that a decoder can read a whole structure and look at err once.
type cursor struct {
	data []byte
	base int // offset of data within the message, for messages of error
	err  *malformed
}

func (c *cursor) fail(what string) {
	if c.err == nil {
		c.err = &malformed{c.base, what}
	}
	c.data = nil
}

func (c *cursor) more() bool { return c.err == nil && len(c.data) > 0 }

// peek returns the next tag, 0 at the end.
func (c *cursor) peek() byte {
	if !c.more() {
		return 0
	}
	return c.data[0]
}

// any takes the next element whatever its tag. LDAP has no tag number above 30, so one byte of tag is enough.
func (c *cursor) any() (tag byte, inner cursor) {
	if c.err != nil {
		return 0, cursor{err: c.err}
	}
	if len(c.data) < 2 {
		c.fail("element cut short")
		return 0, cursor{err: c.err}
	}
	tag = c.data[0]
	header, length := 2, uint64(c.data[1])
	if tag&0x1f == 0x1f {
		c.fail("tag on several bytes")
		return 0, cursor{err: c.err}
	}
	if length >= 0x80 {
		count := int(length & 0x7f)
		if count == 0 || count > 8 || len(c.data) < 2+count {
			c.fail("length form not allowed or cut short")
			return 0, cursor{err: c.err}
		}
		var wide [8]byte
		copy(wide[8-count:], c.data[2:2+count])
		length = binary.BigEndian.Uint64(wide[:])
		header += count
	}
	if length > uint64(len(c.data)-header) {
		c.fail(fmt.Sprintf("element of %d bytes where %d are left", length, len(c.data)-header))
		return 0, cursor{err: c.err}
	}
	end := header + int(length)
	inner = cursor{data: c.data[header:end:end], base: c.base + header}
	c.data = c.data[end:]
	c.base += end
	return tag, inner
}

// expect takes the next element, which must have that tag.
func (c *cursor) expect(tag byte, what string) cursor {
	if c.err == nil && c.peek() != tag {
		c.fail(fmt.Sprintf("tag 0x%02x where %s (0x%02x) should be", c.peek(), what, tag))
	}
	_, inner := c.any()
	return inner
}

// bytes takes an octet string. The slice points into the message.
func (c *cursor) bytes(what string) []byte {
	inner := c.expect(tagOctets, what)
	return inner.data
}

// integer takes an INTEGER or ENUMERATED of at most eight bytes.
func (c *cursor) integer(tag byte, what string) int64 {
	inner := c.expect(tag, what)
	if c.err != nil {
		return 0
	}
	if len(inner.data) == 0 || len(inner.data) > 8 {
		c.fail("integer of " + fmt.Sprint(len(inner.data)) + " bytes for " + what)
		return 0
	}
	value := int64(int8(inner.data[0]))
	for _, b := range inner.data[1:] {
		value = value<<8 | int64(b)
	}
	return value
}

// child adopts the fault of an inner cursor.
func (c *cursor) child(inner cursor) {
	if inner.err != nil && c.err == nil {
		c.err = inner.err
		c.data = nil
	}
}
