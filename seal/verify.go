package seal

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hygie/journal"
)

// A Kind says what is wrong with a pack.
type Kind string

// What can be wrong.
const (
	BadContainer Kind = "container" // the ZIP file itself is damaged or was written by something else
	BadName      Kind = "name"      // a name that leads out of the pack, or stands twice
	Altered      Kind = "altered"   // a file that is not what was sealed
	Missing      Kind = "missing"   // a file that was sealed and is gone
	Added        Kind = "added"     // a file that was not sealed
	BadList      Kind = "list"      // the list of digests cannot be read
	BadSignature Kind = "signature" // the signature is not that of the list by the key in the pack
	BadKey       Kind = "key"       // the key cannot be read, or is not one the reader trusts
	BadJournal   Kind = "journal"   // a journal or its head in the pack is not as its keeper signed it
)

// A Problem is one thing that is wrong.
type Problem struct {
	Kind   Kind
	File   string // in the pack; empty for the whole
	Detail string // in English, for the person who looks closer
}

// A Result says what was checked and what is wrong.
type Result struct {
	Files       int   // sealed files that are as they were
	Bytes       int64 // of these
	Signed      bool  // the list is signed by the key in the pack
	Trusted     bool  // and that key is one of the reader's
	Fingerprint string
	Journals    int           // journals and heads verified
	Head        *journal.Head // the head of the journal at the time of sealing, if the pack has one
	Problems    []Problem
}

// Intact says whether the pack is as it was sealed. Who sealed it is told by Trusted, or by comparing Fingerprint.
func (r Result) Intact() bool { return r.Signed && len(r.Problems) == 0 }

func (r *Result) add(kind Kind, file, format string, args ...any) {
	const most = 1000 // a pack of a hundred thousand wrong files is told by its first thousand
	if len(r.Problems) < most {
		r.Problems = append(r.Problems, Problem{kind, file, fmt.Sprintf(format, args...)})
	}
}

// ErrFormat tells that a file is not a sealed pack at all.
var ErrFormat = errors.New("not a sealed pack")

// Verify checks a pack of size bytes. With keys, one of them must have sealed it. All that is wrong with a pack is in the Result; an error
// is for what cannot be read or is no pack.
func Verify(in io.ReaderAt, size int64, trusted ...ed25519.PublicKey) (Result, error) {
	var res Result
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return res, fmt.Errorf("verify: %w: %w", ErrFormat, err)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		switch {
		case len(files) >= maxFiles+4:
			return res, fmt.Errorf("verify: %w: more than %d files", ErrFormat, maxFiles)
		case CheckName(f.Name) != nil:
			res.add(BadName, f.Name, "%v", CheckName(f.Name))
		case files[f.Name] != nil:
			res.add(BadName, f.Name, "there are two files of that name")
		case f.Method != zip.Store:
			res.add(BadContainer, f.Name, "the file is compressed: a pack holds files as they are")
		default:
			files[f.Name] = f
		}
	}
	if files[SumsName] == nil || files[SignatureName] == nil || files[KeyName] == nil {
		return res, fmt.Errorf("verify: %w: it has no %s, %s and %s", ErrFormat, SumsName, SignatureName, KeyName)
	}
	sums := res.small(files, SumsName, maxSums)
	res.checkSignature(sums, res.small(files, SignatureName, 1<<10), res.small(files, KeyName, 1<<14), trusted)
	res.checkFiles(files, res.parseSums(sums))
	if len(res.Problems) == 0 {
		res.checkContainer(in, size, archive.File)
	}
	return res, nil
}

// small reads a file that a verifier holds whole.
func (r *Result) small(files map[string]*zip.File, name string, most int64) []byte {
	f, err := files[name].Open()
	if err != nil {
		r.add(BadContainer, name, "%v", err)
		return nil
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case int64(len(data)) > most:
		r.add(BadList, name, "longer than %d bytes", most)
		return nil
	case err != nil && !errors.Is(err, zip.ErrChecksum): // what changed is told by digests
		r.add(BadContainer, name, "%v", err)
	}
	return data
}

func (r *Result) checkSignature(sums, signature, key []byte, trusted []ed25519.PublicKey) {
	public, err := publicKey(key)
	if err != nil {
		r.add(BadKey, KeyName, "%v", err)
		return
	}
	r.Fingerprint = journal.Fingerprint(public)
	if r.Signed = ed25519.Verify(public, sums, signature); !r.Signed {
		r.add(BadSignature, SignatureName, "the list of digests is not signed by this key")
	}
	if len(trusted) > 0 {
		if r.Trusted = slices.ContainsFunc(trusted, func(k ed25519.PublicKey) bool { return public.Equal(k) }); !r.Trusted {
			r.add(BadKey, KeyName, "sealed by another key than those you trust")
		}
	}
}

