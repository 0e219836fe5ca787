package dump

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/sysvol"
)

// Options bound what a reader takes (docs/formats/directory-inputs.md, Bounds). Zero fields take the default.
type Options struct {
	Name    string // of the file, for messages
	Objects int    // entries; 10 million by default
	Bytes   int64  // uncompressed, references followed; 64 GiB by default
}

const (
	defaultObjects = 10_000_000
	defaultBytes   = 64 << 30
	maxAttributes  = 1 << 16 // distinct names of a file, and attributes of an entry
	maxWarnings    = 50
)

// Summary tells what was read (docs/formats/directory-dump.md, Trailer).
type Summary struct {
	Header  Header
	Entries int
	Ignored int     // entries the builder refused
	Damage  *Damage // nil when the file was read to its trailer
	version uint16
}

// Read adds the entries of a dump to b, with its source and partitions (docs/formats/directory-dump.md, Damage). When the file is damaged after its
// header, what precedes is kept, the source is marked partial and Summary.Damage says where; err is for files of which nothing can be used.
func Read(r io.Reader, b *model.Builder, o Options) (Summary, error) {
	if o.Objects <= 0 {
		o.Objects = defaultObjects
	}
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	frames := newFrames(r)
	defer frames.close()
	header, err := frames.header()
	if err != nil {
		return Summary{}, fmt.Errorf("read dump %s: %w", o.Name, err)
	}
	d := &reader{b: b, o: o, summary: Summary{Header: header, version: frames.version}}
	d.source = model.Source{
		Tool: header.Tool, Name: o.Name, Collected: header.Collected,
		Server: header.Server, Account: header.Account, Level: header.Level,
	}
	b.Source(d.source)
	for _, p := range header.Partitions {
		b.Partition(model.Partition{DN: p.DN, Kind: p.Kind, DNSName: p.DNSName, Attributes: p.Attributes})
	}
	d.run(frames)
	d.addShares()
	if d.summary.Damage != nil {
		d.source.Partial = true
		d.warn(reading.Warning("source_rest_missing", d.summary.Damage.Err, "byte", d.summary.Damage.Offset))
	}
	if d.summary.Ignored > 0 {
		d.source.Warnings = append(d.source.Warnings, reading.Warning("source_entries_ignored", nil, "count", d.summary.Ignored))
	}
	b.Source(d.source)
	return d.summary, nil
}

// reader turns frames into entries.
type reader struct {
	b       *model.Builder
	o       Options
	source  model.Source
	summary Summary
	total   int64 // bytes of names and values, references followed: what they cost the builder

	attrs    []string
	descs    [][]byte
	previous string
	shares   []*sysvol.Share // being put together
	entry    model.Entry
	values   [][]byte // backing of the values of entry
}

func (d *reader) warn(said reasons.Reason) {
	if len(d.source.Warnings) < maxWarnings {
		d.source.Warnings = append(d.source.Warnings, said)
	}
}

func (d *reader) run(frames *frames) {
	for n := uint64(1); ; n++ {
		f := <-frames.out
		if f.err != nil {
			d.summary.Damage = &Damage{Offset: f.offset, Err: f.err}
			return
		}
		done, err := d.frame(f, n)
		if err != nil {
			d.summary.Damage = &Damage{Offset: f.offset, Err: err}
		}
		if done || err != nil {
			return
		}
		frames.recycle(f.raw)
	}
}

func (d *reader) frame(f frame, n uint64) (done bool, err error) {
	switch f.kind {
	case frameEntries:
		return false, d.block(f.raw)
	case frameNotice:
		var notice Notice
		if err := json.Unmarshal(f.raw, &notice); err != nil {
			return false, reading.Cause("dump_notice")
		}
		d.warn(notice.reason())
		if notice.Partial && notice.Partition == "" {
			d.source.Partial = true
		} else if notice.Partial {
			d.b.Partition(model.Partition{DN: notice.Partition, Partial: true})
		}
		return false, nil
	case frameSysvol:
		return false, d.sysvolPart(f.raw)
	case frameTrailer:
		var t trailer
		if err := json.Unmarshal(f.raw, &t); err != nil {
			return false, reading.Cause("dump_trailer")
		}
		if t.Entries != uint64(d.summary.Entries+d.summary.Ignored) || t.Frames != n || t.Descriptors != uint64(len(d.descs)) {
			return false, reading.Cause("dump_counts", "entries", t.Entries, "frames", t.Frames, "descriptors", t.Descriptors,
				"met_entries", d.summary.Entries+d.summary.Ignored, "met_frames", n, "met_descriptors", len(d.descs))
		}
		return true, nil
	}
	return false, reading.Cause("dump_frame", "kind", f.kind)
}

