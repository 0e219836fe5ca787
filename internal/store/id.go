package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"sync"
	"time"
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// counter tells the order of the identifiers that a process makes in one millisecond.
var counter struct {
	sync.Mutex
	ms   int64  // millisecond of the last identifier
	next uint16 // 12 bits
}

// NewID makes an identifier: a version 7 UUID in 26 letters and digits: 48 bits of milliseconds, a counter of 12 bits that starts anywhere in
// its lower half in each millisecond, 62 random bits (RFC 9562 5.7 and 6.2, method 1). What a process makes later sorts after what it made
// earlier, for some two thousand identifiers a millisecond; nobody can guess them, and two installations never make the same.
func NewID(now time.Time) string {
	var b [16]byte
	rand.Read(b[6:]) //nolint:errcheck // never fails since Go 1.24
	stamp := now.UnixMilli()
	order := ordinal(stamp, binary.BigEndian.Uint16(b[6:]))
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(stamp))
	copy(b[:6], ms[2:])
	binary.BigEndian.PutUint16(b[6:], 0x7000|order)
	b[8] = b[8]&0x3f | 0x80
	return idEncoding.EncodeToString(b[:])
}

// ordinal is the rank of an identifier among those of its millisecond. One that runs over starts at a random place again.
func ordinal(ms int64, random uint16) uint16 {
	const whole, half = 1 << 12, 1 << 11
	counter.Lock()
	defer counter.Unlock()
	if ms != counter.ms || counter.next == whole {
		counter.ms, counter.next = ms, random%half
	}
	counter.next++
	return counter.next - 1
}

// Millis is how a moment is stored: Unix milliseconds, zero for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time reads what [Millis] stored, in UTC.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
