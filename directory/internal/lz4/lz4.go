// Package lz4 decompresses the LZ4 frame format (version 1.6.1 of the LZ4 frame format description), as dumps of other tools use
// it. Checksums of the header, of blocks and of the content are verified. Dictionaries are refused; skippable and legacy frames
// are not read.
package lz4

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"hygie/directory/reading"
)

const (
	magic      = 0x184D2204
	windowSize = 64 << 10 // how far back a match may reach
	maxBlock   = 4 << 20
)

// Errors of a damaged or foreign file (LZ4 Frame Format 1.6).
var (
	ErrFormat   = reading.Cause("lz4_format")
	ErrChecksum = reading.Cause("lz4_checksum")
	errDict     = reading.Cause("lz4_dictionary")
	errBlock    = reading.Cause("lz4_block")
)

// Is tells whether a file that begins like this is an LZ4 frame (LZ4 Frame Format 1.6).
func Is(start []byte) bool { return len(start) >= 4 && binary.LittleEndian.Uint32(start) == magic }

// Reader gives the content of the frames of a file, one after the other (LZ4 Frame Format 1.6).
type Reader struct {
	r       io.Reader
	offset  int64 // bytes taken from r
	out     []byte
	at      int // first byte of out that was not given yet
	in      []byte
	frame   header
	open    bool // in a frame
	err     error
	content xxh32
}

type header struct {
	independent, blockSum, contentSum bool
	maxBlock                          int
}

// NewReader makes a reader of a file (LZ4 Frame Format 1.6).
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Offset tells how many bytes of the compressed file were taken.
func (z *Reader) Offset() int64 { return z.offset }

// Read gives decompressed bytes.
func (z *Reader) Read(p []byte) (int, error) {
	for z.at == len(z.out) {
		if z.err != nil {
			return 0, z.err
		}
		z.err = z.next()
	}
	n := copy(p, z.out[z.at:])
	z.at += n
	return n, nil
}

