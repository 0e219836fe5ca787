package pdf

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A file writes the objects of a PDF file one after the other (ISO 32000-1, 7.5). The first error is kept and returned by [file.end].
type file struct {
	out     *bufio.Writer
	sum     hash.Hash
	size    int64
	offsets []int64 // of object i+1
	err     error
}

func newFile(w io.Writer) *file {
	f := &file{out: bufio.NewWriterSize(w, 64<<10), sum: sha256.New()}
	f.raw("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return f
}

func (f *file) raw(s string) {
	if f.err != nil {
		return
	}
	n, err := f.out.WriteString(s)
	f.size += int64(n)
	f.err = err
	f.sum.Write([]byte(s))
}

// reserve returns the number of an object to be written later.
func (f *file) reserve() int {
	f.offsets = append(f.offsets, 0)
	return len(f.offsets)
}

func (f *file) object(id int, body string) {
	f.offsets[id-1] = f.size
	f.raw(strconv.Itoa(id) + " 0 obj\n" + body + "\nendobj\n")
}

// stream writes data as an object, compressed unless plain.
func (f *file) stream(id int, entries string, data []byte, plain bool) {
	if !plain {
		data = deflate(data)
		entries += " /Filter /FlateDecode"
	}
	f.offsets[id-1] = f.size
	f.raw(fmt.Sprintf("%d 0 obj\n<<%s /Length %d>>\nstream\n", id, entries, len(data)))
	f.raw(string(data))
	f.raw("\nendstream\nendobj\n")
}

// end writes the table of offsets and the trailer.
func (f *file) end(catalog, info int) error {
	start := f.size
	id := fmt.Sprintf("%x", f.sum.Sum(nil)[:16])
	f.raw(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1))
	for _, at := range f.offsets {
		f.raw(fmt.Sprintf("%010d 00000 n \n", at))
	}
	f.raw(fmt.Sprintf("trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(f.offsets)+1, catalog, info, id, id, start))
	if f.err != nil {
		return f.err
	}
	return f.out.Flush()
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// text writes a text string (7.9.2.2).
func text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	b.WriteByte('>')
	return b.String()
}

// number writes a length in points, to the hundredth.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(s, "0")
	s = strings.TrimSuffix(s, ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func refs(ids []int) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d 0 R", id)
	}
	return b.String()
}
