// Package store lays out the objects of a directory in memory: records of values in an arena, the shapes they share, and the columns
// that a builder leaves.
package store

import (
	"encoding/binary"
	"strconv"
	"time"

	"hygie/directory/model/distname"
	"hygie/directory/sid"
)

// A record holds the values of one object: the size of the heads that follow; for each attribute of its shape, in order, a head,
// which is length<<3|form; then the contents one after the other (MS-ADTS 3.1.1.2.2.2). Numbers are uvarints.
type Form uint8

// The forms of a head (MS-ADTS 3.1.1.2.2.2 for what they hold).
const (
	FormRaw   Form = iota // the value itself
	FormInt               // zigzag varint of a canonical decimal number
	FormTime              // varint of the Unix seconds of a "20060102150405.0Z" value
	FormMulti             // several values, each with its length before it
	FormLink              // several names, each uvarint node<<1, or length<<1|1 and the text when it is not a name
	FormDesc              // uvarint number of the distinct security descriptor
	FormSID               // uvarint number of the domain part, uvarint relative identifier
	FormClass             // uvarint number of the class list
)

// Arena keeps bytes in chunks, so that growth never copies (Hanson 1990, arenas).
type Arena struct {
	Chunks [][]byte
}

// ChunkSize is how many bytes a chunk holds, unless one value needs more (Hanson 1990, arenas).
const ChunkSize = 1 << 20

// Add copies b and gives its place: chunk number in the high half, offset in the low half.
func (a *Arena) Add(b []byte) uint64 {
	last := len(a.Chunks) - 1
	if last < 0 || cap(a.Chunks[last])-len(a.Chunks[last]) < len(b) {
		a.Chunks = append(a.Chunks, make([]byte, 0, max(ChunkSize, len(b))))
		last++
	}
	at := len(a.Chunks[last])
	a.Chunks[last] = append(a.Chunks[last], b...)
	return uint64(last)<<32 | uint64(at)
}

// At gives the bytes from a place to the end of its chunk; records tell their own length.
func (a *Arena) At(place uint64) []byte { return a.Chunks[place>>32][uint32(place):] }

// Slot gives the form and content of slot i of a record (MS-ADTS 3.1.1.2.2.2). It runs for every value that a rule asks of every object: heads are
// read here and not by a function, most of them being one or two bytes.
func Slot(record []byte, i int) (Form, []byte) {
	size, at := head(record, 0)
	content := at + size
	for range i {
		h := int(record[at])
		if at++; h >= 0x80 {
			h, at = head(record, at-1)
		}
		content += h >> 3
	}
	h, _ := head(record, at)
	return Form(h & 7), record[content : content+h>>3]
}

// head reads a number and gives the place after it.
func head(record []byte, at int) (n, next int) {
	for shift := 0; ; shift += 7 {
		c := record[at]
		at++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, at
		}
	}
}

// canonicalInt reads a decimal number that strconv would write back identically.
func canonicalInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var n uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0') // 19 digits fit
	}
	if len(digits) < len(b) {
		if n > 1<<63 {
			return 0, false
		}
		return -int64(n), true // -int64(1<<63) is the smallest number again
	}
	return int64(n), n < 1<<63
}

const generalizedTime = "20060102150405.0Z"

// canonicalTime reads a GeneralizedTime in the one form Active Directory writes (MS-ADTS 3.1.1.2.2.2.13).
func canonicalTime(b []byte) (int64, bool) {
	if len(b) != len(generalizedTime) || string(b[14:]) != ".0Z" {
		return 0, false
	}
	var n [14]int
	for i, c := range b[:14] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n[i] = int(c - '0')
	}
	two := func(i int) int { return n[i]*10 + n[i+1] }
	year, month, day := two(0)*100+two(2), two(4), two(6)
	hour, minute, second := two(8), two(10), two(12)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if t.Day() != day { // 31 April
		return 0, false
	}
	return t.Unix(), true
}

// AppendValue appends a raw, integer or time value (MS-ADTS 3.1.1.2.2.2).
func AppendValue(dst, v []byte) ([]byte, Form) {
	if n, ok := canonicalInt(v); ok {
		return binary.AppendVarint(dst, n), FormInt
	}
	if n, ok := canonicalTime(v); ok {
		return binary.AppendVarint(dst, n), FormTime
	}
	return append(dst, v...), FormRaw
}

// Decoder turns contents back into values (MS-ADTS 3.1.1.2.2.2).
type Decoder struct {
	Tree    *distname.Tree
	Domains []sid.SID
	Descs   [][]byte
	Classes []ClassList
}

// Each calls yield with each value of a slot; it stops when yield says so.
func (d *Decoder) Each(f Form, content []byte, yield func([]byte) bool) {
	switch f {
	case FormRaw:
		yield(content)
	case FormInt:
		n, _ := binary.Varint(content)
		yield(strconv.AppendInt(nil, n, 10))
	case FormTime:
		n, _ := binary.Varint(content)
		yield(time.Unix(n, 0).UTC().AppendFormat(nil, generalizedTime))
	case FormMulti:
		for len(content) > 0 {
			size, w := binary.Uvarint(content)
			if !yield(content[w : w+int(size)]) {
				return
			}
			content = content[w+int(size):]
		}
	case FormLink:
		for node, raw := range Links(content) {
			v := raw
			if v == nil {
				v = d.Tree.AppendDN(nil, node)
			}
			if !yield(v) {
				return
			}
		}
	case FormDesc:
		n, _ := binary.Uvarint(content)
		yield(d.Descs[n])
	case FormSID:
		yield(d.sid(content).Bytes())
	case FormClass:
		n, _ := binary.Uvarint(content)
		for _, name := range d.Classes[n].Tree {
			if !yield([]byte(name)) {
				return
			}
		}
	}
}

func (d *Decoder) sid(content []byte) sid.SID {
	domain, rid := SplitSID(content)
	return d.Domains[domain].Append(rid)
}

// SplitSID reads the number of the domain part and the relative identifier (MS-DTYP 2.4.2).
func SplitSID(content []byte) (domain, rid uint32) {
	n, w := binary.Uvarint(content)
	r, _ := binary.Uvarint(content[w:])
	return uint32(n), uint32(r)
}

// Links gives the targets of a link slot: a node, or the text that is not a name (MS-ADTS 3.1.1.1.6).
func Links(content []byte) func(yield func(uint32, []byte) bool) {
	return func(yield func(uint32, []byte) bool) {
		for len(content) > 0 {
			h, w := binary.Uvarint(content)
			content = content[w:]
			if h&1 == 0 {
				if !yield(uint32(h>>1), nil) {
					return
				}
				continue
			}
			size := int(h >> 1)
			if !yield(0, content[:size]) {
				return
			}
			content = content[size:]
		}
	}
}
