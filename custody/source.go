package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"

	"hygie/document"
	"hygie/journal"
)

// Tools whose files are recognised.
const (
	EWFInfo      = "ewfinfo"      // libewf: ewfinfo -f dfxml
	EWFLog       = "ewf-log"      // libewf: log of ewfacquire or ewfverify
	EWFImage     = "ewf-image"    // first segment of an image (E01)
	Velociraptor = "velociraptor" // a collection of the offline collector
	VelocSealed  = "velociraptor-encrypted"
	ORCOutcome   = "dfir-orc-outcome"
	ORCArchive   = "dfir-orc-archive"
)

// Warnings that a source may carry, as stable words.
const (
	WarnContainer  = "hash-of-container" // the file is a container: the hash of the disk inside is another one, in the log
	WarnMD5Only    = "md5-only"          // ewfinfo leaves SHA-256 out even where it was computed: the log has it
	WarnNoSuccess  = "no-success"        // the log does not say that the acquisition succeeded
	WarnEncrypted  = "encrypted"         // what is inside was not listed
	WarnNotListed  = "not-listed"        // the archive lists its files only when unpacked: the outcome lists them
	WarnShortened  = "shortened"         // more was there than a line of the register holds
	WarnUnreadable = "unreadable"        // of this tool, but not as it should be
	WarnDiffers    = "differs"           // size or hash is not what the outcome says
	WarnFailed     = "command-failed"    // a command of the collection ended with a code other than 0
)

// Bounds of what is read of one file and kept of it.
const (
	maxRead   = 16 << 20 // bytes of a text, and of what a ZIP file says of itself
	maxFiles  = 200_000
	keptFiles = 200
	maxFacts  = 64
	maxValue  = 512 // bytes
)

// asInOutcome is the fact that size and hash are those of an outcome; its value is the number of the outcome's piece.
const asInOutcome = "as-in-outcome"

// A Source is what a file says of itself. None of it was checked, except Facts named "as-in-outcome".
type Source struct {
	Tool     string   `json:"tool"`
	Facts    []Fact   `json:"facts,omitempty"`
	Digests  []Digest `json:"digests,omitempty"`
	Files    []Inside `json:"files,omitempty"`       // the first of those listed
	Listed   int      `json:"listed,omitempty"`      // how many are listed
	Bytes    int64    `json:"bytes,omitempty"`       // of all those listed, as stated
	ListHash string   `json:"list_sha256,omitempty"` // of the whole list: each Inside as a canonical JSON object and a line feed
	Warnings []string `json:"warnings,omitempty"`
	Fault    string   `json:"fault,omitempty"` // where and why it could not be read whole, in English
}

// A Fact is a name and a value that a tool wrote.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Digest is a hash that a tool states, of the data it read and not of the file that holds them.
type Digest struct {
	Algorithm string `json:"algorithm"` // md5, sha1, sha256
	Value     string `json:"value"`     // lower-case hexadecimal
	Of        string `json:"of,omitempty"`
}

// An Inside is a file that a collection lists.
type Inside struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Hash string `json:"hash,omitempty"` // "crc32:…" or "sha1:…", as stated
	In   string `json:"in,omitempty"`   // the archive that holds it
}

// fact keeps a value, cleaned and cut.
func (s *Source) fact(name, value string) {
	value = shown(value)
	if value == "" || len(s.Facts) >= maxFacts {
		return
	}
	s.Facts = append(s.Facts, Fact{name, value})
}

func (s *Source) warn(word string) {
	if !slices.Contains(s.Warnings, word) {
		s.Warnings = append(s.Warnings, word)
	}
}

// digest keeps a stated hash, if it is one.
func (s *Source) digest(algorithm, value, of string) bool {
	value = strings.ToLower(strings.TrimSpace(value))
	length := map[string]int{"md5": 32, "sha1": 40, "sha256": 64}[algorithm]
	if length == 0 || !isHex(value, length) || len(s.Digests) >= maxFacts {
		return false
	}
	s.Digests = append(s.Digests, Digest{algorithm, value, shown(of)})
	return true
}

// shown is text of a stranger as it may stand in a line: one line, cleaned, cut at a character.
func shown(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(document.Clean(s), "\n", " "))
	if len(s) > maxValue {
		s = strings.ToValidUTF8(s[:maxValue], "") + "…"
	}
	return s
}

// A lister keeps the first files of a list and the hash of them all.
type lister struct {
	s    *Source
	hash hash.Hash
}

func newLister(s *Source) *lister { return &lister{s, sha256.New()} }

