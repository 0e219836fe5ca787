// Package adalanche reads the objects that Adalanche collected: files named *.objects.msgp.lz4, one for each naming context.
//
//	err := adalanche.Read(file, builder, adalanche.Options{Name: "hopital.test.objects.msgp.lz4"})
//
// A file is one or more LZ4 frames that hold objects in MessagePack, one after the other: each a map with the distinguished name
// and the attributes, whose values are what LDAP returned (rawobject.go and dumpwriter.go of Adalanche, 2023 to 2026). The files
// of machines and of group policies (.localmachine.json, .gpodata.json), and the containers of its versions after 2026-06, are not
// read.
//
// The format does not say which attributes were asked for. Adalanche asks for all of them by default, which shows in the
// objects; see model.Directory.Collected.
//
// The reader keeps one object in memory. It stops at the first byte that it cannot read: what precedes is kept, the source is marked
// partial and a warning gives the offset.
package adalanche

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"hygie/directory/internal/lz4"
	"hygie/directory/model"
	"hygie/directory/reading"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md). Zero fields take the default.
type Options struct {
	Name    string // of the file, for messages
	Objects int    // 10 million by default
	Bytes   int64  // uncompressed; 64 GiB by default
}

const (
	defaultObjects = 10_000_000
	defaultBytes   = 64 << 30
	maxValue       = 64 << 20 // bytes of a value
	maxObject      = 512 << 20
	maxAttributes  = 1 << 16
	maxValues      = 4 << 20
	maxDepth       = 16 // of what is passed over
)

// Is tells whether a file that begins like this is an LZ4 frame; what is in it shows when it is read (LZ4 Frame Format 1.6).
func Is(start []byte) bool { return lz4.Is(start) }

var (
	errShape   = reading.Cause("adalanche_shape")
	errLong    = reading.Cause("object_long")
	errObjects = reading.Cause("objects_many")
	errBytes   = reading.Cause("archive_bytes")
)

// shape refuses a type of MessagePack that does not belong where it stands.
func shape(c byte) error {
	return reading.At(errShape, "type", fmt.Sprintf("%#02x", c))
}

// Read adds the objects of a file to b, with a source (MessagePack specification, 2013).
func Read(in io.Reader, b *model.Builder, o Options) error {
	if o.Objects <= 0 {
		o.Objects = defaultObjects
	}
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	z := lz4.NewReader(bufio.NewReaderSize(in, 1<<18))
	d := &decoder{r: bufio.NewReaderSize(z, 1<<18), left: o.Bytes}
	source := model.Source{Tool: "adalanche", Name: o.Name}
	b.Source(source)
	count, bad := 0, 0
	var err error
	for {
		var e model.Entry
		if e, err = d.object(); err != nil {
			break
		}
		if count == o.Objects {
			err = errObjects
			break
		}
		count++
		if e.DN == "" {
			continue // the root of the server (RFC 4512 5.1)
		}
		if b.Add(e) != nil {
			bad++
		}
	}
	if !errors.Is(err, io.EOF) {
		source.Partial = true
		source.Warnings = append(source.Warnings, reading.Warning("source_rest_missing", err, "byte", z.Offset(), "uncompressed", d.offset))
	}
	if bad > 0 {
		source.Partial = true
		source.Warnings = append(source.Warnings, reading.Warning("source_names_refused", nil, "count", bad))
	}
	b.Source(source)
	if count == 0 {
		if errors.Is(err, io.EOF) {
			err = errors.New("no object in it")
		}
		return fmt.Errorf("read Adalanche file %s: byte %d: %w", o.Name, z.Offset(), err)
	}
	return nil
}

// decoder reads MessagePack (its specification of 2013: map, array, str, bin and what is passed over).
type decoder struct {
	r      *bufio.Reader
	offset int64 // uncompressed
	left   int64
	held   int // bytes of the object being read
	text   []byte
	spans  []span
	names  map[string]string
	attrs  []model.Attribute
	values [][]byte
}

// span is a value in decoder.text.
type span struct{ from, to int }

func (d *decoder) byte() (byte, error) {
	c, err := d.r.ReadByte()
	if err != nil {
		return 0, err
	}
	return c, d.count(1)
}

func (d *decoder) count(n int64) error {
	d.offset += n
	if d.left -= n; d.left < 0 {
		return errBytes
	}
	return nil
}

