package dump

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"hygie/directory/model"
	"hygie/directory/reading"
)

// Writer writes one dump (docs/formats/directory-dump.md, Entries). It keeps one block of entries, the attribute names and a hash for each distinct
// security descriptor in memory, nothing else. It is used by one goroutine.
type Writer struct {
	w        io.Writer
	err      error // the first failure of w; nothing is written after it
	trailer  trailer
	closed   bool
	flate    *flate.Writer
	stored   bytes.Buffer
	block    []byte
	entry    []byte
	attrs    map[string]uint64
	descs    map[[sha256.Size]byte]uint64
	previous string // name of the entry before, for what the next one shares with it
	sysvol   bool   // announced in the header
}

// NewWriter writes the signature and the header (docs/formats/directory-dump.md, Layout). The caller closes w after Close.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	compressor, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("start dump: %w", err)
	}
	d := &Writer{
		w:      w,
		flate:  compressor,
		attrs:  make(map[string]uint64),
		descs:  make(map[[sha256.Size]byte]uint64),
		sysvol: h.Sysvol,
	}
	start := append([]byte(magic), 1, 0, 0, 0)
	if h.Sysvol {
		start[len(magic)] = version
	}
	if _, err := w.Write(start); err != nil {
		return nil, fmt.Errorf("start dump: %w", err)
	}
	if err := d.json(frameHeader, h); err != nil {
		return nil, fmt.Errorf("start dump: %w", err)
	}
	return d, nil
}

// WriteEntry adds one object. Nothing of e is kept. An error of the underlying writer is final.
func (d *Writer) WriteEntry(e model.Entry) error {
	if d.closed {
		return errors.New("write entry: the dump is closed")
	}
	if d.err != nil {
		return d.err
	}
	// Checked before encoding, which may put new names and descriptors into the tables.
	if err := checkEntry(e); err != nil {
		return reading.At(err, "dn", fmt.Sprintf("%.200s", e.DN))
	}
	d.entry = d.appendEntry(d.entry[:0], e)
	if len(d.block) > 0 && len(d.block)+len(d.entry)+16 > maxRaw {
		if err := d.flush(); err != nil {
			return err
		}
	}
	d.block = binary.AppendUvarint(d.block, uint64(len(d.entry)))
	d.block = append(d.block, d.entry...)
	d.trailer.Entries++
	d.previous = strings.Clone(e.DN)
	if len(d.block) >= blockSize {
		return d.flush()
	}
	return nil
}

// checkEntry refuses what a reader would refuse.
func checkEntry(e model.Entry) error {
	if len(e.DN) > maxName {
		return reading.Cause("dump_name_long", "size", len(e.DN), "limit", maxName)
	}
	if len(e.Attributes) > maxAttributes {
		return reading.Cause("dump_attributes_many", "count", len(e.Attributes), "limit", maxAttributes)
	}
	size := len(e.DN) + 4*binary.MaxVarintLen64
	for _, a := range e.Attributes {
		size += len(a.Name) + 3*binary.MaxVarintLen64
		for _, v := range a.Values {
			size += len(v) + 2*binary.MaxVarintLen64
		}
	}
	if size > maxRaw {
		return reading.Cause("dump_entry_large", "size", size, "limit", maxRaw)
	}
	return nil
}

// appendEntry appends: shared length of the name's end with the previous name, rest of the name, then each attribute as
// reference, number of values, values.
func (d *Writer) appendEntry(b []byte, e model.Entry) []byte {
	shared := commonSuffix(d.previous, e.DN)
	b = binary.AppendUvarint(b, uint64(shared))
	b = appendString(b, e.DN[:len(e.DN)-shared])
	b = binary.AppendUvarint(b, uint64(len(e.Attributes)))
	for _, a := range e.Attributes {
		if n, ok := d.attrs[a.Name]; ok {
			b = binary.AppendUvarint(b, n)
		} else {
			d.attrs[strings.Clone(a.Name)] = uint64(len(d.attrs)) + 1
			b = append(b, 0)
			b = appendString(b, a.Name)
		}
		b = binary.AppendUvarint(b, uint64(len(a.Values)))
		descriptor := isDescriptor(a.Name)
		for _, v := range a.Values {
			if descriptor {
				b = d.appendDescriptor(b, v)
			} else {
				b = appendString(b, string(v))
			}
		}
	}
	return b
}

// isDescriptor tells whether values of an attribute are stored once and referred to.
func isDescriptor(name string) bool { return strings.EqualFold(name, "nTSecurityDescriptor") }

func (d *Writer) appendDescriptor(b, v []byte) []byte {
	sum := sha256.Sum256(v)
	if n, ok := d.descs[sum]; ok {
		return binary.AppendUvarint(b, n)
	}
	d.trailer.Descriptors++
	d.descs[sum] = d.trailer.Descriptors
	b = append(b, 0)
	return appendString(b, string(v))
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// Notice records something the reader of the report must know, at its place among the entries.
func (d *Writer) Notice(n Notice) error {
	if d.closed {
		return errors.New("write notice: the dump is closed")
	}
	if err := d.flush(); err != nil {
		return err
	}
	return d.json(frameNotice, n)
}

// Close writes what is left and the trailer, without which a reader takes the file for a cut one.
func (d *Writer) Close() error {
	if d.closed {
		return d.err
	}
	if err := d.flush(); err != nil {
		return err
	}
	d.closed = true
	return d.json(frameTrailer, d.trailer)
}

func (d *Writer) flush() error {
	if d.err != nil || len(d.block) == 0 {
		return d.err
	}
	err := d.frame(frameEntries, d.block)
	d.block = d.block[:0]
	return err
}

func (d *Writer) json(kind frameKind, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write dump: %w", err)
	}
	return d.frame(kind, raw)
}

func (d *Writer) frame(kind frameKind, raw []byte) error {
	if d.err != nil {
		return d.err
	}
	if len(raw) > maxRaw {
		d.err = fmt.Errorf("write dump: frame of %d bytes, at most %d", len(raw), maxRaw)
		return d.err
	}
	d.stored.Reset()
	d.flate.Reset(&d.stored)
	_, err := d.flate.Write(raw)
	if err = errors.Join(err, d.flate.Close()); err != nil {
		d.err = fmt.Errorf("write dump: %w", err)
		return d.err
	}
	payload, flags := d.stored.Bytes(), byte(deflated)
	if len(payload) >= len(raw) {
		payload, flags = raw, 0
	}
	start := make([]byte, frameStart)
	start[0], start[1] = byte(kind), flags
	binary.LittleEndian.PutUint32(start[2:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(start[6:], uint32(len(raw)))
	binary.LittleEndian.PutUint32(start[10:], checksum(start[:10], payload))
	for _, part := range [][]byte{start, payload} {
		if _, err := d.w.Write(part); err != nil {
			d.err = fmt.Errorf("write dump: %w", err)
			return d.err
		}
	}
	d.trailer.Frames++
	return nil
}
