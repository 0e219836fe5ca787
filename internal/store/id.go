package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an identifier: a version 7 UUID (RFC 9562, 48 bits of milliseconds then 74 random bits) in 26 letters and digits. Later
// identifiers sort after earlier ones, nobody can guess them, and two installations never make the same.
func NewID(now time.Time) string {
	var b [16]byte
	rand.Read(b[6:]) //nolint:errcheck // never fails since Go 1.24
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return idEncoding.EncodeToString(b[:])
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
