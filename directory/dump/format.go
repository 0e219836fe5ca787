package dump

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"hygie/directory/model"
	"hygie/directory/points/reasons"
)

// Layout constants; see docs/formats/directory-dump.md.
const (
	magic      = "HYGIEDIR"
	version    = 2              // 1 when the file announces no SYSVOL
	prologue   = len(magic) + 4 // signature, version, reserved
	frameStart = 14             // kind, flags, stored length, raw length, checksum

	maxRaw    = 64 << 20 // uncompressed bytes of one frame
	maxName   = 64 << 10 // bytes of a distinguished name
	blockSize = 1 << 20  // a block of entries is closed when it reaches this size
)

// frameKind tells what a frame holds.
type frameKind uint8

const (
	frameHeader  frameKind = 1 // JSON, Header
	frameEntries frameKind = 2
	frameNotice  frameKind = 3 // JSON, Notice
	frameTrailer frameKind = 4 // JSON, trailer
	frameSysvol  frameKind = 5 // JSON, a part of a sysvol.Share; from version 2
)

// deflated is the flag of a frame whose payload is compressed with DEFLATE (RFC 1951).
const deflated = 1

func checksum(start, payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // cached by the package after its first use
	return crc32.Update(crc32.Checksum(start, table), table, payload)
}

// Header tells where a dump comes from and what was asked for (docs/formats/directory-dump.md, Header).
type Header struct {
	Tool       string      `json:"tool"`
	Collected  time.Time   `json:"collected"`
	Server     string      `json:"server,omitempty"`
	Account    string      `json:"account,omitempty"`
	Level      string      `json:"level,omitempty"`
	Partitions []Partition `json:"partitions,omitempty"`
	Sysvol     bool        `json:"sysvol,omitempty"` // SYSVOL may follow: written as version 2, which older programs refuse
}

// Partition is a naming context and the attributes asked for in it (docs/formats/directory-dump.md, Header).
type Partition struct {
	DN         string     `json:"dn"`
	Kind       model.Kind `json:"kind,omitempty"`
	DNSName    string     `json:"dns_name,omitempty"`
	Attributes []string   `json:"attributes,omitempty"`
}

// Notice is something that the collector learnt on its way (docs/formats/directory-dump.md, Notice).
type Notice struct {
	Partition string          `json:"partition,omitempty"` // DN; empty: the whole collection
	Partial   bool            `json:"partial,omitempty"`   // the partition was not read to its end
	Text      string          `json:"text"`                // one sentence for the report, for programs that do not know Said
	Said      *reasons.Reason `json:"said,omitempty"`      // the same without a language
}

// reason is what a notice says; a notice of an earlier version has the text only.
func (n Notice) reason() reasons.Reason {
	if n.Said != nil {
		return *n.Said
	}
	return reasons.Because("source_text", "text", n.Text)
}

type trailer struct {
	Entries     uint64 `json:"entries"`
	Frames      uint64 `json:"frames"` // before this one
	Descriptors uint64 `json:"descriptors"`
}

// Is tells whether the first bytes of a file are those of a dump (docs/formats/directory-dump.md, Layout).
func Is(start []byte) bool { return bytes.HasPrefix(start, []byte(magic)) }

// ErrVersion is the cause when a file was written by a later version (docs/formats/directory-dump.md, Layout).
var ErrVersion = errors.New("written by a later version of this program")

// Damage tells where a file stops being readable (docs/formats/directory-dump.md, Damage). What precedes Offset was kept.
type Damage struct {
	Offset int64 // of the frame that could not be read
	Err    error
}

func (d *Damage) Error() string {
	return fmt.Sprintf("damaged at byte %d: %v", d.Offset, d.Err)
}

func (d *Damage) Unwrap() error { return d.Err }