// number reads a length of some bytes, the high ones first.
func (d *decoder) number(size int) (int, error) {
	var b [4]byte
	if _, err := io.ReadFull(d.r, b[4-size:]); err != nil {
		return 0, cut(err)
	}
	n := binary.BigEndian.Uint32(b[:])
	return int(n), d.count(int64(size))
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// bytes reads n bytes into text.
func (d *decoder) bytes(n int) (span, error) {
	if n > maxValue || d.held+n > maxObject {
		return span{}, errLong
	}
	d.held += n
	if err := d.count(int64(n)); err != nil {
		return span{}, err
	}
	from := len(d.text)
	for n > 0 { // memory grows as bytes come, not as a length says
		part := min(n, 1<<20)
		at := len(d.text)
		d.text = append(d.text, make([]byte, part)...)
		if _, err := io.ReadFull(d.r, d.text[at:]); err != nil {
			return span{}, cut(err)
		}
		n -= part
	}
	return span{from, len(d.text)}, nil
}

// string reads a str or a bin.
func (d *decoder) string() (span, error) {
	c, err := d.byte()
	if err != nil {
		return span{}, cut(err)
	}
	n := 0
	switch {
	case c >= 0xa0 && c <= 0xbf:
		n = int(c & 0x1f)
	case c == 0xd9, c == 0xc4:
		n, err = d.number(1)
	case c == 0xda, c == 0xc5:
		n, err = d.number(2)
	case c == 0xdb, c == 0xc6:
		n, err = d.number(4)
	default:
		return span{}, shape(c)
	}
	if err != nil {
		return span{}, err
	}
	return d.bytes(n)
}

// container reads the head of a map or an array: short form, then the forms of 16 and 32 bits.
func (d *decoder) container(c, short, long byte, limit int) (int, error) {
	n, err := 0, error(nil)
	switch {
	case c&0xf0 == short:
		n = int(c & 0x0f)
	case c == long:
		n, err = d.number(2)
	case c == long+1:
		n, err = d.number(4)
	case c == 0xc0: // nil
	default:
		return 0, shape(c)
	}
	if n > limit || n < 0 {
		return 0, errLong
	}
	return n, err
}

func (d *decoder) mapHead() (int, error) {
	c, err := d.byte()
	if err != nil {
		return 0, err
	}
	return d.container(c, 0x80, 0xde, maxAttributes)
}

// object reads one object; io.EOF when there is none left.
func (d *decoder) object() (model.Entry, error) {
	d.text, d.spans, d.attrs, d.values, d.held = d.text[:0], d.spans[:0], d.attrs[:0], d.values[:0], 0
	n, err := d.mapHead()
	if err != nil {
		return model.Entry{}, err
	}
	if n == 0 {
		return model.Entry{}, errShape
	}
	var dn span
	type list struct {
		name     span
		from, to int
	}
	var lists []list
	for range n {
		key, err := d.string()
		if err != nil {
			return model.Entry{}, err
		}
		switch string(d.text[key.from:key.to]) {
		case "DistinguishedName":
			if dn, err = d.string(); err != nil {
				return model.Entry{}, err
			}
		case "Attributes":
			count, err := d.mapHead()
			if err != nil {
				return model.Entry{}, cut(err)
			}
			for range count {
				name, err := d.string()
				if err != nil {
					return model.Entry{}, err
				}
				from := len(d.spans)
				if err := d.list(); err != nil {
					return model.Entry{}, err
				}
				lists = append(lists, list{name, from, len(d.spans)})
			}
		default:
			if err := d.skip(0); err != nil {
				return model.Entry{}, err
			}
		}
	}
	// The values are cut out at the end: text may have moved while it grew.
	for _, s := range d.spans {
		d.values = append(d.values, d.text[s.from:s.to:s.to])
	}
	for _, l := range lists {
		if values := d.values[l.from:l.to:l.to]; l.to > l.from && !(len(values) == 1 && len(values[0]) == 0) {
			d.attrs = append(d.attrs, model.Attribute{Name: d.name(d.text[l.name.from:l.name.to]), Values: values})
		}
	}
	return model.Entry{DN: string(d.text[dn.from:dn.to]), Attributes: d.attrs}, nil
}

// name makes the name of an attribute, each once.
func (d *decoder) name(b []byte) string {
	if known, ok := d.names[string(b)]; ok {
		return known
	}
	if d.names == nil {
		d.names = make(map[string]string)
	}
	name := string(b)
	if len(d.names) < maxAttributes {
		d.names[name] = name
	}
	return name
}

// list reads an array of texts.
func (d *decoder) list() error {
	c, err := d.byte()
	if err != nil {
		return cut(err)
	}
	n, err := d.container(c, 0x90, 0xdc, maxValues)
	if err != nil {
		return err
	}
	for range n {
		s, err := d.string()
		if err != nil {
			return err
		}
		d.spans = append(d.spans, s)
	}
	return nil
}

// skip passes over a value of any type.
func (d *decoder) skip(depth int) error {
	c, err := d.byte()
	if err != nil {
		return cut(err)
	}
	if depth > maxDepth {
		return errShape
	}
	fixed := map[byte]int{
		0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8, // numbers
		0xd4: 2, 0xd5: 3, 0xd6: 5, 0xd7: 9, 0xd8: 17, // extensions of a fixed length
	}
	switch {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3:
		return nil
	case c >= 0xa0 && c <= 0xbf, c >= 0xd9 && c <= 0xdb, c >= 0xc4 && c <= 0xc6:
		if err := d.r.UnreadByte(); err != nil {
			return err
		}
		d.offset, d.left = d.offset-1, d.left+1
		_, err := d.string()
		return err
	case fixed[c] > 0:
		_, err := d.bytes(fixed[c])
		return err
	case c == 0xdc, c == 0xdd, c&0xf0 == 0x90:
		n, err := d.container(c, 0x90, 0xdc, maxValues)
		return d.skipAll(n, depth, err)
	case c == 0xde, c == 0xdf, c&0xf0 == 0x80:
		n, err := d.container(c, 0x80, 0xde, maxValues)
		return d.skipAll(2*n, depth, err)
	}
	return shape(c)
}

func (d *decoder) skipAll(n, depth int, err error) error {
	for i := 0; i < n && err == nil; i++ {
		err = d.skip(depth + 1)
	}
	return err
}
