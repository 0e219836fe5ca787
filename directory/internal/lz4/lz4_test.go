package lz4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// The files were made by the reference program (lz4 1.9) from one text, with several choices of blocks and checksums.
const contentSum = "dc803778da77fc58c8684f9b52b7439790074cfc4242147c5d312ae0ce0e2b20"

func golden(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.lz4")
	if err != nil || len(names) != 4 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	out := make(map[string][]byte)
	for _, name := range names {
		if out[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestReferenceFiles(t *testing.T) {
	for name, file := range golden(t) {
		if !Is(file) {
			t.Errorf("%s: not recognised", name)
		}
		z := NewReader(bytes.NewReader(file))
		got, err := io.ReadAll(z)
		if err != nil {
			t.Errorf("%s: %v at %d", name, err, z.Offset())
			continue
		}
		if sum := sha256.Sum256(got); hex.EncodeToString(sum[:]) != contentSum || z.Offset() != int64(len(file)) {
			t.Errorf("%s: %d bytes, another content", name, len(got))
		}
		// Two frames after one another are one content.
		twice, err := io.ReadAll(NewReader(bytes.NewReader(append(bytes.Clone(file), file...))))
		if err != nil || !bytes.Equal(twice, append(bytes.Clone(got), got...)) {
			t.Errorf("%s: two frames: %v", name, err)
		}
	}
}

// A file cut anywhere gives the beginning of the content and an error.
func TestCut(t *testing.T) {
	for name, file := range golden(t) {
		whole, _ := io.ReadAll(NewReader(bytes.NewReader(file)))
		for n := 0; n < len(file); n += 1 + n/16 {
			got, err := io.ReadAll(NewReader(bytes.NewReader(file[:n])))
			if n > 0 && err == nil || !bytes.HasPrefix(whole, got) {
				t.Fatalf("%s cut at %d: %v", name, n, err)
			}
		}
	}
}

// A changed byte never passes where checksums cover it, and never breaks the reader.
func TestChanged(t *testing.T) {
	for name, file := range golden(t) {
		whole, _ := io.ReadAll(NewReader(bytes.NewReader(file)))
		for i := 0; i < len(file); i += 1 + i/64 {
			changed := bytes.Clone(file)
			changed[i] ^= 0x41
			got, err := io.ReadAll(NewReader(bytes.NewReader(changed)))
			if err == nil && !bytes.Equal(got, whole) {
				t.Fatalf("%s with byte %d changed: accepted", name, i)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for name, row := range map[string]struct {
		file []byte
		want error
	}{
		"no magic":   {[]byte("PK\x03\x04 and more"), ErrFormat},
		"version 0":  {[]byte{4, 0x22, 0x4d, 0x18, 0x20, 0x40, 0}, ErrFormat},
		"dictionary": {[]byte{4, 0x22, 0x4d, 0x18, 0x61, 0x40, 0}, errDict},
		"bad sum":    {[]byte{4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0}, ErrChecksum},
	} {
		if _, err := io.ReadAll(NewReader(bytes.NewReader(row.file))); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

func TestXXH32(t *testing.T) { // from the specification of xxHash
	for text, want := range map[string]uint32{"": 0x02CC5D05, "a": 0x550d7456, "abc": 0x32D153FF, "Nobody inspects the spammish repetition": 0xE2293B2F} {
		if got := sum32([]byte(text)); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, file := range golden(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		_, _ = io.Copy(io.Discard, io.LimitReader(NewReader(bytes.NewReader(file)), 64<<20))
	})
}