func publicKey(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not a PEM file")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T, want Ed25519", parsed)
	}
	return public, nil
}

// parseSums reads the list as sha256sum writes it.
func (r *Result) parseSums(sums []byte) map[string]string {
	out := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(sums))
	for n := 1; lines.Scan(); n++ {
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != sha256.Size {
			r.add(BadList, SumsName, "line %d is not a digest and a name", n)
		} else if _, twice := out[name]; twice {
			r.add(BadList, SumsName, "line %d names %q again", n, name)
		} else {
			out[name] = digest
		}
	}
	if err := lines.Err(); err != nil {
		r.add(BadList, SumsName, "%v", err)
	}
	return out
}

// checkFiles compares each file with its digest, in the order of the list.
func (r *Result) checkFiles(files map[string]*zip.File, sums map[string]string) {
	names := make([]string, 0, len(sums)+len(files))
	for name := range sums {
		names = append(names, name)
	}
	for name := range files {
		if _, sealed := sums[name]; !sealed && name != SumsName && name != SignatureName {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		digest, sealed := sums[name]
		switch {
		case !sealed:
			r.add(Added, name, "was not sealed")
		case files[name] == nil:
			r.add(Missing, name, "was sealed and is gone")
		default:
			r.checkFile(files[name], digest)
		}
	}
}

func (r *Result) checkFile(f *zip.File, digest string) {
	content, err := f.Open()
	if err != nil {
		r.add(BadContainer, f.Name, "%v", err)
		return
	}
	defer func() { _ = content.Close() }() // only read from
	hash := sha256.New()
	n, err := io.Copy(hash, content)
	if err != nil && !errors.Is(err, zip.ErrChecksum) {
		r.add(BadContainer, f.Name, "%v", err)
		return
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != digest {
		r.add(Altered, f.Name, "its digest is %s, %s was sealed", got, digest)
		return
	}
	r.Files++
	r.Bytes += n
	r.checkJournal(f)
}

// checkJournal verifies a file that is an exported journal, or the signed head of one.
func (r *Result) checkJournal(f *zip.File) {
	content, err := f.Open()
	if err != nil {
		r.add(BadContainer, f.Name, "%v", err)
		return
	}
	defer func() { _ = content.Close() }() // only read from
	in := bufio.NewReader(content)
	first, _ := in.Peek(len(journalMark))
	switch {
	case f.Name == HeadName:
		text, err := io.ReadAll(io.LimitReader(in, 1<<16))
		if err != nil {
			r.add(BadContainer, f.Name, "%v", err)
			return
		}
		signed, err := journal.ParseSignedHead(text)
		if err != nil {
			r.add(BadJournal, f.Name, "%v", err)
			return
		}
		r.Head = &signed.Head
		r.Journals++
	case string(first) == journalMark:
		result, err := journal.VerifyExport(in)
		if err != nil || !result.Intact() {
			r.add(BadJournal, f.Name, "the journal is not as its keeper signed it")
			return
		}
		r.Journals++
	}
}

// journalMark begins every exported journal.
const journalMark = "hygie journal 1\n"

// checkContainer writes the container again from what it holds and compares: a pack has one writing only.
func (r *Result) checkContainer(in io.ReaderAt, size int64, entries []*zip.File) {
	same := &comparer{in: in}
	again := zip.NewWriter(same)
	for _, f := range entries {
		entry, err := again.CreateHeader(header(f.Name))
		if err == nil {
			var content io.ReadCloser
			if content, err = f.Open(); err == nil {
				_, err = io.Copy(entry, content)
				err = errors.Join(err, content.Close())
			}
		}
		if err != nil {
			r.add(BadContainer, f.Name, "%v", err)
			return
		}
	}
	if err := again.Close(); err != nil {
		r.add(BadContainer, "", "%v", err)
	} else if same.at != size {
		r.add(BadContainer, "", "%d bytes follow the end", size-same.at)
	}
}

// A comparer is a file that must already hold what is written to it.
type comparer struct {
	in     io.ReaderAt
	at     int64
	buffer []byte
}

func (c *comparer) Write(p []byte) (int, error) {
	c.buffer = slices.Grow(c.buffer[:0], len(p))[:len(p)]
	if _, err := c.in.ReadAt(c.buffer, c.at); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if !bytes.Equal(c.buffer, p) {
		for i := range p {
			if p[i] != c.buffer[i] {
				return 0, fmt.Errorf("byte %d of the file was changed", c.at+int64(i))
			}
		}
	}
	c.at += int64(len(p))
	return len(p), nil
}