var (
	errCut       = reading.Cause("dump_entry_cut")
	errReference = reading.Cause("dump_reference")
	errMany      = reading.Cause("dump_attributes")
)

func (d *reader) block(raw []byte) error {
	c := cursor{rest: raw}
	for len(c.rest) > 0 {
		body := cursor{rest: c.bytes()}
		if c.bad {
			return errCut
		}
		if d.summary.Entries+d.summary.Ignored >= d.o.Objects {
			return reading.Cause("entries_many", "limit", d.o.Objects)
		}
		if err := d.decode(&body); err != nil {
			return reading.At(err, "entry", d.summary.Entries+d.summary.Ignored+1)
		}
		if d.total > d.o.Bytes {
			return reading.Cause("bytes_many", "limit", d.o.Bytes)
		}
		if err := d.b.Add(d.entry); err != nil {
			d.summary.Ignored++
			d.warn(reading.Warning("source_left_out", err))
			continue
		}
		d.summary.Entries++
	}
	return nil
}

// decode fills d.entry with references into the block; the builder copies.
func (d *reader) decode(c *cursor) error {
	shared := c.uvarint()
	prefix := c.bytes()
	if c.bad || shared > uint64(len(d.previous)) || shared+uint64(len(prefix)) > maxName {
		return errCut
	}
	d.previous = string(prefix) + d.previous[uint64(len(d.previous))-shared:]
	count := c.uvarint()
	if c.bad || count > maxAttributes || count > uint64(len(c.rest)) {
		return errMany
	}
	d.entry.DN = d.previous
	d.total += int64(len(d.previous))
	d.entry.Attributes = d.entry.Attributes[:0]
	d.values = d.values[:0]
	for range count {
		name, err := d.attribute(c)
		if err != nil {
			return err
		}
		values := c.uvarint()
		if c.bad || values > uint64(len(c.rest)) { // each value takes at least one byte
			return errCut
		}
		from := len(d.values)
		for range values {
			v, err := d.value(c, isDescriptor(name))
			if err != nil {
				return err
			}
			d.values = append(d.values, v)
			d.total += int64(len(v))
		}
		d.entry.Attributes = append(d.entry.Attributes, model.Attribute{Name: name, Values: d.values[from:len(d.values):len(d.values)]})
	}
	if len(c.rest) > 0 {
		return reading.Cause("dump_entry_rest", "count", len(c.rest))
	}
	return nil
}

func (d *reader) attribute(c *cursor) (string, error) {
	n := c.uvarint()
	if c.bad || n > uint64(len(d.attrs)) {
		return "", errReference
	}
	if n > 0 {
		return d.attrs[n-1], nil
	}
	name := string(c.bytes())
	if c.bad {
		return "", errCut
	}
	if len(d.attrs) >= maxAttributes {
		return "", errMany
	}
	d.attrs = append(d.attrs, name)
	return name, nil
}

func (d *reader) value(c *cursor, descriptor bool) ([]byte, error) {
	if descriptor {
		n := c.uvarint()
		if c.bad || n > uint64(len(d.descs)) {
			return nil, errReference
		}
		if n > 0 {
			return d.descs[n-1], nil
		}
	}
	v := c.bytes()
	if c.bad {
		return nil, errCut
	}
	if descriptor {
		v = bytes.Clone(v)
		d.descs = append(d.descs, v)
	}
	return v, nil
}

// cursor reads numbers and byte strings; after a fault it is bad and reads nothing more.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) uvarint() uint64 {
	n, w := binary.Uvarint(c.rest)
	if w <= 0 {
		c.bad, c.rest = true, nil
		return 0
	}
	c.rest = c.rest[w:]
	return n
}

func (c *cursor) bytes() []byte {
	n := c.uvarint()
	if c.bad || n > uint64(len(c.rest)) {
		c.bad, c.rest = true, nil
		return nil
	}
	v := c.rest[:n]
	c.rest = c.rest[n:]
	return v
}

// frame is one checked and uncompressed frame.
type frame struct {
	kind   frameKind
	offset int64
	raw    []byte
	err    error
}

// frames reads and uncompresses ahead in a goroutine of its own, so that the builder works at the same time.
type frames struct {
	r       io.Reader
	version uint16 // of the file
	offset  int64
	out     chan frame  // closed by nobody: the last frame has an error or is the trailer
	free    chan []byte // buffers to use again
	stop    chan struct{}
	ended   chan struct{}
	stored  []byte
	flate   io.ReadCloser
}