func (l *lister) add(f Inside) error {
	if l.s.Listed >= maxFiles {
		return fmt.Errorf("more than %d files are listed", maxFiles)
	}
	if f.Size < 0 || f.Size > 1<<52 || l.s.Bytes > 1<<52 {
		return fmt.Errorf("file %d of the list has a size of %d bytes", l.s.Listed+1, f.Size)
	}
	line, err := json.Marshal(f)
	if err == nil {
		line, err = journal.Canonical(line)
	}
	if err != nil {
		return fmt.Errorf("file %d of the list: %w", l.s.Listed+1, err)
	}
	_, _ = l.hash.Write(append(line, '\n'))
	l.s.Listed++
	l.s.Bytes += f.Size
	if len(l.s.Files) < keptFiles {
		l.s.Files = append(l.s.Files, Inside{shown(f.Name), f.Size, f.Hash, shown(f.In)})
	} else {
		l.s.warn(WarnShortened)
	}
	return nil
}

func (l *lister) end() {
	if l.s.Listed > 0 {
		l.s.ListHash = hex.EncodeToString(l.hash.Sum(nil))
	}
}

// Identify tells what a file of size bytes says of itself, nil when it is of no known tool. The error is for what cannot be read from r:
// a damaged file is evidence too, so that it gives a Source with a Fault. Nothing is unpacked; of a collection, only the small file that
// names the machine is read. name helps where the bytes do not tell.
func Identify(name string, r io.ReaderAt, size int64) (*Source, error) {
	start := make([]byte, min(size, 64<<10))
	if n, err := r.ReadAt(start, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(start)) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	lower := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	orc := strings.HasPrefix(lower, "orc_") || strings.HasPrefix(lower, "dfir-orc")
	switch {
	case bytes.HasPrefix(start, []byte("EVF\x09\x0d\x0a\xff\x00")): // libewf, Expert Witness Compression Format, section 2
		return &Source{Tool: EWFImage, Warnings: []string{WarnContainer}}, nil
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return readZip(r, size), nil
	case orc && bytes.HasPrefix(start, []byte("7z\xbc\xaf\x27\x1c")):
		return &Source{Tool: ORCArchive, Warnings: []string{WarnNotListed}}, nil
	case orc && strings.HasSuffix(lower, ".p7b"):
		return &Source{Tool: ORCArchive, Warnings: []string{WarnEncrypted}}, nil
	}
	text := bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))
	var read func(*Source, []byte) error
	s := &Source{}
	switch {
	case bytes.Contains(text, []byte("<ewfobjects")):
		s.Tool, read = EWFInfo, (*Source).readEWFInfo
	case bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && bytes.Contains(text, []byte(`"dfir-orc"`)) && bytes.Contains(text, []byte(`"outcome"`)):
		s.Tool, read = ORCOutcome, (*Source).readOutcome
	case isEWFLog(text):
		s.Tool, read = EWFLog, (*Source).readEWFLog
	default:
		return nil, nil
	}
	if size > maxRead {
		s.fail(fmt.Errorf("it is longer than %d bytes", maxRead))
		return s, nil
	}
	all, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := read(s, bytes.TrimPrefix(all, []byte("\xef\xbb\xbf"))); err != nil {
		s.fail(err)
	}
	return s, nil
}

func (s *Source) fail(err error) {
	s.warn(WarnUnreadable)
	s.Fault = shown(err.Error())
}

// compared gives the source of a piece, after comparing the file with what an outcome entered earlier says of it.
func (r *Register) compared(p Piece) *Source {
	for _, i := range r.Items {
		if i.Source == nil || i.Source.Tool != ORCOutcome {
			continue
		}
		for _, f := range i.Source.Files {
			if f.In != "" || f.Name != shown(path.Base(strings.ReplaceAll(p.Name, `\`, "/"))) {
				continue
			}
			s := &Source{Tool: ORCArchive}
			if p.Source != nil {
				c := *p.Source
				c.Facts = slices.DeleteFunc(slices.Clone(c.Facts), func(f Fact) bool { return f.Name == asInOutcome })
				c.Warnings = slices.DeleteFunc(slices.Clone(c.Warnings), func(w string) bool { return w == WarnDiffers })
				s = &c
			}
			if f.Size != p.Measure.Size || f.Hash != "" && f.Hash != "sha1:"+p.Measure.SHA1 {
				s.warn(WarnDiffers)
			} else {
				s.fact(asInOutcome, fmt.Sprint(i.Number))
			}
			return s
		}
	}
	return p.Source
}
