package knowledge

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// File is one publication to distil.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// ErrUnknown is a file that is none of the known publications.
var ErrUnknown = errors.New("not a catalogue of exploited vulnerabilities, scores, vulnerabilities (NVD 2.0), an advisory of CERT-FR, or a table of ends of support")

// maxFile bounds what is read of one file once decompressed.
const maxFile = 8 << 30

// Distil reads publications and keeps what is about products an audit recognises. The result does not depend on the order of the
// files. An error names the file, and where the reader knows it, the place.
func Distil(made time.Time, files []File) (*Bundle, error) {
	d := &distiller{byID: map[string]*Vulnerability{}, scores: map[string]float64{}, exploited: map[string]exploitation{}, recognised: map[string]bool{}}
	for _, p := range Products() {
		d.recognised[p.CPE] = true
	}
	b := &Bundle{Made: made.UTC().Truncate(time.Second)}
	for _, f := range files {
		source, err := d.read(f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		if !slices.ContainsFunc(b.Sources, func(s Source) bool { return s.SHA256 == source.SHA256 }) {
			b.Sources = append(b.Sources, source)
		}
	}
	d.finish(b)
	return b, nil
}

// distiller gathers what the files say until all are read: scores and exploitation come in files of their own.
type distiller struct {
	recognised map[string]bool
	byID       map[string]*Vulnerability
	scores     map[string]float64
	exploited  map[string]exploitation
	notices    []Notice
	cycles     []Cycle
}

type exploitation struct {
	since      time.Time
	ransomware bool
}

// read sorts a file by its first bytes and reads it.
func (d *distiller) read(f File) (Source, error) {
	file, err := f.Open()
	if err != nil {
		return Source{}, err
	}
	defer file.Close()
	sum := sha256.New()
	raw := bufio.NewReaderSize(io.TeeReader(file, sum), 1<<16)
	var in io.Reader = raw
	if head, _ := raw.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return Source{}, err
		}
		in = z
	}
	counted := &io.LimitedReader{R: in, N: maxFile}
	text := bufio.NewReaderSize(counted, 1<<16)
	if bom, _ := text.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		text.Discard(3)
	}
	source := Source{Name: f.Name}
	head, _ := text.Peek(4096)
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")):
		err = d.json(text, &source)
	case bytes.Contains(firstLines(head), []byte("cve,epss")):
		err = d.epss(text, &source)
	case bytes.HasPrefix(head, []byte("product,cycle,end,source")):
		err = d.support(text, &source)
	default:
		err = ErrUnknown
	}
	if err != nil {
		return Source{}, err
	}
	if counted.N <= 0 {
		return Source{}, fmt.Errorf("more than %d bytes once decompressed", int64(maxFile))
	}
	if _, err := io.Copy(io.Discard, raw); err != nil { // the digest is of the whole file
		return Source{}, err
	}
	source.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return source, nil
}

func firstLines(head []byte) []byte {
	lines := bytes.SplitN(head, []byte("\n"), 3)
	return bytes.Join(lines[:min(len(lines), 2)], []byte("\n"))
}

// finish joins scores and exploitation to the vulnerabilities, and sorts.
func (d *distiller) finish(b *Bundle) {
	for id, v := range d.byID {
		v.Likelihood = d.scores[id]
		v.Exploited, v.Ransomware = d.exploited[id].since, d.exploited[id].ransomware
		slices.SortFunc(v.Affects, compareRanges)
		v.Affects = slices.Compact(v.Affects)
		b.Vulnerabilities = append(b.Vulnerabilities, *v)
	}
	slices.SortFunc(b.Vulnerabilities, func(x, y Vulnerability) int { return strings.Compare(x.ID, y.ID) })
	slices.SortFunc(d.notices, func(x, y Notice) int { return strings.Compare(x.Reference, y.Reference) })
	b.Advisories = slices.CompactFunc(d.notices, func(x, y Notice) bool { return x.Reference == y.Reference })
	slices.SortFunc(d.cycles, func(x, y Cycle) int { return strings.Compare(x.Product+" "+x.Cycle, y.Product+" "+y.Cycle) })
	b.Cycles = slices.CompactFunc(d.cycles, func(x, y Cycle) bool { return x.Product == y.Product && x.Cycle == y.Cycle })
	slices.SortFunc(b.Sources, func(x, y Source) int {
		return strings.Compare(string(x.Kind)+x.Name+x.SHA256, string(y.Kind)+y.Name+y.SHA256)
	})
}

func compareRanges(x, y Range) int {
	key := func(r Range) string {
		return strings.Join([]string{r.Product, r.Version, r.From, r.After, r.To, r.Before}, "\x00")
	}
	return strings.Compare(key(x), key(y))
}
