package model

import (
	"encoding/binary"
	"strconv"
	"time"

	"hygie/directory/sid"
)

// A record holds the values of one object: the size of the heads that follow; for each attribute of its shape, in order, a head,
// which is length<<3|form; then the contents one after the other. Numbers are uvarints.
type form uint8

const (
	formRaw   form = iota // the value itself
	formInt               // zigzag varint of a canonical decimal number
	formTime              // varint of the Unix seconds of a "20060102150405.0Z" value
	formMulti             // several values, each with its length before it
	formLink              // several names, each uvarint node<<1, or length<<1|1 and the text when it is not a name
	formDesc              // uvarint number of the distinct security descriptor
	formSID               // uvarint number of the domain part, uvarint relative identifier
	formClass             // uvarint number of the class list
)

// arena keeps bytes in chunks, so that growth never copies.
type arena struct {
	chunks [][]byte
}

const chunkSize = 1 << 20

// add copies b and gives its place: chunk number in the high half, offset in the low half.
func (a *arena) add(b []byte) uint64 {
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < len(b) {
		a.chunks = append(a.chunks, make([]byte, 0, max(chunkSize, len(b))))
		last++
	}
	at := len(a.chunks[last])
	a.chunks[last] = append(a.chunks[last], b...)
	return uint64(last)<<32 | uint64(at)
}

// at gives the bytes from a place to the end of its chunk; records tell their own length.
func (a *arena) at(place uint64) []byte { return a.chunks[place>>32][uint32(place):] }

// slot gives the form and content of slot i of a record. It runs for every value that a rule asks of every object: heads are read
// here and not by a function, most of them being one or two bytes.
func slot(record []byte, i int) (form, []byte) {
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
	return form(h & 7), record[content : content+h>>3]
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

// appendValue appends a raw, integer or time value.
func appendValue(dst, v []byte) ([]byte, form) {
	if n, ok := canonicalInt(v); ok {
		return binary.AppendVarint(dst, n), formInt
	}
	if n, ok := canonicalTime(v); ok {
		return binary.AppendVarint(dst, n), formTime
	}
	return append(dst, v...), formRaw
}

// decoder turns contents back into values.
type decoder struct {
	names   *names
	domains []sid.SID
	descs   [][]byte
	classes []classList
}

// each calls yield with each value of a slot; it stops when yield says so.
func (d *decoder) each(f form, content []byte, yield func([]byte) bool) {
	switch f {
	case formRaw:
		yield(content)
	case formInt:
		n, _ := binary.Varint(content)
		yield(strconv.AppendInt(nil, n, 10))
	case formTime:
		n, _ := binary.Varint(content)
		yield(time.Unix(n, 0).UTC().AppendFormat(nil, generalizedTime))
	case formMulti:
		for len(content) > 0 {
			size, w := binary.Uvarint(content)
			if !yield(content[w : w+int(size)]) {
				return
			}
			content = content[w+int(size):]
		}
	case formLink:
		for node, raw := range links(content) {
			v := raw
			if v == nil {
				v = d.names.appendDN(nil, node)
			}
			if !yield(v) {
				return
			}
		}
	case formDesc:
		n, _ := binary.Uvarint(content)
		yield(d.descs[n])
	case formSID:
		yield(d.sid(content).Bytes())
	case formClass:
		n, _ := binary.Uvarint(content)
		for _, name := range d.classes[n].names {
			if !yield([]byte(name)) {
				return
			}
		}
	}
}

func (d *decoder) sid(content []byte) sid.SID {
	domain, rid := splitSID(content)
	return d.domains[domain].Append(rid)
}

func splitSID(content []byte) (domain, rid uint32) {
	n, w := binary.Uvarint(content)
	r, _ := binary.Uvarint(content[w:])
	return uint32(n), uint32(r)
}

// links gives the targets of a link slot: a node, or the text that is not a name.
func links(content []byte) func(yield func(uint32, []byte) bool) {
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