const readAhead = 4

func newFrames(r io.Reader) *frames {
	return &frames{
		r:     r,
		out:   make(chan frame, readAhead),
		free:  make(chan []byte, readAhead+2),
		stop:  make(chan struct{}),
		flate: flate.NewReader(bytes.NewReader(nil)),
	}
}

// header reads the signature and the first frame, then starts reading ahead.
func (f *frames) header() (Header, error) {
	start := make([]byte, prologue)
	n, err := io.ReadFull(f.r, start)
	f.offset = int64(n)
	if err != nil || !Is(start) {
		return Header{}, errors.New("not a directory dump (signature missing)")
	}
	if v := binary.LittleEndian.Uint16(start[len(magic):]); v > version {
		return Header{}, fmt.Errorf("format version %d: %w", v, ErrVersion)
	} else if v == 0 {
		return Header{}, errors.New("format version 0 does not exist")
	}
	f.version = binary.LittleEndian.Uint16(start[len(magic):])
	first := f.next()
	if first.err != nil {
		return Header{}, &Damage{Offset: first.offset, Err: first.err}
	}
	if first.kind != frameHeader {
		return Header{}, &Damage{Offset: first.offset, Err: errors.New("header missing")}
	}
	var h Header
	if err := json.Unmarshal(first.raw, &h); err != nil {
		return Header{}, &Damage{Offset: first.offset, Err: fmt.Errorf("header: %w", err)}
	}
	f.ended = make(chan struct{})
	go f.readAhead()
	return h, nil
}

func (f *frames) readAhead() {
	defer close(f.ended)
	for {
		next := f.next()
		select {
		case f.out <- next:
		case <-f.stop:
			return
		}
		if next.err != nil || next.kind == frameTrailer {
			return
		}
	}
}

// close ends the goroutine and waits for it.
func (f *frames) close() {
	if f.ended != nil {
		close(f.stop)
		<-f.ended
	}
}

func (f *frames) recycle(raw []byte) {
	select {
	case f.free <- raw:
	default:
	}
}

func (f *frames) next() frame {
	at := f.offset
	raw, kind, err := f.read()
	return frame{kind: kind, offset: at, raw: raw, err: err}
}

var (
	errTruncated = reading.Cause("dump_truncated")
	errChecksum  = reading.Cause("dump_checksum")
	errLength    = reading.Cause("dump_length")
)

func (f *frames) read() ([]byte, frameKind, error) {
	var start [frameStart]byte
	n, err := io.ReadFull(f.r, start[:])
	f.offset += int64(n)
	if err != nil {
		return nil, 0, truncated(err)
	}
	stored, raw := binary.LittleEndian.Uint32(start[2:]), binary.LittleEndian.Uint32(start[6:])
	compressed := start[1] == deflated
	if raw > maxRaw || stored > raw || start[1] > deflated || !compressed && stored != raw {
		return nil, 0, errLength
	}
	if f.stored, err = readBounded(f.r, f.stored, int(stored)); err != nil {
		f.offset += int64(len(f.stored))
		return nil, 0, truncated(err)
	}
	f.offset += int64(stored)
	if checksum(start[:10], f.stored) != binary.LittleEndian.Uint32(start[10:]) {
		return nil, 0, errChecksum
	}
	var out []byte
	select {
	case out = <-f.free:
	default:
	}
	if !compressed {
		return append(out[:0], f.stored...), frameKind(start[0]), nil
	}
	out, err = f.inflate(out, int(raw))
	return out, frameKind(start[0]), err
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}

// readBounded reads n bytes into buf, taking memory as the bytes come rather than as the length promises.
func readBounded(r io.Reader, buf []byte, n int) ([]byte, error) {
	buf = buf[:0]
	for len(buf) < n {
		step := min(n-len(buf), max(len(buf), 64<<10))
		at := len(buf)
		buf = append(buf, make([]byte, step)...)
		got, err := io.ReadFull(r, buf[at:])
		if err != nil {
			return buf[:at+got], err
		}
	}
	return buf, nil
}

func (f *frames) inflate(out []byte, raw int) ([]byte, error) {
	if err := f.flate.(flate.Resetter).Reset(bytes.NewReader(f.stored), nil); err != nil {
		return nil, reading.Cause("dump_uncompress")
	}
	out, err := readBounded(f.flate, out, raw)
	if err != nil {
		return nil, reading.Cause("dump_uncompress")
	}
	if n, err := f.flate.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, reading.Cause("dump_longer")
	}
	return out, nil
}