func (z *Reader) take(n int) ([]byte, error) {
	if cap(z.in) < n {
		z.in = make([]byte, n)
	}
	b := z.in[:n]
	got, err := io.ReadFull(z.r, b)
	z.offset += int64(got)
	if err != nil && got > 0 {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// next reads the header of a frame, or a block into out.
func (z *Reader) next() error {
	if !z.open {
		return z.header()
	}
	b, err := z.take(4)
	if err != nil {
		return cut(err)
	}
	size := binary.LittleEndian.Uint32(b)
	if size == 0 {
		return z.end()
	}
	raw := size&0x80000000 != 0
	size &^= 0x80000000
	if int64(size) > int64(z.frame.maxBlock) {
		return errBlock
	}
	sum := 0
	if z.frame.blockSum {
		sum = 4
	}
	if b, err = z.take(int(size) + sum); err != nil {
		return cut(err)
	}
	if b, s := b[:size], b[size:]; sum > 0 && binary.LittleEndian.Uint32(s) != sum32(b) {
		return ErrChecksum
	}
	return z.block(b[:size], raw)
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// block decompresses a block behind the last 64 KiB of what precedes, to which its matches may refer.
func (z *Reader) block(b []byte, raw bool) error {
	keep := min(len(z.out), windowSize)
	if z.frame.independent {
		keep = 0
	}
	copy(z.out, z.out[len(z.out)-keep:])
	z.out = z.out[:keep]
	if raw {
		z.out = append(z.out, b...)
	} else {
		var err error
		if z.out, err = decode(z.out, b, keep+z.frame.maxBlock); err != nil {
			z.out, z.at = nil, 0
			return err
		}
	}
	z.at = keep
	if z.frame.contentSum {
		z.content.write(z.out[keep:])
	}
	return nil
}

func (z *Reader) end() error {
	z.open = false
	if !z.frame.contentSum {
		return nil
	}
	b, err := z.take(4)
	if err != nil {
		return cut(err)
	}
	if binary.LittleEndian.Uint32(b) != z.content.sum() {
		return ErrChecksum
	}
	return nil
}

func (z *Reader) header() error {
	b, err := z.take(7)
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return cut(err)
	case !Is(b):
		return ErrFormat
	}
	flags, size := b[4], int(b[5]>>4&7)
	switch {
	case flags>>6 != 1 || flags&2 != 0 || b[5]&0x8F != 0 || size < 4:
		return reading.At(ErrFormat, "byte", z.offset)
	case flags&1 != 0:
		return errDict
	}
	described, sum := []byte{b[4], b[5]}, b[6]
	if flags&8 != 0 { // the size of the content: seven bytes more, the last one is the sum
		described = append(described, sum)
		rest, err := z.take(8)
		if err != nil {
			return cut(err)
		}
		described = append(described, rest[:7]...)
		sum = rest[7]
	}
	if byte(sum32(described)>>8) != sum {
		return ErrChecksum
	}
	z.frame = header{
		independent: flags&0x20 != 0, blockSum: flags&0x10 != 0, contentSum: flags&4 != 0, maxBlock: 1 << (8 + 2*size),
	}
	z.open, z.content = true, xxh32{}
	z.content.reset()
	z.out, z.at = z.out[:0], 0
	return nil
}

// decode appends a block to dst, up to a length.
func decode(dst, src []byte, limit int) ([]byte, error) {
	for i := 0; ; {
		if i >= len(src) {
			return nil, errBlock
		}
		token := src[i]
		i++
		n := int(token >> 4)
		if n == 15 {
			var ok bool
			if n, i, ok = long(src, i, n); !ok {
				return nil, errBlock
			}
		}
		if n > len(src)-i || n > limit-len(dst) {
			return nil, errBlock
		}
		dst = append(dst, src[i:i+n]...)
		if i += n; i == len(src) {
			return dst, nil // the last sequence has no match
		}
		if len(src)-i < 2 {
			return nil, errBlock
		}
		back := int(src[i]) | int(src[i+1])<<8
		i += 2
		if n = int(token & 15); n == 15 {
			var ok bool
			if n, i, ok = long(src, i, n); !ok {
				return nil, errBlock
			}
		}
		n += 4
		if back == 0 || back > len(dst) || n > limit-len(dst) {
			return nil, errBlock
		}
		for n > 0 { // a match may reach into itself
			from := len(dst) - back
			part := min(n, back)
			dst = append(dst, dst[from:from+part]...)
			n -= part
		}
	}
}

// long reads the bytes that continue a length of 15.
func long(src []byte, i, n int) (length, next int, ok bool) {
	for i < len(src) {
		c := src[i]
		i++
		if n += int(c); n > maxBlock+windowSize {
			return 0, 0, false
		}
		if c != 255 {
			return n, i, true
		}
	}
	return 0, 0, false
}

// xxh32 is the checksum of the format (xxHash, 32 bits, seed 0).
type xxh32 struct {
	v     [4]uint32
	rest  [16]byte
	held  int
	total uint64
}

const (
	prime1 uint32 = 2654435761
	prime2 uint32 = 2246822519
	prime3 uint32 = 3266489917
	prime4 uint32 = 668265263
	prime5 uint32 = 374761393
)

func (x *xxh32) reset() {
	one, two := prime1, prime2
	*x = xxh32{v: [4]uint32{one + two, two, 0, -one}}
}

func (x *xxh32) stripe(b []byte) {
	for i := range x.v {
		x.v[i] = bits.RotateLeft32(x.v[i]+binary.LittleEndian.Uint32(b[4*i:])*prime2, 13) * prime1
	}
}

func (x *xxh32) write(b []byte) {
	x.total += uint64(len(b))
	if x.held > 0 {
		n := copy(x.rest[x.held:], b)
		x.held += n
		b = b[n:]
		if x.held < 16 {
			return
		}
		x.stripe(x.rest[:])
		x.held = 0
	}
	for len(b) >= 16 {
		x.stripe(b)
		b = b[16:]
	}
	x.held = copy(x.rest[:], b)
}

func (x *xxh32) sum() uint32 {
	h := prime5
	if x.total >= 16 {
		h = bits.RotateLeft32(x.v[0], 1) + bits.RotateLeft32(x.v[1], 7) + bits.RotateLeft32(x.v[2], 12) + bits.RotateLeft32(x.v[3], 18)
	}
	h += uint32(x.total)
	rest := x.rest[:x.held]
	for ; len(rest) >= 4; rest = rest[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(rest)*prime3, 17) * prime4
	}
	for _, c := range rest {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}

func sum32(b []byte) uint32 {
	var x xxh32
	x.reset()
	x.write(b)
	return x.sum()
}
